//! The files of a contract as they travel and are kept: names and texts.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::codec::{Decode, DecodeError, Encode, Reader, put_bytes, put_length};
use super::ids::ContractDigest;
use super::limits::{MAX_CONTRACT_BYTES, MAX_CONTRACT_FILES, MAX_CONTRACT_PATH_BYTES};
use crate::crypto::Blake3Digest;

/// The file that every contract has: its name, version, kinds of records and rules.
pub const MANIFEST_FILE: &str = "contract.toml";

/// The text for people that every contract has: members vote on what they can read.
pub const README_FILE: &str = "README.md";

/// What the digest of a contract covers first.
const DIGEST_TAG: &[u8] = b"waybill/contract/v1\0";

/// Why files are no contract's files.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum BundleError {
    /// The manifest is missing.
    #[error("a contract has a file {MANIFEST_FILE}")]
    NoManifest,
    /// The text for people is missing.
    #[error("a contract has a file {README_FILE}, which tells its members what it is for")]
    NoReadme,
    /// A file is none of those that a contract has.
    #[error(
        "{path:?} is no file of a contract: it has {MANIFEST_FILE}, {README_FILE} and \
         schemas/NAME.json, with names of letters, digits, dots, hyphens and underscores"
    )]
    UnexpectedFile {
        /// Its path, cut to 100 bytes.
        path: String,
    },
    /// There are too many files.
    #[error("the contract has {count} files, the limit is {MAX_CONTRACT_FILES}")]
    TooManyFiles {
        /// How many.
        count: usize,
    },
    /// The files are too large together.
    #[error("the contract's files have {length} bytes, the limit is {MAX_CONTRACT_BYTES}")]
    TooLarge {
        /// Their bytes.
        length: usize,
    },
}

/// The files of a contract, by their path in its folder: `contract.toml`, `README.md` and
/// `schemas/NAME.json`. Examples stay in the folder. As JSON it is an object of paths and texts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(
    try_from = "BTreeMap<String, String>",
    into = "BTreeMap<String, String>"
)]
pub struct ContractBundle {
    files: BTreeMap<String, String>,
}

impl ContractBundle {
    /// Checks names and sizes, and that people have something to read, not what the files say.
    ///
    /// # Errors
    /// [`BundleError`] with the first thing that is wrong.
    pub fn new(files: BTreeMap<String, String>) -> Result<Self, BundleError> {
        let readme = files.get(README_FILE);
        if files.contains_key(MANIFEST_FILE) && readme.is_none_or(|text| text.trim().is_empty()) {
            return Err(BundleError::NoReadme);
        }
        Self::kept(files)
    }

    /// As [`new`](Self::new), of files that are in force: what they were adopted for stays so, also without a text for
    /// people.
    fn kept(files: BTreeMap<String, String>) -> Result<Self, BundleError> {
        if !files.contains_key(MANIFEST_FILE) {
            return Err(BundleError::NoManifest);
        }
        if files.len() > MAX_CONTRACT_FILES {
            return Err(BundleError::TooManyFiles { count: files.len() });
        }
        if let Some(path) = files.keys().find(|path| !is_contract_file(path)) {
            return Err(BundleError::UnexpectedFile {
                path: path.chars().take(MAX_CONTRACT_PATH_BYTES).collect(),
            });
        }
        let length = files.iter().map(|(path, text)| path.len() + text.len());
        let length = length.sum();
        if length > MAX_CONTRACT_BYTES {
            return Err(BundleError::TooLarge { length });
        }
        Ok(Self { files })
    }

    /// The files with their texts, in order of their paths.
    pub fn files(&self) -> impl Iterator<Item = (&str, &str)> {
        self.files
            .iter()
            .map(|(path, text)| (path.as_str(), text.as_str()))
    }

    /// The text of a file.
    pub fn file(&self, path: &str) -> Option<&str> {
        self.files.get(path).map(String::as_str)
    }

    /// The manifest's text.
    pub fn manifest(&self) -> &str {
        self.file(MANIFEST_FILE).unwrap_or_default()
    }

    /// Names exactly these files: any change of a byte gives another digest.
    pub fn digest(&self) -> ContractDigest {
        ContractDigest(Blake3Digest::of_parts(&[DIGEST_TAG, &self.to_bytes()]))
    }
}

/// Whether a contract may have a file of this path.
fn is_contract_file(path: &str) -> bool {
    let is_schema = path
        .strip_prefix("schemas/")
        .and_then(|name| name.strip_suffix(".json"))
        .is_some_and(|name| {
            !name.is_empty()
                && !name.starts_with('.')
                && name
                    .bytes()
                    .all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte))
        });
    path.len() <= MAX_CONTRACT_PATH_BYTES
        && (is_schema || path == MANIFEST_FILE || path == README_FILE)
}

impl TryFrom<BTreeMap<String, String>> for ContractBundle {
    type Error = BundleError;

    fn try_from(files: BTreeMap<String, String>) -> Result<Self, BundleError> {
        Self::new(files)
    }
}

impl From<ContractBundle> for BTreeMap<String, String> {
    fn from(bundle: ContractBundle) -> Self {
        bundle.files
    }
}

/// The number of files, then path and text of each, in order of their paths.
impl Encode for ContractBundle {
    fn encode(&self, out: &mut Vec<u8>) {
        put_length(out, self.files.len());
        for (path, text) in &self.files {
            put_bytes(out, path.as_bytes());
            put_bytes(out, text.as_bytes());
        }
    }
}

impl Decode for ContractBundle {
    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let count = reader.length("contract files", MAX_CONTRACT_FILES)?;
        let mut files = BTreeMap::new();
        for _ in 0..count {
            let path = reader.text("contract path", MAX_CONTRACT_PATH_BYTES)?;
            let text = reader.text("contract file", MAX_CONTRACT_BYTES)?;
            let is_ordered = files
                .last_key_value()
                .is_none_or(|(last, _): (&String, _)| last.as_str() < path);
            if !is_ordered {
                return Err(DecodeError::invalid(
                    "contract",
                    "its files are not in order of their paths",
                ));
            }
            files.insert(path.to_owned(), text.to_owned());
        }
        Self::kept(files).map_err(|error| DecodeError::invalid("contract", error.to_string()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bundle(files: &[(&str, &str)]) -> Result<ContractBundle, BundleError> {
        let readme = [(README_FILE, "why")];
        let files = files.iter().chain(&readme);
        let files = files.map(|(path, text)| ((*path).to_owned(), (*text).to_owned()));
        ContractBundle::new(files.collect())
    }

    #[test]
    fn a_bundle_survives_bytes_and_json_and_every_byte_counts() {
        let one = bundle(&[(MANIFEST_FILE, "a"), ("schemas/x.json", "{}")]).unwrap();
        assert_eq!(ContractBundle::from_bytes(&one.to_bytes()), Ok(one.clone()));
        let json = serde_json::to_string(&one).unwrap();
        assert_eq!(serde_json::from_str::<ContractBundle>(&json).unwrap(), one);
        let others = [
            bundle(&[(MANIFEST_FILE, "a"), ("schemas/x.json", "{} ")]),
            bundle(&[(MANIFEST_FILE, "a"), ("schemas/y.json", "{}")]),
            bundle(&[(MANIFEST_FILE, "a{}"), ("schemas/x.json", "")]),
        ];
        for other in others {
            assert_ne!(other.unwrap().digest(), one.digest());
        }
    }

    #[test]
    fn strange_files_are_refused() {
        for path in [
            "schemas/../x.json",
            "schemas/a/b.json",
            "schemas/.json",
            "schemas/.x.json",
            "/etc/passwd",
            "examples/valid/a.json",
            "contract.toml ",
        ] {
            let result = bundle(&[(MANIFEST_FILE, ""), (path, "")]);
            assert!(
                matches!(result, Err(BundleError::UnexpectedFile { .. })),
                "{path}"
            );
        }
        assert_eq!(bundle(&[]), Err(BundleError::NoManifest));
        let mut alone = BTreeMap::from([(MANIFEST_FILE.to_owned(), String::new())]);
        assert_eq!(
            ContractBundle::new(alone.clone()),
            Err(BundleError::NoReadme)
        );
        let kept = ContractBundle::kept(alone.clone()).unwrap();
        assert_eq!(ContractBundle::from_bytes(&kept.to_bytes()), Ok(kept));
        alone.insert(README_FILE.to_owned(), " \n".to_owned());
        assert_eq!(ContractBundle::new(alone), Err(BundleError::NoReadme));
        let long = "x".repeat(MAX_CONTRACT_BYTES);
        assert!(matches!(
            bundle(&[(MANIFEST_FILE, &long)]),
            Err(BundleError::TooLarge { .. })
        ));
    }

    #[test]
    fn files_out_of_order_are_not_decoded() {
        let mut bytes = Vec::new();
        for (paths, is_read) in [
            ([README_FILE, MANIFEST_FILE, "schemas/x.json"], true),
            ([README_FILE, "schemas/x.json", MANIFEST_FILE], false),
        ] {
            bytes.clear();
            put_length(&mut bytes, paths.len());
            for path in paths {
                put_bytes(&mut bytes, path.as_bytes());
                put_bytes(&mut bytes, b"");
            }
            assert_eq!(ContractBundle::from_bytes(&bytes).is_ok(), is_read);
        }
    }
}
