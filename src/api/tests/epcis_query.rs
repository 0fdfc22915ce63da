//! The reading half of the EPCIS interface, as a client sees it.

mod edges;
mod lists;
mod named;
mod official;
mod routes;

use std::collections::BTreeSet;

use reqwest::{Method, Response};
use serde_json::{Value, json};

use super::support::{Server, World, grower_key, record};
use crate::api::endpoints::endpoints;
use crate::records::epcis::{canonical_identifier, parse, split};
use crate::types::{AccessToken, MemberId, Record};

const BAR: &str = "urn:epc:id:sgtin:9521001.011111.7";
const CASE: &str = "urn:epc:id:sscc:9521001.0000000001";
const BEANS: &str = "urn:epc:class:lgtin:9521001.012345.A1";
const WORKS: &str = "urn:epc:id:sgln:9521001.00001.0";
const SHOP: &str = "urn:epc:id:sgln:9521001.00009.0";
const OWN_ID: &str = "urn:uuid:00000000-0000-4000-8000-000000000077";

fn event(event_type: &str, hour: u32, rest: Value) -> Value {
    let mut event = json!({
        "@context": ["https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld",
            {"cocoa": "https://cocoa.example/terms/"}],
        "type": event_type,
        "eventTime": format!("2024-09-01T{hour:02}:00:00+02:00"),
        "eventTimeZoneOffset": "+02:00"
    });
    for (name, value) in rest.as_object().unwrap() {
        event[name] = value.clone();
    }
    event
}

/// Beans are made into a bar, which goes into a case, which comes to a shop, and is found too warm.
fn story() -> Vec<Value> {
    let beans = json!([{"epcClass": BEANS, "quantity": 100.5, "uom": "KGM"}]);
    let used = json!([{"epcClass": BEANS, "quantity": 0.50, "uom": "KGM"}]);
    vec![
        event(
            "ObjectEvent",
            1,
            json!({"action": "ADD", "bizStep": "commissioning", "disposition": "active",
                "quantityList": beans, "bizLocation": {"id": WORKS},
                "ilmd": {"cocoa:variety": "Trinitario", "cocoa:moisture": 7.10},
                "bizTransactionList": [{"type": "po", "bizTransaction": "urn:epcglobal:cbv:bt:9521001000018:PO-7"}]}),
        ),
        event(
            "TransformationEvent",
            2,
            json!({"inputQuantityList": used, "outputEPCList": [BAR], "bizStep": "cocoa:roasting",
                "readPoint": {"id": WORKS}, "eventID": OWN_ID,
                "transformationID": "https://cocoa.example/batches/77"}),
        ),
        event(
            "AggregationEvent",
            3,
            json!({"action": "ADD", "parentID": CASE, "childEPCs": [BAR], "bizStep": "packing"}),
        ),
        event(
            "ObjectEvent",
            4,
            json!({"action": "OBSERVE", "epcList": [CASE], "bizStep": "receiving",
                "readPoint": {"id": SHOP}, "bizLocation": {"id": SHOP},
                "sourceList": [{"type": "owning_party", "source": "urn:epc:id:pgln:9521001.00001"}],
                "recordTime": "2001-01-01T00:00:00Z",
                "persistentDisposition": {"set": ["completeness_inferred"]}}),
        ),
        event(
            "ObjectEvent",
            5,
            json!({"action": "OBSERVE", "epcList": [CASE], "bizStep": "sensor_reporting",
                "readPoint": {"id": "https://shop.example/414/9521001000093"},
                "sensorElementList": [{
                    "sensorMetadata": {"startTime": "2024-09-01T01:00:00Z", "endTime": "2024-09-01T02:00:00Z",
                        "deviceID": "urn:epc:id:giai:9521001.LOGGER7"},
                    "sensorReport": [{"type": "Temperature", "maxValue": 31.40, "uom": "CEL"}]
                }],
                "cocoa:inspection": {"cocoa:grade": 2, "cocoa:at": "2024-09-01T03:00:00Z"}}),
        ),
    ]
}

fn recorded(event: &Value) -> Record {
    record("epcis.event", event.to_string())
}

fn world() -> World {
    let world = World::new();
    for event in story() {
        world.commit(vec![world.sign(vec![recorded(&event)])], Vec::new());
    }
    world
}

/// A client with a token of the trader.
struct Client<'a> {
    server: &'a Server,
    token: String,
}

impl<'a> Client<'a> {
    fn new(server: &'a Server, world: &World) -> Self {
        Self {
            server,
            token: world.token("epcis:read"),
        }
    }

    async fn send(&self, method: Method, path: &str, headers: &[(&str, &str)]) -> Response {
        let url = self.server.url(&format!("/epcis/{path}"));
        let mut request = self.server.client.request(method, url);
        request = request.bearer_auth(&self.token);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        request.send().await.unwrap()
    }

    async fn get(&self, path: &str) -> Response {
        self.send(Method::GET, path, &[]).await
    }

    /// The JSON of an answer of status 200.
    async fn json(&self, path: &str) -> Value {
        let response = self.get(path).await;
        let status = response.status().as_u16();
        let answer: Value = response.json().await.unwrap();
        assert_eq!(status, 200, "{path}: {answer}");
        answer
    }

    /// The hours of the events of an answer, in their order.
    async fn hours(&self, path: &str) -> Vec<u32> {
        hours(&self.json(path).await)
    }

    async fn post(&self, path: &str, body: Value) -> Response {
        let url = self.server.url(&format!("/epcis/{path}"));
        let request = self.server.client.post(url).bearer_auth(&self.token);
        let request = request.header("content-type", "application/json");
        request.body(body.to_string()).send().await.unwrap()
    }

    async fn refused(&self, path: &str, status: u16, exception: &str) {
        assert_exception(self.get(path).await, status, exception).await;
    }
}

fn list(document: &Value) -> &Vec<Value> {
    let results = &document["epcisBody"]["queryResults"]["resultsBody"];
    results["eventList"].as_array().unwrap()
}

fn hours(document: &Value) -> Vec<u32> {
    let hour = |event: &Value| {
        event["eventTime"].as_str().unwrap()[11..13]
            .parse()
            .unwrap()
    };
    list(document).iter().map(hour).collect()
}

async fn assert_exception(response: Response, status: u16, exception: &str) {
    let url = response.url().clone();
    let found = response.status().as_u16();
    let problem: Value = response.json().await.unwrap();
    assert_eq!(found, status, "{url}: {problem}");
    let kind = format!("epcisException:{exception}Exception");
    assert_eq!(problem["type"], kind, "{url}: {problem}");
    assert_eq!(problem["status"], status);
    assert!(!problem["title"].as_str().unwrap().is_empty());
}

fn encode(text: &str) -> String {
    let mut out = String::new();
    for byte in text.bytes() {
        match byte {
            b'0'..=b'9' | b'a'..=b'z' | b'A'..=b'Z' | b'-' | b'_' | b'.' => {
                out.push(char::from(byte))
            }
            byte => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}

/// The address behind `/epcis/` that a Link header names.
fn next_of(response: &Response) -> Option<String> {
    let link = response.headers().get("link")?.to_str().unwrap();
    let (path, relation) = link.split_once('>').unwrap();
    assert_eq!(relation, "; rel=\"next\"");
    Some(path.strip_prefix("</epcis/").unwrap().to_owned())
}

#[tokio::test(flavor = "multi_thread")]
async fn events_come_back_as_they_were_captured() {
    let world = world();
    let server = Server::start(&world).await;
    let client = Client::new(&server, &world);
    let response = client
        .get("events?orderBy=recordTime&orderDirection=ASC")
        .await;
    assert_eq!(response.headers()["content-type"], "application/json");
    assert_eq!(response.headers()["gs1-epcis-version"], "2.0.0");
    assert_eq!(response.headers()["gs1-epc-format"], "Never_Translates");
    assert!(response.headers().get("link").is_none());
    let document: Value = response.json().await.unwrap();
    assert_eq!(document["type"], "EPCISQueryDocument");
    let found = list(&document);
    let sent = story();
    assert_eq!(found.len(), sent.len());
    let mut times = BTreeSet::new();
    for (found, sent) in found.iter().zip(&sent) {
        let before = parse(sent.to_string().as_bytes()).unwrap();
        let after = parse(found.to_string().as_bytes()).unwrap();
        assert_eq!(after.event_hash(), before.event_hash());
        assert_eq!(found["eventID"], *before.identity());
        let time = found["recordTime"].as_str().unwrap();
        assert!(time.starts_with("2024-10-01T00:00:0"), "{time}");
        times.insert(time.to_owned());
        for (name, value) in sent.as_object().unwrap() {
            if name != "recordTime" {
                assert_eq!(found[name], *value, "{name}");
            }
        }
    }
    assert_eq!(times.len(), sent.len());
}

#[tokio::test(flavor = "multi_thread")]
async fn every_spelling_asks_the_same() {
    let world = world();
    let server = Server::start(&world).await;
    let client = Client::new(&server, &world);
    for bar in [
        BAR.to_owned(),
        canonical_identifier(BAR).into_owned(),
        canonical_identifier(BAR).replace("id.gs1.org", "a.example/x"),
    ] {
        let path = format!("events?MATCH_anyEPC={}", encode(&bar));
        assert_eq!(client.hours(&path).await, [2, 3], "{bar}");
        let path = format!("epcs/{}/events?EQ_action=ADD", encode(&bar));
        assert_eq!(client.hours(&path).await, [3], "{bar}");
    }
    for step in [
        "receiving",
        "urn:epcglobal:cbv:bizstep:receiving",
        "https://ref.gs1.org/cbv/BizStep-receiving",
    ] {
        assert_eq!(
            client
                .hours(&format!("events?EQ_bizStep={}", encode(step)))
                .await,
            [4]
        );
        assert_eq!(
            client
                .hours(&format!("bizSteps/{}/events", encode(step)))
                .await,
            [4]
        );
    }
    for shop in [SHOP, "https://id.gs1.org/414/9521001000093"] {
        assert_eq!(
            client
                .hours(&format!("events?EQ_readPoint={}", encode(shop)))
                .await,
            [4, 5]
        );
        assert_eq!(
            client
                .hours(&format!("bizLocations/{}/events", encode(shop)))
                .await,
            [4]
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn each_parameter_finds_what_it_is_about() {
    let world = world();
    let server = Server::start(&world).await;
    let client = Client::new(&server, &world);
    let extensions = ("gs1-extensions", "cocoa=https://cocoa.example/terms/");
    for (query, expected) in [
        ("", vec![1, 2, 3, 4, 5]),
        ("eventType=ObjectEvent%7CAggregationEvent", vec![1, 3, 4, 5]),
        ("eventType=TransformationEvent", vec![2]),
        (
            "GE_eventTime=2024-09-01T02:00:00%2B02:00&LT_eventTime=2024-09-01T02:00:00Z",
            vec![2, 3],
        ),
        ("GE_eventTime=2024-09-01T05:00:00+02:00", vec![5]),
        ("GE_recordTime=2024-10-01T00:00:03Z", vec![3, 4, 5]),
        (
            "LT_recordTime=2024-10-01T00:00:03Z&orderBy=recordTime",
            vec![2, 1],
        ),
        ("EQ_action=OBSERVE", vec![4, 5]),
        ("EQ_disposition=active", vec![1]),
        (
            "EQ_persistentDisposition_set=completeness_inferred",
            vec![4],
        ),
        (
            "EQ_persistentDisposition_unset=completeness_inferred",
            vec![],
        ),
        // Nobody has said that anything lies in it: it is a place within itself.
        ("WD_bizLocation=urn:epc:id:sgln:9521001.00001.0", vec![1]),
        (
            "EQ_bizTransaction_po=urn:epcglobal:cbv:bt:9521001000018:PO-7",
            vec![1],
        ),
        (
            "EQ_bizTransaction_inv=urn:epcglobal:cbv:bt:9521001000018:PO-7",
            vec![],
        ),
        (
            "EQ_source_owning_party=https://id.gs1.org/417/9521001000017",
            vec![4],
        ),
        (
            "EQ_transformationID=https://cocoa.example/batches/77",
            vec![2],
        ),
        ("MATCH_epc=urn:epc:id:sscc:9521001.0000000001", vec![4, 5]),
        ("MATCH_parentID=urn:epc:id:sscc:9521001.0000000001", vec![3]),
        ("MATCH_outputEPC=urn:epc:idpat:sgtin:9521001.*.*", vec![2]),
        (
            "MATCH_anyEPC=urn:epc:idpat:sgtin:9521001.011111.*%7Curn:epc:id:sscc:9521001.0000000001",
            vec![2, 3, 4, 5],
        ),
        (
            "MATCH_epcClass=urn:epc:class:lgtin:9521001.012345.A1",
            vec![1],
        ),
        (
            "MATCH_inputEPCClass=https://id.gs1.org/01/09521001123457/10/A1",
            vec![2],
        ),
        (
            "MATCH_anyEPCClass=urn:epc:class:lgtin:9521001.012345.A1",
            vec![1, 2],
        ),
        ("EQ_quantity=100.50", vec![1]),
        ("LT_quantity_KGM=1", vec![2]),
        ("LT_quantity_GRM=1", vec![]),
        (
            "EQ_eventID=urn:uuid:00000000-0000-4000-8000-000000000077",
            vec![2],
        ),
        ("EXISTS_errorDeclaration=true", vec![]),
        ("EXISTS_errorDeclaration=false&EQ_action=ADD", vec![1, 3]),
        ("EXISTS_sensorElementList", vec![5]),
        ("GE_startTime=2024-09-01T01:00:00Z", vec![5]),
        ("LT_endTime=2024-09-01T02:00:00Z", vec![]),
        ("EQ_type=Temperature", vec![5]),
        (
            "EQ_deviceID=https://id.gs1.org/8004/9521001LOGGER7",
            vec![5],
        ),
        ("GT_maxValue_CEL=31.39", vec![5]),
        ("GT_maxValue_CEL=31.4", vec![]),
        ("EQ_ILMD_cocoa:variety=Criollo%7CTrinitario", vec![1]),
        ("GE_ILMD_cocoa:moisture=7.1", vec![1]),
        ("EXISTS_ILMD_https://cocoa.example/terms/variety", vec![1]),
        ("EXISTS_cocoa:inspection", vec![5]),
        ("EQ_INNER_cocoa:grade=2", vec![5]),
        ("EQ_cocoa:grade=2", vec![]),
        ("LT_INNER_cocoa:at=2024-09-01T05:00:01%2B02:00", vec![5]),
        ("EQ_bizStep=cocoa:roasting", vec![2]),
        ("orderBy=eventTime&eventCountLimit=2", vec![5, 4]),
        (
            "orderBy=eventTime&orderDirection=ASC&eventCountLimit=9",
            vec![1, 2, 3, 4, 5],
        ),
        ("maxEventCount=5", vec![1, 2, 3, 4, 5]),
    ] {
        let response = client
            .send(Method::GET, &format!("events?{query}"), &[extensions])
            .await;
        let status = response.status().as_u16();
        let document: Value = response.json().await.unwrap();
        assert_eq!(status, 200, "{query}: {document}");
        assert_eq!(hours(&document), expected, "{query}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_stay_as_they_are_while_events_arrive() {
    let world = world();
    let server = Server::start(&world).await;
    let client = Client::new(&server, &world);
    for query in [
        "",
        "orderBy=eventTime&",
        "MATCH_anyEPC=urn:epc:idpat:sscc:9521001.*&orderBy=recordTime&orderDirection=ASC&",
    ] {
        let whole = client.hours(&format!("events?{query}perPage=1000")).await;
        let (mut path, mut found) = (format!("events?{query}perPage=2"), Vec::new());
        let mut minute = found.len();
        loop {
            let response = client.get(&path).await;
            let next = next_of(&response);
            let document: Value = response.json().await.unwrap();
            assert!(list(&document).len() <= 2);
            found.extend(hours(&document));
            let Some(next) = next else { break };
            path = next;
            // One that every one of the queries would find, before, between and behind the others.
            minute += 1;
            let mut late = event(
                "ObjectEvent",
                3,
                json!({"action": "OBSERVE", "epcList": [CASE]}),
            );
            late["eventTime"] = json!(format!(
                "2024-09-01T03:{minute:02}:{:02}+02:00",
                query.len() % 60
            ));
            world.commit(vec![world.sign(vec![recorded(&late)])], Vec::new());
        }
        assert_eq!(found, whole, "{query}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_is_found_by_its_own_name_and_by_its_hash() {
    let world = world();
    let server = Server::start(&world).await;
    let client = Client::new(&server, &world);
    assert_eq!(
        client.hours(&format!("events/{}", encode(OWN_ID))).await,
        [2]
    );
    for (sent, hour) in story().iter().zip(1..) {
        let hash = parse(sent.to_string().as_bytes())
            .unwrap()
            .event_hash()
            .to_string();
        assert_eq!(
            client.hours(&format!("events/{}", encode(&hash))).await,
            [hour]
        );
        assert_eq!(
            client
                .hours(&format!("events?EQ_eventID={}", encode(&hash)))
                .await,
            [hour]
        );
    }
    // A declaration that it is wrong has the same name.
    let mut wrong = story().remove(1);
    wrong["errorDeclaration"] = json!({"declarationTime": "2024-09-02T00:00:00Z", "reason": "incorrect_data",
        "correctiveEventIDs": ["urn:uuid:00000000-0000-4000-8000-000000000078"]});
    world.commit(vec![world.sign(vec![recorded(&wrong)])], Vec::new());
    assert_eq!(
        client.hours(&format!("events/{}", encode(OWN_ID))).await,
        [2, 2]
    );
    for query in [
        "EXISTS_errorDeclaration=true",
        "EQ_errorReason=incorrect_data",
        "GE_errorDeclarationTime=2024-09-02T00:00:00Z",
        "LT_errorDeclaration_Time=2024-09-02T00:00:00.001Z",
        "EQ_correctiveEventID=urn:uuid:00000000-0000-4000-8000-000000000078",
    ] {
        assert_eq!(
            client.hours(&format!("events?{query}")).await,
            [2],
            "{query}"
        );
    }
    client
        .refused(
            "events/urn:uuid:00000000-0000-4000-8000-000000000079",
            404,
            "NoSuchName",
        )
        .await;
    client.refused("events/nothing", 400, "Validation").await;
    client
        .refused(
            &format!("events/{OWN_ID}?EQ_action=ADD"),
            400,
            "QueryParameter",
        )
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_rejected_or_repeated_is_not_answered() {
    let world = world();
    let again = recorded(&story()[0]);
    let bad = record("epcis.event", "{}");
    world.commit(vec![world.sign(vec![again, bad])], Vec::new());
    let server = Server::start(&world).await;
    let client = Client::new(&server, &world);
    assert_eq!(client.hours("events").await, [1, 2, 3, 4, 5]);
}

#[tokio::test(flavor = "multi_thread")]
async fn questions_that_are_not_understood_are_refused() {
    let world = world();
    let server = Server::start(&world).await;
    let client = Client::new(&server, &world);
    let token = next_of(&client.get("events?perPage=1").await).unwrap();
    let token = token.split_once("nextPageToken=").unwrap().1.to_owned();
    let list_token = next_of(&client.get("epcs?perPage=1").await).unwrap();
    let list_token = list_token
        .split_once("nextPageToken=")
        .unwrap()
        .1
        .to_owned();
    for path in [
        "events?foo=1".to_owned(),
        "events?as_of_height=1".to_owned(),
        "events?EQ_action=ADD&EQ_action=DELETE".to_owned(),
        "events?GE_eventTime=2024-09-02T00:00:00Z&LT_eventTime=2024-09-01T00:00:00Z".to_owned(),
        "events?GE_recordTime=2024-09-02T00:00:00Z&LT_recordTime=2024-09-01T00:00:00Z".to_owned(),
        "events?MATCH_epc=urn:epc:idpat:usdod:CAGEY.*".to_owned(),
        "events?EQ_cocoa:grade=1".to_owned(),
        "events?eventCountLimit=1&maxEventCount=1&orderBy=eventTime".to_owned(),
        "events?perPage=0".to_owned(),
        "events?perPage=1001".to_owned(),
        "events?nextPageToken=AAAA".to_owned(),
        format!("events?EQ_action=ADD&nextPageToken={token}"),
        format!("events?nextPageToken={list_token}"),
        format!("epcs?nextPageToken={token}"),
        format!("readPoints?nextPageToken={list_token}"),
        "epcs?EQ_action=ADD".to_owned(),
        "events?orderBy=".to_owned(),
        "events?orderBy=bizStep".to_owned(),
        format!("epcs/{}/events?MATCH_anyEPC={BAR}", encode(BAR)),
    ] {
        client.refused(&path, 400, "QueryParameter").await;
    }
    for path in [
        "events?orderBy=cocoa:grade",
        "events?second=0",
        "bizSteps/packing/events?stream=true",
        "queries/q/subscriptions",
        "queries/q/subscriptions/1",
    ] {
        client.refused(path, 501, "Implementation").await;
    }
    client
        .refused("events?maxEventCount=4", 413, "QueryTooLarge")
        .await;
    for path in [
        format!("epcs/{BAR}9"),
        format!("epcs/{BAR}9/events"),
        // A class is no EPC.
        format!("epcs/{}", encode(BEANS)),
        "bizSteps/shipping".to_owned(),
        "bizSteps/shipping/events".to_owned(),
        "dispositions/recalled".to_owned(),
        "readPoints/urn:a:b".to_owned(),
        "bizLocations/urn:a:b".to_owned(),
        "eventTypes/QuantityEvent".to_owned(),
        "eventTypes/QuantityEvent/events".to_owned(),
    ] {
        client.refused(&path, 404, "NoSuchName").await;
    }
    client.refused("bizSteps/shiping", 400, "Validation").await;
    for (name, value) in [
        ("gs1-epc-format", "Always_EPC_URN"),
        ("accept", "application/xml"),
        ("gs1-epcis-max", "1.2"),
    ] {
        let response = client.send(Method::GET, "events", &[(name, value)]).await;
        assert_exception(response, 406, "NotAcceptable").await;
    }
    let response = client
        .send(Method::GET, "events", &[("gs1-extensions", "cocoa")])
        .await;
    assert_exception(response, 400, "QueryParameter").await;
}
