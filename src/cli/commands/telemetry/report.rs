//! Points and gaps as a node tells them.

use serde::{Deserialize, Serialize};

/// A page that says where the next one begins.
pub(super) trait Page {
    /// The height that it is of.
    fn height(&self) -> u64;

    /// The time from which the next page is.
    fn next(&self) -> Option<&str>;
}

/// A page of points, or all of them.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct PointsReport {
    pub(super) height: u64,
    pub(super) member: String,
    pub(super) device: String,
    pub(super) channel: ChannelReport,
    pub(super) points: Vec<PointReport>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) next: Option<String>,
}

/// A page of gaps, or all of them.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct GapsReport {
    pub(super) height: u64,
    pub(super) member: String,
    pub(super) device: String,
    pub(super) channel: ChannelReport,
    pub(super) gaps: Vec<GapReport>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) next: Option<String>,
}

/// What is known of the channel.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ChannelReport {
    pub(super) quantity: String,
    pub(super) unit: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) interval_ms: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) minimum: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) maximum: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) maximum_change_per_minute: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) points: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) series: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) latest: Option<PointReport>,
}

/// A point.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(super) struct PointReport {
    pub(super) time: String,
    pub(super) value: String,
    pub(super) index: u64,
}

/// A gap.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct GapReport {
    pub(super) from: String,
    pub(super) until: String,
    pub(super) duration_ms: u64,
    pub(super) after: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) before: Option<u64>,
}

impl PointsReport {
    /// One answer of its pages, of which there is one at least.
    pub(super) fn gather(mut pages: Vec<Self>) -> Self {
        let rest = pages.split_off(1);
        let mut whole = pages.remove(0);
        whole
            .points
            .extend(rest.into_iter().flat_map(|page| page.points));
        whole.next = None;
        whole
    }
}

impl GapsReport {
    /// One answer of its pages, of which there is one at least.
    pub(super) fn gather(mut pages: Vec<Self>) -> Self {
        let rest = pages.split_off(1);
        let mut whole = pages.remove(0);
        whole
            .gaps
            .extend(rest.into_iter().flat_map(|page| page.gaps));
        whole.next = None;
        whole
    }
}

impl Page for PointsReport {
    fn height(&self) -> u64 {
        self.height
    }

    fn next(&self) -> Option<&str> {
        self.next.as_deref()
    }
}

impl Page for GapsReport {
    fn height(&self) -> u64 {
        self.height
    }

    fn next(&self) -> Option<&str> {
        self.next.as_deref()
    }
}
