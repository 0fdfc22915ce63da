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

mod agenda;
mod asset;
mod check;
mod context;
mod custody;
mod definition;
mod derive;
mod document;
mod effects;
pub mod energy;
mod epcis;
mod examples;
mod governance;
mod index_keys;
mod install;
mod listed_field;
mod listing;
mod liveness;
mod master_data;
mod member_revision;
mod membership;
mod production;
mod rule;
mod rulebook;
mod schedule;
mod schema;
mod shipped;
mod state_keys;
#[cfg(any(test, feature = "testing"))]
mod stored_values;
mod task;
mod telemetry;
mod validators;
mod values;
mod ways_out;

pub use agenda::{MAX_SCHEDULED_TASKS, Scheduled};
pub use asset::{Asset, AssetKey, AssetRevision, read_asset};
pub use check::{CheckedContent, RecordError, check, check_possession};
pub use context::{EffectContext, EffectError, StateWriter};
pub use custody::{
    Custody, CustodyDecision, CustodyEnd, CustodyStep, MAX_CUSTODY_DEADLINES_PER_MEMBER,
    MAX_CUSTODY_PROPOSAL_LIFETIME_MS, OpenCustody, read_custody, read_open_custody,
};
pub use definition::{AssetOperation, AssetSetting, Contract, ContractProblem, Kind, Position};
pub use derive::{
    DeriveContext, DerivedRecord, MAX_DERIVED_ENTRIES_PER_BLOCK, derive, read_next_due,
};
pub use document::{Document, read_document};
pub use effects::{execute, may_be_rejected, may_change_roles};
pub use energy::{
    CertificateIssuance, CertificateOperation, CertificatePiece, CertificateStatus,
    CertificateStep, CorrectedReading, HourOfEnergy, HourOfReadings, IntervalOfEnergy,
    MAX_PIECES_PER_ISSUANCE, METER_OPERATOR_ROLE, Meter, MeterStep, Metered,
    PIECES_KEPT_FOR_FIRST_CUTS, PIECES_KEPT_FOR_WITHDRAWALS, StoredReading, metered,
    read_hour_of_readings, read_issuance, read_meter, read_piece,
};
pub use epcis::{MAX_EVENT_AHEAD_MS, read_event_index};
pub use examples::{ContractExample, ExampleVerdict};
pub use governance::{
    GOVERNOR_ROLE, Governors, MAX_PROPOSAL_LIFETIME_MS, ProposalState, ProposalStatus,
    ProposalStep, ProposedChange, VALIDATOR_DELAY_HEIGHTS, check_proposer, governing_quorum,
    read_governors, read_open_proposals, read_proposal,
};
pub use index_keys::{IndexKey, MarketLevelKey};
pub use install::{
    install_contracts, read_contract_bundle, read_contracts_in_force, read_ended_contract,
    read_ended_version, read_last_taken, read_schedule,
};
pub use listed_field::{ListedField, MAX_LISTED_VALUE_BYTES};
pub use listing::{Listing, ListingRow};
pub use liveness::{Liveness, SILENT_AFTER};
pub use master_data::MasterDataState;
pub use member_revision::MemberRevision;
pub use membership::{
    MemberCache, check_member, install_member, read_key_owner, read_member, read_member_again,
};
pub use production::{MAX_COMPARED_RUNS, RunGroup, RunState, read_run};
pub use rule::{MAX_EXPRESSION_BYTES, MAX_STEPS_PER_KIND, Rule};
pub use rulebook::Rulebook;
pub use schedule::{ContractDecision, ContractSchedule, ContractSummary, ScheduledContract};
pub use schema::Schema;
pub use shipped::shipped_contracts;
pub use state_keys::{ENDED_CONTRACT_PREFIX, MEMBER_PREFIX, StateKey};
#[cfg(any(test, feature = "testing"))]
pub use stored_values::stored_values;
pub use task::Task;
pub use telemetry::{
    ChannelId, ChannelState, DeviceState, LatestPoint, MAX_AHEAD_MS, StoredPoint, is_gap,
    read_device,
};
pub use validators::{
    begin_block, install_validators, read_liveness, read_scheduled_validators,
    read_validator_set_digest, read_validator_sets, read_validators,
};
pub use ways_out::{WAYS_OUT, way_out};

#[cfg(test)]
mod tests;
