//! How long things were where.

use axum::Json;
use axum::extract::State;

use super::parameters::{bad, identifier, question_parameters, unknown_place, unknown_thing};
use crate::api::context::SharedContext;
use crate::api::problem::Problem;
use crate::api::request::{QueryParameters, QuestionPages};
use crate::api::views::DwellView;
use crate::ledger::questions::{Events, VisitPlace};

question_parameters! {
    /// Of what, and where.
    DwellParameters {
        /// The thing, container or lot: EPC URN, GS1 Digital Link or another URI.
        thing: Option<String>,
        /// The place; without a thing, everything that was there.
        place: Option<String>,
        /// true: only visits that have not ended.
        #[serde(default)]
        #[param(default = false)]
        present: bool,
    }
}

/// Get dwell times
///
/// Where a thing was, from when to when, as itself or in a container; or which things were at a place. A lot is at a
/// place for as long as some of it is. Visits
/// that have not ended are measured up to `event_time_before`, or else to the block's time.
#[utoipa::path(
    get,
    path = "/v1/dwell",
    params(DwellParameters),
    responses((status = 200, description = "A page of visits", body = DwellView))
)]
pub(in crate::api) async fn dwell(
    State(context): State<SharedContext>,
    QueryParameters(parameters): QueryParameters<DwellParameters>,
    pages: QuestionPages,
) -> Result<Json<DwellView>, Problem> {
    let scope = parameters.scope();
    let thing = identifier("thing", parameters.thing.as_deref())?;
    let place = identifier("place", parameters.place.as_deref())?;
    let answer = context
        .read(move |reader| {
            let view = reader.view()?;
            let events = Events::open(&*view, scope)?;
            let asked = (thing.clone(), place.clone());
            match (&thing, &place) {
                (Some(thing), place) => {
                    let page = parameters.page(&pages)?;
                    let found = events.dwell(thing, place.as_deref(), parameters.present, page)?;
                    let found = found.ok_or_else(|| unknown_thing(thing, "place"))?;
                    Ok(DwellView::new(asked, &found, pages.next(found.next)))
                }
                (None, Some(place)) => {
                    let begin = VisitPlace::of_number(pages.skip(parameters.after.as_deref())?);
                    let page = (begin, parameters.limit.items());
                    let found = events.dwell_at(place, parameters.present, page)?;
                    let found = found.ok_or_else(|| unknown_place(place))?;
                    let next = found.next.map(VisitPlace::to_number);
                    Ok(DwellView::new(asked, &found, pages.next(next)))
                }
                (None, None) => Err(bad("neither thing nor place is given")),
            }
        })
        .await?;
    Ok(Json(answer))
}
