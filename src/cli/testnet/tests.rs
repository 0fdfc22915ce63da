use std::fs;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Mutex, MutexGuard, PoisonError};

use clap::Parser as _;

use super::layout::Testnet;
use super::process::{ProcessIdentity, last_lines};
use super::run;
use crate::cli::arguments::{Arguments, Command as CliCommand};
use crate::cli::output::{Output, Reader};
use crate::cli::{Exit, Failure};
use crate::node::config::{ConfigSources, check, load};
use crate::types::Genesis;

/// Tests that need ports run one after the other: a free port is free until another test has it.
static PORTS: Mutex<()> = Mutex::new(());

fn alone() -> MutexGuard<'static, ()> {
    PORTS.lock().unwrap_or_else(PoisonError::into_inner)
}

fn testnet(folder: &Path, words: &[&str]) -> Result<Exit, Failure> {
    let folder = folder.display().to_string();
    let line = ["waybill", "testnet", "--folder", &folder]
        .into_iter()
        .chain(words.iter().copied());
    let CliCommand::Testnet(arguments) = Arguments::parse_from(line).command else {
        panic!("testnet");
    };
    run(&arguments, &Output::new(Reader::Script))
}

/// A base port under which a few nodes find free ports: asked of the system, and above by design.
fn base_port() -> u16 {
    loop {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        drop(listener);
        let free = |port| TcpListener::bind(("127.0.0.1", port)).is_ok();
        if port < 64_000 && (0..4).all(|i| free(port + i) && free(port + 100 + i)) {
            return port;
        }
    }
}

fn create(folder: &Path, nodes: &str) -> u16 {
    let port = base_port();
    let words = ["create", "--nodes", nodes, "--base-port", &port.to_string()];
    assert_eq!(testnet(folder, &words).unwrap(), Exit::Success);
    port
}

/// A program that acts as a node as far as these tests look: it ignores its arguments and stays.
fn fake_node(folder: &Path, script: &str) -> PathBuf {
    use std::os::unix::fs::PermissionsExt as _;
    let path = folder.join("fake-node");
    fs::write(&path, format!("#!/bin/sh\n{script}\n")).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    path
}

#[test]
fn a_new_network_has_one_genesis_and_a_configuration_for_each_node() {
    let _alone = alone();
    let root = tempfile::tempdir().unwrap();
    let folder = root.path().join("net");
    create(&folder, "4");
    let testnet_of = Testnet::open(&folder).unwrap();
    let mut documents = Vec::new();
    for node in &testnet_of.document.nodes {
        let of_node = testnet_of.node_folder(node);
        documents.push(fs::read(of_node.join("genesis.json")).unwrap());
        let sources = ConfigSources {
            file: Some(testnet_of.config(node)),
            ..ConfigSources::default()
        };
        let resolved = load(&sources).unwrap();
        assert_eq!(check(&resolved), [], "{}", node.name);
        assert_eq!(resolved.config().network.peers.len(), 3);
        assert_eq!(resolved.config().api.listen, node.api);
        assert!(of_node.join("keys/writer.key").exists());
    }
    assert!(documents.windows(2).all(|pair| pair[0] == pair[1]));
    let genesis = Genesis::parse(&documents[0]).unwrap();
    assert_eq!(genesis.ledger(), testnet_of.document.ledger);
    assert_eq!(
        (genesis.validators().len(), genesis.validators().quorum()),
        (4, 3)
    );
    let again = testnet(&folder, &["create"]).unwrap_err();
    assert!(again.why.contains("nothing is overwritten"));
}

#[test]
fn a_port_that_is_taken_is_named_before_anything_is_made() {
    let _alone = alone();
    let root = tempfile::tempdir().unwrap();
    let folder = root.path().join("net");
    let port = base_port();
    let _taken = TcpListener::bind(("127.0.0.1", port)).unwrap();
    let words = ["create", "--nodes", "1", "--base-port", &port.to_string()];
    let failure = testnet(&folder, &words).unwrap_err();
    assert!(
        failure.why.contains(&format!("127.0.0.1:{port}")),
        "{failure}"
    );
    assert!(!folder.exists());
}

#[test]
fn nothing_is_deleted_without_the_marker() {
    let root = tempfile::tempdir().unwrap();
    let _alone = alone();
    let folder = root.path().join("precious");
    fs::create_dir(&folder).unwrap();
    fs::write(folder.join("file"), "keep").unwrap();
    assert_eq!(
        testnet(&folder, &["down", "--delete"]).unwrap_err().exit,
        Exit::Files
    );
    fs::write(folder.join("testnet.json"), "{}").unwrap();
    assert!(testnet(&folder, &["down", "--delete"]).is_err());
    assert!(folder.join("file").exists());
    let ours = root.path().join("net");
    create(&ours, "1");
    assert_eq!(
        testnet(&ours, &["down", "--delete"]).unwrap(),
        Exit::Success
    );
    assert!(!ours.exists());
}

#[test]
fn a_number_that_was_given_to_another_process_is_never_signalled() {
    let mut other = Command::new("sleep")
        .arg("60")
        .stdin(Stdio::null())
        .spawn()
        .unwrap();
    let real = ProcessIdentity::of(other.id()).unwrap();
    assert!(real.is_running());
    let text = serde_json::to_string(&real).unwrap();
    // As if the number had belonged to a node that started at another time.
    let stale: ProcessIdentity =
        serde_json::from_str(&text.replace("\"started\":\"", "\"started\":\"0")).unwrap();
    assert!(!stale.is_running());
    assert_eq!(stale.signal("KILL"), Ok(false));

    let _alone = alone();
    let root = tempfile::tempdir().unwrap();
    let folder = root.path().join("net");
    create(&folder, "1");
    let net = Testnet::open(&folder).unwrap();
    let node = &net.document.nodes[0];
    net.remember(node, &stale).unwrap();
    assert!(net.running(node).is_none());
    assert_eq!(testnet(&folder, &["kill", "1"]).unwrap(), Exit::CheckFailed);
    assert_eq!(testnet(&folder, &["down"]).unwrap(), Exit::Success);
    assert!(
        other.try_wait().unwrap().is_none(),
        "the other process lives on"
    );

    assert_eq!(real.signal("KILL"), Ok(true));
    // It is gone for us as soon as it has ended, even before its parent takes note.
    while real.is_running() {
        std::thread::yield_now();
    }
    other.wait().unwrap();
    assert_eq!(ProcessIdentity::of(real.pid), None);
}

#[test]
fn nodes_are_started_once_killed_by_name_and_stopped() {
    let _alone = alone();
    let root = tempfile::tempdir().unwrap();
    let folder = root.path().join("net");
    create(&folder, "2");
    let program = fake_node(root.path(), "exec sleep 60");
    let program = program.display().to_string();
    let up = ["up", "--timeout", "300ms", "--program", &program];
    // They run, and are never ready.
    assert_eq!(testnet(&folder, &up).unwrap_err().exit, Exit::TimedOut);
    let net = Testnet::open(&folder).unwrap();
    let pids = || -> Vec<_> {
        net.document
            .nodes
            .iter()
            .map(|node| net.running(node).map(|p| p.pid))
            .collect()
    };
    let first = pids();
    assert!(first.iter().all(Option::is_some));
    assert_eq!(testnet(&folder, &up).unwrap_err().exit, Exit::TimedOut);
    assert_eq!(pids(), first, "those that run are not started again");
    assert_eq!(testnet(&folder, &["status"]).unwrap(), Exit::CheckFailed);
    assert_eq!(
        testnet(&folder, &["kill", "node-2"]).unwrap(),
        Exit::Success
    );
    while pids()[1].is_some() {
        std::thread::yield_now();
    }
    assert_eq!(pids()[0], first[0]);
    let restart = ["restart", "1", "--timeout", "300ms", "--program", &program];
    assert_eq!(testnet(&folder, &restart).unwrap_err().exit, Exit::TimedOut);
    assert_ne!(pids()[0], first[0]);
    assert_eq!(testnet(&folder, &["down"]).unwrap(), Exit::Success);
    assert_eq!(pids(), [None, None]);
    assert_eq!(
        testnet(&folder, &["kill", "7"]).unwrap_err().exit,
        Exit::Usage
    );
}

#[test]
fn a_node_that_ends_at_once_is_told_with_its_last_words() {
    let _alone = alone();
    let root = tempfile::tempdir().unwrap();
    let folder = root.path().join("net");
    create(&folder, "1");
    let program = fake_node(root.path(), "echo 'no such luck' >&2; exit 3");
    let program = program.display().to_string();
    let failure = testnet(&folder, &["up", "--program", &program]).unwrap_err();
    assert_eq!(failure.exit, Exit::NodeFailed);
    assert!(failure.why.contains("no such luck"), "{failure}");
}

#[test]
fn the_last_lines_are_the_last() {
    let root = tempfile::tempdir().unwrap();
    let log = root.path().join("log");
    fs::write(&log, "a\nb\nc\n").unwrap();
    assert_eq!(last_lines(&log, 2), "b\nc");
    assert_eq!(last_lines(&log, 9), "a\nb\nc");
    assert_eq!(last_lines(&root.path().join("none"), 9), "");
}
