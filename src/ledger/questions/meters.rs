//! What a meter is and was, and what it read.

use super::QuestionError;
use super::signed::submitted;
use crate::contracts::{
    HourOfReadings, IndexKey, Meter, MeterStep, StateKey, StoredReading, read_meter,
};
use crate::records::energy::check_meter_reading;
use crate::types::{
    Decode, Height, LedgerView, LogIndex, MeterId, ReadError, ScanOrder, Space, Timestamp,
};

/// Most corrections of one reading that an answer goes through.
pub const MAX_CORRECTIONS: usize = 1_000;

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

/// The height that a question is about.
pub(super) fn asked_height(
    view: &dyn LedgerView,
    as_of: Option<Height>,
) -> Result<Height, QuestionError> {
    let tip = view.tip().height;
    match as_of {
        Some(asked) if asked > tip => Err(QuestionError::BeyondTip { asked, tip }),
        other => Ok(other.unwrap_or(tip)),
    }
}

/// What a meter is now, or was at a height. `before` begins the page of history with the revision of that
/// number.
///
/// # Errors
/// [`QuestionError`] if the store fails or the height lies ahead.
pub fn ask_meter(
    view: &dyn LedgerView,
    id: &MeterId,
    as_of: Option<Height>,
    before: Option<u64>,
    count: usize,
) -> Result<Option<MeterAnswer>, QuestionError> {
    let height = asked_height(view, as_of)?;
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
    let newest = before.map_or(low, |before| before.min(low));
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

/// What a meter read in the intervals that begin from `from` on and before `until`, as it stood at a height.
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
    let height = asked_height(view, as_of)?;
    let hour = |time: Timestamp| u64::try_from(time.as_ms() / MS_PER_HOUR).unwrap_or(0);
    let key = |hour| StateKey::MeterReadings { meter, hour }.to_bytes();
    let mut first = key(hour(from));
    let end = key(hour(until).saturating_add(1));
    let mut readings = Vec::new();
    loop {
        let ascending = ScanOrder::Ascending;
        let found = view.scan(Space::State, &first, &end, ascending, HOURS_PER_SCAN)?;
        for (_, value) in &found {
            for reading in HourOfReadings::from_bytes(value)?.0 {
                let start = reading.interval.start();
                if start < from || start >= until {
                    continue;
                }
                if readings.len() == count {
                    return Ok(ReadingsAnswer {
                        height,
                        readings,
                        next: Some(start),
                    });
                }
                readings.extend(at_height(view, reading, height)?);
            }
        }
        match found.last() {
            Some((last, _)) if found.len() == HOURS_PER_SCAN => {
                first = [last, [0].as_slice()].concat();
            }
            _ => break,
        }
    }
    Ok(ReadingsAnswer {
        height,
        readings,
        next: None,
    })
}

/// A reading as it stood at a height, by its corrections: each names what it replaces.
fn at_height(
    view: &dyn LedgerView,
    mut reading: StoredReading,
    height: Height,
) -> Result<Option<ReadingAnswer>, QuestionError> {
    let mut replaced = Vec::new();
    let mut stands = submitted(view, reading.entry)?.0.height <= height;
    let mut before = reading.replaces;
    while let Some(entry) = before {
        if replaced.len() == MAX_CORRECTIONS {
            return Err(QuestionError::TooLong {
                thing: format!("the reading of entry {}", reading.entry),
                most: MAX_CORRECTIONS,
            });
        }
        let (signed, stated) = submitted(view, entry)?;
        let stated = check_meter_reading(&stated.body)
            .map_err(|error| ReadError::new(format!("entry {entry}: {error}")))?;
        before = stated.replaces;
        if stands {
            replaced.push(entry);
        } else if signed.height <= height {
            stands = true;
            reading.entry = entry;
            reading.replaces = stated.replaces;
            (reading.wh_in, reading.wh_out) = (stated.wh_in, stated.wh_out);
        }
    }
    Ok(stands.then_some(ReadingAnswer { reading, replaced }))
}
