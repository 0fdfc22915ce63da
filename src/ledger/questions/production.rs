//! Production runs, by where and when they were.

use bytes::Bytes;

use super::QuestionError;
use super::page::check_item;
use super::signed::submitted;
use super::standing::Standing;
use crate::contracts::{IndexKey, RunGroup};
use crate::types::{
    Decode, Height, LedgerView, LogIndex, MemberId, ReadError, ScanOrder, Space, Timestamp,
};

/// Runs that are read at a time.
const PAGE: usize = 256;

/// Most runs that one answer goes through, those that were corrected included.
pub const MAX_RUNS_PER_ANSWER: usize = 10_000;

/// Most bytes of bodies in one answer.
const MAX_ANSWER_BYTES: usize = 4 * 1024 * 1024;

/// A run as it was told last.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunAnswer {
    /// The entry that tells it.
    pub index: LogIndex,
    /// The block that has that entry.
    pub height: Height,
    /// That block's time.
    pub time: Timestamp,
    /// Who tells it.
    pub member: MemberId,
    /// What is told, exactly as it was signed.
    pub body: Bytes,
}

/// A page of runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunsPage {
    /// The runs, in order of their starts and entries.
    pub runs: Vec<RunAnswer>,
    /// Start and entry of the run after which the next page begins.
    pub next: Option<(Timestamp, LogIndex)>,
}

/// Up to `count` runs of a group that began from one time to below another, as they were told last. `after` is where
/// the page before ended.
///
/// # Errors
/// [`QuestionError`] if the store fails, or `after` is none of these runs.
pub fn ask_runs(
    view: &dyn LedgerView,
    standing: &Standing,
    group: RunGroup,
    (from, until): (Timestamp, Timestamp),
    after: Option<(Timestamp, LogIndex)>,
    count: usize,
) -> Result<RunsPage, QuestionError> {
    let place = |start, index| {
        IndexKey::ProductionRun {
            group,
            start,
            index,
        }
        .to_bytes()
    };
    let mut first = place(from, LogIndex(0));
    if let Some((start, index)) = after {
        let is_in_time = (from..until).contains(&start);
        let is_run = view.get(Space::Index, &place(start, index))?.is_some();
        check_item(is_in_time && is_run, || {
            format!("the run of entry {index} that began at {start}")
        })?;
        first = first.max([place(start, index), vec![0]].concat());
    }
    let end = place(until, LogIndex(0));
    let mut page = RunsPage {
        runs: Vec::new(),
        next: None,
    };
    let mut last = after;
    let (mut rows_left, mut bytes_left) = (MAX_RUNS_PER_ANSWER, MAX_ANSWER_BYTES);
    loop {
        let rows = view.scan(Space::Index, &first, &end, ScanOrder::Ascending, PAGE)?;
        for (key, _) in &rows {
            let damaged = || ReadError::new("the index of runs is damaged");
            let (start, index) = IndexKey::time_and_index(key).ok_or_else(damaged)?;
            let is_full = page.runs.len() >= count || bytes_left == 0 || rows_left == 0;
            if is_full {
                page.next = last;
                return Ok(page);
            }
            rows_left -= 1;
            last = Some((start, index));
            if standing.has(index) && !is_corrected(view, standing, index)? {
                let run = read_entry(view, index)?;
                bytes_left = bytes_left.saturating_sub(run.body.len());
                page.runs.push(run);
            }
        }
        match rows.last() {
            Some((key, _)) if rows.len() == PAGE => first = [key, &[0][..]].concat(),
            _ => return Ok(page),
        }
    }
}

fn is_corrected(
    view: &dyn LedgerView,
    standing: &Standing,
    index: LogIndex,
) -> Result<bool, QuestionError> {
    let place = IndexKey::RunCorrection(index).to_bytes();
    match view.get(Space::Index, &place)? {
        None => Ok(false),
        Some(bytes) => Ok(standing.has(LogIndex::from_bytes(&bytes)?)),
    }
}

fn read_entry(view: &dyn LedgerView, index: LogIndex) -> Result<RunAnswer, QuestionError> {
    let (signed, record) = submitted(view, index)?;
    Ok(RunAnswer {
        index,
        height: signed.height,
        time: signed.time,
        member: signed.member,
        body: record.body,
    })
}
