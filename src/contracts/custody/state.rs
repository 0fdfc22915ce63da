//! Custody in the state and in the indices.

use crate::contracts::context::{EffectError, StateWriter};
use crate::contracts::state_keys::StateKey;
use crate::contracts::values;
use crate::crypto::Sha256Digest;
use crate::records::MAX_CANONICAL_THING_BYTES;
use crate::records::custody::MAX_THINGS_PER_CUSTODY_RECORD;
use crate::records::epcis::ThingId;
use crate::types::codec::{Reader, put_bytes, put_length, put_option};
use crate::types::{
    Decode, DecodeError, Encode, Height, LogIndex, MemberId, StateReader, Timestamp,
};

/// Who holds a thing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Custody {
    /// The thing, canonical.
    pub thing: Box<str>,
    /// Who holds it.
    pub holder: MemberId,
    /// The claim or acceptance that says so.
    pub since: LogIndex,
    /// How many steps its chain of custody has: the claim, and each proposal.
    pub steps: u64,
    /// The last proposal about it: open as long as it is in the state.
    pub proposal: Option<LogIndex>,
}

/// A proposal to hand things over that has not been decided.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenCustody {
    /// Who holds the things.
    pub from: MemberId,
    /// Who is to hold them.
    pub to: MemberId,
    /// The things, canonical.
    pub things: Vec<Box<str>>,
    /// The block time from which it can be accepted no more.
    pub expires: Timestamp,
    /// SHA-256 of its body.
    pub digest: Sha256Digest,
}

/// A step in the chain of custody of a thing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CustodyStep {
    /// The claim or the proposal.
    pub index: LogIndex,
    /// The block that has it.
    pub height: Height,
    /// That block's time.
    pub time: Timestamp,
    /// Who held it and would hand it over; none for a claim.
    pub from: Option<MemberId>,
    /// The claim or acceptance that had made that member its holder; the claim itself for a claim.
    pub since: LogIndex,
    /// Who claims it, or is to hold it.
    pub to: MemberId,
}

/// How a proposal ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CustodyEnd {
    /// The things changed hands.
    Accepted,
    /// They were not taken.
    Rejected,
    /// The holder took the proposal back.
    Withdrawn,
    /// Nobody answered in time.
    Expired,
}

impl CustodyEnd {
    /// The word in answers.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::Rejected => "rejected",
            Self::Withdrawn => "withdrawn",
            Self::Expired => "expired",
        }
    }
}

/// What became of a proposal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CustodyDecision {
    /// How it ended.
    pub end: CustodyEnd,
    /// The entry that ended it.
    pub index: LogIndex,
    /// The block that has it.
    pub height: Height,
    /// That block's time.
    pub time: Timestamp,
}

/// Reads who holds a thing, by its canonical identifier.
///
/// # Errors
/// [`EffectError`] if the store fails.
pub fn read_custody(
    state: &(impl StateReader + ?Sized),
    thing: &str,
) -> Result<Option<Custody>, EffectError> {
    let custody = read_by_id(state, &ThingId::of(thing))?;
    // Whoever finds two identifiers of one digest holds one of them at most.
    Ok(custody.filter(|custody| *custody.thing == *thing))
}

/// Reads who holds the thing of an id.
pub(in crate::contracts) fn read_by_id(
    state: &(impl StateReader + ?Sized),
    thing: &ThingId,
) -> Result<Option<Custody>, EffectError> {
    values::read(state, StateKey::Custody(thing), "custody")
}

pub(super) fn write_custody(state: &mut impl StateWriter, custody: &Custody) {
    let id = ThingId::of(&custody.thing);
    values::write(state, StateKey::Custody(&id), custody);
}

/// Reads an open proposal by its entry.
///
/// # Errors
/// [`EffectError`] if the store fails.
pub fn read_open_custody(
    state: &(impl StateReader + ?Sized),
    proposal: LogIndex,
) -> Result<Option<OpenCustody>, EffectError> {
    let key = StateKey::OpenCustody(proposal);
    values::read(state, key, "custody proposal")
}

fn put_text(out: &mut Vec<u8>, text: &str) {
    put_bytes(out, text.as_bytes());
}

fn read_thing(reader: &mut Reader<'_>) -> Result<Box<str>, DecodeError> {
    Ok(reader.text("thing", MAX_CANONICAL_THING_BYTES)?.into())
}

impl Encode for Custody {
    fn encode(&self, out: &mut Vec<u8>) {
        put_text(out, &self.thing);
        self.holder.encode(out);
        self.since.encode(out);
        out.extend_from_slice(&self.steps.to_be_bytes());
        put_option(out, self.proposal.as_ref());
    }
}

impl Decode for Custody {
    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(Self {
            thing: read_thing(reader)?,
            holder: MemberId::decode(reader)?,
            since: LogIndex::decode(reader)?,
            steps: reader.u64()?,
            proposal: reader.option("custody")?,
        })
    }
}

impl Encode for OpenCustody {
    fn encode(&self, out: &mut Vec<u8>) {
        self.from.encode(out);
        self.to.encode(out);
        put_length(out, self.things.len());
        for thing in &self.things {
            put_text(out, thing);
        }
        self.expires.encode(out);
        self.digest.encode(out);
    }
}

impl Decode for OpenCustody {
    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let (from, to) = (MemberId::decode(reader)?, MemberId::decode(reader)?);
        let count = reader.length("things", MAX_THINGS_PER_CUSTODY_RECORD)?;
        let things = (0..count).map(|_| read_thing(reader));
        Ok(Self {
            from,
            to,
            things: things.collect::<Result<_, _>>()?,
            expires: Timestamp::decode(reader)?,
            digest: Sha256Digest::decode(reader)?,
        })
    }
}

impl Encode for CustodyStep {
    fn encode(&self, out: &mut Vec<u8>) {
        self.index.encode(out);
        self.height.encode(out);
        self.time.encode(out);
        put_option(out, self.from.as_ref());
        self.since.encode(out);
        self.to.encode(out);
    }
}

impl Decode for CustodyStep {
    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(Self {
            index: LogIndex::decode(reader)?,
            height: Height::decode(reader)?,
            time: Timestamp::decode(reader)?,
            from: reader.option("custody step")?,
            since: LogIndex::decode(reader)?,
            to: MemberId::decode(reader)?,
        })
    }
}

impl Encode for CustodyDecision {
    fn encode(&self, out: &mut Vec<u8>) {
        out.push(self.end as u8);
        self.index.encode(out);
        self.height.encode(out);
        self.time.encode(out);
    }
}

impl Decode for CustodyDecision {
    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(Self {
            end: match reader.u8()? {
                0 => CustodyEnd::Accepted,
                1 => CustodyEnd::Rejected,
                2 => CustodyEnd::Withdrawn,
                3 => CustodyEnd::Expired,
                tag => {
                    return Err(DecodeError::UnknownTag {
                        what: "custody decision",
                        tag,
                    });
                }
            },
            index: LogIndex::decode(reader)?,
            height: Height::decode(reader)?,
            time: Timestamp::decode(reader)?,
        })
    }
}
