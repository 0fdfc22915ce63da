//! The proofs that whoever hands keys around has them, as a document for the governing members.

use std::collections::BTreeMap;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::key_file::{key_path, read_key};
use super::{KeyFileError, PublicKeysDocument};
use crate::crypto::{PublicKey, Signature};
use crate::types::{KeyProof, KeyPurpose, LedgerId, MemberId, ProvenKey, plain_words};

/// The format that this program reads and writes.
pub const KEY_PROOFS_FORMAT: &str = "waybill-key-proofs/1";

/// Whose keys they are, on which ledger, with a proof for each. Nothing in it is secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct KeyProofsDocument {
    /// [`KEY_PROOFS_FORMAT`].
    pub format: String,
    /// The ledger that the proofs are for.
    pub ledger: LedgerId,
    /// Whose keys.
    pub member: MemberId,
    /// The member's name for people.
    pub name: String,
    /// By purpose.
    pub keys: BTreeMap<KeyPurpose, ProvenKeyText>,
}

/// A key and its proof, as hexadecimal digits.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ProvenKeyText {
    /// The key.
    pub key: PublicKey,
    /// Its own signature.
    pub proof: String,
}

impl ProvenKeyText {
    /// The key with its proof as texts.
    pub fn of(key: &ProvenKey) -> Self {
        Self {
            key: key.key,
            proof: hex::encode(key.proof.0.as_bytes()),
        }
    }
}

impl KeyProofsDocument {
    /// Signs with every key of a folder whose public half the document names.
    ///
    /// # Errors
    /// [`KeyFileError`] of the first that cannot be read.
    pub fn sign(
        folder: &Path,
        keys: &PublicKeysDocument,
        ledger: LedgerId,
    ) -> Result<Self, KeyFileError> {
        let mut proven = BTreeMap::new();
        for purpose in keys.keys.keys().copied() {
            let secret = read_key(&key_path(folder, purpose))?;
            let proof = KeyProof::sign(&secret, &ledger, &keys.member, purpose);
            let key = secret.public_key();
            let key = ProvenKey {
                purpose,
                key,
                proof,
            };
            proven.insert(purpose, ProvenKeyText::of(&key));
        }
        Ok(Self {
            format: KEY_PROOFS_FORMAT.to_owned(),
            ledger,
            member: keys.member.clone(),
            name: keys.name.clone(),
            keys: proven,
        })
    }

    /// Reads a document and checks every proof.
    ///
    /// # Errors
    /// What is wrong, for people.
    pub fn parse(bytes: &[u8]) -> Result<Self, String> {
        let document: Self =
            serde_json::from_slice(bytes).map_err(|error| plain_words::of_json(&error))?;
        if document.format != KEY_PROOFS_FORMAT {
            return Err(format!(
                "its format is {:?}, this program reads {KEY_PROOFS_FORMAT:?}",
                document.format
            ));
        }
        for (purpose, stated) in &document.keys {
            let proof = Signature::from_hex(&stated.proof).map_err(|error| error.to_string())?;
            KeyProof(proof)
                .verify(&stated.key, &document.ledger, &document.member, *purpose)
                .map_err(|error| {
                    format!("the proof of its {purpose} key does not verify: {error}")
                })?;
        }
        Ok(document)
    }
}
