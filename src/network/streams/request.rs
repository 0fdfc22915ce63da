//! One request and its response, on a stream of their own.

use std::io;

use bytes::Bytes;
use futures::io::{AsyncRead, AsyncWrite, AsyncWriteExt};
use tokio::sync::{mpsc, oneshot};
use tokio::time::{Instant, sleep, timeout};

use super::StreamEnd;
use crate::network::frame::{check_at_most, read_array, read_payload};
use crate::network::peer::{Peer, Shared, lock};
use crate::network::{NetworkEvent, RequestError, Responder, StreamKind};

/// A request on its way, and where its response goes.
#[derive(Debug)]
pub(crate) struct Asking {
    pub(crate) request: Bytes,
    pub(crate) reply: oneshot::Sender<Result<Bytes, RequestError>>,
}

/// Sends our request and waits for the response, or until nobody waits for it any more.
pub(crate) async fn ask(
    stream: impl AsyncRead + AsyncWrite + Unpin,
    asking: Asking,
    shared: &Shared,
) -> StreamEnd {
    let Asking { request, mut reply } = asking;
    let outcome = tokio::select! {
        () = reply.closed() => return StreamEnd::Closed,
        outcome = exchange(stream, &request, shared.limits.requests.max_response_bytes) => outcome,
    };
    let (answer, end) = match outcome {
        Ok(answer) => (answer, StreamEnd::Closed),
        Err(end @ StreamEnd::Violation(_)) => (Err(RequestError::InvalidResponse), end),
        Err(end) => (Err(RequestError::Disconnected), end),
    };
    // The asker may have stopped waiting this very moment.
    let _ = reply.send(answer);
    end
}

async fn exchange(
    mut stream: impl AsyncRead + AsyncWrite + Unpin,
    request: &[u8],
    limit: usize,
) -> Result<Result<Bytes, RequestError>, StreamEnd> {
    // A peer that refuses drops the stream at once, which shows wherever we are with it.
    if write_message(&mut stream, request).await.is_err() {
        return Ok(Err(RequestError::Refused));
    }
    let Ok(Some(length)) = read_array(&mut stream).await else {
        return Ok(Err(RequestError::Refused));
    };
    let length = check_at_most(u32::from_be_bytes(length), limit)
        .map_err(|error| StreamEnd::refused(StreamKind::Request, error))?;
    let response = read_payload(&mut stream, length).await?;
    Ok(Ok(Bytes::from(response)))
}

/// Reads a peer's request, gives it to the node, and writes the node's response.
pub(crate) async fn serve(
    mut stream: impl AsyncRead + AsyncWrite + Unpin,
    peer: &Peer,
    shared: &Shared,
    events: &mpsc::Sender<NetworkEvent>,
) -> StreamEnd {
    let served = async {
        // More than the rate waits, which holds the peer's place among its open requests.
        while let Err(wait) = take_rate(peer) {
            sleep(wait).await;
        }
        let limits = &shared.limits.requests;
        let Some(length) = read_array(&mut stream).await? else {
            return Err(StreamEnd::Closed);
        };
        let length = check_at_most(u32::from_be_bytes(length), limits.max_request_bytes)
            .map_err(|error| StreamEnd::refused(StreamKind::Request, error))?;
        let request = read_payload(&mut stream, length).await?;
        let place = events.reserve().await.map_err(|_| StreamEnd::Closed)?;
        let (responder, response) = Responder::new(limits.max_response_bytes);
        shared.counters.requests_received.increment();
        place.send(NetworkEvent::Request {
            peer: peer.key,
            bytes: Bytes::from(request),
            responder,
        });
        let response = response.await.map_err(|_| StreamEnd::Closed)?;
        write_message(&mut stream, &response).await?;
        stream.close().await?;
        Ok(())
    };
    match timeout(shared.limits.requests.timeout, served).await {
        Ok(Err(end)) => end,
        Ok(Ok(())) | Err(_) => StreamEnd::Closed,
    }
}

fn take_rate(peer: &Peer) -> Result<(), std::time::Duration> {
    lock(&peer.request_rate).take(1, Instant::now())
}

async fn write_message(stream: &mut (impl AsyncWrite + Unpin), message: &[u8]) -> io::Result<()> {
    let length = u32::try_from(message.len()).map_err(io::Error::other)?;
    stream.write_all(&length.to_be_bytes()).await?;
    stream.write_all(message).await?;
    stream.flush().await
}
