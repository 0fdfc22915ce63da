//! The native families against their schemas in `contracts/`: what a family takes, its schema takes,
//! so that it need not be run; and what a family refuses, its schema refuses, but for what a schema
//! cannot say.

#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde_json::Value;
use waybill::contracts::Schema;
use waybill::records;
use waybill::types::json;

use crate::epcis::{OFFICIAL_DOCUMENTS, bare_events, files, official_documents, read_json};
use crate::mutations::{mutations, shape};

/// What the families check beyond their schemas, by a piece of the reason that they give.
const BEYOND_SCHEMAS: &[&str] = &[
    // EPCIS: the structure of identifiers.
    "check digit",
    "GS1",
    "EPC",
    // EPCIS: which prefixes a context declares.
    "is declared neither in @context nor by EPCIS",
    // How many bytes a text takes: a schema counts characters.
    "bytes is expected",
    "bytes are more than the limit",
    // Two spellings of one thing.
    "in another spelling",
    // Production and telemetry: what holds between several fields, and how exact a number is.
    "a run ends after it starts",
    "more scrap than output",
    "scrap is told in the unit",
    "longer than the run",
    "is listed twice",
    "is below the minimum",
    "later than the one before",
    "as many values as offsets",
    "decimal places",
    // Master data: what prefixes stand for, and elements within one another.
    "with its prefix expanded",
    "does not lie in itself",
    // Energy: where an interval begins, and how numbers go together.
    "aligned",
    "beyond the last",
    "not a multiple of the face value",
];

fn contracts() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("contracts")
}

fn schema(file: &str) -> Schema {
    let text = std::fs::read_to_string(contracts().join(file)).unwrap();
    Schema::compile(file, &text, &mut 100).unwrap()
}

/// The records of a contract's examples, by kind.
fn examples(contract: &str, kind: &str) -> Vec<Value> {
    files(&contracts().join(contract).join("examples"), &["json"])
        .iter()
        .map(|path| read_json(path))
        .filter(|example| example["kind"] == kind)
        .map(|example| example["record"].clone())
        .collect()
}

/// What came of comparing a family with its schema.
#[derive(Default)]
struct Comparison {
    bodies: usize,
    accepted: usize,
    refused_by_both: usize,
    /// The family takes it, the schema does not.
    laxer: Vec<String>,
    /// The schema takes it, the family does not: reasons with how often and an example.
    stricter: BTreeMap<String, (usize, String)>,
}

impl Comparison {
    fn compare(&mut self, family: &str, schema: &Schema, body: &Value) {
        let text = body.to_string();
        let native = records::family(family).unwrap().check(text.as_bytes());
        let by_schema = match json::read(text.as_bytes()) {
            Ok(json) => schema.check(&json),
            // Whatever is no JSON to us, neither judges.
            Err(_) => return,
        };
        self.bodies += 1;
        match (native, by_schema) {
            (Ok(_), Ok(())) => self.accepted += 1,
            (Err(_), Err(_)) => self.refused_by_both += 1,
            (Ok(_), Err(error)) => self.laxer.push(format!("{error}: {text}")),
            (Err(error), Ok(())) => {
                let known = BEYOND_SCHEMAS
                    .iter()
                    .find(|rule| error.reason.contains(**rule));
                let rule = known.map_or(error.reason.clone(), |rule| (*rule).to_owned());
                self.stricter
                    .entry(rule)
                    .or_insert((0, format!("{error}")))
                    .0 += 1;
            }
        }
    }

    fn report(&self, family: &str) {
        println!(
            "{family}: {} bodies, {} taken, {} refused by both; refused by the family alone:",
            self.bodies, self.accepted, self.refused_by_both
        );
        for (rule, (count, example)) in &self.stricter {
            println!("  {count} {rule}, such as {example}");
        }
        assert!(
            self.laxer.is_empty(),
            "{family} takes {} bodies that its schema refuses, such as {:?}",
            self.laxer.len(),
            &self.laxer[..self.laxer.len().min(10)]
        );
        let unknown: Vec<&String> = self
            .stricter
            .keys()
            .filter(|rule| !BEYOND_SCHEMAS.contains(&rule.as_str()))
            .collect();
        assert!(
            unknown.is_empty(),
            "{family} refuses what its schema takes, for reasons that a schema could state: {unknown:?}"
        );
        assert!(self.accepted > 0 && self.refused_by_both > 0);
    }
}

fn compare_examples(contract: &str, family: &str, file: &str) {
    let schema = schema(&format!("{contract}/schemas/{file}"));
    let mut comparison = Comparison::default();
    for body in examples(contract, family) {
        comparison.compare(family, &schema, &body);
        for (_, mutant) in mutations(&body) {
            comparison.compare(family, &schema, &mutant);
        }
    }
    comparison.report(family);
}

#[test]
fn membership_and_its_schemas_agree() {
    compare_examples("membership", "membership.change", "change.json");
    compare_examples("membership", "governance.proposal", "proposal.json");
    compare_examples("membership", "governance.ballot", "ballot.json");
}

#[test]
fn custody_and_documents_and_their_schemas_agree() {
    for kind in ["claim", "proposal", "acceptance", "rejection", "withdrawal"] {
        let (family, file) = (format!("custody.{kind}"), format!("custody-{kind}.json"));
        compare_examples("supply-chain", &family, &file);
    }
    compare_examples("supply-chain", "document.anchor", "document-anchor.json");
    compare_examples("supply-chain", "epcis.master-data", "master-data.json");
}

#[test]
fn production_and_telemetry_and_their_schemas_agree() {
    compare_examples("production", "production.run", "run.json");
    compare_examples("telemetry", "telemetry.device", "device.json");
    compare_examples("telemetry", "telemetry.series", "series.json");
}

#[test]
fn the_energy_market_and_its_schemas_agree() {
    compare_examples("energy-trade", "energy.order", "order.json");
    compare_examples(
        "energy-trade",
        "energy.order-withdrawal",
        "order-withdrawal.json",
    );
}

#[test]
fn energy_and_its_schemas_agree() {
    for name in ["cancel", "claim", "issue", "transfer", "withdraw"] {
        let (family, file) = (
            format!("energy.certificate-{name}"),
            format!("certificate-{name}.json"),
        );
        compare_examples("energy-trade", &family, &file);
    }
    compare_examples("energy-trade", "energy.meter", "meter.json");
    compare_examples("energy-trade", "energy.meter-reading", "meter-reading.json");
}

#[test]
fn events_and_their_schema_agree_on_the_examples() {
    compare_examples("supply-chain", "epcis.event", "event.json");
}

/// Official events of the same shape reach the same checks: one of each is mutated.
#[test]
fn events_and_their_schema_agree_on_the_official_events() {
    let Some(folder) = crate::official("epcis", OFFICIAL_DOCUMENTS) else {
        return;
    };
    let mut by_shape = BTreeMap::new();
    for path in official_documents(&folder) {
        for event in bare_events(&read_json(&path)) {
            by_shape.entry(shape(&event)).or_insert(event);
        }
    }
    let schema = schema("supply-chain/schemas/event.json");
    let mut comparison = Comparison::default();
    for event in by_shape.values() {
        comparison.compare("epcis.event", &schema, event);
        for (_, mutant) in mutations(event) {
            comparison.compare("epcis.event", &schema, &mutant);
        }
    }
    comparison.report("epcis.event");
    assert!(comparison.bodies > 10_000);
}
