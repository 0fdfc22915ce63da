//! A folder of files as the consensus log and the sign guard see it, so that the same code runs on
//! a real disk and on a simulated one that loses power.

use std::{fmt, io};

/// A folder. Names are plain file names, without a path.
///
/// What these calls promise is what POSIX does, no more: nothing is durable before the file is
/// synced, and no name, new, changed or removed, before the folder is.
///
/// # Errors
/// Every method gives [`io::Error`]; after an error of a write or a sync the caller must not trust
/// the file's contents any more (a later sync may say yes although pages were dropped).
pub trait Disk: fmt::Debug {
    /// An open file.
    type File: DiskFile;

    /// The names of the files in the folder, in no order.
    fn list(&self) -> io::Result<Vec<String>>;

    /// Creates an empty file; an error if the name is taken.
    fn create(&self, name: &str) -> io::Result<Self::File>;

    /// Opens a file that exists, for reading and writing.
    fn open(&self, name: &str) -> io::Result<Self::File>;

    /// Gives a file another name; what had that name is gone.
    fn rename(&self, from: &str, to: &str) -> io::Result<()>;

    /// Removes a file.
    fn remove(&self, name: &str) -> io::Result<()>;

    /// Waits until all changes of names are durable.
    fn sync_folder(&self) -> io::Result<()>;
}

/// An open file.
///
/// # Errors
/// As [`Disk`].
pub trait DiskFile: fmt::Debug {
    /// How many bytes it has.
    fn length(&self) -> io::Result<u64>;

    /// Fills `buffer` from `offset` on; an error if the file ends before.
    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<()>;

    /// Writes behind the last byte.
    fn append(&mut self, bytes: &[u8]) -> io::Result<()>;

    /// Overwrites from `offset` on, and extends the file if need be.
    fn write_at(&mut self, offset: u64, bytes: &[u8]) -> io::Result<()>;

    /// Cuts the file to `length` bytes.
    fn truncate(&mut self, length: u64) -> io::Result<()>;

    /// Waits until what was written is durable.
    fn sync(&mut self) -> io::Result<()>;
}
