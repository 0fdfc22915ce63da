//! Validator sets, and the policy by which their checkpoints are trusted.

use axum::Json;
use axum::extract::State;
use axum::response::Response;
use serde::Deserialize;
use utoipa::IntoParams;

use super::{CACHE_NEVER, TEXT, answer};
use crate::api::context::{ApiContext, SharedContext};
use crate::api::problem::{Problem, ProblemKind};
use crate::api::request::QueryParameters;
use crate::api::views::ValidatorSetView;
use crate::crypto::checkpoint::SignedCheckpoint;
use crate::ledger::checkpoint_policy;
use crate::types::{Decode, Entry, Height, LedgerReader, LogIndex, ValidatorSet};

/// Which validator set.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(in crate::api) struct HeightParameters {
    /// A height from 1 to the second after the last.
    #[param(minimum = 1)]
    height: Option<u64>,
}

async fn find_set(
    context: &ApiContext,
    parameters: HeightParameters,
    default: fn(&dyn LedgerReader) -> Result<Height, Problem>,
) -> Result<(Height, ValidatorSet), Problem> {
    let asked = parameters.height.map(Height);
    context
        .read(move |reader| {
            let height = match asked {
                Some(height) => height,
                None => default(reader)?,
            };
            let set = reader.validators(height)?.ok_or_else(|| {
                Problem::new(
                    ProblemKind::NoSuchValidators,
                    format!("it is not known who decides height {height}"),
                )
            })?;
            Ok((height, set))
        })
        .await
}

fn next_height(reader: &dyn LedgerReader) -> Result<Height, Problem> {
    Ok(reader.tip()?.height.next())
}

/// The height whose checkpoint is served: the last entry under it is that height's block entry.
fn checkpoint_height(reader: &dyn LedgerReader) -> Result<Height, Problem> {
    let Some(text) = reader.checkpoint()? else {
        return next_height(reader);
    };
    let failed = |error: &dyn std::fmt::Display| Problem::internal(&error.to_string());
    let signed = SignedCheckpoint::parse(text.as_bytes()).map_err(|error| failed(&error))?;
    let last = signed.checkpoint().size().saturating_sub(1);
    match reader.entry(LogIndex(last))? {
        None => next_height(reader),
        Some(bytes) => {
            let entry = Entry::from_bytes(&bytes).map_err(|error| failed(&error))?;
            Ok(entry.height)
        }
    }
}

/// Get the validators of a height
///
/// Of the next height unless one is given. A change of the validators acts two heights after it is
/// decided, so that of the height after the next one is known too.
#[utoipa::path(
    get,
    path = "/v1/validators",
    params(HeightParameters),
    responses((status = 200, description = "The validators who decide the height", body = ValidatorSetView))
)]
pub(in crate::api) async fn get_validators(
    State(context): State<SharedContext>,
    QueryParameters(parameters): QueryParameters<HeightParameters>,
) -> Result<Json<ValidatorSetView>, Problem> {
    let (height, set) = find_set(&context, parameters, next_height).await?;
    Ok(Json(ValidatorSetView::new(height, &set)))
}

/// Get the policy of a height
///
/// C2SP tlog-policy: the log key of every validator, a witness for each of them, and the quorum.
/// A checkpoint verifies under the policy of the height that it is of: that of the one that GET
/// /checkpoint gives unless a height is given. Policies of past validators stay served. Compare
/// it with what you know of the validators before you trust it.
#[utoipa::path(
    get,
    path = "/policy",
    params(HeightParameters),
    responses((status = 200, description = "The policy", body = String, content_type = "text/plain"))
)]
pub(in crate::api) async fn get_policy(
    State(context): State<SharedContext>,
    QueryParameters(parameters): QueryParameters<HeightParameters>,
) -> Result<Response, Problem> {
    let (_, set) = find_set(&context, parameters, checkpoint_height).await?;
    let policy = checkpoint_policy(&context.setup.ledger_name, &set)
        .map_err(|error| Problem::internal(&error.to_string()))?;
    Ok(answer(TEXT, CACHE_NEVER, policy.to_bytes()))
}
