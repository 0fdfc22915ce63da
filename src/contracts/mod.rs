//! Contracts: the rules by which records are judged, and what records do to the state.
//!
//! A contract says which kinds of records it takes, from whom, of what form (JSON Schema), under which
//! rules (CEL), and what they change: an asset of its own, or the state of a native family. Contracts are
//! data, installed by genesis and by governance; a [`Rulebook`] holds those in force, compiled.
//!
//! An effect is a pure function of the state it reads, the record, and the block. It either changes the
//! state and accepts, or leaves it as it was and says why; it never panics. State goes through
//! [`StateWriter`], so that the floor above decides what becomes of the changes.
//!
//! Deliberately absent: the log (an effect learns the index that its record will have, nothing more).

mod asset;
mod check;
mod context;
mod definition;
mod effects;
mod epcis;
mod examples;
mod governance;
mod index_keys;
mod install;
mod membership;
mod rule;
mod rulebook;
mod schedule;
mod schema;
mod shipped;
mod state_keys;
mod validators;
mod values;

pub use asset::{Asset, AssetKey, AssetRevision, read_asset};
pub use check::{CheckedContent, RecordError, check};
pub use context::{EffectContext, EffectError, StateWriter};
pub use definition::{AssetOperation, AssetSetting, Contract, ContractProblem, Kind, Position};
pub use effects::{execute, may_be_rejected};
pub use epcis::read_event_index;
pub use examples::{ContractExample, ExampleVerdict};
pub use governance::{
    ContractChange, GOVERNOR_ROLE, MAX_PROPOSAL_LIFETIME_MS, ProposalState, ProposalStatus,
    governing_quorum, read_governors, read_open_proposals, read_proposal,
};
pub use index_keys::IndexKey;
pub use install::{install_contracts, read_contract_bundle, read_schedule};
pub use membership::{MemberCache, install_member, read_key_owner, read_member};
pub use rule::{MAX_EXPRESSION_BYTES, MAX_STEPS_PER_KIND, Rule};
pub use rulebook::Rulebook;
pub use schedule::{ContractSchedule, ContractSummary, ScheduledContract};
pub use schema::Schema;
pub use shipped::shipped_contracts;
pub use state_keys::{MEMBER_PREFIX, StateKey};
pub use validators::{
    Liveness, SILENT_AFTER, install_validators, read_liveness, read_validators, write_liveness,
};

#[cfg(test)]
mod tests;
