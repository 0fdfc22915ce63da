//! The body of a device's registration.

use crate::records::BodyError;
use crate::records::fields::{self, Fields};
use crate::records::measured;
use crate::types::Decimal;

/// Most quantities that one device measures.
pub const MAX_CHANNELS: usize = 16;

/// Longest interval at which values are expected: a year.
const MAX_INTERVAL_MS: i64 = 366 * 24 * 3_600_000;

/// Longest title, in characters.
const MAX_TITLE_CHARS: usize = 200;

/// What a member says of a device of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Device {
    /// The member's name of it.
    pub device: Box<str>,
    /// What it measures.
    pub channels: Vec<Channel>,
}

/// A quantity that a device measures.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Channel {
    /// Such as `temperature`.
    pub quantity: Box<str>,
    /// UN/ECE Recommendation 20 code.
    pub unit: Box<str>,
    /// What is to be expected of the values.
    pub expectation: Expectation,
}

/// What is to be expected of the values of a channel.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Expectation {
    /// How far apart values are, in milliseconds.
    pub interval_ms: Option<u64>,
    /// The smallest value.
    pub minimum: Option<Decimal>,
    /// The greatest value.
    pub maximum: Option<Decimal>,
    /// How much a value changes in a minute, at most.
    pub maximum_change_per_minute: Option<Decimal>,
}

/// Reads and checks a body.
///
/// # Errors
/// [`BodyError`] with the place and the rule.
pub fn check_device(body: &[u8]) -> Result<Device, BodyError> {
    let json = fields::read(body)?;
    let fields = Fields::of(&json, "a device")?;
    fields.allow_only(&["device", "title", "site", "asset", "channels"])?;
    if fields.get("title").is_some() {
        measured::note(&fields, "title", MAX_TITLE_CHARS)?;
    }
    for identifier in ["site", "asset"] {
        if fields.get(identifier).is_some() {
            measured::uri(&fields, identifier)?;
        }
    }
    let mut channels: Vec<Channel> = Vec::new();
    for item in measured::objects(&fields, "channels", (1, MAX_CHANNELS))? {
        let channel = channel(&item)?;
        if channels
            .iter()
            .any(|known| known.quantity == channel.quantity)
        {
            return Err(BodyError::new(
                item.place("quantity"),
                format!("{} is listed twice", channel.quantity),
            ));
        }
        channels.push(channel);
    }
    Ok(Device {
        device: measured::name(&fields, "device")?,
        channels,
    })
}

fn channel(fields: &Fields<'_, '_>) -> Result<Channel, BodyError> {
    fields.allow_only(&[
        "quantity",
        "unit",
        "intervalMs",
        "minimum",
        "maximum",
        "maximumChangePerMinute",
    ])?;
    let stated = |field: &str| fields.get(field).is_some();
    let interval_ms = match stated("intervalMs") {
        true => Some(measured::integer(
            fields,
            "intervalMs",
            (1, MAX_INTERVAL_MS),
        )?),
        false => None,
    };
    let limit = |field: &str| match stated(field) {
        true => measured::decimal(fields, field).map(Some),
        false => Ok(None),
    };
    let (minimum, maximum) = (limit("minimum")?, limit("maximum")?);
    if let (Some(minimum), Some(maximum)) = (minimum, maximum)
        && maximum < minimum
    {
        return Err(BodyError::new(
            fields.place("maximum"),
            format!("the maximum {maximum} is below the minimum {minimum}"),
        ));
    }
    let maximum_change_per_minute = match stated("maximumChangePerMinute") {
        true => Some(measured::amount(fields, "maximumChangePerMinute")?),
        false => None,
    };
    Ok(Channel {
        quantity: measured::word(fields, "quantity")?,
        unit: measured::unit(fields, "unit")?,
        expectation: Expectation {
            interval_ms: interval_ms.map(i64::unsigned_abs),
            minimum,
            maximum,
            maximum_change_per_minute,
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const BODY: &str = r#"{"device":"cold-room-3","title":"é","site":"urn:epc:id:sgln:9521001.00001.0",
        "channels":[{"quantity":"temperature","unit":"CEL","intervalMs":60000,"minimum":-30.5,
        "maximum":8,"maximumChangePerMinute":2},{"quantity":"relative-humidity","unit":"P1"}]}"#;

    #[test]
    fn a_device_is_read() {
        let device = check_device(BODY.as_bytes()).unwrap();
        assert_eq!(&*device.device, "cold-room-3");
        let expectation = &device.channels[0].expectation;
        assert_eq!(expectation.interval_ms, Some(60_000));
        assert_eq!(expectation.minimum.unwrap().to_string(), "-30.5");
        assert_eq!(device.channels[1].expectation, Expectation::default());
    }

    #[test]
    fn each_fault_is_at_its_place() {
        let cases = [
            ("cold-room-3", "cold room", "/device"),
            ("cold-room-3", "a:b", "/device"),
            ("é", "", "/title"),
            ("urn:epc:id:sgln", "no uri", "/site"),
            ("temperature", "Temperature", "/channels/0/quantity"),
            ("relative-humidity", "temperature", "/channels/1/quantity"),
            ("CEL", "°C", "/channels/0/unit"),
            ("60000", "0", "/channels/0/intervalMs"),
            ("60000", "0.5", "/channels/0/intervalMs"),
            ("-30.5", "-30.0000000005", "/channels/0/minimum"),
            ("-30.5", "\"-30\"", "/channels/0/minimum"),
            (":8,", ":-31,", "/channels/0/maximum"),
            (":8,", ":1000000000001,", "/channels/0/maximum"),
            (
                "\"maximumChangePerMinute\":2",
                "\"maximumChangePerMinute\":-2",
                "/channels/0/maximumChangePerMinute",
            ),
            ("intervalMs", "interval", "/channels/0/interval"),
        ];
        for (piece, other, place) in cases {
            assert!(BODY.contains(piece), "{piece}");
            let body = BODY.replacen(piece, other, 1);
            let fault = check_device(body.as_bytes()).unwrap_err();
            assert_eq!(fault.pointer, place, "{other}: {fault}");
        }
        for (body, place) in [
            ("7", ""),
            ("{}", "/channels"),
            (r#"{"channels":[7]}"#, "/channels/0"),
        ] {
            assert_eq!(check_device(body.as_bytes()).unwrap_err().pointer, place);
        }
    }
}
