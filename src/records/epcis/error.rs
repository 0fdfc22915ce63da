//! Why a body is not an acceptable EPCIS event.

use thiserror::Error;

use super::event_type::EventType;
use super::identifier::IdentifierError;
use super::vocabulary::Vocabulary;
use crate::types::decimal::DecimalError;
use crate::types::json::{JsonError, JsonKind, escape_pointer_segment};
use crate::types::time::TimeError;

/// A refused event. The text is meant for the author of the event.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum EpcisError {
    /// The body is not acceptable as JSON.
    #[error("the body is not acceptable JSON: {0}")]
    Json(#[from] JsonError),
    /// A field breaks a rule.
    #[error("at {}: {fault}", place(.pointer))]
    Field {
        /// RFC 6901 pointer of the field; empty for the event itself.
        pointer: String,
        /// The rule that is broken.
        fault: FieldFault,
    },
}

/// The rule that a field breaks.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum FieldFault {
    /// A required field is absent.
    #[error("this field is required")]
    Missing,
    /// The value has the wrong JSON type.
    #[error("expected {expected}, found {found}")]
    WrongType {
        /// What is accepted.
        expected: &'static str,
        /// What was found.
        found: JsonKind,
    },
    /// A field that the structure does not have; it cannot be extended.
    #[error("{owner} has no such field")]
    UnknownField {
        /// The structure.
        owner: &'static str,
    },
    /// A field that the structure does not have, with a name that no user extension may have.
    #[error(
        "{owner} has no such field; a user extension needs a name with a prefix declared in @context, or a full URI"
    )]
    NotAnExtensionName {
        /// The event type or the structure.
        owner: &'static str,
    },
    /// The name of a user extension has a prefix that is declared nowhere.
    #[error(
        "the prefix of this name is declared neither in @context nor by EPCIS; a user extension needs a name with a prefix declared in @context, or a full URI"
    )]
    UndeclaredPrefix,
    /// The list must not be empty.
    #[error("the list must not be empty")]
    EmptyList,
    /// Two items are equal.
    #[error("the item occurs twice in its list")]
    NotUnique,
    /// The list is longer than its limit.
    #[error("{found} items are more than the limit of {limit}")]
    TooMany {
        /// How many there are.
        found: usize,
        /// The limit.
        limit: usize,
    },
    /// A name or namespace is longer than its limit.
    #[error("{length_bytes} bytes are more than the limit of {limit_bytes}")]
    TooLong {
        /// Its length.
        length_bytes: usize,
        /// The limit.
        limit_bytes: usize,
    },
    /// Not a URI (RFC 3986).
    #[error("{text:?} is not an absolute URI")]
    NotAUri {
        /// The text found.
        text: String,
    },
    /// Not an instant.
    #[error("{0}")]
    Time(#[from] TimeError),
    /// Not an acceptable number.
    #[error("{0}")]
    Decimal(#[from] DecimalError),
    /// An EPC or a GS1 Digital Link with a broken structure.
    #[error("{0}")]
    Identifier(#[from] IdentifierError),
    /// Not one of the offsets of EPCIS.
    #[error("{text:?} is not an offset from -14:00 to +14:00, such as +02:00")]
    NotAnOffset {
        /// The text found.
        text: String,
    },
    /// Not one of the five event types.
    #[error(
        "{text:?} is not an event type; expected ObjectEvent, AggregationEvent, TransactionEvent, TransformationEvent \
         or AssociationEvent"
    )]
    NotAnEventType {
        /// The text found.
        text: String,
    },
    /// Not an action.
    #[error("{text:?} is not an action; expected OBSERVE, ADD or DELETE")]
    NotAnAction {
        /// The text found.
        text: String,
    },
    /// Neither a word of the vocabulary nor a URI.
    #[error("{text:?} is neither a {vocabulary} of the core business vocabulary nor a URI")]
    UnknownWord {
        /// The text found.
        text: String,
        /// The vocabulary.
        vocabulary: Vocabulary,
    },
    /// A standard word in a URI form that the JSON binding does not allow.
    #[error("{text:?} must be written as a bare word of the {vocabulary} vocabulary")]
    MustBeBareWord {
        /// The text found.
        text: String,
        /// The vocabulary.
        vocabulary: Vocabulary,
    },
    /// Not a unit of measure.
    #[error(
        "{text:?} is not a unit of measure; expected two or three of A-Z and 0-9 (UN/CEFACT Recommendation 20)"
    )]
    NotAUnit {
        /// The text found.
        text: String,
    },
    /// Not hexadecimal digits.
    #[error("{text:?} is not a sequence of hexadecimal digits")]
    NotHexadecimal {
        /// The text found.
        text: String,
    },
    /// A quantity below zero.
    #[error("a quantity cannot be negative")]
    NegativeQuantity,
    /// A serialised object where a class is expected.
    #[error("{text:?} names a single object; expected a class of objects")]
    NotAClass {
        /// The text found.
        text: String,
    },
    /// A class or pattern where a single object is expected.
    #[error("{text:?} names a class of objects; expected a single object (use the quantity list)")]
    NotAnInstance {
        /// The text found.
        text: String,
    },
    /// A prefix that must keep its meaning is declared anew.
    #[error("the prefix {prefix:?} cannot be redefined")]
    ReservedPrefix {
        /// The prefix.
        prefix: String,
    },
    /// `@context` below the top level.
    #[error("@context is accepted at the top level only")]
    NestedContext,
    /// The fields that say what the event is about are absent or empty.
    #[error("{event_type} needs {needed}")]
    NothingObserved {
        /// The event type.
        event_type: EventType,
        /// What would satisfy the rule.
        needed: &'static str,
    },
    /// Instance or lot master data without action ADD.
    #[error("ilmd is accepted with action ADD only")]
    IlmdWithoutAdd,
    /// `persistentDisposition` without `set` and `unset`.
    #[error("one of set and unset is required")]
    NeitherSetNorUnset,
}

impl EpcisError {
    /// The RFC 6901 pointer of the place that was refused.
    #[must_use]
    pub fn pointer(&self) -> &str {
        match self {
            Self::Json(error) => &error.pointer,
            Self::Field { pointer, .. } => pointer,
        }
    }

    fn inside(self, segment: &str) -> Self {
        match self {
            Self::Json(error) => Self::Json(error),
            Self::Field { pointer, fault } => Self::Field {
                pointer: format!("/{}{pointer}", escape_pointer_segment(segment)),
                fault,
            },
        }
    }
}

impl From<FieldFault> for EpcisError {
    fn from(fault: FieldFault) -> Self {
        Self::Field {
            pointer: String::new(),
            fault,
        }
    }
}

/// Says where an error arose, on its way out.
pub(super) trait Located<T> {
    /// Puts the member `name` in front of the error's pointer.
    fn at(self, name: &str) -> Result<T, EpcisError>;
    /// Puts the list position `index` in front of the error's pointer.
    fn at_index(self, index: usize) -> Result<T, EpcisError>;
}

impl<T, E: Into<EpcisError>> Located<T> for Result<T, E> {
    fn at(self, name: &str) -> Result<T, EpcisError> {
        self.map_err(|error| error.into().inside(name))
    }

    fn at_index(self, index: usize) -> Result<T, EpcisError> {
        self.map_err(|error| error.into().inside(&index.to_string()))
    }
}

fn place(pointer: &str) -> &str {
    if pointer.is_empty() {
        "the event"
    } else {
        pointer
    }
}
