//! The reading half of the EPCIS interface: events by query, the values that they have, and queries with
//! names.
//!
//! Invariants:
//! - An event is answered as its author wrote it, with the time of its block as `recordTime`, and its hash as
//!   `eventID` if it has no other: so it has the same hash as when it was captured.
//! - Only events that the ledger accepted are answered.
//! - A page token is bound to its ledger and query and holds all that the next page needs: the node keeps
//!   nothing for it, and it works at other nodes of the ledger as well.
//!
//! Deliberately absent: anything that the standard does not have, such as answers as of an earlier height;
//! the routes under `/v1` have those.

mod definition;
mod document;
mod events;
mod named;
mod page;
mod parameters;
mod problems;
mod request;
mod values;
mod views;

pub(in crate::api) use views::{NamedQueryRequest, NamedQueryView, ValueList};

use crate::api::endpoints::Endpoint;

/// All endpoints of this half.
pub(super) fn endpoints() -> Vec<Endpoint> {
    let mut endpoints = events::endpoints();
    endpoints.extend(values::endpoints());
    endpoints.extend(named::endpoints());
    endpoints
}
