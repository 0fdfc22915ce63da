//! Meters and their readings.

use axum::Json;
use axum::extract::State;
use serde::Deserialize;
use utoipa::IntoParams;

use super::asked::HeightAsked;
use crate::api::context::SharedContext;
use crate::api::problem::{Problem, ProblemKind};
use crate::api::request::{PageSize, PathText, QueryParameters, check_period, parse_part};
use crate::api::views::{MeterView, ReadingPage};
use crate::ledger::questions::{ask_meter, ask_readings};
use crate::types::{Height, LedgerView, MeterId, Timestamp};

const METER: &str =
    "a meter: 1 to 64 letters, digits, dots, hyphens and underscores, the first a letter or digit";

/// When, and which page of the history.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(in crate::api) struct MeterParameters {
    /// Answer as the ledger stood at this height; the last one if it is left out.
    as_of_height: Option<u64>,
    /// Only what was stated in blocks of before this time: records state their facts when their block is decided.
    #[param(value_type = Option<String>, format = DateTime)]
    event_time_before: Option<Timestamp>,
    /// Most changes to give.
    #[serde(default)]
    #[param(value_type = Option<usize>, minimum = 1, maximum = 1000, default = 100)]
    limit: PageSize,
    /// The number of the change with which the page begins; the latest if it is left out.
    before: Option<u64>,
}

/// Get a meter
///
/// What a meter measures, whose energy, who reads it, with its history.
#[utoipa::path(
    get,
    path = "/v1/meters/{meter}",
    params(("meter" = String, Path, description = "The meter"), MeterParameters),
    responses((status = 200, description = "The meter", body = MeterView))
)]
pub(in crate::api) async fn get_meter(
    State(context): State<SharedContext>,
    PathText(meter): PathText<String>,
    QueryParameters(parameters): QueryParameters<MeterParameters>,
) -> Result<Json<MeterView>, Problem> {
    let meter: MeterId = parse_part(&meter, METER)?;
    let count = parameters.limit.items();
    let asked = HeightAsked::new(parameters.as_of_height, parameters.event_time_before);
    let answer = context
        .read(move |reader| {
            let view = reader.view()?;
            let as_of = asked.height(&*view)?;
            ask_meter(&*view, &meter, as_of, parameters.before, count)?
                .map(|answer| MeterView::new(&meter, &answer))
                .ok_or_else(|| no_such(&meter, asked))
        })
        .await?;
    Ok(Json(answer))
}

/// Which readings, when, and how many.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(in crate::api) struct ReadingParameters {
    /// Only intervals that begin at this time or later.
    #[param(value_type = Option<String>, format = DateTime)]
    from: Option<Timestamp>,
    /// Only intervals that begin before this time.
    #[param(value_type = Option<String>, format = DateTime)]
    until: Option<Timestamp>,
    /// Answer as the ledger stood at this height; the last one if it is left out.
    as_of_height: Option<u64>,
    /// Only what was stated in blocks of before this time: records state their facts when their block is decided.
    #[param(value_type = Option<String>, format = DateTime)]
    event_time_before: Option<Timestamp>,
    /// Most readings to give.
    #[serde(default)]
    #[param(value_type = Option<usize>, minimum = 1, maximum = 1000, default = 100)]
    limit: PageSize,
}

/// List a meter's readings
///
/// What went through a meter by interval, in order of time, with the entries of corrections. A page may be short and
/// yet not be the last, above all at an early height: the last one has no `next`.
#[utoipa::path(
    get,
    path = "/v1/meters/{meter}/readings",
    params(("meter" = String, Path, description = "The meter"), ReadingParameters),
    responses((status = 200, description = "The readings", body = ReadingPage))
)]
pub(in crate::api) async fn list_readings(
    State(context): State<SharedContext>,
    PathText(meter): PathText<String>,
    QueryParameters(parameters): QueryParameters<ReadingParameters>,
) -> Result<Json<ReadingPage>, Problem> {
    let meter: MeterId = parse_part(&meter, METER)?;
    let count = parameters.limit.items();
    let from = parameters.from.unwrap_or(Timestamp::from_ms(0));
    let until = parameters.until.unwrap_or(Timestamp::from_ms(i64::MAX));
    check_period(from, until)?;
    let asked = HeightAsked::new(parameters.as_of_height, parameters.event_time_before);
    let page = context
        .read(move |reader| {
            let view = reader.view()?;
            let as_of = asked.height(&*view)?;
            check_registered(&*view, &meter, (as_of, asked))?;
            let answer = ask_readings(&*view, &meter, (from, until), as_of, count)?;
            Ok(ReadingPage::new(&meter, &answer, view.tip().height))
        })
        .await?;
    Ok(Json(page))
}

/// Refuses a meter that nobody had registered by then: an empty list would look like a true answer.
///
/// # Errors
/// [`ProblemKind::NoSuchMeter`].
pub(super) fn check_registered(
    view: &dyn LedgerView,
    meter: &MeterId,
    (as_of, asked): (Option<Height>, HeightAsked),
) -> Result<(), Problem> {
    match ask_meter(view, meter, as_of, None, 1)? {
        Some(_) => Ok(()),
        None => Err(no_such(meter, asked)),
    }
}

fn no_such(meter: &MeterId, asked: HeightAsked) -> Problem {
    let cause = format!("no meter {meter} was registered {asked}");
    Problem::new(ProblemKind::NoSuchMeter, cause)
}
