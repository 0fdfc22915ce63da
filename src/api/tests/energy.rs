//! Meters and certificates, as a client sees them.

use serde_json::{Value, json};

use super::support::{Server, World, assert_problem, record};

/// The hour of the readings: two days before the ledger began.
const HOUR: &str = "2024-09-29T12:00:00Z";

fn meter(body: Value) -> crate::types::Record {
    record("energy.meter", body.to_string())
}

fn reading(meter: &str, start: &str, more: Value) -> crate::types::Record {
    let mut body = json!({"meter": meter, "start": start, "duration": "PT1H"});
    for (name, value) in more.as_object().unwrap() {
        body[name] = value.clone();
    }
    record("energy.meter-reading", body.to_string())
}

/// Commits a record in a block of its own, and gives its entry.
fn commit(world: &World, record: crate::types::Record) -> u64 {
    let index = world.ledger.ledger_tip().frontier.size();
    world.commit(vec![world.sign(vec![record])], Vec::new());
    index
}

/// The trader's plant and house with a reading each of one hour, the plant's corrected; then certificates that
/// are cancelled in part, and claimed in part of that. Gives the entry of the issuance.
fn world() -> (World, u64) {
    let world = World::new();
    let issuance = with_certificates(&world);
    (world, issuance)
}

/// Does the same on a ledger that may have other blocks.
pub(super) fn with_certificates(world: &World) -> u64 {
    for (name, kind) in [("PV", "production"), ("HOUSE", "consumption")] {
        let mut body = json!({"operation": "register", "meter": name, "owner": "trader",
            "area": "CH-ZH", "kind": kind});
        if kind == "production" {
            body["carrier"] = json!("solar");
        }
        commit(world, meter(body));
    }
    let first = commit(world, reading("PV", HOUR, json!({"whIn": 0, "whOut": 900})));
    commit(
        world,
        reading("HOUSE", HOUR, json!({"whIn": 500, "whOut": 0})),
    );
    let correction = json!({"whIn": 0, "whOut": 1000, "replaces": first});
    commit(world, reading("PV", HOUR, correction));
    let next = json!({"whIn": 0, "whOut": 7});
    commit(world, reading("PV", "2024-09-29T14:00:00Z", next));
    let issue = json!({"device": "PV", "start": HOUR, "duration": "PT1H", "quantityWh": 1000,
        "faceValueWh": 10});
    let issuance = commit(world, record("energy.certificate-issue", issue.to_string()));
    let range = |first: u64, last: u64, name: &str, value: &str| {
        let mut body = json!({"issuance": issuance, "first": first, "last": last});
        body[name] = json!(value);
        body.to_string()
    };
    let cancel = json!({"issuance": issuance, "first": 31, "last": 60, "beneficiary": "trader",
        "purpose": "report of 2024"});
    commit(
        world,
        record("energy.certificate-cancel", cancel.to_string()),
    );
    let claim = range(31, 40, "meter", "HOUSE");
    commit(world, record("energy.certificate-claim", claim));
    issuance
}

#[tokio::test(flavor = "multi_thread")]
async fn a_withdrawal_tells_its_reason() {
    let (world, issuance) = world();
    let body = json!({"issuance": issuance, "first": 61, "last": 70, "reason": "a wrong reading"});
    commit(
        &world,
        record("energy.certificate-withdraw", body.to_string()),
    );
    let server = Server::start(&world).await;
    let answer = server
        .json(&format!("/v1/certificates/{issuance}-65"))
        .await;
    assert_eq!(answer["status"], "withdrawn");
    assert_eq!(answer["history"][0]["reason"], "a wrong reading");
    assert!(answer["history"][1].get("reason").is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_certificate_has_an_owner_a_status_and_a_history() {
    let (world, issuance) = world();
    let server = Server::start(&world).await;
    let path = format!("/v1/certificates/{issuance}-35");
    let answer = server.json(&path).await;
    assert_eq!(answer["id"], format!("{issuance}-35"));
    assert_eq!(
        (&answer["first"], &answer["last"]),
        (&json!(31), &json!(40))
    );
    assert_eq!(
        (&answer["status"], &answer["meter"], &answer["carrier"]),
        (&json!("claimed"), &json!("HOUSE"), &json!("solar"))
    );
    assert_eq!(
        (&answer["quantityWh"], &answer["faceValueWh"]),
        (&json!(100), &json!(10))
    );
    assert_eq!(answer["expires"], "2026-03-29T13:00:00.000Z");
    let steps: Vec<_> = answer["history"]
        .as_array()
        .unwrap()
        .iter()
        .map(|step| {
            (
                step["operation"].as_str().unwrap(),
                step["index"].as_u64().unwrap(),
            )
        })
        .collect();
    let cancelled = &answer["history"][1];
    assert_eq!(cancelled["purpose"], "report of 2024");
    assert!(answer["history"][0].get("purpose").is_none());
    assert_eq!(
        steps,
        [
            ("claim", issuance + 4),
            ("cancel", issuance + 2),
            ("issue", issuance)
        ]
    );
    let height = answer["height"].as_u64().unwrap();
    let before = server
        .json(&format!("{path}?as_of_height={}", height - 1))
        .await;
    assert_eq!(
        (&before["status"], &before["last"]),
        (&json!("cancelled"), &json!(60))
    );
    let page = server.json(&format!("{path}?limit=1")).await;
    assert_eq!(page["next"], issuance + 4);
    let rest = server
        .json(&format!("{path}?before={}", issuance + 4))
        .await;
    assert_eq!(rest["history"].as_array().unwrap().len(), 2);
    for (path, status, code) in [
        (
            format!("/v1/certificates/{issuance}-101"),
            404,
            "no-such-certificate",
        ),
        (
            "/v1/certificates/0-1".to_owned(),
            404,
            "no-such-certificate",
        ),
        (
            format!("/v1/certificates/{issuance}-1?as_of_height=1"),
            404,
            "no-such-certificate",
        ),
        (format!("/v1/certificates/{issuance}-0"), 400, "bad-path"),
        (format!("/v1/certificates/{issuance}"), 400, "bad-path"),
        (format!("{path}?as_of_height=99"), 400, "bad-query"),
        (format!("{path}?after=1"), 400, "bad-query"),
    ] {
        assert_problem(server.get(&path).await, status, code).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn certificates_are_listed_by_owner_and_by_production() {
    let (world, issuance) = world();
    let server = Server::start(&world).await;
    let list = async |query: &str| {
        let answer = server.json(&format!("/v1/certificates?{query}")).await;
        let ranges: Vec<_> = answer["certificates"]
            .as_array()
            .unwrap()
            .iter()
            .map(|one| {
                (
                    one["first"].as_u64().unwrap(),
                    one["last"].as_u64().unwrap(),
                )
            })
            .collect();
        (ranges, answer["next"].as_str().map(str::to_owned))
    };
    assert_eq!(list("owner=trader").await, (vec![(1, 30), (61, 100)], None));
    assert_eq!(list("owner=trader&status=cancelled").await.0, [(41, 60)]);
    assert_eq!(list("owner=trader&status=expired").await.0, []);
    assert_eq!(list("owner=port-3").await.0, []);
    let (first, next) = list("owner=trader&limit=1").await;
    assert_eq!(
        (first, &next),
        (vec![(1, 30)], &Some(format!("{issuance}-1")))
    );
    let after = format!("owner=trader&limit=1&after={}", next.unwrap());
    assert_eq!(list(&after).await.0, [(61, 100)]);
    let produced = format!("device=PV&interval={HOUR}/PT1H");
    assert_eq!(
        list(&produced).await.0,
        [(1, 30), (31, 40), (41, 60), (61, 100)]
    );
    assert_eq!(
        list(&format!("{produced}&limit=2&after={issuance}-31"))
            .await
            .0,
        [(41, 60), (61, 100)]
    );
    assert_eq!(
        list("device=PV&interval=2024-09-29T14:00:00Z/PT1H").await.0,
        []
    );
    // Pages of one height are of one state, whatever is done meanwhile.
    let height = server.json("/v1/certificates?owner=trader").await["height"]
        .as_u64()
        .unwrap();
    let sale = json!({"issuance": issuance, "first": 1, "last": 5, "to": "grower"});
    commit(
        &world,
        record("energy.certificate-transfer", sale.to_string()),
    );
    let now = format!("owner=trader&after={issuance}-1");
    assert_eq!(list(&now).await.0, [(6, 30), (61, 100)]);
    let then = format!("{now}&as_of_height={height}");
    assert_eq!(list(&then).await.0, [(61, 100)]);
    let then = format!("{produced}&as_of_height={}", height - 1);
    assert_eq!(list(&then).await.0, [(1, 30), (31, 60), (61, 100)]);
    let early = format!("/v1/certificates?{produced}&as_of_height=0");
    assert_problem(server.get(&early).await, 404, "no-such-meter").await;
    for query in [
        "",
        "owner=trader&as_of_height=99",
        "owner=Trader",
        "owner=trader&device=PV",
        "owner=trader&status=sold",
        "device=PV",
        "interval=2024-09-29T14:00:00Z/PT1H",
        "device=PV&interval=2024-09-29T14:30:00Z/PT1H",
        "device=PV&interval=2024-09-29T14:00:00Z/PT2H",
        "device=PV&interval=yesterday",
        "owner=trader&after=7",
        "owner=trader&limit=0",
    ] {
        let response = server.get(&format!("/v1/certificates?{query}")).await;
        assert_problem(response, 400, "bad-query").await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_meter_and_its_readings_are_told_as_of_a_height() {
    let (world, issuance) = world();
    let change = json!({"operation": "change", "meter": "PV", "area": "CH-AG"});
    commit(&world, meter(change));
    let server = Server::start(&world).await;
    let answer = server.json("/v1/meters/PV").await;
    assert_eq!(
        (&answer["area"], &answer["owner"]),
        (&json!("CH-AG"), &json!("trader"))
    );
    assert_eq!(answer["history"].as_array().unwrap().len(), 2);
    let page = server.json("/v1/meters/PV?limit=1").await;
    assert_eq!(page["next"], 1);
    let then = server.json("/v1/meters/PV?as_of_height=3").await;
    assert_eq!(
        (&then["area"], &then["revision"]),
        (&json!("CH-ZH"), &json!(1))
    );

    let readings = server.json("/v1/meters/PV/readings").await;
    let reading = &readings["readings"][0];
    assert_eq!(
        (&reading["whOut"], &reading["replaced"]),
        (&json!(1000), &json!([4]))
    );
    assert_eq!(
        (&reading["issuance"], &reading["issuedWh"]),
        (&json!(issuance), &json!(1000))
    );
    assert_eq!(readings["readings"].as_array().unwrap().len(), 2);
    let then = server.json("/v1/meters/PV/readings?as_of_height=4").await;
    let reading = &then["readings"][0];
    assert_eq!(
        (&reading["whOut"], &reading["index"]),
        (&json!(900), &json!(4))
    );
    assert_eq!(reading["replaced"], json!([]));
    assert!(reading.get("issuedWh").is_none());
    let none = server.json("/v1/meters/PV/readings?as_of_height=2").await;
    assert_eq!(none["readings"], json!([]));
    let early = server.get("/v1/meters/PV/readings?as_of_height=0").await;
    assert_problem(early, 404, "no-such-meter").await;
    let page = server.json("/v1/meters/PV/readings?limit=1").await;
    assert_eq!(page["next"], "2024-09-29T14:00:00.000Z");
    let rest = format!(
        "/v1/meters/PV/readings?from={}",
        page["next"].as_str().unwrap()
    );
    assert_eq!(server.json(&rest).await["readings"][0]["whOut"], 7);
    let empty = "from=2024-09-29T14:00:00Z&until=2024-09-29T14:00:00Z";
    let none = server
        .json(&format!("/v1/meters/PV/readings?{empty}"))
        .await;
    assert_eq!(none["readings"], json!([]));
    let until = "/v1/meters/PV/readings?until=2024-09-29T14:00:00Z";
    assert_eq!(
        server.json(until).await["readings"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
    let house = server.json("/v1/meters/HOUSE/readings").await;
    assert_eq!(house["readings"][0]["claimedWh"], 100);
    for (path, status, code) in [
        ("/v1/meters/PV-9", 404, "no-such-meter"),
        ("/v1/meters/PV-9/readings", 404, "no-such-meter"),
        ("/v1/meters/PV?as_of_height=0", 404, "no-such-meter"),
        ("/v1/meters/P%20V", 400, "bad-path"),
        ("/v1/meters/PV?as_of_height=99", 400, "bad-query"),
        ("/v1/meters/PV/readings?from=today", 400, "bad-query"),
        (
            "/v1/meters/PV/readings?from=2024-09-29T14:00:00Z&until=2024-09-29T13:59:59Z",
            400,
            "bad-query",
        ),
        ("/v1/meters/PV/readings?limit=1001", 400, "bad-query"),
        ("/v1/meters/PV/readings?after=1", 400, "bad-query"),
    ] {
        assert_problem(server.get(path).await, status, code).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn answers_are_as_their_schemas_say() {
    let (world, issuance) = world();
    let server = Server::start(&world).await;
    let document = server.json("/openapi.json").await;
    for (path, name) in [
        (
            format!("/v1/certificates/{issuance}-35"),
            "GranularCertificate",
        ),
        (
            "/v1/certificates?owner=trader".to_owned(),
            "CertificatePage",
        ),
        ("/v1/meters/PV".to_owned(), "Meter"),
        ("/v1/meters/PV/readings".to_owned(), "ReadingPage"),
    ] {
        let schema = json!({
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "$ref": format!("#/components/schemas/{name}"),
            "components": document["components"],
        });
        let validator = jsonschema::validator_for(&schema).unwrap();
        let answer = server.json(&path).await;
        let errors: Vec<_> = validator
            .iter_errors(&answer)
            .map(|error| error.to_string())
            .collect();
        assert!(errors.is_empty(), "{path}: {errors:?}");
        assert!(!validator.is_valid(&json!({})), "{name}");
    }
}
