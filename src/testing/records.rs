//! Records for tests.

use bytes::Bytes;
use serde_json::json;

use super::events::commissioning;
use crate::crypto::PublicKey;
use crate::types::{KeyPurpose, MemberId, Record, RecordKind};

/// A record with a body that need not be valid for its kind.
pub fn record(kind: &str, version: u16, body: impl Into<Bytes>) -> Record {
    Record {
        kind: RecordKind::new(kind).expect("a record kind"),
        version,
        body: body.into(),
    }
}

/// A valid `epcis.event` record: the commissioning of sack `number`.
pub fn event_record(number: u32) -> Record {
    record("epcis.event", 1, commissioning(number))
}

/// A `membership.change` record that adds a key.
pub fn add_key(member: &MemberId, key: &PublicKey, purpose: KeyPurpose) -> Record {
    let body = json!({
        "operation": "addKey",
        "member": member,
        "key": key,
        "purpose": purpose.as_str()
    });
    record("membership.change", 1, body.to_string())
}

/// A `membership.change` record that revokes a key.
pub fn revoke_key(member: &MemberId, key: &PublicKey) -> Record {
    let body = json!({"operation": "revokeKey", "member": member, "key": key});
    record("membership.change", 1, body.to_string())
}
