//! Whether a proposed block may be voted for.
//!
//! A proposal is invalid only if it is provably wrong from its bytes and its parent's state, so
//! that all honest validators agree on it. What depends on a validator's own circumstances, its
//! clock above all, defers the verdict and never makes a block invalid.

use std::collections::BTreeSet;

use thiserror::Error;

use super::error::LedgerError;
use super::tip::LedgerTip;
use crate::contracts;
use crate::crypto::PublicKey;
use crate::types::limits::{
    MAX_BATCH_BYTES_PER_BLOCK, MAX_BATCH_LIFETIME_HEIGHTS, MAX_BATCHES_PER_BLOCK, MAX_BLOCK_BYTES,
    MAX_EVIDENCE_PER_BLOCK,
};
use crate::types::{
    BatchDigest, Block, CertificateError, ContractSetDigest, Encode, EvidenceError, Height,
    KeyPurpose, LedgerId, Space, StateReader, Timestamp, ValidatorSet,
};

/// What is provably wrong with a block.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum BlockFault {
    /// It is not for this ledger, or not the next one.
    #[error("its {field} is not that of the next block")]
    Header {
        /// Which field of the header is wrong.
        field: &'static str,
    },
    /// It is longer than a block may be.
    #[error("it has {length} bytes")]
    TooLarge {
        /// How long.
        length: usize,
    },
    /// It orders more than a block may.
    #[error("it has too many {what}")]
    TooMany {
        /// Of what.
        what: &'static str,
    },
    /// It lacks the certificate of its parent, or has one where none can be.
    #[error("the certificate of its parent is missing or for another block")]
    ParentCertificate,
    /// The certificate of its parent does not certify.
    #[error("the certificate of its parent: {0}")]
    BadParentCertificate(CertificateError),
    /// A batch's certificate does not certify.
    #[error("the certificate of batch {batch}: {error}")]
    BadBatchCertificate {
        /// Which batch.
        batch: BatchDigest,
        /// What is wrong.
        error: CertificateError,
    },
    /// A batch may not be ordered any more, or not yet.
    #[error("batch {batch} may be ordered up to height {last_height}")]
    BatchOutOfTime {
        /// Which batch.
        batch: BatchDigest,
        /// Up to when.
        last_height: Height,
    },
    /// A batch is ordered already, or twice in this block.
    #[error("batch {batch} is ordered twice")]
    BatchTwice {
        /// Which batch.
        batch: BatchDigest,
    },
    /// Evidence does not hold.
    #[error("its evidence does not hold: {0}")]
    BadEvidence(EvidenceError),
    /// The accused of a piece of evidence was no validator at the height of the offence.
    #[error("its evidence accuses a key that was no validator's then")]
    EvidenceAgainstStranger,
    /// Evidence is of a height that is too long ago, or that nobody can be at.
    #[error("its evidence is of height {height}")]
    EvidenceOutOfTime {
        /// The height of the offence.
        height: Height,
    },
    /// An offence is on the ledger already, or there are two of one offender in this block.
    #[error("its evidence repeats an offence or an offender")]
    EvidenceTwice,
}

/// The verdict on a block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BlockVerdict {
    /// It may be voted for.
    Valid,
    /// It must not be voted for, by anybody.
    Invalid(BlockFault),
}

/// What a block is judged against.
#[derive(Clone, Copy, Debug)]
pub struct BlockContext<'a> {
    /// The ledger.
    pub ledger: &'a LedgerId,
    /// The end of the ledger.
    pub tip: &'a LedgerTip,
    /// The validators of this height.
    pub validators: &'a ValidatorSet,
    /// The contracts in force at this height.
    pub contract_set: ContractSetDigest,
}

/// Checks every signature in a block: of its parent's certificate, its batches' certificates and its
/// evidence. Pure and costly, for workers; the verdict holds as long as the two validator sets are
/// those of the parent's height and of the block's.
///
/// # Errors
/// [`BlockFault`] with the first thing that is provably wrong.
pub fn check_block_signatures(
    ledger: &LedgerId,
    parent_validators: &ValidatorSet,
    validators: &ValidatorSet,
    block: &Block,
) -> Result<(), BlockFault> {
    if let Some(certificate) = &block.body().parent_certificate {
        certificate
            .verify(ledger, parent_validators)
            .map_err(BlockFault::BadParentCertificate)?;
    }
    for certificate in &block.body().batches {
        let batch = certificate.batch.digest;
        certificate
            .verify(ledger, validators)
            .map_err(|error| BlockFault::BadBatchCertificate { batch, error })?;
    }
    for evidence in &block.body().evidence {
        evidence.verify(ledger).map_err(BlockFault::BadEvidence)?;
    }
    Ok(())
}

/// Judges a block by its bytes and its parent's state, but for its signatures, which
/// [`check_block_signatures`] checks. Whether its time is acceptable now is for the caller: that
/// verdict passes.
///
/// # Errors
/// [`LedgerError`] if the store fails.
pub fn check_block<R: StateReader + ?Sized>(
    state: &R,
    context: BlockContext<'_>,
    block: &Block,
) -> Result<BlockVerdict, LedgerError> {
    let fault = match find_fault(state, context, block)? {
        None => return Ok(BlockVerdict::Valid),
        Some(fault) => fault,
    };
    Ok(BlockVerdict::Invalid(fault))
}

fn find_fault<R: StateReader + ?Sized>(
    state: &R,
    context: BlockContext<'_>,
    block: &Block,
) -> Result<Option<BlockFault>, LedgerError> {
    let stateless = check_header(context, block)
        .and_then(|()| check_parent_certificate(context, block))
        .and_then(|()| check_sizes(block));
    if let Err(fault) = stateless {
        return Ok(Some(fault));
    }
    if let Some(fault) = find_batch_fault(state, block)? {
        return Ok(Some(fault));
    }
    find_evidence_fault(state, block)
}

fn check_header(context: BlockContext<'_>, block: &Block) -> Result<(), BlockFault> {
    let header = block.header();
    let tip = context.tip;
    let earliest = Timestamp::from_ms(tip.time.as_ms().saturating_add(1));
    let checks = [
        ("ledger", header.ledger == *context.ledger),
        ("height", header.height == tip.height.next()),
        ("parent", header.parent == tip.block),
        ("time", header.time >= earliest),
        ("log size", header.log_size == tip.frontier.size()),
        ("log root", header.log_root == tip.frontier.root()),
        ("state root", header.state_root == tip.state_root),
        (
            "validator set",
            header.validator_set == context.validators.digest(),
        ),
        ("contract set", header.contract_set == context.contract_set),
    ];
    match checks.iter().find(|(_, holds)| !holds) {
        None => Ok(()),
        Some((field, _)) => Err(BlockFault::Header { field }),
    }
}

fn check_parent_certificate(context: BlockContext<'_>, block: &Block) -> Result<(), BlockFault> {
    let tip = context.tip;
    match &block.body().parent_certificate {
        None if tip.height == Height::GENESIS => Ok(()),
        Some(certificate)
            if tip.height != Height::GENESIS
                && certificate.height == tip.height
                && certificate.block == tip.block =>
        {
            Ok(())
        }
        _ => Err(BlockFault::ParentCertificate),
    }
}

fn check_sizes(block: &Block) -> Result<(), BlockFault> {
    let length = block.to_bytes().len();
    if length > MAX_BLOCK_BYTES {
        return Err(BlockFault::TooLarge { length });
    }
    let body = block.body();
    if body.batches.len() > MAX_BATCHES_PER_BLOCK {
        return Err(BlockFault::TooMany { what: "batches" });
    }
    let bytes: u64 = body
        .batches
        .iter()
        .map(|certificate| u64::from(certificate.batch.byte_count))
        .sum();
    if bytes > MAX_BATCH_BYTES_PER_BLOCK {
        return Err(BlockFault::TooMany {
            what: "bytes of batches",
        });
    }
    if body.evidence.len() > MAX_EVIDENCE_PER_BLOCK {
        return Err(BlockFault::TooMany {
            what: "pieces of evidence",
        });
    }
    Ok(())
}

fn find_batch_fault<R: StateReader + ?Sized>(
    state: &R,
    block: &Block,
) -> Result<Option<BlockFault>, LedgerError> {
    let height = block.height();
    let mut seen = BTreeSet::new();
    for certificate in &block.body().batches {
        let batch = certificate.batch.digest;
        let last_height = certificate.batch.last_height;
        let latest = height.plus(MAX_BATCH_LIFETIME_HEIGHTS);
        if last_height < height || last_height > latest {
            return Ok(Some(BlockFault::BatchOutOfTime { batch, last_height }));
        }
        let ordered = state.get(Space::OrderedBatches, batch.as_bytes())?;
        if ordered.is_some() || !seen.insert(batch) {
            return Ok(Some(BlockFault::BatchTwice { batch }));
        }
    }
    Ok(None)
}

fn find_evidence_fault<R: StateReader + ?Sized>(
    state: &R,
    block: &Block,
) -> Result<Option<BlockFault>, LedgerError> {
    let mut seen = BTreeSet::new();
    for evidence in &block.body().evidence {
        let (height, _, _) = evidence.slot();
        if !is_evidence_in_time(height, block.height()) {
            return Ok(Some(BlockFault::EvidenceOutOfTime { height }));
        }
        if !was_validator(state, evidence.offender(), height)? {
            return Ok(Some(BlockFault::EvidenceAgainstStranger));
        }
        let offence = evidence.offence();
        let known = state.get(Space::Offences, offence.as_bytes())?;
        if known.is_some() || !seen.insert(*evidence.offender()) {
            return Ok(Some(BlockFault::EvidenceTwice));
        }
    }
    Ok(None)
}

/// Whether an offence at a height may be recorded in a block: within the batches' lifetime, and not
/// beyond what an honest node could have run. A traitor can accuse itself without end, and the
/// ledger need not write all of it down.
pub fn is_evidence_in_time(offence: Height, block: Height) -> bool {
    offence.plus(MAX_BATCH_LIFETIME_HEIGHTS) >= block && offence <= block.next()
}

/// Whether a key was a validator's at a height: an offence stays one after the set has changed. A key
/// counts for exactly those heights that its validator decides.
///
/// # Errors
/// [`LedgerError`] if the store fails.
pub fn was_validator<R: StateReader + ?Sized>(
    state: &R,
    key: &PublicKey,
    height: Height,
) -> Result<bool, LedgerError> {
    let Some(owner) = contracts::read_key_owner(state, key)? else {
        return Ok(false);
    };
    let member = contracts::read_member(state, &owner)?;
    Ok(member
        .as_ref()
        .and_then(|member| member.key(key))
        .is_some_and(|registered| {
            registered.purpose == KeyPurpose::Consensus && registered.is_active_at(height)
        }))
}
