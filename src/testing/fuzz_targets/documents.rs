//! What people and other programs write.

use std::sync::LazyLock;

use bytes::Bytes;

use super::codec::canonical;
use crate::contracts::{self, Rulebook, shipped_contracts};
use crate::records::energy::market;
use crate::records::{custody, document, epcis, membership, production, telemetry};
use crate::types::{self, Decimal, Decode, Duration, Encode, Genesis, Record, Submission, json};

pub(super) fn submission_document(data: &[u8]) {
    let Ok(document) = serde_json::from_slice::<types::SubmissionDocument>(data) else {
        return;
    };
    if let Ok(submission) = Submission::try_from(document.clone()) {
        assert_eq!(types::SubmissionDocument::from(&submission), document);
        canonical::<Submission>(&submission.to_bytes());
    }
}

pub(super) fn genesis(data: &[u8]) {
    if let Ok(genesis) = Genesis::parse(data) {
        assert!(genesis.validators().quorum() > 2 * genesis.validators().fault_tolerance());
        // Its contracts may be wrong, nothing else.
        assert!(!matches!(
            crate::ledger::genesis_state(&genesis),
            Err(error) if !matches!(error, crate::ledger::LedgerError::GenesisContract { .. })
        ));
    }
}

pub(super) fn json_text(data: &[u8]) {
    match json::read(data) {
        Ok(value) => {
            assert!(value.is_equivalent(&value));
            // Our reader is stricter than a stock one, never laxer.
            assert!(serde_json::from_slice::<&serde_json::value::RawValue>(data).is_ok());
        }
        Err(error) => {
            let (line, column) = error.line_and_column(data);
            assert!(line >= 1 && column >= 1, "{error}");
        }
    }
}

pub(super) fn epcis_event(data: &[u8]) {
    if let Ok(event) = epcis::parse(data) {
        let again = epcis::parse(data).expect("the same bytes");
        assert_eq!(event.event_hash(), again.event_hash());
        assert!(!epcis::pre_hash_string(event.content()).is_empty());
        let checked = epcis::check(data).expect("the same bytes");
        let trace = epcis::TraceEvent::from_bytes(&checked.trace).expect("what was encoded");
        // Sensor data add the devices, and nothing is lost.
        for (thing, _) in trace.things() {
            assert!(checked.things.iter().any(|(known, _)| *known == thing));
        }
        assert_eq!(trace.event_hash, event.event_hash());
    } else {
        assert!(epcis::check(data).is_err());
    }
}

/// Whatever reads as a token is within its bounds, and means nothing at a ledger without members.
pub(super) fn access_token(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    let Ok(token) = types::AccessToken::parse(text) else {
        return;
    };
    assert!(text.len() <= types::MAX_TOKEN_BYTES);
    assert!(token.scopes().iter().next().is_some());
    assert_eq!(types::AccessToken::parse(text), Ok(token.clone()));
    let ledger = types::LedgerId(crate::crypto::Blake3Digest::ZERO);
    let now = types::Timestamp::from_ms(0);
    let judged = token.check(&ledger, token.key(), now, None, types::Height(1));
    assert!(judged.is_err());
}

/// What a document is split into is within the limits, and each part is JSON by itself.
pub(super) fn epcis_document(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    let limits = epcis::SplitLimits {
        max_events: 64,
        max_bytes: 64 * 1024,
    };
    let Ok(pieces) = epcis::read_document(text, limits) else {
        return;
    };
    let bytes: usize = pieces.iter().map(|piece| piece.body.len()).sum();
    assert!((1..=limits.max_events).contains(&pieces.len()));
    // Each gets its context with a name, and its own with commas and brackets.
    assert!(bytes <= limits.max_bytes + 64 * pieces.len());
    for piece in &pieces {
        assert!(piece.pointer.starts_with('/'));
        assert!(serde_json::from_str::<&serde_json::value::RawValue>(&piece.body).is_ok());
    }
    // The same as without limits.
    assert_eq!(epcis::split(text), Ok(pieces));
}

pub(super) fn master_data(data: &[u8]) {
    if let Ok(read) = epcis::check_master_data(data) {
        assert_eq!(epcis::canonical_identifier(&read.id), *read.id);
        assert!(read.children.is_sorted() && !read.children.contains(&read.id));
        assert!(read.attributes.len() <= epcis::MAX_ATTRIBUTES);
    }
}

/// What names things names each once, in a form that is its own canonical form.
fn canonical_things(things: &[Box<str>]) {
    for (place, thing) in things.iter().enumerate() {
        assert!(!things[..place].contains(thing));
        assert_eq!(epcis::canonical_identifier(thing), **thing);
    }
}

pub(super) fn custody_record(data: &[u8]) {
    if let Ok(claim) = custody::check_claim(data) {
        canonical_things(&claim.things);
    }
    if let Ok(proposal) = custody::check_proposal(data) {
        canonical_things(&proposal.things);
    }
    if let Ok(rejection) = custody::check_rejection(data) {
        assert!(rejection.reason.is_some());
    }
    if let Ok(withdrawal) = custody::check_withdrawal(data) {
        assert!(withdrawal.place.is_none());
    }
    let _ = custody::check_acceptance(data);
    if let Ok(expiry) = custody::check_expiry(data) {
        assert_eq!(custody::check_expiry(&expiry.to_body()), Ok(expiry));
    }
}

pub(super) fn document_anchor(data: &[u8]) {
    if let Ok(anchor) = document::check(data) {
        canonical_things(&anchor.things);
        assert!(document::is_media_type(&anchor.media_type));
    }
}

/// What a question may hold beside identifiers: durations, points on the Earth, amounts with units.
pub(super) fn question_text(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    if let Ok(duration) = Duration::parse_iso8601(text) {
        assert_eq!(Duration::parse_iso8601(&duration.to_string()), Ok(duration));
    }
    if let Some(point) = epcis::GeoLocation::of_place(text) {
        assert!(point.latitude_microdegrees().abs() <= 90_000_000);
        assert!(point.longitude_microdegrees().abs() <= 180_000_000);
    }
    if let Some((number, uom)) = text.split_once(' ')
        && let Ok(value) = Decimal::from_xsd_decimal(number)
    {
        let compared = epcis::Unit::compare_in(value, uom);
        assert!(compared.is_some() || number.len() > 20);
        let _ = epcis::Unit::sum_in(value, Some(uom));
    }
}

pub(super) fn membership_change(data: &[u8]) {
    if let Ok(change) = membership::check(data) {
        assert!(!change.member().as_str().is_empty());
    }
}

/// A run that is taken ends after it starts, and reads twice alike.
pub(super) fn production_run(data: &[u8]) {
    if let Ok(run) = production::check(data) {
        assert!(run.start < run.end);
        assert!(production::is_machine_name(&run.machine));
        assert_eq!(production::check(data), Ok(run));
    }
}

/// A device that is taken has each quantity once.
pub(super) fn telemetry_device(data: &[u8]) {
    if let Ok(device) = telemetry::check_device(data) {
        assert!(telemetry::is_device_name(&device.device));
        let mut quantities: Vec<_> = device.channels.iter().map(|one| &one.quantity).collect();
        quantities.sort();
        quantities.dedup();
        assert_eq!(quantities.len(), device.channels.len());
    }
}

/// A series that is taken has points in order of time.
pub(super) fn telemetry_series(data: &[u8]) {
    if let Ok(series) = telemetry::check_series(data) {
        assert!((1..=telemetry::MAX_SERIES_POINTS).contains(&series.points.len()));
        assert!(series.points.is_sorted_by(|a, b| a.time < b.time));
        for point in &series.points {
            let scaled = point.value.to_scaled_integer(telemetry::MAX_VALUE_PLACES);
            assert!(scaled.is_some_and(|value| value.unsigned_abs() <= 10u128.pow(21)));
        }
    }
}

/// An order is what it says, in other words too: the text of its duration is read back.
pub(super) fn energy_order(data: &[u8]) {
    if let Ok(order) = market::check_order(data) {
        let duration = order.delivery.duration;
        assert_eq!(
            market::DeliveryDuration::parse(&duration.to_string()),
            Ok(duration)
        );
        canonical::<market::EnergyOrder>(&order.to_bytes());
    }
}

pub(super) fn order_withdrawal(data: &[u8]) {
    if let Ok(withdrawal) = market::check_withdrawal(data) {
        canonical::<market::OrderId>(&withdrawal.order.to_bytes());
    }
}

/// Whatever a contract sets, the areas keep the bounds that the ledger counts on.
pub(super) fn market_areas(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    let Ok(table) = text.parse::<toml::Table>() else {
        return;
    };
    if let Ok(areas) = market::MarketAreas::read(table) {
        assert!(areas.iter().count() <= market::MAX_MARKET_AREAS);
        for area in areas.iter() {
            assert!((1..=market::MAX_OPEN_ORDERS).contains(&area.max_open_orders));
            let start = types::Timestamp::from_ms(0);
            assert!(area.opening(start) < area.gate(start) && area.gate(start) <= start);
            assert!(area.settlement_due(start) > start);
        }
    }
}

/// The body is tried as each kind of the shipped contracts, in the version that the kind has and in
/// another; what a native family takes its schema takes too.
pub(super) fn record_families(data: &[u8]) {
    static RULEBOOK: LazyLock<Rulebook> =
        LazyLock::new(|| Rulebook::of(&shipped_contracts()).expect("good contracts"));
    let kinds = RULEBOOK.contracts().iter().flat_map(|c| c.kinds());
    for kind in kinds {
        for version in [kind.version(), kind.version() + 1] {
            let record = Record {
                kind: kind.kind().clone(),
                version,
                body: Bytes::copy_from_slice(data),
            };
            let verdict = contracts::check(&RULEBOOK, &record);
            assert!(version == kind.version() || verdict.is_err());
        }
    }
}
