//! A query as it is written: parameters with their values.

use std::collections::BTreeMap;

use super::error::EpcisQueryError;
use crate::records::epcis::Namespaces;
use crate::types::json::{Json, Object};

/// Most parameters of a query. Each costs a test of every event that is looked at.
pub const MAX_PARAMETERS: usize = 64;

/// Most values of a parameter, for the same reason.
pub const MAX_VALUES_PER_PARAMETER: usize = 100;

/// Parameters with their values, and the prefixes that their names and values are written with.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct QueryText {
    pub(super) namespaces: Namespaces,
    pub(super) parameters: BTreeMap<Box<str>, Vec<String>>,
}

impl QueryText {
    /// A query without parameters.
    #[must_use]
    pub fn new(namespaces: Namespaces) -> Self {
        Self {
            namespaces,
            parameters: BTreeMap::new(),
        }
    }

    /// Adds a parameter with the values that a vertical bar stands between, as in the query part of an address.
    ///
    /// # Errors
    /// [`EpcisQueryError`] if it is there already, or too much.
    pub fn add(&mut self, name: &str, values: &str) -> Result<(), EpcisQueryError> {
        self.add_values(name, values.split('|').map(str::to_owned).collect())
    }

    /// Adds a parameter with one value that is not the client's to choose.
    ///
    /// # Errors
    /// [`EpcisQueryError::BadCombination`] if the client gave the parameter as well.
    pub fn fix(&mut self, name: &str, value: &str) -> Result<(), EpcisQueryError> {
        if self.has(name) {
            return Err(EpcisQueryError::BadCombination {
                reason: format!("{name} is given by the address already"),
            });
        }
        self.add_values(name, vec![value.to_owned()])
    }

    /// The prefixes that names and values are written with.
    #[must_use]
    pub fn namespaces(&self) -> &Namespaces {
        &self.namespaces
    }

    /// The name of a parameter, if there is any.
    #[must_use]
    pub fn any_parameter(&self) -> Option<&str> {
        self.parameters.keys().next().map(AsRef::as_ref)
    }

    /// Whether a parameter is there.
    #[must_use]
    pub fn has(&self, name: &str) -> bool {
        self.parameters.contains_key(name)
    }

    /// Reads a query from its JSON object: a parameter holds one value or a list, and `@context` declares
    /// prefixes.
    ///
    /// # Errors
    /// [`EpcisQueryError`] if it is no such object, or too large.
    pub fn from_json(json: &Json<'_>) -> Result<Self, EpcisQueryError> {
        let object: &Object<'_> = json.as_object().ok_or_else(|| {
            EpcisQueryError::NotAQuery(format!("it is {}, not an object", json.kind()))
        })?;
        let mut query = Self::default();
        for (name, value) in object.iter() {
            if name == "@context" {
                query.namespaces = Namespaces::read(value)?;
                continue;
            }
            let values = match value {
                Json::Array(items) => items
                    .iter()
                    .map(|item| scalar(name, item))
                    .collect::<Result<_, _>>()?,
                value => vec![scalar(name, value)?],
            };
            query.add_values(name, values)?;
        }
        Ok(query)
    }

    fn add_values(&mut self, name: &str, values: Vec<String>) -> Result<(), EpcisQueryError> {
        if values.len() > MAX_VALUES_PER_PARAMETER {
            return Err(EpcisQueryError::TooMany {
                what: "values of one parameter",
                found: values.len(),
                most: MAX_VALUES_PER_PARAMETER,
            });
        }
        if self.parameters.insert(name.into(), values).is_some() {
            return Err(EpcisQueryError::RepeatedParameter {
                name: name.to_owned(),
            });
        }
        if self.parameters.len() > MAX_PARAMETERS {
            return Err(EpcisQueryError::TooMany {
                what: "parameters",
                found: self.parameters.len(),
                most: MAX_PARAMETERS,
            });
        }
        Ok(())
    }
}

/// The text of a single value.
fn scalar(name: &str, json: &Json<'_>) -> Result<String, EpcisQueryError> {
    Ok(match json {
        // A parameter that has no value of its own, such as one that asks whether a field is there.
        Json::Null => String::new(),
        Json::Bool(value) => value.to_string(),
        Json::Number(text) => (*text).to_owned(),
        Json::String(text) => text.to_string(),
        other => {
            return Err(EpcisQueryError::bad_value(
                name,
                &other.kind().to_string(),
                "a value is a text, a number, true, false or null",
            ));
        }
    })
}
