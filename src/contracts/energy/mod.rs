//! Energy trade: what its records do to the state.

pub mod auction;
pub mod market;

pub(in crate::contracts) mod meters;

mod meters_readings;
mod meters_totals;

pub use meters::{METER_OPERATOR_ROLE, Meter, MeterStep, read_meter};
pub use meters_readings::{HourOfReadings, StoredReading, read_hour_of_readings};
pub use meters_totals::{HourOfEnergy, Metered, metered};
