//! Contracts.

use axum::Json;
use axum::extract::State;
use serde::Deserialize;
use utoipa::IntoParams;

use crate::api::context::SharedContext;
use crate::api::problem::{Problem, ProblemKind};
use crate::api::request::{NoParameters, PathText, QueryParameters, parse_part};
use crate::api::views::{ContractList, ContractVersionView, ContractView};
use crate::contracts::{Contract, read_contract_bundle, read_schedule};
use crate::types::{ContractName, ReadError};

/// What a contract's name looks like.
const CONTRACT_FORM: &str = "a contract name: 1 to 63 lower-case letters, digits and inner hyphens";

/// Which version of a contract.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(in crate::api) struct ContractParameters {
    /// The version; the one in force if it is left out, or else the latest.
    version: Option<u32>,
}

/// List the contracts
///
/// Every version that the ledger has had, with the heights at which it judges.
#[utoipa::path(
    get,
    path = "/v1/contracts",
    responses((status = 200, description = "All versions, by name", body = ContractList))
)]
pub(in crate::api) async fn list_contracts(
    State(context): State<SharedContext>,
    _: QueryParameters<NoParameters>,
) -> Result<Json<ContractList>, Problem> {
    let list = context
        .read(|reader| {
            let view = reader.view()?;
            let schedule = read_schedule(&*view)?;
            let next = view.tip().height.next();
            let mut contracts: Vec<ContractVersionView> = schedule
                .versions()
                .iter()
                .map(|scheduled| ContractVersionView::new(scheduled, next))
                .collect();
            contracts.sort_by(|a, b| a.name.cmp(&b.name).then(b.version.cmp(&a.version)));
            Ok(ContractList {
                height: next.0,
                contract_set: schedule.digest_at(next).to_string(),
                contracts,
            })
        })
        .await?;
    Ok(Json(list))
}

/// Get a contract
///
/// With its files, its kinds of records, and their rules.
#[utoipa::path(
    get,
    path = "/v1/contracts/{name}",
    params(("name" = String, Path, description = "Its name"), ContractParameters),
    responses((status = 200, description = "A version of the contract", body = ContractView))
)]
pub(in crate::api) async fn get_contract(
    State(context): State<SharedContext>,
    PathText(name): PathText<String>,
    QueryParameters(parameters): QueryParameters<ContractParameters>,
) -> Result<Json<ContractView>, Problem> {
    let name: ContractName = parse_part(&name, CONTRACT_FORM)?;
    let contract = context
        .read(move |reader| {
            let view = reader.view()?;
            let next = view.tip().height.next();
            let schedule = read_schedule(&*view)?;
            let versions = || {
                let of_name = schedule.versions().iter().rev();
                of_name.filter(|scheduled| scheduled.contract.name == name)
            };
            let found = match parameters.version {
                Some(version) => versions().find(|s| s.contract.version == version),
                None => versions()
                    .find(|scheduled| scheduled.is_in_force(next))
                    .or_else(|| versions().next()),
            };
            let Some(scheduled) = found else {
                let version = parameters.version;
                let version = version.map_or_else(String::new, |v| format!(" of version {v}"));
                return Err(Problem::new(
                    ProblemKind::NoSuchContract,
                    format!("the ledger has no contract {name}{version}"),
                ));
            };
            let version = scheduled.contract.version;
            let bundle = read_contract_bundle(&*view, &name, version)?;
            let compiled = bundle.and_then(|bundle| Contract::compile(&bundle).ok());
            let compiled = compiled.ok_or_else(|| {
                ReadError::new(format!(
                    "version {version} of the contract {name} is damaged"
                ))
            })?;
            let scheduled = ContractVersionView::new(scheduled, next);
            Ok(ContractView::new(scheduled, &compiled))
        })
        .await?;
    Ok(Json(contract))
}
