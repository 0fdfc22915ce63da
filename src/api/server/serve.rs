//! Accepting connections.

use std::future::Future;

use axum::Router;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

use super::connection::serve_connection;
use crate::api::limits::{ACCEPT_PAUSE, ApiLimits};

/// What a connection above the limit gets, before it is closed unread.
const REFUSAL: &[u8] = b"HTTP/1.1 503 Service Unavailable\r\n\
    Retry-After: 1\r\n\
    Connection: close\r\n\
    Content-Type: application/problem+json\r\n\
    Content-Length: 242\r\n\
    \r\n\
    {\"type\":\"urn:waybill:problem:overloaded\",\"title\":\"Too many connections at once\",\
    \"status\":503,\"detail\":\"the node has as many connections as it may\",\
    \"cause\":\"the node has as many connections as it may\",\
    \"wayOut\":\"try again, or ask another node\"}";

/// Serves a router until `shutdown` ends; then lets requests in progress finish for
/// [`ApiLimits::shutdown_grace`], and ends. Connections are tasks that end with this future: if it
/// is dropped, they are.
pub async fn serve(
    listener: TcpListener,
    router: Router,
    limits: ApiLimits,
    shutdown: impl Future<Output = ()>,
) {
    let (stop_sender, stop) = watch::channel(());
    let mut connections = JoinSet::new();
    let mut shutdown = std::pin::pin!(shutdown);
    loop {
        tokio::select! {
            () = &mut shutdown => break,
            Some(_) = connections.join_next() => {}
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) if connections.len() < limits.max_connections => {
                    // Small answers go out at once; a failure costs time, nothing else.
                    let _ = stream.set_nodelay(true);
                    let connection =
                        serve_connection(stream, router.clone(), limits, stop.clone());
                    connections.spawn(connection);
                }
                Ok((stream, _)) => refuse(&stream),
                Err(error) => {
                    tracing::warn!(%error, "no connection can be accepted now");
                    sleep(ACCEPT_PAUSE).await;
                }
            },
        }
    }
    drop(listener);
    // Nobody listens if there is no connection.
    let _ = stop_sender.send(());
    let finished = timeout(limits.shutdown_grace, async {
        while connections.join_next().await.is_some() {}
    });
    if finished.await.is_err() {
        tracing::warn!(
            count = connections.len(),
            "connections are closed before their requests are done"
        );
        connections.shutdown().await;
    }
}

/// Tells the client without waiting for it: a fresh connection takes this much at once.
fn refuse(stream: &TcpStream) {
    let _ = stream.try_write(REFUSAL);
}

#[cfg(test)]
mod tests {
    use super::REFUSAL;

    #[test]
    fn the_refusal_is_as_long_as_it_says() {
        let text = std::str::from_utf8(REFUSAL).unwrap();
        let (head, body) = text.split_once("\r\n\r\n").unwrap();
        assert!(
            head.contains(&format!("Content-Length: {}", body.len())),
            "{}",
            body.len()
        );
        assert!(serde_json::from_str::<serde_json::Value>(body).is_ok());
    }
}
