//! The ledger as it stood at a height.

use super::QuestionError;
use crate::types::{Height, LedgerView, LogIndex, ReadError, Timestamp};

/// How far the ledger had come at a height.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standing {
    /// The height.
    pub height: Height,
    /// How many entries the log had.
    pub log_size: u64,
    /// The time of that height's block, or of genesis.
    pub time: Timestamp,
}

impl Standing {
    /// The standing at a height; at the last one if there is none.
    ///
    /// # Errors
    /// [`QuestionError::BeyondTip`] if the ledger has not come to the height.
    pub fn at(view: &dyn LedgerView, as_of: Option<Height>) -> Result<Self, QuestionError> {
        let tip = view.tip();
        let height = as_of.unwrap_or(tip.height);
        if height > tip.height {
            return Err(QuestionError::BeyondTip {
                asked: height,
                tip: tip.height,
            });
        }
        if height == tip.height {
            return Ok(Self {
                height,
                log_size: tip.log_size,
                time: tip.time,
            });
        }
        if height == Height::GENESIS {
            return Ok(Self {
                height,
                log_size: 0,
                time: view.genesis_time(),
            });
        }
        let missing = || ReadError::new(format!("block {height} is missing"));
        let block = view.block(height)?.ok_or_else(missing)?;
        Ok(Self {
            height,
            log_size: block.log_size,
            time: block.block.header().time,
        })
    }

    /// The last height of those up to another, or of all, whose block is of before a time; that of genesis if there is
    /// none. Without a time the height itself.
    ///
    /// # Errors
    /// [`QuestionError::BeyondTip`] if the ledger has not come to the height.
    pub fn before(
        view: &dyn LedgerView,
        as_of: Option<Height>,
        time: Option<Timestamp>,
    ) -> Result<Self, QuestionError> {
        let latest = Self::at(view, as_of)?;
        let Some(time) = time.filter(|time| latest.time >= *time) else {
            return Ok(latest);
        };
        // Times of blocks increase: that of `low` is before the time, unless it is genesis, and that of `high` is not.
        let (mut low, mut high) = (Height::GENESIS.0, latest.height.0);
        while high.saturating_sub(low) > 1 {
            let middle = low + (high - low) / 2;
            match Self::at(view, Some(Height(middle)))?.time < time {
                true => low = middle,
                false => high = middle,
            }
        }
        Self::at(view, Some(Height(low)))
    }

    /// Whether the log had an entry.
    pub fn has(&self, index: LogIndex) -> bool {
        index.0 < self.log_size
    }
}
