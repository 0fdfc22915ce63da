//! Path parameters.

use std::str::FromStr;

use axum::extract::{FromRequestParts, Path};
use axum::http::request::Parts;
use serde::de::DeserializeOwned;

use crate::api::problem::{Problem, ProblemKind};

/// The texts of the path's parameters: a text, or a tuple of them.
pub(in crate::api) struct PathText<T>(pub(in crate::api) T);

impl<T: DeserializeOwned + Send, S: Send + Sync> FromRequestParts<S> for PathText<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        Path::<T>::from_request_parts(parts, state)
            .await
            .map(|Path(text)| Self(text))
            .map_err(|_| Problem::new(ProblemKind::BadPath, "a part of the path is not UTF-8"))
    }
}

/// Reads a parameter from its text. `form` says what is expected.
///
/// # Errors
/// [`ProblemKind::BadPath`] with the form.
pub(in crate::api) fn parse_part<T: FromStr>(text: &str, form: &str) -> Result<T, Problem> {
    text.parse().map_err(|_| not_of_form(text, form))
}

/// Reads a whole number in its only spelling: decimal digits without a sign or leading zeros.
///
/// # Errors
/// [`ProblemKind::BadPath`] with the form.
pub(in crate::api) fn parse_number<T: FromStr>(text: &str, form: &str) -> Result<T, Problem> {
    let is_canonical =
        text.bytes().all(|byte| byte.is_ascii_digit()) && (text == "0" || !text.starts_with('0'));
    if !is_canonical {
        return Err(not_of_form(text, form));
    }
    parse_part(text, form)
}

fn not_of_form(text: &str, form: &str) -> Problem {
    let shown: String = text.chars().take(80).collect();
    Problem::new(ProblemKind::BadPath, format!("{shown:?} is not {form}"))
}
