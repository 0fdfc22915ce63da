//! The query parameters, as the interface's description lists them.

use utoipa::openapi::path::{Parameter, ParameterBuilder, ParameterIn};
use utoipa::openapi::schema::{ObjectBuilder, Type};
use utoipa::openapi::{KnownFormat, RefOr, Required, SchemaFormat};

use crate::api::endpoints::Endpoint;

/// What a parameter takes.
#[derive(Clone, Copy)]
enum Takes {
    /// One or more texts, with a vertical bar between them.
    Texts,
    Time,
    Number,
    Count,
    Flag,
    Text,
}

use Takes::{Count, Flag, Number, Text, Texts, Time};

/// The parameters with fixed names, each with what it is about. Parameters whose names hold a unit, a type
/// or the name of a field cannot be listed; the page on this interface tells them.
const PARAMETERS: &[(&str, Takes, &str)] = &[
    ("eventType", Texts, "of one of these types"),
    ("GE_eventTime", Time, "happened at this time or later"),
    ("LT_eventTime", Time, "happened before this time"),
    ("GE_recordTime", Time, "in a block of this time or later"),
    ("LT_recordTime", Time, "in a block before this time"),
    ("EQ_action", Texts, "of one of these actions"),
    ("EQ_bizStep", Texts, "of one of these business steps"),
    ("EQ_disposition", Texts, "of one of these dispositions"),
    (
        "EQ_persistentDisposition_set",
        Texts,
        "that set one of these dispositions",
    ),
    (
        "EQ_persistentDisposition_unset",
        Texts,
        "that unset one of these dispositions",
    ),
    ("EQ_readPoint", Texts, "at one of these read points"),
    (
        "WD_readPoint",
        Texts,
        "at one of these, or in what lies in it by master data",
    ),
    (
        "EQ_bizLocation",
        Texts,
        "of one of these business locations",
    ),
    (
        "WD_bizLocation",
        Texts,
        "of one of these, or of what lies in it by master data",
    ),
    (
        "EQ_transformationID",
        Texts,
        "of one of these transformations",
    ),
    (
        "MATCH_epc",
        Texts,
        "about one of these objects, or of children",
    ),
    ("MATCH_parentID", Texts, "of one of these parents"),
    ("MATCH_inputEPC", Texts, "that use up one of these objects"),
    ("MATCH_outputEPC", Texts, "that make one of these objects"),
    (
        "MATCH_anyEPC",
        Texts,
        "that name one of these objects in any role",
    ),
    (
        "MATCH_epcClass",
        Texts,
        "about one of these classes, or of children",
    ),
    (
        "MATCH_inputEPCClass",
        Texts,
        "that use up of one of these classes",
    ),
    (
        "MATCH_outputEPCClass",
        Texts,
        "that make of one of these classes",
    ),
    (
        "MATCH_anyEPCClass",
        Texts,
        "that name one of these classes in any role",
    ),
    ("EQ_quantity", Number, "with this quantity of a class"),
    ("GT_quantity", Number, "with more of a class"),
    (
        "GE_quantity",
        Number,
        "with this quantity of a class or more",
    ),
    ("LT_quantity", Number, "with less of a class"),
    (
        "LE_quantity",
        Number,
        "with this quantity of a class or less",
    ),
    ("EQ_eventID", Texts, "known by one of these names"),
    (
        "EXISTS_errorDeclaration",
        Flag,
        "that declare another wrong",
    ),
    (
        "GE_errorDeclarationTime",
        Time,
        "declared wrong at this time or later",
    ),
    (
        "LT_errorDeclarationTime",
        Time,
        "declared wrong before this time",
    ),
    (
        "EQ_errorReason",
        Texts,
        "declared wrong for one of these reasons",
    ),
    (
        "EQ_correctiveEventID",
        Texts,
        "corrected by one of these events",
    ),
    ("EXISTS_sensorElementList", Flag, "with sensor data"),
    ("GE_time", Time, "sensed at this time or later"),
    ("LT_time", Time, "sensed before this time"),
    ("GE_startTime", Time, "sensed from this time on or later"),
    ("LT_startTime", Time, "sensed from before this time on"),
    ("GE_endTime", Time, "sensed until this time or later"),
    ("LT_endTime", Time, "sensed until before this time"),
    ("EQ_type", Texts, "of one of these measurements"),
    ("EQ_deviceID", Texts, "of one of these devices"),
    (
        "EQ_dataProcessingMethod",
        Texts,
        "processed by one of these methods",
    ),
    (
        "EQ_microorganism",
        Texts,
        "about one of these microorganisms",
    ),
    (
        "EQ_chemicalSubstance",
        Texts,
        "about one of these substances",
    ),
    ("EQ_bizRules", Texts, "under one of these rules"),
    ("EQ_stringValue", Texts, "with one of these texts sensed"),
    ("EQ_hexBinaryValue", Texts, "with one of these bytes sensed"),
    ("EQ_uriValue", Texts, "with one of these URIs sensed"),
    ("EQ_booleanValue", Flag, "with this sensed"),
    ("orderBy", Text, "eventTime or recordTime"),
    ("orderDirection", Text, "ASC or DESC, which is the default"),
    (
        "eventCountLimit",
        Count,
        "only the first ones, in the order of orderBy",
    ),
    ("maxEventCount", Count, "none at all if there are more"),
];

/// Describes the page of an endpoint.
pub(super) fn with_page(endpoint: Endpoint) -> Endpoint {
    let endpoint = with(
        endpoint,
        ParameterIn::Query,
        (
            "perPage",
            Count,
            "Most items on a page: 30 by default, at most 1,000",
        ),
    );
    with(
        endpoint,
        ParameterIn::Query,
        (
            "nextPageToken",
            Text,
            "From the Link header of the page before",
        ),
    )
}

/// Describes the header that declares prefixes.
pub(super) fn with_extensions(endpoint: Endpoint) -> Endpoint {
    with(
        endpoint,
        ParameterIn::Header,
        (
            "GS1-Extensions",
            Text,
            "Prefixes of extension fields in names of parameters: prefix=namespace, with commas between",
        ),
    )
}

/// Describes all query parameters of an endpoint, but for one that its path gives.
pub(super) fn with_query(endpoint: Endpoint, given: Option<&str>) -> Endpoint {
    let endpoint = with_extensions(with_page(endpoint));
    let listed = PARAMETERS
        .iter()
        .filter(|(name, _, _)| Some(*name) != given);
    listed.fold(endpoint, |endpoint, parameter| {
        with(endpoint, ParameterIn::Query, *parameter)
    })
}

fn with(
    mut endpoint: Endpoint,
    place: ParameterIn,
    (name, takes, about): (&str, Takes, &str),
) -> Endpoint {
    let schema = match takes {
        Texts | Text => ObjectBuilder::new().schema_type(Type::String),
        Time => ObjectBuilder::new()
            .schema_type(Type::String)
            .format(Some(SchemaFormat::KnownFormat(KnownFormat::DateTime))),
        Number => ObjectBuilder::new().schema_type(Type::Number),
        Count => ObjectBuilder::new()
            .schema_type(Type::Integer)
            .minimum(Some(1)),
        Flag => ObjectBuilder::new().schema_type(Type::Boolean),
    };
    let about = match takes {
        Texts => format!("Events {about}; several with | between them"),
        Time | Number | Flag => format!("Events {about}"),
        Count | Text => about.to_owned(),
    };
    let parameter: Parameter = ParameterBuilder::new()
        .name(name)
        .parameter_in(place)
        .required(Required::False)
        .description(Some(about))
        .schema(Some(schema.build()))
        .build();
    let parameters = endpoint.operation.parameters.get_or_insert_default();
    parameters.push(RefOr::T(parameter));
    endpoint
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crypto::Blake3Digest;
    use crate::ledger::questions::epcis_query::{EpcisQuery, EpcisQueryError, QueryText};
    use crate::types::LedgerId;

    /// Whatever is described is understood: a value may be refused, a name may not.
    #[test]
    fn every_parameter_that_is_described_is_known() {
        let ledger = LedgerId(Blake3Digest::ZERO);
        for (name, _, _) in PARAMETERS {
            let mut text = QueryText::default();
            text.add(name, "{").unwrap();
            let read = EpcisQuery::read(&ledger, &text);
            let is_unknown = matches!(read, Err(EpcisQueryError::UnknownParameter { .. }));
            assert!(!is_unknown, "{name}");
        }
    }
}
