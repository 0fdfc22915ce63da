//! GET /epcis/capture and GET /epcis/capture/{captureID}.

use axum::Json;
use axum::extract::State;
use axum::http::header::LINK;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use utoipa::IntoParams;

use super::job_id::CaptureId;
use super::start_job::of_store_error;
use super::view::CaptureJobView;
use crate::api::context::SharedContext;
use crate::api::epcis::authorisation::EventWriter;
use crate::api::epcis::exception::EpcisException;
use crate::api::limits::{DEFAULT_PER_PAGE, MAX_CAPTURES_PER_PAGE};
use crate::api::problem::Problem;
use crate::api::request::{NoParameters, PageList, PathText, QueryParameters};
use crate::types::{MemberId, plain_words};

/// Which page of a list.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(super) struct PageParameters {
    /// How many jobs a page has at most.
    #[param(minimum = 1, maximum = 100, default = 30)]
    per_page: Option<u64>,
    /// Where the page before ended: as its Link says.
    next_page_token: Option<String>,
}

/// List the capture jobs
///
/// Those of the member that asks, the latest first; the node's own member sees those of all. A node
/// keeps some thousand of them.
#[utoipa::path(
    get,
    path = "/epcis/capture",
    params(PageParameters),
    responses((status = 200, description = "The jobs; Link names the next page", body = Vec<CaptureJobView>))
)]
pub(super) async fn list_jobs(
    State(context): State<SharedContext>,
    EventWriter(member): EventWriter,
    QueryParameters(parameters): QueryParameters<PageParameters>,
) -> Result<Response, Problem> {
    let bad = |cause: String| EpcisException::QueryParameter.problem(cause);
    let wanted = parameters.per_page.unwrap_or(DEFAULT_PER_PAGE);
    let count = usize::try_from(wanted).unwrap_or(usize::MAX);
    if !(1..=MAX_CAPTURES_PER_PAGE).contains(&count) {
        return Err(bad(format!(
            "perPage is {wanted}, it has to be a whole number {}",
            plain_words::range(1, MAX_CAPTURES_PER_PAGE)
        )));
    }
    let owner = whose(&context, member);
    // A job may have made room for another since: the list that its token is of tells it from a foreign one.
    let node = context.setup.epcis.node_key.to_string();
    let of = owner.as_ref().map_or("", MemberId::as_str);
    let list = PageList::new(&context.setup.ledger, &["capture jobs", &node, of]);
    let read = |token: &String| {
        let name = String::from_utf8(list.read(token)?).ok()?;
        name.parse::<CaptureId>().ok()
    };
    let before = match &parameters.next_page_token {
        Some(token) => Some(read(token).ok_or_else(|| {
            let cause = "nextPageToken is none of this list of this node";
            bad(cause.to_owned()).with_way_out(
                "ask for the first page again, and follow the Link headers from there",
            )
        })?),
        None => None,
    };
    let captures = context.setup.epcis.captures.clone();
    let mut jobs = context
        .run_blocking(move || {
            captures
                .keep(|store| store.jobs(owner.as_ref(), before.as_ref(), count.saturating_add(1)))
                .map_err(|error| of_store_error(&error))
        })
        .await?;
    let has_more = jobs.len() > count;
    jobs.truncate(count);
    let last = jobs.last().filter(|_| has_more).map(|job| job.id.clone());
    let views: Vec<CaptureJobView> = jobs.into_iter().map(CaptureJobView::from).collect();
    Ok(match last {
        Some(last) => {
            let token = list.token(last.as_str().as_bytes());
            let link =
                format!("</epcis/capture?perPage={count}&nextPageToken={token}>; rel=\"next\"");
            ([(LINK, link)], Json(views)).into_response()
        }
        None => Json(views).into_response(),
    })
}

/// Ask for a capture job
///
/// What became of the events of a document so far.
#[utoipa::path(
    get,
    path = "/epcis/capture/{captureID}",
    params(("captureID" = String, Path, description = "The job, as Location named it")),
    responses((status = 200, description = "The job", body = CaptureJobView))
)]
pub(super) async fn get_job(
    State(context): State<SharedContext>,
    EventWriter(member): EventWriter,
    PathText(id): PathText<String>,
    _: QueryParameters<NoParameters>,
) -> Result<Json<CaptureJobView>, Problem> {
    let unknown = || {
        EpcisException::NoSuchResource
            .problem("this node keeps no capture job of that name for the member that asks")
            .with_way_out(
                "GET /epcis/capture lists the jobs; finished ones make room for others in time, and \
                 what they captured stays on the ledger",
            )
    };
    let id: CaptureId = id.parse().map_err(|_| unknown())?;
    let owner = whose(&context, member);
    let captures = context.setup.epcis.captures.clone();
    let job = context
        .run_blocking(move || {
            captures
                .keep(|store| store.job(&id))
                .map_err(|error| of_store_error(&error))
        })
        .await?;
    job.filter(|job| owner.is_none_or(|owner| owner == job.owner))
        .map(|job| Json(job.into()))
        .ok_or_else(unknown)
}

/// Whose jobs a member sees: its own; those of all, if it is the node's.
fn whose(context: &SharedContext, member: MemberId) -> Option<MemberId> {
    (member != context.setup.epcis.member).then_some(member)
}
