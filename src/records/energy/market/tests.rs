//! Orders, withdrawals, areas, and the bodies that the ledger makes.

use proptest::prelude::*;

use super::*;
use crate::records::setting_fault::SettingFault;
use crate::types::json;
use crate::types::{Decode, Encode, LogIndex, MarketArea, MemberId, Timestamp};

const ORDER_BODY: &str = r#"{"orderId":"o-1","area":"local","side":"bid",
    "deliveryStart":"2026-06-01T14:00:00+02:00","deliveryDuration":"PT15M",
    "quantityWh":2500,"limitPrice":-8150}"#;

#[test]
fn an_order_is_read_and_each_fault_is_at_its_place() {
    let order = check_order(ORDER_BODY.as_bytes()).unwrap();
    assert_eq!(order.id.as_str(), "o-1");
    assert_eq!(order.area.as_str(), "local");
    assert_eq!(order.terms.side(), Side::Bid);
    assert_eq!(order.terms.quantity_wh(), 2_500);
    assert_eq!(order.terms.limit_price(), -8_150);
    assert_eq!(order.delivery.start.to_string(), "2026-06-01T12:00:00.000Z");
    assert_eq!(order.delivery.end().to_string(), "2026-06-01T12:15:00.000Z");
    assert_eq!(EnergyOrder::from_bytes(&order.to_bytes()), Ok(order));
    let cases = [
        ("\"o-1\"", "\"\"", "/orderId"),
        ("\"o-1\"", "\"a b\"", "/orderId"),
        ("\"local\"", "\"the area\"", "/area"),
        ("\"bid\"", "\"buy\"", "/side"),
        ("14:00:00+02:00", "14:00:00", "/deliveryStart"),
        ("PT15M", "15M", "/deliveryDuration"),
        ("2500", "0", "/quantityWh"),
        ("2500", "-1", "/quantityWh"),
        ("2500", "2500.5", "/quantityWh"),
        ("2500", "100000000001", "/quantityWh"),
        ("-8150", "-1000000001", "/limitPrice"),
        ("-8150", "1.5", "/limitPrice"),
        ("-8150", "\"1\"", "/limitPrice"),
        ("limitPrice", "price", "/price"),
        (",\"limitPrice\":-8150", "", "/limitPrice"),
    ];
    for (from, to, place) in cases {
        let body = ORDER_BODY.replace(from, to);
        let error = check_order(body.as_bytes()).unwrap_err();
        assert_eq!(error.pointer, place, "{body}: {error}");
    }
}

#[test]
fn a_withdrawal_names_an_order() {
    let withdrawal = check_withdrawal(br#"{"orderId":"a.b_c-9"}"#).unwrap();
    assert_eq!(withdrawal.order.as_str(), "a.b_c-9");
    for body in [r#"{"orderId":"é"}"#, r#"{"orderId":"a","why":""}"#, "{}"] {
        assert!(check_withdrawal(body.as_bytes()).is_err(), "{body}");
    }
}

#[test]
fn durations_are_read_and_written() {
    for (text, seconds, canonical) in [
        ("PT15M", 900, "PT15M"),
        ("PT900S", 900, "PT15M"),
        ("P1D", 86_400, "P1D"),
        ("P1DT1S", 86_401, "P1DT1S"),
        ("PT24H", 86_400, "P1D"),
        ("PT1H30M5S", 5_405, "PT1H30M5S"),
        ("PT0S", 0, "PT0S"),
    ] {
        let duration = DeliveryDuration::parse(text).unwrap();
        assert_eq!(duration.as_seconds(), seconds, "{text}");
        assert_eq!(duration.to_string(), canonical);
    }
    for text in [
        "",
        "P",
        "PT",
        "P1DT",
        "15M",
        "PT15",
        "P15M",
        "PT1S1M",
        "PT1M1M",
        "PT1.5S",
        "P1Y",
        "PT+1S",
        "PT100000S",
        "pt1s",
        "P1D1H",
        "PT 1S",
        "PTS",
        "P1W",
    ] {
        assert!(DeliveryDuration::parse(text).is_err(), "{text}");
    }
}

fn areas(text: &str) -> Result<MarketAreas, SettingFault> {
    MarketAreas::read(text.parse().unwrap())
}

const AREA: &str = r#"
[[area]]
name = "local"
title = "The quarter"
currency = "EUR"
auction = "uniform-price"
interval = "PT15M"
opens = "P7D"
gate-closure = "PT5M"
settlement = "PT2H"
max-open-orders = 100
min-price = -50000
max-price = 400000
role = "trader"
"#;

#[test]
fn areas_are_read_and_their_faults_are_told() {
    let read = areas(AREA).unwrap();
    let local = read.get(&MarketArea::new("local").unwrap()).unwrap();
    assert_eq!(local.auction, AuctionRule::UniformPrice);
    assert_eq!(local.currency.to_string(), "EUR");
    assert!(local.shows_book);
    assert_eq!(local.max_open_orders_per_member, 10);
    assert_eq!(local.min_quantity_wh, DEFAULT_MIN_QUANTITY_WH);
    assert_eq!(areas("").unwrap().iter().count(), 0);
    for (from, to, mentions) in [
        ("\"EUR\"", "\"Euro\"", "currency"),
        ("\"uniform-price\"", "\"dutch\"", "dutch"),
        ("\"PT15M\"", "\"15 minutes\"", "interval"),
        ("\"PT15M\"", "\"P2D\"", "interval"),
        ("\"PT15M\"", "\"PT0S\"", "second"),
        ("\"PT15M\"", "\"PT1S\"", "4096"),
        // Open for seven days, and 43 until the settlement: 4,801 quarters.
        ("\"PT2H\"", "\"P43D\"", "4096"),
        ("\"PT5M\"", "\"P7D\"", "gate"),
        ("\"PT2H\"", "\"P91D\"", "settlement"),
        ("= 100", "= 10001", "max-open-orders"),
        ("= 100", "= 0", "max-open-orders"),
        (
            "= 100",
            "= 100\nmax-open-orders-per-member = 0",
            "per-member",
        ),
        (
            "= 100",
            "= 100\nmax-open-orders-per-member = 101",
            "per-member",
        ),
        ("= 100", "= 100\nmin-quantity-wh = 0", "min-quantity-wh"),
        ("= -50000", "= 500000", "min-price"),
        ("= 400000", "= 1000000001", "max-price"),
        ("The quarter", "", "title"),
        ("role =", "roles =", "roles"),
    ] {
        let fault = areas(&AREA.replace(from, to)).unwrap_err();
        assert!(fault.reason.contains(mentions), "{to}: {fault:?}");
        assert_eq!(fault.path.len(), 3, "{to}: {fault:?}");
    }
    let twice = format!("{AREA}{AREA}");
    let fault = areas(&twice).unwrap_err();
    assert!(fault.reason.contains("twice"), "{fault}");
    assert_eq!(fault.path, ["area", "1", "name"]);
    let fault = areas(&AREA.replace("title = \"The quarter\"", "")).unwrap_err();
    assert_eq!(fault.path, ["area", "0"], "{fault}");
    let fault = areas("area = 7").unwrap_err();
    assert_eq!(fault.path, ["area"], "{fault}");
}

fn interval() -> DeliveryInterval {
    DeliveryInterval {
        start: Timestamp::from_ms(1_780_315_200_000),
        duration: DeliveryDuration::from_seconds(900),
    }
}

fn side(member: &str) -> TradeSide {
    TradeSide {
        member: MemberId::new(member).unwrap(),
        order: OrderId::new("o-1").unwrap(),
        index: LogIndex(7),
    }
}

#[test]
fn what_the_ledger_makes_is_json_and_survives_bytes() {
    let area = MarketArea::new("local").unwrap();
    let currency = Currency::new("EUR").unwrap();
    let cleared = Clearing {
        area: area.clone(),
        delivery: interval(),
        bids: 3,
        offers: 2,
        void_orders: 1,
        result: ClearingResult::Cleared {
            contract_version: 1,
            auction: AuctionRule::UniformPrice,
            currency,
            price: Some(-7),
            quantity_wh: 10,
            trades: 1,
            welfare: 5,
        },
    };
    let void = Clearing {
        result: ClearingResult::Void(VoidReason::AreaChanged),
        ..cleared.clone()
    };
    let trade = Trade {
        area: area.clone(),
        delivery: interval(),
        number: 1,
        buyer: side("acme"),
        seller: side("sun"),
        quantity_wh: 10,
        price: -7,
        currency,
        amount: 0,
    };
    let settlement = Settlement {
        area,
        delivery: interval(),
        member: MemberId::new("acme").unwrap(),
        bought_wh: 10,
        sold_wh: 0,
        currency,
        balance: -3,
        metered_in_wh: 12,
        metered_out_wh: 0,
        readings: 2,
        metered_minutes: 15,
        has_coarser_readings: false,
    };
    assert_eq!(settlement.imbalance_wh(), -2);
    for body in [cleared.body(), void.body(), trade.body(), settlement.body()] {
        assert!(json::read(body.as_bytes()).is_ok(), "{body}");
    }
    for clearing in [cleared, void] {
        assert_eq!(Clearing::from_bytes(&clearing.to_bytes()), Ok(clearing));
    }
    assert_eq!(Trade::from_bytes(&trade.to_bytes()), Ok(trade));
    assert_eq!(
        Settlement::from_bytes(&settlement.to_bytes()),
        Ok(settlement)
    );
}

proptest! {
    #[test]
    fn a_duration_comes_back_from_its_text(seconds in 0u64..99_999 * 86_400) {
        let duration = DeliveryDuration::from_seconds(seconds);
        prop_assert_eq!(DeliveryDuration::parse(&duration.to_string()), Ok(duration));
    }

    #[test]
    fn no_body_makes_the_readers_panic(body in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = check_order(&body);
        let _ = check_withdrawal(&body);
    }
}
