//! Events of a cocoa supply chain, from farm to chocolate.

mod hashes;
mod properties;
mod refusals;
mod samples;

use super::*;
use samples::*;

fn parsed(event: &serde_json::Value) -> EpcisEvent {
    parse(event.to_string().as_bytes()).unwrap_or_else(|error| panic!("{error}\n{event}"))
}

#[test]
fn all_samples_are_accepted() {
    for (event, expected) in samples().iter().zip([
        EventType::Object,
        EventType::Object,
        EventType::Aggregation,
        EventType::Transaction,
        EventType::Transformation,
        EventType::Association,
    ]) {
        let event = parsed(event);
        assert_eq!(event.event_type(), expected);
        assert_eq!(EventType::from_name(expected.as_str()), Some(expected));
        assert_eq!(
            event.action().is_none(),
            expected == EventType::Transformation
        );
    }
}

#[test]
fn fields_are_typed() {
    let event = parsed(&harvest());
    assert_eq!(event.event_time.to_string(), "2024-10-02T06:30:00.000Z");
    assert_eq!(event.event_time_zone_offset.minutes(), 0);
    assert_eq!(event.action(), Some(Action::Add));
    assert_eq!(
        event.biz_step.as_ref().map(VocabularyTerm::uri),
        Some("https://ref.gs1.org/cbv/BizStep-commissioning")
    );
    let quantity = event.quantities().next().expect("a quantity");
    assert_eq!(
        quantity.epc_class.as_written(),
        "urn:epc:class:lgtin:762003.0418257.FARM12-2024"
    );
    assert_eq!(
        quantity.epc_class.canonical(),
        "https://id.gs1.org/01/07620034182577/10/FARM12-2024"
    );
    assert_eq!(
        quantity.quantity.map(|amount| amount.to_string()),
        Some("62.5".into())
    );
    assert_eq!(quantity.uom.as_deref(), Some("KGM"));
    let EventKind::Object { ilmd, epcs, .. } = &event.kind else {
        panic!("an object event")
    };
    assert!(epcs.is_empty());
    let variety = ilmd
        .iter()
        .find(|field| field.name.canonical() == "{https://cocoa.example/terms/}variety");
    assert_eq!(
        variety.map(|field| &field.value),
        Some(&ExtensionValue::Text("Trinitario".into()))
    );
    assert_eq!(event.certification_info.len(), 1);
    assert_eq!(event.identity(), event.event_hash().to_string());
}

#[test]
fn identifiers_cover_every_role() {
    let names = |event: &serde_json::Value| -> Vec<String> {
        parsed(event)
            .identifiers()
            .map(|identifier| identifier.canonical().to_string())
            .collect()
    };
    assert_eq!(
        names(&packing()),
        [
            "https://id.gs1.org/00/176200340000000427",
            "https://id.gs1.org/8003/07620034007771B1",
            "https://id.gs1.org/01/07620034182577/10/FARM12-2024"
        ]
    );
    assert_eq!(
        names(&roasting()),
        [
            "https://id.gs1.org/01/07620034182577/21/BAR1",
            "https://id.gs1.org/01/07620034182577/10/FARM12-2024",
            "https://id.gs1.org/01/07620034182577"
        ]
    );
    assert_eq!(
        names(&mounting()),
        [
            "https://id.gs1.org/8004/7620034TRUCK12",
            "https://id.gs1.org/8004/7620034LOGGER7"
        ]
    );
    assert_eq!(
        names(&order()),
        ["https://id.gs1.org/00/176200340000000427"]
    );
    assert_eq!(parsed(&order()).parent(), None);
    assert!(parsed(&mounting()).parent().is_some());
}

#[test]
fn sensor_data_are_typed() {
    let event = parsed(&transport());
    let element = &event.sensor_elements[0];
    let report = &element.reports[0];
    assert_eq!(report.kind.uri(), "https://gs1.org/voc/Temperature");
    assert_eq!(
        report.values.max_value.map(|value| value.to_string()),
        Some("31.4".into())
    );
    assert_eq!(
        element.reports[1]
            .exception
            .as_ref()
            .map(VocabularyTerm::uri),
        Some("https://gs1.org/voc/ALARM_CONDITION")
    );
    let metadata = element.metadata.as_ref().expect("metadata");
    assert_eq!(
        metadata
            .origin
            .device_id
            .as_ref()
            .map(Identifier::canonical),
        Some("https://id.gs1.org/8004/7620034LOGGER7")
    );
    assert_eq!(
        metadata.start_time.map(|time| time.to_string()),
        Some("2024-10-08T00:00:00.000Z".into())
    );
}

#[test]
fn corrections_are_told_from_their_originals() {
    let original = parsed(&order());
    assert_eq!(original.error_declaration, None);
    let declared = |declaration: serde_json::Value| {
        let mut event = order();
        event["errorDeclaration"] = declaration;
        parsed(&event)
    };
    let first = declared(
        serde_json::json!({"declarationTime": "2024-11-01T00:00:00Z", "reason": "incorrect_data"}),
    );
    let again = declared(
        serde_json::json!({"reason": "incorrect_data", "declarationTime": "2024-11-01T01:00:00+01:00"}),
    );
    let other = declared(
        serde_json::json!({"declarationTime": "2024-11-01T00:00:00Z", "reason": "did_not_occur"}),
    );
    assert_eq!(first.event_hash(), original.event_hash());
    let digest = |event: &EpcisEvent| {
        event
            .error_declaration
            .as_ref()
            .map(ErrorDeclaration::digest)
    };
    assert_eq!(digest(&first), digest(&again));
    assert_ne!(digest(&first), digest(&other));
}

#[test]
fn the_context_may_be_a_text_or_an_object() {
    let mut event = mounting();
    event["@context"] = "https://ref.gs1.org/standards/epcis/epcis-context.jsonld".into();
    let with_text = parsed(&event).event_hash();
    event["@context"] = serde_json::json!({});
    assert_eq!(parsed(&event).event_hash(), with_text);
}

#[test]
fn an_aggregation_is_emptied_without_naming_children() {
    let mut event = packing();
    event["action"] = "DELETE".into();
    let event_members = event.as_object_mut().expect("object");
    event_members.remove("childEPCs");
    event_members.remove("childQuantityList");
    let EventKind::Aggregation {
        children,
        child_quantities,
        ..
    } = &parsed(&event).kind
    else {
        panic!("an aggregation")
    };
    assert!(children.is_empty() && child_quantities.is_empty());
}
