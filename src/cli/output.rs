//! What a command leaves on standard output and standard error.

use std::io::{ErrorKind, Write as _};

use serde::Serialize;

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
                self.text(&json)
            }
        }
    }

    /// A result that is the same for both, such as a file's text.
    ///
    /// # Errors
    /// As [`Output::result`].
    pub fn text(&self, text: &str) -> Result<(), Failure> {
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

    /// A note for a person, on standard error.
    pub fn note(&self, text: &str) {
        note(text);
    }

    /// The command that makes sense next, for a person.
    pub fn next(&self, command: &str) {
        if self.reader == Reader::Person {
            self.note(&format!("\nnext: {command}"));
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

/// A note for a person, on standard error.
pub fn note(text: &str) {
    // Nobody to tell if standard error is gone.
    let _ = writeln!(std::io::stderr().lock(), "{text}");
}

/// Columns of text, aligned, two spaces between. Without a row there is no header either: what is not there is said in
/// a sentence.
pub fn table(header: &[&str], rows: &[Vec<String>]) -> String {
    if rows.is_empty() {
        return String::new();
    }
    let mut widths: Vec<usize> = header.iter().map(|cell| cell.chars().count()).collect();
    for row in rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.chars().count());
        }
    }
    let line = |cells: &mut dyn Iterator<Item = &str>| {
        let padded: Vec<String> = cells
            .zip(&widths)
            .map(|(cell, width)| format!("{cell:<width$}"))
            .collect();
        padded.join("  ").trim_end().to_owned() + "\n"
    };
    let mut text = line(&mut header.iter().copied());
    for row in rows {
        text.push_str(&line(&mut row.iter().map(String::as_str)));
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
}
