//! The test support itself, and every fuzz target on arbitrary bytes.

use proptest::prelude::*;

use super::fuzz_targets;
use super::*;
use crate::records::{self, epcis};

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
