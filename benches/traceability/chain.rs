//! A made-up production chain: lots in layers, each made of ten of the layer before, and used for ten
//! of the next one.
//!
//! A chain has 1,000 lots in each layer. The step from a layer to the next mixes the lots whose numbers
//! differ in one decimal digit only, another digit in each step: so a lot reaches 10, 100 and then all
//! 1,000 lots, whichever way it is followed.

use std::fmt::Write;

use waybill::types::{Record, RecordKind};

/// Steps from the first layer to the last.
pub const LAYERS: u64 = 12;
/// Lots in a layer of a chain.
pub const LOTS: u64 = 1_000;
/// Events of a chain: one transformation for ten lots in each step.
pub const BLOCK_EVENTS: u64 = LAYERS * LOTS / 10;

/// The class of a lot.
pub fn lot(chain: u64, layer: u64, number: u64) -> String {
    format!("urn:epc:class:lgtin:9521234.012345.C{chain}L{layer}N{number}")
}

/// The transformations of a chain, in order of time.
pub fn events(chain: u64) -> Vec<Record> {
    (0..LAYERS)
        .flat_map(|layer| (0..LOTS / 10).map(move |group| transformation(chain, layer, group)))
        .collect()
}

fn transformation(chain: u64, layer: u64, group: u64) -> Record {
    let step = 10_u64.pow(u32::try_from(layer % 3).unwrap());
    let first = group / step * step * 10 + group % step;
    let numbers: Vec<u64> = (0..10).map(|digit| first + digit * step).collect();
    let quantities = |layer: u64| {
        let mut list = String::new();
        for number in &numbers {
            let comma = if list.is_empty() { "" } else { "," };
            let class = lot(chain, layer, *number);
            write!(
                list,
                r#"{comma}{{"epcClass":"{class}","quantity":12.5,"uom":"KGM"}}"#
            )
            .unwrap();
        }
        list
    };
    let (inputs, outputs) = (quantities(layer), quantities(layer + 1));
    let (day, hour) = (1 + layer, chain % 24);
    let body = format!(
        r#"{{"@context":"https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld","type":"TransformationEvent","eventTime":"2025-03-{day:02}T{hour:02}:00:00.000Z","eventTimeZoneOffset":"+00:00","inputQuantityList":[{inputs}],"outputQuantityList":[{outputs}],"bizStep":"commissioning","readPoint":{{"id":"urn:epc:id:sgln:9521234.00001.{chain}"}}}}"#
    );
    let kind = RecordKind::new("epcis.event").unwrap();
    Record {
        kind,
        version: 1,
        body: body.into_bytes().into(),
    }
}
