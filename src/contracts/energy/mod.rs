//! Energy trade: what its records do to the state.

pub mod auction;
pub mod market;

pub(in crate::contracts) mod certificates;
pub(in crate::contracts) mod meters;

mod certificates_cuts;
mod certificates_expiry;
mod certificates_state;
mod meters_readings;
mod meters_totals;

pub use certificates_cuts::{PIECES_KEPT_FOR_FIRST_CUTS, PIECES_KEPT_FOR_WITHDRAWALS};
pub use certificates_state::{
    CertificateIssuance, CertificateOperation, CertificatePiece, CertificateStatus,
    CertificateStep, MAX_PIECES_PER_ISSUANCE, read_issuance, read_piece,
};
pub use meters::{METER_OPERATOR_ROLE, Meter, MeterStep, read_meter};
pub use meters_readings::{CorrectedReading, HourOfReadings, StoredReading, read_hour_of_readings};
pub use meters_totals::{HourOfEnergy, IntervalOfEnergy, Metered, metered};
