//! What is wrong with a JSON or TOML document, in the words of people who do not know the reader's program: no names of
//! its types, and the line and column where they help.

use std::fmt;

/// The whole numbers between two, both included: `from 1 to 1,000`.
pub fn range(least: impl fmt::Display, most: impl fmt::Display) -> String {
    format!("from {} to {}", whole_number(least), whole_number(most))
}

/// A whole number with commas between its thousands, as people write it: `-1,000`.
pub fn whole_number(number: impl fmt::Display) -> String {
    let text = number.to_string();
    let mut grouped = String::with_capacity(text.len() + text.len() / 3);
    let mut is_after_digit = false;
    for (place, char) in text.char_indices() {
        if is_after_digit && (text.len() - place).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(char);
        is_after_digit = char.is_ascii_digit();
    }
    grouped
}

/// What is wrong with a JSON text, and where.
pub fn of_json(error: &serde_json::Error) -> String {
    let place = match (error.line(), error.column()) {
        // A value that was read before has no place.
        (0, _) => String::new(),
        (line, column) => format!("line {line}, column {column}: "),
    };
    let what = if error.is_syntax() {
        "it is no JSON: "
    } else {
        ""
    };
    format!("{place}{what}{}", reason(error))
}

/// What is wrong with a JSON text, for who tells the place otherwise.
pub fn reason(error: &serde_json::Error) -> String {
    let text = error.to_string();
    let message = match text.rsplit_once(" at line ") {
        Some((message, _)) if error.line() > 0 => message,
        _ => text.as_str(),
    };
    if error.is_eof() {
        return "the text ends before the JSON document does".to_owned();
    }
    if error.is_syntax() {
        return of_syntax(message);
    }
    of_message(message)
}

/// The same of a message that a reader of documents gives for a value that does not fit.
pub fn of_message(message: &str) -> String {
    let known = [
        ("missing field `", "is missing"),
        ("duplicate field `", "is given twice"),
        ("duplicate key `", "is given twice"),
    ];
    for (begin, what) in known {
        if let Some(name) = quoted(message, begin) {
            return format!("\"{name}\" {what}");
        }
    }
    if let Some(name) = quoted(message, "unknown field `") {
        return format!("\"{name}\" is not known here{}", alternatives(message));
    }
    if let Some(name) = quoted(message, "unknown variant `") {
        return format!(
            "\"{name}\" is not one of the words{}",
            alternatives(message)
        );
    }
    for begin in ["invalid type: ", "invalid value: ", "invalid length "] {
        let Some((found, expected)) = message
            .strip_prefix(begin)
            .and_then(|rest| rest.split_once(", expected "))
        else {
            continue;
        };
        let found = match begin {
            // Serde reads an object from a list of its values as well.
            "invalid length " if expected.starts_with("struct ") => "a list".to_owned(),
            "invalid length " => format!("a length of {found}"),
            _ => of_found(found),
        };
        let expected = match (begin, range_of(expected)) {
            ("invalid value: ", Some(range)) => format!("a whole number {range}"),
            _ => of_expected(expected),
        };
        return format!("{expected} is expected, not {found}");
    }
    if message.starts_with("data did not match any variant") {
        return "the value has none of the forms that it may have here".to_owned();
    }
    message.replace('`', "\"")
}

fn quoted<'a>(message: &'a str, begin: &str) -> Option<&'a str> {
    message.strip_prefix(begin)?.split('`').next()
}

/// The words that would do, if the message lists them.
fn alternatives(message: &str) -> String {
    let Some((_, expected)) = message.split_once(", expected ") else {
        return String::new();
    };
    let words: Vec<String> = expected
        .split('`')
        .skip(1)
        .step_by(2)
        .map(|word| format!("\"{word}\""))
        .collect();
    match words.as_slice() {
        [] => String::new(),
        words => format!("; known: {}", words.join(", ")),
    }
}

fn of_syntax(message: &str) -> String {
    match message {
        "trailing characters" => "something follows after the end of the document".to_owned(),
        "trailing comma" => "a comma has nothing behind it".to_owned(),
        "key must be a string" => "a name in quotes is expected".to_owned(),
        "expected value" => "a value is expected".to_owned(),
        "expected ident" => {
            "a value is expected: true, false, null, a text, a number, a list or an object"
                .to_owned()
        }
        "recursion limit exceeded" => "it is nested too deep".to_owned(),
        "control character (\\u0000-\\u001F) found while parsing a string" => {
            "a text has a line end or another control character".to_owned()
        }
        other => match other.strip_prefix("expected ") {
            Some(what) => format!("{} is expected", what.replace('`', "\"")),
            None => other.replace('`', "\""),
        },
    }
}

/// What was found.
fn of_found(found: &str) -> String {
    let inner = |begin: &str| quoted(found, begin);
    if let Some(number) = inner("integer `").or_else(|| inner("floating point `")) {
        return number.to_owned();
    }
    if let Some(boolean) = inner("boolean `") {
        return boolean.to_owned();
    }
    match found {
        "map" => "an object".to_owned(),
        "sequence" => "a list".to_owned(),
        "unit value" | "null" => "null".to_owned(),
        other => match other.strip_prefix("string ") {
            Some(text) => format!("the text {text}"),
            None => other.replace('`', "\""),
        },
    }
}

/// Which numbers a type has room for.
fn range_of(expected: &str) -> Option<String> {
    Some(match expected {
        "u8" => range(0, i64::from(u8::MAX)),
        "u16" => range(0, i64::from(u16::MAX)),
        "u32" => range(0, i64::from(u32::MAX)),
        "u64" | "usize" => "from 0 on, below 2^64".to_owned(),
        _ => return None,
    })
}

/// What would have done.
fn of_expected(expected: &str) -> String {
    let word = expected.split(' ').next().unwrap_or_default();
    match word {
        "u8" | "u16" | "u32" | "u64" | "usize" | "i8" | "i16" | "i32" | "i64" | "isize" => {
            "a whole number".to_owned()
        }
        "f32" | "f64" => "a number".to_owned(),
        "struct" | "internally" | "adjacently" => "an object".to_owned(),
        "enum" => "one of its words".to_owned(),
        _ => match expected {
            "a map" => "an object".to_owned(),
            "a sequence" => "a list".to_owned(),
            "a string" | "a borrowed string" => "a text".to_owned(),
            "a boolean" => "true or false".to_owned(),
            other => other.replace('`', "\""),
        },
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn numbers_are_written_as_people_do() {
        for (number, text) in [
            (0, "0"),
            (-7, "-7"),
            (999, "999"),
            (1_000, "1,000"),
            (-100_000, "-100,000"),
            (i64::MIN, "-9,223,372,036,854,775,808"),
        ] {
            assert_eq!(super::whole_number(number), text);
        }
        assert_eq!(super::range(1, 10_000), "from 1 to 10,000");
    }

    use std::collections::BTreeMap;

    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    #[allow(dead_code)] // Read to see what reading says.
    struct Document {
        name: String,
        count: u64,
        kind: Option<Kind>,
        inner: Option<BTreeMap<String, bool>>,
        port: Option<u16>,
    }

    #[derive(Debug, Deserialize)]
    #[serde(rename_all = "camelCase")]
    enum Kind {
        Production,
        Consumption,
    }

    #[test]
    fn nothing_of_the_program_is_told() {
        for (text, told) in [
            (
                "{\"name\": \"a\",",
                "line 1, column 13: the text ends before the JSON document does",
            ),
            (
                "",
                "line 1, column 0: the text ends before the JSON document does",
            ),
            (
                "{\"name\": \"a\"}",
                "line 1, column 13: \"count\" is missing",
            ),
            (
                "{\"name\": 3, \"count\": 1}",
                "line 1, column 10: a text is expected, not 3",
            ),
            (
                "{\"name\": \"a\", \"count\": \"b\"}",
                "line 1, column 26: a whole number is expected, not the text \"b\"",
            ),
            (
                "{\"name\": \"a\", \"count\": -1}",
                "line 1, column 25: a whole number from 0 on, below 2^64 is expected, not -1",
            ),
            (
                "{\n\"nmae\": 1}",
                "line 2, column 6: \"nmae\" is not known here; known: \"name\", \"count\", \"kind\", \"inner\", \"port\"",
            ),
            (
                "{\"name\":\"a\",\"count\":1,\"kind\":\"solar\"}",
                "line 1, column 36: \"solar\" is not one of the words; known: \"production\", \"consumption\"",
            ),
            (
                "{\"name\":\"a\",\"count\":1,\"inner\":[]}",
                "line 1, column 31: an object is expected, not a list",
            ),
            (
                "{\"name\":\"a\",\"count\":1,\"inner\":{\"x\":null}}",
                "line 1, column 39: true or false is expected, not null",
            ),
            (
                "{\"name\":\"a\",\"name\":\"b\"}",
                "line 1, column 18: \"name\" is given twice",
            ),
            (
                "{\"name\" \"a\"}",
                "line 1, column 9: it is no JSON: \":\" is expected",
            ),
            (
                "{name: 1}",
                "line 1, column 2: it is no JSON: a name in quotes is expected",
            ),
            (
                "<html>",
                "line 1, column 1: it is no JSON: a value is expected",
            ),
            ("[1]", "line 1, column 1: a text is expected, not 1"),
            ("[]", "line 1, column 1: an object is expected, not a list"),
            (
                "{\"name\":\"a\",\"count\":1,\"port\":70000}",
                "line 1, column 35: a whole number from 0 to 65,535 is expected, not 70000",
            ),
        ] {
            let error = serde_json::from_str::<Document>(text).unwrap_err();
            let found = of_json(&error);
            let place = |text: &str| text.split(": ").next().unwrap().to_owned();
            let words = |text: &str| text.split_once(": ").unwrap().1.to_owned();
            assert_eq!(words(&found), words(told), "{text}");
            assert!(place(&found).starts_with("line "), "{found}");
            for word in ["struct", "u64", "variant", "EOF", "`", "Document"] {
                assert!(!found.contains(word), "{found}");
            }
        }
    }

    #[test]
    fn what_was_read_before_has_no_place() {
        let error = serde_json::from_value::<Document>(serde_json::json!({"name": "a"}));
        assert_eq!(of_json(&error.unwrap_err()), "\"count\" is missing");
    }
}
