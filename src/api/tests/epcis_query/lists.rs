//! Lists of the values that events have.

use super::*;

#[tokio::test(flavor = "multi_thread")]
async fn values_are_listed_page_by_page() {
    let world = world();
    let server = Server::start(&world).await;
    let client = Client::new(&server, &world);
    let canonical = |id: &str| canonical_identifier(id).into_owned();
    for (resource, expected) in [
        (
            "eventTypes",
            vec![
                "AggregationEvent",
                "AssociationEvent",
                "ObjectEvent",
                "TransactionEvent",
                "TransformationEvent",
            ]
            .into_iter()
            .map(str::to_owned)
            .collect(),
        ),
        ("epcs", vec![canonical(BAR), canonical(CASE)]),
        (
            "bizSteps",
            vec![
                "commissioning".to_owned(),
                "packing".to_owned(),
                "receiving".to_owned(),
                "sensor_reporting".to_owned(),
                "https://cocoa.example/terms/roasting".to_owned(),
            ],
        ),
        ("dispositions", vec!["active".to_owned()]),
        ("readPoints", vec![canonical(WORKS), canonical(SHOP)]),
        ("bizLocations", vec![canonical(WORKS), canonical(SHOP)]),
    ] {
        let expected: BTreeSet<String> = Vec::into_iter(expected).collect();
        let (mut path, mut found) = (format!("{resource}?perPage=2"), Vec::new());
        loop {
            let response = client.get(&path).await;
            // Things and places are listed by their canonical identifiers, whatever the spelling of the events.
            let format = match resource {
                "epcs" | "readPoints" | "bizLocations" => "Always_GS1_Digital_Link",
                _ => "Never_Translates",
            };
            assert_eq!(response.headers()["gs1-epc-format"], format);
            let wish = [("gs1-epc-format", format)];
            let same = client.send(Method::GET, &path, &wish).await;
            assert_eq!(same.status(), 200);
            let options = client.send(Method::OPTIONS, resource, &[]).await;
            assert_eq!(options.headers()["gs1-epc-format"], format);
            let next = next_of(&response);
            let page: Value = response.json().await.unwrap();
            assert_eq!(page["type"], "Collection");
            assert!(page["@context"].is_string());
            let members = page["member"].as_array().unwrap();
            assert!(members.len() <= 2);
            found.extend(
                members
                    .iter()
                    .map(|value| value.as_str().unwrap().to_owned()),
            );
            let Some(next) = next else { break };
            path = next;
        }
        assert_eq!(found.len(), expected.len(), "{resource}");
        assert_eq!(
            found.iter().cloned().collect::<BTreeSet<_>>(),
            expected,
            "{resource}"
        );
        for value in &found {
            let one = client.json(&format!("{resource}/{}", encode(value))).await;
            assert_eq!(one["member"], json!(["events"]));
            client
                .hours(&format!("{resource}/{}/events?perPage=3", encode(value)))
                .await;
        }
    }
}
