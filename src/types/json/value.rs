//! The tree that the reader returns.

use std::borrow::Cow;
use std::fmt;

use crate::types::decimal::Decimal;

/// A JSON value that borrows from its text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Json<'a> {
    /// `null`
    Null,
    /// `true` or `false`
    Bool(bool),
    /// A number, as its text; it matches the grammar of RFC 8259 section 6.
    Number(&'a str),
    /// A string, unescaped; borrowed when it held no escape.
    String(Cow<'a, str>),
    /// An array, in source order.
    Array(Vec<Json<'a>>),
    /// An object.
    Object(Object<'a>),
}

/// The kind of a JSON value, for messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JsonKind {
    /// `null`
    Null,
    /// `true` or `false`
    Boolean,
    /// A number.
    Number,
    /// A string.
    String,
    /// An array.
    Array,
    /// An object.
    Object,
}

impl fmt::Display for JsonKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Null => "null",
            Self::Boolean => "boolean",
            Self::Number => "number",
            Self::String => "string",
            Self::Array => "array",
            Self::Object => "object",
        })
    }
}

impl<'a> Json<'a> {
    /// The kind of this value.
    #[must_use]
    pub fn kind(&self) -> JsonKind {
        match self {
            Self::Null => JsonKind::Null,
            Self::Bool(_) => JsonKind::Boolean,
            Self::Number(_) => JsonKind::Number,
            Self::String(_) => JsonKind::String,
            Self::Array(_) => JsonKind::Array,
            Self::Object(_) => JsonKind::Object,
        }
    }

    /// The string, if this is one.
    #[must_use]
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Self::String(text) => Some(text),
            _ => None,
        }
    }

    /// The items, if this is an array.
    #[must_use]
    pub fn as_array(&self) -> Option<&[Json<'a>]> {
        match self {
            Self::Array(items) => Some(items),
            _ => None,
        }
    }

    /// The object, if this is one.
    #[must_use]
    pub fn as_object(&self) -> Option<&Object<'a>> {
        match self {
            Self::Object(object) => Some(object),
            _ => None,
        }
    }

    /// Whether two values are equal as JSON Schema means it (2020-12 core section 4.2.2): the order of
    /// members does not matter, and numbers are equal when their values are.
    #[must_use]
    pub fn is_equivalent(&self, other: &Json<'_>) -> bool {
        match (self, other) {
            (Json::Null, Json::Null) => true,
            (Json::Bool(a), Json::Bool(b)) => a == b,
            (Json::Number(a), Json::Number(b)) => {
                a == b
                    || matches!((Decimal::from_json_number(a), Decimal::from_json_number(b)), (Ok(a), Ok(b)) if a == b)
            }
            (Json::String(a), Json::String(b)) => a == b,
            (Json::Array(a), Json::Array(b)) => {
                a.len() == b.len() && a.iter().zip(b).all(|(a, b)| a.is_equivalent(b))
            }
            (Json::Object(a), Json::Object(b)) => {
                a.len() == b.len()
                    && a.iter()
                        .all(|(name, a)| b.get(name).is_some_and(|b| a.is_equivalent(b)))
            }
            _ => false,
        }
    }
}

/// An object: its members in source order, no name twice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Object<'a> {
    members: Vec<(Cow<'a, str>, Json<'a>)>,
    /// Positions in `members`, sorted by name; present when a search by halves pays.
    by_name: Option<Box<[u32]>>,
}

/// Up to this many members are searched one after the other: comparing lengths first makes that faster
/// than an index, and official events have some fifteen members.
const LINEAR_SEARCH_MEMBERS: usize = 16;

impl<'a> Object<'a> {
    /// Makes an object of members in source order, or returns the first name that occurs again.
    pub(super) fn from_members(members: Vec<(Cow<'a, str>, Json<'a>)>) -> Result<Self, String> {
        if members.len() <= LINEAR_SEARCH_MEMBERS {
            for (position, (name, _)) in members.iter().enumerate() {
                if members
                    .iter()
                    .take(position)
                    .any(|(earlier, _)| earlier == name)
                {
                    return Err(name.to_string());
                }
            }
            return Ok(Self {
                members,
                by_name: None,
            });
        }
        let mut named: Vec<(&str, u32)> = members
            .iter()
            .zip(0_u32..)
            .map(|((name, _), position)| (name.as_ref(), position))
            .collect();
        named.sort_unstable();
        // Equal names stand together, the later one second; report the earliest repetition in the text.
        let repeated = named
            .iter()
            .zip(named.iter().skip(1))
            .filter(|(first, second)| first.0 == second.0)
            .min_by_key(|(_, second)| second.1);
        if let Some((first, _)) = repeated {
            return Err(first.0.to_string());
        }
        let by_name = named.into_iter().map(|(_, position)| position).collect();
        Ok(Self {
            members,
            by_name: Some(by_name),
        })
    }

    /// The value of the member called `name`.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Json<'a>> {
        match &self.by_name {
            None => self
                .members
                .iter()
                .find(|(own, _)| own == name)
                .map(|(_, value)| value),
            Some(by_name) => {
                let own_name = |position: &u32| {
                    self.members
                        .get(*position as usize)
                        .map_or("", |(own, _)| own.as_ref())
                };
                let found = by_name
                    .binary_search_by(|position| own_name(position).cmp(name))
                    .ok()?;
                let position = by_name.get(found)?;
                self.members.get(*position as usize).map(|(_, value)| value)
            }
        }
    }

    /// The members in source order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Json<'a>)> {
        self.members
            .iter()
            .map(|(name, value)| (name.as_ref(), value))
    }

    /// How many members there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.members.len()
    }

    /// Whether there is no member.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.members.is_empty()
    }
}
