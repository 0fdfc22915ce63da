//! The definition of a named query: its parameters as JSON, with the prefixes that they are written with.

use std::collections::BTreeMap;

use serde_json::value::RawValue;

use super::document::Members;
use super::problems::of_definition;
use crate::api::epcis::EpcisException;
use crate::api::limits::MAX_NAMED_QUERY_BYTES;
use crate::api::problem::Problem;
use crate::ledger::questions::epcis_query::QueryText;
use crate::records::epcis::Namespaces;
use crate::types::json::{self, Limits};

/// The member that declares prefixes.
const CONTEXT: &str = "@context";

/// Reads a definition.
///
/// # Errors
/// [`EpcisException::QueryValidation`] if it is none.
pub(super) fn read(definition: &str) -> Result<QueryText, Problem> {
    const LIMITS: Limits = Limits {
        max_text_bytes: MAX_NAMED_QUERY_BYTES,
        ..Limits::RECORD_BODY
    };
    let json = json::read_within(definition.as_bytes(), LIMITS)
        .map_err(|error| EpcisException::QueryValidation.problem(error.to_string()))?;
    QueryText::from_json(&json).map_err(of_definition)
}

/// A definition that declares prefixes of a request's header itself, so that it means the same without the header. The rest
/// of it stays as it was written.
///
/// # Errors
/// [`EpcisException::QueryValidation`] if it is none, or declares one of the prefixes otherwise;
/// [`EpcisException::QueryTooComplex`] if it becomes too long.
pub(super) fn with_prefixes(definition: &str, declared: &Namespaces) -> Result<String, Problem> {
    let query = read(definition)?;
    let own: BTreeMap<&str, &str> = query.namespaces().iter().collect();
    let mut added: BTreeMap<&str, &str> = BTreeMap::new();
    for (prefix, namespace) in declared.iter() {
        match own.get(prefix) {
            None => drop(added.insert(prefix, namespace)),
            Some(same) if *same == namespace => {}
            Some(other) => {
                return Err(EpcisException::QueryValidation
                    .problem(format!(
                        "the prefix {prefix:?} stands for {other:?} by the query's @context, and for {namespace:?} by the \
                         header GS1-Extensions"
                    ))
                    .with_way_out("declare it in one of them, or alike in both"));
            }
        }
    }
    if added.is_empty() {
        return Ok(definition.to_owned());
    }
    let merged =
        declare(definition, &added).map_err(|error| Problem::internal(&error.to_string()))?;
    if merged.len() > MAX_NAMED_QUERY_BYTES {
        return Err(EpcisException::QueryTooComplex.problem(format!(
            "the query has {} bytes with the prefixes of the header GS1-Extensions, at most {MAX_NAMED_QUERY_BYTES} are taken",
            merged.len()
        )));
    }
    // It may have too many prefixes now.
    read(&merged)?;
    Ok(merged)
}

/// A definition with more prefixes in its `@context`, which comes first.
fn declare(definition: &str, added: &BTreeMap<&str, &str>) -> serde_json::Result<String> {
    let Members(members) = serde_json::from_str(definition)?;
    let added = serde_json::value::to_raw_value(added)?;
    let is_context = |(name, _): &&(String, &RawValue)| name == CONTEXT;
    let context = match members.iter().find(is_context) {
        None => added,
        Some((_, own)) => {
            let mut entries: Vec<&RawValue> = match own.get().starts_with('[') {
                true => serde_json::from_str(own.get())?,
                false => vec![own],
            };
            entries.push(&added);
            serde_json::value::to_raw_value(&entries)?
        }
    };
    let mut out = format!("{{\"{CONTEXT}\":{}", context.get());
    for (name, value) in members.iter().filter(|member| !is_context(member)) {
        out.push(',');
        out.push_str(&serde_json::to_string(name)?);
        out.push(':');
        out.push_str(value.get());
    }
    out.push('}');
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NAMESPACE: &str = "https://a.example/";

    fn merged(definition: &str) -> Result<String, Problem> {
        let mut declared = Namespaces::default();
        declared.declare("a", NAMESPACE).unwrap();
        with_prefixes(definition, &declared)
    }

    #[test]
    fn prefixes_of_the_header_come_to_those_of_the_definition() {
        let a = r#"{"a":"https://a.example/"}"#;
        let b = r#"{ "b": "https://b.example/" }"#;
        let gs1 = r#""https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld""#;
        for (own, context) in [
            (String::new(), a.to_owned()),
            (format!(r#""@context": {b},"#), format!("[{b},{a}]")),
            (format!(r#""@context":{gs1},"#), format!("[{gs1},{a}]")),
            (
                format!(r#""@context": [{gs1}, {b}],"#),
                format!("[{gs1},{b},{a}]"),
            ),
        ] {
            let definition = format!(r#"{{{own} "GE_a:grade": 1.50, "EQ_action":[ "ADD"]}}"#);
            let merged = merged(&definition).unwrap();
            let expected =
                format!(r#"{{"@context":{context},"GE_a:grade":1.50,"EQ_action":[ "ADD"]}}"#);
            assert_eq!(merged, expected);
            // Once more there is nothing to add.
            assert_eq!(super::tests::merged(&merged).unwrap(), merged);
        }
        let same = format!(r#"{{ "@context": {a}, "EXISTS_a:x": null }}"#);
        assert_eq!(merged(&same).unwrap(), same);
        let none = r#"{ "EQ_action": "ADD" }"#;
        assert_eq!(with_prefixes(none, &Namespaces::default()).unwrap(), none);
    }

    #[test]
    fn a_prefix_has_one_meaning_and_a_definition_its_bounds() {
        let other = r#"{"@context":{"a":"https://other.example/"},"EXISTS_a:x":null}"#;
        let refused = merged(other).unwrap_err();
        assert_eq!(refused.document().status, 400);
        assert!(refused.document().cause.contains("other.example"));
        let long = format!(
            r#"{{"EQ_action":"{}"}}"#,
            "A".repeat(MAX_NAMED_QUERY_BYTES - 30)
        );
        let refused = merged(&long).unwrap_err();
        assert_eq!(refused.document().status, 413);
        assert!(merged("[]").is_err() && merged("{").is_err());
    }
}
