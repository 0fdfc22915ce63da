//! Page tokens that belong to a list.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::crypto::Blake3Digest;
use crate::types::LedgerId;
#[cfg(any(test, feature = "testing"))]
use crate::types::NamedDecoder;

/// Bytes at the beginning of a token that tell whether it is whole, and of which list.
const MARK_BYTES: usize = 8;

/// Longest token in text: no list has longer items.
const MAX_TOKEN_BYTES: usize = 2_048;

/// A list whose tokens nobody reads but the node: of a ledger, and by what tells it from others. A token of one list is
/// none of another, and one that was changed is none at all, so that no page is of an answer that nobody asked for. The
/// mark is no secret: it keeps from mistakes.
pub(in crate::api) struct PageList(Blake3Digest);

impl PageList {
    /// The list of these names.
    pub(in crate::api) fn new(ledger: &LedgerId, names: &[&str]) -> Self {
        let mut parts: Vec<&[u8]> = vec![b"page of a list\0", ledger.as_bytes()];
        parts.extend(names.iter().flat_map(|name| [name.as_bytes(), &[0]]));
        Self(Blake3Digest::of_parts(&parts))
    }

    /// The token of the page that comes after something.
    pub(in crate::api) fn token(&self, after: &[u8]) -> String {
        URL_SAFE_NO_PAD.encode([&self.mark(after), after].concat())
    }

    /// What the page of a token comes after; none if the token is not of this list, or was changed.
    pub(in crate::api) fn read(&self, token: &str) -> Option<Vec<u8>> {
        let bytes = token_bytes(token)?;
        let (mark, after) = bytes.split_first_chunk()?;
        (*mark == self.mark(after)).then(|| after.to_vec())
    }

    fn mark(&self, after: &[u8]) -> [u8; MARK_BYTES] {
        let digest = Blake3Digest::of_parts(&[self.0.as_bytes(), after]);
        let mut mark = [0; MARK_BYTES];
        mark.copy_from_slice(&digest.as_bytes()[..MARK_BYTES]);
        mark
    }
}

/// The bytes of a token of any list; none if it is no token.
pub(in crate::api) fn token_bytes(token: &str) -> Option<Vec<u8>> {
    let is_short = !token.is_empty() && token.len() <= MAX_TOKEN_BYTES;
    is_short.then(|| URL_SAFE_NO_PAD.decode(token).ok())?
}

/// The reader of the texts of page tokens, for tests.
#[cfg(any(test, feature = "testing"))]
pub(in crate::api) const PAGE_TOKEN: NamedDecoder = NamedDecoder {
    name: "PageToken",
    again: |text| {
        let token = token_bytes(std::str::from_utf8(text).ok()?)?;
        Some(URL_SAFE_NO_PAD.encode(token).into_bytes())
    },
};

/// The reader of the page tokens of a list, for tests: it takes a text and gives it back, or makes one for what
/// is none.
#[cfg(any(test, feature = "testing"))]
pub(in crate::api) const LIST_TOKEN: NamedDecoder = NamedDecoder {
    name: "PageToken of a list",
    again: |bytes| {
        let list = PageList::new(&LedgerId(Blake3Digest::ZERO), &["things"]);
        let text = std::str::from_utf8(bytes).ok();
        match text.and_then(|text| list.read(text)) {
            Some(after) => Some(list.token(&after).into_bytes()),
            None => list.read(&list.token(bytes)),
        }
    },
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_of_one_list_of_one_ledger() {
        let ledger = LedgerId(Blake3Digest::of(b"1"));
        let list = PageList::new(&ledger, &["things", "a"]);
        let token = list.token(b"x");
        assert_eq!(list.read(&token), Some(b"x".to_vec()));
        assert_eq!(list.read(&list.token(b"")), Some(Vec::new()));
        for other in [
            PageList::new(&ledger, &["things", "b"]),
            PageList::new(&ledger, &["thingsa", ""]),
            PageList::new(&LedgerId(Blake3Digest::of(b"2")), &["things", "a"]),
        ] {
            assert_eq!(other.read(&token), None);
        }
        for bad in ["", "?", "a b", "AAAA", &"A".repeat(MAX_TOKEN_BYTES + 1)] {
            assert_eq!(list.read(bad), None, "{bad}");
        }
    }

    #[test]
    fn a_token_of_which_any_bit_was_changed_is_none() {
        let list = PageList::new(&LedgerId(Blake3Digest::of(b"1")), &["things"]);
        let whole = URL_SAFE_NO_PAD.decode(list.token(b"abc")).unwrap();
        for bit in 0..whole.len() * 8 {
            let mut changed = whole.clone();
            changed[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(list.read(&URL_SAFE_NO_PAD.encode(&changed)), None, "{bit}");
        }
        let shorter = URL_SAFE_NO_PAD.encode(&whole[..whole.len() - 1]);
        assert_eq!(list.read(&shorter), None);
    }
}
