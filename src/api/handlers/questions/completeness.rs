//! What critical tracking events lack.

use axum::Json;
use axum::extract::State;

use super::gaps::AskedThings;
use super::parameters::{question_parameters, unknown};
use crate::api::context::SharedContext;
use crate::api::problem::Problem;
use crate::api::request::{QueryParameters, QuestionPages};
use crate::api::views::CompletenessView;
use crate::ledger::questions::Events;

question_parameters! {
    /// Of what.
    CompletenessParameters {
        /// One thing: EPC URN, GS1 Digital Link or another URI.
        thing: Option<String>,
        /// A thing and all that was made of it.
        trace_forward_of: Option<String>,
        /// A thing and all that it was made of.
        trace_back_of: Option<String>,
        /// true: only events that lack something.
        #[serde(default)]
        #[param(default = false)]
        lacking: bool,
    }
}

/// Get completeness
///
/// The critical tracking events (FSMA 204) of a thing, or of all things of a trace, and the key data elements that
/// each lacks.
#[utoipa::path(
    get,
    path = "/v1/completeness",
    params(CompletenessParameters),
    responses((status = 200, description = "A page of events", body = CompletenessView))
)]
pub(in crate::api) async fn completeness(
    State(context): State<SharedContext>,
    QueryParameters(parameters): QueryParameters<CompletenessParameters>,
    pages: QuestionPages,
) -> Result<Json<CompletenessView>, Problem> {
    let (scope, page) = (parameters.scope(), parameters.page(&pages)?);
    let asked = AskedThings::read(
        parameters.thing.as_deref(),
        parameters.trace_forward_of.as_deref(),
        parameters.trace_back_of.as_deref(),
    )?;
    let answer = context
        .read(move |reader| {
            let view = reader.view()?;
            let events = Events::open(&*view, scope)?;
            let found = events.completeness(asked.selection(), parameters.lacking, page)?;
            let answer = found.ok_or_else(|| unknown(&asked.thing))?;
            let next = pages.next(answer.next);
            Ok(CompletenessView::new(&asked.thing, &answer, next))
        })
        .await?;
    Ok(Json(answer))
}
