//! A row of the table of settings: its name, its type, its bounds, its reason.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use tracing_subscriber::EnvFilter;

use super::given::Given;
use super::node_config::{LogFormat, NodeConfig, PeerSetting};
use crate::crypto::PublicKey;
use crate::types::MemberId;
use crate::types::plain_words;

/// Most peers or addresses in a list: more than validators are allowed on a ledger, with followers.
const MAX_LIST_ITEMS: usize = 256;

/// A section of the file.
#[derive(Clone, Copy, Debug)]
pub struct Section {
    /// Its name.
    pub name: &'static str,
    /// What it is about, for the example file.
    pub about: &'static str,
}

/// A setting.
#[derive(Clone, Copy, Debug)]
pub struct Setting {
    /// `section.name`.
    pub key: &'static str,
    /// What it does and why its default is what it is: a comment of the example file.
    pub help: &'static str,
    pub(super) field: Field,
}

/// The type of a setting, with its bounds and where its value is kept.
#[derive(Clone, Copy, Debug)]
pub(super) enum Field {
    Path(fn(&mut NodeConfig) -> &mut PathBuf),
    Integer {
        least: u64,
        most: u64,
        unit: &'static str,
        field: fn(&mut NodeConfig) -> &mut u64,
    },
    Flag(fn(&mut NodeConfig) -> &mut bool),
    Address(fn(&mut NodeConfig) -> &mut SocketAddr),
    Addresses(fn(&mut NodeConfig) -> &mut Vec<SocketAddr>),
    Peers(fn(&mut NodeConfig) -> &mut Vec<PeerSetting>),
    Members(fn(&mut NodeConfig) -> &mut Vec<MemberId>),
    Filter(fn(&mut NodeConfig) -> &mut String),
    Format(fn(&mut NodeConfig) -> &mut LogFormat),
}

impl Setting {
    /// The section and the name in it.
    pub fn parts(&self) -> (&'static str, &'static str) {
        self.key.split_once('.').unwrap_or(("", self.key))
    }

    /// The environment variable that overrides the file, such as `WAYBILL_API_LISTEN`.
    pub fn environment_name(&self) -> String {
        format!("WAYBILL_{}", self.key.replace('.', "_").to_uppercase())
    }

    /// The flag that overrides everything, without its dashes, such as `api-listen`.
    pub fn flag_name(&self) -> String {
        self.key.replace(['.', '_'], "-")
    }

    /// What a value has to be, for people.
    pub fn expected(&self) -> String {
        match self.field {
            Field::Path(_) => "a path".to_owned(),
            Field::Integer {
                least, most, unit, ..
            } => format!("a number of {unit} {}", plain_words::range(least, most)),
            Field::Flag(_) => "true or false".to_owned(),
            Field::Address(_) => "an address with a port, such as \"127.0.0.1:7480\"".to_owned(),
            Field::Addresses(_) => {
                "a list of addresses with ports, such as [\"0.0.0.0:7470\"]".to_owned()
            }
            Field::Peers(_) => "a list of peers, such as [{ key = \"<64 hexadecimal digits>\", \
                                address = \"host:7470\" }]"
                .to_owned(),
            Field::Members(_) => "a list of member ids, such as [\"acme\"]".to_owned(),
            Field::Filter(_) => {
                "a log level (error, warn, info, debug, trace) or filter".to_owned()
            }
            Field::Format(_) => "\"human\" or \"json\"".to_owned(),
        }
    }

    /// The value in a configuration, as TOML.
    pub fn show(&self, config: &NodeConfig) -> String {
        let mut config = config.clone();
        let config = &mut config;
        let quoted = |text: &str| toml::Value::String(text.to_owned()).to_string();
        match self.field {
            Field::Path(field) => quoted(&field(config).to_string_lossy()),
            Field::Integer { field, .. } => field(config).to_string(),
            Field::Flag(field) => field(config).to_string(),
            Field::Address(field) => quoted(&field(config).to_string()),
            Field::Addresses(field) => {
                let items: Vec<_> = field(config)
                    .iter()
                    .map(|address| quoted(&address.to_string()))
                    .collect();
                format!("[{}]", items.join(", "))
            }
            Field::Peers(field) => {
                let items: Vec<_> = field(config)
                    .iter()
                    .map(|peer| {
                        let address = quoted(&peer.address);
                        format!("{{ key = \"{}\", address = {address} }}", peer.key)
                    })
                    .collect();
                format!("[{}]", items.join(", "))
            }
            Field::Members(field) => {
                let items: Vec<_> = field(config)
                    .iter()
                    .map(|member| quoted(member.as_str()))
                    .collect();
                format!("[{}]", items.join(", "))
            }
            Field::Filter(field) => quoted(field(config)),
            Field::Format(field) => quoted(&field(config).to_string()),
        }
    }

    /// Sets the value in a configuration. Relative paths are taken from `folder`. False if the
    /// value is not of the setting's form; the configuration is as before then.
    pub(super) fn apply(&self, config: &mut NodeConfig, given: &Given, folder: &Path) -> bool {
        match self.field {
            Field::Path(field) => put(field(config), parse_path(given, folder)),
            Field::Integer {
                least, most, field, ..
            } => {
                let value = given
                    .as_integer()
                    .filter(|value| (least..=most).contains(value));
                put(field(config), value)
            }
            Field::Flag(field) => put(field(config), given.as_flag()),
            Field::Address(field) => put(field(config), parse_address(given)),
            Field::Addresses(field) => {
                let addresses = parse_list(given, parse_address);
                put(field(config), addresses.filter(|list| !list.is_empty()))
            }
            Field::Peers(field) => put(field(config), parse_list(given, parse_peer)),
            Field::Members(field) => put(field(config), parse_list(given, parse_member)),
            Field::Filter(field) => put(field(config), parse_filter(given)),
            Field::Format(field) => put(field(config), parse_format(given)),
        }
    }

    /// Takes a default path, which is relative to the file's folder, from that folder.
    pub(super) fn root_default(&self, config: &mut NodeConfig, folder: &Path) {
        if let Field::Path(field) = self.field {
            let path = field(config);
            *path = folder.join(&*path);
        }
    }
}

fn put<T>(field: &mut T, value: Option<T>) -> bool {
    match value {
        Some(value) => {
            *field = value;
            true
        }
        None => false,
    }
}

fn parse_path(given: &Given, folder: &Path) -> Option<PathBuf> {
    let text = given.as_text().filter(|text| !text.is_empty())?;
    Some(folder.join(text))
}

fn parse_address(given: &Given) -> Option<SocketAddr> {
    given.as_text()?.parse().ok()
}

fn parse_list<T>(given: &Given, parse: fn(&Given) -> Option<T>) -> Option<Vec<T>> {
    let items = given.as_list()?;
    if items.len() > MAX_LIST_ITEMS {
        return None;
    }
    items.iter().map(parse).collect()
}

/// A table with `key` and `address`, or the text `<key>@<host>:<port>`.
fn parse_peer(given: &Given) -> Option<PeerSetting> {
    let (key, address) = match given {
        Given::Table(table) if table.len() == 2 => (
            table.get("key")?.as_text()?,
            table.get("address")?.as_text()?,
        ),
        Given::Text(text) | Given::Words(text) => text.split_once('@')?,
        _ => return None,
    };
    let (host, port) = address.rsplit_once(':')?;
    let is_host = !host.is_empty() && !host.contains(|c: char| c.is_whitespace() || c == '/');
    let is_port = port.parse::<u16>().is_ok_and(|port| port > 0);
    if !is_host || !is_port {
        return None;
    }
    Some(PeerSetting {
        key: PublicKey::from_hex(key).ok()?,
        address: address.to_owned(),
    })
}

fn parse_member(given: &Given) -> Option<MemberId> {
    MemberId::new(given.as_text()?).ok()
}

fn parse_filter(given: &Given) -> Option<String> {
    let text = given.as_text().filter(|text| !text.is_empty())?;
    // The filter's reader takes a word it does not know for the name of a module; a level alone
    // has to be one.
    let is_level = ["error", "warn", "info", "debug", "trace", "off"].contains(&text);
    // The filter's reader applies positions in the trimmed text to the untrimmed one, which panics
    // within a character of several bytes: it is shown plain words without spaces only.
    let is_plain = text
        .chars()
        .all(|c| c.is_ascii_alphanumeric() || "_:=,-".contains(c));
    let is_filter = is_plain && text.contains('=') && EnvFilter::try_new(text).is_ok();
    (is_level || is_filter).then(|| text.to_owned())
}

fn parse_format(given: &Given) -> Option<LogFormat> {
    let text = given.as_text()?;
    LogFormat::NAMES
        .into_iter()
        .find(|(name, _)| *name == text)
        .map(|(_, format)| format)
}
