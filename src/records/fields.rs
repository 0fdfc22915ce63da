//! Reading the fields of a body that is a plain JSON object.

use std::fmt;
use std::ops::RangeInclusive;

use super::family::BodyError;
use crate::types::json::{self, Json, Object, escape_pointer_segment};

/// Reads a body as JSON.
pub(super) fn read(body: &[u8]) -> Result<Json<'_>, BodyError> {
    json::read(body).map_err(|error| BodyError::new(error.pointer.clone(), error.to_string()))
}

/// The fields of an object, with the place of the object in the body.
#[derive(Clone, Debug)]
pub(super) struct Fields<'a, 'j> {
    object: &'a Object<'j>,
    pointer: String,
}

impl<'a, 'j> Fields<'a, 'j> {
    /// The fields of the whole body, which is `what`.
    pub(super) fn of(json: &'a Json<'j>, what: &str) -> Result<Self, BodyError> {
        match json {
            Json::Object(object) => Ok(Self {
                object,
                pointer: String::new(),
            }),
            _ => Err(BodyError::new("", format!("{what} is a JSON object"))),
        }
    }

    /// The place of a field.
    pub(super) fn place(&self, name: &str) -> String {
        format!("{}/{}", self.pointer, escape_pointer_segment(name))
    }

    /// Refuses fields that are not listed: a misspelt one would be lost in silence.
    pub(super) fn allow_only(&self, allowed: &[&str]) -> Result<(), BodyError> {
        match self.object.iter().find(|(name, _)| !allowed.contains(name)) {
            None => Ok(()),
            Some((name, _)) => Err(BodyError::new(
                self.place(name),
                format!(
                    "there is no such field here; there are {}",
                    allowed.join(", ")
                ),
            )),
        }
    }

    /// A field, if it is there.
    pub(super) fn get(&self, name: &str) -> Option<&'a Json<'j>> {
        self.object.get(name)
    }

    /// A field that has to be there.
    pub(super) fn require(&self, name: &str) -> Result<&'a Json<'j>, BodyError> {
        self.get(name)
            .ok_or_else(|| BodyError::new(self.place(name), "this field is required"))
    }

    /// A string that has to be there.
    pub(super) fn text(&self, name: &str) -> Result<&'a str, BodyError> {
        self.require(name)?
            .as_str()
            .ok_or_else(|| BodyError::new(self.place(name), "a string is expected"))
    }

    /// A string that has to be there, read as something.
    pub(super) fn parse<T, E: fmt::Display>(
        &self,
        name: &str,
        parse: impl FnOnce(&str) -> Result<T, E>,
    ) -> Result<T, BodyError> {
        parse(self.text(name)?).map_err(|error| BodyError::new(self.place(name), error.to_string()))
    }

    /// A string that may be there, read as something.
    pub(super) fn parse_if_there<T, E: fmt::Display>(
        &self,
        name: &str,
        parse: impl FnOnce(&str) -> Result<T, E>,
    ) -> Result<Option<T>, BodyError> {
        match self.get(name) {
            None => Ok(None),
            Some(_) => self.parse(name, parse).map(Some),
        }
    }

    /// A whole number within a range that has to be there.
    pub(super) fn whole_number_within(
        &self,
        name: &str,
        range: RangeInclusive<u64>,
    ) -> Result<u64, BodyError> {
        let number = self.whole_number(name)?;
        if range.contains(&number) {
            return Ok(number);
        }
        let (least, most) = range.into_inner();
        Err(BodyError::new(
            self.place(name),
            format!("{number} is not a whole number from {least} to {most}"),
        ))
    }

    /// A whole number, 0 or more, that has to be there.
    pub(super) fn whole_number(&self, name: &str) -> Result<u64, BodyError> {
        match self.require(name)? {
            Json::Number(text) => text.parse().ok(),
            _ => None,
        }
        .ok_or_else(|| BodyError::new(self.place(name), "a whole number, 0 or more, is expected"))
    }

    /// A whole number, which may be below zero, that has to be there.
    pub(super) fn integer(&self, name: &str) -> Result<i64, BodyError> {
        match self.require(name)? {
            Json::Number(text) => text.parse().ok(),
            _ => None,
        }
        .ok_or_else(|| BodyError::new(self.place(name), "a whole number is expected"))
    }
}
