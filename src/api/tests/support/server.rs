//! A server on a port of its own, and a client for it.

use std::net::SocketAddr;
use std::time::Duration;

use axum::Router;
use reqwest::{Client, Response, StatusCode};
use serde_json::Value;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use super::World;
use crate::api::{ApiLimits, PROBLEM_MEDIA_TYPE, router, run_captures, serve};

/// How long the slowest machine may take for anything here.
const DEADLINE: Duration = Duration::from_secs(60);

pub(in crate::api::tests) struct Server {
    pub(in crate::api::tests) address: SocketAddr,
    pub(in crate::api::tests) client: Client,
    stop: Option<oneshot::Sender<()>>,
    served: Option<JoinHandle<()>>,
}

impl Server {
    pub(in crate::api::tests) async fn start(world: &World) -> Self {
        Self::start_limited(world, ApiLimits::default()).await
    }

    pub(in crate::api::tests) async fn start_limited(world: &World, limits: ApiLimits) -> Self {
        Self::start_router(router(world.setup(limits)), limits).await
    }

    /// A server with a worker on its capture jobs.
    pub(in crate::api::tests) async fn start_capturing(world: &World) -> Self {
        Self::start_capturing_limited(world, ApiLimits::default()).await
    }

    pub(in crate::api::tests) async fn start_capturing_limited(
        world: &World,
        limits: ApiLimits,
    ) -> Self {
        let (setup, queue) = world.setup_with_queue(limits);
        tokio::spawn(run_captures(setup.clone(), queue));
        Self::start_router(router(setup), limits).await
    }

    pub(in crate::api::tests) async fn start_router(router: Router, limits: ApiLimits) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (stop, stopped) = oneshot::channel();
        let served = tokio::spawn(serve(listener, router, limits, async {
            let _ = stopped.await;
        }));
        Self {
            address,
            client: Client::builder()
                .no_proxy()
                .timeout(DEADLINE)
                .build()
                .unwrap(),
            stop: Some(stop),
            served: Some(served),
        }
    }

    pub(in crate::api::tests) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    pub(in crate::api::tests) async fn get(&self, path: &str) -> Response {
        self.client.get(self.url(path)).send().await.unwrap()
    }

    /// The JSON of an answer of status 200.
    pub(in crate::api::tests) async fn json(&self, path: &str) -> Value {
        let response = self.get(path).await;
        assert_eq!(response.status(), StatusCode::OK, "{path}");
        assert_eq!(response.headers()["content-type"], "application/json");
        response.json().await.unwrap()
    }

    /// The text of an answer of status 200.
    pub(in crate::api::tests) async fn text(&self, path: &str) -> String {
        let response = self.get(path).await;
        assert_eq!(response.status(), StatusCode::OK, "{path}");
        assert_eq!(
            response.headers()["content-type"],
            "text/plain; charset=utf-8"
        );
        response.text().await.unwrap()
    }

    pub(in crate::api::tests) async fn post(
        &self,
        path: &str,
        media_type: &str,
        body: impl Into<reqwest::Body>,
    ) -> Response {
        let request = self.client.post(self.url(path));
        let request = request.header("content-type", media_type).body(body);
        request.send().await.unwrap()
    }

    pub(in crate::api::tests) async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.address).await.unwrap()
    }

    /// Tells the server to stop.
    pub(in crate::api::tests) fn stop(&mut self) {
        let _ = self.stop.take().unwrap().send(());
    }

    /// Ends when the server has.
    pub(in crate::api::tests) async fn until_stopped(&mut self) {
        let served = self.served.take().unwrap();
        tokio::time::timeout(DEADLINE, served)
            .await
            .unwrap()
            .unwrap();
    }
}

/// Checks that an answer is a whole problem of a code, and gives its document.
pub(in crate::api::tests) async fn assert_problem(
    response: Response,
    status: u16,
    code: &str,
) -> Value {
    let url = response.url().clone();
    assert_eq!(response.status().as_u16(), status, "{url}");
    assert_eq!(
        response.headers()["content-type"],
        PROBLEM_MEDIA_TYPE,
        "{url}"
    );
    assert_eq!(response.headers()["cache-control"], "no-store", "{url}");
    let problem: Value = response.json().await.unwrap();
    assert_eq!(
        problem["type"],
        format!("urn:waybill:problem:{code}"),
        "{url}: {problem}"
    );
    assert_eq!(problem["status"], status);
    for member in ["title", "detail", "cause", "wayOut"] {
        let text = problem[member].as_str().unwrap();
        assert!(!text.is_empty(), "{url}: {member}");
    }
    problem
}
