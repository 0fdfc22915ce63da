//! The recursive descent reader of RFC 8259.

use std::borrow::Cow;

use super::error::{JsonError, JsonFault};
use super::limits::{Limits, MAX_DEPTH};
use super::scan::end_of_plain_run;
use super::value::{Json, JsonKind, Object};

/// Reads `text` as one JSON value within the limits of a record body.
///
/// # Errors
/// See [`read_within`].
pub fn read(text: &[u8]) -> Result<Json<'_>, JsonError> {
    read_within(text, Limits::RECORD_BODY)
}

/// Reads `text` as one JSON value (RFC 8259 section 2) within `limits`.
///
/// # Errors
/// [`JsonError`] with the first fault found: see [`JsonFault`] for all of them.
pub fn read_within(text: &[u8], limits: Limits) -> Result<Json<'_>, JsonError> {
    if text.len() > limits.max_text_bytes {
        let fault = JsonFault::TooLong {
            length_bytes: text.len(),
            limit_bytes: limits.max_text_bytes,
        };
        return Err(JsonError::new(limits.max_text_bytes, fault));
    }
    let text = std::str::from_utf8(text)
        .map_err(|error| JsonError::new(error.valid_up_to(), JsonFault::NotUtf8))?;
    if text.starts_with('\u{feff}') {
        return Err(JsonError::new(0, JsonFault::ByteOrderMark));
    }
    let mut reader = Reader {
        text,
        at: 0,
        values: 0,
        limits,
    };
    reader.skip_whitespace();
    let value = reader.value(0)?;
    reader.skip_whitespace();
    if reader.at < text.len() {
        return Err(reader.error(JsonFault::TrailingData));
    }
    Ok(value)
}

struct Reader<'a> {
    text: &'a str,
    /// Next byte to read; always on a character boundary.
    at: usize,
    values: usize,
    limits: Limits,
}

impl<'a> Reader<'a> {
    fn value(&mut self, depth: usize) -> Result<Json<'a>, JsonError> {
        self.values += 1;
        if self.values > self.limits.max_values {
            let limit = self.limits.max_values;
            return Err(self.error(JsonFault::TooManyValues { limit }));
        }
        match self.peek() {
            Some(b'"') => self.string().map(Json::String),
            Some(b'{') => self.object(depth + 1),
            Some(b'[') => self.array(depth + 1),
            Some(b'-' | b'0'..=b'9') => self.number(),
            Some(b't') => self.literal("true", Json::Bool(true)),
            Some(b'f') => self.literal("false", Json::Bool(false)),
            Some(b'n') => self.literal("null", Json::Null),
            _ => Err(self.unexpected("a value")),
        }
    }

    fn object(&mut self, depth: usize) -> Result<Json<'a>, JsonError> {
        self.check_depth(depth, JsonKind::Object)?;
        let begin = self.at;
        self.at += 1;
        let mut members = Vec::new();
        self.skip_whitespace();
        if self.take(b'}') {
            return self.finish_object(members, (begin, depth));
        }
        loop {
            if self.peek() != Some(b'"') {
                return Err(self.unexpected("a member name"));
            }
            let name = self.string()?;
            self.skip_whitespace();
            if !self.take(b':') {
                return Err(self.unexpected("':'").inside(&name));
            }
            self.skip_whitespace();
            let value = match self.value(depth) {
                Ok(value) => value,
                Err(error) => return Err(error.inside(&name)),
            };
            members.push((name, value));
            self.skip_whitespace();
            if self.take(b',') {
                self.skip_whitespace();
            } else if self.take(b'}') {
                return self.finish_object(members, (begin, depth));
            } else {
                return Err(self.unexpected("',' or '}'"));
            }
        }
    }

    fn finish_object(
        &self,
        members: Vec<(Cow<'a, str>, Json<'a>)>,
        (begin, depth): (usize, usize),
    ) -> Result<Json<'a>, JsonError> {
        match Object::from_members(members) {
            Ok(object) => Ok(Json::Object(object)),
            Err(name) => {
                let at = self.second_of(&name, begin, depth);
                let fault = JsonFault::DuplicateName { name: name.clone() };
                Err(JsonError::new(at.unwrap_or(self.at), fault).inside(&name))
            }
        }
    }

    /// Where a name stands for the second time in the object that begins at `begin`. It is read once more for that, since
    /// nobody asks where the names of a sound object stand.
    fn second_of(&self, name: &str, begin: usize, depth: usize) -> Option<usize> {
        let mut reader = Reader {
            text: self.text,
            at: begin + 1,
            values: 0,
            limits: self.limits,
        };
        let mut has_seen = false;
        loop {
            reader.skip_whitespace();
            let at = reader.at;
            if reader.string().ok()? == name {
                if has_seen {
                    return Some(at);
                }
                has_seen = true;
            }
            reader.skip_whitespace();
            reader.take(b':').then_some(())?;
            reader.skip_whitespace();
            reader.value(depth).ok()?;
            reader.skip_whitespace();
            reader.take(b',').then_some(())?;
        }
    }

    fn array(&mut self, depth: usize) -> Result<Json<'a>, JsonError> {
        self.check_depth(depth, JsonKind::Array)?;
        self.at += 1;
        let mut items = Vec::new();
        self.skip_whitespace();
        if self.take(b']') {
            return Ok(Json::Array(items));
        }
        loop {
            match self.value(depth) {
                Ok(item) => items.push(item),
                Err(error) => return Err(error.inside(&items.len().to_string())),
            }
            self.skip_whitespace();
            if self.take(b',') {
                self.skip_whitespace();
            } else if self.take(b']') {
                return Ok(Json::Array(items));
            } else {
                return Err(self.unexpected("',' or ']'"));
            }
        }
    }

    fn check_depth(&self, depth: usize, kind: JsonKind) -> Result<(), JsonError> {
        if depth > MAX_DEPTH {
            return Err(self.error(JsonFault::TooDeep {
                kind,
                limit: MAX_DEPTH,
            }));
        }
        Ok(())
    }

    /// Reads a number by the grammar of section 6 and keeps its text.
    fn number(&mut self) -> Result<Json<'a>, JsonError> {
        let start = self.at;
        self.take(b'-');
        if !self.take(b'0') {
            self.digits("a digit")?;
        } else if self.peek().is_some_and(|byte| byte.is_ascii_digit()) {
            return Err(self.unexpected("no digit after a leading zero"));
        }
        if self.take(b'.') {
            self.digits("a digit after the decimal point")?;
        }
        if self.take(b'e') || self.take(b'E') {
            if !self.take(b'+') {
                self.take(b'-');
            }
            self.digits("a digit of the exponent")?;
        }
        self.slice(start, self.at).map(Json::Number)
    }

    fn digits(&mut self, expected: &'static str) -> Result<(), JsonError> {
        let start = self.at;
        while self.peek().is_some_and(|byte| byte.is_ascii_digit()) {
            self.at += 1;
        }
        if self.at == start {
            return Err(self.unexpected(expected));
        }
        Ok(())
    }

    fn literal(&mut self, word: &'static str, value: Json<'a>) -> Result<Json<'a>, JsonError> {
        if self.rest().starts_with(word.as_bytes()) {
            self.at += word.len();
            return Ok(value);
        }
        Err(self.unexpected(word))
    }

    /// Reads a string whose opening quotation mark is the next byte.
    fn string(&mut self) -> Result<Cow<'a, str>, JsonError> {
        self.at += 1;
        let start = self.at;
        self.at = end_of_plain_run(self.text.as_bytes(), start);
        let plain = self.slice(start, self.at)?;
        if self.take(b'"') {
            return Ok(Cow::Borrowed(plain));
        }
        let mut unescaped = String::with_capacity(plain.len() + 16);
        unescaped.push_str(plain);
        loop {
            match self.peek() {
                Some(b'"') => {
                    self.at += 1;
                    return Ok(Cow::Owned(unescaped));
                }
                Some(b'\\') => unescaped.push(self.escape()?),
                Some(_) => return Err(self.error(JsonFault::ControlCharacter)),
                None => {
                    return Err(self.error(JsonFault::UnexpectedEnd {
                        expected: "the end of a string",
                    }));
                }
            }
            let start = self.at;
            self.at = end_of_plain_run(self.text.as_bytes(), start);
            unescaped.push_str(self.slice(start, self.at)?);
        }
    }

    /// Reads one escape sequence (section 7) whose backslash is the next byte.
    fn escape(&mut self) -> Result<char, JsonError> {
        let start = self.at;
        let character = match self.rest().get(1) {
            Some(b'"') => '"',
            Some(b'\\') => '\\',
            Some(b'/') => '/',
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{c}',
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            Some(b'u') => return self.unicode_escape(start),
            _ => return Err(self.error(JsonFault::BadEscape)),
        };
        self.at += 2;
        Ok(character)
    }

    fn unicode_escape(&mut self, start: usize) -> Result<char, JsonError> {
        let lone = JsonError::new(start, JsonFault::LoneSurrogate);
        let first = self.code_unit()?;
        let scalar = match first {
            0xD800..=0xDBFF => {
                if !self.rest().starts_with(b"\\u") {
                    return Err(lone);
                }
                let second = self.code_unit()?;
                if !(0xDC00..=0xDFFF).contains(&second) {
                    return Err(lone);
                }
                0x10000 + ((first - 0xD800) << 10) + (second - 0xDC00)
            }
            unit => unit,
        };
        char::from_u32(scalar).ok_or(lone)
    }

    /// Reads `\uXXXX` and returns the UTF-16 code unit.
    fn code_unit(&mut self) -> Result<u32, JsonError> {
        let mut unit = 0;
        for place in 2..6 {
            let digit = self
                .rest()
                .get(place)
                .and_then(|&byte| char::from(byte).to_digit(16));
            let Some(digit) = digit else {
                return Err(self.error(JsonFault::BadEscape));
            };
            unit = unit * 16 + digit;
        }
        self.at += 6;
        Ok(unit)
    }

    fn skip_whitespace(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\n' | b'\r' | b'\t')) {
            self.at += 1;
        }
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn take(&mut self, byte: u8) -> bool {
        let found = self.peek() == Some(byte);
        if found {
            self.at += 1;
        }
        found
    }

    fn rest(&self) -> &'a [u8] {
        self.text.as_bytes().get(self.at..).unwrap_or_default()
    }

    /// Both ends are next to an ASCII byte, hence on character boundaries.
    fn slice(&self, start: usize, end: usize) -> Result<&'a str, JsonError> {
        self.text
            .get(start..end)
            .ok_or_else(|| JsonError::new(start, JsonFault::NotUtf8))
    }

    fn error(&self, fault: JsonFault) -> JsonError {
        JsonError::new(self.at, fault)
    }

    fn unexpected(&self, expected: &'static str) -> JsonError {
        let fault = match self
            .text
            .get(self.at..)
            .and_then(|rest| rest.chars().next())
        {
            Some(found) => JsonFault::Unexpected { found, expected },
            None => JsonFault::UnexpectedEnd { expected },
        };
        self.error(fault)
    }
}
