//! Records for tests.

use bytes::Bytes;
use serde_json::json;

use super::events::commissioning;
use super::keys::secret_key;
use crate::crypto::{PublicKey, SecretKey, Sha256Digest};
use crate::records::governance::{Action, ProvenValidator};
use crate::types::{
    ContractBundle, Height, KeyProof, KeyPurpose, LedgerId, LogIndex, MemberId, ProvenKey, Record,
    RecordKind, Timestamp, Validator,
};

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

/// A key as bodies state it, with its proof.
pub fn proven_key(
    ledger: &LedgerId,
    member: &MemberId,
    secret: &SecretKey,
    purpose: KeyPurpose,
) -> ProvenKey {
    ProvenKey {
        purpose,
        key: secret.public_key(),
        proof: KeyProof::sign(secret, ledger, member, purpose),
    }
}

/// A `membership.change` record that adds a key.
pub fn add_key(
    ledger: &LedgerId,
    member: &MemberId,
    secret: &SecretKey,
    purpose: KeyPurpose,
) -> Record {
    let key = proven_key(ledger, member, secret, purpose);
    let body = json!({
        "operation": "addKey",
        "member": member,
        "key": key.key,
        "purpose": purpose.as_str(),
        "proof": hex::encode(key.proof.0.as_bytes())
    });
    record("membership.change", 1, body.to_string())
}

/// A `membership.change` record that revokes a key.
pub fn revoke_key(member: &MemberId, key: &PublicKey) -> Record {
    let body = json!({"operation": "revokeKey", "member": member, "key": key});
    record("membership.change", 1, body.to_string())
}

/// A `governance.proposal` record to install a contract.
pub fn install_contract(
    contract: &ContractBundle,
    from_height: Option<Height>,
    expires: Timestamp,
) -> Record {
    let mut body = json!({
        "action": "installContract",
        "contract": contract,
        "expires": expires.to_string(),
        "reason": "the test needs it"
    });
    if let Some(height) = from_height {
        body["fromHeight"] = json!(height.0);
    }
    record("governance.proposal", 1, body.to_string())
}

/// A `governance.proposal` record to retire a contract.
pub fn retire_contract(name: &str, expires: Timestamp) -> Record {
    let body = json!({
        "action": "retireContract",
        "name": name,
        "expires": expires.to_string(),
        "reason": "the test needs it no more"
    });
    record("governance.proposal", 1, body.to_string())
}

/// A `governance.proposal` record about members or validators.
pub fn propose(action: &Action, expires: Timestamp) -> Record {
    let mut body = json!({
        "action": action.as_str(),
        "expires": expires.to_string(),
        "reason": "the test needs it"
    });
    let key =
        |key: &ProvenKey| json!({"key": key.key, "proof": hex::encode(key.proof.0.as_bytes())});
    let with_purpose = |one: &ProvenKey| {
        let mut stated = key(one);
        stated["purpose"] = json!(one.purpose.as_str());
        stated
    };
    match action {
        Action::AddMember(new) => {
            body["member"] = json!(new.id);
            body["name"] = json!(new.name);
            body["roles"] = json!(new.roles);
            body["keys"] = new.keys.iter().map(with_purpose).collect();
        }
        Action::ChangeRoles { member, roles } => {
            body["member"] = json!(member);
            body["roles"] = json!(roles);
        }
        Action::RemoveMember(member) => body["member"] = json!(member),
        Action::RemoveValidator(old) => body["consensusKey"] = json!(old),
        Action::AddValidator(new) | Action::ReplaceValidator { new, .. } => {
            body["member"] = json!(new.validator.member);
            for one in &new.keys {
                body["keys"][one.purpose.as_str()] = key(one);
            }
            if let Action::ReplaceValidator { old, .. } = action {
                body["consensusKey"] = json!(old);
            }
        }
        Action::InstallContract(_) | Action::RetireContract(_) => {
            unreachable!("there are functions for them")
        }
    }
    record("governance.proposal", 1, body.to_string())
}

/// A node of a member whose keys are known by a label.
pub fn proven_validator(ledger: &LedgerId, member: &MemberId, label: &str) -> ProvenValidator {
    let key = |purpose: KeyPurpose| {
        let secret = secret_key(&format!("{label}/{purpose}"));
        proven_key(ledger, member, &secret, purpose)
    };
    let keys = [
        key(KeyPurpose::Consensus),
        key(KeyPurpose::Network),
        key(KeyPurpose::Log),
        key(KeyPurpose::Cosigner),
    ];
    ProvenValidator {
        validator: Validator {
            member: member.clone(),
            consensus_key: keys[0].key,
            network_key: keys[1].key,
            log_key: keys[2].key,
            cosigner_key: keys[3].key,
        },
        keys,
    }
}

/// A `governance.ballot` record about a proposal.
pub fn ballot(index: LogIndex, proposal: &Record, decision: &str) -> Record {
    let digest = Sha256Digest::of(&proposal.body);
    let body = json!({
        "proposal": index.0,
        "digest": digest.to_string(),
        "decision": decision
    });
    record("governance.ballot", 1, body.to_string())
}

/// A bid for energy, or an offer of it, in the shipped area `local`.
pub fn energy_order(
    id: &str,
    side: &str,
    start: Timestamp,
    quantity_wh: u64,
    limit_price: i64,
) -> Record {
    let body = json!({
        "orderId": id,
        "area": "local",
        "side": side,
        "deliveryStart": start.to_string(),
        "deliveryDuration": "PT15M",
        "quantityWh": quantity_wh,
        "limitPrice": limit_price
    });
    record("energy.order", 1, body.to_string())
}

/// A withdrawal of an order.
pub fn order_withdrawal(id: &str) -> Record {
    record(
        "energy.order-withdrawal",
        1,
        json!({"orderId": id}).to_string(),
    )
}

/// The shipped contract `energy-trade` with one change of its manifest and another version.
pub fn energy_contract(version: u32, changes: &[(&str, &str)]) -> ContractBundle {
    let shipped = crate::contracts::shipped_contracts();
    let shipped = shipped
        .iter()
        .find(|bundle| bundle.manifest().contains("name = \"energy-trade\""))
        .expect("it is shipped");
    let mut manifest =
        shipped
            .manifest()
            .replacen("version = 1", &format!("version = {version}"), 1);
    for (from, to) in changes {
        assert!(manifest.contains(from), "{from}");
        manifest = manifest.replacen(from, to, 1);
    }
    let files = shipped
        .files()
        .map(|(path, text)| match path {
            "contract.toml" => (path.to_owned(), manifest.clone()),
            _ => (path.to_owned(), text.to_owned()),
        })
        .collect();
    ContractBundle::new(files).expect("a small contract")
}

/// The contract `crates`: a depot lends crates and takes them back. Its version says how many may be
/// lent at most.
pub fn crates_contract(version: u32, most: u32) -> ContractBundle {
    let manifest = format!(
        r#"
name = "crates"
version = {version}
title = "Crates that are lent"

[[record]]
kind = "crates.lend"
version = 1
title = "crates are lent"
schema = "schemas/crates.json"
asset = {{ key = "/id", operation = "create" }}
[[record.rule]]
name = "not-too-many"
check = "self.count <= {most}"
message = "{most} crates at most"

[[record]]
kind = "crates.correct"
version = 1
title = "the number of crates is corrected"
schema = "schemas/crates.json"
asset = {{ key = "/id", operation = "update" }}
[[record.rule]]
name = "by-depot"
check = "submitter.member == oldSelf.depot && self.depot == oldSelf.depot"
message = "the depot corrects"

[[record]]
kind = "crates.return"
version = 1
title = "the crates come back"
schema = "schemas/crates.json"
asset = {{ key = "/id", operation = "close" }}
[[record.rule]]
name = "all"
check = "self.count == oldSelf.count"
message = "all crates come back"

[[record]]
kind = "crates.note"
version = 1
title = "a note about crates"
schema = "schemas/crates.json"
"#
    );
    let schema = json!({
        "type": "object",
        "required": ["id", "count", "depot"],
        "additionalProperties": false,
        "properties": {
            "id": {"type": "string"},
            "count": {"type": "integer", "minimum": 1},
            "depot": {"type": "string", "maxLength": 63}
        }
    });
    let files = [
        ("contract.toml".to_owned(), manifest),
        ("README.md".to_owned(), "# Crates".to_owned()),
        ("schemas/crates.json".to_owned(), schema.to_string()),
    ];
    ContractBundle::new(files.into()).expect("a small contract")
}

/// A record of the contract `crates`.
pub fn crates_record(kind: &str, id: &str, count: u32, depot: &MemberId) -> Record {
    let body = json!({"id": id, "count": count, "depot": depot});
    record(&format!("crates.{kind}"), 1, body.to_string())
}
