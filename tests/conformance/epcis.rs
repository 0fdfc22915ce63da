//! EPCIS events against the official artefacts: schema, examples, event hash vectors.

#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Instant;

use serde_json::Value;
use waybill::records::epcis::{EpcisError, check, parse, pre_hash_string};

use crate::mutations::{mutations, shape};

/// How many artefacts each test needs, for the message when they are absent.
pub const OFFICIAL_DOCUMENTS: usize = 77;
const HASH_DOCUMENTS: usize = 17;

/// All files below `folder` with one of the extensions, sorted by path.
pub fn files(folder: &Path, extensions: &[&str]) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).expect("readable folder") {
        let path = entry.expect("readable entry").path();
        if path.is_dir() {
            found.extend(files(&path, extensions));
        } else if path
            .extension()
            .is_some_and(|own| extensions.iter().any(|extension| own == *extension))
        {
            found.push(path);
        }
    }
    found.sort();
    found
}

pub fn read_json(path: &Path) -> Value {
    serde_json::from_slice(&fs::read(path).expect("readable file")).expect("valid JSON")
}

pub fn official_documents(folder: &Path) -> Vec<PathBuf> {
    let mut paths = files(&folder.join("examples"), &["jsonld", "json"]);
    paths.extend(files(&folder.join("openepcis"), &["json"]));
    paths
}

fn as_entries(context: &Value) -> Vec<Value> {
    match context {
        Value::Array(entries) => entries.clone(),
        entry => vec![entry.clone()],
    }
}

/// Splits a document into bare events: each gets the document's context, followed by its own, and loses the
/// fields that the document declares to be no part of its events.
pub fn bare_events(document: &Value) -> Vec<Value> {
    let body = &document["epcisBody"];
    let results = &body["queryResults"];
    let list = if results.is_null() {
        &body["eventList"]
    } else {
        &results["resultsBody"]["eventList"]
    };
    let ignored: Vec<String> = [document, results]
        .iter()
        .filter_map(|holder| holder.as_object())
        .flat_map(|holder| {
            holder
                .iter()
                .filter(|(name, _)| name.ends_with(":ignoreFields"))
        })
        .flat_map(|(_, names)| names.as_array().cloned().unwrap_or_default())
        .filter_map(|name| name.as_str().map(str::to_string))
        .collect();
    let split = |event: &Value| {
        let mut bare = event.as_object().expect("an event is an object").clone();
        let mut context = as_entries(&document["@context"]);
        for entry in bare.get("@context").map(as_entries).unwrap_or_default() {
            if !context.contains(&entry) {
                context.push(entry);
            }
        }
        bare.insert("@context".into(), Value::Array(context));
        bare.retain(|name, _| !ignored.contains(name));
        Value::Object(bare)
    };
    list.as_array()
        .map(|events| events.iter().map(split).collect())
        .unwrap_or_default()
}

fn schema_validator(folder: &Path) -> jsonschema::Validator {
    let schema = read_json(&folder.join("EPCIS-JSON-Schema.json"));
    jsonschema::options()
        .with_draft(jsonschema::Draft::Draft7)
        .should_validate_formats(true)
        .build(&schema)
        .expect("the official schema compiles")
}

fn try_parse(event: &Value) -> Result<(), EpcisError> {
    parse(event.to_string().as_bytes()).map(|_| ())
}

#[test]
fn every_official_event_is_accepted() {
    let Some(folder) = crate::official("epcis", OFFICIAL_DOCUMENTS) else {
        return;
    };
    let validator = schema_validator(&folder);
    let mut events = 0;
    let documents = official_documents(&folder);
    assert_eq!(documents.len(), OFFICIAL_DOCUMENTS);
    for path in documents {
        for event in bare_events(&read_json(&path)) {
            events += 1;
            assert!(
                validator.is_valid(&event),
                "{}: the schema refuses the split event",
                path.display()
            );
            // As where it is captured, which is stricter than where it is read.
            if let Err(error) = check(event.to_string().as_bytes()) {
                panic!("{}: {error}", path.display());
            }
        }
    }
    println!("{events} official events accepted");
    assert!(events > 90, "only {events} events found");
}

#[test]
fn event_hashes_are_the_published_ones() {
    let Some(folder) = crate::official("eventhash", HASH_DOCUMENTS) else {
        return;
    };
    let mut documents = 0;
    for path in files(&folder, &["jsonld"]) {
        let published =
            fs::read_to_string(path.with_extension("hashes")).expect("hashes beside the input");
        let published: Vec<&str> = published.lines().filter(|line| !line.is_empty()).collect();
        let bodies = bare_events(&read_json(&path));
        assert_eq!(bodies.len(), published.len(), "{}", path.display());
        for (body, published) in bodies.iter().zip(published) {
            let event = parse(body.to_string().as_bytes())
                .unwrap_or_else(|error| panic!("{}: {error}", path.display()));
            let hashed = pre_hash_string(event.content());
            assert_eq!(
                event.event_hash().to_string(),
                published,
                "{}\n{hashed}",
                path.display()
            );
        }
        documents += 1;
    }
    println!("{documents} documents have the published hashes");
    assert_eq!(documents, HASH_DOCUMENTS);
}

#[test]
fn events_published_as_equal_hash_alike() {
    let Some(folder) = crate::official("eventhash", 1) else {
        return;
    };
    for path in files(&folder.join("expected_equal"), &["json"]) {
        let bodies = bare_events(&read_json(&path));
        let hashes: Vec<_> = bodies
            .iter()
            .map(|body| {
                parse(body.to_string().as_bytes())
                    .expect("valid")
                    .event_hash()
            })
            .collect();
        assert!(
            hashes.len() > 1 && hashes.windows(2).all(|pair| pair[0] == pair[1]),
            "{}",
            path.display()
        );
    }
}

/// Of the mutants that we refuse, every so many-th is shown to the schema, to count our stricter rules.
const STRICTER_SAMPLE: usize = 8;

#[test]
fn whatever_the_schema_refuses_we_refuse() {
    let Some(folder) = crate::official("epcis", OFFICIAL_DOCUMENTS) else {
        return;
    };
    let validator = schema_validator(&folder);
    let mut by_shape = BTreeMap::new();
    for path in official_documents(&folder) {
        for event in bare_events(&read_json(&path)) {
            let name = path
                .file_name()
                .map(|name| name.to_string_lossy().into_owned())
                .unwrap_or_default();
            by_shape.entry(shape(&event)).or_insert((name, event));
        }
    }
    let started = Instant::now();
    let (mut mutants, mut accepted, mut refused, mut sampled) =
        (0_usize, 0_usize, 0_usize, 0_usize);
    let mut laxer = Vec::new();
    let mut stricter: BTreeMap<String, (usize, String)> = BTreeMap::new();
    for (name, event) in by_shape.values() {
        for (pointer, mutant) in mutations(event) {
            mutants += 1;
            match try_parse(&mutant) {
                Ok(()) => {
                    accepted += 1;
                    if !validator.is_valid(&mutant) {
                        laxer.push(format!("{name} {pointer}"));
                    }
                }
                Err(error) => {
                    refused += 1;
                    if refused % STRICTER_SAMPLE == 0 {
                        sampled += 1;
                        if validator.is_valid(&mutant) {
                            let rule = match &error {
                                EpcisError::Json(_) => "json".to_string(),
                                EpcisError::Field { fault, .. } => format!("{fault:?}")
                                    .chars()
                                    .take_while(|c| c.is_alphanumeric())
                                    .collect(),
                            };
                            stricter
                                .entry(rule)
                                .or_insert((0, format!("{name} {pointer}: {error}")))
                                .0 += 1;
                        }
                    }
                }
            }
        }
    }
    println!(
        "{} shapes, {mutants} mutants, {accepted} accepted, {refused} refused in {:?}; of {sampled} refused ones shown to the schema it accepts:",
        by_shape.len(),
        started.elapsed()
    );
    for (rule, (count, example)) in &stricter {
        println!("  {rule}: {count}, such as {example}");
    }
    assert!(
        laxer.is_empty(),
        "{} mutants pass that the schema refuses, such as {:?}",
        laxer.len(),
        &laxer[..laxer.len().min(20)]
    );
    assert!(mutants > 10_000, "only {mutants} mutants");
}

/// Prints what one event costs; meaningful in release builds only.
#[test]
fn print_time_per_event() {
    let Some(folder) = crate::official("epcis", OFFICIAL_DOCUMENTS) else {
        return;
    };
    let bodies: Vec<String> = official_documents(&folder)
        .iter()
        .flat_map(|path| bare_events(&read_json(path)))
        .map(|event| event.to_string())
        .collect();
    let bytes: usize = bodies.iter().map(String::len).sum();
    let rounds = if cfg!(debug_assertions) { 2 } else { 400 };
    let time = |work: &dyn Fn(&[u8]) -> bool| {
        let started = Instant::now();
        for _ in 0..rounds {
            assert!(bodies.iter().all(|body| work(body.as_bytes())));
        }
        started.elapsed().as_nanos() / (rounds * bodies.len() as u128)
    };
    let read = time(&|body| waybill::types::json::read(body).is_ok());
    let parsed = time(&|body| parse(body).is_ok());
    println!(
        "{} events of {} bytes on average: {read} ns to read, {parsed} ns to read, check and hash",
        bodies.len(),
        bytes / bodies.len().max(1)
    );
}
