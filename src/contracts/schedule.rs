//! Which contracts are in force at which height.

use crate::crypto::Blake3Digest;
use crate::types::codec::{Reader, put_length, put_option, put_sequence};
use crate::types::{
    ContractDigest, ContractName, ContractSetDigest, Decode, DecodeError, Encode, Height,
    RecordKind, Rejection,
};

use super::definition::{Contract, MAX_CONTRACT_KINDS};
use crate::records::governance::{BALLOT, PROPOSAL};

/// Most versions of contracts that a ledger ever has.
pub const MAX_CONTRACT_VERSIONS: usize = 1_024;

/// Most contracts in force at once.
pub const MAX_CONTRACTS_IN_FORCE: usize = 64;

/// What the schedule has to know about a contract.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContractSummary {
    /// Its name.
    pub name: ContractName,
    /// Its version.
    pub version: u32,
    /// Names its files.
    pub digest: ContractDigest,
    /// The kinds that it judges.
    pub kinds: Vec<RecordKind>,
}

impl ContractSummary {
    /// What a contract says of itself.
    pub fn of(contract: &Contract) -> Self {
        Self {
            name: contract.name().clone(),
            version: contract.version(),
            digest: contract.digest(),
            kinds: contract.kinds().iter().map(|k| k.kind().clone()).collect(),
        }
    }

    /// Whether governing the ledger rests on it. A contract that has these kinds at all has them
    /// unrestricted: it would not compile otherwise.
    fn governs(&self) -> bool {
        let has = |name: &str| self.kinds.iter().any(|kind| kind.as_str() == name);
        has(PROPOSAL) && has(BALLOT)
    }
}

/// A version of a contract, with the heights at which it judges records.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScheduledContract {
    /// The version.
    pub contract: ContractSummary,
    /// The first height at which it is in force.
    pub from: Height,
    /// The first height at which it is in force no more.
    pub until: Option<Height>,
}

impl ScheduledContract {
    /// Whether it judges the records of a block.
    pub fn is_in_force(&self, height: Height) -> bool {
        self.from <= height && self.until.is_none_or(|until| height < until)
    }
}

/// All versions of contracts that the ledger has had, in the order of their installation.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ContractSchedule {
    versions: Vec<ScheduledContract>,
}

impl ContractSchedule {
    /// All versions, in the order of their installation.
    pub fn versions(&self) -> &[ScheduledContract] {
        &self.versions
    }

    /// The contracts that judge the records of a block, in order of their names.
    pub fn in_force(&self, height: Height) -> Vec<&ScheduledContract> {
        let mut found: Vec<&ScheduledContract> = self
            .versions
            .iter()
            .filter(|version| version.is_in_force(height))
            .collect();
        found.sort_by(|a, b| a.contract.name.cmp(&b.contract.name));
        found
    }

    /// Names the contracts in force at a height: blake3 over their number, then name, version and
    /// digest of each in order of their names.
    pub fn digest_at(&self, height: Height) -> ContractSetDigest {
        let contracts = self.in_force(height);
        let mut bytes = b"waybill/contract-set/v1\0".to_vec();
        put_length(&mut bytes, contracts.len());
        for scheduled in contracts {
            scheduled.contract.name.encode(&mut bytes);
            bytes.extend_from_slice(&scheduled.contract.version.to_be_bytes());
            scheduled.contract.digest.encode(&mut bytes);
        }
        ContractSetDigest(Blake3Digest::of(&bytes))
    }

    /// Puts a version in force from a height on; the version before it judges up to there.
    ///
    /// # Errors
    /// The [`Rejection`] if it cannot come into force.
    pub fn install(&mut self, contract: ContractSummary, from: Height) -> Result<(), Rejection> {
        let reject = |code, reason: String| Err(Rejection::new(code, reason));
        let name = &contract.name;
        let latest = self.latest(name);
        if let Some(latest) = latest {
            let known = latest.contract.version;
            if contract.version <= known {
                return reject(
                    "contract-version",
                    format!("{name} has version {known}; a new one has a greater number"),
                );
            }
            check_unscheduled(latest, from)?;
            if latest.until.is_none() && latest.contract.governs() && !contract.governs() {
                return reject(
                    "governance-lost",
                    format!(
                        "version {} of {name} lacks {PROPOSAL} or {BALLOT}: the ledger could be \
                         governed no more",
                        contract.version
                    ),
                );
            }
        }
        if self.versions.len() >= MAX_CONTRACT_VERSIONS {
            return reject(
                "too-many-contracts",
                format!("the ledger has {MAX_CONTRACT_VERSIONS} versions of contracts, the most"),
            );
        }
        let others = || {
            self.versions.iter().filter(|version| {
                version.contract.name != *name && version.until.is_none_or(|until| from < until)
            })
        };
        if others().count() >= MAX_CONTRACTS_IN_FORCE {
            return reject(
                "too-many-contracts",
                format!("{MAX_CONTRACTS_IN_FORCE} contracts are in force, the most"),
            );
        }
        for other in others() {
            let both = |kind: &&RecordKind| other.contract.kinds.contains(kind);
            if let Some(kind) = contract.kinds.iter().find(both) {
                return reject(
                    "kind-taken",
                    format!(
                        "{kind} is judged by the contract {} already",
                        other.contract.name
                    ),
                );
            }
        }
        let name = contract.name.clone();
        if let Some(latest) = self.latest_mut(&name)
            && latest.until.is_none()
        {
            latest.until = Some(from);
        }
        self.versions.push(ScheduledContract {
            contract,
            from,
            until: None,
        });
        Ok(())
    }

    /// Ends a contract at a height.
    ///
    /// # Errors
    /// The [`Rejection`] if it cannot end.
    pub fn retire(&mut self, name: &ContractName, from: Height) -> Result<(), Rejection> {
        let reject = |code, reason: String| Err(Rejection::new(code, reason));
        let Some(latest) = self.latest_mut(name) else {
            return reject(
                "unknown-contract",
                format!("there is no contract {name} on this ledger"),
            );
        };
        if let Some(until) = latest.until {
            return reject(
                "contract-retired",
                format!("the contract {name} ends at height {until} already"),
            );
        }
        check_unscheduled(latest, from)?;
        if latest.contract.governs() {
            return reject(
                "governance-lost",
                format!("the ledger could be governed no more without the contract {name}"),
            );
        }
        latest.until = Some(from);
        Ok(())
    }

    fn latest(&self, name: &ContractName) -> Option<&ScheduledContract> {
        let of_name = |version: &&ScheduledContract| version.contract.name == *name;
        self.versions.iter().rev().find(of_name)
    }

    fn latest_mut(&mut self, name: &ContractName) -> Option<&mut ScheduledContract> {
        let of_name = |version: &&mut ScheduledContract| version.contract.name == *name;
        self.versions.iter_mut().rev().find(of_name)
    }
}

/// Changes of one contract follow each other: the next begins no earlier than the last.
fn check_unscheduled(latest: &ScheduledContract, from: Height) -> Result<(), Rejection> {
    if latest.from < from && latest.until.is_none_or(|until| until <= from) {
        return Ok(());
    }
    let at = latest.until.unwrap_or(latest.from);
    Err(Rejection::new(
        "contract-scheduled",
        format!(
            "a change of the contract {} at height {at} is decided; the next begins after it",
            latest.contract.name
        ),
    ))
}

impl Encode for ContractSummary {
    fn encode(&self, out: &mut Vec<u8>) {
        self.name.encode(out);
        out.extend_from_slice(&self.version.to_be_bytes());
        self.digest.encode(out);
        put_sequence(out, &self.kinds);
    }
}

impl Decode for ContractSummary {
    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(Self {
            name: ContractName::decode(reader)?,
            version: reader.u32()?,
            digest: ContractDigest::decode(reader)?,
            kinds: reader.sequence("contract kinds", MAX_CONTRACT_KINDS)?,
        })
    }
}

impl Encode for ScheduledContract {
    fn encode(&self, out: &mut Vec<u8>) {
        self.contract.encode(out);
        self.from.encode(out);
        put_option(out, self.until.as_ref());
    }
}

impl Decode for ScheduledContract {
    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(Self {
            contract: ContractSummary::decode(reader)?,
            from: Height::decode(reader)?,
            until: reader.option("end of a contract")?,
        })
    }
}

impl Encode for ContractSchedule {
    fn encode(&self, out: &mut Vec<u8>) {
        put_sequence(out, &self.versions);
    }
}

impl Decode for ContractSchedule {
    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(Self {
            versions: reader.sequence("contracts", MAX_CONTRACT_VERSIONS)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn contract(name: &str, version: u32, kinds: &[&str]) -> ContractSummary {
        ContractSummary {
            name: ContractName::new(name).unwrap(),
            version,
            digest: ContractDigest(Blake3Digest::of(&[version.to_le_bytes()[0]])),
            kinds: kinds.iter().map(|k| RecordKind::new(k).unwrap()).collect(),
        }
    }

    fn code(result: Result<(), Rejection>) -> String {
        result.map_or_else(|rejection| rejection.code().to_owned(), |()| String::new())
    }

    #[test]
    fn a_new_version_judges_from_its_height_and_the_old_one_up_to_there() {
        let mut schedule = ContractSchedule::default();
        schedule
            .install(contract("a", 1, &["a.x"]), Height(0))
            .unwrap();
        let before = schedule.digest_at(Height(5));
        schedule
            .install(contract("a", 3, &["a.x", "a.y"]), Height(10))
            .unwrap();
        assert_eq!(schedule.digest_at(Height(9)), before);
        assert_ne!(schedule.digest_at(Height(10)), before);
        let at = |height| schedule.in_force(Height(height))[0].contract.version;
        assert_eq!((at(9), at(10)), (1, 3));
        let bytes = schedule.to_bytes();
        assert_eq!(ContractSchedule::from_bytes(&bytes), Ok(schedule));
    }

    #[test]
    fn what_cannot_come_into_force_is_told_apart() {
        let mut schedule = ContractSchedule::default();
        schedule
            .install(contract("a", 1, &["a.x"]), Height(0))
            .unwrap();
        schedule
            .install(contract("g", 1, &[PROPOSAL, BALLOT]), Height(0))
            .unwrap();
        let mut next = schedule.clone();
        next.install(contract("a", 2, &["a.x"]), Height(10))
            .unwrap();
        let cases: [(&ContractSchedule, ContractSummary, u64, &str); 6] = [
            (
                &schedule,
                contract("a", 1, &["a.x"]),
                10,
                "contract-version",
            ),
            (&schedule, contract("b", 1, &["a.x"]), 10, "kind-taken"),
            (
                &schedule,
                contract("g", 2, &[PROPOSAL]),
                10,
                "governance-lost",
            ),
            (&next, contract("a", 3, &["a.x"]), 10, "contract-scheduled"),
            (&next, contract("a", 3, &["a.x"]), 11, ""),
            (&schedule, contract("b", 1, &["b.x"]), 10, ""),
        ];
        for (schedule, summary, from, expected) in cases {
            let found = code(schedule.clone().install(summary.clone(), Height(from)));
            assert_eq!(found, expected, "{summary:?}");
        }
    }

    #[test]
    fn a_retired_contract_ends_and_may_come_again() {
        let mut schedule = ContractSchedule::default();
        schedule
            .install(contract("a", 1, &["a.x"]), Height(0))
            .unwrap();
        schedule
            .install(contract("g", 1, &[PROPOSAL, BALLOT]), Height(0))
            .unwrap();
        let name = |text| ContractName::new(text).unwrap();
        assert_eq!(
            code(schedule.retire(&name("b"), Height(5))),
            "unknown-contract"
        );
        assert_eq!(
            code(schedule.retire(&name("g"), Height(5))),
            "governance-lost"
        );
        schedule.retire(&name("a"), Height(5)).unwrap();
        assert_eq!(
            code(schedule.retire(&name("a"), Height(6))),
            "contract-retired"
        );
        assert_eq!(schedule.in_force(Height(5)).len(), 1);
        // Its kind is free from then on, and not before.
        let other = contract("b", 1, &["a.x"]);
        assert_eq!(
            code(schedule.clone().install(other.clone(), Height(4))),
            "kind-taken"
        );
        schedule.clone().install(other, Height(5)).unwrap();
        assert_eq!(
            code(schedule.install(contract("a", 2, &["a.x"]), Height(4))),
            "contract-scheduled"
        );
        schedule
            .install(contract("a", 2, &["a.x"]), Height(7))
            .unwrap();
        assert_eq!(schedule.in_force(Height(6)).len(), 1);
        assert_eq!(schedule.in_force(Height(7)).len(), 2);
    }
}
