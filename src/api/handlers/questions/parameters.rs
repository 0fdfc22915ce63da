//! What the questions' parameters have in common.

use serde::Deserialize;

use crate::api::problem::{Problem, ProblemKind};
use crate::ledger::questions::{Corrections, EventScope};
use crate::records::epcis::Identifier;
use crate::types::{Height, Timestamp};

/// Whether corrections are resolved.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum View {
    #[default]
    Resolved,
    Raw,
}

/// A struct of query parameters: those of a question, and those of all questions.
macro_rules! question_parameters {
    (
        $(#[$meta:meta])* $name:ident {
            $($(#[$field_meta:meta])* $field:ident: $kind:ty,)*
        }
    ) => {
        $(#[$meta])*
        #[derive(Debug, serde::Deserialize, utoipa::IntoParams)]
        #[into_params(parameter_in = Query)]
        #[serde(deny_unknown_fields)]
        pub(in crate::api) struct $name {
            $($(#[$field_meta])* $field: $kind,)*
            /// Answer as the ledger stood at this height; the last one if it is left out.
            as_of_height: Option<u64>,
            /// Only what happened before this time; by default what happened by the time of the height's block, or
            /// within an hour after it.
            #[param(value_type = Option<String>, format = DateTime)]
            event_time_before: Option<crate::types::Timestamp>,
            /// resolved: what was declared wrong does not count; raw: it does as well.
            #[serde(default)]
            #[param(value_type = Option<String>, example = "resolved")]
            view: super::parameters::View,
            /// Most items to give.
            #[serde(default)]
            #[param(value_type = Option<usize>, minimum = 1, maximum = 1000, default = 100)]
            limit: crate::api::request::PageSize,
            /// The `next` of the page before, of the same question.
            after: Option<String>,
        }

        impl $name {
            /// Which events count.
            fn scope(&self) -> crate::ledger::questions::EventScope {
                super::parameters::scope(self.as_of_height, self.event_time_before, self.view)
            }

            /// Which page of so many items is asked for.
            fn page(
                &self,
                pages: &crate::api::request::QuestionPages,
            ) -> Result<crate::ledger::questions::PageRange, crate::api::problem::Problem> {
                pages.range(self.after.as_deref(), self.limit)
            }
        }
    };
}

pub(super) use question_parameters;

/// Which events count.
pub(super) fn scope(
    as_of_height: Option<u64>,
    event_time_before: Option<Timestamp>,
    view: View,
) -> EventScope {
    EventScope {
        as_of: as_of_height.map(Height),
        event_time_before,
        corrections: match view {
            View::Resolved => Corrections::Resolved,
            View::Raw => Corrections::Raw,
        },
    }
}

/// A query that does not make a question.
pub(super) fn bad(cause: impl Into<String>) -> Problem {
    Problem::new(ProblemKind::BadQuery, cause)
}

/// The canonical form of an identifier in a query parameter.
pub(super) fn identifier(name: &str, text: Option<&str>) -> Result<Option<String>, Problem> {
    let Some(text) = text else {
        return Ok(None);
    };
    match Identifier::parse(text) {
        Ok(identifier) => Ok(Some(identifier.canonical().to_owned())),
        Err(fault) => Err(bad(format!(
            "{name}: {fault}; name things and places by an EPC URN, a GS1 Digital Link or another URI"
        ))),
    }
}

/// Refuses a time that ends before it begins. One that ends where it begins is empty.
pub(super) fn check_times(
    from: Option<Timestamp>,
    before: Option<Timestamp>,
) -> Result<(), Problem> {
    match (from, before) {
        (Some(from), Some(before)) if from > before => Err(bad(format!(
            "event_time_from is {from}, which is after event_time_before, {before}"
        ))),
        _ => Ok(()),
    }
}

/// What a canonical identifier names by its form, as far as its key tells.
fn named_by_key(canonical: &str) -> Option<&'static str> {
    let key = canonical.strip_prefix("https://id.gs1.org/")?;
    let (kind, rest) = key.split_once('/')?;
    match kind {
        "414" => Some(A_PLACE),
        // A party is neither.
        "417" => None,
        "01" | "8006" if rest.contains("/10/") && !rest.contains("/21/") => Some("a lot"),
        _ => Some("a thing"),
    }
}

/// A global location number, with or without an extension.
const A_PLACE: &str = "a place";

/// That no event that counts speaks of a thing that was asked about. A place is asked about by another parameter.
pub(super) fn unknown_thing(thing: &str, of_places: &str) -> Problem {
    match named_by_key(thing) {
        Some(A_PLACE) => misnamed(thing, "a thing", A_PLACE, of_places),
        _ => unknown(thing),
    }
}

/// That no event that counts speaks of a place that was asked about. A thing or a lot is asked about with `thing`.
pub(super) fn unknown_place(place: &str) -> Problem {
    match named_by_key(place) {
        Some(kind) if kind != A_PLACE => misnamed(place, A_PLACE, kind, "thing"),
        _ => unknown(place),
    }
}

fn misnamed(what: &str, asked_as: &str, kind: &str, parameter: &str) -> Problem {
    Problem::new(
        ProblemKind::NoSuchThing,
        format!("no event that counts speaks of {what} as {asked_as}: by its key it is {kind}"),
    )
    .with_way_out(format!(
        "name it with the parameter {parameter}, which takes {kind}"
    ))
}

/// That no event that counts speaks of what was asked about.
pub(super) fn unknown(what: &str) -> Problem {
    Problem::new(
        ProblemKind::NoSuchThing,
        format!("no event that counts speaks of {what}"),
    )
}
