//! Reading all pages of an answer.

use indicatif::{ProgressBar, ProgressStyle};
use serde::de::DeserializeOwned;

use crate::cli::client::{NodeClient, escape, escape_value};
use crate::cli::member_arguments::NodeArguments;
use crate::cli::output::Output;
use crate::cli::{Exit, Failure};

/// Things on a page.
const PAGE: usize = 1_000;

/// Most pages that are read: no trace has more things, and no answer more pages of a hundred.
const MAX_PAGES: usize = 1_001;

/// A page that says where the next one begins.
pub(in crate::cli::commands) trait Page: DeserializeOwned {
    /// The height that it is of.
    fn height(&self) -> u64;

    /// The token of the next page.
    fn next(&self) -> Option<&str>;

    /// How many things it has at most.
    fn count(&self) -> usize;
}

/// All pages of an answer about a thing, all of the height of the first.
///
/// # Errors
/// [`Failure`].
pub(super) async fn all_pages<T: Page>(
    nodes: &NodeArguments,
    path: &str,
    id: &str,
    query: &str,
    output: &Output,
) -> Result<Vec<T>, Failure> {
    let path = format!("{path}{}", escape(id));
    pages_of(nodes, &path, query, PAGE, output).await
}

/// All pages of an answer, of so many items each, all of the height of the first. The query begins with `&`.
///
/// # Errors
/// [`Failure`].
pub(in crate::cli::commands) async fn pages_of<T: Page>(
    nodes: &NodeArguments,
    path: &str,
    query: &str,
    count: usize,
    output: &Output,
) -> Result<Vec<T>, Failure> {
    let mut pages: Vec<T> = Vec::new();
    let (mut after, mut query) = (String::new(), query.to_owned());
    let mut read = 0;
    let progress = if output.is_for_script() {
        ProgressBar::hidden()
    } else {
        ProgressBar::new_spinner()
    };
    if let Ok(style) = ProgressStyle::with_template("{spinner} {pos} things") {
        progress.set_style(style);
    }
    for _ in 0..MAX_PAGES {
        let address = &format!("{path}?limit={count}{after}{query}");
        let ask = |client: NodeClient| async move { client.json::<T>(address).await };
        let page = nodes.first(ask).await?;
        if pages.is_empty() && !query.contains("as_of_height") {
            // The ledger goes on; the answer does not.
            query.push_str(&format!("&as_of_height={}", page.height()));
        }
        let next = page
            .next()
            .map(|next| format!("&after={}", escape_value(next)));
        read += page.count();
        pages.push(page);
        match next {
            None => {
                progress.finish_and_clear();
                return Ok(pages);
            }
            Some(next) if next != after => after = next,
            Some(_) => break,
        }
        progress.set_position(read as u64);
    }
    progress.finish_and_clear();
    Err(Failure::new(
        Exit::Refused,
        "the node's answer cannot be read",
        "its pages do not end",
        "ask another node",
    ))
}
