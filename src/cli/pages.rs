//! The pages of documentation, held against the program: commands are read, links lead somewhere, tables
//! name what there is.

#![cfg(test)]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use clap::Parser as _;
use clap::error::ErrorKind;

use super::arguments::Arguments;
use super::exit::Exit;
use super::submitting::{RecordForm, check_records, read_records};
use crate::records::epcis::{PieceKind, SplitLimits, read_document};

/// What stands for the flags that a page sets as variables.
pub(super) const SIGNING: [&str; 4] = ["--member", "acme", "--key", "writer.key"];

/// What placeholders of the pages stand for.
const PLACEHOLDERS: [(&str, &str); 7] = [
    ("$NUMBER", "1234"),
    ("NUMBER", "1234"),
    ("OLD-CONSENSUS-KEY", KEY),
    ("PUBLIC-KEY", KEY),
    ("LEDGER-ID", KEY),
    ("OTHER", "other"),
    ("SHA256", KEY),
];

/// A key in the form that commands take.
pub(super) const KEY: &str = "8a88e3dd7409f195fd52db2d3cba5d72ca6709bf1d94121bf3748801b40f6f5c";

pub(super) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

pub(super) fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap()
}

/// All pages, but the reference that is made from the program.
fn pages() -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    let mut folders = vec![root().to_owned()];
    for folder in ["src/docs", "contracts", "node-config", "scripts", "fuzz"] {
        folders.push(root().join(folder));
    }
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() && folder != root() && !path.ends_with("target") {
                folders.push(path);
            } else if path.extension().is_some_and(|end| end == "md") && !path.ends_with("cli.md") {
                let text = fs::read_to_string(&path).unwrap();
                found.push((path, text));
            }
        }
    }
    assert!(found.len() > 40);
    found
}

/// The blocks of code of a page with a word behind their fence.
fn blocks<'a>(page: &'a str, language: &str) -> Vec<&'a str> {
    let fence = format!("\n```{language}\n");
    page.split(&fence)
        .skip(1)
        .map(|rest| rest.split("\n```").next().unwrap())
        .collect()
}

/// The words of a shell line up to what ends a command, as far as the pages write shell.
pub(super) fn words(line: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut quote = None;
    for char in line.chars() {
        match (quote, char) {
            (Some(open), char) if char == open => quote = None,
            (None, '"' | '\'') => quote = Some(char),
            (None, '#') if words.last().is_some_and(String::is_empty) => break,
            (None, '|' | '>' | '&' | ';' | ')') => break,
            (None, ' ') => words.push(String::new()),
            (_, char) => words.last_mut().unwrap().push(char),
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

/// The commands of the program in a block, each as words.
fn commands(block: &str) -> Vec<Vec<String>> {
    let joined = block.replace("\\\n", " ");
    let mut found = Vec::new();
    for line in joined.lines().filter(|line| !line.starts_with('#')) {
        // Of `a && b` and `X=$(a)` each part.
        for part in line.split("&& ").flat_map(|part| part.split("$(")) {
            let part = match part.trim_start().strip_prefix("as ") {
                Some(rest) => rest
                    .split_once(' ')
                    .map(|(_, rest)| format!("waybill {rest}"))
                    .unwrap(),
                None => part.trim_start().to_owned(),
            };
            if part.starts_with("waybill ") {
                found.push(words(&part));
            }
        }
    }
    found
}

#[test]
fn every_command_of_the_pages_is_read() {
    let mut count = 0;
    for (path, page) in pages() {
        let sets_variables = page.contains("WAYBILL_MEMBER=");
        for block in blocks(&page, "sh") {
            for command in commands(block) {
                let command: Vec<String> = command
                    .into_iter()
                    .map(|word| {
                        PLACEHOLDERS
                            .iter()
                            .find(|(placeholder, _)| word == *placeholder)
                            .map_or(word, |(_, value)| (*value).to_owned())
                    })
                    .collect();
                let signed = command.iter().map(String::as_str).chain(SIGNING);
                let is_read = Arguments::try_parse_from(&command).is_ok()
                    || sets_variables && Arguments::try_parse_from(signed).is_ok();
                assert!(is_read, "{}: {}", path.display(), command.join(" "));
                count += 1;
            }
        }
    }
    assert!(count > 100, "{count}");
}

/// Commands within sentences leave things out, and yet name nothing that there is not.
#[test]
fn every_command_in_a_sentence_of_the_pages_exists() {
    let mut count = 0;
    for (path, page) in pages() {
        if path.ends_with("CHANGELOG.md") {
            // It names what there was.
            continue;
        }
        let sentences: String = page.split("```").step_by(2).collect();
        for span in sentences.split('`').skip(1).step_by(2) {
            if !span.starts_with("waybill ") {
                continue;
            }
            let kind = Arguments::try_parse_from(words(&span.replace('\n', " ")))
                .err()
                .map(|error| error.kind());
            let is_unknown = matches!(
                kind,
                Some(ErrorKind::UnknownArgument | ErrorKind::InvalidSubcommand)
            );
            assert!(!is_unknown, "{}: {span}", path.display());
            count += 1;
        }
    }
    assert!(count > 50, "{count}");
}

/// The anchor of a heading, as readers of Markdown make it.
fn anchor(heading: &str) -> String {
    heading
        .trim_start_matches('#')
        .trim()
        .to_lowercase()
        .chars()
        .filter(|char| char.is_alphanumeric() || " -_".contains(*char))
        .map(|char| if char == ' ' { '-' } else { char })
        .collect()
}

#[test]
fn every_link_between_pages_leads_somewhere() {
    let mut count = 0;
    for (path, page) in pages() {
        for target in page.split("](").skip(1) {
            let target = target.split(')').next().unwrap();
            if target.contains("://") || target.contains(' ') {
                continue;
            }
            let (file, place) = target.split_once('#').unwrap_or((target, ""));
            let file = match file {
                "" => path.clone(),
                file => path.parent().unwrap().join(file.replace('\n', "")),
            };
            assert!(file.exists(), "{}: {target}", path.display());
            if !place.is_empty() {
                let text = fs::read_to_string(&file).unwrap();
                let is_there = text
                    .lines()
                    .any(|line| line.starts_with('#') && anchor(line) == place);
                assert!(is_there, "{}: {target}", path.display());
            }
            count += 1;
        }
    }
    assert!(count > 100, "{count}");
}

#[test]
fn every_page_is_in_the_readme_and_in_the_documentation_of_the_code() {
    let (readme, code) = (read("README.md"), read("src/lib.rs"));
    for entry in fs::read_dir(root().join("src/docs")).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            continue;
        }
        let name = path.file_name().unwrap().to_str().unwrap();
        assert!(readme.contains(&format!("src/docs/{name}")), "{name}");
        assert!(code.contains(&format!("\"docs/{name}\"")), "{name}");
    }
}

/// The rows of the table of a page below a header, each as its cells.
pub(super) fn rows<'a>(page: &'a str, header: &str) -> Vec<Vec<&'a str>> {
    let at = page.find(header).unwrap();
    page[at..]
        .lines()
        .skip(2)
        .take_while(|line| line.starts_with('|'))
        .map(|line| line.trim_matches('|').split('|').map(str::trim).collect())
        .collect()
}

/// The words of a cell that are set as code.
pub(super) fn named(cell: &str) -> impl Iterator<Item = &str> {
    cell.split('`').skip(1).step_by(2)
}

#[test]
fn the_operators_page_has_the_exit_codes() {
    let page = read("src/docs/operator-guide.md");
    let rows = rows(&page, "| code | means |");
    assert_eq!(rows.len(), Exit::ALL.len());
    for (row, exit) in rows.iter().zip(Exit::ALL) {
        assert_eq!(row[0], exit.code().to_string());
    }
}

/// The table of events is that of the program, with their levels.
#[test]
fn the_operators_page_has_every_event_of_the_log() {
    let mut logged: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let mut folders = vec![root().join("src/node"), root().join("src/api")];
    let mut files = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            match path.is_dir() {
                true => folders.push(path),
                false => files.push(path),
            }
        }
    }
    for path in files {
        let text = fs::read_to_string(&path).unwrap();
        let marker = "target: \"waybill::operator\", event = \"";
        for (at, _) in text.match_indices(marker) {
            let name = text[at + marker.len()..].split('"').next().unwrap();
            let macro_name = text[..at].trim_end().trim_end_matches('(');
            let level = macro_name.trim_end_matches('!');
            let level = level.rsplit(|char: char| !char.is_alphabetic()).next();
            logged
                .entry(name.to_owned())
                .or_default()
                .insert(level.unwrap().to_owned());
        }
    }
    assert!(logged.len() > 20);
    let page = read("src/docs/operator-guide.md");
    let mut told = BTreeMap::new();
    for row in rows(&page, "| event | level |") {
        let levels: Vec<&str> = row[1].split(", ").collect();
        for (place, name) in named(row[0]).enumerate() {
            let level = levels.get(place).or(levels.last()).unwrap();
            let level = BTreeSet::from([(*level).to_owned()]);
            assert_eq!(told.insert(name.to_owned(), level), None, "{name}");
        }
    }
    assert_eq!(told, logged);
}

/// Files that a page writes for its reader are taken as they stand: by the commands, and where clients capture.
#[test]
fn every_epcis_file_of_the_pages_can_be_captured() {
    let folder = tempfile::tempdir().unwrap();
    let mut names = BTreeSet::new();
    for (path, page) in pages() {
        for block in blocks(&page, "sh") {
            for file in block.split("cat > ").skip(1) {
                let Some((name, rest)) = file.split_once(" <<'JSON'\n") else {
                    continue;
                };
                let text = rest.split("\nJSON").next().unwrap();
                if !text.contains("epcis-context.jsonld") {
                    continue;
                }
                let copy = folder.path().join(name);
                fs::write(&copy, text).unwrap();
                let records = read_records(&[copy], &RecordForm::EpcisDocuments).unwrap();
                assert_eq!(check_records(&records), [], "{}: {name}", path.display());
                if text.contains("EPCISDocument") {
                    let limits = SplitLimits {
                        max_events: 100,
                        max_bytes: 100_000,
                    };
                    let pieces = read_document(text, limits).unwrap();
                    assert_eq!(pieces.len(), records.len());
                    let has = |kind| pieces.iter().any(|piece| piece.kind == kind);
                    assert!(has(PieceKind::Event) && has(PieceKind::MasterData));
                }
                names.insert(name.to_owned());
            }
        }
    }
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    assert_eq!(names, ["document.json", "event.json"]);
}
