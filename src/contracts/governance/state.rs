//! Proposals in the state.

use bytes::Bytes;

use super::change::ProposedChange;
use super::governs;
use crate::contracts::context::{EffectError, StateWriter};
use crate::contracts::index_keys::IndexKey;
use crate::contracts::state_keys::StateKey;
use crate::contracts::values;
use crate::crypto::Sha256Digest;
use crate::types::codec::{Reader, put_bytes, put_option, put_sequence};
use crate::types::limits::MAX_MEMBERS;
use crate::types::{
    Decode, DecodeError, Encode, Height, LogIndex, Member, MemberId, Space, StateReader, Timestamp,
};

use super::MAX_SHARED_PROPOSALS;
use crate::records::governance::MAX_PROPOSAL_REASON_BYTES;

/// What has become of a proposal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProposalStatus {
    /// It can be decided, unless it has expired.
    Open,
    /// It takes effect.
    Adopted {
        /// The entry of the ballot, or of the proposal itself, that decided.
        by: LogIndex,
        /// The first height at which all of it holds: that of the decision for roles, which act with its
        /// entry; the next for a member's keys; the one that is scheduled for contracts and validators.
        from: Height,
    },
    /// So many are against it that it cannot be adopted.
    Rejected {
        /// The entry of the ballot that decided.
        by: LogIndex,
    },
    /// Its proposer took it back.
    Withdrawn {
        /// The entry of the ballot.
        by: LogIndex,
    },
}

/// A proposal and what has become of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProposalState {
    /// Who proposed.
    pub proposer: MemberId,
    /// What is to be done.
    pub change: ProposedChange,
    /// From which height, if the proposal says so.
    pub from_height: Option<Height>,
    /// When it can be decided no more.
    pub expires: Timestamp,
    /// Why.
    pub reason: String,
    /// SHA-256 of its body.
    pub digest: Sha256Digest,
    /// Who is for it.
    pub approvals: Vec<MemberId>,
    /// Who is against it.
    pub rejections: Vec<MemberId>,
    /// What has become of it.
    pub status: ProposalStatus,
}

/// What a proposal had come to with an entry: of it, what changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProposalStep {
    /// Who was for it.
    pub approvals: Vec<MemberId>,
    /// Who was against it.
    pub rejections: Vec<MemberId>,
    /// What had become of it.
    pub status: ProposalStatus,
}

impl ProposalState {
    /// The proposal as a step left it.
    pub fn at(self, step: ProposalStep) -> Self {
        Self {
            approvals: step.approvals,
            rejections: step.rejections,
            status: step.status,
            ..self
        }
    }
}

/// Reads a proposal by its entry.
///
/// # Errors
/// [`EffectError`] if the store fails.
pub fn read_proposal(
    state: &(impl StateReader + ?Sized),
    index: LogIndex,
) -> Result<Option<ProposalState>, EffectError> {
    values::read(state, StateKey::Proposal(index), "proposal")
}

/// The proposals that have not been decided, by their entries; expired ones may be among them.
///
/// # Errors
/// [`EffectError`] if the store fails.
pub fn read_open_proposals(
    state: &(impl StateReader + ?Sized),
) -> Result<Vec<LogIndex>, EffectError> {
    let open: Option<OpenProposals> =
        values::read(state, StateKey::OpenProposals, "open proposals")?;
    Ok(open.map_or_else(Vec::new, |open| open.0))
}

/// The governing members, in order of their ids.
///
/// # Errors
/// [`EffectError`] if the store fails.
pub fn read_governors(state: &(impl StateReader + ?Sized)) -> Result<Vec<MemberId>, EffectError> {
    let governors: Option<Governors> = values::read(state, StateKey::Governors, "governors")?;
    Ok(governors.map_or_else(Vec::new, |governors| governors.0))
}

/// Writes a proposal as an entry leaves it, and keeps that for those who ask later.
pub(super) fn write_proposal(
    state: &mut impl StateWriter,
    by: LogIndex,
    proposal: LogIndex,
    after: &ProposalState,
) {
    values::write(state, StateKey::Proposal(proposal), after);
    let step = ProposalStep {
        approvals: after.approvals.clone(),
        rejections: after.rejections.clone(),
        status: after.status,
    };
    let row = IndexKey::ProposalStep {
        proposal,
        index: by,
    };
    state.append(Space::Index, row.to_bytes(), Bytes::from(step.to_bytes()));
}

pub(super) fn write_open_proposals(state: &mut impl StateWriter, open: Vec<LogIndex>) {
    values::write(state, StateKey::OpenProposals, &OpenProposals(open));
}

/// Keeps the list of governing members right when a member is written by an entry of a height, and what the list is
/// then for those who ask later. No entry is that of the genesis document.
pub(in crate::contracts) fn note_governor(
    state: &mut impl StateWriter,
    member: &Member,
    height: Height,
    entry: Option<LogIndex>,
) -> Result<(), EffectError> {
    let mut governors = read_governors(state)?;
    let place = governors.binary_search(&member.id);
    match (place, governs(member)) {
        (Err(place), true) => governors.insert(place, member.id.clone()),
        (Ok(place), false) => {
            governors.remove(place);
        }
        _ => return Ok(()),
    }
    let governors = Governors(governors);
    values::write(state, StateKey::Governors, &governors);
    let row = IndexKey::Governors {
        height,
        index: entry.unwrap_or_default(),
    };
    let value = Bytes::from(governors.to_bytes());
    state.put(Space::Index, &row.to_bytes(), value);
    Ok(())
}

pub(super) struct OpenProposals(Vec<LogIndex>);

/// Most proposals that are open at once: those that all share, and one of each member.
const MAX_OPEN_PROPOSALS: usize = MAX_SHARED_PROPOSALS + MAX_MEMBERS;

impl Encode for OpenProposals {
    fn encode(&self, out: &mut Vec<u8>) {
        put_sequence(out, &self.0);
    }
}

impl Decode for OpenProposals {
    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(Self(reader.sequence("open proposals", MAX_OPEN_PROPOSALS)?))
    }
}

/// The governing members, in order of their ids.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Governors(pub Vec<MemberId>);

impl Encode for Governors {
    fn encode(&self, out: &mut Vec<u8>) {
        put_sequence(out, &self.0);
    }
}

impl Decode for Governors {
    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(Self(reader.sequence("governors", MAX_MEMBERS)?))
    }
}

impl Encode for ProposalStep {
    fn encode(&self, out: &mut Vec<u8>) {
        put_sequence(out, &self.approvals);
        put_sequence(out, &self.rejections);
        self.status.encode(out);
    }
}

impl Decode for ProposalStep {
    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(Self {
            approvals: reader.sequence("approvals", MAX_MEMBERS)?,
            rejections: reader.sequence("rejections", MAX_MEMBERS)?,
            status: ProposalStatus::decode(reader)?,
        })
    }
}

impl Encode for ProposalStatus {
    fn encode(&self, out: &mut Vec<u8>) {
        match self {
            Self::Open => out.push(0),
            Self::Adopted { by, from } => {
                out.push(1);
                by.encode(out);
                from.encode(out);
            }
            Self::Rejected { by } => {
                out.push(2);
                by.encode(out);
            }
            Self::Withdrawn { by } => {
                out.push(3);
                by.encode(out);
            }
        }
    }
}

impl Decode for ProposalStatus {
    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(match reader.u8()? {
            0 => Self::Open,
            1 => Self::Adopted {
                by: LogIndex::decode(reader)?,
                from: Height::decode(reader)?,
            },
            2 => Self::Rejected {
                by: LogIndex::decode(reader)?,
            },
            3 => Self::Withdrawn {
                by: LogIndex::decode(reader)?,
            },
            tag => {
                return Err(DecodeError::UnknownTag {
                    what: "proposal status",
                    tag,
                });
            }
        })
    }
}

impl Encode for ProposalState {
    fn encode(&self, out: &mut Vec<u8>) {
        self.proposer.encode(out);
        self.change.encode(out);
        put_option(out, self.from_height.as_ref());
        self.expires.encode(out);
        put_bytes(out, self.reason.as_bytes());
        self.digest.encode(out);
        put_sequence(out, &self.approvals);
        put_sequence(out, &self.rejections);
        self.status.encode(out);
    }
}

impl Decode for ProposalState {
    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(Self {
            proposer: MemberId::decode(reader)?,
            change: ProposedChange::decode(reader)?,
            from_height: reader.option("height of a proposal")?,
            expires: Timestamp::decode(reader)?,
            reason: reader
                .text("proposal reason", MAX_PROPOSAL_REASON_BYTES)?
                .to_owned(),
            digest: Sha256Digest::decode(reader)?,
            approvals: reader.sequence("approvals", MAX_MEMBERS)?,
            rejections: reader.sequence("rejections", MAX_MEMBERS)?,
            status: ProposalStatus::decode(reader)?,
        })
    }
}
