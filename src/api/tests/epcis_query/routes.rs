//! What all routes have in common.

use super::*;

/// Every route of this half asks for a token, tells its options without one, and knows HEAD.
#[tokio::test(flavor = "multi_thread")]
async fn every_route_asks_for_a_token_and_tells_its_options() {
    let world = world();
    let server = Server::start(&world).await;
    let client = Client::new(&server, &world);
    let made = client
        .post("queries", json!({"name": "q", "query": {}}))
        .await;
    assert_eq!(made.status().as_u16(), 201);
    let resources = [
        "events",
        "eventTypes",
        "epcs",
        "bizSteps",
        "bizLocations",
        "readPoints",
        "dispositions",
        "queries",
        "nextPageToken",
    ];
    let is_own = |template: &str| {
        let resource = template
            .strip_prefix("/epcis/")
            .and_then(|rest| rest.split('/').next());
        resource.is_some_and(|resource| resources.contains(&resource))
    };
    let mut checked = 0;
    for endpoint in endpoints()
        .iter()
        .filter(|endpoint| is_own(&endpoint.template))
    {
        let path = endpoint
            .template
            .replace("{eventID}", &encode(OWN_ID))
            .replace("{eventType}", "ObjectEvent")
            .replace("{epc}", &encode(BAR))
            .replace("{bizStep}", "packing")
            .replace("{bizLocation}", &encode(SHOP))
            .replace("{readPoint}", &encode(SHOP))
            .replace("{disposition}", "active")
            .replace("{queryName}", "q")
            .replace("{subscriptionID}", "1")
            .replace("{token}", "AAAA");
        let path = path.strip_prefix("/epcis/").unwrap();
        let url = server.url(&format!("/epcis/{path}"));
        match endpoint.method_name() {
            "GET" if !path.contains("subscriptions") => {
                let bare = server.client.get(&url).send().await.unwrap();
                assert_exception(bare, 401, "Security").await;
                let found = client.get(path).await;
                assert_eq!(found.status().as_u16(), 200, "{path}");
                let head = client.send(Method::HEAD, path, &[]).await;
                assert_eq!(head.status().as_u16(), 200, "{path}");
                assert_eq!(head.headers()["content-type"], "application/json");
                assert!(head.bytes().await.unwrap().is_empty());
            }
            "OPTIONS" => {
                let request = server.client.request(Method::OPTIONS, &url);
                let options = request.send().await.unwrap();
                assert_eq!(options.status().as_u16(), 204, "{path}");
                let allowed = options.headers()["allow"].to_str().unwrap();
                assert!(allowed.ends_with("OPTIONS"), "{path}: {allowed}");
                assert_eq!(options.headers()["gs1-epcis-min"], "2.0.0");
            }
            _ => {}
        }
        checked += 1;
    }
    assert!(checked > 50, "{checked}");
}
