//! The log: appending, syncing, recovering, forgetting.

use std::collections::BTreeMap;
use std::io;

use bytes::Bytes;

use super::error::LogError;
use super::frame::{FRAME_OVERHEAD_BYTES, Frame, MAX_RECORD_BYTES, Position};
use super::segment::{
    HEADER_BYTES, Place, SEGMENT_BYTES, TornTail, TornTailVerdict, encode_header, read_segment,
    segment_name, segment_number,
};
use crate::storage::disk::{Disk, DiskFile};
use crate::types::{Height, LedgerId};

/// Most segments at a time: bounds what recovery reads to 256 MiB. A round of 64 validators takes
/// some 30 KiB, so that is thousands of rounds without a decision.
pub const MAX_SEGMENTS: usize = 64;

/// What is added to the name of a segment that was set aside.
const SET_ASIDE_SUFFIX: &str = ".damaged";

/// Records by height, each height's in the order in which they were appended.
pub type LoggedRecords = BTreeMap<Height, Vec<Bytes>>;

/// What a log held when it was opened.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RecoveredLog {
    /// The records, decided heights included as far as they are not forgotten.
    pub records: LoggedRecords,
    /// What was cut off the end, with the caller's consent.
    pub torn_tail: Option<TornTail>,
}

/// A segment that takes no more records.
#[derive(Debug)]
struct ClosedSegment {
    number: u64,
    highest: Option<Height>,
}

/// The segment that is written.
#[derive(Debug)]
struct ActiveSegment<F> {
    number: u64,
    highest: Option<Height>,
    file: F,
    /// How much of it is synced.
    durable: u64,
    /// What comes behind that, not written yet.
    buffer: Vec<u8>,
}

/// The consensus log of one node. See [the module](super) for its format and crash points.
#[derive(Debug)]
pub struct ConsensusLog<D: Disk> {
    disk: D,
    ledger: LedgerId,
    closed: Vec<ClosedSegment>,
    active: ActiveSegment<D::File>,
    first_error: Option<String>,
}

impl<D: Disk> ConsensusLog<D> {
    /// Opens the log of a ledger in a folder, or begins one.
    ///
    /// If the log's end is torn, `judge` gets what is readable before it, and says whether that is
    /// all that anything was signed upon.
    ///
    /// # Errors
    /// [`LogError`] if the disk fails, the log is damaged or another's, or the judge refuses.
    pub fn recover(
        disk: D,
        ledger: LedgerId,
        judge: impl FnOnce(&LoggedRecords, &TornTail) -> TornTailVerdict,
    ) -> Result<(Self, RecoveredLog), LogError> {
        let numbers = segment_numbers(&disk)?;
        let mut recovered = RecoveredLog::default();
        let mut closed = Vec::with_capacity(numbers.len());
        let mut last = None;
        for (position, number) in numbers.iter().copied().enumerate() {
            let place = if position + 1 == numbers.len() {
                Place::Last
            } else {
                Place::Inner
            };
            let bytes = read_file(&disk, number)?;
            let contents = read_segment(&ledger, number, place, &bytes)?;
            let highest = contents.records.iter().map(|(height, _)| *height).max();
            for (height, record) in contents.records {
                recovered.records.entry(height).or_default().push(record);
            }
            recovered.torn_tail = contents.torn_tail;
            if place == Place::Inner {
                closed.push(ClosedSegment { number, highest });
            } else {
                last = Some((number, highest, contents.end));
            }
        }
        if let Some(tail) = &recovered.torn_tail
            && judge(&recovered.records, tail) == TornTailVerdict::Refuse
        {
            return Err(LogError::TornTailRefused {
                file: tail.file.clone(),
                offset: tail.offset,
            });
        }
        let active = match last {
            None => create_segment(&disk, &ledger, 1)?,
            // Not even the header was durable: the segment is made again.
            Some((number, _, 0)) => {
                let name = segment_name(number);
                disk.remove(&name).map_err(io_error("remove", &name))?;
                disk.sync_folder().map_err(io_error("sync", &name))?;
                create_segment(&disk, &ledger, number)?
            }
            Some((number, highest, end)) => reopen_segment(&disk, number, highest, end)?,
        };
        let log = Self {
            disk,
            ledger,
            closed,
            active,
            first_error: None,
        };
        Ok((log, recovered))
    }

    /// Renames every segment in the folder, so that [`ConsensusLog::recover`] begins a new log: the
    /// way out of a damaged one. Gives the new names. The node must sign nothing then until it has
    /// seen the second height decided.
    ///
    /// # Errors
    /// [`LogError::Io`].
    pub fn set_aside(disk: &D) -> Result<Vec<String>, LogError> {
        let names = disk.list().map_err(io_error("list", "its folder"))?;
        let mut renamed = Vec::new();
        for name in &names {
            if segment_number(name).is_none() {
                continue;
            }
            // What was set aside before stays.
            let free = (0u64..)
                .map(|count| format!("{name}{SET_ASIDE_SUFFIX}{count}"))
                .find(|free| !names.contains(free));
            if let Some(free) = free {
                disk.rename(name, &free).map_err(io_error("rename", name))?;
                renamed.push(free);
            }
        }
        disk.sync_folder().map_err(io_error("sync", "its folder"))?;
        renamed.sort_unstable();
        Ok(renamed)
    }

    /// Adds a record of a height. It is durable after the next [`ConsensusLog::sync`].
    ///
    /// # Errors
    /// [`LogError`] if the record is too long, the log full, the disk failing or failed before.
    pub fn append(&mut self, height: Height, payload: &[u8]) -> Result<(), LogError> {
        self.check_sound()?;
        if payload.len() > MAX_RECORD_BYTES {
            return Err(LogError::RecordTooLong {
                length: payload.len(),
                limit: MAX_RECORD_BYTES,
            });
        }
        let byte_count = (FRAME_OVERHEAD_BYTES + payload.len()) as u64;
        if self.active.end() + byte_count > SEGMENT_BYTES as u64 {
            self.roll()?;
        }
        let active = &mut self.active;
        let frame = Frame {
            height,
            durable: active.durable,
            payload,
        };
        let position = Position {
            segment: active.number,
            offset: active.end(),
        };
        frame.encode(position, &mut active.buffer);
        active.highest = active.highest.max(Some(height));
        Ok(())
    }

    /// Waits until every appended record is durable: one write and one sync for all of them. Does
    /// nothing if there are none.
    ///
    /// # Errors
    /// [`LogError`] if the disk fails or failed before.
    pub fn sync(&mut self) -> Result<(), LogError> {
        self.check_sound()?;
        let result = self.active.sync();
        self.keep_first_error(result)
    }

    /// Removes the segments that hold only heights below `height`. To be called when the block
    /// before `height` is durably committed, and not earlier.
    ///
    /// # Errors
    /// [`LogError`] if the disk fails or failed before.
    pub fn forget_below(&mut self, height: Height) -> Result<(), LogError> {
        self.check_sound()?;
        while let Some(oldest) = self.closed.first()
            && oldest.highest.is_none_or(|highest| highest < height)
        {
            let name = segment_name(oldest.number);
            // Each removal is durable before the next: what is left is always consecutive.
            let result = self
                .disk
                .remove(&name)
                .and_then(|()| self.disk.sync_folder())
                .map_err(io_error("remove", &name));
            self.keep_first_error(result)?;
            self.closed.remove(0);
        }
        Ok(())
    }

    /// How many segments there are.
    pub fn segment_count(&self) -> usize {
        self.closed.len() + 1
    }

    /// How many bytes of the segment that is written are taken, with those not synced yet.
    pub fn active_bytes(&self) -> u64 {
        self.active.end()
    }

    fn roll(&mut self) -> Result<(), LogError> {
        let full = LogError::Full {
            segments: self.segment_count(),
        };
        if self.segment_count() >= MAX_SEGMENTS {
            return Err(full);
        }
        let number = self.active.number.checked_add(1).ok_or(full)?;
        let synced = self.active.sync();
        self.keep_first_error(synced)?;
        let created = create_segment(&self.disk, &self.ledger, number);
        if let Err(error) = &created {
            self.first_error = Some(error.to_string());
        }
        let full = std::mem::replace(&mut self.active, created?);
        self.closed.push(ClosedSegment {
            number: full.number,
            highest: full.highest,
        });
        Ok(())
    }

    fn check_sound(&self) -> Result<(), LogError> {
        match &self.first_error {
            None => Ok(()),
            Some(first) => Err(LogError::Poisoned {
                first: first.clone(),
            }),
        }
    }

    fn keep_first_error(&mut self, result: Result<(), LogError>) -> Result<(), LogError> {
        if let Err(error) = &result {
            self.first_error = Some(error.to_string());
        }
        result
    }
}

impl<F: DiskFile> ActiveSegment<F> {
    fn end(&self) -> u64 {
        self.durable + self.buffer.len() as u64
    }

    fn sync(&mut self) -> Result<(), LogError> {
        if self.buffer.is_empty() {
            return Ok(());
        }
        let name = segment_name(self.number);
        self.file
            .append(&self.buffer)
            .map_err(io_error("write", &name))?;
        self.file.sync().map_err(io_error("sync", &name))?;
        self.durable = self.end();
        self.buffer.clear();
        Ok(())
    }
}

fn segment_numbers(disk: &impl Disk) -> Result<Vec<u64>, LogError> {
    let names = disk.list().map_err(io_error("list", "its folder"))?;
    let mut numbers: Vec<u64> = names
        .iter()
        .filter_map(|name| segment_number(name))
        .collect();
    numbers.sort_unstable();
    if let Some(pair) = numbers.windows(2).find(|pair| pair[0] + 1 != pair[1]) {
        return Err(LogError::MissingSegment {
            file: segment_name(pair[0] + 1),
        });
    }
    if numbers.len() > MAX_SEGMENTS {
        return Err(LogError::Full {
            segments: numbers.len(),
        });
    }
    Ok(numbers)
}

fn read_file(disk: &impl Disk, number: u64) -> Result<Bytes, LogError> {
    let name = segment_name(number);
    let file = disk.open(&name).map_err(io_error("open", &name))?;
    let length = file.length().map_err(io_error("read", &name))?;
    let byte_count = usize::try_from(length)
        .ok()
        .filter(|count| *count <= SEGMENT_BYTES)
        .ok_or_else(|| LogError::Corrupt {
            file: name.clone(),
            offset: SEGMENT_BYTES as u64,
            what: format!("it has {length} bytes, more than any segment"),
        })?;
    let mut bytes = vec![0; byte_count];
    file.read_at(0, &mut bytes)
        .map_err(io_error("read", &name))?;
    Ok(Bytes::from(bytes))
}

fn create_segment<D: Disk>(
    disk: &D,
    ledger: &LedgerId,
    number: u64,
) -> Result<ActiveSegment<D::File>, LogError> {
    let name = segment_name(number);
    let mut file = disk.create(&name).map_err(io_error("create", &name))?;
    file.append(&encode_header(ledger, number))
        .map_err(io_error("write", &name))?;
    file.sync().map_err(io_error("sync", &name))?;
    disk.sync_folder().map_err(io_error("sync", &name))?;
    Ok(ActiveSegment {
        number,
        highest: None,
        file,
        durable: HEADER_BYTES as u64,
        buffer: Vec::new(),
    })
}

/// Opens the last segment for more records. What was only in the system's memory when the node was
/// killed is made durable before anybody acts upon it.
fn reopen_segment<D: Disk>(
    disk: &D,
    number: u64,
    highest: Option<Height>,
    end: u64,
) -> Result<ActiveSegment<D::File>, LogError> {
    let name = segment_name(number);
    let mut file = disk.open(&name).map_err(io_error("open", &name))?;
    if file.length().map_err(io_error("read", &name))? > end {
        file.truncate(end).map_err(io_error("cut", &name))?;
    }
    file.sync().map_err(io_error("sync", &name))?;
    disk.sync_folder().map_err(io_error("sync", &name))?;
    Ok(ActiveSegment {
        number,
        highest,
        file,
        durable: end,
        buffer: Vec::new(),
    })
}

fn io_error(operation: &'static str, file: &str) -> impl FnOnce(io::Error) -> LogError {
    let file = file.to_owned();
    move |source| LogError::Io {
        operation,
        file,
        source,
    }
}
