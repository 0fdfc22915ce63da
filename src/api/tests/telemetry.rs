//! Telemetry and production, as a client sees them.

use serde_json::{Value, json};

use super::support::{Server, World, assert_problem, record};

fn series(quantity: &str, hour: u32, offsets_minutes: &[u64]) -> crate::types::Record {
    let offsets: Vec<u64> = offsets_minutes
        .iter()
        .map(|minute| minute * 60_000)
        .collect();
    let values: Vec<Value> = offsets.iter().map(|_| json!(4.5)).collect();
    let body = json!({"device": "room-3", "quantity": quantity, "unit": "CEL",
        "start": format!("2024-09-01T{hour:02}:00:00Z"), "offsetsMs": offsets, "values": values});
    record("telemetry.series", body.to_string())
}

/// A device with two channels, of which one has a gap of four minutes.
fn world() -> World {
    let world = World::new();
    let device = json!({"device": "room-3", "channels": [
        {"quantity": "temperature", "unit": "CEL", "intervalMs": 60_000, "maximum": 8.5}]});
    let records = [
        record("telemetry.device", device.to_string()),
        series("temperature", 1, &[0, 1, 2]),
        series("temperature", 1, &[6, 7]),
        series("dew-point", 1, &[0]),
    ];
    for record in records {
        world.commit(vec![world.sign(vec![record])], Vec::new());
    }
    world
}

#[tokio::test(flavor = "multi_thread")]
async fn points_are_told_with_their_entries() {
    let server = Server::start(&world()).await;
    let path = "/v1/telemetry/trader:room-3?quantity=temperature";
    let all = server.json(path).await;
    assert_eq!(
        (&all["member"], &all["device"]),
        (&json!("trader"), &json!("room-3"))
    );
    let channel = &all["channel"];
    assert_eq!(
        (&channel["points"], &channel["series"]),
        (&json!(5), &json!(2))
    );
    assert_eq!(
        (&channel["intervalMs"], &channel["maximum"]),
        (&json!(60_000), &json!("8.5"))
    );
    assert_eq!(channel["latest"]["time"], "2024-09-01T01:07:00.000Z");
    let points = all["points"].as_array().unwrap();
    assert_eq!(points.len(), 5);
    assert_eq!(
        (&points[0]["value"], &points[0]["time"]),
        (&json!("4.5"), &json!("2024-09-01T01:00:00.000Z"))
    );
    // The cited entry is the series, which says what was flagged.
    let index = points[4]["index"].as_u64().unwrap();
    let entry = server.json(&format!("/v1/records/{index}")).await;
    assert_eq!(entry["record"]["kind"], "telemetry.series");
    assert_eq!(entry["outcome"]["flags"][0]["code"], "gap", "{entry}");

    let page = server.json(&format!("{path}&limit=2")).await;
    let next = page["next"].as_str().unwrap();
    assert_eq!(next, "2024-09-01T01:02:00.000Z");
    let rest = server.json(&format!("{path}&limit=9&from={next}")).await;
    assert_eq!(rest["points"].as_array().unwrap().len(), 3);
    assert!(rest.get("next").is_none());
    let then = server.json(&format!("{path}&as_of_height=2")).await;
    assert_eq!(then["points"].as_array().unwrap().len(), 3);
    let part = "&from=2024-09-01T01:01:00Z&until=2024-09-01T01:06:00Z";
    let part = server.json(&format!("{path}{part}")).await;
    assert_eq!(part["points"].as_array().unwrap().len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn gaps_are_told_with_what_stands_around_them() {
    let server = Server::start(&world()).await;
    let path = "/v1/telemetry/trader:room-3/gaps?quantity=temperature&until=2024-09-01T01:08:00Z";
    let gaps = server.json(path).await;
    let found = gaps["gaps"].as_array().unwrap();
    assert_eq!(found.len(), 1, "{gaps}");
    assert_eq!(found[0]["durationMs"], 240_000);
    assert_eq!(found[0]["from"], "2024-09-01T01:02:00.000Z");
    assert!(found[0]["after"].as_u64() < found[0]["before"].as_u64());
    let long = server.json(&format!("{path}&longer_than_ms=240000")).await;
    assert_eq!(long["gaps"], json!([]));
    // The device has been silent since.
    let silent = server
        .json("/v1/telemetry/trader:room-3/gaps?quantity=dew-point&longer_than_ms=1")
        .await;
    assert!(silent["gaps"][0].get("before").is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_device_was_to_do_is_as_the_ledger_stood() {
    let world = world();
    // After four blocks its owner says that it measures once a year.
    let device = json!({"device": "room-3", "channels": [
        {"quantity": "temperature", "unit": "CEL", "intervalMs": 31_536_000_000_u64}]});
    let record = record("telemetry.device", device.to_string());
    world.commit(vec![world.sign(vec![record])], Vec::new());
    let server = Server::start(&world).await;
    let path = "/v1/telemetry/trader:room-3/gaps?quantity=temperature&until=2024-09-01T01:08:00Z";
    let now = server.json(path).await;
    assert_eq!(
        (&now["gaps"], &now["channel"]["points"]),
        (&json!([]), &json!(5))
    );
    let then = server.json(&format!("{path}&as_of_height=4")).await;
    assert_eq!(then["gaps"].as_array().unwrap().len(), 1, "{then}");
    assert_eq!(then["channel"]["intervalMs"], 60_000);
    assert!(then["channel"].get("points").is_none());
    assert_eq!(
        then["channel"]["latest"]["time"],
        "2024-09-01T01:07:00.000Z"
    );
    for (path, code) in [
        (format!("{path}&as_of_height=0"), "no-such-device"),
        (
            "/v1/telemetry/trader:room-3?quantity=dew-point&as_of_height=3".to_owned(),
            "no-such-device",
        ),
    ] {
        assert_problem(server.get(&path).await, 404, code).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn times_turned_round_and_pages_of_other_answers_are_refused() {
    let world = world();
    for record in [run("a", "m1", 1), run("b", "m2", 2)] {
        world.commit(vec![world.sign(vec![record])], Vec::new());
    }
    let server = Server::start(&world).await;
    let times = "from=2024-09-02T00:00:00Z&until=2024-09-01T00:00:00Z";
    let site = "site=urn:epc:id:sgln:9521004.00001.0";
    let first = server.json(&format!("/v1/production?{site}&limit=1")).await;
    let next = first["next"].as_str().unwrap();
    for path in [
        format!("/v1/telemetry/trader:room-3?quantity=temperature&{times}"),
        format!("/v1/telemetry/trader:room-3/gaps?quantity=temperature&{times}"),
        format!("/v1/production?{times}"),
        format!("/v1/production?{site}&machine=m2&after={next}"),
        format!("/v1/production?{site}&after=7.7"),
    ] {
        assert_problem(server.get(&path).await, 400, "bad-query").await;
    }
    let same = "from=2024-09-01T01:00:00Z&until=2024-09-01T01:00:00Z";
    let empty = format!("/v1/telemetry/trader:room-3?quantity=temperature&{same}");
    assert_eq!(server.json(&empty).await["points"], json!([]));
}

fn run(name: &str, machine: &str, hour: u32) -> crate::types::Record {
    let body = json!({"run": name, "site": "urn:epc:id:sgln:9521004.00001.0", "machine": machine,
        "product": "urn:example:bar", "start": format!("2024-09-01T{hour:02}:00:00Z"),
        "end": format!("2024-09-01T{hour:02}:30:00Z"), "output": {"quantity": 4.50, "unit": "KGM"},
        "energyWh": 12});
    record("production.run", body.to_string())
}

#[tokio::test(flavor = "multi_thread")]
async fn runs_are_listed_by_site_and_machine() {
    let world = World::new();
    for record in [run("a", "m1", 1), run("b", "m2", 2), run("c", "m1", 3)] {
        world.commit(vec![world.sign(vec![record])], Vec::new());
    }
    let server = Server::start(&world).await;
    let all = server.json("/v1/production").await;
    assert_eq!(all["runs"].as_array().unwrap().len(), 3);
    let first = &all["runs"][0];
    assert_eq!(
        (&first["member"], &first["height"]),
        (&json!("trader"), &json!(1))
    );
    assert_eq!(
        (&first["run"]["run"], &first["run"]["energyWh"]),
        (&json!("a"), &json!(12))
    );
    let index = first["index"].as_u64().unwrap();
    let entry = server.json(&format!("/v1/records/{index}")).await;
    assert_eq!(entry["record"]["content"], first["run"]);
    let site = "site=https://id.gs1.org/414/9521004000014";
    let names = |answer: &Value| -> Vec<Value> {
        let runs = answer["runs"].as_array().unwrap();
        runs.iter().map(|run| run["run"]["run"].clone()).collect()
    };
    let machine = server
        .json(&format!("/v1/production?{site}&machine=m1"))
        .await;
    assert_eq!(names(&machine), ["a", "c"]);
    let part = server
        .json(&format!(
            "/v1/production?{site}&from=2024-09-01T02:00:00Z&until=2024-09-01T03:00:00Z"
        ))
        .await;
    assert_eq!(names(&part), ["b"]);
    let page = server.json("/v1/production?limit=2").await;
    let next = page["next"].as_str().unwrap();
    let rest = server
        .json(&format!("/v1/production?limit=2&after={next}"))
        .await;
    assert_eq!((names(&page).len(), names(&rest)), (2, vec![json!("c")]));
    assert!(rest.get("next").is_none());
    let before = server
        .json(&format!("/v1/production?{site}&until=2024-09-01T00:00:00Z"))
        .await;
    assert_eq!(before["runs"], json!([]));
    for query in [
        "site=urn:example:elsewhere".to_owned(),
        format!("{site}&machine=m9"),
        format!("{site}&as_of_height=0"),
    ] {
        let response = server.get(&format!("/v1/production?{query}")).await;
        assert_problem(response, 404, "no-such-thing").await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn open_orders_are_listed_with_their_parties() {
    let world = World::new();
    for number in ["A", "B", "C"] {
        let body = json!({"buyer": "trader", "seller": "port-1", "number": number, "revision": 1,
            "currency": "EUR", "totalMinor": 500, "delivery": {"until": "2030-01-01T00:00:00Z"},
            "lines": [{"product": "09521001012345", "quantity": 2, "unit": "KGM",
                "unitPriceMinor": 250, "amountMinor": 500}]});
        let record = record("orders.place", body.to_string());
        world.commit(vec![world.sign(vec![record])], Vec::new());
    }
    let server = Server::start(&world).await;
    let page = server.json("/v1/assets/orders?party=port-1&limit=2").await;
    assert_eq!(page["assets"].as_array().unwrap().len(), 2);
    assert_eq!(
        (&page["assets"][0]["key"], &page["assets"][0]["stage"]),
        (&json!("trader/A"), &json!("placed"))
    );
    let next = page["next"].as_str().unwrap();
    let rest = server
        .json(&format!(
            "/v1/assets/orders?party=port-1&limit=2&after={next}"
        ))
        .await;
    assert_eq!(
        (&rest["assets"][0]["key"], rest.get("next")),
        (&json!("trader/C"), None)
    );
    let height = page["height"].as_u64().unwrap();
    let then = server
        .json(&format!(
            "/v1/assets/orders?party=port-1&as_of_height={}",
            height - 1
        ))
        .await;
    assert_eq!(then["height"], height - 1);
    let keys: Vec<&Value> = then["assets"]
        .as_array()
        .unwrap()
        .iter()
        .map(|a| &a["key"])
        .collect();
    assert_eq!(keys, ["trader/A", "trader/B"]);
    assert_eq!(
        (&then["assets"][1]["member"], then.get("next")),
        (&json!("trader"), None)
    );
    let order = server.json("/v1/assets/orders/trader/C").await;
    assert_eq!(order["history"][0]["member"], "trader");
    assert_eq!(
        (&order["stage"], &order["body"]["totalMinor"]),
        (&json!("placed"), &json!(500))
    );
    for (path, code) in [
        ("/v1/assets/orders", "bad-query"),
        ("/v1/assets/orders?party=Port", "bad-query"),
        ("/v1/assets/Orders?party=port-1", "bad-path"),
        ("/v1/assets/orders?party=port-1&after=", "bad-query"),
        ("/v1/assets/orders?party=port-1&stage=placed", "bad-query"),
        (
            "/v1/assets/orders?party=port-1&as_of_height=99",
            "bad-query",
        ),
    ] {
        assert_problem(server.get(path).await, 400, code).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn bad_questions_are_told_apart() {
    let server = Server::start(&world()).await;
    for (path, status, code) in [
        ("/v1/telemetry/room-3", 400, "bad-path"),
        ("/v1/telemetry/Trader:room-3", 400, "bad-path"),
        ("/v1/telemetry/trader:room%203", 400, "bad-path"),
        ("/v1/telemetry/trader:room-4", 404, "no-such-device"),
        ("/v1/telemetry/port-1:room-3", 404, "no-such-device"),
        ("/v1/telemetry/trader:room-3", 400, "bad-query"),
        (
            "/v1/telemetry/trader:room-3?quantity=pressure",
            404,
            "no-such-device",
        ),
        (
            "/v1/telemetry/trader:room-3?quantity=Pressure",
            400,
            "bad-query",
        ),
        (
            "/v1/telemetry/trader:room-3?quantity=temperature&limit=0",
            400,
            "bad-query",
        ),
        (
            "/v1/telemetry/trader:room-3?quantity=temperature&from=today",
            400,
            "bad-query",
        ),
        (
            "/v1/telemetry/trader:room-3?quantity=temperature&as_of_height=99",
            400,
            "bad-query",
        ),
        (
            "/v1/telemetry/trader:room-3?quantity=temperature&unit=CEL",
            400,
            "bad-query",
        ),
        ("/v1/telemetry/trader:room-3/gap", 404, "unknown-route"),
        (
            "/v1/telemetry/trader:room-3/gaps?quantity=dew-point",
            400,
            "bad-query",
        ),
        (
            "/v1/telemetry/trader:room-3/gaps?quantity=temperature&longer_than_ms=-1",
            400,
            "bad-query",
        ),
        ("/v1/production?machine=m1", 400, "bad-query"),
        ("/v1/production?site=nowhere", 400, "bad-query"),
        (
            "/v1/production?site=urn:example:x&machine=m%201",
            400,
            "bad-query",
        ),
        ("/v1/production?after=x", 400, "bad-query"),
        ("/v1/production?limit=1001", 400, "bad-query"),
        ("/v1/production?shift=1", 400, "bad-query"),
    ] {
        assert_problem(server.get(path).await, status, code).await;
    }
}
