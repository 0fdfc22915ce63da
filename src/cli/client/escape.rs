//! Identifiers in paths.

/// An identifier as a part of a path: what would end the path, or be decoded, is escaped.
pub fn escape(id: &str) -> String {
    let mut escaped = String::with_capacity(id.len());
    for byte in id.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~:/@!$&'()*+,;=".contains(&byte) {
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
    }
}
