//! The effects of orders and withdrawals.

use super::areas::area_in_force;
use super::book::{
    Book, BookPhase, MemberBook, OrderState, read_book, read_member_book, read_order, write_book,
    write_member_book, write_order,
};
use super::levels::{self, OrderChange};
use super::rows::{MarketKey, OpenOrder, Work, index};
use crate::contracts::agenda;
use crate::contracts::context::{EffectContext, EffectError, EffectResult, StateWriter};
use crate::contracts::index_keys::IndexKey;
use crate::contracts::rulebook::Rulebook;
use crate::contracts::task::Task;
use crate::records::energy::market::{AreaRules, EnergyOrder, OrderWithdrawal};
use crate::types::plain_words;
use crate::types::{LogIndex, MarketArea, MemberId, Outcome, Rejection, Timestamp};

/// How many times over the caps of open orders may be placed and withdrawn again: it bounds what one interval can
/// add to the index.
const MAX_TURNOVER: u32 = 4;

/// Takes an order. The same order under the same id is a duplicate, whenever it comes; another order under
/// an id that the member has used is rejected.
pub(in crate::contracts) fn place_order(
    state: &mut impl StateWriter,
    rulebook: &Rulebook,
    context: &EffectContext<'_>,
    order: &EnergyOrder,
) -> Result<Outcome, EffectError> {
    let member = &context.submitter.id;
    if let Some(known) = read_order(state, member, &order.id)? {
        if known.order == *order {
            return Ok(Outcome::Duplicate { of: known.index });
        }
        let reason = format!(
            "{member} has placed another order as {}, entry {}: every order has an id of its own",
            order.id, known.index
        );
        return Ok(Outcome::Rejected(Rejection::new("order-id-taken", reason)));
    }
    Ok(match open_order(state, rulebook, context, order)? {
        Ok(()) => Outcome::Accepted,
        Err(rejection) => Outcome::Rejected(rejection),
    })
}

fn open_order(
    state: &mut impl StateWriter,
    rulebook: &Rulebook,
    context: &EffectContext<'_>,
    order: &EnergyOrder,
) -> EffectResult {
    let Some((area, _)) = area_in_force(rulebook, &order.area) else {
        return Ok(Err(Rejection::new(
            "no-such-area",
            format!("the contract in force has no market area {}", order.area),
        )));
    };
    if let Err(rejection) = check_rules(area, context, order) {
        return Ok(Err(rejection));
    }
    let (member, start) = (&context.submitter.id, order.delivery.start);
    let key = MarketKey {
        area: &order.area,
        start,
    };
    let known = read_book(state, &order.area, start)?;
    let mut own = read_member_book(state, (&order.area, start), member)?;
    let book = next_book(area, known.as_ref(), start, context.index);
    // What a member placed before is void: it takes none of its share.
    if own.since < book.since {
        (own.since, own.open_orders) = (book.since, 0);
    }
    let checked =
        check_book(area, &book, start).and_then(|()| check_member_book(area, own, (member, start)));
    if let Err(rejection) = checked {
        return Ok(Err(rejection));
    }
    let tasks = deadlines(known.as_ref(), &book, (&order.area, start));
    if let Err(rejection) = agenda::schedule_all(state, tasks)? {
        return Ok(Err(rejection));
    }
    if known.is_none() {
        let row = IndexKey::MarketInterval {
            area: &order.area,
            start,
        };
        index(state, row, &context.index);
    }
    let mut book = book;
    let open = OpenOrder {
        member: member.clone(),
        id: order.id.clone(),
        index: context.index,
        terms: order.terms,
    };
    Work::OpenOrder(book.slots).write(state, key, &open);
    let placed = OrderState {
        order: order.clone(),
        index: context.index,
        slot: book.slots,
        withdrawn: None,
    };
    write_order(state, member, &placed);
    book.slots += 1;
    *book.side_mut(order.terms.side()) += 1;
    book.placed_orders += 1;
    write_book(state, &order.area, start, &book);
    let change = (&order.terms, OrderChange::Placed);
    levels::note(state, (key, &book), change, context.index)?;
    own.open_orders += 1;
    own.placed_orders += 1;
    write_member_book(state, (&order.area, start), member, own);
    let row = IndexKey::MarketOrder {
        area: &order.area,
        start,
        index: context.index,
    };
    index(state, row, &open);
    let row = IndexKey::MemberOrder {
        member,
        index: context.index,
    };
    index(state, row, order);
    Ok(Ok(()))
}

/// The book that the next order is placed in, as entry `index`. If the area has other intervals or another currency
/// than the orders in it were placed under, they will be void, and those that count begin with this one: nobody
/// blocks an interval by an order that cannot be matched any more.
fn next_book(area: &AreaRules, known: Option<&Book>, start: Timestamp, index: LogIndex) -> Book {
    let gate = area.gate(start);
    let clearing_due = known.map_or(gate, |book| book.clearing_due.min(gate));
    match known {
        Some(book) if book.phase != BookPhase::Open || is_of_area(book, area) => Book {
            clearing_due,
            ..book.clone()
        },
        _ => Book {
            interval: area.interval,
            currency: area.currency,
            since: index,
            clearing_due,
            settlement_due: area.settlement_due(start),
            slots: known.map_or(0, |book| book.slots),
            bids: 0,
            offers: 0,
            placed_orders: known.map_or(0, |book| book.placed_orders),
            phase: BookPhase::Open,
        },
    }
}

/// Whether orders of a book can be matched by the rules of an area.
pub(super) fn is_of_area(book: &Book, area: &AreaRules) -> bool {
    book.interval == area.interval && book.currency == area.currency
}

/// The deadlines of a book that the one before had not.
fn deadlines(
    known: Option<&Book>,
    book: &Book,
    (name, start): (&MarketArea, Timestamp),
) -> Vec<(Timestamp, Task)> {
    let mut tasks = Vec::new();
    if known.is_none_or(|known| known.clearing_due != book.clearing_due) {
        tasks.push((book.clearing_due, Task::gate_closure(name, start)));
    }
    if known.is_none_or(|known| known.settlement_due != book.settlement_due) {
        let task = Task::market_settlement(name, start);
        tasks.push((book.settlement_due, task));
    }
    tasks
}

/// What the area says of an order, whatever else is in the book.
fn check_rules(
    area: &AreaRules,
    context: &EffectContext<'_>,
    order: &EnergyOrder,
) -> Result<(), Rejection> {
    let name = &area.name;
    if let Some(role) = &area.role
        && !context.submitter.roles.contains(role)
    {
        let member = &context.submitter.id;
        return Err(Rejection::new(
            "role-missing",
            format!(
                "orders in {name} are placed by members with the role {role}, which {member} has not"
            ),
        ));
    }
    let start = order.delivery.start;
    if order.delivery.duration != area.interval || !order.delivery.is_aligned() {
        return Err(Rejection::new(
            "wrong-interval",
            format!(
                "{name} trades intervals of {}, one after the other since 1970-01-01T00:00:00Z; {} from \
                 {start} is none of them",
                area.interval, order.delivery.duration
            ),
        ));
    }
    if context.time < area.opening(start) {
        return Err(Rejection::new(
            "gate-not-open",
            format!(
                "orders for {start} in {name} are taken from {} on",
                area.opening(start)
            ),
        ));
    }
    if context.time >= area.gate(start) {
        return Err(gate_closed(area, start, context.time));
    }
    let quantity_wh = order.terms.quantity_wh();
    if quantity_wh < area.min_quantity_wh {
        return Err(Rejection::new(
            "quantity-too-small",
            format!(
                "an order in {name} is of {} Wh at least, {quantity_wh} Wh are less",
                area.min_quantity_wh
            ),
        ));
    }
    let price = order.terms.limit_price();
    if !(area.min_price..=area.max_price).contains(&price) {
        return Err(Rejection::new(
            "price-out-of-bounds",
            format!(
                "limit prices in {name} are {}, {price} is not",
                plain_words::range(area.min_price, area.max_price)
            ),
        ));
    }
    Ok(())
}

/// What the book says of one more order.
fn check_book(area: &AreaRules, book: &Book, start: Timestamp) -> Result<(), Rejection> {
    let name = &area.name;
    if book.phase != BookPhase::Open {
        return Err(Rejection::new(
            "gate-closed",
            format!("{start} in {name} was cleared already"),
        ));
    }
    let is_full = book.open_orders() >= area.max_open_orders;
    if is_full || book.placed_orders >= area.max_open_orders.saturating_mul(MAX_TURNOVER) {
        return Err(Rejection::new(
            "book-full",
            format!(
                "{} orders are open for {start} in {name} and {} were placed; {} can be open and {MAX_TURNOVER} \
                 times as many be placed",
                book.open_orders(),
                book.placed_orders,
                area.max_open_orders
            ),
        ));
    }
    Ok(())
}

/// What the member's share of the book says of one more order: nobody fills it alone.
fn check_member_book(
    area: &AreaRules,
    own: MemberBook,
    (member, start): (&MemberId, Timestamp),
) -> Result<(), Rejection> {
    let most = area.max_open_orders_per_member;
    if own.open_orders < most && own.placed_orders < most.saturating_mul(MAX_TURNOVER) {
        return Ok(());
    }
    Err(Rejection::new(
        "too-many-orders",
        format!(
            "{} orders of {member} are open for {start} in {} and it placed {}; {most} of one member can be \
             open and {MAX_TURNOVER} times as many be placed",
            own.open_orders, area.name, own.placed_orders
        ),
    ))
}

fn gate_closed(area: &AreaRules, start: Timestamp, now: Timestamp) -> Rejection {
    Rejection::new(
        "gate-closed",
        format!(
            "the gate for {start} in {} closed at {}; the time of the block is {now}",
            area.name,
            area.gate(start)
        ),
    )
}

/// Takes an open order back. A second withdrawal is a duplicate.
pub(in crate::contracts) fn withdraw_order(
    state: &mut impl StateWriter,
    rulebook: &Rulebook,
    context: &EffectContext<'_>,
    withdrawal: &OrderWithdrawal,
) -> Result<Outcome, EffectError> {
    let reject = |code, reason: String| Ok(Outcome::Rejected(Rejection::new(code, reason)));
    let (member, id) = (&context.submitter.id, &withdrawal.order);
    let Some(mut order) = read_order(state, member, id)? else {
        return reject(
            "no-such-order",
            format!("{member} has placed no order as {id}"),
        );
    };
    if let Some(of) = order.withdrawn {
        return Ok(Outcome::Duplicate { of });
    }
    let (area, start) = (order.order.area.clone(), order.order.delivery.start);
    if let Some((rules, _)) = area_in_force(rulebook, &area)
        && context.time >= rules.gate(start)
    {
        return Ok(Outcome::Rejected(gate_closed(rules, start, context.time)));
    }
    let book = read_book(state, &area, start)?.filter(|book| book.phase == BookPhase::Open);
    let Some(mut book) = book else {
        return reject(
            "gate-closed",
            format!("{start} in {area} was cleared already"),
        );
    };
    let key = MarketKey { area: &area, start };
    // The last one in a slot takes the place of the one that goes.
    book.slots = book.slots.saturating_sub(1);
    let last: OpenOrder = Work::OpenOrder(book.slots).read(state, key)?;
    if last.index != order.index {
        Work::OpenOrder(order.slot).write(state, key, &last);
        if let Some(mut moved) = read_order(state, &last.member, &last.id)? {
            moved.slot = order.slot;
            write_order(state, &last.member, &moved);
        }
    }
    Work::OpenOrder(book.slots).remove(state, key);
    // A void order was counted no more.
    if book.counts(order.index) {
        let side = book.side_mut(order.order.terms.side());
        *side = side.saturating_sub(1);
        let change = (&order.order.terms, OrderChange::Withdrawn);
        levels::note(state, (key, &book), change, context.index)?;
        let mut own = read_member_book(state, (&area, start), member)?;
        own.open_orders = own.open_orders.saturating_sub(1);
        write_member_book(state, (&area, start), member, own);
    }
    write_book(state, &area, start, &book);
    order.withdrawn = Some(context.index);
    write_order(state, member, &order);
    index(
        state,
        IndexKey::OrderWithdrawal(order.index),
        &context.index,
    );
    Ok(Outcome::Accepted)
}
