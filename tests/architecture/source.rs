//! A source file, read far enough to know what it names.

/// A path such as `crate::types::Height`, with the groups of `use` expanded; a single name is a
/// path of one segment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamedPath {
    /// Where it ends, from 1.
    pub line: usize,
    /// Its names.
    pub segments: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Kind {
    Name(String),
    Number(String),
    /// `::` is one symbol, everything else one character.
    Symbol(&'static str),
    Other(char),
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Token {
    line: usize,
    kind: Kind,
}

impl Token {
    fn is(&self, symbol: char) -> bool {
        self.kind == Kind::Other(symbol)
    }

    fn name(&self) -> Option<&str> {
        match &self.kind {
            Kind::Name(name) => Some(name),
            _ => None,
        }
    }
}

/// A production source file without its comments, strings and test items.
#[derive(Debug)]
pub struct SourceFile {
    path: String,
    tokens: Vec<Token>,
    says_test: bool,
}

impl SourceFile {
    /// Reads a file whose path is given from `src`.
    pub fn new(path: &str, text: &str) -> Self {
        let text = blank(text);
        Self {
            path: path.to_owned(),
            says_test: text.lines().any(|line| line.trim() == "#![cfg(test)]"),
            tokens: without_test_items(tokens(&text)),
        }
    }

    /// The path from `src`.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The top-level module.
    pub fn module(&self) -> &str {
        let top = self.path.split('/').next().unwrap_or_default();
        top.strip_suffix(".rs").unwrap_or(top)
    }

    /// Whether it is compiled for tests only, by its name or by its own word.
    pub fn is_test(&self) -> bool {
        let mut parts = self.path.split('/');
        self.says_test || parts.any(|part| part == "tests" || part == "tests.rs")
    }

    /// How many modules below the root of the crate the file's own module is.
    fn depth(&self) -> usize {
        let parts = self.path.split('/').count();
        if self.path.ends_with("/mod.rs") {
            parts - 1
        } else {
            parts
        }
    }

    /// The top-level module that a path leads to, if it says so.
    pub fn top_level_module<'a>(&self, path: &'a NamedPath) -> Option<&'a str> {
        let segments = &path.segments;
        let first = segments.first()?.as_str();
        let supers = segments.iter().take_while(|name| *name == "super").count();
        let rest = if first == "crate" || first == "waybill" {
            segments.get(1)
        } else if supers == self.depth() && supers > 0 {
            segments.get(supers)
        } else {
            None
        };
        rest.map(String::as_str)
    }

    /// Everything that is named.
    pub fn paths(&self) -> Vec<NamedPath> {
        let mut paths = Vec::new();
        let mut position = 0;
        while position < self.tokens.len() {
            let start = position;
            position = self.path_at(position, &[], &mut paths);
            if position == start {
                position += 1;
            }
        }
        paths
    }

    /// Reads the path that begins at a token, if one does, and returns where it ends.
    fn path_at(&self, mut position: usize, prefix: &[String], out: &mut Vec<NamedPath>) -> usize {
        let mut segments = prefix.to_vec();
        let mut line = 0;
        while let Some(token) = self.tokens.get(position) {
            if let Some(name) = token.name() {
                line = token.line;
                segments.push(name.to_owned());
                position += 1;
                // `static mut` is shared state that no path names.
                let next = self.tokens.get(position);
                if name == "static" && next.and_then(Token::name) == Some("mut") {
                    segments.push("mut".to_owned());
                }
            } else if token.is('{') && !segments.is_empty() {
                return self.group_at(position + 1, &segments, out);
            } else {
                break;
            }
            let separator = self.tokens.get(position).map(|token| &token.kind);
            if separator != Some(&Kind::Symbol("::")) {
                break;
            }
            position += 1;
        }
        if line > 0 {
            out.push(NamedPath { line, segments });
        }
        position
    }

    /// Reads the paths of a group up to behind its closing brace.
    fn group_at(&self, mut position: usize, prefix: &[String], out: &mut Vec<NamedPath>) -> usize {
        while let Some(token) = self.tokens.get(position) {
            if token.is('}') {
                return position + 1;
            }
            let end = self.path_at(position, prefix, out);
            position = end.max(position + 1);
        }
        position
    }

    /// Literals with a fraction or an exponent.
    pub fn float_literals(&self) -> Vec<(usize, String)> {
        let is_float = |text: &str| {
            let radix = ["0x", "0o", "0b"]
                .iter()
                .any(|radix| text.starts_with(radix));
            let suffix = text.ends_with("f32") || text.ends_with("f64");
            // The e of usize and isize is no exponent.
            let number = text.trim_end_matches("usize").trim_end_matches("isize");
            !radix && (suffix || number.contains(['.', 'e', 'E']))
        };
        let numbers = self.tokens.iter().filter_map(|token| match &token.kind {
            Kind::Number(text) if is_float(text) => Some((token.line, text.clone())),
            _ => None,
        });
        numbers.collect()
    }

    /// Method calls as `.name(` and macro calls as `name!`.
    pub fn calls(&self) -> Vec<(usize, String)> {
        let around = self.tokens.iter().enumerate();
        around
            .filter_map(|(position, token)| {
                let name = token.name()?;
                let next = self.tokens.get(position + 1)?;
                let before = position.checked_sub(1).and_then(|p| self.tokens.get(p));
                if next.is('!') {
                    Some((token.line, format!("{name}!")))
                } else if next.is('(') && before.is_some_and(|token| token.is('.')) {
                    Some((token.line, format!(".{name}(")))
                } else {
                    None
                }
            })
            .collect()
    }
}

/// The texts of a file between quotation marks, with the lines in which they begin, from 1.
pub fn literals(text: &str) -> Vec<(usize, String)> {
    let chars: Vec<char> = text.chars().collect();
    let mut found = Vec::new();
    let (mut position, mut line) = (0, 1);
    while position < chars.len() {
        let end = skipped_end(&chars, position).max(position + 1);
        let piece: String = chars[position..end].iter().collect();
        if piece.len() > 1 && !piece.starts_with('/') {
            found.push((line, piece.clone()));
        }
        line += piece.matches('\n').count();
        position = end;
    }
    found
}

/// The text with comments, strings and characters blanked; lines stay where they are.
fn blank(text: &str) -> String {
    let chars: Vec<char> = text.chars().collect();
    let mut out = String::with_capacity(text.len());
    let mut position = 0;
    while position < chars.len() {
        let end = skipped_end(&chars, position);
        if end == position {
            out.push(chars[position]);
            position += 1;
        } else {
            // A space, so that what stands before and after does not grow together.
            out.push(' ');
            out.extend(chars[position..end].iter().filter(|c| **c == '\n'));
            position = end;
        }
    }
    out
}

/// Where the comment, string or character that begins here ends; here, if none begins.
fn skipped_end(chars: &[char], start: usize) -> usize {
    let at = |offset: usize| chars.get(start + offset).copied().unwrap_or('\0');
    let after_name = start > 0 && is_name_character(chars[start - 1]);
    match (at(0), at(1)) {
        ('/', '/') => (start..chars.len())
            .find(|p| chars[*p] == '\n')
            .unwrap_or(chars.len()),
        ('/', '*') => block_comment_end(chars, start),
        ('"', _) => quoted_end(chars, start + 1, '"'),
        ('b' | 'c', '"') if !after_name => quoted_end(chars, start + 2, '"'),
        ('b', '\'') if !after_name => quoted_end(chars, start + 2, '\''),
        ('r', '"' | '#') if !after_name => raw_string_end(chars, start, start + 1),
        ('b' | 'c', 'r') if !after_name => raw_string_end(chars, start, start + 2),
        // A lifetime has no closing quote after its first character.
        ('\'', '\\') => quoted_end(chars, start + 1, '\''),
        ('\'', _) if at(2) == '\'' => start + 3,
        _ => start,
    }
}

fn block_comment_end(chars: &[char], start: usize) -> usize {
    let mut depth = 0usize;
    let mut position = start;
    while position < chars.len() {
        match (chars[position], chars.get(position + 1)) {
            ('/', Some('*')) => {
                depth += 1;
                position += 2;
            }
            ('*', Some('/')) => {
                depth -= 1;
                position += 2;
                if depth == 0 {
                    return position;
                }
            }
            _ => position += 1,
        }
    }
    position
}

fn quoted_end(chars: &[char], mut position: usize, quote: char) -> usize {
    while position < chars.len() {
        match chars[position] {
            '\\' => position += 2,
            c if c == quote => return position + 1,
            _ => position += 1,
        }
    }
    chars.len()
}

/// The end of `r#"…"#` whose hashes begin at `hashes`; `start` if it is a raw name.
fn raw_string_end(chars: &[char], start: usize, hashes: usize) -> usize {
    let count = chars[hashes..].iter().take_while(|c| **c == '#').count();
    let open = hashes + count;
    if chars.get(open) != Some(&'"') {
        return start;
    }
    let closes = |position: &usize| {
        let tail = chars.get(position + 1..position + 1 + count);
        chars[*position] == '"' && tail.is_some_and(|tail| tail.iter().all(|c| *c == '#'))
    };
    (open + 1..chars.len())
        .find(closes)
        .map_or(chars.len(), |position| position + 1 + count)
}

fn is_name_character(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

fn tokens(text: &str) -> Vec<Token> {
    let chars: Vec<char> = text.chars().collect();
    let mut tokens: Vec<Token> = Vec::new();
    let (mut line, mut position) = (1, 0);
    while position < chars.len() {
        let c = chars[position];
        if c == '\n' {
            line += 1;
        }
        if c.is_whitespace() {
            position += 1;
            continue;
        }
        let mut end = position + 1;
        let kind = if is_name_character(c) {
            while chars.get(end).is_some_and(|c| is_name_character(*c)) {
                end += 1;
            }
            if c.is_ascii_digit() {
                let after_point = tokens.last().is_some_and(|token| token.is('.'));
                let digit = |p: usize| chars.get(p).is_some_and(char::is_ascii_digit);
                if !after_point && chars.get(end) == Some(&'.') && digit(end + 1) {
                    end += 1;
                    while chars.get(end).is_some_and(|c| is_name_character(*c)) {
                        end += 1;
                    }
                }
                Kind::Number(chars[position..end].iter().collect())
            } else {
                Kind::Name(chars[position..end].iter().collect())
            }
        } else if c == ':' && chars.get(end) == Some(&':') {
            end += 1;
            Kind::Symbol("::")
        } else {
            Kind::Other(c)
        };
        tokens.push(Token { line, kind });
        position = end;
    }
    tokens
}

/// Leaves out every item under a `cfg` attribute that names `test`.
fn without_test_items(tokens: Vec<Token>) -> Vec<Token> {
    let mut kept = Vec::with_capacity(tokens.len());
    let mut position = 0;
    while position < tokens.len() {
        match attribute_end(&tokens, position) {
            Some(end) if is_test_cfg(&tokens[position..end]) => {
                position = item_end(&tokens, end);
            }
            _ => {
                kept.push(tokens[position].clone());
                position += 1;
            }
        }
    }
    kept
}

/// Behind the outer attribute that begins here.
fn attribute_end(tokens: &[Token], start: usize) -> Option<usize> {
    let opens = tokens.get(start)?.is('#') && tokens.get(start + 1)?.is('[');
    opens.then(|| balanced_end(tokens, start + 1))
}

fn is_test_cfg(attribute: &[Token]) -> bool {
    let names: Vec<&str> = attribute.iter().filter_map(Token::name).collect();
    names.first() == Some(&"cfg") && names.contains(&"test") && !names.contains(&"not")
}

/// Behind the item that begins here: its semicolon, or the brace that closes its body.
fn item_end(tokens: &[Token], start: usize) -> usize {
    let mut position = start;
    while let Some(token) = tokens.get(position) {
        if token.is(';') {
            return position + 1;
        }
        if token.is('{') {
            let end = balanced_end(tokens, position);
            // A group of imports is followed by a semicolon.
            let semicolon = tokens.get(end).is_some_and(|token| token.is(';'));
            return end + usize::from(semicolon);
        }
        position = if token.is('(') || token.is('[') {
            balanced_end(tokens, position)
        } else {
            position + 1
        };
    }
    position
}

/// Behind the bracket that closes the one here.
fn balanced_end(tokens: &[Token], start: usize) -> usize {
    let mut depth = 0usize;
    for (offset, token) in tokens[start..].iter().enumerate() {
        match token.kind {
            Kind::Other('(' | '[' | '{') => depth += 1,
            Kind::Other(')' | ']' | '}') => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    return start + offset + 1;
                }
            }
            _ => {}
        }
    }
    tokens.len()
}
