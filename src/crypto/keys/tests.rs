use proptest::prelude::*;

use super::*;
use crate::crypto::text::HexError;

const LEDGER: [u8; LEDGER_ID_BYTES] = [7; LEDGER_ID_BYTES];
const OTHER_LEDGER: [u8; LEDGER_ID_BYTES] = [8; LEDGER_ID_BYTES];

// RFC 8032, Section 7.1, TEST 2: secret key, public key, message 0x72, signature.
const RFC_SEED: &str = "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb";
const RFC_PUBLIC: &str = "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c";
const RFC_SIGNATURE: &str = "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da\
                             085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00";

fn key(seed: u8) -> SecretKey {
    SecretKey::from_seed([seed; SEED_BYTES])
}

#[test]
fn signing_matches_the_rfc() {
    let secret = SecretKey::from_seed(parse_seed(RFC_SEED));
    assert_eq!(secret.public_key().to_string(), RFC_PUBLIC);
    assert_eq!(secret.sign_raw(&[0x72]).to_string(), RFC_SIGNATURE);
    assert_eq!(hex::encode(*secret.seed()), RFC_SEED);
    let public = PublicKey::from_hex(RFC_PUBLIC).unwrap();
    let signature = Signature::from_hex(RFC_SIGNATURE).unwrap();
    assert_eq!(public.verify_raw(&[0x72], &signature), Ok(()));
    assert_eq!(
        public.verify_raw(&[0x73], &signature),
        Err(KeyError::BadSignature {
            key: public.to_bytes()
        })
    );
}

fn parse_seed(text: &str) -> [u8; SEED_BYTES] {
    crate::crypto::text::parse_hex(text).unwrap()
}

#[test]
fn a_signature_holds_for_one_domain_ledger_payload_and_key() {
    let secret = key(1);
    let public = secret.public_key();
    for domain in Domain::ALL {
        let signature = secret.sign(domain, &LEDGER, b"payload");
        assert_eq!(
            public.verify(domain, &LEDGER, b"payload", &signature),
            Ok(())
        );
        for other in Domain::ALL {
            assert_eq!(
                public
                    .verify(other, &LEDGER, b"payload", &signature)
                    .is_ok(),
                other == domain
            );
        }
        assert!(
            public
                .verify(domain, &OTHER_LEDGER, b"payload", &signature)
                .is_err()
        );
        assert!(
            public
                .verify(domain, &LEDGER, b"payloae", &signature)
                .is_err()
        );
        assert!(
            key(2)
                .public_key()
                .verify(domain, &LEDGER, b"payload", &signature)
                .is_err()
        );
    }
}

#[test]
fn tags_are_distinct_and_hold_no_zero_byte() {
    for (position, domain) in Domain::ALL.iter().enumerate() {
        assert!(!domain.tag().as_bytes().contains(&0));
        for other in &Domain::ALL[position + 1..] {
            assert_ne!(domain.tag(), other.tag());
        }
    }
    assert_eq!(
        Domain::Batch.message(&LEDGER, b"x"),
        [b"waybill/batch/v1\0".as_slice(), &LEDGER, b"x"].concat()
    );
}

#[test]
fn signed_bytes_are_pinned() {
    // A change of a tag or of the layout would make every older signature invalid.
    let mut all = Vec::new();
    for domain in Domain::ALL {
        all.extend_from_slice(key(3).sign(domain, &LEDGER, b"fixture").as_bytes());
    }
    assert_eq!(
        crate::crypto::Sha256Digest::of(&all).to_string(),
        "825d68e83049e254b8bd77c96e69dbc0ebc8e39f95e884fb0075af2d02d8b91b"
    );
}

#[test]
fn weak_and_malformed_keys_are_refused() {
    let mut identity = [0; 32];
    identity[0] = 1;
    // y = 0, y = 1, y = -1, and one point of order eight: the small subgroup.
    let order_eight =
        parse_seed("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05");
    let minus_one = parse_seed("ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f");
    for bytes in [[0; 32], identity, minus_one, order_eight] {
        assert_eq!(PublicKey::from_bytes(bytes), Err(KeyError::Weak { bytes }));
    }
    // y = p + 3 encodes the same point as y = 3, which is on the curve and strong.
    let mut three = [0; 32];
    three[0] = 3;
    assert!(PublicKey::from_bytes(three).is_ok());
    let p_plus_three =
        parse_seed("f0ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f");
    assert_eq!(
        PublicKey::from_bytes(p_plus_three),
        Err(KeyError::NotCanonical {
            bytes: p_plus_three
        })
    );
    let mut two = [0; 32];
    two[0] = 2;
    assert_eq!(
        PublicKey::from_bytes(two),
        Err(KeyError::NotAPoint { bytes: two })
    );
    assert!(matches!(
        PublicKey::from_hex("00"),
        Err(KeyError::Hex(HexError::Length {
            expected: 64,
            actual: 2
        }))
    ));
}

#[test]
fn a_malleated_signature_is_refused() {
    // S + L is the same scalar modulo the group order L: the loose equation would hold, strict
    // decoding refuses it.
    const ORDER: [u8; 32] = [
        0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde,
        0x14, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x10,
    ];
    let secret = key(4);
    let mut bytes = secret.sign(Domain::Batch, &LEDGER, b"m").to_bytes();
    let mut carry = 0_u16;
    for (byte, order) in bytes[32..].iter_mut().zip(ORDER) {
        let sum = u16::from(*byte) + u16::from(order) + carry;
        *byte = sum.to_le_bytes()[0];
        carry = sum >> 8;
    }
    assert_eq!(carry, 0);
    let signature = Signature::from_bytes(bytes);
    assert!(
        secret
            .public_key()
            .verify(Domain::Batch, &LEDGER, b"m", &signature)
            .is_err()
    );
}

#[test]
fn secrets_are_not_printed() {
    let secret = SecretKey::from_seed(parse_seed(RFC_SEED));
    assert_eq!(
        format!("{secret:?}"),
        format!("SecretKey(secret of {RFC_PUBLIC})")
    );
}

#[test]
fn a_signature_has_64_bytes() {
    assert_eq!(
        Signature::try_from(&[0; 63][..]),
        Err(KeyError::SignatureLength { actual: 63 })
    );
    assert!(Signature::try_from(&[0; 64][..]).is_ok());
}

proptest! {
    #[test]
    fn keys_and_signatures_round_trip(seed: [u8; 32], payload: Vec<u8>) {
        let secret = SecretKey::from_seed(seed);
        let public = secret.public_key();
        let signature = secret.sign(Domain::Submission, &LEDGER, &payload);
        prop_assert_eq!(PublicKey::from_bytes(public.to_bytes()), Ok(public));
        prop_assert_eq!(PublicKey::from_hex(&public.to_string()), Ok(public));
        prop_assert_eq!(Signature::from_hex(&signature.to_string()), Ok(signature));
        let json = serde_json::to_string(&(public, signature)).unwrap();
        prop_assert_eq!(serde_json::from_str::<(PublicKey, Signature)>(&json).unwrap(), (public, signature));
        prop_assert_eq!(public.verify(Domain::Submission, &LEDGER, &payload, &signature), Ok(()));
    }

    #[test]
    fn a_flipped_bit_of_a_signature_is_refused(bit in 0_usize..512) {
        let secret = key(5);
        let mut bytes = secret.sign(Domain::ConsensusVote, &LEDGER, b"vote").to_bytes();
        bytes[bit / 8] ^= 1 << (bit % 8);
        let signature = Signature::from_bytes(bytes);
        prop_assert!(secret.public_key().verify(Domain::ConsensusVote, &LEDGER, b"vote", &signature).is_err());
    }

    #[test]
    fn an_accepted_key_is_canonical(bytes: [u8; 32]) {
        if let Ok(key) = PublicKey::from_bytes(bytes) {
            prop_assert_eq!(key.to_bytes(), bytes);
        }
    }
}
