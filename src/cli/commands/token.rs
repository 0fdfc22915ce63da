//! `waybill token`: a bearer token for the EPCIS interface of one node.

use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use clap::Args;
use serde::Deserialize;
use serde_json::json;

use crate::cli::files::shell_word;
use crate::cli::member_arguments::{NodeArguments, now, parse_duration};
use crate::cli::output::Output;
use crate::cli::{Exit, Failure};
use crate::crypto::PublicKey;
use crate::node::keys::read_key;
use crate::types::{
    AccessToken, LedgerId, MAX_TOKEN_LIFETIME_S, MemberId, Scope, Scopes, Timestamp, TokenClaims,
};

/// Options of `waybill token`.
#[derive(Args, Debug)]
#[command(
    after_help = "The token is printed alone, so that it can stand in another command. It is of use at \
    one node, for five minutes at most; whoever needs one for longer makes another. Keys that sign \
    tokens are a member's writer, gateway and auditor keys; an auditor's do not grant \
    epcis:capture.\n\nExamples:\n  \
    TOKEN=$(waybill token --member acme --key keys/writer.key --scope epcis:capture,epcis:read)\n  \
    curl -H \"Authorization: Bearer $TOKEN\" -H 'Content-Type: application/json' \\\n    \
    --data-binary @event.json http://127.0.0.1:7480/epcis/events"
)]
pub struct TokenArguments {
    /// Whose token
    #[arg(long, env = "WAYBILL_MEMBER", hide_env_values = true)]
    member: MemberId,

    /// The key file that signs it: a registered writer, gateway or auditor key of the member
    #[arg(long, value_name = "FILE", env = "WAYBILL_KEY", hide_env_values = true)]
    key: PathBuf,

    /// What it is for: epcis:capture, epcis:read; several times, or with commas
    #[arg(
        long = "scope",
        value_name = "SCOPE",
        value_delimiter = ',',
        default_value = "epcis:read"
    )]
    scopes: Vec<Scope>,

    /// How long it lives: seconds, or with unit (90s, 5m); at most 5m
    #[arg(long, value_name = "DURATION", default_value = "5m", value_parser = parse_duration)]
    lifetime: Duration,

    #[command(flatten)]
    node: NodeArguments,

    /// The ledger id and the node's network key that it is for; asked of the node at --url unless given
    #[arg(long, value_name = "LEDGER-ID,NETWORK-KEY")]
    audience: Option<Audience>,
}

/// The ledger and the node that a token is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Audience {
    ledger: LedgerId,
    network_key: PublicKey,
}

impl FromStr for Audience {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let expected =
            || "the ledger id and the node's network key, with a comma between".to_owned();
        let (ledger, node) = text.split_once(',').ok_or_else(expected)?;
        Ok(Self {
            ledger: ledger.parse().map_err(|_| expected())?,
            network_key: PublicKey::from_hex(node).map_err(|_| expected())?,
        })
    }
}

/// Runs the command.
///
/// # Errors
/// [`Failure`].
pub async fn run(arguments: &TokenArguments, output: &Output) -> Result<Exit, Failure> {
    let lifetime_s = lifetime_s(arguments.lifetime)?;
    let scopes = Scopes::new(arguments.scopes.iter().copied())
        .ok_or_else(|| Failure::usage("a token is for something", "give --scope"))?;
    let key = read_key(&arguments.key)?;
    let audience = match arguments.audience {
        Some(audience) => audience,
        None => ask(&arguments.node).await?,
    };
    let claims = TokenClaims {
        member: arguments.member.clone(),
        ledger: audience.ledger,
        node: audience.network_key,
        issued: now(),
        lifetime_s,
        scopes,
    };
    let token = AccessToken::sign(&claims, &key);
    let issued_s = claims.issued.as_ms().div_euclid(1_000);
    let at = |seconds: i64| Timestamp::from_ms(seconds.saturating_mul(1_000)).to_string();
    let document = json!({
        "token": token,
        "member": claims.member,
        "key": key.public_key(),
        "scope": claims.scopes.to_string(),
        "ledger": claims.ledger,
        "node": claims.node,
        "issued": at(issued_s),
        "expires": at(issued_s.saturating_add(lifetime_s)),
    });
    output.result(&token, &document)?;
    output.next(&format!(
        "curl -H \"Authorization: Bearer $(waybill token --member {} --key {} --scope {}{})\" {}",
        claims.member,
        shell_word(&arguments.key),
        claims.scopes.to_string().replace(' ', ","),
        arguments.node.hint(),
        shell_word(format!(
            "{}/epcis/",
            arguments.node.urls.first().map_or("", String::as_str)
        )),
    ));
    Ok(Exit::Success)
}

fn lifetime_s(lifetime: Duration) -> Result<i64, Failure> {
    let seconds = i64::try_from(lifetime.as_secs()).unwrap_or(i64::MAX);
    if !(1..=MAX_TOKEN_LIFETIME_S).contains(&seconds) {
        return Err(Failure::usage(
            format!("--lifetime is {seconds} s, nodes take 1 to {MAX_TOKEN_LIFETIME_S}"),
            "give at most 5m, and make another token when it is over",
        ));
    }
    Ok(seconds)
}

async fn ask(nodes: &NodeArguments) -> Result<Audience, Failure> {
    let clients = nodes.clients()?;
    let [client] = clients.as_slice() else {
        return Err(Failure::usage(
            "a token is for one node, and --url names several",
            "name one",
        ));
    };
    Ok(client.status_as().await?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lifetimes_are_those_that_nodes_take() {
        assert_eq!(lifetime_s(Duration::from_secs(300)).ok(), Some(300));
        assert_eq!(lifetime_s(Duration::from_secs(1)).ok(), Some(1));
        assert!(lifetime_s(Duration::from_secs(301)).is_err());
        assert!(lifetime_s(Duration::from_millis(900)).is_err());
    }

    #[test]
    fn an_audience_is_two_names() {
        let ledger = "ab".repeat(32);
        let key = crate::crypto::SecretKey::from_seed([3; 32]).public_key();
        let audience: Audience = format!("{ledger},{key}").parse().unwrap();
        assert_eq!(audience.ledger.to_string(), ledger);
        assert_eq!(audience.network_key, key);
        for text in ["", &ledger, &format!("{ledger},00"), &format!("{key}")] {
            assert!(text.parse::<Audience>().is_err(), "{text}");
        }
    }
}
