//! What a command leaves on standard output and standard error.

use std::borrow::Cow;
use std::io::{ErrorKind, Write as _};

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::terminal_text::{plain, plain_copy, plain_lines};
use super::{Exit, Failure};

/// Who reads the output.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reader {
    /// A person.
    Person,
    /// A script: one JSON document on standard output.
    Script,
}

/// Writes results. A reader that went away (`| head`) is no error.
#[derive(Clone, Copy, Debug)]
pub struct Output {
    reader: Reader,
}

impl Output {
    /// Output for a reader.
    pub fn new(reader: Reader) -> Self {
        Self { reader }
    }

    /// Whether a script reads.
    pub fn is_for_script(&self) -> bool {
        self.reader == Reader::Script
    }

    /// A report of a node: for a script as it is, and for a person described from a copy whose texts are plain, so
    /// that none of them makes a line of its own.
    ///
    /// # Errors
    /// [`Failure`] if it cannot be described, or standard output cannot be written.
    pub fn report<T: Serialize + DeserializeOwned>(
        &self,
        report: &T,
        describe: impl FnOnce(&T) -> Result<String, Failure>,
    ) -> Result<(), Failure> {
        self.described(report, report, describe)
    }

    /// The same, where a script gets another document.
    ///
    /// # Errors
    /// As [`Output::report`].
    pub fn described<T: Serialize + DeserializeOwned>(
        &self,
        report: &T,
        document: &impl Serialize,
        describe: impl FnOnce(&T) -> Result<String, Failure>,
    ) -> Result<(), Failure> {
        match self.reader {
            Reader::Person => self.result(&describe(&plain_copy(report)?)?, document),
            Reader::Script => self.result("", document),
        }
    }

    /// The result: `text` for a person, `document` for a script.
    ///
    /// # Errors
    /// [`Failure`] if standard output cannot be written.
    pub fn result(&self, text: &str, document: &impl Serialize) -> Result<(), Failure> {
        match self.reader {
            // A table that is empty leaves the empty line behind it.
            Reader::Person => self.text(text.trim_start_matches('\n')),
            Reader::Script => {
                let json = serde_json::to_string_pretty(document).map_err(|error| {
                    Failure::new(
                        Exit::Files,
                        "the result has no JSON form",
                        error.to_string(),
                        "leave out --json",
                    )
                })?;
                self.data(&json)
            }
        }
    }

    /// A result for people: what a terminal would obey is made visible, but for line ends and tabs.
    ///
    /// # Errors
    /// As [`Output::result`].
    pub fn text(&self, text: &str) -> Result<(), Failure> {
        self.data(&plain_lines(text))
    }

    /// A result for programs, whoever reads it: every character as it is.
    ///
    /// # Errors
    /// As [`Output::result`].
    pub fn data(&self, text: &str) -> Result<(), Failure> {
        let mut out = std::io::stdout().lock();
        let end = if text.ends_with('\n') { "" } else { "\n" };
        let written = write!(out, "{text}{end}").and_then(|()| out.flush());
        match written {
            Err(error) if error.kind() != ErrorKind::BrokenPipe => Err(Failure::new(
                Exit::Files,
                "standard output cannot be written",
                error.to_string(),
                "see where it goes: is the disk full?",
            )),
            _ => Ok(()),
        }
    }

    /// A note on standard error.
    pub fn note(&self, text: &str) {
        note(text);
    }

    /// What a person should see before the result, on standard error; a script reads it in the documents.
    pub fn preview(&self, text: &str) {
        if self.reader == Reader::Person {
            self.note(text);
        }
    }

    /// Why nothing was done, on standard error.
    pub fn failure(&self, failure: &Failure) {
        match self.reader {
            Reader::Person => self.note(&failure.to_string()),
            Reader::Script => write_note(&failure.to_json().to_string()),
        }
    }

    /// The command that makes sense next, for a person.
    pub fn next(&self, command: &str) {
        if self.reader == Reader::Person {
            self.note(&format!("\nnext: {}", plain(command)));
        }
    }
}

/// A count with its noun, which is given in the singular: `1 lot`, `2 lots`, `0 entries`.
pub fn counted(count: impl ToString, noun: &str) -> String {
    let count = count.to_string();
    if count == "1" {
        return format!("{count} {noun}");
    }
    let before_y = noun
        .strip_suffix('y')
        .filter(|stem| !stem.ends_with(['a', 'e', 'i', 'o', 'u']));
    match before_y {
        Some(stem) => format!("{count} {stem}ies"),
        None if noun.ends_with(['s', 'x']) || noun.ends_with("ch") => format!("{count} {noun}es"),
        None => format!("{count} {noun}s"),
    }
}

/// The heights from one on, up to the one that is given as the end and does not belong to them: `5 to 8`.
pub fn heights(from: u64, end: Option<u64>) -> String {
    match end {
        None => format!("{from} on"),
        Some(end) if end <= from => "none".to_owned(),
        Some(end) => format!("{from} to {}", end.saturating_sub(1)),
    }
}

/// A note for a person, on standard error: what a terminal would obey is made visible, but for line ends and tabs.
pub fn note(text: &str) {
    write_note(&plain_lines(text));
}

fn write_note(text: &str) {
    // Nobody to tell if standard error is gone.
    let _ = writeln!(std::io::stderr().lock(), "{text}");
}

/// Columns of text, aligned, two spaces between; a cell is one line, whatever it has. Without a row there is no header
/// either: what is not there is said in a sentence.
pub fn table(header: &[&str], rows: &[Vec<String>]) -> String {
    if rows.is_empty() {
        return String::new();
    }
    let header: Vec<_> = header.iter().map(|cell| plain(cell)).collect();
    let rows: Vec<Vec<_>> = rows
        .iter()
        .map(|row| row.iter().map(|cell| plain(cell)).collect())
        .collect();
    let mut widths: Vec<usize> = header.iter().map(|cell| cell.chars().count()).collect();
    for row in &rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.chars().count());
        }
    }
    let line = |cells: &[Cow<'_, str>]| {
        let padded: Vec<String> = cells
            .iter()
            .zip(&widths)
            .map(|(cell, width)| format!("{cell:<width$}"))
            .collect();
        padded.join("  ").trim_end().to_owned() + "\n"
    };
    let mut text = line(&header);
    for row in &rows {
        text.push_str(&line(row));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_of_a_thing_is_no_plural() {
        for (count, noun, text) in [
            (1, "lot", "1 lot"),
            (0, "lot", "0 lots"),
            (2, "entry", "2 entries"),
            (1, "entry", "1 entry"),
            (3, "breach", "3 breaches"),
            (7, "day", "7 days"),
            (2, "open proposal", "2 open proposals"),
        ] {
            assert_eq!(counted(count, noun), text);
        }
        assert_eq!(counted(serde_json::json!(1), "report"), "1 report");
    }

    #[test]
    fn heights_are_told_with_the_last() {
        assert_eq!(heights(5, None), "5 on");
        assert_eq!(heights(5, Some(9)), "5 to 8");
        assert_eq!(heights(5, Some(6)), "5 to 5");
        assert_eq!(heights(5, Some(5)), "none");
    }

    #[test]
    fn columns_are_aligned() {
        let rows = [
            vec!["1".to_owned(), "é".to_owned()],
            vec!["1000".to_owned(), String::new()],
        ];
        assert_eq!(table(&["index", "x"], &rows), "index  x\n1      é\n1000\n");
        assert_eq!(table(&["index", "x"], &[]), "");
    }

    /// No cell breaks its row, or moves what stands beside it.
    #[test]
    fn a_cell_is_one_line() {
        let rows = [vec!["1\n2\t".to_owned(), "\u{1b}[1A\u{202e}".to_owned()]];
        assert_eq!(
            table(&["a", "b"], &rows),
            "a       b\n1\\n2\\t  \\u{1b}[1A\\u{202e}\n"
        );
    }
}
