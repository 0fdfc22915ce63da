//! Contracts.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use serde::Deserialize;
use utoipa::IntoParams;

use super::asked::HeightAsked;
use crate::api::context::SharedContext;
use crate::api::problem::{Problem, ProblemKind};
use crate::api::request::{PageSize, PathText, QueryParameters, parse_part};
use crate::api::views::{ContractList, ContractVersionView, ContractView};
use crate::contracts::{Contract, read_contract_bundle};
use crate::ledger::questions::{ask_contract, ask_contracts};
use crate::types::{ContractName, ReadError, Timestamp, parse_digits};

/// What a contract's name looks like.
const CONTRACT_FORM: &str = "a contract name: 1 to 63 lower-case letters, digits and inner hyphens";

/// Which page of versions of contracts.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(in crate::api) struct ContractPageParameters {
    /// Answer as the ledger stood at this height; the last one if it is left out.
    as_of_height: Option<u64>,
    /// Only what was stated in blocks of before this time: records state their facts when their block is decided.
    #[param(value_type = Option<String>, format = DateTime)]
    event_time_before: Option<Timestamp>,
    /// Most versions to give.
    #[serde(default)]
    #[param(value_type = Option<usize>, minimum = 1, maximum = 1000, default = 100)]
    limit: PageSize,
    /// The `next` of the page before.
    after: Option<String>,
}

/// Which version of a contract.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(in crate::api) struct ContractParameters {
    /// The version; the one in force if it is left out, or else the latest.
    version: Option<u32>,
    /// Answer as the ledger stood at this height; the last one if it is left out.
    as_of_height: Option<u64>,
    /// Only what was stated in blocks of before this time: records state their facts when their block is decided.
    #[param(value_type = Option<String>, format = DateTime)]
    event_time_before: Option<Timestamp>,
}

/// List the contracts
///
/// Every version that the ledger has had, with the heights at which it judges and the entries that decided so. As of an
/// earlier height: those that had judged something by the block after it.
#[utoipa::path(
    get,
    path = "/v1/contracts",
    params(ContractPageParameters),
    responses((status = 200, description = "A page of versions, by name", body = ContractList))
)]
pub(in crate::api) async fn list_contracts(
    State(context): State<SharedContext>,
    QueryParameters(parameters): QueryParameters<ContractPageParameters>,
) -> Result<Json<ContractList>, Problem> {
    let count = parameters.limit.items();
    let asked = HeightAsked::new(parameters.as_of_height, parameters.event_time_before);
    let after = match &parameters.after {
        None => None,
        Some(text) => Some(read_place(text).ok_or_else(|| {
            Problem::new(
                ProblemKind::BadQuery,
                "after is the next of the page before, such as orders/2",
            )
        })?),
    };
    let answer = context
        .read(move |reader| {
            let view = reader.view()?;
            let as_of = asked.height(&*view)?;
            Ok(ask_contracts(&*view, after.as_ref(), as_of, count)?)
        })
        .await?;
    let next = answer.height.next();
    Ok(Json(ContractList {
        height: answer.height.0,
        contract_set: answer.contract_set.to_string(),
        contracts: answer
            .versions
            .iter()
            .map(|version| ContractVersionView::new(version, next))
            .collect(),
        next: answer
            .next
            .map(|(name, version)| format!("{name}/{version}")),
    }))
}

fn read_place(text: &str) -> Option<(ContractName, u32)> {
    let (name, version) = text.split_once('/')?;
    Some((ContractName::new(name).ok()?, parse_digits(version)?))
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
    let asked = HeightAsked::new(parameters.as_of_height, parameters.event_time_before);
    let shared = Arc::clone(&context);
    let contract = context
        .read(move |reader| {
            let view = reader.view()?;
            let as_of = asked.height(&*view)?;
            let (height, found) = ask_contract(&*view, &name, parameters.version, as_of)?;
            let Some(scheduled) = found else {
                let version = parameters.version;
                let version = version.map_or_else(String::new, |v| format!(" of version {v}"));
                return Err(Problem::new(
                    ProblemKind::NoSuchContract,
                    format!("the ledger has no contract {name}{version} at height {height}"),
                ));
            };
            let (version, digest) = (scheduled.contract.version, scheduled.contract.digest);
            let damaged = || {
                ReadError::new(format!(
                    "version {version} of the contract {name} is damaged"
                ))
            };
            let compiled = shared.compiled.get(digest, || {
                let bundle = read_contract_bundle(&*view, &name, version)?;
                let compiled = bundle.and_then(|bundle| Contract::compile(&bundle).ok());
                Ok::<_, Problem>(compiled.ok_or_else(damaged)?)
            })?;
            let scheduled = ContractVersionView::new(&scheduled, height.next());
            Ok(ContractView::new(height, scheduled, &compiled))
        })
        .await?;
    Ok(Json(contract))
}
