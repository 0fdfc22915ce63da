//! Certificates that nobody has used in time expire.
//!
//! The issuances that expire at one time are a list in the state, each naming the next, so that the ledger has one
//! deadline for a time, and not one for each issuance.

use bytes::Bytes;
use serde_json::json;

use super::certificates_state::{
    CertificateIssuance, CertificateOperation, CertificatePiece, CertificateStatus, StepContext,
    read_issuance, read_piece, write_piece,
};
use crate::contracts::agenda;
use crate::contracts::context::{EffectError, StateWriter};
use crate::contracts::derive::{DeriveContext, Derived, Progress};
use crate::contracts::state_keys::StateKey;
use crate::contracts::task::Task;
use crate::contracts::values;
use crate::records::energy::CERTIFICATE_EXPIRY;
use crate::types::{LogIndex, Record, RecordKind, Rejection, Space, Timestamp};

/// Puts an issuance at the head of those that expire at a time, and gives the one that was there.
pub(super) fn schedule_expiry(
    state: &mut impl StateWriter,
    expires: Timestamp,
    issuance: LogIndex,
) -> Result<Result<Option<LogIndex>, Rejection>, EffectError> {
    let key = StateKey::CertificateExpiry(expires);
    let next: Option<LogIndex> = values::read(state, key, "certificates that expire")?;
    if next.is_none() {
        let task = Task::CertificateExpiry { due: expires };
        if let Err(rejection) = agenda::schedule(state, expires, task)? {
            return Ok(Err(rejection));
        }
    }
    values::write(state, key, &issuance);
    Ok(Ok(next))
}

/// Lets the active certificates of all issuances of a time expire: one record for each issuance that has any. What
/// the block has no room for, or would read too much for, stays in the list and is for the next block.
pub(in crate::contracts) fn expire(
    state: &mut impl StateWriter,
    context: &DeriveContext<'_>,
    derived: &mut Derived,
    cause: &Task,
    due: Timestamp,
) -> Result<Progress, EffectError> {
    let key = StateKey::CertificateExpiry(due);
    loop {
        let Some(head) = values::read::<LogIndex>(state, key, "certificates that expire")? else {
            return Ok(Progress::Done);
        };
        if derived.room() == 0 {
            return Ok(Progress::Unfinished);
        }
        let issuance = read_issuance(state, head)?;
        let pieces = issuance.as_ref().map_or(0, |i| i.starts.len());
        // The issuance itself is read too: the list ends, however few pieces are in it.
        if !derived.may_read(pieces.saturating_add(1)) {
            return Ok(Progress::Unfinished);
        }
        let next = match issuance {
            Some(issuance) => {
                expire_issuance(state, context, derived, cause, (head, &issuance))?;
                issuance.expires_before
            }
            None => None,
        };
        match next {
            Some(next) => values::write(state, key, &next),
            None => state.remove(Space::State, &key.to_bytes()),
        }
    }
}

/// Lets the active certificates of an issuance expire.
fn expire_issuance(
    state: &mut impl StateWriter,
    context: &DeriveContext<'_>,
    derived: &mut Derived,
    cause: &Task,
    (index, issuance): (LogIndex, &CertificateIssuance),
) -> Result<(), EffectError> {
    let step = StepContext {
        index: derived.next_index(),
        height: context.height,
        time: context.time,
        issuance: index,
    };
    let mut ranges: Vec<(u64, u64)> = Vec::new();
    for first in &issuance.starts {
        let Some(piece) = read_piece(state, index, *first)? else {
            continue;
        };
        if piece.status != CertificateStatus::Active {
            continue;
        }
        ranges.push((*first, piece.last));
        let after = CertificatePiece {
            status: CertificateStatus::Expired,
            ..piece.clone()
        };
        let before = Some((*first, &piece));
        write_piece(
            state,
            step,
            CertificateOperation::Expire,
            before,
            (*first, after),
        );
    }
    if let (false, Ok(kind)) = (ranges.is_empty(), RecordKind::new(CERTIFICATE_EXPIRY)) {
        let body = json!({"issuance": index.0, "ranges": ranges});
        let record = Record {
            kind,
            version: 1,
            body: Bytes::from(body.to_string()),
        };
        derived.push(context, cause, record);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contracts::Rulebook;
    use crate::contracts::energy::certificates_state::write_issuance;
    use crate::contracts::tests::State;
    use crate::records::energy::{Carrier, IntervalDuration, MeteringInterval};
    use crate::types::{Height, MarketArea, MemberId, MeterId};

    /// Issuances that all expire at one time, each of so many certificates in pieces of one.
    fn with_issuances(issuances: u64, pieces: u64) -> (State, Timestamp) {
        let mut state = State::default();
        let interval =
            MeteringInterval::new(Timestamp::from_ms(0), IntervalDuration::QUARTER_HOUR).unwrap();
        let expires = interval.end().plus_months(18);
        let owner = MemberId::new("sun-coop").unwrap();
        for number in 0..issuances {
            let index = LogIndex(number);
            let issuance = CertificateIssuance {
                issuer: MemberId::new("registry").unwrap(),
                device: MeterId::new(&format!("PV-{number}")).unwrap(),
                interval,
                carrier: Carrier::Solar,
                area: MarketArea::new("local").unwrap(),
                face_value_wh: 1,
                count: pieces,
                expires: Some(expires),
                expires_before: schedule_expiry(&mut state, expires, index)
                    .unwrap()
                    .unwrap(),
                starts: (1..=pieces).collect(),
            };
            write_issuance(&mut state, index, &issuance);
            let step = StepContext {
                index,
                height: Height(1),
                time: interval.end(),
                issuance: index,
            };
            for first in 1..=pieces {
                let piece = CertificatePiece {
                    last: first,
                    owner: owner.clone(),
                    status: CertificateStatus::Active,
                    latest: index,
                };
                let operation = CertificateOperation::Issue;
                write_piece(&mut state, step, operation, None, (first, piece));
            }
        }
        (state, expires)
    }

    /// Lets certificates expire in one block, and gives how many records that made.
    fn expire_in_block(
        state: &mut State,
        due: Timestamp,
        derived: Derived,
    ) -> (Progress, Vec<u64>) {
        const ROOM: usize = 100;
        let mut derived = derived;
        let rulebook = Rulebook::of(&[]).unwrap();
        let context = DeriveContext {
            height: Height(2),
            time: due,
            rulebook: &rulebook,
        };
        let task = Task::CertificateExpiry { due };
        let progress = expire(state, &context, &mut derived, &task, due).unwrap();
        let issuances = derived.added(ROOM).into_iter().map(|made| {
            let body: serde_json::Value = serde_json::from_slice(&made.record.body).unwrap();
            body["issuance"].as_u64().unwrap()
        });
        (progress, issuances.collect())
    }

    fn block() -> Derived {
        Derived::with_room(LogIndex(1_000), 100)
    }

    #[test]
    fn a_block_reads_a_bounded_number_of_pieces() {
        let (mut state, due) = with_issuances(3, 2);
        let mut full = block();
        assert!(full.may_read(1_000_000));
        let before = state.clone();
        let outcome = expire_in_block(&mut state, due, full);
        assert_eq!(outcome, (Progress::Unfinished, vec![]));
        assert_eq!(state, before);
        let outcome = expire_in_block(&mut state, due, block());
        assert_eq!(outcome, (Progress::Done, vec![2, 1, 0]));
    }

    /// Everything that expires at one time does, however many blocks it takes, and each issuance once.
    #[test]
    fn what_is_too_much_for_a_block_expires_in_the_next() {
        let (mut state, due) = with_issuances(30, 1_000);
        let (progress, first) = expire_in_block(&mut state, due, block());
        assert_eq!(progress, Progress::Unfinished);
        assert_eq!(first, (11..30).rev().collect::<Vec<_>>());
        let outcome = expire_in_block(&mut state, due, block());
        assert_eq!(outcome, (Progress::Done, (0..11).rev().collect()));
        for (issuance, first) in [(0, 1), (10, 1_000), (11, 1), (29, 500)] {
            let piece = read_piece(&state, LogIndex(issuance), first)
                .unwrap()
                .unwrap();
            assert_eq!(piece.status, CertificateStatus::Expired);
        }
    }
}
