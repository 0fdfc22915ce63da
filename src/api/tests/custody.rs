//! Custody and documents, as a client sees them.

use serde_json::{Value, json};

use super::support::{Server, World, assert_problem, record};
use crate::crypto::Sha256Digest;

const BAR: &str = "urn:epc:id:sgtin:9521001.011111.7";
const CASE: &str = "urn:epc:id:sscc:9521001.0000000001";

/// The case is claimed, proposed to the port and rejected, proposed again and accepted; a third
/// proposal, by the port, expires; a fourth is open.
fn world() -> World {
    let world = World::new();
    let claim = record("custody.claim", json!({"things": [CASE]}).to_string());
    world.commit(vec![world.sign(vec![claim])], Vec::new());
    let packing = json!({
        "@context": "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld",
        "type": "AggregationEvent", "action": "ADD", "eventTime": "2024-09-01T03:00:00Z",
        "eventTimeZoneOffset": "+00:00", "parentID": CASE, "childEPCs": [BAR]});
    let packing = record("epcis.event", packing.to_string());
    world.commit(vec![world.sign(vec![packing])], Vec::new());
    let propose = |to: &str, expires_ms: i64| {
        let time = world.ledger.ledger_tip().time.as_ms() + expires_ms;
        let expires = crate::types::Timestamp::from_ms(time).to_string();
        let body = json!({"things": [CASE], "to": to, "expires": expires,
            "evidence": {"document": Sha256Digest::of(b"waybill").to_string()}});
        record("custody.proposal", body.to_string())
    };
    let answer = |kind: &str, proposal: &crate::types::Record, index: u64, rest: Value| {
        let digest = Sha256Digest::of(&proposal.body).to_string();
        let mut body = json!({"proposal": index, "digest": digest});
        for (name, value) in rest.as_object().unwrap() {
            body[name] = value.clone();
        }
        record(&format!("custody.{kind}"), body.to_string())
    };
    for (kind, rest) in [
        ("rejection", json!({"reason": "a seal is broken"})),
        (
            "acceptance",
            json!({"place": "urn:epc:id:sgln:9521001.00009.0"}),
        ),
    ] {
        let proposal = propose("port-1", 100_000);
        let index = world.ledger.ledger_tip().frontier.size();
        world.commit(vec![world.sign(vec![proposal.clone()])], Vec::new());
        let answer = answer(kind, &proposal, index, rest);
        world.commit(vec![world.sign_as_port(vec![answer])], Vec::new());
    }
    let brief = propose("port-2", 2_000);
    world.commit(vec![world.sign_as_port(vec![brief])], Vec::new());
    world.commit(Vec::new(), Vec::new());
    let open = propose("port-3", 100_000);
    world.commit(vec![world.sign_as_port(vec![open])], Vec::new());
    world.cosign();
    world
}

#[tokio::test(flavor = "multi_thread")]
async fn the_holder_is_told_now_and_then_and_with_the_container() {
    let server = Server::start(&world()).await;
    let now = server.json(&format!("/v1/custody/{CASE}")).await;
    assert_eq!(now["holder"]["member"], "port-1", "{now}");
    assert_eq!(now["own"]["proposed"]["to"], "port-3");
    let bar = server.json(&format!("/v1/custody/{BAR}")).await;
    assert_eq!(bar["holder"]["member"], "port-1", "{bar}");
    assert_eq!(bar["holder"]["via"], now["thing"]);
    assert!(bar.get("own").is_none());
    assert_eq!(bar["containers"][0]["holder"]["member"], "port-1");
    let then = server
        .json(&format!("/v1/custody/{CASE}?as_of_height=5"))
        .await;
    assert_eq!(
        (&then["holder"]["member"], &then["height"]),
        (&json!("trader"), &json!(5))
    );
    let accepted = now["holder"]["time"].as_str().unwrap();
    let at = server
        .json(&format!("/v1/custody/{CASE}?at={accepted}"))
        .await;
    assert_eq!(at["holder"]["member"], "port-1");
    let at = server
        .json(&format!("/v1/custody/{CASE}?at=2024-09-01T04:00:00Z"))
        .await;
    assert!(at.get("holder").is_none(), "{at}");
    // What says so is in the log.
    let since = now["holder"]["since"].as_u64().unwrap();
    let entry = server.json(&format!("/v1/records/{since}")).await;
    assert_eq!(entry["record"]["kind"], "custody.acceptance");
    // Traces and recalls name the holder.
    let recall = server.json(&format!("/v1/recall/{BAR}")).await;
    assert_eq!(
        recall["affected"][0]["holder"]["member"], "port-1",
        "{recall}"
    );
    assert_eq!(recall["affected"][0]["holder"]["via"], now["thing"]);
    let trace = server.json(&format!("/v1/trace/forward/{BAR}")).await;
    assert_eq!(trace["things"][1]["holder"]["member"], "port-1", "{trace}");
}

/// The exclusive end of a question is the same for all of them: what came in the block of that time is left out.
#[tokio::test(flavor = "multi_thread")]
async fn what_came_before_a_time_is_told_as_it_was() {
    let server = Server::start(&world()).await;
    let now = server.json(&format!("/v1/custody/{CASE}")).await;
    let accepted = now["holder"]["time"].as_str().unwrap();
    let accepted = crate::types::Timestamp::parse_rfc3339(accepted).unwrap();
    let after = crate::types::Timestamp::from_ms(accepted.as_ms() + 1);
    for (end, holder, links, status) in [
        (accepted, "trader", 3, "open"),
        (after, "port-1", 3, "accepted"),
    ] {
        for thing in [CASE, BAR] {
            let then = server
                .json(&format!("/v1/custody/{thing}?event_time_before={end}"))
                .await;
            assert_eq!(then["holder"]["member"], holder, "{then}");
            let recall = server
                .json(&format!("/v1/recall/{BAR}?event_time_before={end}"))
                .await;
            assert_eq!(
                recall["affected"][0]["holder"]["member"], holder,
                "{recall}"
            );
        }
        let chain = server
            .json(&format!("/v1/custody/chain/{CASE}?event_time_before={end}"))
            .await;
        let told = chain["links"].as_array().unwrap();
        assert_eq!(
            (told.len(), &told[2]["status"]),
            (links, &json!(status)),
            "{chain}"
        );
    }
    // Of both ends the earlier one counts.
    let path = format!("/v1/custody/{CASE}?at={after}&event_time_before={accepted}");
    assert_eq!(server.json(&path).await["holder"]["member"], "trader");
    let none = server
        .get(&format!(
            "/v1/custody/chain/{CASE}?event_time_before=2024-09-01T00:00:00Z"
        ))
        .await;
    assert_problem(none, 404, "never-claimed").await;
    // What was packed later was not in there, though the case was held already.
    let path = format!("/v1/custody/{BAR}?event_time_before=2024-09-01T03:00:00Z");
    assert_problem(server.get(&path).await, 404, "no-such-thing").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lot_has_every_container_and_what_another_packs_is_disputed() {
    let world = world();
    let lot = "urn:epc:class:lgtin:9521001.012345.A1";
    let [first, second] = [
        "urn:epc:id:sscc:9521001.0000000002",
        "urn:epc:id:sscc:9521001.0000000003",
    ];
    let fill = |parent: &str, kg: u32| {
        let event = json!({
            "@context": "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld",
            "type": "AggregationEvent", "action": "ADD", "eventTime": "2024-09-01T03:00:00Z",
            "eventTimeZoneOffset": "+00:00", "parentID": parent,
            "childQuantityList": [{"epcClass": lot, "quantity": kg, "uom": "KGM"}]});
        record("epcis.event", event.to_string())
    };
    let claim = |thing: &str| record("custody.claim", json!({"things": [thing]}).to_string());
    world.commit(
        vec![world.sign(vec![fill(first, 30), claim(first)])],
        Vec::new(),
    );
    world.commit(
        vec![world.sign_as_port(vec![fill(second, 50), claim(second)])],
        Vec::new(),
    );
    let server = Server::start(&world).await;
    let custody = server.json(&format!("/v1/custody/{lot}")).await;
    assert!(custody.get("holder").is_none(), "{custody}");
    let rows = custody["containers"].as_array().unwrap();
    let told: Vec<_> = rows
        .iter()
        .map(|row| {
            (
                row["quantity"].clone(),
                row["uom"].clone(),
                row["holder"]["member"].clone(),
                row["disputed"].clone(),
            )
        })
        .collect();
    let row = |kg: &str, member: &str| (json!(kg), json!("KGM"), json!(member), json!(false));
    assert_eq!(told, [row("30", "trader"), row("50", "port-1")]);
    assert_eq!(
        (&custody["class"], &custody["moreContainers"]),
        (&json!(true), &json!(false))
    );
    let contents = server.json(&format!("/v1/contents/{lot}")).await;
    let parents = contents["parents"].as_array().unwrap();
    for (row, parent) in rows.iter().zip(parents) {
        for name in ["id", "quantity", "uom", "entries", "index"] {
            assert_eq!(row[name], parent[name], "{row} {parent}");
        }
    }
    assert_eq!(parents.len(), 2);
    // Who claims all of it holds it, and no more of what is in another's container than before.
    world.commit(vec![world.sign(vec![claim(lot)])], Vec::new());
    let custody = server.json(&format!("/v1/custody/{lot}")).await;
    assert_eq!(custody["holder"]["member"], "trader");
    assert_eq!(custody["containers"][1]["holder"]["member"], "port-1");
    assert_eq!(custody["containers"][1]["disputed"], true);
    let recall = server.json(&format!("/v1/recall/{lot}")).await;
    let affected = &recall["affected"][0];
    assert_eq!(affected["holder"]["member"], "trader", "{recall}");
    let disputed: Vec<_> = affected["balances"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| it["disputed"].clone())
        .collect();
    assert_eq!(disputed, [json!(false), json!(true)]);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_chain_has_disputes_signatures_and_proofs() {
    let server = Server::start(&world()).await;
    let chain = server.json(&format!("/v1/custody/chain/{CASE}")).await;
    let links = chain["links"].as_array().unwrap();
    let statuses: Vec<_> = links
        .iter()
        .map(|link| link["status"].as_str().unwrap())
        .collect();
    assert_eq!(
        statuses,
        ["claimed", "rejected", "accepted", "expired", "open"]
    );
    let holders: Vec<_> = links
        .iter()
        .map(|link| link["holder"].as_str().unwrap())
        .collect();
    assert_eq!(holders, ["trader", "trader", "port-1", "port-1", "port-1"]);
    assert_eq!(links[1]["ended"]["reason"], "a seal is broken");
    assert_eq!(links[1]["ended"]["signed"]["member"], "port-1");
    assert_eq!(
        links[2]["evidence"]["document"],
        Sha256Digest::of(b"waybill").to_string()
    );
    assert!(
        links[2]["ended"]["place"]
            .as_str()
            .unwrap()
            .starts_with("https://id.gs1.org/414/")
    );
    assert!(links[3]["ended"].get("signed").is_none());
    for link in links {
        let proof = link["signed"]["proof"].as_str().unwrap();
        assert_eq!(server.get(proof).await.status(), 200);
    }
    // The entry that the ledger made has a proof as well, without a receipt.
    let index = links[3]["ended"]["index"].as_u64().unwrap();
    let entry = server.json(&format!("/v1/records/{index}")).await;
    assert_eq!(entry["type"], "derived");
    assert_eq!(
        entry["record"]["content"]["proposal"],
        links[3]["signed"]["index"]
    );
    let text = server
        .get(&format!("/v1/records/{index}/proof"))
        .await
        .text()
        .await
        .unwrap();
    let proof = crate::crypto::tlog_proof::TlogProof::parse(text.as_bytes()).unwrap();
    assert_eq!(proof.extra(), b"");
    let path = format!("/v1/custody/chain/{CASE}");
    let first = server.json(&format!("{path}?limit=1")).await;
    let next = first["next"].as_str().unwrap();
    let page = server.json(&format!("{path}?limit=2&after={next}")).await;
    assert_eq!(page["links"].as_array().unwrap().as_slice(), &links[1..3]);
    // The rest with a page of another size, as of the height that the page names.
    let (next, height) = (page["next"].as_str().unwrap(), &page["height"]);
    let rest = server
        .json(&format!("{path}?after={next}&as_of_height={height}"))
        .await;
    assert_eq!(rest["links"].as_array().unwrap().as_slice(), &links[3..]);
}

#[tokio::test(flavor = "multi_thread")]
async fn open_proposals_are_listed_for_both_sides() {
    let server = Server::start(&world()).await;
    for member in ["port-1", "port-3"] {
        let page = server
            .json(&format!("/v1/custody/proposals?member={member}"))
            .await;
        let open = page["proposals"].as_array().unwrap();
        assert_eq!(
            (open.len(), &open[0]["to"]),
            (1, &json!("port-3")),
            "{page}"
        );
        let index = open[0]["index"].as_u64().unwrap();
        let proposal = server.json(&format!("/v1/custody/proposals/{index}")).await;
        assert_eq!(proposal["status"], "open");
        assert_eq!(proposal["digest"], open[0]["digest"]);
        assert_eq!(proposal["things"].as_array().unwrap().len(), 1);
        let after = server
            .json(&format!(
                "/v1/custody/proposals?member={member}&after={index}"
            ))
            .await;
        assert_eq!(after["proposals"], json!([]));
        let height = page["height"].as_u64().unwrap();
        // A proposal that was made later is told from an entry that is none.
        let path = format!("/v1/custody/proposals/{index}?as_of_height=0");
        let problem = assert_problem(server.get(&path).await, 404, "no-such-proposal").await;
        let cause = problem["cause"].as_str().unwrap();
        assert!(cause.contains("made after height 0"), "{cause}");
        let path = format!("/v1/custody/proposals/{}?as_of_height=0", index + 1_000);
        let problem = assert_problem(server.get(&path).await, 404, "no-such-proposal").await;
        let cause = problem["cause"].as_str().unwrap();
        assert!(cause.contains("is no proposal"), "{cause}");
        let path = format!("/v1/custody/proposals?member={member}&as_of_height");
        assert_eq!(server.json(&format!("{path}={height}")).await, page);
        let before = server.json(&format!("{path}=0")).await;
        assert_eq!(
            (&before["height"], &before["proposals"]),
            (&json!(0), &json!([]))
        );
        let ahead = server.get(&format!("{path}={}", height + 1)).await;
        assert_problem(ahead, 400, "bad-query").await;
    }
    let none = server.json("/v1/custody/proposals?member=trader").await;
    assert_eq!(none["proposals"], json!([]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_document_has_its_anchors() {
    let world = World::new();
    let digest = Sha256Digest::of(b"certificate").to_string();
    let anchor = |title: &str| {
        let body = json!({"sha256": digest, "sizeBytes": 11, "mediaType": "text/plain", "title": title,
            "things": [CASE]});
        record("document.anchor", body.to_string())
    };
    world.commit(vec![world.sign(vec![anchor("Mine")])], Vec::new());
    world.commit(vec![world.sign_as_port(vec![anchor("Ours")])], Vec::new());
    let server = Server::start(&world).await;
    let document = server.json(&format!("/v1/documents/{digest}")).await;
    assert_eq!(
        (&document["count"], &document["first"]["title"]),
        (&json!(2), &json!("Mine"))
    );
    assert_eq!(document["anchors"][1]["signed"]["member"], "port-1");
    let page = server
        .json(&format!("/v1/documents/{digest}?limit=1"))
        .await;
    assert_eq!(page["anchors"].as_array().unwrap().len(), 1);
    let next = page["next"].as_str().unwrap();
    let rest = server
        .json(&format!("/v1/documents/{digest}?after={next}"))
        .await;
    assert_eq!(rest["anchors"][0], document["anchors"][1]);
    assert!(rest.get("next").is_none());
    let before = server
        .json(&format!("/v1/documents/{digest}?as_of_height=1"))
        .await;
    assert_eq!(before["count"], 1);
    let second = document["anchors"][1]["signed"]["time"].as_str().unwrap();
    let before = server
        .json(&format!(
            "/v1/documents/{digest}?event_time_before={second}"
        ))
        .await;
    assert_eq!(
        (&before["count"], &before["height"]),
        (&json!(1), &json!(1))
    );
    let before = server
        .json(&format!(
            "/v1/documents?thing={CASE}&event_time_before={second}"
        ))
        .await;
    assert_eq!(before["anchors"].as_array().unwrap().len(), 1);
    let first = document["anchors"][0]["signed"]["time"].as_str().unwrap();
    let path = format!("/v1/documents/{digest}?event_time_before={first}");
    assert_problem(server.get(&path).await, 404, "no-such-document").await;
    let about = server
        .json(&format!("/v1/documents?thing={CASE}&limit=1"))
        .await;
    assert_eq!(about["anchors"][0]["sha256"], digest.as_str());
    let next = about["next"].as_u64().unwrap();
    let rest = server
        .json(&format!("/v1/documents?thing={CASE}&after={next}"))
        .await;
    assert_eq!(rest["anchors"].as_array().unwrap().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn bad_questions_are_told_apart() {
    let server = Server::start(&world()).await;
    let digest = "0".repeat(64);
    for (path, status, code) in [
        (format!("/v1/custody/{BAR}9"), 404, "no-such-thing"),
        ("/v1/custody/case".to_owned(), 400, "bad-path"),
        (format!("/v1/custody/{CASE}?at=today"), 400, "bad-query"),
        (
            format!("/v1/custody/{CASE}?as_of_height=99"),
            400,
            "bad-query",
        ),
        (format!("/v1/custody/{CASE}?when=now"), 400, "bad-query"),
        (format!("/v1/custody/chain/{BAR}"), 404, "never-claimed"),
        (
            format!("/v1/custody/chain/{CASE}?limit=0"),
            400,
            "bad-query",
        ),
        (
            format!("/v1/custody/chain/{CASE}?after=-1"),
            400,
            "bad-query",
        ),
        ("/v1/custody/proposals".to_owned(), 400, "bad-query"),
        (
            "/v1/custody/proposals?member=Port".to_owned(),
            400,
            "bad-query",
        ),
        (
            "/v1/custody/proposals?member=port-9".to_owned(),
            404,
            "no-such-member",
        ),
        (
            "/v1/custody/proposals?member=port-1&limit=1001".to_owned(),
            400,
            "bad-query",
        ),
        (
            "/v1/custody/proposals/0".to_owned(),
            404,
            "no-such-proposal",
        ),
        ("/v1/custody/proposals/x".to_owned(), 400, "bad-path"),
        (format!("/v1/documents/{digest}"), 404, "no-such-document"),
        ("/v1/documents/00".to_owned(), 400, "bad-path"),
        (format!("/v1/documents/{digest}?limit=0"), 400, "bad-query"),
        ("/v1/documents?thing=case".to_owned(), 400, "bad-query"),
        ("/v1/documents".to_owned(), 400, "bad-query"),
    ] {
        assert_problem(server.get(&path).await, status, code).await;
    }
}
