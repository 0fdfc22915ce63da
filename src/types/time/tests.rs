use proptest::prelude::*;

use super::*;

fn canonical(text: &str) -> Result<String, TimeError> {
    Timestamp::parse_rfc3339(text).map(|instant| instant.to_string())
}

#[test]
fn canonical_text() {
    for (text, expected) in [
        ("2024-05-31T07:30:00+02:00", "2024-05-31T05:30:00.000Z"),
        ("2024-02-29t23:59:59.9z", "2024-02-29T23:59:59.900Z"),
        (
            "2005-04-03T20:33:31.116000-06:00",
            "2005-04-04T02:33:31.116Z",
        ),
        ("2023-01-18T11:04:03.1415Z", "2023-01-18T11:04:03.142Z"),
        (
            "2023-01-18T11:04:03.14149999999999Z",
            "2023-01-18T11:04:03.141Z",
        ),
        ("2023-12-31T23:59:59.9995Z", "2024-01-01T00:00:00.000Z"),
        ("1969-12-31T23:59:59.9994Z", "1969-12-31T23:59:59.999Z"),
        ("1960-02-29T12:00:00Z", "1960-02-29T12:00:00.000Z"),
        ("1900-03-01T00:00:00-23:59", "1900-03-01T23:59:00.000Z"),
        ("0000-01-01T00:00:00Z", "0000-01-01T00:00:00.000Z"),
        ("9999-12-31T23:59:59.999Z", "9999-12-31T23:59:59.999Z"),
    ] {
        assert_eq!(canonical(text), Ok(expected.to_string()), "{text}");
    }
}

#[test]
fn a_fraction_may_have_any_number_of_digits() {
    let text = format!("2024-01-01T00:00:00.0004{}Z", "9".repeat(50_000));
    assert_eq!(canonical(&text), Ok("2024-01-01T00:00:00.000Z".to_string()));
}

#[test]
fn known_milliseconds() {
    for (text, ms) in [
        ("1970-01-01T00:00:00Z", 0),
        ("1969-12-31T23:59:59.999Z", -1),
        ("2000-03-01T00:00:00Z", 951_868_800_000),
        ("2038-01-19T03:14:07.5Z", 2_147_483_647_500),
        ("0000-01-01T00:00:00Z", Timestamp::FIRST),
        ("9999-12-31T23:59:59.999Z", Timestamp::LAST),
    ] {
        assert_eq!(
            Timestamp::parse_rfc3339(text),
            Ok(Timestamp::from_ms(ms)),
            "{text}"
        );
    }
}

#[test]
fn refused_texts() {
    use TimeError::*;
    for (text, error) in [
        ("", Syntax),
        ("2024-05-31", Syntax),
        ("2024-05-31T07:30:00", Syntax),
        ("2024-05-31 07:30:00Z", Syntax),
        ("2024-05-31T07:30Z", Syntax),
        ("2024-5-31T07:30:00Z", Syntax),
        ("2024-05-31T07:30:00.Z", Syntax),
        ("2024-05-31T07:30:00,5Z", Syntax),
        ("2024-05-31T07:30:00+0200", Syntax),
        ("2024-05-31T07:30:00+02", Syntax),
        ("2024-05-31T07:30:00Z ", Syntax),
        ("+024-05-31T07:30:00Z", Syntax),
        ("2024-05-31T07:30:00+02:0é", Syntax),
        ("2023-02-29T00:00:00Z", NoSuchDate),
        ("1900-02-29T00:00:00Z", NoSuchDate),
        ("2024-13-01T00:00:00Z", NoSuchDate),
        ("2024-00-01T00:00:00Z", NoSuchDate),
        ("2024-04-31T00:00:00Z", NoSuchDate),
        ("2024-04-00T00:00:00Z", NoSuchDate),
        ("2024-04-30T24:00:00Z", NoSuchTime),
        ("2024-04-30T12:60:00Z", NoSuchTime),
        ("2016-12-31T23:59:60Z", NoSuchTime),
        ("2024-04-30T12:00:00+24:00", NoSuchOffset),
        ("2024-04-30T12:00:00-12:60", NoSuchOffset),
        ("0000-01-01T00:00:00+00:01", OutOfRange),
        ("9999-12-31T23:59:59.9995Z", OutOfRange),
    ] {
        assert_eq!(Timestamp::parse_rfc3339(text), Err(error), "{text}");
    }
}

#[test]
fn display_never_leaves_four_digit_years() {
    assert_eq!(
        Timestamp::from_ms(i64::MIN).to_string(),
        "0000-01-01T00:00:00.000Z"
    );
    assert_eq!(
        Timestamp::from_ms(i64::MAX).to_string(),
        "9999-12-31T23:59:59.999Z"
    );
}

#[test]
fn months_are_those_of_the_calendar() {
    let at = |text| Timestamp::parse_rfc3339(text).unwrap();
    for (from, months, to) in [
        ("2026-06-01T13:00:00Z", 18, "2027-12-01T13:00:00Z"),
        ("2026-12-31T00:00:00Z", 2, "2027-02-28T00:00:00Z"),
        ("2023-02-28T23:59:59.999Z", 12, "2024-02-28T23:59:59.999Z"),
        ("2024-02-29T00:00:00Z", 12, "2025-02-28T00:00:00Z"),
        ("2024-02-29T00:00:00Z", 0, "2024-02-29T00:00:00Z"),
        ("1969-11-30T01:00:00Z", 1, "1969-12-30T01:00:00Z"),
    ] {
        assert_eq!(at(from).plus_months(months), at(to), "{from} {months}");
    }
}

proptest! {
    #[test]
    fn never_panics(text in ".{0,40}") {
        let _ = Timestamp::parse_rfc3339(&text);
    }

    #[test]
    fn display_round_trips(ms in Timestamp::FIRST..=Timestamp::LAST) {
        let instant = Timestamp::from_ms(ms);
        prop_assert_eq!(Timestamp::parse_rfc3339(&instant.to_string()), Ok(instant));
    }

    #[test]
    fn text_order_is_time_order(a in Timestamp::FIRST..=Timestamp::LAST, b in Timestamp::FIRST..=Timestamp::LAST) {
        let (a, b) = (Timestamp::from_ms(a), Timestamp::from_ms(b));
        prop_assert_eq!(a.cmp(&b), a.to_string().cmp(&b.to_string()));
    }

    #[test]
    fn offsets_do_not_move_the_instant(ms in 0_i64..4_000_000_000_000, minutes in -1439_i64..1440) {
        let local = Timestamp::from_ms(ms + minutes * MS_PER_MINUTE).to_string();
        let sign = if minutes < 0 { '-' } else { '+' };
        let text = format!("{}{sign}{:02}:{:02}", local.trim_end_matches('Z'), minutes.abs() / 60, minutes.abs() % 60);
        prop_assert_eq!(Timestamp::parse_rfc3339(&text), Ok(Timestamp::from_ms(ms)));
    }
}
