//! From network events to inputs of the replica.

use std::sync::Arc;

use bytes::Bytes;
use tokio::sync::mpsc;
use tracing::{debug, info, warn};

use super::checks::{CheckPools, check_batch};
use super::observed::Observed;
use super::queued_input::{Admission, QueuedInput};
use crate::crypto::PublicKey;
use crate::network::{Channel, DeliverySlot, NetworkEvent, NetworkHandle, Responder};
use crate::replica::{Input, check_message};
use crate::storage::Store;
use crate::sync::{SyncRequest, serve};
use crate::types::{BatchReference, Decode, Encode};

/// Takes events until the network or the replica ends.
pub(super) struct Inbound {
    pub(super) events: mpsc::Receiver<NetworkEvent>,
    pub(super) inputs: mpsc::Sender<QueuedInput>,
    pub(super) pools: Arc<CheckPools>,
    pub(super) observed: Arc<Observed>,
    pub(super) store: Arc<Store>,
    pub(super) network: NetworkHandle,
}

impl Inbound {
    pub(super) async fn run(mut self) {
        while let Some(event) = self.events.recv().await {
            match event {
                NetworkEvent::Listening { address } => {
                    info!(%address, "listening for peers");
                }
                NetworkEvent::Connected { peer } => {
                    info!(target: "waybill::operator", event = "peer-connected", %peer, "peer connected");
                    if self
                        .inputs
                        .send(Input::Connected(peer).into())
                        .await
                        .is_err()
                    {
                        return;
                    }
                }
                NetworkEvent::Disconnected { peer, reason } => {
                    warn!(target: "waybill::operator", event = "peer-lost", %peer, %reason, "peer lost");
                    if self
                        .inputs
                        .send(Input::Disconnected(peer).into())
                        .await
                        .is_err()
                    {
                        return;
                    }
                }
                NetworkEvent::Message {
                    peer,
                    channel,
                    bytes,
                    slot,
                } => {
                    // The channel's delivery slots bound what waits in the pools and behind them.
                    self.check(peer, channel, bytes, slot);
                }
                NetworkEvent::Request {
                    peer,
                    bytes,
                    responder,
                } => self.serve(peer, bytes, responder),
                NetworkEvent::Misbehaved {
                    peer,
                    violation,
                    back_off,
                } => {
                    warn!(
                        target: "waybill::operator", event = "peer-cut-off", %peer, %violation,
                        seconds = back_off.as_secs(), "a peer broke the limits and is cut off"
                    );
                }
            }
        }
    }

    fn check(&self, peer: PublicKey, channel: Channel, bytes: Bytes, slot: DeliverySlot) {
        let observed = Arc::clone(&self.observed);
        let store = Arc::clone(&self.store);
        let network = self.network.clone();
        let inputs = self.inputs.clone();
        let check = move || {
            let snapshot = observed.latest();
            // A store that cannot be read shows elsewhere; here it costs a check at worst.
            let holds = |batch: &BatchReference| {
                snapshot.stored_batches.contains(&batch.digest)
                    || store.is_batch_ordered(&batch.digest).unwrap_or(false)
            };
            match check_message(&snapshot.context, &bytes, holds, check_batch) {
                Ok(message) => {
                    let input = Input::Message {
                        from: peer,
                        message: Box::new(message),
                    };
                    let admission = Admission::Message { _slot: slot };
                    // The replica thread may have ended.
                    let _ = inputs.blocking_send(QueuedInput { input, admission });
                }
                Err(fault) => {
                    warn!(target: "waybill::operator", event = "faulty-peer", %peer, %channel, %fault, "a message is faulty");
                    if fault.is_offence() {
                        network.blame(&peer, channel);
                    }
                }
            }
        };
        if channel == Channel::Consensus {
            self.pools.urgent.spawn(check);
        } else {
            self.pools.bulk.spawn(check);
        }
    }

    /// Answers from the store, on a thread that may wait for the disk.
    fn serve(&self, peer: PublicKey, bytes: Bytes, responder: Responder) {
        let store = Arc::clone(&self.store);
        tokio::task::spawn_blocking(move || {
            let request = match SyncRequest::from_bytes(&bytes) {
                Ok(request) => request,
                Err(fault) => {
                    warn!(target: "waybill::operator", event = "faulty-peer", %peer, %fault, "a request is faulty");
                    return;
                }
            };
            match serve(store.as_ref(), &request) {
                Ok(response) => {
                    if let Err(error) = responder.respond(Bytes::from(response.to_bytes())) {
                        debug!(%peer, %error, "a request was not answered");
                    }
                }
                Err(error) => debug!(%peer, %error, "a request was not answered"),
            }
        });
    }
}
