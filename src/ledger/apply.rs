//! Applying a decided block.

use std::sync::Arc;

use bytes::Bytes;

use super::admission::check_key;
use super::applied::{Applied, BlockCommit, EntryRecord, Skipped};
use super::checked::{CheckedBatch, CheckedSubmission, check_records};
use super::error::LedgerError;
use super::location::EntryLocation;
use super::overlay::Overlay;
use super::state_tree::update_state_tree;
use super::tip::LedgerTip;
use crate::contracts::{
    self, CheckedContent, DeriveContext, EffectContext, MemberCache, RecordError, Rulebook,
    StateWriter,
};
use crate::crypto::merkle::{Frontier, Node, leaf_hash};
use crate::types::limits::MAX_EXPIRY_AHEAD_OF_BLOCK_MS;
use crate::types::{
    Atomicity, BatchDigest, Block, BlockEntry, CommitCertificate, CommittedBlock, Encode, Entry,
    EntryContent, Evidence, LogIndex, Member, Outcome, Record, Refusal, Rejection, Space,
    StateReader, Submission, SubmissionId, SubmissionLocation, SubmittedEntry,
};

/// Bytes of a batch before its first submission: version, author, sequence, validator set, last
/// height, and the number of submissions.
const BATCH_HEADER_BYTES: usize = 2 + 32 + 8 + 32 + 8 + 4;

/// Applies a decided block to the state after its parent. Everything is checked again that could
/// have changed since the submissions were admitted.
///
/// `rulebook` holds the contracts in force at the block's height, and `batches` are those of the
/// block's certificates, in their order.
///
/// # Errors
/// [`LedgerError`]: the store fails, or the block and batches are not the next ones. Nothing that a
/// client or a validator writes into a submission or batch is an error.
pub fn apply<R: StateReader + ?Sized>(
    reader: &R,
    rulebook: &Rulebook,
    tip: &LedgerTip,
    block: &Block,
    certificate: &CommitCertificate,
    batches: &[Arc<CheckedBatch>],
) -> Result<Applied, LedgerError> {
    check_follows(tip, block)?;
    let is_by_validators =
        block.header().validator_set == contracts::read_validator_set_digest(reader)?;
    if !is_by_validators || block.header().contract_set != rulebook.digest() {
        return Err(LedgerError::Diverged {
            block: block.digest(),
            height: block.height(),
        });
    }
    let mut run = Run {
        block,
        rulebook,
        state: Overlay::new(reader),
        log: Log::new(tip.frontier.clone()),
        members: MemberCache::default(),
        records: Vec::new(),
        dropped: Vec::new(),
        evidence: Vec::new(),
    };
    contracts::begin_block(&mut run.state, block.body().parent_certificate.as_ref())?;
    for evidence in &block.body().evidence {
        run.record_evidence(evidence)?;
    }
    run.derive()?;
    let mut skipped = Vec::with_capacity(batches.len());
    let certificates = &block.body().batches;
    for (position, certificate) in certificates.iter().enumerate() {
        let batch = certificate.batch.digest;
        let checked = batches
            .get(position)
            .filter(|checked| checked.batch().digest() == batch)
            .ok_or(LedgerError::BatchMismatch { batch })?;
        skipped.push(run.execute_batch(checked)?);
        let height = Bytes::from(block.height().to_bytes());
        run.state
            .put(Space::OrderedBatches, batch.as_bytes(), height);
    }
    run.finish(tip, certificate, skipped)
}

fn check_follows(tip: &LedgerTip, block: &Block) -> Result<(), LedgerError> {
    let header = block.header();
    if header.height != tip.height.next() || header.parent != tip.block {
        return Err(LedgerError::NotNext {
            block: block.digest(),
            height: header.height,
            tip: tip.height,
        });
    }
    if header.log_size != tip.frontier.size()
        || header.log_root != tip.frontier.root()
        || header.state_root != tip.state_root
    {
        return Err(LedgerError::Diverged {
            block: block.digest(),
            height: header.height,
        });
    }
    Ok(())
}

/// The log's right edge with what has been appended.
struct Log {
    frontier: Frontier,
    entries: Vec<EntryLocation>,
    nodes: Vec<Node>,
}

impl Log {
    fn new(frontier: Frontier) -> Self {
        Self {
            frontier,
            entries: Vec::new(),
            nodes: Vec::new(),
        }
    }

    fn next_index(&self) -> LogIndex {
        LogIndex(self.frontier.size())
    }

    fn append(&mut self, bytes: &[u8], location: EntryLocation) -> Result<LogIndex, LedgerError> {
        let nodes = &mut self.nodes;
        let index = self
            .frontier
            .append(leaf_hash(bytes), |node| nodes.push(node))?;
        self.entries.push(location);
        Ok(LogIndex(index))
    }

    fn append_inline(&mut self, entry: &Entry) -> Result<LogIndex, LedgerError> {
        let bytes = Bytes::from(entry.to_bytes());
        self.append(&bytes, EntryLocation::Inline(bytes.clone()))
    }
}

struct Run<'a, R: ?Sized> {
    block: &'a Block,
    rulebook: &'a Rulebook,
    state: Overlay<'a, R>,
    log: Log,
    members: MemberCache,
    records: Vec<EntryRecord>,
    dropped: Vec<(SubmissionId, Refusal)>,
    evidence: Vec<(LogIndex, Evidence)>,
}

impl<R: StateReader + ?Sized> Run<'_, R> {
    /// Evidence is recorded once per offence, whoever reports it and in whatever words.
    fn record_evidence(&mut self, evidence: &Evidence) -> Result<(), LedgerError> {
        let offence = evidence.offence();
        if self
            .state
            .get(Space::Offences, offence.as_bytes())?
            .is_some()
        {
            return Ok(());
        }
        let index = self.log.append_inline(&Entry {
            height: self.block.height(),
            time: self.block.header().time,
            content: EntryContent::Evidence(Box::new(evidence.clone())),
        })?;
        let value = Bytes::from(index.to_bytes());
        self.state.put(Space::Offences, offence.as_bytes(), value);
        self.evidence.push((index, evidence.clone()));
        Ok(())
    }

    /// What is due is done before anything that is submitted to the block: it was due before.
    fn derive(&mut self) -> Result<(), LedgerError> {
        let header = self.block.header();
        let context = DeriveContext {
            height: header.height,
            time: header.time,
            rulebook: self.rulebook,
        };
        let next_index = self.log.next_index();
        for derived in contracts::derive(&mut self.state, &context, next_index)? {
            self.log.append_inline(&Entry {
                height: header.height,
                time: header.time,
                content: EntryContent::Derived {
                    source: derived.source,
                    record: derived.record,
                },
            })?;
        }
        Ok(())
    }

    fn execute_batch(&mut self, batch: &CheckedBatch) -> Result<Skipped, LedgerError> {
        let mut skipped = Skipped::default();
        let mut offset = BATCH_HEADER_BYTES;
        for (position, (submission, checked)) in batch.submissions().enumerate() {
            let place = Place {
                batch: batch.batch().digest(),
                position: as_u32(position),
                offset: as_u32(offset),
            };
            offset += submission.encoded_length();
            match self.authorise(submission, checked)? {
                Err(reason) => {
                    *reason.counter(&mut skipped) += 1;
                    if let SkipReason::Unauthorised(refusal) | SkipReason::TooEarly(refusal) =
                        reason
                    {
                        self.dropped.push((checked.id, *refusal));
                    }
                }
                Ok(member) => self.execute_submission(submission, checked, &member, place)?,
            }
        }
        Ok(skipped)
    }

    /// Who submits; or why the submission gives no entry: it is not authentic, or may not be on the
    /// ledger now.
    fn authorise(
        &mut self,
        submission: &Submission,
        checked: &CheckedSubmission,
    ) -> Result<Result<Arc<Member>, SkipReason>, LedgerError> {
        if !checked.is_authentic || checked.contents.len() != submission.records().len() {
            return Ok(Err(SkipReason::Unauthentic));
        }
        let header = submission.header();
        let (expires, now) = (header.expires, self.block.header().time);
        let ahead_ms = expires.as_ms().saturating_sub(now.as_ms());
        if ahead_ms <= 0 {
            return Ok(Err(SkipReason::Expired));
        }
        if ahead_ms > MAX_EXPIRY_AHEAD_OF_BLOCK_MS {
            let refusal = Refusal::ExpiresTooLate { expires, now };
            return Ok(Err(SkipReason::TooEarly(Box::new(refusal))));
        }
        let seen = self.state.get(Space::Submissions, checked.id.as_bytes())?;
        if seen.is_some() {
            return Ok(Err(SkipReason::Repeated));
        }
        let member = self.members.read(&self.state, &header.member)?;
        let height = self.block.height();
        let authorised = member.clone().filter(|member| {
            member.is_member_at(height)
                && member
                    .key(&header.key)
                    .is_some_and(|key| key.purpose.may_submit() && key.is_active_at(height))
        });
        Ok(authorised.ok_or_else(|| {
            let refusal = check_key(member, height, &header.member, &header.key).err();
            SkipReason::Unauthorised(Box::new(refusal.unwrap_or_else(|| {
                Refusal::UnknownMember {
                    member: header.member.clone(),
                }
            })))
        }))
    }

    fn execute_submission(
        &mut self,
        submission: &Submission,
        checked: &CheckedSubmission,
        member: &Member,
        place: Place,
    ) -> Result<(), LedgerError> {
        let first_index = self.log.next_index();
        let outcomes = self.outcomes(submission, checked, member, first_index)?;
        let header = submission.header();
        let header_bytes = header.to_bytes();
        // Behind the version, the header and the number of records.
        let mut record_offset = place.offset as usize + 2 + header_bytes.len() + 4;
        for ((index, record), outcome) in (0u32..).zip(submission.records()).zip(&outcomes) {
            let entry = Entry {
                height: self.block.height(),
                time: self.block.header().time,
                content: EntryContent::Submitted(Box::new(SubmittedEntry {
                    member: header.member.clone(),
                    key: header.key,
                    submission: checked.id,
                    record_index: index,
                    outcome: outcome.clone(),
                    record: record.clone(),
                })),
            };
            let location = EntryLocation::Submitted {
                height: entry.height,
                time: entry.time,
                batch: place.batch,
                submission: checked.id,
                submission_offset: place.offset,
                record_offset: as_u32(record_offset),
                record_index: index,
                outcome: outcome.clone(),
            };
            record_offset += record.encoded_length();
            self.log.append(&entry.to_bytes(), location)?;
        }
        let location = SubmissionLocation {
            height: self.block.height(),
            first_index,
            record_count: header.record_count,
            batch: place.batch,
            submission_index: place.position,
        };
        let value = Bytes::from(location.to_bytes());
        self.state
            .put(Space::Submissions, checked.id.as_bytes(), value);
        self.records.push(EntryRecord {
            submission: checked.id,
            member: header.member.clone(),
            location,
            outcomes,
        });
        Ok(())
    }

    /// Executes the records. The records of an atomic submission run on state of their own, which
    /// is taken over only if none of them is rejected.
    fn outcomes(
        &mut self,
        submission: &Submission,
        checked: &CheckedSubmission,
        member: &Member,
        first_index: LogIndex,
    ) -> Result<Vec<Outcome>, LedgerError> {
        let header = self.block.header();
        let execution = Execution {
            rulebook: self.rulebook,
            context: EffectContext {
                height: header.height,
                time: header.time,
                submitter: member,
                index: first_index,
            },
            records: submission.records(),
        };
        // Other contracts may have come into force since the records were checked.
        let checked_again;
        let contents = if checked.contract_set == self.rulebook.digest() {
            &checked.contents
        } else {
            checked_again = check_records(self.rulebook, submission);
            &checked_again
        };
        if submission.header().atomicity == Atomicity::Independent {
            return execution.run(&mut self.state, contents);
        }
        let mut trial = Overlay::new(&self.state);
        let outcomes = execution.run(&mut trial, contents)?;
        let failed = outcomes
            .iter()
            .position(|outcome| matches!(outcome, Outcome::Rejected(_)));
        let Some(failed) = failed else {
            let changes = trial.into_changes();
            self.state.absorb(changes);
            return Ok(outcomes);
        };
        let companion = Rejection::new(
            "atomic",
            format!("record {failed} of the same atomic submission was rejected"),
        );
        Ok(outcomes
            .into_iter()
            .map(|outcome| match outcome {
                Outcome::Rejected(rejection) => Outcome::Rejected(rejection),
                _ => Outcome::Rejected(companion.clone()),
            })
            .collect())
    }

    fn finish(
        mut self,
        tip: &LedgerTip,
        certificate: &CommitCertificate,
        skipped: Vec<Skipped>,
    ) -> Result<Applied, LedgerError> {
        let state_root = update_state_tree(&mut self.state, tip.state_root)?;
        let header = self.block.header();
        self.log.append_inline(&Entry {
            height: header.height,
            time: header.time,
            content: EntryContent::Block(BlockEntry {
                block: self.block.digest(),
                state_root,
                validator_set: header.validator_set,
            }),
        })?;
        let tip = LedgerTip {
            height: header.height,
            block: self.block.digest(),
            time: header.time,
            frontier: self.log.frontier,
            state_root,
        };
        let commit = BlockCommit {
            block: CommittedBlock {
                block: self.block.clone(),
                certificate: certificate.clone(),
                log_size: tip.frontier.size(),
                log_root: tip.frontier.root(),
                state_root,
            },
            tip,
            entries: self.log.entries,
            nodes: self.log.nodes,
            writes: self.state.into_writes(),
            evidence: self.evidence,
        };
        Ok(Applied {
            commit,
            records: self.records,
            skipped,
            dropped: self.dropped,
        })
    }
}

/// Where a submission is in its batch.
#[derive(Clone, Copy)]
struct Place {
    batch: BatchDigest,
    position: u32,
    offset: u32,
}

enum SkipReason {
    Unauthentic,
    Unauthorised(Box<Refusal>),
    /// Its expiry is too far ahead.
    TooEarly(Box<Refusal>),
    Expired,
    Repeated,
}

impl SkipReason {
    fn counter<'a>(&self, skipped: &'a mut Skipped) -> &'a mut u64 {
        match self {
            Self::Unauthentic => &mut skipped.unauthentic,
            Self::Unauthorised(_) => &mut skipped.unauthorised,
            Self::TooEarly(_) | Self::Expired => &mut skipped.expired,
            Self::Repeated => &mut skipped.repeated,
        }
    }
}

/// The records of one submission and their circumstances.
struct Execution<'a> {
    rulebook: &'a Rulebook,
    /// That of the first record.
    context: EffectContext<'a>,
    records: &'a [Record],
}

impl Execution<'_> {
    fn run(
        &self,
        state: &mut impl StateWriter,
        contents: &[Result<CheckedContent, RecordError>],
    ) -> Result<Vec<Outcome>, LedgerError> {
        let mut outcomes = Vec::with_capacity(contents.len());
        // A record of the submission may change the roles of who submits it, for those behind it.
        let mut changed: Option<Member> = None;
        for ((offset, record), content) in (0u64..).zip(self.records).zip(contents) {
            outcomes.push(match content {
                Err(error) => Outcome::Rejected(Rejection::new(error.code(), error.to_string())),
                Ok(content) => {
                    let submitter = changed.as_ref().unwrap_or(self.context.submitter);
                    let context = EffectContext {
                        index: self.context.index.plus(offset),
                        submitter,
                        ..self.context.clone()
                    };
                    let outcome =
                        contracts::execute(state, self.rulebook, &context, record, content)?;
                    if contracts::may_change_roles(content) {
                        changed = contracts::read_member_again(state, submitter)?;
                    }
                    outcome
                }
            });
        }
        Ok(outcomes)
    }
}

/// Offsets and positions within a batch, which is far shorter than 4 GiB.
fn as_u32(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}
