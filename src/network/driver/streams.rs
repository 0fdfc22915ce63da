//! Streams: which to open, what runs on them, and what their end means.

use std::sync::Arc;
use std::time::Duration;

use futures::FutureExt;
use futures::future::BoxFuture;
use libp2p::{PeerId, Stream};
use tokio::time::{Instant, sleep};

use super::link::{Confirmation, Guard, Link, Opener};
use super::run::{JobEnd, NetworkDriver};
use crate::network::behaviour::{OpenFailure, StreamEvent, StreamSource};
use crate::network::handle::Command;
use crate::network::peer::{Peer, lock};
use crate::network::streams::{
    Asking, StreamEnd, answer_pings, ask, ping, receive_messages, send_messages, serve,
};
use crate::network::{DisconnectReason, RequestError, StreamKind, Violation};

/// Pause before a stream that ended alone is opened once more.
const REOPEN_DELAY: Duration = Duration::from_secs(1);

impl NetworkDriver {
    pub(super) async fn on_stream_event(&mut self, event: StreamEvent) {
        match event {
            StreamEvent::Inbound {
                source,
                kind,
                stream,
            } => {
                if self.link(source).is_some() {
                    self.confirm(source).await;
                    self.on_inbound(source, kind, stream).await;
                }
            }
            StreamEvent::Outbound {
                source,
                kind,
                stream,
            } => {
                if self.link(source).is_some() {
                    self.confirm(source).await;
                    self.on_outbound(source, kind, stream);
                }
            }
            StreamEvent::OpenFailed {
                source,
                kind,
                failure,
            } => self.on_open_failed(source, kind, failure).await,
        }
    }

    /// Does what the handle asks for.
    pub(super) async fn on_command(&mut self, command: Command) {
        match command {
            Command::Ask { peer, asking } => self.on_ask(peer, asking),
            Command::Blame { peer, violation } => self.on_violation(peer, violation).await,
        }
    }

    fn on_ask(&mut self, peer: PeerId, asking: Asking) {
        let link = self
            .records
            .get_mut(&peer)
            .and_then(|record| record.link.as_mut())
            .filter(|link| link.confirmation == Confirmation::Given);
        let Some(link) = link else {
            // Whether somebody still waits for the answer is not our concern.
            let _ = asking.reply.send(Err(RequestError::NotConnected));
            return;
        };
        link.asking.push_back(asking);
        let source = StreamSource {
            peer,
            connection: link.connection,
        };
        let streams = &mut self.swarm.behaviour_mut().streams;
        streams.open(source, StreamKind::Request);
    }

    pub(super) async fn on_stream_end(
        &mut self,
        source: StreamSource,
        kind: StreamKind,
        opener: Opener,
        end: StreamEnd,
    ) {
        if self.link(source).is_none() {
            return;
        }
        match end {
            StreamEnd::Closed => {}
            StreamEnd::Violation(violation) => self.on_violation(source.peer, violation).await,
            StreamEnd::Unresponsive => {
                let reason = DisconnectReason::Unresponsive;
                self.drop_link(source.peer, reason).await;
                self.schedule_redial(source.peer);
            }
        }
        if opener == Opener::Us && kind != StreamKind::Request {
            self.schedule_reopen(source, kind);
        }
    }

    pub(super) fn on_reopen_due(&mut self, source: StreamSource, kind: StreamKind) {
        if self.link(source).is_some() {
            self.swarm.behaviour_mut().streams.open(source, kind);
        }
    }

    /// The link, if this connection is the one in use.
    fn link(&mut self, source: StreamSource) -> Option<(&Arc<Peer>, &mut Link)> {
        let record = self.records.get_mut(&source.peer)?;
        let link = record.link.as_mut()?;
        (link.connection == source.connection).then_some((&record.peer, link))
    }

    fn on_outbound(&mut self, source: StreamSource, kind: StreamKind, stream: Stream) {
        let shared = Arc::clone(&self.shared);
        let Some((peer, link)) = self.link(source) else {
            return;
        };
        let peer = Arc::clone(peer);
        let work: BoxFuture<'static, StreamEnd> = match kind {
            StreamKind::Channel(channel) => {
                async move { send_messages(stream, &peer, channel, &shared).await }.boxed()
            }
            StreamKind::Liveness => {
                async move { ping(stream, &peer, &shared.limits.connections).await }.boxed()
            }
            StreamKind::Request => {
                // Streams open in the order in which they were asked for.
                let Some(asking) = link.asking.pop_front() else {
                    return;
                };
                shared.counters.requests_sent.increment();
                async move { ask(stream, asking, &shared).await }.boxed()
            }
        };
        self.run_stream(source, kind, Opener::Us, work);
    }

    async fn on_inbound(&mut self, source: StreamSource, kind: StreamKind, stream: Stream) {
        let shared = Arc::clone(&self.shared);
        let events = self.events.clone();
        let Some((peer, _)) = self.link(source) else {
            return;
        };
        let peer = Arc::clone(peer);
        let work: BoxFuture<'static, StreamEnd> = match kind {
            StreamKind::Request => {
                let places = (
                    Arc::clone(&peer.inbound_requests).try_acquire_owned(),
                    Arc::clone(&shared.inbound_requests).try_acquire_owned(),
                );
                let (Ok(of_peer), Ok(of_all)) = places else {
                    // Dropping the stream tells the peer. It is no violation: a correct peer that
                    // gave a request up does not know that we still work on it.
                    shared.counters.requests_refused.increment();
                    return;
                };
                async move {
                    let end = serve(stream, &peer, &shared, &events).await;
                    drop((of_peer, of_all));
                    end
                }
                .boxed()
            }
            StreamKind::Channel(channel) => {
                if self.charge_stream(source.peer, &peer, kind).await == Charge::Refused {
                    return;
                }
                async move { receive_messages(stream, &peer, channel, &shared, &events).await }
                    .boxed()
            }
            StreamKind::Liveness => {
                if self.charge_stream(source.peer, &peer, kind).await == Charge::Refused {
                    return;
                }
                answer_pings(stream).boxed()
            }
        };
        self.run_stream(source, kind, Opener::Peer, work);
    }

    /// Counts a stream that the peer opens once more on the same connection against the rate at
    /// which it may. The first of each purpose is free: a link that flaps is nobody's fault.
    async fn charge_stream(&mut self, id: PeerId, peer: &Peer, kind: StreamKind) -> Charge {
        let again = self
            .records
            .get(&id)
            .and_then(|record| record.link.as_ref())
            .is_some_and(|link| link.streams.contains_key(&(kind, Opener::Peer)));
        if !again || lock(&peer.stream_rate).take(1, Instant::now()).is_ok() {
            return Charge::Taken;
        }
        let violation = Violation::RateExceeded { stream: kind };
        self.on_violation(id, violation).await;
        Charge::Refused
    }

    /// Runs `work` until it ends, its connection is given up, or a later stream of its purpose
    /// takes its place.
    fn run_stream(
        &mut self,
        source: StreamSource,
        kind: StreamKind,
        opener: Opener,
        work: BoxFuture<'static, StreamEnd>,
    ) {
        let Some((_, link)) = self.link(source) else {
            return;
        };
        let guarded = match kind {
            StreamKind::Request => link.requests.watch(work).boxed(),
            StreamKind::Channel(_) | StreamKind::Liveness => {
                let guard = Guard::new();
                let guarded = guard.watch(work).boxed();
                link.streams.insert((kind, opener), guard);
                guarded
            }
        };
        let job = guarded.map(move |done| match done {
            Some(end) => JobEnd::Stream {
                source,
                kind,
                opener,
                end,
            },
            None => JobEnd::Cancelled,
        });
        self.jobs.push(job.boxed());
    }

    async fn on_open_failed(
        &mut self,
        source: StreamSource,
        kind: StreamKind,
        failure: OpenFailure,
    ) {
        let Some((_, link)) = self.link(source) else {
            return;
        };
        let confirmation = link.confirmation;
        match kind {
            StreamKind::Request => {
                if let Some(asking) = link.asking.pop_front() {
                    let _ = asking.reply.send(Err(RequestError::Refused));
                }
            }
            StreamKind::Channel(_) => self.schedule_reopen(source, kind),
            StreamKind::Liveness => {
                if failure == OpenFailure::Unsupported && confirmation == Confirmation::Awaited {
                    self.shared.counters.foreign_peers.increment();
                }
                let reason = DisconnectReason::Unresponsive;
                self.drop_link(source.peer, reason).await;
                self.schedule_redial(source.peer);
            }
        }
    }

    fn schedule_reopen(&mut self, source: StreamSource, kind: StreamKind) {
        let timer = async move {
            sleep(REOPEN_DELAY).await;
            JobEnd::ReopenDue { source, kind }
        };
        self.jobs.push(timer.boxed());
    }
}

/// Whether a stream was within the rate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Charge {
    Taken,
    Refused,
}
