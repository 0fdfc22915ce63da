//! Members.

use axum::Json;
use axum::extract::State;
use serde::Deserialize;
use utoipa::IntoParams;

use crate::api::context::SharedContext;
use crate::api::problem::{Problem, ProblemKind};
use crate::api::request::{NoParameters, PathText, QueryParameters, page_size, parse_part};
use crate::api::views::{MemberPage, MemberView};
use crate::types::MemberId;

/// What a member id looks like.
pub(super) const MEMBER_FORM: &str =
    "a member id: 1 to 63 lower-case letters, digits and inner hyphens";

/// Which page of members.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(in crate::api) struct MemberPageParameters {
    /// Most members to give.
    #[param(minimum = 1, maximum = 1000, default = 100)]
    limit: Option<usize>,
    /// The member id after which the page begins.
    #[param(value_type = Option<String>)]
    after: Option<MemberId>,
}

/// List the members
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
    let count = page_size(page.limit)?;
    // One more than asked for tells whether there is a next page.
    let mut members = context
        .read(move |reader| Ok(reader.members(page.after.as_ref(), count + 1)?))
        .await?;
    let is_last = members.len() <= count;
    members.truncate(count);
    let next = members.last().filter(|_| !is_last);
    Ok(Json(MemberPage {
        next: next.map(|member| member.id.to_string()),
        members: members.iter().map(MemberView::from).collect(),
    }))
}

/// Get a member
///
/// With every key it has or had.
#[utoipa::path(
    get,
    path = "/v1/members/{id}",
    params(("id" = String, Path, description = "Its id")),
    responses((status = 200, description = "The member as of the last block", body = MemberView))
)]
pub(in crate::api) async fn get_member(
    State(context): State<SharedContext>,
    PathText(id): PathText<String>,
    _: QueryParameters<NoParameters>,
) -> Result<Json<MemberView>, Problem> {
    let id: MemberId = parse_part(&id, MEMBER_FORM)?;
    let cause = format!("{id} is not a member of this ledger");
    let member = context.read(move |reader| Ok(reader.member(&id)?)).await?;
    member
        .map(|member| Json(MemberView::from(&member)))
        .ok_or_else(|| Problem::new(ProblemKind::NoSuchMember, cause))
}
