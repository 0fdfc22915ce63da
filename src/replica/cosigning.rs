//! Cosigning the log: each validator signs the checkpoint of a committed height, and a quorum of
//! such signatures makes the checkpoint that auditors trust.

use std::collections::BTreeMap;

use super::effect::{Effect, Report};
use super::message::PeerMessage;
use super::state_machine::{Replica, Step};
use crate::crypto::SecretKey;
use crate::crypto::checkpoint::{Checkpoint, SignedCheckpoint};
use crate::crypto::note::{Cosigner, KeyName, LogSigner, NoteSignature, VerifierKey};
use crate::ledger::{LedgerTip, cosigner_verifier, log_verifier, witness_name};
use crate::types::{Genesis, Height, ValidatorIndex, ValidatorSet};

/// Checkpoints of this node for which cosignatures are still gathered: peers may be slower.
const MAX_OPEN_CHECKPOINTS: usize = 16;

/// Checkpoints of one validator that this node's log has not reached. The nearest are kept.
const MAX_EARLY_CHECKPOINTS: usize = 16;

/// The keys that count, by validator.
#[derive(Debug)]
struct Verifiers {
    quorum: usize,
    keys: Vec<(ValidatorIndex, VerifierKey, VerifierKey)>,
}

impl Verifiers {
    fn new(genesis: &Genesis, set: &ValidatorSet) -> Self {
        let keys = set
            .iter()
            .filter_map(|(index, validator)| {
                let log = log_verifier(genesis.name(), validator).ok()?;
                let cosigner = cosigner_verifier(genesis.name(), validator).ok()?;
                Some((index, log, cosigner))
            })
            .collect();
        Self {
            quorum: set.quorum(),
            keys,
        }
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
    log_signature: Option<NoteSignature>,
    cosignatures: BTreeMap<ValidatorIndex, NoteSignature>,
}

/// The state of cosigning.
#[derive(Debug)]
pub(super) struct Cosigning {
    interval: u64,
    origin: Option<KeyName>,
    verifiers: Verifiers,
    signers: Option<Signers>,
    /// The greatest size that this node may have signed.
    cosigned_size: u64,
    published_size: u64,
    open: BTreeMap<u64, OpenCheckpoint>,
    early: BTreeMap<ValidatorIndex, BTreeMap<u64, SignedCheckpoint>>,
}

impl Cosigning {
    pub(super) fn new(
        genesis: &Genesis,
        set: &ValidatorSet,
        keys: Option<(SecretKey, SecretKey)>,
        cosigned_size: u64,
    ) -> Self {
        let origin = KeyName::new(genesis.name()).ok();
        let signers = keys.and_then(|(log, cosigner)| {
            let public = cosigner.public_key();
            let (_, validator) = set
                .iter()
                .find(|(_, validator)| validator.cosigner_key == public)?;
            Some(Signers {
                log: LogSigner::new(origin.clone()?, log),
                cosigner: Cosigner::new(witness_name(genesis.name(), validator).ok()?, cosigner),
            })
        });
        Self {
            interval: genesis.consensus().checkpoint_interval,
            origin,
            verifiers: Verifiers::new(genesis, set),
            signers,
            cosigned_size,
            published_size: 0,
            open: BTreeMap::new(),
            early: BTreeMap::new(),
        }
    }

    pub(super) fn set_validators(&mut self, genesis: &Genesis, set: &ValidatorSet) {
        self.verifiers = Verifiers::new(genesis, set);
    }

    fn is_checkpoint_height(&self, height: Height) -> bool {
        height.0.checked_rem(self.interval) == Some(0)
    }

    /// The size that this node will sign once `tip` is committed.
    pub(super) fn size_to_cosign(&self, tip: &LedgerTip) -> Option<u64> {
        let size = tip.frontier.size();
        let is_due = self.is_checkpoint_height(tip.height) && size >= self.cosigned_size;
        (is_due && self.signers.is_some()).then_some(size)
    }

    /// Opens the checkpoint of a committed tip, and signs it. Returns the note to send.
    fn open(&mut self, tip: &LedgerTip, now_seconds: u64) -> Option<SignedCheckpoint> {
        if !self.is_checkpoint_height(tip.height) {
            return None;
        }
        let size = tip.frontier.size();
        let checkpoint = Checkpoint::new(self.origin.clone()?, size, tip.frontier.root()).ok()?;
        let mut open = OpenCheckpoint {
            checkpoint: checkpoint.clone(),
            log_signature: None,
            cosignatures: BTreeMap::new(),
        };
        let mut note = None;
        if size >= self.cosigned_size
            && let Some(signers) = &self.signers
            && let Ok(log) = checkpoint.sign_as_log(&signers.log)
            && let Ok(cosignature) = checkpoint.cosign(&signers.cosigner, now_seconds)
        {
            self.cosigned_size = size;
            open.log_signature = Some(log.clone());
            let own = signers.cosigner.verifier_key();
            let index = self.verifiers.keys.iter().find(|(_, _, key)| key == own);
            if let Some((index, _, _)) = index {
                open.cosignatures.insert(*index, cosignature.clone());
            }
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
    fn count(&mut self, signed: &SignedCheckpoint, tip_size: u64) -> Option<ValidatorIndex> {
        let size = signed.checkpoint().size();
        if size > tip_size {
            self.keep_early(signed);
            return None;
        }
        let open = self.open.get_mut(&size)?;
        let known = self
            .verifiers
            .keys
            .iter()
            .flat_map(|(_, log, cosigner)| [log, cosigner]);
        let verified = signed.note().verify(known).ok()?;
        let is_fork = signed.checkpoint() != &open.checkpoint;
        for signature in verified {
            let (index, log, cosigner) = self
                .verifiers
                .keys
                .iter()
                .find(|(_, log, cosigner)| signature.key == log || signature.key == cosigner)?;
            if is_fork {
                return Some(*index);
            }
            let lines = signed.note().signatures();
            if let Some(line) = lines.iter().find(|line| line.is_by(cosigner)) {
                open.cosignatures.insert(*index, line.clone());
            }
            if let Some(line) = lines.iter().find(|line| line.is_by(log)) {
                open.log_signature.get_or_insert_with(|| line.clone());
            }
        }
        None
    }

    /// Keeps a checkpoint that is ahead of this node's log, for each validator that signed it.
    fn keep_early(&mut self, signed: &SignedCheckpoint) {
        let known = self.verifiers.keys.iter().map(|(_, _, key)| key);
        let Ok(verified) = signed.note().verify(known) else {
            return;
        };
        for signature in verified {
            let signer = self
                .verifiers
                .keys
                .iter()
                .find(|(_, _, key)| key == signature.key);
            if let Some((index, _, _)) = signer {
                let of_signer = self.early.entry(*index).or_default();
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
                && open.cosignatures.len() >= self.verifiers.quorum
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
        if let Some(note) = self.cosigning.open(&self.tip, now_seconds) {
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
        if let Some(validator) = forker.and_then(|index| self.validators.get(index)) {
            step.report(Report::ForkedCheckpoint {
                validator: validator.consensus_key,
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
