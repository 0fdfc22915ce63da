//! Our messages on one channel to one peer.

use std::convert::Infallible;

use futures::future::{Either, select};
use futures::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, BufWriter};
use tokio::time::{Instant, sleep};

use super::StreamEnd;
use crate::network::frame::{FrameHeader, Greeting, read_array};
use crate::network::peer::{Peer, PeerChannel, Shared, lock};
use crate::network::queue::{Attempt, Outgoing};
use crate::network::sequence::Sequence;
use crate::network::{Channel, ChannelLimits, StreamKind, Violation};

/// Small messages are gathered up to this many bytes before they become a packet.
const WRITE_BUFFER_BYTES: usize = 16 * 1024;

/// Sends what the queue holds, in order and within window and rate, until the stream ends. Must not
/// run twice for one peer and channel at the same time.
pub(crate) async fn send_messages(
    stream: impl AsyncRead + AsyncWrite + Unpin,
    peer: &Peer,
    channel: Channel,
    shared: &Shared,
) -> StreamEnd {
    let (mut input, output) = stream.split();
    let mut output = BufWriter::with_capacity(WRITE_BUFFER_BYTES, output);
    let lane = peer.channels.get(channel);
    let greeting = Greeting {
        session: shared.session,
    };
    let opened = async {
        output.write_all(&greeting.encode()).await?;
        output.flush().await?;
        read_array(&mut input).await
    };
    let expected = match opened.await {
        Ok(Some(bytes)) => Sequence(u64::from_be_bytes(bytes)),
        Ok(None) | Err(_) => return StreamEnd::Closed,
    };
    lock(&lane.queue).resume(expected);
    let writing = std::pin::pin!(write_messages(&mut output, lane, channel, shared));
    let reading = std::pin::pin!(read_acknowledgements(&mut input, lane, channel));
    match select(reading, writing).await {
        Either::Left((Err(end), _)) | Either::Right((Err(end), _)) => end,
    }
}

async fn write_messages(
    output: &mut (impl AsyncWrite + Unpin),
    lane: &PeerChannel,
    channel: Channel,
    shared: &Shared,
) -> Result<Infallible, StreamEnd> {
    let limits = shared.limits.channels.get(channel);
    let counters = shared.counters.channels.get(channel);
    loop {
        let (outgoing, expired) = {
            let mut queue = lock(&lane.queue);
            (queue.send_next(Instant::now()), queue.take_expired())
        };
        counters.expired_frames.add(expired);
        let Some(outgoing) = outgoing else {
            output.flush().await?;
            lane.wake.notified().await;
            continue;
        };
        let length = to_u64(outgoing.bytes.len());
        while let Err(wait) = take_rate(lane, length) {
            output.flush().await?;
            sleep(wait).await;
        }
        counters.sent_frames.increment();
        counters.sent_bytes.add(length);
        if outgoing.attempt == Attempt::Repeated {
            counters.repeated_frames.increment();
        }
        write_message(output, &outgoing, limits).await?;
    }
}

fn take_rate(lane: &PeerChannel, length: u64) -> Result<(), std::time::Duration> {
    lock(&lane.send_rate).take(length, Instant::now())
}

async fn write_message(
    output: &mut (impl AsyncWrite + Unpin),
    outgoing: &Outgoing,
    limits: &ChannelLimits,
) -> Result<(), StreamEnd> {
    // The queue takes no message that is empty or above the limit.
    let header = u32::try_from(outgoing.bytes.len())
        .ok()
        .and_then(|length| FrameHeader::new(length, outgoing.sequence, limits.max_frame_bytes).ok())
        .ok_or(StreamEnd::Closed)?;
    output.write_all(&header.encode()).await?;
    output.write_all(&outgoing.bytes).await?;
    Ok(())
}

async fn read_acknowledgements(
    input: &mut (impl AsyncRead + Unpin),
    lane: &PeerChannel,
    channel: Channel,
) -> Result<Infallible, StreamEnd> {
    while let Some(bytes) = read_array(input).await? {
        let delivered = Sequence(u64::from_be_bytes(bytes));
        if !lock(&lane.queue).acknowledge(delivered) {
            return Err(StreamEnd::Violation(Violation::Malformed {
                stream: StreamKind::Channel(channel),
                fault: "an acknowledgement of what was not sent",
            }));
        }
        lane.wake.notify_one();
    }
    Err(StreamEnd::Closed)
}

fn to_u64(length: usize) -> u64 {
    u64::try_from(length).unwrap_or(u64::MAX)
}
