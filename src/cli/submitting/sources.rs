//! Reading records from files, folders and standard input, and checking them before they are sent.

use std::fs;
use std::path::{Path, PathBuf};

use bytes::Bytes;
use serde::Serialize;

use crate::cli::Failure;
use crate::cli::files::read_bounded;
use crate::contracts::{self, RecordError, Rulebook, shipped_contracts};
use crate::records::epcis::{MASTER_DATA, PieceKind, split};
use crate::types::limits::MAX_BODY_BYTES;
use crate::types::{Record, RecordKind, SubmissionDocument};

/// Largest input file, in bytes: some hundred thousand events, held in memory as a whole.
const MAX_INPUT_BYTES: u64 = 256 * 1024 * 1024;

/// Most folders within one another: deeper ones are taken for a mistake.
const MAX_FOLDER_DEPTH: usize = 32;

/// The endings of files that a folder is searched for.
const ENDINGS: [&str; 2] = ["json", "jsonld"];

/// What the input is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RecordForm {
    /// EPCIS documents, to be split into events and elements of master data.
    EpcisDocuments,
    /// Each file is the body of one record, byte for byte.
    Bodies {
        /// The records' kind.
        kind: RecordKind,
        /// The version of the kind's format.
        version: u16,
    },
}

/// A record with where it came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceRecord {
    /// The file; `-` for standard input.
    pub file: String,
    /// The place in the file, a JSON pointer.
    pub pointer: String,
    /// The record.
    pub record: Record,
}

/// What is wrong with a record, and where.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Complaint {
    /// The file.
    pub file: String,
    /// The place in the file.
    pub pointer: String,
    /// What is wrong there.
    pub reason: String,
}

/// Reads all records of files, folders (in sorted order, with those in them) and `-`.
///
/// # Errors
/// [`Failure`] of the first input that cannot be read or split.
pub fn read_records(paths: &[PathBuf], form: &RecordForm) -> Result<Vec<SourceRecord>, Failure> {
    let mut files = Vec::new();
    for path in paths {
        if path != Path::new("-") && path.is_dir() {
            let before = files.len();
            list_folder(path, 0, &mut files)?;
            if files.len() == before {
                return Err(Failure::file(
                    path,
                    "there is no .json or .jsonld file in this folder",
                    "name a folder or file with EPCIS 2.0 documents in JSON",
                ));
            }
        } else {
            files.push(path.clone());
        }
    }
    let mut records = Vec::new();
    for file in files {
        read_file(&file, form, &mut records)?;
    }
    Ok(records)
}

fn list_folder(folder: &Path, depth: usize, files: &mut Vec<PathBuf>) -> Result<(), Failure> {
    let cannot =
        |error: std::io::Error| Failure::file(folder, error, "see to it that it can be read");
    if depth > MAX_FOLDER_DEPTH {
        return Err(Failure::file(
            folder,
            format!("it is more than {MAX_FOLDER_DEPTH} folders deep"),
            "name the folder with the documents itself",
        ));
    }
    let mut entries = fs::read_dir(folder)
        .map_err(cannot)?
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<Result<Vec<_>, _>>()
        .map_err(cannot)?;
    entries.sort();
    for path in entries {
        // Links are followed to files only: a link to a folder may lead in a circle.
        let is_folder = path.symlink_metadata().map_err(cannot)?.is_dir();
        let ending = path.extension().and_then(|ending| ending.to_str());
        if is_folder {
            list_folder(&path, depth + 1, files)?;
        } else if ending.is_some_and(|ending| ENDINGS.contains(&ending)) && path.is_file() {
            files.push(path);
        }
    }
    Ok(())
}

fn read_file(
    path: &Path,
    form: &RecordForm,
    records: &mut Vec<SourceRecord>,
) -> Result<(), Failure> {
    let bytes = read_bounded(path, MAX_INPUT_BYTES)?;
    let file = path.display().to_string();
    match form {
        RecordForm::Bodies { kind, version } => records.push(SourceRecord {
            file,
            pointer: String::new(),
            record: Record {
                kind: kind.clone(),
                version: *version,
                body: Bytes::from(bytes),
            },
        }),
        RecordForm::EpcisDocuments => {
            let way_out = "correct the file; it has to be an EPCIS 2.0 document or event in JSON \
                           (--kind sends other records)";
            let text =
                std::str::from_utf8(&bytes).map_err(|error| Failure::file(path, error, way_out))?;
            let kind =
                |name| RecordKind::new(name).map_err(|error| Failure::file(path, error, way_out));
            let (event, master_data) = (kind("epcis.event")?, kind(MASTER_DATA)?);
            // Some tools put a byte order mark before the document; it is no part of any event.
            let text = text.trim_start_matches('\u{feff}');
            let pieces = split(text).map_err(|error| match is_signed(text) {
                true => Failure::file(
                    path,
                    "it is signed already, by `waybill sign`",
                    "POST it to /v1/submissions of a node as it is: `waybill sign --help` shows how",
                ),
                false => Failure::file(path, error, way_out),
            })?;
            records.extend(pieces.into_iter().map(|piece| SourceRecord {
                file: file.clone(),
                pointer: piece.pointer,
                record: Record {
                    kind: match piece.kind {
                        PieceKind::Event => event.clone(),
                        PieceKind::MasterData => master_data.clone(),
                    },
                    version: 1,
                    body: Bytes::from(piece.body),
                },
            }));
        }
    }
    Ok(())
}

/// Whether a text is what `waybill sign` prints.
fn is_signed(text: &str) -> bool {
    serde_json::from_str::<SubmissionDocument>(text).is_ok()
        || serde_json::from_str::<Vec<SubmissionDocument>>(text).is_ok_and(|all| !all.is_empty())
}

/// Checks each record as a node will, as far as that is possible without the ledger's state: by the
/// contracts that come with the program. Kinds that those do not know are left to the node.
pub fn check_records(records: &[SourceRecord]) -> Vec<Complaint> {
    let Ok(rulebook) = Rulebook::of(&shipped_contracts()) else {
        // A test keeps them right; were they not, the node would still judge.
        return Vec::new();
    };
    records
        .iter()
        .filter_map(|source| {
            let (pointer, reason) = fault(&rulebook, &source.record)?;
            Some(Complaint {
                file: source.file.clone(),
                pointer: format!("{}{pointer}", source.pointer),
                reason,
            })
        })
        .collect()
}

fn fault(rulebook: &Rulebook, record: &Record) -> Option<(String, String)> {
    if record.body.len() > MAX_BODY_BYTES {
        let reason = format!(
            "the record has {} bytes, the limit is {MAX_BODY_BYTES}",
            record.body.len()
        );
        return Some((String::new(), reason));
    }
    match contracts::check(rulebook, record) {
        Ok(_) | Err(RecordError::UnknownKind { .. }) => None,
        Err(RecordError::InvalidBody { error, .. }) => Some((error.pointer, error.reason)),
        Err(other) => Some((String::new(), other.to_string())),
    }
}

#[cfg(test)]
mod tests;
