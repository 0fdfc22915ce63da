//! Drawing a book, and finding the next interval.

use serde_json::json;

use super::report::{IntervalReport, OrderReport};
use super::show::describe;
use super::{Start, ask, plot, svg};
use crate::cli::Exit;
use crate::records::energy::market::DeliveryDuration;
use crate::types::{MarketArea, Timestamp};

fn interval() -> IntervalReport {
    serde_json::from_value(json!({
        "height": 7, "area": "local", "deliveryStart": "2026-06-01T12:00:00.000Z",
        "deliveryDuration": "PT15M", "status": "cleared", "gateClosure": "2026-06-01T11:55:00.000Z",
        "currency": "EUR", "placed": 4, "bids": 2, "offers": 2,
        "demand": [{"price": 30, "quantityWh": 4, "orders": 1}, {"price": 20, "quantityWh": 5, "orders": 1}],
        "supply": [{"price": 10, "quantityWh": 6, "orders": 1}, {"price": 25, "quantityWh": 4, "orders": 1}],
        "clearing": {"index": 9, "bids": 2, "offers": 2, "auction": "uniform-price", "currency": "EUR",
            "price": 20, "quantityWh": 6, "trades": 2, "welfare": 100}
    }))
    .unwrap()
}

#[test]
fn a_book_is_drawn() {
    let text = plot::draw(&interval());
    let lines: Vec<&str> = text.lines().skip(1).collect();
    assert!(lines[0].starts_with("         30 |dddd"), "{text}");
    assert!(lines[13].starts_with("         10 |ssss"), "{text}");
    // The price goes through where demand is served in part.
    assert!(lines.iter().any(|line| line.contains("....ddd")), "{text}");
    assert!(lines[15].ends_with("10 Wh"), "{text}");
    let mut empty = interval();
    (empty.demand, empty.supply) = (Vec::new(), Vec::new());
    assert_eq!(plot::draw(&empty), "");

    let picture = svg::draw(&interval());
    assert!(picture.starts_with("<svg ") && picture.ends_with("</svg>\n"));
    assert_eq!(picture.matches("stroke-width=\"2\"").count(), 2);
    assert!(picture.contains("20 for 6 Wh"));
    assert!(svg::draw(&empty).ends_with("</svg>\n"));
}

/// What a dishonest node answers neither writes markup into a file nor stops the program.
#[test]
fn a_strange_answer_is_drawn_as_text() {
    let mut strange = interval();
    let markup = "</title><script>alert(1)</script>".to_owned();
    strange.area.clone_from(&markup);
    strange.delivery_start.clone_from(&markup);
    strange.currency = Some(markup);
    for level in &mut strange.demand {
        level.quantity_wh = u64::MAX;
    }
    let picture = svg::draw(&strange);
    assert!(!picture.contains("<script"), "{picture}");
    assert_eq!(picture.matches("&lt;script&gt;").count(), 3);
    assert!(plot::draw(&strange).contains(&u64::MAX.to_string()));
}

#[test]
fn an_interval_is_described() {
    let text = describe(&interval());
    assert!(text.contains("entry 9: 6 Wh in 2 trades at 20 minor units of EUR per MWh"));
    assert!(text.contains("bid    30"), "{text}");
    let mut void = interval();
    void.clearing.as_mut().unwrap().void = Some("area-changed".to_owned());
    assert!(describe(&void).contains("void (area-changed)"));
    let mut some = interval();
    some.clearing.as_mut().unwrap().void_orders = 1;
    let text = describe(&some);
    assert!(text.contains("left out below: 1 order;"), "{text}");
}

#[test]
fn each_order_has_a_word_for_what_became_of_it() {
    for (field, value, word) in [
        ("withdrawn", json!(4), "withdrawn by entry 4"),
        ("void", json!("member-removed"), "void (member-removed)"),
        ("limitPrice", json!(8), "0 Wh traded"),
        ("servedWh", json!(null), "open"),
    ] {
        let mut order = json!({
            "index": 3, "member": "acme", "orderId": "b", "area": "local", "side": "bid",
            "deliveryStart": "2026-06-01T12:00:00.000Z", "quantityWh": 5, "limitPrice": 9, "servedWh": 0
        });
        order[field] = value;
        let order: OrderReport = serde_json::from_value(order).unwrap();
        assert_eq!(order.fate(), word);
    }
}

/// An interval between the time of its gate and the next block takes no orders, whatever the last block says.
#[test]
fn a_gate_that_time_has_passed_is_not_called_open() {
    let mut interval = interval();
    interval.clearing = None;
    for (status, takes_orders, word, gate) in [
        ("early", Some(false), "early", "from 2026-05-25"),
        ("early", Some(true), "opening", "gate closes at"),
        ("open", Some(true), "open", "gate closes at"),
        ("open", None, "open", "gate closes at"),
        ("open", Some(false), "closing", "come too late"),
        ("closed", Some(false), "closed", "gate closed at"),
    ] {
        status.clone_into(&mut interval.status);
        interval.takes_orders = takes_orders;
        interval.gate_opening = Some("2026-05-25T12:00:00.000Z".to_owned());
        let text = describe(&interval);
        assert!(text.contains(&format!(": {word} at height 7")), "{text}");
        assert!(text.contains(gate), "{text}");
    }
}

/// An area that does not exist is no fault of the command line: it ends as what a node refuses.
#[test]
fn an_area_that_does_not_exist_is_refused_with_those_that_do() {
    let of = |names: &[&str], area: &str| {
        let areas: Vec<_> = names
            .iter()
            .map(|name| {
                json!({"name": name, "title": "t", "currency": "EUR", "auction": "uniform-price",
                    "interval": "PT15M", "gateClosure": "PT5M", "maxOpenOrders": 10})
            })
            .collect();
        let market = serde_json::from_value(json!({"areas": areas})).unwrap();
        ask::area_of(market, &MarketArea::new(area).unwrap(), " --url http://a:1")
    };
    assert_eq!(of(&["grid", "local"], "local").unwrap().name, "local");
    let many = ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j"];
    for (names, why, way_out) in [
        (
            &["grid", "local"][..],
            "there are grid, local",
            "market areas",
        ),
        (&["grid"], "there is grid", "market areas"),
        (
            &[],
            "no contract of the ledger has market areas",
            "contract list",
        ),
        (
            &many,
            "there are a, b, c, d, e, f, g, h and 2 more",
            "market areas",
        ),
    ] {
        let failure = of(names, "nowhere").unwrap_err();
        assert_eq!(failure.exit, Exit::Refused);
        assert_eq!(failure.what, "the market of the ledger has no area nowhere");
        assert_eq!(failure.why, why);
        assert_eq!(
            failure.way_out,
            format!("waybill {way_out} --url http://a:1")
        );
    }
}

#[test]
fn the_next_interval_is_the_first_with_an_open_gate() {
    let at = |text: &str| Timestamp::parse_rfc3339(text).unwrap();
    let (quarter, gate) = (
        DeliveryDuration::from_seconds(900),
        DeliveryDuration::from_seconds(300),
    );
    for (now, expected) in [
        ("2026-06-01T11:54:57Z", "2026-06-01T12:00:00Z"),
        ("2026-06-01T11:54:58.001Z", "2026-06-01T12:15:00Z"),
        ("2026-06-01T11:55:00Z", "2026-06-01T12:15:00Z"),
    ] {
        assert_eq!(
            ask::next_start(at(now), quarter, gate),
            at(expected),
            "{now}"
        );
    }
    assert_eq!("next".parse(), Ok(Start::Next));
    assert!("noon".parse::<Start>().is_err());
}
