//! The bytes on the streams: fixed headers, big-endian, and what is read after them.
//!
//! | stream | opener writes | other side writes |
//! |---|---|---|
//! | channel | [`Greeting`], then messages: [`FrameHeader`], payload | the next sequence it expects (u64), then the sequence it has delivered through (u64), again and again |
//! | liveness | a nonce (u64), again and again | the nonce |
//! | request | length (u32), request | length (u32), response |

use futures::io::{AsyncRead, AsyncReadExt};
use thiserror::Error;

use super::sequence::{Sequence, Session};
#[cfg(any(test, feature = "testing"))]
use crate::types::NamedDecoder;

/// Bytes of an encoded [`Greeting`].
pub(crate) const GREETING_BYTES: usize = 8;

/// Bytes of an encoded [`FrameHeader`].
pub(crate) const FRAME_HEADER_BYTES: usize = 12;

/// Memory for a payload grows by this much as its bytes arrive: a peer that announces megabytes and
/// sends nothing costs this.
const READ_STEP_BYTES: usize = 64 * 1024;

/// Why a header is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub(crate) enum FrameError {
    /// The length is zero.
    #[error("an empty frame")]
    Empty,
    /// The length is above the limit.
    #[error("{bytes} bytes exceed the limit")]
    Oversize {
        /// The announced length.
        bytes: u32,
    },
}

/// Opens a channel stream: says which numbering the sequences belong to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Greeting {
    pub(crate) session: Session,
}

impl Greeting {
    pub(crate) fn encode(self) -> [u8; GREETING_BYTES] {
        self.session.0.to_be_bytes()
    }

    pub(crate) fn decode(bytes: [u8; GREETING_BYTES]) -> Self {
        Self {
            session: Session(u64::from_be_bytes(bytes)),
        }
    }
}

/// Stands before each message: length (u32), sequence (u64).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct FrameHeader {
    length: u32,
    sequence: Sequence,
}

impl FrameHeader {
    /// The header of a payload of `length` bytes.
    ///
    /// # Errors
    /// [`FrameError`] unless the length is from 1 to `limit`.
    pub(crate) fn new(length: u32, sequence: Sequence, limit: usize) -> Result<Self, FrameError> {
        check_length(length, limit)?;
        Ok(Self { length, sequence })
    }

    /// Bytes of the payload.
    pub(crate) fn length(self) -> u32 {
        self.length
    }

    /// The place of the message in its session.
    pub(crate) fn sequence(self) -> Sequence {
        self.sequence
    }

    pub(crate) fn encode(self) -> [u8; FRAME_HEADER_BYTES] {
        let mut bytes = [0; FRAME_HEADER_BYTES];
        let (length, sequence) = bytes.split_at_mut(4);
        length.copy_from_slice(&self.length.to_be_bytes());
        sequence.copy_from_slice(&self.sequence.0.to_be_bytes());
        bytes
    }

    /// # Errors
    /// [`FrameError`] unless the length is from 1 to `limit`.
    pub(crate) fn decode(
        bytes: [u8; FRAME_HEADER_BYTES],
        limit: usize,
    ) -> Result<Self, FrameError> {
        let [a, b, c, d, sequence @ ..] = bytes;
        Self::new(
            u32::from_be_bytes([a, b, c, d]),
            Sequence(u64::from_be_bytes(sequence)),
            limit,
        )
    }
}

/// The readers of the headers of streams, for tests.
#[cfg(any(test, feature = "testing"))]
pub const FRAME_READERS: &[NamedDecoder] = &[
    NamedDecoder {
        name: "Greeting",
        again: |bytes| Some(Greeting::decode(bytes.try_into().ok()?).encode().to_vec()),
    },
    NamedDecoder {
        name: "FrameHeader",
        again: |bytes| {
            let header = FrameHeader::decode(bytes.try_into().ok()?, usize::MAX).ok()?;
            Some(header.encode().to_vec())
        },
    },
];

/// Checks the announced length of a message before anything is allocated for it.
///
/// # Errors
/// [`FrameError`] unless it is from 1 to `limit`.
pub(crate) fn check_length(length: u32, limit: usize) -> Result<usize, FrameError> {
    if length == 0 {
        return Err(FrameError::Empty);
    }
    check_at_most(length, limit)
}

/// Checks the announced length of a request or response, which may be empty.
///
/// # Errors
/// [`FrameError::Oversize`] if it is above `limit`.
pub(crate) fn check_at_most(length: u32, limit: usize) -> Result<usize, FrameError> {
    match usize::try_from(length) {
        Ok(bytes) if bytes <= limit => Ok(bytes),
        _ => Err(FrameError::Oversize { bytes: length }),
    }
}

/// Reads `N` bytes, or nothing if the stream ends before the first.
///
/// # Errors
/// What the stream says, also when it ends in between.
pub(crate) async fn read_array<const N: usize>(
    stream: &mut (impl AsyncRead + Unpin),
) -> std::io::Result<Option<[u8; N]>> {
    let mut bytes = [0; N];
    let (first, rest) = bytes.split_at_mut(N.min(1));
    if stream.read(first).await? == 0 {
        return Ok(None);
    }
    stream.read_exact(rest).await?;
    Ok(Some(bytes))
}

/// Reads a payload whose length was checked. Memory grows with what arrives.
///
/// # Errors
/// What the stream says, also when it ends before the last byte.
pub(crate) async fn read_payload(
    stream: &mut (impl AsyncRead + Unpin),
    length: usize,
) -> std::io::Result<Vec<u8>> {
    let mut payload = Vec::with_capacity(length.min(READ_STEP_BYTES));
    while payload.len() < length {
        let start = payload.len();
        payload.resize(length.min(start.saturating_add(READ_STEP_BYTES)), 0);
        if let Some(room) = payload.get_mut(start..) {
            stream.read_exact(room).await?;
        }
    }
    Ok(payload)
}

#[cfg(test)]
mod tests;
