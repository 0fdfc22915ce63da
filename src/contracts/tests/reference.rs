//! The contract reference says what the program does.

use std::collections::BTreeMap;

use crate::contracts::schema::keywords;
use crate::contracts::{Contract, MAX_EXPRESSION_BYTES, MAX_STEPS_PER_KIND};
use crate::types::ContractBundle;
use crate::types::limits::{MAX_CONTRACT_BYTES, MAX_CONTRACT_FILES};

const REFERENCE: &str = include_str!("../../docs/contract-reference.md");

/// A block of code of the reference, by the word behind its fence.
fn block(language: &str) -> &'static str {
    let begin = format!("```{language}\n");
    let start = REFERENCE.find(&begin).unwrap() + begin.len();
    REFERENCE[start..].split("```").next().unwrap()
}

#[test]
fn the_manifest_of_the_reference_is_one() {
    // What cannot stand together in one record is told apart.
    let manifest = block("toml")
        .lines()
        .filter(|line| !line.starts_with("native") && !line.starts_with("[record.settings]"))
        .collect::<Vec<_>>()
        .join("\n");
    let schema = r#"{"type": "object", "properties": {
        "account": {"type": "string"}, "count": {"type": "integer"}}}"#;
    let files = BTreeMap::from([
        ("contract.toml".to_owned(), manifest),
        ("schemas/pallets.json".to_owned(), schema.to_owned()),
    ]);
    Contract::compile(&ContractBundle::new(files).unwrap()).unwrap();
}

#[test]
fn every_keyword_is_listed_and_no_other() {
    let start = REFERENCE.find("| any type |").unwrap();
    let table = REFERENCE[start..].split("\n\n").next().unwrap();
    let mut listed: Vec<&str> = table
        .split('`')
        .skip(1)
        .step_by(2)
        .filter(|word| !word.contains(['"', '#']))
        .collect();
    let mut known = keywords();
    listed.sort_unstable();
    known.sort_unstable();
    assert_eq!(listed, known);
}

#[test]
fn the_bounds_are_those_of_the_program() {
    let grouped = |number: usize| {
        let digits = number.to_string();
        match digits.len() {
            4.. => format!(
                "{},{}",
                &digits[..digits.len() - 3],
                &digits[digits.len() - 3..]
            ),
            _ => digits,
        }
    };
    let steps = usize::try_from(MAX_STEPS_PER_KIND).unwrap();
    for text in [
        format!(
            "{} KiB in {MAX_CONTRACT_FILES} files",
            MAX_CONTRACT_BYTES / 1024
        ),
        grouped(steps),
        format!(
            "{} bytes, 16 nested brackets",
            grouped(MAX_EXPRESSION_BYTES)
        ),
    ] {
        assert!(REFERENCE.contains(&text), "{text}");
    }
}
