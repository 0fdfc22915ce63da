//! Laying the layers over one another.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::error::{ConfigError, ConfigFault, Place};
use super::given::Given;
use super::node_config::NodeConfig;
use super::origin::Origin;
use super::setting::Setting;
use super::settings::{SECTIONS, SETTINGS};
use super::suggestion::nearest;
use crate::types::plain_words;

/// Largest configuration file, in bytes: a thousand peers fit.
const MAX_CONFIG_BYTES: u64 = 256 * 1024;

/// What the layers are, from the outside.
#[derive(Clone, Debug, Default)]
pub struct ConfigSources {
    /// The configuration file; none for defaults alone.
    pub file: Option<PathBuf>,
    /// Environment variables: all of them may be given, those of no concern are ignored.
    pub environment: Vec<(String, String)>,
    /// Flags, by [`Setting::flag_name`].
    pub flags: BTreeMap<String, String>,
}

/// A configuration in which each value knows its origin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResolvedConfig {
    config: NodeConfig,
    origins: BTreeMap<&'static str, Origin>,
}

impl ResolvedConfig {
    /// The values.
    pub fn config(&self) -> &NodeConfig {
        &self.config
    }

    /// The values, for the node.
    pub fn into_config(self) -> NodeConfig {
        self.config
    }

    /// The layer that set a setting.
    pub fn origin(&self, setting: &Setting) -> Origin {
        self.origins
            .get(setting.key)
            .cloned()
            .unwrap_or(Origin::Default)
    }

    /// Where to change a setting.
    pub fn place(&self, key: &str) -> Place {
        match self.origins.get(key) {
            None | Some(Origin::Default) => Place::Combination,
            Some(Origin::File { path, line }) => Place::Line {
                path: path.clone(),
                line: *line,
            },
            Some(Origin::Environment { name }) => Place::Environment { name: name.clone() },
            Some(Origin::Flag { name }) => Place::Flag { name: name.clone() },
        }
    }

    fn set(
        &mut self,
        setting: &'static Setting,
        given: &Given,
        folder: &Path,
        origin: Origin,
    ) -> Option<ConfigFault> {
        if setting.apply(&mut self.config, given, folder) {
            self.origins.insert(setting.key, origin);
            return None;
        }
        self.origins.insert(setting.key, origin);
        Some(ConfigFault::WrongValue {
            place: self.place(setting.key),
            key: setting.key,
            expected: setting.expected(),
            found: given.describe(),
        })
    }
}

/// Lays the layers over one another and checks the result.
///
/// # Errors
/// [`ConfigError`] with everything that is wrong.
pub fn load(sources: &ConfigSources) -> Result<ResolvedConfig, ConfigError> {
    let mut resolved = ResolvedConfig {
        config: NodeConfig::default(),
        origins: BTreeMap::new(),
    };
    let mut faults = Vec::new();
    if let Some(path) = &sources.file {
        let folder = path.parent().unwrap_or(Path::new(""));
        for setting in SETTINGS {
            setting.root_default(&mut resolved.config, folder);
        }
        let text = read_file(path).map_err(|fault| ConfigError::new(vec![fault]))?;
        apply_file(&mut resolved, path, folder, &text, &mut faults);
    }
    apply_environment(&mut resolved, &sources.environment, &mut faults);
    for setting in SETTINGS {
        if let Some(text) = sources.flags.get(&setting.flag_name()) {
            let origin = Origin::Flag {
                name: format!("--{}", setting.flag_name()),
            };
            let given = Given::Words(text.clone());
            faults.extend(resolved.set(setting, &given, Path::new(""), origin));
        }
    }
    check_together(&resolved, &mut faults);
    if faults.is_empty() {
        Ok(resolved)
    } else {
        Err(ConfigError::new(faults))
    }
}

fn read_file(path: &Path) -> Result<String, ConfigFault> {
    let place = || Place::File {
        path: path.to_owned(),
    };
    let unreadable = |error: std::io::Error| ConfigFault::Unreadable {
        place: place(),
        reason: error.to_string(),
    };
    let length = fs::metadata(path).map_err(unreadable)?.len();
    if length > MAX_CONFIG_BYTES {
        return Err(ConfigFault::TooLarge {
            place: place(),
            length,
            limit: MAX_CONFIG_BYTES,
        });
    }
    fs::read_to_string(path).map_err(unreadable)
}

/// The line of a byte of a text, from 1.
fn line_of(text: &str, offset: usize) -> usize {
    let before = text.as_bytes().get(..offset).unwrap_or(text.as_bytes());
    before.iter().filter(|byte| **byte == b'\n').count() + 1
}

fn apply_file(
    resolved: &mut ResolvedConfig,
    path: &Path,
    folder: &Path,
    text: &str,
    faults: &mut Vec<ConfigFault>,
) {
    let place = |offset: usize| Place::Line {
        path: path.to_owned(),
        line: line_of(text, offset),
    };
    let table = match DeTable::parse(text) {
        Ok(table) => table,
        Err(error) => {
            faults.push(ConfigFault::Syntax {
                place: place(error.span().map_or(0, |span| span.start)),
                reason: plain_words::of_message(error.message()),
            });
            return;
        }
    };
    // In the order of the text, so that faults are.
    let mut sections: Vec<_> = table.get_ref().iter().collect();
    sections.sort_by_key(|(name, _)| name.span().start);
    for (section, value) in sections {
        let name = section.get_ref().as_ref();
        let known = SECTIONS.iter().any(|section| section.name == name);
        let DeValue::Table(entries) = value.get_ref() else {
            faults.push(unknown_top(name, place(section.span().start)));
            continue;
        };
        if !known {
            faults.push(unknown_top(name, place(section.span().start)));
            continue;
        }
        let mut entries: Vec<_> = entries.iter().collect();
        entries.sort_by_key(|(name, _)| name.span().start);
        for (entry, value) in entries {
            let key = format!("{name}.{}", entry.get_ref());
            let Some(setting) = SETTINGS.iter().find(|setting| setting.key == key) else {
                faults.push(ConfigFault::Unknown {
                    place: place(entry.span().start),
                    what: "setting",
                    suggestion: nearest(&key, SETTINGS.iter().map(|s| s.key)).map(str::to_owned),
                    name: key,
                });
                continue;
            };
            let origin = Origin::File {
                path: path.to_owned(),
                line: line_of(text, entry.span().start),
            };
            let given = Given::of_toml(Spanned::get_ref(value));
            faults.extend(resolved.set(setting, &given, folder, origin));
        }
    }
}

/// A name at the top of the file that is no section: a misspelt section, or a setting out of place.
fn unknown_top(name: &str, place: Place) -> ConfigFault {
    let misplaced = SETTINGS.iter().find(|setting| setting.parts().1 == name);
    let suggestion = match misplaced {
        Some(setting) => Some(setting.key),
        None => nearest(name, SECTIONS.iter().map(|section| section.name)),
    };
    ConfigFault::Unknown {
        place,
        what: "section",
        name: name.to_owned(),
        suggestion: suggestion.map(str::to_owned),
    }
}

fn apply_environment(
    resolved: &mut ResolvedConfig,
    environment: &[(String, String)],
    faults: &mut Vec<ConfigFault>,
) {
    let mut environment: Vec<_> = environment.iter().collect();
    environment.sort();
    for (name, value) in environment {
        let known = SETTINGS
            .iter()
            .find(|setting| setting.environment_name() == *name);
        if let Some(setting) = known {
            let origin = Origin::Environment { name: name.clone() };
            let given = Given::Words(value.clone());
            faults.extend(resolved.set(setting, &given, Path::new(""), origin));
        } else if is_of_a_section(name) {
            let names: Vec<_> = SETTINGS.iter().map(Setting::environment_name).collect();
            faults.push(ConfigFault::Unknown {
                place: Place::Environment { name: name.clone() },
                what: "environment variable",
                name: name.clone(),
                suggestion: nearest(name, names.iter().map(String::as_str)).map(str::to_owned),
            });
        }
    }
}

/// Whether a variable means to be a setting. Other programs, and commands of this one, have
/// variables that begin with `WAYBILL_` as well.
fn is_of_a_section(name: &str) -> bool {
    name.strip_prefix("WAYBILL_").is_some_and(|rest| {
        SECTIONS
            .iter()
            .any(|section| rest.starts_with(&format!("{}_", section.name.to_uppercase())))
    })
}

/// What only several values together can have wrong.
fn check_together(resolved: &ResolvedConfig, faults: &mut Vec<ConfigFault>) {
    let config = &resolved.config;
    if !config.api.is_local() && !config.api.allow_public {
        faults.push(ConfigFault::PublicApi {
            place: resolved.place("api.listen"),
            address: config.api.listen.to_string(),
        });
    }
    let pool = &config.mempool;
    let pairs = [
        (
            ("mempool.member_bytes", pool.member_bytes),
            ("mempool.queue_bytes", pool.queue_bytes),
        ),
        (
            ("mempool.batch_bytes", pool.batch_bytes),
            ("mempool.member_bytes", pool.member_bytes),
        ),
    ];
    for ((key, value), (limit_key, limit)) in pairs {
        if value > limit {
            faults.push(ConfigFault::MoreThan {
                place: resolved.place(key),
                key,
                value,
                limit_key,
                limit,
            });
        }
    }
}
