//! Following goods.

use axum::Json;
use axum::extract::State;
use serde::Deserialize;
use utoipa::IntoParams;

use crate::api::context::SharedContext;
use crate::api::problem::{Problem, ProblemKind};
use crate::api::request::{PageSize, PathText, QueryParameters, QuestionPages};
use crate::api::views::{AffectedView, ContentsView, HolderView, RecallView, TraceView};
use crate::ledger::questions::{Corrections, EventScope, Events, TraceDirection};
use crate::records::epcis::Identifier;
use crate::types::{Height, Timestamp};

/// Which events count, and which page of the answer.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(in crate::api) struct TraceParameters {
    /// Answer as the ledger stood at this height; the last one if it is left out.
    as_of_height: Option<u64>,
    /// Only what happened before this time; by default what happened by the time of the height's block, or within an
    /// hour after it.
    #[param(value_type = Option<String>, format = DateTime)]
    event_time_before: Option<Timestamp>,
    /// resolved: what was declared wrong does not count; raw: it does as well.
    #[serde(default)]
    #[param(value_type = Option<String>, example = "resolved")]
    view: CorrectionsParameter,
    /// Most things to give.
    #[serde(default)]
    #[param(value_type = Option<usize>, minimum = 1, maximum = 1000, default = 100)]
    limit: PageSize,
    /// The `next` of the page before, of the same question.
    after: Option<String>,
}

/// When, and which page of the contents.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(in crate::api) struct ContentsParameters {
    /// The time asked about; the end of the times that count if it is left out.
    #[param(value_type = Option<String>, format = DateTime)]
    at: Option<Timestamp>,
    /// Answer as the ledger stood at this height; the last one if it is left out.
    as_of_height: Option<u64>,
    /// Only what happened before this time.
    #[param(value_type = Option<String>, format = DateTime)]
    event_time_before: Option<Timestamp>,
    /// resolved: what was declared wrong does not count; raw: it does as well.
    #[serde(default)]
    #[param(value_type = Option<String>, example = "resolved")]
    view: CorrectionsParameter,
    /// Most contents to give.
    #[serde(default)]
    #[param(value_type = Option<usize>, minimum = 1, maximum = 1000, default = 100)]
    limit: PageSize,
    /// The `next` of the page before, of the same question.
    after: Option<String>,
}

/// Whether corrections are resolved.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
enum CorrectionsParameter {
    #[default]
    Resolved,
    Raw,
}

impl From<CorrectionsParameter> for Corrections {
    fn from(parameter: CorrectionsParameter) -> Self {
        match parameter {
            CorrectionsParameter::Resolved => Self::Resolved,
            CorrectionsParameter::Raw => Self::Raw,
        }
    }
}

impl TraceParameters {
    fn scope(&self) -> EventScope {
        EventScope {
            as_of: self.as_of_height.map(Height),
            event_time_before: self.event_time_before,
            corrections: self.view.into(),
        }
    }
}

/// The canonical form of an identifier in a path.
pub(super) fn read_thing(text: &str) -> Result<String, Problem> {
    match Identifier::parse(text) {
        Ok(identifier) => Ok(identifier.canonical().to_owned()),
        Err(fault) => Err(Problem::new(
            ProblemKind::BadPath,
            format!("{fault}; name things by an EPC URN, a GS1 Digital Link or another URI"),
        )),
    }
}

pub(super) fn unknown(thing: &str) -> Problem {
    Problem::new(
        ProblemKind::NoSuchThing,
        format!("no event that counts speaks of {thing}"),
    )
}

/// Trace back
///
/// What a thing was made of, and what it held, back to the origin.
#[utoipa::path(
    get,
    path = "/v1/trace/back/{id}",
    params(
        ("id" = String, Path, description = "EPC URN, GS1 Digital Link or another URI; it may have slashes"),
        TraceParameters
    ),
    responses((status = 200, description = "A page of the trace", body = TraceView))
)]
pub(in crate::api) async fn trace_back(
    State(context): State<SharedContext>,
    PathText(id): PathText<String>,
    QueryParameters(parameters): QueryParameters<TraceParameters>,
    pages: QuestionPages,
) -> Result<Json<TraceView>, Problem> {
    trace(context, &id, (parameters, pages), TraceDirection::Back).await
}

/// Trace forward
///
/// What was made of a thing, and what carried it.
#[utoipa::path(
    get,
    path = "/v1/trace/forward/{id}",
    params(
        ("id" = String, Path, description = "EPC URN, GS1 Digital Link or another URI; it may have slashes"),
        TraceParameters
    ),
    responses((status = 200, description = "A page of the trace", body = TraceView))
)]
pub(in crate::api) async fn trace_forward(
    State(context): State<SharedContext>,
    PathText(id): PathText<String>,
    QueryParameters(parameters): QueryParameters<TraceParameters>,
    pages: QuestionPages,
) -> Result<Json<TraceView>, Problem> {
    trace(context, &id, (parameters, pages), TraceDirection::Forward).await
}

async fn trace(
    context: SharedContext,
    id: &str,
    (parameters, pages): (TraceParameters, QuestionPages),
    direction: TraceDirection,
) -> Result<Json<TraceView>, Problem> {
    let thing = read_thing(id)?;
    let page = pages.range(parameters.after.as_deref(), parameters.limit)?;
    let answer = context
        .read(move |reader| {
            let view = reader.view()?;
            let events = Events::open(&*view, parameters.scope())?;
            let found = events.trace(&thing, direction, page.skip, page.count)?;
            let trace = found.ok_or_else(|| unknown(&thing))?;
            let mut answer = TraceView::new(&thing, direction, &trace, pages.next(trace.next));
            for found in &mut answer.things {
                let held = events.own_holding(&found.id)?;
                found.holder = held.map(|held| HolderView::new(&found.id, &held));
            }
            Ok(answer)
        })
        .await?;
    Ok(Json(answer))
}

/// Recall
///
/// Everything that a thing affects, with where it is now and how much of it: what was made of it, and, of a container,
/// what is in it and what was made of that.
#[utoipa::path(
    get,
    path = "/v1/recall/{id}",
    params(
        ("id" = String, Path, description = "EPC URN, GS1 Digital Link or another URI; it may have slashes"),
        TraceParameters
    ),
    responses((status = 200, description = "A page of what is affected", body = RecallView))
)]
pub(in crate::api) async fn recall(
    State(context): State<SharedContext>,
    PathText(id): PathText<String>,
    QueryParameters(parameters): QueryParameters<TraceParameters>,
    pages: QuestionPages,
) -> Result<Json<RecallView>, Problem> {
    let thing = read_thing(&id)?;
    let page = pages.range(parameters.after.as_deref(), parameters.limit)?;
    let answer = context
        .read(move |reader| {
            let view = reader.view()?;
            let events = Events::open(&*view, parameters.scope())?;
            let found = events.recall(&thing, page.skip, page.count)?;
            let recall = found.ok_or_else(|| unknown(&thing))?;
            let affected = recall
                .affected
                .into_iter()
                .map(AffectedView::from)
                .collect();
            Ok(RecallView {
                height: recall.height.0,
                thing,
                affected,
                complete: recall.is_complete,
                next: pages.next(recall.next),
            })
        })
        .await?;
    Ok(Json(answer))
}

/// Get the contents of a container
///
/// What is in it at a time, and what it is in itself: of a lot every container that there is some of it in.
#[utoipa::path(
    get,
    path = "/v1/contents/{id}",
    params(
        ("id" = String, Path, description = "EPC URN, GS1 Digital Link or another URI; it may have slashes"),
        ContentsParameters
    ),
    responses((status = 200, description = "What is in it", body = ContentsView))
)]
pub(in crate::api) async fn contents(
    State(context): State<SharedContext>,
    PathText(id): PathText<String>,
    QueryParameters(parameters): QueryParameters<ContentsParameters>,
    pages: QuestionPages,
) -> Result<Json<ContentsView>, Problem> {
    let thing = read_thing(&id)?;
    let page = pages.range(parameters.after.as_deref(), parameters.limit)?;
    let answer = context
        .read(move |reader| {
            let view = reader.view()?;
            let scope = EventScope {
                as_of: parameters.as_of_height.map(Height),
                event_time_before: parameters.event_time_before,
                corrections: parameters.view.into(),
            };
            let events = Events::open(&*view, scope)?;
            let at = parameters.at.unwrap_or(events.last_time());
            let mut answer = events.contents(&thing, at)?;
            let is_empty = answer.contents.is_empty() && answer.parents.is_empty();
            if is_empty && !events.knows(&thing)? {
                return Err(unknown(&thing));
            }
            let (contents, next) = page.cut(answer.contents)?;
            answer.contents = contents;
            let next = pages.next(next);
            Ok(ContentsView::new(&thing, events.height(), &answer, next))
        })
        .await?;
    Ok(Json(answer))
}
