//! Bearer tokens: who asks, at which node, and for what.
//!
//! A token is a JSON Web Token (RFC 7519) as a JWS in compact form (RFC 7515), signed with Ed25519
//! (RFC 8037) by a registered key of a member. Nobody issues it but its bearer, and nobody is asked:
//! a node checks it against the members on its own ledger.
//!
//! | part | content |
//! |---|---|
//! | header | `alg` is `EdDSA`, `typ` is `JWT`, `kid` is the public key in hexadecimal; nothing else |
//! | `iss` | the member |
//! | `aud` | the ledger id and the node's network key, both, and nothing else |
//! | `iat`, `exp` | whole seconds; five minutes apart at most |
//! | `scope` | `epcis:capture`, `epcis:read`, with one space between |
//!
//! Invariants:
//! - One algorithm. The header cannot choose another, nor bring a key of its own: `kid` only names a
//!   key that the ledger has to know.
//! - A token is of one ledger and one node: an operator who is shown it cannot use it at another's.
//! - What a token signs cannot be taken for anything else that the key signs: its two parts are base64
//!   with a dot between, every other message has a zero byte or a line end in it.
//!
//! Deliberately absent: clocks (the time is given), and withdrawal of a single token. A token lives
//! for minutes; a key that is revoked ends all of its tokens at the next height.

mod error;
mod scope;
mod token;

pub use error::TokenError;
pub use scope::{Scope, Scopes};
pub use token::{
    AccessToken, MAX_CLOCK_SKEW_S, MAX_TOKEN_BYTES, MAX_TOKEN_LIFETIME_S, TokenClaims,
};

#[cfg(test)]
mod tests;
