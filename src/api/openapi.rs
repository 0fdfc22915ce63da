//! The OpenAPI document, from the table of endpoints.

use utoipa::ToSchema;
use utoipa::openapi::{
    Components, ContentBuilder, InfoBuilder, LicenseBuilder, OpenApi, OpenApiBuilder, PathItem,
    PathsBuilder, Ref, RefOr, ResponseBuilder, Schema,
};

use super::endpoints::Endpoint;
use super::epcis::{CaptureJobView, CollectionView, NamedQueryRequest, NamedQueryView, ValueList};
use super::problem::{PROBLEM_MEDIA_TYPE, ProblemDocument};
use super::views::{
    AssetView, BlockView, CertificatePage, ColdChainView, CompletenessView, ConsistencyProofView,
    ContentsView, ContractList, ContractView, CustodyChainView, CustodyProposalView, CustodyView,
    DocumentPage, DocumentView, DwellView, EntryView, EvidencePage, GapsView,
    GranularCertificateView, IntervalPage, IntervalView, MarketView, MassBalanceView,
    MasterDataPage, MasterDataView, MemberAnswerView, MemberPage, MemberView, MeterView,
    OpenAssetsView, OpenCustodyPage, OrderPage, ProposalAnswerView, ProposalList, ProposalView,
    ReadingPage, RecallView, RunsView, SettlementPage, StatusView, SubmissionRequest,
    SubmissionView, TelemetryGapsView, TelemetryView, TraceView, TradePage, ValidatorSetView,
};

/// What stands before the routes, for people.
const DESCRIPTION: &str = "Submit signed records to a Waybill ledger, read what is on it, and get \
    proofs that stock transparency-log tools verify.\n\nConventions: digests, keys and signatures \
    are lower-case hexadecimal; times are RFC 3339 in UTC; integers are below 2^64 where no other \
    bound is stated, and readers that keep numbers as double-precision floats lose digits above \
    2^53. Errors are RFC 9457 problems whose `type` is stable. Readers are not \
    authenticated, but under `/epcis`, where a bearer token says who asks.";

/// Describes the endpoints.
pub(super) fn document(endpoints: &[Endpoint]) -> OpenApi {
    let mut paths = PathsBuilder::new();
    for endpoint in endpoints {
        let mut operation = endpoint.operation.clone();
        operation
            .responses
            .responses
            .insert("default".to_owned(), RefOr::T(problem_response()));
        let item = PathItem::new(endpoint.method.clone(), operation);
        paths = paths.path(&endpoint.template, item);
    }
    OpenApiBuilder::new()
        .info(
            InfoBuilder::new()
                .title("Waybill node")
                .version(env!("CARGO_PKG_VERSION"))
                .description(Some(DESCRIPTION))
                .license(Some(
                    LicenseBuilder::new()
                        .name("Apache-2.0")
                        .identifier(Some("Apache-2.0"))
                        .build(),
                ))
                .build(),
        )
        .paths(paths.build())
        .components(Some(components()))
        .build()
}

fn problem_response() -> utoipa::openapi::Response {
    ResponseBuilder::new()
        .description("What went wrong, and what can be done about it")
        .content(
            PROBLEM_MEDIA_TYPE,
            ContentBuilder::new()
                .schema(Some(Ref::from_schema_name(ProblemDocument::name())))
                .build(),
        )
        .build()
}

fn components() -> Components {
    let mut schemas = Vec::new();
    add::<ProblemDocument>(&mut schemas);
    add::<CaptureJobView>(&mut schemas);
    add::<CollectionView>(&mut schemas);
    add::<NamedQueryRequest>(&mut schemas);
    add::<NamedQueryView>(&mut schemas);
    add::<ValueList>(&mut schemas);
    add::<AssetView>(&mut schemas);
    add::<BlockView>(&mut schemas);
    add::<CertificatePage>(&mut schemas);
    add::<ColdChainView>(&mut schemas);
    add::<CompletenessView>(&mut schemas);
    add::<ContentsView>(&mut schemas);
    add::<ContractList>(&mut schemas);
    add::<ContractView>(&mut schemas);
    add::<CustodyChainView>(&mut schemas);
    add::<CustodyProposalView>(&mut schemas);
    add::<CustodyView>(&mut schemas);
    add::<DocumentPage>(&mut schemas);
    add::<MasterDataView>(&mut schemas);
    add::<MasterDataPage>(&mut schemas);
    add::<DocumentView>(&mut schemas);
    add::<OpenCustodyPage>(&mut schemas);
    add::<ConsistencyProofView>(&mut schemas);
    add::<DwellView>(&mut schemas);
    add::<EntryView>(&mut schemas);
    add::<EvidencePage>(&mut schemas);
    add::<GranularCertificateView>(&mut schemas);
    add::<IntervalPage>(&mut schemas);
    add::<IntervalView>(&mut schemas);
    add::<MarketView>(&mut schemas);
    add::<OrderPage>(&mut schemas);
    add::<SettlementPage>(&mut schemas);
    add::<TradePage>(&mut schemas);
    add::<GapsView>(&mut schemas);
    add::<MassBalanceView>(&mut schemas);
    add::<MemberPage>(&mut schemas);
    add::<MemberAnswerView>(&mut schemas);
    add::<MemberView>(&mut schemas);
    add::<OpenAssetsView>(&mut schemas);
    add::<MeterView>(&mut schemas);
    add::<ReadingPage>(&mut schemas);
    add::<ProposalAnswerView>(&mut schemas);
    add::<ProposalList>(&mut schemas);
    add::<ProposalView>(&mut schemas);
    add::<RecallView>(&mut schemas);
    add::<RunsView>(&mut schemas);
    add::<StatusView>(&mut schemas);
    add::<TelemetryGapsView>(&mut schemas);
    add::<TelemetryView>(&mut schemas);
    add::<TraceView>(&mut schemas);
    add::<SubmissionRequest>(&mut schemas);
    add::<SubmissionView>(&mut schemas);
    add::<ValidatorSetView>(&mut schemas);
    let mut components = Components::new();
    components.schemas.extend(schemas);
    components
}

/// Adds a type's schema and those that it names.
fn add<T: ToSchema>(schemas: &mut Vec<(String, RefOr<Schema>)>) {
    schemas.push((T::name().into_owned(), T::schema()));
    T::schemas(schemas);
}

/// A line for each endpoint: method, path, summary.
pub(super) fn route_list(ledger_name: &str, endpoints: &[Endpoint]) -> String {
    let mut lines = vec![
        format!("Waybill node of the ledger {ledger_name}"),
        String::new(),
    ];
    lines.extend(endpoints.iter().map(|endpoint| {
        let summary = endpoint.operation.summary.as_deref().unwrap_or_default();
        format!(
            "{:<8}{:<62}{summary}",
            endpoint.method_name(),
            endpoint.template
        )
    }));
    lines.push(String::new());
    lines.join("\n")
}
