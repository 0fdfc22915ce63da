//! What a contract sets for EPCIS events.

use crate::records::setting_fault::SettingFault;

/// What becomes of an event about a thing that another member holds. See the family `custody`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum HolderPolicy {
    /// It is not looked at: custody costs events nothing.
    Ignore,
    /// The event is accepted, and flagged.
    #[default]
    Flag,
    /// The event is rejected.
    Refuse,
}

impl HolderPolicy {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Ignore, Self::Flag, Self::Refuse];

    /// The word in `contract.toml`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ignore => "ignore",
            Self::Flag => "flag",
            Self::Refuse => "refuse",
        }
    }
}

/// What a contract sets for EPCIS events, in `[record.settings]`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct EventSettings {
    /// What becomes of an event about a thing that another member holds.
    pub holder: HolderPolicy,
}

impl EventSettings {
    /// Reads the table.
    ///
    /// # Errors
    /// What is wrong with it, for the contract's author.
    pub fn read(table: toml::Table) -> Result<Self, SettingFault> {
        let mut settings = Self::default();
        for (name, value) in table {
            if name != "holder" {
                let reason = format!("there is no setting {name:?} here; there is holder");
                return Err(SettingFault::unknown(&name, reason));
            }
            settings.holder = value
                .as_str()
                .and_then(|text| {
                    HolderPolicy::ALL
                        .into_iter()
                        .find(|policy| policy.as_str() == text)
                })
                .ok_or_else(|| {
                    let reason = format!("holder is ignore, flag or refuse, not {value}");
                    SettingFault::of_setting(&name, reason)
                })?;
        }
        Ok(settings)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_policy_has_its_word() {
        let read = |text: &str| EventSettings::read(text.parse().unwrap());
        assert_eq!(read("").unwrap().holder, HolderPolicy::Flag);
        for policy in HolderPolicy::ALL {
            let text = format!("holder = \"{}\"", policy.as_str());
            assert_eq!(read(&text).unwrap().holder, policy);
        }
        for text in ["holder = \"maybe\"", "holder = 7", "holders = \"flag\""] {
            assert!(read(text).is_err(), "{text}");
        }
    }
}
