//! Whole numbers on the command line, whose bounds are told as people write them.

use std::fmt::Display;
use std::ops::RangeInclusive;
use std::str::FromStr;

use crate::types::plain_words;

/// Reads a whole number between two bounds, both included.
pub fn whole_number<T>(bounds: RangeInclusive<T>) -> impl Fn(&str) -> Result<T, String> + Clone
where
    T: FromStr + PartialOrd + Display + Clone,
{
    move |text| {
        let number = text.parse().ok().filter(|number| bounds.contains(number));
        number.ok_or_else(|| {
            let range = plain_words::range(bounds.start(), bounds.end());
            format!("a whole number {range} is expected")
        })
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    use super::*;
    use crate::cli::arguments::Arguments;

    #[test]
    fn bounds_are_included_and_told() {
        let read = whole_number(1..=10_000u16);
        assert_eq!((read("1"), read("10000")), (Ok(1), Ok(10_000)));
        for bad in ["0", "10001", "99999999999", "-1", "1.5", ""] {
            assert_eq!(
                read(bad),
                Err("a whole number from 1 to 10,000 is expected".to_owned())
            );
        }
    }

    /// No message has a range in the signs of a programming language.
    #[test]
    fn a_number_out_of_its_bounds_is_told_in_words() {
        for (line, bounds) in [
            ("testnet create --nodes 65", "from 1 to 64"),
            ("testnet create --base-port 80", "from 1,024 to 65,000"),
            (
                "submit --member a --key k --concurrency 0 x",
                "from 1 to 256",
            ),
            (
                "submit --member a --key k --per-submission 0 x",
                "from 1 to 10,000",
            ),
            ("bench --rate 0", "from 1 to 1,000,000"),
            ("bench --per-submission 0", "from 1 to 3,000"),
            ("bench --event-bytes 1", "from 900 to 50,000"),
            (
                "contract show orders --version 4294967296",
                "from 0 to 4,294,967,295",
            ),
        ] {
            let words = std::iter::once("waybill").chain(line.split(' '));
            let told = Arguments::try_parse_from(words).unwrap_err().to_string();
            assert!(
                told.contains(&format!("a whole number {bounds} is")),
                "{told}"
            );
        }
    }
}
