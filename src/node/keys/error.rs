//! What can be wrong with key files.

use std::path::{Path, PathBuf};

use thiserror::Error;

use crate::types::KeyPurpose;

/// Why a key file cannot be read or written.
#[derive(Debug, Error)]
pub enum KeyFileError {
    /// There is one already.
    #[error("{path} exists already, and key files are never overwritten")]
    Exists {
        /// The file.
        path: PathBuf,
    },
    /// There is none.
    #[error("there is no key file {path}")]
    Missing {
        /// The file.
        path: PathBuf,
    },
    /// Others may read it.
    #[error("{path} has mode {mode:04o}: others than its owner may read or change it")]
    TooOpen {
        /// The file.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// It does not hold a seed.
    #[error("{path} is no key file: it has to hold 64 lower-case hexadecimal digits")]
    Malformed {
        /// The file.
        path: PathBuf,
    },
    /// `public.json` is not what it should be.
    #[error("{path} is no document of public keys: {reason}")]
    MalformedPublic {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
    /// `public.json` states another key than the key file has.
    #[error("{path} states another {purpose} key than the key file beside it")]
    Mismatch {
        /// The document.
        path: PathBuf,
        /// Which key.
        purpose: KeyPurpose,
    },
    /// The system refuses.
    #[error("{path}: {source}")]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// The system gives no randomness.
    #[error("the system's random source failed: {reason}")]
    NoRandomness {
        /// What it says.
        reason: String,
    },
}

impl KeyFileError {
    /// What to do about it.
    pub fn way_out(&self) -> String {
        match self {
            Self::Exists { .. } => "use the keys that are there, or name another folder".to_owned(),
            Self::Missing { path } => {
                let folder = path
                    .parent()
                    .filter(|folder| !folder.as_os_str().is_empty());
                let folder = folder.unwrap_or(Path::new("."));
                format!(
                    "compare the name; `waybill keys generate --member MEMBER --folder {}` makes new keys; to keep the node's \
                     identity, bring back the old ones",
                    folder.display()
                )
            }
            Self::TooOpen { path, .. } => format!(
                "chmod 600 {}; if somebody may have read it, revoke the key and register another",
                path.display()
            ),
            Self::Malformed { .. } => "bring back the file from a copy".to_owned(),
            Self::MalformedPublic { path, .. } | Self::Mismatch { path, .. } => format!(
                "remove {} and run `waybill keys show --member MEMBER`, which reads the key files",
                path.display()
            ),
            Self::Io { .. } => "see to it that the folder exists and belongs to you".to_owned(),
            Self::NoRandomness { .. } => "try again; without randomness no key is safe".to_owned(),
        }
    }
}
