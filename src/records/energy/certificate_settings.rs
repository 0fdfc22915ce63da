//! What a contract sets for the issuing of certificates.

use crate::records::setting_fault::SettingFault;
use crate::types::plain_words;

/// Most months that certificates can be made to last: fifty years.
const MAX_EXPIRY_MONTHS: u32 = 600;

/// What a contract sets for the issuing of certificates.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CertificateSettings {
    /// How many calendar months after the production they expire; never if it is not set.
    pub expiry_months: Option<u32>,
}

impl CertificateSettings {
    /// Reads the table `[record.settings]`.
    ///
    /// # Errors
    /// What is wrong with it, for the contract's author.
    pub fn read(table: &toml::Table) -> Result<Self, SettingFault> {
        if let Some(name) = table.keys().find(|name| *name != "expiry_months") {
            let reason = format!("there is no setting {name:?} here; there is expiry_months");
            return Err(SettingFault::unknown(name, reason));
        }
        let Some(value) = table.get("expiry_months") else {
            return Ok(Self::default());
        };
        let months = value
            .as_integer()
            .and_then(|months| u32::try_from(months).ok());
        match months.filter(|months| (1..=MAX_EXPIRY_MONTHS).contains(months)) {
            Some(months) => Ok(Self {
                expiry_months: Some(months),
            }),
            None => Err(SettingFault::of_setting(
                "expiry_months",
                format!(
                    "expiry_months is a whole number {}",
                    plain_words::range(1, MAX_EXPIRY_MONTHS)
                ),
            )),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_are_read_and_refused() {
        let read = |text: &str| CertificateSettings::read(&text.parse().unwrap());
        assert_eq!(read("").unwrap().expiry_months, None);
        assert_eq!(read("expiry_months = 18").unwrap().expiry_months, Some(18));
        for bad in [
            "expiry_months = 0",
            "expiry_months = 601",
            "expiry_months = \"1\"",
            "months = 1",
        ] {
            assert!(read(bad).is_err(), "{bad}");
        }
    }
}
