//! Assets of contracts.

use axum::Json;
use axum::extract::State;
use serde::Deserialize;
use utoipa::IntoParams;

use crate::api::context::SharedContext;
use crate::api::problem::{Problem, ProblemKind};
use crate::api::request::{PathText, QueryParameters, page_size, parse_part};
use crate::api::views::AssetView;
use crate::contracts::AssetKey;
use crate::ledger::questions::ask_asset;
use crate::types::{ContractName, Height};

/// When, and which page of the history.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(in crate::api) struct AssetParameters {
    /// Answer as the ledger stood at this height; the last one if it is left out.
    as_of_height: Option<u64>,
    /// Most changes to give.
    #[param(minimum = 1, maximum = 1000, default = 100)]
    limit: Option<usize>,
    /// The number of the change with which the page begins; the latest if it is left out.
    before: Option<u64>,
}

/// Get an asset
///
/// What the records of a contract state about a thing, with its history.
#[utoipa::path(
    get,
    path = "/v1/assets/{contract}/{key}",
    params(
        ("contract" = String, Path, description = "The contract's name"),
        ("key" = String, Path, description = "The asset's key; it may have slashes"),
        AssetParameters
    ),
    responses((status = 200, description = "The asset", body = AssetView))
)]
pub(in crate::api) async fn get_asset(
    State(context): State<SharedContext>,
    PathText((contract, key)): PathText<(String, String)>,
    QueryParameters(parameters): QueryParameters<AssetParameters>,
) -> Result<Json<AssetView>, Problem> {
    let form = "a contract name: 1 to 63 lower-case letters, digits and inner hyphens";
    let contract: ContractName = parse_part(&contract, form)?;
    let count = page_size(parameters.limit)?;
    let key = AssetKey::new(&key).ok_or_else(|| {
        let cause = "an asset's key has 1 to 256 bytes and no control characters";
        Problem::new(ProblemKind::BadPath, cause.to_owned())
    })?;
    let as_of = parameters.as_of_height.map(Height);
    let asset = context
        .read(move |reader| {
            let view = reader.view()?;
            let answer = ask_asset(&*view, &contract, &key, as_of, parameters.before, count)?;
            answer
                .map(|answer| AssetView::new(&contract, &key, &answer))
                .ok_or_else(|| {
                    Problem::new(
                        ProblemKind::NoSuchAsset,
                        format!("the contract {contract} keeps no asset {key:?} at that height"),
                    )
                })
        })
        .await?;
    Ok(Json(asset))
}
