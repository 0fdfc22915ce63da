//! A node that says what a test wants.

#![cfg(test)]

use std::collections::VecDeque;
use std::future::IntoFuture as _;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{Method, Uri};
use axum::response::Response;
use tokio::net::TcpListener;
use tokio::sync::Notify;

/// What a node answers with.
#[derive(Clone, Debug)]
pub(in crate::cli) struct Answer {
    pub(in crate::cli) status: u16,
    pub(in crate::cli) headers: Vec<(&'static str, String)>,
    pub(in crate::cli) body: String,
}

impl Answer {
    pub(in crate::cli) fn ok(body: impl Into<String>) -> Self {
        Self {
            status: 200,
            headers: Vec::new(),
            body: body.into(),
        }
    }

    pub(in crate::cli) fn problem(status: u16, code: &str) -> Self {
        Self {
            status,
            headers: vec![("content-type", "application/problem+json".to_owned())],
            body: format!(
                r#"{{"type":"urn:waybill:problem:{code}","title":"Title of {code}","status":{status},
                "detail":"d","cause":"the cause","wayOut":"the way out","record":3,"pointer":"/action"}}"#
            ),
        }
    }

    pub(in crate::cli) fn with_header(mut self, name: &'static str, value: &str) -> Self {
        self.headers.push((name, value.to_owned()));
        self
    }
}

/// A request that came.
#[derive(Clone, Debug)]
pub(in crate::cli) struct Request {
    pub(in crate::cli) line: String,
    pub(in crate::cli) body: Bytes,
}

#[derive(Default)]
struct Script {
    /// By the beginning of `METHOD path`; the last answer of each repeats.
    answers: Vec<(String, VecDeque<Answer>)>,
    requests: Vec<Request>,
    /// The beginning of the request after whose answer the node is gone.
    last: Option<String>,
    gone: Arc<Notify>,
}

/// The node, listening until it is dropped with its runtime.
#[derive(Clone)]
pub(in crate::cli) struct TestNode {
    pub(in crate::cli) url: String,
    script: Arc<Mutex<Script>>,
}

impl TestNode {
    pub(in crate::cli) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let script = Arc::new(Mutex::new(Script::default()));
        let router = Router::new().fallback(serve).with_state(script.clone());
        let gone = script.lock().unwrap().gone.clone();
        tokio::spawn(async move {
            tokio::select! {
                served = axum::serve(listener, router).into_future() => served.unwrap(),
                () = gone.notified() => {}
            }
        });
        Self { url, script }
    }

    /// Nobody listens any more once a request that begins so is answered.
    pub(in crate::cli) fn gone_after(&self, request: &str) {
        self.script.lock().unwrap().last = Some(request.to_owned());
    }

    pub(in crate::cli) fn on(&self, request: &str, answers: impl IntoIterator<Item = Answer>) {
        let answers = answers.into_iter().collect();
        let mut script = self.script.lock().unwrap();
        script.answers.push((request.to_owned(), answers));
    }

    pub(in crate::cli) fn requests(&self) -> Vec<Request> {
        self.script.lock().unwrap().requests.clone()
    }
}

async fn serve(
    State(script): State<Arc<Mutex<Script>>>,
    method: Method,
    uri: Uri,
    body: Bytes,
) -> Response {
    let mut script = script.lock().unwrap();
    let line = format!("{method} {uri}");
    script.requests.push(Request {
        line: line.clone(),
        body,
    });
    let answer = script
        .answers
        .iter_mut()
        .find(|(prefix, _)| line.starts_with(prefix.as_str()))
        .and_then(|(_, answers)| {
            if answers.len() > 1 {
                answers.pop_front()
            } else {
                answers.front().cloned()
            }
        })
        .unwrap_or_else(|| Answer::problem(404, "unknown-route"));
    let mut response = Response::builder().status(answer.status);
    for (name, value) in &answer.headers {
        response = response.header(*name, value);
    }
    if script
        .last
        .as_ref()
        .is_some_and(|last| line.starts_with(last))
    {
        script.gone.notify_one();
        response = response.header("connection", "close");
    }
    response.body(Body::from(answer.body)).unwrap()
}
