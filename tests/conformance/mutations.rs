//! Copies of a document with one thing changed.

use serde_json::{Map, Value, json};

/// Values put in the place of each value of an event, chosen to reach every check of the schema.
fn replacements() -> Vec<Value> {
    vec![
        Value::Null,
        json!(7),
        json!(7.0),
        json!(1e3),
        json!(-0.5),
        json!(true),
        json!([]),
        json!({}),
        json!([{}]),
        json!([""]),
        json!(["urn:x:y", "urn:x:y"]),
        json!(""),
        json!(" "),
        json!("é".repeat(200)),
        json!("é".repeat(300)),
        json!("word"),
        json!("not a uri"),
        json!("urn:é"),
        json!("urn:x:y"),
        json!("https://host:port/"),
        json!("2024-02-30T00:00:00Z"),
        json!("2024-02-29T24:00:00Z"),
        json!("2024-02-29T00:00:00"),
        json!("2024-02-29"),
        json!("2024-02-29T23:59:59.5Z"),
        json!("+14:01"),
        json!("-13:59"),
        json!("shipping"),
        json!("damaged"),
        json!("po"),
        json!("x"),
        json!("Mass"),
        json!("ADD"),
        json!("OBSERVE"),
        json!("DELETE"),
        json!("KGM"),
        json!("kgm"),
        json!("ff0"),
        json!("urn:epcglobal:cbv:bizstep:shipping"),
        json!("https://ns.gs1.org/cbv/BizStep-shipping"),
        json!("https://gs1.org/voc/Mass"),
        json!("ObjectEvent"),
        json!("TransformationEvent"),
        json!("P1DT2H3M4S"),
        json!("PT"),
        json!("P1DT"),
        json!("PT1S1M"),
        json!("PT100000S"),
        json!("local.area"),
        json!("-x"),
        json!(100_000_000_001_u64),
        json!(-1_000_000_001_i64),
    ]
}

/// All copies of `value` with one mutation somewhere inside, each with its pointer.
pub fn mutations(value: &Value) -> Vec<(String, Value)> {
    let mut mutated = Vec::new();
    mutate(value, "", &mut |pointer, mutant| {
        mutated.push((pointer, mutant))
    });
    mutated
}

fn mutate(value: &Value, pointer: &str, emit: &mut dyn FnMut(String, Value)) {
    if !pointer.is_empty() {
        for replacement in replacements() {
            emit(pointer.to_string(), replacement);
        }
    }
    match value {
        Value::Object(members) => mutate_object(members, pointer, emit),
        Value::Array(items) => mutate_array(items, pointer, emit),
        _ => {}
    }
}

fn mutate_object(members: &Map<String, Value>, pointer: &str, emit: &mut dyn FnMut(String, Value)) {
    for (name, added) in [
        ("unprefixed", json!("x")),
        ("bad name:x", json!(1)),
        ("urn:x:y", json!({"a": []})),
        ("ilmd", json!({"a": 1})),
    ] {
        let mut changed = members.clone();
        if changed.insert(name.into(), added).is_none() {
            emit(format!("{pointer}/+{name}"), Value::Object(changed));
        }
    }
    for (name, member) in members {
        let mut without = members.clone();
        without.remove(name);
        emit(format!("{pointer}/-{name}"), Value::Object(without));
        mutate(
            member,
            &format!("{pointer}/{name}"),
            &mut |inner, mutant| {
                let mut changed = members.clone();
                changed.insert(name.clone(), mutant);
                emit(inner, Value::Object(changed));
            },
        );
    }
}

fn mutate_array(items: &[Value], pointer: &str, emit: &mut dyn FnMut(String, Value)) {
    for (index, item) in items.iter().enumerate() {
        let mut without = items.to_vec();
        without.remove(index);
        emit(format!("{pointer}/-{index}"), Value::Array(without));
        let mut twice = items.to_vec();
        twice.push(item.clone());
        emit(format!("{pointer}/+{index}"), Value::Array(twice));
        mutate(item, &format!("{pointer}/{index}"), &mut |inner, mutant| {
            let mut changed = items.to_vec();
            changed[index] = mutant;
            emit(inner, Value::Array(changed));
        });
    }
}

/// Official events of the same shape reach the same checks: one of each is mutated.
pub fn shape(value: &Value) -> String {
    match value {
        Value::Object(members) => {
            let inner: Vec<String> = members
                .iter()
                .map(|(name, member)| format!("{name}{}", shape(member)))
                .collect();
            format!("{{{}}}", inner.join(","))
        }
        Value::Array(items) => {
            let mut inner: Vec<String> = items.iter().map(shape).collect();
            inner.dedup();
            format!("[{}]", inner.join(","))
        }
        Value::String(_) => "s".into(),
        Value::Number(_) => "n".into(),
        Value::Bool(_) => "b".into(),
        Value::Null => "0".into(),
    }
}
