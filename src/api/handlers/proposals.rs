//! Proposals to the governing members.

use axum::Json;
use axum::extract::State;

use crate::api::context::SharedContext;
use crate::api::problem::{Problem, ProblemKind};
use crate::api::request::{NoParameters, PathText, QueryParameters, parse_number};
use crate::api::views::{ProposalList, ProposalView};
use crate::contracts::{governing_quorum, read_governors, read_open_proposals, read_proposal};
use crate::types::LogIndex;

/// List the open proposals
///
/// Those that the governing members can still decide.
#[utoipa::path(
    get,
    path = "/v1/proposals",
    responses((status = 200, description = "All of them, in the order of the log", body = ProposalList))
)]
pub(in crate::api) async fn list_proposals(
    State(context): State<SharedContext>,
    _: QueryParameters<NoParameters>,
) -> Result<Json<ProposalList>, Problem> {
    let list = context
        .read(|reader| {
            let view = reader.view()?;
            let tip = view.tip();
            let governors = read_governors(&*view)?;
            let mut proposals = Vec::new();
            for index in read_open_proposals(&*view)? {
                if let Some(proposal) = read_proposal(&*view, index)?
                    && proposal.expires > tip.time
                {
                    proposals.push(ProposalView::new(index, &proposal, &governors, tip.time));
                }
            }
            Ok(ProposalList {
                height: tip.height.0,
                quorum: governing_quorum(governors.len()),
                governors: governors.iter().map(ToString::to_string).collect(),
                proposals,
            })
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
    params(("index" = u64, Path, description = "The proposal's entry in the log")),
    responses((status = 200, description = "The proposal as of the last block", body = ProposalView))
)]
pub(in crate::api) async fn get_proposal(
    State(context): State<SharedContext>,
    PathText(index): PathText<String>,
    _: QueryParameters<NoParameters>,
) -> Result<Json<ProposalView>, Problem> {
    let index = LogIndex(parse_number(&index, "a log index")?);
    let proposal = context
        .read(move |reader| {
            let view = reader.view()?;
            let Some(proposal) = read_proposal(&*view, index)? else {
                return Err(Problem::new(
                    ProblemKind::NoSuchProposal,
                    format!("entry {index} is no proposal"),
                ));
            };
            let governors = read_governors(&*view)?;
            let now = view.tip().time;
            Ok(ProposalView::new(index, &proposal, &governors, now))
        })
        .await?;
    Ok(Json(proposal))
}
