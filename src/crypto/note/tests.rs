use proptest::prelude::*;

use super::*;
use crate::crypto::text::print_base64;
use crate::crypto::{KeyError, SecretKey};

const TEXT: &str = "example.com/log\n1\nroot\n";

fn name(text: &str) -> KeyName {
    KeyName::new(text).unwrap()
}

fn log(seed: u8) -> LogSigner {
    LogSigner::new(name("example.com/log"), SecretKey::from_seed([seed; 32]))
}

fn cosigner(seed: u8) -> Cosigner {
    Cosigner::new(
        name(&format!("witness{seed}.example")),
        SecretKey::from_seed([seed; 32]),
    )
}

/// A line with any key id and signature bytes.
fn line(name: &str, bytes: &[u8]) -> String {
    format!("\u{2014} {name} {}\n", print_base64(bytes))
}

#[test]
fn names_are_checked() {
    for accepted in [
        "a",
        "example.com/log",
        "ünïcode",
        "a\u{7f}b",
        &"n".repeat(MAX_KEY_NAME_BYTES),
    ] {
        assert_eq!(name(accepted).as_str(), accepted);
    }
    assert_eq!(KeyName::new(""), Err(NoteError::EmptyName));
    assert_eq!(
        KeyName::new("n".repeat(MAX_KEY_NAME_BYTES + 1)),
        Err(NoteError::NameTooLong {
            actual: MAX_KEY_NAME_BYTES + 1
        })
    );
    for character in [
        ' ', '+', '\t', '\n', '\0', '\u{85}', '\u{a0}', '\u{2003}', '\u{3000}',
    ] {
        assert_eq!(
            format!("é{character}").parse::<KeyName>(),
            Err(NoteError::NameCharacter {
                character,
                position: 2
            })
        );
    }
}

#[test]
fn verifier_keys_print_and_parse() {
    for key in [log(1).verifier_key(), cosigner(1).verifier_key()] {
        let text = key.to_string();
        assert_eq!(text.parse::<VerifierKey>().as_ref(), Ok(key));
        assert_eq!(text.split('+').nth(1).unwrap(), key.id().to_string());
    }
    // One key under one name has another id for another type.
    let secret = SecretKey::from_seed([1; 32]);
    let as_cosigner = VerifierKey::new(
        name("example.com/log"),
        SignatureType::CosignatureV1,
        secret.public_key(),
    );
    assert_ne!(as_cosigner.id(), log(1).verifier_key().id());
    assert_eq!(
        log(1).verifier_key().to_string(),
        "example.com/log+9be5d3c6+AYqI4910CfGV/VLbLTy6XXLKZwm/HZQSG/N0iAG0D29c"
    );
    assert_eq!(
        as_cosigner.to_string(),
        "example.com/log+e17fa332+BIqI4910CfGV/VLbLTy6XXLKZwm/HZQSG/N0iAG0D29c"
    );
}

#[test]
fn malformed_verifier_keys_are_refused() {
    let key = log(1).verifier_key().clone();
    let text = key.to_string();
    let (head, material) = text.rsplit_once('+').unwrap();
    let other_type = [&[6], key.key().as_bytes().as_slice()].concat();
    assert_eq!(
        VerifierKey::parse(&format!("{head}+{}", print_base64(&other_type))),
        Err(NoteError::UnknownType {
            name: key.name().clone(),
            type_byte: 6
        })
    );
    let weak = [&[1], [0; 32].as_slice()].concat();
    assert_eq!(
        VerifierKey::parse(&format!("{head}+{}", print_base64(&weak))),
        Err(NoteError::PublicKey {
            name: key.name().clone(),
            source: KeyError::Weak { bytes: [0; 32] }
        })
    );
    assert_eq!(
        VerifierKey::parse(&format!("example.com/log+00000000+{material}")),
        Err(NoteError::KeyIdMismatch {
            name: key.name().clone(),
            stated: KeyId::from_bytes([0; 4]),
            derived: key.id()
        })
    );
    assert_eq!(
        VerifierKey::parse(&format!("+00000000+{material}")),
        Err(NoteError::EmptyName)
    );
    for refused in [
        "".to_owned(),
        "example.com/log".to_owned(),
        head.to_owned(),
        format!("example.com/log+0000000+{material}"),
        format!(
            "example.com/log+{}+{material}",
            key.id().to_string().to_uppercase()
        ),
        format!("{head}+{material}A"),
        format!("{head}+{}", &material[..43]),
        format!("{text}{}", " ".repeat(400)),
    ] {
        assert_eq!(
            VerifierKey::parse(&refused),
            Err(NoteError::MalformedVerifierKey),
            "{refused:?}"
        );
    }
}

#[test]
fn a_note_prints_parses_and_verifies() {
    let (log, witness) = (log(1), cosigner(2));
    let cosignature = witness.cosign(TEXT, 1_700_000_000).unwrap();
    let note = Note::new(TEXT, vec![log.sign(TEXT), cosignature]).unwrap();
    let printed = note.to_string();
    assert_eq!(Note::parse(printed.as_bytes()).as_ref(), Ok(&note));
    let keys = [witness.verifier_key(), log.verifier_key()];
    let verified = note.verify(keys).unwrap();
    assert_eq!(
        verified,
        [
            VerifiedSignature {
                key: log.verifier_key(),
                timestamp_seconds: None
            },
            VerifiedSignature {
                key: witness.verifier_key(),
                timestamp_seconds: Some(1_700_000_000)
            },
        ]
    );
    assert!(note.signatures()[0].is_by(log.verifier_key()));
    assert!(!note.signatures()[0].is_by(witness.verifier_key()));
    assert_eq!(
        crate::crypto::Sha256Digest::of(printed.as_bytes()).to_string(),
        "774dc40c5b49da88628c7afd879b017b4970a5be0884b10c429306e1a2eeb06b"
    );
}

#[test]
fn the_cosigned_message_is_that_of_the_specification() {
    let witness = cosigner(2);
    let note = Note::new(TEXT, vec![witness.cosign(TEXT, 5).unwrap()]).unwrap();
    let message = format!("cosignature/v1\ntime 5\n{TEXT}");
    let expected = [
        witness.verifier_key().id().to_bytes().as_slice(),
        &5_u64.to_be_bytes(),
        SecretKey::from_seed([2; 32])
            .sign_raw(message.as_bytes())
            .as_bytes(),
    ]
    .concat();
    assert_eq!(
        note.to_string(),
        format!("{TEXT}\n{}", line("witness2.example", &expected))
    );
}

#[test]
fn unknown_signatures_are_ignored_and_bad_ones_reject() {
    let (log, witness) = (log(1), cosigner(2));
    let key = log.verifier_key();
    let good = log.sign(TEXT).to_string();
    let parse = |lines: &str| Note::parse(format!("{TEXT}\n{lines}").as_bytes()).unwrap();
    let bad = |key: &VerifierKey| {
        Err(NoteError::BadSignature {
            name: key.name().clone(),
            key_id: key.id(),
        })
    };
    // Same name with another id, and same id under another name: unknown, whatever their bytes.
    let same_name = line("example.com/log", &[0, 0, 0, 0, 1]);
    let same_id = line(
        "example.com/other",
        &[key.id().to_bytes().as_slice(), &[1]].concat(),
    );
    let note = parse(&format!("{same_name}{good}{same_id}"));
    assert_eq!(note.verify([key]).unwrap().len(), 1);
    assert_eq!(
        parse(&same_name).verify([key]),
        Err(NoteError::NoKnownSignature)
    );
    assert_eq!(note.verify([]), Err(NoteError::NoKnownSignature));
    // A known key's bad signature rejects also beside a good one, before or after it, of any
    // length.
    for bytes in [vec![1], vec![0; 63], vec![0; 64], vec![0; 65]] {
        let bad_line = line(
            "example.com/log",
            &[key.id().to_bytes().as_slice(), &bytes].concat(),
        );
        assert_eq!(parse(&format!("{good}{bad_line}")).verify([key]), bad(key));
        assert_eq!(parse(&format!("{bad_line}{good}")).verify([key]), bad(key));
    }
    // The same for a cosigner; its signature binds its time.
    let key = witness.verifier_key();
    let cosignature = witness.cosign(TEXT, 7).unwrap();
    let signature = print_line_bytes(&cosignature);
    let mut other_time = signature.clone();
    other_time[11] = 8;
    for bytes in [&signature[..11], &signature[..75], &other_time] {
        let lines = line(key.name().as_str(), bytes);
        assert_eq!(parse(&lines).verify([key]), bad(key));
    }
    let mut far_time = signature;
    far_time[4] = 0x80;
    assert!(matches!(
        parse(&line(key.name().as_str(), &far_time)).verify([key]),
        Err(NoteError::Timestamp { .. })
    ));
    // A text that differs in one byte.
    let note = Note::parse(format!("{}\n{good}", TEXT.replace('1', "2")).as_bytes()).unwrap();
    assert_eq!(note.verify([log.verifier_key()]), bad(log.verifier_key()));
}

/// Key id and signature bytes of a line.
fn print_line_bytes(signature: &NoteSignature) -> Vec<u8> {
    let text = signature.to_string();
    crate::crypto::text::parse_base64(text.trim_end().rsplit_once(' ').unwrap().1).unwrap()
}

#[test]
fn a_key_that_signs_twice_counts_once() {
    let witness = cosigner(2);
    let lines = vec![
        witness.cosign(TEXT, 9).unwrap(),
        witness.cosign(TEXT, 8).unwrap(),
    ];
    let note = Note::new(TEXT, lines).unwrap();
    let verified = note.verify([witness.verifier_key()]).unwrap();
    assert_eq!(verified.len(), 1);
    assert_eq!(verified[0].timestamp_seconds, Some(9));
    assert_eq!(
        note.verify([witness.verifier_key(), witness.verifier_key()]),
        Err(NoteError::AmbiguousKey {
            name: witness.verifier_key().name().clone(),
            key_id: witness.verifier_key().id()
        })
    );
}

#[test]
fn timestamps_have_a_limit() {
    let witness = cosigner(2);
    assert!(witness.cosign(TEXT, MAX_TIMESTAMP_SECONDS).is_ok());
    assert_eq!(
        witness.cosign(TEXT, MAX_TIMESTAMP_SECONDS + 1),
        Err(NoteError::Timestamp {
            timestamp_seconds: 1 << 63
        })
    );
}

#[test]
fn malformed_notes_are_refused() {
    let good = log(1).sign(TEXT).to_string();
    let cases: [(Vec<u8>, NoteError); 15] = [
        (b"".to_vec(), NoteError::NoSeparator),
        (TEXT.into(), NoteError::NoSeparator),
        (format!("{TEXT}{good}").into(), NoteError::NoSeparator),
        (format!("{TEXT}\n").into(), NoteError::NoSignature),
        (
            format!("{TEXT}\n{}", good.trim_end()).into(),
            NoteError::UnterminatedSignature,
        ),
        (format!("{TEXT}\n{good}\n").into(), NoteError::NoSignature),
        (
            format!("{TEXT}\n{good}x\n").into(),
            NoteError::MalformedSignature { line: 1 },
        ),
        (
            format!("{TEXT}\n{}", good.replace('\u{2014}', "-")).into(),
            NoteError::MalformedSignature { line: 0 },
        ),
        (
            format!("{TEXT}\n{}", good.replace('=', "")).into(),
            NoteError::MalformedSignature { line: 0 },
        ),
        (
            format!("{TEXT}\n{}", line("n", &[1, 2, 3, 4])).into(),
            NoteError::MalformedSignature { line: 0 },
        ),
        (
            format!("{TEXT}\n{}", line("", &[1, 2, 3, 4, 5])).into(),
            NoteError::EmptyName,
        ),
        (
            format!("\t{TEXT}\n{good}").into(),
            NoteError::ControlCharacter { position: 0 },
        ),
        (
            format!("{TEXT}\r\n{good}").into(),
            NoteError::ControlCharacter {
                position: TEXT.len(),
            },
        ),
        (
            [TEXT.as_bytes(), &[0xff], good.as_bytes()].concat(),
            NoteError::NotUtf8 {
                valid_up_to: TEXT.len(),
            },
        ),
        (
            vec![b'a'; MAX_NOTE_BYTES + 1],
            NoteError::TooLarge {
                actual: MAX_NOTE_BYTES + 1,
            },
        ),
    ];
    for (bytes, error) in cases {
        let shown = String::from_utf8_lossy(&bytes[..bytes.len().min(200)]).into_owned();
        assert_eq!(Note::parse(&bytes), Err(error), "{shown:?}");
    }
}

#[test]
fn signatures_are_limited() {
    let signature = log(1).sign(TEXT);
    let most = vec![signature.clone(); MAX_SIGNATURES];
    let note = Note::new(TEXT, most.clone()).unwrap();
    assert_eq!(Note::parse(note.to_string().as_bytes()), Ok(note.clone()));
    let too_many = [most, vec![signature.clone()]].concat();
    assert_eq!(Note::new(TEXT, too_many), Err(NoteError::TooManySignatures));
    assert_eq!(
        Note::parse(format!("{note}{signature}").as_bytes()),
        Err(NoteError::TooManySignatures)
    );
    assert_eq!(Note::new(TEXT, Vec::new()), Err(NoteError::NoSignature));
    assert_eq!(
        Note::new("text", vec![signature.clone()]),
        Err(NoteError::TextWithoutNewline)
    );
    assert_eq!(
        Note::new("a\0\n", vec![signature.clone()]),
        Err(NoteError::ControlCharacter { position: 1 })
    );
    assert!(matches!(
        Note::new("a".repeat(MAX_NOTE_BYTES) + "\n", vec![signature]),
        Err(NoteError::TooLarge { .. })
    ));
}

#[test]
fn a_text_may_have_empty_lines() {
    for text in ["\n", "\n\n", "a\n\nb\n", "a\n\n\n"] {
        let note = Note::new(text, vec![log(1).sign(text)]).unwrap();
        let parsed = Note::parse(note.to_string().as_bytes()).unwrap();
        assert_eq!(parsed.text(), text);
        assert!(parsed.verify([log(1).verifier_key()]).is_ok());
    }
}

proptest! {
    #[test]
    fn notes_round_trip(text in "([^\\x00-\\x1f]|\n){0,60}", seeds in proptest::collection::vec(any::<u8>(), 1..5), time in 0..=MAX_TIMESTAMP_SECONDS) {
        let text = text + "\n";
        let mut signatures: Vec<_> = seeds.iter().map(|seed| log(*seed).sign(&text)).collect();
        signatures.push(cosigner(0).cosign(&text, time).unwrap());
        let note = Note::new(text, signatures).unwrap();
        let parsed = Note::parse(note.to_string().as_bytes()).unwrap();
        prop_assert_eq!(&parsed, &note);
        let keys = [log(seeds[0]), log(seeds[0].wrapping_add(1))];
        prop_assert!(parsed.verify(keys.iter().map(LogSigner::verifier_key)).is_ok());
    }

    #[test]
    fn accepted_bytes_are_what_is_printed(at: prop::sample::Index, byte: u8, arbitrary: Vec<u8>) {
        let mut bytes = Note::new(TEXT, vec![log(1).sign(TEXT), log(2).sign(TEXT)]).unwrap().to_string().into_bytes();
        let at = at.index(bytes.len());
        bytes[at] = byte;
        for bytes in [bytes, arbitrary] {
            if let Ok(note) = Note::parse(&bytes) {
                prop_assert_eq!(note.to_string().into_bytes(), bytes);
            }
        }
    }

    #[test]
    fn accepted_verifier_keys_are_what_is_printed(at: prop::sample::Index, character: char, arbitrary: String) {
        let text = log(1).verifier_key().to_string();
        let at = at.index(text.len());
        let changed = format!("{}{character}{}", &text[..at], &text[at + 1..]);
        for text in [changed, arbitrary] {
            if let Ok(key) = VerifierKey::parse(&text) {
                prop_assert_eq!(key.to_string(), text);
            }
        }
    }
}
