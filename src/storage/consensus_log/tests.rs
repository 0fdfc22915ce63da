use proptest::prelude::*;

use super::frame::{Frame, Position};
use super::segment::{HEADER_BYTES, LOG_VERSION, encode_header, segment_name};
use super::*;
use crate::crypto::Blake3Digest;
use crate::storage::disk::{Disk, DiskFile};
use crate::storage::real_disk::RealDisk;
use crate::storage::simulated_disk::{
    ExhaustiveChoices, FailingOperation, FaultPlan, KeepEverything, ListedChoices, LoseEverything,
    SimulatedDisk, Tearing,
};
use crate::types::{Height, LedgerId};

type Records = Vec<(u64, Vec<u8>)>;

fn ledger() -> LedgerId {
    LedgerId(Blake3Digest::of(b"ledger"))
}

fn open(disk: &SimulatedDisk) -> Result<(ConsensusLog<SimulatedDisk>, RecoveredLog), LogError> {
    ConsensusLog::recover(disk.clone(), ledger(), |_, _| TornTailVerdict::Cut)
}

/// The records in order of height; within a height, as they were appended.
fn flat(recovered: &RecoveredLog) -> Records {
    recovered
        .records
        .iter()
        .flat_map(|(height, records)| records.iter().map(|r| (height.0, r.to_vec())))
        .collect()
}

/// What the exhaustive test appends: groups, each synced as one.
fn script() -> Vec<Records> {
    vec![
        vec![(1, b"proposal".to_vec()), (1, b"prevote".to_vec())],
        vec![(1, Vec::new())],
        vec![(2, b"x".to_vec()), (2, b"y".to_vec()), (3, b"z".to_vec())],
    ]
}

/// Runs the script until an error; gives what was appended, and how much of it was surely durable.
fn run(disk: &SimulatedDisk, groups: &[Records]) -> (Records, usize) {
    let mut appended = Records::new();
    let mut durable = 0;
    let Ok((mut log, _)) = open(disk) else {
        return (appended, durable);
    };
    for group in groups {
        for (height, payload) in group {
            appended.push((*height, payload.clone()));
            if log.append(Height(*height), payload).is_err() {
                return (appended, durable);
            }
        }
        if log.sync().is_err() {
            return (appended, durable);
        }
        durable = appended.len();
    }
    (appended, durable)
}

fn sound_log(groups: &[Records]) -> SimulatedDisk {
    let disk = SimulatedDisk::new();
    let all: usize = groups.iter().map(Vec::len).sum();
    assert_eq!(run(&disk, groups).1, all);
    disk
}

fn corrupt(result: Result<(ConsensusLog<SimulatedDisk>, RecoveredLog), LogError>) -> String {
    match result.unwrap_err() {
        error @ LogError::Corrupt { .. } => error.to_string(),
        other => panic!("{other}"),
    }
}

#[test]
fn what_was_synced_comes_back_in_order() {
    let disk = sound_log(&script());
    let (log, recovered) = open(&disk).unwrap();
    assert_eq!(flat(&recovered), script().concat());
    assert_eq!(recovered.torn_tail, None);
    assert_eq!(log.segment_count(), 1);
    assert_eq!(
        log.active_bytes(),
        disk.contents(&segment_name(1)).unwrap().len() as u64
    );
}

#[test]
fn one_sync_serves_many_records_and_an_idle_one_costs_nothing() {
    let disk = SimulatedDisk::new();
    let (mut log, _) = open(&disk).unwrap();
    disk.plan(FaultPlan::default());
    for _ in 0..100 {
        log.append(Height(1), b"vote").unwrap();
    }
    log.sync().unwrap();
    assert_eq!(disk.operations(), 2, "a write and a sync");
    log.sync().unwrap();
    assert_eq!(disk.operations(), 2);
}

/// The promise of the module, at every operation and for every way in which a power cut can tear
/// what was not synced: recovery succeeds, what was synced is there, and what is there was appended.
#[test]
fn every_power_cut_leaves_a_prefix_that_holds_what_was_synced() {
    let counted = SimulatedDisk::new();
    run(&counted, &script());
    let mut cases = 0;
    for power_cut_at in 0..=counted.operations() {
        let mut choices = ExhaustiveChoices::new();
        loop {
            let disk = SimulatedDisk::new();
            disk.plan(FaultPlan {
                power_cut_at: Some(power_cut_at),
                tearing: Tearing::EveryByte,
                ..FaultPlan::default()
            });
            let (appended, durable) = run(&disk, &script());
            disk.restart(&mut choices);
            let (mut log, recovered) = open(&disk).unwrap();
            let found = flat(&recovered);
            assert!(found.len() >= durable, "cut at {power_cut_at}");
            assert_eq!(found, appended[..found.len()], "cut at {power_cut_at}");
            // Goes on, also after a second power cut that loses everything unsynced.
            log.append(Height(9), b"next").unwrap();
            log.sync().unwrap();
            disk.restart(&mut LoseEverything);
            let mut expected = found;
            expected.push((9, b"next".to_vec()));
            assert_eq!(flat(&open(&disk).unwrap().1), expected);
            cases += 1;
            if !choices.advance() {
                break;
            }
        }
    }
    assert!(cases > 500, "{cases}");
}

/// The disk may keep the end of an unsynced group and lose its beginning. Valid frames behind the
/// hole are no sign of rot then: they do not claim that what is before them was ever durable.
#[test]
fn holes_in_an_unsynced_group_are_a_torn_tail() {
    let mut groups = script();
    groups.push((4..8).map(|height| (height, vec![7; 400])).collect());
    let durable = script().concat().len();
    let counted = SimulatedDisk::new();
    run(&counted, &groups);
    let mut choices = ExhaustiveChoices::new();
    let mut counts = std::collections::BTreeSet::new();
    loop {
        let disk = SimulatedDisk::new();
        disk.plan(FaultPlan {
            power_cut_at: Some(counted.operations() - 1),
            ..FaultPlan::default()
        });
        run(&disk, &groups);
        disk.restart(&mut choices);
        let (mut log, recovered) = open(&disk).unwrap();
        let mut found = flat(&recovered);
        assert!(found.len() >= durable);
        assert_eq!(found, groups.concat()[..found.len()]);
        counts.insert(found.len() - durable);
        log.append(Height(9), b"next").unwrap();
        log.sync().unwrap();
        found.push((9, b"next".to_vec()));
        assert_eq!(flat(&open(&disk).unwrap().1), found);
        if !choices.advance() {
            break;
        }
    }
    assert!(counts.contains(&0) && counts.contains(&4), "{counts:?}");
}

#[test]
fn a_power_cut_during_the_repair_of_a_torn_tail_is_no_worse() {
    let disk = sound_log(&script());
    let name = segment_name(1);
    let contents = disk.contents(&name).unwrap();
    disk.replace(&name, &contents[..contents.len() - 3])
        .unwrap();
    for power_cut_at in 0..3 {
        for keep in [false, true] {
            let disk = disk.fork();
            disk.plan(FaultPlan {
                power_cut_at: Some(power_cut_at),
                ..FaultPlan::default()
            });
            assert!(open(&disk).is_err());
            if keep {
                disk.restart(&mut KeepEverything);
            } else {
                disk.restart(&mut LoseEverything);
            }
            let (_, recovered) = open(&disk).unwrap();
            assert_eq!(flat(&recovered), script().concat()[..5]);
        }
    }
}

#[test]
fn a_torn_tail_is_cut_only_if_the_judge_agrees() {
    let disk = sound_log(&script());
    let name = segment_name(1);
    let contents = disk.contents(&name).unwrap();
    disk.replace(&name, &contents[..contents.len() - 1])
        .unwrap();
    let mut seen = None;
    let refused = ConsensusLog::recover(disk.clone(), ledger(), |records, tail| {
        seen = Some((records.len(), tail.clone()));
        TornTailVerdict::Refuse
    });
    let error = refused.unwrap_err();
    assert!(matches!(error, LogError::TornTailRefused { .. }), "{error}");
    assert!(error.to_string().contains("set the log aside"));
    let (heights, tail) = seen.unwrap();
    assert_eq!(heights, 2);
    assert_eq!(tail.offset + tail.byte_count, contents.len() as u64 - 1);
    assert_eq!(
        disk.contents(&name).unwrap().len(),
        contents.len() - 1,
        "nothing was changed"
    );
    let (_, recovered) = open(&disk).unwrap();
    assert_eq!(recovered.torn_tail, Some(tail));
    let never = ConsensusLog::recover(disk, ledger(), |_, _| panic!("the log is whole now"));
    assert!(never.unwrap().1.torn_tail.is_none());
}

/// A bit that flips in what was synced before the last group is refused wherever it is; in the last
/// group it looks like a torn tail, and the judge decides. Nothing else than what was appended ever
/// comes back.
#[test]
fn rot_is_found_at_every_byte() {
    let groups = script();
    let before_last = sound_log(&groups[..2]);
    let name = segment_name(1);
    let last_group = before_last.contents(&name).unwrap().len();
    let disk = sound_log(&groups);
    let length = disk.contents(&name).unwrap().len();
    for offset in 0..length {
        let disk = disk.fork();
        disk.rot(&name, offset, 1 << (offset % 8)).unwrap();
        let result = open(&disk);
        if offset < last_group {
            let message = corrupt(result);
            assert!(
                message.contains(&name) && message.contains("byte"),
                "{message}"
            );
        } else {
            let (_, recovered) = result.unwrap();
            let found = flat(&recovered);
            assert!((3..6).contains(&found.len()));
            assert_eq!(found, script().concat()[..found.len()]);
            assert!(recovered.torn_tail.is_some());
        }
    }
}

/// Payloads as large as can be, so that segments roll.
fn large_script() -> Vec<Records> {
    (1..=9u64)
        .map(|height| vec![(height, vec![height as u8; MAX_RECORD_BYTES])])
        .collect()
}

#[test]
fn segments_roll_and_are_forgotten_when_all_their_heights_are_decided() {
    let disk = sound_log(&large_script());
    let (mut log, recovered) = open(&disk).unwrap();
    assert_eq!(flat(&recovered), large_script().concat());
    assert_eq!(log.segment_count(), 3);
    log.forget_below(Height(4)).unwrap();
    assert_eq!(log.segment_count(), 2, "heights 1 to 3");
    log.forget_below(Height(6)).unwrap();
    assert_eq!(log.segment_count(), 2, "height 6 is in the same segment");
    log.forget_below(Height(100)).unwrap();
    assert_eq!(log.segment_count(), 1, "the last one stays");
    let (mut log, recovered) = open(&disk).unwrap();
    assert_eq!(flat(&recovered), large_script().concat()[6..]);
    log.append(Height(10), b"on").unwrap();
    log.sync().unwrap();
    assert_eq!(open(&disk).unwrap().1.records.len(), 4);
}

#[test]
fn power_cuts_while_rolling_and_forgetting_lose_nothing() {
    let script = |disk: &SimulatedDisk| {
        let (appended, durable) = run(disk, &large_script());
        if durable == 9
            && let Ok((mut log, _)) = open(disk)
        {
            log.forget_below(Height(7)).ok();
        }
        (appended, durable)
    };
    let counted = SimulatedDisk::new();
    script(&counted);
    for power_cut_at in 0..=counted.operations() {
        for seed in 0..8usize {
            let disk = SimulatedDisk::new();
            disk.plan(FaultPlan {
                power_cut_at: Some(power_cut_at),
                ..FaultPlan::default()
            });
            let (appended, durable) = script(&disk);
            let bits = (0..2_000usize).map(|n| ((n * 2_654_435_761) >> (seed + 3)) & 1);
            let choices = bits.map(|bit| if seed == 0 { 0 } else { bit }).collect();
            disk.restart(&mut ListedChoices::new(choices));
            let (_, recovered) = open(&disk).unwrap();
            let found = flat(&recovered);
            let first = found.first().map_or(0, |(height, _)| *height as usize - 1);
            assert!(first == 0 || (durable == 9 && first < 7));
            assert!(first + found.len() >= durable, "cut at {power_cut_at}");
            assert_eq!(found, appended[first..first + found.len()]);
        }
    }
}

#[test]
fn a_missing_or_misnamed_segment_is_refused() {
    let disk = sound_log(&large_script());
    let lost = disk.fork();
    lost.lose(&segment_name(2));
    let error = open(&lost).unwrap_err();
    assert!(matches!(error, LogError::MissingSegment { .. }));
    assert!(error.to_string().contains(&segment_name(2)));
    let swapped = disk.fork();
    let contents = swapped.contents(&segment_name(1)).unwrap();
    swapped.replace(&segment_name(2), &contents).unwrap();
    assert!(corrupt(open(&swapped)).contains("under another name"));
    let torn = disk.fork();
    torn.replace(&segment_name(1), &contents[..contents.len() - 1])
        .unwrap();
    corrupt(open(&torn));
    let long = disk.fork();
    long.replace(&segment_name(3), &vec![0; SEGMENT_BYTES + 1])
        .unwrap();
    assert!(corrupt(open(&long)).contains("more than any segment"));
}

#[test]
fn logs_of_others_are_refused() {
    let disk = sound_log(&script());
    let other = LedgerId(Blake3Digest::of(b"other"));
    let result = ConsensusLog::recover(disk.clone(), other, |_, _| TornTailVerdict::Cut);
    assert!(matches!(result.unwrap_err(), LogError::OtherLedger { .. }));
    let mut newer = encode_header(&ledger(), 1);
    newer[9] = LOG_VERSION as u8 + 1;
    let checksum: [u8; 16] =
        super::frame::cut(&[b"waybill/consensus-log-segment/v1\0", &newer[..50]]);
    newer[50..].copy_from_slice(&checksum);
    disk.replace(&segment_name(1), &newer).unwrap();
    assert!(matches!(
        open(&disk).unwrap_err(),
        LogError::UnknownVersion { version: 2, .. }
    ));
}

#[test]
fn a_record_of_a_newer_kind_is_not_cut_off() {
    let disk = SimulatedDisk::new();
    open(&disk).unwrap();
    let mut contents = disk.contents(&segment_name(1)).unwrap();
    let frame = Frame {
        height: Height(1),
        durable: HEADER_BYTES as u64,
        payload: b"?",
    };
    let position = Position {
        segment: 1,
        offset: HEADER_BYTES as u64,
    };
    frame.encode_as(2, position, &mut contents);
    disk.replace(&segment_name(1), &contents).unwrap();
    assert!(corrupt(open(&disk)).contains("kind of consensus record"));
}

#[test]
fn what_only_the_systems_memory_held_is_durable_after_recovery() {
    let disk = sound_log(&script());
    let name = segment_name(1);
    let mut file = disk.open(&name).unwrap();
    let end = file.length().unwrap();
    let frame = Frame {
        height: Height(3),
        durable: end,
        payload: b"unsynced",
    };
    let position = Position {
        segment: 1,
        offset: end,
    };
    let mut bytes = Vec::new();
    frame.encode(position, &mut bytes);
    file.append(&bytes).unwrap();
    assert_eq!(flat(&open(&disk).unwrap().1).len(), 7);
    disk.restart(&mut LoseEverything);
    assert_eq!(flat(&open(&disk).unwrap().1).len(), 7);
}

#[test]
fn limits_are_kept_and_harm_nothing() {
    let disk = SimulatedDisk::new();
    let (mut log, _) = open(&disk).unwrap();
    let too_long = vec![0; MAX_RECORD_BYTES + 1];
    assert!(matches!(
        log.append(Height(1), &too_long).unwrap_err(),
        LogError::RecordTooLong { .. }
    ));
    let payload = vec![0; MAX_RECORD_BYTES];
    let mut count = 0;
    let error = loop {
        match log.append(Height(1), &payload) {
            Ok(()) => count += 1,
            Err(error) => break error,
        }
    };
    assert!(matches!(
        error,
        LogError::Full {
            segments: MAX_SEGMENTS
        }
    ));
    assert_eq!(count, MAX_SEGMENTS * 3);
    log.sync().unwrap();
    assert_eq!(open(&disk).unwrap().1.records[&Height(1)].len(), count);
}

#[test]
fn after_a_failure_nothing_is_written() {
    for at in 0..2 {
        let disk = SimulatedDisk::new();
        let (mut log, _) = open(&disk).unwrap();
        log.append(Height(1), b"safe").unwrap();
        log.sync().unwrap();
        disk.plan(FaultPlan {
            failing: vec![FailingOperation {
                at,
                error: std::io::ErrorKind::Other,
            }],
            ..FaultPlan::default()
        });
        log.append(Height(1), b"unsafe").unwrap();
        assert!(matches!(log.sync().unwrap_err(), LogError::Io { .. }));
        for result in [
            log.sync(),
            log.append(Height(1), b"more"),
            log.forget_below(Height(9)),
        ] {
            assert!(matches!(result.unwrap_err(), LogError::Poisoned { .. }));
        }
        disk.restart(&mut LoseEverything);
        assert_eq!(flat(&open(&disk).unwrap().1), [(1, b"safe".to_vec())]);
    }
}

#[test]
fn a_full_disk_says_so() {
    let disk = SimulatedDisk::new();
    let (mut log, _) = open(&disk).unwrap();
    disk.plan(FaultPlan {
        capacity_bytes: Some(log.active_bytes() + 5),
        ..FaultPlan::default()
    });
    log.append(Height(1), b"vote").unwrap();
    let error = log.sync().unwrap_err().to_string();
    assert!(error.contains("The disk is full"), "{error}");
}

#[test]
fn a_damaged_log_can_be_set_aside() {
    let disk = sound_log(&script());
    disk.rot(&segment_name(1), 100, 1).unwrap();
    corrupt(open(&disk));
    let renamed = ConsensusLog::set_aside(&disk).unwrap();
    assert_eq!(renamed, [format!("{}.damaged0", segment_name(1))]);
    let (mut log, recovered) = open(&disk).unwrap();
    assert_eq!(recovered, RecoveredLog::default());
    log.append(Height(5), b"new").unwrap();
    log.sync().unwrap();
    let renamed = ConsensusLog::set_aside(&disk).unwrap();
    assert_eq!(renamed, [format!("{}.damaged1", segment_name(1))]);
    assert_eq!(disk.list().unwrap().len(), 2);
}

#[test]
fn it_works_on_a_real_disk() {
    let folder = tempfile::tempdir().unwrap();
    let disk = RealDisk::open(folder.path().join("consensus")).unwrap();
    let open = || ConsensusLog::recover(disk.clone(), ledger(), |_, _| TornTailVerdict::Cut);
    let (mut log, _) = open().unwrap();
    for (height, payload) in large_script().concat() {
        log.append(Height(height), &payload).unwrap();
        log.sync().unwrap();
    }
    log.forget_below(Height(4)).unwrap();
    drop(log);
    let mut last = disk.open(&segment_name(3)).unwrap();
    let length = last.length().unwrap();
    last.truncate(length - 1).unwrap();
    let (_, recovered) = open().unwrap();
    assert!(recovered.torn_tail.is_some());
    assert_eq!(flat(&recovered), large_script().concat()[3..8]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn arbitrary_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        let disk = SimulatedDisk::new();
        disk.create(&segment_name(1)).unwrap();
        disk.replace(&segment_name(1), &bytes).unwrap();
        let (_, recovered) = open(&disk).unwrap();
        prop_assert!(recovered.records.is_empty());
    }

    #[test]
    fn arbitrary_frames_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        let disk = SimulatedDisk::new();
        disk.create(&segment_name(1)).unwrap();
        let contents = [encode_header(&ledger(), 1), bytes.clone()].concat();
        disk.replace(&segment_name(1), &contents).unwrap();
        let (_, recovered) = open(&disk).unwrap();
        prop_assert!(recovered.records.is_empty());
        prop_assert_eq!(recovered.torn_tail.is_some(), !bytes.is_empty());
    }

    /// Bytes overwritten, cut out or doubled anywhere: recovery gives a prefix or an error.
    #[test]
    fn mutated_logs_give_a_prefix_or_an_error(
        at in 0..400usize,
        patch in proptest::collection::vec(any::<u8>(), 0..40),
        removed in 0..60usize,
    ) {
        let disk = sound_log(&script());
        let mut contents = disk.contents(&segment_name(1)).unwrap();
        let begin = at.min(contents.len());
        let end = (begin + removed).min(contents.len());
        contents.splice(begin..end, patch);
        disk.replace(&segment_name(1), &contents).unwrap();
        if let Ok((_, recovered)) = open(&disk) {
            let found = flat(&recovered);
            prop_assert_eq!(&found[..], &script().concat()[..found.len()]);
        }
    }

    #[test]
    fn any_records_survive(
        groups in proptest::collection::vec(
            proptest::collection::vec(
                (0..4u64, proptest::collection::vec(any::<u8>(), 0..100)), 0..6),
            0..6)
    ) {
        let disk = sound_log(&groups);
        disk.restart(&mut LoseEverything);
        let mut expected = groups.concat();
        expected.sort_by_key(|(height, _)| *height);
        prop_assert_eq!(flat(&open(&disk).unwrap().1), expected);
    }
}
