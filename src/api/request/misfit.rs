//! What does not fit where a request is read into a type, in words of our own.

use std::fmt::{self, Display};

use serde::de::{self, Expected, Unexpected};

/// Longest beginning of a name that a message repeats, in characters.
const SHOWN_CHARS: usize = 80;

/// What does not fit. The readers of derived types make it, so that what they find comes to clients in no library's
/// words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Misfit {
    /// There is no parameter of that name.
    Unknown {
        name: String,
        known: &'static [&'static str],
    },
    /// A parameter that is needed is not there.
    Missing(&'static str),
    /// A parameter is given twice.
    Repeated(&'static str),
    /// A value is not what it has to be.
    Value(String),
}

impl Misfit {
    /// A value that is not what it has to be.
    pub(super) fn expected(what: impl Display) -> Self {
        Self::Value(format!("it has to be {what}"))
    }
}

impl Display for Misfit {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unknown { name, known } => {
                let name: String = name.chars().take(SHOWN_CHARS).collect();
                match known {
                    [] => write!(
                        formatter,
                        "there is no parameter {name:?}: none is taken here"
                    ),
                    known => write!(
                        formatter,
                        "there is no parameter {name:?}, but {}",
                        known.join(", ")
                    ),
                }
            }
            Self::Missing(name) => write!(formatter, "the parameter {name} is missing"),
            Self::Repeated(name) => write!(formatter, "the parameter {name} is given twice"),
            Self::Value(reason) => formatter.write_str(reason),
        }
    }
}

impl std::error::Error for Misfit {}

impl de::Error for Misfit {
    fn custom<T: Display>(reason: T) -> Self {
        Self::Value(reason.to_string())
    }

    fn invalid_type(_: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Self::expected(expected)
    }

    fn invalid_value(_: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Self::expected(expected)
    }

    fn invalid_length(_: usize, expected: &dyn Expected) -> Self {
        Self::expected(expected)
    }

    fn unknown_variant(_: &str, expected: &'static [&'static str]) -> Self {
        Self::expected(expected.join(" or "))
    }

    fn unknown_field(name: &str, known: &'static [&'static str]) -> Self {
        Self::Unknown {
            name: name.to_owned(),
            known,
        }
    }

    fn missing_field(name: &'static str) -> Self {
        Self::Missing(name)
    }

    fn duplicate_field(name: &'static str) -> Self {
        Self::Repeated(name)
    }
}
