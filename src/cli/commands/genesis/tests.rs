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

#[test]
fn who_can_join_is_named() {
    let all = member(1, &crate::node::keys::PURPOSES);
    let file = Path::new("genesis.json");
    let (_, alone) = make(std::slice::from_ref(&all)).unwrap();
    assert_eq!(
        joining(&alone, file),
        "waybill init --member m1 --genesis genesis.json"
    );
    let (_, two) = make(&[all.clone(), member(50, &[KeyPurpose::Writer])]).unwrap();
    assert_eq!(
        joining(&two, file),
        "waybill init --member MEMBER --genesis genesis.json     as one of m1, m50"
    );
    let mut many = vec![all];
    many.extend((0..9).map(|seed| member(50 + seed, &[KeyPurpose::Writer])));
    let (_, many) = make(&many).unwrap();
    assert!(joining(&many, file).ends_with("m56 and others"));
}
