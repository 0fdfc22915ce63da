//! Contracts as people write them: whatever the files say, they are a contract or have faults.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use crate::contracts::{
    Contract, ContractExample, ContractProblem, ExampleVerdict, Rulebook, Schema,
};
use crate::types::{ContractBundle, json};

const MANIFEST: &str = r#"
name = "fuzzed"
version = 1
title = "A contract"
[[record]]
kind = "fuzzed.x"
version = 1
title = "an x"
schema = "schemas/x.json"
asset = { key = "/id", operation = "put" }
[[record.rule]]
name = "rule"
message = "the rule"
check = """
"#;

const SCHEMA: &str = r#"{
  "type": "object", "required": ["id"],
  "properties": {
    "id": {"type": "string", "maxLength": 20}, "n": {"type": "integer"}, "d": {"type": "number"},
    "t": {"type": "string", "format": "date-time"}, "b": {"type": "boolean"},
    "l": {"type": "array", "maxItems": 9, "items": {"type": "object", "properties": {
      "n": {"type": "integer"}, "m": {"type": "array", "maxItems": 9, "items": {"type": "string"}}
    }}}
  }
}"#;

const BODY: &str = r#"{"id": "a", "n": 1, "d": 2.50, "t": "2026-01-01T00:00:00Z", "b": true,
  "l": [{"n": 1, "m": ["x"]}, {}]}"#;

fn compile(manifest: &str, schema: &str) -> Result<Contract, Vec<ContractProblem>> {
    let files = BTreeMap::from([
        ("contract.toml".to_owned(), manifest.to_owned()),
        ("README.md".to_owned(), "x".to_owned()),
        ("schemas/x.json".to_owned(), schema.to_owned()),
    ]);
    match ContractBundle::new(files) {
        Ok(bundle) => Contract::compile(&bundle),
        Err(_) => Err(vec![ContractProblem::new("", "", "too large")]),
    }
}

fn judged(result: Result<Contract, Vec<ContractProblem>>) -> Option<Contract> {
    match result {
        Ok(contract) => {
            assert!(!contract.kinds().is_empty());
            Some(contract)
        }
        Err(problems) => {
            assert!(!problems.is_empty());
            for problem in problems {
                assert!(!problem.to_string().is_empty());
            }
            None
        }
    }
}

pub(super) fn manifest(data: &[u8]) {
    if let Ok(text) = std::str::from_utf8(data) {
        judged(compile(text, SCHEMA));
    }
}

/// A schema that compiles judges any body, twice alike.
pub(super) fn schema(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    let manifest = MANIFEST.split("asset").next().unwrap_or_default();
    judged(compile(manifest, text));
    if let Ok(schema) = Schema::compile("x.json", text, &mut 100) {
        let body = json::read(BODY.as_bytes()).expect("a body");
        assert_eq!(schema.check(&body), schema.check(&body));
    }
}

/// A rule that passes the check decides, twice alike.
pub(super) fn rule(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    if text.contains("\"\"\"") || text.contains('\\') {
        return;
    }
    let manifest = format!("{MANIFEST}{text}\"\"\"\n");
    let Some(contract) = judged(compile(&manifest, SCHEMA)) else {
        return;
    };
    let rulebook = Rulebook::of(std::slice::from_ref(contract.bundle())).expect("it compiles");
    for asset in ["", r#""asset": {"id": "a", "n": 7, "l": [{"n": 3}]},"#] {
        let example = format!(
            r#"{{"description": "x", "kind": "fuzzed.x", "submitter": {{"member": "acme"}}, {asset}
            "record": {BODY}}}"#
        );
        let example: ContractExample = serde_json::from_str(&example).expect("an example");
        let verdict = |_| example.run(&rulebook, ExampleVerdict::Valid);
        assert_eq!(verdict(1), verdict(2));
    }
}

pub(super) fn example(data: &[u8]) {
    static RULEBOOK: LazyLock<Rulebook> = LazyLock::new(|| {
        let contract = compile(&format!("{MANIFEST}true\"\"\"\n"), SCHEMA).expect("a contract");
        Rulebook::of(std::slice::from_ref(contract.bundle())).expect("one contract")
    });
    if let Ok(example) = serde_json::from_slice::<ContractExample>(data) {
        let _ = example.run(&RULEBOOK, ExampleVerdict::Valid);
        let _ = example.run(&RULEBOOK, ExampleVerdict::Invalid);
    }
}
