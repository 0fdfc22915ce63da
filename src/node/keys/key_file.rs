//! One key file.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{ErrorKind, Read as _, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use super::KeyFileError;
use crate::crypto::SecretKey;
use crate::types::KeyPurpose;

/// What others than the owner may do with a key file: nothing.
const FORBIDDEN_MODE: u32 = 0o077;

/// Bytes of a key file: 64 digits and a newline.
const KEY_FILE_BYTES: usize = 65;

/// Where the key of a purpose is.
pub fn key_path(folder: &Path, purpose: KeyPurpose) -> PathBuf {
    folder.join(format!("{purpose}.key"))
}

/// Reads a key file.
///
/// # Errors
/// [`KeyFileError`] if it is missing, open to others, or no key file.
pub fn read_key(path: &Path) -> Result<SecretKey, KeyFileError> {
    let io = |source| KeyFileError::Io {
        path: path.to_owned(),
        source,
    };
    let malformed = || KeyFileError::Malformed {
        path: path.to_owned(),
    };
    let mut file = File::open(path).map_err(|error| match error.kind() {
        ErrorKind::NotFound => KeyFileError::Missing {
            path: path.to_owned(),
        },
        _ => io(error),
    })?;
    // Of the open file: a path could mean another one a moment later.
    let metadata = file.metadata().map_err(io)?;
    let mode = metadata.permissions().mode() & 0o7777;
    if mode & FORBIDDEN_MODE != 0 {
        return Err(KeyFileError::TooOpen {
            path: path.to_owned(),
            mode,
        });
    }
    let mut text = Zeroizing::new([0_u8; KEY_FILE_BYTES]);
    if !metadata.is_file() || metadata.len() != KEY_FILE_BYTES as u64 {
        return Err(malformed());
    }
    file.read_exact(text.as_mut_slice()).map_err(io)?;
    let digits = text.strip_suffix(b"\n").ok_or_else(malformed)?;
    if digits.iter().any(u8::is_ascii_uppercase) {
        return Err(malformed());
    }
    let mut seed = Zeroizing::new([0_u8; 32]);
    hex::decode_to_slice(digits, seed.as_mut_slice()).map_err(|_| malformed())?;
    Ok(SecretKey::from_seed(*seed))
}

/// Writes a new key file, synced to disk. Its folder is made if need be, with mode 0700.
///
/// # Errors
/// [`KeyFileError::Exists`] if there is one; [`KeyFileError::Io`].
pub fn write_key(path: &Path, key: &SecretKey) -> Result<(), KeyFileError> {
    let io = |source| KeyFileError::Io {
        path: path.to_owned(),
        source,
    };
    let folder = match path.parent() {
        Some(folder) if folder != Path::new("") => folder,
        _ => Path::new("."),
    };
    if !folder.exists() {
        DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(folder)
            .map_err(io)?;
    }
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)
        .map_err(|error| match error.kind() {
            ErrorKind::AlreadyExists => KeyFileError::Exists {
                path: path.to_owned(),
            },
            _ => io(error),
        })?;
    let seed = key.seed();
    let mut text = Zeroizing::new([b'\n'; KEY_FILE_BYTES]);
    let written = match text.get_mut(..KEY_FILE_BYTES - 1) {
        Some(digits) => hex::encode_to_slice(seed.as_slice(), digits).is_ok(),
        None => false,
    };
    if !written {
        return Err(KeyFileError::Malformed {
            path: path.to_owned(),
        });
    }
    file.write_all(text.as_slice()).map_err(io)?;
    file.sync_all().map_err(io)?;
    fs::File::open(folder)
        .and_then(|folder| folder.sync_all())
        .map_err(io)
}

/// Draws a key from the system's random source and writes its file.
///
/// # Errors
/// As [`write_key`]; [`KeyFileError::NoRandomness`].
pub fn generate_key(path: &Path) -> Result<SecretKey, KeyFileError> {
    let mut seed = Zeroizing::new([0_u8; 32]);
    getrandom::fill(seed.as_mut_slice()).map_err(|error| KeyFileError::NoRandomness {
        reason: error.to_string(),
    })?;
    let key = SecretKey::from_seed(*seed);
    write_key(path, &key)?;
    Ok(key)
}
