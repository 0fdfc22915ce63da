//! Members.

use axum::Json;
use axum::extract::State;
use serde::Deserialize;
use utoipa::IntoParams;

use super::asked::HeightAsked;
use crate::api::context::SharedContext;
use crate::api::problem::{Problem, ProblemKind};
use crate::api::request::{PageSize, PathText, QueryParameters, parse_part};
use crate::api::views::{MemberAnswerView, MemberPage, MemberView};
use crate::ledger::questions::{ask_member, ask_members};
use crate::types::{LedgerReader, MemberId, Timestamp};

/// What a member id looks like.
pub(super) const MEMBER_FORM: &str =
    "a member id: 1 to 63 lower-case letters, digits and inner hyphens";

/// Which page of members.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(in crate::api) struct MemberPageParameters {
    /// Most members to give.
    #[serde(default)]
    #[param(value_type = Option<usize>, minimum = 1, maximum = 1000, default = 100)]
    limit: PageSize,
    /// The member id after which the page begins.
    #[param(value_type = Option<String>)]
    after: Option<MemberId>,
    /// Answer as the ledger stood at this height; the last one if it is left out.
    as_of_height: Option<u64>,
    /// Only what was stated in blocks of before this time: records state their facts when their block is decided.
    #[param(value_type = Option<String>, format = DateTime)]
    event_time_before: Option<Timestamp>,
}

/// When.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(in crate::api) struct MemberParameters {
    /// Answer as the ledger stood at this height; the last one if it is left out.
    as_of_height: Option<u64>,
    /// Only what was stated in blocks of before this time: records state their facts when their block is decided.
    #[param(value_type = Option<String>, format = DateTime)]
    event_time_before: Option<Timestamp>,
}

/// List the members
///
/// A page goes through as many members of today as it may have: it has fewer if some of them came after the height.
#[utoipa::path(
    get,
    path = "/v1/members",
    params(MemberPageParameters),
    responses((status = 200, description = "A page of them, in order of their ids", body = MemberPage))
)]
pub(in crate::api) async fn list_members(
    State(context): State<SharedContext>,
    QueryParameters(page): QueryParameters<MemberPageParameters>,
) -> Result<Json<MemberPage>, Problem> {
    let count = page.limit.items();
    let asked = HeightAsked::new(page.as_of_height, page.event_time_before);
    let answer = context
        .read(move |reader| {
            let view = reader.view()?;
            let as_of = asked.height(&*view)?;
            Ok(ask_members(&*view, page.after.as_ref(), as_of, count)?)
        })
        .await?;
    Ok(Json(MemberPage {
        height: answer.height.0,
        members: answer.members.iter().map(MemberView::from).collect(),
        next: answer.next.map(|id| id.to_string()),
    }))
}

/// Refuses a member that the ledger does not know: an empty list would look like a true answer.
///
/// # Errors
/// [`ProblemKind::NoSuchMember`].
pub(super) fn check_known(reader: &dyn LedgerReader, member: &MemberId) -> Result<(), Problem> {
    match reader.member(member)? {
        Some(_) => Ok(()),
        None => Err(Problem::new(
            ProblemKind::NoSuchMember,
            format!("{member} is not a member of this ledger"),
        )),
    }
}

/// Get a member
///
/// With every key it has or had.
#[utoipa::path(
    get,
    path = "/v1/members/{id}",
    params(("id" = String, Path, description = "Its id"), MemberParameters),
    responses((status = 200, description = "The member", body = MemberAnswerView))
)]
pub(in crate::api) async fn get_member(
    State(context): State<SharedContext>,
    PathText(id): PathText<String>,
    QueryParameters(parameters): QueryParameters<MemberParameters>,
) -> Result<Json<MemberAnswerView>, Problem> {
    let id: MemberId = parse_part(&id, MEMBER_FORM)?;
    let asked = HeightAsked::new(parameters.as_of_height, parameters.event_time_before);
    let answer = context
        .read(move |reader| {
            let view = reader.view()?;
            let as_of = asked.height(&*view)?;
            let (height, member) = ask_member(&*view, &id, as_of)?;
            let cause = format!("{id} is not a member of this ledger at height {height}");
            member
                .map(|member| MemberAnswerView::new(height, &member))
                .ok_or_else(|| Problem::new(ProblemKind::NoSuchMember, cause))
        })
        .await?;
    Ok(Json(answer))
}
