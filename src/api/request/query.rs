//! Query parameters.

use axum::extract::{FromRequestParts, Query};
use axum::http::request::Parts;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::pairs::read_pairs;
use crate::api::problem::{Problem, ProblemKind};
use crate::types::Timestamp;

/// The query parameters. Types that are read through it deny unknown fields: a misspelt parameter
/// that was ignored would give an answer to another question.
pub(in crate::api) struct QueryParameters<T>(pub(in crate::api) T);

impl<T: DeserializeOwned + Send, S: Send + Sync> FromRequestParts<S> for QueryParameters<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let bad = |cause: String| Problem::new(ProblemKind::BadQuery, cause);
        let Query(pairs) = Query::<Vec<(String, String)>>::from_request_parts(parts, state)
            .await
            .map_err(|_| bad("the query is not names with values".to_owned()))?;
        read_pairs(&pairs).map(Self).map_err(bad)
    }
}

/// The parameters of a route that has none.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::api) struct NoParameters {}

/// Refuses a time that ends before it begins. One that ends where it begins is empty, as the last page may be.
///
/// # Errors
/// [`ProblemKind::BadQuery`].
pub(in crate::api) fn check_period(from: Timestamp, until: Timestamp) -> Result<(), Problem> {
    if from <= until {
        return Ok(());
    }
    Err(Problem::new(
        ProblemKind::BadQuery,
        format!("from is {from}, which is after until, {until}"),
    ))
}
