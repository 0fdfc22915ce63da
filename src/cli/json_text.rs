//! Indenting JSON text without reading its numbers: what a person sees has the digits that the
//! author wrote.

/// `text`, which has to be JSON, with one member or item per line. Text that is not JSON comes out
/// as it is, but for its spaces.
pub fn indent(text: &str) -> String {
    let mut out = String::with_capacity(text.len() * 2);
    let mut depth = 0_usize;
    let mut characters = text.chars().peekable();
    let new_line = |out: &mut String, depth: usize| {
        out.push('\n');
        out.extend(std::iter::repeat_n("  ", depth));
    };
    while let Some(character) = characters.next() {
        match character {
            '"' => {
                out.push('"');
                while let Some(inside) = characters.next() {
                    out.push(inside);
                    match inside {
                        '\\' => out.extend(characters.next()),
                        '"' => break,
                        _ => {}
                    }
                }
            }
            '{' | '[' => {
                let close = if character == '{' { '}' } else { ']' };
                out.push(character);
                while characters.next_if(|c| c.is_ascii_whitespace()).is_some() {}
                if characters.next_if_eq(&close).is_some() {
                    out.push(close);
                } else {
                    depth += 1;
                    new_line(&mut out, depth);
                }
            }
            '}' | ']' => {
                depth = depth.saturating_sub(1);
                new_line(&mut out, depth);
                out.push(character);
            }
            ',' => {
                out.push(',');
                new_line(&mut out, depth);
            }
            ':' => out.push_str(": "),
            other if other.is_ascii_whitespace() => {}
            other => out.push(other),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_texts_are_as_written() {
        let text = r#"{ "a":1.10e+2, "b": [ ],"c":{},"d":[-0.0,"x, {\"y\": 1}\\"],"é":null}"#;
        let expected = "{\n  \"a\": 1.10e+2,\n  \"b\": [],\n  \"c\": {},\n  \"d\": [\n    -0.0,\n    \
                        \"x, {\\\"y\\\": 1}\\\\\"\n  ],\n  \"é\": null\n}";
        assert_eq!(indent(text), expected);
        assert_eq!(indent(expected), expected);
    }

    proptest::proptest! {
        #[test]
        fn indenting_keeps_the_value(numbers: Vec<i64>, text: String) {
            let value = serde_json::json!({"n": numbers, "t": [text], "o": {"x": {}}});
            let read: serde_json::Value = serde_json::from_str(&indent(&value.to_string())).unwrap();
            proptest::prop_assert_eq!(read, value);
        }

        #[test]
        fn anything_comes_out(text: String) {
            let _ = indent(&text);
        }
    }
}
