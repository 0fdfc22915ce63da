//! The state of a simulated disk: what is seen, what is durable, and what lies between.

use std::collections::BTreeMap;
use std::io;

use super::choices::Choices;

/// What a disk writes whole or not at all, in bytes.
pub const SECTOR_BYTES: u64 = 512;

/// How a power cut can tear a write.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Tearing {
    /// Between sectors only, as disks promise.
    #[default]
    Sectors,
    /// Anywhere.
    EveryByte,
}

/// An operation that fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FailingOperation {
    /// Which: its number among the changes since the start, from 0.
    pub at: u64,
    /// How.
    pub error: io::ErrorKind,
}

/// The faults of one run, until the next restart. Operations that change something (create, rename,
/// remove, append, write, truncate, and syncs) are numbered from 0; reading does not count.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FaultPlan {
    /// The operation during which the power is cut.
    pub power_cut_at: Option<u64>,
    /// Operations that fail.
    pub failing: Vec<FailingOperation>,
    /// How many bytes all files may have together.
    pub capacity_bytes: Option<u64>,
    /// How a power cut tears writes.
    pub tearing: Tearing,
}

/// A change of a file's contents.
#[derive(Clone, Debug)]
enum Change {
    Write { offset: u64, bytes: Vec<u8> },
    Truncate { length: u64 },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Durability {
    /// The next sync makes it durable.
    Pending,
    /// A sync failed: only chance makes it durable.
    Abandoned,
    Durable,
}

/// A file's contents.
#[derive(Clone, Debug, Default)]
struct Inode {
    base: Vec<u8>,
    changes: Vec<(Change, Durability)>,
    seen: Vec<u8>,
}

impl Inode {
    fn change(&mut self, change: Change) {
        apply(&mut self.seen, &change);
        self.changes.push((change, Durability::Pending));
    }

    fn settle(&mut self, to: Durability) {
        for (_, durability) in &mut self.changes {
            if *durability == Durability::Pending {
                *durability = to;
            }
        }
        if self.changes.iter().all(|(_, d)| *d == Durability::Durable) {
            self.base.clone_from(&self.seen);
            self.changes.clear();
        }
    }

    /// What a power cut leaves of it.
    fn after_power_cut(&self, tearing: Tearing, choices: &mut impl Choices) -> Self {
        let mut bytes = self.base.clone();
        for (change, durability) in &self.changes {
            match (durability, change) {
                (Durability::Durable, change) => apply(&mut bytes, change),
                (_, Change::Truncate { .. }) => {
                    if choices.choose(2) > 0 {
                        apply(&mut bytes, change);
                    }
                }
                (
                    _,
                    Change::Write {
                        offset,
                        bytes: written,
                    },
                ) => {
                    for (at, sector) in sectors(*offset, written) {
                        let kept = match tearing {
                            Tearing::Sectors if choices.choose(2) == 0 => 0,
                            Tearing::Sectors => sector.len(),
                            Tearing::EveryByte => choices.choose(sector.len() + 1),
                        };
                        if let Some(kept) = sector.get(..kept.min(sector.len()))
                            && !kept.is_empty()
                        {
                            overwrite(&mut bytes, at, kept);
                        }
                    }
                }
            }
        }
        Self {
            seen: bytes.clone(),
            base: bytes,
            changes: Vec::new(),
        }
    }
}

fn apply(contents: &mut Vec<u8>, change: &Change) {
    match change {
        Change::Write { offset, bytes } => overwrite(contents, *offset, bytes),
        Change::Truncate { length } => contents.resize(index(*length), 0),
    }
}

fn overwrite(contents: &mut Vec<u8>, offset: u64, bytes: &[u8]) {
    let begin = index(offset);
    let end = begin + bytes.len();
    if contents.len() < end {
        contents.resize(end, 0);
    }
    if let Some(place) = contents.get_mut(begin..end) {
        place.copy_from_slice(bytes);
    }
}

/// A written range, divided where sectors end.
fn sectors(offset: u64, mut bytes: &[u8]) -> Vec<(u64, &[u8])> {
    let mut at = offset;
    let mut pieces = Vec::new();
    while !bytes.is_empty() {
        let room = index(SECTOR_BYTES - at % SECTOR_BYTES);
        let (sector, rest) = bytes.split_at(room.min(bytes.len()));
        pieces.push((at, sector));
        at += sector.len() as u64;
        bytes = rest;
    }
    pieces
}

fn index(offset: u64) -> usize {
    usize::try_from(offset).unwrap_or(usize::MAX)
}

/// A change of the folder.
#[derive(Clone, Debug)]
enum NameChange {
    Create { name: String, inode: usize },
    Rename { from: String, to: String },
    Remove { name: String },
}

fn apply_name(names: &mut BTreeMap<String, usize>, change: &NameChange) {
    match change {
        NameChange::Create { name, inode } => {
            names.insert(name.clone(), *inode);
        }
        NameChange::Rename { from, to } => {
            if let Some(inode) = names.remove(from) {
                names.insert(to.clone(), inode);
            }
        }
        NameChange::Remove { name } => {
            names.remove(name);
        }
    }
}

/// The whole disk.
#[derive(Clone, Debug, Default)]
pub(super) struct Machine {
    plan: FaultPlan,
    operations: u64,
    /// Counts restarts: a file opened before one is of no use after it.
    pub(super) boot: u64,
    is_down: bool,
    inodes: Vec<Inode>,
    durable_names: BTreeMap<String, usize>,
    name_changes: Vec<(NameChange, Durability)>,
    names: BTreeMap<String, usize>,
}

/// What an operation meets.
enum Meeting {
    Nothing,
    Failure(io::Error),
    PowerCut,
}

impl Machine {
    pub(super) fn plan(&mut self, plan: FaultPlan) {
        self.plan = plan;
        self.operations = 0;
    }

    pub(super) fn operations(&self) -> u64 {
        self.operations
    }

    pub(super) fn restart(&mut self, choices: &mut impl Choices) {
        let mut names = self.durable_names.clone();
        for (change, durability) in &self.name_changes {
            if *durability == Durability::Durable || choices.choose(2) > 0 {
                apply_name(&mut names, change);
            }
        }
        let tearing = self.plan.tearing;
        let mut inodes = Vec::new();
        for inode in names.values_mut() {
            let left = self
                .inodes
                .get(*inode)
                .cloned()
                .unwrap_or_default()
                .after_power_cut(tearing, choices);
            *inode = inodes.len();
            inodes.push(left);
        }
        *self = Self {
            boot: self.boot + 1,
            inodes,
            durable_names: names.clone(),
            names,
            ..Self::default()
        };
    }

    fn meet(&mut self) -> Meeting {
        if self.is_down {
            return Meeting::PowerCut;
        }
        let number = self.operations;
        self.operations += 1;
        if self.plan.power_cut_at == Some(number) {
            self.is_down = true;
            return Meeting::PowerCut;
        }
        let failing = self.plan.failing.iter().find(|fault| fault.at == number);
        failing.map_or(Meeting::Nothing, |fault| {
            Meeting::Failure(io::Error::from(fault.error))
        })
    }

    /// Does a change that a power cut interrupts, or that fails as a whole.
    fn run<T>(&mut self, change: impl FnOnce(&mut Self) -> io::Result<T>) -> io::Result<T> {
        let was_down = self.is_down;
        match self.meet() {
            Meeting::Failure(error) => Err(error),
            Meeting::Nothing => change(self),
            Meeting::PowerCut if was_down => Err(power_is_off()),
            // Begun: chance decides whether it took place.
            Meeting::PowerCut => change(self).and(Err(power_is_off())),
        }
    }

    fn run_sync(&mut self, settle: impl FnOnce(&mut Self, Durability)) -> io::Result<()> {
        match self.meet() {
            Meeting::PowerCut => Err(power_is_off()),
            Meeting::Nothing => {
                settle(self, Durability::Durable);
                Ok(())
            }
            Meeting::Failure(error) => {
                settle(self, Durability::Abandoned);
                Err(error)
            }
        }
    }

    fn change_name(&mut self, change: NameChange) {
        apply_name(&mut self.names, &change);
        self.name_changes.push((change, Durability::Pending));
    }

    pub(super) fn list(&self) -> io::Result<Vec<String>> {
        self.check_power()?;
        Ok(self.names.keys().cloned().collect())
    }

    pub(super) fn create(&mut self, name: &str) -> io::Result<usize> {
        self.run(|machine| {
            if machine.names.contains_key(name) {
                return Err(io::ErrorKind::AlreadyExists.into());
            }
            let inode = machine.inodes.len();
            machine.inodes.push(Inode::default());
            machine.change_name(NameChange::Create {
                name: name.to_owned(),
                inode,
            });
            Ok(inode)
        })
    }

    pub(super) fn open(&self, name: &str) -> io::Result<usize> {
        self.check_power()?;
        self.names
            .get(name)
            .copied()
            .ok_or_else(|| io::ErrorKind::NotFound.into())
    }

    pub(super) fn rename(&mut self, from: &str, to: &str) -> io::Result<()> {
        self.run(|machine| {
            if !machine.names.contains_key(from) {
                return Err(io::ErrorKind::NotFound.into());
            }
            machine.change_name(NameChange::Rename {
                from: from.to_owned(),
                to: to.to_owned(),
            });
            Ok(())
        })
    }

    pub(super) fn remove(&mut self, name: &str) -> io::Result<()> {
        self.run(|machine| {
            if !machine.names.contains_key(name) {
                return Err(io::ErrorKind::NotFound.into());
            }
            machine.change_name(NameChange::Remove {
                name: name.to_owned(),
            });
            Ok(())
        })
    }

    pub(super) fn sync_folder(&mut self) -> io::Result<()> {
        self.run_sync(|machine, to| {
            for (_, durability) in &mut machine.name_changes {
                if *durability == Durability::Pending {
                    *durability = to;
                }
            }
            let changes = &machine.name_changes;
            if changes.iter().all(|(_, d)| *d == Durability::Durable) {
                machine.durable_names.clone_from(&machine.names);
                machine.name_changes.clear();
            }
        })
    }

    pub(super) fn contents(&self, inode: usize) -> io::Result<&[u8]> {
        self.check_power()?;
        Ok(self.inodes.get(inode).map_or(&[], |inode| &inode.seen))
    }

    pub(super) fn write(&mut self, inode: usize, offset: u64, bytes: &[u8]) -> io::Result<()> {
        self.run(|machine| {
            let used: u64 = machine
                .names
                .values()
                .filter_map(|inode| machine.inodes.get(*inode))
                .map(|inode| inode.seen.len() as u64)
                .sum();
            let capacity = machine.plan.capacity_bytes.unwrap_or(u64::MAX);
            let Some(file) = machine.inodes.get_mut(inode) else {
                return Err(io::ErrorKind::NotFound.into());
            };
            let overwritten = (file.seen.len() as u64).saturating_sub(offset);
            let room = index(capacity.saturating_sub(used).saturating_add(overwritten));
            let fitting = bytes.get(..room).unwrap_or(bytes);
            file.change(Change::Write {
                offset,
                bytes: fitting.to_vec(),
            });
            if fitting.len() < bytes.len() {
                return Err(io::ErrorKind::StorageFull.into());
            }
            Ok(())
        })
    }

    pub(super) fn truncate(&mut self, inode: usize, length: u64) -> io::Result<()> {
        self.run(|machine| {
            if let Some(file) = machine.inodes.get_mut(inode) {
                file.change(Change::Truncate { length });
            }
            Ok(())
        })
    }

    pub(super) fn sync(&mut self, inode: usize) -> io::Result<()> {
        self.run_sync(|machine, to| {
            if let Some(file) = machine.inodes.get_mut(inode) {
                file.settle(to);
            }
        })
    }

    /// Changes a file behind everybody's back, durably.
    pub(super) fn tamper(&mut self, name: &str, change: impl Fn(&mut Vec<u8>)) -> io::Result<()> {
        let inode = self.open(name)?;
        if let Some(file) = self.inodes.get_mut(inode) {
            change(&mut file.base);
            change(&mut file.seen);
        }
        Ok(())
    }

    pub(super) fn lose(&mut self, name: &str) {
        self.names.remove(name);
        self.durable_names.remove(name);
    }

    fn check_power(&self) -> io::Result<()> {
        if self.is_down {
            return Err(power_is_off());
        }
        Ok(())
    }
}

fn power_is_off() -> io::Error {
    io::Error::other("the power is off")
}
