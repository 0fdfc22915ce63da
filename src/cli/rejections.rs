//! What helps with rejections, held against the program: every code has a hint, every command of a hint is
//! read, and the page has the same table.

#![cfg(test)]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use clap::Parser as _;

use super::arguments::Arguments;
use super::pages::{KEY, SIGNING, named, read, root, rows, words};
use crate::contracts::{WAYS_OUT, way_out};
use crate::types::RecordKind;

/// What stands in hints for a value of the reader's.
const VALUES: [(&str, &str); 19] = [
    ("MEMBER", "acme"),
    ("MEMBER:DEVICE", "acme:probe-7"),
    ("ROLE", "governor"),
    ("INDEX", "1234"),
    ("ISSUANCE", "1234"),
    ("CERTIFICATE", "1234-1"),
    ("PUBLIC-KEY", KEY),
    ("CONSENSUS-KEY", KEY),
    ("THING", "urn:epc:id:sscc:9521001.0000002001"),
    ("CONTRACT", "orders"),
    ("DURATION", "PT1H"),
    ("QUANTITY", "temperature"),
    ("METER", "CH-PV-1"),
    ("AREA", "local"),
    ("START", "2026-06-01T12:00:00Z"),
    ("ID", "noon-1"),
    ("FOLDER", "folder"),
    ("PROOFS", "proofs.json"),
    ("WHY", "why"),
];

/// Where codes are given by something other than a literal, with the codes.
const NAMED_ELSEWHERE: [(&str, &[&str]); 4] = [
    ("custody/answers.rs", &["not-addressee", "not-proposer"]),
    ("contracts/epcis.rs", &["not-holder"]),
    ("ledger/apply.rs", &["atomic"]),
    (
        "contracts/check.rs",
        &[
            "unknown-kind",
            "unsupported-version",
            "invalid-record",
            "rule-broken",
        ],
    ),
];

/// The program's text below a folder, without tests.
fn sources(folder: &Path) -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() && !path.ends_with("tests") {
            found.extend(sources(&path));
        } else if path.extension().is_some_and(|end| end == "rs") && !path.ends_with("tests.rs") {
            let text = fs::read_to_string(&path).unwrap();
            found.push((path, text));
        }
    }
    found
}

/// The codes that the program rejects records with.
fn codes() -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for folder in ["src/contracts", "src/ledger"] {
        for (path, text) in sources(&root().join(folder)) {
            // What examples of contracts are told is no outcome of a record.
            if path.ends_with("contracts/examples.rs") {
                continue;
            }
            let text = text.split("#[cfg(test)]\nmod tests").next().unwrap();
            for call in ["Rejection::new(", "reject(", "rejected("] {
                for (at, _) in text.match_indices(call) {
                    let is_longer = |char: char| char.is_alphanumeric() || char == '_';
                    if text[..at].ends_with(is_longer) {
                        continue;
                    }
                    let argument = text[at + call.len()..].trim_start();
                    if let Some(literal) = argument.strip_prefix('"') {
                        found.insert(literal.split('"').next().unwrap().to_owned());
                        continue;
                    }
                    let name: String = argument
                        .chars()
                        .take_while(|char| char.is_alphanumeric() || "_.".contains(*char))
                        .collect();
                    let is_passed_on = matches!(
                        name.as_str(),
                        "code"
                            | "NOT_HOLDER"
                            | "COMPANION_CODE"
                            | "error.code"
                            | "Rejection"
                            | "rejection"
                    );
                    assert!(is_passed_on, "{}: which codes has {name}?", path.display());
                }
            }
        }
    }
    for (path, codes) in NAMED_ELSEWHERE {
        let is_text_of = |(file, _): &&(PathBuf, String)| file.ends_with(path);
        let all = sources(&root().join("src"));
        let text = &all.iter().find(is_text_of).unwrap().1;
        for code in codes {
            assert!(text.contains(&format!("\"{code}\"")), "{path}: {code}");
            found.insert((*code).to_owned());
        }
    }
    found
}

#[test]
fn every_code_of_a_rejection_has_a_way_out_and_no_other_has() {
    let told: BTreeSet<String> = WAYS_OUT.iter().map(|row| row.0.to_owned()).collect();
    let codes = codes();
    assert!(codes.len() > 90, "{}", codes.len());
    assert_eq!(told, codes);
    let kind = RecordKind::new("acme.lot").unwrap();
    for code in codes {
        assert!(way_out(&code, &kind).is_some(), "{code}: of any kind");
    }
}

#[test]
fn one_code_of_two_families_has_two_ways_out() {
    let of = |kind: &str| way_out("proposal-decided", &RecordKind::new(kind).unwrap()).unwrap();
    assert!(of("governance.ballot").contains("waybill contract proposals"));
    assert!(of("custody.acceptance").contains("waybill custody"));
    let kind = RecordKind::new("acme.lot").unwrap();
    assert_eq!(way_out("not-of-this-program", &kind), None);
}

#[test]
fn every_command_of_a_way_out_is_read() {
    let values = BTreeMap::from(VALUES);
    let mut count = 0;
    for (code, _, hint) in WAYS_OUT {
        assert_eq!(hint.matches('`').count() % 2, 0, "{code}");
        assert_eq!(
            *hint,
            hint.trim_end_matches('.'),
            "{code}: no stop at the end"
        );
        for command in named(hint) {
            if !command.starts_with("waybill ") {
                assert!(command.starts_with("--"), "{code}: {command}");
                continue;
            }
            let command: Vec<String> = words(command)
                .into_iter()
                .map(|word| {
                    values
                        .get(word.as_str())
                        .map_or(word.clone(), ToString::to_string)
                })
                .collect();
            let signed = command.iter().map(String::as_str).chain(SIGNING);
            let is_read = Arguments::try_parse_from(&command).is_ok()
                || Arguments::try_parse_from(signed).is_ok();
            assert!(is_read, "{code}: {}", command.join(" "));
            count += 1;
        }
    }
    assert!(count > 80, "{count}");
}

#[test]
fn the_page_of_rejections_has_the_table_of_the_program() {
    let page = read("src/docs/rejections.md");
    let told: Vec<_> = rows(&page, "| code | of kinds | what helps |")
        .into_iter()
        .map(|row| {
            let kinds = named(row[1]).next().unwrap_or_default();
            (
                named(row[0]).next().unwrap(),
                kinds.trim_end_matches('…'),
                row[2],
            )
        })
        .collect();
    assert_eq!(told, WAYS_OUT);
}
