//! The body of a membership change.

use crate::crypto::{PublicKey, Signature};
use crate::records::BodyError;
use crate::records::fields::{self, Fields};
use crate::types::{KeyProof, KeyPurpose, MemberId, ProvenKey};

/// A change of one member's keys.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MembershipChange {
    /// The key counts from the next height on.
    AddKey {
        /// Whose key.
        member: MemberId,
        /// The key, which must be new to the ledger, with its own signature.
        key: ProvenKey,
    },
    /// The key counts no more from the next height on.
    RevokeKey {
        /// Whose key.
        member: MemberId,
        /// The key.
        key: PublicKey,
    },
}

impl MembershipChange {
    /// The member whose keys change.
    pub fn member(&self) -> &MemberId {
        match self {
            Self::AddKey { member, .. } | Self::RevokeKey { member, .. } => member,
        }
    }
}

/// The purposes that a member may give a key by itself.
const OWN_PURPOSES: [KeyPurpose; 4] = [
    KeyPurpose::Writer,
    KeyPurpose::Gateway,
    KeyPurpose::Auditor,
    KeyPurpose::Network,
];

/// Reads one of the keys that a member has apart from its validators: `key`, `purpose` and `proof`.
pub(in crate::records) fn own_key(fields: &Fields<'_, '_>) -> Result<ProvenKey, BodyError> {
    let key = fields.parse("key", PublicKey::from_hex)?;
    let stated = fields.text("purpose")?;
    let purpose = OWN_PURPOSES
        .into_iter()
        .find(|purpose| purpose.as_str() == stated)
        .ok_or_else(|| {
            BodyError::new(
                fields.place("purpose"),
                format!("{stated:?} is not writer, gateway, auditor or network"),
            )
        })?;
    let proof = KeyProof(fields.parse("proof", Signature::from_hex)?);
    Ok(ProvenKey {
        purpose,
        key,
        proof,
    })
}

/// Reads and checks a body.
///
/// # Errors
/// [`BodyError`] with the place and the rule.
pub fn check(body: &[u8]) -> Result<MembershipChange, BodyError> {
    let json = fields::read(body)?;
    let fields = Fields::of(&json, "a membership change")?;
    let operation = fields.text("operation")?;
    let allowed: &[&str] = match operation {
        "addKey" => &["operation", "member", "key", "purpose", "proof"],
        "revokeKey" => &["operation", "member", "key"],
        other => {
            return Err(BodyError::new(
                "/operation",
                format!("{other:?} is no operation; addKey and revokeKey are"),
            ));
        }
    };
    fields.allow_only(allowed)?;
    let member = fields.parse("member", MemberId::new)?;
    Ok(if operation == "revokeKey" {
        let key = fields.parse("key", PublicKey::from_hex)?;
        MembershipChange::RevokeKey { member, key }
    } else {
        let key = own_key(&fields)?;
        MembershipChange::AddKey { member, key }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crypto::SecretKey;

    fn key() -> PublicKey {
        SecretKey::from_seed([7; 32]).public_key()
    }

    #[test]
    fn both_operations_are_read() {
        let key = key();
        let member = MemberId::new("acme").unwrap();
        let proof = "01".repeat(64);
        let body = format!(
            r#"{{"operation":"addKey","member":"acme","key":"{key}","purpose":"gateway",
                "proof":"{proof}"}}"#
        );
        assert_eq!(
            check(body.as_bytes()),
            Ok(MembershipChange::AddKey {
                member: member.clone(),
                key: ProvenKey {
                    purpose: KeyPurpose::Gateway,
                    key,
                    proof: KeyProof(Signature::from_hex(&proof).unwrap()),
                }
            })
        );
        let body = format!(r#"{{"operation":"revokeKey","member":"acme","key":"{key}"}}"#);
        assert_eq!(
            check(body.as_bytes()),
            Ok(MembershipChange::RevokeKey { member, key })
        );
    }

    #[test]
    fn each_fault_is_at_its_place() {
        let key = key();
        let cases = [
            ("[]".to_owned(), ""),
            ("{".to_owned(), ""),
            (r#"{"member":"acme"}"#.to_owned(), "/operation"),
            (r#"{"operation":"rename"}"#.to_owned(), "/operation"),
            (r#"{"operation":7}"#.to_owned(), "/operation"),
            (r#"{"operation":"revokeKey","x/y":1}"#.to_owned(), "/x~1y"),
            (
                r#"{"operation":"revokeKey","member":"A"}"#.to_owned(),
                "/member",
            ),
            (
                r#"{"operation":"revokeKey","member":"a","key":"00"}"#.to_owned(),
                "/key",
            ),
            (
                format!(
                    r#"{{"operation":"addKey","member":"a","key":"{key}","purpose":"consensus"}}"#
                ),
                "/purpose",
            ),
            (
                format!(
                    r#"{{"operation":"addKey","member":"a","key":"{key}","purpose":"network"}}"#
                ),
                "/proof",
            ),
            (
                format!(
                    r#"{{"operation":"revokeKey","member":"a","key":"{key}","purpose":"writer"}}"#
                ),
                "/purpose",
            ),
        ];
        for (body, pointer) in cases {
            assert_eq!(
                check(body.as_bytes()).unwrap_err().pointer,
                pointer,
                "{body}"
            );
        }
    }
}
