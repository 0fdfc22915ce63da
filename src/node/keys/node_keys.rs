//! The keys of a node.

use std::collections::BTreeMap;
use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::path::Path;

use super::key_file::{generate_key, key_path, read_key};
use super::{KeyFileError, PUBLIC_KEYS_FILE, PublicKeysDocument};
use crate::crypto::{PublicKey, SecretKey};
use crate::types::{KeyPurpose, MemberId};

/// The purposes for which a new folder gets a key.
pub const PURPOSES: [KeyPurpose; 6] = [
    KeyPurpose::Consensus,
    KeyPurpose::Network,
    KeyPurpose::Log,
    KeyPurpose::Cosigner,
    KeyPurpose::Writer,
    KeyPurpose::Gateway,
];

/// The purposes without which no validator runs. A writer's key may be elsewhere: it is the
/// member's, not the node's.
pub const NODE_PURPOSES: [KeyPurpose; 4] = [
    KeyPurpose::Consensus,
    KeyPurpose::Network,
    KeyPurpose::Log,
    KeyPurpose::Cosigner,
];

/// The secret keys that a node runs with.
#[derive(Debug)]
pub struct NodeKeys {
    /// Signs votes, proposals, batches and acknowledgements.
    pub consensus: SecretKey,
    /// The libp2p identity.
    pub network: SecretKey,
    /// Signs checkpoints as the log.
    pub log: SecretKey,
    /// Cosigns checkpoints.
    pub cosigner: SecretKey,
}

impl NodeKeys {
    /// Reads the four key files of a folder.
    ///
    /// # Errors
    /// [`KeyFileError`] of the first that cannot be read.
    pub fn load(folder: &Path) -> Result<Self, KeyFileError> {
        let read = |purpose| read_key(&key_path(folder, purpose));
        Ok(Self {
            consensus: read(KeyPurpose::Consensus)?,
            network: read(KeyPurpose::Network)?,
            log: read(KeyPurpose::Log)?,
            cosigner: read(KeyPurpose::Cosigner)?,
        })
    }

    /// The public halves, by purpose.
    pub fn public_keys(&self) -> BTreeMap<KeyPurpose, PublicKey> {
        BTreeMap::from([
            (KeyPurpose::Consensus, self.consensus.public_key()),
            (KeyPurpose::Network, self.network.public_key()),
            (KeyPurpose::Log, self.log.public_key()),
            (KeyPurpose::Cosigner, self.cosigner.public_key()),
        ])
    }
}

/// Makes a key for each of the purposes, and the document of their public halves.
///
/// # Errors
/// [`KeyFileError::Exists`] if any of the files is there already: then nothing is written.
pub fn generate_keys(
    folder: &Path,
    member: MemberId,
    name: String,
    purposes: &[KeyPurpose],
) -> Result<PublicKeysDocument, KeyFileError> {
    let document_path = folder.join(PUBLIC_KEYS_FILE);
    let mut paths = purposes
        .iter()
        .map(|purpose| key_path(folder, *purpose))
        .chain([document_path.clone()]);
    if let Some(path) = paths.find(|path| path.symlink_metadata().is_ok()) {
        return Err(KeyFileError::Exists { path });
    }
    let mut keys = BTreeMap::new();
    for purpose in purposes {
        let key = generate_key(&key_path(folder, *purpose))?;
        keys.insert(*purpose, key.public_key());
    }
    let document = PublicKeysDocument::new(member, name, keys);
    let io = |source| KeyFileError::Io {
        path: document_path.clone(),
        source,
    };
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .open(&document_path)
        .map_err(io)?;
    file.write_all(document.to_json().as_bytes()).map_err(io)?;
    file.sync_all().map_err(io)?;
    Ok(document)
}

/// The public halves of the key files of a folder. `public.json` tells whose they are, unless
/// `member` does.
///
/// # Errors
/// [`KeyFileError`]: no key file at all, one that cannot be read, or a `public.json` that does not fit.
pub fn read_public_keys(
    folder: &Path,
    member: Option<&MemberId>,
) -> Result<PublicKeysDocument, KeyFileError> {
    let mut keys = BTreeMap::new();
    for purpose in KeyPurpose::ALL {
        match read_key(&key_path(folder, purpose)) {
            Ok(key) => {
                keys.insert(purpose, key.public_key());
            }
            Err(KeyFileError::Missing { .. }) => {}
            Err(error) => return Err(error),
        }
    }
    if keys.is_empty() {
        return Err(KeyFileError::Missing {
            path: key_path(folder, KeyPurpose::Consensus),
        });
    }
    let path = folder.join(PUBLIC_KEYS_FILE);
    if !path.exists() {
        let member = member
            .cloned()
            .ok_or_else(|| KeyFileError::MalformedPublic {
                path: path.clone(),
                reason: "it is missing, and no --member says whose keys these are".to_owned(),
            })?;
        let name = member.to_string();
        return Ok(PublicKeysDocument::new(member, name, keys));
    }
    let bytes = fs::read(&path).map_err(|source| KeyFileError::Io {
        path: path.clone(),
        source,
    })?;
    let malformed = |reason| KeyFileError::MalformedPublic {
        path: path.clone(),
        reason,
    };
    let document = PublicKeysDocument::parse(&bytes).map_err(malformed)?;
    if let Some(member) = member.filter(|member| **member != document.member) {
        return Err(malformed(format!(
            "it is of member {}, not of {member}",
            document.member
        )));
    }
    for (purpose, key) in &keys {
        if document
            .keys
            .get(purpose)
            .is_some_and(|stated| stated != key)
        {
            return Err(KeyFileError::Mismatch {
                path,
                purpose: *purpose,
            });
        }
    }
    Ok(PublicKeysDocument { keys, ..document })
}
