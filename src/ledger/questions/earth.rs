//! Distances on the Earth, in whole numbers: every node gets the same.
//!
//! Points are put on a sphere of the Earth's mean radius as vectors of fixed-point numbers. The chord between
//! two of them is halved until two to the power of n chords are as long as the arc, by
//! s' ^ 2 = s ^ 2 / (2 + sqrt(4 - s ^ 2)).

use crate::records::epcis::GeoLocation;

/// Bits after the point of fixed-point numbers.
const BITS: u32 = 56;

/// One.
const ONE: i128 = 1 << BITS;

/// A microdegree in radians, with 32 bits more after the point.
const MICRODEGREE: i128 = 5_401_532_406_949_459_315;

/// Mean radius of the Earth in metres (IUGG).
const RADIUS_M: i128 = 6_371_009;

/// Times that the chord is halved: what is left of the difference is below a millimetre.
const HALVINGS: u32 = 14;

/// The Earth is no sphere: the true distance of two points is shorter than the one on it by no more than so many
/// thousandths.
const FLATTENING_PERMILLE: i128 = 6;

/// How many metres two points are apart at least, along the surface.
pub(super) fn distance_at_least_m(one: GeoLocation, other: GeoLocation) -> u64 {
    let (a, b) = (vector(one), vector(other));
    let squares = a.iter().zip(&b).map(|(a, b)| multiply(a - b, a - b));
    // The square of all chords together, and of one of them: the square of an arc is below 10.
    let mut total: i128 = squares.sum::<i128>().clamp(0, 4 * ONE);
    for halving in 0..HALVINGS {
        let chord = total >> (2 * halving);
        let rest = root((4 * ONE - chord).max(0));
        total = (total << (BITS + 2)) / (2 * ONE + rest);
    }
    let metres = multiply(root(total), RADIUS_M);
    let least = metres * (1_000 - FLATTENING_PERMILLE) / 1_000;
    u64::try_from(least).unwrap_or(0)
}

/// A point as a vector of length one.
fn vector(point: GeoLocation) -> [i128; 3] {
    let radians = |microdegrees: i64| (i128::from(microdegrees) * MICRODEGREE) >> 32;
    let latitude = radians(point.latitude_microdegrees());
    let longitude = radians(point.longitude_microdegrees());
    let (up, out) = (sine(latitude), cosine(latitude));
    [
        multiply(out, cosine(longitude)),
        multiply(out, sine(longitude)),
        up,
    ]
}

fn multiply(a: i128, b: i128) -> i128 {
    (a * b) >> BITS
}

fn root(square: i128) -> i128 {
    (square << BITS).isqrt()
}

/// The sine of an angle between minus pi and pi.
fn sine(angle: i128) -> i128 {
    series(angle, multiply(angle, angle), 2)
}

/// The cosine of such an angle.
fn cosine(angle: i128) -> i128 {
    series(ONE, multiply(angle, angle), 1)
}

/// The sum of a Taylor series whose terms have alternating signs, from its first term.
fn series(first: i128, square: i128, begin: i128) -> i128 {
    let (mut term, mut sum, mut number) = (first, first, begin);
    // The fortieth term of the longest angle is below the last bit.
    for _ in 0..40 {
        term = -multiply(term, square) / (number * (number + 1));
        if term == 0 {
            break;
        }
        sum += term;
        number += 2;
    }
    sum
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn point(text: &str) -> GeoLocation {
        GeoLocation::of_place(&format!("geo:{text}")).unwrap()
    }

    fn metres(one: &str, other: &str) -> u64 {
        distance_at_least_m(point(one), point(other))
    }

    /// Distances on a sphere of that radius, by the haversine formula elsewhere.
    #[test]
    fn distances_are_those_of_the_sphere() {
        for (one, other, on_sphere) in [
            ("0,0", "0,90", 10_007_557),
            ("0,0", "0,180", 20_015_115),
            ("90,0", "-90,0", 20_015_115),
            ("52.52,13.405", "48.8566,2.3522", 877_464),
            ("-33.8688,151.2093", "51.5074,-0.1278", 16_993_957),
            ("48.2,16.37", "48.2,16.3701", 7),
            ("0,179.999", "0,-179.999", 222),
        ] {
            let found = metres(one, other);
            let expected = on_sphere * 994 / 1_000;
            let slack = 3 + expected / 100_000;
            assert!(
                found.abs_diff(expected) <= slack,
                "{one} {other}: {found} {expected}"
            );
        }
    }

    proptest! {
        #[test]
        fn distances_are_symmetric_and_none_to_oneself(
            a in -90_000_000_i64..=90_000_000, b in -180_000_000_i64..=180_000_000,
            c in -90_000_000_i64..=90_000_000, d in -180_000_000_i64..=180_000_000,
        ) {
            let text = |latitude: i64, longitude: i64| {
                let degrees = |micro: i64| {
                    let sign = if micro < 0 { "-" } else { "" };
                    format!("{sign}{}.{:06}", micro.abs() / 1_000_000, micro.abs() % 1_000_000)
                };
                format!("{},{}", degrees(latitude), degrees(longitude))
            };
            let (one, other) = (text(a, b), text(c, d));
            prop_assert_eq!(metres(&one, &one), 0);
            prop_assert!(metres(&one, &other).abs_diff(metres(&other, &one)) <= 1);
            prop_assert!(metres(&one, &other) <= 20_016_000);
        }
    }
}
