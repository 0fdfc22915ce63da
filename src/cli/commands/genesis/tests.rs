use std::collections::BTreeMap;

use super::*;
use crate::crypto::SecretKey;
use crate::types::MemberId;

fn member(seed: u8, purposes: &[KeyPurpose]) -> PublicKeysDocument {
    let keys: BTreeMap<_, _> = (0..)
        .zip(purposes)
        .map(|(offset, purpose)| {
            let key = SecretKey::from_seed([seed + offset; 32]).public_key();
            (*purpose, key)
        })
        .collect();
    PublicKeysDocument::new(
        MemberId::new(&format!("m{seed}")).unwrap(),
        format!("Member {seed}"),
        keys,
    )
}

fn make(members: &[PublicKeysDocument]) -> Result<(Vec<u8>, Genesis), GenesisError> {
    let role = Role::new("producer").unwrap();
    assemble(
        "example.com/x",
        Timestamp::from_ms(0),
        ConsensusParameters::default(),
        members,
        &[role],
    )
}

#[test]
fn members_become_validators_if_they_have_the_keys() {
    let all = member(1, &crate::node::keys::PURPOSES);
    let writer = member(50, &[KeyPurpose::Writer]);
    let (bytes, genesis) = make(&[all.clone(), writer]).unwrap();
    assert_eq!(Genesis::parse(&bytes).unwrap(), genesis);
    assert_eq!(genesis.validators().len(), 1);
    assert_eq!(genesis.members().len(), 2);
    assert_eq!(genesis.members()[0].keys.len(), 6);
    assert_eq!(genesis.members()[0].roles[0].as_str(), "producer");
    assert!(describe(&genesis).contains(&genesis.ledger().to_string()));
    assert_eq!(summary(&genesis)["quorum"], 1);
    assert!(matches!(
        make(&[all.clone(), all]),
        Err(GenesisError::BadValidators { .. }
            | GenesisError::MemberTwice { .. }
            | GenesisError::KeyTwice { .. })
    ));
    assert!(make(&[member(50, &[KeyPurpose::Writer])]).is_err());
}
