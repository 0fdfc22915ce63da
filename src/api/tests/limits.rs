//! What becomes of clients that send too much, too slowly, or read too slowly.

use std::time::Duration;

use axum::Router;
use axum::routing::get;
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::support::{Server, SubmitBehaviour, World, assert_problem, harvest};
use crate::api::ApiLimits;
use crate::api::limits::{MAX_HEADER_BYTES, MAX_HEADER_COUNT};
use crate::types::Encode;

const BYTES: &str = "application/octet-stream";
const PATH: &str = "/v1/submissions";
const SHORT: Duration = Duration::from_millis(200);
const DEADLINE: Duration = Duration::from_secs(60);

/// What the server sends until it closes the connection. A reset counts as closing.
async fn read_to_end(stream: &mut TcpStream) -> String {
    let mut text = Vec::new();
    let read = timeout(DEADLINE, stream.read_to_end(&mut text)).await;
    let _ = read.expect("the server should have closed the connection");
    String::from_utf8_lossy(&text).into_owned()
}

/// Status and problem type of a raw answer.
fn parse(answer: &str) -> (u16, String) {
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    let problem: Value = serde_json::from_str(body).unwrap();
    (status, problem["type"].as_str().unwrap().to_owned())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_dribbles_its_head_is_cut_off() {
    let world = World::new();
    let limits = ApiLimits {
        header_read_timeout: SHORT,
        ..ApiLimits::default()
    };
    let server = Server::start_limited(&world, limits).await;
    let mut slow = server.connect().await;
    slow.write_all(b"GET /livez HTTP/1.1\r\nHost: x\r\n")
        .await
        .unwrap();
    // A header now and then does not buy more time.
    let dribble = async {
        loop {
            if slow.write_all(b"X: y\r\n").await.is_err() {
                break;
            }
            let mut byte = [0];
            match timeout(Duration::from_millis(50), slow.read(&mut byte)).await {
                Ok(Ok(0) | Err(_)) => break,
                Ok(Ok(_)) => panic!("an answer to half a request"),
                Err(_) => {}
            }
        }
    };
    timeout(DEADLINE, dribble).await.unwrap();

    let mut silent = server.connect().await;
    assert_eq!(read_to_end(&mut silent).await, "");
    // One that was served may not stay idle either.
    let mut idle = server.connect().await;
    idle.write_all(b"GET /livez HTTP/1.1\r\nHost: x\r\n\r\n")
        .await
        .unwrap();
    assert!(read_to_end(&mut idle).await.ends_with("alive\n"));
    assert_eq!(server.text("/livez").await, "alive\n");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_pauses_its_body_is_cut_off() {
    let world = World::new();
    let limits = ApiLimits {
        body_idle_timeout: SHORT,
        ..ApiLimits::default()
    };
    let server = Server::start_limited(&world, limits).await;
    let mut slow = server.connect().await;
    let head = format!(
        "POST {PATH} HTTP/1.1\r\nHost: x\r\nContent-Type: {BYTES}\r\nContent-Length: 1000\r\n\r\nabc"
    );
    slow.write_all(head.as_bytes()).await.unwrap();
    let answer = read_to_end(&mut slow).await;
    assert_eq!(
        parse(&answer),
        (408, "urn:waybill:problem:slow-body".to_owned())
    );
    assert!(answer.to_lowercase().contains("connection: close"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_that_breaks_off_is_no_submission() {
    let world = World::new();
    let server = Server::start(&world).await;
    let mut client = server.connect().await;
    let head = format!(
        "POST {PATH} HTTP/1.1\r\nHost: x\r\nContent-Type: {BYTES}\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"
    );
    client.write_all(head.as_bytes()).await.unwrap();
    let answer = read_to_end(&mut client).await;
    assert_eq!(
        parse(&answer),
        (400, "urn:waybill:problem:incomplete-body".to_owned())
    );
    assert_eq!(world.submissions.take(), Vec::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_that_says_it_is_too_long_is_not_read() {
    let world = World::new();
    let server = Server::start(&world).await;
    for media_type in [BYTES, "application/json"] {
        let mut client = server.connect().await;
        let head = format!(
            "POST {PATH} HTTP/1.1\r\nHost: x\r\nContent-Type: {media_type}\r\nContent-Length: 100000000000\r\n\r\n"
        );
        client.write_all(head.as_bytes()).await.unwrap();
        let answer = read_to_end(&mut client).await;
        let code = "urn:waybill:problem:submission-too-large".to_owned();
        assert_eq!(parse(&answer), (413, code));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_that_does_not_say_how_long_it_is_is_read_up_to_the_limit() {
    let world = World::new();
    let server = Server::start(&world).await;
    let mut client = server.connect().await;
    let head = format!(
        "POST {PATH} HTTP/1.1\r\nHost: x\r\nContent-Type: {BYTES}\r\nTransfer-Encoding: chunked\r\n\r\n"
    );
    client.write_all(head.as_bytes()).await.unwrap();
    let chunk = [b"10000\r\n".as_slice(), &[7; 0x10000], b"\r\n"].concat();
    // The limit is reached after 64 chunks; the rest is under way before the answer comes.
    for _ in 0..72 {
        client.write_all(&chunk).await.unwrap();
    }
    let answer = read_to_end(&mut client).await;
    let code = "urn:waybill:problem:submission-too-large".to_owned();
    assert_eq!(parse(&answer), (413, code));
}

/// The HTTP library answers what is no request by a status alone, and the page on HTTP says so.
async fn bare(response: reqwest::Response, status: u16) {
    assert_eq!(response.status(), status);
    assert_eq!(response.headers().get("content-type"), None);
    assert_eq!(response.text().await.unwrap(), "");
    let page = include_str!("../../docs/http.md");
    let exception = format!(
        "431, 414 and 400 to a\nhead that is too long, has more than {MAX_HEADER_COUNT} headers"
    );
    assert!(page.contains(&exception));
}

#[tokio::test(flavor = "multi_thread")]
async fn heads_are_bounded() {
    let world = World::new();
    let server = Server::start(&world).await;
    let long = "x".repeat(MAX_HEADER_BYTES);
    let request = server
        .client
        .get(server.url("/livez"))
        .header("x-long", &long);
    bare(request.send().await.unwrap(), 431).await;
    let mut request = server.client.get(server.url("/livez"));
    for number in 0..=MAX_HEADER_COUNT {
        request = request.header(format!("x-{number}"), "y");
    }
    bare(request.send().await.unwrap(), 431).await;
    assert_eq!(server.text("/livez").await, "alive\n");
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_above_the_limit_are_refused_and_probes_are_not() {
    let world = World::new();
    let limits = ApiLimits {
        max_requests_in_flight: 2,
        ..ApiLimits::default()
    };
    let mut server = Server::start_limited(&world, limits).await;
    world.submissions.behave(SubmitBehaviour::Hang);
    let body = world.sign(vec![harvest(1)]).to_bytes();
    let hang = || server.post(PATH, BYTES, body.clone());
    let (first, second) = (hang(), hang());
    let others = async {
        world.submissions.until_given(2).await;
        let response = server.get("/v1/status").await;
        assert_eq!(response.headers()["retry-after"], "1");
        assert_problem(response, 503, "overloaded").await;
        let response = server.post(PATH, BYTES, body.clone()).await;
        assert_problem(response, 503, "overloaded").await;
        for path in ["/livez", "/readyz", "/metrics"] {
            assert_eq!(server.get(path).await.status(), 200, "{path}");
        }
    };
    // Dropping the hanging requests frees their places.
    {
        let hanging = async { tokio::join!(first, second) };
        tokio::select! {
            _ = hanging => panic!("they hang"),
            () = others => {}
        }
    }
    world.submissions.behave(SubmitBehaviour::Take);
    let freed = async {
        while server.get("/v1/status").await.status() != 200 {
            tokio::task::yield_now().await;
        }
    };
    timeout(DEADLINE, freed).await.unwrap();
    server.stop();
    server.until_stopped().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn bytes_of_bodies_in_memory_are_bounded() {
    let world = World::new();
    let limits = ApiLimits {
        max_bodies_in_memory_kib: 64,
        ..ApiLimits::default()
    };
    let server = Server::start_limited(&world, limits).await;
    let response = server.post(PATH, BYTES, vec![0; 65 * 1024]).await;
    assert_problem(response, 503, "overloaded").await;
    // What was held is free again.
    for _ in 0..3 {
        let response = server.post(PATH, BYTES, vec![0; 60 * 1024]).await;
        assert_problem(response, 400, "malformed-submission").await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_that_takes_too_long_is_ended() {
    let world = World::new();
    let limits = ApiLimits {
        request_timeout: SHORT,
        ..ApiLimits::default()
    };
    let server = Server::start_limited(&world, limits).await;
    world.submissions.behave(SubmitBehaviour::Hang);
    let body = world.sign(vec![harvest(1)]).to_bytes();
    let response = server.post(PATH, BYTES, body).await;
    assert_eq!(response.headers()["retry-after"], "1");
    assert_problem(response, 503, "request-timeout").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn connections_above_the_limit_are_refused() {
    let world = World::new();
    let limits = ApiLimits {
        max_connections: 1,
        ..ApiLimits::default()
    };
    let server = Server::start_limited(&world, limits).await;
    let mut first = server.connect().await;
    first
        .write_all(b"GET /livez HTTP/1.1\r\nHost: x\r\n\r\n")
        .await
        .unwrap();
    let mut byte = [0; 1];
    first.read_exact(&mut byte).await.unwrap();
    let mut second = server.connect().await;
    let answer = read_to_end(&mut second).await;
    assert_eq!(
        parse(&answer),
        (503, "urn:waybill:problem:overloaded".to_owned())
    );
    drop(first);
    let freed = async {
        loop {
            let mut third = server.connect().await;
            let request = b"GET /livez HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
            if third.write_all(request).await.is_ok()
                && read_to_end(&mut third).await.ends_with("alive\n")
            {
                break;
            }
        }
    };
    timeout(DEADLINE, freed).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_serves_so_many_requests() {
    let world = World::new();
    let limits = ApiLimits {
        max_requests_per_connection: 3,
        ..ApiLimits::default()
    };
    let server = Server::start_limited(&world, limits).await;
    let mut client = server.connect().await;
    for _ in 0..5 {
        // The last ones come after the end.
        let _ = client
            .write_all(b"GET /livez HTTP/1.1\r\nHost: x\r\n\r\n")
            .await;
    }
    let answers = read_to_end(&mut client).await;
    assert_eq!(answers.matches("alive\n").count(), 3);
    assert_eq!(
        answers.to_lowercase().matches("connection: close").count(),
        1
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_does_not_read_is_cut_off() {
    const ANSWER_BYTES: usize = 64 * 1024 * 1024;
    let large = Router::new().route("/", get(|| async { vec![7_u8; ANSWER_BYTES] }));
    let limits = ApiLimits {
        write_stall_timeout: SHORT,
        shutdown_grace: DEADLINE,
        ..ApiLimits::default()
    };
    let mut server = Server::start_router(large, limits).await;
    let mut client = server.connect().await;
    client
        .write_all(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        .await
        .unwrap();
    let mut byte = [0; 1];
    client.read_exact(&mut byte).await.unwrap();
    // It reads no more. The server stops within the grace, so it gave the client up.
    server.stop();
    timeout(DEADLINE / 2, server.until_stopped()).await.unwrap();
    let mut rest = Vec::new();
    let _ = client.read_to_end(&mut rest).await;
    assert!(rest.len() < ANSWER_BYTES);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_in_progress_is_finished_when_the_node_stops() {
    let world = World::new();
    let mut server = Server::start(&world).await;
    let submission = world.sign(vec![harvest(1)]);
    let request = server
        .client
        .post(server.url("/v1/submissions?wait=committed&timeoutMs=30000"))
        .header("content-type", BYTES)
        .body(submission.to_bytes())
        .send();
    let request = tokio::spawn(request);
    world.submissions.until_given(1).await;
    let mut idle = server.connect().await;
    server.stop();
    // An idle connection is closed at once.
    assert_eq!(read_to_end(&mut idle).await, "");
    world.commit(world.submissions.take(), Vec::new());
    world.submissions.settle();
    let response = request.await.unwrap().unwrap();
    assert_eq!(response.status(), 201);
    server.until_stopped().await;
    assert!(TcpStream::connect(server.address).await.is_err());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_that_does_not_finish_does_not_keep_the_node() {
    let world = World::new();
    let limits = ApiLimits {
        shutdown_grace: SHORT,
        ..ApiLimits::default()
    };
    let mut server = Server::start_limited(&world, limits).await;
    world.submissions.behave(SubmitBehaviour::Hang);
    let body = world.sign(vec![harvest(1)]).to_bytes();
    let request = server
        .client
        .post(server.url(PATH))
        .header("content-type", BYTES);
    let request = tokio::spawn(request.body(body).send());
    world.submissions.until_given(1).await;
    server.stop();
    server.until_stopped().await;
    assert!(request.await.unwrap().is_err());
}
