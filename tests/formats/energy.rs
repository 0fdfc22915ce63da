//! The energy market: what is stored, and what the ledger writes into its log.

use waybill::contracts::energy::market::{
    Book, BookPhase, BookStep, ClearedBook, ClearingRow, LevelSum, MemberBook, OpenOrder,
    OrderState, ServedWh, Tally,
};
use waybill::contracts::{IndexKey, MarketLevelKey, StateKey, Task};
use waybill::records::energy::market::{
    AuctionRule, Clearing, ClearingResult, Currency, DeliveryDuration, DeliveryInterval,
    EnergyOrder, OrderId, OrderTerms, Settlement, Side, Trade, TradeSide, VoidReason,
};
use waybill::types::*;

use super::fixtures::*;

fn area() -> MarketArea {
    MarketArea::new("CH-ZH").unwrap()
}

fn delivery() -> DeliveryInterval {
    DeliveryInterval {
        start: Timestamp::from_ms(1_780_315_200_000),
        duration: DeliveryDuration::from_seconds(900),
    }
}

fn order_id() -> OrderId {
    OrderId::new("noon-1").unwrap()
}

fn terms() -> OrderTerms {
    OrderTerms::new(Side::Offer, 2_500, -8_150).unwrap()
}

fn currency() -> Currency {
    Currency::new("CHF").unwrap()
}

fn order() -> EnergyOrder {
    EnergyOrder {
        id: order_id(),
        area: area(),
        delivery: delivery(),
        terms: terms(),
    }
}

fn book(phase: BookPhase) -> Vec<u8> {
    Book {
        interval: delivery().duration,
        currency: currency(),
        since: LogIndex(5),
        clearing_due: TIME,
        settlement_due: TIME,
        slots: 2,
        bids: 2,
        offers: 0,
        placed_orders: 3,
        phase,
    }
    .to_bytes()
}

fn clearing() -> Clearing {
    Clearing {
        area: area(),
        delivery: delivery(),
        bids: 3,
        offers: 2,
        void_orders: 1,
        result: ClearingResult::Cleared {
            contract_version: 1,
            auction: AuctionRule::UniformPrice,
            currency: currency(),
            price: Some(-7),
            quantity_wh: 10,
            trades: 1,
            welfare: 5,
        },
    }
}

fn void() -> Clearing {
    Clearing {
        result: ClearingResult::Void(VoidReason::AreaChanged),
        ..clearing()
    }
}

fn trade() -> Trade {
    let side = |index| TradeSide {
        member: member_id(),
        order: order_id(),
        index: LogIndex(index),
    };
    Trade {
        area: area(),
        delivery: delivery(),
        number: 1,
        buyer: side(7),
        seller: side(8),
        quantity_wh: 2_500,
        price: -8_150,
        currency: currency(),
        amount: -20,
    }
}

fn settlement() -> Settlement {
    Settlement {
        area: area(),
        delivery: delivery(),
        member: member_id(),
        bought_wh: 0,
        sold_wh: 2_500,
        currency: currency(),
        balance: -20,
        metered_in_wh: 4,
        metered_out_wh: 2_400,
        readings: 2,
        metered_minutes: 10,
        has_coarser_readings: true,
    }
}

fn keys() -> Vec<u8> {
    let (area, start, member) = (area(), delivery().start, member_id());
    let (area, member, index) = (&area, &member, LogIndex(7));
    let order = &order_id();
    let level = MarketLevelKey {
        area,
        start,
        since: LogIndex(5),
        side: Side::Offer,
        price: -8_150,
    };
    let keys = [
        StateKey::MarketBook { area, start }.to_bytes(),
        StateKey::MemberBook {
            area,
            start,
            member,
        }
        .to_bytes(),
        StateKey::Order { member, order }.to_bytes(),
        IndexKey::MarketInterval { area, start }.to_bytes(),
        IndexKey::MarketOrder { area, start, index }.to_bytes(),
        IndexKey::MarketBookStep { area, start, index }.to_bytes(),
        IndexKey::MarketLevel(level).to_bytes(),
        IndexKey::MarketLevelStep { level, index }.to_bytes(),
        IndexKey::MarketClearing { area, start }.to_bytes(),
        IndexKey::MarketTrade { area, start, index }.to_bytes(),
        IndexKey::MarketSettlement { area, start, index }.to_bytes(),
        IndexKey::MemberOrder { member, index }.to_bytes(),
        IndexKey::OrderWithdrawal(index).to_bytes(),
        IndexKey::OrderServed(index).to_bytes(),
    ];
    keys.concat()
}

pub fn values() -> Vec<(&'static str, Vec<u8>)> {
    let (area, start) = (area(), delivery().start);
    let tasks = [
        Task::GateClosure {
            area: area.clone(),
            start,
        },
        Task::MarketSettlement { area, start },
    ];
    let open = OpenOrder {
        member: member_id(),
        id: order_id(),
        index: LogIndex(7),
        terms: terms(),
    };
    let state = OrderState {
        order: order(),
        index: LogIndex(7),
        slot: 1,
        withdrawn: Some(LogIndex(9)),
    };
    let tally = |recorded| Tally { total: 2, recorded };
    let cleared = BookPhase::Cleared(ClearedBook {
        clearing: LogIndex(9),
        trades: tally(2),
        positions: 2,
        settlements: Some(tally(1)),
    });
    let row = ClearingRow {
        index: LogIndex(9),
        clearing: clearing(),
    };
    vec![
        ("energy order", order().to_bytes()),
        ("energy order, state", state.to_bytes()),
        ("energy order, open", open.to_bytes()),
        ("energy order, served", ServedWh(7).to_bytes()),
        ("market book, open", book(BookPhase::Open)),
        ("market book, cleared", book(cleared)),
        (
            "market book, of a member",
            MemberBook {
                since: LogIndex(5),
                open_orders: 2,
                placed_orders: 3,
            }
            .to_bytes(),
        ),
        (
            "market book, step",
            BookStep {
                since: LogIndex(5),
                clearing_due: TIME,
                settlement_due: TIME,
                placed: 3,
                bids: 2,
                offers: 0,
            }
            .to_bytes(),
        ),
        (
            "market book, level",
            LevelSum {
                quantity_wh: 7,
                orders: 2,
            }
            .to_bytes(),
        ),
        ("market keys", keys()),
        ("market tasks", tasks.map(|task| task.to_bytes()).concat()),
        ("clearing", row.to_bytes()),
        ("clearing, body", clearing().body().into_bytes()),
        ("clearing, void", void().to_bytes()),
        ("clearing, void, body", void().body().into_bytes()),
        ("energy trade", trade().to_bytes()),
        ("energy trade, body", trade().body().into_bytes()),
        ("energy settlement", settlement().to_bytes()),
        ("energy settlement, body", settlement().body().into_bytes()),
    ]
}
