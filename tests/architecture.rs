//! The architecture, enforced: modules import from lower floors only, the pure floors name nothing
//! that would make them impure, and files keep the house style.
//!
//! The source is read as text: comments, strings and test modules are blanked first. That misses
//! what a macro would generate, and nothing else that this house writes.

#![allow(
    clippy::unwrap_used,
    reason = "a test: what cannot be read has to stop it"
)]

#[path = "architecture/rules.rs"]
mod rules;
#[path = "architecture/source.rs"]
mod source;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use rules::{FLOORS, Violation};
use source::SourceFile;

fn source_folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src")
}

/// Every Rust file under `folder`, as path from `src` and content.
fn read_all(folder: &Path, base: &Path, files: &mut Vec<(String, String)>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            read_all(&path, base, files);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let name = path.strip_prefix(base).unwrap().to_str().unwrap();
            let name = name.replace('\\', "/");
            files.push((name, fs::read_to_string(&path).unwrap()));
        }
    }
}

fn all_files() -> Vec<(String, String)> {
    let mut files = Vec::new();
    read_all(&source_folder(), &source_folder(), &mut files);
    files.sort();
    assert!(files.len() > 50, "the source was not found");
    files
}

fn report(violations: &[Violation]) {
    let lines: Vec<String> = violations.iter().map(ToString::to_string).collect();
    assert!(lines.is_empty(), "\n{}", lines.join("\n"));
}

/// The violations that `rule` finds in the production files.
fn check(rule: fn(&SourceFile) -> Vec<Violation>) {
    let violations: Vec<Violation> = all_files()
        .iter()
        .map(|(path, text)| SourceFile::new(path, text))
        .filter(|file| !file.is_test())
        .flat_map(|file| rule(&file))
        .collect();
    report(&violations);
}

#[test]
fn every_top_level_module_has_a_floor() {
    let known: BTreeSet<&str> = FLOORS.iter().map(|(module, _)| *module).collect();
    assert_eq!(known.len(), FLOORS.len(), "a module has two floors");
    for (path, _) in all_files() {
        let top = path.split('/').next().unwrap();
        let module = top.strip_suffix(".rs").unwrap_or(top);
        let root = ["lib", "main"].contains(&module);
        assert!(
            root || known.contains(module),
            "src/{top} has no floor: give it one in the design and in tests/architecture/rules.rs"
        );
    }
}

#[test]
fn imports_go_to_lower_floors() {
    check(rules::climbing_imports);
}

#[test]
fn pure_floors_name_nothing_impure() {
    check(rules::banned_names);
}

#[test]
fn production_code_neither_unwraps_nor_leaves_things_undone() {
    check(rules::unfinished_or_panicking);
}

#[test]
fn no_file_is_too_long() {
    let violations: Vec<Violation> = all_files()
        .iter()
        .filter_map(|(path, text)| rules::too_long(path, text))
        .collect();
    report(&violations);
}

#[test]
fn no_text_has_a_range_in_the_signs_of_the_language() {
    let violations: Vec<Violation> = all_files()
        .iter()
        .flat_map(|(path, text)| rules::ranges_in_texts(path, text))
        .collect();
    report(&violations);
}

#[test]
fn every_module_folder_states_its_contract() {
    let violations: Vec<Violation> = all_files()
        .iter()
        .filter_map(|(path, text)| rules::missing_contract(path, text))
        .collect();
    report(&violations);
}

/// The rules find what they are for, and nothing in what is allowed.
mod self_tests {
    use super::*;

    fn found(rule: fn(&SourceFile) -> Vec<Violation>, path: &str, text: &str) -> Vec<String> {
        let file = SourceFile::new(path, text);
        rule(&file).into_iter().map(|v| v.what).collect()
    }

    #[test]
    fn planted_climbs_are_found() {
        let cases = [
            ("types/a.rs", "use crate::ledger::apply;", "ledger"),
            ("types/a.rs", "use crate::{crypto::Key, ledger};", "ledger"),
            (
                "types/a.rs",
                "use crate::{\n crypto::{A, B},\n storage::{C},\n};",
                "storage",
            ),
            (
                "records/a.rs",
                "fn f() { crate :: mempool::g() }",
                "mempool",
            ),
            ("ledger/mod.rs", "pub use super::replica::Step;", "replica"),
            ("types/json/a.rs", "use super::super::super::api::X;", "api"),
            (
                "types/json.rs",
                "use super::super::{crypto::Y, api};",
                "api",
            ),
            ("storage/a.rs", "use crate::network::Peer;", "network"),
            ("crypto/a.rs", "type T = waybill::types::Height;", "types"),
            ("ledger/a.rs", "use crate::testing::TestNetwork;", "testing"),
            ("testing/a.rs", "use crate::node::run;", "node"),
        ];
        for (path, text, module) in cases {
            let found = found(rules::climbing_imports, path, text);
            assert_eq!(found.len(), 1, "{path}: {text}");
            assert!(found[0].contains(module), "{found:?}");
        }
    }

    #[test]
    fn descents_are_allowed() {
        let cases = [
            (
                "ledger/a.rs",
                "use crate::{contracts, crypto::K, records, types};",
            ),
            (
                "ledger/a/b.rs",
                "use super::super::location::X; use crate::ledger::tip;",
            ),
            (
                "types/a.rs",
                "// use crate::ledger::X;\n/* crate::api::Y */",
            ),
            ("types/a.rs", "const A: &str = \"crate::api::Z\";"),
            ("types/a.rs", "const A: &str = r#\"\"crate::api\"\"#;"),
            (
                "types/a.rs",
                "#[cfg(test)]\nmod tests { use crate::ledger::X; }",
            ),
            (
                "types/a.rs",
                "#[cfg(test)]\nuse crate::ledger::X;\nfn f() {}",
            ),
            (
                "types/a.rs",
                "#[cfg(any(test, feature = \"testing\"))]\nmod t { use crate::api::X; }",
            ),
            ("node/a.rs", "use crate::{api, storage, replica};"),
            ("testing/a.rs", "use crate::ledger::apply;"),
        ];
        for (path, text) in cases {
            let found = found(rules::climbing_imports, path, text);
            assert!(found.is_empty(), "{path}: {text}: {found:?}");
        }
    }

    #[test]
    fn planted_impurities_are_found() {
        let cases = [
            "use std::collections::HashMap;",
            "use std::collections::{BTreeMap, HashSet};",
            "use std::{fs, mem};",
            "use std::fs::File;",
            "let x = std::net::Ipv4Addr::LOCALHOST;",
            "fn f(s: TcpStream) {}",
            "std::thread::sleep(d);",
            "use std::thread; fn f() { thread::spawn(|| ()); }",
            "use tokio::sync::mpsc;",
            "async fn f() {}",
            "let x = f().await;",
            "let x = Instant::now();",
            "let x = std::time::SystemTime::now();",
            "let x = std::env::var(\"X\");",
            "let mut r = rand::rng();",
            "let mut r = thread_rng();",
            "fn f(x: f64) {}",
            "let x = y as f32;",
            "let x = 1.5;",
            "let x = 2e3;",
            "let x = 1f64;",
            "println!(\"x\");",
            "eprintln!(\"x\");",
            "use rocksdb::DB;",
            "use libp2p::PeerId;",
            "use axum::Router;",
            "static mut X: u8 = 0;",
        ];
        for text in cases {
            let found = found(rules::banned_names, "ledger/a.rs", text);
            assert!(!found.is_empty(), "{text}");
            // The outer floors may.
            let outer = self::found(rules::banned_names, "node/a.rs", text);
            assert!(outer.is_empty(), "{text}: {outer:?}");
        }
    }

    #[test]
    fn pure_code_is_allowed() {
        let cases = [
            "/// As fast as a HashMap.\nuse std::collections::BTreeMap;",
            "const A: &str = \"println! f64 HashMap\"; const B: char = '\"'; // async",
            "let x = pair.0.1 + range.start; for i in 0..5 {}",
            "fn f<'a>(x: &'a str) -> char { 'a' }",
            "let x = 1.max(2); let y = 0x1e3; let z = 1_000usize;",
            "let b = b\"HashMap\"; let c = b'\\''; let d = '\\u{1F600}';",
            "let file = files.environment; struct Filed; let timestamp = 1;",
            "/* outer /* nested HashMap */ f64 */ let x = 1;",
        ];
        for text in cases {
            let found = found(rules::banned_names, "ledger/a.rs", text);
            assert!(found.is_empty(), "{text}: {found:?}");
        }
        let float = "fn mean(values: &[f64]) -> f64 { 0.5 }";
        assert!(found(rules::banned_names, "analytics/a.rs", float).is_empty());
        assert!(!found(rules::banned_names, "analytics/a.rs", "use std::fs;").is_empty());
    }

    #[test]
    fn planted_panics_and_gaps_are_found() {
        for text in [
            "let x = y.unwrap();",
            "let x = y\n    .expect(\"z\");",
            "fn f() { todo!() }",
            "fn f() { unimplemented!(\"later\") }",
            "dbg!(x);",
        ] {
            let found = found(rules::unfinished_or_panicking, "api/a.rs", text);
            assert_eq!(found.len(), 1, "{text}");
        }
        for text in [
            "let x = y.unwrap_or_default();",
            "let x = reader.expected;",
            "#[cfg(test)]\nmod tests { fn f() { x.unwrap(); } }",
            "// todo!()\n/// x.unwrap()",
        ] {
            let found = found(rules::unfinished_or_panicking, "api/a.rs", text);
            assert!(found.is_empty(), "{text}");
        }
    }

    #[test]
    fn code_after_a_test_module_is_still_checked() {
        let text = "#[cfg(test)]\n#[allow(x)]\nmod tests { fn f() { \"}\"; } }\nuse crate::api::X;";
        let found = found(rules::climbing_imports, "types/a.rs", text);
        assert_eq!(found.len(), 1);
    }

    #[test]
    fn violations_name_the_line() {
        let file = SourceFile::new("types/a.rs", "/*\n\n*/\nuse crate::api::X;\n");
        let violations = rules::climbing_imports(&file);
        assert!(violations[0].to_string().starts_with("src/types/a.rs:4: "));
    }

    #[test]
    fn long_files_and_bare_modules_are_found() {
        let long = "\n".repeat(rules::MAX_LINES + 1);
        assert!(rules::too_long("types/a.rs", &long).is_some());
        assert!(rules::too_long("types/a.rs", &long[1..]).is_none());
        assert!(rules::missing_contract("types/mod.rs", "mod a;").is_some());
        assert!(rules::missing_contract("types/mod.rs", "//! It.\nmod a;").is_none());
        assert!(rules::missing_contract("types/a.rs", "mod b;").is_none());
    }

    #[test]
    fn ranges_in_texts_are_found() {
        let text = "// \"1..=2\"\nlet a = \"\n1..={b}\"; let c = 1..=d; let e = \"f\";";
        let found = rules::ranges_in_texts("types/a.rs", text);
        assert_eq!(found.len(), 1);
        assert!(found[0].to_string().starts_with("src/types/a.rs:2: "));
    }

    #[test]
    fn test_files_are_known() {
        for path in [
            "types/tests.rs",
            "types/tests/a.rs",
            "ledger/x/tests/mod.rs",
        ] {
            assert!(SourceFile::new(path, "").is_test(), "{path}");
        }
        assert!(SourceFile::new("types/a.rs", "//! It.\n#![cfg(test)]\n").is_test());
        assert!(!SourceFile::new("types/a.rs", "// #![cfg(test)]\n").is_test());
        for path in ["types/test.rs", "testing/a.rs", "types/attests.rs"] {
            assert!(!SourceFile::new(path, "").is_test(), "{path}");
        }
    }
}
