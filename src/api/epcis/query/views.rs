//! What this half writes and reads beside documents of events.

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use utoipa::ToSchema;

use crate::api::epcis::CONTEXT;

/// A list of values.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = EpcisValueList)]
pub(in crate::api) struct ValueList {
    /// The JSON-LD context.
    #[serde(rename = "@context")]
    context: &'static str,
    /// `Collection`.
    #[serde(rename = "type")]
    kind: &'static str,
    /// The values: words of the standard bare, everything else as URI, identifiers in canonical form,
    /// GS1 keys as Digital Links.
    member: Vec<String>,
}

impl ValueList {
    /// A list of these values.
    pub(super) fn new(member: Vec<String>) -> Self {
        Self {
            context: CONTEXT,
            kind: "Collection",
            member,
        }
    }
}

/// A query to be kept under a name.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = EpcisNamedQueryRequest)]
#[serde(deny_unknown_fields)]
pub(in crate::api) struct NamedQueryRequest {
    /// The name.
    #[schema(min_length = 1, max_length = 128)]
    pub(super) name: String,
    /// The parameters: each with one value or a list, and prefixes under `@context`, or in the header
    /// `GS1-Extensions`.
    #[schema(value_type = serde_json::Value)]
    pub(super) query: Box<RawValue>,
}

/// A query with its name.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = EpcisNamedQuery)]
pub(in crate::api) struct NamedQueryView {
    /// The name.
    pub(super) name: String,
    /// The parameters, as they were sent; under `@context` the prefixes of the header `GS1-Extensions` as well.
    #[schema(value_type = serde_json::Value)]
    pub(super) query: Box<RawValue>,
}
