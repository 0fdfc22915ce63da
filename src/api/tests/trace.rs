//! Following goods, as a client sees it.

use serde_json::{Value, json};

use super::support::{Server, World, assert_problem, record};

const BEANS: &str = "urn:epc:class:lgtin:9521001.012345.A1";
const BAR: &str = "urn:epc:id:sgtin:9521001.011111.7";
const CASE: &str = "urn:epc:id:sscc:9521001.0000000001";
const SHOP: &str = "urn:epc:id:sgln:9521001.00009.0";

fn event(event_type: &str, hour: u32, rest: Value) -> crate::types::Record {
    let mut event = json!({
        "@context": "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld",
        "type": event_type,
        "eventTime": format!("2024-09-01T{hour:02}:00:00Z"),
        "eventTimeZoneOffset": "+00:00"
    });
    for (name, value) in rest.as_object().unwrap() {
        event[name] = value.clone();
    }
    record("epcis.event", event.to_string())
}

/// Beans are made into a bar, which goes into a case, which goes to a shop.
fn world() -> World {
    let world = World::new();
    let beans = json!([{"epcClass": BEANS, "quantity": 100.5, "uom": "KGM"}]);
    let used = json!([{"epcClass": BEANS, "quantity": 0.5, "uom": "KGM"}]);
    let works = json!({"id": "urn:epc:id:sgln:9521001.00001.0"});
    let records = [
        event(
            "ObjectEvent",
            1,
            json!({"action": "ADD", "quantityList": beans, "bizLocation": works}),
        ),
        event(
            "TransformationEvent",
            2,
            json!({
            "inputQuantityList": used, "outputEPCList": [BAR], "readPoint": works}),
        ),
        event(
            "AggregationEvent",
            3,
            json!({"action": "ADD", "parentID": CASE, "childEPCs": [BAR]}),
        ),
        event(
            "ObjectEvent",
            4,
            json!({"action": "OBSERVE", "epcList": [CASE],
            "bizStep": "receiving", "readPoint": {"id": SHOP}, "bizLocation": {"id": SHOP}}),
        ),
    ];
    for record in records {
        world.commit(vec![world.sign(vec![record])], Vec::new());
    }
    world
}

#[tokio::test(flavor = "multi_thread")]
async fn goods_are_followed_both_ways_and_in_both_spellings() {
    let server = Server::start(&world()).await;
    let back = server.json(&format!("/v1/trace/back/{BAR}")).await;
    assert_eq!(
        (&back["height"], &back["direction"]),
        (&json!(4), &json!("back"))
    );
    let canonical = back["thing"].as_str().unwrap();
    assert!(
        canonical.starts_with("https://id.gs1.org/01/"),
        "{canonical}"
    );
    assert_eq!(back["things"].as_array().unwrap().len(), 2);
    assert_eq!(back["things"][1]["class"], true);
    assert_eq!(back["links"][0]["kind"], "transformation");
    assert_eq!(back["complete"], true);
    // The link's event is an entry of the log.
    let index = back["links"][0]["index"].as_u64().unwrap();
    let entry = server.json(&format!("/v1/records/{index}")).await;
    assert_eq!(entry["record"]["content"]["type"], "TransformationEvent");
    let by_link = server.json(&format!("/v1/trace/back/{canonical}")).await;
    assert_eq!(by_link, back);

    let forward = server.json(&format!("/v1/trace/forward/{BEANS}")).await;
    let relations: Vec<_> = forward["things"]
        .as_array()
        .unwrap()
        .iter()
        .map(|thing| thing["relation"].clone())
        .collect();
    assert_eq!(relations, ["material", "material", "carrier"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_recall_finds_the_shop_and_what_is_left() {
    let server = Server::start(&world()).await;
    let recall = server.json(&format!("/v1/recall/{BEANS}")).await;
    let affected = recall["affected"].as_array().unwrap();
    assert_eq!(affected.len(), 2, "{recall}");
    assert_eq!(affected[0]["balances"][0]["quantity"], "100");
    assert_eq!(affected[0]["balances"][0]["uom"], "KGM");
    let presence = &affected[1]["presence"];
    assert_eq!(presence["place"], "https://id.gs1.org/414/9521001000093");
    assert_eq!(presence["containers"].as_array().unwrap().len(), 1);
    assert_eq!(affected[0]["unquantified"], json!([]));
    assert_eq!(affected[0]["balances"][0]["entries"], json!([0, 2]));
    assert_eq!(affected[0]["balances"][0]["moreEntries"], false);
    assert_eq!(affected[0]["entries"], json!([]));
    assert_eq!(affected[1]["entries"], json!([2]));
    assert_eq!(affected[1]["presence"]["entries"], json!([4, 6]));
    // The case is recalled with the bar that is in it.
    let recall = server.json(&format!("/v1/recall/{CASE}")).await;
    let relations = recall["affected"].as_array().unwrap().iter();
    let relations: Vec<_> = relations
        .map(|one| (&one["relation"], &one["entries"]))
        .collect();
    assert_eq!(
        relations,
        [
            (&json!("material"), &json!([])),
            (&json!("content"), &json!([4]))
        ]
    );
    // Before it came to the shop it was in the works, where it was made: packing it told no place.
    let path = format!("/v1/recall/{BEANS}?as_of_height=3");
    let before = server.json(&path).await;
    let presence = &before["affected"][1]["presence"];
    assert_eq!(presence["place"], "https://id.gs1.org/414/9521001000017");
    assert_eq!(
        (&presence["index"], &presence["inTransit"]),
        (&json!(2), &json!(false))
    );
    let path = format!("/v1/recall/{BEANS}?event_time_before=2024-09-01T02:00:00Z");
    let before = server.json(&path).await;
    assert_eq!(before["affected"].as_array().unwrap().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn contents_are_told_at_a_time() {
    let server = Server::start(&world()).await;
    let contents = server.json(&format!("/v1/contents/{CASE}")).await;
    assert_eq!(contents["contents"].as_array().unwrap().len(), 1);
    assert_eq!(
        (&contents["parents"], &contents["moreParents"]),
        (&json!([]), &json!(false))
    );
    let index = contents["contents"][0]["index"].clone();
    assert_eq!(contents["contents"][0]["entries"], json!([index]));
    let bar = server.json(&format!("/v1/contents/{BAR}")).await;
    assert_eq!(bar["parents"][0]["kind"], "aggregation");
    assert_eq!(
        (&bar["parents"][0]["id"], &bar["parents"][0]["entries"]),
        (&contents["thing"], &json!([index]))
    );
    assert_eq!(contents["complete"], true);
    let path = format!("/v1/contents/{CASE}?at=2024-09-01T02:30:00Z");
    assert_eq!(server.json(&path).await["contents"], json!([]));
    // The bar went in at three.
    let path = format!("/v1/contents/{BAR}?event_time_before=2024-09-01T03:00:00Z");
    assert_eq!(server.json(&path).await["parents"], json!([]));
    let path = format!("/v1/contents/{BAR}?event_time_before=2024-09-01T03:00:01Z");
    assert_ne!(server.json(&path).await["parents"], json!([]));
    let path = format!("/v1/contents/{CASE}?event_time_before=2024-09-01T03:00:00Z");
    assert_problem(server.get(&path).await, 404, "no-such-thing").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_has_as_many_things_as_asked_for() {
    let server = Server::start(&world()).await;
    let first = server
        .json(&format!("/v1/trace/forward/{BEANS}?limit=2"))
        .await;
    assert_eq!(first["things"].as_array().unwrap().len(), 2);
    let next = first["next"].as_str().unwrap();
    let path = format!("/v1/trace/forward/{BEANS}?limit=2&after={next}");
    let second = server.json(&path).await;
    assert_eq!(second["things"].as_array().unwrap().len(), 1);
    assert!(second.get("next").is_none());
    // Its own question takes it as of the height of the answer as well.
    let height = &first["height"];
    let same = format!("/v1/trace/forward/{BEANS}?after={next}&as_of_height={height}");
    assert_eq!(server.json(&same).await, second);
    for path in [
        format!("/v1/trace/back/{BEANS}?after={next}"),
        format!("/v1/trace/forward/{BAR}?after={next}"),
        format!("/v1/trace/forward/{BEANS}?view=raw&after={next}"),
        format!("/v1/recall/{BEANS}?after={next}"),
        format!("/v1/contents/{BEANS}?after={next}"),
        format!("/v1/gaps?trace_forward_of={BEANS}&after={next}"),
        format!("/v1/trace/forward/{BEANS}?after=2"),
        format!("/v1/trace/forward/{BEANS}?after={next}A"),
        format!("/v1/trace/forward/{BEANS}?after={}", &next[1..]),
    ] {
        let problem = assert_problem(server.get(&path).await, 400, "bad-query").await;
        let cause = problem["cause"].as_str().unwrap();
        assert!(
            cause.contains("no page token of this question"),
            "{path}: {cause}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn bad_questions_are_told_apart() {
    let server = Server::start(&world()).await;
    for (path, status, code) in [
        (format!("/v1/trace/back/{BAR}9"), 404, "no-such-thing"),
        ("/v1/trace/back/09521001011111".to_owned(), 400, "bad-path"),
        (
            "/v1/trace/back/urn:epc:id:sgtin:9521001.x.7".to_owned(),
            400,
            "bad-path",
        ),
        (format!("/v1/trace/back/{BAR}?limit=0"), 400, "bad-query"),
        (format!("/v1/trace/back/{BAR}?view=new"), 400, "bad-query"),
        (
            format!("/v1/trace/back/{BAR}?as_of_height=99"),
            400,
            "bad-query",
        ),
        (
            format!("/v1/trace/back/{BAR}?event_time_before=today"),
            400,
            "bad-query",
        ),
        (format!("/v1/trace/back/{BAR}?depth=3"), 400, "bad-query"),
        (format!("/v1/trace/back/{BAR}?after=2"), 400, "bad-query"),
        (format!("/v1/recall/{BEANS}?after="), 400, "bad-query"),
        (format!("/v1/contents/{CASE}?after=0"), 400, "bad-query"),
        (format!("/v1/contents/{BAR}9"), 404, "no-such-thing"),
        (
            format!("/v1/recall/{BAR}?as_of_height=1"),
            404,
            "no-such-thing",
        ),
    ] {
        assert_problem(server.get(&path).await, status, code).await;
    }
}
