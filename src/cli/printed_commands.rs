//! The commands that this program prints, held against its arguments: whoever copies one, and fills in the words in
//! capitals, is told of no option that it lacks.

#![cfg(test)]

use std::fs;
use std::path::Path;

use clap::Parser as _;

use super::arguments::Arguments;
use super::pages::{KEY, root, words};

/// What places of commands stand for that have a name.
const NAMED: [(&str, &str); 10] = [
    ("hint", ""),
    ("area", "local"),
    ("energy", "--wh-in"),
    ("index", "1234"),
    ("key", "writer.key"),
    ("member", "acme"),
    ("next", "trades"),
    ("range", "1234 --first 101 --last 200"),
    ("start", "2026-06-01T12:00:00Z"),
    ("verb", "up"),
];

/// What other places may stand for.
const VALUES: [&str; 7] = [
    "1234",
    "acme",
    KEY,
    "1234-1",
    "2026-06-01T12:00:00Z",
    "member list",
    "http://a:1 http://b:1",
];

/// What stands in commands for a value of the reader's.
const WORDS: [(&str, &str); 8] = [
    ("MEMBER", "acme"),
    ("OTHER", "acme"),
    ("ME", "acme"),
    ("METER", "CH-PV-1"),
    ("INDEX", "1234"),
    ("TIME", "2026-06-01T12:00:00Z"),
    ("WH", "500"),
    ("PRICE", "500"),
];

/// The texts of a file's program that are commands, as they are when they are printed.
fn commands(file: &Path) -> Vec<String> {
    let text = fs::read_to_string(file).unwrap();
    let text = text.split("#[cfg(test)]\nmod tests").next().unwrap();
    let mut found = Vec::new();
    for (at, _) in text.match_indices("\"waybill ") {
        let mut command = String::new();
        let mut chars = text[at + 1..].chars();
        while let Some(char) = chars.next() {
            match char {
                '"' => break,
                '\\' => match chars.next() {
                    // The line goes on behind the spaces of the next one.
                    Some('\n') => {
                        let rest = chars.as_str().trim_start();
                        chars = rest.chars();
                    }
                    Some(escaped) => command.push(escaped),
                    None => break,
                },
                char => command.push(char),
            }
        }
        found.push(command);
    }
    found
}

/// A command without what is said of it behind, and with what its places stand for, as far as their names tell: one
/// without a space before it is for further options.
fn bare(command: &str) -> String {
    let command = command.split("   ").next().unwrap_or_default();
    let command = command.split(", ").next().unwrap_or_default();
    let mut bare = String::new();
    for part in command.split_inclusive('}') {
        let Some((before, name)) = part.split_once('{') else {
            bare.push_str(part);
            continue;
        };
        bare.push_str(before);
        let named = NAMED.iter().find(|(known, _)| name == format!("{known}}}"));
        let is_apart = before.ends_with([' ', '-']);
        bare.push_str(match named {
            Some((_, value)) => value,
            None if is_apart => "{}",
            None => "",
        });
    }
    bare
}

/// Whether a command is read with some values in its places.
fn is_read(command: &str) -> bool {
    if let Some((before, after)) = command.split_once("{}") {
        return VALUES
            .iter()
            .any(|value| is_read(&format!("{before}{value}{after}")));
    }
    let line: Vec<_> = words(command)
        .into_iter()
        .map(|word| {
            let known = WORDS.iter().find(|(name, _)| *name == word);
            known.map_or(word, |(_, value)| (*value).to_owned())
        })
        .collect();
    match Arguments::try_parse_from(line) {
        Ok(_) => true,
        Err(error) => error.kind() == clap::error::ErrorKind::DisplayHelp,
    }
}

#[test]
fn every_command_that_is_printed_is_read() {
    let mut folders = vec![root().join("src/cli")];
    let mut count = 0;
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_str().unwrap().to_owned();
            let is_test = name.contains("tests")
                || fs::read_to_string(&path).is_ok_and(|text| text.contains("#![cfg(test)]"));
            match path.is_dir() {
                true => folders.push(path),
                false if is_test || ["hints.rs", "exit.rs"].contains(&name.as_str()) => {}
                false => {
                    for command in commands(&path) {
                        let bare = bare(&command);
                        assert!(is_read(&bare), "{}: {command}: {bare}", path.display());
                        count += 1;
                    }
                }
            }
        }
    }
    assert!(count > 50, "{count}");
}
