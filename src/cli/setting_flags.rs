//! A flag for each setting, made from the table of settings.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::LazyLock;

use clap::{Arg, ArgAction, ArgMatches, Args, Command, FromArgMatches};

use crate::node::config::{ConfigError, ConfigSources, ResolvedConfig, SETTINGS, Setting, load};

/// The name of each setting's flag, in the table's order. Made once: the grammar keeps references.
static FLAG_NAMES: LazyLock<Vec<String>> =
    LazyLock::new(|| SETTINGS.iter().map(Setting::flag_name).collect());

/// The flags that were given, by name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SettingFlags(BTreeMap<String, String>);

impl FromArgMatches for SettingFlags {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let mut flags = Self::default();
        flags.update_from_arg_matches(matches)?;
        Ok(flags)
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        for name in FLAG_NAMES.iter() {
            if let Some(value) = matches.get_one::<String>(name) {
                self.0.insert(name.clone(), value.clone());
            }
        }
        Ok(())
    }
}

impl Args for SettingFlags {
    fn augment_args(command: Command) -> Command {
        let settings = SETTINGS.iter().zip(FLAG_NAMES.iter());
        settings.fold(command, |command, (setting, name)| {
            command.arg(
                Arg::new(name.as_str())
                    .long(name.as_str())
                    .value_name("VALUE")
                    .action(ArgAction::Set)
                    .help_heading("Settings (override file and environment)")
                    .help(format!(
                        "{} [{}, variable {}]",
                        setting.help,
                        setting.key,
                        setting.environment_name()
                    )),
            )
        })
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

/// Where the configuration is.
#[derive(Args, Clone, Debug)]
pub struct ConfigArguments {
    /// The configuration file
    #[arg(
        long,
        value_name = "FILE",
        env = "WAYBILL_CONFIG",
        hide_env_values = true,
        default_value = "waybill.toml"
    )]
    pub config: PathBuf,

    /// Overrides of single settings.
    #[command(flatten)]
    pub flags: SettingFlags,
}

impl ConfigArguments {
    /// Lays file, environment and flags over the defaults.
    ///
    /// # Errors
    /// [`ConfigError`] with everything that is wrong.
    pub fn load(&self) -> Result<ResolvedConfig, ConfigError> {
        load(&ConfigSources {
            file: Some(self.config.clone()),
            // A variable that is not Unicode is none of ours.
            environment: std::env::vars_os()
                .filter_map(|(name, value)| {
                    Some((name.into_string().ok()?, value.into_string().ok()?))
                })
                .collect(),
            flags: self.flags.0.clone(),
        })
    }
}
