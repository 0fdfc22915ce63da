//! Questions about what happened to goods: `waybill dwell`, `mass-balance`, `cold-chain`, `gaps` and
//! `completeness`.

mod cold_chain;
mod completeness;
mod dwell;
mod gaps;
mod mass_balance;

use clap::Args;
use serde::Deserialize;
use serde_json::Value;

use super::trace::ScopeArguments;
use super::trace::fetch::{Page, pages_of};
use crate::cli::Failure;
use crate::cli::client::escape_value;
use crate::cli::member_arguments::NodeArguments;
use crate::cli::output::Output;

pub use cold_chain::{ColdChainArguments, run as run_cold_chain};
pub use completeness::{CompletenessArguments, run as run_completeness};
pub use dwell::{DwellArguments, run as run_dwell};
pub use gaps::{GapsArguments, run as run_gaps};
pub use mass_balance::{MassBalanceArguments, run as run_mass_balance};

/// Items on a page: an answer goes through a bounded number of events, so pages are small.
const PAGE: usize = 100;

/// Most rows that a person is shown; a script gets all.
const MAX_SHOWN_ROWS: usize = 100;

/// Which events count, and whom to ask.
#[derive(Args, Clone, Debug)]
pub(super) struct AskArguments {
    #[command(flatten)]
    scope: ScopeArguments,
    #[command(flatten)]
    nodes: NodeArguments,
}

/// A page of an answer, as the node wrote it.
#[derive(Debug, Deserialize)]
#[serde(transparent)]
struct AnswerPage(Value);

impl Page for AnswerPage {
    fn height(&self) -> u64 {
        self.0["height"].as_u64().unwrap_or_default()
    }

    fn next(&self) -> Option<&str> {
        self.0["next"].as_str()
    }

    fn count(&self) -> usize {
        PAGE
    }
}

/// The parameters of a question.
#[derive(Debug, Default)]
struct Query(String);

impl Query {
    /// With a parameter, if it has a value.
    fn with(mut self, name: &str, value: Option<&str>) -> Self {
        if let Some(value) = value {
            self.0.push_str(&format!("&{name}={}", escape_value(value)));
        }
        self
    }
}

impl AskArguments {
    /// All pages of an answer as one: the items of `lists` one after another, the numbers `counts` added up,
    /// everything else as on the first page.
    ///
    /// # Errors
    /// [`Failure`].
    async fn ask(
        &self,
        path: &str,
        query: Query,
        (lists, counts): (&[&str], &[&str]),
        output: &Output,
    ) -> Result<Value, Failure> {
        let query = query.0 + &self.scope.query();
        let pages: Vec<AnswerPage> = pages_of(&self.nodes, path, &query, PAGE, output).await?;
        Ok(gather(pages, lists, counts))
    }
}

fn gather(pages: Vec<AnswerPage>, lists: &[&str], counts: &[&str]) -> Value {
    let mut pages = pages.into_iter().map(|page| page.0);
    let mut whole = pages.next().unwrap_or_default();
    for mut page in pages {
        for list in lists {
            let (Some(all), Some(more)) = (
                whole.get_mut(*list).and_then(Value::as_array_mut),
                page.get_mut(*list).and_then(Value::as_array_mut),
            ) else {
                continue;
            };
            all.append(more);
        }
        for count in counts {
            let sum = [&whole, &page].map(|page| page[*count].as_u64().unwrap_or_default());
            whole[*count] = Value::from(sum.iter().sum::<u64>());
        }
    }
    if let Some(fields) = whole.as_object_mut() {
        fields.remove("next");
    }
    whole
}

/// The items of a list of an answer.
fn items<'a>(value: &'a Value, name: &str) -> &'a [Value] {
    value[name].as_array().map_or(&[], Vec::as_slice)
}

/// A field of an answer as a cell of a table: empty if it is not there.
fn cell(value: &Value, name: &str) -> String {
    match &value[name] {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// A few entries as a cell.
fn entries(value: &Value, name: &str) -> String {
    const MOST: usize = 4;
    let all = items(value, name);
    let mut shown: Vec<String> = all.iter().take(MOST).map(Value::to_string).collect();
    if all.len() > MOST {
        shown.push("…".to_owned());
    }
    shown.join(" ")
}

/// What stands below rows of which only the first are shown.
fn hidden(all: usize) -> String {
    match all.saturating_sub(MAX_SHOWN_ROWS) {
        0 => String::new(),
        more => format!("… and {more} more; --json prints all\n"),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn pages_become_one_answer() {
        let page = |items: Value, next: Value| {
            AnswerPage(json!({"height": 3, "items": items, "next": next, "count": 3}))
        };
        let first = page(json!([1, 2]), json!("token"));
        assert_eq!((first.height(), first.next()), (3, Some("token")));
        let pages = || {
            vec![
                page(json!([1, 2]), json!("token")),
                page(json!([3]), Value::Null),
            ]
        };
        let whole = gather(pages(), &["items"], &[]);
        assert_eq!(whole, json!({"height": 3, "items": [1, 2, 3], "count": 3}));
        // What each page counts for itself is added up.
        let whole = gather(pages(), &["items"], &["count"]);
        assert_eq!(whole, json!({"height": 3, "items": [1, 2, 3], "count": 6}));
    }

    #[test]
    fn parameters_are_escaped() {
        let query = Query::default()
            .with("thing", Some("urn:a&b=c"))
            .with("place", None)
            .with("max", Some("8"));
        assert_eq!(query.0, "&thing=urn:a%26b%3Dc&max=8");
    }

    #[test]
    fn many_entries_are_cut() {
        let value = json!({"few": [1, 2], "many": [1, 2, 3, 4, 5]});
        assert_eq!(entries(&value, "few"), "1 2");
        assert_eq!(entries(&value, "many"), "1 2 3 4 …");
        assert_eq!(entries(&value, "none"), "");
    }
}
