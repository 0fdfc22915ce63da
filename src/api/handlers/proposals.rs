//! Proposals to the governing members.

use axum::Json;
use axum::extract::State;
use serde::Deserialize;
use utoipa::IntoParams;

use super::asked::HeightAsked;
use super::custody::HeightParameter;
use crate::api::context::SharedContext;
use crate::api::problem::{Problem, ProblemKind};
use crate::api::request::{PageSize, PathText, QueryParameters, parse_number};
use crate::api::views::{ProposalAnswerView, ProposalList};
use crate::ledger::questions::{ask_proposal, ask_proposals};
use crate::types::{LogIndex, Timestamp};

/// When, and which page.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(in crate::api) struct ProposalPageParameters {
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

/// List the open proposals
///
/// Those that the governing members can decide, or could at a height. A page of an earlier height may have fewer
/// proposals than it may, and be followed by another all the same.
#[utoipa::path(
    get,
    path = "/v1/proposals",
    params(ProposalPageParameters),
    responses((status = 200, description = "A page of them, in the order of the log", body = ProposalList))
)]
pub(in crate::api) async fn list_proposals(
    State(context): State<SharedContext>,
    QueryParameters(parameters): QueryParameters<ProposalPageParameters>,
) -> Result<Json<ProposalList>, Problem> {
    let count = parameters.limit.items();
    let asked = HeightAsked::new(parameters.as_of_height, parameters.event_time_before);
    let after = parameters.after.map(LogIndex);
    let list = context
        .read(move |reader| {
            let view = reader.view()?;
            let as_of = asked.height(&*view)?;
            let answer = ask_proposals(&*view, as_of, after, count)?;
            Ok::<_, Problem>(ProposalList::from(&answer))
        })
        .await?;
    Ok(Json(list))
}

/// Get a proposal
///
/// With who is for it and against it, and what has become of it.
#[utoipa::path(
    get,
    path = "/v1/proposals/{index}",
    params(
        ("index" = u64, Path, description = "The proposal's entry in the log"),
        HeightParameter
    ),
    responses((status = 200, description = "The proposal", body = ProposalAnswerView))
)]
pub(in crate::api) async fn get_proposal(
    State(context): State<SharedContext>,
    PathText(index): PathText<String>,
    QueryParameters(parameters): QueryParameters<HeightParameter>,
) -> Result<Json<ProposalAnswerView>, Problem> {
    let index = LogIndex(parse_number(&index, "a log index")?);
    let asked = HeightAsked::new(parameters.as_of_height, parameters.event_time_before);
    let proposal = context
        .read(move |reader| {
            let view = reader.view()?;
            let as_of = asked.height(&*view)?;
            let answer = ask_proposal(&*view, index, as_of)?;
            answer
                .and_then(|answer| ProposalAnswerView::new(&answer))
                .ok_or_else(|| {
                    Problem::new(
                        ProblemKind::NoSuchProposal,
                        format!("entry {index} is no proposal that was made {asked}"),
                    )
                })
        })
        .await?;
    Ok(Json(proposal))
}
