use super::*;
use crate::cli::output::Reader;
use crate::node::config::{ConfigSources, check, load};

fn arguments(folder: &Path) -> InitArguments {
    InitArguments {
        member: MemberId::new("acme").unwrap(),
        name: None,
        ledger: None,
        genesis: None,
        folder: folder.to_owned(),
    }
}

fn findings(folder: &Path) -> Vec<crate::node::config::Finding> {
    let sources = ConfigSources {
        file: Some(folder.join("waybill.toml")),
        ..ConfigSources::default()
    };
    check(&load(&sources).unwrap())
}

#[test]
fn a_new_node_is_complete_and_never_overwritten() {
    let root = tempfile::tempdir().unwrap();
    let output = Output::new(Reader::Script);
    let folder = root.path().join("n");
    assert_eq!(run(&arguments(&folder), &output).unwrap(), Exit::Success);
    assert_eq!(findings(&folder), []);
    let before = std::fs::read(folder.join("genesis.json")).unwrap();
    let again = run(&arguments(&folder), &output).unwrap_err();
    assert_eq!(again.exit, Exit::Files);
    assert_eq!(std::fs::read(folder.join("genesis.json")).unwrap(), before);
    // Joining with a given document copies it byte for byte.
    let other = root.path().join("o");
    let mut joining = arguments(&other);
    joining.member = MemberId::new("bolt").unwrap();
    joining.genesis = Some(folder.join("genesis.json"));
    run(&joining, &output).unwrap();
    assert_eq!(std::fs::read(other.join("genesis.json")).unwrap(), before);
    assert!(
        findings(&other)[0].what.contains("no member"),
        "{:?}",
        findings(&other)
    );
}

#[test]
fn a_bad_genesis_leaves_nothing_behind() {
    let root = tempfile::tempdir().unwrap();
    let bad = root.path().join("bad.json");
    std::fs::write(&bad, "{}").unwrap();
    let folder = root.path().join("n");
    let mut joining = arguments(&folder);
    joining.genesis = Some(bad);
    assert!(run(&joining, &Output::new(Reader::Script)).is_err());
    assert!(!folder.exists());
}
