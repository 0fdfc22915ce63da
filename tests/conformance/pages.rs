//! The programs in Python that the pages give to others, run as they stand there. Without `python3` they are
//! skipped, and whoever runs the tests is told so.

#![allow(clippy::unwrap_used)]

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use waybill::crypto::merkle::{MemoryTree, consistency_proof, leaf_hash};
use waybill::types::{Decode as _, Submission};

/// The blocks of code of a page with a word behind their fence.
fn blocks<'a>(page: &'a str, language: &str) -> Vec<&'a str> {
    page.split(&format!("```{language}\n"))
        .skip(1)
        .map(|rest| rest.split("```").next().unwrap())
        .collect()
}

/// Runs a program in a folder. Nothing if this machine has no Python, or not the packages that it needs.
fn run(program: &str, needs: &str, folder: &Path, input: &str) -> Option<String> {
    let has_all = Command::new("python3")
        .args(["-c", &format!("import {needs}")])
        .stderr(Stdio::null())
        .status();
    if !has_all.is_ok_and(|status| status.success()) {
        let _ = writeln!(
            std::io::stderr(),
            "skipped: a program of the pages (there is no python3 with {needs})"
        );
        return None;
    }
    std::fs::write(folder.join("program.py"), program).unwrap();
    let mut process = Command::new("python3")
        .arg("program.py")
        .current_dir(folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut pipe = process.stdin.take().unwrap();
    pipe.write_all(input.as_bytes()).unwrap();
    drop(pipe);
    let output = process.wait_with_output().unwrap();
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{complaint}");
    Some(String::from_utf8(output.stdout).unwrap())
}

#[test]
fn the_submission_of_the_page_is_what_it_says() {
    let page = include_str!("../../src/docs/submission-format.md");
    let folder = tempfile::tempdir().unwrap();
    let program = blocks(page, "python")[0];
    let Some(printed) = run(program, "cryptography", folder.path(), "") else {
        return;
    };
    assert_eq!(printed, blocks(page, "text")[0]);
    let canonical = std::fs::read(folder.path().join("submission.bin")).unwrap();
    let submission = Submission::from_bytes(&canonical).unwrap();
    assert!(printed.contains(&submission.id().to_string()));
    let text = std::fs::read(folder.path().join("submission.json")).unwrap();
    let document: waybill::types::SubmissionDocument = serde_json::from_slice(&text).unwrap();
    assert_eq!(Submission::try_from(document).unwrap(), submission);
}

/// Every two sizes of a tree of 40 leaves: the proof is taken, and no other tree is.
#[test]
fn the_consistency_check_of_the_page_is_right() {
    const LEAVES: u64 = 40;
    let page = include_str!("../../src/docs/auditor-guide.md");
    let function = blocks(page, "python")
        .into_iter()
        .find(|block| block.starts_with("def consistent("))
        .unwrap();
    let program = format!(
        "import hashlib, sys\n\n\ndef sha256(*parts):\n    return hashlib.sha256(b\"\".join(parts)).digest()\n\n\n\
         {function}\n\n\
         for line in sys.stdin:\n    \
         first, second, old, new, *path = line.split()\n    \
         old, new, *path = map(bytes.fromhex, [old, new] + path)\n    \
         print(consistent(int(first), int(second), old, new, path))\n"
    );
    let leaf = |number: u64| leaf_hash(&number.to_be_bytes());
    let roots: Vec<_> = (0..=LEAVES)
        .map(|size| MemoryTree::from_leaves((0..size).map(leaf)).unwrap().root())
        .collect();
    let tree = MemoryTree::from_leaves((0..LEAVES).map(leaf)).unwrap();
    let (mut input, mut expected) = (String::new(), String::new());
    for first in 1..=LEAVES {
        for second in first..=LEAVES {
            let path = consistency_proof(&tree, first, second).unwrap();
            let path: String = path.iter().map(|hash| format!(" {hash}")).collect();
            let old = roots[usize::try_from(first).unwrap()];
            let new = roots[usize::try_from(second).unwrap()];
            let changed = leaf(LEAVES + 1);
            for (old, new, verdict) in [
                (old, new, "True"),
                (changed, new, "False"),
                (old, changed, "False"),
            ] {
                input.push_str(&format!("{first} {second} {old} {new}{path}\n"));
                expected.push_str(&format!("{verdict}\n"));
            }
        }
    }
    let folder = tempfile::tempdir().unwrap();
    if let Some(printed) = run(&program, "hashlib", folder.path(), &input) {
        assert_eq!(printed, expected);
    }
}
