//! Why a text was refused, and where.

use thiserror::Error;

use super::value::JsonKind;

/// A refused text: what is wrong, at which byte, inside which member.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{fault} (byte {offset}{})", within(.pointer))]
pub struct JsonError {
    /// Offset in bytes from the start of the text, of the byte that could not be accepted.
    pub offset: usize,
    /// RFC 6901 pointer of the innermost value that was being read; empty for the whole text.
    pub pointer: String,
    /// What is wrong.
    pub fault: JsonFault,
}

/// What can be wrong with a text.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum JsonFault {
    /// The text is longer than its limit.
    #[error("the text is {length_bytes} bytes long, at most {limit_bytes} are accepted")]
    TooLong {
        /// Length of the text.
        length_bytes: usize,
        /// The limit in force.
        limit_bytes: usize,
    },
    /// The text is not UTF-8.
    #[error("the text is not valid UTF-8")]
    NotUtf8,
    /// The text begins with a byte order mark (RFC 8259 section 8.1 forbids sending one).
    #[error("the text begins with a byte order mark")]
    ByteOrderMark,
    /// The text ends in the middle of a value.
    #[error("the text ends where {expected} was expected")]
    UnexpectedEnd {
        /// What the grammar wanted.
        expected: &'static str,
    },
    /// A character that the grammar does not allow here.
    #[error("found {found:?} where {expected} was expected")]
    Unexpected {
        /// The character found.
        found: char,
        /// What the grammar wanted.
        expected: &'static str,
    },
    /// A control character stands unescaped in a string.
    #[error("a control character must be escaped in a string")]
    ControlCharacter,
    /// An escape sequence that RFC 8259 section 7 does not know.
    #[error("unknown or incomplete escape sequence")]
    BadEscape,
    /// An escaped surrogate without its other half.
    #[error("an escaped surrogate lacks its other half")]
    LoneSurrogate,
    /// An object names a member twice.
    #[error("the member name {name:?} occurs twice")]
    DuplicateName {
        /// The repeated name.
        name: String,
    },
    /// More containers are open than [`super::MAX_DEPTH`].
    #[error("{kind}s are nested deeper than {limit} levels")]
    TooDeep {
        /// Kind of the container that was one too many.
        kind: JsonKind,
        /// The limit in force.
        limit: usize,
    },
    /// The text holds more values than its limit.
    #[error("the text holds more than {limit} values")]
    TooManyValues {
        /// The limit in force.
        limit: usize,
    },
    /// Something follows the value.
    #[error("something follows the end of the value")]
    TrailingData,
}

impl JsonError {
    pub(super) fn new(offset: usize, fault: JsonFault) -> Self {
        Self {
            offset,
            pointer: String::new(),
            fault,
        }
    }

    /// Puts `segment` in front of the pointer: called by each enclosing container on the way out.
    pub(super) fn inside(mut self, segment: &str) -> Self {
        let mut pointer = String::with_capacity(self.pointer.len() + segment.len() + 1);
        pointer.push('/');
        pointer.push_str(&escape_pointer_segment(segment));
        pointer.push_str(&self.pointer);
        self.pointer = pointer;
        self
    }

    /// Line and column of the error in `text`, both counted from 1; columns count bytes.
    #[must_use]
    pub fn line_and_column(&self, text: &[u8]) -> (usize, usize) {
        let before = text.get(..self.offset).unwrap_or(text);
        let line = before.iter().filter(|&&byte| byte == b'\n').count() + 1;
        let column = before
            .iter()
            .rev()
            .take_while(|&&byte| byte != b'\n')
            .count()
            + 1;
        (line, column)
    }
}

/// Escapes one reference token of a JSON pointer (RFC 6901 section 3): `~` becomes `~0`, `/` becomes `~1`.
#[must_use]
pub fn escape_pointer_segment(segment: &str) -> String {
    segment.replace('~', "~0").replace('/', "~1")
}

fn within(pointer: &str) -> String {
    if pointer.is_empty() {
        String::new()
    } else {
        format!(", in {pointer}")
    }
}
