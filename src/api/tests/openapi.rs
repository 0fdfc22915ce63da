//! The document is about the router, and the router is as the document says.

use std::collections::BTreeSet;

use serde_json::Value;

use super::support::{EveryRoute, Server, World, harvest, query_parameters};
use crate::api::endpoints::{Endpoint, endpoints};
use crate::api::views::SubmissionRequest;
use crate::types::SubmissionDocument;

#[tokio::test(flavor = "multi_thread")]
async fn the_document_has_every_route_and_no_other() {
    let world = World::new();
    let server = Server::start(&world).await;
    let document = server.json("/openapi.json").await;
    let table: BTreeSet<String> = endpoints()
        .iter()
        .map(|endpoint| format!("{} {}", endpoint.method_name(), endpoint.template))
        .collect();
    let mut described = BTreeSet::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            described.insert(format!("{} {path}", method.to_uppercase()));
            assert!(operation["summary"].is_string(), "{path}");
            assert!(operation["tags"][0].is_string(), "{path}");
            let default = &operation["responses"]["default"]["content"];
            assert_eq!(
                default["application/problem+json"]["schema"]["$ref"],
                "#/components/schemas/Problem",
                "{path}"
            );
        }
    }
    assert_eq!(described, table);
    assert_eq!(table.len(), endpoints().len(), "a route is listed twice");

    let list = server.text("/").await;
    for row in &table {
        let (method, path) = row.split_once(' ').unwrap();
        let is_listed = list.lines().any(|line| {
            let mut words = line.split_whitespace();
            (words.next(), words.next()) == (Some(method), Some(path))
        });
        assert!(is_listed, "{row}");
    }
}

/// The page on the interface says of every route with pages how the next one is asked for.
#[tokio::test(flavor = "multi_thread")]
async fn the_page_on_the_interface_says_how_each_list_goes_on() {
    let world = World::new();
    let server = Server::start(&world).await;
    let document = server.json("/openapi.json").await;
    let page = include_str!("../../docs/http.md");
    let at = page.find("| routes | as | which is |").unwrap();
    let mut told = BTreeSet::new();
    for line in page[at..].lines().skip(2) {
        let cells: Vec<&str> = line.split('|').map(str::trim).collect();
        let [_, routes, parameter, ..] = cells[..] else {
            break;
        };
        for route in routes.split('`').skip(1).step_by(2) {
            told.insert((route.to_owned(), parameter.trim_matches('`').to_owned()));
        }
    }
    let mut paged = BTreeSet::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        let parameters = query_parameters(&item["get"]);
        if parameters.contains(&"limit") {
            let next = ["after", "before", "from"]
                .into_iter()
                .find(|name| parameters.contains(name));
            paged.insert((path.clone(), next.unwrap_or("nothing").to_owned()));
        }
    }
    assert_eq!(told, paged);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_route_of_the_document_is_served() {
    let known = EveryRoute::new();
    let world = &known.world;
    let server = Server::start(world).await;
    // Those under /epcis ask for tokens, and have tests of their own.
    let is_own = |endpoint: &Endpoint| !endpoint.template.starts_with("/epcis/");
    for endpoint in endpoints().into_iter().filter(is_own) {
        let path = known.path(&endpoint.template);
        let response = match endpoint.method_name() {
            "GET" => server.get(&path).await,
            _ => {
                let body = crate::types::Encode::to_bytes(&world.sign(vec![harvest(1)]));
                server.post(&path, "application/octet-stream", body).await
            }
        };
        let status = response.status().as_u16().to_string();
        assert!(response.status().is_success(), "{path}: {status}");
        assert!(
            endpoint.operation.responses.responses.contains_key(&status),
            "{path}: {status} is not described"
        );
    }
}

fn references(value: &Value, found: &mut BTreeSet<String>) {
    match value {
        Value::Object(object) => {
            for (name, value) in object {
                match value {
                    Value::String(text) if name == "$ref" => {
                        found.insert(text.clone());
                    }
                    value => references(value, found),
                }
            }
        }
        Value::Array(values) => values.iter().for_each(|value| references(value, found)),
        _ => {}
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_schema_that_is_named_is_there_and_described() {
    let world = World::new();
    let server = Server::start(&world).await;
    let document = server.json("/openapi.json").await;
    let mut found = BTreeSet::new();
    references(&document, &mut found);
    assert!(found.len() > 10);
    let schemas = document["components"]["schemas"].as_object().unwrap();
    for reference in &found {
        let name = reference.strip_prefix("#/components/schemas/").unwrap();
        assert!(schemas.contains_key(name), "{reference}");
    }
    for name in schemas.keys() {
        assert!(schemas[name]["description"].is_string(), "{name}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn answers_are_as_their_schemas_say() {
    let (world, ids) = World::with_blocks();
    let server = Server::start(&world).await;
    let document = server.json("/openapi.json").await;
    for (path, name) in [
        ("/v1/status", "Status"),
        ("/v1/records/0", "Entry"),
        ("/v1/records/300", "Entry"),
        ("/v1/records/301", "Entry"),
        ("/v1/records/303", "Entry"),
        ("/v1/blocks/2", "Block"),
        ("/v1/members", "MemberPage"),
        ("/v1/members/trader", "MemberAnswer"),
        ("/v1/validators", "ValidatorSet"),
        ("/v1/evidence", "EvidencePage"),
        ("/v1/proofs/consistency?from=1&to=2", "ConsistencyProof"),
        (&format!("/v1/submissions/{}", ids[1]), "SubmissionState"),
    ] {
        let schema = serde_json::json!({
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "$ref": format!("#/components/schemas/{name}"),
            "components": document["components"],
        });
        let validator = jsonschema::validator_for(&schema).unwrap();
        let answer = server.json(path).await;
        let errors: Vec<_> = validator
            .iter_errors(&answer)
            .map(|e| e.to_string())
            .collect();
        assert!(errors.is_empty(), "{path}: {errors:?}");
        assert!(!validator.is_valid(&serde_json::json!({})), "{name}");
    }
    let problem: Value = server.get("/nothing").await.json().await.unwrap();
    let schema = serde_json::json!({
        "$ref": "#/components/schemas/Problem",
        "components": document["components"],
    });
    assert!(
        jsonschema::validator_for(&schema)
            .unwrap()
            .is_valid(&problem)
    );
}

#[test]
fn the_described_submission_is_the_one_that_is_read() {
    let world = World::new();
    let document = SubmissionDocument::from(&world.sign(vec![harvest(1)]));
    let value = serde_json::to_value(&document).unwrap();
    let described = SubmissionRequest {
        ledger: document.ledger.to_string(),
        member: document.member.to_string(),
        key: document.key.to_string(),
        expires: document.expires.to_string(),
        atomic: document.atomic,
        records: document
            .records
            .iter()
            .map(|record| crate::api::views::RecordRequest {
                kind: record.kind.to_string(),
                version: record.version,
                body: record.body.clone(),
            })
            .collect(),
        signature: document.signature.to_string(),
    };
    assert_eq!(serde_json::to_value(described).unwrap(), value);
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_are_described_as_they_are_read() {
    let world = World::new();
    let server = Server::start(&world).await;
    let document = server.json("/openapi.json").await;
    let submit = &document["paths"]["/v1/submissions"]["post"];
    let content = submit["requestBody"]["content"].as_object().unwrap();
    let media_types: Vec<_> = content.keys().map(String::as_str).collect();
    assert_eq!(
        media_types,
        ["application/json", "application/octet-stream"]
    );
    for (path, expected) in [
        (
            "/v1/members",
            vec!["limit", "after", "as_of_height", "event_time_before"],
        ),
        (
            "/v1/evidence",
            vec!["as_of_height", "event_time_before", "limit", "from"],
        ),
        (
            "/v1/proposals",
            vec!["as_of_height", "event_time_before", "limit", "after"],
        ),
        ("/v1/validators", vec!["height"]),
        ("/v1/proofs/consistency", vec!["from", "to"]),
        ("/tile/{level}/{index}", vec!["level", "index"]),
    ] {
        let parameters = document["paths"][path]["get"]["parameters"].as_array();
        let names: Vec<_> = parameters
            .unwrap()
            .iter()
            .map(|p| p["name"].as_str())
            .collect();
        let expected: Vec<_> = expected.into_iter().map(Some).collect();
        assert_eq!(names, expected, "{path}");
    }
    let names = submit["parameters"].as_array().unwrap().iter();
    let names: Vec<_> = names
        .map(|p| (p["name"].as_str(), p["required"].as_bool()))
        .collect();
    assert_eq!(
        names,
        [
            (Some("wait"), Some(false)),
            (Some("timeoutMs"), Some(false))
        ]
    );

    let schema = serde_json::json!({
        "$ref": "#/components/schemas/Submission",
        "components": document["components"],
    });
    let validator = jsonschema::validator_for(&schema).unwrap();
    let submission = SubmissionDocument::from(&world.sign(vec![harvest(1)]));
    let mut value = serde_json::to_value(&submission).unwrap();
    assert!(validator.is_valid(&value));
    value.as_object_mut().unwrap().remove("atomic");
    assert!(validator.is_valid(&value), "atomic has a default");
    value["key"] = "not hexadecimal".into();
    assert!(!validator.is_valid(&value));
}
