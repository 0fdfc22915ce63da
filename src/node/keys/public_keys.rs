//! The public halves of a folder's keys, as a document that can be handed around.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::crypto::PublicKey;
use crate::types::{KeyPurpose, MemberId, plain_words};

/// The format that this program reads and writes.
pub const PUBLIC_KEYS_FORMAT: &str = "waybill-public-keys/1";

/// The document's file in a keys folder.
pub const PUBLIC_KEYS_FILE: &str = "public.json";

/// Whose keys they are, and the public halves by purpose. Nothing in it is secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PublicKeysDocument {
    /// [`PUBLIC_KEYS_FORMAT`].
    pub format: String,
    /// Whose keys.
    pub member: MemberId,
    /// The member's name for people.
    pub name: String,
    /// By purpose.
    pub keys: BTreeMap<KeyPurpose, PublicKey>,
}

impl PublicKeysDocument {
    /// A document in the current format.
    pub fn new(member: MemberId, name: String, keys: BTreeMap<KeyPurpose, PublicKey>) -> Self {
        Self {
            format: PUBLIC_KEYS_FORMAT.to_owned(),
            member,
            name,
            keys,
        }
    }

    /// Reads a document.
    ///
    /// # Errors
    /// What is wrong, for people.
    pub fn parse(bytes: &[u8]) -> Result<Self, String> {
        let document: Self =
            serde_json::from_slice(bytes).map_err(|error| plain_words::of_json(&error))?;
        if document.format != PUBLIC_KEYS_FORMAT {
            return Err(format!(
                "its format is {:?}, this program reads {PUBLIC_KEYS_FORMAT:?}",
                document.format
            ));
        }
        Ok(document)
    }

    /// The document as indented JSON with a newline at its end.
    pub fn to_json(&self) -> String {
        // Texts and keys always have a JSON form.
        let mut text = serde_json::to_string_pretty(self).unwrap_or_default();
        text.push('\n');
        text
    }
}
