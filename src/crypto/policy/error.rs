//! What is wrong with a policy or its text.

use thiserror::Error;

use super::{
    MAX_GROUPS, MAX_LOGS, MAX_POLICY_BYTES, MAX_POLICY_NAME_BYTES, MAX_URL_BYTES, MAX_WITNESSES,
    PolicyName,
};
use crate::crypto::PublicKey;
use crate::crypto::note::{NoteError, VerifierKey};

/// The error of this module. [`PolicyError::AtLine`] wraps another with its place in a text.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum PolicyError {
    /// A line of a policy text is refused.
    #[error("line {line} of the policy: {source}")]
    AtLine {
        /// Its number, from one.
        line: usize,
        /// Why it is refused.
        source: Box<PolicyError>,
    },
    /// The text is larger than what is read.
    #[error("the policy has {actual} bytes, more than {MAX_POLICY_BYTES}")]
    TooLarge {
        /// Bytes of the text.
        actual: usize,
    },
    /// The last line does not end with a newline.
    #[error("the last line of the policy does not end with a newline")]
    UnterminatedLine,
    /// The text has a control character other than tab and newline.
    #[error("control character {byte:#04x} is not allowed in a policy")]
    ControlCharacter {
        /// The octet found.
        byte: u8,
    },
    /// A line opens with an unknown word.
    #[error("unknown keyword {keyword:?}, expected log, witness, group or quorum")]
    UnknownKeyword {
        /// The word found.
        keyword: String,
    },
    /// A line has too few or too many items.
    #[error("expected: {expected}")]
    Items {
        /// The form of the line.
        expected: &'static str,
    },
    /// A name is empty, too long, reserved, or has an octet that names cannot have.
    #[error(
        "{name:?} is not a name: 1 to {MAX_POLICY_NAME_BYTES} octets without spaces, and not \"none\""
    )]
    Name {
        /// The name refused.
        name: String,
    },
    /// A name is defined twice.
    #[error("{name} is already defined")]
    NameTaken {
        /// The name.
        name: PolicyName,
    },
    /// A group or the quorum names what is not defined before it.
    #[error("{name} is not defined on a preceding line")]
    UnknownName {
        /// The name.
        name: PolicyName,
    },
    /// A name is a member twice, of one group or of two.
    #[error("{name} is already a member of a group")]
    MemberTwice {
        /// The name.
        name: PolicyName,
    },
    /// A verifier key is refused.
    #[error(transparent)]
    Key(#[from] NoteError),
    /// A verifier key is not UTF-8, as key names are.
    #[error("a verifier key is not UTF-8")]
    KeyNotUtf8,
    /// A log has no key of type 0x01, or a witness none of type 0x04.
    #[error(
        "verifier key {key} has the wrong signature type for its line: a log has 0x01, a witness 0x04"
    )]
    KeyType {
        /// The key.
        key: Box<VerifierKey>,
    },
    /// Two logs or two witnesses have the same public key.
    #[error("public key {key} is listed twice")]
    DuplicateKey {
        /// The key.
        key: Box<PublicKey>,
    },
    /// Two different keys share a name and an id, so that a signature line names neither.
    #[error("another key shares name and id with {key}")]
    AmbiguousKey {
        /// The key refused.
        key: Box<VerifierKey>,
    },
    /// A URL is longer than what is accepted, empty, or has an octet that cannot stand in a line.
    #[error("a URL is 1 to {MAX_URL_BYTES} octets without spaces and control characters")]
    Url,
    /// A threshold is not `any`, `all` or a decimal from one to the number of members.
    #[error("threshold {threshold:?} is not any, all or a decimal from 1 to {members}")]
    Threshold {
        /// What stands in its place.
        threshold: String,
        /// Members of the group.
        members: usize,
    },
    /// A group has no members.
    #[error("group {name} has no members")]
    EmptyGroup {
        /// The group.
        name: PolicyName,
    },
    /// There are more logs than what is read.
    #[error("more than {MAX_LOGS} logs")]
    TooManyLogs,
    /// There are more witnesses than what is read.
    #[error("more than {MAX_WITNESSES} witnesses")]
    TooManyWitnesses,
    /// There are more groups than what is read.
    #[error("more than {MAX_GROUPS} groups")]
    TooManyGroups,
    /// There is no quorum line.
    #[error("the policy has no quorum line")]
    NoQuorum,
    /// There are two quorum lines.
    #[error("the policy already has a quorum line")]
    QuorumTwice,
}
