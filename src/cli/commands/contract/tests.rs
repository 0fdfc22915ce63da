//! Contracts in folders, as their authors meet them.

use std::fs;
use std::path::{Path, PathBuf};

use super::check::{check, describe_examples, run_examples, test};
use super::folder::{read_contract, read_examples};
use crate::cli::Exit;
use crate::cli::output::{Output, Reader};

fn shipped(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("contracts")
        .join(name)
}

/// A copy of the worked example that a test may break.
fn copy() -> tempfile::TempDir {
    let target = tempfile::tempdir().unwrap();
    copy_folder(&shipped("organic-certificate"), target.path());
    target
}

fn copy_folder(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let target = to.join(path.file_name().unwrap());
        if path.is_dir() {
            copy_folder(&path, &target);
        } else {
            fs::copy(&path, &target).unwrap();
        }
    }
}

fn change(folder: &Path, file: &str, piece: &str, other: &str) {
    let path = folder.join(file);
    let text = fs::read_to_string(&path).unwrap();
    assert!(text.contains(piece), "{piece}");
    fs::write(&path, text.replacen(piece, other, 1)).unwrap();
}

#[test]
fn the_contracts_of_the_repository_are_sound() {
    let output = Output::new(Reader::Script);
    let folders = fs::read_dir(shipped("")).unwrap();
    let paths = folders.map(|entry| entry.unwrap().path());
    let folders: Vec<PathBuf> = paths.filter(|path| path.is_dir()).collect();
    assert!(folders.len() >= 7, "{folders:?}");
    for folder in folders {
        assert_eq!(check(&folder, &output).unwrap(), Exit::Success);
        assert_eq!(test(&folder, &output).unwrap(), Exit::Success);
        assert!(read_examples(&folder).unwrap().len() >= 2, "{folder:?}");
    }
}

#[test]
fn a_broken_rule_is_a_negative_check() {
    let folder = copy();
    change(folder.path(), "contract.toml", "self.issuer", "self.isuer");
    let output = Output::new(Reader::Script);
    assert_eq!(check(folder.path(), &output).unwrap(), Exit::CheckFailed);
    let failure = test(folder.path(), &output).unwrap_err();
    assert_eq!(failure.exit, Exit::CheckFailed);
    assert!(failure.why.contains("contract.toml:22:14"), "{failure}");
    assert!(failure.why.contains("isuer"), "{failure}");
}

#[test]
fn an_example_that_comes_out_otherwise_is_told() {
    let folder = copy();
    let file = "examples/invalid/issue-for-another.json";
    change(folder.path(), file, "issued-by-submitter", "another-rule");
    change(
        folder.path(),
        "examples/valid/issue.json",
        "certifier",
        "baker",
    );
    fs::write(
        folder.path().join("examples/valid/odd.json"),
        "{\"kind\": 7}",
    )
    .unwrap();
    let bundle = read_contract(folder.path()).unwrap();
    let results = run_examples(folder.path(), &bundle).unwrap();
    let text = describe_examples(&results, 3);
    let (shown, below) = text.split_once("\n\n").unwrap();
    // What an example is stands in its row, and why it failed below.
    assert!(
        shown.contains("FAILED") && !shown.contains("role-missing"),
        "{text}"
    );
    assert!(
        below.starts_with("FAILED: examples/valid/issue.json\n     why:  "),
        "{text}"
    );
    assert!(
        below.contains("role-missing") && below.contains("another-rule"),
        "{text}"
    );
    let failed: Vec<(String, String)> = results
        .into_iter()
        .filter_map(|result| Some((result.path, result.why?)))
        .collect();
    assert_eq!(failed.len(), 3, "{failed:?}");
    assert!(failed[0].1.contains("role-missing"), "{failed:?}");
    assert!(failed[1].1.contains("no example"), "{failed:?}");
    assert!(failed[2].1.contains("another-rule"), "{failed:?}");
    let output = Output::new(Reader::Script);
    assert_eq!(test(folder.path(), &output).unwrap(), Exit::CheckFailed);
}

#[test]
fn a_folder_that_is_no_contract_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let failure = read_contract(folder.path()).unwrap_err();
    assert!(failure.why.contains("contract.toml"), "{failure}");
    fs::write(folder.path().join("contract.toml"), b"\xff").unwrap();
    let failure = read_contract(folder.path()).unwrap_err();
    assert!(failure.why.contains("UTF-8"), "{failure}");
    let folder = copy();
    fs::write(folder.path().join("schemas/notes.txt"), "x").unwrap();
    let failure = read_contract(folder.path()).unwrap_err();
    assert!(failure.why.contains("notes.txt"), "{failure}");
}
