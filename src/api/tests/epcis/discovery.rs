//! What the interface tells of itself.

use super::*;
use crate::api::endpoints::endpoints;

#[tokio::test(flavor = "multi_thread")]
async fn options_tells_methods_versions_and_limits() {
    let world = World::new();
    let server = Server::start(&world).await;
    let options = |path: &str| {
        server
            .client
            .request(Method::OPTIONS, server.url(path))
            .send()
    };
    let response = options(CAPTURE).await.unwrap();
    assert_eq!(response.status(), 204);
    for (name, value) in [
        ("allow", "POST, GET, HEAD, OPTIONS"),
        ("gs1-epcis-version", "2.0.0"),
        ("gs1-epcis-min", "2.0.0"),
        ("gs1-epcis-max", "2.0.0"),
        ("gs1-cbv-version", "2.0.0"),
        ("gs1-cbv-min", "2.0.0"),
        ("gs1-cbv-max", "2.0.0"),
        ("gs1-epc-format", "Never_Translates"),
        ("gs1-cbv-xml-format", "Never_Translates"),
        ("gs1-epcis-capture-limit", "10000"),
        ("gs1-epcis-capture-file-size-limit", "4194304"),
        ("gs1-capture-error-behaviour", "all"),
    ] {
        assert_eq!(response.headers()[name], value, "{name}");
    }
    assert!(response.headers().contains_key("gs1-vendor-version"));
    // It lists extensions, and there are none.
    assert!(!response.headers().contains_key("gs1-extensions"));
    let mut count = 0;
    for endpoint in endpoints() {
        if endpoint.method_name() != "OPTIONS" {
            continue;
        }
        let path = endpoint.template.replace(['{', '}'], "");
        let response = options(&path).await.unwrap();
        assert_eq!(response.status(), 204, "{path}");
        let allow = response.headers()["allow"].to_str().unwrap();
        assert!(allow.ends_with("OPTIONS"), "{path}: {allow}");
        count += 1;
    }
    assert!(count >= 6, "{count}");
    for (path, text) in [
        (
            "/epcis/events",
            "orderBy of an extension field, stream, second",
        ),
        (
            "/epcis/bizSteps/shipping/events",
            "orderBy of an extension field, stream, second",
        ),
        ("/epcis/queries", "orderBy of an extension field"),
        ("/epcis/queries/q/subscriptions", "all methods"),
        ("/epcis/queries/q/events", "stream, second, minute, hour"),
    ] {
        let response = options(path).await.unwrap();
        let told = &response.headers()["waybill-not-supported"];
        assert!(told.to_str().unwrap().starts_with(text), "{path}: {told:?}");
    }
    let events = options("/epcis/queries/q/events").await.unwrap();
    let told = events.headers()["waybill-not-supported"].to_str().unwrap();
    assert!(told.ends_with(", Upgrade: websocket"), "{told}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_root_lists_the_resources() {
    let world = World::new();
    let server = Server::start(&world).await;
    let list = server.json("/epcis/").await;
    assert_eq!(list["type"], "Collection");
    let members = list["member"].as_array().unwrap();
    assert_eq!(members.len(), 9);
    assert!(members.contains(&"capture".into()));
}

#[tokio::test(flavor = "multi_thread")]
async fn other_versions_and_forms_are_not_acceptable() {
    let world = World::new();
    let server = Server::start(&world).await;
    for (name, value) in [
        ("gs1-epcis-version", "1.2"),
        ("gs1-cbv-version", "2.1"),
        ("gs1-epcis-min", "3.0"),
        ("accept", "application/xml"),
    ] {
        let request = request(&server, &world, Method::GET, CAPTURE).header(name, value);
        let response = request.send().await.unwrap();
        assert_exception(response, 406, "NotAcceptableException").await;
    }
    let request = request(&server, &world, Method::GET, CAPTURE)
        .header("gs1-epcis-version", "2.0")
        .header("gs1-epcis-max", "2.0.0");
    let response = request.send().await.unwrap();
    assert_eq!(response.headers()["gs1-cbv-version"], "2.0.0");
    assert_eq!(response.status(), 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_there_is_not_has_the_versions_as_well() {
    let world = World::new();
    let server = Server::start(&world).await;
    for (method, path, status, name) in [
        (Method::GET, "/epcis/nothing", 404, "NoSuchNameException"),
        (
            Method::POST,
            "/epcis/no/such/thing",
            404,
            "NoSuchNameException",
        ),
        (Method::GET, "/epcis", 404, "NoSuchNameException"),
        (Method::OPTIONS, "/epcis", 404, "NoSuchNameException"),
        (Method::PUT, CAPTURE, 405, "ValidationException"),
        (Method::DELETE, "/epcis/", 405, "ValidationException"),
    ] {
        let response = server.client.request(method, server.url(path)).send();
        let response = response.await.unwrap();
        let headers = response.headers().clone();
        assert_exception(response, status, name).await;
        for version in ["gs1-epcis-version", "gs1-cbv-version"] {
            assert_eq!(headers[version], "2.0.0", "{path}");
        }
    }
    // What lies beside the interface is none of it.
    for path in ["/epcisx", "/v1/nothing"] {
        let response = server.get(path).await;
        assert_eq!(response.status(), 404);
        assert!(!response.headers().contains_key("gs1-epcis-version"));
        let problem: Value = response.json().await.unwrap();
        assert_eq!(problem["type"], "urn:waybill:problem:unknown-route");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_web_socket_is_not_there_and_says_so() {
    let world = World::new();
    let server = Server::start(&world).await;
    for (upgrade, status, name) in [
        ("websocket", 501, "ImplementationException"),
        ("h2c, WebSocket", 501, "ImplementationException"),
        ("h2c", 404, "NoSuchNameException"),
    ] {
        let path = "/epcis/queries/mine/events";
        let request = server.client.get(server.url(path));
        let request = request
            .bearer_auth(world.token("epcis:read"))
            .header("connection", "Upgrade")
            .header("sec-websocket-version", "13")
            .header("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ==")
            .header("upgrade", upgrade);
        assert_exception(request.send().await.unwrap(), status, name).await;
    }
    // No token comes first.
    let path = server.url("/epcis/queries/mine/events");
    let request = server.client.get(path).header("upgrade", "websocket");
    assert_exception(request.send().await.unwrap(), 401, "SecurityException").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn subscriptions_say_that_they_are_not_there() {
    let world = World::new();
    let server = Server::start(&world).await;
    let of_query = "/epcis/queries/mine/subscriptions";
    let one = "/epcis/queries/mine/subscriptions/1";
    for (method, path) in [
        (Method::GET, of_query),
        (Method::POST, of_query),
        (Method::GET, one),
        (Method::DELETE, one),
    ] {
        let request = server.client.request(method, server.url(path));
        let request = request.bearer_auth(world.token("epcis:read"));
        let response = request.send().await.unwrap();
        assert_exception(response, 501, "ImplementationException").await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_method_that_a_resource_does_not_know_is_refused() {
    let world = World::new();
    let server = Server::start(&world).await;
    let response = request(&server, &world, Method::PUT, CAPTURE)
        .send()
        .await
        .unwrap();
    assert_eq!(response.status(), 405);
    assert!(response.headers().contains_key("allow"));
    let problem: Value = response.json().await.unwrap();
    assert_eq!(problem["type"], "epcisException:ValidationException");
    let response = request(&server, &world, Method::GET, "/epcis/nothing");
    let problem: Value = response.send().await.unwrap().json().await.unwrap();
    assert_eq!(problem["type"], "epcisException:NoSuchNameException");
}
