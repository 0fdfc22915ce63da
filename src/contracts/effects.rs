//! From a checked record to its outcome.

use super::check::CheckedContent;
use super::context::{EffectContext, EffectError, EffectResult, StateWriter};
use super::definition::{Contract, Kind};
use super::energy::market;
use super::rule::BlockFacts;
use super::rulebook::Rulebook;
use super::{
    asset, custody, document, energy, epcis, governance, master_data, membership, production,
    telemetry,
};
use crate::records::custody::CustodyRecord;
use crate::records::energy::CertificateSettings;
use crate::records::epcis::{EventSettings, HolderPolicy};
use crate::records::{NativeBody, NativeSettings};
use crate::types::{Outcome, Record, Rejection};

/// Executes a record that the same rulebook has checked: changes the state and says what became of
/// the record. A rejected record and a duplicate leave the state as it was.
///
/// # Errors
/// [`EffectError`] if the store fails; the outcome is then unknown and the node has to stop.
pub fn execute(
    state: &mut impl StateWriter,
    rulebook: &Rulebook,
    context: &EffectContext<'_>,
    record: &Record,
    content: &CheckedContent,
) -> Result<Outcome, EffectError> {
    let Some((contract, kind)) = rulebook.contract_and_kind(&record.kind) else {
        let reason = format!("no contract in force takes the kind {}", record.kind);
        return Ok(Outcome::Rejected(Rejection::new("unknown-kind", reason)));
    };
    if let Err(rejection) = kind.check_role(context.submitter) {
        return Ok(Outcome::Rejected(rejection));
    }
    let rules = |old_body: Option<&[u8]>| {
        let block = BlockFacts {
            height: context.height,
            time: context.time,
        };
        kind.check_rules(record, old_body, context.submitter, &block)
    };
    if let CheckedContent::Asset { .. } = content {
        return Ok(outcome(change_asset(
            state,
            (contract, kind),
            context,
            record,
            content,
            rules,
        )?));
    }
    if let Err(rejection) = rules(None) {
        return Ok(Outcome::Rejected(rejection));
    }
    let result = match content {
        CheckedContent::Native(NativeBody::EpcisEvent(identity)) => {
            let policy = event_settings(kind).holder;
            return epcis::record_event(state, context, identity, policy);
        }
        CheckedContent::Native(NativeBody::MasterData(data)) => {
            return master_data::state_master_data(state, context, data);
        }
        CheckedContent::Native(NativeBody::DocumentAnchor(anchor)) => {
            return document::anchor(state, context, anchor);
        }
        CheckedContent::Native(NativeBody::Custody(record)) => match &**record {
            CustodyRecord::Claim(claim) => custody::claim(state, context, claim)?,
            CustodyRecord::Proposal(proposal) => custody::propose(state, context, proposal)?,
            CustodyRecord::Answer(answer) => custody::answer(state, context, answer)?,
        },
        CheckedContent::Native(NativeBody::ProductionRun(run)) => {
            return production::record_run(state, context, run);
        }
        CheckedContent::Native(NativeBody::TelemetrySeries(series)) => {
            return telemetry::record_series(state, context, series);
        }
        CheckedContent::Native(NativeBody::TelemetryDevice(device)) => {
            telemetry::register_device(state, context, device)?
        }
        CheckedContent::Native(NativeBody::CertificateCancellation(cancellation)) => {
            energy::certificates::cancel(state, context, cancellation)?
        }
        CheckedContent::Native(NativeBody::CertificateClaim(claim)) => {
            energy::certificates::claim(state, context, claim)?
        }
        CheckedContent::Native(NativeBody::CertificateIssue(issue)) => {
            let settings = match kind.settings() {
                NativeSettings::Certificates(settings) => *settings,
                _ => CertificateSettings::default(),
            };
            energy::certificates::issue(state, context, issue, settings)?
        }
        CheckedContent::Native(NativeBody::CertificateTransfer(transfer)) => {
            energy::certificates::transfer(state, context, transfer)?
        }
        CheckedContent::Native(NativeBody::CertificateWithdrawal(withdrawal)) => {
            energy::certificates::withdraw(state, context, withdrawal)?
        }
        CheckedContent::Native(NativeBody::MeterReading(reading)) => {
            return energy::meters::take_reading(state, context, reading);
        }
        CheckedContent::Native(NativeBody::Meter(change)) => {
            energy::meters::change_meter(state, context, change)?
        }
        CheckedContent::Native(NativeBody::EnergyOrder(order)) => {
            return market::place_order(state, rulebook, context, order);
        }
        CheckedContent::Native(NativeBody::EnergyOrderWithdrawal(withdrawal)) => {
            return market::withdraw_order(state, rulebook, context, withdrawal);
        }
        CheckedContent::Native(NativeBody::MembershipChange(change)) => {
            membership::change_keys(state, context, change)?
        }
        CheckedContent::Native(NativeBody::Ballot(ballot)) => {
            governance::cast_ballot(state, context, ballot)?
        }
        CheckedContent::Proposal { proposal, contract } => {
            governance::propose(state, context, proposal, contract.as_deref())?
        }
        // A proposal is checked into the variant above, an asset has been dealt with.
        CheckedContent::Native(NativeBody::Proposal(_))
        | CheckedContent::Asset { .. }
        | CheckedContent::Plain => Ok(()),
    };
    Ok(outcome(result))
}

/// Whether the state can have something against a record that has been checked. What it says no to
/// executes whatever the state is, so admission need not try.
pub fn may_be_rejected(rulebook: &Rulebook, record: &Record, content: &CheckedContent) -> bool {
    let kind = rulebook.kind(&record.kind);
    let of_family = match content {
        CheckedContent::Plain | CheckedContent::Native(NativeBody::MasterData(_)) => false,
        CheckedContent::Native(NativeBody::EpcisEvent(_)) => {
            kind.is_none_or(|kind| event_settings(kind).holder == HolderPolicy::Refuse)
        }
        CheckedContent::Asset { .. }
        | CheckedContent::Proposal { .. }
        | CheckedContent::Native(_) => true,
    };
    of_family || kind.is_none_or(Kind::depends_on_state)
}

/// Whether a record may have changed who is a member with which roles: what follows it is judged by that.
pub fn may_change_roles(content: &CheckedContent) -> bool {
    matches!(
        content,
        CheckedContent::Proposal { .. } | CheckedContent::Native(NativeBody::Ballot(_))
    )
}

/// What the contract sets for events.
fn event_settings(kind: &Kind) -> EventSettings {
    match kind.settings() {
        NativeSettings::EpcisEvent(settings) => *settings,
        _ => EventSettings::default(),
    }
}

fn outcome(result: Result<(), Rejection>) -> Outcome {
    match result {
        Ok(()) => Outcome::Accepted,
        Err(rejection) => Outcome::Rejected(rejection),
    }
}

fn change_asset(
    state: &mut impl StateWriter,
    (contract, kind): (&Contract, &Kind),
    context: &EffectContext<'_>,
    record: &Record,
    content: &CheckedContent,
    rules: impl FnOnce(Option<&[u8]>) -> Result<(), Rejection>,
) -> EffectResult {
    let (CheckedContent::Asset { key, parties }, Some(setting)) = (content, kind.asset()) else {
        return Ok(Ok(()));
    };
    let before = asset::read_asset(state, contract.name(), key)?;
    if let Err(rejection) = asset::check_operation(setting, before.as_ref(), key) {
        return Ok(Err(rejection));
    }
    if let Err(rejection) = rules(before.as_ref().map(|asset| &*asset.body)) {
        return Ok(Err(rejection));
    }
    asset::change_asset(
        state,
        context,
        (contract.name(), contract.version()),
        (setting, key, parties),
        record,
        before,
    )?;
    Ok(Ok(()))
}
