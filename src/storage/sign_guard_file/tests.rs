use proptest::prelude::*;

use super::slot::{COPY_DISTANCE, Copy, MAX_GUARD_BYTES};
use super::*;
use crate::crypto::Blake3Digest;
use crate::storage::disk::{Disk, DiskFile};
use crate::storage::real_disk::RealDisk;
use crate::storage::simulated_disk::{
    ExhaustiveChoices, FailingOperation, FaultPlan, LoseEverything, SimulatedDisk, Tearing,
};
use crate::types::LedgerId;

fn ledger() -> LedgerId {
    LedgerId(Blake3Digest::of(b"ledger"))
}

fn load(disk: &SimulatedDisk) -> (SignGuardFile<SimulatedDisk>, LoadedGuard) {
    SignGuardFile::load(disk.clone(), ledger()).unwrap()
}

fn stored(disk: &SimulatedDisk) -> StoredGuard {
    match load(disk).1 {
        LoadedGuard::Loaded(guard) => guard,
        other => panic!("{other:?}"),
    }
}

/// A guard that was stored `count` times, with its number as payload.
fn after_stores(count: u8) -> SimulatedDisk {
    let disk = SimulatedDisk::new();
    let (mut file, _) = load(&disk);
    for number in 1..=count {
        file.store(&[number]).unwrap();
    }
    disk
}

/// The slot that was written last, after this many stores.
fn newest_slot(count: u8) -> &'static str {
    // The first store counts as two.
    if count % 2 == 1 {
        "sign-guard.b"
    } else {
        "sign-guard.a"
    }
}

#[test]
fn the_last_store_is_loaded() {
    let disk = SimulatedDisk::new();
    let (mut file, loaded) = load(&disk);
    assert_eq!(loaded, LoadedGuard::Missing);
    for number in 1..=7u8 {
        file.store(&[number; 60]).unwrap();
        disk.restart(&mut LoseEverything);
        let guard = stored(&disk);
        assert_eq!(guard.payload.as_ref(), [number; 60]);
        assert_eq!(guard.sequence, u64::from(number) + 1);
        assert_eq!(guard.health, GuardHealth::Intact);
        (file, _) = load(&disk);
    }
    file.store(b"short").unwrap();
    assert_eq!(stored(&disk).payload.as_ref(), b"short");
    file.store(&[1; MAX_GUARD_BYTES]).unwrap();
    assert_eq!(stored(&disk).payload.len(), MAX_GUARD_BYTES);
    assert!(matches!(
        file.store(&[1; MAX_GUARD_BYTES + 1]).unwrap_err(),
        GuardFileError::TooLong { .. }
    ));
    file.store(b"after").unwrap();
    assert_eq!(stored(&disk).payload.as_ref(), b"after");
}

/// At every operation, and for all that a power cut can leave: never anything older than what was
/// stored last, unless it is said. As long as sectors are whole there is not even a doubt.
fn power_cuts(tearing: Tearing) -> usize {
    const STORES: u8 = 4;
    let run = |disk: &SimulatedDisk| {
        let Ok((mut file, _)) = SignGuardFile::load(disk.clone(), ledger()) else {
            return 0;
        };
        for number in 1..=STORES {
            if file.store(&[number]).is_err() {
                return number - 1;
            }
        }
        STORES
    };
    let counted = SimulatedDisk::new();
    run(&counted);
    let mut doubts = 0;
    for power_cut_at in 0..=counted.operations() {
        let mut choices = ExhaustiveChoices::new();
        loop {
            let disk = SimulatedDisk::new();
            disk.plan(FaultPlan {
                power_cut_at: Some(power_cut_at),
                tearing,
                ..FaultPlan::default()
            });
            let acknowledged = run(&disk);
            disk.restart(&mut choices);
            let (mut file, loaded) = load(&disk);
            match loaded {
                LoadedGuard::Missing => assert_eq!(acknowledged, 0),
                LoadedGuard::Damaged { details } => panic!("cut at {power_cut_at}: {details}"),
                LoadedGuard::Loaded(guard) => {
                    let found = guard.payload[0];
                    assert!(found >= acknowledged, "cut at {power_cut_at}");
                    assert!(found <= acknowledged + 1);
                    if matches!(guard.health, GuardHealth::NewestInDoubt { .. }) {
                        doubts += 1;
                    }
                }
            }
            file.store(b"on").unwrap();
            disk.restart(&mut LoseEverything);
            assert_eq!(stored(&disk).payload.as_ref(), b"on");
            if !choices.advance() {
                break;
            }
        }
    }
    doubts
}

#[test]
fn power_cuts_that_keep_sectors_whole_leave_no_doubt() {
    assert_eq!(power_cuts(Tearing::Sectors), 0);
}

#[test]
fn power_cuts_that_tear_sectors_never_hide_what_was_stored() {
    assert!(power_cuts(Tearing::EveryByte) > 0);
}

#[test]
fn one_rotten_copy_is_survived_and_reported() {
    let length = Copy {
        ledger: ledger(),
        sequence: 1,
        payload: vec![5].into(),
    }
    .to_bytes()
    .len();
    for slot in ["sign-guard.a", "sign-guard.b"] {
        for offset in 0..length {
            for base in [0, COPY_DISTANCE as usize] {
                let disk = after_stores(5);
                disk.rot(slot, base + offset, 0x10).unwrap();
                let guard = stored(&disk);
                assert_eq!(guard.payload.as_ref(), [5]);
                let GuardHealth::CopiesDamaged { details } = guard.health else {
                    panic!("{slot} {offset}: {:?}", guard.health);
                };
                assert!(details.contains(slot), "{details}");
            }
        }
    }
}

#[test]
fn a_lost_slot_puts_the_guard_in_doubt() {
    for count in [5, 6] {
        for both_copies_rot in [false, true] {
            let disk = after_stores(count);
            let slot = newest_slot(count);
            if both_copies_rot {
                disk.rot(slot, 50, 1).unwrap();
                disk.rot(slot, COPY_DISTANCE as usize + 50, 1).unwrap();
            } else {
                disk.lose(slot);
            }
            let guard = stored(&disk);
            assert_eq!(guard.payload.as_ref(), [count - 1]);
            assert!(matches!(guard.health, GuardHealth::NewestInDoubt { .. }));
            let (mut file, _) = load(&disk);
            file.store(b"again").unwrap();
            file.store(b"and again").unwrap();
            let guard = stored(&disk);
            assert_eq!(guard.payload.as_ref(), b"and again");
            assert_eq!(guard.health, GuardHealth::Intact);
        }
    }
}

#[test]
fn a_slot_put_back_to_an_older_state_puts_the_guard_in_doubt() {
    let old = after_stores(3).contents("sign-guard.b").unwrap();
    let disk = after_stores(7);
    disk.replace("sign-guard.b", &old).unwrap();
    let guard = stored(&disk);
    assert_eq!(guard.payload.as_ref(), [6]);
    assert!(matches!(guard.health, GuardHealth::NewestInDoubt { .. }));
}

#[test]
fn when_no_copy_is_left_it_says_so() {
    let disk = after_stores(5);
    for slot in ["sign-guard.a", "sign-guard.b"] {
        disk.replace(slot, &[0; 5000]).unwrap();
    }
    let (mut file, loaded) = load(&disk);
    assert!(matches!(loaded, LoadedGuard::Damaged { .. }), "{loaded:?}");
    file.store(b"new").unwrap();
    let guard = stored(&disk);
    assert_eq!(guard.payload.as_ref(), b"new");
    assert_eq!(guard.health, GuardHealth::Intact);
}

#[test]
fn guards_of_others_are_refused() {
    let disk = after_stores(3);
    let other = LedgerId(Blake3Digest::of(b"other"));
    assert!(matches!(
        SignGuardFile::load(disk.clone(), other).unwrap_err(),
        GuardFileError::OtherLedger { .. }
    ));
    for offset in [9, COPY_DISTANCE as usize + 9] {
        disk.rot("sign-guard.a", offset, 2).unwrap();
    }
    assert!(matches!(
        SignGuardFile::load(disk, ledger()).unwrap_err(),
        GuardFileError::UnknownVersion { version: 3, .. }
    ));
}

#[test]
fn after_a_failure_nothing_is_stored() {
    for at in 0..3 {
        let disk = after_stores(4);
        let (mut file, _) = load(&disk);
        disk.plan(FaultPlan {
            failing: vec![FailingOperation {
                at,
                error: std::io::ErrorKind::Other,
            }],
            ..FaultPlan::default()
        });
        assert!(matches!(
            file.store(b"5").unwrap_err(),
            GuardFileError::Io { .. }
        ));
        assert!(matches!(
            file.store(b"6").unwrap_err(),
            GuardFileError::Poisoned { .. }
        ));
        disk.restart(&mut LoseEverything);
        assert_eq!(stored(&disk).payload.as_ref(), [4]);
    }
}

#[test]
fn it_works_on_a_real_disk() {
    let folder = tempfile::tempdir().unwrap();
    let disk = RealDisk::open(folder.path()).unwrap();
    let (mut file, _) = SignGuardFile::load(disk.clone(), ledger()).unwrap();
    file.store(b"one").unwrap();
    file.store(b"two").unwrap();
    drop(file);
    assert_eq!(disk.list().unwrap().len(), 2);
    let (_, loaded) = SignGuardFile::load(disk, ledger()).unwrap();
    let LoadedGuard::Loaded(guard) = loaded else {
        panic!("{loaded:?}");
    };
    assert_eq!(guard.payload.as_ref(), b"two");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn arbitrary_files_never_panic(
        first in proptest::option::of(proptest::collection::vec(any::<u8>(), 0..300)),
        second in proptest::option::of(proptest::collection::vec(any::<u8>(), 0..300)),
    ) {
        let disk = SimulatedDisk::new();
        for (name, contents) in [("sign-guard.a", first), ("sign-guard.b", second)] {
            if let Some(contents) = contents {
                disk.create(name).unwrap();
                disk.replace(name, &contents).unwrap();
            }
        }
        let (_, loaded) = load(&disk);
        prop_assert!(!matches!(loaded, LoadedGuard::Loaded(_)));
    }

    #[test]
    fn mutated_files_give_what_was_stored_or_nothing(
        at in 0..4300usize,
        patch in proptest::collection::vec(any::<u8>(), 1..60),
    ) {
        let disk = after_stores(5);
        let mut contents = disk.contents("sign-guard.b").unwrap();
        for (offset, byte) in patch.iter().enumerate() {
            if let Some(place) = contents.get_mut(at + offset) {
                *place = *byte;
            }
        }
        disk.replace("sign-guard.b", &contents).unwrap();
        // One damaged copy at most: the patch is shorter than the distance of the copies.
        if let Ok((_, LoadedGuard::Loaded(guard))) = SignGuardFile::load(disk, ledger()) {
            prop_assert_eq!(guard.payload.as_ref(), [5]);
        }
    }
}

#[test]
fn what_only_the_systems_memory_held_is_durable_after_loading() {
    let disk = after_stores(2);
    let copy = Copy {
        ledger: ledger(),
        sequence: 4,
        payload: vec![3].into(),
    };
    // The node is killed before it could sync; the system goes on.
    let mut slot = disk.open("sign-guard.b").unwrap();
    slot.write_at(0, &copy.to_bytes()).unwrap();
    slot.write_at(COPY_DISTANCE, &copy.to_bytes()).unwrap();
    assert_eq!(stored(&disk).payload.as_ref(), [3]);
    disk.restart(&mut LoseEverything);
    assert_eq!(stored(&disk).payload.as_ref(), [3]);
}
