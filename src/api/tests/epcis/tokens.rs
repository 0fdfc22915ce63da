//! Who may do what.

use super::*;
use crate::api::tests::support::{gateway_key, grower_key, inspector_key, record, writer_key};
use crate::crypto::{Blake3Digest, SecretKey};
use crate::types::{AccessToken, LedgerId, MemberId, Timestamp, TokenClaims};

async fn ask(server: &Server, token: Option<&str>) -> Response {
    let request = server.client.get(server.url(CAPTURE));
    let request = match token {
        Some(token) => request.header("authorization", format!("Bearer {token}")),
        None => request,
    };
    request.send().await.unwrap()
}

fn of(claims: &TokenClaims, member: &str, key: &SecretKey) -> String {
    let claims = TokenClaims {
        member: MemberId::new(member).unwrap(),
        ..claims.clone()
    };
    AccessToken::sign(&claims, key)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_without_a_token_is_asked_for_one() {
    let world = World::new();
    let server = Server::start(&world).await;
    let response = ask(&server, None).await;
    let challenge = format!("Bearer realm=\"{}\", scope=\"epcis:capture\"", world.id());
    assert_eq!(response.headers()["www-authenticate"], challenge.as_str());
    assert_exception(response, 401, "SecurityException").await;
    for value in ["", "Basic dHJhZGVyOng="] {
        let request = server.client.get(server.url(CAPTURE));
        let request = request.header("authorization", value.as_bytes());
        let response = request.send().await.unwrap();
        assert_eq!(response.headers()["www-authenticate"], challenge.as_str());
        let problem = assert_exception(response, 401, "SecurityException").await;
        assert_eq!(problem["title"], "A token is needed");
    }
    let token = world.token("epcis:capture");
    let ask_with = |value: &str| {
        let request = server.client.get(server.url(CAPTURE));
        request.header("authorization", value.as_bytes())
    };
    for request in [
        ask_with("Bearer"),
        ask_with("Bearer "),
        ask_with("Bearer a b"),
        ask_with("Bearer é"),
        ask_with(&format!("Bearer {token}")).bearer_auth(&token),
    ] {
        let response = request.send().await.unwrap();
        let malformed = format!(
            "{challenge}, error=\"invalid_request\", error_description=\"The Authorization header is malformed\""
        );
        assert_eq!(response.headers()["www-authenticate"], malformed.as_str());
        let problem = assert_exception(response, 400, "ValidationException").await;
        assert_eq!(problem["title"], "The Authorization header is malformed");
    }
    assert_eq!(
        ask_with(&format!("bearer  {token}"))
            .send()
            .await
            .unwrap()
            .status(),
        200
    );
    assert_eq!(ask(&server, Some(&token)).await.status(), 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn tokens_that_do_not_hold_here_and_now_are_refused() {
    let world = World::new();
    let server = Server::start(&world).await;
    let good = world.claims("epcis:capture");
    let at = |ms: i64| Timestamp::from_ms(good.issued.as_ms() + ms);
    let with = |claims: TokenClaims| AccessToken::sign(&claims, &writer_key());
    for (why, title, token) in [
        (
            "ended",
            "The token has ended",
            with(TokenClaims {
                issued: at(-400_000),
                ..good.clone()
            }),
        ),
        (
            "begins",
            "The token has not begun",
            with(TokenClaims {
                issued: at(60_000),
                ..good.clone()
            }),
        ),
        (
            "lives",
            "The token's lifetime is not taken",
            with(TokenClaims {
                lifetime_s: 301,
                ..good.clone()
            }),
        ),
        (
            "aud",
            "The token is for another ledger or node",
            with(TokenClaims {
                ledger: LedgerId(Blake3Digest::of(b"another")),
                ..good.clone()
            }),
        ),
        (
            "aud",
            "The token is for another ledger or node",
            with(TokenClaims {
                node: grower_key().public_key(),
                ..good.clone()
            }),
        ),
        (
            "not a member",
            "The token is of no member",
            of(&good, "stranger", &writer_key()),
        ),
        (
            "not registered",
            "The token's key is not registered",
            of(&good, "trader", &SecretKey::from_seed([200; 32])),
        ),
        (
            "not registered",
            "The token's key is not registered",
            of(&good, "trader", &grower_key()),
        ),
        (
            "registered as",
            "The token's key signs no tokens",
            of(&good, "port-0", &port_log_key()),
        ),
        ("three parts", "The token is malformed", "x".to_owned()),
        ("limit is", "The token is malformed", "x".repeat(5_000)),
    ] {
        let response = ask(&server, Some(&token)).await;
        let challenge = response.headers()["www-authenticate"]
            .to_str()
            .unwrap()
            .to_owned();
        assert!(challenge.contains("error=\"invalid_token\""), "{challenge}");
        let problem = assert_exception(response, 401, "SecurityException").await;
        let cause = problem["cause"].as_str().unwrap();
        assert!(cause.contains(why), "{why}: {cause}");
        assert_eq!(problem["title"], title);
        assert!(
            challenge.contains(&format!("error_description=\"{title}\"")),
            "{challenge}"
        );
    }
    let forged = forge(&world.token("epcis:capture"));
    // What a token is good for is looked at when it is known to be one.
    for token in [forged.clone(), forge(&world.token("epcis:read"))] {
        let problem =
            assert_exception(ask(&server, Some(&token)).await, 401, "SecurityException").await;
        assert_eq!(problem["title"], "The token's signature does not verify");
    }
}

/// A token with another signature.
fn forge(token: &str) -> String {
    let mut forged = token.to_owned();
    let place = forged.len() - 10..forged.len() - 9;
    let other = if forged[place.clone()] == *"A" {
        "Q"
    } else {
        "A"
    };
    forged.replace_range(place, other);
    forged
}

/// A key of a validator, which is registered for another purpose.
fn port_log_key() -> SecretKey {
    let mut seed = [4; 32];
    seed[0] = 0;
    SecretKey::from_seed(seed)
}

#[tokio::test(flavor = "multi_thread")]
async fn the_clock_of_the_node_ends_a_token() {
    let world = World::new();
    let server = Server::start(&world).await;
    let token = world.token("epcis:capture");
    assert_eq!(ask(&server, Some(&token)).await.status(), 200);
    let clock = &world.node.now_ms;
    clock.fetch_add(331_000, std::sync::atomic::Ordering::Relaxed);
    assert_exception(ask(&server, Some(&token)).await, 401, "SecurityException").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_revoked_key_signs_no_more_tokens() {
    let world = World::new();
    let server = Server::start(&world).await;
    let token = AccessToken::sign(&world.claims("epcis:capture"), &gateway_key());
    assert_eq!(ask(&server, Some(&token)).await.status(), 200);
    let revocation = format!(
        r#"{{"operation":"revokeKey","member":"trader","key":"{}"}}"#,
        gateway_key().public_key()
    );
    let submission = world.sign(vec![record("membership.change", revocation)]);
    world.commit(vec![submission], Vec::new());
    let problem =
        assert_exception(ask(&server, Some(&token)).await, 401, "SecurityException").await;
    assert!(problem["cause"].as_str().unwrap().contains("not in force"));
    assert_eq!(problem["title"], "The token's key is not in force");
}

#[tokio::test(flavor = "multi_thread")]
async fn scopes_and_members_are_told_apart() {
    let world = World::new();
    let server = Server::start(&world).await;
    let capture = world.claims("epcis:capture");
    let both = world.claims("epcis:capture epcis:read");
    for (token, expected) in [
        (world.token("epcis:read"), Some("`waybill token` takes it")),
        (AccessToken::sign(&both, &writer_key()), None),
        (AccessToken::sign(&both, &gateway_key()), None),
        // An auditor reads, whatever its token says.
        (
            of(&both, "inspector", &inspector_key()),
            Some("a writer or gateway key of inspector"),
        ),
        (
            of(&world.claims("epcis:read"), "inspector", &inspector_key()),
            Some("a writer or gateway key of inspector"),
        ),
        // Another member has a node of its own.
        (
            of(&capture, "grower", &grower_key()),
            Some("ask a node of grower"),
        ),
    ] {
        let response = ask(&server, Some(&token)).await;
        let Some(way_out) = expected else {
            assert_eq!(response.status(), 200);
            continue;
        };
        let challenge = response.headers()["www-authenticate"].clone();
        assert_eq!(
            challenge.to_str().unwrap(),
            lacking(&world, "epcis:capture")
        );
        let problem = assert_exception(response, 403, "SecurityException").await;
        let told = problem["wayOut"].as_str().unwrap();
        assert!(told.contains(way_out), "{told}");
    }
    let subscriptions = "/epcis/queries/mine/subscriptions";
    for (token, expected) in [
        (world.token("epcis:read"), 501),
        (
            of(&world.claims("epcis:read"), "inspector", &inspector_key()),
            501,
        ),
        (
            of(&world.claims("epcis:read"), "grower", &grower_key()),
            501,
        ),
        (world.token("epcis:capture"), 403),
    ] {
        let request = server
            .client
            .get(server.url(subscriptions))
            .bearer_auth(token);
        assert_eq!(request.send().await.unwrap().status(), expected);
    }
}

/// The challenge of a token that lacks a scope or a right.
fn lacking(world: &World, scope: &str) -> String {
    format!(
        "Bearer realm=\"{}\", scope=\"{scope}\", error=\"insufficient_scope\", \
         error_description=\"The token does not grant this\"",
        world.id()
    )
}

/// A member that was taken in lately is not known yet to a node that still fetches blocks.
#[tokio::test(flavor = "multi_thread")]
async fn a_node_that_is_behind_does_not_deny_what_it_may_not_know_yet() {
    let world = World::new();
    let server = Server::start(&world).await;
    let good = world.claims("epcis:capture");
    let unknown = of(&good, "stranger", &writer_key());
    let unregistered = of(&good, "trader", &SecretKey::from_seed([200; 32]));
    let behind = "the node is catching up: it is at height 3, its peers are at 9";
    *world.node.reasons.lock().unwrap() = vec![behind.to_owned()];
    for token in [&unknown, &unregistered] {
        let response = ask(&server, Some(token)).await;
        assert_eq!(response.headers()["retry-after"], "5");
        assert!(!response.headers().contains_key("www-authenticate"));
        let problem = assert_exception(response, 503, "ImplementationException").await;
        assert!(problem["cause"].as_str().unwrap().contains(behind));
        assert!(problem["wayOut"].as_str().unwrap().contains("/readyz"));
    }
    // Whatever comes yet, these do not hold.
    let ended = TokenClaims {
        issued: Timestamp::from_ms(good.issued.as_ms() - 400_000),
        ..good.clone()
    };
    for token in [
        AccessToken::sign(&ended, &writer_key()),
        forge(&world.token("epcis:capture")),
    ] {
        assert_eq!(ask(&server, Some(&token)).await.status(), 401);
    }
    assert_eq!(
        ask(&server, Some(&world.token("epcis:capture")))
            .await
            .status(),
        200
    );
    world.node.reasons.lock().unwrap().clear();
    for token in [&unknown, &unregistered] {
        assert_eq!(ask(&server, Some(token)).await.status(), 401);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_member_that_the_node_names_captures_through_it() {
    let mut world = World::new();
    world
        .capture_members
        .insert(MemberId::new("grower").unwrap());
    let server = Server::start(&world).await;
    let token = of(&world.claims("epcis:capture"), "grower", &grower_key());
    assert_eq!(ask(&server, Some(&token)).await.status(), 200);
}
