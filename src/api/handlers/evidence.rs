//! Evidence against validators.

use axum::Json;
use axum::extract::State;
use serde::Deserialize;
use utoipa::IntoParams;

use super::asked::HeightAsked;
use crate::api::context::SharedContext;
use crate::api::problem::{Problem, ProblemKind};
use crate::api::request::{PageSize, QueryParameters};
use crate::api::views::{EvidencePage, EvidenceView};
use crate::types::{LogIndex, Timestamp};

/// When, and which page of evidence.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(in crate::api) struct EvidencePageParameters {
    /// Answer as the ledger stood at this height; the last one if it is left out.
    as_of_height: Option<u64>,
    /// Only what was stated in blocks of before this time: records state their facts when their block is decided.
    #[param(value_type = Option<String>, format = DateTime)]
    event_time_before: Option<Timestamp>,
    /// Most pieces of evidence to give.
    #[serde(default)]
    #[param(value_type = Option<usize>, minimum = 1, maximum = 1000, default = 100)]
    limit: PageSize,
    /// The log index at which the page begins: any up to the end of the log.
    #[param(default = 0)]
    from: Option<u64>,
}

/// List evidence
///
/// Validators that signed two things where they may sign one.
#[utoipa::path(
    get,
    path = "/v1/evidence",
    params(EvidencePageParameters),
    responses((status = 200, description = "A page of evidence, in the order of the log", body = EvidencePage))
)]
pub(in crate::api) async fn list_evidence(
    State(context): State<SharedContext>,
    QueryParameters(page): QueryParameters<EvidencePageParameters>,
) -> Result<Json<EvidencePage>, Problem> {
    let count = page.limit.items();
    let first = LogIndex(page.from.unwrap_or(0));
    // One more than asked for is where the next page begins.
    let asked = HeightAsked::new(page.as_of_height, page.event_time_before);
    let (standing, mut records) = context
        .read(move |reader| {
            let standing = asked.standing(&*reader.view()?)?;
            let size = standing.log_size;
            if first.0 > size {
                let cause = format!(
                    "from is {first}, the log has {size} entries at height {}",
                    standing.height
                );
                return Err(Problem::new(ProblemKind::BadQuery, cause));
            }
            Ok((standing, reader.evidence(first, count + 1)?))
        })
        .await?;
    records.retain(|record| standing.has(record.index));
    let next = records.get(count).map(|record| record.index.0);
    records.truncate(count);
    Ok(Json(EvidencePage {
        height: standing.height.0,
        evidence: records.iter().map(EvidenceView::from).collect(),
        next,
    }))
}
