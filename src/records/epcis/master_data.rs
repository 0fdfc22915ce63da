//! `epcis.master-data`: what a member says of a place, a product or a party: an element of a vocabulary
//! (EPCIS 2.0, section 6.1.1).
//!
//! The body is one element as in the header of a document, with the type of its vocabulary, and the
//! document's `@context` if prefixes are used:
//!
//! ```json
//! {"type": "urn:epcglobal:epcis:vtype:BusinessLocation", "id": "urn:epc:id:sgln:9521001.00001.0",
//!  "attributes": [{"id": "urn:epcglobal:cbv:mda:city", "attribute": "Aarhus"}],
//!  "children": ["urn:epc:id:sgln:9521001.00001.cold-room"]}
//! ```

use super::context::Context;
use super::error::EpcisError;
use super::identifier::Identifier;
use super::uri::is_uri;
use crate::crypto::Sha256Digest;
use crate::records::BodyError;
use crate::records::fields::{self, Fields};
use crate::types::Decimal;
use crate::types::json::Json;

/// The family of master data.
pub const MASTER_DATA: &str = "epcis.master-data";

/// Most attributes of an element.
pub const MAX_ATTRIBUTES: usize = 256;

/// Most elements that one contains.
pub const MAX_CHILDREN: usize = 1_024;

/// Longest identifier and longest name of a vocabulary or attribute, in bytes.
const MAX_NAME_BYTES: usize = 512;

/// How the Core Business Vocabulary writes the names of its attributes, and the prefix that stands for it.
const CBV_ATTRIBUTES: &str = "urn:epcglobal:cbv:mda:";
const CBV_ATTRIBUTE_PREFIX: &str = "cbvmda:";

/// What a member says of an element of a vocabulary.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MasterData {
    /// The type of the vocabulary, a full URI.
    pub vocabulary: Box<str>,
    /// The element, canonical.
    pub id: Box<str>,
    /// What is said of it.
    pub attributes: Vec<Attribute>,
    /// The elements that lie in it, canonical.
    pub children: Vec<Box<str>>,
    /// SHA-256 of the body: saying the same again says nothing new.
    pub body: Sha256Digest,
}

/// Something that is said of an element.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attribute {
    /// What, as a full URI.
    pub id: Box<str>,
    /// How it is.
    pub value: AttributeValue,
}

/// The value of an attribute.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AttributeValue {
    /// It has a name and no value.
    None,
    /// A text, with a compact URI expanded.
    Text(Box<str>),
    /// A number.
    Number(Decimal),
    /// An object, which no question looks into.
    Object,
}

impl AttributeValue {
    /// Whether it is what a question names: the same text, or the same number.
    pub fn is(&self, wanted: &str) -> bool {
        match self {
            Self::None | Self::Object => false,
            Self::Text(text) => **text == *wanted,
            Self::Number(number) => {
                Decimal::from_json_number(wanted).is_ok_and(|wanted| wanted == *number)
            }
        }
    }
}

/// Reads and checks a body.
///
/// # Errors
/// [`BodyError`] with the place and the rule.
pub fn check_master_data(body: &[u8]) -> Result<MasterData, BodyError> {
    let json = fields::read(body)?;
    let fields = Fields::of(&json, "an element of a vocabulary")?;
    fields.allow_only(&["@context", "type", "id", "attributes", "children"])?;
    let context = match fields.get("@context") {
        None => Context::of(std::iter::empty()),
        Some(context) => Context::read(context).map_err(|error| of_context(&error))?,
    };
    let mut attributes = Vec::new();
    if fields.get("attributes").is_some() {
        for item in fields.objects("attributes", 0, MAX_ATTRIBUTES)? {
            attributes.push(attribute(&context, &item)?);
        }
    }
    let id = fields.parse("id", |text| element(&context, text))?;
    let mut children = Vec::new();
    if fields.get("children").is_some() {
        children = fields.parse_list("children", MAX_CHILDREN, |text| {
            let child = element(&context, text)?;
            match child == id {
                true => Err("an element does not lie in itself".to_owned()),
                false => Ok(child),
            }
        })?;
        children.sort();
        children.dedup();
    }
    Ok(MasterData {
        vocabulary: fields.parse("type", |text| expanded(&context, text))?,
        id,
        attributes,
        children,
        body: Sha256Digest::of(body),
    })
}

/// The full name of an attribute of the Core Business Vocabulary that is written with the prefix `cbvmda`; none
/// of another.
#[must_use]
pub fn standard_attribute_name(text: &str) -> Option<String> {
    let local = text.strip_prefix(CBV_ATTRIBUTE_PREFIX)?;
    Some([CBV_ATTRIBUTES, local].concat())
}

fn attribute(context: &Context<'_>, fields: &Fields<'_, '_>) -> Result<Attribute, BodyError> {
    fields.allow_only(&["id", "attribute"])?;
    Ok(Attribute {
        id: fields.parse("id", |text| attribute_name(context, text))?,
        value: match fields.get("attribute") {
            None => AttributeValue::None,
            Some(value) => attribute_value(context, value)
                .map_err(|reason| BodyError::new(fields.place("attribute"), reason))?,
        },
    })
}

fn attribute_name(context: &Context<'_>, text: &str) -> Result<Box<str>, String> {
    match standard_attribute_name(text) {
        Some(full) => name(&full),
        None => expanded(context, text),
    }
}

fn attribute_value(context: &Context<'_>, json: &Json<'_>) -> Result<AttributeValue, String> {
    match json {
        Json::String(text) => Ok(AttributeValue::Text((*context.expand(text)).into())),
        Json::Number(text) => Decimal::from_json_number(text)
            .map(AttributeValue::Number)
            .map_err(|error| error.to_string()),
        Json::Object(_) => Ok(AttributeValue::Object),
        _ => Err("a text, a number or an object is expected".to_owned()),
    }
}

/// An element of a vocabulary in its canonical form.
fn element(context: &Context<'_>, text: &str) -> Result<Box<str>, String> {
    let text = expanded(context, text)?;
    let identifier = Identifier::parse(&text).map_err(|fault| fault.to_string())?;
    Ok(identifier.canonical().into())
}

/// A URI with its prefix expanded, if it has one that is declared.
fn expanded(context: &Context<'_>, text: &str) -> Result<Box<str>, String> {
    let full = context.expand(text);
    if is_uri(text) && !is_uri(&full) {
        return Err(format!(
            "with its prefix expanded it is {full:?}, which is no absolute URI"
        ));
    }
    name(&full)
}

/// Checks the type of a vocabulary: no element can be of one that is refused here.
///
/// # Errors
/// What it is not.
pub fn check_vocabulary(text: &str) -> Result<(), String> {
    name(text).map(|_| ())
}

/// Checks a URI.
fn name(text: &str) -> Result<Box<str>, String> {
    if text.len() > MAX_NAME_BYTES {
        return Err(format!(
            "a URI of at most {MAX_NAME_BYTES} bytes is expected"
        ));
    }
    if !is_uri(text) {
        return Err(format!("{text:?} is not an absolute URI"));
    }
    Ok(text.into())
}

fn of_context(error: &EpcisError) -> BodyError {
    match error {
        EpcisError::Json(error) => BodyError::new("/@context", error.to_string()),
        EpcisError::Field { pointer, fault } => {
            BodyError::new(format!("/@context{pointer}"), fault.to_string())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BODY: &str = r#"{"@context": {"example": "https://ns.example.com/"},
        "type": "urn:epcglobal:epcis:vtype:BusinessLocation", "id": "urn:epc:id:sgln:9521001.00001.0",
        "attributes": [{"id": "cbvmda:city", "attribute": "Aarhus"}, {"id": "example:gates", "attribute": 3.0},
            {"id": "example:opening", "attribute": {"from": "08:00"}}, {"id": "example:bonded"}],
        "children": ["urn:epc:id:sgln:9521001.00001.2", "urn:epc:id:sgln:9521001.00001.1"]}"#;

    #[test]
    fn an_element_is_read_in_canonical_form() {
        let read = check_master_data(BODY.as_bytes()).unwrap();
        assert_eq!(
            &*read.vocabulary,
            "urn:epcglobal:epcis:vtype:BusinessLocation"
        );
        assert!(
            read.id.starts_with("https://id.gs1.org/414/"),
            "{}",
            read.id
        );
        let [city, gates, opening, bonded] = read.attributes.as_slice() else {
            panic!("{:?}", read.attributes);
        };
        assert_eq!(&*city.id, "urn:epcglobal:cbv:mda:city");
        assert!(city.value.is("Aarhus") && !city.value.is("aarhus"));
        assert_eq!(&*gates.id, "https://ns.example.com/gates");
        assert!(gates.value.is("3") && gates.value.is("3.00") && !gates.value.is("4"));
        assert_eq!(opening.value, AttributeValue::Object);
        assert_eq!(bonded.value, AttributeValue::None);
        assert_eq!(read.children.len(), 2);
        assert!(read.children.is_sorted());
    }

    #[test]
    fn each_fault_is_at_its_place() {
        for (piece, other, place) in [
            ("\"type\"", "\"kind\"", "/kind"),
            ("urn:epcglobal:epcis:vtype", "no uri", "/type"),
            ("sgln:9521001.00001.0\"", "sgln:95\"", "/id"),
            ("cbvmda:city", "city", "/attributes/0/id"),
            ("\"Aarhus\"", "true", "/attributes/0/attribute"),
            ("3.0", "null", "/attributes/1/attribute"),
            (
                "\"id\": \"example:bonded\"",
                "\"attribute\": 1",
                "/attributes/3/id",
            ),
            (
                "\"id\": \"example:bonded\"",
                "\"id\": \"example:bonded\", \"x\": 1",
                "/attributes/3/x",
            ),
            ("00001.2", "00001.0", "/children/0"),
            ("\"urn:epc:id:sgln:9521001.00001.1\"", "1", "/children/1"),
            ("https://ns.example.com/", "a b", "/attributes/1/id"),
        ] {
            let body = BODY.replacen(piece, other, 1);
            let error = check_master_data(body.as_bytes()).unwrap_err();
            assert_eq!(error.pointer, place, "{body}: {error}");
        }
        assert!(check_master_data(b"[]").is_err());
    }
}
