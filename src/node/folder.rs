//! What is where in a node's data folder.

use std::path::{Path, PathBuf};

/// A node's data folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DataFolder(PathBuf);

impl DataFolder {
    /// The folder at a path; nothing is touched.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self(path.into())
    }

    /// The folder itself.
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// Where the ledger store is.
    pub fn store(&self) -> PathBuf {
        self.0.join("store")
    }

    /// Where the capture jobs are.
    pub fn captures(&self) -> PathBuf {
        self.0.join("captures")
    }

    /// Where the consensus log and the sign guard are.
    pub fn consensus(&self) -> PathBuf {
        self.0.join("consensus")
    }
}
