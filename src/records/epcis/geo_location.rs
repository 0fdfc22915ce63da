//! Places that say by themselves where they are: `geo:` URIs (RFC 5870).

use crate::types::Decimal;

/// How many parts of a degree coordinates are told in, as a power of ten: 11 centimetres.
const SCALE: u8 = 6;

/// A point on the Earth (WGS 84).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct GeoLocation {
    latitude_microdegrees: i64,
    longitude_microdegrees: i64,
}

impl GeoLocation {
    /// The point of a `geo:` URI; none for other places, for another reference system, and for what lies
    /// beyond the poles. Altitude and parameters do not matter; digits beyond the sixth are left out.
    #[must_use]
    pub fn of_place(canonical: &str) -> Option<Self> {
        let rest = canonical.strip_prefix("geo:")?;
        let mut parts = rest.split(';');
        let mut coordinates = parts.next()?.split(',');
        for parameter in parts {
            let (name, value) = parameter.split_once('=').unwrap_or((parameter, ""));
            if name.eq_ignore_ascii_case("crs") && !value.eq_ignore_ascii_case("wgs84") {
                return None;
            }
        }
        let mut degrees = || Decimal::from_xsd_decimal(coordinates.next()?).ok();
        Self::of_degrees(degrees()?, degrees()?)
    }

    /// The point of so many degrees north of the equator and east of Greenwich; none if it lies beyond the poles
    /// or the date line. Digits beyond the sixth are left out.
    #[must_use]
    pub fn of_degrees(latitude: Decimal, longitude: Decimal) -> Option<Self> {
        Some(Self {
            latitude_microdegrees: microdegrees(latitude, 90)?,
            longitude_microdegrees: microdegrees(longitude, 180)?,
        })
    }

    /// Degrees north of the equator, in millionths.
    #[must_use]
    pub fn latitude_microdegrees(self) -> i64 {
        self.latitude_microdegrees
    }

    /// Degrees east of Greenwich, in millionths.
    #[must_use]
    pub fn longitude_microdegrees(self) -> i64 {
        self.longitude_microdegrees
    }
}

fn microdegrees(degrees: Decimal, most: i64) -> Option<i64> {
    if degrees > Decimal::from(most) || degrees < Decimal::from(-most) {
        return None;
    }
    let scaled = if degrees.scale() > SCALE {
        let surplus = u32::from(degrees.scale() - SCALE);
        degrees.mantissa() / 10_i128.checked_pow(surplus)?
    } else {
        degrees.to_scaled_integer(SCALE)?
    };
    i64::try_from(scaled).ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn points_are_read() {
        for (text, point) in [
            ("geo:48.2010,16.3695,183", (48_201_000, 16_369_500)),
            ("geo:-33.86,151.21;u=10", (-33_860_000, 151_210_000)),
            ("geo:90,0;crs=WGS84", (90_000_000, 0)),
            ("geo:1.23456789,-0.0000009", (1_234_567, 0)),
        ] {
            let found = GeoLocation::of_place(text).unwrap();
            let found = (
                found.latitude_microdegrees(),
                found.longitude_microdegrees(),
            );
            assert_eq!(found, point, "{text}");
        }
    }

    #[test]
    fn other_places_have_none() {
        for text in [
            "https://id.gs1.org/414/9521001000093",
            "geo:",
            "geo:1",
            "geo:91,0",
            "geo:0,180.1",
            "geo:a,b",
            "geo:1,2;crs=nad27",
        ] {
            assert_eq!(GeoLocation::of_place(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn never_panics(text in "geo:[-0-9.,;=a-z]{0,60}") {
            let _ = GeoLocation::of_place(&text);
        }
    }
}
