//! Energy: its market, meters and what they read, and granular certificates of where energy came from.
//!
//! Energy is in whole watt-hours. An interval begins at a multiple of its duration since 1970-01-01T00:00:00Z,
//! and its duration divides the longer ones: two intervals are apart, or one is within the other, and none
//! reaches over the end of an hour.

pub mod market;

mod certificate;
mod certificate_range;
mod certificate_settings;
mod meter;
mod meter_interval;
mod meter_kind;
mod meter_reading;

pub use certificate::{
    CertificateCancellation, CertificateClaim, CertificateIssue, CertificateTransfer,
    CertificateWithdrawal, check_certificate_cancel, check_certificate_claim,
    check_certificate_issue, check_certificate_transfer, check_certificate_withdraw,
};
pub use certificate_range::{CertificateId, CertificateIdError, CertificateRange};
pub use certificate_settings::CertificateSettings;
pub use meter::{MeterAmendment, MeterChange, MeterRegistration, check_meter};
pub use meter_interval::{IntervalDuration, IntervalError, MeteringInterval};
pub use meter_kind::{Carrier, MeterKind};
pub use meter_reading::{MAX_WH_PER_READING, MeterReading, check_meter_reading};

/// The family of issuances of certificates.
pub const CERTIFICATE_ISSUE: &str = "energy.certificate-issue";

/// The family of transfers of certificates.
pub const CERTIFICATE_TRANSFER: &str = "energy.certificate-transfer";

/// The family of withdrawals of certificates.
pub const CERTIFICATE_WITHDRAW: &str = "energy.certificate-withdraw";

/// The family of cancellations of certificates.
pub const CERTIFICATE_CANCEL: &str = "energy.certificate-cancel";

/// The family of claims of cancelled certificates.
pub const CERTIFICATE_CLAIM: &str = "energy.certificate-claim";

/// The kind of the records by which the ledger itself says that certificates have expired. No contract
/// takes it from members.
pub const CERTIFICATE_EXPIRY: &str = "energy.certificate-expiry";

/// The family of meters.
pub const METER: &str = "energy.meter";

/// The family of meter readings.
pub const METER_READING: &str = "energy.meter-reading";
