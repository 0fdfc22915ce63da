//! Where a value stands in its text.

use std::fmt;

use serde::de::{
    Deserialize, DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor,
};
use serde_json::value::RawValue;

/// Where the value begins that a JSON pointer (RFC 6901) leads to, in bytes from the beginning of the text; none if it
/// leads nowhere, or the text is no JSON. Goes through the text once.
pub fn offset_of(text: &str, pointer: &str) -> Option<usize> {
    let segments: Vec<String> = match pointer.strip_prefix('/') {
        Some(segments) => segments
            .split('/')
            .map(|segment| segment.replace("~1", "/").replace("~0", "~"))
            .collect(),
        None if pointer.is_empty() => Vec::new(),
        None => return None,
    };
    let mut reader = serde_json::Deserializer::from_str(text);
    let found = Step(&segments).deserialize(&mut reader).ok()??;
    reader.end().ok()?;
    // What is borrowed is a part of the text.
    found
        .get()
        .as_ptr()
        .addr()
        .checked_sub(text.as_ptr().addr())
}

/// The rest of the way to a value.
struct Step<'p>(&'p [String]);

impl<'de> DeserializeSeed<'de> for Step<'_> {
    type Value = Option<&'de RawValue>;

    fn deserialize<D: Deserializer<'de>>(self, reader: D) -> Result<Self::Value, D::Error> {
        match self.0 {
            [] => <&RawValue>::deserialize(reader).map(Some),
            _ => reader.deserialize_any(self),
        }
    }
}

/// A way that goes on ends in an error at what is neither an object nor a list.
impl<'de> Visitor<'de> for Step<'_> {
    type Value = Option<&'de RawValue>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an object or a list")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Self::Value, A::Error> {
        let mut found = None;
        while let Some(name) = members.next_key::<String>()? {
            match self.0.split_first() {
                Some((next, rest)) if *next == name => {
                    found = members.next_value_seed(Step(rest))?
                }
                _ => _ = members.next_value::<IgnoredAny>()?,
            }
        }
        Ok(found)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Self::Value, A::Error> {
        let Some((next, rest)) = self.0.split_first() else {
            return Ok(None);
        };
        let wanted = next.parse::<usize>().ok();
        let mut found = None;
        for place in 0.. {
            if wanted == Some(place) {
                let Some(item) = items.next_element_seed(Step(rest))? else {
                    break;
                };
                found = item;
            } else if items.next_element::<IgnoredAny>()?.is_none() {
                break;
            }
        }
        Ok(found)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_found_in_their_text() {
        let text = " {\"a/b\": [1, {\"~c\": \"x\"}],\n \"ä\": null, \"\\u0064\": 7}";
        for (pointer, found) in [
            ("", Some("{\"a/b\"")),
            ("/a~1b", Some("[1, ")),
            ("/a~1b/0", Some("1, ")),
            ("/a~1b/1/~0c", Some("\"x\"")),
            ("/ä", Some("null")),
            ("/d", Some("7}")),
            ("/a~1b/2", None),
            ("/a~1b/0/x", None),
            ("a", None),
            ("/nothing", None),
        ] {
            let offset = offset_of(text, pointer);
            let begins = |begin: &str| text[offset.unwrap()..].starts_with(begin);
            match found {
                Some(begin) => assert!(begins(begin), "{pointer}: {offset:?}"),
                None => assert_eq!(offset, None, "{pointer}"),
            }
        }
        assert_eq!(offset_of("[1", "/0"), None);
    }
}
