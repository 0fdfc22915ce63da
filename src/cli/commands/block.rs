//! `waybill block`: a block and who decided it.

use std::fmt::Write as _;
use std::str::FromStr;

use clap::Args;
use serde_json::Value;

use crate::cli::client::NodeClient;
use crate::cli::member_arguments::NodeArguments;
use crate::cli::output::{Output, counted};
use crate::cli::{Exit, Failure};

/// Options of `waybill block`.
#[derive(Args, Debug)]
#[command(after_help = "Examples:\n  waybill block latest\n  waybill block 1 --json")]
pub struct BlockArguments {
    /// A height from 1, or `latest`
    #[arg(value_name = "HEIGHT|latest", default_value = "latest")]
    height: BlockName,
    #[command(flatten)]
    nodes: NodeArguments,
}

/// Which block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum BlockName {
    Latest,
    At(u64),
}

impl FromStr for BlockName {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text == "latest" {
            return Ok(Self::Latest);
        }
        text.parse()
            .map(Self::At)
            .map_err(|_| "a height or `latest` is expected".to_owned())
    }
}

/// Runs the command.
///
/// # Errors
/// [`Failure`].
pub async fn run(arguments: &BlockArguments, output: &Output) -> Result<Exit, Failure> {
    let path = &match arguments.height {
        BlockName::Latest => "/v1/blocks/latest".to_owned(),
        BlockName::At(height) => format!("/v1/blocks/{height}"),
    };
    let ask = |client: NodeClient| async move { client.json::<Value>(path).await };
    let block = arguments.nodes.first(ask).await?;
    output.report(&block, |block| Ok(describe(block)))?;
    if let Some(index) = block.get("firstIndex").and_then(Value::as_u64) {
        output.next(&format!("waybill get {index}{}", arguments.nodes.hint()));
    }
    Ok(Exit::Success)
}

fn describe(block: &Value) -> String {
    let mut text = String::new();
    let names = [
        ("height", "height"),
        ("time", "time"),
        ("digest", "digest"),
        ("parent", "parent"),
        ("first entry", "firstIndex"),
        ("log size", "logSize"),
        ("log root", "logRoot"),
        ("state root", "stateRoot"),
    ];
    for (label, name) in names {
        let value = match block.get(name) {
            Some(Value::String(text)) => text.clone(),
            Some(other) => other.to_string(),
            None => "-".to_owned(),
        };
        let _ = writeln!(text, "{label:<12} {value}");
    }
    let count = |pointer| {
        block
            .pointer(pointer)
            .and_then(Value::as_array)
            .map_or(0, Vec::len)
    };
    let _ = writeln!(text, "{:<12} {}", "batches", count("/batches"));
    let _ = writeln!(
        text,
        "{:<12} {}",
        "decided by",
        counted(count("/certificate/signatures"), "validator")
    );
    text
}
