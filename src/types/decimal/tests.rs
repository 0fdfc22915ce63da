use proptest::prelude::*;

use super::*;

fn json(text: &str) -> Decimal {
    Decimal::from_json_number(text).unwrap_or_else(|error| panic!("{text}: {error}"))
}

#[test]
fn canonical_text() {
    for (text, canonical) in [
        ("0", "0"),
        ("-0", "0"),
        ("-0.000", "0"),
        ("0e999999999999999999999", "0"),
        ("1.0", "1"),
        ("100", "100"),
        ("0.3434000", "0.3434"),
        ("-477979.89", "-477979.89"),
        ("1e3", "1000"),
        ("1E+3", "1000"),
        ("12.5e-3", "0.0125"),
        ("1.50e1", "15"),
        ("1000e-2", "10"),
        ("-0.05", "-0.05"),
        (
            "99999999999999999999999999999999999999",
            "99999999999999999999999999999999999999",
        ),
        (
            "0.00000000000000000000000000000000000001",
            "0.00000000000000000000000000000000000001",
        ),
        ("1e37", "10000000000000000000000000000000000000"),
    ] {
        assert_eq!(json(text).to_string(), canonical, "{text}");
    }
}

#[test]
fn texts_that_are_no_json_numbers() {
    for text in [
        "", "-", "+1", "01", "-01", ".5", "5.", "1e", "1e+", "1.e3", "0x10", "1_0", "NaN", " 1",
        "1 ", "1.2.3", "1e2e3", "١",
    ] {
        assert_eq!(
            Decimal::from_json_number(text),
            Err(DecimalError::Syntax),
            "{text:?}"
        );
    }
}

#[test]
fn xsd_decimal_is_laxer_on_zeros_and_knows_no_exponent() {
    for (text, canonical) in [
        ("+1.50", "1.5"),
        (".5", "0.5"),
        ("5.", "5"),
        ("007", "7"),
        ("-00.10", "-0.1"),
    ] {
        assert_eq!(
            Decimal::from_xsd_decimal(text).map(|value| value.to_string()),
            Ok(canonical.to_string())
        );
    }
    for text in ["", ".", "+", "-.", "1e3", "--1", "1,5", "INF"] {
        assert_eq!(
            Decimal::from_xsd_decimal(text),
            Err(DecimalError::Syntax),
            "{text:?}"
        );
    }
}

#[test]
fn values_beyond_the_limits() {
    for text in [
        "100000000000000000000000000000000000000",
        "1e38",
        "1e-39",
        "1e9999999999999999999999",
        "1e-9223372036854775808",
        "1e9223372036854775807",
        "0.000000000000000000000000000000000000001",
        "999999999999999999999999999999999999999999999",
    ] {
        assert_eq!(
            Decimal::from_json_number(text),
            Err(DecimalError::TooManyDigits),
            "{text}"
        );
    }
    let long = "0".repeat(MAX_TEXT_BYTES + 1);
    assert_eq!(
        Decimal::from_xsd_decimal(&long),
        Err(DecimalError::TooLong {
            length_bytes: MAX_TEXT_BYTES + 1
        })
    );
}

#[test]
fn order_is_by_value() {
    let ascending = [
        "-1e37", "-2", "-1.5", "-1.49999", "-0.1", "0", "0.00001", "0.5", "1", "1.5", "9.99", "10",
        "1e37",
    ];
    for pair in ascending.windows(2) {
        assert!(json(pair[0]) < json(pair[1]), "{pair:?}");
    }
    assert_eq!(json("2.50").cmp(&json("25e-1")), Ordering::Equal);
}

#[test]
fn scaled_integers() {
    assert_eq!(json("200.5").to_scaled_integer(3), Some(200_500));
    assert_eq!(json("200.5").to_scaled_integer(0), None);
    assert_eq!(json("1e37").to_scaled_integer(38), None);
    assert_eq!(Decimal::from(-7).to_scaled_integer(2), Some(-700));
    assert_eq!(
        (
            json("-0.25").mantissa(),
            json("-0.25").scale(),
            json("-0.25").is_negative()
        ),
        (-25, 2, true)
    );
}

proptest! {
    #[test]
    fn never_panics(text in ".{0,140}") {
        let _ = Decimal::from_json_number(&text);
        let _ = Decimal::from_xsd_decimal(&text);
    }

    #[test]
    fn never_panics_on_number_like_text(text in "[-+]?[0-9]{0,45}(\\.[0-9]{0,45})?([eE][-+]?[0-9]{1,22})?") {
        let _ = Decimal::from_json_number(&text);
        let _ = Decimal::from_xsd_decimal(&text);
    }

    #[test]
    fn canonical_text_round_trips(mantissa in -(10_i128.pow(38) - 1)..10_i128.pow(38), scale in 0..=MAX_DIGITS) {
        let value = Decimal::normalised(mantissa, scale);
        let text = value.to_string();
        prop_assert_eq!(Decimal::from_json_number(&text), Ok(value));
        prop_assert_eq!(Decimal::from_xsd_decimal(&text), Ok(value));
        prop_assert!(!text.contains('.') || !text.ends_with('0'));
    }

    #[test]
    fn order_agrees_with_a_common_denominator(a in -1_000_000_i128..1_000_000, b in -1_000_000_i128..1_000_000, x in 0_u8..6, y in 0_u8..6) {
        let common = |value: i128, scale: u8| value * 10_i128.pow(u32::from(6 - scale));
        prop_assert_eq!(Decimal::normalised(a, x).cmp(&Decimal::normalised(b, y)), common(a, x).cmp(&common(b, y)));
    }

    #[test]
    fn products_and_differences_are_exact(a in -1_000_000_000_i128..1_000_000_000, b in -1_000_000_000_i128..1_000_000_000, x in 0_u8..9, y in 0_u8..9) {
        let (left, right) = (Decimal::normalised(a, x), Decimal::normalised(b, y));
        prop_assert_eq!(left.checked_mul(right), Some(Decimal::normalised(a * b, x + y)));
        let difference = left.checked_sub(right).unwrap();
        prop_assert_eq!(difference.checked_add(right), Some(left));
    }
}

#[test]
fn a_product_of_too_many_digits_is_none() {
    assert_eq!(json("1e30").checked_mul(json("1e10")), None);
    assert_eq!(json("1e-30").checked_mul(json("1e-10")), None);
    assert_eq!(json("1e30").checked_mul(json("1e-30")), Some(json("1")));
    assert_eq!(json("0.5").checked_mul(json("4")), Some(json("2")));
}
