//! Events to be found.

use proptest::prelude::*;
use serde_json::{Value, json};

use crate::records::epcis::canonical_identifier;
use crate::types::Timestamp;

pub(super) const STEPS: [&str; 3] = ["commissioning", "shipping", "receiving"];
pub(super) const FIRST_MINUTE_MS: i64 = 1_762_000_000_000;

/// An event, by small numbers.
#[derive(Clone, Debug)]
pub(super) struct Sample {
    /// 0: object, 1: aggregation, 2: transformation.
    pub(super) kind: u8,
    pub(super) minute: i64,
    pub(super) things: Vec<usize>,
    pub(super) parent: usize,
    pub(super) lot: Option<(usize, i64)>,
    pub(super) step: usize,
    pub(super) place: Option<usize>,
    pub(super) location: Option<usize>,
    pub(super) grade: Option<i64>,
    pub(super) is_named: bool,
    pub(super) is_declaration: bool,
    pub(super) is_link: bool,
}

pub(super) fn epc(number: usize, is_link: bool) -> String {
    let urn = format!("urn:epc:id:sgtin:9521001.011111.{number}");
    match is_link {
        true => canonical_identifier(&urn).replace("id.gs1.org", "shop.example"),
        false => urn,
    }
}

pub(super) fn lot(number: usize) -> String {
    format!("urn:epc:class:lgtin:9521001.012345.L{number}")
}

pub(super) fn place(number: usize) -> String {
    format!("urn:epc:id:sgln:9521001.0000{number}.0")
}

pub(super) fn container(number: usize) -> String {
    format!("urn:epc:id:sscc:9521001.000000000{number}")
}

pub(super) fn own_name(serial: usize) -> String {
    format!("urn:uuid:00000000-0000-4000-8000-{serial:012}")
}

pub(super) fn minute_text(minute: i64) -> String {
    Timestamp::from_ms(FIRST_MINUTE_MS + minute * 60_000).to_string()
}

pub(super) fn sample() -> impl Strategy<Value = Sample> {
    let what = (
        0..3_u8,
        0..6_i64,
        prop::collection::btree_set(0..4_usize, 1..3),
        0..2_usize,
        prop::option::of((0..2_usize, 0..4_i64)),
    );
    let rest = (
        0..STEPS.len(),
        prop::option::of(0..3_usize),
        prop::option::of(0..3_usize),
        prop::option::of(0..4_i64),
        (any::<bool>(), prop::bool::weighted(0.2), any::<bool>()),
    );
    (what, rest).prop_map(|((kind, minute, things, parent, lot), rest)| {
        let (step, place, location, grade, (is_named, is_declaration, is_link)) = rest;
        Sample {
            kind,
            minute,
            things: things.into_iter().collect(),
            parent,
            lot,
            step,
            place,
            location,
            grade,
            is_named,
            is_declaration,
            is_link,
        }
    })
}

impl Sample {
    pub(super) fn event(&self, serial: usize) -> String {
        let epcs: Vec<String> = self.things.iter().map(|n| epc(*n, self.is_link)).collect();
        let quantities: Vec<Value> = self
            .lot
            .iter()
            .map(|(number, quantity)| json!({"epcClass": lot(*number), "quantity": quantity, "uom": "KGM"}))
            .collect();
        let mut event = json!({
            "@context": ["https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld",
                {"cocoa": "https://cocoa.example/terms/"}],
            "eventTime": minute_text(self.minute),
            "eventTimeZoneOffset": "+00:00",
            "bizStep": STEPS[self.step],
            "cocoa:serial": serial,
            "cocoa:box": {"cocoa:depth": serial % 3}
        });
        let (epc_field, quantity_field) = match self.kind {
            0 => ("epcList", "quantityList"),
            1 => ("childEPCs", "childQuantityList"),
            _ => ("inputEPCList", "outputQuantityList"),
        };
        event[epc_field] = json!(epcs);
        if !quantities.is_empty() {
            event[quantity_field] = json!(quantities);
        } else if self.kind == 2 {
            event["outputEPCList"] = json!([container(9)]);
        }
        event["type"] = json!(
            ["ObjectEvent", "AggregationEvent", "TransformationEvent"][usize::from(self.kind)]
        );
        if self.kind < 2 {
            event["action"] = json!("ADD");
        }
        if self.kind == 1 {
            event["parentID"] = json!(container(self.parent));
        }
        if let Some(number) = self.place {
            event["readPoint"] = json!({"id": place(number)});
        }
        if let Some(number) = self.location {
            event["bizLocation"] = json!({"id": place(number)});
        }
        if let Some(grade) = self.grade {
            event["cocoa:grade"] = json!(grade);
        }
        if self.is_named {
            event["eventID"] = json!(own_name(serial));
        }
        if self.is_declaration {
            event["errorDeclaration"] =
                json!({"declarationTime": minute_text(9), "reason": "incorrect_data"});
        }
        event.to_string()
    }
}
