//! What is submitted: EPCIS events of about a kilobyte, each another one. The benchmarks of single
//! floors take the same events, so that their figures add up to those of the whole.

use bytes::Bytes;

use crate::types::{Record, RecordKind};

/// Makes events that no other run and no other number makes.
#[derive(Clone, Debug)]
pub struct Workload {
    kind: RecordKind,
    run: u64,
    padding: String,
}

/// The length of an event without padding, roughly.
const BARE_EVENT_BYTES: usize = 810;

/// A serial number has 20 characters at most: ten for the run, nine for the event, one between.
const RUNS: u64 = 10_000_000_000;

impl Workload {
    /// Events of about `event_bytes` bytes for a run with its own number.
    pub fn new(kind: RecordKind, run: u64, event_bytes: usize) -> Self {
        Self {
            kind,
            run: run % RUNS,
            padding: "x".repeat(event_bytes.saturating_sub(BARE_EVENT_BYTES)),
        }
    }

    /// The event with a number.
    pub fn event(&self, number: u64) -> Record {
        let (run, padding) = (self.run, &self.padding);
        let second = number % 60;
        let body = format!(
            r#"{{"@context":["https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld",{{"bench":"https://bench.example/terms/"}}],"type":"ObjectEvent","eventTime":"2026-05-04T09:30:{second:02}.250+02:00","eventTimeZoneOffset":"+02:00","epcList":["urn:epc:id:sgtin:9521234.012345.{run}-{number}","urn:epc:id:sgtin:9521234.012346.{run}-{number}"],"quantityList":[{{"epcClass":"urn:epc:class:lgtin:9521234.077777.{run}-{second}","quantity":62.5,"uom":"KGM"}}],"action":"OBSERVE","bizStep":"shipping","disposition":"in_transit","readPoint":{{"id":"urn:epc:id:sgln:9521234.00017.12"}},"bizLocation":{{"id":"urn:epc:id:sgln:9521234.00018.0"}},"bizTransactionList":[{{"type":"po","bizTransaction":"urn:epc:id:gdti:9521234.00002.{number}"}}],"sensorElementList":[{{"sensorReport":[{{"type":"Temperature","value":18.4,"uom":"CEL"}}]}}],"bench:note":"{padding}"}}"#
        );
        Record {
            kind: self.kind.clone(),
            version: 1,
            body: Bytes::from(body),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::records::epcis;

    #[test]
    fn every_event_is_valid_another_one_and_of_the_size_asked_for() {
        let kind = RecordKind::new("epcis.event").unwrap();
        let workload = Workload::new(kind, 1_795_176_612_049, 1_000);
        let numbers = (0..120).chain([999_999_999]);
        let bodies: Vec<Record> = numbers.map(|n| workload.event(n)).collect();
        let mut checked = Vec::new();
        for record in &bodies {
            checked.push(epcis::check(&record.body).unwrap());
            assert!(
                (950..1_100).contains(&record.body.len()),
                "{}",
                record.body.len()
            );
        }
        for (position, one) in checked.iter().enumerate() {
            assert!(!checked[..position].contains(one), "{position}");
        }
    }
}
