//! Addresses of events.

use std::fmt::Write as _;

/// Where an event is found by its identifier.
pub(in crate::api) fn event_location(identifier: &str) -> String {
    format!("/epcis/events/{}", encode_segment(identifier))
}

/// A text as one segment of a path: all but the unreserved characters are escaped (RFC 3986, sections
/// 2.1 and 2.3).
pub(in crate::api) fn encode_segment(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                encoded.push(char::from(byte));
            }
            // Writing to a text does not fail.
            _ => drop(write!(encoded, "%{byte:02X}")),
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_identifier_is_one_segment() {
        assert_eq!(
            event_location("ni:///sha-256;0f?ver=CBV2.0"),
            "/epcis/events/ni%3A%2F%2F%2Fsha-256%3B0f%3Fver%3DCBV2.0"
        );
        assert_eq!(encode_segment("a-Z_0.~é%"), "a-Z_0.~%C3%A9%25");
    }
}
