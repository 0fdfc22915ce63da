//! The energy market, as a client sees it.

use serde_json::{Value, json};

use super::support::{Server, World, assert_problem, record};
use crate::testing::{energy_contract, energy_order, install_contract, order_withdrawal};
use crate::types::{ContractBundle, Record, Timestamp};

const START: &str = "2024-10-01T00:15:00.000Z";

fn order(id: &str, side: &str, quantity_wh: u64, price: i64) -> Record {
    let start = Timestamp::parse_rfc3339(START).unwrap();
    energy_order(id, side, start, quantity_wh, price)
}

/// At height 1 orders, at 2 a withdrawal, at 3 the clearing, and at 4 the settlement.
fn world() -> World {
    let world = World::new();
    let orders = vec![
        order("b1", "bid", 4_000, 30_000),
        order("b2", "bid", 5_000, 20_000),
        order("o1", "offer", 6_000, 10_000),
        order("o2", "offer", 900, 1),
        record("energy.order", "{}"),
    ];
    world.commit(vec![world.sign(orders)], Vec::new());
    world.commit(vec![world.sign(vec![order_withdrawal("o2")])], Vec::new());
    world.commit_after(600_000, Vec::new(), Vec::new());
    world.commit_after(2 * 86_400_000, Vec::new(), Vec::new());
    world
}

fn list<'a>(page: &'a Value, name: &str) -> &'a Vec<Value> {
    page[name].as_array().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn areas_and_intervals_are_told() {
    let server = Server::start(&world()).await;
    let market = server.json("/v1/market").await;
    assert_eq!(
        (&market["height"], &market["contractVersion"]),
        (&json!(4), &json!(1))
    );
    assert_eq!(market["areas"][0]["name"], "local");
    assert_eq!(market["areas"][0]["gateClosure"], "PT5M");
    assert_eq!(market["areas"][1]["auction"], "pay-as-bid");

    let area = server.json("/v1/market/local").await;
    assert_eq!(area["intervals"][0]["deliveryStart"], START);
    assert_eq!(area["intervals"][0]["status"], "cleared");
    assert_eq!(area["intervals"][0]["clearing"]["price"], 20_000);
    let before = server
        .json(&format!("/v1/market/local?before={START}"))
        .await;
    assert_eq!(list(&before, "intervals").len(), 0);

    let open = server
        .json(&format!("/v1/market/local/{START}?as_of_height=1"))
        .await;
    assert_eq!(
        (&open["status"], &open["bids"], &open["offers"]),
        (&json!("open"), &json!(2), &json!(2))
    );
    assert_eq!(open["gateClosure"], "2024-10-01T00:10:00.000Z");
    assert_eq!(
        open["supply"][0],
        json!({"price": 1, "quantityWh": 900, "orders": 1})
    );
    assert_eq!(open["demand"][0]["price"], 30_000);
    assert_eq!(
        (&open["moreDemand"], &open["moreSupply"]),
        (&json!(false), &json!(false))
    );
    let now = server.json(&format!("/v1/market/local/{START}")).await;
    assert_eq!(
        (&now["status"], &now["offers"], &now["placed"]),
        (&json!("cleared"), &json!(1), &json!(4))
    );
    assert_eq!(now["clearing"]["quantityWh"], 6_000);
    // The clearing is an entry of the log.
    let index = &now["clearing"]["index"];
    let entry = server.json(&format!("/v1/records/{index}")).await;
    assert_eq!(entry["record"]["kind"], "energy.clearing");
    // An interval that nobody asked for yet is there as well.
    let empty = server.json("/v1/market/local/2024-10-05T00:00:00Z").await;
    assert_eq!(
        (&empty["status"], &empty["placed"]),
        (&json!("open"), &json!(0))
    );
    let early = server.json("/v1/market/local/2025-10-05T00:00:00Z").await;
    assert_eq!(early["status"], "early");
}

#[tokio::test(flavor = "multi_thread")]
async fn orders_trades_and_settlements_come_in_pages() {
    let server = Server::start(&world()).await;
    let path = format!("/v1/market/local/{START}");
    let orders = server.json(&format!("{path}/orders?limit=3")).await;
    let served: Vec<_> = list(&orders, "orders")
        .iter()
        .map(|o| o["servedWh"].clone())
        .collect();
    assert_eq!(served, [4_000, 2_000, 6_000]);
    let next = orders["next"].as_str().unwrap();
    let rest = server
        .json(&format!("{path}/orders?limit=3&after={next}"))
        .await;
    assert_eq!(rest["orders"][0]["orderId"], "o2");
    assert!(rest["orders"][0]["withdrawn"].is_u64());
    assert!(rest["next"].is_null());
    let of_another = format!("{path}/orders?limit=3&member=trader&after={next}");
    assert_problem(server.get(&of_another).await, 400, "bad-query").await;
    let none = server.json(&format!("{path}/orders?member=port-1")).await;
    assert_eq!(list(&none, "orders").len(), 0);

    let trades = server.json(&format!("{path}/trades?limit=1")).await;
    assert_eq!(trades["trades"][0]["amount"], 80);
    assert_eq!(trades["trades"][0]["buyer"]["orderId"], "b1");
    let next = trades["next"].as_str().unwrap();
    let trades = server
        .json(&format!("{path}/trades?limit=1&after={next}"))
        .await;
    assert_eq!(trades["trades"][0]["number"], 2);
    let index = trades["trades"][0]["index"].as_u64().unwrap();
    let entry = server.json(&format!("/v1/records/{index}")).await;
    assert_eq!(entry["record"]["content"]["quantityWh"], 2_000);

    // Whoever bought and sold is even in money, and was metered nothing.
    let settlements = server
        .json(&format!("{path}/settlements?member=trader"))
        .await;
    let settlement = &settlements["settlements"][0];
    assert_eq!(
        (&settlement["balance"], &settlement["imbalanceWh"]),
        (&json!(0), &json!(0))
    );
    let before = server
        .json(&format!("{path}/settlements?as_of_height=3"))
        .await;
    assert_eq!(list(&before, "settlements").len(), 0);

    let own = server.json("/v1/members/trader/orders").await;
    assert_eq!(list(&own, "orders").len(), 4);
    let own = server
        .json("/v1/members/trader/orders?as_of_height=1")
        .await;
    assert!(own["orders"][0]["servedWh"].is_null());
}

/// The ledger's status is of its last block; whether orders are taken is of now.
#[tokio::test(flavor = "multi_thread")]
async fn an_interval_takes_orders_until_its_gate_and_not_until_the_next_block() {
    let world = World::new();
    let orders = vec![order("b", "bid", 4_000, 30_000)];
    world.commit(vec![world.sign(orders)], Vec::new());
    let server = Server::start(&world).await;
    let path = format!("/v1/market/local/{START}");
    let gate = Timestamp::parse_rfc3339("2024-10-01T00:10:00Z").unwrap();
    let clock = |ms: i64| {
        let now = &world.node.now_ms;
        now.store(gate.as_ms() + ms, std::sync::atomic::Ordering::Relaxed);
    };
    let state = async |path: &str| {
        let answer = server.json(path).await;
        let of = match answer.get("interval") {
            Some(interval) => interval.clone(),
            None => answer.clone(),
        };
        (
            of["status"].clone(),
            of["takesOrders"].clone(),
            of["time"].clone(),
        )
    };
    let first = json!("2024-10-01T00:00:01.000Z");
    for (ms, takes) in [(-1, true), (0, false), (60_000, false)] {
        clock(ms);
        let expected = (json!("open"), json!(takes), first.clone());
        for list in ["", "/orders", "/trades", "/settlements"] {
            assert_eq!(state(&format!("{path}{list}")).await, expected, "{list}");
        }
        let area = server.json("/v1/market/local").await;
        assert_eq!(area["time"], first);
        assert_eq!(area["intervals"][0]["takesOrders"], takes);
    }
    // An interval whose time for orders has come, though no block has.
    let early = "/v1/market/local/2024-10-08T00:15:00Z";
    clock(4 * 60_000);
    let expected = (json!("early"), json!(false), first.clone());
    assert_eq!(state(early).await, expected);
    clock(5 * 60_000);
    let expected = (json!("early"), json!(true), first.clone());
    assert_eq!(state(&format!("{early}/trades")).await, expected);
    // The next block says it as well, and a clock behind it changes nothing.
    world.commit_at(gate);
    clock(-1_000);
    let (status, takes, _) = state(&path).await;
    assert_eq!((status, takes), (json!("cleared"), json!(false)));
    world.commit_at(Timestamp::from_ms(gate.as_ms() + 900_000));
    let (status, takes, _) = state("/v1/market/local/2024-10-01T00:30:00Z").await;
    assert_eq!((status, takes), (json!("closed"), json!(false)));
    let (status, takes, time) = state(&format!("{path}/orders?as_of_height=1")).await;
    assert_eq!((status, takes, time), (json!("open"), Value::Null, first));
}

/// An empty list of an interval that can have nothing yet is told from one that came to nothing.
#[tokio::test(flavor = "multi_thread")]
async fn lists_say_how_far_their_interval_has_come() {
    let server = Server::start(&world()).await;
    let far = "/v1/market/local/2099-10-01T00:15:00Z";
    for list in ["orders", "trades", "settlements"] {
        let answer = server.json(&format!("{far}/{list}")).await;
        assert_eq!(answer[list], json!([]));
        let interval = &answer["interval"];
        assert_eq!(
            (&interval["status"], &interval["gateOpening"]),
            (&json!("early"), &json!("2099-09-24T00:15:00.000Z"))
        );
        assert_eq!(interval["takesOrders"], false);
        let answer = server
            .json(&format!("/v1/market/local/{START}/{list}?member=port-1"))
            .await;
        assert_eq!(answer["interval"]["status"], "cleared");
        let path = format!("/v1/market/local/2099-10-01T00:16:00Z/{list}");
        assert_problem(server.get(&path).await, 404, "no-such-interval").await;
    }
    let own = server.json("/v1/members/trader/orders").await;
    assert!(own.get("interval").is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn bad_questions_are_refused() {
    let server = Server::start(&world()).await;
    for (path, status, code) in [
        ("/v1/market?height=1".to_owned(), 400, "bad-query"),
        ("/v1/market?as_of_height=9".to_owned(), 400, "bad-query"),
        ("/v1/market/a%20b".to_owned(), 400, "bad-path"),
        ("/v1/market/elsewhere".to_owned(), 404, "no-such-area"),
        (format!("/v1/market/elsewhere/{START}"), 404, "no-such-area"),
        ("/v1/market/local/noon".to_owned(), 400, "bad-path"),
        (
            "/v1/market/local/2024-10-01T00:16:00Z".to_owned(),
            404,
            "no-such-interval",
        ),
        (
            "/v1/market/local/2024-10-01T00:16:00Z/trades".to_owned(),
            404,
            "no-such-interval",
        ),
        (
            format!("/v1/market/local/{START}/orders?limit=0"),
            400,
            "bad-query",
        ),
        (
            format!("/v1/market/local/{START}/orders?member=A"),
            400,
            "bad-query",
        ),
        (
            format!("/v1/market/local/{START}/trades?after=x"),
            400,
            "bad-query",
        ),
        ("/v1/market/local?before=noon".to_owned(), 400, "bad-query"),
        (
            "/v1/members/nobody/orders".to_owned(),
            404,
            "no-such-member",
        ),
        ("/v1/members/No/orders".to_owned(), 400, "bad-path"),
    ] {
        let response = server.get(&path).await;
        println!("{path}");
        assert_problem(response, status, code).await;
    }
}

/// An area that the rules dropped still has the intervals that it had, to the last page.
#[tokio::test(flavor = "multi_thread")]
async fn an_area_that_the_rules_dropped_can_be_paged_to_its_end() {
    let world = World::new();
    let bid = order("b1", "bid", 4_000, 30_000);
    world.commit(vec![world.sign(vec![bid])], Vec::new());
    let next = energy_contract(2, &[]);
    let rename = |(path, text): (&str, &str)| {
        let text = text.replace("\"local\"", "\"district\"");
        (path.to_owned(), text)
    };
    let renamed = ContractBundle::new(next.files().map(rename).collect()).unwrap();
    let expires = Timestamp::from_ms(world.ledger.ledger_tip().time.as_ms() + 60_000);
    let proposal = install_contract(&renamed, None, expires);
    world.commit(vec![world.sign(vec![proposal])], Vec::new());
    world.commit(Vec::new(), Vec::new());
    let server = Server::start(&world).await;
    assert_eq!(
        server.json("/v1/market").await["areas"][0]["name"],
        "district"
    );

    let first = server.json("/v1/market/local?limit=1").await;
    assert_eq!(list(&first, "intervals").len(), 1);
    assert!(first.get("rules").is_none());
    assert_eq!(first["next"], START);
    let last = server
        .json(&format!("/v1/market/local?limit=1&before={START}"))
        .await;
    assert_eq!(list(&last, "intervals").len(), 0);
    assert!(last.get("next").is_none());
    let elsewhere = format!("/v1/market/elsewhere?before={START}");
    assert_problem(server.get(&elsewhere).await, 404, "no-such-area").await;
}

/// A book that is not shown is not shown anywhere, and is when its gate has closed.
#[tokio::test(flavor = "multi_thread")]
async fn a_hidden_book_is_shown_when_its_gate_has_closed() {
    let world = World::new();
    let install = |version, opens: &str| {
        let changes = [
            ("opens = \"P7D\"", opens),
            (
                "max-price = 400000",
                "max-price = 400000\nshows-book = false",
            ),
        ];
        let expires = Timestamp::from_ms(world.ledger.ledger_tip().time.as_ms() + 60_000);
        let proposal = install_contract(&energy_contract(version, &changes), None, expires);
        world.commit(vec![world.sign(vec![proposal])], Vec::new());
    };
    install(2, "opens = \"P7D\"");
    let hourly = json!({
        "orderId": "shown", "area": "local-hourly", "side": "bid", "deliveryStart": "2024-10-01T06:00:00Z",
        "deliveryDuration": "PT1H", "quantityWh": 4_000, "limitPrice": 5
    });
    let orders = vec![
        order("b", "bid", 4_000, 30_000),
        order("o", "offer", 6_000, 10_000),
        record("energy.order", hourly.to_string()),
    ];
    world.commit(vec![world.sign(orders)], Vec::new());
    // The gate opens later now, and the book is still there.
    install(3, "opens = \"PT6M\"");
    world.commit(Vec::new(), Vec::new());
    let server = Server::start(&world).await;
    let path = format!("/v1/market/local/{START}");
    for (height, status) in [(2, "open"), (4, "early")] {
        let at = format!("as_of_height={height}");
        let interval = server.json(&format!("{path}?{at}")).await;
        assert_eq!(
            (&interval["status"], &interval["bids"]),
            (&json!(status), &json!(1))
        );
        assert!(interval.get("demand").is_none() && interval.get("supply").is_none());
        let response = server.get(&format!("{path}/orders?{at}")).await;
        assert_problem(response, 403, "book-not-shown").await;
        let own = server
            .json(&format!("/v1/members/trader/orders?{at}"))
            .await;
        let ids: Vec<_> = list(&own, "orders").iter().map(|o| &o["orderId"]).collect();
        assert_eq!(ids, ["shown"]);
    }
    world.commit_after(600_000, Vec::new(), Vec::new());
    let interval = server.json(&path).await;
    assert_eq!(interval["status"], "cleared");
    assert_eq!(interval["demand"][0]["price"], 30_000);
    let orders = server.json(&format!("{path}/orders")).await;
    assert_eq!(list(&orders, "orders").len(), 2);
    let own = server.json("/v1/members/trader/orders").await;
    assert_eq!(list(&own, "orders").len(), 3);
}
