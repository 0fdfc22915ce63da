//! Text inside pictures: what a node answers is text there, and never markup.

/// `text` with the characters that mean something in XML written as references.
pub fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_markup_is_left() {
        let escaped = escape("</title><script a=\"1\">&amp;");
        assert_eq!(
            escaped,
            "&lt;/title&gt;&lt;script a=&quot;1&quot;&gt;&amp;amp;"
        );
    }
}
