//! Fields of events whose values are listed.

/// A field of events whose values are listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ListedField {
    /// The business step.
    BizStep,
    /// The disposition.
    Disposition,
    /// Where it happened.
    ReadPoint,
    /// Where the objects are afterwards.
    BizLocation,
}

/// Longest value that is listed, in bytes. It bounds the keys of the index: an event may have a longer one,
/// which is found by questions, and not in the list.
pub const MAX_LISTED_VALUE_BYTES: usize = 1024;
