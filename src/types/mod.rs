//! What the floors speak about: identifiers, positions, limits; the canonical codec; submissions,
//! records, entries, batches, blocks and certificates; and the traits through which floors meet.
//!
//! Invariants:
//! - A value that exists has been checked: constructors and decoders enforce every limit.
//! - One value has one encoding, and decoding takes nothing else (see [`codec`]).
//! - What clients and auditors recompute is SHA-256; what only nodes compute is blake3.
//!
//! Deliberately absent: clocks, storage, the network, and floating-point numbers.

pub mod codec;
pub mod decimal;
pub mod json;

pub mod limits;
pub mod plain_words;
pub mod time;

mod access_token;
mod batch;
mod block;
mod contract_bundle;
mod digits;
mod encodings;
mod entry;
mod evidence;
mod genesis;
mod height;
mod ids;
mod member;
#[cfg(any(test, feature = "testing"))]
mod named_decoder;
mod outcome;
mod proven_key;
mod reader;
mod record;
mod refusal;
mod state;
mod submission;
mod submission_document;
mod validator;
mod validator_sets;
mod vote;

pub use access_token::{
    AccessToken, MAX_CLOCK_SKEW_S, MAX_TOKEN_BYTES, MAX_TOKEN_LIFETIME_S, Scope, Scopes,
    TokenClaims, TokenError,
};
pub use batch::{Acknowledgement, AvailabilityCertificate, Batch, BatchReference};
pub use block::{Block, BlockBody, BlockHeader, PROTOCOL_VERSION};
pub use codec::{Decode, DecodeError, Encode};
pub use contract_bundle::{BundleError, ContractBundle, MANIFEST_FILE, README_FILE};

pub use decimal::Decimal;
pub use digits::parse_digits;
pub use entry::{BlockEntry, Entry, EntryContent, SubmittedEntry};
pub use evidence::{Evidence, EvidenceError, Step};
pub use genesis::{
    ConsensusParameters, GENESIS_FORMAT, Genesis, GenesisDocument, GenesisError, GenesisKey,
    GenesisMember, GenesisValidator, MAX_GENESIS_BYTES,
};
pub use height::{BatchSequence, Height, LogIndex, Round};
pub use ids::{
    AssetStage, BatchDigest, BlockDigest, ContractDigest, ContractName, ContractSetDigest, IdError,
    LedgerId, MarketArea, MemberId, MeterId, RecordKind, Role, StateRoot, SubmissionId,
    ValidatorSetDigest,
};
pub use member::{KeyPurpose, Member, MemberKey, MemberStanding};
#[cfg(any(test, feature = "testing"))]
pub use named_decoder::NamedDecoder;
pub use outcome::{Flag, Outcome, Rejection};
pub use proven_key::{KeyProof, ProvenKey};
pub use reader::{
    CommittedBlock, EvidenceRecord, KeyRange, KeyValue, LedgerReader, LedgerView, RecordProof,
    ScanOrder, SubmissionLocation, Tip,
};
pub use record::Record;
pub use refusal::{LastTaken, MAX_OTHERS_REJECTED, Refusal, RejectedRecord};
pub use state::{ReadError, Space, StateReader, Write};
pub use submission::{Atomicity, Submission, SubmissionHeader};
pub use submission_document::{RecordDocument, SubmissionDocument};
pub use time::{Duration, Timestamp};
pub use validator::{Validator, ValidatorIndex, ValidatorSet};
pub use validator_sets::ValidatorSets;
pub use vote::{
    CertificateError, CommitCertificate, IndexedSignature, Proposal, Signable, Signed, Vote,
    VoteType, verify_quorum,
};

#[cfg(test)]
mod tests;
