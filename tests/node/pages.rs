//! What the pages tell people to do, done on a real network: the first contract, from its files to its
//! use, and the auditor's program.

use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use crate::cluster::{Cluster, Node, get};
use crate::member::{Member, commit, event};

const FIRST_CONTRACT: &str = include_str!("../../src/docs/first-contract.md");
const AUDITOR_GUIDE: &str = include_str!("../../src/docs/auditor-guide.md");

/// The blocks of a page with what stands before each and the word behind its fence.
fn blocks(page: &'static str) -> Vec<(&'static str, &'static str, &'static str)> {
    let mut parts = page.split("```");
    let mut found = Vec::new();
    while let (Some(before), Some(block)) = (parts.next(), parts.next()) {
        let (language, text) = block.split_once('\n').unwrap();
        found.push((before, language, text));
    }
    found
}

/// Runs lines of a page in a folder, stopping at the first that fails.
fn bash(folder: &Path, lines: &str) -> Output {
    let program = Path::new(env!("CARGO_BIN_EXE_waybill")).parent().unwrap();
    let path = format!(
        "{}:{}",
        program.display(),
        std::env::var("PATH").unwrap_or_default()
    );
    Command::new("bash")
        .args(["-euc", lines])
        .current_dir(folder)
        .env("PATH", path)
        .output()
        .unwrap()
}

fn told(output: &Output) -> String {
    format!(
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    )
}

/// Every block of the page on a first contract, as it stands, but for the address of the node and the
/// number that a person reads off the line before.
#[tokio::test(flavor = "multi_thread")]
async fn the_first_contract_is_installed_and_used_as_the_page_says() {
    let cluster = Cluster::start(4).await;
    let folder = tempfile::tempdir().unwrap();
    let network = cluster.nodes[0].config.parent().unwrap().parent().unwrap();
    std::os::unix::fs::symlink(network, folder.path().join("testnet")).unwrap();
    let mut setting = String::new();
    let mut runs = 0;
    for (before, language, text) in blocks(FIRST_CONTRACT) {
        let last = before.trim_end().rsplit("\n\n").next().unwrap();
        let file = last.strip_prefix('`').and_then(|rest| rest.split_once('`'));
        if let Some((name, _)) = file {
            fs::write(folder.path().join(name), text).unwrap();
            continue;
        }
        assert_eq!(language, "sh", "{text}");
        let mut lines = String::new();
        for line in text.lines() {
            let line = line.replace("http://127.0.0.1:7600", &cluster.nodes[0].url);
            if line.starts_with("NUMBER=…") {
                lines.push_str("NUMBER=$(tr -d ' ' <out.json | sed -nE 's/.*\"index\":([0-9]+).*/\\1/p' | head -n 1)\n");
            } else if line.contains(" install ") || line.contains(" propose-roles ") {
                lines.push_str(&format!("{line} --json >out.json\n"));
            } else {
                lines.push_str(&format!("{line}\n"));
            }
            if line.starts_with("export ") || line.starts_with("as()") {
                setting.push_str(&format!("{line}\n"));
            }
        }
        let output = bash(folder.path(), &format!("{setting}{lines}"));
        let answer = told(&output);
        if text.contains("more.json") {
            assert_eq!(output.status.code(), Some(5), "{answer}");
            assert!(answer.contains("rule grows-slowly"), "{answer}");
        } else {
            assert!(output.status.success(), "{lines}\n{answer}");
        }
        if text.contains("/v1/assets/") {
            assert!(answer.replace(' ', "").contains("\"count\":8"), "{answer}");
        }
        runs += 1;
        cluster.wait_until_equal().await;
    }
    assert_eq!(runs, 6);
}

/// The auditor's program in Python takes what a node serves, and nothing that was changed.
#[tokio::test(flavor = "multi_thread")]
async fn the_auditors_program_verifies_a_proof_and_not_a_changed_entry() {
    let has_all = Command::new("python3")
        .args(["-c", "import cryptography"])
        .stderr(Stdio::null())
        .status();
    if !has_all.is_ok_and(|status| status.success()) {
        let _ = writeln!(
            std::io::stderr(),
            "skipped: the auditor's program (there is no python3 with cryptography)"
        );
        return;
    }
    let cluster = Cluster::start(4).await;
    let member = Member::of(&cluster, 0);
    let submission = member.sign((0..9).map(event).collect());
    let client = reqwest::Client::new();
    assert!(
        commit(&cluster.nodes[0].url, &client, &submission)
            .await
            .is_some()
    );
    crate::auditor::checkpoint(&cluster.nodes[1], 7).await;
    let folder = tempfile::tempdir().unwrap();
    let program = blocks(AUDITOR_GUIDE)
        .into_iter()
        .find(|(_, language, text)| *language == "python" && text.contains("policy_file"))
        .unwrap()
        .2;
    fs::write(folder.path().join("verify.py"), program).unwrap();
    let node = &cluster.nodes[1];
    let save = async |path: &str, file: &str| {
        let response = reqwest::get(format!("{}{path}", node.url)).await.unwrap();
        assert!(response.status().is_success(), "{path}");
        fs::write(folder.path().join(file), response.bytes().await.unwrap()).unwrap();
    };
    save("/policy", "policy").await;
    save("/v1/records/3/proof", "3.tlog-proof").await;
    let entry = entry_of(node, 3).await;
    fs::write(folder.path().join("3.entry"), &entry).unwrap();
    let verify = || {
        Command::new("python3")
            .args(["verify.py", "3.tlog-proof", "policy", "3.entry"])
            .current_dir(folder.path())
            .output()
            .unwrap()
    };
    let output = verify();
    assert!(output.status.success(), "{}", told(&output));
    assert!(told(&output).contains(&format!("{} signed it with", member.id)));
    let mut changed = entry;
    let last = changed.len() - 1;
    changed[last] ^= 1;
    fs::write(folder.path().join("3.entry"), changed).unwrap();
    let output = verify();
    assert!(!output.status.success());
    assert!(
        told(&output).contains("not in the log"),
        "{}",
        told(&output)
    );
}

async fn entry_of(node: &Node, index: u64) -> Vec<u8> {
    use base64::Engine as _;
    let record = get(node, &format!("/v1/records/{index}")).await.unwrap();
    base64::engine::general_purpose::STANDARD
        .decode(record["canonical"].as_str().unwrap())
        .unwrap()
}
