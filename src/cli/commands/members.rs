//! `waybill members`: who is on the ledger.

use clap::Args;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::cli::member_arguments::NodeArguments;
use crate::cli::output::{Output, table};
use crate::cli::{Exit, Failure};
use crate::types::MemberId;

/// Most pages that are read: a ledger has 10,000 members at most, 1,000 on a page.
const MAX_PAGES: usize = 11;

/// Options of `waybill members`.
#[derive(Args, Debug)]
#[command(after_help = "Examples:\n  waybill members\n  waybill members acme --json")]
pub struct MembersArguments {
    /// Only this member
    member: Option<MemberId>,
    #[command(flatten)]
    nodes: NodeArguments,
}

#[derive(Deserialize)]
struct Page {
    members: Vec<Value>,
    next: Option<String>,
}

/// Runs the command.
///
/// # Errors
/// [`Failure`].
pub async fn run(arguments: &MembersArguments, output: &Output) -> Result<Exit, Failure> {
    let members = match &arguments.member {
        Some(member) => {
            let path = &format!("/v1/members/{member}");
            let ask = |client: crate::cli::client::NodeClient| async move {
                client.json::<Value>(path).await
            };
            vec![arguments.nodes.first(ask).await?]
        }
        None => list(&arguments.nodes).await?,
    };
    let rows: Vec<_> = members.iter().flat_map(rows).collect();
    output.result(
        &table(&["member", "name", "purpose", "key", "heights"], &rows),
        &json!({"members": members}),
    )?;
    output.next(&format!("waybill status{}", arguments.nodes.hint()));
    Ok(Exit::Success)
}

async fn list(nodes: &NodeArguments) -> Result<Vec<Value>, Failure> {
    let mut members = Vec::new();
    let mut after = String::new();
    for _ in 0..MAX_PAGES {
        let path = &format!("/v1/members?limit=1000{after}");
        let ask =
            |client: crate::cli::client::NodeClient| async move { client.json::<Page>(path).await };
        let page = nodes.first(ask).await?;
        members.extend(page.members);
        // Checked: it becomes part of an address.
        match page.next.and_then(|next| MemberId::new(&next).ok()) {
            Some(next) => after = format!("&after={next}"),
            None => break,
        }
    }
    Ok(members)
}

fn rows(member: &Value) -> Vec<Vec<String>> {
    let text = |value: &Value, name: &str| {
        value
            .get(name)
            .and_then(Value::as_str)
            .unwrap_or_default()
            .to_owned()
    };
    let height = |key: &Value, name: &str| key.get(name).and_then(Value::as_u64);
    let keys = member.get("keys").and_then(Value::as_array);
    let (id, name) = (text(member, "id"), text(member, "name"));
    keys.into_iter()
        .flatten()
        .map(|key| {
            let until = height(key, "validUntil").map_or_else(String::new, |h| h.to_string());
            vec![
                id.clone(),
                name.clone(),
                text(key, "purpose"),
                text(key, "key"),
                format!("{}..{until}", height(key, "validFrom").unwrap_or(0)),
            ]
        })
        .collect()
}
