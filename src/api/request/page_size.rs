//! How many items a page of an answer has.

use std::fmt;

use serde::de::{self, Deserialize, Deserializer, Visitor};

use crate::api::limits::{DEFAULT_PAGE_ITEMS, MAX_PAGE_ITEMS};
use crate::types::{parse_digits, plain_words};

/// How many items to put on a page: 1 to [`MAX_PAGE_ITEMS`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::api) struct PageSize(usize);

impl PageSize {
    /// The number of items.
    pub(in crate::api) const fn items(self) -> usize {
        self.0
    }
}

impl Default for PageSize {
    /// That of a page of which nothing is said.
    fn default() -> Self {
        Self(DEFAULT_PAGE_ITEMS)
    }
}

impl<'de> Deserialize<'de> for PageSize {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(PageSizeVisitor)
    }
}

struct PageSizeVisitor;

impl Visitor<'_> for PageSizeVisitor {
    type Value = PageSize;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            formatter,
            "a whole number {}",
            plain_words::range(1, MAX_PAGE_ITEMS)
        )
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<PageSize, E> {
        match parse_digits(text) {
            Some(items @ 1..=MAX_PAGE_ITEMS) => Ok(PageSize(items)),
            _ => Err(E::invalid_value(de::Unexpected::Str(text), &self)),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde::de::IntoDeserializer;
    use serde::de::value::{Error, StrDeserializer};

    use super::*;

    fn read(text: &str) -> Result<usize, Error> {
        let text: StrDeserializer<'_, Error> = text.into_deserializer();
        PageSize::deserialize(text).map(PageSize::items)
    }

    #[test]
    fn sizes_within_the_bounds_are_taken() {
        assert_eq!(read("1"), Ok(1));
        assert_eq!(read("1000"), Ok(1_000));
        for text in [
            "0",
            "1001",
            "-1",
            "+1",
            "x",
            "",
            "1.0",
            "18446744073709551616",
        ] {
            let refused = read(text).unwrap_err().to_string();
            assert!(refused.contains("1 to 1,000"), "{text}: {refused}");
        }
        assert_eq!(PageSize::default().items(), DEFAULT_PAGE_ITEMS);
    }
}
