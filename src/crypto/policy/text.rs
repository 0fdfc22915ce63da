//! The text of a policy.

use super::definition::{Member, Quorum};
use super::{Policy, PolicyBuilder, PolicyError, PolicyName};
use crate::crypto::note::VerifierKey;
use crate::crypto::text::parse_decimal;

/// Bytes of the largest policy text that is read: the largest policy with names and URLs of usual
/// length, and comments.
pub const MAX_POLICY_BYTES: usize = 1 << 20;

/// Bytes of the longest URL: what browsers and servers commonly accept.
pub const MAX_URL_BYTES: usize = 2048;

impl Policy {
    /// Reads a policy text: octets, not necessarily UTF-8, in lines that each end with a newline.
    ///
    /// # Errors
    /// [`PolicyError::AtLine`] around what a line has wrong; [`PolicyError::TooLarge`],
    /// [`PolicyError::UnterminatedLine`] or [`PolicyError::NoQuorum`] for the text as a whole.
    pub fn parse(text: &[u8]) -> Result<Self, PolicyError> {
        if text.len() > MAX_POLICY_BYTES {
            return Err(PolicyError::TooLarge { actual: text.len() });
        }
        let mut builder = PolicyBuilder::new();
        let mut lines = text.split(|byte| *byte == b'\n').enumerate().peekable();
        while let Some((index, line)) = lines.next() {
            if lines.peek().is_none() {
                // What follows the last newline: nothing, in a well-formed text.
                if !line.is_empty() {
                    return Err(PolicyError::UnterminatedLine);
                }
                break;
            }
            parse_line(&mut builder, line).map_err(|source| PolicyError::AtLine {
                line: index + 1,
                source: Box::new(source),
            })?;
        }
        builder.build()
    }

    /// Prints the policy: logs, witnesses, groups with numeric thresholds, quorum.
    /// [`Policy::parse`] reads an equal policy from it.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut text = Vec::new();
        for log in &self.logs {
            let key = log.key.to_string();
            push_line(
                &mut text,
                [b"log".as_slice(), key.as_bytes()]
                    .into_iter()
                    .chain(log.url.as_deref()),
            );
        }
        for witness in &self.witnesses {
            let key = witness.key.to_string();
            let items = [
                b"witness".as_slice(),
                witness.name.as_bytes(),
                key.as_bytes(),
            ];
            push_line(&mut text, items.into_iter().chain(witness.url.as_deref()));
        }
        for group in &self.groups {
            let threshold = group.threshold.to_string();
            let items = [
                b"group".as_slice(),
                group.name.as_bytes(),
                threshold.as_bytes(),
            ];
            let members = group
                .members
                .iter()
                .filter_map(|member| self.name_of(*member));
            push_line(&mut text, items.into_iter().chain(members));
        }
        let quorum = match self.quorum {
            Quorum::None => Some(b"none".as_slice()),
            Quorum::Of(member) => self.name_of(member),
        };
        push_line(&mut text, [b"quorum".as_slice()].into_iter().chain(quorum));
        text
    }

    // A member's position is always one that the builder has given: the option is never empty.
    fn name_of(&self, member: Member) -> Option<&[u8]> {
        match member {
            Member::Witness(position) => self
                .witnesses
                .get(position)
                .map(|witness| witness.name.as_bytes()),
            Member::Group(position) => self.groups.get(position).map(|group| group.name.as_bytes()),
        }
    }
}

fn push_line<'item>(text: &mut Vec<u8>, items: impl Iterator<Item = &'item [u8]>) {
    for (position, item) in items.enumerate() {
        if position > 0 {
            text.push(b' ');
        }
        text.extend_from_slice(item);
    }
    text.push(b'\n');
}

fn parse_line(builder: &mut PolicyBuilder, line: &[u8]) -> Result<(), PolicyError> {
    // Bounds the octets of comments too: a control character may hide a line from who reads it.
    if let Some(&byte) = line
        .iter()
        .find(|byte| matches!(byte, 0..0x20 | 0x7f) && **byte != b'\t')
    {
        return Err(PolicyError::ControlCharacter { byte });
    }
    let items: Vec<&[u8]> = line
        .split(|byte| matches!(byte, b' ' | b'\t'))
        .filter(|item| !item.is_empty())
        .collect();
    let Some((keyword, arguments)) = items.split_first() else {
        return Ok(());
    };
    match (*keyword, arguments) {
        ([b'#', ..], _) => Ok(()),
        (b"log", [key]) => builder.log(parse_key(key)?, None),
        (b"log", [key, url]) => builder.log(parse_key(key)?, Some(url)),
        (b"log", _) => Err(PolicyError::Items {
            expected: "log <vkey> [<url>]",
        }),
        (b"witness", [name, key]) => {
            builder.witness(PolicyName::new(*name)?, parse_key(key)?, None)
        }
        (b"witness", [name, key, url]) => {
            builder.witness(PolicyName::new(*name)?, parse_key(key)?, Some(url))
        }
        (b"witness", _) => Err(PolicyError::Items {
            expected: "witness <name> <vkey> [<url>]",
        }),
        (b"group", [name, threshold, members @ ..]) if !members.is_empty() => {
            let members = members
                .iter()
                .map(|member| PolicyName::new(*member))
                .collect::<Result<Vec<_>, _>>()?;
            let threshold = parse_threshold(threshold, members.len())?;
            builder.group(PolicyName::new(*name)?, threshold, &members)
        }
        (b"group", _) => Err(PolicyError::Items {
            expected: "group <name> all|any|<k> <name>...",
        }),
        (b"quorum", [name]) if PolicyName::is_none_word(name) => builder.quorum_none(),
        (b"quorum", [name]) => builder.quorum(&PolicyName::new(*name)?),
        (b"quorum", _) => Err(PolicyError::Items {
            expected: "quorum <name>|none",
        }),
        (keyword, _) => Err(PolicyError::UnknownKeyword {
            keyword: String::from_utf8_lossy(keyword).into_owned(),
        }),
    }
}

fn parse_key(item: &[u8]) -> Result<VerifierKey, PolicyError> {
    let text = std::str::from_utf8(item).map_err(|_| PolicyError::KeyNotUtf8)?;
    Ok(VerifierKey::parse(text)?)
}

fn parse_threshold(item: &[u8], members: usize) -> Result<usize, PolicyError> {
    let refused = || PolicyError::Threshold {
        threshold: String::from_utf8_lossy(item).into_owned(),
        members,
    };
    match item {
        b"any" => Ok(1),
        b"all" => Ok(members),
        digits => {
            let text = std::str::from_utf8(digits).map_err(|_| refused())?;
            let threshold = parse_decimal(text).ok_or_else(refused)?;
            usize::try_from(threshold).map_err(|_| refused())
        }
    }
}
