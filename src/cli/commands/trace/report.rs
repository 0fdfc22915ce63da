//! A trace as a node tells it.

use serde::{Deserialize, Serialize};

use super::fetch::Page;

/// A page of a trace, or all of it.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct TraceReport {
    pub(super) height: u64,
    pub(super) thing: String,
    pub(super) direction: String,
    pub(super) things: Vec<ThingReport>,
    pub(super) links: Vec<LinkReport>,
    pub(super) complete: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) next: Option<String>,
}

/// A thing on the way.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ThingReport {
    pub(super) id: String,
    pub(super) depth: u32,
    pub(super) class: bool,
    pub(super) relation: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) holder: Option<serde_json::Value>,
    pub(super) events: Vec<u64>,
    pub(super) more_events: bool,
}

/// What joins two things.
#[derive(Clone, Debug, Deserialize, Serialize, PartialEq, Eq)]
#[serde(rename_all = "camelCase")]
pub(super) struct LinkReport {
    pub(super) from: String,
    pub(super) to: String,
    pub(super) kind: String,
    pub(super) index: u64,
    pub(super) time: String,
}

impl Page for TraceReport {
    fn height(&self) -> u64 {
        self.height
    }

    fn next(&self) -> Option<&str> {
        self.next.as_deref()
    }

    fn count(&self) -> usize {
        self.things.len()
    }
}

/// One trace of its pages.
pub(super) fn gather(pages: Vec<TraceReport>) -> TraceReport {
    let mut whole = TraceReport {
        height: 0,
        thing: String::new(),
        direction: String::new(),
        things: Vec::new(),
        links: Vec::new(),
        complete: true,
        next: None,
    };
    for page in pages {
        whole.height = page.height;
        whole.thing = page.thing;
        whole.direction = page.direction;
        whole.things.extend(page.things);
        whole.links.extend(page.links);
        whole.complete &= page.complete;
    }
    whole
}
