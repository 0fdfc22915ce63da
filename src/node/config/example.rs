//! The commented example file, made from the table of settings.

use std::fmt::Write as _;

use super::node_config::NodeConfig;
use super::settings::{SECTIONS, SETTINGS};

/// Longest line of a comment.
const COMMENT_COLUMNS: usize = 96;

/// A configuration file with every setting at its default, each commented with its reason, its
/// form, and the names that override it.
pub fn example() -> String {
    let defaults = NodeConfig::default();
    let mut text = String::from(
        "# Configuration of a Waybill node, with every setting at its default.\n\
         # What is left out has the default. Environment variables override the file, flags of\n\
         # `waybill node` override both; `waybill config show` tells where each value comes from.\n",
    );
    for section in SECTIONS {
        text.push('\n');
        comment(&mut text, section.about);
        let _ = writeln!(text, "[{}]", section.name);
        for setting in SETTINGS {
            let (of, name) = setting.parts();
            if of != section.name {
                continue;
            }
            text.push('\n');
            comment(&mut text, setting.help);
            comment(&mut text, &format!("Takes {}.", setting.expected()));
            let _ = writeln!(
                text,
                "# Variable {}, flag --{}.",
                setting.environment_name(),
                setting.flag_name()
            );
            let _ = writeln!(text, "{name} = {}", setting.show(&defaults));
        }
    }
    text
}

/// Writes a text as comment lines of bounded length.
fn comment(out: &mut String, text: &str) {
    let mut line = String::from("#");
    for word in text.split_whitespace() {
        if line.len() + 1 + word.len() > COMMENT_COLUMNS {
            out.push_str(&line);
            out.push('\n');
            line = String::from("#");
        }
        line.push(' ');
        line.push_str(word);
    }
    out.push_str(&line);
    out.push('\n');
}
