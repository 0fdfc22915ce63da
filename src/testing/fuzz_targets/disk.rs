//! The files beside the store, on a simulated disk: as damage finds them, and as nobody wrote them.

use crate::crypto::Blake3Digest;
use crate::storage::simulated_disk::SimulatedDisk;
use crate::storage::{
    ConsensusLog, Disk, DiskFile, GuardHealth, LoadedGuard, SignGuardFile, TornTailVerdict,
};
use crate::types::{Height, LedgerId};

const SEGMENT_FILE: &str = "consensus-00000000000000000001.log";
const GUARD_FILES: [&str; 2] = ["sign-guard.a", "sign-guard.b"];

fn ledger() -> LedgerId {
    LedgerId(Blake3Digest::of(b"fuzz"))
}

/// Records of several heights and lengths.
fn written() -> Vec<(Height, Vec<u8>)> {
    (0..6u8)
        .map(|number| {
            (
                Height(u64::from(number / 2) + 1),
                vec![number; 20 * usize::from(number)],
            )
        })
        .collect()
}

/// Flips bits as the data say: file, offset (two bytes), mask. What is left cuts nothing.
fn damage(disk: &SimulatedDisk, files: &[&str], data: &[u8]) {
    for change in data.chunks_exact(4) {
        let [file, high, low, mask] = change else {
            continue;
        };
        let name = files[usize::from(*file) % files.len()];
        let offset = usize::from(u16::from_be_bytes([*high, *low]));
        disk.rot(name, offset, *mask).expect("a file made before");
    }
}

/// Bytes that no log wrote: they are refused, or cut off as a torn tail; then the log is empty.
pub(super) fn foreign_segment(data: &[u8]) {
    let disk = SimulatedDisk::new();
    let mut file = disk.create(SEGMENT_FILE).expect("an empty disk");
    file.append(data).expect("a disk without faults");
    let opened = ConsensusLog::recover(disk, ledger(), |_, _| TornTailVerdict::Cut);
    if let Ok((_, recovered)) = opened {
        assert!(recovered.records.is_empty());
    }
}

/// What is recovered from a damaged log is what was written, up to some record; and once its torn
/// tail is cut, it is whole.
pub(super) fn damaged_segment(data: &[u8]) {
    let disk = SimulatedDisk::new();
    let judge = |_: &_, _: &_| TornTailVerdict::Cut;
    let (mut log, _) = ConsensusLog::recover(disk.clone(), ledger(), judge).expect("a new log");
    let written = written();
    for (position, (height, record)) in written.iter().enumerate() {
        log.append(*height, record).expect("a disk without faults");
        if position % 3 == 1 {
            log.sync().expect("a disk without faults");
        }
    }
    log.sync().expect("a disk without faults");
    drop(log);
    damage(&disk, &[SEGMENT_FILE], data);
    let Ok((log, recovered)) = ConsensusLog::recover(disk.clone(), ledger(), judge) else {
        return;
    };
    drop(log);
    let flat: Vec<(Height, Vec<u8>)> = recovered
        .records
        .iter()
        .flat_map(|(height, records)| records.iter().map(|record| (*height, record.to_vec())))
        .collect();
    assert!(written.starts_with(&flat));
    let (_, again) = ConsensusLog::recover(disk, ledger(), judge).expect("it was cut");
    assert_eq!(again.records, recovered.records);
    assert_eq!(again.torn_tail, None);
}

/// A damaged guard is what was stored last, or says that it may not be.
pub(super) fn damaged_guard(data: &[u8]) {
    let disk = SimulatedDisk::new();
    let (mut file, _) = SignGuardFile::load(disk.clone(), ledger()).expect("an empty disk");
    for number in 0..4u8 {
        file.store(&[number; 30]).expect("a disk without faults");
    }
    drop(file);
    damage(&disk, &GUARD_FILES, data);
    if let Ok((_, LoadedGuard::Loaded(guard))) = SignGuardFile::load(disk, ledger()) {
        let newest = guard.payload.as_ref() == [3; 30];
        assert!(newest || matches!(guard.health, GuardHealth::NewestInDoubt { .. }));
        assert!(newest || guard.payload.as_ref() == [2; 30]);
    }
}
