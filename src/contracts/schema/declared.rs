//! What a schema declares about a place in a body: the types that rules are checked by.

use serde_json::Value;

use crate::types::limits::MAX_BODY_BYTES;

/// Most references that are followed from one place.
const MAX_REFERENCES: usize = 16;

/// Bytes of a UTF-8 character, at most.
const MAX_CHAR_BYTES: u64 = 4;

/// A place in a body, as the schema describes it. Only `type`, `properties`, `items`, `maxItems`,
/// `maxLength`, `enum` and `$ref` speak: what hangs on conditions declares nothing.
#[derive(Clone, Copy, Debug)]
pub(in crate::contracts) struct Declared<'s> {
    document: &'s Value,
    node: &'s Value,
}

/// The type of a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::contracts) enum DeclaredType {
    Boolean,
    Integer,
    Number,
    String,
    Array,
    Object,
}

impl<'s> Declared<'s> {
    pub(super) fn new(document: &'s Value, node: &'s Value) -> Self {
        let mut node = node;
        for _ in 0..MAX_REFERENCES {
            let target = node
                .get("$ref")
                .and_then(Value::as_str)
                .and_then(|text| text.strip_prefix('#'))
                .and_then(|pointer| document.pointer(pointer));
            match target {
                Some(target) => node = target,
                None => break,
            }
        }
        Self { document, node }
    }

    /// The one type of the place; none if the schema does not say, or says several.
    pub(in crate::contracts) fn declared_type(&self) -> Option<DeclaredType> {
        Some(match self.node.get("type")?.as_str()? {
            "boolean" => DeclaredType::Boolean,
            "integer" => DeclaredType::Integer,
            "number" => DeclaredType::Number,
            "string" => DeclaredType::String,
            "array" => DeclaredType::Array,
            "object" => DeclaredType::Object,
            _ => return None,
        })
    }

    /// A field of an object.
    pub(in crate::contracts) fn property(&self, name: &str) -> Option<Self> {
        let node = self.node.get("properties")?.get(name)?;
        Some(Self::new(self.document, node))
    }

    /// The items of an array.
    pub(in crate::contracts) fn items(&self) -> Option<Self> {
        Some(Self::new(self.document, self.node.get("items")?))
    }

    /// How many items an array has at most, if the schema says so.
    pub(in crate::contracts) fn max_items(&self) -> Option<u64> {
        self.node.get("maxItems")?.as_u64()
    }

    /// How many bytes a string has at most.
    pub(in crate::contracts) fn max_bytes(&self) -> u64 {
        let body = MAX_BODY_BYTES as u64;
        let options = self.node.get("enum").and_then(Value::as_array);
        if let Some(options) = options {
            let lengths = options.iter().filter_map(Value::as_str).map(str::len);
            return lengths.max().unwrap_or(0) as u64;
        }
        match self.node.get("maxLength").and_then(Value::as_u64) {
            Some(chars) => chars.saturating_mul(MAX_CHAR_BYTES).min(body),
            None => body,
        }
    }
}
