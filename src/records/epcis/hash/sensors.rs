//! Sensor data in the pre-hash string (row 23 of the canonical property order).

use super::super::sensor::{SensorElement, SensorMetadata, SensorReport};
use super::super::sensor_fields::SensorOrigin;
use super::extensions;
use super::pre_hash::{push_list, put, put_display, put_identifier, put_list, put_term};
use crate::types::decimal::Decimal;

pub(super) fn put_sensor_elements(out: &mut String, elements: &[SensorElement]) {
    put_list(
        out,
        "sensorElementList",
        elements.iter().map(sensor_element).collect(),
    );
}

/// `bizRules` of reports, which the canonical order does not know: it stands among the closing parts.
pub(super) fn push_report_rules(parts: &mut Vec<String>, elements: &[SensorElement]) {
    let mut items = Vec::new();
    for element in elements {
        let rules = element
            .reports
            .iter()
            .filter_map(|report| report.origin.biz_rules.as_ref());
        let reports = rules.map(|rules| ["sensorReportbizRules=", rules.in_event_hash()].concat());
        push_list(&mut items, "sensorElement", reports.collect());
    }
    push_list(parts, "sensorElementList", items);
}

fn sensor_element(element: &SensorElement) -> String {
    let mut out = String::with_capacity(512);
    out.push_str("sensorElement");
    if let Some(metadata) = &element.metadata {
        put_metadata(&mut out, metadata);
    }
    put_list(
        &mut out,
        "",
        element.reports.iter().map(sensor_report).collect(),
    );
    extensions::append_sorted(&mut out, &element.extensions);
    out
}

fn put_metadata(out: &mut String, metadata: &SensorMetadata) {
    let before = out.len();
    out.push_str("sensorMetadata");
    let named = out.len();
    for (name, time) in [
        ("time", metadata.time),
        ("startTime", metadata.start_time),
        ("endTime", metadata.end_time),
    ] {
        if let Some(time) = time {
            put_display(out, name, time);
        }
    }
    put_origin(out, &metadata.origin);
    put_identifier(out, "bizRules", metadata.origin.biz_rules.as_ref());
    extensions::append_sorted(out, &metadata.extensions);
    if out.len() == named {
        // Empty structures are left out (rule 4).
        out.truncate(before);
    }
}

fn put_origin(out: &mut String, origin: &SensorOrigin) {
    put_identifier(out, "deviceID", origin.device_id.as_ref());
    put_identifier(out, "deviceMetadata", origin.device_metadata.as_ref());
    put_identifier(out, "rawData", origin.raw_data.as_ref());
    put_identifier(
        out,
        "dataProcessingMethod",
        origin.data_processing_method.as_ref(),
    );
}

fn sensor_report(report: &SensorReport) -> String {
    let mut out = String::with_capacity(256);
    let values = &report.values;
    out.push_str("sensorReport");
    put_term(&mut out, "type", Some(&report.kind));
    put_term(&mut out, "exception", report.exception.as_ref());
    put_origin(&mut out, &report.origin);
    if let Some(time) = report.time {
        put_display(&mut out, "time", time);
    }
    put_identifier(&mut out, "microorganism", report.microorganism.as_ref());
    put_identifier(
        &mut out,
        "chemicalSubstance",
        report.chemical_substance.as_ref(),
    );
    put_decimal(&mut out, "value", values.value);
    put_term(&mut out, "component", values.component.as_ref());
    put(
        &mut out,
        "stringValue",
        values.string_value.as_deref().unwrap_or_default(),
    );
    if let Some(value) = values.boolean_value {
        put_display(&mut out, "booleanValue", value);
    }
    put(
        &mut out,
        "hexBinaryValue",
        values.hex_binary_value.as_deref().unwrap_or_default(),
    );
    put_identifier(&mut out, "uriValue", values.uri_value.as_ref());
    put_decimal(&mut out, "minValue", values.min_value);
    put_decimal(&mut out, "maxValue", values.max_value);
    put_decimal(&mut out, "meanValue", values.mean_value);
    put_decimal(&mut out, "sDev", values.standard_deviation);
    put_decimal(&mut out, "percRank", values.percentile_rank);
    put_decimal(&mut out, "percValue", values.percentile_value);
    put(&mut out, "uom", values.uom.as_deref().unwrap_or_default());
    put_identifier(
        &mut out,
        "coordinateReferenceSystem",
        report.coordinate_reference_system.as_ref(),
    );
    extensions::append_sorted(&mut out, &report.extensions);
    out
}

fn put_decimal(out: &mut String, name: &str, value: Option<Decimal>) {
    if let Some(value) = value {
        put_display(out, name, value);
    }
}
