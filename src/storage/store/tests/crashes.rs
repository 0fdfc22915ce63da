//! Processes that are killed, disks that fail.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};

use super::*;
use crate::types::LedgerReader;

/// Names the folder in which a child process works.
const FOLDER: &str = "WAYBILL_STORE_TEST_FOLDER";

pub(super) fn copy_folder(from: &Path, to: &Path) {
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        // What a running store removes meanwhile is what it needs no more.
        match std::fs::copy(entry.path(), to.join(entry.file_name())) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            copied => drop(copied.unwrap()),
        }
    }
}

/// This test program, told to run one of its ignored tests.
fn child(test: &str, shell_prefix: &str, folder: &Path) -> Command {
    let program = std::env::current_exe().unwrap();
    let mut command = Command::new("sh");
    command
        .arg("-c")
        .arg(format!("{shell_prefix} exec \"$0\" \"$@\""))
        .arg(program)
        .args(["--exact", "--ignored", "--nocapture", "--test-threads=1"])
        .arg(format!("storage::store::tests::crashes::{test}"))
        .env(FOLDER, folder)
        .stdin(Stdio::null())
        .stdout(Stdio::piped());
    command
}

fn child_pair() -> (Store, LedgerModel, Arc<TestNetwork>) {
    let network = Arc::new(TestNetwork::new(4, 5));
    let folder = std::env::var_os(FOLDER).expect("run by another test");
    let options = StoreOptions {
        cache_bytes: MIN_CACHE_BYTES,
    };
    let store = Store::open(folder, network.genesis(), options).unwrap();
    let model = LedgerModel::new(MemoryLedger::new(network.clone()));
    (store, model, network)
}

/// The block that the killed child works on.
fn step(model: &LedgerModel, network: &TestNetwork) -> Batch {
    let number = u32::try_from(model.ledger().tip().height.0).unwrap();
    let expiry = model.ledger().expiry();
    let records = (0..20).map(|n| event_record(number * 100 + n)).collect();
    model
        .ledger()
        .batch(vec![network.submission(0, expiry, records)])
}

#[test]
#[ignore = "the child process of a_killed_process_leaves_whole_blocks"]
fn commit_until_killed() {
    let (store, mut model, network) = child_pair();
    println!("\nopened");
    loop {
        let batch = step(&model, &network);
        store
            .put_batches(&shared(std::slice::from_ref(&batch)))
            .unwrap();
        println!("\nheld {}", model.ledger().next_height());
        let applied = model.order(&[batch], Vec::new());
        store.commit(&applied.commit).unwrap();
        println!("\ncommitted {}", model.ledger().tip().height);
    }
}

#[test]
fn a_killed_process_leaves_whole_blocks() {
    for kill_after in ["opened", "held 1", "committed 1", "held 4", "committed 6"] {
        let folder = tempfile::tempdir().unwrap();
        let mut process = child("commit_until_killed", "", folder.path())
            .spawn()
            .unwrap();
        let mut acknowledged = Vec::new();
        for line in BufReader::new(process.stdout.take().unwrap()).lines() {
            let line = line.unwrap();
            let is_last = line == kill_after;
            acknowledged.push(line);
            if is_last {
                break;
            }
        }
        process.kill().unwrap();
        process.wait().unwrap();
        assert!(
            acknowledged.iter().any(|line| line == kill_after),
            "{acknowledged:?}"
        );

        let network = Arc::new(TestNetwork::new(4, 5));
        let store = open(&folder, &network).unwrap();
        let report = store.verify(|_| ()).unwrap();
        let count = |word| acknowledged.iter().filter(|l| l.starts_with(word)).count() as u64;
        assert!(report.height.0 >= count("committed"));
        // What was committed is what the same blocks make in memory, and the rest can follow.
        let mut model = LedgerModel::new(MemoryLedger::new(network.clone()));
        while model.ledger().tip().height < report.height {
            let batch = step(&model, &network);
            model.order(&[batch], Vec::new());
        }
        assert_eq!(store.ledger_tip().unwrap(), *model.ledger().tip());
        let next = step(&model, &network);
        if count("held") > report.height.0 {
            assert_eq!(store.pending_batches().unwrap(), [next.reference().clone()]);
        }
        store
            .put_batches(&shared(std::slice::from_ref(&next)))
            .unwrap();
        let applied = model.order(&[next], Vec::new());
        store.commit(&applied.commit).unwrap();
        assert_eq!(store.pending_batches().unwrap(), []);
    }
}

/// What a process that is killed between the two writes leaves, as an image of its files.
#[test]
fn batches_survive_between_put_and_commit() {
    let mut pair = Pair::new();
    pair.fill();
    let batch = pair.batch(vec![pair.submission(0, vec![event_record(5_000)])]);
    pair.store
        .put_batches(&shared(std::slice::from_ref(&batch)))
        .unwrap();
    let image = tempfile::tempdir().unwrap();
    copy_folder(pair.folder.path(), image.path());
    let store = open(&image, &pair.network).unwrap();
    assert_eq!(store.tip().unwrap(), pair.model.tip().unwrap());
    assert_eq!(
        store.pending_batches().unwrap(),
        [batch.reference().clone()]
    );
    let applied = pair.model.order(&[batch], Vec::new());
    store.commit(&applied.commit).unwrap();
    assert_eq!(store.tip().unwrap(), pair.model.tip().unwrap());
}

#[test]
#[ignore = "the child process of after_a_failed_write_the_handle_refuses"]
fn write_until_the_disk_refuses() {
    let (store, mut model, network) = child_pair();
    let error = loop {
        let expiry = model.ledger().expiry();
        let number = u32::try_from(model.ledger().tip().height.0).unwrap();
        let records = (0..500).map(|n| event_record(number * 1_000 + n)).collect();
        let submission = network.submission(0, expiry, records);
        let batch = model.ledger().batch(vec![submission]);
        if let Err(error) = store.put_batches(&shared(std::slice::from_ref(&batch))) {
            break error;
        }
        let before = model.clone();
        let applied = model.order(&[batch], Vec::new());
        if let Err(error) = store.commit(&applied.commit) {
            model = before;
            break error;
        }
    };
    assert!(
        matches!(
            error,
            StoreError::Database { .. } | StoreError::DiskFull { .. }
        ),
        "{error}"
    );
    let poisoned = StoreError::Poisoned {
        first: error.to_string(),
    };
    let applied = model.order(&[], Vec::new());
    assert_eq!(store.commit(&applied.commit), Err(poisoned.clone()));
    assert_eq!(store.put_batches(&[]), Err(poisoned.clone()));
    assert_eq!(store.put_cosigned_size(1), Err(poisoned.clone()));
    assert_eq!(store.put_checkpoint("note", 1), Err(poisoned.clone()));
    assert_eq!(store.discard_expired(Height(1)), Err(poisoned));
    // Reading goes on.
    println!("\ntip {}", store.tip().unwrap().height);
}

#[test]
fn after_a_failed_write_the_handle_refuses() {
    let folder = tempfile::tempdir().unwrap();
    // No file may grow beyond 2 MiB (in units of 512 bytes), as on a disk that is full; the signal
    // that tells of it is ignored.
    let limit = "trap '' XFSZ; ulimit -f 4096;";
    let output = child("write_until_the_disk_refuses", limit, folder.path())
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    let said = || format!("{text}{}", String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{}", said());
    let tip = text.lines().find_map(|line| line.strip_prefix("tip "));
    let tip: u64 = tip.unwrap_or_else(|| panic!("{}", said())).parse().unwrap();
    assert!(tip > 0);
    let store = open(&folder, &TestNetwork::new(4, 5)).unwrap();
    assert!(store.verify(|_| ()).unwrap().height.0 >= tip);
}

/// The database's own way is to go back silently to the last block before the damage.
#[test]
fn damage_in_the_midst_of_the_write_ahead_log_is_refused() {
    let mut pair = Pair::new();
    pair.fill();
    let Pair {
        folder,
        network,
        store,
        ..
    } = pair;
    drop(store);
    let log = std::fs::read_dir(folder.path())
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|kind| kind == "log"))
        .max_by_key(|path| path.metadata().unwrap().len())
        .unwrap();
    let mut bytes = std::fs::read(&log).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::write(&log, bytes).unwrap();
    let error = open(&folder, &network).unwrap_err();
    assert!(matches!(error, StoreError::Damaged { .. }), "{error}");
}
