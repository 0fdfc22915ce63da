//! One record on disk.

use crate::crypto::Blake3Digest;
use crate::types::codec::Reader;
use crate::types::limits::MAX_BLOCK_BYTES;
use crate::types::{Decode, DecodeError, Encode, Height};

/// Longest record, in bytes: a block of the longest kind, with room for what stands around it. Were
/// it less, a proposer could stop every validator with a block that is valid and cannot be logged.
pub const MAX_RECORD_BYTES: usize = MAX_BLOCK_BYTES + 1024;

/// The kind of a frame that holds a record of consensus. There is no other yet.
const RECORD_KIND: u8 = 1;

/// Length, kind, height and durable offset.
const FIELD_BYTES: usize = 4 + 1 + 8 + 8;

const HEADER_CHECKSUM_BYTES: usize = 8;

const CHECKSUM_BYTES: usize = 16;

/// Bytes of a frame besides its payload.
pub(super) const FRAME_OVERHEAD_BYTES: usize = FIELD_BYTES + HEADER_CHECKSUM_BYTES + CHECKSUM_BYTES;

const HEADER_TAG: &[u8] = b"waybill/consensus-log-frame-header/v1\0";
const FRAME_TAG: &[u8] = b"waybill/consensus-log-frame/v1\0";

/// Where a frame stands: part of its checksums.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Position {
    /// The segment's number.
    pub(super) segment: u64,
    /// The offset in the segment.
    pub(super) offset: u64,
}

/// A valid frame that was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Frame<'a> {
    /// The height of the record.
    pub(super) height: Height,
    /// How much of the segment was synced when it was written.
    pub(super) durable: u64,
    /// The record.
    pub(super) payload: &'a [u8],
}

impl Frame<'_> {
    /// Bytes that the frame takes.
    pub(super) fn byte_count(&self) -> usize {
        FRAME_OVERHEAD_BYTES + self.payload.len()
    }

    /// Appends the frame's bytes as they have to stand at `position`.
    pub(super) fn encode(&self, position: Position, out: &mut Vec<u8>) {
        self.encode_as(RECORD_KIND, position, out);
    }

    /// As [`Frame::encode`], under any kind.
    pub(super) fn encode_as(&self, kind: u8, position: Position, out: &mut Vec<u8>) {
        let mut fields = Vec::with_capacity(FIELD_BYTES);
        // The caller has checked the length against MAX_RECORD_BYTES.
        let length = u32::try_from(self.payload.len()).unwrap_or(u32::MAX);
        fields.extend_from_slice(&length.to_be_bytes());
        fields.push(kind);
        self.height.encode(&mut fields);
        fields.extend_from_slice(&self.durable.to_be_bytes());
        out.extend_from_slice(&fields);
        out.extend_from_slice(&header_checksum(position, &fields));
        out.extend_from_slice(self.payload);
        out.extend_from_slice(&checksum(position, &fields, self.payload));
    }
}

/// Reads the frame that begins `bytes`. The header has a checksum of its own, so that a length is
/// believed only if it was written, and looking for frames at every offset stays cheap.
pub(super) fn read_frame(bytes: &[u8], position: Position) -> Result<Frame<'_>, DecodeError> {
    let mut reader = Reader::new(bytes);
    let fields = reader.take(FIELD_BYTES)?;
    let stated: [u8; HEADER_CHECKSUM_BYTES] = reader.array()?;
    let mut field_reader = Reader::new(fields);
    // Before anything is hashed: this alone tells nearly all that is no frame.
    let length = field_reader.length("consensus record", MAX_RECORD_BYTES)?;
    if stated != header_checksum(position, fields) {
        return Err(invalid("the checksum of its header is wrong"));
    }
    let kind = field_reader.u8()?;
    let height = Height::decode(&mut field_reader)?;
    let durable = field_reader.u64()?;
    let payload = reader.take(length)?;
    let stated: [u8; CHECKSUM_BYTES] = reader.array()?;
    if stated != checksum(position, fields, payload) {
        return Err(invalid("its checksum is wrong"));
    }
    if kind != RECORD_KIND {
        return Err(DecodeError::UnknownTag {
            what: "kind of consensus record",
            tag: kind,
        });
    }
    Ok(Frame {
        height,
        durable,
        payload,
    })
}

fn invalid(why: &str) -> DecodeError {
    DecodeError::invalid("consensus record", why)
}

fn header_checksum(position: Position, fields: &[u8]) -> [u8; HEADER_CHECKSUM_BYTES] {
    cut(&[
        HEADER_TAG,
        &position.segment.to_be_bytes(),
        &position.offset.to_be_bytes(),
        fields,
    ])
}

fn checksum(position: Position, fields: &[u8], payload: &[u8]) -> [u8; CHECKSUM_BYTES] {
    cut(&[
        FRAME_TAG,
        &position.segment.to_be_bytes(),
        &position.offset.to_be_bytes(),
        fields,
        payload,
    ])
}

/// The first bytes of the digest of the parts. Against accidents, not against an adversary: who can
/// write the file can compute checksums.
pub(super) fn cut<const N: usize>(parts: &[&[u8]]) -> [u8; N] {
    let digest = Blake3Digest::of_parts(parts).to_bytes();
    let mut cut = [0; N];
    for (to, from) in cut.iter_mut().zip(digest) {
        *to = from;
    }
    cut
}
