//! User extensions, instance and lot master data: fields outside the standard.

use super::context::Context;
use super::error::{EpcisError, FieldFault, Located};
use super::field;
use super::uri::is_uri;
use crate::types::decimal::Decimal;
use crate::types::json::{Json, Object};

/// Longest name of an extension. The event hash repeats a name for each of its values, so without a bound a body
/// of 60 KiB could ask for gigabytes.
const MAX_NAME_BYTES: usize = 512;

/// A field that the standard does not define.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Extension {
    /// Its name.
    pub name: ExtensionName,
    /// Its value.
    pub value: ExtensionValue,
}

/// The name of an extension in its canonical form.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ExtensionName(Box<str>);

/// The value of an extension.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ExtensionValue {
    /// `null`: as in JSON-LD, the same as an absent field.
    Null,
    /// A boolean.
    Boolean(bool),
    /// A number.
    Number(Decimal),
    /// A text, with a compact URI expanded.
    Text(Box<str>),
    /// Several values of one name.
    List(Vec<ExtensionValue>),
    /// Fields within the field.
    Fields(Vec<Extension>),
}

impl ExtensionName {
    /// A name in a namespace.
    pub(super) fn qualified(namespace: &str, local: &str) -> Self {
        Self(["{", namespace, "}", local].concat().into())
    }

    /// A name without a known namespace.
    pub(super) fn as_written(name: &str) -> Self {
        Self(name.into())
    }

    /// `{namespace}local`, or the name as written when no namespace is known.
    #[must_use]
    pub fn canonical(&self) -> &str {
        &self.0
    }
}

impl Extension {
    /// Reads a member that must be named by a URI: a full one, or a compact one whose prefix is declared or may be
    /// at the address of a context that is not that of EPCIS.
    ///
    /// # Errors
    /// [`FieldFault::NotAnExtensionName`] naming `owner`, [`FieldFault::UndeclaredPrefix`], or a fault within the value; the pointer starts with `name`.
    pub(super) fn read(
        name: &str,
        json: &Json<'_>,
        context: &Context<'_>,
        owner: &'static str,
    ) -> Result<Self, EpcisError> {
        if !is_uri(name) {
            return Err(FieldFault::NotAnExtensionName { owner }).at(name);
        }
        if context.has_undeclared_prefix(name) {
            return Err(FieldFault::UndeclaredPrefix).at(name);
        }
        Self::read_any(name, json, context)
    }

    /// Reads a member of any name but `@context`: inside an extension, the standard has no say.
    ///
    /// # Errors
    /// A fault within the value; the pointer starts with `name`.
    pub(super) fn read_any(
        name: &str,
        json: &Json<'_>,
        context: &Context<'_>,
    ) -> Result<Self, EpcisError> {
        if name == "@context" {
            return Err(FieldFault::NestedContext).at(name);
        }
        if name.len() > MAX_NAME_BYTES {
            return Err(FieldFault::TooLong {
                length_bytes: name.len(),
                limit_bytes: MAX_NAME_BYTES,
            })
            .at(name);
        }
        Ok(Self {
            name: context.extension_name(name),
            value: ExtensionValue::read(json, context).at(name)?,
        })
    }

    /// Reads an object whose members are all named by URIs.
    ///
    /// # Errors
    /// As [`Extension::read`].
    pub(super) fn read_all(
        json: &Json<'_>,
        context: &Context<'_>,
        owner: &'static str,
    ) -> Result<Vec<Self>, EpcisError> {
        let object = field::object(json)?;
        object
            .iter()
            .map(|(name, value)| Self::read(name, value, context, owner))
            .collect()
    }
}

impl ExtensionValue {
    fn read(json: &Json<'_>, context: &Context<'_>) -> Result<Self, EpcisError> {
        Ok(match json {
            Json::Null => Self::Null,
            Json::Bool(value) => Self::Boolean(*value),
            Json::Number(_) => Self::Number(field::decimal(json)?),
            Json::String(text) => Self::Text(context.expand(text).into()),
            Json::Array(items) => Self::List(Self::read_items(items, context)?),
            Json::Object(object) => Self::Fields(Self::read_fields(object, context)?),
        })
    }

    fn read_items(items: &[Json<'_>], context: &Context<'_>) -> Result<Vec<Self>, EpcisError> {
        let read = |(index, item)| Self::read(item, context).at_index(index);
        items.iter().enumerate().map(read).collect()
    }

    fn read_fields(
        object: &Object<'_>,
        context: &Context<'_>,
    ) -> Result<Vec<Extension>, EpcisError> {
        let read = |(name, value): (&str, &Json<'_>)| Extension::read_any(name, value, context);
        object.iter().map(read).collect()
    }
}
