//! Each rule, with the place and the text of its refusal.

use serde_json::{Value, json};

use super::super::*;
use super::samples::*;

/// Changes one value, adds one when the pointer leads to none, or removes one for `None`.
fn changed(mut event: Value, pointer: &str, value: Option<Value>) -> Value {
    let (parent, name) = pointer.rsplit_once('/').expect("a pointer");
    match event.pointer_mut(parent).expect("a parent") {
        Value::Object(members) => {
            match value {
                Some(value) => members.insert(name.replace("~1", "/"), value),
                None => members.remove(name),
            };
        }
        Value::Array(items) => {
            let index: usize = name.parse().expect("an index");
            match value {
                Some(value) if index < items.len() => items[index] = value,
                Some(value) => items.push(value),
                None => drop(items.remove(index)),
            }
        }
        _ => panic!("no container at {parent}"),
    }
    event
}

fn refusal(event: &Value) -> EpcisError {
    parse(event.to_string().as_bytes()).expect_err("must be refused")
}

#[test]
fn each_rule_names_its_place() {
    let sensor = "/sensorElementList/0";
    let report = "/sensorElementList/0/sensorReport/0";
    let cases: Vec<(Value, String, Option<Value>, &str)> = vec![
        (harvest(), "/type".into(), None, "this field is required"),
        (
            harvest(),
            "/@context".into(),
            None,
            "this field is required",
        ),
        (
            harvest(),
            "/eventTime".into(),
            None,
            "this field is required",
        ),
        (
            harvest(),
            "/eventTimeZoneOffset".into(),
            None,
            "this field is required",
        ),
        (harvest(), "/action".into(), None, "this field is required"),
        (
            harvest(),
            "/readPoint/id".into(),
            None,
            "this field is required",
        ),
        (
            harvest(),
            "/quantityList/0/epcClass".into(),
            None,
            "this field is required",
        ),
        (
            packing(),
            "/parentID".into(),
            None,
            "this field is required",
        ),
        (
            mounting(),
            "/parentID".into(),
            None,
            "this field is required",
        ),
        (
            order(),
            "/bizTransactionList".into(),
            None,
            "this field is required",
        ),
        (
            order(),
            "/bizTransactionList/0/bizTransaction".into(),
            None,
            "this field is required",
        ),
        (
            order(),
            "/sourceList/0/type".into(),
            None,
            "this field is required",
        ),
        (
            order(),
            "/destinationList/0/destination".into(),
            None,
            "this field is required",
        ),
        (
            transport(),
            format!("{sensor}/sensorReport"),
            None,
            "this field is required",
        ),
        (
            transport(),
            format!("{report}/type"),
            None,
            "this field is required",
        ),
        (
            harvest(),
            "/eventTime".into(),
            Some(json!(7)),
            "expected a string, found number",
        ),
        (
            harvest(),
            "/quantityList".into(),
            Some(json!({})),
            "expected an array, found object",
        ),
        (
            harvest(),
            "/ilmd".into(),
            Some(json!([])),
            "expected an object, found array",
        ),
        (
            harvest(),
            "/quantityList/0/quantity".into(),
            Some(json!("62")),
            "expected a number, found string",
        ),
        (
            transport(),
            format!("{report}/booleanValue"),
            Some(json!(null)),
            "expected a boolean, found null",
        ),
        (
            harvest(),
            "/type".into(),
            Some(json!("QuantityEvent")),
            "is not an event type",
        ),
        (
            harvest(),
            "/action".into(),
            Some(json!("add")),
            "is not an action",
        ),
        (
            harvest(),
            "/eventTime".into(),
            Some(json!("2024-10-02T06:30:00")),
            "not a date and time with an offset",
        ),
        (
            harvest(),
            "/recordTime".into(),
            Some(json!("2024-02-30T06:30:00Z")),
            "no such date",
        ),
        (
            harvest(),
            "/eventTimeZoneOffset".into(),
            Some(json!("+15:00")),
            "is not an offset",
        ),
        (
            harvest(),
            "/eventID".into(),
            Some(json!("event 7")),
            "is not an absolute URI",
        ),
        (
            harvest(),
            "/bizStep".into(),
            Some(json!("roasting")),
            "neither a business step of the core",
        ),
        (
            harvest(),
            "/disposition".into(),
            Some(json!("urn:epcglobal:cbv:disp:active")),
            "must be written as a bare word",
        ),
        (
            harvest(),
            "/quantityList/0/uom".into(),
            Some(json!("kg")),
            "is not a unit of measure",
        ),
        (
            harvest(),
            "/quantityList/0/quantity".into(),
            Some(json!(-1)),
            "a quantity cannot be negative",
        ),
        (
            harvest(),
            "/quantityList/0/lot".into(),
            Some(json!("x")),
            "a quantity element has no such field",
        ),
        (
            harvest(),
            "/childEPCs".into(),
            Some(json!([])),
            "ObjectEvent has no such field",
        ),
        (
            harvest(),
            "/farm".into(),
            Some(json!("x")),
            "ObjectEvent has no such field",
        ),
        (
            harvest(),
            "/cocoa:bad name".into(),
            Some(json!("x")),
            "ObjectEvent has no such field",
        ),
        (
            harvest(),
            "/ilmd/variety".into(),
            Some(json!("x")),
            "instance or lot master data has no such field",
        ),
        (
            harvest(),
            "/readPoint/@context".into(),
            Some(json!({})),
            "@context is accepted at the top level only",
        ),
        (
            harvest(),
            "/cocoa:x".into(),
            Some(json!(1e60)),
            "a number with more than 38 digits",
        ),
        (
            transport(),
            "/epcList/0".into(),
            Some(json!("urn:epc:id:sscc:7620034.42")),
            "expected urn:epc:id:sscc:",
        ),
        (
            transport(),
            "/epcList/1".into(),
            Some(json!("urn:epc:id:sscc:7620034.1000000042")),
            "occurs twice",
        ),
        (
            transport(),
            "/readPoint/id".into(),
            Some(json!("https://id.gs1.org/414/7620034000214")),
            "must be 5",
        ),
        (
            transport(),
            "/persistentDisposition/set".into(),
            Some(json!([])),
            "the list must not be empty",
        ),
        (
            transport(),
            "/persistentDisposition/set/1".into(),
            Some(json!("completeness_inferred")),
            "occurs twice",
        ),
        (
            transport(),
            "/persistentDisposition".into(),
            Some(json!({})),
            "one of set and unset is required",
        ),
        (
            transport(),
            "/persistentDisposition/reset".into(),
            Some(json!([])),
            "has no such field",
        ),
        (
            transport(),
            format!("{sensor}/sensorReport"),
            Some(json!([])),
            "the list must not be empty",
        ),
        (
            transport(),
            format!("{sensor}/probe"),
            Some(json!(1)),
            "a sensor element has no such field",
        ),
        (
            transport(),
            format!("{sensor}/sensorMetadata/probe"),
            Some(json!(1)),
            "sensor metadata has no such field",
        ),
        (
            transport(),
            format!("{report}/probe"),
            Some(json!(1)),
            "a sensor report has no such field",
        ),
        (
            transport(),
            format!("{report}/hexBinaryValue"),
            Some(json!("xyz")),
            "is not a sequence of hexadecimal digits",
        ),
        (
            transport(),
            "/ilmd".into(),
            Some(json!({})),
            "ilmd is accepted with action ADD only",
        ),
        (
            order(),
            "/bizTransactionList".into(),
            Some(json!([])),
            "the list must not be empty",
        ),
        (
            order(),
            "/bizTransactionList/0/due".into(),
            Some(json!("x")),
            "a business transaction has no such field",
        ),
        (
            order(),
            "/sourceList/0/name".into(),
            Some(json!("x")),
            "a source has no such field",
        ),
        (
            order(),
            "/destinationList/0/type".into(),
            Some(json!("po")),
            "neither a source or destination type",
        ),
        (
            order(),
            "/errorDeclaration".into(),
            Some(json!({"reason": "did_not_occur"})),
            "this field is required",
        ),
        (
            order(),
            "/@context/1/https".into(),
            Some(json!("urn:x:")),
            "the prefix \"https\" cannot be redefined",
        ),
    ];
    for (event, pointer, value, expected) in cases {
        let mutant = changed(event, &pointer, value);
        let error = refusal(&mutant);
        assert!(error.to_string().contains(expected), "{pointer}: {error}");
        let place = if pointer == "/errorDeclaration" {
            "/errorDeclaration/declarationTime"
        } else {
            &pointer
        };
        assert_eq!(error.pointer(), place, "{error}");
        assert!(
            error.to_string().starts_with(&format!("at {place}: ")),
            "{error}"
        );
    }
}

#[test]
fn an_event_must_be_about_something() {
    for (event, names) in [
        (harvest(), vec!["quantityList"]),
        (transport(), vec!["epcList", "readPoint"]),
        (transport(), vec!["epcList", "sensorElementList"]),
        (packing(), vec!["childEPCs", "childQuantityList"]),
        (order(), vec!["epcList"]),
        (roasting(), vec!["transformationID", "inputQuantityList"]),
        (
            roasting(),
            vec!["inputQuantityList", "outputEPCList", "outputQuantityList"],
        ),
        (mounting(), vec!["childEPCs"]),
    ] {
        let mutant = names.iter().fold(event, |event, name| {
            changed(event, &format!("/{name}"), None)
        });
        let error = refusal(&mutant);
        assert!(
            matches!(
                &error,
                EpcisError::Field {
                    fault: FieldFault::NothingObserved { .. },
                    ..
                }
            ),
            "{error}"
        );
        assert!(error.to_string().starts_with("at the event: "), "{error}");
    }
}

#[test]
fn one_side_of_a_long_transformation_is_enough() {
    let event = changed(roasting(), "/inputQuantityList", None);
    assert!(parse(event.to_string().as_bytes()).is_ok());
}

#[test]
fn an_extension_has_a_declared_prefix_or_one_that_nobody_can_look_up() {
    let named = |name: &str, context: Value| {
        let mut event = changed(harvest(), "/@context", Some(context));
        event[name] = json!("bar");
        event
    };
    let standard = "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld";
    let cocoa = json!({"cocoa": "https://cocoa.example/terms/"});
    let closed = || json!([standard, cocoa]);
    let refused = refusal(&named("y:foo", closed())).to_string();
    assert!(
        refused.contains("is declared neither in @context nor by EPCIS"),
        "{refused}"
    );
    for (name, context) in [
        ("cocoa:foo", closed()),
        ("urn:y:foo", closed()),
        ("https://y.example/foo", closed()),
        (
            "y:foo",
            json!([standard, cocoa, "https://y.example/context"]),
        ),
    ] {
        assert!(
            parse(named(name, context).to_string().as_bytes()).is_ok(),
            "{name}"
        );
    }
}

#[test]
fn a_context_of_too_many_entries_is_refused() {
    let entries: Vec<Value> = (0..40)
        .map(|number| json!({format!("p{number}"): "urn:x:"}))
        .collect();
    let error = refusal(&changed(
        harvest(),
        "/@context",
        Some(Value::Array(entries)),
    ));
    assert_eq!(
        error.to_string(),
        "at /@context: 40 items are more than the limit of 32"
    );
}

#[test]
fn names_that_would_swell_the_hash_are_refused() {
    let long = format!("urn:x:{}", "y".repeat(507));
    let error = refusal(&changed(
        harvest(),
        &format!("/{long}"),
        Some(json!([1, 2])),
    ));
    assert_eq!(
        error.to_string(),
        format!("at /{long}: 513 bytes are more than the limit of 512")
    );
    let error = refusal(&changed(harvest(), "/cocoa:x", Some(json!({ &long: 1 }))));
    assert_eq!(error.pointer(), format!("/cocoa:x/{long}"));
    let error = refusal(&changed(harvest(), "/@context/1/long", Some(json!(long))));
    assert_eq!(
        error.to_string(),
        "at /@context/1/long: 513 bytes are more than the limit of 512"
    );
    let accepted = changed(
        harvest(),
        &format!("/{}", &long[..512]),
        Some(json!([1, 2])),
    );
    assert!(parse(accepted.to_string().as_bytes()).is_ok());
}

#[test]
fn what_is_no_json_object_is_refused() {
    assert!(matches!(parse(b"{"), Err(EpcisError::Json(_))));
    assert_eq!(
        parse(b"[]").expect_err("no object").to_string(),
        "at the event: expected an object, found array"
    );
    let twice = harvest()
        .to_string()
        .replacen('{', r#"{"action":"ADD","#, 1);
    let error = parse(twice.as_bytes()).expect_err("a duplicate");
    assert_eq!(error.pointer(), "/action");
    assert!(
        error.to_string().starts_with(
            "the body is not acceptable JSON: the member name \"action\" occurs twice"
        )
    );
}

/// In both spellings, and in each list. What is on a ledger already is read all the same.
#[test]
fn lists_of_objects_hold_no_classes_and_amounts_are_of_no_single_object() {
    const LOT: [&str; 4] = [
        "urn:epc:class:lgtin:762003.0418257.7",
        "https://id.gs1.org/01/07620034182577/10/7",
        "HTTPS://ID.GS1.ORG/01/07620034182577",
        "urn:epc:idpat:sgtin:762003.0418257.*",
    ];
    const OBJECT: [&str; 4] = [
        "urn:epc:id:sgtin:762003.0418257.7",
        "https://id.gs1.org/01/07620034182577/21/7",
        "https://shop.example/01/07620034182577/10/7/21/7",
        "https://id.gs1.org/00/176200340000000427",
    ];
    let changed_kind = |event: Value, kind: &str| changed(event, "/type", Some(json!(kind)));
    let amount = json!([{"epcClass": "urn:epc:class:lgtin:762003.0418257.7"}]);
    let roasted = changed(roasting(), "/inputEPCList", Some(json!(["urn:x:sack"])));
    let ordered = changed(order(), "/quantityList", Some(amount.clone()));
    let mounted = changed(mounting(), "/childQuantityList", Some(amount));
    let cases = [
        (transport(), "/epcList/0", LOT),
        (packing(), "/parentID", LOT),
        (packing(), "/childEPCs/0", LOT),
        (
            changed_kind(packing(), "AssociationEvent"),
            "/parentID",
            LOT,
        ),
        (mounted.clone(), "/childEPCs/0", LOT),
        (order(), "/epcList/0", LOT),
        (
            changed(order(), "/parentID", Some(json!("urn:x:a"))),
            "/parentID",
            LOT,
        ),
        (roasted.clone(), "/inputEPCList/0", LOT),
        (roasted, "/outputEPCList/0", LOT),
        (harvest(), "/quantityList/0/epcClass", OBJECT),
        (packing(), "/childQuantityList/0/epcClass", OBJECT),
        (mounted, "/childQuantityList/0/epcClass", OBJECT),
        (ordered, "/quantityList/0/epcClass", OBJECT),
        (roasting(), "/inputQuantityList/0/epcClass", OBJECT),
        (roasting(), "/outputQuantityList/0/epcClass", OBJECT),
    ];
    for (event, pointer, refused) in cases {
        let (accepted, expected) = match refused == LOT {
            true => (OBJECT, "names a class of objects"),
            false => (LOT, "names a single object"),
        };
        let judge = |id: &str| {
            let event = changed(event.clone(), pointer, Some(json!(id))).to_string();
            parse(event.as_bytes()).unwrap_or_else(|error| panic!("{pointer} {id}: {error}"));
            check(event.as_bytes())
        };
        for id in refused {
            let error = judge(id).expect_err(id);
            assert_eq!(error.pointer, pointer);
            assert!(error.reason.contains(expected), "{pointer} {id}: {error}");
        }
        for id in accepted.into_iter().chain(["urn:x:any"]) {
            assert!(judge(id).is_ok(), "{pointer} {id}");
        }
    }
}
