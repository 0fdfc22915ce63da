//! Each reading endpoint, good and bad.

use std::sync::atomic::Ordering;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;

use super::support::{ReaderFault, Server, World, assert_problem, record};
use crate::crypto::merkle::leaf_hash;
use crate::types::{Decode, Entry, Evidence, LedgerReader};

#[tokio::test(flavor = "multi_thread")]
async fn an_entry_is_told_with_its_record() {
    let (world, ids) = World::with_blocks();
    let server = Server::start(&world).await;
    let entry = server.json("/v1/records/5").await;
    assert_eq!(entry["index"], 5);
    assert_eq!(entry["height"], 1);
    assert_eq!(entry["time"], "2024-10-01T00:00:01.000Z");
    assert_eq!(entry["type"], "submitted");
    assert_eq!(entry["member"], "trader");
    assert_eq!(entry["submission"], ids[0].to_string());
    assert_eq!(entry["recordIndex"], 5);
    assert_eq!(entry["outcome"], json!({"result": "accepted"}));
    assert_eq!(entry["record"]["kind"], "epcis.event");
    assert_eq!(entry["record"]["version"], 1);
    let body = entry["record"]["body"].as_str().unwrap();
    assert!(body.contains("\"quantity\":62.5"));
    assert_eq!(entry["record"]["content"]["type"], "ObjectEvent");
    assert!(entry["record"].get("bodyBase64").is_none());

    let canonical = STANDARD
        .decode(entry["canonical"].as_str().unwrap())
        .unwrap();
    assert_eq!(canonical, world.ledger.entry_bytes(5));
    assert!(Entry::from_bytes(&canonical).is_ok());
    assert_eq!(entry["leafHash"], leaf_hash(&canonical).to_string());
}

#[tokio::test(flavor = "multi_thread")]
async fn numbers_in_a_body_are_not_rewritten() {
    let world = World::new();
    let body = "{\"n\": 62.50, \"big\": 123456789012345678901234567890}";
    let submission = world.sign(vec![record("epcis.event", body)]);
    world.commit(vec![submission], Vec::new());
    let server = Server::start(&world).await;
    let text = server.get("/v1/records/0").await.text().await.unwrap();
    assert!(text.contains(&format!("\"content\":{body}")), "{text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn every_kind_of_entry_and_outcome_is_told() {
    let (world, ids) = World::with_blocks();
    let server = Server::start(&world).await;
    // Block 1 has entries 0 to 300, block 2 begins with its evidence.
    let block = server.json("/v1/records/300").await;
    assert_eq!(block["type"], "block");
    assert_eq!(block["block"], server.json("/v1/blocks/1").await["digest"]);
    let evidence = server.json("/v1/records/301").await;
    assert_eq!(evidence["type"], "evidence");
    assert_eq!(evidence["offence"], "doubleVote");
    assert_eq!(evidence["step"], "precommit");
    assert_eq!(evidence["offenceHeight"], 1);

    let base = format!("/v1/records/by-id/{}", ids[1]);
    let duplicate = server.json(&format!("{base}/0")).await;
    assert_eq!(duplicate["index"], 302);
    assert_eq!(
        duplicate["outcome"],
        json!({"result": "duplicate", "of": 7})
    );
    let rejected = server.json(&format!("{base}/1")).await;
    assert_eq!(rejected["outcome"]["result"], "rejected");
    assert_eq!(rejected["outcome"]["code"], "invalid-record");
    assert!(!rejected["outcome"]["reason"].as_str().unwrap().is_empty());
    let binary = server.json(&format!("{base}/2")).await;
    assert!(binary["record"].get("body").is_none());
    assert!(binary["record"].get("content").is_none());
    assert_eq!(binary["record"]["bodyBase64"], STANDARD.encode(b"\xff\xfe"));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_there_is_told() {
    let (world, ids) = World::with_blocks();
    let server = Server::start(&world).await;
    let (known, unknown) = (ids[1], "0".repeat(64));
    for (path, status, code) in [
        ("/v1/records/1000000", 404, "no-such-record"),
        ("/v1/records/18446744073709551615", 404, "no-such-record"),
        ("/v1/records/1000000/proof", 404, "no-such-record"),
        (
            &format!("/v1/records/by-id/{known}/3"),
            404,
            "no-such-record",
        ),
        (
            &format!("/v1/records/by-id/{unknown}/0"),
            404,
            "no-such-submission",
        ),
        ("/v1/blocks/0", 404, "no-such-block"),
        ("/v1/blocks/4", 404, "no-such-block"),
        ("/v1/members/nobody", 404, "no-such-member"),
        (
            &format!("/v1/submissions/{unknown}"),
            404,
            "no-such-submission",
        ),
        ("/v1/validators?height=0", 404, "no-such-validators"),
        ("/v1/validators?height=5", 404, "no-such-validators"),
        ("/policy?height=5", 404, "no-such-validators"),
        ("/tile/0/009", 404, "no-such-tile"),
        ("/tile/0/001.p/255", 404, "no-such-tile"),
        ("/tile/63/000.p/1", 404, "no-such-tile"),
        ("/tile/entries/001", 404, "no-such-tile"),
        (
            "/tile/entries/x999/x999/x999/x999/x999/999",
            404,
            "no-such-tile",
        ),
        ("/v1/proofs/consistency?from=1&to=100000", 404, "beyond-log"),
        ("/nothing", 404, "unknown-route"),
        ("/v1/records/", 404, "unknown-route"),
        ("/v1/status/", 404, "unknown-route"),
    ] {
        assert_problem(server.get(path).await, status, code).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn bad_paths_and_queries_are_told() {
    let (world, _) = World::with_blocks();
    let server = Server::start(&world).await;
    let id = "0".repeat(64);
    for path in [
        "/v1/records/x",
        "/v1/records/-1",
        "/v1/records/+1",
        "/v1/records/01",
        "/v1/records/1.0",
        "/v1/records/18446744073709551616",
        "/v1/records/%ff",
        "/v1/records/x/proof",
        "/v1/records/by-id/xyz/0",
        &format!("/v1/records/by-id/{id}/x"),
        &format!("/v1/records/by-id/{id}/4294967296"),
        "/v1/submissions/xyz",
        &format!("/v1/submissions/{}", "A".repeat(64)),
        "/v1/blocks/last",
        "/v1/members/Not_A_Label",
        "/tile/64/000",
        "/tile/0/0",
        "/tile/0/x000/000",
        "/tile/0/000.p/0",
        "/tile/0/000.p/256",
        "/tile/entries/1",
    ] {
        assert_problem(server.get(path).await, 400, "bad-path").await;
    }
    for path in [
        "/v1/status?x=1",
        "/?x=1",
        "/livez?x=1",
        "/checkpoint?size=1",
        "/v1/records/1?height=1",
        "/v1/blocks/latest?x",
        "/v1/members?limit=0",
        "/v1/members?limit=1001",
        "/v1/members?limit=-1",
        "/v1/members?limit=1&limit=2",
        "/v1/members?after=Not_A_Label",
        "/v1/members?page=2",
        "/v1/validators?height=x",
        "/v1/evidence?from=x",
        "/v1/proofs/consistency",
        "/v1/proofs/consistency?from=0&to=5",
        "/v1/proofs/consistency?from=6&to=5",
        "/v1/proofs/consistency?from=1&to=5&x=1",
        "/policy?height=1&height=1",
    ] {
        assert_problem(server.get(path).await, 400, "bad-query").await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_block_is_told_with_its_certificate() {
    let (world, _) = World::with_blocks();
    let server = Server::start(&world).await;
    let block = server.json("/v1/blocks/2").await;
    let stored = world
        .ledger
        .block(crate::types::Height(2))
        .unwrap()
        .unwrap();
    assert_eq!(block["height"], 2);
    assert_eq!(block["digest"], stored.block.digest().to_string());
    assert_eq!(block["parent"], server.json("/v1/blocks/1").await["digest"]);
    assert_eq!(block["firstIndex"], 301);
    assert_eq!(block["logSize"], 306);
    assert_eq!(block["logRoot"], stored.log_root.to_string());
    assert_eq!(block["stateRoot"], stored.state_root.to_string());
    assert_eq!(block["evidenceCount"], 1);
    assert_eq!(block["batches"][0]["submissionCount"], 1);
    assert_eq!(block["batches"][0]["recordCount"], 3);
    let signatures = block["certificate"]["signatures"].as_array().unwrap();
    assert_eq!(signatures.len(), 4);
    assert_eq!(
        signatures[0]["signature"],
        stored.certificate.signatures[0].signature.to_string()
    );
    let latest = server.json("/v1/blocks/latest").await;
    assert_eq!(latest, server.json("/v1/blocks/3").await);
    assert_eq!(latest["batches"], json!([]));
}

#[tokio::test(flavor = "multi_thread")]
async fn members_come_in_pages() {
    let (world, _) = World::with_blocks();
    let server = Server::start(&world).await;
    let mut seen = Vec::new();
    let mut path = "/v1/members?limit=2".to_owned();
    loop {
        let page = server.json(&path).await;
        let members = page["members"].as_array().unwrap();
        assert!(members.len() <= 2);
        seen.extend(members.iter().map(|m| m["id"].as_str().unwrap().to_owned()));
        match page.get("next") {
            Some(next) => path = format!("/v1/members?limit=2&after={}", next.as_str().unwrap()),
            None => break,
        }
    }
    assert_eq!(
        seen,
        [
            "grower",
            "inspector",
            "port-0",
            "port-1",
            "port-2",
            "port-3",
            "trader"
        ]
    );
    let exact = server.json("/v1/members?limit=7").await;
    assert!(exact.get("next").is_none());
    let mut member = server.json("/v1/members/trader").await;
    assert_eq!(member["name"], "Cocoa Trader");
    assert_eq!(member["keys"][0]["purpose"], "writer");
    assert_eq!(member["keys"][0]["validFrom"], 0);
    assert!(member["keys"][0].get("validUntil").is_none());
    let height = member.as_object_mut().unwrap().remove("height");
    assert_eq!(Some(&exact["height"]), height.as_ref());
    assert_eq!(exact["members"][6], member);
    // Nothing of it has changed since the genesis document.
    let first = server.json("/v1/members/trader?as_of_height=0").await;
    assert_eq!(
        (&first["height"], &first["keys"]),
        (&json!(0), &member["keys"])
    );
    assert!(first.get("changedBy").is_none());
    for path in [
        "/v1/members?as_of_height=99",
        "/v1/members/trader?as_of_height=99",
    ] {
        assert_problem(server.get(path).await, 400, "bad-query").await;
    }
}

/// How many entries the log has.
async fn log_end(server: &Server) -> u64 {
    let status = server.json("/v1/status").await;
    status["tip"]["logSize"].as_u64().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn validators_and_evidence_are_told() {
    let (world, _) = World::with_blocks();
    let server = Server::start(&world).await;
    let set = server.json("/v1/validators").await;
    assert_eq!(set["height"], 4);
    assert_eq!(set["quorum"], 3);
    assert_eq!(set["faultTolerance"], 1);
    assert_eq!(
        set["digest"],
        world.genesis.validators().digest().to_string()
    );
    assert_eq!(set["validators"].as_array().unwrap().len(), 4);
    assert_eq!(server.json("/v1/validators?height=1").await["height"], 1);

    let page = server.json("/v1/evidence").await;
    assert!(page.get("next").is_none());
    let evidence = &page["evidence"][0];
    assert_eq!(evidence["index"], 301);
    assert_eq!(evidence["height"], 2);
    let bytes = STANDARD
        .decode(evidence["statements"].as_str().unwrap())
        .unwrap();
    let decoded = Evidence::from_bytes(&bytes).unwrap();
    assert_eq!(decoded.verify(&world.id()), Ok(()));
    assert_eq!(evidence["offender"], decoded.offender().to_string());
    assert_eq!(page["height"], 3);
    let then = server.json("/v1/evidence?as_of_height=1").await;
    assert_eq!(
        (&then["height"], &then["evidence"]),
        (&json!(1), &json!([]))
    );
    let later = server.json("/v1/evidence?from=302&limit=1").await;
    assert_eq!(later["evidence"], json!([]));
    // The log ends where the next evidence may come to be, and at that height it ended earlier.
    let end = log_end(&server).await;
    for (path, status) in [
        (format!("/v1/evidence?from={end}"), 200),
        (format!("/v1/evidence?from={}", end + 1), 400),
        ("/v1/evidence?from=301&as_of_height=1".to_owned(), 200),
        ("/v1/evidence?from=302&as_of_height=1".to_owned(), 400),
    ] {
        let response = server.get(&path).await;
        assert_eq!(response.status().as_u16(), status, "{path}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn evidence_comes_in_pages() {
    let world = World::new();
    let offences: Vec<_> = (1..4).map(|height| world.double_vote_at(height)).collect();
    world.commit(Vec::new(), offences);
    let server = Server::start(&world).await;
    let first = server.json("/v1/evidence?limit=2").await;
    assert_eq!(first["evidence"].as_array().unwrap().len(), 2);
    assert_eq!(first["next"], 2);
    let second = server.json("/v1/evidence?limit=2&from=2").await;
    assert_eq!(second["evidence"][0]["index"], 2);
    assert!(second.get("next").is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_status_puts_node_and_ledger_together() {
    let (world, _) = World::with_blocks();
    let server = Server::start(&world).await;
    let status = server.json("/v1/status").await;
    assert_eq!(status["ledger"], world.id().to_string());
    assert_eq!(status["ledgerName"], "ledger.example/cocoa");
    assert_eq!(status["ready"], true);
    assert_eq!(status["uptimeMs"], 5_000);
    assert_eq!(status["height"], 4);
    assert_eq!(status["round"], 1);
    assert_eq!(status["tip"]["height"], 3);
    assert_eq!(status["tip"]["logSize"], 307);
    assert_eq!(status["checkpoint"]["logSize"], 307);
    assert_eq!(status["checkpoint"]["logRoot"], status["tip"]["logRoot"]);
    assert_eq!(
        status["sync"],
        json!({"state": "catchingUp", "targetHeight": 9})
    );
    assert_eq!(status["peers"][0]["member"], "port-1");
    assert_eq!(status["mempool"]["byteLimit"], 3);
    assert_eq!(status["kinds"][0]["kind"], "epcis.event");
    assert!(status.get("consensusKey").is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn probes_answer() {
    let world = World::new();
    let server = Server::start(&world).await;
    assert_eq!(server.text("/livez").await, "alive\n");
    assert_eq!(server.text("/readyz").await, "ready\n");
    *world.node.notes.lock().unwrap() = vec!["it follows".to_owned()];
    assert_eq!(server.text("/readyz").await, "ready\nit follows\n");
    let metrics = server.get("/metrics").await;
    assert_eq!(
        metrics.headers()["content-type"],
        "text/plain; version=0.0.4; charset=utf-8"
    );
    assert!(metrics.text().await.unwrap().contains("waybill_height 3"));

    let reasons = vec!["it catches up".to_owned(), "no quorum of peers".to_owned()];
    *world.node.reasons.lock().unwrap() = reasons.clone();
    let response = server.get("/readyz").await;
    assert_eq!(response.headers()["retry-after"], "5");
    let problem = assert_problem(response, 503, "node-not-ready").await;
    assert_eq!(problem["reasons"], json!(reasons));
    assert_eq!(server.text("/livez").await, "alive\n");
    assert_eq!(server.json("/v1/status").await["ready"], false);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_empty_ledger_answers_too() {
    let world = World::new();
    let server = Server::start(&world).await;
    let status = server.json("/v1/status").await;
    assert_eq!(status["tip"]["height"], 0);
    assert!(status.get("checkpoint").is_none());
    assert_eq!(server.json("/v1/validators").await["height"], 1);
    assert_problem(server.get("/v1/blocks/latest").await, 404, "no-such-block").await;
    assert_problem(server.get("/v1/records/0").await, 404, "no-such-record").await;
    for path in ["/checkpoint", "/v1/proofs/consistency?from=1"] {
        let response = server.get(path).await;
        assert_eq!(response.headers()["retry-after"], "1");
        assert_problem(response, 503, "no-checkpoint-yet").await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failing_store_and_a_panic_are_problems_and_no_more() {
    let (world, ids) = World::with_blocks();
    let server = Server::start(&world).await;
    let paths = [
        "/v1/status".to_owned(),
        "/v1/records/1".to_owned(),
        "/v1/records/1/proof".to_owned(),
        format!("/v1/records/by-id/{}/0", ids[0]),
        "/v1/proofs/consistency?from=1&to=2".to_owned(),
        "/v1/blocks/1".to_owned(),
        "/v1/blocks/latest".to_owned(),
        "/v1/members".to_owned(),
        "/v1/members/trader".to_owned(),
        "/v1/validators".to_owned(),
        "/v1/evidence".to_owned(),
        format!("/v1/submissions/{}", ids[0]),
        "/checkpoint".to_owned(),
        "/policy".to_owned(),
        "/tile/0/000".to_owned(),
        "/tile/entries/000".to_owned(),
    ];
    for path in &paths {
        world.ledger.set_fault(ReaderFault::Fails);
        let problem = assert_problem(server.get(path).await, 500, "store-failed").await;
        assert!(!problem.to_string().contains("disk of the test"), "{path}");
        world.ledger.set_fault(ReaderFault::Panics);
        assert_problem(server.get(path).await, 500, "internal-error").await;
        world.ledger.set_fault(ReaderFault::None);
        assert_eq!(server.get(path).await.status(), 200, "{path}");
    }
    world.node.panics.store(true, Ordering::Relaxed);
    assert_problem(server.get("/metrics").await, 500, "internal-error").await;
    world.node.panics.store(false, Ordering::Relaxed);
    assert_eq!(server.get("/metrics").await.status(), 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn answers_say_how_long_they_may_be_kept() {
    let (world, ids) = World::with_blocks();
    let server = Server::start(&world).await;
    const FOR_EVER: &str = "public, max-age=31536000, immutable";
    for (path, cache) in [
        ("/v1/records/1", FOR_EVER),
        (&format!("/v1/records/by-id/{}/1", ids[0]), FOR_EVER),
        ("/tile/0/000", FOR_EVER),
        ("/tile/entries/000", FOR_EVER),
        ("/tile/0/001.p/5", "public, max-age=3600"),
        ("/tile/entries/001.p/5", "public, max-age=3600"),
        ("/checkpoint", "no-cache"),
        ("/policy", "no-cache"),
        ("/v1/records/1/proof", "no-cache"),
        ("/v1/status", "no-cache"),
        ("/v1/blocks/latest", "no-cache"),
        ("/v1/members", "no-cache"),
        ("/readyz", "no-cache"),
    ] {
        let response = server.get(path).await;
        assert_eq!(response.status(), 200, "{path}");
        assert_eq!(response.headers()["cache-control"], cache, "{path}");
        assert_eq!(response.headers()["x-content-type-options"], "nosniff");
    }
}
