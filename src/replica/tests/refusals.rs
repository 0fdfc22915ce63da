//! What submissions that are refused cost.

use super::*;
use crate::mempool::MAX_REFUSED_RECORDS;
use crate::testing::{revoke_key, secret_key};

/// Records are tried on the thread that decides blocks: what is refused then costs its member, not only the
/// node.
#[test]
fn a_member_whose_records_are_refused_too_often_waits() {
    let mut bench = Bench::new(4, 0);
    let member = bench.network.member(0);
    let unknown_key = |bench: &Bench, minute: i64| {
        let expires = Timestamp::from_ms(bench.now.as_ms() + minute * 60_000);
        let change = revoke_key(&member, &secret_key("nobody's").public_key());
        bench.network.submission(0, expires, vec![change])
    };
    let reply = |effects: &[Effect]| names(effects).remove(0);
    let refused = bench.submit(&unknown_key(&bench, 1));
    assert!(
        reply(&refused).contains("would be rejected"),
        "{:?}",
        names(&refused)
    );
    bench
        .replica
        .refusals
        .spend(&member, MAX_REFUSED_RECORDS - 2, bench.now);
    let last = bench.submit(&unknown_key(&bench, 2));
    assert!(
        reply(&last).contains("would be rejected"),
        "{:?}",
        names(&last)
    );
    let good = bench.submission(1);
    let busy = bench.submit(&good);
    assert!(reply(&busy).contains("of late"), "{:?}", names(&busy));
    bench.now = Timestamp::from_ms(bench.now.as_ms() + 1_000);
    let admitted = bench.submit(&good);
    assert_eq!(reply(&admitted), "reply: admitted");
}

/// Records that each stand for themselves are all tried, and cost as many.
#[test]
fn a_refusal_costs_as_many_records_as_were_tried() {
    for (independent, cost) in [(true, 5), (false, 1)] {
        let mut bench = Bench::new(4, 0);
        let member = bench.network.member(0);
        let expires = Timestamp::from_ms(bench.now.as_ms() + 60_000);
        let stranger = secret_key("nobody's").public_key();
        let records = vec![revoke_key(&member, &stranger); 5];
        let submission = match independent {
            true => bench.network.submission(0, expires, records),
            false => bench.network.atomic_submission(0, expires, records),
        };
        let already = MAX_REFUSED_RECORDS - cost;
        bench.replica.refusals.spend(&member, already, bench.now);
        assert!(bench.replica.refusals.check(&member, bench.now).is_ok());
        let refused = names(&bench.submit(&submission)).remove(0);
        assert!(refused.contains("would be rejected"), "{refused}");
        let good = bench.submission(1);
        let busy = names(&bench.submit(&good)).remove(0);
        assert!(busy.contains("of late"), "{busy}");
    }
}
