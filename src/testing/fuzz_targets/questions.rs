//! What people ask.

use crate::crypto::Blake3Digest;
use crate::ledger::questions::epcis_query::{EpcisQuery, EventCountLimit, QueryText};
use crate::records::epcis::Namespaces;
use crate::types::LedgerId;
use crate::types::json;

/// A query of EPCIS: a JSON object, or the query part of an address without its percent encoding.
pub(super) fn epcis_query(data: &[u8]) {
    let read = || match data.first() {
        Some(b'{') => {
            let json = json::read(data).ok()?;
            QueryText::from_json(&json).ok()
        }
        _ => {
            let mut namespaces = Namespaces::default();
            namespaces
                .declare("example", "https://example.com/terms/")
                .expect("a namespace");
            let mut text = QueryText::new(namespaces);
            for pair in std::str::from_utf8(data).ok()?.split('&') {
                let (name, values) = pair.split_once('=').unwrap_or((pair, ""));
                text.add(name, values).ok()?;
            }
            Some(text)
        }
    };
    let Some(text) = read() else { return };
    let ledger = LedgerId(Blake3Digest::ZERO);
    let query = EpcisQuery::read(&ledger, &text);
    assert_eq!(query, EpcisQuery::read(&ledger, &text));
    match query {
        Ok(query) => assert!(!matches!(
            query.limit(),
            EventCountLimit::First(0) | EventCountLimit::AtMost(0)
        )),
        Err(error) => assert!(!error.to_string().is_empty()),
    }
}
