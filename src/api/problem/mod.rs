//! Errors as clients see them: RFC 9457 problem details.
//!
//! Every answer of status 400 and above is `application/problem+json` with a stable `type`
//! (`urn:waybill:problem:<code>`), what was found (`cause`) and what the client can do (`wayOut`).
//! Clients branch on `type`; the texts are for people and may change. The exceptions are answers
//! that the HTTP library gives before a request is one: 400 to bytes that are no HTTP, 414 and 431
//! to heads beyond the limits, all without a body.

mod details;
mod kind;
mod refusal;

pub use details::{FaultView, MAX_LISTED_FAULTS, PROBLEM_MEDIA_TYPE, Problem, ProblemDocument};
pub(in crate::api) use details::{TypeNamespace, cut};
pub use kind::ProblemKind;

#[cfg(test)]
pub(in crate::api) mod tests;
