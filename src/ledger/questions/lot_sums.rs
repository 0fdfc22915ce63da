//! Adding up what became of the amounts of a lot.

use std::collections::BTreeMap;

use super::QuestionError;
use super::flows::{ARRIVALS, DEPARTURES, Flow, FlowKind, Flows};
use super::history::Moment;
use super::mass_balance::{Citations, LotTotal, Overdraft, SiteBalance};
use crate::records::epcis::Unit;
use crate::types::{Decimal, Timestamp};

/// Sums at one site and in one unit.
#[derive(Clone, Copy, Default)]
struct Sums {
    created: Amount,
    used: Amount,
    removed: Amount,
    moved: Amount,
    received: [Amount; ARRIVALS.len()],
    shipped: [Amount; DEPARTURES.len()],
}

/// A sum that begins at zero.
#[derive(Clone, Copy)]
struct Amount(Decimal);

impl Default for Amount {
    fn default() -> Self {
        Self(Decimal::ZERO)
    }
}

impl Sums {
    fn add(&mut self, flow: &Flow) -> Result<(), QuestionError> {
        let sum = match flow.kind {
            FlowKind::Created => Some(&mut self.created),
            FlowKind::Used => Some(&mut self.used),
            FlowKind::Removed => Some(&mut self.removed),
            FlowKind::Received(word) => self.received.get_mut(word),
            FlowKind::Shipped(word) => self.shipped.get_mut(word),
        };
        if let Some(sum) = sum {
            sum.0 = exact(sum.0.checked_add(flow.quantity))?;
        }
        Ok(())
    }

    fn received(&self) -> Decimal {
        greatest(&self.received)
    }

    fn shipped(&self) -> Decimal {
        greatest(&self.shipped)
    }

    fn closing(&self) -> Result<Decimal, QuestionError> {
        let incoming = self.created.0.checked_add(self.received());
        let incoming = incoming.and_then(|sum| sum.checked_add(self.moved.0));
        let outgoing = self.used.0.checked_add(self.shipped());
        let outgoing = outgoing.and_then(|sum| sum.checked_add(self.removed.0));
        let left = incoming.zip(outgoing);
        exact(left.and_then(|(incoming, outgoing)| incoming.checked_sub(outgoing)))
    }
}

fn greatest(amounts: &[Amount]) -> Decimal {
    let numbers = amounts.iter().map(|amount| amount.0);
    numbers.max().unwrap_or(Decimal::ZERO)
}

/// A sum that no event's amounts should ever exceed.
pub(super) fn exact<T>(sum: Option<T>) -> Result<T, QuestionError> {
    sum.ok_or(QuestionError::TooManyDigits)
}

/// The sums of a lot at one site and in one unit: up to a time, and in all.
#[derive(Default)]
struct SiteSums {
    before: Sums,
    all: Sums,
    entries: Citations,
    /// The number of the flow that changed it last.
    latest: usize,
}

/// A site and a unit.
type SiteKey = (Option<Box<str>>, Unit);

impl SiteSums {
    /// Takes over what a change makes of the sums.
    fn change(
        &mut self,
        flow: &Flow,
        number: usize,
        is_before: bool,
        change: impl Fn(&mut Sums) -> Result<(), QuestionError>,
    ) -> Result<(), QuestionError> {
        self.latest = number;
        change(&mut self.all)?;
        if is_before {
            return change(&mut self.before);
        }
        self.entries.push(flow.moment.1);
        Ok(())
    }
}

/// What became of a lot at each site; what was before a time is the opening balance.
pub(super) fn site_balances(
    flows: &Flows,
    from: Option<Timestamp>,
) -> Result<Vec<SiteBalance>, QuestionError> {
    let mut sites: BTreeMap<SiteKey, SiteSums> = BTreeMap::new();
    for (number, flow) in flows.flows.iter().enumerate() {
        let key = (flow.place.clone(), flow.unit.clone());
        let is_before = from.is_some_and(|from| flow.moment.0 < from);
        let site = sites.entry(key.clone()).or_default();
        site.change(flow, number, is_before, |sums| sums.add(flow))?;
        let mut missing = site.all.closing()?.negated();
        while missing > Decimal::ZERO {
            let mut others = Vec::new();
            for (other, site) in sites.iter().filter(|(other, _)| other.1 == key.1) {
                let left = site.all.closing()?;
                if left > Decimal::ZERO {
                    others.push((site.latest, other.clone(), left));
                }
            }
            let Some((_, other, left)) = others.into_iter().max() else {
                break;
            };
            let moved = missing.min(left);
            for (place, change) in [(&key, moved), (&other, moved.negated())] {
                if let Some(site) = sites.get_mut(place) {
                    site.change(flow, number, is_before, |sums| {
                        sums.moved.0 = exact(sums.moved.0.checked_add(change))?;
                        Ok(())
                    })?;
                }
            }
            missing = exact(missing.checked_sub(moved))?;
        }
    }
    let mut balances = Vec::with_capacity(sites.len());
    for (
        (site, unit),
        SiteSums {
            before,
            all,
            entries,
            ..
        },
    ) in sites
    {
        let since = |all: Decimal, before: Decimal| exact(all.checked_sub(before));
        balances.push(SiteBalance {
            site,
            unit,
            opening: before.closing()?,
            created: since(all.created.0, before.created.0)?,
            received: since(all.received(), before.received())?,
            moved: since(all.moved.0, before.moved.0)?,
            used: since(all.used.0, before.used.0)?,
            shipped: since(all.shipped(), before.shipped())?,
            removed: since(all.removed.0, before.removed.0)?,
            closing: all.closing()?,
            entries,
        });
    }
    Ok(balances)
}

/// What became of a lot everywhere, by unit.
pub(super) fn lot_totals(flows: &Flows) -> Result<Vec<LotTotal>, QuestionError> {
    let mut units: BTreeMap<Unit, BTreeMap<Option<&str>, Sums>> = BTreeMap::new();
    for flow in &flows.flows {
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
            let under_way = exact(sums.shipped().checked_sub(sums.received()))?;
            in_transit = exact(in_transit.checked_add(under_way))?;
        }
        totals.push(LotTotal {
            created: all.created.0,
            used: all.used.0,
            removed: all.removed.0,
            remaining: all.closing()?,
            in_transit,
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
            FlowKind::Received(_) | FlowKind::Shipped(_) => continue,
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
