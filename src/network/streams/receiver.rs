//! A peer's messages to us on one channel.

use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use bytes::Bytes;
use futures::future::{Either, select};
use futures::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, BufReader};
use tokio::sync::{Notify, mpsc};
use tokio::time::Instant;

use super::StreamEnd;
use crate::network::frame::{FrameHeader, Greeting, read_array, read_payload};
use crate::network::peer::{Peer, Shared, lock};
use crate::network::sequence::{Sequence, Session, Verdict};
use crate::network::{Channel, DeliverySlot, NetworkEvent, StreamKind, Violation};

/// Small messages are read together, up to this many bytes.
const READ_BUFFER_BYTES: usize = 16 * 1024;

/// Delivers what the peer sends until the stream ends. Reads the next message only when the one
/// before was given to the node: a slow node slows the peer down, not its own memory.
pub(crate) async fn receive_messages(
    stream: impl AsyncRead + AsyncWrite + Unpin,
    peer: &Peer,
    channel: Channel,
    shared: &Shared,
    events: &mpsc::Sender<NetworkEvent>,
) -> StreamEnd {
    let (input, mut output) = stream.split();
    let mut input = BufReader::with_capacity(READ_BUFFER_BYTES, input);
    let session = match read_array(&mut input).await {
        Ok(Some(bytes)) => Greeting::decode(bytes).session,
        Ok(None) | Err(_) => return StreamEnd::Closed,
    };
    let expected = lock(&peer.channels.get(channel).cursor).enter(session);
    let opened = async {
        output.write_all(&expected.0.to_be_bytes()).await?;
        output.flush().await
    };
    if opened.await.is_err() {
        return StreamEnd::Closed;
    }
    let delivered = Delivered::default();
    let inbox = Inbox {
        peer,
        channel,
        session,
        shared,
        events,
        delivered: &delivered,
    };
    let reading = std::pin::pin!(inbox.read_messages(&mut input));
    let writing = std::pin::pin!(delivered.acknowledge(&mut output));
    match select(reading, writing).await {
        Either::Left((Err(end), _)) | Either::Right((Err(end), _)) => end,
    }
}

/// How far this stream's messages were delivered; bridges its two directions, so that a peer that
/// reads no acknowledgements does not stop its own messages.
#[derive(Default)]
struct Delivered {
    through: AtomicU64,
    changed: Notify,
}

impl Delivered {
    fn set(&self, sequence: Sequence) {
        self.through.store(sequence.0, Ordering::Relaxed);
        self.changed.notify_one();
    }

    /// Writes the latest place whenever it changed; places in between are skipped.
    async fn acknowledge(
        &self,
        output: &mut (impl AsyncWrite + Unpin),
    ) -> Result<Infallible, StreamEnd> {
        loop {
            self.changed.notified().await;
            let through = self.through.load(Ordering::Relaxed);
            output.write_all(&through.to_be_bytes()).await?;
            output.flush().await?;
        }
    }
}

struct Inbox<'a> {
    peer: &'a Peer,
    channel: Channel,
    session: Session,
    shared: &'a Shared,
    events: &'a mpsc::Sender<NetworkEvent>,
    delivered: &'a Delivered,
}

impl Inbox<'_> {
    async fn read_messages(
        &self,
        input: &mut (impl AsyncRead + Unpin),
    ) -> Result<Infallible, StreamEnd> {
        let stream = StreamKind::Channel(self.channel);
        let limit = self
            .shared
            .limits
            .channels
            .get(self.channel)
            .max_frame_bytes;
        let mut previous: Option<Sequence> = None;
        while let Some(bytes) = read_array(input).await? {
            let header = FrameHeader::decode(bytes, limit)
                .map_err(|error| StreamEnd::refused(stream, error))?;
            let sequence = header.sequence();
            if previous.is_some_and(|previous| sequence <= previous) || sequence.next().is_none() {
                return Err(StreamEnd::Violation(Violation::Malformed {
                    stream,
                    fault: "a sequence that does not grow",
                }));
            }
            previous = Some(sequence);
            let rate = &self.peer.channels.get(self.channel).receive_rate;
            if lock(rate)
                .take(u64::from(header.length()), Instant::now())
                .is_err()
            {
                return Err(StreamEnd::Violation(Violation::RateExceeded { stream }));
            }
            let length = usize::try_from(header.length()).map_err(|_| StreamEnd::Closed)?;
            let payload = read_payload(input, length).await?;
            self.deliver(sequence, Bytes::from(payload)).await?;
            self.delivered.set(sequence);
        }
        Err(StreamEnd::Closed)
    }

    /// Waits for room and then delivers in one step, so that a message is neither lost nor given
    /// twice wherever the stream is torn down.
    async fn deliver(&self, sequence: Sequence, bytes: Bytes) -> Result<(), StreamEnd> {
        let slots = Arc::clone(self.shared.delivery_slots.get(self.channel));
        let (Ok(slot), Ok(place)) = (slots.acquire_owned().await, self.events.reserve().await)
        else {
            return Err(StreamEnd::Closed);
        };
        let counters = self.shared.counters.channels.get(self.channel);
        let mut cursor = lock(&self.peer.channels.get(self.channel).cursor);
        match cursor.admit(self.session, sequence) {
            Verdict::Deliver => {
                counters.received_frames.increment();
                counters
                    .received_bytes
                    .add(u64::try_from(bytes.len()).unwrap_or(u64::MAX));
                place.send(NetworkEvent::Message {
                    peer: self.peer.key,
                    channel: self.channel,
                    bytes,
                    slot: DeliverySlot::new(slot),
                });
            }
            Verdict::Duplicate => counters.duplicate_frames.increment(),
        }
        Ok(())
    }
}
