//! Assets of contracts.

use axum::Json;
use axum::extract::State;
use serde::Deserialize;
use utoipa::IntoParams;

use super::asked::HeightAsked;
use super::members::check_known;
use crate::api::context::SharedContext;
use crate::api::problem::{Problem, ProblemKind};
use crate::api::request::{PageSize, PathText, QueryParameters, parse_part};
use crate::api::views::{AssetView, OpenAssetsView};
use crate::contracts::AssetKey;
use crate::ledger::questions::{ask_asset, ask_contract, ask_open_assets};
use crate::types::{ContractName, LedgerView, MemberId, Timestamp};

/// When, and which page of the history.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(in crate::api) struct AssetParameters {
    /// Answer as the ledger stood at this height; the last one if it is left out.
    as_of_height: Option<u64>,
    /// Only what was stated in blocks of before this time: records state their facts when their block is decided.
    #[param(value_type = Option<String>, format = DateTime)]
    event_time_before: Option<Timestamp>,
    /// Most changes to give.
    #[serde(default)]
    #[param(value_type = Option<usize>, minimum = 1, maximum = 1000, default = 100)]
    limit: PageSize,
    /// The number of the change with which the page begins; the latest if it is left out.
    before: Option<u64>,
}

/// Of which party, when, and which page.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(in crate::api) struct OpenAssetsParameters {
    /// The member that is a party of them.
    #[param(value_type = String, example = "acme-foods")]
    party: MemberId,
    /// Answer as the ledger stood at this height; the last one if it is left out.
    as_of_height: Option<u64>,
    /// Only what was stated in blocks of before this time: records state their facts when their block is decided.
    #[param(value_type = Option<String>, format = DateTime)]
    event_time_before: Option<Timestamp>,
    /// Most assets to give.
    #[serde(default)]
    #[param(value_type = Option<usize>, minimum = 1, maximum = 1000, default = 100)]
    limit: PageSize,
    /// The `next` of the page before.
    after: Option<String>,
}

/// List the open assets of a party
///
/// Those that a contract lists with the member, such as the open orders of a buyer or seller, as they are or were at
/// a height. A page of an earlier height may have fewer assets than it may, and be followed by another all the same.
#[utoipa::path(
    get,
    path = "/v1/assets/{contract}",
    params(("contract" = String, Path, description = "The contract's name"), OpenAssetsParameters),
    responses((status = 200, description = "A page of open assets", body = OpenAssetsView))
)]
pub(in crate::api) async fn list_open_assets(
    State(context): State<SharedContext>,
    PathText(contract): PathText<String>,
    QueryParameters(parameters): QueryParameters<OpenAssetsParameters>,
) -> Result<Json<OpenAssetsView>, Problem> {
    let form = "a contract name: 1 to 63 lower-case letters, digits and inner hyphens";
    let contract: ContractName = parse_part(&contract, form)?;
    let count = parameters.limit.items();
    let after = match &parameters.after {
        None => None,
        Some(text) => Some(AssetKey::new(text).ok_or_else(|| {
            Problem::new(
                ProblemKind::BadQuery,
                "after is the next of the page before",
            )
        })?),
    };
    let answer = context
        .read(move |reader| {
            let view = reader.view()?;
            let party = &parameters.party;
            check_known(reader, party)?;
            check_contract(&*view, &contract)?;
            let of = (&contract, party);
            let asked = HeightAsked::new(parameters.as_of_height, parameters.event_time_before);
            let as_of = asked.height(&*view)?;
            let answer = ask_open_assets(&*view, of, as_of, after.as_ref(), count)?;
            Ok::<_, Problem>(OpenAssetsView::new(&contract, party, &answer))
        })
        .await?;
    Ok(Json(answer))
}

/// Refuses a contract that the ledger has not: that it has no assets would say that there is one.
fn check_contract(view: &dyn LedgerView, contract: &ContractName) -> Result<(), Problem> {
    if ask_contract(view, contract, None, None)?.1.is_some() {
        return Ok(());
    }
    let cause = format!("the ledger has no contract {contract}");
    Err(Problem::new(ProblemKind::NoSuchContract, cause))
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
    let count = parameters.limit.items();
    let key = AssetKey::new(&key).ok_or_else(|| {
        let cause = "an asset's key has 1 to 256 bytes and no control characters";
        Problem::new(ProblemKind::BadPath, cause.to_owned())
    })?;
    let asset = context
        .read(move |reader| {
            let view = reader.view()?;
            let asked = HeightAsked::new(parameters.as_of_height, parameters.event_time_before);
            let as_of = asked.height(&*view)?;
            let answer = ask_asset(&*view, &contract, &key, as_of, parameters.before, count)?;
            if let Some(answer) = answer {
                return Ok(AssetView::new(&contract, &key, &answer));
            }
            check_contract(&*view, &contract)?;
            Err(Problem::new(
                ProblemKind::NoSuchAsset,
                format!(
                    "the contract {contract} keeps no asset {} {asked}",
                    key.as_str()
                ),
            ))
        })
        .await?;
    Ok(Json(asset))
}
