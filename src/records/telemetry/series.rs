//! The body of a series.

use crate::crypto::Sha256Digest;
use crate::records::BodyError;
use crate::records::fields::{self, Fields};
use crate::records::measured;
use crate::types::{Decimal, Encode, Timestamp};

/// Most points of a series: with their times they fit a body.
pub const MAX_SERIES_POINTS: usize = 2_000;

/// How far behind the start of a series its last point may be: a year, in milliseconds.
const MAX_OFFSET_MS: i64 = 366 * 24 * 3_600_000;

/// 9999-12-31T23:59:59.999Z: the last time that can be written.
const LAST_TIME_MS: i64 = 253_402_300_799_999;

/// A value at a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Point {
    /// When it was measured.
    pub time: Timestamp,
    /// What was measured.
    pub value: Decimal,
}

/// What a device has measured.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Series {
    /// The device, by its owner's name of it.
    pub device: Box<str>,
    /// What was measured.
    pub quantity: Box<str>,
    /// UN/ECE Recommendation 20 code.
    pub unit: Box<str>,
    /// One point at least; their times increase.
    pub points: Vec<Point>,
    /// Over all of it as it is meant: the spelling of numbers and times does not matter.
    pub digest: Sha256Digest,
}

/// Reads and checks a body.
///
/// # Errors
/// [`BodyError`] with the place and the rule.
pub fn check_series(body: &[u8]) -> Result<Series, BodyError> {
    let json = fields::read(body)?;
    let fields = Fields::of(&json, "a series")?;
    fields.allow_only(&["device", "quantity", "unit", "start", "offsetsMs", "values"])?;
    let device = measured::name(&fields, "device")?;
    let quantity = measured::word(&fields, "quantity")?;
    let unit = measured::unit(&fields, "unit")?;
    let points = points(&fields)?;
    Ok(Series {
        digest: digest([&*device, &*quantity, &*unit], &points),
        device,
        quantity,
        unit,
        points,
    })
}

fn points(fields: &Fields<'_, '_>) -> Result<Vec<Point>, BodyError> {
    let bounds = (1, MAX_SERIES_POINTS);
    let start_ms = measured::time(fields, "start")?.as_ms();
    let offsets = measured::list(fields, "offsetsMs", bounds)?;
    let values = measured::list(fields, "values", bounds)?;
    let place = |list: &str, index: usize| format!("{}/{index}", fields.place(list));
    let mut read_values = Vec::with_capacity(values.len());
    for (index, value) in values.iter().enumerate() {
        let value = measured::decimal_at(value)
            .map_err(|reason| BodyError::new(place("values", index), reason))?;
        read_values.push(value);
    }
    let mut read_offsets: Vec<i64> = Vec::with_capacity(offsets.len());
    for (index, offset) in offsets.iter().enumerate() {
        let fault = |reason: String| BodyError::new(place("offsetsMs", index), reason);
        let offset_ms = measured::integer_at(offset, (0, MAX_OFFSET_MS)).map_err(fault)?;
        if read_offsets
            .last()
            .is_some_and(|before| *before >= offset_ms)
        {
            return Err(fault("each offset is later than the one before".to_owned()));
        }
        if start_ms.saturating_add(offset_ms) > LAST_TIME_MS {
            return Err(fault(
                "the time lies outside the years 0000 to 9999".to_owned(),
            ));
        }
        read_offsets.push(offset_ms);
    }
    if read_offsets.len() != read_values.len() {
        return Err(BodyError::new(
            fields.place("values"),
            format!(
                "there are {} offsets and {} values: as many values as offsets are expected",
                read_offsets.len(),
                read_values.len()
            ),
        ));
    }
    let points = read_offsets.into_iter().zip(read_values);
    Ok(points
        .map(|(offset_ms, value)| Point {
            time: Timestamp::from_ms(start_ms.saturating_add(offset_ms)),
            value,
        })
        .collect())
}

fn digest(names: [&str; 3], points: &[Point]) -> Sha256Digest {
    let mut bytes = Vec::with_capacity(points.len() * 25 + 64);
    for name in names {
        bytes.extend_from_slice(name.as_bytes());
        bytes.push(0);
    }
    for point in points {
        point.time.encode(&mut bytes);
        point.value.encode(&mut bytes);
    }
    Sha256Digest::of(&bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const BODY: &str = r#"{"device":"cold-room-3","quantity":"temperature","unit":"CEL",
        "start":"2026-05-01T12:00:00+02:00","offsetsMs":[0,60000,120000],"values":[4.10,4.2,-0.5]}"#;

    #[test]
    fn a_series_is_read_as_it_is_meant() {
        let series = check_series(BODY.as_bytes()).unwrap();
        let told: Vec<String> = series
            .points
            .iter()
            .map(|point| format!("{} {}", point.time, point.value))
            .collect();
        assert_eq!(
            told,
            [
                "2026-05-01T10:00:00.000Z 4.1",
                "2026-05-01T10:01:00.000Z 4.2",
                "2026-05-01T10:02:00.000Z -0.5"
            ]
        );
        let same = BODY
            .replace("12:00:00+02:00", "10:00:00Z")
            .replace("4.10", "41e-1")
            .replace("60000", "60000.0");
        assert_eq!(check_series(same.as_bytes()).unwrap(), series);
        let later = BODY.replace("120000]", "120001]");
        assert_ne!(
            check_series(later.as_bytes()).unwrap().digest,
            series.digest
        );
    }

    #[test]
    fn each_fault_is_at_its_place() {
        let cases = [
            ("cold-room-3", "", "/device"),
            ("temperature", "-t", "/quantity"),
            ("CEL", "C", "/unit"),
            ("2026-05-01T12:00:00+02:00", "2026-05-01T12:00:00", "/start"),
            ("[0,60000,120000]", "[]", "/offsetsMs"),
            ("[0,60000,120000]", "[0,0,120000]", "/offsetsMs/1"),
            ("[0,60000,120000]", "[0,-1,120000]", "/offsetsMs/1"),
            ("[0,60000,120000]", "[0,1,31622400001]", "/offsetsMs/2"),
            ("[0,60000,120000]", "[0,1]", "/values"),
            (
                "2026-05-01T12:00:00+02:00",
                "9999-12-31T23:59:59Z",
                "/offsetsMs/1",
            ),
            ("4.2", "\"4.2\"", "/values/1"),
            ("4.2", "4.0000000002", "/values/1"),
            ("4.2", "1e13", "/values/1"),
            ("\"unit\"", "\"x\":1,\"unit\"", "/x"),
        ];
        for (piece, other, place) in cases {
            assert!(BODY.contains(piece), "{piece}");
            let fault = check_series(BODY.replacen(piece, other, 1).as_bytes()).unwrap_err();
            assert_eq!(fault.pointer, place, "{other}: {fault}");
        }
    }

    #[test]
    fn a_full_series_fits_a_body() {
        let numbers = |text: &dyn Fn(usize) -> String| {
            let items: Vec<String> = (0..MAX_SERIES_POINTS).map(text).collect();
            items.join(",")
        };
        let body = BODY
            .replace(
                "0,60000,120000",
                &numbers(&|i| (i * 15_000_000).to_string()),
            )
            .replace(
                "4.10,4.2,-0.5",
                &numbers(&|i| format!("-1234.{:06}", i + 1)),
            );
        assert!(
            body.len() <= crate::types::limits::MAX_BODY_BYTES,
            "{}",
            body.len()
        );
        assert_eq!(
            check_series(body.as_bytes()).unwrap().points.len(),
            MAX_SERIES_POINTS
        );
    }

    proptest! {
        #[test]
        fn nothing_panics(bytes in prop::collection::vec(any::<u8>(), 0..200), cut in 0..200usize) {
            let _ = check_series(&bytes);
            let _ = check_series(&BODY.as_bytes()[..cut.min(BODY.len())]);
        }
    }
}
