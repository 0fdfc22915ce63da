//! The welfare of our auctions against the optimum that pymarket's linear program finds.

#![allow(clippy::unwrap_used)]

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::json;
use waybill::contracts::energy::auction::hold_auction;
use waybill::records::energy::market::{AuctionRule, OrderTerms, Side};

const BOOKS: u64 = 60;

/// What the script exits with if there is no pymarket.
const ABSENT: i32 = 42;

/// Books of up to twelve orders, with a bid and an offer at least: the linear program needs both.
fn books() -> Vec<Vec<OrderTerms>> {
    let mut random = 0x2545_f491_4f6c_dd1d_u64;
    let mut next = |below: u64| {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        random % below
    };
    (0..BOOKS)
        .map(|_| {
            let count = 2 + next(11);
            (0..count)
                .map(|at| {
                    let side = match (at, next(2)) {
                        (0, _) | (2.., 0) => Side::Bid,
                        _ => Side::Offer,
                    };
                    let price = i64::try_from(next(60)).unwrap() - 10;
                    OrderTerms::new(side, 1 + next(40), price).unwrap()
                })
                .collect()
        })
        .collect()
}

#[test]
fn no_linear_program_finds_more_welfare() {
    let python = std::env::var("WAYBILL_PYMARKET_PYTHON").unwrap_or_else(|_| "python3".to_owned());
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/conformance/auction.py");
    let skip = |why: &str| {
        // Past the capture of the test harness: who runs the tests is to see what did not run.
        let _ = writeln!(
            std::io::stderr(),
            "skipped: {BOOKS} books of orders ({why}; WAYBILL_PYMARKET_PYTHON names a Python with pymarket)"
        );
    };
    let started = Command::new(python)
        .arg(script)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn();
    let Ok(mut process) = started else {
        return skip("there is no such Python");
    };
    let books = books();
    let input: Vec<_> = books
        .iter()
        .map(|book| {
            let orders = book.iter().map(|order| {
                json!([
                    order.side() == Side::Bid,
                    order.quantity_wh(),
                    order.limit_price()
                ])
            });
            orders.collect::<Vec<_>>()
        })
        .collect();
    // A process that has ended reads nothing: its exit code says why.
    let _ = process
        .stdin
        .take()
        .unwrap()
        .write_all(json!(input).to_string().as_bytes());
    let output = process.wait_with_output().unwrap();
    if output.status.code() == Some(ABSENT) {
        return skip("there is no pymarket");
    }
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{complaint}");
    let optima: Vec<f64> = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(optima.len(), books.len());
    let mut trading = 0;
    for (book, optimum) in books.iter().zip(optima) {
        for rule in [AuctionRule::UniformPrice, AuctionRule::PayAsBid] {
            let result = hold_auction(rule, book);
            // Whole numbers, far below what a float holds exactly.
            let ours = result.welfare_micro.to_string().parse::<f64>().unwrap();
            assert!((ours - optimum).abs() < 1e-6, "{ours} {optimum} {book:?}");
            trading += usize::from(result.quantity_wh > 0);
        }
    }
    assert!(trading > 60, "{trading}");
}
