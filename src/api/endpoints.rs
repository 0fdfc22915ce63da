//! The table of endpoints: the router, the OpenAPI document and the list of routes all come from it.

use axum::routing::{MethodRouter, get, post};
use utoipa::openapi::HttpMethod;
use utoipa::openapi::path::Operation;

use super::context::SharedContext;
use super::epcis;
use super::handlers::questions::{cold_chain, completeness, dwell, gaps, mass_balance};
use super::handlers::{
    assets, blocks, certificates, contracts, custody, documents, evidence, index, log, market,
    master_data, members, meters, probes, production, proofs, proposals, records, status,
    submissions, telemetry, trace, validators,
};

/// Whether an endpoint counts for the load that is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Load {
    /// It works for a client.
    Counted,
    /// It tells whether the node is well, also under load.
    Exempt,
}

/// A route with its description.
pub(super) struct Endpoint {
    /// The path as the OpenAPI document writes it.
    pub(super) template: String,
    /// The path as the router matches it.
    pub(super) pattern: String,
    pub(super) method: HttpMethod,
    pub(super) operation: Operation,
    pub(super) load: Load,
    pub(super) handler: MethodRouter<SharedContext>,
}

impl Endpoint {
    /// A GET endpoint in a group, described by what the macro made beside its handler.
    fn get<P: utoipa::Path>(group: &str, handler: MethodRouter<SharedContext>) -> Self {
        Self::of::<P>(HttpMethod::Get, group, handler)
    }

    /// A POST endpoint.
    fn post<P: utoipa::Path>(group: &str, handler: MethodRouter<SharedContext>) -> Self {
        Self::of::<P>(HttpMethod::Post, group, handler)
    }

    /// An endpoint of any method.
    pub(super) fn of<P: utoipa::Path>(
        method: HttpMethod,
        group: &str,
        handler: MethodRouter<SharedContext>,
    ) -> Self {
        let mut operation = P::operation();
        operation.tags = Some(vec![group.to_owned()]);
        Self {
            template: P::path(),
            pattern: P::path(),
            method,
            operation,
            load: Load::Counted,
            handler,
        }
    }

    /// Lets the last parameter of the path have slashes in it. OpenAPI cannot say so.
    fn with_open_end(mut self) -> Self {
        if let Some((head, last)) = self.template.rsplit_once('{') {
            self.pattern = format!("{head}{{*{last}");
        }
        self
    }

    fn exempt(mut self) -> Self {
        self.load = Load::Exempt;
        self
    }

    /// The method as requests write it.
    pub(super) fn method_name(&self) -> &'static str {
        match self.method {
            HttpMethod::Post => "POST",
            HttpMethod::Delete => "DELETE",
            HttpMethod::Options => "OPTIONS",
            _ => "GET",
        }
    }
}

/// All endpoints.
pub(super) fn endpoints() -> Vec<Endpoint> {
    let mut endpoints = own_endpoints();
    endpoints.extend(epcis::endpoints());
    endpoints
}

/// Those of our own interface.
fn own_endpoints() -> Vec<Endpoint> {
    vec![
        Endpoint::get::<index::__path_list_routes>("Node", get(index::list_routes)),
        Endpoint::get::<index::__path_describe>("Node", get(index::describe)),
        Endpoint::get::<probes::__path_alive>("Probes", get(probes::alive)).exempt(),
        Endpoint::get::<probes::__path_ready>("Probes", get(probes::ready)).exempt(),
        Endpoint::get::<probes::__path_metrics>("Probes", get(probes::metrics)).exempt(),
        Endpoint::get::<status::__path_get_status>("Node", get(status::get_status)),
        Endpoint::post::<submissions::__path_submit>("Submissions", post(submissions::submit)),
        Endpoint::get::<submissions::__path_get_submission>(
            "Submissions",
            get(submissions::get_submission),
        ),
        Endpoint::get::<records::__path_get_record>("Records", get(records::get_record)),
        Endpoint::get::<records::__path_get_record_of_submission>(
            "Records",
            get(records::get_record_of_submission),
        ),
        Endpoint::get::<proofs::__path_get_record_proof>("Records", get(proofs::get_record_proof)),
        Endpoint::get::<proofs::__path_get_consistency_proof>(
            "Log",
            get(proofs::get_consistency_proof),
        ),
        Endpoint::get::<blocks::__path_get_latest_block>("Blocks", get(blocks::get_latest_block)),
        Endpoint::get::<blocks::__path_get_block>("Blocks", get(blocks::get_block)),
        Endpoint::get::<members::__path_list_members>("Members", get(members::list_members)),
        Endpoint::get::<members::__path_get_member>("Members", get(members::get_member)),
        Endpoint::get::<contracts::__path_list_contracts>(
            "Contracts",
            get(contracts::list_contracts),
        ),
        Endpoint::get::<contracts::__path_get_contract>("Contracts", get(contracts::get_contract)),
        Endpoint::get::<proposals::__path_list_proposals>(
            "Contracts",
            get(proposals::list_proposals),
        ),
        Endpoint::get::<proposals::__path_get_proposal>("Contracts", get(proposals::get_proposal)),
        Endpoint::get::<assets::__path_list_open_assets>("Assets", get(assets::list_open_assets)),
        Endpoint::get::<assets::__path_get_asset>("Assets", get(assets::get_asset)).with_open_end(),
        Endpoint::get::<trace::__path_trace_back>("Traceability", get(trace::trace_back))
            .with_open_end(),
        Endpoint::get::<trace::__path_trace_forward>("Traceability", get(trace::trace_forward))
            .with_open_end(),
        Endpoint::get::<trace::__path_recall>("Traceability", get(trace::recall)).with_open_end(),
        Endpoint::get::<trace::__path_contents>("Traceability", get(trace::contents))
            .with_open_end(),
        Endpoint::get::<custody::__path_list_custody_proposals>(
            "Custody",
            get(custody::list_custody_proposals),
        ),
        Endpoint::get::<custody::__path_get_custody_proposal>(
            "Custody",
            get(custody::get_custody_proposal),
        ),
        Endpoint::get::<custody::__path_get_chain>("Custody", get(custody::get_chain))
            .with_open_end(),
        Endpoint::get::<custody::__path_get_custody>("Custody", get(custody::get_custody))
            .with_open_end(),
        Endpoint::get::<documents::__path_list_documents>(
            "Documents",
            get(documents::list_documents),
        ),
        Endpoint::get::<documents::__path_get_document>("Documents", get(documents::get_document)),
        Endpoint::get::<master_data::__path_list_vocabulary>(
            "Master data",
            get(master_data::list_vocabulary),
        ),
        Endpoint::get::<master_data::__path_get_master_data>(
            "Master data",
            get(master_data::get_master_data),
        )
        .with_open_end(),
        Endpoint::get::<telemetry::__path_get_points>("Telemetry", get(telemetry::get_points)),
        Endpoint::get::<telemetry::__path_get_gaps>("Telemetry", get(telemetry::get_gaps)),
        Endpoint::get::<production::__path_list_runs>("Production", get(production::list_runs)),
        Endpoint::get::<meters::__path_get_meter>("Energy", get(meters::get_meter)),
        Endpoint::get::<meters::__path_list_readings>("Energy", get(meters::list_readings)),
        Endpoint::get::<certificates::__path_list_certificates>(
            "Energy",
            get(certificates::list_certificates),
        ),
        Endpoint::get::<certificates::__path_get_certificate>(
            "Energy",
            get(certificates::get_certificate),
        ),
        Endpoint::get::<market::__path_get_market>("Energy market", get(market::get_market)),
        Endpoint::get::<market::__path_list_intervals>(
            "Energy market",
            get(market::list_intervals),
        ),
        Endpoint::get::<market::__path_get_interval>("Energy market", get(market::get_interval)),
        Endpoint::get::<market::__path_list_orders>("Energy market", get(market::list_orders)),
        Endpoint::get::<market::__path_list_trades>("Energy market", get(market::list_trades)),
        Endpoint::get::<market::__path_list_settlements>(
            "Energy market",
            get(market::list_settlements),
        ),
        Endpoint::get::<market::__path_list_member_orders>(
            "Energy market",
            get(market::list_member_orders),
        ),
        Endpoint::get::<dwell::__path_dwell>("Traceability", get(dwell::dwell)),
        Endpoint::get::<mass_balance::__path_mass_balance>(
            "Traceability",
            get(mass_balance::mass_balance),
        ),
        Endpoint::get::<cold_chain::__path_cold_chain>("Traceability", get(cold_chain::cold_chain)),
        Endpoint::get::<gaps::__path_gaps>("Traceability", get(gaps::gaps)),
        Endpoint::get::<completeness::__path_completeness>(
            "Traceability",
            get(completeness::completeness),
        ),
        Endpoint::get::<validators::__path_get_validators>(
            "Validators",
            get(validators::get_validators),
        ),
        Endpoint::get::<evidence::__path_list_evidence>("Validators", get(evidence::list_evidence)),
        Endpoint::get::<log::__path_get_checkpoint>("Log", get(log::get_checkpoint)),
        Endpoint::get::<validators::__path_get_policy>("Log", get(validators::get_policy)),
        Endpoint::get::<log::__path_get_entry_bundle>("Log", get(log::get_entry_bundle))
            .with_open_end(),
        Endpoint::get::<log::__path_get_tile>("Log", get(log::get_tile)).with_open_end(),
    ]
}
