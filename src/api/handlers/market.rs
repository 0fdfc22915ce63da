//! The energy market.

use axum::Json;
use axum::extract::State;
use serde::Deserialize;
use utoipa::IntoParams;

use super::asked::HeightAsked;
use super::members::check_known;
use crate::api::context::SharedContext;
use crate::api::problem::{Problem, ProblemKind};
use crate::api::request::{PageSize, PathText, QueryParameters, QuestionPages, parse_part};
use crate::api::views::{
    Book, IntervalPage, IntervalStateView, IntervalView, MarketView, OrderPage, SettlementPage,
    TradePage,
};
use crate::ledger::questions::{IntervalStatus, MarketQuestions, OrderScope, Page};
use crate::types::{Height, MarketArea, MemberId, Timestamp};

/// When.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(in crate::api) struct MarketParameters {
    /// Answer as the ledger stood at this height; the last one if it is left out.
    as_of_height: Option<u64>,
    /// Only what was stated in blocks of before this time: records state their facts when their block is decided.
    #[param(value_type = Option<String>, format = DateTime)]
    event_time_before: Option<Timestamp>,
}

/// When, and which page of intervals.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(in crate::api) struct IntervalParameters {
    /// Answer as the ledger stood at this height; the last one if it is left out.
    as_of_height: Option<u64>,
    /// Only what was stated in blocks of before this time: records state their facts when their block is decided.
    #[param(value_type = Option<String>, format = DateTime)]
    event_time_before: Option<Timestamp>,
    /// Most intervals to give.
    #[serde(default)]
    #[param(value_type = Option<usize>, minimum = 1, maximum = 1000, default = 100)]
    limit: PageSize,
    /// Only intervals that begin before this time.
    #[param(value_type = Option<String>, format = DateTime)]
    before: Option<Timestamp>,
}

/// When, whose, and which page.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(in crate::api) struct MarketPageParameters {
    /// Answer as the ledger stood at this height; the last one if it is left out.
    as_of_height: Option<u64>,
    /// Only what was stated in blocks of before this time: records state their facts when their block is decided.
    #[param(value_type = Option<String>, format = DateTime)]
    event_time_before: Option<Timestamp>,
    /// Only those of this member.
    #[param(value_type = Option<String>)]
    member: Option<MemberId>,
    /// Most to give.
    #[serde(default)]
    #[param(value_type = Option<usize>, minimum = 1, maximum = 1000, default = 100)]
    limit: PageSize,
    /// The `next` of the page before.
    after: Option<String>,
}

/// When, and which page of a member's orders.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(in crate::api) struct MemberOrderParameters {
    /// Answer as the ledger stood at this height; the last one if it is left out.
    as_of_height: Option<u64>,
    /// Only what was stated in blocks of before this time: records state their facts when their block is decided.
    #[param(value_type = Option<String>, format = DateTime)]
    event_time_before: Option<Timestamp>,
    /// Most to give.
    #[serde(default)]
    #[param(value_type = Option<usize>, minimum = 1, maximum = 1000, default = 100)]
    limit: PageSize,
    /// The `next` of the page before.
    after: Option<String>,
}

/// Reads an area and the start of an interval from a path.
fn read_place(area: &str, start: &str) -> Result<(MarketArea, Timestamp), Problem> {
    let shown: String = start.chars().take(80).collect();
    let start = Timestamp::parse_rfc3339(start).map_err(|error| {
        let cause = format!("{shown:?} is {error}");
        Problem::new(ProblemKind::BadPath, cause)
    })?;
    Ok((read_area(area)?, start))
}

fn read_area(area: &str) -> Result<MarketArea, Problem> {
    let form = "a market area: 1 to 64 letters, digits, dots, hyphens and underscores";
    parse_part(area, form)
}

/// Get the market
///
/// The areas by the contract in force, with their rules.
#[utoipa::path(
    get,
    path = "/v1/market",
    params(MarketParameters),
    responses((status = 200, description = "All areas, in order of their names", body = MarketView))
)]
pub(in crate::api) async fn get_market(
    State(context): State<SharedContext>,
    QueryParameters(parameters): QueryParameters<MarketParameters>,
) -> Result<Json<MarketView>, Problem> {
    let answer = context
        .read(move |reader| {
            let view = reader.view()?;
            let asked = HeightAsked::new(parameters.as_of_height, parameters.event_time_before);
            let market = MarketQuestions::open(&*view, asked.height(&*view)?)?;
            Ok(MarketView::new(market.height(), market.market()))
        })
        .await?;
    Ok(Json(answer))
}

/// List the intervals of an area
///
/// Those for which there are orders, the latest first. A page may be short and yet not be the last: the
/// last one has no `next`.
#[utoipa::path(
    get,
    path = "/v1/market/{area}",
    params(("area" = String, Path, description = "The market area"), IntervalParameters),
    responses((status = 200, description = "A page of them", body = IntervalPage))
)]
pub(in crate::api) async fn list_intervals(
    State(context): State<SharedContext>,
    PathText(area): PathText<String>,
    QueryParameters(parameters): QueryParameters<IntervalParameters>,
) -> Result<Json<IntervalPage>, Problem> {
    let area = read_area(&area)?;
    let count = parameters.limit.items();
    let now = context.setup.node.now();
    let answer = context
        .read(move |reader| {
            let view = reader.view()?;
            let asked = HeightAsked::new(parameters.as_of_height, parameters.event_time_before);
            let market = MarketQuestions::open(&*view, asked.height(&*view)?)?;
            let page = market.intervals(&area, parameters.before, count)?;
            let is_empty = |page: &Page<_, _>| page.items.is_empty() && page.next.is_none();
            if market.rules(&area).is_none() && is_empty(&page) {
                // The last page of an area that the rules dropped is empty, and follows others.
                let is_first = parameters.before.is_none();
                if is_first || is_empty(&market.intervals(&area, None, 1)?) {
                    return Err(no_such_area(&area, market.height(), None));
                }
            }
            Ok(IntervalPage::new(&market, &area, &page, now))
        })
        .await?;
    Ok(Json(answer))
}

/// `start` is the interval that was asked for, if it was one.
fn no_such_area(area: &MarketArea, height: Height, start: Option<Timestamp>) -> Problem {
    let interval = start.map_or_else(String::new, |start| format!(" for {start}"));
    let cause = format!(
        "the market has no area {area} at height {height}, and had no orders{interval} there by then"
    );
    Problem::new(ProblemKind::NoSuchArea, cause)
}

/// Get an interval
///
/// What stands in its book, price by price, and what it came to.
#[utoipa::path(
    get,
    path = "/v1/market/{area}/{start}",
    params(
        ("area" = String, Path, description = "The market area"),
        ("start" = String, Path, description = "When delivery begins (RFC 3339)"),
        MarketParameters
    ),
    responses((status = 200, description = "The interval", body = IntervalView))
)]
pub(in crate::api) async fn get_interval(
    State(context): State<SharedContext>,
    PathText((area, start)): PathText<(String, String)>,
    QueryParameters(parameters): QueryParameters<MarketParameters>,
) -> Result<Json<IntervalView>, Problem> {
    let (area, start) = read_place(&area, &start)?;
    let now = context.setup.node.now();
    let answer = context
        .read(move |reader| {
            let view = reader.view()?;
            let asked = HeightAsked::new(parameters.as_of_height, parameters.event_time_before);
            let market = MarketQuestions::open(&*view, asked.height(&*view)?)?;
            let rules = market.rules(&area);
            let Some(interval) = market.interval(&area, start)? else {
                return Err(no_such_interval(&market, &area, start));
            };
            let book = match market.shows_book(&area, interval.status) {
                true => Book::Shown,
                false => Book::Hidden,
            };
            let state = IntervalStateView::new(&market, (&area, start), interval.status, now);
            Ok(IntervalView::new(
                market.height(),
                state,
                rules,
                &interval,
                book,
            ))
        })
        .await?;
    Ok(Json(answer))
}

fn no_such_interval(market: &MarketQuestions<'_>, area: &MarketArea, start: Timestamp) -> Problem {
    match market.rules(area) {
        None => no_such_area(area, market.height(), Some(start)),
        Some(rules) => Problem::new(
            ProblemKind::NoSuchInterval,
            format!(
                "{area} has intervals of {}, and none begins at {start}",
                rules.interval
            ),
        ),
    }
}

/// List the orders of an interval
///
/// Withdrawn ones included, with what became of each. A page may be short and yet not be the last: the last one has no
/// `next`.
#[utoipa::path(
    get,
    path = "/v1/market/{area}/{start}/orders",
    params(
        ("area" = String, Path, description = "The market area"),
        ("start" = String, Path, description = "When delivery begins (RFC 3339)"),
        MarketPageParameters
    ),
    responses((status = 200, description = "A page of them, in the order of the log", body = OrderPage))
)]
pub(in crate::api) async fn list_orders(
    State(context): State<SharedContext>,
    PathText((area, start)): PathText<(String, String)>,
    QueryParameters(parameters): QueryParameters<MarketPageParameters>,
    pages: QuestionPages,
) -> Result<Json<OrderPage>, Problem> {
    let answer = page(
        context,
        (&area, &start),
        (parameters, pages),
        |market, place, (scope, pages), count| {
            let (area, start) = (place.area, place.start);
            if !market.shows_book(area, place.status) {
                return Err(Problem::new(
                    ProblemKind::BookNotShown,
                    format!("{area} shows the orders for {start} when its gate has closed"),
                ));
            }
            let page = market.orders(area, start, scope, count)?;
            Ok(OrderPage::new(
                market.height(),
                Some(place.view(market)),
                &page,
                pages,
            ))
        },
    );
    Ok(Json(answer.await?))
}

/// List the trades of an interval
///
/// With their entries, where their proofs are.
#[utoipa::path(
    get,
    path = "/v1/market/{area}/{start}/trades",
    params(
        ("area" = String, Path, description = "The market area"),
        ("start" = String, Path, description = "When delivery begins (RFC 3339)"),
        MarketPageParameters
    ),
    responses((status = 200, description = "A page of them, in the order of the log", body = TradePage))
)]
pub(in crate::api) async fn list_trades(
    State(context): State<SharedContext>,
    PathText((area, start)): PathText<(String, String)>,
    QueryParameters(parameters): QueryParameters<MarketPageParameters>,
    pages: QuestionPages,
) -> Result<Json<TradePage>, Problem> {
    let answer = page(
        context,
        (&area, &start),
        (parameters, pages),
        |market, place, (scope, pages), count| {
            let page = market.trades(place.area, place.start, scope, count)?;
            let interval = place.view(market);
            Ok(TradePage::new(market.height(), interval, &page, pages))
        },
    );
    Ok(Json(answer.await?))
}

/// List the settlements of an interval
///
/// What each member traded, held against what its meters counted.
#[utoipa::path(
    get,
    path = "/v1/market/{area}/{start}/settlements",
    params(
        ("area" = String, Path, description = "The market area"),
        ("start" = String, Path, description = "When delivery begins (RFC 3339)"),
        MarketPageParameters
    ),
    responses((status = 200, description = "A page of them, in the order of the log", body = SettlementPage))
)]
pub(in crate::api) async fn list_settlements(
    State(context): State<SharedContext>,
    PathText((area, start)): PathText<(String, String)>,
    QueryParameters(parameters): QueryParameters<MarketPageParameters>,
    pages: QuestionPages,
) -> Result<Json<SettlementPage>, Problem> {
    let answer = page(
        context,
        (&area, &start),
        (parameters, pages),
        |market, place, (scope, pages), count| {
            let page = market.settlements(place.area, place.start, scope, count)?;
            Ok(SettlementPage::new(
                market.height(),
                place.view(market),
                &page,
                pages,
            ))
        },
    );
    Ok(Json(answer.await?))
}

/// An interval that a list is of.
struct Place<'a> {
    area: &'a MarketArea,
    start: Timestamp,
    status: IntervalStatus,
    now: Timestamp,
}

impl Place<'_> {
    fn view(&self, market: &MarketQuestions<'_>) -> IntervalStateView {
        IntervalStateView::new(market, (self.area, self.start), self.status, self.now)
    }
}

/// A page of something about an interval.
///
/// # Errors
/// [`ProblemKind::NoSuchInterval`] if there is no such interval, and what the answer's maker says.
async fn page<T: Send + 'static>(
    context: SharedContext,
    (area, start): (&str, &str),
    (parameters, pages): (MarketPageParameters, QuestionPages),
    answer: impl FnOnce(
        &MarketQuestions<'_>,
        &Place<'_>,
        (OrderScope<'_>, &QuestionPages),
        usize,
    ) -> Result<T, Problem>
    + Send
    + 'static,
) -> Result<T, Problem> {
    let (area, start) = read_place(area, start)?;
    let after = pages.after(parameters.after.as_deref())?;
    let count = parameters.limit.items();
    let now = context.setup.node.now();
    context
        .read(move |reader| {
            let view = reader.view()?;
            let asked = HeightAsked::new(parameters.as_of_height, parameters.event_time_before);
            let market = MarketQuestions::open(&*view, asked.height(&*view)?)?;
            if market.delivery(&area, start)?.is_none() {
                return Err(no_such_interval(&market, &area, start));
            }
            if let Some(member) = &parameters.member {
                check_known(reader, member)?;
            }
            let scope = OrderScope {
                member: parameters.member.as_ref(),
                after,
            };
            let place = Place {
                area: &area,
                start,
                status: market.interval_status(&area, start)?,
                now,
            };
            answer(&market, &place, (scope, &pages), count)
        })
        .await
}

/// List the orders of a member
///
/// In all market areas, withdrawn ones included, with what became of each; without those whose book the area does not
/// show before the gate closes. A page may be short and yet not be the last: the last one has no `next`.
#[utoipa::path(
    get,
    path = "/v1/members/{id}/orders",
    params(("id" = String, Path, description = "The member"), MemberOrderParameters),
    responses((status = 200, description = "A page of them, in the order of the log", body = OrderPage))
)]
pub(in crate::api) async fn list_member_orders(
    State(context): State<SharedContext>,
    PathText(id): PathText<String>,
    QueryParameters(parameters): QueryParameters<MemberOrderParameters>,
    pages: QuestionPages,
) -> Result<Json<OrderPage>, Problem> {
    let form = "a member id: 1 to 63 lower-case letters, digits and inner hyphens";
    let member: MemberId = parse_part(&id, form)?;
    let after = pages.after(parameters.after.as_deref())?;
    let count = parameters.limit.items();
    let answer = context
        .read(move |reader| {
            check_known(reader, &member)?;
            let view = reader.view()?;
            let asked = HeightAsked::new(parameters.as_of_height, parameters.event_time_before);
            let market = MarketQuestions::open(&*view, asked.height(&*view)?)?;
            let page = market.member_orders(&member, after, count)?;
            Ok(OrderPage::new(market.height(), None, &page, &pages))
        })
        .await?;
    Ok(Json(answer))
}
