//! What a person is told of a meter.

use serde_json::json;

use super::show::describe;

#[test]
fn a_meter_is_a_line_and_a_table() {
    let meter = serde_json::from_value(json!({
        "height": 9, "meter": "PV", "closed": false, "operator": "grid-ag", "owner": "sunfarm",
        "area": "CH-ZH", "kind": "production", "carrier": "solar", "capacityW": 500,
        "registered": 4, "revision": 1, "history": []
    }))
    .unwrap();
    let reading = |index: u64| {
        json!({"start": "2026-06-01T12:00:00.000Z", "duration": "PT1H", "whIn": 0, "whOut": 420,
            "member": "sunfarm", "area": "CH-ZH", "index": index, "replaced": [5], "issuance": 8,
            "issuedWh": 400, "claimedWh": 0})
    };
    let text = describe(&meter, &[reading(7)]).unwrap();
    assert!(
        text.starts_with("meter PV of sunfarm, production of solar in CH-ZH"),
        "{text}"
    );
    assert!(text.contains("500 W at most"), "{text}");
    assert!(text.contains("2026-06-01T12:00:00.000Z/PT1H"), "{text}");
    let many: Vec<_> = (0..100).map(reading).collect();
    let text = describe(&meter, &many).unwrap();
    assert!(text.contains("40 earlier readings"), "{text}");
    assert!(text.contains(" 99 ") && !text.contains(" 39 "), "{text}");
    assert!(describe(&meter, &[json!({})]).is_err());
    let text = describe(&meter, &[]).unwrap();
    assert!(
        text.ends_with("at height 9\nno readings in that time\n"),
        "{text}"
    );
}
