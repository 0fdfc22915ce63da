//! What a contract's schema may say.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use super::contradictions::contradictions;
use crate::types::json::escape_pointer_segment;

/// Most schemas (objects that stand where a schema may) in one file.
const MAX_SUBSCHEMAS: usize = 2_000;

/// Most schemas that one value may be held against at one place, references followed: it bounds
/// what references to references can multiply.
const MAX_ALTERNATIVES: u64 = 2_000;

/// Most faults of one file that are told: each is looked for in its text. Further ones are told when these are mended.
const MAX_FAULTS: usize = 16;

/// Most names of definitions that a fault lists.
const MAX_SHOWN_NAMES: usize = 16;

/// The draft of JSON Schema that schemas are of.
const DRAFT: &str = "https://json-schema.org/draft/2020-12/schema";

/// Largest whole number that a bound may be: what every JSON reader keeps exactly.
const MAX_BOUND: i64 = (1 << 53) - 1;

/// Most regular expressions of one contract: compiling each takes time.
pub(in crate::contracts) const MAX_PATTERNS: usize = 100;

/// Keywords whose value is one schema for values inside this one.
const INNER_SCHEMA: &[&str] = &["items", "contains", "additionalProperties", "propertyNames"];

/// Keywords whose value is one schema for the same value.
const SAME_SCHEMA: &[&str] = &["not", "if", "then", "else"];

/// Keywords whose value is a list of schemas for the same value.
const SAME_LIST: &[&str] = &["allOf", "anyOf", "oneOf"];

/// Keywords whose value is an object of schemas for values inside this one.
const INNER_MAP: &[&str] = &["properties", "patternProperties"];

/// Keywords that hold sizes or counts.
const COUNTS: &[&str] = &[
    "minLength",
    "maxLength",
    "minItems",
    "maxItems",
    "minProperties",
    "maxProperties",
    "minContains",
    "maxContains",
];

/// Keywords that hold bounds of numbers.
const BOUNDS: &[&str] = &[
    "minimum",
    "maximum",
    "exclusiveMinimum",
    "exclusiveMaximum",
    "multipleOf",
];

/// Keywords that judge nothing, or that the library checks the shape of.
const OTHERS: &[&str] = &[
    "$comment",
    "title",
    "description",
    "default",
    "examples",
    "deprecated",
    "readOnly",
    "writeOnly",
    "type",
    "enum",
    "const",
    "required",
    "uniqueItems",
    "pattern",
    "format",
    "dependentRequired",
];

/// The types that a value can have.
const TYPES: &[&str] = &[
    "null", "boolean", "object", "array", "number", "integer", "string",
];

/// The formats that strings may have: those of the draft, less `regex`, whose cost a
/// body would choose, and those for international names.
pub(in crate::contracts) const FORMATS: &[&str] = &[
    "date",
    "date-time",
    "duration",
    "email",
    "hostname",
    "ipv4",
    "ipv6",
    "iri",
    "iri-reference",
    "json-pointer",
    "relative-json-pointer",
    "time",
    "uri",
    "uri-reference",
    "uri-template",
    "uuid",
];

/// Every keyword that contracts may use.
#[cfg(test)]
pub(in crate::contracts) fn keywords() -> Vec<&'static str> {
    let named = [
        "$ref",
        "$schema",
        "$defs",
        "dependentSchemas",
        "prefixItems",
    ];
    let groups = [
        INNER_SCHEMA,
        SAME_SCHEMA,
        SAME_LIST,
        INNER_MAP,
        COUNTS,
        BOUNDS,
        OTHERS,
    ];
    named.into_iter().chain(groups.concat()).collect()
}

/// A fault at a place: JSON pointer and reason.
pub(super) type Fault = (String, String);

/// Everything in a schema that contracts may not use. `patterns_left` is how many more regular
/// expressions the contract may have.
pub(super) fn faults(document: &Value, patterns_left: &mut usize) -> Vec<Fault> {
    let mut walk = Walk {
        document,
        patterns_left,
        faults: Vec::new(),
        same: BTreeMap::new(),
        count: 0,
    };
    walk.schema(document, "");
    if walk.count > MAX_SUBSCHEMAS {
        walk.fault("", format!("it has more than {MAX_SUBSCHEMAS} schemas"));
    }
    if walk.faults.is_empty() {
        walk.check_alternatives();
    }
    walk.faults
}

struct Walk<'a, 'p> {
    document: &'a Value,
    patterns_left: &'p mut usize,
    faults: Vec<Fault>,
    /// For each schema, by pointer, the schemas that judge the same value.
    same: BTreeMap<String, Vec<String>>,
    count: usize,
}

impl<'a> Walk<'a, '_> {
    fn fault(&mut self, pointer: &str, reason: impl Into<String>) {
        if self.faults.len() >= MAX_FAULTS {
            return;
        }
        self.faults.push((pointer.to_owned(), reason.into()));
    }

    fn schema(&mut self, schema: &'a Value, pointer: &str) {
        self.count += 1;
        if self.count > MAX_SUBSCHEMAS {
            return;
        }
        match schema {
            Value::Bool(_) => {}
            Value::Object(members) => {
                self.same.entry(pointer.to_owned()).or_default();
                for (keyword, reason) in contradictions(members) {
                    self.fault(&format!("{pointer}{keyword}"), reason);
                }
                for (keyword, value) in members {
                    self.keyword(members, keyword, value, pointer);
                }
            }
            _ => self.fault(pointer, "a schema is an object, true or false"),
        }
    }

    fn keyword(
        &mut self,
        schema: &'a Map<String, Value>,
        keyword: &'a str,
        value: &'a Value,
        pointer: &str,
    ) {
        let place = join(pointer, keyword);
        match keyword {
            "$ref" => self.reference(value, pointer, &place),
            "$schema" => self.draft(value, &place),
            "$defs" | "dependentSchemas" => self.map(value, pointer, &place, keyword),
            "prefixItems" => self.list(value, pointer, &place, Judged::Inner),
            "pattern" => self.pattern(value, &place),
            "format" if !schema.contains_key("type") => {
                self.fault(&place, "a format needs \"type\": \"string\" beside it");
            }
            "format" => self.word(value, FORMATS, "format", &place),
            "type" => match value.as_array() {
                Some(types) => {
                    for (index, one) in types.iter().enumerate() {
                        self.word(one, TYPES, "type", &join(&place, &index.to_string()));
                    }
                }
                None => self.word(value, TYPES, "type", &place),
            },
            _ if INNER_SCHEMA.contains(&keyword) => self.schema(value, &place),
            _ if SAME_SCHEMA.contains(&keyword) => {
                self.judges_same(pointer, &place);
                self.schema(value, &place);
            }
            _ if SAME_LIST.contains(&keyword) => self.list(value, pointer, &place, Judged::Same),
            _ if INNER_MAP.contains(&keyword) => self.map(value, pointer, &place, keyword),
            _ if COUNTS.contains(&keyword) => {
                if value.as_u64().is_none() {
                    self.fault(&place, "a whole number, 0 or more, is expected");
                }
            }
            _ if BOUNDS.contains(&keyword) => {
                let is_whole = value.as_i64().is_some_and(|bound| bound.abs() <= MAX_BOUND);
                if !is_whole {
                    self.fault(
                        &place,
                        "bounds are whole numbers below 2^53: no floating point decides here. \
                         Compare decimals in a rule, with scaled()",
                    );
                }
            }
            _ if OTHERS.contains(&keyword) => {}
            _ => self.fault(
                &place,
                format!("{keyword:?} is no keyword that contracts may use"),
            ),
        }
    }

    fn word(&mut self, value: &Value, known: &[&str], what: &str, place: &str) {
        if !value.as_str().is_some_and(|word| known.contains(&word)) {
            let reason = format!("{value} is no {what}; there are {}", known.join(", "));
            self.fault(place, reason);
        }
    }

    fn judges_same(&mut self, pointer: &str, place: &str) {
        self.same
            .entry(pointer.to_owned())
            .or_default()
            .push(place.to_owned());
    }

    fn reference(&mut self, value: &'a Value, pointer: &str, place: &str) {
        // The definitions of the document are schemas, and all of them are walked. What stands deeper in
        // one need not be either.
        let name = value
            .as_str()
            .and_then(|text| text.strip_prefix("#/$defs/"));
        let definitions = self.document.get("$defs").and_then(Value::as_object);
        match name.filter(|name| is_definition_name(name)) {
            Some(name) if definitions.is_some_and(|all| all.contains_key(name)) => {
                self.judges_same(pointer, &format!("/$defs/{name}"));
            }
            Some(name) => self.fault(place, undefined(name, definitions)),
            None => self.fault(
                place,
                "a reference is #/$defs/NAME, to a definition of the same file; its name is of letters, \
                 digits, \".\", \"_\" and \"-\"",
            ),
        }
    }

    /// Another draft would have other keywords, in a part of the file even.
    fn draft(&mut self, value: &Value, place: &str) {
        if value.as_str() != Some(DRAFT) {
            self.fault(place, format!("contracts have schemas of {DRAFT}"));
        }
    }

    fn list(&mut self, value: &'a Value, pointer: &str, place: &str, judges: Judged) {
        let Some(items) = value.as_array() else {
            self.fault(place, "a list of schemas is expected");
            return;
        };
        for (index, item) in items.iter().enumerate() {
            let item_place = join(place, &index.to_string());
            if judges == Judged::Same {
                self.judges_same(pointer, &item_place);
            }
            self.schema(item, &item_place);
        }
    }

    fn map(&mut self, value: &'a Value, pointer: &str, place: &str, keyword: &str) {
        let Some(members) = value.as_object() else {
            self.fault(place, "an object of schemas is expected");
            return;
        };
        for (name, item) in members {
            let item_place = join(place, name);
            if keyword == "dependentSchemas" {
                self.judges_same(pointer, &item_place);
            }
            if keyword == "patternProperties" {
                self.check_pattern(name, &item_place);
            }
            self.schema(item, &item_place);
        }
    }

    fn pattern(&mut self, value: &Value, place: &str) {
        match value.as_str() {
            None => self.fault(place, "a pattern is a string"),
            Some(pattern) => self.check_pattern(pattern, place),
        }
    }

    fn check_pattern(&mut self, pattern: &str, place: &str) {
        let Some(left) = self.patterns_left.checked_sub(1) else {
            let reason = format!("a contract has {MAX_PATTERNS} regular expressions at most");
            self.fault(place, reason);
            return;
        };
        *self.patterns_left = left;
        if let Err(reason) = super::compiled::check_pattern(pattern) {
            self.fault(place, reason);
        }
    }

    /// No schema may lead back to itself without going into the value, and none may stand for too
    /// many.
    fn check_alternatives(&mut self) {
        let mut known = BTreeMap::new();
        let pointers: Vec<String> = self.same.keys().cloned().collect();
        for pointer in pointers {
            let mut open = BTreeSet::new();
            match alternatives(&self.same, &pointer, &mut open, &mut known) {
                None => {
                    self.fault(&pointer, "the schema refers to itself for the same value");
                    return;
                }
                Some(count) if count > MAX_ALTERNATIVES => {
                    self.fault(
                        &pointer,
                        format!(
                            "one value would be held against more than {MAX_ALTERNATIVES} schemas"
                        ),
                    );
                    return;
                }
                Some(_) => {}
            }
        }
    }
}

/// Which value a list of schemas judges.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Judged {
    Same,
    Inner,
}

/// How many schemas a value is held against where it is held against this one; none for a circle.
fn alternatives(
    same: &BTreeMap<String, Vec<String>>,
    pointer: &str,
    open: &mut BTreeSet<String>,
    known: &mut BTreeMap<String, u64>,
) -> Option<u64> {
    if let Some(count) = known.get(pointer) {
        return Some(*count);
    }
    if !open.insert(pointer.to_owned()) {
        return None;
    }
    let mut count = 1u64;
    for inner in same.get(pointer).into_iter().flatten() {
        count = count.saturating_add(alternatives(same, inner, open, known)?);
    }
    open.remove(pointer);
    known.insert(pointer.to_owned(), count);
    Some(count)
}

/// Whether a name stands in a reference as it is: in a URI and in a JSON pointer other characters are
/// written in other ways, and two readings of one reference could lead to two places.
fn is_definition_name(name: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
    !name.is_empty() && name.bytes().all(is_plain)
}

/// Why a reference leads to nothing, and where it could lead.
fn undefined(name: &str, definitions: Option<&Map<String, Value>>) -> String {
    let known: Vec<&str> = definitions
        .into_iter()
        .flat_map(Map::keys)
        .map(String::as_str)
        .filter(|known| is_definition_name(known))
        .collect();
    let shown = known.get(..MAX_SHOWN_NAMES).unwrap_or(&known).join(", ");
    match known.len() {
        0 => format!("\"$defs\" defines nothing by the name {name:?}, nor by another"),
        count if count > MAX_SHOWN_NAMES => format!(
            "\"$defs\" defines nothing by the name {name:?}; there are {shown} and {} more",
            count - MAX_SHOWN_NAMES
        ),
        _ => format!("\"$defs\" defines nothing by the name {name:?}; there are {shown}"),
    }
}

fn join(pointer: &str, segment: &str) -> String {
    format!("{pointer}/{}", escape_pointer_segment(segment))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn faults(schema: &Value) -> Vec<Fault> {
        super::faults(schema, &mut MAX_PATTERNS.clone())
    }

    fn places(schema: &Value) -> Vec<String> {
        faults(schema).into_iter().map(|(place, _)| place).collect()
    }

    #[test]
    fn ordinary_schemas_pass() {
        let schema = json!({
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "type": "object",
            "required": ["lines"],
            "additionalProperties": false,
            "properties": {
                "lines": {"type": "array", "maxItems": 5, "items": {"$ref": "#/$defs/line"}},
                "when": {"type": "string", "format": "date-time"},
                "grade": {"enum": ["a", "b"]}
            },
            "patternProperties": {"^x-[a-z]+$": {"type": "integer", "minimum": 0}},
            "if": {"required": ["when"]}, "then": {"required": ["grade"]},
            "$defs": {"line": {"oneOf": [{"type": "string", "pattern": "^[A-Z]{2}$"}, {"type": "null"}]}}
        });
        assert_eq!(faults(&schema), Vec::new());
    }

    #[test]
    fn each_restriction_names_its_place() {
        let cases = [
            (json!({"requried": ["a"]}), "/requried"),
            (json!({"$id": "https://example.com/x"}), "/$id"),
            (json!({"$ref": "https://example.com/x"}), "/$ref"),
            (json!({"$ref": "#/$defs/missing"}), "/$ref"),
            (json!({"$ref": "#"}), "/$ref"),
            (
                json!({"items": {"$schema": "http://json-schema.org/draft-07/schema#"}}),
                "/items/$schema",
            ),
            (json!({"minimum": 0.5}), "/minimum"),
            (json!({"multipleOf": 0.01}), "/multipleOf"),
            (json!({"maximum": 9_007_199_254_740_992_i64}), "/maximum"),
            (json!({"maxItems": -1}), "/maxItems"),
            (json!({"format": "date-time"}), "/format"),
            (json!({"type": "string", "format": "datetime"}), "/format"),
            (json!({"type": "string", "format": "regex"}), "/format"),
            (json!({"type": "strng"}), "/type"),
            (json!({"type": ["string", "text"]}), "/type/1"),
            (json!({"pattern": "(?=a)b"}), "/pattern"),
            (json!({"pattern": "(a"}), "/pattern"),
            (json!({"pattern": r"(a)\1"}), "/pattern"),
            (
                json!({"patternProperties": {"(?!x)": true}}),
                "/patternProperties/(?!x)",
            ),
            (json!({"allOf": {"type": "string"}}), "/allOf"),
            (json!({"items": [true]}), "/items"),
            (
                json!({"unevaluatedProperties": false}),
                "/unevaluatedProperties",
            ),
            (
                json!({"properties": {"a/b": {"nope": 1}}}),
                "/properties/a~1b/nope",
            ),
        ];
        for (schema, place) in cases {
            assert_eq!(places(&schema), [place], "{schema}");
        }
    }

    /// A definition's inside may be anything, such as a value that somebody calls the default: what is
    /// never walked must not be compiled either.
    #[test]
    fn references_lead_to_definitions_and_nowhere_else() {
        let hidden = json!({"minimum": 0.5, "unevaluatedProperties": false, "requried": []});
        let definitions = json!({
            "a": {"default": hidden, "properties": {"b": true}, "const": hidden, "$defs": {"c": true}},
            "a%2Fdefault": true,
            "a~1b": true,
            "a/b": true,
            "": true
        });
        for target in [
            "a/default",
            "a/const",
            "a/properties",
            "a/properties/b",
            "a/$defs/c",
            "a%2Fdefault",
            "a~1b",
            "a~01b",
            "",
        ] {
            let schema = json!({"$ref": format!("#/$defs/{target}"), "$defs": definitions});
            assert_eq!(places(&schema), ["/$ref"], "{target}");
        }
        let schema = json!({"$ref": "#/$defs/a", "$defs": {"a": {"type": "string"}}});
        assert_eq!(faults(&schema), Vec::new());
    }

    #[test]
    fn a_name_that_is_not_defined_is_told_with_those_that_are() {
        let reason = |schema: Value| faults(&schema).remove(0).1;
        let some = json!({"$ref": "#/$defs/nosuch", "$defs": {"a": true, "b": true, "c/d": true}});
        assert_eq!(
            reason(some),
            "\"$defs\" defines nothing by the name \"nosuch\"; there are a, b"
        );
        let none = reason(json!({"$ref": "#/$defs/nosuch"}));
        assert!(none.ends_with("nor by another"), "{none}");
        let many: Map<String, Value> = (10..40)
            .map(|number| (format!("d{number}"), json!(true)))
            .collect();
        let many = reason(json!({"$ref": "#/$defs/nosuch", "$defs": many}));
        assert!(many.ends_with("d24, d25 and 14 more"), "{many}");
    }

    #[test]
    fn no_more_faults_are_told_than_can_be_placed() {
        let types: Vec<u8> = vec![1; 16_000];
        assert_eq!(faults(&json!({"type": types})).len(), MAX_FAULTS);
    }

    #[test]
    fn circles_and_explosions_are_found() {
        let circle = json!({"$defs": {
            "a": {"allOf": [{"$ref": "#/$defs/b"}]}, "b": {"not": {"$ref": "#/$defs/a"}}
        }});
        assert_eq!(faults(&circle).len(), 1);
        // A tree may be as deep as it likes: each step goes into the value.
        let tree = json!({"$ref": "#/$defs/t", "$defs": {"t": {"items": {"$ref": "#/$defs/t"}}}});
        assert_eq!(faults(&tree), Vec::new());
        let mut definitions = serde_json::Map::new();
        definitions.insert("d0".to_owned(), json!(true));
        for level in 1..12 {
            let reference = json!({"$ref": format!("#/$defs/d{}", level - 1)});
            definitions.insert(
                format!("d{level}"),
                json!({"anyOf": [reference.clone(), reference]}),
            );
        }
        assert_eq!(faults(&json!({"$defs": definitions})).len(), 1);
    }
}
