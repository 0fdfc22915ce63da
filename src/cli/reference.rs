//! The reference of the command line, made from `--help`.

#![cfg(test)]

use std::path::Path;

use clap::{Command, CommandFactory as _, Parser as _};

use super::arguments::Arguments;
use super::exit::Exit;

/// Columns of the reference, whatever terminal the test runs in.
const COLUMNS: usize = 100;

fn reference() -> String {
    let mut text = String::from(
        "# The command line\n\nMade from `waybill --help`; a test compares them, and \
         `WAYBILL_UPDATE_DOCS=1 cargo test` writes this page anew.\n",
    );
    let mut root = Arguments::command().term_width(COLUMNS);
    root.build();
    describe(&mut root, "waybill", &mut text);
    text
}

fn describe(command: &mut Command, path: &str, text: &mut String) {
    let help = command.render_long_help().to_string();
    let trimmed: Vec<_> = help.lines().map(str::trim_end).collect();
    text.push_str(&format!(
        "\n## {path}\n\n```text\n{}\n```\n",
        trimmed.join("\n").trim_end()
    ));
    for command in command.get_subcommands_mut() {
        if command.get_name() != "help" {
            let path = format!("{path} {}", command.get_name());
            describe(command, &path, text);
        }
    }
}

#[test]
fn the_grammar_is_sound() {
    Arguments::command().debug_assert();
}

#[test]
fn the_reference_is_what_help_says() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/docs/cli.md");
    if std::env::var_os("WAYBILL_UPDATE_DOCS").is_some() {
        std::fs::write(&path, reference()).unwrap();
    }
    assert!(
        std::fs::read_to_string(&path).unwrap() == reference(),
        "src/docs/cli.md is not what --help says: WAYBILL_UPDATE_DOCS=1 writes it anew"
    );
}

#[test]
fn every_command_that_works_has_a_line_of_help_and_most_an_example() {
    fn visit(command: &Command, path: &str, without_example: &mut Vec<String>) {
        for inner in command.get_subcommands().filter(|c| c.get_name() != "help") {
            let path = format!("{path} {}", inner.get_name());
            assert!(inner.get_about().is_some(), "{path}");
            let has_example = inner
                .get_after_help()
                .is_some_and(|help| help.to_string().contains("Examples:"));
            if !has_example && !inner.has_subcommands() {
                without_example.push(path.clone());
            }
            visit(inner, &path, without_example);
        }
    }
    let mut without_example = Vec::new();
    visit(&Arguments::command(), "waybill", &mut without_example);
    // Those of the test network are shown together, one level up.
    without_example.retain(|path| !path.starts_with("waybill testnet"));
    assert_eq!(
        without_example,
        ["waybill genesis show", "waybill config example"]
    );
}

#[test]
fn exit_codes_are_distinct_and_documented() {
    let help = Arguments::command().render_long_help().to_string();
    for (position, exit) in Exit::ALL.into_iter().enumerate() {
        assert_eq!(usize::from(exit.code()), position);
        assert!(help.contains(exit.meaning()), "{exit:?}");
    }
}

#[test]
fn command_lines_are_read() {
    let good = [
        "init --member acme",
        "keys generate --member acme --only writer --folder k",
        "keys show --json",
        "genesis create --name x/y a.json b.json --checkpoint-interval 4",
        "genesis check g.json",
        "config show --config w.toml --api-listen 127.0.0.1:1",
        "config example",
        "node --config w.toml --store-cache-mib 64",
        "testnet create --nodes 7 --base-port 9000 --folder t --json",
        "testnet --folder t up --timeout 10s",
        "testnet kill 2 --signal STOP",
        "testnet kill node-2 --signal 9",
        "testnet restart 2",
        "testnet down --delete",
        "submit --member a --key k --url http://a:1,http://b:2 --url http://c:3 --atomic -",
        "submit --member a --key k --kind membership.change --version 1 --no-wait x.json",
        "sign --member a --key k --genesis g.json --expires-in 5m e.json",
        "get 7",
        "proof get 7 --output p.tlog-proof",
        "proof verify p.tlog-proof --policy p --record r.json",
        "status --json",
        "member show acme",
        "member propose-add p.json --role a --role b --reason r --member a --key k",
        "validator propose-replace 8a88e3dd7409f195fd52db2d3cba5d72ca6709bf1d94121bf3748801b40f6f5c p.json --reason r --member a --key k",
        "block",
        "block 7",
        "checkpoint compare http://a:1 http://b:2 --genesis g.json",
        "checkpoint verify-misbehaviour m.json --policy p",
    ];
    for line in good {
        let words = std::iter::once("waybill").chain(line.split(' '));
        assert!(Arguments::try_parse_from(words).is_ok(), "{line}");
    }
    let bad = [
        "",
        "status now",
        "get",
        "get x",
        "submit --member a --key k",
        "submit --member A --key k x.json",
        "submit --member a --key k --per-submission 0 x",
        "sign --member a --key k --ledger 00 --genesis g x",
        "testnet create --nodes 0",
        "testnet create --nodes 65",
        "testnet kill 1 --signal ;rm",
        "testnet kill 1 --signal 0",
        "checkpoint compare http://a:1",
        "node --no-such-flag 1",
    ];
    for line in bad {
        let words =
            std::iter::once("waybill").chain(line.split(' ').filter(|word| !word.is_empty()));
        assert!(Arguments::try_parse_from(words).is_err(), "{line}");
    }
}
