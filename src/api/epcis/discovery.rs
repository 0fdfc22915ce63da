//! What there is: the list of resources, and OPTIONS of each.

use std::collections::BTreeMap;

use axum::Json;
use axum::http::header::{ALLOW, CACHE_CONTROL};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, options};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa::openapi::path::OperationBuilder;
use utoipa::openapi::{HttpMethod, ResponseBuilder};

use super::headers::{
    CAPTURE_ERROR_BEHAVIOUR, CBV_MAX, CBV_MIN, CBV_XML_FORMAT, EPC_FORMAT, EPCIS_MAX, EPCIS_MIN,
    NEVER_TRANSLATES, NOT_SUPPORTED, VENDOR_VERSION, VERSION, add_capture_limits, epc_format,
};
use super::subscriptions::SCHEDULE_PARAMETERS;
use super::{CONTEXT, GROUP, endpoint};
use crate::api::endpoints::{Endpoint, Load};
use crate::api::problem::Problem;
use crate::api::request::{NoParameters, QueryParameters};

pub(super) fn endpoints() -> Vec<Endpoint> {
    vec![endpoint::<__path_list_resources>(
        HttpMethod::Get,
        get(list_resources),
    )]
}

/// A list of resources.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = EpcisCollection)]
pub struct CollectionView {
    /// The JSON-LD context.
    #[serde(rename = "@context")]
    context: &'static str,
    /// `Collection`.
    #[serde(rename = "type")]
    kind: &'static str,
    /// The resources.
    member: Vec<&'static str>,
}

/// List the EPCIS resources
///
/// Without a token: it tells nothing about the ledger.
#[utoipa::path(
    get,
    path = "/epcis/",
    responses((status = 200, description = "The resources under this address", body = CollectionView))
)]
pub(super) async fn list_resources(
    _: QueryParameters<NoParameters>,
) -> Result<Json<CollectionView>, Problem> {
    Ok(Json(CollectionView {
        context: CONTEXT,
        kind: "Collection",
        member: vec![
            "events",
            "eventTypes",
            "epcs",
            "bizSteps",
            "bizLocations",
            "readPoints",
            "dispositions",
            "queries",
            "capture",
        ],
    }))
}

/// OPTIONS of each resource that has an endpoint.
pub(super) fn options_of(endpoints: &[Endpoint]) -> Vec<Endpoint> {
    let mut methods: BTreeMap<&str, Vec<&'static str>> = BTreeMap::new();
    for endpoint in endpoints {
        let of_path = methods.entry(&endpoint.template).or_default();
        of_path.push(endpoint.method_name());
        if endpoint.method_name() == "GET" {
            of_path.push("HEAD");
        }
    }
    methods
        .into_iter()
        .map(|(template, mut allowed)| {
            allowed.push("OPTIONS");
            options_endpoint(template, &allowed.join(", "))
        })
        .collect()
}

fn options_endpoint(template: &str, allow: &str) -> Endpoint {
    let headers = discovery_headers(template, allow);
    let handler = options(move || async move { answer(&headers) })
        .layer(axum::middleware::from_fn(super::binding::bind));
    let response =
        ResponseBuilder::new().description("Its methods, versions and limits, as headers");
    let mut operation = OperationBuilder::new()
        .summary(Some("Tell what this resource can do"))
        .tag(GROUP)
        .response("204", response.build());
    for part in template.split('/') {
        let Some(name) = part
            .strip_prefix('{')
            .and_then(|part| part.strip_suffix('}'))
        else {
            continue;
        };
        let parameter = utoipa::openapi::path::ParameterBuilder::new()
            .name(name)
            .parameter_in(utoipa::openapi::path::ParameterIn::Path)
            .required(utoipa::openapi::Required::True)
            .schema(Some(
                utoipa::openapi::schema::ObjectBuilder::new()
                    .schema_type(utoipa::openapi::schema::Type::String)
                    .build(),
            ))
            .build();
        operation = operation.parameter(parameter);
    }
    Endpoint {
        template: template.to_owned(),
        pattern: template.to_owned(),
        method: HttpMethod::Options,
        operation: operation.build(),
        load: Load::Counted,
        handler,
    }
}

fn discovery_headers(template: &str, allow: &str) -> HeaderMap {
    let mut headers = HeaderMap::new();
    if let Ok(allow) = HeaderValue::from_str(allow) {
        headers.insert(ALLOW, allow);
    }
    for name in [EPCIS_MIN, EPCIS_MAX, CBV_MIN, CBV_MAX] {
        headers.insert(name, VERSION);
    }
    headers.insert(EPC_FORMAT, epc_format(template));
    headers.insert(CBV_XML_FORMAT, NEVER_TRANSLATES);
    let vendor = HeaderValue::from_static(concat!("waybill ", env!("CARGO_PKG_VERSION")));
    headers.insert(VENDOR_VERSION, vendor);
    let not_supported = not_supported(template).map(|text| HeaderValue::from_str(&text));
    if let Some(Ok(not_supported)) = not_supported {
        headers.insert(NOT_SUPPORTED, not_supported);
    }
    if template == "/epcis/capture" || template == "/epcis/events" {
        add_capture_limits(&mut headers);
    }
    if template == "/epcis/capture" {
        // Both are there: a request chooses.
        headers.insert(CAPTURE_ERROR_BEHAVIOUR, HeaderValue::from_static("all"));
    }
    headers.insert(
        CACHE_CONTROL,
        HeaderValue::from_static("public, max-age=3600"),
    );
    headers
}

/// What of the standard a resource answers with 501.
fn not_supported(template: &str) -> Option<String> {
    if template.contains("/subscriptions") {
        return Some("all methods".to_owned());
    }
    const OF_ORDER: &str = "orderBy of an extension field";
    let schedules = SCHEDULE_PARAMETERS.join(", ");
    match template {
        "/epcis/queries/{queryName}/events" => Some(format!("{schedules}, Upgrade: websocket")),
        "/epcis/queries" => Some(OF_ORDER.to_owned()),
        _ if template.ends_with("/events") => Some(format!("{OF_ORDER}, {schedules}")),
        _ => None,
    }
}

fn answer(headers: &HeaderMap) -> Response {
    (StatusCode::NO_CONTENT, headers.clone()).into_response()
}
