//! Options that several commands share.

use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use clap::Args;

use super::Failure;
use super::client::{ClientError, NodeClient};
use super::files::{read_bounded, shell_word};
use crate::cli::whole_number::whole_number;
use crate::crypto::SecretKey;
use crate::node::keys::read_key;
use crate::types::limits::MAX_EXPIRY_AHEAD_MS;
use crate::types::{Genesis, LedgerId, MAX_GENESIS_BYTES, MemberId, RecordKind, Timestamp};

/// Which nodes to talk to.
#[derive(Args, Clone, Debug)]
pub struct NodeArguments {
    /// Address of a node; several times, or with commas, for several nodes
    #[arg(
        long = "url",
        value_name = "URL",
        env = "WAYBILL_URL",
        hide_env_values = true,
        value_delimiter = ',',
        default_value = DEFAULT_URL
    )]
    pub urls: Vec<String>,
}

/// Where a node listens that was made by `waybill init`.
const DEFAULT_URL: &str = "http://127.0.0.1:7480";

impl NodeArguments {
    /// What has to follow a command that is to ask the same nodes; empty for the default one.
    pub fn hint(&self) -> String {
        match self.urls.as_slice() {
            [] => String::new(),
            [url] if url == DEFAULT_URL => String::new(),
            urls => format!(" --url {}", shell_word(Path::new(&urls.join(",")))),
        }
    }

    /// A client for each address.
    ///
    /// # Errors
    /// [`ClientError::BadUrl`].
    pub fn clients(&self) -> Result<Vec<NodeClient>, ClientError> {
        self.urls.iter().map(|url| NodeClient::new(url)).collect()
    }

    /// The answer of the first node that gives one.
    ///
    /// # Errors
    /// The last node's error if none does. An error that another node would repeat ends the search.
    pub async fn first<T, F>(&self, ask: impl Fn(NodeClient) -> F) -> Result<T, ClientError>
    where
        F: Future<Output = Result<T, ClientError>>,
    {
        let mut result = Err(ClientError::BadUrl {
            url: String::new(),
            reason: "no address was given",
        });
        for client in self.clients()? {
            result = ask(client).await;
            match &result {
                Err(error) if error.is_transient() => {}
                _ => break,
            }
        }
        result
    }
}

/// Who signs, and for which ledger.
#[derive(Args, Clone, Debug)]
pub struct SigningArguments {
    /// The member that submits
    #[arg(long, env = "WAYBILL_MEMBER", hide_env_values = true)]
    pub member: MemberId,

    /// The key file of the member's writer key
    #[arg(long, value_name = "FILE", env = "WAYBILL_KEY", hide_env_values = true)]
    pub key: PathBuf,

    /// The ledger id to sign for; asked of the node if neither this nor --genesis is given
    #[arg(
        long,
        value_name = "LEDGER-ID",
        env = "WAYBILL_LEDGER",
        hide_env_values = true,
        conflicts_with = "genesis"
    )]
    pub ledger: Option<LedgerId>,

    /// The genesis document, whose digest is the ledger id to sign for
    #[arg(long, value_name = "FILE")]
    pub genesis: Option<PathBuf>,

    /// How long the submission may be ordered: seconds, or with unit (90s, 10m, 1h); at most 1h
    #[arg(long, value_name = "DURATION", default_value = "10m", value_parser = parse_duration)]
    pub expires_in: Duration,
}

impl SigningArguments {
    /// What follows a command that the same member is to sign with the same key.
    pub fn hint(&self) -> String {
        format!(" --member {} --key {}", self.member, shell_word(&self.key))
    }

    /// The ledger to sign for, as far as the options tell.
    ///
    /// # Errors
    /// [`Failure`] if the genesis document cannot be used.
    pub fn stated_ledger(&self) -> Result<Option<LedgerId>, Failure> {
        match &self.genesis {
            Some(path) => Ok(Some(read_genesis(path)?.ledger())),
            None => Ok(self.ledger),
        }
    }

    /// The key.
    ///
    /// # Errors
    /// [`Failure`] if the file cannot be used.
    pub fn secret(&self) -> Result<SecretKey, Failure> {
        Ok(read_key(&self.key)?)
    }

    /// When a submission that is signed now expires.
    ///
    /// # Errors
    /// [`Failure`] beyond the hour that the ledger allows.
    pub fn expires(&self) -> Result<Timestamp, Failure> {
        let ahead_ms = i64::try_from(self.expires_in.as_millis()).unwrap_or(i64::MAX);
        if !(1..=MAX_EXPIRY_AHEAD_MS).contains(&ahead_ms) {
            return Err(Failure::usage(
                format!(
                    "--expires-in is {ahead_ms} ms, the ledger takes 1 to {MAX_EXPIRY_AHEAD_MS}"
                ),
                "give at most 1h",
            ));
        }
        // Block time may lag behind this clock: at the limit, leave the ledger a minute.
        let ahead_ms = ahead_ms.min(MAX_EXPIRY_AHEAD_MS - 60_000);
        Ok(Timestamp::from_ms(now().as_ms().saturating_add(ahead_ms)))
    }
}

/// Which records the input has.
#[derive(Args, Clone, Debug)]
pub struct RecordArguments {
    /// Files or folders (searched for .json and .jsonld), or - for standard input
    #[arg(required = true, value_name = "FILE|DIR|-")]
    pub inputs: Vec<PathBuf>,

    /// Kind of the records; epcis.event splits EPCIS documents, for any other kind each file is
    /// the body of one record, byte for byte
    #[arg(long, default_value = "epcis.event")]
    pub kind: RecordKind,

    /// Version of the kind's format
    #[arg(
        id = "record_version",
        long = "version",
        value_name = "VERSION",
        default_value_t = 1
    )]
    pub version: u16,

    /// All records or none: they go into one submission
    #[arg(long)]
    pub atomic: bool,

    /// Most records in one submission
    #[arg(long, value_name = "N", default_value_t = 256, value_parser = whole_number::<u16>(1..=10_000))]
    pub per_submission: u16,

    /// Do not check records before they are sent; needed where the ledger has other versions of the
    /// shipped contracts
    #[arg(long)]
    pub no_check: bool,
}

/// The clock of this machine.
pub fn now() -> Timestamp {
    let ms = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| {
            i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
        });
    Timestamp::from_ms(ms)
}

/// Reads a genesis document.
///
/// # Errors
/// [`Failure`] if it cannot be read or is none.
pub fn read_genesis(path: &Path) -> Result<Genesis, Failure> {
    let bytes = read_bounded(path, MAX_GENESIS_BYTES as u64)?;
    Genesis::parse(&bytes).map_err(|error| {
        Failure::file(
            path,
            error,
            "get the document from a member of the ledger, byte for byte",
        )
    })
}

/// Reads a duration: whole seconds, or a whole number with `ms`, `s`, `m` or `h`.
///
/// # Errors
/// What is expected.
pub fn parse_duration(text: &str) -> Result<Duration, String> {
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let unit_ms: u64 = match text.get(digits.len()..) {
        Some("ms") => 1,
        Some("" | "s") => 1_000,
        Some("m") => 60_000,
        Some("h") => 3_600_000,
        Some("d") => 86_400_000,
        _ => 0,
    };
    digits
        .parse::<u64>()
        .ok()
        .and_then(|count| count.checked_mul(unit_ms))
        .filter(|ms| *ms > 0)
        .map(Duration::from_millis)
        .ok_or_else(|| "a duration such as 90s, 10m, 1h or 7d is expected".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_follows_a_command_names_all_nodes() {
        let hint = |urls: &[&str]| {
            let urls = urls.iter().map(ToString::to_string).collect();
            NodeArguments { urls }.hint()
        };
        assert_eq!(hint(&[DEFAULT_URL]), "");
        assert_eq!(hint(&["http://a:1"]), " --url http://a:1");
        assert_eq!(
            hint(&[DEFAULT_URL, "http://a:1"]),
            format!(" --url '{DEFAULT_URL},http://a:1'")
        );
    }

    #[test]
    fn durations_have_units() {
        for (text, ms) in [
            ("90", 90_000),
            ("90s", 90_000),
            ("5ms", 5),
            ("10m", 600_000),
            ("1h", 3_600_000),
            ("7d", 604_800_000),
        ] {
            assert_eq!(
                parse_duration(text),
                Ok(Duration::from_millis(ms)),
                "{text}"
            );
        }
        for text in [
            "",
            "m",
            "-1s",
            "1.5h",
            "1 h",
            "0s",
            "1w",
            "99999999999999999999h",
        ] {
            assert!(parse_duration(text).is_err(), "{text}");
        }
    }
}
