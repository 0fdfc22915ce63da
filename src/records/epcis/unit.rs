//! Units of measure (UN/ECE Recommendation 20) that convert into each other exactly.

use super::vocabulary::Vocabulary;
use crate::types::Decimal;

/// Units of one kind, with how many of the first each is: mass in kilograms, volume in litres, length in
/// metres, and counts. All factors are exact by definition (international pound and gallons included).
const KINDS: [&[(&str, (i128, u8))]; 4] = [
    &[
        ("KGM", (1, 0)),
        ("MGM", (1, 6)),
        ("GRM", (1, 3)),
        ("HGM", (1, 1)),
        ("DTN", (100, 0)),
        ("TNE", (1000, 0)),
        ("LBR", (45_359_237, 8)),
        ("ONZ", (28_349_523_125, 12)),
    ],
    &[
        ("LTR", (1, 0)),
        ("MLT", (1, 3)),
        ("CMQ", (1, 3)),
        ("CLT", (1, 2)),
        ("DLT", (1, 1)),
        ("DMQ", (1, 0)),
        ("HLT", (100, 0)),
        ("MTQ", (1000, 0)),
        ("GLL", (3_785_411_784, 9)),
        ("GLI", (454_609, 5)),
    ],
    &[
        ("MTR", (1, 0)),
        ("MMT", (1, 3)),
        ("CMT", (1, 2)),
        ("DMT", (1, 1)),
        ("KMT", (1000, 0)),
    ],
    &[
        ("C62", (1, 0)),
        ("EA", (1, 0)),
        ("H87", (1, 0)),
        ("DZN", (12, 0)),
    ],
];

/// The measurement types of the GS1 vocabulary whose units are told apart here, each with the unit that its values are
/// compared in.
const MEASURED: [(&str, &str); 5] = [
    ("Altitude", "MTR"),
    ("Length", "MTR"),
    ("Mass", "KGM"),
    ("Temperature", "KEL"),
    ("Volume", "LTR"),
];

/// The units of temperature: there are no others.
const TEMPERATURES: [&str; 4] = ["CEL", "FAH", "KEL", "A48"];

/// What amounts of a unit are added up in.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Unit {
    /// They count objects: no unit was stated, or one of the units for pieces.
    Count,
    /// A unit by its code; if it converts exactly, the one that its kind is added up in.
    Of(Box<str>),
}

impl Unit {
    /// Whether a text has the form of a code of UN/ECE Recommendation 20.
    #[must_use]
    pub fn is_code(text: &str) -> bool {
        let is_upper_or_digit = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit();
        (2..=3).contains(&text.len()) && text.bytes().all(is_upper_or_digit)
    }

    /// All units that values of a measurement type, by its full URI, may be in; none if they are too many to be known.
    #[must_use]
    pub fn all_of(kind: &str) -> Option<&'static [&'static str]> {
        (kind == "https://gs1.org/voc/Temperature").then_some(&TEMPERATURES)
    }

    /// The unit in which an amount of a unit is added up, and the amount in it. None if it has more digits
    /// there than a number may have.
    #[must_use]
    pub fn sum_in(quantity: Decimal, uom: Option<&str>) -> Option<(Self, Decimal)> {
        let Some(uom) = uom else {
            return Some((Self::Count, quantity));
        };
        for kind in KINDS {
            let Some((_, (mantissa, scale))) = kind.iter().find(|(code, _)| *code == uom) else {
                continue;
            };
            let amount = quantity.checked_mul(Decimal::from_parts(*mantissa, *scale)?)?;
            let unit = match kind.first() {
                Some(("C62", _)) | None => Self::Count,
                Some((base, _)) => Self::Of((*base).into()),
            };
            return Some((unit, amount));
        }
        Some((Self::Of(uom.into()), quantity))
    }

    /// The code of the unit; none for counts.
    #[must_use]
    pub fn code(&self) -> Option<&str> {
        match self {
            Self::Count => None,
            Self::Of(code) => Some(code),
        }
    }

    /// A number that has the order of a measured value, and the unit that it may be compared within. Values
    /// of temperature become nine times their kelvins, so that degrees Fahrenheit stay exact:
    /// 9 (c + 273.15) = 5 (f + 459.67).
    #[must_use]
    pub fn compare_in(value: Decimal, uom: &str) -> Option<(Self, Decimal)> {
        let (offset, factor) = match uom {
            "CEL" => (Decimal::from_parts(27_315, 2)?, 9),
            "FAH" => (Decimal::from_parts(45_967, 2)?, 5),
            "KEL" => (Decimal::ZERO, 9),
            // Degrees Rankine: as large as those of Fahrenheit, from absolute zero.
            "A48" => (Decimal::ZERO, 5),
            _ => return Self::sum_in(value, Some(uom)),
        };
        let shifted = value.checked_add(offset)?;
        let number = shifted.checked_mul(Decimal::from(factor))?;
        Some((Self::Of("KEL".into()), number))
    }

    /// Whether values of a measurement type, by its full URI, may be in a unit by its code, as far as both are known
    /// here: temperatures are in no unit of mass, and what is neither a mass nor a volume, as pressure, in none of
    /// these. A count may be of anything else.
    #[must_use]
    pub fn may_measure(uom: &str, kind: &str) -> bool {
        let word = kind
            .strip_prefix("https://gs1.org/voc/")
            .unwrap_or_default();
        if Vocabulary::MeasurementType.standard_term(word).is_none() {
            return true;
        }
        let Some((unit, _)) = Self::compare_in(Decimal::ZERO, uom) else {
            return true;
        };
        let own = MEASURED.iter().find(|(known, _)| *known == word);
        let is_known = |code: &str| MEASURED.iter().any(|(_, base)| *base == code);
        match (unit.code(), own) {
            (Some(code), Some((_, base))) => code == *base || !is_known(code),
            (Some(code), None) => !is_known(code),
            (None, own) => own.is_none(),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn number(text: &str) -> Decimal {
        Decimal::from_xsd_decimal(text).unwrap()
    }

    fn of(code: &str) -> Unit {
        Unit::Of(code.into())
    }

    #[test]
    fn a_type_is_measured_in_its_own_units() {
        for (uom, word, expected) in [
            ("CEL", "Temperature", true),
            ("FAH", "Temperature", true),
            ("A48", "Temperature", true),
            ("KGM", "Temperature", false),
            ("EA", "Temperature", false),
            ("GRM", "Mass", true),
            ("LTR", "Mass", false),
            ("MLT", "Volume", true),
            ("CMT", "Altitude", true),
            ("CEL", "Length", false),
            ("P1", "RelativeHumidity", true),
            ("KGM", "RelativeHumidity", false),
            ("C62", "Dimensionless", true),
            ("BAR", "Pressure", true),
            ("MTR", "Pressure", false),
            ("KGM", "OfNoStandard", true),
        ] {
            let kind = format!("https://gs1.org/voc/{word}");
            assert_eq!(Unit::may_measure(uom, &kind), expected, "{uom} {word}");
        }
        assert!(Unit::may_measure("KGM", "urn:example:temperature"));
    }

    #[test]
    fn codes_have_their_form() {
        for text in ["CEL", "P1", "4K", "A93"] {
            assert!(Unit::is_code(text), "{text}");
        }
        for text in ["", "C", "cel", "foo", "°C", "\0", "CELS", "C L"] {
            assert!(!Unit::is_code(text), "{text:?}");
        }
        for uom in TEMPERATURES {
            let (unit, _) = Unit::compare_in(Decimal::ZERO, uom).unwrap();
            assert_eq!(unit, of("KEL"), "{uom}");
        }
    }

    #[test]
    fn units_of_a_kind_are_added_up_and_others_are_not() {
        for (quantity, uom, unit, amount) in [
            ("1.5", Some("TNE"), of("KGM"), "1500"),
            ("250", Some("GRM"), of("KGM"), "0.25"),
            ("1", Some("LBR"), of("KGM"), "0.45359237"),
            ("16", Some("ONZ"), of("KGM"), "0.45359237"),
            ("8", Some("GLI"), of("LTR"), "36.36872"),
            ("3", Some("MLT"), of("LTR"), "0.003"),
            ("2", Some("DZN"), Unit::Count, "24"),
            ("2", None, Unit::Count, "2"),
            ("2", Some("BX"), of("BX"), "2"),
            ("2", Some("kgm"), of("kgm"), "2"),
        ] {
            let sum = Unit::sum_in(number(quantity), uom);
            assert_eq!(sum, Some((unit, number(amount))), "{quantity} {uom:?}");
        }
    }

    #[test]
    fn every_factor_is_a_number_and_every_code_stands_once() {
        let mut codes: Vec<&str> = Vec::new();
        for (code, (mantissa, scale)) in KINDS.iter().copied().flatten() {
            assert!(Decimal::from_parts(*mantissa, *scale).is_some(), "{code}");
            codes.push(code);
        }
        let count = codes.len();
        codes.sort_unstable();
        codes.dedup();
        assert_eq!(codes.len(), count);
    }

    #[test]
    fn temperatures_are_compared_exactly() {
        let at = |value: &str, uom| Unit::compare_in(number(value), uom).unwrap();
        assert_eq!(at("0", "CEL"), at("32", "FAH"));
        assert_eq!(at("-40", "CEL"), at("-40", "FAH"));
        assert_eq!(at("273.15", "KEL"), at("0", "CEL"));
        assert_eq!(at("491.67", "A48"), at("0", "CEL"));
        assert!(at("46.4", "FAH") == at("8", "CEL"));
        assert!(at("46.400001", "FAH").1 > at("8", "CEL").1);
        assert_ne!(at("8", "CEL").0, at("8", "P1").0);
    }

    proptest! {
        #[test]
        fn degrees_keep_their_order(a in -10_000_i64..10_000, b in -10_000_i64..10_000) {
            let celsius = Unit::compare_in(Decimal::from(a), "CEL").unwrap().1;
            let fahrenheit = Unit::compare_in(Decimal::from(b), "FAH").unwrap().1;
            // 9 a ? 5 (b - 32)
            prop_assert_eq!(celsius.cmp(&fahrenheit), (9 * a).cmp(&(5 * (b - 32))));
        }
    }
}
