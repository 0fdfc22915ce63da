//! What an operator must know, as structured log events.

use tracing::{error, info, warn};

use crate::replica::Report;
use crate::types::Encode;

/// Logs a report. Every event has the target `waybill::operator` and a stable `event` field.
pub(super) fn log_report(report: &Report) {
    match report {
        Report::RoundFailed {
            height,
            round,
            proposer,
        } => warn!(
            target: "waybill::operator", event = "proposer-silent", %height, %round, %proposer,
            "a round ended without a decision: its proposer was silent or slow"
        ),
        Report::Muted { height, reason } => warn!(
            target: "waybill::operator", event = "muted", %height, %reason,
            "this validator does not sign"
        ),
        Report::Evidence(evidence) => error!(
            target: "waybill::operator", event = "equivocation", offender = %evidence.offender(),
            evidence = %hex::encode(evidence.to_bytes()),
            "a validator signed two conflicting statements"
        ),
        Report::InvalidBlock { proposer, reason } => error!(
            target: "waybill::operator", event = "invalid-block", %proposer, reason,
            "a validator proposed a block that is provably wrong"
        ),
        Report::BlockFromTheFuture { time, now } => warn!(
            target: "waybill::operator", event = "block-from-the-future", %time, %now,
            "a proposed block's time is ahead of this clock: check the clocks"
        ),
        Report::BlockFromThePast { time, now } => warn!(
            target: "waybill::operator", event = "block-from-the-past", %time, %now,
            "a proposer holds time back, or this clock is ahead: check the clocks"
        ),
        Report::SkippedSubmissions { author, count } => error!(
            target: "waybill::operator", event = "unauthentic-submissions", %author, count,
            "a validator put submissions into a batch that nobody signed"
        ),
        Report::FaultyPeer { peer, reason } => warn!(
            target: "waybill::operator", event = "faulty-peer", %peer, reason,
            "a peer delivered something else than it was asked for"
        ),
        Report::ValidatorsChanged {
            from,
            count,
            quorum,
        } => info!(
            target: "waybill::operator", event = "validators-changed", %from, count, quorum,
            "other validators decide from this height on"
        ),
        Report::Joined { from } => info!(
            target: "waybill::operator", event = "validator-joined", %from,
            "this node is a validator from this height on"
        ),
        Report::Left { from } => warn!(
            target: "waybill::operator", event = "validator-left", %from,
            "this node is no validator any more: it follows, votes for nothing and takes no submissions"
        ),
        Report::ForkedCheckpoint { validator, note } => error!(
            target: "waybill::operator", event = "forked-checkpoint", %validator, note,
            "a validator signed a checkpoint that contradicts this log"
        ),
    }
}
