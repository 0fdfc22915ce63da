//! A ledger that has something to answer on every route.

use serde_json::{Value, json};

use super::{World, record};
use crate::api::tests::energy::with_certificates;
use crate::testing::energy_order;
use crate::types::{Record, SubmissionId, Timestamp};

/// What the harvests of [`World::with_blocks`] are about.
pub(in crate::api::tests) const HARVESTED: &str = "urn:epc:class:lgtin:762003.0418257.FARM12-2024";

/// Where the pallet is.
pub(in crate::api::tests) const STORE: &str = "urn:epc:id:sgln:9521001.00001.0";

/// The pallet.
pub(in crate::api::tests) const PALLET: &str = "urn:epc:id:sscc:9521001.0000000001";

/// The SHA-256 of an anchored document.
pub(in crate::api::tests) const DOCUMENT: &str =
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

/// When the delivery begins that was cleared and settled.
pub(in crate::api::tests) const DELIVERY: &str = "2024-10-01T00:15:00Z";

/// The hour that certificates were issued for.
pub(in crate::api::tests) const PRODUCED: &str = "2024-09-29T12:00:00Z/PT1H";

/// The ledger, and the names of what it has.
pub(in crate::api::tests) struct EveryRoute {
    pub(in crate::api::tests) world: World,
    ids: Vec<SubmissionId>,
    /// The entry of a proposal to the governing members.
    proposal: u64,
    /// The entry of a proposal to hand something over.
    pub(in crate::api::tests) held: u64,
    /// The entry of an issuance.
    pub(in crate::api::tests) issuance: u64,
}

impl EveryRoute {
    pub(in crate::api::tests) fn new() -> Self {
        let (world, ids, proposal) = World::with_assets();
        let one = |record: Record| world.commit(vec![world.sign(vec![record])], Vec::new());
        let held = hand_over(&world);
        one(record(
            "telemetry.device",
            json!({"device": "room-3", "channels": [
                {"quantity": "temperature", "unit": "CEL", "intervalMs": 60_000}]})
            .to_string(),
        ));
        let series = json!({"device": "room-3", "quantity": "temperature", "unit": "CEL",
            "start": "2024-09-01T01:00:00Z", "offsetsMs": [0, 600_000], "values": [4, 5]});
        one(record("telemetry.series", series.to_string()));
        let place = json!({"type": "urn:epcglobal:epcis:vtype:ReadPoint", "id": STORE});
        one(record("epcis.master-data", place.to_string()));
        let run = json!({"run": "a", "site": STORE, "machine": "m1", "product": "urn:example:bar",
            "start": "2024-09-01T01:00:00Z", "end": "2024-09-01T01:30:00Z",
            "output": {"quantity": 4, "unit": "KGM"}, "energyWh": 12});
        one(record("production.run", run.to_string()));
        let start = Timestamp::parse_rfc3339(DELIVERY).unwrap();
        one(energy_order("b", "bid", start, 4_000, 30_000));
        one(energy_order("o", "offer", start, 4_000, 10_000));
        let issuance = with_certificates(&world);
        one(stored());
        // The gate closes, and what was traded is settled.
        world.commit_after(600_000, Vec::new(), Vec::new());
        world.commit_after(2 * 86_400_000, Vec::new(), Vec::new());
        world.cosign();
        Self {
            world,
            ids,
            proposal,
            held,
            issuance,
        }
    }

    /// A path that the route of a template answers, with the parameters that it needs.
    pub(in crate::api::tests) fn path(&self, template: &str) -> String {
        let encoded = STORE.replace(':', "%3A");
        let path = template
            .replace("{submissionId}", &self.ids[0].to_string())
            .replace("{recordIndex}", "0")
            .replace("{height}", "1")
            .replace("{level}", "0")
            .replace("{meter}", "PV")
            .replace("{certificate}", &format!("{}-1", self.issuance))
            .replace("{name}", "crates")
            .replace("{area}", "local")
            .replace("{start}", DELIVERY)
            .replace("{contract}/{key}", "crates/PO-7/1")
            .replace(
                "custody/proposals/{index}",
                &format!("custody/proposals/{}", self.held),
            )
            .replace(
                "v1/proposals/{index}",
                &format!("v1/proposals/{}", self.proposal),
            )
            .replace("{digest}", DOCUMENT)
            .replace("{contract}", "crates")
            .replace("{device}", "trader:room-3")
            .replace("/members/{id}", "/members/trader")
            .replace("/master-data/{id}", &format!("/master-data/{STORE}"))
            .replace(
                "/submissions/{id}",
                &format!("/submissions/{}", self.ids[0]),
            )
            .replace("{id}", HARVESTED)
            .replace("{eventType}", "ObjectEvent")
            .replace("{epc}", &PALLET.replace(':', "%3A"))
            .replace("{bizStep}", "commissioning")
            .replace("{bizLocation}", &encoded)
            .replace("{readPoint}", &encoded)
            .replace("{disposition}", "active");
        let index = if path.contains("/tile/") { "000" } else { "1" };
        let path = path.replace("{index}", index);
        let query = match template {
            "/v1/proofs/consistency" => "from=1&to=2".to_owned(),
            "/v1/assets/{contract}" => "party=trader".to_owned(),
            "/v1/custody/proposals" => "member=port-1".to_owned(),
            "/v1/documents" => format!("thing={HARVESTED}"),
            "/v1/master-data" => "vocabulary=urn:epcglobal:epcis:vtype:ReadPoint".to_owned(),
            "/v1/certificates" => "owner=trader".to_owned(),
            "/v1/dwell" => format!("place={STORE}"),
            "/v1/cold-chain" => format!("thing={HARVESTED}&max=8"),
            "/v1/mass-balance" | "/v1/gaps" | "/v1/completeness" => format!("thing={HARVESTED}"),
            _ => return path,
        };
        format!("{path}?{query}")
    }
}

/// A path with a further parameter.
pub(in crate::api::tests) fn with_parameter(path: &str, parameter: &str) -> String {
    let separator = if path.contains('?') { '&' } else { '?' };
    format!("{path}{separator}{parameter}")
}

/// The names of the query parameters of an operation of the interface's description.
pub(in crate::api::tests) fn query_parameters(operation: &Value) -> Vec<&str> {
    operation["parameters"]
        .as_array()
        .into_iter()
        .flatten()
        .filter(|parameter| parameter["in"] == "query")
        .filter_map(|parameter| parameter["name"].as_str())
        .collect()
}

/// What was harvested is claimed and proposed, and a document is anchored. Returns the index of the
/// proposal.
fn hand_over(world: &World) -> u64 {
    let index = world.ledger.ledger_tip().frontier.size() + 1;
    let expires = world.ledger.ledger_tip().time.as_ms() + 600_000;
    let expires = Timestamp::from_ms(expires).to_string();
    let records = [
        ("custody.claim", json!({"things": [HARVESTED]})),
        (
            "custody.proposal",
            json!({"things": [HARVESTED], "to": "port-1", "expires": expires}),
        ),
        (
            "document.anchor",
            json!({"sha256": DOCUMENT, "sizeBytes": 0, "mediaType": "text/plain", "title": "Nothing",
                "things": [HARVESTED]}),
        ),
    ];
    let records = records.map(|(kind, body)| record(kind, body.to_string()));
    world.commit(vec![world.sign(records.to_vec())], Vec::new());
    index
}

/// The pallet at its place.
fn stored() -> Record {
    let body = json!({
        "@context": "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld",
        "type": "ObjectEvent",
        "eventTime": "2024-09-30T07:00:00Z",
        "eventTimeZoneOffset": "+00:00",
        "action": "OBSERVE",
        "epcList": [PALLET],
        "disposition": "active",
        "readPoint": {"id": STORE},
        "bizLocation": {"id": STORE}
    });
    record("epcis.event", body.to_string())
}
