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

/// Refuses a page that begins behind the last of so many items.
///
/// # Errors
/// [`QuestionError::BeyondAnswer`].
pub(super) fn check_begin(skip: u64, count: u64) -> Result<(), QuestionError> {
    if skip <= count {
        return Ok(());
    }
    let number = |count| usize::try_from(count).unwrap_or(usize::MAX);
    Err(QuestionError::BeyondAnswer {
        after: number(skip),
        count: number(count),
    })
}
