//! Who holds things.

use axum::Json;
use axum::extract::State;
use serde::Deserialize;
use utoipa::IntoParams;

use super::asked::HeightAsked;
use super::members::MEMBER_FORM;
use super::members::check_known;
use super::trace::{read_thing, unknown};
use crate::api::context::SharedContext;
use crate::api::problem::{Problem, ProblemKind};
use crate::api::request::{PageSize, PathText, QueryParameters, QuestionPages, parse_number};
use crate::api::views::{CustodyChainView, CustodyProposalView, CustodyView, OpenCustodyPage};
use crate::ledger::questions::{EventScope, Events, ask_open_custody};
use crate::types::{Height, LogIndex, MemberId, Timestamp};

/// When.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(in crate::api) struct CustodyParameters {
    /// The time asked about: of blocks for what changed hands, of events for what was packed. Now if it
    /// is left out.
    #[param(value_type = Option<String>, format = DateTime)]
    at: Option<Timestamp>,
    /// Answer as the ledger stood at this height; the last one if it is left out.
    as_of_height: Option<u64>,
    /// Only what happened before this time: what changed hands in earlier blocks, and what was packed by earlier events.
    #[param(value_type = Option<String>, format = DateTime)]
    event_time_before: Option<Timestamp>,
}

/// When, and which page of the chain.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(in crate::api) struct ChainParameters {
    /// Answer as the ledger stood at this height; the last one if it is left out.
    as_of_height: Option<u64>,
    /// Only what was claimed, proposed and decided in blocks of before this time.
    #[param(value_type = Option<String>, format = DateTime)]
    event_time_before: Option<Timestamp>,
    /// Most links to give.
    #[serde(default)]
    #[param(value_type = Option<usize>, minimum = 1, maximum = 1000, default = 100)]
    limit: PageSize,
    /// The `next` of the page before, of the same question.
    after: Option<String>,
}

/// Whose proposals, when, and which page.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(in crate::api) struct OpenCustodyParameters {
    /// The member that made the proposals, or is to answer them.
    member: String,
    /// Answer as the ledger stood at this height; the last one if it is left out.
    as_of_height: Option<u64>,
    /// Only what was stated in blocks of before this time: records state their facts when their block is decided.
    #[param(value_type = Option<String>, format = DateTime)]
    event_time_before: Option<Timestamp>,
    /// Most proposals to give.
    #[serde(default)]
    #[param(value_type = Option<usize>, minimum = 1, maximum = 1000, default = 100)]
    limit: PageSize,
    /// The entry after which the page begins.
    after: Option<u64>,
}

/// As of when.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(in crate::api) struct HeightParameter {
    /// Answer as the ledger stood at this height; the last one if it is left out.
    pub(in crate::api) as_of_height: Option<u64>,
    /// Only what was stated in blocks of before this time: records state their facts when their block is decided.
    #[param(value_type = Option<String>, format = DateTime)]
    pub(in crate::api) event_time_before: Option<Timestamp>,
}

fn scope(as_of: Option<u64>, event_time_before: Option<Timestamp>) -> EventScope {
    EventScope {
        event_time_before,
        ..EventScope::as_of(as_of.map(Height))
    }
}

/// Get the holder of a thing
///
/// Who holds it, by its own name or with the containers that it is in; of a lot, who holds all of it by its name, and who
/// each container that there is some of it in.
#[utoipa::path(
    get,
    path = "/v1/custody/{id}",
    params(
        ("id" = String, Path, description = "EPC URN, GS1 Digital Link or another URI; it may have slashes"),
        CustodyParameters
    ),
    responses((status = 200, description = "Who holds it", body = CustodyView))
)]
pub(in crate::api) async fn get_custody(
    State(context): State<SharedContext>,
    PathText(id): PathText<String>,
    QueryParameters(parameters): QueryParameters<CustodyParameters>,
) -> Result<Json<CustodyView>, Problem> {
    let thing = read_thing(&id)?;
    let answer = context
        .read(move |reader| {
            let view = reader.view()?;
            let events = Events::open(
                &*view,
                scope(parameters.as_of_height, parameters.event_time_before),
            )?;
            let custody = events.custody(&thing, parameters.at)?;
            let is_known =
                custody.own.is_some() || !custody.containers.is_empty() || events.knows(&thing)?;
            if !is_known {
                return Err(unknown(&thing));
            }
            Ok(CustodyView::new(&thing, &custody))
        })
        .await?;
    Ok(Json(answer))
}

/// Get the chain of custody of a thing
///
/// Its claim, and every proposal to hand it over with what became of it: also those that were rejected,
/// were withdrawn or expired.
#[utoipa::path(
    get,
    path = "/v1/custody/chain/{id}",
    params(
        ("id" = String, Path, description = "EPC URN, GS1 Digital Link or another URI; it may have slashes"),
        ChainParameters
    ),
    responses((status = 200, description = "A page of the chain", body = CustodyChainView))
)]
pub(in crate::api) async fn get_chain(
    State(context): State<SharedContext>,
    PathText(id): PathText<String>,
    QueryParameters(parameters): QueryParameters<ChainParameters>,
    pages: QuestionPages,
) -> Result<Json<CustodyChainView>, Problem> {
    let thing = read_thing(&id)?;
    let skip = pages.skip(parameters.after.as_deref())?;
    let count = parameters.limit.items();
    let answer = context
        .read(move |reader| {
            let view = reader.view()?;
            let events = Events::open(
                &*view,
                scope(parameters.as_of_height, parameters.event_time_before),
            )?;
            match events.chain_of_custody(&thing, skip, count)? {
                Some(chain) => {
                    let next = pages.next(chain.next);
                    Ok(CustodyChainView::new(&thing, &chain, next))
                }
                None => Err(Problem::new(
                    ProblemKind::NeverClaimed,
                    format!("nobody had claimed custody of {thing} then"),
                )),
            }
        })
        .await?;
    Ok(Json(answer))
}

/// List the open proposals of a member
///
/// Those to hand things over that it made or is to answer, and that are open, or were at a height. A page of an earlier
/// height may have fewer proposals than it may, and be followed by another all the same.
#[utoipa::path(
    get,
    path = "/v1/custody/proposals",
    params(OpenCustodyParameters),
    responses((status = 200, description = "A page of them, in the order of the log", body = OpenCustodyPage))
)]
pub(in crate::api) async fn list_custody_proposals(
    State(context): State<SharedContext>,
    QueryParameters(parameters): QueryParameters<OpenCustodyParameters>,
) -> Result<Json<OpenCustodyPage>, Problem> {
    let member = MemberId::new(&parameters.member).map_err(|_| {
        let cause = format!(
            "member is {:?}, which is not {MEMBER_FORM}",
            parameters.member
        );
        Problem::new(ProblemKind::BadQuery, cause)
    })?;
    let count = parameters.limit.items();
    let after = parameters.after.map(LogIndex);
    let asked = HeightAsked::new(parameters.as_of_height, parameters.event_time_before);
    let page = context
        .read(move |reader| {
            check_known(reader, &member)?;
            let view = reader.view()?;
            let as_of = asked.height(&*view)?;
            let answer = ask_open_custody(&*view, &member, as_of, after, count)?;
            Ok(OpenCustodyPage::new(&member, &answer))
        })
        .await?;
    Ok(Json(page))
}

/// Get a proposal to hand things over
///
/// With all its things, and what has become of it.
#[utoipa::path(
    get,
    path = "/v1/custody/proposals/{index}",
    params(
        ("index" = u64, Path, description = "The proposal's entry in the log"),
        HeightParameter
    ),
    responses((status = 200, description = "The proposal", body = CustodyProposalView))
)]
pub(in crate::api) async fn get_custody_proposal(
    State(context): State<SharedContext>,
    PathText(index): PathText<String>,
    QueryParameters(parameters): QueryParameters<HeightParameter>,
) -> Result<Json<CustodyProposalView>, Problem> {
    let index = LogIndex(parse_number(&index, "a log index")?);
    let proposal = context
        .read(move |reader| {
            let view = reader.view()?;
            let asked = HeightAsked::new(parameters.as_of_height, parameters.event_time_before);
            let events = Events::open(&*view, EventScope::as_of(asked.height(&*view)?))?;
            match events.custody_proposal(index)? {
                Some(answer) => Ok(CustodyProposalView::new(events.height().0, &answer)),
                None => {
                    let later = Events::open(&*view, EventScope::default())?;
                    let is_later = later.custody_proposal(index)?.is_some();
                    Err(no_such_proposal(index, is_later.then(|| events.height())))
                }
            }
        })
        .await?;
    Ok(Json(proposal))
}

/// That an entry is no proposal to hand things over, or was none yet at a height.
fn no_such_proposal(index: LogIndex, before: Option<Height>) -> Problem {
    let problem = |cause| Problem::new(ProblemKind::NoSuchProposal, cause);
    match before {
        Some(height) => problem(format!(
            "entry {index} is a proposal to hand things over that was made after height {height}: at that height there was \
             none yet"
        ))
        .with_way_out("ask as of a later height or time (as_of_height, event_time_before), or without either"),
        None => problem(format!("entry {index} is no proposal to hand things over")),
    }
}
