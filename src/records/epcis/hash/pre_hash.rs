//! The pre-hash string of an event.

use std::fmt::{self, Write as _};

use super::super::error_declaration::ErrorDeclaration;
use super::super::event::EventContent;
use super::super::event_kind::EventKind;
use super::super::extension::Extension;
use super::super::identifier::Identifier;
use super::super::party::SourceOrDestination;
use super::super::persistent_disposition::PersistentDisposition;
use super::super::place::Place;
use super::super::quantity_element::QuantityElement;
use super::super::vocabulary::VocabularyTerm;
use super::{extensions, sensors};

/// The pre-hash string of an event: what [`EventHash`](super::EventHash) is the SHA-256 of. Two parties whose
/// hashes differ compare this.
#[must_use]
pub fn pre_hash_string(content: &EventContent) -> String {
    let mut out = String::with_capacity(1024);
    put(&mut out, "eventType", content.event_type().as_str());
    put_display(&mut out, "eventTime", content.event_time);
    put_display(
        &mut out,
        "eventTimeZoneOffset",
        content.event_time_zone_offset,
    );
    put_sorted(&mut out, "certificationInfo", &content.certification_info);
    put_what(&mut out, &content.kind);
    put_term(&mut out, "bizStep", content.biz_step.as_ref());
    put_term(&mut out, "disposition", content.disposition.as_ref());
    if let Some(disposition) = persistent_disposition(&content.kind) {
        put_persistent_disposition(&mut out, disposition);
    }
    put_place(&mut out, "readPoint", content.read_point.as_ref());
    put_place(&mut out, "bizLocation", content.biz_location.as_ref());
    sensors::put_sensor_elements(&mut out, &content.sensor_elements);
    let mut parts = closing_parts(content);
    parts.sort_unstable();
    out.extend(parts);
    out
}

/// The canonical form of an error declaration, by the rules of the event.
pub(super) fn error_declaration_string(declaration: &ErrorDeclaration) -> String {
    let mut out = String::from("errorDeclaration");
    put_display(&mut out, "declarationTime", declaration.declaration_time);
    put_term(&mut out, "reason", declaration.reason.as_ref());
    put_sorted(
        &mut out,
        "correctiveEventID",
        &declaration.corrective_event_ids,
    );
    extensions::append_sorted(&mut out, &declaration.extensions);
    out
}

/// The fields in which event types differ, up to and including `transformationID`.
fn put_what(out: &mut String, kind: &EventKind) {
    match kind {
        EventKind::Object {
            action,
            epcs,
            quantities,
            ..
        } => {
            put_epcs(out, "epcList", epcs);
            put_quantities(out, "quantityList", quantities);
            put(out, "action", action.as_str());
        }
        EventKind::Transaction {
            action,
            parent,
            epcs,
            quantities,
        } => {
            put_epcs(out, "epcList", epcs);
            put_identifier(out, "parentID", parent.as_ref());
            put_quantities(out, "quantityList", quantities);
            put(out, "action", action.as_str());
        }
        EventKind::Aggregation {
            action,
            parent,
            children,
            child_quantities,
        } => {
            put_identifier(out, "parentID", parent.as_ref());
            put_epcs(out, "childEPCs", children);
            put_quantities(out, "childQuantityList", child_quantities);
            put(out, "action", action.as_str());
        }
        EventKind::Association {
            action,
            parent,
            children,
            child_quantities,
        } => {
            put_identifier(out, "parentID", Some(parent));
            put_epcs(out, "childEPCs", children);
            put_quantities(out, "childQuantityList", child_quantities);
            put(out, "action", action.as_str());
        }
        EventKind::Transformation {
            input_epcs,
            input_quantities,
            output_epcs,
            output_quantities,
            transformation_id,
            ..
        } => {
            put_epcs(out, "inputEPCList", input_epcs);
            put_quantities(out, "inputQuantityList", input_quantities);
            put_epcs(out, "outputEPCList", output_epcs);
            put_quantities(out, "outputQuantityList", output_quantities);
            put_identifier(out, "transformationID", transformation_id.as_ref());
        }
    }
}

/// The parts that close the string; they are sorted among each other.
fn closing_parts(content: &EventContent) -> Vec<String> {
    let mut parts = Vec::with_capacity(content.extensions.len() + 4);
    let transactions = content
        .biz_transactions
        .iter()
        .map(|transaction| typed("bizTransaction", transaction.kind.as_ref(), &transaction.id));
    push_list(&mut parts, "bizTransactionList", transactions.collect());
    let ends = |name, ends: &[SourceOrDestination]| {
        ends.iter()
            .map(|end| typed(name, Some(&end.kind), &end.id))
            .collect()
    };
    push_list(
        &mut parts,
        "destinationList",
        ends("destination", &content.destinations),
    );
    push_list(&mut parts, "sourceList", ends("source", &content.sources));
    sensors::push_report_rules(&mut parts, &content.sensor_elements);
    let mut master_data = String::from("ilmd");
    extensions::append_sorted(&mut master_data, ilmd(&content.kind));
    if master_data != "ilmd" {
        parts.push(master_data);
    }
    for extension in &content.extensions {
        extensions::collect(extension, &mut parts);
    }
    parts
}

fn persistent_disposition(kind: &EventKind) -> Option<&PersistentDisposition> {
    match kind {
        EventKind::Object {
            persistent_disposition,
            ..
        }
        | EventKind::Transformation {
            persistent_disposition,
            ..
        } => persistent_disposition.as_ref(),
        _ => None,
    }
}

fn ilmd(kind: &EventKind) -> &[Extension] {
    match kind {
        EventKind::Object { ilmd, .. } | EventKind::Transformation { ilmd, .. } => ilmd,
        _ => &[],
    }
}

/// `name=value`, the value without surrounding whitespace (rule 5); nothing for an empty value.
pub(super) fn put(out: &mut String, name: &str, value: &str) {
    let value = value.trim();
    if value.is_empty() {
        return;
    }
    out.push_str(name);
    out.push('=');
    out.push_str(value);
}

pub(super) fn put_display(out: &mut String, name: &str, value: impl fmt::Display) {
    out.push_str(name);
    // Writing to a string cannot fail.
    let _ = write!(out, "={value}");
}

pub(super) fn put_identifier(out: &mut String, name: &str, identifier: Option<&Identifier>) {
    if let Some(identifier) = identifier {
        put(out, name, identifier.in_event_hash());
    }
}

pub(super) fn put_term(out: &mut String, name: &str, term: Option<&VocabularyTerm>) {
    if let Some(term) = term {
        put(out, name, term.uri());
    }
}

/// Each identifier under `name`, in bytewise order (rules 10 and 11).
fn put_sorted(out: &mut String, name: &str, identifiers: &[Identifier]) {
    let mut sorted: Vec<&str> = identifiers.iter().map(Identifier::in_event_hash).collect();
    sorted.sort_unstable();
    for identifier in sorted {
        put(out, name, identifier);
    }
}

fn put_epcs(out: &mut String, list_name: &str, epcs: &[Identifier]) {
    if !epcs.is_empty() {
        out.push_str(list_name);
        put_sorted(out, "epc", epcs);
    }
}

fn put_quantities(out: &mut String, list_name: &str, quantities: &[QuantityElement]) {
    let render = |quantity: &QuantityElement| {
        let mut part = String::with_capacity(128);
        part.push_str("quantityElement");
        put(&mut part, "epcClass", quantity.epc_class.in_event_hash());
        if let Some(amount) = quantity.quantity {
            put_display(&mut part, "quantity", amount);
        }
        put(
            &mut part,
            "uom",
            quantity.uom.as_deref().unwrap_or_default(),
        );
        part
    };
    put_list(out, list_name, quantities.iter().map(render).collect());
}

fn put_persistent_disposition(out: &mut String, disposition: &PersistentDisposition) {
    out.push_str("persistentDisposition");
    for (name, terms) in [("set", &disposition.set), ("unset", &disposition.unset)] {
        let mut sorted: Vec<&str> = terms.iter().map(VocabularyTerm::uri).collect();
        sorted.sort_unstable();
        for term in sorted {
            put(out, name, term);
        }
    }
}

fn put_place(out: &mut String, name: &str, place: Option<&Place>) {
    if let Some(place) = place {
        out.push_str(name);
        put(out, "id", place.id.in_event_hash());
        extensions::append_sorted(out, &place.extensions);
    }
}

/// `name` and its parts in bytewise order; nothing for an empty list (rule 4).
pub(super) fn put_list(out: &mut String, name: &str, mut parts: Vec<String>) {
    if !parts.is_empty() {
        parts.sort_unstable();
        out.push_str(name);
        out.extend(parts);
    }
}

/// Adds a list as one part.
pub(super) fn push_list(parts: &mut Vec<String>, name: &str, items: Vec<String>) {
    if !items.is_empty() {
        let mut part = String::new();
        put_list(&mut part, name, items);
        parts.push(part);
    }
}

fn typed(name: &str, kind: Option<&VocabularyTerm>, id: &Identifier) -> String {
    let mut part = String::with_capacity(128);
    put_term(&mut part, "type", kind);
    put(&mut part, name, id.in_event_hash());
    part
}
