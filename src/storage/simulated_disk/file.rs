//! The disk and its files as [`Disk`] and [`DiskFile`].

use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::choices::Choices;
use super::machine::{FaultPlan, Machine};
use crate::storage::disk::{Disk, DiskFile};

/// A folder on a simulated disk. Clones are the same folder.
#[derive(Clone, Debug, Default)]
pub struct SimulatedDisk(Arc<Mutex<Machine>>);

impl SimulatedDisk {
    /// An empty folder on a disk without faults.
    pub fn new() -> Self {
        Self::default()
    }

    /// A copy that shares nothing with this one.
    pub fn fork(&self) -> Self {
        Self(Arc::new(Mutex::new(self.machine().clone())))
    }

    /// Sets the faults from now on, and counts operations from 0 again.
    pub fn plan(&self, plan: FaultPlan) {
        self.machine().plan(plan);
    }

    /// How many operations that change something there were since the plan was set.
    pub fn operations(&self) -> u64 {
        self.machine().operations()
    }

    /// Cuts the power if it is still on, and switches it on again. `choices` decides what is left.
    /// Files that were open are of no use any more; the plan is without faults again.
    pub fn restart(&self, choices: &mut impl Choices) {
        self.machine().restart(choices);
    }

    /// Flips the bits of `mask` in one byte of a file.
    ///
    /// # Errors
    /// [`io::Error`] if there is no such file.
    pub fn rot(&self, name: &str, offset: usize, mask: u8) -> io::Result<()> {
        self.machine().tamper(name, |contents| {
            if let Some(byte) = contents.get_mut(offset) {
                *byte ^= mask;
            }
        })
    }

    /// Puts other contents in a file's place.
    ///
    /// # Errors
    /// [`io::Error`] if there is no such file.
    pub fn replace(&self, name: &str, contents: &[u8]) -> io::Result<()> {
        self.machine().tamper(name, |file| {
            file.clear();
            file.extend_from_slice(contents);
        })
    }

    /// Loses a file.
    pub fn lose(&self, name: &str) {
        self.machine().lose(name);
    }

    /// What a file holds, as a process sees it.
    ///
    /// # Errors
    /// [`io::Error`] if there is no such file.
    pub fn contents(&self, name: &str) -> io::Result<Vec<u8>> {
        let machine = self.machine();
        let inode = machine.open(name)?;
        machine.contents(inode).map(<[u8]>::to_vec)
    }

    fn machine(&self) -> MutexGuard<'_, Machine> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn file(&self, inode: usize) -> SimulatedFile {
        SimulatedFile {
            disk: self.clone(),
            boot: self.machine().boot,
            inode,
        }
    }
}

impl Disk for SimulatedDisk {
    type File = SimulatedFile;

    fn list(&self) -> io::Result<Vec<String>> {
        self.machine().list()
    }

    fn create(&self, name: &str) -> io::Result<SimulatedFile> {
        let inode = self.machine().create(name)?;
        Ok(self.file(inode))
    }

    fn open(&self, name: &str) -> io::Result<SimulatedFile> {
        let inode = self.machine().open(name)?;
        Ok(self.file(inode))
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        self.machine().rename(from, to)
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        self.machine().remove(name)
    }

    fn sync_folder(&self) -> io::Result<()> {
        self.machine().sync_folder()
    }
}

/// An open file on a simulated disk.
#[derive(Debug)]
pub struct SimulatedFile {
    disk: SimulatedDisk,
    boot: u64,
    inode: usize,
}

impl SimulatedFile {
    fn machine(&self) -> io::Result<MutexGuard<'_, Machine>> {
        let machine = self.disk.machine();
        if machine.boot != self.boot {
            return Err(io::Error::other("the file was open before the power cut"));
        }
        Ok(machine)
    }
}

impl DiskFile for SimulatedFile {
    fn length(&self) -> io::Result<u64> {
        Ok(self.machine()?.contents(self.inode)?.len() as u64)
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<()> {
        let machine = self.machine()?;
        let contents = machine.contents(self.inode)?;
        let begin = usize::try_from(offset).unwrap_or(usize::MAX);
        let end = begin.saturating_add(buffer.len());
        let read = contents
            .get(begin..end)
            .ok_or(io::ErrorKind::UnexpectedEof)?;
        buffer.copy_from_slice(read);
        Ok(())
    }

    fn append(&mut self, bytes: &[u8]) -> io::Result<()> {
        let mut machine = self.machine()?;
        let end = machine.contents(self.inode)?.len() as u64;
        machine.write(self.inode, end, bytes)
    }

    fn write_at(&mut self, offset: u64, bytes: &[u8]) -> io::Result<()> {
        self.machine()?.write(self.inode, offset, bytes)
    }

    fn truncate(&mut self, length: u64) -> io::Result<()> {
        self.machine()?.truncate(self.inode, length)
    }

    fn sync(&mut self) -> io::Result<()> {
        self.machine()?.sync(self.inode)
    }
}
