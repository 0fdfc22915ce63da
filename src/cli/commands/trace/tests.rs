//! Pictures of traces.

use serde_json::json;

use super::report::{TraceReport, gather};
use super::{describe, dot, svg};

fn trace() -> TraceReport {
    let page = |things, links, next: Option<&str>| {
        serde_json::from_value(json!({
            "height": 7, "thing": "urn:x:a", "direction": "back", "things": things,
            "links": links, "complete": true, "next": next
        }))
        .unwrap()
    };
    let thing = |id: &str, depth: u32, class: bool| {
        json!({"id": id, "depth": depth, "class": class, "relation": "material",
            "events": [1, 2], "moreEvents": false})
    };
    let link = |from: &str, to: &str, kind: &str| json!({"from": from, "to": to, "kind": kind, "index": 3, "time": "2026-01-01T00:00:00.000Z"});
    gather(vec![
        page(
            json!([
                thing("urn:x:a", 0, false),
                thing("urn:x:<b>&\"c\"", 1, true)
            ]),
            json!([link("urn:x:<b>&\"c\"", "urn:x:a", "transformation")]),
            Some("token"),
        ),
        page(
            json!([thing("urn:x:d", 1, false)]),
            json!([
                link("urn:x:d", "urn:x:a", "aggregation"),
                link("urn:x:e", "urn:x:d", "aggregation")
            ]),
            None,
        ),
    ])
}

#[test]
fn a_trace_is_a_table() {
    let text = describe(&trace());
    assert!(text.contains("3 things and 3 links at height 7"), "{text}");
    assert!(text.contains("lot or class"), "{text}");
}

#[test]
fn a_picture_stands_by_itself_and_is_well_formed() {
    let picture = svg::draw(&trace());
    assert_eq!(picture.matches("<rect x=").count(), 3);
    // The link to a thing that is not there is not drawn.
    assert_eq!(picture.matches("<path ").count(), 2);
    assert!(picture.contains("&lt;b&gt;&amp;&quot;c&quot;"));
    assert!(!picture.contains("<b>") && !picture.contains("href"));
    for tag in ["svg", "g", "title", "text", "path"] {
        let open = picture.matches(&format!("<{tag}>")).count()
            + picture.matches(&format!("<{tag} ")).count();
        assert_eq!(open, picture.matches(&format!("</{tag}>")).count(), "{tag}");
    }
}

#[test]
fn a_graph_for_graphviz_names_every_thing() {
    let graph = dot::draw(&trace());
    assert!(
        graph.contains("\"urn:x:<b>&\\\"c\\\"\" [shape=folder];"),
        "{graph}"
    );
    assert!(graph.contains("\"urn:x:d\" -> \"urn:x:a\""), "{graph}");
    assert_eq!(graph.matches(" -> ").count(), 3);
}
