//! Pages of answers.

use super::QuestionError;

/// Where a page of an answer lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PageRange {
    /// How many items stand before it.
    pub skip: usize,
    /// Most items on it.
    pub count: usize,
}

impl PageRange {
    /// The items of the page, and how many stand before the next one, if there is one.
    ///
    /// # Errors
    /// [`QuestionError::BeyondAnswer`] if it begins behind the last item.
    pub fn cut<T>(self, items: Vec<T>) -> Result<(Vec<T>, Option<usize>), QuestionError> {
        let all = items.len();
        if self.skip > 0 && self.skip >= all {
            return Err(QuestionError::BeyondAnswer {
                after: self.skip,
                count: all,
            });
        }
        let end = self.skip.saturating_add(self.count);
        let page = items.into_iter().skip(self.skip).take(self.count).collect();
        Ok((page, (end < all).then_some(end)))
    }
}

/// Refuses a page that begins after something that its list has not. `name` says what that is.
///
/// # Errors
/// [`QuestionError::OtherAnswer`].
pub(super) fn check_item(
    is_in_list: bool,
    name: impl FnOnce() -> String,
) -> Result<(), QuestionError> {
    match is_in_list {
        true => Ok(()),
        false => Err(QuestionError::OtherAnswer { after: name() }),
    }
}

/// The revision with which a page of history begins, the latest first: the last one unless another is named.
///
/// # Errors
/// [`QuestionError::OtherAnswer`] if there is no such revision.
pub(super) fn newest_revision(asked: Option<u64>, last: u64) -> Result<u64, QuestionError> {
    let newest = asked.unwrap_or(last);
    check_item((1..=last).contains(&newest), || {
        format!("change {newest}, of {last}")
    })?;
    Ok(newest)
}

/// Refuses a page that begins behind the last of so many items.
///
/// # Errors
/// [`QuestionError::BeyondAnswer`].
pub(super) fn check_begin(skip: u64, count: u64) -> Result<(), QuestionError> {
    if skip == 0 || skip < count {
        return Ok(());
    }
    let number = |count| usize::try_from(count).unwrap_or(usize::MAX);
    Err(QuestionError::BeyondAnswer {
        after: number(skip),
        count: number(count),
    })
}
