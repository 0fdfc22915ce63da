use std::collections::BTreeSet;
use std::io;

use super::*;
use crate::storage::disk::{Disk, DiskFile};

/// A durable, empty file.
fn with_file() -> (SimulatedDisk, SimulatedFile) {
    let disk = SimulatedDisk::new();
    let mut file = disk.create("f").unwrap();
    file.sync().unwrap();
    disk.sync_folder().unwrap();
    (disk, file)
}

#[test]
fn only_what_was_synced_survives_the_worst() {
    let (disk, mut file) = with_file();
    file.append(b"durable").unwrap();
    file.sync().unwrap();
    file.append(b" and not").unwrap();
    file.write_at(0, b"D").unwrap();
    disk.create("g").unwrap();
    assert_eq!(disk.contents("f").unwrap(), b"Durable and not");
    disk.restart(&mut LoseEverything);
    assert_eq!(disk.contents("f").unwrap(), b"durable");
    assert_eq!(disk.list().unwrap(), ["f"]);
    assert!(file.append(b"!").is_err());
}

#[test]
fn everything_survives_a_killed_process() {
    let (disk, mut file) = with_file();
    file.append(b"abc").unwrap();
    file.truncate(2).unwrap();
    disk.rename("f", "g").unwrap();
    disk.restart(&mut KeepEverything);
    assert_eq!(disk.contents("g").unwrap(), b"ab");
    assert!(disk.open("f").is_err());
}

#[test]
fn all_combinations_of_two_writes_are_found() {
    let mut choices = ExhaustiveChoices::new();
    let mut seen = BTreeSet::new();
    let mut runs = 0;
    loop {
        let (disk, mut file) = with_file();
        disk.plan(FaultPlan {
            tearing: Tearing::EveryByte,
            ..FaultPlan::default()
        });
        file.append(b"ab").unwrap();
        file.append(b"c").unwrap();
        disk.restart(&mut choices);
        seen.insert(disk.contents("f").unwrap());
        runs += 1;
        if !choices.advance() {
            break;
        }
    }
    assert_eq!(runs, 3 * 2);
    let expected: [&[u8]; 6] = [b"", b"a", b"ab", b"\0\0c", b"a\0c", b"abc"];
    assert_eq!(seen, expected.iter().map(|text| text.to_vec()).collect());
}

#[test]
fn sectors_survive_one_by_one() {
    let (disk, mut file) = with_file();
    file.append(&[7; 1024]).unwrap();
    disk.restart(&mut ListedChoices::new(vec![0, 1]));
    let contents = disk.contents("f").unwrap();
    assert_eq!(contents, [vec![0; 512], vec![7; 512]].concat());
}

#[test]
fn a_failed_sync_is_never_made_good() {
    let (disk, mut file) = with_file();
    disk.plan(FaultPlan {
        failing: vec![FailingOperation {
            at: 1,
            error: io::ErrorKind::Other,
        }],
        ..FaultPlan::default()
    });
    file.append(b"lost").unwrap();
    assert!(file.sync().is_err());
    file.append(b"kept").unwrap();
    file.sync().unwrap();
    disk.restart(&mut LoseEverything);
    assert_eq!(disk.contents("f").unwrap(), b"\0\0\0\0kept");
}

#[test]
fn a_full_disk_takes_what_fits() {
    let (disk, mut file) = with_file();
    disk.plan(FaultPlan {
        capacity_bytes: Some(3),
        ..FaultPlan::default()
    });
    let error = file.append(b"12345").unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::StorageFull);
    assert_eq!(disk.contents("f").unwrap(), b"123");
    file.write_at(0, b"abc").unwrap();
}

#[test]
fn a_power_cut_stops_everything_and_forks_are_apart() {
    let (disk, mut file) = with_file();
    let other = disk.fork();
    disk.plan(FaultPlan {
        power_cut_at: Some(1),
        ..FaultPlan::default()
    });
    file.append(b"a").unwrap();
    assert!(file.append(b"b").is_err());
    assert!(file.sync().is_err());
    assert!(file.length().is_err());
    assert!(disk.list().is_err());
    disk.restart(&mut KeepEverything);
    assert_eq!(disk.contents("f").unwrap(), b"ab");
    assert_eq!(other.contents("f").unwrap(), b"");
}

#[test]
fn rot_and_loss_are_durable() {
    let (disk, mut file) = with_file();
    file.append(b"abc").unwrap();
    file.sync().unwrap();
    disk.rot("f", 1, 0xff).unwrap();
    disk.restart(&mut LoseEverything);
    assert_eq!(disk.contents("f").unwrap(), [b'a', !b'b', b'c']);
    disk.lose("f");
    disk.restart(&mut KeepEverything);
    assert!(disk.list().unwrap().is_empty());
}
