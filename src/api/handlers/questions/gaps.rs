//! What does not fit.

use axum::Json;
use axum::extract::State;

use super::parameters::{bad, identifier, question_parameters, unknown};
use crate::api::context::SharedContext;
use crate::api::problem::Problem;
use crate::api::request::{QueryParameters, QuestionPages};
use crate::api::views::GapsView;
use crate::ledger::questions::{Events, ThingSelection, TraceDirection};
use crate::types::plain_words;

/// Kilometres an hour that goods travel at most unless the question says so: an airliner.
const DEFAULT_MAX_SPEED_KMH: u64 = 1_000;

/// Highest speed that may be asked for: nothing on Earth is faster.
const MAX_SPEED_KMH: u64 = 100_000;

question_parameters! {
    /// Of what.
    GapsParameters {
        /// One thing: EPC URN, GS1 Digital Link or another URI.
        thing: Option<String>,
        /// A thing and all that was made of it.
        trace_forward_of: Option<String>,
        /// A thing and all that it was made of.
        trace_back_of: Option<String>,
        /// How fast goods may travel, in kilometres an hour.
        #[param(minimum = 1, maximum = 100_000, default = 1000)]
        max_speed_kmh: Option<u64>,
    }
}

/// The things that a question is about: exactly one of three parameters says so.
pub(super) struct AskedThings {
    pub(super) thing: String,
    direction: Option<TraceDirection>,
}

impl AskedThings {
    pub(super) fn read(
        thing: Option<&str>,
        trace_forward_of: Option<&str>,
        trace_back_of: Option<&str>,
    ) -> Result<Self, Problem> {
        let one = identifier("thing", thing)?;
        let forward = identifier("trace_forward_of", trace_forward_of)?;
        let back = identifier("trace_back_of", trace_back_of)?;
        let (thing, direction) = match (one, forward, back) {
            (Some(thing), None, None) => (thing, None),
            (None, Some(thing), None) => (thing, Some(TraceDirection::Forward)),
            (None, None, Some(thing)) => (thing, Some(TraceDirection::Back)),
            _ => {
                return Err(bad(
                    "exactly one of thing, trace_forward_of and trace_back_of is to be given",
                ));
            }
        };
        Ok(Self { thing, direction })
    }

    pub(super) fn selection(&self) -> ThingSelection<'_> {
        match self.direction {
            None => ThingSelection::One(&self.thing),
            Some(direction) => ThingSelection::Trace(&self.thing, direction),
        }
    }
}

/// Get gaps
///
/// What does not fit in what is told of a thing, or of all things of a trace: never commissioned, or twice;
/// seen after its end; shipped and not received, or the other way round; at two places at once, or too far
/// apart for the time.
#[utoipa::path(
    get,
    path = "/v1/gaps",
    params(GapsParameters),
    responses((status = 200, description = "A page of gaps", body = GapsView))
)]
pub(in crate::api) async fn gaps(
    State(context): State<SharedContext>,
    QueryParameters(parameters): QueryParameters<GapsParameters>,
    pages: QuestionPages,
) -> Result<Json<GapsView>, Problem> {
    let (scope, page) = (parameters.scope(), parameters.page(&pages)?);
    let asked = AskedThings::read(
        parameters.thing.as_deref(),
        parameters.trace_forward_of.as_deref(),
        parameters.trace_back_of.as_deref(),
    )?;
    let speed = parameters.max_speed_kmh.unwrap_or(DEFAULT_MAX_SPEED_KMH);
    if !(1..=MAX_SPEED_KMH).contains(&speed) {
        return Err(bad(format!(
            "max_speed_kmh is {speed}, it has to be {}",
            plain_words::range(1, MAX_SPEED_KMH)
        )));
    }
    let answer = context
        .read(move |reader| {
            let view = reader.view()?;
            let events = Events::open(&*view, scope)?;
            let found = events.gaps(asked.selection(), speed, page)?;
            let answer = found.ok_or_else(|| unknown(&asked.thing))?;
            let next = pages.next(answer.next);
            Ok(GapsView::new(&asked.thing, speed, &answer, next))
        })
        .await?;
    Ok(Json(answer))
}
