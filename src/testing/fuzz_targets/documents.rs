//! What people and other programs write.

use std::sync::LazyLock;

use bytes::Bytes;

use super::codec::canonical;
use crate::contracts::{self, Rulebook, shipped_contracts};
use crate::records::energy::market;
use crate::records::{epcis, membership};
use crate::types::{self, Decode, Encode, Genesis, Record, Submission, json};

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
        assert_eq!(trace.things(), checked.things);
        assert_eq!(trace.event_hash, event.event_hash());
    } else {
        assert!(epcis::check(data).is_err());
    }
}

pub(super) fn membership_change(data: &[u8]) {
    if let Ok(change) = membership::check(data) {
        assert!(!change.member().as_str().is_empty());
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
