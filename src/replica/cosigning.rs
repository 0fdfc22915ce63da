//! Cosigning the log: each validator signs the checkpoint of a committed height, and a quorum of
//! such signatures makes the checkpoint that auditors trust. The validators who decided a height sign
//! its checkpoint, and it verifies under their policy.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::effect::{Effect, Report};
use super::message::PeerMessage;
use super::state_machine::{Replica, Step};
use crate::crypto::checkpoint::{Checkpoint, SignedCheckpoint};
use crate::crypto::note::{Cosigner, KeyName, LogSigner, NoteSignature, VerifierKey};
use crate::crypto::{PublicKey, SecretKey};
use crate::ledger::{LedgerTip, cosigner_verifier, log_verifier, witness_name};
use crate::types::{Genesis, Height, ValidatorSet, ValidatorSetDigest, ValidatorSets};

/// Checkpoints of this node for which cosignatures are still gathered: peers may be slower.
const MAX_OPEN_CHECKPOINTS: usize = 16;

/// Checkpoints of one validator that this node's log has not reached. The nearest are kept.
const MAX_EARLY_CHECKPOINTS: usize = 16;

/// The keys of a validator that signs checkpoints.
#[derive(Clone, Debug)]
struct CheckpointKeys {
    /// Its consensus key, which names it.
    validator: PublicKey,
    log: VerifierKey,
    cosigner: VerifierKey,
}

/// The keys that count for the checkpoints of the heights that a set decides.
#[derive(Debug)]
struct Verifiers {
    quorum: usize,
    keys: Vec<CheckpointKeys>,
}

impl Verifiers {
    fn new(genesis: &Genesis, set: &ValidatorSet) -> Self {
        let keys = set
            .iter()
            .filter_map(|(_, validator)| {
                Some(CheckpointKeys {
                    validator: validator.consensus_key,
                    log: log_verifier(genesis.name(), validator).ok()?,
                    cosigner: cosigner_verifier(genesis.name(), validator).ok()?,
                })
            })
            .collect();
        Self {
            quorum: set.quorum(),
            keys,
        }
    }

    fn has_cosigner(&self, cosigner: &VerifierKey) -> bool {
        self.keys.iter().any(|keys| keys.cosigner == *cosigner)
    }
}

/// This validator's own signers.
#[derive(Debug)]
struct Signers {
    log: LogSigner,
    cosigner: Cosigner,
}

/// A checkpoint of this node's log, with the signatures that have come.
#[derive(Debug)]
struct OpenCheckpoint {
    checkpoint: Checkpoint,
    /// The validators who decided its height: theirs are the signatures that count.
    verifiers: Arc<Verifiers>,
    log_signature: Option<NoteSignature>,
    cosignatures: BTreeMap<PublicKey, NoteSignature>,
}

/// The state of cosigning.
#[derive(Debug)]
pub(super) struct Cosigning {
    interval: u64,
    origin: Option<KeyName>,
    /// Of the sets that decide the heights around the next one.
    verifiers: BTreeMap<ValidatorSetDigest, Arc<Verifiers>>,
    /// This node's keys, until it is a validator for the first time.
    secrets: Option<(SecretKey, SecretKey)>,
    signers: Option<Signers>,
    /// The greatest size that this node may have signed.
    cosigned_size: u64,
    published_size: u64,
    open: BTreeMap<u64, OpenCheckpoint>,
    /// By the consensus key of the validator that signed.
    early: BTreeMap<PublicKey, BTreeMap<u64, SignedCheckpoint>>,
}

impl Cosigning {
    pub(super) fn new(
        genesis: &Genesis,
        sets: &ValidatorSets,
        keys: Option<(SecretKey, SecretKey)>,
        cosigned_size: u64,
    ) -> Self {
        let mut cosigning = Self {
            interval: genesis.consensus().checkpoint_interval,
            origin: KeyName::new(genesis.name()).ok(),
            verifiers: BTreeMap::new(),
            secrets: keys,
            signers: None,
            cosigned_size,
            published_size: 0,
            open: BTreeMap::new(),
            early: BTreeMap::new(),
        };
        cosigning.follow(genesis, sets);
        cosigning
    }

    /// Takes up who decides the heights around the next one.
    pub(super) fn follow(&mut self, genesis: &Genesis, sets: &ValidatorSets) {
        let mut known = BTreeMap::new();
        for set in [sets.tip(), sets.current(), sets.upcoming()] {
            let digest = set.digest();
            let verifiers = match self.verifiers.get(&digest) {
                Some(verifiers) => Arc::clone(verifiers),
                None => {
                    self.take_up_signing(genesis, set);
                    Arc::new(Verifiers::new(genesis, set))
                }
            };
            known.insert(digest, verifiers);
        }
        self.verifiers = known;
        let keys = self.known_keys();
        self.early
            .retain(|validator, _| keys.iter().any(|known| known.validator == *validator));
    }

    /// Names this node's keys by its place in a set, if it has one.
    fn take_up_signing(&mut self, genesis: &Genesis, set: &ValidatorSet) {
        let Some((log, cosigner)) = &self.secrets else {
            return;
        };
        let public = cosigner.public_key();
        let mut validators = set.iter().map(|(_, validator)| validator);
        let own = validators.find(|validator| validator.cosigner_key == public);
        let name = own.and_then(|own| witness_name(genesis.name(), own).ok());
        let (Some(name), Some(origin)) = (name, self.origin.clone()) else {
            return;
        };
        let twin = |secret: &SecretKey| SecretKey::from_seed(*secret.seed());
        self.signers = Some(Signers {
            log: LogSigner::new(origin, twin(log)),
            cosigner: Cosigner::new(name, twin(cosigner)),
        });
        self.secrets = None;
    }

    /// The keys of all known sets, each once.
    fn known_keys(&self) -> Vec<CheckpointKeys> {
        let all = self.verifiers.values().flat_map(|known| &known.keys);
        let by_validator: BTreeMap<PublicKey, &CheckpointKeys> =
            all.map(|keys| (keys.validator, keys)).collect();
        by_validator.into_values().cloned().collect()
    }

    /// This node's signers, if it is of a set.
    fn signers_in(&self, verifiers: &Verifiers) -> Option<&Signers> {
        self.signers
            .as_ref()
            .filter(|own| verifiers.has_cosigner(own.cosigner.verifier_key()))
    }

    fn is_checkpoint_height(&self, height: Height) -> bool {
        height.0.checked_rem(self.interval) == Some(0)
    }

    /// The size that this node will sign once `tip`, which the validators of `set` decided, is
    /// committed.
    pub(super) fn size_to_cosign(&self, tip: &LedgerTip, set: &ValidatorSetDigest) -> Option<u64> {
        let size = tip.frontier.size();
        let signers = self.verifiers.get(set).and_then(|set| self.signers_in(set));
        let is_due = self.is_checkpoint_height(tip.height) && size >= self.cosigned_size;
        (is_due && signers.is_some()).then_some(size)
    }

    /// Opens the checkpoint of a committed tip, which the validators of `set` decided, and signs it
    /// if this node is one of them. Returns the note to send.
    fn open(
        &mut self,
        tip: &LedgerTip,
        set: &ValidatorSetDigest,
        now_seconds: u64,
    ) -> Option<SignedCheckpoint> {
        if !self.is_checkpoint_height(tip.height) {
            return None;
        }
        let verifiers = Arc::clone(self.verifiers.get(set)?);
        let size = tip.frontier.size();
        let checkpoint = Checkpoint::new(self.origin.clone()?, size, tip.frontier.root()).ok()?;
        let mut open = OpenCheckpoint {
            checkpoint: checkpoint.clone(),
            verifiers: Arc::clone(&verifiers),
            log_signature: None,
            cosignatures: BTreeMap::new(),
        };
        let mut note = None;
        if size >= self.cosigned_size
            && let Some(signers) = self.signers_in(&verifiers)
            && let Ok(log) = checkpoint.sign_as_log(&signers.log)
            && let Ok(cosignature) = checkpoint.cosign(&signers.cosigner, now_seconds)
        {
            open.log_signature = Some(log.clone());
            let own = signers.cosigner.verifier_key();
            if let Some(keys) = verifiers.keys.iter().find(|keys| keys.cosigner == *own) {
                open.cosignatures
                    .insert(keys.validator, cosignature.clone());
            }
            self.cosigned_size = size;
            note = SignedCheckpoint::new(checkpoint, vec![log, cosignature]).ok();
        }
        self.open.insert(size, open);
        while self.open.len() > MAX_OPEN_CHECKPOINTS {
            self.open.pop_first();
        }
        note
    }

    /// Counts the signatures of a peer's checkpoint. Returns the validator whose signature is on a
    /// root that this node's log does not have at that size.
    fn count(&mut self, signed: &SignedCheckpoint, tip_size: u64) -> Option<PublicKey> {
        let size = signed.checkpoint().size();
        if size > tip_size {
            self.keep_early(signed);
            return None;
        }
        let open = self.open.get_mut(&size)?;
        let known = &open.verifiers.keys;
        let each = known.iter().flat_map(|keys| [&keys.log, &keys.cosigner]);
        let verified = signed.note().verify(each).ok()?;
        let is_fork = signed.checkpoint() != &open.checkpoint;
        for signature in verified {
            let signer = known
                .iter()
                .find(|keys| *signature.key == keys.log || *signature.key == keys.cosigner)?;
            if is_fork {
                return Some(signer.validator);
            }
            let lines = signed.note().signatures();
            if let Some(line) = lines.iter().find(|line| line.is_by(&signer.cosigner)) {
                open.cosignatures.insert(signer.validator, line.clone());
            }
            if let Some(line) = lines.iter().find(|line| line.is_by(&signer.log)) {
                open.log_signature.get_or_insert_with(|| line.clone());
            }
        }
        None
    }

    /// Keeps a checkpoint that is ahead of this node's log, for each validator that signed it.
    fn keep_early(&mut self, signed: &SignedCheckpoint) {
        let known = self.known_keys();
        let Ok(verified) = signed
            .note()
            .verify(known.iter().map(|keys| &keys.cosigner))
        else {
            return;
        };
        for signature in verified {
            let signer = known.iter().find(|keys| keys.cosigner == *signature.key);
            if let Some(signer) = signer {
                let of_signer = self.early.entry(signer.validator).or_default();
                of_signer.insert(signed.checkpoint().size(), signed.clone());
                if of_signer.len() > MAX_EARLY_CHECKPOINTS {
                    of_signer.pop_last();
                }
            }
        }
    }

    /// Takes the early checkpoints that this node's log has reached.
    fn take_reached(&mut self, tip_size: u64) -> Vec<SignedCheckpoint> {
        let mut reached = Vec::new();
        for of_signer in self.early.values_mut() {
            while let Some(first) = of_signer.first_entry() {
                if *first.key() > tip_size {
                    break;
                }
                reached.push(first.remove());
            }
        }
        reached
    }

    /// The greatest checkpoint that has its quorum and is not published.
    fn take_complete(&mut self) -> Option<(u64, String)> {
        let (size, open) = self.open.iter().rev().find(|(size, open)| {
            **size > self.published_size
                && open.cosignatures.len() >= open.verifiers.quorum
                && open.log_signature.is_some()
        })?;
        let signatures = open
            .log_signature
            .iter()
            .chain(open.cosignatures.values())
            .cloned()
            .collect();
        let note = SignedCheckpoint::new(open.checkpoint.clone(), signatures).ok()?;
        let size = *size;
        self.published_size = size;
        self.open = self.open.split_off(&size);
        Some((size, note.to_string()))
    }
}

impl Replica {
    /// Signs the committed tip if it is a checkpoint, and counts what has come early.
    pub(super) fn cosign(&mut self, step: &mut Step<'_>) {
        let now_seconds = u64::try_from(step.now.as_ms() / 1_000).unwrap_or(0);
        self.cosigning.follow(&self.genesis, &self.sets);
        let set = self.sets.tip().digest();
        if let Some(note) = self.cosigning.open(&self.tip, &set, now_seconds) {
            step.broadcast(PeerMessage::Checkpoint(note.to_string()));
        }
        for signed in self.cosigning.take_reached(self.tip.frontier.size()) {
            self.count_checkpoint(step, &signed);
        }
        self.publish_checkpoint(step);
    }

    pub(super) fn on_checkpoint(&mut self, step: &mut Step<'_>, signed: &SignedCheckpoint) {
        self.count_checkpoint(step, signed);
        self.publish_checkpoint(step);
    }

    fn count_checkpoint(&mut self, step: &mut Step<'_>, signed: &SignedCheckpoint) {
        let forker = self.cosigning.count(signed, self.tip.frontier.size());
        if let Some(validator) = forker {
            step.report(Report::ForkedCheckpoint {
                validator,
                note: signed.to_string(),
            });
        }
    }

    fn publish_checkpoint(&mut self, step: &mut Step<'_>) {
        if let Some((size, note)) = self.cosigning.take_complete() {
            self.counters.checkpoints += 1;
            step.push(Effect::PublishCheckpoint { size, note });
        }
    }
}
