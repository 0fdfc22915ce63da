//! What a stream between two nodes is for, and how it is named on the wire.

use std::fmt;

use libp2p::StreamProtocol;

use super::{Channel, NetworkError};
use crate::types::LedgerId;

/// Version of the bytes on every stream; part of each protocol name.
pub const WIRE_VERSION: u32 = 1;

/// The purpose of a stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum StreamKind {
    /// Carries the messages of a channel one way, and their acknowledgements back.
    Channel(Channel),
    /// Carries pings one way and their echoes back.
    Liveness,
    /// Carries one request and its response.
    Request,
}

impl StreamKind {
    /// Every purpose.
    pub const ALL: [Self; Channel::COUNT + 2] = [
        Self::Liveness,
        Self::Request,
        Self::Channel(Channel::Consensus),
        Self::Channel(Channel::Batches),
        Self::Channel(Channel::Acknowledgements),
        Self::Channel(Channel::Cosignatures),
        Self::Channel(Channel::Status),
    ];

    /// The name in the protocol name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Channel(channel) => channel.name(),
            Self::Liveness => "liveness",
            Self::Request => "request",
        }
    }
}

impl fmt::Display for StreamKind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

/// The protocol names of one ledger: `/waybill/<ledger id>/<purpose>/<version>`.
///
/// The ledger id makes nodes of two ledgers have no protocol in common.
#[derive(Debug, Clone)]
pub(crate) struct Protocols(Vec<(StreamKind, StreamProtocol)>);

impl Protocols {
    /// The names on `ledger`.
    ///
    /// # Errors
    /// [`NetworkError::Protocol`] if the library refuses a name.
    pub(crate) fn of(ledger: &LedgerId) -> Result<Self, NetworkError> {
        let mut names = Vec::with_capacity(StreamKind::ALL.len());
        for kind in StreamKind::ALL {
            let name = format!("/waybill/{ledger}/{kind}/{WIRE_VERSION}");
            let protocol = StreamProtocol::try_from_owned(name.clone())
                .map_err(|_| NetworkError::Protocol { name })?;
            names.push((kind, protocol));
        }
        Ok(Self(names))
    }

    /// The name for a purpose.
    pub(crate) fn name(&self, kind: StreamKind) -> Option<&StreamProtocol> {
        self.0
            .iter()
            .find(|(candidate, _)| *candidate == kind)
            .map(|(_, protocol)| protocol)
    }

    /// The purpose that a name stands for.
    pub(crate) fn kind(&self, protocol: &StreamProtocol) -> Option<StreamKind> {
        self.0
            .iter()
            .find(|(_, candidate)| candidate == protocol)
            .map(|(kind, _)| *kind)
    }

    /// Every name.
    pub(crate) fn names(&self) -> impl Iterator<Item = StreamProtocol> + '_ {
        self.0.iter().map(|(_, protocol)| protocol.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crypto::Blake3Digest;

    #[test]
    fn names_are_distinct_reversible_and_bound_to_the_ledger() {
        let one = Protocols::of(&LedgerId(Blake3Digest::of(b"one"))).unwrap();
        let two = Protocols::of(&LedgerId(Blake3Digest::of(b"two"))).unwrap();
        for kind in StreamKind::ALL {
            let name = one.name(kind).unwrap();
            assert_eq!(one.kind(name), Some(kind));
            assert_eq!(two.kind(name), None);
        }
        let names: std::collections::BTreeSet<_> =
            one.names().map(|name| name.to_string()).collect();
        assert_eq!(names.len(), StreamKind::ALL.len());
    }
}
