//! The test support itself, and every fuzz target on arbitrary bytes.

use std::fs;
use std::path::Path;

use proptest::prelude::*;

use super::fuzz_targets::{self, check_decoder, decoders};
use super::*;
use crate::records::{self, epcis};
use crate::types::NamedDecoder;

#[test]
fn sample_records_are_valid() {
    for body in [commissioning(1), shipping(1), packing(1), correction(1)] {
        assert_eq!(epcis::check(body.as_bytes()).err(), None, "{body}");
    }
    let hash = |body: String| epcis::parse(body.as_bytes()).unwrap().event_hash();
    assert_eq!(hash(correction(1)), hash(commissioning(1)));
    assert_ne!(hash(commissioning(2)), hash(commissioning(1)));
    let network = TestNetwork::new(1, 1);
    let secret = secret_key("another");
    let key = secret.public_key();
    let member = network.member(0);
    let add = add_key(
        &network.ledger(),
        &member,
        &secret,
        crate::types::KeyPurpose::Writer,
    );
    for change in [add, revoke_key(&member, &key)] {
        assert!(records::membership::check(&change.body).is_ok());
    }
}

#[test]
fn a_validator_has_the_keys_that_the_set_states() {
    let network = TestNetwork::new(7, 9);
    assert_eq!(network.genesis().members().len(), 9);
    for (index, validator) in network.validators().iter() {
        let number = usize::from(index.0);
        let consensus = network.consensus_key(number);
        assert_eq!(validator.consensus_key, consensus.public_key());
        assert_eq!(
            validator.network_key,
            network.network_key(number).public_key()
        );
        assert_eq!(validator.log_key, network.log_key(number).public_key());
        let cosigner = network.cosigner_key(number);
        assert_eq!(validator.cosigner_key, cosigner.public_key());
    }
}

#[test]
fn fuzz_targets_have_names_of_their_own() {
    let mut names: Vec<&str> = fuzz_targets::ALL.iter().map(|target| target.name).collect();
    names.sort_unstable();
    let count = names.len();
    names.dedup();
    assert_eq!(names.len(), count);
}

proptest! {
    #[test]
    fn every_fuzz_target_takes_arbitrary_bytes(
        data in proptest::collection::vec(any::<u8>(), 0..600),
    ) {
        for target in fuzz_targets::ALL {
            (target.run)(&data);
        }
    }

    #[test]
    fn every_fuzz_target_takes_arbitrary_text(text in "[ -~\n——{}\"\\[\\],:0-9a-f]{0,200}") {
        for target in fuzz_targets::ALL {
            (target.run)(text.as_bytes());
        }
    }
}

/// Where decoders of parts alone are tried: within what they are private parts of.
const PARTS: &[(&str, &str)] = &[
    ("BatchBytes", "SyncResponse"),
    ("MemberStanding", "Member"),
    ("Price", "Clearing"),
    ("Step", "SignGuard"),
    // One of all that macros make.
    ("$name", "Height"),
];

/// Every decoder of the sources is among those that are held against arbitrary bytes.
#[test]
fn no_decoder_is_left_out() {
    let known: Vec<&str> = decoders().iter().map(|decoder| decoder.name).collect();
    let mut folders = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("src")];
    let mut count = 0;
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_str().unwrap();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            if name == "tests.rs" || !name.ends_with(".rs") {
                continue;
            }
            let text = fs::read_to_string(&path).unwrap();
            for line in text.lines().map(str::trim_start) {
                let Some((start, rest)) = line.split_once(" Decode for ") else {
                    continue;
                };
                if !start.starts_with("impl") {
                    continue;
                }
                let name = rest.split(['<', ' ']).next().unwrap();
                let part = PARTS.iter().find(|(part, _)| *part == name);
                let whole = part.map_or(name, |(_, whole)| whole);
                assert!(known.contains(&whole), "{}: {name}", path.display());
                count += 1;
            }
        }
    }
    assert!(count > 100, "{count}");
}

#[test]
fn decoders_have_names_of_their_own() {
    let mut names: Vec<&str> = decoders().iter().map(|decoder| decoder.name).collect();
    let count = names.len();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), count);
}

/// Values of fixed width decode from nothing but zeros, and many others do too: so the properties below say
/// something of them.
#[test]
fn many_decoders_take_zeros() {
    let zeros = [0; 512];
    let taken = |decoder: &NamedDecoder| {
        (0..zeros.len()).any(|length| check_decoder(decoder, &zeros[..length]))
    };
    let all = decoders();
    let names: Vec<&str> = all
        .iter()
        .filter(|one| taken(one))
        .map(|one| one.name)
        .collect();
    for name in [
        "BookStep",
        "HourOfEnergy",
        "HourOfReadings",
        "LatestRuns",
        "LevelSum",
        "Liveness",
        "MasterDataState",
        "MemberBook",
        "ServedWh",
        "StoredPoint",
        "Subtree",
        "Version",
    ] {
        assert!(names.contains(&name), "{name}: {names:?}");
    }
    assert!(names.len() > 60, "{}: {names:?}", names.len());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// Any bytes decode canonically or not at all: of every length, and mostly small as tags and lengths are.
    #[test]
    fn decoders_take_canonical_bytes_only(
        data in proptest::collection::vec(prop_oneof![3 => 0u8..4, 1 => any::<u8>()], 160),
    ) {
        for decoder in decoders() {
            for length in 0..=data.len() {
                check_decoder(&decoder, &data[..length]);
            }
        }
    }
}

/// Pieces of rules, most of which make sense somewhere.
const RULE_PIECES: &[&str] = &[
    "self",
    "oldSelf",
    "submitter.member",
    "submitter.roles",
    "block.height",
    "block.time",
    "self.id",
    "self.n",
    "self.d",
    "self.t",
    "self.b",
    "self.l",
    "oldSelf.n",
    "x",
    "x.n",
    "x.m",
    "y",
    ".all(x, ",
    ".exists(y, ",
    ".exists_one(x, ",
    ".map(x, ",
    ".filter(y, ",
    "has(",
    "size(",
    "scaled(",
    "timestamp(",
    "duration('1h')",
    "int(",
    "string(",
    ".matches('^a+$')",
    ".startsWith(",
    ".contains(",
    ".getHours()",
    "(",
    ")",
    ")",
    "[",
    "]",
    ", ",
    " && ",
    " || ",
    " == ",
    " != ",
    " < ",
    " >= ",
    " + ",
    " - ",
    " * ",
    " / ",
    " % ",
    " in ",
    " ? ",
    " : ",
    "!",
    "-",
    "1",
    "0",
    "9223372036854775807",
    "'a'",
    "true",
    "false",
    "null",
    "2)",
    "[0]",
    "['id']",
    ".n",
    ".l",
    "{",
    "}",
    "1.5",
    "1u",
    "b'x'",
    "\n",
    "r'\\d'",
    "@",
    "`",
    "..",
    "//",
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    /// Whatever a rule is pieced together from, it is refused or it decides.
    #[test]
    fn rules_of_pieces_are_refused_or_decide(
        pieces in prop::collection::vec(prop::sample::select(RULE_PIECES), 0..14),
    ) {
        fuzz_targets::run("contract_rule", pieces.concat().as_bytes());
    }
}

/// The fuzzer's files name every target, and its manifest and README list them.
#[test]
fn every_fuzz_target_has_its_file() {
    let manifest = include_str!("../../fuzz/Cargo.toml");
    let readme = include_str!("../../fuzz/README.md");
    let declared = manifest.matches("[[bin]]").count();
    assert_eq!(declared, fuzz_targets::ALL.len());
    for target in fuzz_targets::ALL {
        let name = target.name;
        let path = format!("path = \"fuzz_targets/{name}.rs\"");
        assert!(manifest.contains(&path), "{name}");
        assert!(readme.contains(&format!("- `{name}`\n")), "{name}");
    }
}
