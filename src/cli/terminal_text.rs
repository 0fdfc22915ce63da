//! Texts of others on a terminal: what a member wrote, or a node says, is shown, and never acted upon.
//!
//! A terminal obeys control characters, and whoever reads believes that each line is this program's. Both are made
//! visible where texts are shown to a person; documents for scripts keep every character.

use std::borrow::Cow;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::{Exit, Failure};

/// A text as a part of a line: with control characters, line ends among them, written as Rust writes them.
pub fn plain(text: &str) -> Cow<'_, str> {
    with_escapes(text, is_control)
}

/// A text of several lines, such as this program makes: as [`plain`], but with its line ends and tabs.
pub fn plain_lines(text: &str) -> Cow<'_, str> {
    with_escapes(text, |char| {
        is_control(char) && !matches!(char, '\n' | '\t')
    })
}

/// A copy of a report for a person, in which every text is [`plain`].
///
/// # Errors
/// [`Failure`] if the report has no JSON form.
pub fn plain_copy<T: Serialize + DeserializeOwned>(report: &T) -> Result<T, Failure> {
    serde_json::to_value(report)
        .map(plain_value)
        .and_then(serde_json::from_value)
        .map_err(|error| {
            Failure::new(
                Exit::Refused,
                "the answer cannot be shown",
                error.to_string(),
                "--json prints it as it is",
            )
        })
}

fn plain_value(value: Value) -> Value {
    match value {
        Value::String(text) => match plain(&text) {
            Cow::Borrowed(_) => Value::String(text),
            Cow::Owned(plain) => Value::String(plain),
        },
        Value::Array(items) => items.into_iter().map(plain_value).collect(),
        Value::Object(fields) => fields
            .into_iter()
            .map(|(name, value)| (plain(&name).into_owned(), plain_value(value)))
            .collect(),
        other => other,
    }
}

fn with_escapes(text: &str, is_escaped: impl Fn(char) -> bool) -> Cow<'_, str> {
    if !text.contains(&is_escaped) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len() + 16);
    for char in text.chars() {
        if is_escaped(char) {
            shown.extend(char.escape_default());
        } else {
            shown.push(char);
        }
    }
    Cow::Owned(shown)
}

/// Whether a terminal obeys a character, or shows what stands around it in another order or on another line.
fn is_control(char: char) -> bool {
    char.is_control()
        || matches!(
            char,
            '\u{61c}'
                | '\u{200e}'..='\u{200f}'
                | '\u{2028}'..='\u{202e}'
                | '\u{2066}'..='\u{2069}'
        )
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_a_terminal_would_obey_is_written_out() {
        for (text, shown) in [
            ("two seals are broken", "two seals are broken"),
            (
                "Käse, 乳, 🧀 – it's \"ok\" \\n",
                "Käse, 乳, 🧀 – it's \"ok\" \\n",
            ),
            ("\u{1b}[2J\u{7}", "\\u{1b}[2J\\u{7}"),
            ("a\nb\r\tc\u{7f}", "a\\nb\\r\\tc\\u{7f}"),
            ("\u{9b}2J\u{85}", "\\u{9b}2J\\u{85}"),
            ("\u{202e}evil\u{202c}", "\\u{202e}evil\\u{202c}"),
            (
                "\u{2066}\u{2069}\u{200e}\u{200f}\u{61c}",
                "\\u{2066}\\u{2069}\\u{200e}\\u{200f}\\u{61c}",
            ),
            ("\u{2028}\u{2029}", "\\u{2028}\\u{2029}"),
        ] {
            assert_eq!(plain(text), shown);
        }
        assert_eq!(plain_lines("a\n\tb\r\u{1b}"), "a\n\tb\\r\\u{1b}");
    }

    #[test]
    fn every_text_of_a_report_is_plain_in_its_copy() {
        let report = json!({"n": 18_446_744_073_709_551_615_u64, "x": [{"a\nb": "\u{1b}c"}, null, 1.5, true]});
        let shown = json!({"n": 18_446_744_073_709_551_615_u64, "x": [{"a\\nb": "\\u{1b}c"}, null, 1.5, true]});
        assert_eq!(plain_copy(&report).unwrap(), shown);
    }

    proptest::proptest! {
        #[test]
        fn nothing_that_is_shown_is_a_control_character(text: String) {
            let shown = plain(&text);
            proptest::prop_assert!(!shown.contains(is_control));
            proptest::prop_assert_eq!(plain(&shown), shown.clone());
            proptest::prop_assert_eq!(text.contains(is_control), shown != text);
        }
    }
}
