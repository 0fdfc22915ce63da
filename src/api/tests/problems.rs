//! What the router answers by itself.

use reqwest::Method;

use super::support::{Server, World, assert_problem};

#[tokio::test(flavor = "multi_thread")]
async fn other_methods_are_told_with_those_that_are_known() {
    let world = World::new();
    let server = Server::start(&world).await;
    for (method, path, allow) in [
        (Method::POST, "/v1/status", "GET,HEAD"),
        (Method::DELETE, "/v1/records/1", "GET,HEAD"),
        (Method::GET, "/v1/submissions", "POST"),
        (Method::PUT, "/tile/0/000", "GET,HEAD"),
        (Method::OPTIONS, "/", "GET,HEAD"),
        (Method::POST, "/livez", "GET,HEAD"),
    ] {
        let request = server.client.request(method, server.url(path));
        let response = request.send().await.unwrap();
        assert_eq!(response.headers()["allow"], allow, "{path}");
        assert_problem(response, 405, "method-not-allowed").await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn head_is_get_without_a_body() {
    let world = World::new();
    let server = Server::start(&world).await;
    let response = server
        .client
        .head(server.url("/livez"))
        .send()
        .await
        .unwrap();
    assert_eq!(response.status(), 200);
    assert_eq!(response.headers()["content-length"], "6");
    assert_eq!(response.text().await.unwrap(), "");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unknown_route_is_shown_shortened() {
    let world = World::new();
    let server = Server::start(&world).await;
    let path = format!("/{}", "x".repeat(5_000));
    let problem = assert_problem(server.get(&path).await, 404, "unknown-route").await;
    assert!(problem["cause"].as_str().unwrap().len() < 200);
    // The name of an event is a URI, and many have slashes.
    for path in [
        "/epcis/events/ni:///sha-256;00?ver=CBV2.0",
        "/epcis/epcs/https://id.gs1.org/00/176200340000000427",
    ] {
        let problem: serde_json::Value = server.get(path).await.json().await.unwrap();
        assert_eq!(problem["status"], 404);
        let way_out = problem["wayOut"].as_str().unwrap();
        assert!(way_out.contains("percent-encode"), "{way_out}");
    }
}
