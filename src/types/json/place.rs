//! Where a value stands in its text.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde_json::value::RawValue;

/// Where the value begins that a JSON pointer (RFC 6901) leads to, in bytes from the beginning of the text; none if it
/// leads nowhere, or the text is no JSON.
pub fn offset_of(text: &str, pointer: &str) -> Option<usize> {
    let mut value: &RawValue = serde_json::from_str(text).ok()?;
    if !pointer.is_empty() {
        for segment in pointer.strip_prefix('/')?.split('/') {
            value = step(value, &segment.replace("~1", "/").replace("~0", "~"))?;
        }
    }
    // What is borrowed is a part of the text.
    value
        .get()
        .as_ptr()
        .addr()
        .checked_sub(text.as_ptr().addr())
}

/// The member or item of a value.
fn step<'a>(value: &'a RawValue, name: &str) -> Option<&'a RawValue> {
    match value.get().as_bytes().first()? {
        b'{' => {
            let members: BTreeMap<Cow<'a, str>, &'a RawValue> =
                serde_json::from_str(value.get()).ok()?;
            members.get(name).copied()
        }
        b'[' => {
            let items: Vec<&'a RawValue> = serde_json::from_str(value.get()).ok()?;
            items.get(name.parse::<usize>().ok()?).copied()
        }
        _ => None,
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
