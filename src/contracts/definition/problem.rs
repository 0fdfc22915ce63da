//! What is wrong with a contract, and where.

use std::fmt;

/// A fault of a contract's files, for the person who writes them.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ContractProblem {
    /// The file, by its path in the contract's folder.
    pub file: String,
    /// Line and column, from 1, of the character at fault; none where the file as a whole is.
    pub position: Option<Position>,
    /// JSON pointer (RFC 6901) into a schema or example, or the path of a setting; may be empty.
    pub path: String,
    /// What is wrong, and what would be right.
    pub reason: String,
}

/// A place in a text, both numbers counted from 1 in characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    /// The line.
    pub line: usize,
    /// The column.
    pub column: usize,
}

impl Position {
    /// Where a byte of a text is.
    pub fn of_byte(text: &str, offset: usize) -> Self {
        let mut end = offset.min(text.len());
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        let before = text.get(..end).unwrap_or_default();
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        Self {
            line: before.matches('\n').count() + 1,
            column: before.get(line_start..).unwrap_or_default().chars().count() + 1,
        }
    }
}

impl ContractProblem {
    /// A fault of a file as a whole, or of a place in it that a path names.
    pub fn new(file: &str, path: impl Into<String>, reason: impl Into<String>) -> Self {
        Self {
            file: file.to_owned(),
            position: None,
            path: path.into(),
            reason: reason.into(),
        }
    }

    /// With the place of a byte in the file's text.
    #[must_use]
    pub fn at(mut self, text: &str, offset: usize) -> Self {
        self.position = Some(Position::of_byte(text, offset));
        self
    }
}

impl fmt::Display for ContractProblem {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}", self.file)?;
        if let Some(Position { line, column }) = self.position {
            write!(formatter, ":{line}:{column}")?;
        }
        if !self.path.is_empty() {
            write!(formatter, " at {:?}", self.path)?;
        }
        write!(formatter, ": {}", self.reason)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_count_characters_from_one() {
        let text = "a\nöb\n";
        assert_eq!(Position::of_byte(text, 0), Position { line: 1, column: 1 });
        assert_eq!(Position::of_byte(text, 2), Position { line: 2, column: 1 });
        assert_eq!(Position::of_byte(text, 4), Position { line: 2, column: 2 });
        assert_eq!(Position::of_byte(text, 99), Position { line: 3, column: 1 });
    }
}
