//! What helps, with the names that are known: a hint is written for every record of its code, and has words such as
//! THING where each record has its own.

use serde_json::Value;

use crate::types::{MemberId, Record};

/// A word of hints, and the field of a record's body that has its value.
const FIELDS: [(&str, &str); 12] = [
    ("INDEX", "/proposal"),
    ("THING", "/things/0"),
    ("AREA", "/area"),
    ("START", "/deliveryStart"),
    ("START", "/start"),
    ("ID", "/orderId"),
    ("ISSUANCE", "/issuance"),
    ("METER", "/meter"),
    ("METER", "/device"),
    ("DURATION", "/duration"),
    ("DEVICE", "/device"),
    ("QUANTITY", "/quantity"),
];

/// The commands whose MEMBER is the one that signed, of whatever record: whose things wait, whose orders and devices those
/// are, and who lacks a role.
const OF_SIGNER: [&str; 4] = [
    "waybill custody open --member MEMBER",
    "waybill market orders --of MEMBER",
    "waybill telemetry show MEMBER:DEVICE",
    "waybill member propose-roles MEMBER --role ROLE",
];

/// How a hint goes on to a command whose MEMBER is the one that signed.
const TO_SIGNER: &str = "to you: ";

/// The kind of record by which a member changes its own keys, and speaks of no other member.
const OWN_KEYS: &str = "membership.change";

/// A hint for a record of a member, whose commands name what the record names. What is not known, or would have to
/// be quoted, stays as it is.
pub fn filled(hint: &str, member: &MemberId, record: &Record) -> String {
    let body: Value = serde_json::from_slice(&record.body).unwrap_or_default();
    let mut text = String::with_capacity(hint.len());
    let is_own = record.kind.as_str() == OWN_KEYS;
    let mut before = "";
    // Every second piece is a command.
    for (place, piece) in hint.split('`').enumerate() {
        if place > 0 {
            text.push('`');
        }
        match place % 2 {
            1 if piece.starts_with("waybill ") => {
                let signer = is_own || before.ends_with(TO_SIGNER) || is_of_signer(piece);
                let signer = signer.then_some(member);
                text.push_str(&filled_command(piece, signer, &body));
            }
            _ => text.push_str(piece),
        }
        before = piece;
    }
    text
}

fn is_of_signer(command: &str) -> bool {
    OF_SIGNER.iter().any(|known| command.starts_with(known))
}

/// A command with what a record has for its words; `member` stands for MEMBER, if that is known.
fn filled_command(command: &str, member: Option<&MemberId>, body: &Value) -> String {
    let words = command.split(' ').map(|word| match (word, member) {
        ("MEMBER", Some(member)) => member.to_string(),
        ("MEMBER:DEVICE", Some(member)) => match value("DEVICE", body) {
            Some(device) => format!("{member}:{device}"),
            None => word.to_owned(),
        },
        _ => value(word, body).unwrap_or_else(|| word.to_owned()),
    });
    words.collect::<Vec<_>>().join(" ")
}

/// What a record has for a word, if a shell takes it as one word too.
fn value(word: &str, body: &Value) -> Option<String> {
    let known = FIELDS.iter().filter(|(name, _)| *name == word);
    let mut values = known.filter_map(|(_, field)| match body.pointer(field)? {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    });
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "/._-+:@%".contains(c);
    let found = values.next()?;
    (!found.is_empty() && !found.starts_with('-') && found.chars().all(is_plain)).then_some(found)
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;
    use crate::contracts::way_out;
    use crate::types::RecordKind;

    fn hint(kind: &str, code: &str, body: &str) -> String {
        let kind = RecordKind::new(kind).unwrap();
        let hint = way_out(code, &kind).unwrap();
        let record = Record {
            kind,
            version: 1,
            body: Bytes::copy_from_slice(body.as_bytes()),
        };
        filled(hint, &MemberId::new("acme").unwrap(), &record)
    }

    #[test]
    fn commands_name_what_the_record_names() {
        for (kind, code, body, command) in [
            (
                "custody.claim",
                "already-held",
                r#"{"things": ["urn:epc:id:sscc:9521001.0000002001"]}"#,
                "`waybill custody show urn:epc:id:sscc:9521001.0000002001`",
            ),
            (
                "custody.claim",
                "already-held",
                r#"{"things": ["urn:x:1"]}"#,
                "`waybill custody propose urn:x:1 --to acme`",
            ),
            (
                "custody.acceptance",
                "proposal-expired",
                r#"{"proposal": 12}"#,
                "`waybill custody propose THING --to MEMBER`",
            ),
            (
                "custody.acceptance",
                "not-addressee",
                r#"{"proposal": 12}"#,
                "`waybill custody open --member acme`",
            ),
            (
                "custody.acceptance",
                "not-addressee",
                r#"{"proposal": 12}"#,
                "`waybill custody withdraw 12`",
            ),
            (
                "governance.ballot",
                "not-proposer",
                r#"{"proposal": 12}"#,
                "`waybill contract reject 12`",
            ),
            (
                "membership.change",
                "unknown-key",
                "{}",
                "`waybill member show acme`",
            ),
            (
                "energy.order",
                "role-missing",
                "{}",
                "`waybill member propose-roles acme --role ROLE --reason WHY`",
            ),
            (
                "energy.certificate-issue",
                "already-issued",
                r#"{"device": "PV-1", "start": "2026-06-01T12:00:00Z", "duration": "PT1H"}"#,
                "`waybill certificate list --device PV-1 --start 2026-06-01T12:00:00Z --duration PT1H`",
            ),
            (
                "energy.meter-reading",
                "reading-relied-on",
                r#"{"meter": "PV-1", "start": "2026-06-01T12:00:00Z", "duration": "PT1M"}"#,
                "`waybill certificate list --device PV-1 --start 2026-06-01T12:00:00Z --duration PT1M`",
            ),
            (
                "telemetry.series",
                "other-unit",
                r#"{"device": "room-3", "quantity": "temperature"}"#,
                "`waybill telemetry show acme:room-3 --quantity temperature`",
            ),
            (
                "energy.order",
                "too-many-orders",
                "{}",
                "`waybill market orders --of acme`",
            ),
            // What is not there, and what a shell would take apart, stays to be filled in.
            (
                "custody.claim",
                "already-held",
                r#"{"things": ["urn:x:a'; rm b"]}"#,
                "`waybill custody show THING`",
            ),
            (
                "custody.claim",
                "already-held",
                "no JSON",
                "`waybill custody show THING`",
            ),
            (
                "governance.proposal",
                "member-exists",
                "{}",
                "`waybill member show MEMBER`",
            ),
        ] {
            let hint = hint(kind, code, body);
            assert!(hint.contains(command), "{kind}, {code}: {hint}");
        }
    }
}
