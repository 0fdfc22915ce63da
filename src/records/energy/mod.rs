//! Energy: its market, meters and what they read, and granular certificates of where energy came from.
//!
//! Energy is in whole watt-hours. An interval begins at a multiple of its duration since 1970-01-01T00:00:00Z,
//! and its duration divides the longer ones: two intervals are apart, or one is within the other, and none
//! reaches over the end of an hour.

pub mod market;

mod meter;
mod meter_interval;
mod meter_kind;
mod meter_reading;

pub use meter::{MeterAmendment, MeterChange, MeterRegistration, check_meter};
pub use meter_interval::{IntervalDuration, IntervalError, MeteringInterval};
pub use meter_kind::{Carrier, MeterKind};
pub use meter_reading::{MAX_WH_PER_READING, MeterReading, check_meter_reading};

/// The family of meters.
pub const METER: &str = "energy.meter";

/// The family of meter readings.
pub const METER_READING: &str = "energy.meter-reading";
