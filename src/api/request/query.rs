//! Query parameters.

use axum::extract::{FromRequestParts, Query};
use axum::http::Uri;
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

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let bad = |cause: String| Problem::new(ProblemKind::BadQuery, cause);
        let pairs = query_pairs(&parts.uri).map_err(|cause| bad(cause.to_owned()))?;
        read_pairs(&pairs).map(Self).map_err(bad)
    }
}

/// The names and values in the query of an address.
///
/// # Errors
/// What is wrong with them. What is not UTF-8 is refused: the reader would put other characters in its place, and the answer
/// would be to another question.
pub(in crate::api) fn query_pairs(uri: &Uri) -> Result<Vec<(String, String)>, &'static str> {
    if !is_utf8(uri.query().unwrap_or_default()) {
        return Err("the query is not UTF-8");
    }
    match Query::try_from_uri(uri) {
        Ok(Query(pairs)) => Ok(pairs),
        Err(_) => Err("the query is not names with values"),
    }
}

/// Whether a text whose bytes may be percent-encoded stands for UTF-8.
fn is_utf8(encoded: &str) -> bool {
    let mut decoded = Vec::with_capacity(encoded.len());
    let mut rest = encoded.as_bytes();
    while let Some((&first, after)) = rest.split_first() {
        let digit = |at: usize| char::from(*after.get(at)?).to_digit(16);
        let byte = match (first, digit(0), digit(1)) {
            (b'%', Some(high), Some(low)) => u8::try_from(high * 16 + low).ok(),
            _ => None,
        };
        decoded.push(byte.unwrap_or(first));
        rest = match byte {
            Some(_) => after.get(2..).unwrap_or_default(),
            None => after,
        };
    }
    std::str::from_utf8(&decoded).is_ok()
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_utf_8_is_refused() {
        let read = |query: &str| query_pairs(&format!("/v1/dwell?{query}").parse().unwrap());
        let pairs = |pairs: &[(&str, &str)]| -> Result<Vec<(String, String)>, &'static str> {
            Ok(pairs
                .iter()
                .map(|(name, value)| ((*name).into(), (*value).into()))
                .collect())
        };
        for (query, expected) in [
            ("", pairs(&[])),
            ("a=%C3%a9&b=1+2", pairs(&[("a", "é"), ("b", "1 2")])),
            (
                "a=%&b=%4&c=%zz%4",
                pairs(&[("a", "%"), ("b", "%4"), ("c", "%zz%4")]),
            ),
            ("a=%EF%BF%BD", pairs(&[("a", "\u{fffd}")])),
            ("a=%ff", Err("the query is not UTF-8")),
            ("a=%C3&b=%a9", Err("the query is not UTF-8")),
            ("%C3=1", Err("the query is not UTF-8")),
        ] {
            assert_eq!(read(query), expected, "{query}");
        }
    }
}
