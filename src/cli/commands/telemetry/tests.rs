//! What a person is shown.

use serde_json::json;

use super::report::{GapsReport, PointsReport};
use super::{describe_gaps, describe_points};

fn channel() -> serde_json::Value {
    json!({"quantity": "temperature", "unit": "CEL", "intervalMs": 60000, "minimum": "-2",
        "maximum": "8.5", "points": 30, "series": 2})
}

#[test]
fn pages_are_gathered_and_the_latest_points_shown() {
    let page = |first: u64, next: Option<&str>| -> PointsReport {
        let points: Vec<_> = (first..first + 15)
            .map(|number| json!({"time": format!("T{number:02}"), "value": number.to_string(), "index": number}))
            .collect();
        serde_json::from_value(json!({"height": 7, "member": "acme", "device": "room-3",
            "channel": channel(), "points": points, "next": next}))
        .unwrap()
    };
    let report = PointsReport::gather(vec![page(0, Some("T15")), page(15, None)]);
    let text = describe_points(&report);
    for part in [
        "acme:room-3  temperature in CEL, 30 points in 2 series",
        "a value every 60000 ms, at least -2, at most 8.5",
        "0 to 29",
        "10 earlier points",
        "T29   29   29",
        "30 points at height 7",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
    assert!(!text.contains("T09"));
}

#[test]
fn a_silent_device_is_told_from_one_that_came_back() {
    let gap = |before: Option<u64>| json!({"from": "A", "until": "B", "durationMs": 90_500, "after": 4, "before": before});
    let report: GapsReport = serde_json::from_value(json!({"height": 7, "member": "acme",
        "device": "room-3", "channel": channel(), "gaps": [gap(Some(5)), gap(None)]}))
    .unwrap();
    let text = describe_gaps(&report);
    assert!(
        text.contains("A     B      90.500 s  entry 4  entry 5"),
        "{text}"
    );
    assert!(text.contains("silent since"), "{text}");
}
