//! Who may connect.

use std::collections::{BTreeMap, BTreeSet};

use libp2p::PeerId;
use thiserror::Error;
use tokio::time::Instant;

/// Why a connection is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub(crate) enum AccessDenied {
    /// The identity is not on the list.
    #[error("not a peer of this ledger")]
    NotAllowed,
    /// The peer is cut off for a while.
    #[error("cut off for misbehaviour")]
    CutOff,
}

/// The identities that may connect, and those that must wait.
#[derive(Debug, Default)]
pub(crate) struct AccessList {
    allowed: BTreeSet<PeerId>,
    cut_off_until: BTreeMap<PeerId, Instant>,
}

impl AccessList {
    /// Replaces the list. Who is not on it has no cut-off to remember.
    pub(crate) fn set_allowed(&mut self, allowed: BTreeSet<PeerId>) {
        self.cut_off_until.retain(|peer, _| allowed.contains(peer));
        self.allowed = allowed;
    }

    /// Refuses a peer until a time.
    pub(crate) fn cut_off(&mut self, peer: PeerId, until: Instant) {
        self.cut_off_until.insert(peer, until);
    }

    /// # Errors
    /// [`AccessDenied`] unless the peer may connect now.
    pub(crate) fn check(&self, peer: &PeerId, now: Instant) -> Result<(), AccessDenied> {
        if !self.allowed.contains(peer) {
            return Err(AccessDenied::NotAllowed);
        }
        match self.cut_off_until.get(peer) {
            Some(until) if *until > now => Err(AccessDenied::CutOff),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn the_list_and_the_cut_off_decide() {
        let now = Instant::now();
        let (known, unknown) = (PeerId::random(), PeerId::random());
        let mut access = AccessList::default();
        assert_eq!(access.check(&known, now), Err(AccessDenied::NotAllowed));
        access.set_allowed([known].into());
        assert_eq!(access.check(&known, now), Ok(()));
        assert_eq!(access.check(&unknown, now), Err(AccessDenied::NotAllowed));
        let until = now + Duration::from_secs(1);
        access.cut_off(known, until);
        assert_eq!(access.check(&known, now), Err(AccessDenied::CutOff));
        assert_eq!(access.check(&known, until), Ok(()));
    }

    #[test]
    fn a_cut_off_survives_a_change_of_the_list_that_keeps_the_peer() {
        let now = Instant::now();
        let peer = PeerId::random();
        let mut access = AccessList::default();
        access.set_allowed([peer].into());
        access.cut_off(peer, now + Duration::from_secs(1));
        access.set_allowed([peer, PeerId::random()].into());
        assert_eq!(access.check(&peer, now), Err(AccessDenied::CutOff));
        access.set_allowed(BTreeSet::new());
        access.set_allowed([peer].into());
        assert_eq!(access.check(&peer, now), Ok(()));
    }
}
