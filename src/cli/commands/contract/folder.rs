//! A contract in its folder.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use crate::cli::Failure;
use crate::cli::files::read_bounded;
use crate::contracts::{ContractExample, ExampleVerdict};
use crate::types::limits::{MAX_BODY_BYTES, MAX_CONTRACT_BYTES, MAX_CONTRACT_FILES};
use crate::types::{ContractBundle, MANIFEST_FILE, README_FILE, plain_words};

/// Most examples that are run.
const MAX_EXAMPLES: usize = 1_000;

/// Largest example, in bytes: a record and an asset with their circumstances.
const MAX_EXAMPLE_BYTES: u64 = 4 * MAX_BODY_BYTES as u64;

/// What to do about a folder that is no contract's.
const FORM: &str = "a contract's folder has contract.toml, README.md and schemas/NAME.json; \
                    contracts/organic-certificate is a worked example";

/// An example with the file it is in.
pub(super) struct ExampleFile {
    pub(super) path: String,
    pub(super) verdict: ExampleVerdict,
    pub(super) example: Result<ContractExample, String>,
}

/// Reads the files that make the contract.
///
/// # Errors
/// [`Failure`] if the folder is not a contract's.
pub(super) fn read_contract(folder: &Path) -> Result<ContractBundle, Failure> {
    let mut files = BTreeMap::new();
    let mut take = |name: String, path: &Path| -> Result<(), Failure> {
        let bytes = read_bounded(path, MAX_CONTRACT_BYTES as u64)?;
        let text = String::from_utf8(bytes)
            .map_err(|_| Failure::file(path, "it is not UTF-8", "save it as UTF-8"))?;
        files.insert(name, text);
        Ok(())
    };
    if !folder.is_dir() {
        return Err(Failure::file(folder, "it is no folder", FORM));
    }
    for name in [MANIFEST_FILE, README_FILE] {
        let path = folder.join(name);
        if !path.is_file() {
            let why = format!("it has no {name}");
            return Err(Failure::file(folder, why, FORM));
        }
        take(name.to_owned(), &path)?;
    }
    for path in list(&folder.join("schemas"), MAX_CONTRACT_FILES)? {
        take(format!("schemas/{}", name_of(&path)), &path)?;
    }
    ContractBundle::new(files).map_err(|error| Failure::file(folder, error, FORM))
}

/// Reads the contract's examples, in order.
///
/// # Errors
/// [`Failure`] if a file cannot be read. One that is no example is among the results.
pub(super) fn read_examples(folder: &Path) -> Result<Vec<ExampleFile>, Failure> {
    let mut examples = Vec::new();
    for (name, verdict) in [
        ("valid", ExampleVerdict::Valid),
        ("invalid", ExampleVerdict::Invalid),
    ] {
        for path in list(&folder.join("examples").join(name), MAX_EXAMPLES)? {
            let bytes = read_bounded(&path, MAX_EXAMPLE_BYTES)?;
            examples.push(ExampleFile {
                path: format!("examples/{name}/{}", name_of(&path)),
                verdict,
                example: serde_json::from_slice(&bytes)
                    .map_err(|error| plain_words::of_json(&error)),
            });
        }
    }
    Ok(examples)
}

/// The files of a folder by name; none if there is no folder.
fn list(folder: &Path, most: usize) -> Result<Vec<PathBuf>, Failure> {
    if !folder.is_dir() {
        return Ok(Vec::new());
    }
    let cannot = |error: std::io::Error| {
        Failure::file(folder, error, "see to it that the folder can be read")
    };
    let mut paths = Vec::new();
    for entry in fs::read_dir(folder).map_err(cannot)? {
        let path = entry.map_err(cannot)?.path();
        // What editors and systems leave behind is no part of a contract.
        if path.is_file() && !name_of(&path).starts_with('.') {
            paths.push(path);
        }
        if paths.len() > most {
            let why = format!("it has more than {most} files");
            return Err(Failure::file(folder, why, "is it the right folder?"));
        }
    }
    paths.sort();
    Ok(paths)
}

fn name_of(path: &Path) -> String {
    let name = path.file_name().unwrap_or_default();
    name.to_string_lossy().into_owned()
}
