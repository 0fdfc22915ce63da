//! What a client is told of a query that has no answer.

use std::fmt::Display;

use crate::api::epcis::EpcisException;
use crate::api::problem::Problem;
use crate::ledger::questions::epcis_query::EpcisQueryError;

/// Longest value of a path that is repeated in a message, in characters.
const MAX_SHOWN_CHARACTERS: usize = 120;

/// The problem of a query.
pub(super) fn of_query(error: EpcisQueryError) -> Problem {
    let cause = error.to_string();
    match error {
        EpcisQueryError::UnknownParameter { .. }
        | EpcisQueryError::RepeatedParameter { .. }
        | EpcisQueryError::BadValue { .. }
        | EpcisQueryError::BadCombination { .. }
        | EpcisQueryError::TooMany { .. } => EpcisException::QueryParameter.problem(cause),
        EpcisQueryError::ForeignCursor => EpcisException::QueryParameter
            .problem(cause)
            .with_way_out("ask for the first page again, and follow the Link headers from there"),
        EpcisQueryError::NotYet { .. } => EpcisException::Unavailable.problem(cause),
        EpcisQueryError::NotAQuery(_) => EpcisException::QueryValidation.problem(cause),
        EpcisQueryError::NotSupported { .. } => EpcisException::NotImplemented.problem(cause),
        EpcisQueryError::TooLarge { .. } => EpcisException::QueryTooLarge.problem(cause),
        EpcisQueryError::TooComplex { .. } => {
            EpcisException::QueryTooComplex.problem(cause).with_way_out(
                "leave maxEventCount out and read the answer in pages, or ask for a shorter time",
            )
        }
        EpcisQueryError::TooManyCaptures { .. } => EpcisException::QueryTooComplex
            .problem(cause)
            .with_way_out("ask for fewer hashes at once"),
        EpcisQueryError::Question(error) => Problem::from(error),
    }
}

/// The problem of a query that the address asks: the value of a parameter that stands in the path is none that the client
/// gave by the parameter's name.
pub(super) fn of_path(error: EpcisQueryError, parameter: &str) -> Problem {
    match error {
        EpcisQueryError::BadValue {
            name,
            value,
            reason,
        } if name == parameter => of_path_value(&value, reason),
        error => of_query(error),
    }
}

/// The problem of a value in the path that is not of its form.
pub(super) fn of_path_value(value: &str, reason: impl Display) -> Problem {
    let shown: String = value.chars().take(MAX_SHOWN_CHARACTERS).collect();
    EpcisException::Validation
        .problem(format!("the path: {shown:?} is not accepted: {reason}"))
        .with_way_out("correct the value in the path, which is percent-encoded there")
}

/// The problem of a named query that is to be made.
pub(super) fn of_definition(error: EpcisQueryError) -> Problem {
    match error {
        error @ (EpcisQueryError::NotSupported { .. } | EpcisQueryError::Question(_)) => {
            of_query(error)
        }
        error => EpcisException::QueryValidation.problem(error.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_costs_too_much_is_too_complex() {
        for error in [
            EpcisQueryError::TooComplex { looked_at: 10_000 },
            EpcisQueryError::TooManyCaptures {
                hashes: 100,
                members: 200,
            },
        ] {
            let problem = of_query(error.clone());
            let document = problem.document();
            assert_eq!(document.status, 413);
            assert_eq!(document.type_uri, "epcisException:QueryTooComplexException");
            assert_eq!(document.cause, error.to_string());
        }
    }
}
