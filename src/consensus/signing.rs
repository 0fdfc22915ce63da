//! When a validator signs: what its guard, its log and its recovery say.

use super::effect::MutedReason;
use super::limits::HEIGHTS_MUTED;
use super::log_record::LogRecord;
use super::sign_guard::{SignGuard, SignSlot};
use crate::crypto::PublicKey;
use crate::types::{Height, Proposal, Vote};

/// Whether a validator may sign from its first height on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SigningState {
    /// Log and guard are as they were left.
    Active,
    /// There is neither log nor guard nor ledger: a new node, or one that has lost everything. It
    /// signs if the first height that it starts is the ledger's first, where nothing can have been
    /// signed that was decided; otherwise it is [`SigningState::Muted`]. Its first effect is then an
    /// unused guard: from there on a guard that is missing was lost.
    Fresh,
    /// One of them was lost or damaged: sign nothing until [`HEIGHTS_MUTED`] consecutive heights
    /// have been decided before our eyes. By then whatever this key may have signed before is of
    /// decided heights. The caller must not start a height that it knows to be decided already:
    /// those are fetched, not run, and a height that is skipped begins the count anew. To be given
    /// again after each restart until a height started without [`Effect::Muted`](super::Effect).
    Muted,
}

/// How far a validator that lost its log or its guard is on its way to sign again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Recovery {
    /// There is nothing to recover from.
    None,
    /// The first height that is started tells.
    Fresh,
    /// It follows in silence.
    Muted {
        /// Consecutive heights decided so far.
        decided: u8,
        /// The height that continues the row.
        next: Option<Height>,
    },
}

impl Recovery {
    const BEGINNING: Self = Self::Muted {
        decided: 0,
        next: None,
    };

    /// The beginning, as the caller has it.
    pub(super) const fn new(signing: SigningState) -> Self {
        match signing {
            SigningState::Active => Self::None,
            SigningState::Fresh => Self::Fresh,
            SigningState::Muted => Self::BEGINNING,
        }
    }

    /// Why nothing is signed before a first height is started, if so.
    pub(super) fn begins_muted(self) -> Option<MutedReason> {
        match self {
            Self::Muted { decided, .. } => Some(MutedReason::Recovering { decided }),
            Self::None | Self::Fresh => None,
        }
    }

    /// Counts a decision.
    pub(super) fn decided(&mut self, height: Height) {
        if let Self::Muted { decided, next } = self {
            *decided = decided.saturating_add(1);
            *next = Some(height.next());
        }
    }

    /// Whether there is nothing to recover from.
    pub(super) fn is_over(self) -> bool {
        self == Self::None
    }

    /// A height is started that this key has no vote at. What holds for a validator that lost its
    /// guard holds here: after [`HEIGHTS_MUTED`] consecutive heights, decided before our eyes,
    /// whatever it may have signed before is of decided heights. Returns whether it has come to that
    /// now: the guard is then to be made durable, so that the key can sign as soon as it has a vote,
    /// also after a restart.
    pub(super) fn follow(&mut self, height: Height) -> bool {
        match *self {
            Self::None => false,
            Self::Muted {
                decided,
                next: Some(next),
            } if next == height && decided >= HEIGHTS_MUTED => {
                *self = Self::None;
                true
            }
            Self::Muted {
                next: Some(next), ..
            } if next == height => false,
            Self::Fresh | Self::Muted { .. } => {
                *self = Self::BEGINNING;
                false
            }
        }
    }

    /// Whether this key has never signed, as far as the disk tells.
    pub(super) fn is_fresh(self) -> bool {
        self == Self::Fresh
    }

    /// Tells with which guard a height is signed, or why it is not.
    ///
    /// # Errors
    /// [`MutedReason`]; where log and guard disagree, recovery begins.
    pub(super) fn settle(
        &mut self,
        guard: &SignGuard,
        height: Height,
        own: &[OwnStatement<'_>],
    ) -> Result<SignGuard, MutedReason> {
        if self.is_fresh() {
            *self = if height == Height::FIRST {
                Self::None
            } else {
                Self::BEGINNING
            };
        }
        if let Self::Muted { next, .. } = *self
            && next != Some(height)
        {
            *self = Self::BEGINNING;
        }
        if let Self::Muted { decided, .. } = *self
            && decided < HEIGHTS_MUTED
        {
            return Err(MutedReason::Recovering { decided });
        }
        *self = Self::None;
        let settled = reconcile(guard, height, own);
        if let Err(MutedReason::LogDisagrees { .. }) = settled {
            *self = Self::BEGINNING;
        }
        settled
    }
}

/// This node's own statements in a log.
pub(super) fn own_statements<'a>(
    key: &PublicKey,
    records: &'a [LogRecord],
) -> Vec<OwnStatement<'a>> {
    let own = records.iter().filter_map(|record| match record {
        LogRecord::Vote(vote) if vote.message.validator == *key => {
            Some(OwnStatement::Vote(&vote.message))
        }
        LogRecord::Proposal(proposal) if proposal.message.validator == *key => {
            Some(OwnStatement::Proposal(&proposal.message))
        }
        _ => None,
    });
    own.collect()
}

/// A statement of this node that its log holds.
pub(super) enum OwnStatement<'a> {
    /// A vote.
    Vote(&'a Vote),
    /// A proposal.
    Proposal(&'a Proposal),
}

/// The guard after the statements of a log, if the two agree: the log holds the last statement
/// that the guard knows of, if that is of this height, and holds no two for one slot.
fn reconcile(
    guard: &SignGuard,
    height: Height,
    own: &[OwnStatement<'_>],
) -> Result<SignGuard, MutedReason> {
    let signed: Option<SignSlot> = guard.last().map(|(slot, _)| slot);
    let mut replayed = SignGuard::unused();
    let mut seen = false;
    for statement in own {
        let permitted = match statement {
            OwnStatement::Vote(vote) => replayed.permit((*vote).clone()).map(drop),
            OwnStatement::Proposal(proposal) => replayed.permit((*proposal).clone()).map(drop),
        };
        if let Err(refused) = permitted {
            let signed = refused.signed;
            return Err(MutedReason::LogDisagrees { signed });
        }
        seen |= replayed == *guard;
    }
    match signed {
        Some(signed) if signed.height > height => Err(MutedReason::SignedLater { signed }),
        Some(signed) if signed.height == height && !seen => {
            Err(MutedReason::LogDisagrees { signed })
        }
        _ if replayed == SignGuard::unused() => Ok(*guard),
        _ => Ok(replayed),
    }
}
