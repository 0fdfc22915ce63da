//! One connection.

use std::convert::Infallible;
use std::future::poll_fn;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::http::HeaderValue;
use axum::http::header::CONNECTION;
use axum::response::Response;
use futures::future::BoxFuture;
use hyper::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::time::timeout;
use tower::ServiceExt;

use super::patient_stream::PatientStream;
use crate::api::limits::{ApiLimits, MAX_HEADER_BYTES, MAX_HEADER_COUNT};

/// What hyper may hold of what was read and not yet parsed, or of what is to be written, in bytes.
/// Above the head's limit, so that the head's limit is the one that is told.
const MAX_BUFFER_BYTES: usize = 64 * 1024;

/// How long and how much is read from a client that still sends while its answer is on the way. A
/// connection that is closed with bytes unread is reset, and the answer is lost with it.
const LINGER: Duration = Duration::from_secs(1);
const MAX_LINGER_BYTES: usize = 32 * 1024 * 1024;

/// Serves the requests of a connection, one after the other, until either side closes it. Once
/// `stop` changes, the request in progress is the last.
pub(super) async fn serve_connection(
    stream: TcpStream,
    router: Router,
    limits: ApiLimits,
    mut stop: watch::Receiver<()>,
) {
    let served = Arc::new(AtomicU64::new(0));
    let service = service_fn(move |request: Request<Incoming>| {
        let count = served.fetch_add(1, Ordering::Relaxed) + 1;
        let is_last = count >= limits.max_requests_per_connection;
        answer(router.clone(), request, is_last)
    });
    let stream = PatientStream::new(stream, limits.write_stall_timeout);
    let mut connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(limits.header_read_timeout)
        .max_headers(MAX_HEADER_COUNT)
        .max_header_size(MAX_HEADER_BYTES)
        .max_buf_size(MAX_BUFFER_BYTES)
        .serve_connection(TokioIo::new(stream), service);
    let outcome = tokio::select! {
        outcome = poll_fn(|context| connection.poll_without_shutdown(context)) => outcome,
        _ = stop.changed() => {
            Pin::new(&mut connection).graceful_shutdown();
            poll_fn(|context| connection.poll_without_shutdown(context)).await
        }
    };
    match outcome {
        Ok(()) => linger(connection.into_parts().io.into_inner()).await,
        Err(error) => tracing::debug!(%error, "a connection ended"),
    }
}

fn answer(
    router: Router,
    request: Request<Incoming>,
    is_last: bool,
) -> BoxFuture<'static, Result<Response, Infallible>> {
    Box::pin(async move {
        let mut response = router.oneshot(request.map(Body::new)).await?;
        if is_last {
            let close = HeaderValue::from_static("close");
            response.headers_mut().insert(CONNECTION, close);
        }
        Ok(response)
    })
}

/// Says that nothing more comes, and reads on for a moment.
async fn linger(mut stream: PatientStream) {
    let drained = timeout(LINGER, async {
        stream.shutdown().await?;
        let mut buffer = [0; 4096];
        let mut count = 0;
        while count < MAX_LINGER_BYTES {
            match stream.read(&mut buffer).await? {
                0 => break,
                read => count += read,
            }
        }
        Ok::<_, std::io::Error>(())
    });
    // Whatever the other side does now is its own affair.
    let _ = drained.await;
}
