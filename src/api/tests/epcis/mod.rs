//! The EPCIS interface: tokens, capturing, and what it tells of itself.

mod captures;
mod discovery;
mod events;
mod followers;
mod refused;
mod tokens;

use reqwest::{Method, RequestBuilder, Response};
use serde_json::Value;

use super::support::{Server, World};

const JSON: &str = "application/json";
const EVENTS: &str = "/epcis/events";
const CAPTURE: &str = "/epcis/capture";

/// A request of the trader, whose token lets it capture.
fn request(server: &Server, world: &World, method: Method, path: &str) -> RequestBuilder {
    server
        .client
        .request(method, server.url(path))
        .bearer_auth(world.token("epcis:capture"))
}

fn post(
    server: &Server,
    world: &World,
    path: &str,
    body: impl Into<reqwest::Body>,
) -> RequestBuilder {
    request(server, world, Method::POST, path)
        .header("content-type", JSON)
        .body(body)
}

/// Checks that an answer is a whole exception of a name, and gives its document.
async fn assert_exception(response: Response, status: u16, name: &str) -> Value {
    let url = response.url().clone();
    let headers = response.headers().clone();
    let text = response.text().await.unwrap();
    let problem: Value = serde_json::from_str(&text).unwrap_or_else(|_| panic!("{url}: {text}"));
    assert_eq!(
        problem["type"],
        format!("epcisException:{name}"),
        "{problem}"
    );
    assert_eq!(problem["status"], status, "{problem}");
    assert_eq!(headers["content-type"], "application/problem+json", "{url}");
    assert_eq!(headers["gs1-epcis-version"], "2.0.0", "{url}");
    for member in ["title", "detail", "cause", "wayOut"] {
        assert!(!problem[member].as_str().unwrap().is_empty(), "{problem}");
    }
    problem
}

/// An event of the trader as text; another number is another event.
fn event(number: u32) -> String {
    let body = super::support::harvest(number).body;
    String::from_utf8(body.to_vec()).unwrap()
}

/// A document of events without contexts of their own.
fn document(events: &[String]) -> String {
    format!(
        r#"{{"@context":["https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"],
        "type":"EPCISDocument","schemaVersion":"2.0","creationDate":"2024-09-30T07:00:00Z",
        "epcisBody":{{"eventList":[{}]}}}}"#,
        events.join(",")
    )
}
