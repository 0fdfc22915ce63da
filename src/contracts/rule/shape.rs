//! Bounds of an expression's text, before it is parsed: the parser recurses at brackets and conditionals.
//!
//! Texts and comments are left out, as the language's grammar has them. What it has not, such as a text
//! without an end, is refused here: a parser may go on behind the fault, and read brackets there.

use super::program::RuleFault;
use super::{MAX_BRACKET_DEPTH, MAX_CONDITIONALS, MAX_EXPRESSION_BYTES};

/// Bounds what the parser recurses on before it runs.
///
/// # Errors
/// [`RuleFault`] with the first thing that is too much, or no part of the language.
pub(super) fn check_shape(expression: &str) -> Result<(), RuleFault> {
    if expression.trim().is_empty() {
        return Err(fault(0, "the rule is empty".to_owned()));
    }
    if expression.len() > MAX_EXPRESSION_BYTES {
        return Err(fault(
            MAX_EXPRESSION_BYTES,
            format!("the rule is longer than {MAX_EXPRESSION_BYTES} bytes"),
        ));
    }
    let mut scanner = Scanner {
        bytes: expression.as_bytes(),
        offset: 0,
    };
    let (mut depth, mut conditionals) = (0usize, 0usize);
    while let Some((offset, byte)) = scanner.next_outside_of_texts()? {
        match byte {
            b'(' | b'[' | b'{' => depth += 1,
            b')' | b']' | b'}' => depth = depth.saturating_sub(1),
            b'?' => conditionals += 1,
            _ => {}
        }
        if depth > MAX_BRACKET_DEPTH {
            let reason = format!("brackets nest more than {MAX_BRACKET_DEPTH} deep");
            return Err(fault(offset, reason));
        }
        if conditionals > MAX_CONDITIONALS {
            let reason = format!("the rule has more than {MAX_CONDITIONALS} question marks");
            return Err(fault(offset, reason));
        }
    }
    Ok(())
}

fn fault(offset: usize, reason: String) -> RuleFault {
    RuleFault { offset, reason }
}

struct Scanner<'a> {
    bytes: &'a [u8],
    offset: usize,
}

impl Scanner<'_> {
    /// The next byte that is part of no text, comment, name or number, with its place.
    fn next_outside_of_texts(&mut self) -> Result<Option<(usize, u8)>, RuleFault> {
        loop {
            let start = self.offset;
            let Some(byte) = self.peek(0) else {
                return Ok(None);
            };
            match byte {
                b'\'' | b'"' => self.text(start, IsRaw(false))?,
                b'`' => self.quoted_name(start)?,
                b'/' if self.peek(1) == Some(b'/') => {
                    self.skip_while(|byte| byte != b'\n');
                }
                byte if is_word(byte) => self.word(start)?,
                _ => {
                    self.offset += 1;
                    return Ok(Some((start, byte)));
                }
            }
        }
    }

    fn peek(&self, ahead: usize) -> Option<u8> {
        self.bytes.get(self.offset + ahead).copied()
    }

    fn skip_while(&mut self, is_part: impl Fn(u8) -> bool) {
        while self.peek(0).is_some_and(&is_part) {
            self.offset += 1;
        }
    }

    /// A name or a number, and the text behind it if it is what a text begins with.
    fn word(&mut self, start: usize) -> Result<(), RuleFault> {
        self.skip_while(is_word);
        if !matches!(self.peek(0), Some(b'\'' | b'"')) {
            return Ok(());
        }
        let word = self.bytes.get(start..self.offset).unwrap_or_default();
        match word.to_ascii_lowercase().as_slice() {
            b"r" | b"br" => self.text(start, IsRaw(true)),
            b"b" => self.text(start, IsRaw(false)),
            _ => Err(fault(
                self.offset,
                "a text stands behind a space, a bracket or an operator".to_owned(),
            )),
        }
    }

    /// A text, from its opening quotes on.
    fn text(&mut self, start: usize, IsRaw(is_raw): IsRaw) -> Result<(), RuleFault> {
        let unended = || fault(start, "the text that begins here does not end".to_owned());
        let Some(quote) = self.peek(0) else {
            return Err(unended());
        };
        let is_long = self.peek(1) == Some(quote) && self.peek(2) == Some(quote);
        self.offset += if is_long { 3 } else { 1 };
        loop {
            match self.peek(0) {
                None => return Err(unended()),
                Some(b'\n' | b'\r') if !is_long => return Err(unended()),
                Some(byte) if byte == quote && !is_long => {
                    self.offset += 1;
                    return Ok(());
                }
                Some(byte)
                    if byte == quote
                        && self.peek(1) == Some(quote)
                        && self.peek(2) == Some(quote) =>
                {
                    self.offset += 3;
                    return Ok(());
                }
                Some(b'\\') if !is_raw => self.escape()?,
                Some(_) => self.offset += 1,
            }
        }
    }

    fn escape(&mut self) -> Result<(), RuleFault> {
        let is_octal = |byte: u8| (b'0'..=b'7').contains(&byte);
        let digits = match self.peek(1) {
            Some(
                b'a' | b'b' | b'f' | b'n' | b'r' | b't' | b'v' | b'"' | b'\'' | b'\\' | b'?' | b'`',
            ) => Some(0),
            Some(b'x' | b'X') => self.digits(2, |byte| byte.is_ascii_hexdigit()),
            Some(b'u') => self.digits(4, |byte| byte.is_ascii_hexdigit()),
            Some(b'U') => self.digits(8, |byte| byte.is_ascii_hexdigit()),
            Some(b'0'..=b'3') => self.digits(2, is_octal),
            _ => None,
        };
        let is_character = !matches!(self.peek(1), Some(b'u' | b'U'))
            || digits.is_none_or(|count| self.is_character(count));
        if !is_character {
            let reason = "no character has this number";
            return Err(fault(self.offset, reason.to_owned()));
        }
        let Some(digits) = digits else {
            let reason = "texts have no such escape: write \\\\ for a backslash, or r'…'";
            return Err(fault(self.offset, reason.to_owned()));
        };
        self.offset += 2 + digits;
        Ok(())
    }

    /// So many digits behind a backslash and a letter.
    fn digits(&self, count: usize, is_digit: impl Fn(u8) -> bool) -> Option<usize> {
        let are_digits = (2..2 + count).all(|ahead| self.peek(ahead).is_some_and(&is_digit));
        are_digits.then_some(count)
    }

    /// Whether so many hexadecimal digits behind a backslash and a letter number a character of Unicode.
    fn is_character(&self, count: usize) -> bool {
        let first = self.offset + 2;
        let digits = self.bytes.get(first..first + count);
        let digits = digits.and_then(|digits| std::str::from_utf8(digits).ok());
        let number = digits.and_then(|digits| u32::from_str_radix(digits, 16).ok());
        number.and_then(char::from_u32).is_some()
    }

    /// A name in back quotes.
    fn quoted_name(&mut self, start: usize) -> Result<(), RuleFault> {
        self.offset += 1;
        self.skip_while(|byte| byte.is_ascii_alphanumeric() || b"_.-/ ".contains(&byte));
        if self.peek(0) != Some(b'`') {
            return Err(fault(
                start,
                "the name that begins here does not end".to_owned(),
            ));
        }
        self.offset += 1;
        Ok(())
    }
}

/// Whether a backslash in a text is one.
#[derive(Clone, Copy)]
struct IsRaw(bool);

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

#[cfg(test)]
mod tests {
    use super::*;

    fn nested(depth: usize, inside: &str) -> String {
        format!("{}{inside}{}", "(".repeat(depth), ")".repeat(depth))
    }

    #[test]
    fn texts_and_comments_do_not_count() {
        let deep = "(".repeat(100);
        let asked = "?".repeat(100);
        for expression in [
            format!("self.id == '{deep}{asked}'"),
            format!("self.id == \"'{deep}\""),
            format!("self.id == r'\\' && self.id != '{deep}'"),
            format!("self.id == '\\'{deep}'"),
            format!("self.id == '''it's {deep}\n'' ''' && true"),
            format!("true // {deep}{asked}\n&& true"),
            format!("self.id == '\\x27\\u0027\\U00000027\\047{deep}'"),
            "self.`city-name` == 'x'".to_owned(),
            "b'x' == b'x' && br'\\' == r\"\\\"".to_owned(),
        ] {
            assert_eq!(check_shape(&expression), Ok(()), "{expression}");
        }
    }

    /// A closing bracket in a text closes nothing.
    #[test]
    fn brackets_behind_texts_count() {
        let opened = |text: &str| format!("({text} != '' && ").repeat(MAX_BRACKET_DEPTH + 1);
        for text in [
            "')'",
            "r'\\)'",
            "''' ) '''",
            "\"')'\"",
            "x // )\n",
            "')\\'' + ')'",
        ] {
            let fault = check_shape(&opened(text)).unwrap_err();
            assert!(fault.reason.contains("deep"), "{text}: {fault:?}");
        }
        assert_eq!(check_shape(&nested(MAX_BRACKET_DEPTH, "true")), Ok(()));
        assert!(check_shape(&nested(MAX_BRACKET_DEPTH + 1, "true")).is_err());
    }

    #[test]
    fn what_the_language_has_not_is_refused() {
        for (expression, offset) in [
            ("self.id == 'x", 11),
            ("self.id == 'x\n'", 11),
            ("self.id == '''x''", 11),
            ("self.id == '\\q'", 12),
            ("self.id == '\\x2'", 12),
            ("self.id == '\\ud800'", 12),
            ("self.id == '\\UFFFFFFFF'", 12),
            ("self.id == '\\8'", 12),
            ("self.id == '\\", 12),
            ("self.id == xr'y'", 13),
            ("self.id == 1'y'", 12),
            ("self.`a'`", 5),
        ] {
            let fault = check_shape(expression).unwrap_err();
            assert_eq!(fault.offset, offset, "{expression}: {fault:?}");
        }
    }
}
