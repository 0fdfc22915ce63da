//! What judging a body by a schema can cost, before it is done.
//!
//! A body has a most of values and of bytes, so it is enough to know against how many schemas one value
//! can be held, however deep it is in the body. Where lists are short the schema's own tree is a
//! better bound. What counts is the lesser of the two.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::compiled::pattern_kib;
use crate::types::json::{Limits, MAX_DEPTH, escape_pointer_segment};

/// Most steps that judging one body may take: a step is a schema held against a value, a name that is
/// looked up, some options that are compared, or some bytes that a pattern is searched in.
pub(super) const MAX_STEPS: u64 = 2_000_000;

/// Steps that may be spent on saying why a body is refused: each may make an error, which is kept until all
/// are found.
pub(super) const MAX_REASON_STEPS: u64 = 200_000;

/// Options of an `enum` that are compared in one step.
const OPTIONS_PER_STEP: u64 = 16;

/// Names that are looked up in an object in one step.
const NAMES_PER_STEP: u64 = 4;

/// Bytes that a pattern of one KiB is searched in at one step.
pub(in crate::contracts) const PATTERN_BYTES_PER_STEP: u64 = 8;

/// Bytes of a UTF-8 character, at most.
const MAX_CHAR_BYTES: u64 = 4;

/// What judging bodies can cost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Cost {
    /// The steps of one body, at most.
    pub(super) steps: u64,
    /// The steps of saying why a body is refused, for each of its values.
    pub(super) reasons_per_value: u64,
}

/// What judging a body by a schema can cost. The schema has to be one that contracts may use.
pub(super) fn cost(document: &Value) -> Cost {
    let mut tree = Tree::default();
    tree.schema(document, "");
    tree.resolve();
    let most_values = Limits::RECORD_BODY.max_values as u64;
    let most_bytes = Limits::RECORD_BODY.max_text_bytes as u64;
    let schemas = |node: &Node| node.schemas;
    let reasons = |node: &Node| node.reasons;
    let patterns = |node: &Node| node.pattern_kib;
    let by_values = most_values.saturating_mul(tree.per_value(schemas, Alternatives::Once));
    let searched = most_bytes.saturating_mul(tree.per_value(patterns, Alternatives::Once));
    let by_bytes = searched / PATTERN_BYTES_PER_STEP;
    let by_tree = tree.whole();
    Cost {
        steps: by_tree.min(by_values.saturating_add(by_bytes)),
        reasons_per_value: tree.per_value(reasons, Alternatives::Again),
    }
}

/// A schema of the document.
#[derive(Debug, Default)]
struct Node {
    /// Steps of holding it against one value, what is inside left out.
    schemas: u64,
    /// Reasons that it can give for refusing one value, what is inside left out.
    reasons: u64,
    /// The sizes of the patterns that one value is searched with.
    pattern_kib: u64,
    /// Bytes that are searched with them in one value, if the schema bounds them.
    pattern_bytes: u64,
    /// Schemas for the same value.
    same: Vec<(Target, Judges)>,
    /// Schemas for what is in an object.
    members: Vec<(usize, Times)>,
    /// Schemas for what is in a list.
    items: Vec<(usize, Times)>,
}

/// A schema, by its place among the nodes or by the name of its definition.
#[derive(Debug)]
enum Target {
    Node(usize),
    Definition(String),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Judges {
    Always,
    /// It is one of several forms: to say why none fits each is gone through once more.
    Alternatively,
}

/// How often a schema is held against what is in one value.
#[derive(Clone, Copy, Debug)]
enum Times {
    /// Against one thing: it and its like share what there is.
    One,
    /// Against each of so many.
    Each(u64),
}

/// Whether forms are counted once, to judge, or once more, to say why.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Alternatives {
    Once,
    Again,
}

#[derive(Default)]
struct Tree {
    nodes: Vec<Node>,
    /// The definitions of the document.
    definitions: BTreeMap<String, usize>,
    /// The nodes, each behind those that judge the same value.
    order: Vec<usize>,
}

impl Tree {
    fn schema(&mut self, schema: &Value, pointer: &str) -> usize {
        let place = self.nodes.len();
        self.nodes.push(Node {
            schemas: 1,
            reasons: 1,
            ..Node::default()
        });
        if let Value::Object(members) = schema {
            let node = self.object(members, pointer);
            if let Some(own) = self.nodes.get_mut(place) {
                *own = node;
            }
        }
        place
    }

    fn object(&mut self, schema: &Map<String, Value>, pointer: &str) -> Node {
        let mut node = Node {
            schemas: own_steps(schema),
            reasons: own_reasons(schema),
            ..Node::default()
        };
        let most = |keyword: &str| {
            let stated = schema.get(keyword).and_then(Value::as_u64);
            let limit = Limits::RECORD_BODY.max_values as u64;
            Times::Each(stated.map_or(limit, |stated| stated.min(limit)))
        };
        let bytes = schema.get("maxLength").and_then(Value::as_u64);
        let whole = Limits::RECORD_BODY.max_text_bytes as u64;
        node.pattern_bytes = bytes.map_or(whole, |chars| {
            chars.saturating_mul(MAX_CHAR_BYTES).min(whole)
        });
        for (keyword, value) in schema {
            let inside = format!("{pointer}/{}", escape_pointer_segment(keyword));
            match keyword.as_str() {
                "pattern" => node.pattern_kib += value.as_str().map_or(0, pattern_kib),
                "$ref" => {
                    let name = value.as_str().and_then(|text| text.rsplit('/').next());
                    let target = Target::Definition(name.unwrap_or_default().to_owned());
                    node.same.push((target, Judges::Always));
                }
                "not" | "if" | "then" | "else" => {
                    let target = Target::Node(self.schema(value, &inside));
                    node.same.push((target, Judges::Always));
                }
                "allOf" | "anyOf" | "oneOf" => {
                    let judges = match keyword.as_str() {
                        "allOf" => Judges::Always,
                        _ => Judges::Alternatively,
                    };
                    for item in value.as_array().into_iter().flatten() {
                        let target = Target::Node(self.schema(item, &inside));
                        node.same.push((target, judges));
                    }
                }
                "items" | "contains" => {
                    node.items
                        .push((self.schema(value, &inside), most("maxItems")));
                }
                "additionalProperties" | "propertyNames" => {
                    node.members
                        .push((self.schema(value, &inside), most("maxProperties")));
                }
                "prefixItems" => {
                    for item in value.as_array().into_iter().flatten() {
                        node.items.push((self.schema(item, &inside), Times::One));
                    }
                }
                _ => self.named(keyword, value, &inside, &mut node, most("maxProperties")),
            }
        }
        node
    }

    /// Keywords whose value is an object of schemas.
    fn named(&mut self, keyword: &str, value: &Value, pointer: &str, node: &mut Node, each: Times) {
        if ![
            "properties",
            "patternProperties",
            "dependentSchemas",
            "$defs",
        ]
        .contains(&keyword)
        {
            return;
        }
        for (name, schema) in value.as_object().into_iter().flatten() {
            let place = self.schema(schema, pointer);
            match keyword {
                "properties" => node.members.push((place, Times::One)),
                "patternProperties" => {
                    // Every name is searched.
                    node.pattern_kib += pattern_kib(name);
                    node.members.push((place, each));
                }
                "dependentSchemas" => node.same.push((Target::Node(place), Judges::Always)),
                _ if pointer == "/$defs" => {
                    self.definitions.insert(name.clone(), place);
                }
                _ => {}
            }
        }
    }

    /// Finds the definitions that references name, and the order of the nodes.
    fn resolve(&mut self) {
        for node in &mut self.nodes {
            for (target, _) in &mut node.same {
                if let Target::Definition(name) = target {
                    let place = self.definitions.get(name).copied().unwrap_or_default();
                    *target = Target::Node(place);
                }
            }
        }
        // No schema leads back to itself for the same value: see the restrictions.
        let mut is_seen = vec![false; self.nodes.len()];
        for root in 0..self.nodes.len() {
            let mut open = vec![(root, 0)];
            while let Some((place, next)) = open.pop() {
                if next == 0 {
                    match is_seen.get_mut(place) {
                        Some(seen) if !*seen => *seen = true,
                        _ => continue,
                    }
                }
                let inner = self.nodes.get(place).and_then(|node| node.same.get(next));
                match inner {
                    None => self.order.push(place),
                    Some((target, _)) => {
                        open.push((place, next + 1));
                        if let Target::Node(inner) = target {
                            open.push((*inner, 0));
                        }
                    }
                }
            }
        }
    }

    /// The greatest sum of `own` over the schemas that one value is held against, wherever in the body it is.
    fn per_value(&self, own: impl Fn(&Node) -> u64, alternatives: Alternatives) -> u64 {
        let mut greatest = 0;
        let (mut above, mut judged_above) = (Vec::new(), Vec::new());
        for level in 0..=MAX_DEPTH {
            let mut sums = vec![0u64; self.nodes.len()];
            let mut judged = vec![0u64; self.nodes.len()];
            for place in &self.order {
                let Some(node) = self.nodes.get(*place) else {
                    continue;
                };
                let of = |sums: &[u64], place: usize| sums.get(place).copied().unwrap_or_default();
                let (mut sum, mut once) = match level {
                    0 => (own(node), own(node)),
                    _ => (
                        inner_sum(node, |place| of(&above, place)),
                        inner_sum(node, |place| of(&judged_above, place)),
                    ),
                };
                for (target, judges) in &node.same {
                    let Target::Node(inner) = target else {
                        continue;
                    };
                    sum = sum.saturating_add(of(&sums, *inner));
                    once = once.saturating_add(of(&judged, *inner));
                    if alternatives == Alternatives::Again && *judges == Judges::Alternatively {
                        sum = sum.saturating_add(of(&judged, *inner));
                    }
                }
                if let (Some(place_sum), Some(place_once)) =
                    (sums.get_mut(*place), judged.get_mut(*place))
                {
                    (*place_sum, *place_once) = (sum, once);
                }
            }
            greatest = greatest.max(sums.first().copied().unwrap_or_default());
            (above, judged_above) = (sums, judged);
        }
        greatest
    }

    /// The steps of a body that has at each place the most that the schema allows.
    fn whole(&self) -> u64 {
        let mut above: Vec<u64> = vec![0; self.nodes.len()];
        for level in 0..=MAX_DEPTH {
            let mut sums = vec![0u64; self.nodes.len()];
            for place in &self.order {
                let Some(node) = self.nodes.get(*place) else {
                    continue;
                };
                let searched = node.pattern_kib.saturating_mul(node.pattern_bytes);
                let mut sum = node
                    .schemas
                    .saturating_add(searched / PATTERN_BYTES_PER_STEP);
                if level > 0 {
                    let inside = |inner: &[(usize, Times)]| {
                        inner.iter().fold(0u64, |sum, (place, times)| {
                            let one = above.get(*place).copied().unwrap_or_default();
                            sum.saturating_add(match times {
                                Times::One => one,
                                Times::Each(count) => one.saturating_mul(*count),
                            })
                        })
                    };
                    sum = sum.saturating_add(inside(&node.members).max(inside(&node.items)));
                }
                for (target, _) in &node.same {
                    if let Target::Node(inner) = target {
                        sum = sum.saturating_add(sums.get(*inner).copied().unwrap_or_default());
                    }
                }
                if let Some(place_sum) = sums.get_mut(*place) {
                    *place_sum = sum;
                }
            }
            above = sums;
        }
        above.first().copied().unwrap_or_default()
    }
}

/// What one value inside is held against at most: of what is for one thing the greatest, of what is for each all.
fn inner_sum(node: &Node, of: impl Fn(usize) -> u64) -> u64 {
    let inside = |inner: &[(usize, Times)]| {
        let (mut one, mut each) = (0u64, 0u64);
        for (place, times) in inner {
            match times {
                Times::One => one = one.max(of(*place)),
                Times::Each(_) => each = each.saturating_add(of(*place)),
            }
        }
        one.saturating_add(each)
    };
    inside(&node.members).max(inside(&node.items))
}

/// The steps of a schema's own keywords, patterns left out.
fn own_steps(schema: &Map<String, Value>) -> u64 {
    let options = length(schema, "enum").saturating_add(length(schema, "const"));
    let fields = schema.get("properties").and_then(Value::as_object);
    let names = length(schema, "required")
        .saturating_add(length(schema, "dependentRequired"))
        .saturating_add(fields.map_or(0, |fields| fields.len() as u64));
    1 + options / OPTIONS_PER_STEP + names / NAMES_PER_STEP
}

/// The reasons that a schema's own keywords can give for refusing one value, and what is copied into them.
fn own_reasons(schema: &Map<String, Value>) -> u64 {
    let keywords = ["required", "dependentRequired", "enum", "const", "not"];
    1 + keywords
        .iter()
        .map(|keyword| length(schema, keyword))
        .sum::<u64>()
}

fn length(schema: &Map<String, Value>, keyword: &str) -> u64 {
    schema.get(keyword).map_or(0, values)
}

/// How many values a value consists of.
pub(super) fn values(value: &Value) -> u64 {
    match value {
        Value::Array(items) => 1 + items.iter().map(values).sum::<u64>(),
        Value::Object(members) => 1 + members.values().map(values).sum::<u64>(),
        _ => 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const VALUES: u64 = Limits::RECORD_BODY.max_values as u64;

    fn steps(schema: &Value) -> u64 {
        cost(schema).steps
    }

    #[test]
    fn short_lists_count_by_the_tree_and_long_ones_by_the_body() {
        let line = json!({"type": "string"});
        assert_eq!(steps(&line), 1);
        assert_eq!(steps(&json!({"maxItems": 10, "items": line})), 11);
        assert_eq!(steps(&json!({"items": line})), VALUES);
        let nested = json!({"items": {"maxItems": 4, "items": {"maxItems": 5, "items": line}}});
        assert_eq!(steps(&nested), VALUES);
        let forms = json!({"items": {"anyOf": [line, line, {"not": line}]}});
        assert_eq!(steps(&forms), 5 * VALUES);
        assert_eq!(cost(&forms).reasons_per_value, 13);
    }

    #[test]
    fn fields_share_the_values_of_an_object_and_patterns_do_not() {
        let two = json!({"allOf": [true]});
        let fields = json!({"items": {"properties": {"a": two, "b": two}}});
        assert_eq!(steps(&fields), 2 * VALUES);
        let named = json!({"items": {"patternProperties": {"a": two, "b": two}}});
        assert!(steps(&named) > 4 * VALUES);
    }

    /// A schema that goes into the value costs the same at each level, unless it goes twice.
    #[test]
    fn a_schema_may_lead_to_itself_once_for_each_value() {
        let tree = |forms: Value| json!({"$ref": "#/$defs/t", "$defs": {"t": {"items": forms}}});
        let once = tree(json!({"$ref": "#/$defs/t"}));
        assert_eq!(steps(&once), 2 * VALUES);
        let reference = json!({"$ref": "#/$defs/t"});
        let twice = tree(json!({"anyOf": [reference.clone(), reference]}));
        assert!(steps(&twice) > MAX_STEPS);
    }

    /// Each level multiplies, though no value is held against many schemas at its own place.
    #[test]
    fn what_multiplies_from_level_to_level_is_found() {
        let mut definitions = Map::new();
        definitions.insert("d0".to_owned(), json!({"type": "array"}));
        for level in 1..=8 {
            let inner = json!({"items": {"$ref": format!("#/$defs/d{}", level - 1)}});
            definitions.insert(format!("d{level}"), json!({"allOf": vec![inner; 60]}));
        }
        let schema = json!({"$ref": "#/$defs/d8", "$defs": definitions});
        assert!(steps(&schema) > 60u64.pow(8));
    }

    #[test]
    fn names_options_and_patterns_cost_by_their_length() {
        let names: Vec<String> = (0..400).map(|number| number.to_string()).collect();
        assert_eq!(steps(&json!({"required": names})), 101);
        assert_eq!(steps(&json!({"enum": names})), 26);
        let short = json!({"type": "string", "maxLength": 10, "pattern": "^[a-z]+$"});
        assert!(steps(&short) < 30);
        let long = json!({"type": "string", "pattern": "^[a-z]+$"});
        assert!(steps(&long) > 7_500);
        // Most states of it are alive at every byte.
        let states = json!({"type": "string", "pattern": "[01]*1[01]{800}"});
        assert!(steps(&states) > 20 * steps(&long));
    }
}
