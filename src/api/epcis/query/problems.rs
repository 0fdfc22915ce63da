//! What a client is told of a query that has no answer.

use crate::api::epcis::EpcisException;
use crate::api::problem::Problem;
use crate::ledger::questions::epcis_query::EpcisQueryError;

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
        EpcisQueryError::Question(error) => Problem::from(error),
    }
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
