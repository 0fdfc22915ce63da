//! What all routes refuse alike: pages of other lists, times turned round, parameters that they do not know.

use std::collections::BTreeSet;

use reqwest::{Method, Response};
use serde_json::Value;

use super::support::{
    EveryRoute, HARVESTED, PRODUCED, STORE, Server, assert_problem, query_parameters,
    with_parameter,
};
use crate::api::endpoints::endpoints;

/// Tokens that no page of a list can begin after, for each route with pages: well formed, and of something else.
fn foreign_tokens(known: &EveryRoute) -> Vec<(&'static str, String)> {
    let (held, issuance) = (known.held, known.issuance);
    let count = || "after=AAAA".to_owned();
    let entry = || "after=1".to_owned();
    vec![
        ("/v1/members", "after=nobody".to_owned()),
        ("/v1/contracts", "after=crates/9".to_owned()),
        ("/v1/contracts", "after=no-such/1".to_owned()),
        ("/v1/assets/{contract}", "after=PO-8".to_owned()),
        ("/v1/assets/{contract}/{key}", "before=4".to_owned()),
        ("/v1/assets/{contract}/{key}", "before=0".to_owned()),
        ("/v1/trace/back/{id}", count()),
        ("/v1/trace/forward/{id}", count()),
        ("/v1/recall/{id}", count()),
        ("/v1/contents/{id}", count()),
        ("/v1/custody/proposals", entry()),
        ("/v1/custody/proposals", format!("after={}", held + 1)),
        ("/v1/custody/chain/{id}", count()),
        ("/v1/proposals", entry()),
        ("/v1/documents", entry()),
        ("/v1/documents/{digest}", count()),
        ("/v1/master-data", "after=AAAA".to_owned()),
        ("/v1/master-data/{id}", "after=AAAA".to_owned()),
        ("/v1/production", "after=7.7".to_owned()),
        ("/v1/meters/{meter}", "before=2".to_owned()),
        ("/v1/certificates", "after=999-9".to_owned()),
        ("/v1/certificates", format!("after={issuance}-2")),
        // The piece that was cancelled is none of those that are active.
        ("/v1/certificates", format!("after={issuance}-41")),
        (
            "/v1/certificates/{certificate}",
            format!("before={}", issuance + 1),
        ),
        ("/v1/market/{area}/{start}/orders", count()),
        ("/v1/market/{area}/{start}/trades", count()),
        ("/v1/market/{area}/{start}/settlements", count()),
        ("/v1/members/{id}/orders", count()),
        ("/v1/dwell", count()),
        ("/v1/mass-balance", count()),
        ("/v1/cold-chain", count()),
        ("/v1/gaps", count()),
        ("/v1/completeness", count()),
        ("/v1/evidence", "from=1000000".to_owned()),
    ]
}

/// Those whose pages begin with a time: every time means something.
const BY_TIME: [&str; 4] = [
    "/v1/market/{area}",
    "/v1/meters/{meter}/readings",
    "/v1/telemetry/{device}",
    "/v1/telemetry/{device}/gaps",
];

/// The routes whose description has one of some query parameters.
async fn routes_with(server: &Server, names: &[&str]) -> BTreeSet<String> {
    let document = server.json("/openapi.json").await;
    let paths = document["paths"].as_object().unwrap().iter();
    paths
        .filter(|(_, item)| {
            let parameters = query_parameters(&item["get"]);
            names.iter().all(|name| parameters.contains(name))
        })
        .map(|(path, _)| path.clone())
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn no_list_takes_a_page_of_another() {
    let known = EveryRoute::new();
    let server = Server::start(&known.world).await;
    let tokens = foreign_tokens(&known);
    let checked: BTreeSet<String> = tokens
        .iter()
        .map(|(route, _)| (*route).to_owned())
        .collect();
    let by_time = BTreeSet::from(BY_TIME.map(str::to_owned));
    let all: BTreeSet<String> = checked.union(&by_time).cloned().collect();
    assert_eq!(routes_with(&server, &["limit"]).await, all);
    for (route, token) in tokens {
        let path = known.path(route);
        assert_eq!(server.get(&path).await.status(), 200, "{path}");
        let path = with_parameter(&path, &token);
        let response = server.get(&path).await;
        assert_eq!(
            response.status(),
            400,
            "{path}: {:?}",
            response.text().await
        );
        let problem = assert_problem(server.get(&path).await, 400, "bad-query").await;
        let (_, named) = token.split_once('=').unwrap();
        let cause = problem["cause"].as_str().unwrap();
        let is_opaque = named == "AAAA";
        let named = named.split(['/', '.']).next_back().unwrap();
        assert!(is_opaque || cause.contains(named), "{path}: {cause}");
    }
    // Of a production for which nothing was issued, and of another one.
    let produced = "/v1/certificates?device=PV&interval=2024-09-29T14:00:00Z/PT1H";
    for path in [
        format!("{produced}&after={}-1", known.issuance),
        format!(
            "/v1/certificates?device=PV&interval={PRODUCED}&after={}-2",
            known.issuance
        ),
        format!("/v1/certificates?device=PV&interval={PRODUCED}&after=1-1"),
    ] {
        assert_problem(server.get(&path).await, 400, "bad-query").await;
    }
    // What has left a list meanwhile still tells where its page ended.
    for path in [
        format!("/v1/custody/proposals?member=port-1&after={}", known.held),
        "/v1/evidence?from=0".to_owned(),
        format!(
            "/v1/certificates?owner=trader&status=cancelled&after={}-31",
            known.issuance
        ),
    ] {
        assert_eq!(server.get(&path).await.status(), 200, "{path}");
    }
}

/// Those whose pages go by a count: what a token counts means nothing for another question.
const BY_COUNT: [&str; 11] = [
    "/v1/trace/back/{id}",
    "/v1/trace/forward/{id}",
    "/v1/recall/{id}",
    "/v1/contents/{id}",
    "/v1/custody/chain/{id}",
    "/v1/documents/{digest}",
    "/v1/dwell",
    "/v1/mass-balance",
    "/v1/cold-chain",
    "/v1/gaps",
    "/v1/completeness",
];

#[tokio::test(flavor = "multi_thread")]
async fn no_question_takes_a_page_of_another() {
    let known = EveryRoute::new();
    let server = Server::start(&known.world).await;
    let mut tokens = Vec::new();
    for route in BY_COUNT {
        let path = known.path(route);
        let first = server.json(&with_parameter(&path, "limit=1")).await;
        let Some(next) = first["next"].as_str().map(str::to_owned) else {
            continue;
        };
        // Its own question takes it, with and without the height of the answer.
        let second = with_parameter(&path, &format!("limit=1&after={next}"));
        let page = server.json(&second).await;
        let at_height = format!("as_of_height={}", first["height"]);
        assert_eq!(
            server.json(&with_parameter(&second, &at_height)).await,
            page
        );
        // The question with another parameter is another one.
        let earlier = with_parameter(&second, "event_time_before=2030-01-01T00:00:00Z");
        assert_problem(server.get(&earlier).await, 400, "bad-query").await;
        tokens.push((route, next));
    }
    assert!(!tokens.is_empty());
    for route in BY_COUNT {
        for (_, token) in tokens.iter().filter(|(of, _)| *of != route) {
            let path = with_parameter(&known.path(route), &format!("after={token}"));
            let problem = assert_problem(server.get(&path).await, 400, "bad-query").await;
            let cause = problem["cause"].as_str().unwrap();
            assert!(cause.contains("of another one"), "{path}: {cause}");
            let way_out = problem["wayOut"].as_str().unwrap();
            assert!(way_out.contains("the next of the page before"), "{way_out}");
        }
    }
}

/// A plus sign is no digit: one number has one spelling.
#[tokio::test(flavor = "multi_thread")]
async fn no_route_takes_a_number_with_a_sign() {
    let known = EveryRoute::new();
    let server = Server::start(&known.world).await;
    for name in ["as_of_height", "limit", "after", "before", "from"] {
        for route in routes_with(&server, &[name]).await {
            let path = with_parameter(&known.path(&route), &format!("{name}=%2B1"));
            // Where the path has one already it is given twice, which is refused as well.
            assert_problem(server.get(&path).await, 400, "bad-query").await;
        }
    }
    for path in ["/v1/records/%2B1", "/v1/contracts?after=crates/%2B1"] {
        assert_eq!(server.get(path).await.status(), 400, "{path}");
    }
}

/// What a place or a thing is by its key is said where it is asked for as the other.
#[tokio::test(flavor = "multi_thread")]
async fn a_place_that_is_asked_for_as_a_thing_is_told_by_which_parameter_it_is_named() {
    const LOT: &str = "urn:epc:class:lgtin:9521001.012345.NONE";
    const THING: &str = "urn:epc:id:sscc:9521001.0000009999";
    let known = EveryRoute::new();
    let server = Server::start(&known.world).await;
    for (path, kind, parameter) in [
        (format!("/v1/dwell?thing={STORE}"), "it is a place", "place"),
        (format!("/v1/dwell?place={LOT}"), "it is a lot", "thing"),
        (format!("/v1/dwell?place={THING}"), "it is a thing", "thing"),
        (
            format!("/v1/mass-balance?thing={STORE}"),
            "it is a place",
            "site",
        ),
        (
            format!("/v1/mass-balance?site={LOT}"),
            "it is a lot",
            "thing",
        ),
    ] {
        let problem = assert_problem(server.get(&path).await, 404, "no-such-thing").await;
        let [cause, way_out] = ["cause", "wayOut"].map(|name| problem[name].as_str().unwrap());
        assert!(cause.contains(kind), "{path}: {cause}");
        let named = format!("the parameter {parameter},");
        assert!(way_out.contains(&named), "{path}: {way_out}");
    }
    // Of neither can more be said.
    for path in ["/v1/dwell?thing=urn:x:none", "/v1/dwell?place=urn:x:none"] {
        let problem = assert_problem(server.get(path).await, 404, "no-such-thing").await;
        let cause = problem["cause"].as_str().unwrap();
        assert!(cause.ends_with("speaks of urn:x:none"), "{cause}");
    }
}

/// A request of the trader with a token for everything.
async fn ask(known: &EveryRoute, server: &Server, method: &str, path: &str) -> Response {
    let method = Method::from_bytes(method.as_bytes()).unwrap();
    let request = server
        .client
        .request(method, server.url(path))
        .bearer_auth(known.world.token("epcis:capture epcis:read"))
        .header("content-type", "application/json");
    request.body("{}").send().await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn no_list_of_events_takes_a_page_of_another() {
    let known = EveryRoute::new();
    let server = Server::start(&known.world).await;
    let lists = routes_with(&server, &["perPage"]).await;
    assert!(lists.len() > 10, "{lists:?}");
    let mut tokens = Vec::new();
    for route in &lists {
        let path = known.path(route).replace("{queryName}", "SimpleEventQuery");
        let first = ask(&known, &server, "GET", &with_parameter(&path, "perPage=1")).await;
        let link = first
            .headers()
            .get("link")
            .map(|link| link.to_str().unwrap().to_owned());
        if let Some(link) = link {
            let token = link.split_once("nextPageToken=").unwrap().1;
            let token = token.split_once('>').unwrap().0.to_owned();
            tokens.push((path, token));
        }
    }
    assert!(tokens.len() > 2, "{tokens:?}");
    tokens.push((String::new(), "AAAA".to_owned()));
    tokens.push((String::new(), "0".repeat(28)));
    for route in &lists {
        let path = known.path(route).replace("{queryName}", "SimpleEventQuery");
        for (list, token) in tokens.iter().filter(|(list, _)| *list != path) {
            let query = format!("nextPageToken={token}");
            let response = ask(&known, &server, "GET", &with_parameter(&path, &query)).await;
            let status = response.status().as_u16();
            // A query that is not there has no pages.
            let expected = if route.contains("{queryName}") {
                404
            } else {
                400
            };
            assert_eq!(status, expected, "{path} with a page of {list}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_route_takes_times_turned_round() {
    let known = EveryRoute::new();
    let server = Server::start(&known.world).await;
    let mut checked = 0;
    for (from, until) in [
        ("from", "until"),
        ("event_time_from", "event_time_before"),
        ("GE_eventTime", "LT_eventTime"),
        ("GE_recordTime", "LT_recordTime"),
        ("GE_errorDeclarationTime", "LT_errorDeclarationTime"),
    ] {
        for route in routes_with(&server, &[from, until]).await {
            let turned = format!("{from}=2024-09-02T00:00:00Z&{until}=2024-09-01T00:00:00Z");
            let path = with_parameter(&known.path(&route), &turned);
            let response = ask(&known, &server, "GET", &path).await;
            assert_eq!(response.status(), 400, "{path}");
            let problem: Value = response.json().await.unwrap();
            let cause = problem["cause"].as_str().unwrap();
            assert!(
                cause.contains(from) && cause.contains(until),
                "{path}: {cause}"
            );
            checked += 1;
        }
    }
    assert!(checked >= 11, "{checked}");
}

#[tokio::test(flavor = "multi_thread")]
async fn no_route_takes_a_parameter_that_it_does_not_know() {
    let known = EveryRoute::new();
    let server = Server::start(&known.world).await;
    for endpoint in endpoints() {
        let method = endpoint.method_name();
        // They are for capturing and for preflight requests, which have no parameters to speak of.
        if method == "OPTIONS" || endpoint.template.contains("/subscriptions") {
            continue;
        }
        let path = known.path(&endpoint.template);
        let path = with_parameter(&path, "no-such-parameter=1");
        let response = ask(&known, &server, method, &path).await;
        let status = response.status();
        let text = response.text().await.unwrap();
        assert_eq!(status, 400, "{method} {path}: {text}");
        assert!(
            text.contains("no-such-parameter"),
            "{method} {path}: {text}"
        );
    }
    assert!(known.path("/v1/dwell").contains(STORE) && known.path("/v1/gaps").contains(HARVESTED));
}

/// Words of the library that reads requests, and of none that this program writes.
const LIBRARY_WORDS: [&str; 7] = [
    "deserialize",
    "unknown variant",
    "unknown field",
    "missing field",
    "duplicate field",
    "invalid type",
    "digit found",
];

#[tokio::test(flavor = "multi_thread")]
async fn what_does_not_fit_is_told_by_name_and_in_words_of_our_own() {
    let known = EveryRoute::new();
    let server = Server::start(&known.world).await;
    let document = server.json("/openapi.json").await;
    let mut checked = 0;
    for (route, item) in document["paths"].as_object().unwrap() {
        for name in query_parameters(&item["get"]) {
            let path = known.path(route);
            if route.starts_with("/epcis") || path.contains(&format!("{name}=")) {
                continue;
            }
            // One value that nothing is, and the parameter twice.
            for query in [format!("{name}=%20"), format!("{name}=1&{name}=1")] {
                let path = with_parameter(&path, &query);
                let text = server.get(&path).await.text().await.unwrap();
                let leaked = LIBRARY_WORDS.iter().find(|words| text.contains(*words));
                assert_eq!(leaked, None, "{path}: {text}");
                checked += 1;
            }
        }
        for name in ["limit", "as_of_height"] {
            if !query_parameters(&item["get"]).contains(&name) {
                continue;
            }
            let path = with_parameter(&known.path(route), &format!("{name}=x"));
            let problem = assert_problem(server.get(&path).await, 400, "bad-query").await;
            let cause = problem["cause"].as_str().unwrap();
            let expected = format!("{name} is \"x\": it has to be a whole number");
            assert!(cause.starts_with(&expected), "{path}: {cause}");
        }
    }
    assert!(checked > 150, "{checked}");
}

#[tokio::test(flavor = "multi_thread")]
async fn no_route_takes_a_body_that_is_encoded() {
    let known = EveryRoute::new();
    let world = &known.world;
    let server = Server::start_capturing(world).await;
    let with_body = endpoints()
        .into_iter()
        .filter(|endpoint| endpoint.operation.request_body.is_some());
    let mut count = 0;
    for endpoint in with_body {
        count += 1;
        let path = known.path(&endpoint.template);
        let method = Method::from_bytes(endpoint.method_name().as_bytes()).unwrap();
        let send = |encodings: &'static [&'static str]| {
            let mut request = server
                .client
                .request(method.clone(), server.url(&path))
                .bearer_auth(world.token("epcis:capture epcis:read"))
                .header("content-type", "application/json");
            for encoding in encodings {
                request = request.header("content-encoding", *encoding);
            }
            request.body("{}").send()
        };
        for encodings in [
            &["gzip"][..],
            &["identity, br"],
            &["identity", "deflate"],
            &["none"],
        ] {
            let response = send(encodings).await.unwrap();
            assert_eq!(response.status(), 415, "{path} {encodings:?}");
            assert_eq!(response.headers()["accept-encoding"], "identity", "{path}");
            let problem: Value = response.json().await.unwrap();
            let way_out = problem["wayOut"].as_str().unwrap();
            assert!(way_out.contains("without a Content-Encoding"), "{way_out}");
        }
        // As it is without one.
        let plain = send(&[]).await.unwrap().status();
        assert_ne!(plain, 415, "{path}");
        assert_eq!(send(&["Identity"]).await.unwrap().status(), plain, "{path}");
    }
    assert_eq!(count, 4);
}

/// Those that leave out events by their own times, and what blocks have by the blocks'.
const BY_EVENT_TIME: [&str; 11] = [
    "/v1/trace/back/{id}",
    "/v1/trace/forward/{id}",
    "/v1/recall/{id}",
    "/v1/contents/{id}",
    "/v1/custody/{id}",
    "/v1/custody/chain/{id}",
    "/v1/dwell",
    "/v1/mass-balance",
    "/v1/cold-chain",
    "/v1/gaps",
    "/v1/completeness",
];

/// What is no event happens when its block is decided: an answer of before that block's time is one of the height before it.
#[tokio::test(flavor = "multi_thread")]
async fn every_answer_of_a_height_is_one_of_a_time_too() {
    let known = EveryRoute::new();
    let server = Server::start(&known.world).await;
    let of_a_height = routes_with(&server, &["as_of_height"]).await;
    let of_a_time = routes_with(&server, &["as_of_height", "event_time_before"]).await;
    assert_eq!(of_a_height, of_a_time);
    let tip = server.json("/v1/blocks/latest").await["height"].as_u64();
    let (mut compared, mut differ) = (0, 0);
    for route in of_a_time {
        if BY_EVENT_TIME.contains(&&*route) {
            continue;
        }
        let path = known.path(&route);
        let now = server.get(&path).await.text().await.unwrap();
        for height in 2..=tip.unwrap() {
            let block = server.json(&format!("/v1/blocks/{height}")).await;
            let (time, before) = (block["time"].as_str().unwrap(), height - 1);
            let by_time = with_parameter(&path, &format!("event_time_before={time}"));
            let by_height = with_parameter(&path, &format!("as_of_height={before}"));
            let (by_time, by_height) = (server.get(&by_time).await, server.get(&by_height).await);
            assert_eq!(by_time.status(), by_height.status(), "{path} of {before}");
            if by_time.status() != 200 {
                continue;
            }
            let by_time = by_time.text().await.unwrap();
            assert_eq!(
                by_time,
                by_height.text().await.unwrap(),
                "{path} of {before}"
            );
            compared += 1;
            differ += usize::from(by_time != now);
        }
    }
    assert!(compared > 100 && differ > 50, "{compared} {differ}");
}
