use proptest::prelude::*;

use super::*;
use crate::crypto::SecretKey;
use crate::crypto::note::{Cosigner, KeyName, LogSigner, NoteError, VerifierKey};

fn secret(seed: u16) -> SecretKey {
    let mut bytes = [9; 32];
    bytes[..2].copy_from_slice(&seed.to_be_bytes());
    SecretKey::from_seed(bytes)
}

fn log(seed: u16) -> VerifierKey {
    let name = KeyName::new("example.com/log").unwrap();
    LogSigner::new(name, secret(seed)).verifier_key().clone()
}

fn witness(seed: u16) -> VerifierKey {
    let name = KeyName::new(format!("w{seed}")).unwrap();
    Cosigner::new(name, secret(seed)).verifier_key().clone()
}

fn policy_name(text: &str) -> PolicyName {
    PolicyName::new(text).unwrap()
}

/// Two levels of groups: two of X1 X2 X3, and one of Y1 Y2.
fn nested() -> String {
    let mut text = format!("# trust\n\n\t log\t{}  https://log.example/ \n", log(0));
    for (name, seed) in [("X1", 1), ("X2", 2), ("X3", 3), ("Y1", 4), ("Y2", 5)] {
        text += &format!("witness {name} {}\n", witness(seed));
    }
    text + "group X 2 X1 X2 X3\ngroup Y any Y1 Y2\ngroup both all X Y\n  # the rule\nquorum both\n"
}

fn error_at(text: &str) -> (usize, PolicyError) {
    match Policy::parse(text.as_bytes()) {
        Err(PolicyError::AtLine { line, source }) => (line, *source),
        other => panic!("expected an error at a line, found {other:?}"),
    }
}

#[test]
fn nested_groups_are_evaluated() {
    let policy = Policy::parse(nested().as_bytes()).unwrap();
    assert_eq!(policy.log_keys().count(), 1);
    assert_eq!(policy.witness_keys().count(), 5);
    for mask in 0_u16..32 {
        let cosigners: Vec<_> = (0..5)
            .filter(|bit| mask & (1 << bit) != 0)
            .map(|bit| witness(bit + 1))
            .collect();
        let expected = (mask & 0b111).count_ones() >= 2 && mask & 0b11000 != 0;
        assert_eq!(policy.is_satisfied_by(&cosigners), expected, "{mask:05b}");
    }
    // Keys of others, and repetition, count for nothing.
    let repeated = [witness(1), witness(1), witness(4), witness(9)];
    assert!(!policy.is_satisfied_by(&repeated));
}

#[test]
fn printing_keeps_the_policy() {
    let policy = Policy::parse(nested().as_bytes()).unwrap();
    let printed = String::from_utf8(policy.to_bytes()).unwrap();
    assert!(
        printed.ends_with("group X 2 X1 X2 X3\ngroup Y 1 Y1 Y2\ngroup both 2 X Y\nquorum both\n")
    );
    assert!(printed.starts_with(&format!("log {} https://log.example/\nwitness X1 ", log(0))));
    assert_eq!(Policy::parse(printed.as_bytes()), Ok(policy));
}

#[test]
fn a_validator_set_makes_a_policy() {
    let policy = Policy::of_quorum((0..4).map(log), (10..14).map(witness), 3).unwrap();
    let printed = String::from_utf8(policy.to_bytes()).unwrap();
    assert!(printed.ends_with("group quorum 3 w10 w11 w12 w13\nquorum quorum\n"));
    assert_eq!(Policy::parse(printed.as_bytes()).as_ref(), Ok(&policy));
    assert!(policy.is_satisfied_by(&[witness(10), witness(12), witness(13)]));
    assert!(!policy.is_satisfied_by(&[witness(10), witness(12)]));
    assert_eq!(
        Policy::of_quorum([], (10..12).map(witness), 3),
        Err(PolicyError::Threshold {
            threshold: "3".to_owned(),
            members: 2
        })
    );
    assert_eq!(
        Policy::of_quorum([], [], 1),
        Err(PolicyError::EmptyGroup {
            name: policy_name("quorum")
        })
    );
}

#[test]
fn a_quorum_is_a_witness_a_group_or_none() {
    let none = Policy::parse(b"quorum none\n").unwrap();
    assert!(none.is_satisfied_by([]));
    assert_eq!(none.to_bytes(), b"quorum none\n");
    let text = format!(
        "witness A {}\nwitness B {}\nquorum B\n",
        witness(1),
        witness(2)
    );
    let single = Policy::parse(text.as_bytes()).unwrap();
    assert_eq!(single.to_bytes(), text.as_bytes());
    assert!(single.is_satisfied_by(&[witness(2)]));
    assert!(!single.is_satisfied_by(&[witness(1)]));
}

#[test]
fn octets_above_ascii_are_opaque() {
    let text = [
        b"# \xff\xfe\nwitness \xe9 ".as_slice(),
        witness(1).to_string().as_bytes(),
        b" h\xfft\nquorum \xe9\n",
    ]
    .concat();
    let policy = Policy::parse(&text).unwrap();
    assert!(policy.is_satisfied_by(&[witness(1)]));
    assert_eq!(policy.to_bytes(), text[5..]);
    // U+212A, the Kelvin sign, is not K.
    let text = format!("witness K {}\nquorum \u{212a}\n", witness(1));
    assert_eq!(
        error_at(&text),
        (
            2,
            PolicyError::UnknownName {
                name: policy_name("\u{212a}")
            }
        )
    );
    assert_eq!(
        format!("{:?}", PolicyName::new([0xe9]).unwrap()),
        "PolicyName(\\xe9)"
    );
}

#[test]
fn refused_lines_are_named() {
    let (a, b) = (witness(1), witness(2));
    let head = format!("witness A {a}\nwitness B {b}\n");
    let same_id = VerifierKey::new(a.name().clone(), a.signature_type(), *a.key());
    let threshold = |text: &str| PolicyError::Threshold {
        threshold: text.to_owned(),
        members: 2,
    };
    let cases = [
        (
            "logs x\n".to_owned(),
            PolicyError::UnknownKeyword {
                keyword: "logs".to_owned(),
            },
        ),
        (
            "log\n".to_owned(),
            PolicyError::Items {
                expected: "log <vkey> [<url>]",
            },
        ),
        (
            format!("log {} u v\n", log(0)),
            PolicyError::Items {
                expected: "log <vkey> [<url>]",
            },
        ),
        (
            "log x\n".to_owned(),
            PolicyError::Key(NoteError::MalformedVerifierKey),
        ),
        (
            format!("log {b}\n"),
            PolicyError::KeyType {
                key: Box::new(b.clone()),
            },
        ),
        (
            format!("log {} {}\n", log(0), "u".repeat(MAX_URL_BYTES + 1)),
            PolicyError::Url,
        ),
        (
            "witness C\n".to_owned(),
            PolicyError::Items {
                expected: "witness <name> <vkey> [<url>]",
            },
        ),
        (
            format!("witness C {}\n", log(0)),
            PolicyError::KeyType {
                key: Box::new(log(0)),
            },
        ),
        (
            format!("witness C {same_id}\n"),
            PolicyError::DuplicateKey {
                key: Box::new(*a.key()),
            },
        ),
        (
            format!("witness A {}\n", witness(3)),
            PolicyError::NameTaken {
                name: policy_name("A"),
            },
        ),
        (
            format!("witness none {}\n", witness(3)),
            PolicyError::Name {
                name: "none".to_owned(),
            },
        ),
        (
            "group A any B\n".to_owned(),
            PolicyError::NameTaken {
                name: policy_name("A"),
            },
        ),
        (
            "group G any\n".to_owned(),
            PolicyError::Items {
                expected: "group <name> all|any|<k> <name>...",
            },
        ),
        (
            "group G any none\n".to_owned(),
            PolicyError::Name {
                name: "none".to_owned(),
            },
        ),
        (
            "group G any G\n".to_owned(),
            PolicyError::UnknownName {
                name: policy_name("G"),
            },
        ),
        (
            "group G any A A\n".to_owned(),
            PolicyError::MemberTwice {
                name: policy_name("A"),
            },
        ),
        ("group G 0 A B\n".to_owned(), threshold("0")),
        ("group G 3 A B\n".to_owned(), threshold("3")),
        ("group G 02 A B\n".to_owned(), threshold("02")),
        ("group G many A B\n".to_owned(), threshold("many")),
        (
            "quorum\n".to_owned(),
            PolicyError::Items {
                expected: "quorum <name>|none",
            },
        ),
        (
            "quorum A B\n".to_owned(),
            PolicyError::Items {
                expected: "quorum <name>|none",
            },
        ),
        (
            "quorum C\n".to_owned(),
            PolicyError::UnknownName {
                name: policy_name("C"),
            },
        ),
        (
            "# \r\n".to_owned(),
            PolicyError::ControlCharacter { byte: b'\r' },
        ),
        (
            "# \u{7f}\n".to_owned(),
            PolicyError::ControlCharacter { byte: 0x7f },
        ),
    ];
    for (line, error) in cases {
        assert_eq!(
            error_at(&format!("{head}{line}quorum none\n")),
            (3, error),
            "{line:?}"
        );
    }
    let log_text = format!("log {}\n", log(0));
    assert_eq!(
        error_at(&format!("{log_text}{log_text}")),
        (
            2,
            PolicyError::DuplicateKey {
                key: Box::new(*log(0).key())
            }
        )
    );
    assert_eq!(
        error_at("quorum none\nquorum none\n"),
        (2, PolicyError::QuorumTwice)
    );
    let two_groups = format!("{head}group G any A\ngroup H any A B\n");
    assert_eq!(
        error_at(&two_groups),
        (
            4,
            PolicyError::MemberTwice {
                name: policy_name("A")
            }
        )
    );
}

#[test]
fn keys_that_a_signature_line_cannot_tell_apart_are_refused() {
    // Two seeds, found by search, whose keys get the same 32-bit id under this name.
    let [first, second] = [29_859_u32, 77_950].map(|number| {
        let mut seed = [9; 32];
        seed[..4].copy_from_slice(&number.to_be_bytes());
        let name = KeyName::new("example.com/log").unwrap();
        LogSigner::new(name, SecretKey::from_seed(seed))
            .verifier_key()
            .clone()
    });
    assert_ne!(first.key(), second.key());
    assert_eq!(first.id(), second.id());
    let text = format!("log {first}\nlog {second}\nquorum none\n");
    assert_eq!(
        error_at(&text),
        (
            2,
            PolicyError::AmbiguousKey {
                key: Box::new(second)
            }
        )
    );
}

#[test]
fn refused_texts_are_named() {
    assert_eq!(Policy::parse(b""), Err(PolicyError::NoQuorum));
    assert_eq!(Policy::parse(b"\n"), Err(PolicyError::NoQuorum));
    assert_eq!(
        Policy::parse(b"quorum none"),
        Err(PolicyError::UnterminatedLine)
    );
    assert_eq!(
        Policy::parse(&vec![b'\n'; MAX_POLICY_BYTES + 1]),
        Err(PolicyError::TooLarge {
            actual: MAX_POLICY_BYTES + 1
        })
    );
    let key_not_utf8 = Policy::parse(b"log \xff\nquorum none\n").unwrap_err();
    assert_eq!(
        key_not_utf8,
        PolicyError::AtLine {
            line: 1,
            source: Box::new(PolicyError::KeyNotUtf8)
        }
    );
    assert!(PolicyName::new("a b").is_err());
    assert!(PolicyName::new("").is_err());
    assert!(PolicyName::new("n".repeat(MAX_POLICY_NAME_BYTES + 1)).is_err());
}

#[test]
fn a_policy_is_limited() {
    let mut builder = PolicyBuilder::new();
    for seed in 0..256 {
        builder.log(log(seed), None).unwrap();
        builder
            .witness(policy_name(&format!("w{seed}")), witness(seed), None)
            .unwrap();
        let member = policy_name(&format!("w{seed}"));
        builder
            .group(policy_name(&format!("g{seed}")), 1, &[member])
            .unwrap();
    }
    assert_eq!(builder.log(log(300), None), Err(PolicyError::TooManyLogs));
    assert_eq!(
        builder.witness(policy_name("more"), witness(300), None),
        Err(PolicyError::TooManyWitnesses)
    );
    assert_eq!(
        builder.group(policy_name("more"), 1, &[policy_name("g0")]),
        Err(PolicyError::TooManyGroups)
    );
    builder.quorum(&policy_name("g255")).unwrap();
    let policy = builder.build().unwrap();
    assert_eq!(Policy::parse(&policy.to_bytes()), Ok(policy));
}

proptest! {
    #[test]
    fn policies_round_trip(count in 1_usize..6, threshold in 1_usize..6, urls: bool) {
        let mut builder = PolicyBuilder::new();
        builder.log(log(0), urls.then_some(b"https://log.example".as_slice())).unwrap();
        let mut members = Vec::new();
        for seed in 1..=count as u16 {
            let name = policy_name(&format!("w{seed}"));
            builder.witness(name.clone(), witness(seed), urls.then_some(b"u".as_slice())).unwrap();
            members.push(name);
        }
        let group = builder.group(policy_name("g"), threshold, &members);
        prop_assert_eq!(group.is_ok(), threshold <= count);
        match group {
            Ok(()) => builder.quorum(&policy_name("g")).unwrap(),
            Err(_) => builder.quorum_none().unwrap(),
        }
        let policy = builder.build().unwrap();
        prop_assert_eq!(Policy::parse(&policy.to_bytes()), Ok(policy));
    }

    #[test]
    fn accepted_texts_print_and_parse_to_the_same_policy(at: prop::sample::Index, byte: u8, arbitrary: Vec<u8>) {
        let mut bytes = nested().into_bytes();
        let at = at.index(bytes.len());
        bytes[at] = byte;
        for bytes in [bytes, arbitrary] {
            if let Ok(policy) = Policy::parse(&bytes) {
                prop_assert_eq!(Policy::parse(&policy.to_bytes()), Ok(policy));
            }
        }
    }
}
