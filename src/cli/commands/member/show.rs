//! `waybill member list` and `show`: who is on the ledger.

use serde::Deserialize;
use serde_json::{Value, json};

use crate::cli::client::NodeClient;
use crate::cli::files::shell_word;
use crate::cli::member_arguments::NodeArguments;
use crate::cli::output::{Output, heights, table};
use crate::cli::{Exit, Failure};
use crate::types::MemberId;

/// Most pages that are read: a ledger has 10,000 members at most, 1,000 on a page.
const MAX_PAGES: usize = 11;

#[derive(Deserialize)]
struct Page {
    height: u64,
    members: Vec<Value>,
    next: Option<String>,
}

/// Lists the members.
///
/// # Errors
/// [`Failure`].
pub(super) async fn list(nodes: &NodeArguments, output: &Output) -> Result<Exit, Failure> {
    let (height, members) = read_all(nodes).await?;
    let rows: Vec<_> = members
        .iter()
        .map(|member| {
            let keys = member.get("keys").and_then(Value::as_array);
            let in_force = |key: &&Value| key.get("validUntil").is_none();
            let count = keys.into_iter().flatten().filter(in_force).count();
            vec![
                text(member, "id"),
                text(member, "name"),
                text(member, "status"),
                roles(member),
                count.to_string(),
            ]
        })
        .collect();
    let header = ["member", "name", "status", "roles", "keys in force"];
    output.result(
        &table(&header, &rows),
        &json!({"height": height, "members": members}),
    )?;
    let hint = nodes.hint();
    let first = members.first().map(|member| text(member, "id"));
    output.next(&match first {
        Some(id) => format!("waybill member show {}{hint}", shell_word(id)),
        None => format!("waybill status{hint}"),
    });
    Ok(Exit::Success)
}

/// The roles that a member has now.
///
/// # Errors
/// [`Failure`], also if there is no such member.
pub(super) async fn roles_of(id: &MemberId, nodes: &NodeArguments) -> Result<Vec<String>, Failure> {
    let path = &format!("/v1/members/{id}");
    let ask = |client: NodeClient| async move { client.json::<Value>(path).await };
    let member = nodes.first(ask).await?;
    let roles = member.get("roles").and_then(Value::as_array);
    let names = roles.into_iter().flatten().filter_map(Value::as_str);
    Ok(names.map(str::to_owned).collect())
}

/// Shows a member.
///
/// # Errors
/// [`Failure`].
pub(super) async fn show(
    id: &MemberId,
    nodes: &NodeArguments,
    output: &Output,
) -> Result<Exit, Failure> {
    let path = &format!("/v1/members/{id}");
    let ask = |client: NodeClient| async move { client.json::<Value>(path).await };
    let member = nodes.first(ask).await?;
    output.report(&member, |member| Ok(describe(member)))?;
    output.next(&format!("waybill validator list{}", nodes.hint()));
    Ok(Exit::Success)
}

fn describe(member: &Value) -> String {
    let height = |key: &Value, name: &str| key.get(name).and_then(Value::as_u64);
    let keys = member.get("keys").and_then(Value::as_array);
    let rows: Vec<_> = keys
        .into_iter()
        .flatten()
        .map(|key| {
            vec![
                text(key, "purpose"),
                text(key, "key"),
                heights(
                    height(key, "validFrom").unwrap_or(0),
                    height(key, "validUntil"),
                ),
            ]
        })
        .collect();
    format!(
        "{} ({})\nstatus  {}\nroles   {}\n{}",
        text(member, "id"),
        text(member, "name"),
        text(member, "status"),
        roles(member),
        table(&["purpose", "key", "heights"], &rows)
    )
}

async fn read_all(nodes: &NodeArguments) -> Result<(u64, Vec<Value>), Failure> {
    let mut members = Vec::new();
    let mut height = None;
    let mut after = String::new();
    for _ in 0..MAX_PAGES {
        let path = &format!("/v1/members?limit=1000{after}");
        let ask = |client: NodeClient| async move { client.json::<Page>(path).await };
        let page = nodes.first(ask).await?;
        members.extend(page.members);
        let height = *height.get_or_insert(page.height);
        let Some(next) = page.next else {
            return Ok((height, members));
        };
        // Checked: it becomes part of an address.
        match MemberId::new(&next) {
            // The ledger goes on; the answer does not.
            Ok(next) => after = format!("&after={next}&as_of_height={height}"),
            Err(_) => break,
        }
    }
    Err(Failure::new(
        Exit::Refused,
        "the node's answer cannot be read",
        "its pages of members do not end",
        "ask another node",
    ))
}

fn text(value: &Value, name: &str) -> String {
    let text = value.get(name).and_then(Value::as_str);
    text.unwrap_or_default().to_owned()
}

fn roles(member: &Value) -> String {
    let roles = member.get("roles").and_then(Value::as_array);
    let names: Vec<&str> = roles
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect();
    names.join(" ")
}
