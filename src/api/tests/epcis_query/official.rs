//! Against the official schema and description, where they are at hand.

use std::path::{Path, PathBuf};

use super::*;

/// Where an official artefact is; none without the folder that `WAYBILL_CONFORMANCE` names.
fn official(artefact: &str) -> Option<PathBuf> {
    let folder = std::env::var_os("WAYBILL_CONFORMANCE").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/conformance"),
        PathBuf::from,
    );
    let path = folder.join(artefact);
    if !path.exists() {
        eprintln!(
            "SKIPPED: {} is absent; WAYBILL_CONFORMANCE names its folder",
            path.display()
        );
        return None;
    }
    Some(path)
}

/// The documents in a folder and in those within it.
fn documents(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for file in std::fs::read_dir(folder).unwrap() {
        let path = file.unwrap().path();
        if path.is_dir() {
            found.extend(documents(&path));
        } else if path
            .extension()
            .is_some_and(|e| e == "json" || e == "jsonld")
        {
            found.push(path);
        }
    }
    found.sort();
    found
}

fn json_file(path: &Path) -> Value {
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

/// All official examples are captured; what comes back is a document of the official schema, in which every
/// event has the hash that it was captured with.
#[tokio::test(flavor = "multi_thread")]
async fn official_examples_come_back_as_a_valid_document() {
    let Some(folder) = official("epcis") else {
        return;
    };
    let schema = json_file(&folder.join("EPCIS-JSON-Schema.json"));
    let validator = jsonschema::options()
        .should_validate_formats(true)
        .build(&schema)
        .unwrap();
    let world = World::new();
    let (mut hashes, mut refused) = (BTreeSet::new(), 0);
    let folders = [folder.join("openepcis"), folder.join("examples")];
    for path in folders.iter().flat_map(|folder| documents(folder)) {
        let text = std::fs::read_to_string(&path).unwrap();
        // Beside documents there are bare events; what is neither holds none.
        for piece in split(&text).unwrap_or_default() {
            let event: Value = serde_json::from_str(&piece.body).unwrap();
            let parsed = match parse(piece.body.as_bytes()) {
                Ok(parsed) => parsed,
                // Some of them give a name twice, so that nobody can tell what they say.
                Err(error) => {
                    let place = format!("{} {}", path.display(), piece.pointer);
                    assert!(
                        error.to_string().contains("occurs twice"),
                        "{place}: {error}"
                    );
                    refused += 1;
                    continue;
                }
            };
            if hashes.insert(parsed.event_hash().to_string()) {
                world.commit(vec![world.sign(vec![recorded(&event)])], Vec::new());
            }
        }
    }
    assert!(
        hashes.len() > 20 && refused < 5,
        "{}, {refused}",
        hashes.len()
    );
    let server = Server::start(&world).await;
    let client = Client::new(&server, &world);
    let (mut path, mut found) = ("events?perPage=7".to_owned(), BTreeSet::new());
    loop {
        let response = client.get(&path).await;
        let next = next_of(&response);
        let document: Value = response.json().await.unwrap();
        let errors: Vec<String> = validator
            .iter_errors(&document)
            .map(|e| e.to_string())
            .collect();
        assert!(errors.is_empty(), "{path}: {errors:?}");
        for event in list(&document) {
            let event = parse(event.to_string().as_bytes()).unwrap();
            found.insert(event.event_hash().to_string());
        }
        let Some(next) = next else { break };
        path = next;
    }
    assert_eq!(found, hashes);
}

/// The parameters and routes of the official interface description are all there.
#[test]
fn all_of_the_official_description_is_there() {
    let Some(path) = official("epcis/openapi.json") else {
        return;
    };
    let official = json_file(&path);
    let own = endpoints();
    for (path, item) in official["paths"].as_object().unwrap() {
        if path.contains("capture") || path == "/" {
            continue;
        }
        for method in item.as_object().unwrap().keys() {
            if method == "parameters" || (path == "/events" && method == "post") {
                continue;
            }
            let endpoint = own.iter().find(|endpoint| {
                endpoint.template == format!("/epcis{path}")
                    && endpoint.method_name() == method.to_uppercase()
            });
            assert!(endpoint.is_some(), "{method} {path}");
        }
    }
    let events = own
        .iter()
        .find(|endpoint| endpoint.template == "/epcis/events" && endpoint.method_name() == "GET")
        .unwrap();
    let described = serde_json::to_value(&events.operation).unwrap();
    let names: BTreeSet<&str> = described["parameters"]
        .as_array()
        .unwrap()
        .iter()
        .map(|parameter| parameter["name"].as_str().unwrap())
        .collect();
    let references = &official["paths"]["/events"]["get"]["parameters"];
    for reference in references.as_array().unwrap() {
        let name = reference["$ref"]
            .as_str()
            .unwrap()
            .rsplit('/')
            .next()
            .unwrap();
        let parameter = &official["components"]["parameters"][name];
        if parameter["in"] == "query" {
            let name = parameter["name"].as_str().unwrap();
            assert!(names.contains(name), "{name}");
        }
    }
}
