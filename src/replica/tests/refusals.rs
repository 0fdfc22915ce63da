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
