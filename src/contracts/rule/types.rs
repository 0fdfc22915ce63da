//! The types of expressions, as far as checking rules needs them.

use std::fmt;

use crate::contracts::schema::{Declared, DeclaredType};
use crate::types::limits::{
    MAX_BODY_BYTES, MAX_MEMBER_ID_BYTES, MAX_ROLE_BYTES, MAX_ROLES_PER_MEMBER,
};

/// The type of an expression.
#[derive(Clone, Debug)]
pub(super) enum Type<'s> {
    Bool,
    Int,
    /// A number that may have a fraction: a whole number, or the text of one that is not.
    Number,
    String,
    Timestamp,
    Duration,
    Null,
    /// A list, how many items it has at most, and what they are; an empty literal says nothing.
    List {
        items: Option<Box<Sized<'s>>>,
        max_items: Option<u64>,
    },
    /// An object that the schema describes.
    Object(Declared<'s>),
    Submitter,
    Block,
}

/// A type, and how many bytes its values have at most.
#[derive(Clone, Debug)]
pub(super) struct Sized<'s> {
    pub(super) kind: Type<'s>,
    pub(super) bytes: u64,
}

/// Bytes of what has one size.
const SCALAR_BYTES: u64 = 8;

impl<'s> Sized<'s> {
    pub(super) fn new(kind: Type<'s>, bytes: u64) -> Self {
        Self { kind, bytes }
    }

    pub(super) fn scalar(kind: Type<'s>) -> Self {
        Self::new(kind, SCALAR_BYTES)
    }

    /// What the schema says of a place; none if it gives no single type.
    pub(super) fn declared(place: Declared<'s>) -> Option<Self> {
        let body = MAX_BODY_BYTES as u64;
        Some(match place.declared_type()? {
            DeclaredType::Boolean => Self::scalar(Type::Bool),
            DeclaredType::Integer => Self::scalar(Type::Int),
            DeclaredType::Number => Self::new(Type::Number, 128),
            DeclaredType::String => Self::new(Type::String, place.max_bytes()),
            DeclaredType::Array => Self::new(
                Type::List {
                    items: place.items().and_then(Self::declared).map(Box::new),
                    max_items: place.max_items(),
                },
                body,
            ),
            DeclaredType::Object => Self::new(Type::Object(place), body),
        })
    }

    /// A field of a variable that is not the body's.
    pub(super) fn built_in_field(of: &Type<'_>, name: &str) -> Option<Self> {
        match (of, name) {
            (Type::Submitter, "member") => {
                Some(Self::new(Type::String, MAX_MEMBER_ID_BYTES as u64))
            }
            (Type::Submitter, "roles") => {
                let role = Self::new(Type::String, MAX_ROLE_BYTES as u64);
                let count = MAX_ROLES_PER_MEMBER as u64;
                Some(Self::new(
                    Type::List {
                        items: Some(Box::new(role)),
                        max_items: Some(count),
                    },
                    count * MAX_ROLE_BYTES as u64,
                ))
            }
            (Type::Block, "height") => Some(Self::scalar(Type::Int)),
            (Type::Block, "time") => Some(Self::scalar(Type::Timestamp)),
            _ => None,
        }
    }
}

impl Type<'_> {
    /// Whether values of both types can be equal: null may be compared with everything, for what
    /// is absent.
    pub(super) fn is_comparable(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Null, _) | (_, Self::Null) => true,
            (Self::List { items: a, .. }, Self::List { items: b, .. }) => match (a, b) {
                (Some(a), Some(b)) => a.kind.is_comparable(&b.kind),
                _ => true,
            },
            (Self::Object(_), Self::Object(_)) => true,
            (Self::Number, _) | (_, Self::Number) => false,
            _ => std::mem::discriminant(self) == std::mem::discriminant(other),
        }
    }

    /// Whether values of the type have an order.
    pub(super) fn is_ordered(&self) -> bool {
        matches!(
            self,
            Self::Int | Self::String | Self::Timestamp | Self::Duration
        )
    }
}

impl fmt::Display for Type<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Self::List {
            items: Some(items), ..
        } = self
        {
            return write!(formatter, "list of {}", items.kind);
        }
        formatter.write_str(match self {
            Self::Bool => "bool",
            Self::Int => "int",
            Self::Number => "number",
            Self::String => "string",
            Self::Timestamp => "timestamp",
            Self::Duration => "duration",
            Self::Null => "null",
            Self::List { .. } => "list",
            Self::Object(_) | Self::Submitter | Self::Block => "object",
        })
    }
}
