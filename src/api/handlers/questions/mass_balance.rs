//! Whether amounts add up.

use axum::Json;
use axum::extract::State;

use super::parameters::{
    bad, check_times, identifier, question_parameters, unknown_place, unknown_thing,
};
use crate::api::context::SharedContext;
use crate::api::problem::Problem;
use crate::api::request::{QueryParameters, QuestionPages};
use crate::api::views::MassBalanceView;
use crate::ledger::questions::{Events, MassBalanceQuestion};
use crate::types::Timestamp;

question_parameters! {
    /// Of what, where, and in which time.
    MassBalanceParameters {
        /// The lot or other class: EPC URN, GS1 Digital Link or another URI.
        thing: Option<String>,
        /// The site alone; without a thing, all lots that were there.
        site: Option<String>,
        /// From when amounts count; what was there before is the opening balance.
        #[param(value_type = Option<String>, format = DateTime)]
        event_time_from: Option<Timestamp>,
    }
}

/// Get a mass balance
///
/// What came in, what went out, what was lost and what has to be left, by lot, site and unit; and where more of a
/// lot was spent than there was.
#[utoipa::path(
    get,
    path = "/v1/mass-balance",
    params(MassBalanceParameters),
    responses((status = 200, description = "A page of lots", body = MassBalanceView))
)]
pub(in crate::api) async fn mass_balance(
    State(context): State<SharedContext>,
    QueryParameters(parameters): QueryParameters<MassBalanceParameters>,
    pages: QuestionPages,
) -> Result<Json<MassBalanceView>, Problem> {
    let (scope, page) = (parameters.scope(), parameters.page(&pages)?);
    check_times(parameters.event_time_from, parameters.event_time_before)?;
    let thing = identifier("thing", parameters.thing.as_deref())?;
    let site = identifier("site", parameters.site.as_deref())?;
    // Of a thing at a site, the thing is what may be unknown.
    let unknown = match (&thing, &site) {
        (Some(thing), _) => unknown_thing(thing, "site"),
        (None, Some(site)) => unknown_place(site),
        (None, None) => return Err(bad("neither thing nor site is given")),
    };
    let answer = context
        .read(move |reader| {
            let view = reader.view()?;
            let events = Events::open(&*view, scope)?;
            let question = MassBalanceQuestion {
                thing: thing.as_deref(),
                site: site.as_deref(),
                from: parameters.event_time_from,
            };
            let found = events.mass_balance(question, page)?;
            let answer = found.ok_or(unknown)?;
            Ok(MassBalanceView::new(&answer, pages.next(answer.next)))
        })
        .await?;
    Ok(Json(answer))
}
