//! What is asked of a value that has an order.

/// A test of a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Test<T> {
    /// It is one of these.
    OneOf(Vec<T>),
    /// It is greater.
    Above(T),
    /// It is greater or equal.
    AtLeast(T),
    /// It is less.
    Below(T),
    /// It is less or equal.
    AtMost(T),
}

impl<T: Ord> Test<T> {
    /// Whether a value passes.
    pub(super) fn passes(&self, value: &T) -> bool {
        match self {
            Self::OneOf(values) => values.contains(value),
            Self::Above(bound) => value > bound,
            Self::AtLeast(bound) => value >= bound,
            Self::Below(bound) => value < bound,
            Self::AtMost(bound) => value <= bound,
        }
    }

    /// Whether there is a value, and it passes.
    pub(super) fn passes_some(&self, value: Option<&T>) -> bool {
        value.is_some_and(|value| self.passes(value))
    }
}

/// The operators that parameters begin with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Operator {
    Equal,
    Above,
    AtLeast,
    Below,
    AtMost,
}

impl Operator {
    /// The operator in front of a parameter's name, and the rest of it.
    pub(super) fn split(name: &str) -> Option<(Self, &str)> {
        let (start, rest) = name.split_once('_')?;
        let operator = match start {
            "EQ" => Self::Equal,
            "GT" => Self::Above,
            "GE" => Self::AtLeast,
            "LT" => Self::Below,
            "LE" => Self::AtMost,
            _ => return None,
        };
        Some((operator, rest))
    }

    /// The test against one value.
    pub(super) fn test<T>(self, bound: T) -> Test<T> {
        match self {
            Self::Equal => Test::OneOf(vec![bound]),
            Self::Above => Test::Above(bound),
            Self::AtLeast => Test::AtLeast(bound),
            Self::Below => Test::Below(bound),
            Self::AtMost => Test::AtMost(bound),
        }
    }
}
