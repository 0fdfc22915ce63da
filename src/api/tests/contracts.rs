//! Contracts, proposals and assets, as a client sees them.

use serde_json::json;

use super::support::{EveryRoute, PALLET, Server, World, assert_problem};

#[tokio::test(flavor = "multi_thread")]
async fn contracts_are_listed_with_the_heights_at_which_they_judge() {
    let (world, _, _) = World::with_assets();
    let server = Server::start(&world).await;
    let list = server.json("/v1/contracts").await;
    assert_eq!(list["height"], 6);
    let shown = ["crates", "membership", "supply-chain"];
    let rows: Vec<_> = list["contracts"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|c| shown.iter().any(|name| c["name"] == *name))
        .map(|c| {
            (
                c["name"].clone(),
                c["version"].clone(),
                c["inForce"].clone(),
            )
        })
        .collect();
    let expected = [
        ("crates", 2, true),
        ("crates", 1, false),
        ("membership", 1, true),
        ("supply-chain", 1, true),
    ];
    let expected: Vec<_> = expected
        .iter()
        .map(|(name, version, in_force)| (json!(name), json!(version), json!(in_force)))
        .collect();
    assert_eq!(rows, expected);
    assert_eq!(list["contracts"][1]["until"], 6);
    assert_eq!(list["contracts"][0]["from"], 6);
    let last = server.json("/v1/blocks/6").await;
    assert_eq!(last["contractSet"], list["contractSet"]);
    assert_eq!(
        list["contracts"][0]["adoptedBy"],
        list["contracts"][1]["endedBy"]
    );
    let page = server.json("/v1/contracts?limit=1").await;
    assert_eq!(page["next"], "crates/2");
    let page = server.json("/v1/contracts?limit=1&after=crates/2").await;
    assert_eq!(page["contracts"][0], list["contracts"][1]);
    let before = server.json("/v1/contracts?as_of_height=3").await;
    assert_eq!(
        (&before["height"], &before["contracts"][0]["version"]),
        (&json!(3), &json!(1))
    );
    assert!(before["contracts"][0].get("until").is_none());
    for query in ["after=crates", "as_of_height=99", "limit=0"] {
        let response = server.get(&format!("/v1/contracts?{query}")).await;
        assert_problem(response, 400, "bad-query").await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_contract_is_told_with_its_files_and_rules() {
    let (world, _, _) = World::with_assets();
    let server = Server::start(&world).await;
    let now = server.json("/v1/contracts/crates").await;
    assert_eq!(
        (&now["version"], &now["inForce"]),
        (&json!(2), &json!(true))
    );
    let lend = &now["rules"][0];
    assert_eq!(lend["kind"], "crates.lend");
    assert_eq!(
        lend["asset"],
        json!({"key": ["/id"], "operation": "create"})
    );
    assert_eq!(
        lend["rules"][0],
        json!({"name": "not-too-many", "check": "self.count <= 5", "message": "5 crates at most"})
    );
    let text = now["files"]["contract.toml"].as_str().unwrap();
    assert!(text.contains("version = 2"));
    let before = server.json("/v1/contracts/crates?version=1").await;
    assert_eq!(before["rules"][0]["rules"][0]["check"], "self.count <= 10");
    let then = server.json("/v1/contracts/crates?as_of_height=3").await;
    assert_eq!((&then["version"], &then["height"]), (&json!(1), &json!(3)));
    assert_eq!(
        (&then["inForce"], &now["height"]),
        (&json!(true), &json!(6))
    );
    let native = server.json("/v1/contracts/supply-chain").await;
    assert_eq!(native["rules"][0]["native"], "epcis.event");

    let response = server.get("/v1/contracts/crates?version=9").await;
    assert_problem(response, 404, "no-such-contract").await;
    let response = server.get("/v1/contracts/barrels").await;
    assert_problem(response, 404, "no-such-contract").await;
    let response = server.get("/v1/contracts/Crates").await;
    assert_problem(response, 400, "bad-path").await;
    let response = server.get("/v1/contracts/crates?verison=1").await;
    assert_problem(response, 400, "bad-query").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_proposal_says_what_has_become_of_it() {
    let (world, _, index) = World::with_assets();
    let server = Server::start(&world).await;
    let proposal = server.json(&format!("/v1/proposals/{index}")).await;
    assert_eq!(proposal["status"], "adopted");
    assert_eq!(
        (&proposal["by"], &proposal["from"]),
        (&json!(index), &json!(6))
    );
    assert_eq!(proposal["change"]["action"], "installContract");
    assert_eq!(proposal["approvals"], json!(["trader"]));
    let height = proposal["height"].as_u64().unwrap();
    let path = format!("/v1/proposals/{index}?as_of_height");
    assert_eq!(server.json(&format!("{path}={height}")).await, proposal);
    let before = server.get(&format!("{path}=4")).await;
    assert_problem(before, 404, "no-such-proposal").await;
    let then = server.json("/v1/proposals?as_of_height=4&limit=1").await;
    assert_eq!(
        (&then["height"], &then["governors"], then.get("next")),
        (&json!(4), &json!(["trader"]), None)
    );
    for query in ["as_of_height=99", "limit=0", "after=x"] {
        let response = server.get(&format!("/v1/proposals?{query}")).await;
        assert_problem(response, 400, "bad-query").await;
    }
    let list = server.json("/v1/proposals").await;
    assert_eq!(list["proposals"], json!([]));
    assert_eq!(
        (&list["quorum"], &list["governors"]),
        (&json!(1), &json!(["trader"]))
    );
    let response = server.get("/v1/proposals/0").await;
    assert_problem(response, 404, "no-such-proposal").await;
    let response = server.get("/v1/proposals/07").await;
    assert_problem(response, 400, "bad-path").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_asset_is_told_now_and_as_it_was() {
    let (world, _, _) = World::with_assets();
    let server = Server::start(&world).await;
    let path = "/v1/assets/crates/PO-7/1";
    let now = server.json(path).await;
    assert_eq!((&now["height"], &now["closed"]), (&json!(6), &json!(true)));
    assert_eq!(now["key"], "PO-7/1");
    assert_eq!(now["body"]["count"], 4);
    assert_eq!(now["member"], "trader");
    let operations: Vec<_> = now["history"]
        .as_array()
        .unwrap()
        .iter()
        .map(|change| change["operation"].clone())
        .collect();
    assert_eq!(operations, ["close", "update", "create"]);
    // What it rests on is in the log.
    let stated = now["stated"].as_u64().unwrap();
    let entry = server.json(&format!("/v1/records/{stated}")).await;
    assert_eq!(entry["record"]["content"], now["body"]);

    let then = server.json(&format!("{path}?as_of_height=4")).await;
    assert_eq!(
        (&then["height"], &then["closed"]),
        (&json!(4), &json!(false))
    );
    assert_eq!(
        (&then["body"]["count"], &then["revision"]),
        (&json!(3), &json!(1))
    );
    // Block 5 has the second change: before it is what there was at height 4.
    let block = server.json("/v1/blocks/5").await;
    let time = block["time"].as_str().unwrap();
    let before = server
        .json(&format!("{path}?event_time_before={time}"))
        .await;
    assert_eq!(before, then);
    let none = server
        .get(&format!("{path}?event_time_before=2000-01-01T00:00:00Z"))
        .await;
    assert_problem(none, 404, "no-such-asset").await;
    let page = server.json(&format!("{path}?limit=2")).await;
    assert_eq!(page["next"], 1);
    let rest = server.json(&format!("{path}?limit=2&before=1")).await;
    assert_eq!(rest["history"].as_array().unwrap().len(), 1);
    assert!(rest.get("next").is_none());

    for (path, status, code) in [
        ("/v1/assets/crates/PO-8", 404, "no-such-asset"),
        ("/v1/assets/barrels/PO-7/1", 404, "no-such-contract"),
        (
            "/v1/assets/crates/PO-7/1?as_of_height=3",
            404,
            "no-such-asset",
        ),
        ("/v1/assets/crates/PO-7/1?as_of_height=7", 400, "bad-query"),
        ("/v1/assets/crates/PO-7/1?as_of_height=x", 400, "bad-query"),
        ("/v1/assets/crates/PO-7/1?limit=0", 400, "bad-query"),
        ("/v1/assets/crates/PO%00", 400, "bad-path"),
        ("/v1/assets/Crates/PO-7", 400, "bad-path"),
    ] {
        assert_problem(server.get(path).await, status, code).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_that_nobody_has_is_told_from_one_without_anything() {
    let known = EveryRoute::new();
    let server = Server::start(&known.world).await;
    let market = known.path("/v1/market/{area}/{start}/orders");
    let (trades, settled) = (
        market.replace("orders", "trades"),
        market.replace("orders", "settlements"),
    );
    for (path, code) in [
        (
            "/v1/certificates?device=PV-9&interval=2024-09-29T12:00:00Z/PT1H",
            "no-such-meter",
        ),
        (&format!("{market}?member=nobody"), "no-such-member"),
        (&format!("{trades}?member=nobody"), "no-such-member"),
        (&format!("{settled}?member=nobody"), "no-such-member"),
        ("/v1/documents?thing=urn:example:nothing", "no-such-thing"),
        ("/v1/production?site=urn:example:nowhere", "no-such-thing"),
        ("/v1/assets/crates?party=nobody", "no-such-member"),
        ("/v1/assets/no-such?party=trader", "no-such-contract"),
        ("/v1/certificates?owner=nobody", "no-such-member"),
        ("/v1/members/nobody/orders", "no-such-member"),
        ("/v1/custody/proposals?member=nobody", "no-such-member"),
    ] {
        assert_problem(server.get(path).await, 404, code).await;
    }
    for (path, list) in [
        ("/v1/certificates?owner=grower", "certificates"),
        (
            "/v1/certificates?device=HOUSE&interval=2024-09-29T12:00:00Z/PT1H",
            "certificates",
        ),
        (&format!("{market}?member=grower"), "orders"),
        (&format!("/v1/documents?thing={PALLET}"), "anchors"),
        ("/v1/assets/crates?party=grower", "assets"),
    ] {
        let none = server.json(path).await;
        assert_eq!(none[list], json!([]), "{none}");
    }
}
