//! The shipped contract of orders on a ledger: a life with its history, and two parties who act at once.

use std::sync::Arc;

use serde_json::{Value, json};

use crate::contracts::AssetKey;
use crate::ledger::EntryRecord;
use crate::ledger::questions::{ask_asset, ask_open_assets};
use crate::testing::{MemoryLedger, TestNetwork, record};
use crate::types::{ContractName, Height, LogIndex, Outcome};

const BUYER: usize = 0;
const SELLER: usize = 1;

fn ledger() -> MemoryLedger {
    MemoryLedger::new(Arc::new(TestNetwork::new(1, 3)))
}

fn submit(ledger: &mut MemoryLedger, steps: Vec<(usize, &str, Value)>) -> Vec<(LogIndex, Outcome)> {
    let submissions = steps
        .into_iter()
        .map(|(member, kind, body)| {
            let record = record(&format!("orders.{kind}"), 1, body.to_string());
            ledger
                .network()
                .submission(member, ledger.expiry(), vec![record])
        })
        .collect();
    let applied = ledger.submit(submissions);
    let outcome = |entry: &EntryRecord| (entry.location.first_index, entry.outcomes[0].clone());
    applied.records.iter().map(outcome).collect()
}

fn order(ledger: &MemoryLedger, revision: u32, quantity: u32) -> Value {
    json!({
        "buyer": ledger.network().member(BUYER), "seller": ledger.network().member(SELLER),
        "number": "PO/7", "revision": revision, "currency": "EUR",
        "lines": [{"product": "09521001012345", "quantity": quantity, "unit": "KGM",
            "unitPriceMinor": 250, "amountMinor": 250 * quantity}],
        "totalMinor": 250 * quantity, "delivery": {"until": "2030-01-01T00:00:00Z"}
    })
}

fn step(ledger: &MemoryLedger, rest: Value) -> Value {
    let mut body = json!({"buyer": ledger.network().member(BUYER), "number": "PO/7"});
    for (name, value) in rest.as_object().unwrap() {
        body[name] = value.clone();
    }
    body
}

fn key(ledger: &MemoryLedger) -> (ContractName, AssetKey) {
    let key = format!("{}/PO/7", ledger.network().member(BUYER));
    (
        ContractName::new("orders").unwrap(),
        AssetKey::new(&key).unwrap(),
    )
}

#[test]
fn an_order_has_its_stage_and_its_text_at_every_height() {
    let mut ledger = ledger();
    let placed = order(&ledger, 1, 4);
    let changed = order(&ledger, 2, 6);
    let confirm = |revision: u32, total: u32| {
        step(&ledger, json!({"revision": revision, "totalMinor": total}))
    };
    let ship = step(
        &ledger,
        json!({"shipment": "S1", "shippedAt": "2026-02-01T00:00:00Z",
            "lines": [{"line": 1, "quantity": 6, "unit": "KGM"}]}),
    );
    let receive = step(&ledger, json!({"receivedAt": "2026-02-03T00:00:00Z"}));
    let steps = [
        (BUYER, "place", placed, "placed", 1_000),
        (SELLER, "confirm", confirm(1, 1_000), "confirmed", 1_000),
        (BUYER, "change", changed, "placed", 1_500),
        (SELLER, "confirm", confirm(2, 1_500), "confirmed", 1_500),
        (SELLER, "ship", ship, "shipped", 1_500),
        (BUYER, "fulfil", receive, "fulfilled", 1_500),
    ];
    let mut expected = Vec::new();
    for (member, kind, body, stage, total) in steps {
        let done = submit(&mut ledger, vec![(member, kind, body)]);
        assert_eq!(done[0].1, Outcome::Accepted, "{kind}");
        expected.push((done[0].0, stage, total));
    }
    let (contract, key) = key(&ledger);
    for (height, (latest, stage, total)) in (1..).zip(&expected) {
        let at = Some(Height(height));
        let answer = ask_asset(&ledger, &contract, &key, at, None, 10)
            .unwrap()
            .unwrap();
        assert_eq!(answer.stage.unwrap().as_str(), *stage);
        assert_eq!(answer.latest, *latest);
        assert_eq!(answer.is_closed, height == 6);
        let body: Value = serde_json::from_slice(&answer.body).unwrap();
        assert_eq!(body["totalMinor"], *total);
        let stated = if height < 3 {
            expected[0].0
        } else {
            expected[2].0
        };
        assert_eq!(answer.stated, stated);
    }
    let answer = ask_asset(&ledger, &contract, &key, None, None, 10)
        .unwrap()
        .unwrap();
    let stages: Vec<String> = answer
        .history
        .iter()
        .rev()
        .map(|(_, change)| change.stage.as_ref().unwrap().to_string())
        .collect();
    let told: Vec<&str> = expected.iter().map(|(_, stage, _)| *stage).collect();
    assert_eq!(stages, told);
}

#[test]
fn parties_find_their_open_orders() {
    let mut ledger = ledger();
    for number in ["B", "A", "LONG", "C"] {
        let mut body = order(&ledger, 1, 4);
        body["number"] = json!(number);
        submit(&mut ledger, vec![(BUYER, "place", body)]);
    }
    let decline = |ledger: &MemoryLedger, number: &str| json!({"buyer": ledger.network().member(BUYER), "number": number, "reason": "no"});
    let body = decline(&ledger, "C");
    submit(&mut ledger, vec![(SELLER, "decline", body)]);
    let (contract, _) = key(&ledger);
    let listed = |member: usize, after: Option<&AssetKey>, count| -> Vec<AssetKey> {
        let party = ledger.network().member(member);
        let answer = ask_open_assets(&ledger, (&contract, &party), None, after, count).unwrap();
        answer.assets.into_iter().map(|asset| asset.key).collect()
    };
    let buyer = ledger.network().member(BUYER);
    let named: Vec<AssetKey> = ["A", "B", "LONG"]
        .map(|number| AssetKey::new(&format!("{buyer}/{number}")).unwrap())
        .to_vec();
    assert_eq!(listed(BUYER, None, 9), named);
    assert_eq!(listed(SELLER, None, 9), named);
    assert_eq!(listed(2, None, 9), []);
    assert_eq!(listed(SELLER, Some(&named[0]), 1), named[1..2]);
    assert_eq!(listed(SELLER, Some(&named[2]), 1), []);
}

#[test]
fn of_two_parties_in_one_block_the_second_finds_what_the_first_did() {
    let mut ledger = ledger();
    let placed = order(&ledger, 1, 4);
    submit(&mut ledger, vec![(BUYER, "place", placed)]);
    let changed = order(&ledger, 2, 6);
    let confirm = step(&ledger, json!({"revision": 1, "totalMinor": 1_000}));
    let mut confirmed_first = ledger.clone();
    // The seller confirms what he has read, while the buyer changes it.
    let done = submit(
        &mut ledger,
        vec![
            (BUYER, "change", changed.clone()),
            (SELLER, "confirm", confirm.clone()),
        ],
    );
    assert_eq!(done[0].1, Outcome::Accepted);
    assert!(
        matches!(&done[1].1, Outcome::Rejected(rejection) if rejection.reason().contains("this-revision"))
    );
    // The other way round both count, and the change is open again.
    let done = submit(
        &mut confirmed_first,
        vec![(SELLER, "confirm", confirm), (BUYER, "change", changed)],
    );
    assert!(
        done.iter()
            .all(|(_, outcome)| *outcome == Outcome::Accepted)
    );
    let (contract, key) = key(&ledger);
    let answer = ask_asset(&confirmed_first, &contract, &key, None, None, 10)
        .unwrap()
        .unwrap();
    assert_eq!(answer.stage.unwrap().as_str(), "placed");
}
