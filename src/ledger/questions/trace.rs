//! Following goods: back to what they were made of, forward to what was made of them.
//!
//! **Back** from a thing leads to the inputs of the transformations that made it, and, if it is a
//! container, to what it held: each as of the time at which it went in. **Forward** leads to the
//! outputs of the transformations that used it up, and to the containers that carried it while they did;
//! what else was in those is not affected. Things are found breadth first, each at its least depth, in
//! the order of the log.

use std::collections::BTreeSet;

use super::mass_balance::Citations;
use crate::types::{Height, LogIndex, Timestamp};

/// Most things that one trace finds, whatever page of it is asked for.
pub const MAX_TRACE_THINGS: usize = 100_000;

/// Most steps that one trace takes: a thing may be reached from many others. What has a long identifier counts
/// for several.
pub const MAX_TRACE_STEPS: usize = 4 * MAX_TRACE_THINGS;

/// Most events that one trace goes through, those counted again that it comes to again.
pub const MAX_TRACE_EVENTS: usize = 500_000;

/// Most links on one page of a trace. Those between things with long identifiers count for several.
pub const MAX_TRACE_LINKS: usize = 200_000;

/// Most events of one thing that a trace names, and most of its transformations that a trace follows.
pub const MAX_EVENTS_PER_THING: usize = 1_000;

/// Which way to follow goods.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TraceDirection {
    /// To what they were made of.
    Back,
    /// To what was made of them.
    Forward,
}

/// How a thing belongs to a trace.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum TraceRelation {
    /// It is what was asked for, went into it, or was made of it.
    Material,
    /// It is in what is recalled, as far as it is in there: a recall alone has these.
    Content,
    /// It carried such a thing.
    Carrier,
}

/// What joins two things.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum TraceLinkKind {
    /// One was used up to make the other.
    Transformation,
    /// One was packed into the other.
    Aggregation,
    /// One was joined to the other.
    Association,
}

/// That one thing came of another, or was carried by it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct TraceLink {
    /// When.
    pub time: Timestamp,
    /// The event that says so.
    pub index: LogIndex,
    /// What joins them.
    pub kind: TraceLinkKind,
    /// What was there first, or what is inside.
    pub from: Box<str>,
    /// What came of it, or what carries it.
    pub to: Box<str>,
}

/// A thing on the way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TracedThing {
    /// Its canonical identifier.
    pub id: Box<str>,
    /// How many steps it is from what was asked for.
    pub depth: u32,
    /// Whether it is a class, such as a lot.
    pub is_class: bool,
    /// How it belongs to the trace.
    pub relation: TraceRelation,
    /// The entries of the events that speak of it in the time that matters, in order of event time: as far as
    /// the trace had come to it by the end of the page.
    pub events: Vec<LogIndex>,
    /// Whether there are more than these; or may be, as the trace goes on after the page and comes to it again.
    pub has_more_events: bool,
    /// The entries of the events that join it to what is traced: with those by which a thing was carried there,
    /// as far as the trace had come by the end of the page.
    pub joined_by: Citations,
}

/// A page of a trace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trace {
    /// The height that it is of.
    pub height: Height,
    /// The things of this page, in the order in which they were found.
    pub things: Vec<TracedThing>,
    /// What joins the things of this page to those that they lead to, in order of time; and the things of
    /// earlier pages, as far as the trace found it in the course of this one. Each is on one page.
    pub links: BTreeSet<TraceLink>,
    /// How many things stand before the next page; none on the last one.
    pub next: Option<usize>,
    /// Whether the trace ends and nothing is left out. It is false if it comes to one of its limits
    /// ([`MAX_TRACE_THINGS`], [`MAX_TRACE_STEPS`], [`MAX_TRACE_EVENTS`]), which ends it; if the page has more
    /// than [`MAX_TRACE_LINKS`]; or if something on the way is too long to be followed: more than
    /// [`MAX_EVENTS_PER_THING`] transformations of one thing, or of one `transformationID`, or too many events
    /// of a container ([`MAX_CONTAINER_EVENTS`](super::MAX_CONTAINER_EVENTS)).
    pub is_complete: bool,
}
