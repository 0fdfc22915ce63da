//! Storing and loading the guard.

use std::io;

use bytes::Bytes;

use super::error::GuardFileError;
use super::slot::{COPY_DISTANCE, COPY_OFFSETS, Copy, CopyFault, GUARD_VERSION, MAX_GUARD_BYTES};
use crate::storage::disk::{Disk, DiskFile};
use crate::types::LedgerId;

/// The slots' files: that of odd numbers, and that of even ones.
const SLOT_FILES: [&str; 2] = ["sign-guard.a", "sign-guard.b"];

/// Names under which the slots are made, before their first content is durable.
const NEW_SLOT_FILES: [&str; 2] = ["sign-guard.a.new", "sign-guard.b.new"];

/// The numbers that the first store writes, one into each slot.
const FIRST_SEQUENCES: [u64; 2] = [1, 2];

/// How far a loaded guard is to be trusted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum GuardHealth {
    /// It is what was stored last.
    Intact,
    /// It is what was stored last, or what was being stored when the node stopped; some copies are
    /// damaged. To be reported: a disk that does this once does it again.
    CopiesDamaged {
        /// What is wrong, for people.
        details: String,
    },
    /// Something newer may have been stored and be lost. Whoever signs has to compare with the
    /// consensus log, and stay silent if that does not settle it.
    NewestInDoubt {
        /// What is wrong, for people.
        details: String,
    },
}

/// A guard that was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredGuard {
    /// What was stored.
    pub payload: Bytes,
    /// How often something was stored; the first store counts as two.
    pub sequence: u64,
    /// How far it is to be trusted.
    pub health: GuardHealth,
}

/// What was found at the start.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LoadedGuard {
    /// Nothing was ever stored here.
    Missing,
    /// There was a guard, and no copy of it can be read.
    Damaged {
        /// What is wrong, for people.
        details: String,
    },
    /// A guard.
    Loaded(StoredGuard),
}

/// The two slots of the sign guard. See [the module](super).
#[derive(Debug)]
pub struct SignGuardFile<D: Disk> {
    disk: D,
    ledger: LedgerId,
    /// The open slots; none before the first store.
    slots: Option<[D::File; 2]>,
    sequence: u64,
    first_error: Option<String>,
}

/// What a slot holds.
struct SlotContents {
    newest: Option<Copy>,
    faults: Vec<String>,
}

impl<D: Disk> SignGuardFile<D> {
    /// Opens the guard of a ledger in a folder and loads what it holds.
    ///
    /// # Errors
    /// [`GuardFileError`] if the disk fails, or the guard is another ledger's or a newer program's.
    pub fn load(disk: D, ledger: LedgerId) -> Result<(Self, LoadedGuard), GuardFileError> {
        let names = disk.list().map_err(io_error("list", "its folder"))?;
        let mut files = [None, None];
        let mut contents = [None, None];
        for (slot, name) in SLOT_FILES.into_iter().enumerate() {
            if !names.iter().any(|found| found == name) {
                continue;
            }
            let mut file = disk.open(name).map_err(io_error("open", name))?;
            let found = read_slot(&file, name, &ledger)?;
            // What only the system's memory held when the node was killed becomes durable before
            // anybody acts upon it.
            file.sync().map_err(io_error("sync", name))?;
            if let (Some(place), Some(content)) = (files.get_mut(slot), contents.get_mut(slot)) {
                *place = Some(file);
                *content = Some(found);
            }
        }
        disk.sync_folder().map_err(io_error("sync", "its folder"))?;
        let [first, second] = contents;
        let loaded = judge(first, second);
        let sequence = match &loaded {
            LoadedGuard::Loaded(guard) => guard.sequence,
            LoadedGuard::Missing | LoadedGuard::Damaged { .. } => 0,
        };
        // A slot is missing after an interrupted first store, or for worse reasons: the next store
        // makes both anew.
        let slots = match files {
            [Some(first), Some(second)] if sequence > 0 => Some([first, second]),
            _ => None,
        };
        let guard_file = Self {
            disk,
            ledger,
            slots,
            sequence,
            first_error: None,
        };
        Ok((guard_file, loaded))
    }

    /// Stores a guard, and returns when it is durable. Only then may be signed what it permits.
    ///
    /// # Errors
    /// [`GuardFileError`] if it is too long, or the disk fails or failed before.
    pub fn store(&mut self, payload: &[u8]) -> Result<(), GuardFileError> {
        if let Some(first) = &self.first_error {
            return Err(GuardFileError::Poisoned {
                first: first.clone(),
            });
        }
        if payload.len() > MAX_GUARD_BYTES {
            return Err(GuardFileError::TooLong {
                length: payload.len(),
                limit: MAX_GUARD_BYTES,
            });
        }
        let result = self.write(Bytes::copy_from_slice(payload));
        if let Err(error) = &result {
            self.first_error = Some(error.to_string());
        }
        result
    }

    fn write(&mut self, payload: Bytes) -> Result<(), GuardFileError> {
        let sequence = self.sequence.saturating_add(1);
        let copy = Copy {
            ledger: self.ledger,
            sequence,
            payload,
        };
        match &mut self.slots {
            Some([odd, even]) => {
                let (file, name) = if sequence % 2 == 1 {
                    (odd, SLOT_FILES[0])
                } else {
                    (even, SLOT_FILES[1])
                };
                write_slot(file, name, &copy)?;
                self.sequence = sequence;
            }
            None => {
                self.sequence = self.make_slots(copy)?;
            }
        }
        Ok(())
    }

    /// Makes both slots with the same content, and gives the higher of their numbers.
    fn make_slots(&mut self, copy: Copy) -> Result<u64, GuardFileError> {
        let names = self.disk.list().map_err(io_error("list", "its folder"))?;
        // The slot of the lower number comes first, so that a crash in between leaves a state that
        // could also be between two stores.
        let mut sequence = copy.sequence;
        let mut slots = [None, None];
        let order = if sequence % 2 == 1 { [0, 1] } else { [1, 0] };
        for slot in order {
            let (Some(name), Some(new_name)) = (SLOT_FILES.get(slot), NEW_SLOT_FILES.get(slot))
            else {
                continue;
            };
            if names.iter().any(|found| found == new_name) {
                self.disk
                    .remove(new_name)
                    .map_err(io_error("remove", new_name))?;
            }
            let mut file = self
                .disk
                .create(new_name)
                .map_err(io_error("create", new_name))?;
            let numbered = Copy {
                sequence,
                ..copy.clone()
            };
            write_slot(&mut file, new_name, &numbered)?;
            self.disk
                .rename(new_name, name)
                .map_err(io_error("rename", new_name))?;
            self.disk
                .sync_folder()
                .map_err(io_error("sync", "its folder"))?;
            if let Some(place) = slots.get_mut(slot) {
                *place = Some(file);
            }
            sequence = sequence.saturating_add(1);
        }
        if let [Some(odd), Some(even)] = slots {
            self.slots = Some([odd, even]);
        }
        Ok(sequence.saturating_sub(1))
    }
}

fn write_slot(
    file: &mut impl DiskFile,
    name: &'static str,
    copy: &Copy,
) -> Result<(), GuardFileError> {
    let bytes = copy.to_bytes();
    for offset in COPY_OFFSETS {
        file.write_at(offset, &bytes)
            .map_err(io_error("write", name))?;
    }
    file.sync().map_err(io_error("sync", name))
}

fn read_slot(
    file: &impl DiskFile,
    name: &'static str,
    ledger: &LedgerId,
) -> Result<SlotContents, GuardFileError> {
    let length = file.length().map_err(io_error("read", name))?;
    let mut contents = SlotContents {
        newest: None,
        faults: Vec::new(),
    };
    let mut versions = Vec::new();
    for offset in COPY_OFFSETS {
        let available = length.saturating_sub(offset).min(COPY_DISTANCE);
        // At most a page.
        let mut bytes = vec![0; usize::try_from(available).unwrap_or(0)];
        if !bytes.is_empty() {
            file.read_at(offset, &mut bytes)
                .map_err(io_error("read", name))?;
        }
        match Copy::read(&bytes) {
            Ok(copy) if copy.ledger != *ledger => {
                return Err(GuardFileError::OtherLedger {
                    file: name,
                    found: copy.ledger,
                    expected: *ledger,
                });
            }
            Ok(copy) => {
                let newer = contents
                    .newest
                    .as_ref()
                    .is_none_or(|newest| newest.sequence < copy.sequence);
                if newer {
                    contents.newest = Some(copy);
                }
            }
            Err(CopyFault::Version(version)) => {
                versions.push(version);
                contents
                    .faults
                    .push(format!("{name}, byte {offset}: version {version}"));
            }
            Err(CopyFault::Damaged(error)) => {
                contents
                    .faults
                    .push(format!("{name}, byte {offset}: {error}"));
            }
        }
    }
    // One copy may be rotten in its version; two that agree are another program's.
    match versions.as_slice() {
        [one, two] if one == two => Err(GuardFileError::UnknownVersion {
            file: name,
            version: *one,
            known: GUARD_VERSION,
        }),
        _ => Ok(contents),
    }
}

/// What two slots say together.
fn judge(first: Option<SlotContents>, second: Option<SlotContents>) -> LoadedGuard {
    let mut details = Vec::new();
    let mut absent = 0;
    let mut found = Vec::new();
    for (slot, name) in [first, second].into_iter().zip(SLOT_FILES) {
        match slot {
            None => {
                absent += 1;
                details.push(format!("{name} is not there"));
            }
            Some(contents) => {
                details.extend(contents.faults);
                found.extend(contents.newest);
            }
        }
    }
    let details = details.join("; ");
    found.sort_by_key(|copy| copy.sequence);
    let sequences: Vec<u64> = found.iter().map(|copy| copy.sequence).collect();
    let Some(newest) = found.pop() else {
        return if absent == SLOT_FILES.len() {
            LoadedGuard::Missing
        } else {
            LoadedGuard::Damaged { details }
        };
    };
    let health = match sequences.as_slice() {
        [older, newer] if older.checked_add(1) == Some(*newer) => {
            if details.is_empty() {
                GuardHealth::Intact
            } else {
                GuardHealth::CopiesDamaged { details }
            }
        }
        // Both slots got the same content in the first store, and only one its name yet.
        [only] if absent == 1 && FIRST_SEQUENCES.contains(only) => GuardHealth::Intact,
        [only] => GuardHealth::NewestInDoubt {
            details: format!("only store {only} is left: {details}"),
        },
        numbers => GuardHealth::NewestInDoubt {
            details: format!("the slots hold stores {numbers:?}, which do not follow: {details}"),
        },
    };
    LoadedGuard::Loaded(StoredGuard {
        payload: newest.payload,
        sequence: newest.sequence,
        health,
    })
}

fn io_error(
    operation: &'static str,
    file: &'static str,
) -> impl FnOnce(io::Error) -> GuardFileError {
    move |source| GuardFileError::Io {
        operation,
        file,
        source,
    }
}
