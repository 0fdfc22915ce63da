//! Questions about limits that nobody can have kept.

use super::support::{Server, World, assert_problem};

const FISH: &str = "urn:epc:id:sgtin:9521001.011111.7";

/// A unit that nobody reports in would find no breach, whatever was measured.
#[tokio::test]
async fn a_unit_that_is_none_is_refused_with_those_that_are() {
    let server = Server::start(&World::new()).await;
    let humidity = "&type=RelativeHumidity";
    for (uom, kind, cause) in [
        ("cel", "", "no unit code of UN/ECE"),
        ("C", "", "CEL, FAH and KEL"),
        ("%C2%B0C", "", "no unit code"),
        ("%00", "", "no unit code"),
        ("", "", "no unit code"),
        ("percent", humidity, "no unit code"),
        (
            "FOO",
            "",
            "FOO is no unit of Temperature: there are CEL, FAH, KEL, A48",
        ),
        (
            "P1",
            "&type=https://gs1.org/voc/Temperature",
            "P1 is no unit of https://gs1.org/voc/Temperature",
        ),
    ] {
        let path = format!("/v1/cold-chain?thing={FISH}&max=1&uom={uom}{kind}");
        let problem = assert_problem(server.get(&path).await, 400, "bad-query").await;
        let found = problem["cause"].as_str().unwrap();
        assert!(found.contains(cause), "{path}: {found}");
    }
    // What others call the units of types of their own is their business.
    for (uom, kind) in [("A48", ""), ("P1", humidity), ("steps", "&type=urn:x:wear")] {
        let path = format!("/v1/cold-chain?thing={FISH}&max=1&uom={uom}{kind}");
        assert_problem(server.get(&path).await, 404, "no-such-thing").await;
    }
}
