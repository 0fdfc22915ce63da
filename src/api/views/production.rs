//! Production runs.

use serde::Serialize;
use serde_json::value::RawValue;
use utoipa::ToSchema;

use crate::ledger::questions::RunAnswer;

/// A page of runs.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ProductionRuns)]
#[serde(rename_all = "camelCase")]
pub struct RunsView {
    /// The height that the answer is of.
    pub height: u64,
    /// The runs in order of their starts, each as it was told last.
    pub runs: Vec<RunView>,
    /// The `after` of the next page; absent on the last one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

/// A run.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ProductionRun)]
#[serde(rename_all = "camelCase")]
pub struct RunView {
    /// The entry that tells it.
    pub index: u64,
    /// The block that has that entry.
    pub height: u64,
    /// That block's time.
    #[schema(format = DateTime)]
    pub time: String,
    /// Who tells it.
    pub member: String,
    /// What is told.
    #[schema(value_type = serde_json::Value)]
    pub run: Option<Box<RawValue>>,
}

impl From<&RunAnswer> for RunView {
    fn from(run: &RunAnswer) -> Self {
        let body = std::str::from_utf8(&run.body).unwrap_or_default();
        Self {
            index: run.index.0,
            height: run.height.0,
            time: run.time.to_string(),
            member: run.member.to_string(),
            // The body was read as JSON when it was accepted.
            run: RawValue::from_string(body.trim().to_owned()).ok(),
        }
    }
}
