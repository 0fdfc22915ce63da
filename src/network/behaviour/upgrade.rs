//! Negotiation of an inbound stream's purpose.

use std::convert::Infallible;
use std::future::{Ready, ready};

use libp2p::core::upgrade::{InboundUpgrade, UpgradeInfo};
use libp2p::{Stream, StreamProtocol};

use crate::network::stream_kind::Protocols;

/// Offers every protocol of the ledger and yields the chosen one with the raw stream.
#[derive(Debug, Clone)]
pub(crate) struct AnyProtocol {
    names: Vec<StreamProtocol>,
}

impl AnyProtocol {
    pub(crate) fn of(protocols: &Protocols) -> Self {
        Self {
            names: protocols.names().collect(),
        }
    }
}

impl UpgradeInfo for AnyProtocol {
    type Info = StreamProtocol;
    type InfoIter = std::vec::IntoIter<StreamProtocol>;

    fn protocol_info(&self) -> Self::InfoIter {
        self.names.clone().into_iter()
    }
}

impl InboundUpgrade<Stream> for AnyProtocol {
    type Output = (Stream, StreamProtocol);
    type Error = Infallible;
    type Future = Ready<Result<Self::Output, Self::Error>>;

    fn upgrade_inbound(self, stream: Stream, protocol: StreamProtocol) -> Self::Future {
        ready(Ok((stream, protocol)))
    }
}
