//! What the parser of expressions finds wrong, in words of our own: its messages name the rules and token sets that
//! it was made from.

use super::program::{RuleFault, begin_of};

/// Longest piece of an expression that a message repeats, in characters.
const MAX_SHOWN_CHARS: usize = 40;

/// How what the grammar finds begins: its columns count characters, those of what a macro finds count bytes.
const OF_GRAMMAR: &str = "Syntax error: ";

/// How the parser begins what it says of an expression that was cut short.
const INCOMPLETE: &str = "Incomplete ";

/// The first thing that is wrong, with its place.
pub(super) fn parse_fault(expression: &str, errors: &cel::ParseErrors) -> RuleFault {
    // What lacks a part is told as such before that which it lacks.
    let is_told = |error: &&cel::ParseError| !error.msg.starts_with(INCOMPLETE);
    let errors = &errors.errors;
    let Some(error) = errors.iter().find(is_told).or(errors.first()) else {
        return RuleFault {
            offset: 0,
            reason: "it is no expression".to_owned(),
        };
    };
    let offset = of_node(expression, error).unwrap_or_else(|| of_line(expression, error));
    let is_at_end = offset >= expression.trim_end().len();
    RuleFault {
        offset,
        reason: in_words(&error.msg, is_at_end),
    }
}

/// The byte at which the node of a fault begins, if it is of one.
fn of_node(expression: &str, error: &cel::ParseError) -> Option<usize> {
    let source = error.source_info.as_ref().filter(|_| error.expr_id != 0)?;
    let (start, _) = source.offset_for(error.expr_id)?;
    Some(begin_of(expression, start as usize))
}

/// The byte at the line and column of a fault.
fn of_line(expression: &str, error: &cel::ParseError) -> usize {
    let line = usize::try_from(error.pos.0).unwrap_or(1).max(1);
    let column = usize::try_from(error.pos.1).unwrap_or(1).max(1);
    let before = expression.split_inclusive('\n').take(line - 1);
    let offset: usize = before.map(str::len).sum();
    if !error.msg.starts_with(OF_GRAMMAR) {
        return begin_of(expression, offset.saturating_add(column - 1));
    }
    let rest = expression.get(offset..).unwrap_or_default();
    let within = rest
        .char_indices()
        .nth(column - 1)
        .map_or(rest.len(), |(at, _)| at);
    offset + within
}

/// A message of the parser's in words of our own; `is_at_end` is whether its place is the end of the expression. One that is
/// not known has no names of the grammar, and stays.
fn in_words(message: &str, is_at_end: bool) -> String {
    let message = message.strip_prefix(OF_GRAMMAR).unwrap_or(message);
    let unexpected = message
        .strip_prefix("mismatched input ")
        .or_else(|| message.strip_prefix("extraneous input "));
    if let Some((found, set)) = unexpected.and_then(|rest| rest.rsplit_once(" expecting ")) {
        return met(found, expected(set));
    }
    if let Some((missing, found)) = message
        .strip_prefix("missing ")
        .and_then(|rest| rest.split_once(" at "))
    {
        return met(found, expected(missing));
    }
    if let Some(found) = message.strip_prefix("no viable alternative at input ") {
        return match is_at_end {
            true => format!("the expression ends too early, after {}", shown(found)),
            false => format!(
                "{} begins nothing that an expression can have",
                shown(found)
            ),
        };
    }
    if let Some(found) = message.strip_prefix("token recognition error at: ") {
        let hint = match found.trim_matches(['\'', ' ']) {
            "=" => ": `==` compares",
            _ => "",
        };
        return format!("{} is no part of the language{hint}", shown(found));
    }
    if let Some(word) = message.strip_prefix("reserved identifier: ") {
        return format!("{} is a word of the language, and no name", shown(word));
    }
    if message.starts_with("invalid string literal") {
        return "a text that the language cannot read".to_owned();
    }
    if message.starts_with(INCOMPLETE) {
        return "a part of it is missing".to_owned();
    }
    message.to_owned()
}

/// What was met, and what would have done.
fn met(found: &str, expected: Option<String>) -> String {
    let found = match found {
        "<EOF>" | "'<EOF>'" => "the expression ends too early".to_owned(),
        other => format!("{} does not fit here", shown(other)),
    };
    match expected {
        Some(expected) => format!("{found}: {expected} is expected"),
        None => found,
    }
}

/// A token as it stands in the expression.
fn shown(quoted: &str) -> String {
    let token = quoted.strip_prefix('\'').unwrap_or(quoted);
    let token = token.strip_suffix('\'').unwrap_or(token).trim();
    match token.char_indices().nth(MAX_SHOWN_CHARS) {
        Some((end, _)) => format!("`{}…`", token.get(..end).unwrap_or_default()),
        None => format!("`{token}`"),
    }
}

/// What a token, or a set of them in braces, comes to.
fn expected(set: &str) -> Option<String> {
    let Some(tokens) = set.strip_prefix('{').and_then(|set| set.strip_suffix('}')) else {
        return match set {
            "<EOF>" => Some("the end of the expression".to_owned()),
            "IDENTIFIER" => Some("a name".to_owned()),
            quoted if quoted.starts_with('\'') => Some(shown(quoted)),
            _ => None,
        };
    };
    let has = |token: &str| tokens.split(", ").any(|one| one == token);
    // The only sets that have these are those of what begins a value, and of what goes on behind one.
    if has("NUM_INT") || has("STRING") {
        return Some("a value, a name or a bracket".to_owned());
    }
    let mut ends = Vec::new();
    if has("'=='") || has("'&&'") || has("'+'") {
        ends.push("an operator");
    }
    for (token, end) in [
        ("','", "`,`"),
        ("':'", "`:`"),
        ("')'", "`)`"),
        ("']'", "`]`"),
        ("'}'", "`}`"),
        ("<EOF>", "the end of the expression"),
    ] {
        if has(token) {
            ends.push(end);
        }
    }
    if !ends.is_empty() {
        return Some(ends.join(" or "));
    }
    if has("IDENTIFIER") {
        return Some("a name".to_owned());
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_the_grammar_are_never_told() {
        for (message, words) in [
            (
                "Syntax error: mismatched input '<EOF>' expecting {'[', '{', '(', '.', '-', '!', 'true', NUM_INT, STRING, IDENTIFIER}",
                "the expression ends too early: a value, a name or a bracket is expected",
            ),
            (
                "Syntax error: extraneous input '5' expecting <EOF>",
                "`5` does not fit here: the end of the expression is expected",
            ),
            (
                "Syntax error: mismatched input ' expecting ' expecting {')', ','}",
                "`expecting` does not fit here: `,` or `)` is expected",
            ),
            (
                "Syntax error: missing ')' at '<EOF>'",
                "the expression ends too early: `)` is expected",
            ),
            (
                "Syntax error: token recognition error at: '@'",
                "`@` is no part of the language",
            ),
            (
                "Syntax error: no viable alternative at input '.'",
                "the expression ends too early, after `.`",
            ),
            (
                "argument must be a simple name",
                "argument must be a simple name",
            ),
        ] {
            let is_at_end = message.ends_with("'.'");
            assert_eq!(in_words(message, is_at_end), words);
        }
    }
}
