//! Queries that are kept under a name.

use super::*;

#[tokio::test(flavor = "multi_thread")]
async fn a_query_is_kept_under_its_name() {
    let world = world();
    let server = Server::start(&world).await;
    let client = Client::new(&server, &world);
    let definition = json!({"name": "warm goods/1", "query": {
        "@context": {"c": "https://cocoa.example/terms/"},
        "EQ_type": ["Temperature"], "GE_maxValue_CEL": 30.0, "EXISTS_c:inspection": null}});
    let response = client.post("queries", definition.clone()).await;
    assert_eq!(response.status().as_u16(), 201);
    let location = response.headers()["location"].to_str().unwrap().to_owned();
    assert_eq!(location, "/epcis/queries/warm%20goods%2F1");
    let path = location.strip_prefix("/epcis/").unwrap();
    assert_eq!(client.json(path).await, definition);
    let document = client.json(&format!("{path}/events")).await;
    assert_eq!(
        document["epcisBody"]["queryResults"]["queryName"],
        "warm goods/1"
    );
    assert_eq!(hours(&document), [5]);
    assert_exception(
        client.post("queries", definition.clone()).await,
        409,
        "ResourceAlreadyExists",
    )
    .await;
    for name in ["a", "b"] {
        let response = client
            .post(
                "queries",
                json!({"name": name, "query": {"EQ_action": "ADD"}}),
            )
            .await;
        assert_eq!(response.status().as_u16(), 201);
    }
    // The events of a named query come in pages, too.
    let first = client.get("queries/a/events?perPage=1").await;
    let next = next_of(&first).unwrap();
    assert_eq!(
        (
            hours(&first.json().await.unwrap()),
            client.hours(&next).await
        ),
        (vec![1], vec![3])
    );
    let first = client.get("queries?perPage=2").await;
    let next = next_of(&first).unwrap();
    assert_eq!(
        first
            .json::<Value>()
            .await
            .unwrap()
            .as_array()
            .unwrap()
            .len(),
        2
    );
    assert_eq!(client.json(&next).await, json!([definition]));

    // Another member reads it, and does not delete it.
    let grower = Client {
        server: &server,
        token: AccessToken::sign(
            &crate::types::TokenClaims {
                member: MemberId::new("grower").unwrap(),
                ..world.claims("epcis:read")
            },
            &grower_key(),
        ),
    };
    assert_eq!(grower.json(path).await, definition);
    let refused = grower.send(Method::DELETE, path, &[]).await;
    let challenge = refused.headers()["www-authenticate"].to_str().unwrap();
    assert!(challenge.contains("scope=\"epcis:read\", error=\"insufficient_scope\""));
    assert_exception(refused, 403, "Security").await;
    assert_eq!(
        client
            .send(Method::DELETE, path, &[])
            .await
            .status()
            .as_u16(),
        204
    );
    for path in [path.to_owned(), format!("{path}/events")] {
        client.refused(&path, 404, "NoSuchName").await;
    }
    let gone = client.send(Method::DELETE, path, &[]).await;
    assert_exception(gone, 404, "NoSuchName").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bad_definition_is_refused_when_it_is_made() {
    let world = world();
    let server = Server::start(&world).await;
    let client = Client::new(&server, &world);
    for body in [
        json!({"name": "q"}),
        json!({"name": "q", "query": [], "more": 1}),
        json!({"name": "q", "query": []}),
        json!({"name": "q", "query": {"foo": 1}}),
        json!({"name": "q", "query": {"EQ_action": ["UP"]}}),
        json!({"name": "q", "query": {"EQ_action": [["ADD"]]}}),
        json!({"name": "q", "query": {"EQ_action": []}}),
        json!({"name": "q", "query": {"eventCountLimit": 3}}),
        json!({"name": "", "query": {}}),
        json!({"name": " q", "query": {}}),
        json!({"name": "q\n", "query": {}}),
        json!({"name": "q".repeat(129), "query": {}}),
    ] {
        assert_exception(client.post("queries", body).await, 400, "QueryValidation").await;
    }
    let long = json!({"name": "q", "query": {"EQ_action": "A".repeat(20_000)}});
    assert_exception(client.post("queries", long).await, 413, "QueryTooComplex").await;
    let unsupported = json!({"name": "q", "query": {"orderBy": "cocoa:grade"}});
    assert_exception(
        client.post("queries", unsupported).await,
        501,
        "Implementation",
    )
    .await;
    let xml = client
        .server
        .post("/epcis/queries", "application/xml", "<a/>")
        .await;
    assert_eq!(xml.status().as_u16(), 401, "a token comes first");
    assert_eq!(client.json("queries").await, json!([]));
    for number in 0..4 {
        let body = json!({"name": number.to_string(), "query": {}});
        assert_eq!(client.post("queries", body).await.status().as_u16(), 201);
    }
    let full = client
        .post("queries", json!({"name": "full", "query": {}}))
        .await;
    assert_exception(full, 413, "QueryTooLarge").await;
    client
        .refused("queries/1/events?stream=true", 501, "Implementation")
        .await;
    client
        .refused("queries/1/events?EQ_action=ADD", 400, "QueryParameter")
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn tokens_are_released_without_a_trace() {
    let world = world();
    let server = Server::start(&world).await;
    let client = Client::new(&server, &world);
    let next = next_of(&client.get("events?perPage=2").await).unwrap();
    let token = next.split_once("nextPageToken=").unwrap().1;
    let path = format!("nextPageToken/{token}");
    let released = client.send(Method::DELETE, &path, &[]).await;
    assert_eq!(released.status().as_u16(), 204);
    assert_eq!(client.hours(&next).await, [3, 4]);
    let bad = client.send(Method::DELETE, "nextPageToken/%3F", &[]).await;
    assert_exception(bad, 400, "Validation").await;
}

const COCOA: (&str, &str) = ("gs1-extensions", "cocoa=https://cocoa.example/terms/");

/// Names a query with headers beside the token.
async fn name(client: &Client<'_>, headers: &[(&str, &str)], body: String) -> Response {
    let request = client
        .server
        .client
        .post(client.server.url("/epcis/queries"));
    let mut request = request.bearer_auth(&client.token).body(body);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let request = request.header("content-type", "application/json");
    request.send().await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn prefixes_of_the_header_are_kept_with_the_query() {
    let world = world();
    let server = Server::start(&world).await;
    let client = Client::new(&server, &world);
    let inspected = json!({"name": "inspected", "query": {"EXISTS_cocoa:inspection": null}});
    let undeclared = name(&client, &[], inspected.to_string()).await;
    assert_exception(undeclared, 400, "QueryValidation").await;
    let made = name(&client, &[COCOA], inspected.to_string()).await;
    assert_eq!(made.status(), 201);
    // It needs the header no more, also when the node was started anew.
    assert_eq!(client.hours("queries/inspected/events").await, [5]);
    drop(server);
    let server = Server::start(&world).await;
    let client = Client::new(&server, &world);
    assert_eq!(client.hours("queries/inspected/events").await, [5]);
    // What is read says what it means by itself.
    let kept = client.json("queries/inspected").await;
    assert_eq!(
        kept["query"],
        json!({"@context": {"cocoa": "https://cocoa.example/terms/"}, "EXISTS_cocoa:inspection": null})
    );
    let elsewhere = json!({"name": "elsewhere", "query": kept["query"]});
    let elsewhere = name(&client, &[], elsewhere.to_string()).await;
    assert_eq!(elsewhere.status(), 201);
    assert_eq!(client.hours("queries/elsewhere/events").await, [5]);
}

#[tokio::test(flavor = "multi_thread")]
async fn header_and_context_declare_prefixes_together_and_do_not_contradict() {
    let world = world();
    let server = Server::start(&world).await;
    let client = Client::new(&server, &world);
    let of = |namespace: &str| {
        json!({"name": namespace, "query": {"@context": [
            "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld", {"c": namespace}],
            "EXISTS_c:inspection": null, "GE_INNER_cocoa:grade": 2}})
        .to_string()
    };
    let made = name(&client, &[COCOA], of("https://cocoa.example/terms/")).await;
    assert_eq!(made.status(), 201);
    let path = "queries/https%3A%2F%2Fcocoa.example%2Fterms%2F/events";
    assert_eq!(client.hours(path).await, [5]);
    let twice = ("gs1-extensions", "c=https://other.example/");
    let body = of("https://cocoa.example/terms/");
    let refused = name(&client, &[COCOA, twice], body).await;
    assert_exception(refused, 400, "QueryValidation").await;
    let alike = name(&client, &[COCOA, twice], of("https://other.example/")).await;
    assert_eq!(alike.status(), 201);
    for bad in ["cocoa", "urn=https://cocoa.example/terms/"] {
        let refused = name(
            &client,
            &[("gs1-extensions", bad)],
            of("https://a.example/"),
        )
        .await;
        assert_exception(refused, 400, "QueryParameter").await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_that_addresses_leave_out_is_refused_with_that_cause() {
    let world = world();
    let server = Server::start(&world).await;
    let client = Client::new(&server, &world);
    for bad in [".", ".."] {
        let body = json!({"name": bad, "query": {"EQ_action": ["ADD"]}}).to_string();
        let response = name(&client, &[], body).await;
        assert_eq!(response.status(), 400);
        let problem: Value = response.json().await.unwrap();
        let cause = problem["cause"].as_str().unwrap();
        assert!(cause.contains("neither . nor .."), "{cause}");
    }
}

/// The example of the page, as it is printed there.
#[tokio::test(flavor = "multi_thread")]
async fn the_named_query_of_the_page_works_as_it_stands() {
    let page = include_str!("../../../docs/epcis-queries.md");
    let part = page.split("\n## Named queries\n").nth(1).unwrap();
    let body = part.split("```json\n").nth(1).unwrap();
    let body = body.split("```").next().unwrap();
    let header = part.split("'GS1-Extensions: ").nth(1).unwrap();
    let header = header.split('\'').next().unwrap();
    let world = world();
    let graded = json!({"action": "ADD",
        "@context": ["https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld",
            {"e": "https://ns.example.com/epcis/"}],
        "quantityList": [{"epcClass": BEANS, "quantity": 6, "uom": "KGM"}], "e:grade": "good"});
    let graded = event("ObjectEvent", 9, graded);
    world.commit(vec![world.sign(vec![recorded(&graded)])], Vec::new());
    let server = Server::start(&world).await;
    let client = Client::new(&server, &world);
    let made = name(&client, &[("gs1-extensions", header)], body.to_owned()).await;
    assert_eq!(made.status(), 201, "{}", made.text().await.unwrap());
    let made: Value = serde_json::from_str(body).unwrap();
    let path = format!("queries/{}/events", made["name"].as_str().unwrap());
    assert!(part.contains(&format!("/epcis/{path}")), "{path}");
    assert_eq!(client.hours(&path).await, [9]);
}
