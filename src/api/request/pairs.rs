//! Names with values, as in the query of an address, read into a type.

use std::str::FromStr;

use serde::de::value::StrDeserializer;
use serde::de::{DeserializeSeed, Deserializer, IntoDeserializer, MapAccess, Visitor};
use serde::forward_to_deserialize_any;

use super::misfit::Misfit;
use crate::types::{Timestamp, parse_digits, plain_words};

/// Longest beginning of a value that a message repeats, in characters.
const SHOWN_CHARS: usize = 80;

/// Reads pairs into a struct whose fields have their names.
///
/// # Errors
/// What is wrong with which of them.
pub(super) fn read_pairs<T: serde::de::DeserializeOwned>(
    pairs: &[(String, String)],
) -> Result<T, String> {
    T::deserialize(Pairs { rest: pairs }).map_err(|misfit| misfit.to_string())
}

struct Pairs<'a> {
    rest: &'a [(String, String)],
}

impl<'de> Deserializer<'de> for Pairs<'_> {
    type Error = Misfit;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Misfit> {
        visitor.visit_map(self)
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit unit_struct
        newtype_struct seq tuple tuple_struct map struct enum identifier ignored_any
    }
}

impl<'de> MapAccess<'de> for Pairs<'_> {
    type Error = Misfit;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, Misfit> {
        let Some((name, _)) = self.rest.first() else {
            return Ok(None);
        };
        let name: StrDeserializer<'_, Misfit> = name.as_str().into_deserializer();
        seed.deserialize(name).map(Some)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Misfit> {
        let Some(((name, value), rest)) = self.rest.split_first() else {
            return Err(Misfit::expected("a value"));
        };
        self.rest = rest;
        let time = with_plus(value);
        seed.deserialize(Value(time.as_deref().unwrap_or(value)))
            .map_err(|misfit| match misfit {
                Misfit::Value(reason) => {
                    let shown: String = value.chars().take(SHOWN_CHARS).collect();
                    Misfit::Value(format!("{name} is {shown:?}: {reason}"))
                }
                misfit => misfit,
            })
    }
}

/// A time whose plus sign came as a space, as it was meant. In the query of an address the one stands for the other, and
/// many clients forget that.
pub(super) fn with_plus(value: &str) -> Option<String> {
    let is_time = |text: &str| Timestamp::parse_rfc3339(text).is_ok();
    if !value.contains(' ') || is_time(value) {
        return None;
    }
    Some(value.replace(' ', "+")).filter(|text| is_time(text))
}

/// The text of a value.
struct Value<'a>(&'a str);

/// A whole number in digits, after a minus sign if it is below 0.
fn read_number<T: FromStr>(text: &str) -> Option<T> {
    match text.strip_prefix('-') {
        Some(digits) => parse_digits::<u64>(digits).and_then(|_| text.parse().ok()),
        None => parse_digits(text),
    }
}

/// A whole number of a type.
macro_rules! whole_number {
    ($($method:ident $visit:ident $kind:ty,)*) => {
        $(fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Misfit> {
            match read_number::<$kind>(self.0) {
                Some(number) => visitor.$visit(number),
                // The limits of a wide type say nothing of those of the parameter.
                None if size_of::<$kind>() >= size_of::<u64>() => {
                    let least = <$kind>::MIN;
                    Err(Misfit::expected(match least {
                        0 => "a whole number, 0 or more",
                        _ => "a whole number",
                    }))
                }
                None => Err(Misfit::expected(format_args!(
                    "a whole number {}",
                    plain_words::range(<$kind>::MIN, <$kind>::MAX)
                ))),
            }
        })*
    };
}

impl<'de> Deserializer<'de> for Value<'_> {
    type Error = Misfit;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Misfit> {
        visitor.visit_str(self.0)
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Misfit> {
        match self.0 {
            "true" => visitor.visit_bool(true),
            "false" => visitor.visit_bool(false),
            _ => Err(Misfit::expected("true or false")),
        }
    }

    whole_number! {
        deserialize_u8 visit_u8 u8,
        deserialize_u16 visit_u16 u16,
        deserialize_u32 visit_u32 u32,
        deserialize_u64 visit_u64 u64,
        deserialize_i32 visit_i32 i32,
        deserialize_i64 visit_i64 i64,
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Misfit> {
        visitor.visit_some(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Misfit> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Misfit> {
        let word: StrDeserializer<'_, Misfit> = self.0.into_deserializer();
        visitor.visit_enum(word)
    }

    forward_to_deserialize_any! {
        i8 i16 i128 u128 f32 f64 char str string bytes byte_buf unit unit_struct seq tuple tuple_struct map struct
        identifier ignored_any
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;
    use crate::types::MemberId;

    #[derive(Debug, PartialEq, Deserialize)]
    #[serde(rename_all = "lowercase")]
    enum Word {
        One,
        Two,
    }

    #[derive(Debug, PartialEq, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Question {
        member: MemberId,
        limit: Option<usize>,
        version: Option<u32>,
        until: Option<Timestamp>,
        #[serde(default)]
        lacking: bool,
        word: Option<Word>,
        text: Option<String>,
    }

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Nothing {}

    fn read<T: serde::de::DeserializeOwned>(pairs: &[(&str, &str)]) -> Result<T, String> {
        let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        read_pairs(&pairs.iter().map(owned).collect::<Vec<_>>())
    }

    #[test]
    fn values_are_read_as_what_they_have_to_be() {
        let question: Question = read(&[
            ("limit", "7"),
            ("member", "acme"),
            ("lacking", "true"),
            ("word", "two"),
            ("text", "7"),
            ("until", "2026-06-01T12:00:00Z"),
        ])
        .unwrap();
        assert_eq!(question.limit, Some(7));
        assert_eq!(question.member.as_str(), "acme");
        assert_eq!((question.lacking, question.word), (true, Some(Word::Two)));
        assert_eq!(question.text.as_deref(), Some("7"));
        assert!(question.until.is_some() && question.version.is_none());
        assert!(read::<Nothing>(&[]).is_ok());
        // A plus sign that nobody escaped comes as a space. A text with spaces stays one.
        let until = |text: &str| {
            let pairs = [("member", "acme"), ("until", text), ("text", "a 01:00")];
            read::<Question>(&pairs)
        };
        let meant = until("2026-06-01T12:00:00.5+01:00").unwrap();
        assert_eq!(until("2026-06-01T12:00:00.5 01:00"), Ok(meant));
        assert!(until("2026-06-01 12:00:00 01:00").is_err());
        assert!(until("2026-06-01T12:00:00 ").is_err());
    }

    #[test]
    fn what_is_wrong_is_told_with_its_name_and_what_is_taken() {
        let member = ("member", "acme");
        for (pairs, cause) in [
            (vec![], "the parameter member is missing"),
            (vec![member, member], "the parameter member is given twice"),
            (
                vec![member, ("limit", "x")],
                "limit is \"x\": it has to be a whole number, 0 or more",
            ),
            (
                vec![member, ("limit", "+5")],
                "limit is \"+5\": it has to be a whole number, 0 or more",
            ),
            (
                vec![member, ("version", "4294967296")],
                "version is \"4294967296\": it has to be a whole number from 0 to 4,294,967,295",
            ),
            (
                vec![member, ("lacking", "")],
                "lacking is \"\": it has to be true or false",
            ),
            (
                vec![member, ("word", "three")],
                "word is \"three\": it has to be one or two",
            ),
            (
                vec![member, ("page", "2")],
                "there is no parameter \"page\", but member, limit, version, until, lacking, word, text",
            ),
        ] {
            assert_eq!(read::<Question>(&pairs).unwrap_err(), cause);
        }
        let cause = read::<Question>(&[("member", "No One")]).unwrap_err();
        assert!(cause.starts_with("member is \"No One\": "), "{cause}");
        let cause = read::<Nothing>(&[("x", "1")]).unwrap_err();
        assert_eq!(cause, "there is no parameter \"x\": none is taken here");
    }
}
