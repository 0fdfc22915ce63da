//! The canonical binary codec: one byte string per value, and one value per byte string.
//!
//! Integers are fixed width and big-endian, byte strings and sequences carry a `u32` length, a
//! flag is exactly 0 or 1. A decoder checks every length against a named limit and against what is
//! left of the input before it allocates, and refuses trailing bytes, so that whatever is hashed
//! or signed has a single encoding.

use bytes::Bytes;
use thiserror::Error;

/// Why bytes are not the canonical form of a value.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum DecodeError {
    /// The input ended before the value did.
    #[error("the input ends at byte {offset}, {needed} more bytes were expected")]
    UnexpectedEnd {
        /// Where reading stopped.
        offset: usize,
        /// How many bytes were wanted from there.
        needed: usize,
    },
    /// The value ended before the input did.
    #[error("{count} bytes follow the value")]
    TrailingBytes {
        /// How many bytes are left over.
        count: usize,
    },
    /// A length is above its limit.
    #[error("{what} has length {length}, the limit is {limit}")]
    LimitExceeded {
        /// What is too long.
        what: &'static str,
        /// The length found.
        length: usize,
        /// The limit.
        limit: usize,
    },
    /// A union tag that this version does not know.
    #[error("{tag} is not a known {what}")]
    UnknownTag {
        /// Which union.
        what: &'static str,
        /// The tag found.
        tag: u8,
    },
    /// A format version that this program does not know.
    #[error("version {version} of {what} is not known to this program; a newer one may be needed")]
    UnknownVersion {
        /// Which format.
        what: &'static str,
        /// The version found.
        version: u16,
    },
    /// The bytes are well formed, and yet not a value of the type.
    #[error("{what} is not valid: {why}")]
    Invalid {
        /// Which type.
        what: &'static str,
        /// The rule that is broken.
        why: String,
    },
}

impl DecodeError {
    /// A value that breaks a rule of its type.
    pub fn invalid(what: &'static str, why: impl Into<String>) -> Self {
        Self::Invalid {
            what,
            why: why.into(),
        }
    }
}

/// A value with a canonical encoding.
pub trait Encode {
    /// Appends the canonical bytes to `out`.
    fn encode(&self, out: &mut Vec<u8>);

    /// The canonical bytes.
    fn to_bytes(&self) -> Vec<u8> {
        let mut out = Vec::new();
        self.encode(&mut out);
        out
    }
}

/// A value that can be read back from its canonical encoding.
pub trait Decode: Sized {
    /// Reads one value.
    ///
    /// # Errors
    /// Whatever keeps the bytes from being the canonical form of a value.
    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError>;

    /// Reads one value that fills `bytes`.
    ///
    /// # Errors
    /// As [`Decode::decode`], and [`DecodeError::TrailingBytes`].
    fn from_bytes(bytes: &[u8]) -> Result<Self, DecodeError> {
        let mut reader = Reader::new(bytes);
        let value = Self::decode(&mut reader)?;
        reader.finish()?;
        Ok(value)
    }
}

/// A cursor over the bytes of one encoded value.
#[derive(Debug)]
pub struct Reader<'a> {
    bytes: &'a [u8],
    offset: usize,
}

impl<'a> Reader<'a> {
    /// A cursor at the start of `bytes`.
    pub fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, offset: 0 }
    }

    /// How many bytes are left.
    pub fn remaining(&self) -> usize {
        self.bytes.len() - self.offset
    }

    /// How many bytes have been read.
    pub fn offset(&self) -> usize {
        self.offset
    }

    /// The next `count` bytes.
    ///
    /// # Errors
    /// [`DecodeError::UnexpectedEnd`].
    pub fn take(&mut self, count: usize) -> Result<&'a [u8], DecodeError> {
        let end = self.offset.checked_add(count);
        let slice = end.and_then(|end| self.bytes.get(self.offset..end));
        let Some(slice) = slice else {
            return Err(DecodeError::UnexpectedEnd {
                offset: self.offset,
                needed: count,
            });
        };
        self.offset += count;
        Ok(slice)
    }

    /// A fixed number of bytes.
    ///
    /// # Errors
    /// [`DecodeError::UnexpectedEnd`].
    pub fn array<const N: usize>(&mut self) -> Result<[u8; N], DecodeError> {
        let mut array = [0; N];
        array.copy_from_slice(self.take(N)?);
        Ok(array)
    }

    /// A byte.
    ///
    /// # Errors
    /// [`DecodeError::UnexpectedEnd`].
    pub fn u8(&mut self) -> Result<u8, DecodeError> {
        Ok(u8::from_be_bytes(self.array()?))
    }

    /// A 16-bit integer.
    ///
    /// # Errors
    /// [`DecodeError::UnexpectedEnd`].
    pub fn u16(&mut self) -> Result<u16, DecodeError> {
        Ok(u16::from_be_bytes(self.array()?))
    }

    /// A 32-bit integer.
    ///
    /// # Errors
    /// [`DecodeError::UnexpectedEnd`].
    pub fn u32(&mut self) -> Result<u32, DecodeError> {
        Ok(u32::from_be_bytes(self.array()?))
    }

    /// A 64-bit integer.
    ///
    /// # Errors
    /// [`DecodeError::UnexpectedEnd`].
    pub fn u64(&mut self) -> Result<u64, DecodeError> {
        Ok(u64::from_be_bytes(self.array()?))
    }

    /// A signed 64-bit integer in two's complement.
    ///
    /// # Errors
    /// [`DecodeError::UnexpectedEnd`].
    pub fn i64(&mut self) -> Result<i64, DecodeError> {
        Ok(i64::from_be_bytes(self.array()?))
    }

    /// A flag: 0 or 1 and nothing else.
    ///
    /// # Errors
    /// [`DecodeError::UnknownTag`] for any other byte.
    pub fn flag(&mut self, what: &'static str) -> Result<bool, DecodeError> {
        match self.u8()? {
            0 => Ok(false),
            1 => Ok(true),
            tag => Err(DecodeError::UnknownTag { what, tag }),
        }
    }

    /// A length that is at most `limit`.
    ///
    /// # Errors
    /// [`DecodeError::LimitExceeded`].
    pub fn length(&mut self, what: &'static str, limit: usize) -> Result<usize, DecodeError> {
        let length = self.u32()? as usize;
        if length > limit {
            return Err(DecodeError::LimitExceeded {
                what,
                length,
                limit,
            });
        }
        Ok(length)
    }

    /// A byte string of at most `limit` bytes.
    ///
    /// # Errors
    /// [`DecodeError::LimitExceeded`], [`DecodeError::UnexpectedEnd`].
    pub fn bytes(&mut self, what: &'static str, limit: usize) -> Result<&'a [u8], DecodeError> {
        let length = self.length(what, limit)?;
        self.take(length)
    }

    /// A UTF-8 string of at most `limit` bytes.
    ///
    /// # Errors
    /// As [`Reader::bytes`], and [`DecodeError::Invalid`] where it is not UTF-8.
    pub fn text(&mut self, what: &'static str, limit: usize) -> Result<&'a str, DecodeError> {
        let bytes = self.bytes(what, limit)?;
        std::str::from_utf8(bytes).map_err(|error| DecodeError::invalid(what, error.to_string()))
    }

    /// A sequence of at most `limit` values.
    ///
    /// # Errors
    /// [`DecodeError::LimitExceeded`], and whatever decoding an item gives.
    pub fn sequence<T: Decode>(
        &mut self,
        what: &'static str,
        limit: usize,
    ) -> Result<Vec<T>, DecodeError> {
        let length = self.length(what, limit)?;
        // An item takes at least a byte: a length that the input cannot hold allocates nothing.
        let mut items = Vec::with_capacity(length.min(self.remaining()));
        for _ in 0..length {
            items.push(T::decode(self)?);
        }
        Ok(items)
    }

    /// A value that may be absent: a flag, then the value.
    ///
    /// # Errors
    /// As [`Reader::flag`], and whatever decoding the value gives.
    pub fn option<T: Decode>(&mut self, what: &'static str) -> Result<Option<T>, DecodeError> {
        if self.flag(what)? {
            Ok(Some(T::decode(self)?))
        } else {
            Ok(None)
        }
    }

    /// Checks that nothing is left.
    ///
    /// # Errors
    /// [`DecodeError::TrailingBytes`].
    pub fn finish(&self) -> Result<(), DecodeError> {
        match self.remaining() {
            0 => Ok(()),
            count => Err(DecodeError::TrailingBytes { count }),
        }
    }
}

/// Appends a length. Values longer than `u32::MAX` cannot be built: every one has a lower limit.
pub fn put_length(out: &mut Vec<u8>, length: usize) {
    out.extend_from_slice(&u32::try_from(length).unwrap_or(u32::MAX).to_be_bytes());
}

/// Appends a byte string with its length.
pub fn put_bytes(out: &mut Vec<u8>, bytes: &[u8]) {
    put_length(out, bytes.len());
    out.extend_from_slice(bytes);
}

/// Appends a sequence with its length.
pub fn put_sequence<T: Encode>(out: &mut Vec<u8>, items: &[T]) {
    put_length(out, items.len());
    for item in items {
        item.encode(out);
    }
}

/// Appends a value that may be absent.
pub fn put_option<T: Encode>(out: &mut Vec<u8>, value: Option<&T>) {
    match value {
        None => out.push(0),
        Some(value) => {
            out.push(1);
            value.encode(out);
        }
    }
}

/// Copies bytes read from a frame, so that a value does not keep the whole frame alive.
pub fn owned(bytes: &[u8]) -> Bytes {
    Bytes::copy_from_slice(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integers_are_big_endian_and_bounded() {
        let mut reader = Reader::new(&[1, 0, 2, 0, 0, 0, 3, 0]);
        assert_eq!(reader.u8(), Ok(1));
        assert_eq!(reader.u16(), Ok(2));
        assert_eq!(reader.u32(), Ok(3));
        assert_eq!(
            reader.u64(),
            Err(DecodeError::UnexpectedEnd {
                offset: 7,
                needed: 8
            })
        );
        assert_eq!(
            reader.finish(),
            Err(DecodeError::TrailingBytes { count: 1 })
        );
    }

    #[test]
    fn a_flag_has_two_forms_only() {
        assert_eq!(Reader::new(&[0]).flag("flag"), Ok(false));
        assert_eq!(Reader::new(&[1]).flag("flag"), Ok(true));
        assert_eq!(
            Reader::new(&[2]).flag("flag"),
            Err(DecodeError::UnknownTag {
                what: "flag",
                tag: 2
            })
        );
    }

    #[test]
    fn a_length_is_checked_before_anything_is_allocated() {
        let huge = [0xff, 0xff, 0xff, 0xff];
        assert_eq!(
            Reader::new(&huge).bytes("body", 10),
            Err(DecodeError::LimitExceeded {
                what: "body",
                length: 0xffff_ffff,
                limit: 10
            })
        );
        assert!(matches!(
            Reader::new(&[0, 0, 0, 9, 1]).bytes("body", 10),
            Err(DecodeError::UnexpectedEnd { .. })
        ));
    }

    #[test]
    fn text_must_be_utf8() {
        assert!(matches!(
            Reader::new(&[0, 0, 0, 1, 0xff]).text("name", 4),
            Err(DecodeError::Invalid { what: "name", .. })
        ));
    }
}
