//! Pings: whether the peer is there, and how far away.

use futures::io::{AsyncRead, AsyncWrite, AsyncWriteExt};
use tokio::time::{Instant, sleep, timeout};

use super::StreamEnd;
use crate::network::frame::read_array;
use crate::network::peer::Peer;
use crate::network::rate::TokenBucket;
use crate::network::{ConnectionLimits, StreamKind, Violation};

/// Pings per second that are echoed for long.
const PINGS_PER_SECOND: u64 = 2;

/// Pings that are echoed at once: those that a stalled network bunched together.
const PING_BURST: u64 = 32;

/// Pings the peer until it fails to echo. The nonces count from zero: an echo proves that the peer
/// is alive, not who it is, which the connection does.
pub(crate) async fn ping(
    mut stream: impl AsyncRead + AsyncWrite + Unpin,
    peer: &Peer,
    limits: &ConnectionLimits,
) -> StreamEnd {
    let mut nonce = 0_u64;
    loop {
        let sent_at = Instant::now();
        let exchange = async {
            stream.write_all(&nonce.to_be_bytes()).await?;
            stream.flush().await?;
            read_array(&mut stream).await
        };
        match timeout(limits.ping_timeout, exchange).await {
            Err(_) => return StreamEnd::Unresponsive,
            Ok(Err(_) | Ok(None)) => return StreamEnd::Closed,
            Ok(Ok(Some(echo))) if u64::from_be_bytes(echo) != nonce => {
                return StreamEnd::Violation(Violation::Malformed {
                    stream: StreamKind::Liveness,
                    fault: "an echo of what was not sent",
                });
            }
            Ok(Ok(Some(_))) => peer.set_round_trip(sent_at.elapsed()),
        }
        nonce = nonce.wrapping_add(1);
        sleep(limits.ping_interval).await;
    }
}

/// Echoes the peer's pings.
pub(crate) async fn answer_pings(mut stream: impl AsyncRead + AsyncWrite + Unpin) -> StreamEnd {
    let mut rate = TokenBucket::new(PINGS_PER_SECOND, PING_BURST, Instant::now());
    loop {
        let nonce: [u8; 8] = match read_array(&mut stream).await {
            Ok(Some(nonce)) => nonce,
            Ok(None) | Err(_) => return StreamEnd::Closed,
        };
        if rate.take(1, Instant::now()).is_err() {
            return StreamEnd::Violation(Violation::RateExceeded {
                stream: StreamKind::Liveness,
            });
        }
        let echoed = async {
            stream.write_all(&nonce).await?;
            stream.flush().await
        };
        if echoed.await.is_err() {
            return StreamEnd::Closed;
        }
    }
}
