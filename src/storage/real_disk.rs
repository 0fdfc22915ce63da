//! The folder of a real file system.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use super::disk::{Disk, DiskFile};

/// A folder of the file system.
#[derive(Clone, Debug)]
pub struct RealDisk {
    folder: PathBuf,
}

impl RealDisk {
    /// The folder at a path; it is made if it is not there, and durably so.
    ///
    /// # Errors
    /// [`io::Error`] if it cannot be made.
    pub fn open(folder: impl Into<PathBuf>) -> io::Result<Self> {
        let folder = folder.into();
        if !folder.is_dir() {
            fs::create_dir_all(&folder)?;
            if let Some(parent) = folder.parent().filter(|path| path.is_dir()) {
                sync_folder(parent)?;
            }
        }
        Ok(Self { folder })
    }

    /// Where it is.
    pub fn folder(&self) -> &Path {
        &self.folder
    }
}

/// A folder is synced through a handle of its own; that this is refused is not known of any file
/// system that a node should run on.
fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

impl Disk for RealDisk {
    type File = RealFile;

    fn list(&self) -> io::Result<Vec<String>> {
        let mut names = Vec::new();
        for entry in fs::read_dir(&self.folder)? {
            let entry = entry?;
            // A name that is not UTF-8 is none of ours.
            if let Ok(name) = entry.file_name().into_string()
                && entry.file_type()?.is_file()
            {
                names.push(name);
            }
        }
        Ok(names)
    }

    fn create(&self, name: &str) -> io::Result<RealFile> {
        OpenOptions::new()
            .read(true)
            .write(true)
            .create_new(true)
            .open(self.folder.join(name))
            .map(RealFile)
    }

    fn open(&self, name: &str) -> io::Result<RealFile> {
        OpenOptions::new()
            .read(true)
            .write(true)
            .open(self.folder.join(name))
            .map(RealFile)
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        fs::rename(self.folder.join(from), self.folder.join(to))
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        fs::remove_file(self.folder.join(name))
    }

    fn sync_folder(&self) -> io::Result<()> {
        sync_folder(&self.folder)
    }
}

/// A file of the file system.
#[derive(Debug)]
pub struct RealFile(File);

impl DiskFile for RealFile {
    fn length(&self) -> io::Result<u64> {
        Ok(self.0.metadata()?.len())
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<()> {
        let mut file = &self.0;
        file.seek(SeekFrom::Start(offset))?;
        file.read_exact(buffer)
    }

    fn append(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.0.seek(SeekFrom::End(0))?;
        self.0.write_all(bytes)
    }

    fn write_at(&mut self, offset: u64, bytes: &[u8]) -> io::Result<()> {
        self.0.seek(SeekFrom::Start(offset))?;
        self.0.write_all(bytes)
    }

    fn truncate(&mut self, length: u64) -> io::Result<()> {
        self.0.set_len(length)
    }

    // A changed length counts as data that is needed to read the file back, so this is enough, and
    // saves the write of the times.
    fn sync(&mut self) -> io::Result<()> {
        self.0.sync_data()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_made_written_read_cut_renamed_and_removed() {
        let folder = tempfile::tempdir().unwrap();
        let disk = RealDisk::open(folder.path().join("a/b")).unwrap();
        let mut file = disk.create("one").unwrap();
        assert_eq!(
            disk.create("one").unwrap_err().kind(),
            io::ErrorKind::AlreadyExists
        );
        file.append(b"hello").unwrap();
        file.write_at(1, b"a").unwrap();
        file.append(b"!").unwrap();
        file.sync().unwrap();
        disk.sync_folder().unwrap();
        let mut text = [0; 6];
        disk.open("one").unwrap().read_at(0, &mut text).unwrap();
        assert_eq!(&text, b"hallo!");
        assert_eq!(
            file.read_at(1, &mut text).unwrap_err().kind(),
            io::ErrorKind::UnexpectedEof
        );
        file.truncate(2).unwrap();
        assert_eq!(file.length().unwrap(), 2);
        disk.rename("one", "two").unwrap();
        fs::create_dir(disk.folder().join("a folder")).unwrap();
        assert_eq!(disk.list().unwrap(), ["two"]);
        disk.remove("two").unwrap();
        assert!(disk.list().unwrap().is_empty());
        assert_eq!(
            disk.open("two").unwrap_err().kind(),
            io::ErrorKind::NotFound
        );
    }
}
