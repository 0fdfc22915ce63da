//! What master data say of things and places, as answers to questions cite it.

use serde_json::{Value, json};

use super::questions::{CASE, FISH, SHOP, WORKS, world};
use super::support::{Server, record};
use crate::ledger::questions::MAX_STATEMENTS;
use crate::records::epcis::canonical_identifier;

/// What the trader says of its works lacks a phone number; the port describes them, and nobody the product.
#[tokio::test(flavor = "multi_thread")]
async fn descriptions_cite_the_entries_of_master_data_or_say_what_helps() {
    let world = world();
    let statement = |attributes: &[(&str, &str)]| {
        let attributes: Vec<Value> = attributes
            .iter()
            .map(|(name, value)| json!({"id": format!("cbvmda:{name}"), "attribute": value}))
            .collect();
        let body = json!({"type": "urn:epcglobal:epcis:vtype:Location", "id": WORKS, "attributes": attributes});
        record("epcis.master-data", body.to_string())
    };
    let address = [
        ("name", "Works"),
        ("streetAddressOne", "Havnegade 1"),
        ("city", "Aarhus"),
        ("countryCode", "DK"),
        ("telephone", "+45 5550 1000"),
    ];
    let shipping = |answer: &Value| {
        let mut events = answer["events"].as_array().unwrap().iter();
        let found = events.find(|event| event["trackingEvent"] == "shipping");
        found.unwrap().clone()
    };
    let of = |event: &Value, element: &str| {
        let mut all = event["descriptions"].as_array().unwrap().iter();
        let found = all.find(|description| description["element"] == element);
        found.unwrap().clone()
    };
    let path = format!("/v1/completeness?thing={FISH}");
    world.commit(vec![world.sign(vec![statement(&address[..4])])], Vec::new());
    let server = Server::start(&world).await;
    let event = shipping(&server.json(&path).await);
    assert_eq!(event["member"], "trader");
    let works = of(&event, "location-description");
    assert_eq!(
        (&works["member"], &works["lacks"]),
        (&json!("trader"), &json!(["telephone"]))
    );
    let id = canonical_identifier(WORKS);
    assert_eq!(works["of"], *id);
    let help = works["help"].as_str().unwrap();
    for part in ["epcis.master-data", &*id, "cbvmda:telephone", "trader"] {
        assert!(help.contains(part), "{part}: {help}");
    }
    assert!(
        event["missing"]
            .as_array()
            .unwrap()
            .contains(&json!("location-description"))
    );
    let fish = of(&event, "product-description");
    assert_eq!(
        (&fish["of"], &fish["entries"], fish.get("member")),
        (
            &json!("https://id.gs1.org/01/09521001111119"),
            &json!([]),
            None
        )
    );
    world.commit(
        vec![world.sign_as_port(vec![statement(&address)])],
        Vec::new(),
    );
    let event = shipping(&server.json(&path).await);
    let works = of(&event, "location-description");
    assert_eq!(
        (&works["member"], &works["lacks"]),
        (&json!("port-1"), &json!([]))
    );
    assert_eq!(works.get("help"), None);
    assert!(
        !event["missing"]
            .as_array()
            .unwrap()
            .contains(&json!("location-description"))
    );
    let cited = works["entries"][0].as_u64().unwrap();
    let record = server.json(&format!("/v1/records/{cited}")).await;
    assert!(record.to_string().contains("epcis.master-data"), "{record}");
}

/// Where the works and the shop are, no event says: the trader's master data do, and the answer names the entries.
#[tokio::test(flavor = "multi_thread")]
async fn an_impossible_travel_cites_the_master_data_that_say_where_the_places_are() {
    let world = world();
    let statement = |place: &str, latitude: &str, longitude: &str| {
        let body = json!({"type": "urn:epcglobal:epcis:vtype:Location", "id": place, "attributes": [
            {"id": "cbvmda:latitude", "attribute": latitude},
            {"id": "cbvmda:longitude", "attribute": longitude}]});
        record("epcis.master-data", body.to_string())
    };
    let server = Server::start(&world).await;
    let path = format!("/v1/gaps?thing={CASE}");
    let travels = |answer: &Value| -> Vec<Value> {
        let gaps = answer["gaps"].as_array().unwrap().iter();
        gaps.filter(|gap| gap["kind"] == "impossible-travel")
            .cloned()
            .collect()
    };
    let before = server.json(&path).await;
    assert_eq!(travels(&before), Vec::<Value>::new(), "{before}");
    // Aarhus to New York in an hour, and it is the port that says where the shop is.
    world.commit(
        vec![world.sign(vec![statement(WORKS, "56.16", "10.20")])],
        Vec::new(),
    );
    world.commit(
        vec![world.sign_as_port(vec![statement(SHOP, "40.71", "-74.01")])],
        Vec::new(),
    );
    let answer = server.json(&path).await;
    let [travel] = &travels(&answer)[..] else {
        panic!("{answer}");
    };
    let places = [WORKS, SHOP].map(canonical_identifier);
    assert_eq!(travel["places"], json!(places));
    assert_eq!(travel["timeMs"], json!(3_600_000));
    let distance = travel["distanceM"].as_u64().unwrap();
    assert!((5_950_000..6_050_000).contains(&distance), "{distance}");
    let by = travel["locatedBy"].as_array().unwrap();
    assert_eq!(by.len(), 2, "{travel}");
    for ((by, place), member) in by.iter().zip(&places).zip(["trader", "port-1"]) {
        assert_eq!(
            (&by["place"], &by["member"]),
            (&json!(place), &json!(member))
        );
        // What is cited says so.
        let entry = server.json(&format!("/v1/records/{}", by["index"])).await;
        assert_eq!(entry["record"]["kind"], "epcis.master-data");
        assert_eq!(
            canonical_identifier(entry["record"]["content"]["id"].as_str().unwrap()),
            *place
        );
    }
    // Whoever allows that speed finds nothing, nor was there anything before the second statement.
    let then = answer["height"].as_u64().unwrap() - 1;
    for question in [
        "max_speed_kmh=7000".to_owned(),
        format!("as_of_height={then}"),
    ] {
        let answer = server.json(&format!("{path}&{question}")).await;
        assert_eq!(
            travels(&answer),
            Vec::<Value>::new(),
            "{question}: {answer}"
        );
    }
}

/// What so many say of a place is not gone through, and the answer says so instead of taking the first word.
#[tokio::test(flavor = "multi_thread")]
async fn a_place_that_too_much_is_said_of_is_told() {
    let world = world();
    let statement = |number| {
        let vocabulary = format!("urn:x:vocabulary:{number}");
        let body = json!({"type": vocabulary, "id": WORKS, "attributes": []});
        record("epcis.master-data", body.to_string())
    };
    let all = (0..=MAX_STATEMENTS).map(statement).collect();
    world.commit(vec![world.sign_as_port(all)], Vec::new());
    let server = Server::start(&world).await;
    let answer = server.json(&format!("/v1/completeness?thing={FISH}")).await;
    let works = canonical_identifier(WORKS);
    let mut told = 0;
    for event in answer["events"].as_array().unwrap() {
        for description in event["descriptions"].as_array().unwrap() {
            let is_works = description["of"] == *works;
            assert_eq!(description["tooManyStatements"], is_works, "{description}");
            if is_works {
                let help = description["help"].as_str().unwrap();
                assert!(help.contains("more than 1000 statements"), "{help}");
                told += 1;
            }
        }
    }
    assert!(told > 0, "{answer}");
}
