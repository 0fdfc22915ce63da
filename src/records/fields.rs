//! Reading the fields of a body that is a plain JSON object.

use std::fmt;
use std::ops::RangeInclusive;

use super::family::BodyError;
use crate::types::Decimal;
use crate::types::json::{self, Json, Object, escape_pointer_segment};
use crate::types::plain_words;

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

    /// The fields of an object inside of the body, which stands at a place.
    pub(super) fn inside(json: &'a Json<'j>, pointer: String) -> Result<Self, BodyError> {
        match json {
            Json::Object(object) => Ok(Self { object, pointer }),
            _ => Err(BodyError::new(pointer, "an object is expected")),
        }
    }

    /// The fields of an object that has to be there.
    pub(super) fn object(&self, name: &str) -> Result<Self, BodyError> {
        Self::inside(self.require(name)?, self.place(name))
    }

    /// The objects of a list that has to be there, `least` to `most` of them.
    pub(super) fn objects(
        &self,
        name: &str,
        least: usize,
        most: usize,
    ) -> Result<Vec<Self>, BodyError> {
        let items = self.list(name, least, most)?.into_iter();
        items
            .map(|(place, item)| Self::inside(item, place))
            .collect()
    }

    /// The strings of a list that has to be there, `most` at most, each read as something.
    pub(super) fn parse_list<T, E: fmt::Display>(
        &self,
        name: &str,
        most: usize,
        parse: impl Fn(&str) -> Result<T, E>,
    ) -> Result<Vec<T>, BodyError> {
        let read = |(place, item): (String, &Json<'_>)| match item.as_str() {
            None => Err(BodyError::new(place, "a string is expected")),
            Some(text) => parse(text).map_err(|error| BodyError::new(place, error.to_string())),
        };
        self.list(name, 0, most)?.into_iter().map(read).collect()
    }

    fn list(
        &self,
        name: &str,
        least: usize,
        most: usize,
    ) -> Result<Vec<(String, &'a Json<'j>)>, BodyError> {
        let place = self.place(name);
        let Json::Array(items) = self.require(name)? else {
            return Err(BodyError::new(place, "a list is expected"));
        };
        if !(least..=most).contains(&items.len()) {
            let reason = format!("a list of {least} to {most} is expected");
            return Err(BodyError::new(place, reason));
        }
        let placed = items.iter().enumerate();
        Ok(placed
            .map(|(index, item)| (format!("{place}/{index}"), item))
            .collect())
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
        Err(BodyError::new(
            self.place(name),
            format!(
                "{number} is not a whole number {}",
                plain_words::range(range.start(), range.end())
            ),
        ))
    }

    /// A whole number, 0 or more, that has to be there.
    pub(super) fn whole_number(&self, name: &str) -> Result<u64, BodyError> {
        whole_number(self.require(name)?).ok_or_else(|| {
            BodyError::new(self.place(name), "a whole number, 0 or more, is expected")
        })
    }

    /// A string that may be left out, read as something.
    pub(super) fn parse_optional<T, E: fmt::Display>(
        &self,
        name: &str,
        parse: impl FnOnce(&str) -> Result<T, E>,
    ) -> Result<Option<T>, BodyError> {
        match self.get(name) {
            None => Ok(None),
            Some(_) => self.parse(name, parse).map(Some),
        }
    }

    /// A text of 1 to so many characters that is not blank, and may be left out.
    pub(super) fn optional_words(
        &self,
        name: &str,
        most_chars: usize,
    ) -> Result<Option<Box<str>>, BodyError> {
        self.parse_optional(name, |text| {
            if text.trim().is_empty() || text.chars().count() > most_chars {
                return Err(format!(
                    "a text of 1 to {most_chars} characters is expected"
                ));
            }
            Ok(Box::from(text))
        })
    }

    /// A list that may be left out, of at most so many items and not empty, each with its place.
    pub(super) fn items(
        &self,
        name: &str,
        most: usize,
    ) -> Result<Vec<(&'a Json<'j>, String)>, BodyError> {
        let Some(value) = self.get(name) else {
            return Ok(Vec::new());
        };
        let place = self.place(name);
        match value.as_array() {
            Some(items) if (1..=most).contains(&items.len()) => Ok(items
                .iter()
                .enumerate()
                .map(|(number, item)| (item, format!("{place}/{number}")))
                .collect()),
            _ => Err(BodyError::new(
                place,
                format!("a list of 1 to {most} items is expected"),
            )),
        }
    }

    /// The fields of an object inside, if it is there.
    pub(super) fn optional_object(&self, name: &str) -> Result<Option<Self>, BodyError> {
        match self.get(name) {
            None => Ok(None),
            Some(Json::Object(object)) => Ok(Some(Self {
                object,
                pointer: self.place(name),
            })),
            Some(_) => Err(BodyError::new(self.place(name), "an object is expected")),
        }
    }

    /// A whole number, which may be below zero, that has to be there.
    pub(super) fn integer(&self, name: &str) -> Result<i64, BodyError> {
        whole(self.require(name)?)
            .and_then(|number| i64::try_from(number).ok())
            .ok_or_else(|| BodyError::new(self.place(name), "a whole number is expected"))
    }
}

/// A whole number, 0 or more.
pub(super) fn whole_number(json: &Json<'_>) -> Option<u64> {
    u64::try_from(whole(json)?).ok()
}

/// A whole number, however it is written: JSON Schema knows no difference between 7, 7.0 and 70e-1.
fn whole(json: &Json<'_>) -> Option<i128> {
    match json {
        Json::Number(text) => Decimal::from_json_number(text).ok()?.to_scaled_integer(0),
        _ => None,
    }
}
