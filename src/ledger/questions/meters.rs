//! What a meter is and was, and what it read.

use super::QuestionError;
use super::page::newest_revision;
use super::standing::Standing;
use crate::contracts::{
    CorrectedReading, HourOfReadings, IndexKey, Meter, MeterStep, StateKey, StoredReading,
    read_meter,
};
use crate::types::{
    Decode, Height, LedgerView, LogIndex, MeterId, ReadError, ScanOrder, Space, Timestamp,
};

/// Most corrections of one reading that an answer goes through.
pub const MAX_CORRECTIONS: usize = 1_000;

/// How many readings and corrections of readings one page goes through: all of a month of quarters, corrected twice.
pub const MAX_EXAMINED_READINGS: usize = 10_000;

/// Hours of readings that are read at a time.
const HOURS_PER_SCAN: usize = 100;

const MS_PER_HOUR: i64 = 3_600_000;

/// A meter at a height, with a page of its history.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MeterAnswer {
    /// The height that the answer is of.
    pub height: Height,
    /// The meter as it was then.
    pub meter: Meter,
    /// A page of its history, the latest first.
    pub history: Vec<MeterStep>,
    /// The revision at which the next page begins.
    pub next: Option<u64>,
}

/// A reading at a height.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReadingAnswer {
    /// The reading; what relies on it is that of the last height.
    pub reading: StoredReading,
    /// The entries that it has replaced, the latest first.
    pub replaced: Vec<LogIndex>,
}

/// A page of readings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReadingsAnswer {
    /// The height that the answer is of.
    pub height: Height,
    /// The readings, in order of time.
    pub readings: Vec<ReadingAnswer>,
    /// Where the next page begins.
    pub next: Option<Timestamp>,
}

/// What a meter is now, or was at a height. `before` begins the page of history with the revision of that
/// number.
///
/// # Errors
/// [`QuestionError`] if the store fails, the height lies ahead, or the meter had no such revision.
pub fn ask_meter(
    view: &dyn LedgerView,
    id: &MeterId,
    as_of: Option<Height>,
    before: Option<u64>,
    count: usize,
) -> Result<Option<MeterAnswer>, QuestionError> {
    let height = Standing::at(view, as_of)?.height;
    let Some(meter) = read_meter(view, id)? else {
        return Ok(None);
    };
    // Revisions up to `low` are not above the height, those beyond `high` are.
    let (mut low, mut high) = (0, meter.revision);
    while low < high {
        let middle = low + (high - low).div_ceil(2);
        if step(view, id, middle)?.height <= height {
            low = middle;
        } else {
            high = middle - 1;
        }
    }
    if low == 0 {
        return Ok(None);
    }
    let newest = newest_revision(before, low)?;
    let mut history = Vec::new();
    let mut revision = newest;
    while revision > 0 && history.len() < count {
        history.push(step(view, id, revision)?);
        revision -= 1;
    }
    Ok(Some(MeterAnswer {
        height,
        meter: step(view, id, low)?.meter,
        history,
        next: (revision > 0).then_some(revision),
    }))
}

fn step(view: &dyn LedgerView, meter: &MeterId, revision: u64) -> Result<MeterStep, QuestionError> {
    let place = IndexKey::MeterStep { meter, revision }.to_bytes();
    let bytes = view.get(Space::Index, &place)?;
    let missing = || ReadError::new(format!("revision {revision} of meter {meter} is missing"));
    Ok(MeterStep::from_bytes(&bytes.ok_or_else(missing)?)?)
}

/// What a meter read in the intervals that begin from `from` on and before `until`, as it stood at a height. A page
/// may have fewer than `count` readings, or none, and there are more all the same: it ends after
/// [`MAX_EXAMINED_READINGS`] readings and corrections, whether they stood at the height or not.
///
/// # Errors
/// [`QuestionError`] if the store fails, the height lies ahead, or a reading was corrected more than
/// [`MAX_CORRECTIONS`] times.
pub fn ask_readings(
    view: &dyn LedgerView,
    meter: &MeterId,
    (from, until): (Timestamp, Timestamp),
    as_of: Option<Height>,
    count: usize,
) -> Result<ReadingsAnswer, QuestionError> {
    let standing = Standing::at(view, as_of)?;
    let hour = |time: Timestamp| u64::try_from(time.as_ms() / MS_PER_HOUR).unwrap_or(0);
    let key = |hour| StateKey::MeterReadings { meter, hour }.to_bytes();
    let mut first = key(hour(from));
    let end = key(hour(until).saturating_add(1));
    let mut answer = ReadingsAnswer {
        height: standing.height,
        readings: Vec::new(),
        next: None,
    };
    let mut examined = 0;
    loop {
        let ascending = ScanOrder::Ascending;
        let found = view.scan(Space::State, &first, &end, ascending, HOURS_PER_SCAN)?;
        for (_, value) in &found {
            for reading in HourOfReadings::from_bytes(value)?.0 {
                let start = reading.interval.start();
                if start < from || start >= until {
                    continue;
                }
                if answer.readings.len() == count || examined >= MAX_EXAMINED_READINGS {
                    answer.next = Some(start);
                    return Ok(answer);
                }
                examined += 1;
                let reading = at_standing(view, reading, standing, &mut examined)?;
                answer.readings.extend(reading);
            }
        }
        match found.last() {
            Some((last, _)) if found.len() == HOURS_PER_SCAN => {
                first = [last, [0].as_slice()].concat();
            }
            _ => return Ok(answer),
        }
    }
}

/// A reading as it stood at a height, by what its corrections have replaced.
fn at_standing(
    view: &dyn LedgerView,
    mut reading: StoredReading,
    standing: Standing,
    examined: &mut usize,
) -> Result<Option<ReadingAnswer>, QuestionError> {
    let mut replaced = Vec::new();
    let mut before = reading.replaces;
    for _ in 0..=MAX_CORRECTIONS {
        let Some(entry) = before else {
            let stood = standing.has(reading.entry);
            return Ok(stood.then_some(ReadingAnswer { reading, replaced }));
        };
        *examined += 1;
        let corrected = read_corrected(view, entry)?;
        before = corrected.replaces;
        if standing.has(reading.entry) {
            replaced.push(entry);
        } else {
            reading.entry = entry;
            reading.replaces = corrected.replaces;
            (reading.wh_in, reading.wh_out) = (corrected.wh_in, corrected.wh_out);
        }
    }
    Err(QuestionError::TooLong {
        thing: format!("the reading of entry {}", reading.entry),
        most: MAX_CORRECTIONS,
    })
}

fn read_corrected(
    view: &dyn LedgerView,
    entry: LogIndex,
) -> Result<CorrectedReading, QuestionError> {
    let row = IndexKey::CorrectedReading(entry).to_bytes();
    let bytes = view.get(Space::Index, &row)?;
    let missing = || ReadError::new(format!("what entry {entry} stated of a reading is missing"));
    Ok(CorrectedReading::from_bytes(&bytes.ok_or_else(missing)?)?)
}
