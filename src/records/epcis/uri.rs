//! The syntax of absolute URIs, RFC 3986.

use std::ops::Range;

/// Bytes of a path segment besides percent encodings: `unreserved`, `sub-delims`, `:` and `@`.
const PATH: u8 = 1;
/// `/`
const SLASH: u8 = 2;
/// `?`
const QUESTION: u8 = 4;
/// Letters, digits, `+`, `-` and `.`
const SCHEME: u8 = 8;

const CLASSES: [u8; 256] = {
    let mut classes = [0; 256];
    let mut byte: u8 = 0;
    while byte < 128 {
        let scheme = byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.');
        let path = scheme
            || matches!(
                byte,
                b'_' | b'~'
                    | b'!'
                    | b'$'
                    | b'&'
                    | b'\''
                    | b'('
                    | b')'
                    | b'*'
                    | b','
                    | b';'
                    | b'='
                    | b':'
                    | b'@'
            );
        classes[byte as usize] = match byte {
            b'/' => SLASH,
            b'?' => QUESTION,
            _ if scheme => SCHEME | PATH,
            _ if path => PATH,
            _ => 0,
        };
        byte += 1;
    }
    classes
};

/// Whether `text` is a URI: a scheme, a colon, and a hierarchical part with optional query and fragment
/// (RFC 3986 section 3). A host given as an IP literal in brackets is not accepted: it identifies nothing
/// that lasts.
pub(in crate::records) fn is_uri(text: &str) -> bool {
    let bytes = text.as_bytes();
    let Some(scheme_end) = scheme_length(bytes) else {
        return false;
    };
    let mut at = scheme_end + 1;
    if bytes.get(at..).is_some_and(|rest| rest.starts_with(b"//")) {
        let authority_start = at + 2;
        let Some(authority_end) = skip(bytes, authority_start, PATH) else {
            return false;
        };
        if !is_authority(
            bytes
                .get(authority_start..authority_end)
                .unwrap_or_default(),
        ) {
            return false;
        }
        at = authority_end;
    }
    let Some(path_end) = skip(bytes, at, PATH | SLASH) else {
        return false;
    };
    at = path_end;
    for introducer in [b'?', b'#'] {
        if bytes.get(at) == Some(&introducer) {
            let Some(end) = skip(bytes, at + 1, PATH | SLASH | QUESTION) else {
                return false;
            };
            at = end;
        }
    }
    at == bytes.len()
}

/// A URI with all in lower case in which case means nothing: scheme and host (RFC 3986, section 6.2.2.1), the namespace
/// of a URN (RFC 8141, section 3.1), and a UUID (RFC 9562, section 4). None if it is written so, or is no URI.
pub(super) fn with_lower_case(text: &str) -> Option<String> {
    let scheme_end = scheme_length(text.as_bytes())?;
    let (scheme, rest) = text.split_at_checked(scheme_end)?;
    let (start, end) = match scheme.eq_ignore_ascii_case("urn") {
        true => (0, caseless_length(rest)),
        false => host(rest),
    };
    let parts = [0..scheme_end, scheme_end + start..scheme_end + end];
    let has_upper = |part: &Range<usize>| {
        let part = text.as_bytes().get(part.clone()).unwrap_or_default();
        part.iter().any(u8::is_ascii_uppercase)
    };
    if !parts.iter().any(has_upper) || !is_uri(text) {
        return None;
    }
    let mut lower = text.to_owned();
    for part in parts {
        lower.get_mut(part)?.make_ascii_lowercase();
    }
    Some(lower)
}

/// Where the host, with its port, stands in what follows a scheme.
fn host(rest: &str) -> (usize, usize) {
    const SLASHES: &str = "://";
    let Some(after) = rest.strip_prefix(SLASHES) else {
        return (0, 0);
    };
    let length = after.find(['/', '?', '#']).unwrap_or(after.len());
    let authority = after.get(..length).unwrap_or_default();
    let start = authority.find('@').map_or(0, |at| at + 1);
    (SLASHES.len() + start, SLASHES.len() + length)
}

/// How much of a URN from its first colon on is the same in letters of any case.
fn caseless_length(rest: &str) -> usize {
    let Some((namespace, name)) = rest.strip_prefix(':').and_then(|it| it.split_once(':')) else {
        return 0;
    };
    match namespace.eq_ignore_ascii_case("uuid") && is_uuid(name) {
        true => rest.len(),
        false => 1 + namespace.len(),
    }
}

fn is_uuid(text: &str) -> bool {
    let lengths = text.split('-').map(str::len);
    lengths.eq([8, 4, 4, 4, 12])
        && text
            .bytes()
            .all(|byte| byte == b'-' || byte.is_ascii_hexdigit())
}

/// Length of the scheme in front of the first colon.
fn scheme_length(bytes: &[u8]) -> Option<usize> {
    if !bytes.first()?.is_ascii_alphabetic() {
        return None;
    }
    let length = bytes.iter().position(|&byte| class(byte) & SCHEME == 0)?;
    (bytes.get(length) == Some(&b':')).then_some(length)
}

/// The end of the run of bytes in `classes` and percent encodings from `at` on; none when a percent sign is
/// not followed by two hexadecimal digits.
fn skip(bytes: &[u8], mut at: usize, classes: u8) -> Option<usize> {
    while let Some(&byte) = bytes.get(at) {
        if class(byte) & classes != 0 {
            at += 1;
        } else if byte == b'%' {
            let digits = bytes.get(at + 1..at + 3)?;
            if !digits.iter().all(u8::is_ascii_hexdigit) {
                return None;
            }
            at += 3;
        } else {
            break;
        }
    }
    Some(at)
}

/// `[ userinfo "@" ] host [ ":" port ]` (section 3.2).
fn is_authority(bytes: &[u8]) -> bool {
    let host_and_port = match bytes.iter().position(|&byte| byte == b'@') {
        Some(at) => bytes.get(at + 1..).unwrap_or_default(),
        None => bytes,
    };
    let mut parts = host_and_port.splitn(2, |&byte| byte == b':');
    let host = parts.next().unwrap_or_default();
    let port = parts.next().unwrap_or_default();
    !host.contains(&b'@') && port.iter().all(u8::is_ascii_digit)
}

fn class(byte: u8) -> u8 {
    CLASSES.get(usize::from(byte)).copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn accepts_uris() {
        for text in [
            "urn:uuid:5d9f6ab2-8d0f-4a1c-9f6e-0f3a4a0d7c11",
            "ni:///sha-256;00ff?ver=CBV2.0",
            "geo:5.3600,-4.0083",
            "https://cocoa.example/lots/7?grade=I#top",
            "https://user:secret@cocoa.example:8443/",
            "https://cocoa.example",
            "https:///path",
            "x:",
            "cocoa:grade",
            "a+b-c.d:/%C3%A9",
            "mailto:quality@cocoa.example",
        ] {
            assert!(is_uri(text), "{text}");
        }
    }

    #[test]
    fn refuses_what_is_no_uri() {
        for text in [
            "",
            "shipping",
            ":",
            "1a:b",
            "-a:b",
            "/path",
            "//host/path",
            "a b:c",
            "urn:a b",
            "urn:é",
            "urn:%4",
            "urn:%zz",
            "urn:a\"b",
            "urn:<a>",
            "urn:a#b#c",
            "urn:{a}",
            "urn:a|b",
            "urn:a\\b",
            "urn:a^b",
            "urn:`",
            "https://host:port/",
            "https://[::1]/",
            "https://a@b@c/",
            "urn:[a]",
            "urn:a\u{7f}",
        ] {
            assert!(!is_uri(text), "{text}");
        }
    }

    #[test]
    fn case_is_kept_where_it_means_something() {
        for (text, lower) in [
            ("HTTPS://SHOP.example/A", "https://shop.example/A"),
            (
                "https://Me:A@Shop.example:81?A",
                "https://Me:A@shop.example:81?A",
            ),
            ("https://A.example#A@B", "https://a.example#A@B"),
            ("X://A@B", "x://A@b"),
            ("Geo:5.36,-4.00", "geo:5.36,-4.00"),
            ("NI:///sha-256;0F?ver=CBV2.0", "ni:///sha-256;0F?ver=CBV2.0"),
            ("URN:EPCGlobal:cbv:BT:7:PO", "urn:epcglobal:cbv:BT:7:PO"),
            ("urn:X:A", "urn:x:A"),
            ("URN:x", "urn:x"),
            (
                "URN:UUID:5D9F6AB2-8D0F-4A1C-9F6E-0F3A4A0D7C11",
                "urn:uuid:5d9f6ab2-8d0f-4a1c-9f6e-0f3a4a0d7c11",
            ),
            (
                "urn:uuid:5d9f6ab2-8d0f-4a1c-9f6e-0F3a4a0d7c11",
                "urn:uuid:5d9f6ab2-8d0f-4a1c-9f6e-0f3a4a0d7c11",
            ),
            ("URN:UUID:No-UUID", "urn:uuid:No-UUID"),
        ] {
            assert_eq!(with_lower_case(text).as_deref(), Some(lower));
            assert_eq!(with_lower_case(lower), None);
        }
        for text in ["", "Note: x", "A", "X:é", "urn:uuid:No-UUID", "urn:A"] {
            assert_eq!(with_lower_case(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn never_panics(text in ".{0,40}") {
            let _ = (is_uri(&text), with_lower_case(&text));
        }

        #[test]
        fn what_is_accepted_is_printable_ascii_with_a_scheme(text in "[a-z:/?#@%0-9é \\[\\]]{0,12}") {
            if is_uri(&text) {
                prop_assert!(text.is_ascii() && text.contains(':') && !text.contains(' '));
            }
        }
    }
}
