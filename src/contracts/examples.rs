//! Examples that a contract comes with: records in circumstances, and what is to become of them.

use std::collections::BTreeMap;

use bytes::Bytes;
use serde::Deserialize;
use serde_json::value::RawValue;

use super::asset::{Asset, AssetKey};
use super::check::{CheckedContent, check};
use super::context::{EffectContext, EffectError, StateWriter};
use super::definition::Contract;
use super::effects::execute;
use super::membership::install_member;
use super::rulebook::Rulebook;
use super::state_keys::StateKey;
use super::validators::install_validators;
use super::values;
use crate::crypto::SecretKey;
use crate::types::{
    AssetStage, Height, LogIndex, Member, MemberId, Outcome, ReadError, Record, RecordKind,
    Rejection, Role, Space, StateReader, Timestamp, Validator, ValidatorSet,
};

/// The time of blocks in examples that give none: 2026-01-01T00:00:00Z.
const EXAMPLE_TIME: Timestamp = Timestamp::from_ms(1_767_225_600_000);

/// An example, as it is written in the folders `examples/valid` and `examples/invalid`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ContractExample {
    /// What it shows.
    pub description: String,
    /// The record's kind.
    kind: RecordKind,
    submitter: ExampleSubmitter,
    block: Option<ExampleBlock>,
    /// Records that are on the ledger before, in order: each is to be accepted.
    #[serde(default)]
    given: Vec<GivenRecord>,
    /// The asset as it is before, if there is one.
    asset: Option<Box<RawValue>>,
    /// Whether that asset is closed.
    #[serde(default)]
    closed: bool,
    /// The stage that it is in.
    stage: Option<AssetStage>,
    record: Box<RawValue>,
    /// What an invalid example is rejected with.
    expect: Option<ExampleRejection>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct GivenRecord {
    kind: RecordKind,
    submitter: ExampleSubmitter,
    block: Option<ExampleBlock>,
    record: Box<RawValue>,
}

/// A record and its circumstances.
struct Submitted<'a> {
    kind: &'a RecordKind,
    submitter: &'a ExampleSubmitter,
    block: Option<&'a ExampleBlock>,
    record: &'a RawValue,
    index: LogIndex,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ExampleSubmitter {
    member: MemberId,
    #[serde(default)]
    roles: Vec<Role>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ExampleBlock {
    height: u64,
    time: Timestamp,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ExampleRejection {
    code: String,
    /// What the reason has to mention.
    #[serde(default)]
    mentions: String,
}

/// Of which folder an example is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExampleVerdict {
    /// It is to be accepted.
    Valid,
    /// It is to be rejected, as it says.
    Invalid,
}

impl ContractExample {
    /// Submits the record to the contract, with nothing else on the ledger, and compares.
    ///
    /// # Errors
    /// What came out otherwise, for the author.
    pub fn run(&self, contract: &Rulebook, verdict: ExampleVerdict) -> Result<(), String> {
        let outcome = self.outcome(contract).map_err(|error| error.to_string())?;
        let told = |rejection: &Rejection| {
            format!(
                "it is rejected ({}): {}",
                rejection.code(),
                rejection.reason()
            )
        };
        match (verdict, outcome, &self.expect) {
            (ExampleVerdict::Valid, Outcome::Accepted | Outcome::Flagged { .. }, None) => Ok(()),
            (ExampleVerdict::Valid, Outcome::Rejected(rejection), None) => Err(told(&rejection)),
            (ExampleVerdict::Invalid, Outcome::Rejected(rejection), Some(expected)) => {
                let is_as_expected = rejection.code() == expected.code
                    && rejection.reason().contains(&expected.mentions);
                if is_as_expected {
                    return Ok(());
                }
                Err(format!(
                    "{}; {} was expected, with {:?} in the reason",
                    told(&rejection),
                    expected.code,
                    expected.mentions
                ))
            }
            (ExampleVerdict::Invalid, _, Some(_)) => Err("it is accepted".to_owned()),
            (ExampleVerdict::Invalid, _, None) => Err(
                "an invalid example has a field \"expect\" with the \"code\" of its rejection"
                    .to_owned(),
            ),
            (ExampleVerdict::Valid, _, Some(_)) => {
                Err("a valid example expects no rejection".to_owned())
            }
            (ExampleVerdict::Valid, Outcome::Duplicate { .. }, None) => {
                Err("it is a duplicate".to_owned())
            }
        }
    }

    fn outcome(&self, rulebook: &Rulebook) -> Result<Outcome, EffectError> {
        let mut state = ExampleState::default();
        for (position, given) in (1u64..).zip(&self.given) {
            let submitted = Submitted {
                kind: &given.kind,
                submitter: &given.submitter,
                block: given.block.as_ref(),
                record: &given.record,
                index: LogIndex(position),
            };
            let outcome = submitted.outcome(&mut state, rulebook, |_, _, _| ())?;
            if !outcome.took_effect() {
                let reason = format!("record {position} of \"given\" is not accepted: {outcome:?}");
                return Ok(Outcome::Rejected(Rejection::new("bad-example", reason)));
            }
        }
        let submitted = Submitted {
            kind: &self.kind,
            submitter: &self.submitter,
            block: self.block.as_ref(),
            record: &self.record,
            index: LogIndex(self.given.len() as u64 + 1),
        };
        submitted.outcome(&mut state, rulebook, |state, contract, key| {
            if let Some(body) = &self.asset {
                self.put_asset(state, contract, key, body);
            }
        })
    }

    fn put_asset(
        &self,
        state: &mut ExampleState,
        contract: &Contract,
        key: &AssetKey,
        body: &RawValue,
    ) {
        let asset = Asset {
            is_closed: self.closed,
            revision: 1,
            created: LogIndex(0),
            latest: LogIndex(0),
            member: self.submitter.member.clone(),
            contract_version: contract.version(),
            stage: self.stage.clone(),
            stated: LogIndex(0),
            parties: Vec::new(),
            body: Bytes::copy_from_slice(body.get().as_bytes()),
        };
        let key = StateKey::Asset {
            contract: contract.name(),
            key,
        };
        values::write(state, key, &asset);
    }
}

impl Submitted<'_> {
    /// Executes the record. An asset that it names is put on the ledger just before.
    fn outcome(
        &self,
        state: &mut ExampleState,
        rulebook: &Rulebook,
        put_asset: impl FnOnce(&mut ExampleState, &Contract, &AssetKey),
    ) -> Result<Outcome, EffectError> {
        let rejected = |code, reason: String| Ok(Outcome::Rejected(Rejection::new(code, reason)));
        let Some((contract, kind)) = rulebook.contract_and_kind(self.kind) else {
            let reason = format!("the contract has no kind {}", self.kind);
            return rejected("unknown-kind", reason);
        };
        let record = Record {
            kind: self.kind.clone(),
            version: kind.version(),
            body: Bytes::copy_from_slice(self.record.get().as_bytes()),
        };
        let content = match check(rulebook, &record) {
            Ok(content) => content,
            Err(error) => return rejected(error.code(), error.to_string()),
        };
        let submitter = Member {
            id: self.submitter.member.clone(),
            name: self.submitter.member.to_string(),
            roles: self.submitter.roles.clone(),
            keys: Vec::new(),
            removed_from: None,
        };
        install_member(state, &submitter, Height::GENESIS, None)?;
        if let Some(set) = example_validators(&submitter.id) {
            install_validators(state, &set);
        }
        if let CheckedContent::Asset { key, .. } = &content {
            put_asset(state, contract, key);
        }
        let context = EffectContext {
            height: Height(self.block.map_or(1, |block| block.height)),
            time: self.block.map_or(EXAMPLE_TIME, |block| block.time),
            submitter: &submitter,
            index: self.index,
        };
        execute(state, rulebook, &context, &record, &content)
    }
}

/// A validator of the submitter, whose keys everybody knows.
fn example_validators(member: &MemberId) -> Option<ValidatorSet> {
    let key = |number| SecretKey::from_seed([number; 32]).public_key();
    let validator = Validator {
        member: member.clone(),
        consensus_key: key(1),
        network_key: key(2),
        log_key: key(3),
        cosigner_key: key(4),
    };
    ValidatorSet::new(vec![validator]).ok()
}

/// A ledger on which nothing has happened.
#[derive(Default)]
struct ExampleState(BTreeMap<(Space, Vec<u8>), Bytes>);

impl StateReader for ExampleState {
    fn get(&self, space: Space, key: &[u8]) -> Result<Option<Bytes>, ReadError> {
        Ok(self.0.get(&(space, key.to_vec())).cloned())
    }
}

impl StateWriter for ExampleState {
    fn put(&mut self, space: Space, key: &[u8], value: Bytes) {
        self.0.insert((space, key.to_vec()), value);
    }

    fn remove(&mut self, space: Space, key: &[u8]) {
        self.0.remove(&(space, key.to_vec()));
    }
}
