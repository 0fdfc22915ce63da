//! From a checked record to its outcome.

use super::check::CheckedContent;
use super::context::{EffectContext, EffectError, EffectResult, StateWriter};
use super::definition::{Contract, Kind};
use super::energy::{market, meters};
use super::rule::BlockFacts;
use super::rulebook::Rulebook;
use super::{asset, epcis, governance, membership};
use crate::records::NativeBody;
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
        let reason = format!("no contract of this ledger knows the kind {}", record.kind);
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
    if let CheckedContent::Asset(_) = content {
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
            return epcis::record_event(state, context, identity);
        }
        CheckedContent::Native(NativeBody::EnergyOrder(order)) => {
            return market::place_order(state, rulebook, context, order);
        }
        CheckedContent::Native(NativeBody::EnergyOrderWithdrawal(withdrawal)) => {
            return market::withdraw_order(state, rulebook, context, withdrawal);
        }
        CheckedContent::Native(NativeBody::MeterReading(reading)) => {
            return meters::take_reading(state, context, reading);
        }
        CheckedContent::Native(NativeBody::Meter(change)) => {
            meters::change_meter(state, context, change)?
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
        | CheckedContent::Asset(_)
        | CheckedContent::Plain => Ok(()),
    };
    Ok(outcome(result))
}

/// Whether the state can have something against a record that has been checked. What it says no to
/// executes whatever the state is, so admission need not try.
pub fn may_be_rejected(rulebook: &Rulebook, record: &Record, content: &CheckedContent) -> bool {
    let of_family = match content {
        CheckedContent::Plain | CheckedContent::Native(NativeBody::EpcisEvent(_)) => false,
        CheckedContent::Asset(_) | CheckedContent::Proposal { .. } | CheckedContent::Native(_) => {
            true
        }
    };
    of_family
        || rulebook
            .kind(&record.kind)
            .is_none_or(Kind::depends_on_state)
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
    let (CheckedContent::Asset(key), Some(setting)) = (content, kind.asset()) else {
        return Ok(Ok(()));
    };
    let before = asset::read_asset(state, contract.name(), key)?;
    if let Err(rejection) = asset::check_operation(setting.operation, before.as_ref(), key) {
        return Ok(Err(rejection));
    }
    if let Err(rejection) = rules(before.as_ref().map(|asset| &*asset.body)) {
        return Ok(Err(rejection));
    }
    asset::change_asset(
        state,
        context,
        (contract.name(), contract.version()),
        (setting.operation, key),
        record,
        before,
    );
    Ok(Ok(()))
}
