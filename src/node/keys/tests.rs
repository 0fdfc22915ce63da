use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use super::*;
use crate::crypto::SecretKey;
use crate::types::{KeyPurpose, MemberId};

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o7777
}

fn acme() -> MemberId {
    MemberId::new("acme").unwrap()
}

#[test]
fn a_key_survives_its_file_which_is_the_owners_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = key_path(&folder.path().join("keys"), KeyPurpose::Writer);
    let key = SecretKey::from_seed([7; 32]);
    write_key(&path, &key).unwrap();
    assert_eq!(mode(&path), 0o600);
    assert_eq!(mode(path.parent().unwrap()), 0o700);
    assert_eq!(
        fs::read_to_string(&path).unwrap(),
        format!("{}\n", "07".repeat(32))
    );
    assert_eq!(read_key(&path).unwrap().public_key(), key.public_key());
}

#[test]
fn a_key_file_is_never_overwritten() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("writer.key");
    let first = generate_key(&path).unwrap().public_key();
    assert!(matches!(
        generate_key(&path),
        Err(KeyFileError::Exists { .. })
    ));
    assert_eq!(read_key(&path).unwrap().public_key(), first);
}

#[test]
fn what_others_may_read_is_refused_with_the_way_out() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("writer.key");
    generate_key(&path).unwrap();
    for open in [0o640, 0o604, 0o620, 0o601, 0o644, 0o777] {
        fs::set_permissions(&path, fs::Permissions::from_mode(open)).unwrap();
        let error = read_key(&path).unwrap_err();
        assert!(
            matches!(error, KeyFileError::TooOpen { mode, .. } if mode == open),
            "{open:o}: {error}"
        );
        assert!(
            error
                .way_out()
                .contains(&format!("chmod 600 {}", path.display()))
        );
    }
    for closed in [0o600, 0o400] {
        fs::set_permissions(&path, fs::Permissions::from_mode(closed)).unwrap();
        assert!(read_key(&path).is_ok(), "{closed:o}");
    }
}

#[test]
fn what_is_no_key_file_is_told_apart() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.key");
    assert!(matches!(read_key(&path), Err(KeyFileError::Missing { .. })));
    let digits = "ab".repeat(32);
    for text in [
        String::new(),
        digits.clone(),
        format!("{digits}\n\n"),
        format!("{}\n", digits.to_uppercase()),
        format!("{}z\n", &digits[1..]),
        format!("{digits} "),
    ] {
        fs::write(&path, &text).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        assert!(
            matches!(read_key(&path), Err(KeyFileError::Malformed { .. })),
            "{text:?}"
        );
    }
}

#[test]
fn a_folder_has_a_key_for_each_purpose_and_all_differ() {
    let folder = tempfile::tempdir().unwrap();
    let made = generate_keys(folder.path(), acme(), "Acme".to_owned(), &PURPOSES).unwrap();
    assert_eq!(made.keys.len(), PURPOSES.len());
    let distinct: std::collections::BTreeSet<_> = made.keys.values().collect();
    assert_eq!(distinct.len(), PURPOSES.len());
    assert_eq!(read_public_keys(folder.path(), None).unwrap(), made);
    let loaded = NodeKeys::load(folder.path()).unwrap();
    for purpose in NODE_PURPOSES {
        assert_eq!(loaded.public_keys().get(&purpose), made.keys.get(&purpose));
    }
    assert!(matches!(
        generate_keys(folder.path(), acme(), "Acme".to_owned(), &PURPOSES),
        Err(KeyFileError::Exists { .. })
    ));
}

#[test]
fn one_file_in_the_way_stops_generation_before_it_begins() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("writer.key"), "in the way").unwrap();
    assert!(generate_keys(folder.path(), acme(), "Acme".to_owned(), &PURPOSES).is_err());
    assert!(!key_path(folder.path(), KeyPurpose::Consensus).exists());
}

#[test]
fn public_keys_that_do_not_fit_are_noticed() {
    let folder = tempfile::tempdir().unwrap();
    assert!(matches!(
        read_public_keys(folder.path(), None),
        Err(KeyFileError::Missing { .. })
    ));
    generate_keys(folder.path(), acme(), "Acme".to_owned(), &PURPOSES).unwrap();
    let other = MemberId::new("other").unwrap();
    assert!(matches!(
        read_public_keys(folder.path(), Some(&other)),
        Err(KeyFileError::MalformedPublic { .. })
    ));
    fs::remove_file(key_path(folder.path(), KeyPurpose::Log)).unwrap();
    generate_key(&key_path(folder.path(), KeyPurpose::Log)).unwrap();
    assert!(matches!(
        read_public_keys(folder.path(), None),
        Err(KeyFileError::Mismatch {
            purpose: KeyPurpose::Log,
            ..
        })
    ));
    fs::remove_file(folder.path().join(PUBLIC_KEYS_FILE)).unwrap();
    assert!(read_public_keys(folder.path(), None).is_err());
    assert_eq!(
        read_public_keys(folder.path(), Some(&acme()))
            .unwrap()
            .member,
        acme()
    );
}

#[test]
fn another_format_of_public_keys_is_refused() {
    let document = PublicKeysDocument::new(acme(), "Acme".to_owned(), Default::default());
    assert_eq!(
        PublicKeysDocument::parse(document.to_json().as_bytes()),
        Ok(document.clone())
    );
    let other = document.to_json().replace("keys/1", "keys/2");
    assert!(
        PublicKeysDocument::parse(other.as_bytes())
            .unwrap_err()
            .contains("keys/2")
    );
    let unknown = document.to_json().replace("\"name\"", "\"nam\"");
    assert!(PublicKeysDocument::parse(unknown.as_bytes()).is_err());
}

#[test]
fn proofs_of_a_folder_verify_and_no_changed_document_does() {
    let folder = tempfile::tempdir().unwrap();
    let member = MemberId::new("acme").unwrap();
    let keys = generate_keys(folder.path(), member, "Acme".to_owned(), &PURPOSES).unwrap();
    let ledger = crate::types::LedgerId(crate::crypto::Blake3Digest::of(b"ledger"));
    let document = KeyProofsDocument::sign(folder.path(), &keys, ledger).unwrap();
    let text = serde_json::to_string(&document).unwrap();
    assert_eq!(KeyProofsDocument::parse(text.as_bytes()), Ok(document));
    for (from, to) in [
        ("acme", "acne"),
        ("\"writer\"", "\"auditor\""),
        (KEY_PROOFS_FORMAT, "waybill-key-proofs/2"),
    ] {
        let changed = text.replace(from, to);
        assert!(changed != text);
        assert!(
            KeyProofsDocument::parse(changed.as_bytes()).is_err(),
            "{from}"
        );
    }
}
