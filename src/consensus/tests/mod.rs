//! Tests of consensus from outside: single steps, whole clusters, crashes.

mod cluster;
mod crash;
mod muted;
mod scenarios;
mod simulation;
pub(super) mod support;
mod transitions;
