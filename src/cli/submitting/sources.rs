//! Reading records from files, folders and standard input, and checking them before they are sent.

use std::fs;
use std::path::{Path, PathBuf};

use bytes::Bytes;
use serde::Serialize;

use super::epcis_document::split;
use crate::cli::Failure;
use crate::cli::files::read_bounded;
use crate::records::{self, RecordError};
use crate::types::limits::MAX_BODY_BYTES;
use crate::types::{Record, RecordKind};

/// Largest input file, in bytes: some hundred thousand events, held in memory as a whole.
const MAX_INPUT_BYTES: u64 = 256 * 1024 * 1024;

/// Most folders within one another: deeper ones are taken for a mistake.
const MAX_FOLDER_DEPTH: usize = 32;

/// The endings of files that a folder is searched for.
const ENDINGS: [&str; 2] = ["json", "jsonld"];

/// What the input is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RecordForm {
    /// EPCIS documents, to be split into events.
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
            let kind = RecordKind::new("epcis.event")
                .map_err(|error| Failure::file(path, error, way_out))?;
            // Some tools put a byte order mark before the document; it is no part of any event.
            let text = text.trim_start_matches('\u{feff}');
            let events = split(text).map_err(|error| Failure::file(path, error, way_out))?;
            records.extend(events.into_iter().map(|event| SourceRecord {
                file: file.clone(),
                pointer: event.pointer,
                record: Record {
                    kind: kind.clone(),
                    version: 1,
                    body: Bytes::from(event.body),
                },
            }));
        }
    }
    Ok(())
}

/// Checks each record as a node will, as far as that is possible without the ledger's state.
pub fn check_records(records: &[SourceRecord]) -> Vec<Complaint> {
    records
        .iter()
        .filter_map(|source| {
            let (pointer, reason) = fault(&source.record)?;
            Some(Complaint {
                file: source.file.clone(),
                pointer: format!("{}{pointer}", source.pointer),
                reason,
            })
        })
        .collect()
}

fn fault(record: &Record) -> Option<(String, String)> {
    if record.body.len() > MAX_BODY_BYTES {
        let reason = format!(
            "the record has {} bytes, the limit is {MAX_BODY_BYTES}",
            record.body.len()
        );
        return Some((String::new(), reason));
    }
    match records::check(record) {
        Ok(_) => None,
        Err(RecordError::InvalidBody { error, .. }) => Some((error.pointer, error.reason)),
        Err(other) => Some((String::new(), other.to_string())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const EVENT: &str = r#"{"@context":"https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld","type":"ObjectEvent","eventTime":"2024-10-02T06:30:00Z","eventTimeZoneOffset":"+00:00","epcList":["urn:epc:id:sscc:7620034.1000000042"],"action":"OBSERVE"}"#;

    #[test]
    fn folders_are_read_in_sorted_order_with_what_is_in_them() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("b")).unwrap();
        for name in ["c.json", "a.jsonld", "b/z.json", "b/note.txt"] {
            fs::write(folder.path().join(name), EVENT).unwrap();
        }
        std::os::unix::fs::symlink(folder.path(), folder.path().join("b/circle")).unwrap();
        let paths = [folder.path().to_owned()];
        let records = read_records(&paths, &RecordForm::EpcisDocuments).unwrap();
        let names: Vec<_> = records
            .iter()
            .map(|record| record.file.rsplit_once('/').unwrap().1)
            .collect();
        assert_eq!(names, ["a.jsonld", "z.json", "c.json"]);
        assert!(
            check_records(&records).is_empty(),
            "{:?}",
            check_records(&records)
        );
    }

    #[test]
    fn other_kinds_are_taken_byte_for_byte() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.json");
        fs::write(&path, " {} \n").unwrap();
        let form = RecordForm::Bodies {
            kind: RecordKind::new("membership.change").unwrap(),
            version: 1,
        };
        let records = read_records(&[path], &form).unwrap();
        assert_eq!(&records[0].record.body[..], b" {} \n");
        assert_eq!(check_records(&records)[0].pointer, "/operation");
    }

    #[test]
    fn complaints_name_file_place_and_reason() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("d.json");
        let bad = EVENT.replace("OBSERVE", "LOOK");
        let document =
            format!(r#"{{"type":"EPCISDocument","epcisBody":{{"eventList":[{EVENT},{bad}]}}}}"#);
        fs::write(&path, document).unwrap();
        let records =
            read_records(std::slice::from_ref(&path), &RecordForm::EpcisDocuments).unwrap();
        let complaints = check_records(&records);
        assert_eq!(complaints.len(), 1);
        assert_eq!(complaints[0].file, path.display().to_string());
        assert_eq!(complaints[0].pointer, "/epcisBody/eventList/1/action");
        assert!(!complaints[0].reason.is_empty());
    }

    #[test]
    fn what_cannot_be_read_or_split_fails_with_its_name() {
        let folder = tempfile::tempdir().unwrap();
        let cases = [folder.path().join("missing.json"), folder.path().to_owned()];
        for path in cases {
            let failure =
                read_records(std::slice::from_ref(&path), &RecordForm::EpcisDocuments).unwrap_err();
            assert!(failure.what.contains(&path.display().to_string()));
        }
        let path = folder.path().join("broken.json");
        for content in [&b"{"[..], b"\xff"] {
            fs::write(&path, content).unwrap();
            assert!(
                read_records(std::slice::from_ref(&path), &RecordForm::EpcisDocuments).is_err()
            );
        }
        fs::write(&path, format!("\u{feff}{EVENT}")).unwrap();
        assert!(read_records(&[path], &RecordForm::EpcisDocuments).is_ok());
    }

    #[test]
    fn a_record_that_is_too_long_or_unknown_is_complained_about() {
        let long = |kind: &str, bytes: usize| SourceRecord {
            file: "f".to_owned(),
            pointer: "/0".to_owned(),
            record: Record {
                kind: RecordKind::new(kind).unwrap(),
                version: 1,
                body: vec![b' '; bytes].into(),
            },
        };
        let complaints = check_records(&[long("epcis.event", MAX_BODY_BYTES + 1), long("a.b", 1)]);
        assert!(complaints[0].reason.contains("61440"), "{complaints:?}");
        assert!(complaints[1].reason.contains("a.b"));
    }
}
