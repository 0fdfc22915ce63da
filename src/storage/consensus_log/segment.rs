//! A segment's name, header, and the reading of its frames.

use bytes::Bytes;

use super::error::LogError;
use super::frame::{Frame, Position, cut, read_frame};
use crate::types::codec::Reader;
use crate::types::{Decode, DecodeError, Encode, Height, LedgerId};

/// Longest segment, in bytes; then the next one is begun. A segment is read whole, and removed when
/// all its heights are decided: small enough for both, large enough that making one is rare.
pub const SEGMENT_BYTES: usize = 4 * 1024 * 1024;

/// The format of the frames.
pub(super) const LOG_VERSION: u16 = 1;

const MAGIC: &[u8; 8] = b"wb-clog\n";

const HEADER_TAG: &[u8] = b"waybill/consensus-log-segment/v1\0";

const CHECKSUM_BYTES: usize = 16;

/// Bytes before the checksum of the header.
const FIELD_BYTES: usize = MAGIC.len() + 2 + 32 + 8;

/// Bytes of a segment's header.
pub(super) const HEADER_BYTES: usize = FIELD_BYTES + CHECKSUM_BYTES;

/// The end of a log that cannot be read: a write that a crash cut short, or rot in what was written
/// last. Nothing behind it shows that it was ever synced.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TornTail {
    /// The last segment.
    pub file: String,
    /// Where the readable part ends.
    pub offset: u64,
    /// How many bytes follow.
    pub byte_count: u64,
    /// What is wrong with them.
    pub reason: String,
}

/// Whether a torn tail may be cut off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TornTailVerdict {
    /// Nothing was signed on the strength of what is lost: the rest is the whole log.
    Cut,
    /// Something may have been.
    Refuse,
}

/// What one segment holds.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct SegmentContents {
    /// The records with their heights, in order.
    pub(super) records: Vec<(Height, Bytes)>,
    /// Where the readable part ends.
    pub(super) end: u64,
    /// What follows it.
    pub(super) torn_tail: Option<TornTail>,
}

/// Whether a segment is followed by another, and so was completed and synced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    Inner,
    Last,
}

pub(super) fn segment_name(number: u64) -> String {
    format!("consensus-{number:020}.log")
}

/// The number in a segment's name; none for other files.
pub(super) fn segment_number(name: &str) -> Option<u64> {
    let digits = name.strip_prefix("consensus-")?.strip_suffix(".log")?;
    let number = digits.parse().ok()?;
    (segment_name(number) == name).then_some(number)
}

pub(super) fn encode_header(ledger: &LedgerId, number: u64) -> Vec<u8> {
    let mut header = Vec::with_capacity(HEADER_BYTES);
    header.extend_from_slice(MAGIC);
    header.extend_from_slice(&LOG_VERSION.to_be_bytes());
    ledger.encode(&mut header);
    header.extend_from_slice(&number.to_be_bytes());
    let checksum: [u8; CHECKSUM_BYTES] = cut(&[HEADER_TAG, &header]);
    header.extend_from_slice(&checksum);
    header
}

struct Header {
    version: u16,
    ledger: LedgerId,
    number: u64,
}

fn read_header(bytes: &[u8]) -> Result<Header, DecodeError> {
    let mut reader = Reader::new(bytes);
    let fields = reader.take(FIELD_BYTES)?;
    let stated: [u8; CHECKSUM_BYTES] = reader.array()?;
    let mut field_reader = Reader::new(fields);
    let magic: [u8; 8] = field_reader.array()?;
    if magic != *MAGIC || stated != cut(&[HEADER_TAG, fields]) {
        return Err(DecodeError::invalid(
            "consensus log",
            "the header of the segment is damaged",
        ));
    }
    Ok(Header {
        version: field_reader.u16()?,
        ledger: LedgerId::decode(&mut field_reader)?,
        number: field_reader.u64()?,
    })
}

/// Reads the bytes of a segment.
pub(super) fn read_segment(
    ledger: &LedgerId,
    number: u64,
    place: Place,
    bytes: &Bytes,
) -> Result<SegmentContents, LogError> {
    let file = segment_name(number);
    let header = match read_header(bytes) {
        Ok(header) => header,
        Err(error) => {
            let contents = SegmentContents {
                records: Vec::new(),
                end: 0,
                torn_tail: None,
            };
            return end_at(contents, number, place, bytes, &error);
        }
    };
    if header.version != LOG_VERSION {
        return Err(LogError::UnknownVersion {
            file,
            version: header.version,
            known: LOG_VERSION,
        });
    }
    if header.ledger != *ledger {
        return Err(LogError::OtherLedger {
            file,
            found: header.ledger,
            expected: *ledger,
        });
    }
    if header.number != number {
        return Err(LogError::Corrupt {
            file,
            offset: 0,
            what: format!("it is segment {} under another name", header.number),
        });
    }
    read_frames(number, place, bytes)
}

fn read_frames(number: u64, place: Place, bytes: &Bytes) -> Result<SegmentContents, LogError> {
    let mut contents = SegmentContents {
        records: Vec::new(),
        end: HEADER_BYTES as u64,
        torn_tail: None,
    };
    let mut offset = HEADER_BYTES;
    while offset < bytes.len() {
        match frame_at(number, bytes, offset) {
            Ok(frame) => {
                let payload = bytes.slice_ref(frame.payload);
                contents.records.push((frame.height, payload));
                offset += frame.byte_count();
                contents.end = offset as u64;
            }
            Err(error) => return end_at(contents, number, place, bytes, &error),
        }
    }
    Ok(contents)
}

/// The readable part ends: a torn tail, unless something shows that what follows was durable.
fn end_at(
    mut contents: SegmentContents,
    number: u64,
    place: Place,
    bytes: &[u8],
    error: &DecodeError,
) -> Result<SegmentContents, LogError> {
    let file = segment_name(number);
    let offset = contents.end;
    let was_durable = match place {
        Place::Inner => true,
        // Whole, and of a kind that a newer program writes: to cut it off would lose it.
        Place::Last if matches!(error, DecodeError::UnknownTag { .. }) => true,
        Place::Last => later_frame_shows_durable(number, bytes, offset),
    };
    if was_durable {
        return Err(LogError::Corrupt {
            file,
            offset,
            what: error.to_string(),
        });
    }
    contents.torn_tail = Some(TornTail {
        file,
        offset,
        byte_count: (bytes.len() as u64).saturating_sub(offset),
        reason: error.to_string(),
    });
    Ok(contents)
}

/// Whether a valid frame after `end` says that more than `end` bytes had been synced before it was
/// written.
fn later_frame_shows_durable(number: u64, bytes: &[u8], end: u64) -> bool {
    let mut offset = usize::try_from(end).unwrap_or(usize::MAX).saturating_add(1);
    while offset < bytes.len() {
        match frame_at(number, bytes, offset) {
            Ok(frame) if frame.durable > end => return true,
            Ok(frame) => offset += frame.byte_count(),
            Err(_) => offset += 1,
        }
    }
    false
}

fn frame_at(number: u64, bytes: &[u8], offset: usize) -> Result<Frame<'_>, DecodeError> {
    let position = Position {
        segment: number,
        offset: offset as u64,
    };
    read_frame(bytes.get(offset..).unwrap_or_default(), position)
}
