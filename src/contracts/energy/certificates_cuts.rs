//! How many pieces an issuance may be cut into, and by whom.
//!
//! All owners of an issuance share one bound of pieces. Whoever cuts takes of what is left, never more than it
//! leaves: who comes later can still cut, and to use the bound up takes many members that act together. What a
//! member's records have cut counts for it for good, also when it passes the pieces on.

use super::certificates_state::{CertificateOperation, MAX_PIECES_PER_ISSUANCE};
use crate::contracts::context::{EffectContext, EffectError, StateWriter};
use crate::contracts::state_keys::StateKey;
use crate::contracts::values;
use crate::types::{LogIndex, MemberId, Rejection, StateReader};

/// Pieces of an issuance that are kept for withdrawals: what turned out to be wrong is taken back, however the rest is
/// cut.
pub const PIECES_KEPT_FOR_WITHDRAWALS: usize = 32;

/// Pieces of an issuance that are kept for members whose records have cut nothing of it yet.
pub const PIECES_KEPT_FOR_FIRST_CUTS: usize = 64;

/// Who cuts which issuance.
#[derive(Clone, Copy, Debug)]
pub(super) struct Cutter<'a> {
    pub(super) context: &'a EffectContext<'a>,
    pub(super) issuance: LogIndex,
    pub(super) operation: CertificateOperation,
}

impl Cutter<'_> {
    /// Counts the pieces that a cut adds to an issuance, or says why it may not. `pieces` is how many there are with
    /// them, and `whole` the piece that is cut.
    pub(super) fn count(
        self,
        state: &mut impl StateWriter,
        pieces: usize,
        added: usize,
        whole: (u64, u64),
    ) -> Result<Result<(), Rejection>, EffectError> {
        let (issuance, submitter) = (self.issuance, &self.context.submitter.id);
        let made = read_cuts(state, issuance, submitter)?;
        if !may_cut(self.operation, pieces, made, added) {
            return Ok(Err(Rejection::new(
                "too-many-pieces",
                format!(
                    "issuance {issuance} would have {pieces} of {MAX_PIECES_PER_ISSUANCE} pieces, and {submitter} has \
                     made {made} of them, as many as may be made and leave others theirs: take a whole one, such as \
                     {} to {}",
                    whole.0, whole.1
                ),
            )));
        }
        // What is kept for withdrawals is not the issuer's as an owner.
        if self.operation != CertificateOperation::Withdraw {
            let key = StateKey::CertificateCuts {
                issuance,
                member: submitter,
            };
            let made = made.saturating_add(added);
            values::write(state, key, &LogIndex(made as u64));
        }
        Ok(Ok(()))
    }
}

/// Whether a cut may add pieces to an issuance, that has so many with them, by somebody who made some before.
fn may_cut(operation: CertificateOperation, pieces: usize, made: usize, added: usize) -> bool {
    if operation == CertificateOperation::Withdraw {
        return pieces <= MAX_PIECES_PER_ISSUANCE;
    }
    let for_owners = MAX_PIECES_PER_ISSUANCE - PIECES_KEPT_FOR_WITHDRAWALS;
    if made == 0 {
        return pieces <= for_owners;
    }
    let shared = for_owners - PIECES_KEPT_FOR_FIRST_CUTS;
    made.saturating_add(added) <= shared.saturating_sub(pieces)
}

/// How many pieces of an issuance a member's records have made by cutting.
fn read_cuts(
    state: &(impl StateReader + ?Sized),
    issuance: LogIndex,
    member: &MemberId,
) -> Result<usize, EffectError> {
    let key = StateKey::CertificateCuts { issuance, member };
    let made: Option<LogIndex> = values::read(state, key, "cuts of an issuance")?;
    Ok(made.map_or(0, |made| usize::try_from(made.0).unwrap_or(usize::MAX)))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Cuts as often as it may, each time out of the middle of a piece, and gives how many pieces that made.
    fn cut_all(operation: CertificateOperation, pieces: &mut usize) -> usize {
        let mut made = 0;
        while may_cut(operation, *pieces + 2, made, 2) {
            *pieces += 2;
            made += 2;
        }
        made
    }

    #[test]
    fn members_that_cut_all_they_may_leave_some_for_others() {
        let mut pieces = 1;
        let each = [(); 5].map(|()| cut_all(CertificateOperation::Cancel, &mut pieces));
        assert_eq!(each, [462, 232, 116, 58, 28]);
        let mut members = each.len();
        while cut_all(CertificateOperation::Cancel, &mut pieces) > 0 {
            members += 1;
        }
        assert!(members >= 40, "{members}");
        // Whoever issued them takes back what is wrong all the same.
        while may_cut(CertificateOperation::Withdraw, pieces + 2, 0, 2) {
            pieces += 2;
        }
        assert!(pieces + 2 > MAX_PIECES_PER_ISSUANCE);
        assert!(pieces <= MAX_PIECES_PER_ISSUANCE);
    }
}
