//! `telemetry.device` and `telemetry.series`: what devices measure.
//!
//! A device belongs to the member who submits its records: `cold-room-3` of one member is another device
//! than that of another. A device measures quantities, each in one unit: `{"device": "cold-room-3", "channels":
//! [{"quantity": "temperature", "unit": "CEL", "intervalMs": 60000, "minimum": -30, "maximum": 8}]}` says
//! what is to be expected. A series has points in order of time: `{"device": "cold-room-3", "quantity":
//! "temperature", "unit": "CEL", "start": "2026-05-01T10:00:00Z", "offsetsMs": [0, 60000], "values":
//! [4.1, 4.2]}`.
//!
//! Rules beyond the schemas: a quantity is listed once; a maximum is not below its minimum; offsets
//! increase; there are as many values as offsets; numbers have at most nine decimal places; no point lies
//! outside the years 0000 to 9999.

mod device;
mod series;

pub use device::{Channel, Device, Expectation, MAX_CHANNELS, check_device};
pub use series::{MAX_SERIES_POINTS, Point, Series, check_series};

use super::measured;

/// Whether a text can name a device.
pub fn is_device_name(text: &str) -> bool {
    measured::is_name(text)
}

/// Whether a text can name a quantity.
pub fn is_quantity(text: &str) -> bool {
    measured::is_word(text)
}

/// Most decimal places of a value.
pub const MAX_VALUE_PLACES: u8 = measured::MAX_PLACES;
