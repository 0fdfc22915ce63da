//! Who is a member, or was at a height.

use super::page::check_item;
use super::{QuestionError, Standing};
use crate::contracts::{IndexKey, MEMBER_PREFIX, MemberRevision, StateKey};
use crate::types::{Decode, Height, LedgerView, LogIndex, Member, MemberId, ScanOrder, Space};

/// A page of members as of a height.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MembersAnswer {
    /// The height that the answer is of.
    pub height: Height,
    /// In order of their ids.
    pub members: Vec<MemberRevision>,
    /// The member after which the next page begins.
    pub next: Option<MemberId>,
}

/// A member as it stands, or stood at a height, with the entry that changed it last; none if there was no such
/// member then.
///
/// # Errors
/// [`QuestionError`] if the store fails or the height lies ahead.
pub fn ask_member(
    view: &dyn LedgerView,
    id: &MemberId,
    as_of: Option<Height>,
) -> Result<(Height, Option<MemberRevision>), QuestionError> {
    let height = Standing::at(view, as_of)?.height;
    Ok((height, last_revision(view, id, height)?))
}

/// The members as they stand, or stood at a height. A page goes through `count` members of today, so it has fewer
/// if some of them came later.
///
/// # Errors
/// [`QuestionError`] if the store fails, the height lies ahead, or `after` is no member.
pub fn ask_members(
    view: &dyn LedgerView,
    after: Option<&MemberId>,
    as_of: Option<Height>,
    count: usize,
) -> Result<MembersAnswer, QuestionError> {
    let height = Standing::at(view, as_of)?.height;
    if let Some(id) = after {
        let is_member = view.get(Space::State, &StateKey::Member(id).to_bytes())?;
        check_item(is_member.is_some(), || format!("the member {id}"))?;
    }
    let first = match after {
        // No member's id has this byte.
        Some(id) => [StateKey::Member(id).to_bytes().as_slice(), &[0]].concat(),
        None => MEMBER_PREFIX.to_vec(),
    };
    let end = [MEMBER_PREFIX, &[0xff]].concat();
    let mut rows = view.scan(
        Space::State,
        &first,
        &end,
        ScanOrder::Ascending,
        count.saturating_add(1),
    )?;
    let has_more = rows.len() > count;
    rows.truncate(count);
    let mut members = Vec::with_capacity(rows.len());
    let mut last = None;
    for (_, bytes) in rows {
        let member = Member::from_bytes(&bytes)?;
        members.extend(last_revision(view, &member.id, height)?);
        last = Some(member.id);
    }
    Ok(MembersAnswer {
        height,
        members,
        next: last.filter(|_| has_more),
    })
}

/// The last revision of a member at or below a height.
pub(super) fn last_revision(
    view: &dyn LedgerView,
    member: &MemberId,
    height: Height,
) -> Result<Option<MemberRevision>, QuestionError> {
    let key = |height, index| {
        IndexKey::MemberRevision {
            member,
            height,
            index,
        }
        .to_bytes()
    };
    let first = key(Height::GENESIS, LogIndex(0));
    let end = key(height.next(), LogIndex(0));
    let rows = view.scan(Space::Index, &first, &end, ScanOrder::Descending, 1)?;
    let Some((_, bytes)) = rows.first() else {
        return Ok(None);
    };
    Ok(Some(MemberRevision::from_bytes(bytes)?))
}
