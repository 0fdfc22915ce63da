//! Adding up what became of the amounts of a lot everywhere.

use std::collections::BTreeMap;

use super::QuestionError;
use super::flow_replay::Flows;
use super::flows::FlowKind;
use super::history::Moment;
use super::mass_balance::{Citations, LotTotal, Overdraft};
use super::sums::{Amount, Sums, exact};
use crate::records::epcis::Unit;
use crate::types::{Decimal, Timestamp};

/// What became of a lot everywhere, by unit; what was before a time is the opening balance, and what landed of what was
/// on its way is that no more.
pub(super) fn lot_totals(
    flows: &Flows,
    from: Option<Timestamp>,
    landed: &BTreeMap<Unit, Decimal>,
) -> Result<Vec<LotTotal>, QuestionError> {
    let mut units: BTreeMap<Unit, BTreeMap<Option<&str>, Sums>> = BTreeMap::new();
    let mut before: BTreeMap<&Unit, Sums> = BTreeMap::new();
    for flow in &flows.flows {
        let spends_or_makes = !matches!(flow.kind, FlowKind::Received(_) | FlowKind::Shipped(_));
        if spends_or_makes && from.is_some_and(|from| flow.moment.0 < from) {
            before.entry(&flow.unit).or_default().add(flow)?;
        }
        let sites = units.entry(flow.unit.clone()).or_default();
        sites.entry(flow.place.as_deref()).or_default().add(flow)?;
    }
    let mut totals = Vec::with_capacity(units.len());
    for (unit, sites) in units {
        let (mut all, mut in_transit) = (Sums::default(), Decimal::ZERO);
        for sums in sites.values() {
            all.created.0 = exact(all.created.0.checked_add(sums.created.0))?;
            all.used.0 = exact(all.used.0.checked_add(sums.used.0))?;
            all.removed.0 = exact(all.removed.0.checked_add(sums.removed.0))?;
            in_transit = exact(in_transit.checked_add(sums.left()?))?;
        }
        let landed = landed.get(&unit).copied().unwrap_or(Decimal::ZERO);
        let before = before.get(&unit).copied().unwrap_or_default();
        let since = |all: Amount, before: Amount| exact(all.0.checked_sub(before.0));
        totals.push(LotTotal {
            opening: before.closing()?,
            created: since(all.created, before.created)?,
            used: since(all.used, before.used)?,
            removed: since(all.removed, before.removed)?,
            remaining: all.closing()?,
            in_transit: exact(in_transit.checked_sub(landed))?,
            landed,
            overdrawn: overdraft(flows, &unit)?,
            unit,
        });
    }
    Ok(totals)
}

/// Goes through what was made and spent, and finds the first moment at which there was less than nothing.
/// What was made at one instant was there before what was spent at it.
fn overdraft(flows: &Flows, unit: &Unit) -> Result<Option<Overdraft>, QuestionError> {
    let mut steps: Vec<(Timestamp, bool, Moment, Decimal)> = Vec::new();
    for flow in flows.flows.iter().filter(|flow| flow.unit == *unit) {
        let spends = match flow.kind {
            FlowKind::Created => false,
            FlowKind::Used | FlowKind::Removed => true,
            FlowKind::Received(_) | FlowKind::Shipped(_) | FlowKind::Landed => continue,
        };
        steps.push((flow.moment.0, spends, flow.moment, flow.quantity));
    }
    steps.sort();
    let (mut there, mut entries) = (Decimal::ZERO, Citations::default());
    let mut found: Option<Overdraft> = None;
    for (_, spends, moment, quantity) in steps {
        let change = if spends { quantity.negated() } else { quantity };
        there = exact(there.checked_add(change))?;
        if found.is_none() {
            entries.push(moment.1);
        }
        if !there.is_negative() {
            continue;
        }
        match &mut found {
            Some(overdraft) => overdraft.by = overdraft.by.max(there.negated()),
            None => {
                found = Some(Overdraft {
                    since: moment,
                    by: there.negated(),
                    entries: std::mem::take(&mut entries),
                });
            }
        }
    }
    Ok(found)
}
