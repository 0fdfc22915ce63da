//! Meters and their readings, for tests.

use serde_json::{Value, json};

use super::network::{GENESIS_TIME, TestNetwork};
use super::records::record;
use crate::types::{Record, Role, Timestamp};

/// A network of one validator and `members` members, where the roles are given to members by their
/// number.
pub fn network_with_roles(members: usize, roles: &[(usize, &str)]) -> TestNetwork {
    let mut document = TestNetwork::new(1, members).document().clone();
    for (member, role) in roles {
        document.members[*member]
            .roles
            .push(Role::new(role).expect("a label"));
    }
    TestNetwork::from_document(document)
}

/// The start of the quarter of an hour of this number on the day before genesis.
pub fn quarter(number: u32) -> Timestamp {
    let day_before_ms = GENESIS_TIME.as_ms() - 86_400_000;
    Timestamp::from_ms(day_before_ms + i64::from(number) * 900_000)
}

/// An `energy.meter` record that registers a meter in the area `CH-ZH`: of solar production, or of
/// consumption.
pub fn register_meter(meter: &str, owner: usize, kind: &str) -> Record {
    let mut body = json!({
        "operation": "register",
        "meter": meter,
        "owner": format!("member-{owner}"),
        "area": "CH-ZH",
        "kind": kind
    });
    if kind != "consumption" {
        body["carrier"] = json!("solar");
    }
    record("energy.meter", 1, body.to_string())
}

/// An `energy.meter-reading` record of a quarter of an hour.
pub fn read_quarter(meter: &str, number: u32, wh_in: u64, wh_out: u64) -> Record {
    reading(meter, number, json!({"whIn": wh_in, "whOut": wh_out}))
}

/// An `energy.meter-reading` record that corrects an entry.
pub fn correct_quarter(meter: &str, number: u32, wh: (u64, u64), replaces: u64) -> Record {
    let amounts = json!({"whIn": wh.0, "whOut": wh.1, "replaces": replaces});
    reading(meter, number, amounts)
}

fn reading(meter: &str, number: u32, mut body: Value) -> Record {
    body["meter"] = json!(meter);
    body["start"] = json!(quarter(number).to_string());
    body["duration"] = json!("PT15M");
    record("energy.meter-reading", 1, body.to_string())
}

/// An `energy.certificate-issue` record for a quarter of an hour.
pub fn issue_certificates(
    device: &str,
    number: u32,
    quantity_wh: u64,
    face_value_wh: u64,
) -> Record {
    let body = json!({
        "device": device,
        "start": quarter(number).to_string(),
        "duration": "PT15M",
        "quantityWh": quantity_wh,
        "faceValueWh": face_value_wh
    });
    record("energy.certificate-issue", 1, body.to_string())
}

/// An `energy.certificate-transfer` record.
pub fn transfer_certificates(issuance: u64, (first, last): (u64, u64), to: usize) -> Record {
    let to = format!("member-{to}");
    let body = json!({"issuance": issuance, "first": first, "last": last, "to": to});
    record("energy.certificate-transfer", 1, body.to_string())
}

/// An `energy.certificate-withdraw` record.
pub fn withdraw_certificates(issuance: u64, (first, last): (u64, u64)) -> Record {
    let body =
        json!({"issuance": issuance, "first": first, "last": last, "reason": "a wrong reading"});
    record("energy.certificate-withdraw", 1, body.to_string())
}

/// An `energy.certificate-cancel` record.
pub fn cancel_certificates(issuance: u64, (first, last): (u64, u64), for_member: usize) -> Record {
    let for_member = format!("member-{for_member}");
    let body =
        json!({"issuance": issuance, "first": first, "last": last, "beneficiary": for_member});
    record("energy.certificate-cancel", 1, body.to_string())
}

/// An `energy.certificate-claim` record.
pub fn claim_certificates(issuance: u64, (first, last): (u64, u64), meter: &str) -> Record {
    let body = json!({"issuance": issuance, "first": first, "last": last, "meter": meter});
    record("energy.certificate-claim", 1, body.to_string())
}
