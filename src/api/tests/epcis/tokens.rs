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
    for value in ["", "Basic dHJhZGVyOng=", "Bearer", "Bearer a b", "Bearer é"] {
        let request = server.client.get(server.url(CAPTURE));
        let request = request.header("authorization", value.as_bytes());
        let response = request.send().await.unwrap();
        assert!(response.headers().contains_key("www-authenticate"));
        assert_exception(response, 401, "SecurityException").await;
    }
    let token = world.token("epcis:capture");
    let twice = server.client.get(server.url(CAPTURE));
    let twice = twice.bearer_auth(&token).bearer_auth(&token);
    assert_exception(twice.send().await.unwrap(), 401, "SecurityException").await;
    assert_eq!(ask(&server, Some(&token)).await.status(), 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn tokens_that_do_not_hold_here_and_now_are_refused() {
    let world = World::new();
    let server = Server::start(&world).await;
    let good = world.claims("epcis:capture");
    let at = |ms: i64| Timestamp::from_ms(good.issued.as_ms() + ms);
    let with = |claims: TokenClaims| AccessToken::sign(&claims, &writer_key());
    for (why, token) in [
        (
            "ended",
            with(TokenClaims {
                issued: at(-400_000),
                ..good.clone()
            }),
        ),
        (
            "begins",
            with(TokenClaims {
                issued: at(60_000),
                ..good.clone()
            }),
        ),
        (
            "lives",
            with(TokenClaims {
                lifetime_s: 301,
                ..good.clone()
            }),
        ),
        (
            "aud",
            with(TokenClaims {
                ledger: LedgerId(Blake3Digest::of(b"another")),
                ..good.clone()
            }),
        ),
        (
            "aud",
            with(TokenClaims {
                node: grower_key().public_key(),
                ..good.clone()
            }),
        ),
        ("not a member", of(&good, "stranger", &writer_key())),
        (
            "not registered",
            of(&good, "trader", &SecretKey::from_seed([200; 32])),
        ),
        ("not registered", of(&good, "trader", &grower_key())),
        ("registered as", of(&good, "port-0", &port_log_key())),
        ("three parts", "x".to_owned()),
        ("limit is", "x".repeat(5_000)),
    ] {
        let response = ask(&server, Some(&token)).await;
        let challenge = response.headers()["www-authenticate"].to_str().unwrap();
        assert!(challenge.contains("error=\"invalid_token\""), "{challenge}");
        let problem = assert_exception(response, 401, "SecurityException").await;
        let cause = problem["cause"].as_str().unwrap();
        assert!(cause.contains(why), "{why}: {cause}");
    }
    let mut forged = world.token("epcis:capture");
    let last = if forged.ends_with('A') { "Q" } else { "A" };
    forged.replace_range(forged.len() - 10..forged.len() - 9, last);
    assert_exception(ask(&server, Some(&forged)).await, 401, "SecurityException").await;
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
}

#[tokio::test(flavor = "multi_thread")]
async fn scopes_and_members_are_told_apart() {
    let world = World::new();
    let server = Server::start(&world).await;
    let capture = world.claims("epcis:capture");
    let both = world.claims("epcis:capture epcis:read");
    for (token, expected) in [
        (world.token("epcis:read"), 403),
        (AccessToken::sign(&both, &writer_key()), 200),
        (AccessToken::sign(&both, &gateway_key()), 200),
        // An auditor reads.
        (of(&both, "inspector", &inspector_key()), 403),
        // Another member has a node of its own.
        (of(&capture, "grower", &grower_key()), 403),
    ] {
        let response = ask(&server, Some(&token)).await;
        if expected == 403 {
            assert_exception(response, 403, "SecurityException").await;
        } else {
            assert_eq!(response.status(), expected);
        }
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
