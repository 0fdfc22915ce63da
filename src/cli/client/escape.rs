//! Texts in addresses.

/// An identifier as a part of a path: what would end the path, or be decoded, is escaped.
pub fn escape(id: &str) -> String {
    escape_all_but(id, b"-._~:/@!$&'()*+,;=")
}

/// A text as the value of a query parameter.
pub fn escape_value(text: &str) -> String {
    escape_all_but(text, b"-._~:/@!$'()*,;")
}

fn escape_all_but(text: &str, kept: &[u8]) -> String {
    let mut escaped = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || kept.contains(&byte) {
            escaped.push(char::from(byte));
        } else {
            escaped.push_str(&format!("%{byte:02X}"));
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identifiers_survive_a_path() {
        let link = "https://id.gs1.org/01/09521004007013/21/A%2FB?x=1#y z";
        let escaped = "https://id.gs1.org/01/09521004007013/21/A%252FB%3Fx=1%23y%20z";
        assert_eq!(escape(link), escaped);
        assert_eq!(escape_value("urn:a+b=c&d%"), "urn:a%2Bb%3Dc%26d%25");
    }
}
