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
use crate::ledger::checkpoint_policy;
use crate::types::{Height, ValidatorSet};

/// Which validator set.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(in crate::api) struct HeightParameters {
    /// A height from 1 to the one after the last; the one after the last unless given.
    #[param(minimum = 1)]
    height: Option<u64>,
}

async fn find_set(
    context: &ApiContext,
    parameters: HeightParameters,
) -> Result<(Height, ValidatorSet), Problem> {
    let asked = parameters.height.map(Height);
    context
        .read(move |reader| {
            let height = match asked {
                Some(height) => height,
                None => reader.tip()?.height.next(),
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

/// Get the validators of a height
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
    let (height, set) = find_set(&context, parameters).await?;
    Ok(Json(ValidatorSetView::new(height, &set)))
}

/// Get the policy of a height
///
/// C2SP tlog-policy: the log key of every validator, a witness for each of them, and the quorum.
/// Checkpoints and proofs verify under the policy of the height that they were cosigned at. Compare
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
    let (_, set) = find_set(&context, parameters).await?;
    let policy = checkpoint_policy(&context.setup.ledger_name, &set)
        .map_err(|error| Problem::internal(&error.to_string()))?;
    Ok(answer(TEXT, CACHE_NEVER, policy.to_bytes()))
}
