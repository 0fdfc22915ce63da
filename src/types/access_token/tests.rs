use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use proptest::prelude::*;

use super::*;
use crate::crypto::{Blake3Digest, SecretKey};
use crate::types::{Height, KeyPurpose, LedgerId, Member, MemberId, MemberKey, Timestamp};

const NOW_S: i64 = 1_790_000_000;

fn key(seed: u8) -> SecretKey {
    SecretKey::from_seed([seed; 32])
}

fn ledger() -> LedgerId {
    LedgerId(Blake3Digest::of(b"a ledger"))
}

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_ms(seconds * 1_000)
}

fn acme(purpose: KeyPurpose) -> Member {
    Member {
        id: MemberId::new("acme").unwrap(),
        name: "Acme".to_owned(),
        roles: Vec::new(),
        keys: vec![MemberKey {
            key: key(1).public_key(),
            purpose,
            valid_from: Height(5),
            valid_until: Some(Height(9)),
        }],
        removed_from: None,
    }
}

fn claims() -> TokenClaims {
    TokenClaims {
        member: MemberId::new("acme").unwrap(),
        ledger: ledger(),
        node: key(9).public_key(),
        issued: at(NOW_S),
        lifetime_s: 300,
        scopes: Scopes::new([Scope::EpcisRead, Scope::EpcisCapture]).unwrap(),
    }
}

fn judge(text: &str, now_s: i64, member: Option<&Member>) -> Result<(), TokenError> {
    let token = AccessToken::parse(text)?;
    token.check(
        &ledger(),
        &key(9).public_key(),
        at(now_s),
        member,
        Height(7),
    )
}

/// A token of these two texts, signed.
fn signed(header: &str, payload: &str) -> String {
    let signed = format!(
        "{}.{}",
        URL_SAFE_NO_PAD.encode(header),
        URL_SAFE_NO_PAD.encode(payload)
    );
    let signature = key(1).sign_raw(signed.as_bytes());
    format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature.as_bytes()))
}

fn header() -> String {
    let kid = key(1).public_key();
    format!(r#"{{"alg":"EdDSA","typ":"JWT","kid":"{kid}"}}"#)
}

fn payload() -> String {
    let (ledger, node) = (ledger(), key(9).public_key());
    let end = NOW_S + 300;
    format!(
        r#"{{"iss":"acme","aud":["{ledger}","{node}"],"iat":{NOW_S},"exp":{end},"scope":"epcis:capture epcis:read"}}"#
    )
}

#[test]
fn a_signed_token_is_the_form_that_is_documented() {
    let text = AccessToken::sign(&claims(), &key(1));
    assert_eq!(text, signed(&header(), &payload()));
    assert!(text.len() < MAX_TOKEN_BYTES / 2, "{}", text.len());
    let token = AccessToken::parse(&text).unwrap();
    assert_eq!(token.member().as_str(), "acme");
    assert_eq!(*token.key(), key(1).public_key());
    assert_eq!(*token.scopes(), claims().scopes);
    assert_eq!(judge(&text, NOW_S, Some(&acme(KeyPurpose::Writer))), Ok(()));
}

#[test]
fn what_other_programs_add_is_no_harm_and_order_is_none() {
    let member = acme(KeyPurpose::Auditor);
    let (ledger, node) = (ledger(), key(9).public_key());
    let further = format!(
        r#"{{ "scope":"epcis:read", "jti":"x", "nbf":{NOW_S}, "exp":{}, "iat":{NOW_S},
            "aud":["{node}","{ledger}"], "iss":"acme", "own":{{"deep":[1,2.5]}} }}"#,
        NOW_S + 60
    );
    assert_eq!(
        judge(&signed(&header(), &further), NOW_S, Some(&member)),
        Ok(())
    );
}

#[test]
fn times_have_bounds_and_a_named_tolerance() {
    let member = acme(KeyPurpose::Gateway);
    let of = |issued: i64, lifetime_s: i64| {
        let claims = TokenClaims {
            issued: at(issued),
            lifetime_s,
            ..claims()
        };
        judge(&AccessToken::sign(&claims, &key(1)), NOW_S, Some(&member))
    };
    let skew = MAX_CLOCK_SKEW_S;
    assert_eq!(of(NOW_S, 300), Ok(()));
    assert_eq!(of(NOW_S, 301), Err(TokenError::Lifetime { seconds: 301 }));
    assert_eq!(of(NOW_S, 0), Err(TokenError::Lifetime { seconds: 0 }));
    assert_eq!(of(NOW_S, -5), Err(TokenError::Lifetime { seconds: -5 }));
    assert_eq!(of(NOW_S + skew, 300), Ok(()));
    let early = TokenError::NotYet { seconds: skew + 1 };
    assert_eq!(of(NOW_S + skew + 1, 300), Err(early));
    assert_eq!(of(NOW_S - 300 - skew + 1, 300), Ok(()));
    let late = TokenError::Ended { seconds: skew };
    assert_eq!(of(NOW_S - 300 - skew, 300), Err(late));
    let not_before = payload().replace("\"exp\"", &format!("\"nbf\":{},\"exp\"", NOW_S + 31));
    assert_eq!(
        judge(&signed(&header(), &not_before), NOW_S, Some(&member)),
        Err(TokenError::NotYet { seconds: 31 })
    );
}

#[test]
fn the_ledger_decides_whose_key_it_is_and_whether_it_counts() {
    let text = AccessToken::sign(&claims(), &key(1));
    let judged = |member: Option<&Member>| judge(&text, NOW_S, member);
    assert!(matches!(
        judged(None),
        Err(TokenError::UnknownMember { .. })
    ));
    let mut other = acme(KeyPurpose::Writer);
    other.keys[0].key = key(2).public_key();
    assert!(matches!(
        judged(Some(&other)),
        Err(TokenError::UnknownKey { .. })
    ));
    for (from, until) in [(8, None), (1, Some(7))] {
        let mut member = acme(KeyPurpose::Writer);
        member.keys[0].valid_from = Height(from);
        member.keys[0].valid_until = until.map(Height);
        assert!(matches!(
            judged(Some(&member)),
            Err(TokenError::InactiveKey { .. })
        ));
    }
    // Who was removed has no key that helps, whichever it is.
    for (from, is_gone) in [(7, true), (8, false)] {
        let mut member = acme(KeyPurpose::Writer);
        member.removed_from = Some(Height(from));
        let found = judged(Some(&member));
        let removed = matches!(found, Err(TokenError::MemberRemoved { .. }));
        assert_eq!((removed, found.is_ok()), (is_gone, !is_gone));
    }
    for purpose in KeyPurpose::ALL {
        let signs = matches!(
            purpose,
            KeyPurpose::Writer | KeyPurpose::Gateway | KeyPurpose::Auditor
        );
        assert_eq!(judged(Some(&acme(purpose))).is_ok(), signs, "{purpose}");
    }
    assert!(!Scope::EpcisCapture.may_be_granted_by(KeyPurpose::Auditor));
}

#[test]
fn a_token_is_for_this_ledger_and_this_node_and_nobody_else() {
    let member = acme(KeyPurpose::Writer);
    let (here, node) = (ledger().to_string(), key(9).public_key().to_string());
    let other = key(8).public_key().to_string();
    for aud in [
        format!(r#"["{here}","{other}"]"#),
        format!(r#"["{other}","{node}"]"#),
        format!(r#"["{here}","{here}"]"#),
        format!(r#"["{node}","{node}"]"#),
        format!(r#"["{here}","{node}","{other}"]"#),
        format!(r#"["{here}"]"#),
        format!(r#""{here}""#),
        format!(r#"["{here}",7]"#),
        "[]".to_owned(),
    ] {
        let payload = payload().replace(&format!(r#"["{here}","{node}"]"#), &aud);
        let judged = judge(&signed(&header(), &payload), NOW_S, Some(&member));
        assert!(
            matches!(
                judged,
                Err(TokenError::OtherAudience { .. } | TokenError::Malformed { .. })
            ),
            "{aud}: {judged:?}"
        );
    }
}

#[test]
fn headers_that_mean_anything_else_are_refused() {
    let kid = key(1).public_key();
    for header in [
        format!(r#"{{"alg":"none","typ":"JWT","kid":"{kid}"}}"#),
        format!(r#"{{"alg":"HS256","typ":"JWT","kid":"{kid}"}}"#),
        format!(r#"{{"alg":"eddsa","typ":"JWT","kid":"{kid}"}}"#),
        format!(r#"{{"alg":["EdDSA"],"typ":"JWT","kid":"{kid}"}}"#),
        format!(r#"{{"alg":"EdDSA","typ":"JWT","kid":"{kid}","crit":["exp"],"exp":1}}"#),
        format!(r#"{{"alg":"EdDSA","typ":"JWT","kid":"{kid}","b64":false}}"#),
        format!(r#"{{"alg":"EdDSA","typ":"JWT","kid":"{kid}","jku":"http://evil.example"}}"#),
        format!(r#"{{"alg":"EdDSA","alg":"EdDSA","typ":"JWT","kid":"{kid}"}}"#),
        format!(r#"{{"alg":"EdDSA","typ":"at+jwt","kid":"{kid}"}}"#),
        format!(r#"{{"alg":"EdDSA","kid":"{kid}"}}"#),
        r#"{"alg":"EdDSA","typ":"JWT"}"#.to_owned(),
        r#"{"alg":"EdDSA","typ":"JWT","kid":"00"}"#.to_owned(),
        format!(
            r#"{{"alg":"EdDSA","typ":"JWT","kid":"{}"}}"#,
            "00".repeat(32)
        ),
        "[]".to_owned(),
        "{}{}".to_owned(),
    ] {
        let parsed = AccessToken::parse(&signed(&header, &payload()));
        assert!(
            matches!(parsed, Err(TokenError::Malformed { part: "header", .. })),
            "{header}: {parsed:?}"
        );
    }
}

#[test]
fn payloads_that_mean_nothing_certain_are_refused() {
    for (from, to) in [
        (r#""iss":"acme""#, r#""iss":"acme","iss":"acme""#),
        (r#""iss":"acme""#, r#""iss":"Not A Member""#),
        (r#""iss":"acme""#, r#""sub":"acme""#),
        (r#""iat":"#, r#""was":"#),
        (r#""exp":"#, r#""was":"#),
        (r#""iat":1790000000"#, r#""iat":1790000000.5"#),
        (r#""iat":1790000000"#, r#""iat":"1790000000""#),
        (r#""iat":1790000000"#, r#""iat":-1"#),
        (r#""iat":1790000000"#, r#""iat":1e9"#),
        (r#""iat":1790000000"#, r#""iat":99999999999999999999"#),
        ("epcis:capture epcis:read", ""),
        ("epcis:capture epcis:read", "epcis:read  epcis:capture"),
        ("epcis:capture epcis:read", "epcis:read epcis:read"),
        ("epcis:capture epcis:read", "epcis:read admin"),
    ] {
        let payload = payload().replacen(from, to, 1);
        let parsed = AccessToken::parse(&signed(&header(), &payload));
        assert!(
            matches!(
                parsed,
                Err(TokenError::Malformed {
                    part: "payload",
                    ..
                })
            ),
            "{to}: {parsed:?}"
        );
    }
}

#[test]
fn forms_that_are_not_three_parts_of_base64url_are_refused() {
    let text = AccessToken::sign(&claims(), &key(1));
    let parts: Vec<&str> = text.split('.').collect();
    let joined = |parts: &[&str]| AccessToken::parse(&parts.join("."));
    assert_eq!(joined(&parts[..2]), Err(TokenError::NotThreeParts));
    assert_eq!(
        joined(&[parts[0], parts[1], parts[2], ""]),
        Err(TokenError::NotThreeParts)
    );
    assert_eq!(AccessToken::parse(""), Err(TokenError::NotThreeParts));
    let padded = format!("{}==", parts[2]);
    assert_eq!(
        joined(&[parts[0], parts[1], &padded]),
        Err(TokenError::NotBase64 { part: "signature" })
    );
    assert!(joined(&[parts[0], parts[1], ""]).is_err(), "no signature");
    assert!(joined(&[parts[0], "", parts[2]]).is_err(), "no payload");
    let long = "a".repeat(MAX_TOKEN_BYTES + 1);
    assert!(matches!(
        AccessToken::parse(&long),
        Err(TokenError::TooLong { .. })
    ));
}

/// Characters of base64url that differ only in bits that no byte takes stand for the same bytes: a
/// second text of the same token would get past whoever compares texts.
#[test]
fn a_token_has_one_text() {
    let text = AccessToken::sign(&claims(), &key(1));
    let (head, last) = text.split_at(text.len() - 1);
    let same_bytes: Vec<String> = (b'A'..=b'z')
        .map(|other| format!("{head}{}", char::from(other)))
        .filter(|other| !other.ends_with(last) && AccessToken::parse(other).is_ok())
        .filter(|other| judge(other, NOW_S, Some(&acme(KeyPurpose::Writer))).is_ok())
        .collect();
    assert_eq!(same_bytes, Vec::<String>::new());
}

proptest! {
    #[test]
    fn no_changed_byte_goes_unnoticed(position in 0_usize..600, replacement in 0x20_u8..0x7f) {
        let text = AccessToken::sign(&claims(), &key(1));
        let position = position % text.len();
        let mut changed = text.clone().into_bytes();
        changed[position] = replacement;
        let changed = String::from_utf8(changed).unwrap();
        prop_assume!(changed != text);
        prop_assert!(judge(&changed, NOW_S, Some(&acme(KeyPurpose::Writer))).is_err());
    }

    #[test]
    fn any_text_is_read_or_refused(text in "[ -~]{0,80}") {
        let _ = AccessToken::parse(&text);
    }
}
