//! The contract reference says what the program does.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use crate::contracts::schema::{FORMATS, Schema, keywords};
use crate::contracts::{
    Contract, ContractExample, ExampleVerdict, MAX_EXPRESSION_BYTES, MAX_PIECES_PER_ISSUANCE,
    MAX_STEPS_PER_KIND, PIECES_KEPT_FOR_FIRST_CUTS, PIECES_KEPT_FOR_WITHDRAWALS, Rulebook, check,
    shipped_contracts,
};
use crate::types::limits::{MAX_CONTRACT_BYTES, MAX_CONTRACT_FILES};
use crate::types::{ContractBundle, Record, RecordKind};

const REFERENCE: &str = include_str!("../../docs/contract-reference.md");

/// The worked example of the page on certificates comes out as it says.
#[test]
fn the_worked_example_of_certificates_is_accepted() {
    let page = include_str!("../../docs/certificates.md");
    let begin = page.find("```json\n").unwrap() + "```json\n".len();
    let text = page[begin..].split("```").next().unwrap();
    let example: ContractExample = serde_json::from_str(text).unwrap();
    let rulebook = Rulebook::of(&shipped_contracts()).unwrap();
    assert_eq!(example.run(&rulebook, ExampleVerdict::Valid), Ok(()));
}

#[test]
fn the_page_on_certificates_names_the_limits_of_pieces() {
    let page = include_str!("../../docs/certificates.md");
    let most = MAX_PIECES_PER_ISSUANCE;
    let shared = most - PIECES_KEPT_FOR_WITHDRAWALS - PIECES_KEPT_FOR_FIRST_CUTS;
    let named = [
        format!("{},{:03} pieces", most / 1_000, most % 1_000),
        format!("{PIECES_KEPT_FOR_WITHDRAWALS} of them"),
        format!("{PIECES_KEPT_FOR_FIRST_CUTS} for members"),
        format!("{} at most", shared / 2 - 1),
    ];
    for named in named {
        assert!(page.contains(&named), "{named}");
    }
}

/// A block of code of the reference, by the word behind its fence.
fn block(language: &str) -> &'static str {
    let begin = format!("```{language}\n");
    let start = REFERENCE.find(&begin).unwrap() + begin.len();
    REFERENCE[start..].split("```").next().unwrap()
}

#[test]
fn the_manifest_of_the_reference_is_one() {
    let manifest = block("toml").to_owned();
    let schema = r#"{"type": "object", "properties": {
        "account": {"type": "string"}, "depot": {"type": "string"}, "count": {"type": "integer"}}}"#;
    let files = BTreeMap::from([
        ("contract.toml".to_owned(), manifest),
        ("README.md".to_owned(), "x".to_owned()),
        ("schemas/pallets.json".to_owned(), schema.to_owned()),
    ]);
    Contract::compile(&ContractBundle::new(files).unwrap()).unwrap();
}

/// A kind with a native family, as the reference shows it, in a contract of its own.
#[test]
fn the_native_kind_of_the_reference_is_one() {
    let kind = REFERENCE
        .find("[[record]]\nkind = \"epcis.event\"")
        .unwrap();
    let kind = REFERENCE[kind..].split("```").next().unwrap();
    let manifest = format!("name = \"events\"\nversion = 1\ntitle = \"Events\"\n{kind}");
    let files = BTreeMap::from([
        ("contract.toml".to_owned(), manifest),
        ("README.md".to_owned(), "x".to_owned()),
        (
            "schemas/event.json".to_owned(),
            r#"{"type": "object"}"#.to_owned(),
        ),
    ]);
    Contract::compile(&ContractBundle::new(files).unwrap()).unwrap();
}

/// The example of the reference, which is one of the contract that it names, comes out as it says.
#[test]
fn the_example_of_the_reference_comes_out_as_it_says() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("contracts/organic-certificate");
    let read = |name: &str| fs::read_to_string(folder.join(name)).unwrap();
    let mut files = BTreeMap::from(["contract.toml", "README.md"].map(|name| {
        let text = read(name);
        (name.to_owned(), text)
    }));
    for entry in fs::read_dir(folder.join("schemas")).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        let path = format!("schemas/{name}");
        let text = read(&path);
        files.insert(path, text);
    }
    let bundle = ContractBundle::new(files).unwrap();
    let rulebook = Rulebook::of(&[bundle]).unwrap();
    let example: ContractExample = serde_json::from_str(block("json")).unwrap();
    assert_eq!(example.run(&rulebook, ExampleVerdict::Invalid), Ok(()));
}

/// The files of a page, by the names that stand before them.
fn files_of(page: &str) -> BTreeMap<&str, &str> {
    let mut files = BTreeMap::new();
    let mut parts = page.split("```");
    while let (Some(text), Some(block)) = (parts.next(), parts.next()) {
        let last = text.trim_end().rsplit("\n\n").next().unwrap();
        if let Some((name, _)) = last.strip_prefix('`').and_then(|t| t.split_once('`')) {
            files.insert(name, block.split_once('\n').unwrap().1);
        }
    }
    files
}

/// The contract that the page on a first one writes is sound, and its examples come out as they say.
#[test]
fn the_first_contract_is_one() {
    let files = files_of(include_str!("../../docs/first-contract.md"));
    let bundle = files
        .iter()
        .filter(|(name, _)| !name.contains("/examples/"))
        .map(|(name, text)| {
            let name = name.strip_prefix("pallet-pool/").unwrap();
            (name.to_owned(), (*text).to_owned())
        });
    let bundle = ContractBundle::new(bundle.collect()).unwrap();
    let rulebook = Rulebook::of(&[bundle]).unwrap();
    for (folder, verdict) in [
        ("valid", ExampleVerdict::Valid),
        ("invalid", ExampleVerdict::Invalid),
    ] {
        let folder = format!("pallet-pool/examples/{folder}/");
        let examples: Vec<_> = files
            .iter()
            .filter(|(name, _)| name.starts_with(&folder))
            .collect();
        assert_eq!(examples.len(), 1, "{folder}");
        for (name, text) in examples {
            let example: ContractExample = serde_json::from_str(text).unwrap();
            assert_eq!(example.run(&rulebook, verdict), Ok(()), "{name}");
        }
    }
}

/// The bodies that the pages show are what the kinds take.
#[test]
fn the_bodies_of_the_pages_are_taken() {
    let rulebook = Rulebook::of(&shipped_contracts()).unwrap();
    let production = include_str!("../../docs/production.md");
    let telemetry = include_str!("../../docs/telemetry.md");
    let events = include_str!("../../docs/epcis-rest.md");
    for (page, place, kind) in [
        (events, 0, "epcis.event"),
        (production, 0, "production.run"),
        (production, 1, "production.run"),
        (telemetry, 0, "telemetry.device"),
        (telemetry, 1, "telemetry.series"),
    ] {
        let body = page.split("```json\n").nth(place + 1).unwrap();
        let body = body.split("```").next().unwrap();
        let record = Record {
            kind: RecordKind::new(kind).unwrap(),
            version: 1,
            body: body.as_bytes().to_vec().into(),
        };
        let checked = check(&rulebook, &record);
        assert!(checked.is_ok(), "{kind} {place}: {:?}", checked.err());
    }
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
fn every_format_is_listed_and_no_other() {
    let start = REFERENCE.find("The formats are").unwrap();
    let list = REFERENCE[start..].split('.').next().unwrap();
    let listed: Vec<&str> = list.split('`').skip(1).step_by(2).collect();
    assert_eq!(listed, FORMATS);
    // The library knows all of them, and would refuse one that it does not.
    for format in FORMATS {
        let schema = format!(r#"{{"type": "string", "format": "{format}"}}"#);
        let compiled = Schema::compile("schemas/x.json", &schema, &mut 1);
        assert!(compiled.is_ok(), "{format}: {:?}", compiled.err());
    }
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
