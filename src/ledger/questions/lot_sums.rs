//! Adding up what became of the amounts of a lot.

use std::collections::{BTreeMap, BTreeSet};

use super::dwell::{Visit, span};
use super::flows::{ARRIVALS, DEPARTURES, Flow, FlowKind, Flows, HeldAmount};
use super::grounds::Grounds;
use super::history::Moment;
use super::mass_balance::{Citations, LotTotal, Overdraft, SiteBalance};
use super::{LOT_SITES, QuestionError};
use crate::records::epcis::Unit;
use crate::types::{Decimal, Duration, LogIndex, Timestamp};

/// Most sites of one lot, counted once for each unit.
pub const MAX_LOT_SITES: usize = 1_000;

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

    /// What left, less what arrived.
    fn left(&self) -> Result<Decimal, QuestionError> {
        exact(self.shipped().checked_sub(self.received()))
    }

    /// Counts what came unseen, or went if it is below zero.
    fn shift(&mut self, moved: Decimal) -> Result<(), QuestionError> {
        self.moved.0 = exact(self.moved.0.checked_add(moved))?;
        Ok(())
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
    /// What has to be left by all of them.
    closing: Amount,
    /// The entries of the opening balance.
    before_entries: Citations,
    entries: Citations,
    /// Since when the closing balance is below zero.
    below_zero: Option<BelowZero>,
    /// What the closing balance rests on.
    grounds: Grounds,
    /// The number of the flow that changed it last.
    latest: usize,
}

/// Since when a closing balance is below zero.
struct BelowZero {
    since: Moment,
    /// How many entries were cited by then: of the opening balance, and since.
    before_count: usize,
    count: usize,
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
        self.closing.0 = self.all.closing()?;
        self.grounds.add(flow.moment);
        if is_before {
            self.before_entries.push(flow.moment.1);
            change(&mut self.before)?;
        } else {
            self.entries.push(flow.moment.1);
        }
        if !self.closing.0.is_negative() {
            self.below_zero = None;
        } else if self.below_zero.is_none() {
            self.below_zero = Some(BelowZero {
                since: flow.moment,
                before_count: self.before_entries.indices.len(),
                count: self.entries.indices.len(),
            });
        }
        Ok(())
    }

    /// That more went out than there was, if the closing balance says so.
    fn overdrawn(&self) -> Option<Overdraft> {
        let below_zero = self.below_zero.as_ref()?;
        let before = self.before_entries.indices.iter();
        let since = self.entries.indices.iter();
        let cited = before.take(below_zero.before_count);
        let mut entries = Citations::default();
        for index in cited.chain(since.take(below_zero.count)) {
            entries.push(*index);
        }
        // The first ones are cited.
        entries.has_more |= self.before_entries.has_more
            || (self.entries.has_more && below_zero.count == self.entries.indices.len());
        Some(Overdraft {
            since: below_zero.since,
            by: self.closing.0.negated(),
            entries,
        })
    }
}

/// The sums of a lot at all sites, flow by flow.
#[derive(Default)]
struct Sites {
    sums: BTreeMap<SiteKey, SiteSums>,
    /// How many flows were taken.
    count: usize,
    /// From when flows count: before it they make the opening balance.
    from: Option<Timestamp>,
    /// What left and did not arrive, by unit, with the flow that changed it last. None if a receipt leaves what
    /// others have as they told it, though nobody told that it left.
    under_way: Option<BTreeMap<Unit, UnderWay>>,
}

/// What left and did not arrive.
#[derive(Default)]
struct UnderWay {
    sum: Amount,
    /// The number of the flow that changed it last.
    latest: usize,
    grounds: Grounds,
}

impl Sites {
    /// Takes the next flow, and gives where it changed something.
    fn take(&mut self, flow: &Flow) -> Result<Vec<SiteKey>, QuestionError> {
        self.count += 1;
        let number = self.count;
        let key = (flow.place.clone(), flow.unit.clone());
        let is_before = self.from.is_some_and(|from| flow.moment.0 < from);
        if self.sums.len() >= MAX_LOT_SITES && !self.sums.contains_key(&key) {
            return Err(QuestionError::TooMuch {
                what: LOT_SITES,
                most: MAX_LOT_SITES,
            });
        }
        let site = self.sums.entry(key.clone()).or_default();
        let left_before = site.all.left()?;
        site.change(flow, number, is_before, |sums| sums.add(flow))?;
        let leaves = exact(site.all.left()?.checked_sub(left_before))?;
        let (mut missing, has_left) = (site.closing.0.negated(), site.all.shipped());
        let mut changed = vec![key.clone()];
        let on_the_way = self.on_the_way(&flow.unit);
        let unannounced = self.leave(flow, leaves)?;
        if unannounced > Decimal::ZERO {
            let found = self.draw(&key, unannounced, flow, is_before, &mut changed)?;
            self.leave(flow, found)?;
        }
        // What is spent where it was not seen to come was on its way there, unless it left from there itself.
        let is_spent = matches!(flow.kind, FlowKind::Used | FlowKind::Removed);
        if is_spent && has_left == Decimal::ZERO {
            missing = exact(missing.checked_sub(self.land(&key, missing, flow, is_before)?))?;
        }
        if missing > Decimal::ZERO {
            let found = self.draw(&key, missing, flow, is_before, &mut changed)?;
            if let Some(site) = self.sums.get_mut(&key) {
                site.change(flow, number, is_before, |sums| sums.shift(found))?;
            }
            missing = exact(missing.checked_sub(found))?;
        }
        self.land(&key, missing.min(on_the_way), flow, is_before)?;
        Ok(changed)
    }

    /// Counts what leaves, or arrives if it is below zero, as on its way, and gives how much arrived that had not left.
    fn leave(&mut self, flow: &Flow, leaves: Decimal) -> Result<Decimal, QuestionError> {
        let Some(under_way) = self.under_way.as_mut().filter(|_| leaves != Decimal::ZERO) else {
            return Ok(Decimal::ZERO);
        };
        let under_way = under_way.entry(flow.unit.clone()).or_default();
        under_way.sum.0 = exact(under_way.sum.0.checked_add(leaves))?;
        under_way.latest = self.count;
        under_way.grounds.add(flow.moment);
        Ok(under_way.sum.0.negated())
    }

    fn on_the_way(&self, unit: &Unit) -> Decimal {
        let under_way = self.under_way.as_ref().and_then(|all| all.get(unit));
        under_way.map_or(Decimal::ZERO, |under_way| under_way.sum.0)
    }

    /// Takes up to an amount of what is on its way to a site, and gives how much there was.
    fn land(
        &mut self,
        key: &SiteKey,
        amount: Decimal,
        flow: &Flow,
        is_before: bool,
    ) -> Result<Decimal, QuestionError> {
        let landed = amount.min(self.on_the_way(&key.1));
        if landed <= Decimal::ZERO {
            return Ok(Decimal::ZERO);
        }
        self.leave(flow, landed.negated())?;
        let number = self.count;
        if let Some(site) = self.sums.get_mut(key) {
            site.change(flow, number, is_before, |sums| sums.shift(landed))?;
        }
        Ok(landed)
    }

    /// Takes up to an amount from other sites, from where the last change left some first, and gives how much there
    /// was.
    fn draw(
        &mut self,
        (place, unit): &SiteKey,
        amount: Decimal,
        flow: &Flow,
        is_before: bool,
        changed: &mut Vec<SiteKey>,
    ) -> Result<Decimal, QuestionError> {
        let (number, mut missing) = (self.count, amount);
        while missing > Decimal::ZERO {
            let others = self.sums.iter_mut().filter(|((other, of), site)| {
                of == unit && other != place && site.closing.0 > Decimal::ZERO
            });
            let latest = others.max_by_key(|(other, site)| (site.latest, *other));
            let Some((other, site)) = latest else {
                break;
            };
            let moved = missing.min(site.closing.0);
            site.change(flow, number, is_before, |sums| sums.shift(moved.negated()))?;
            missing = exact(missing.checked_sub(moved))?;
            changed.push(other.clone());
        }
        exact(amount.checked_sub(missing))
    }

    /// Whether there is some of the lot at a place, in any unit.
    fn has_some_at(&self, place: &str) -> bool {
        let first = (Some(place.into()), Unit::Count);
        let there = self.sums.range(first..);
        there
            .take_while(|((site, _), _)| site.as_deref() == Some(place))
            .any(|(_, sums)| sums.closing.0 > Decimal::ZERO)
    }
}

/// The visits of a class: it is at a place for as long as some of it is, by what was made, came, went and was
/// used there. It may be at several places at once.
pub(super) fn class_visits(flows: &Flows, until: Timestamp) -> Result<Vec<Visit>, QuestionError> {
    let mut sites = Sites::default();
    let mut open: BTreeMap<Box<str>, usize> = BTreeMap::new();
    let mut visits: Vec<Visit> = Vec::new();
    for flow in &flows.flows {
        for (place, _) in sites.take(flow)? {
            let Some(place) = place else {
                continue;
            };
            let is_there = sites.has_some_at(&place);
            let current = open.get(&place).and_then(|number| visits.get_mut(*number));
            match (current, is_there) {
                (Some(visit), true) => visit.last_seen = flow.moment,
                (Some(visit), false) => {
                    visit.departure = Some(flow.moment);
                    visit.is_departure_seen = flow.place.as_ref() == Some(&place);
                    open.remove(&place);
                }
                (None, true) => {
                    open.insert(place.clone(), visits.len());
                    visits.push(Visit {
                        place,
                        arrival: flow.moment,
                        last_seen: flow.moment,
                        departure: None,
                        is_departure_seen: false,
                        container: None,
                        duration: Duration::default(),
                    });
                }
                (None, false) => {}
            }
        }
    }
    for visit in &mut visits {
        let end = visit.departure.map_or(until, |(time, _)| time);
        visit.duration = span(visit.arrival.0, end);
    }
    Ok(visits)
}

/// What became of a lot at each site; what was before a time is the opening balance.
pub(super) fn site_balances(
    flows: &Flows,
    from: Option<Timestamp>,
) -> Result<Vec<SiteBalance>, QuestionError> {
    let mut sites = Sites {
        from,
        ..Sites::default()
    };
    for flow in &flows.flows {
        sites.take(flow)?;
    }
    let mut balances = Vec::with_capacity(sites.sums.len());
    for ((site, unit), sums) in sites.sums {
        let overdrawn = sums.overdrawn();
        let SiteSums {
            before,
            all,
            closing,
            before_entries,
            entries,
            ..
        } = sums;
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
            closing: closing.0,
            overdrawn,
            opening_entries: before_entries,
            entries,
        });
    }
    Ok(balances)
}

/// How much of a lot is where, by unit.
#[derive(Clone, Debug, Default)]
pub(super) struct Stock {
    /// At each site; none for events that name no place. Below zero if more was spent than there was.
    pub(super) sites: BTreeMap<Unit, BTreeMap<Option<Box<str>>, HeldAmount>>,
    /// What left and has not arrived.
    pub(super) under_way: BTreeMap<Unit, HeldAmount>,
    /// The sites at which nothing is left only because some went elsewhere unseen.
    pub(super) drained: BTreeSet<Box<str>>,
}

/// How much of a lot is where in the end. What arrives is no longer where it came from, whether or not that told of
/// it: it left there unseen, from where the last change left some.
pub(super) fn stock(flows: &Flows) -> Result<Stock, QuestionError> {
    let mut sites = Sites {
        under_way: Some(BTreeMap::new()),
        ..Sites::default()
    };
    for flow in &flows.flows {
        sites.take(flow)?;
    }
    let entry = |number: usize| {
        let flow = flows.flows.get(number.saturating_sub(1));
        flow.map_or(LogIndex(0), |flow| flow.moment.1)
    };
    let mut stock = Stock::default();
    for ((site, unit), sums) in sites.sums {
        let there = HeldAmount {
            quantity: sums.closing.0,
            latest: entry(sums.latest),
            grounds: sums.grounds,
        };
        if sums.all.moved.0.is_negative() && sums.closing.0 == Decimal::ZERO {
            stock.drained.extend(site.clone());
        }
        stock.sites.entry(unit).or_default().insert(site, there);
    }
    for (unit, under_way) in sites.under_way.unwrap_or_default() {
        let amount = HeldAmount {
            // More arrived than there was anywhere: nothing of it is on its way.
            quantity: under_way.sum.0.max(Decimal::ZERO),
            latest: entry(under_way.latest),
            grounds: under_way.grounds,
        };
        stock.under_way.insert(unit, amount);
    }
    Ok(stock)
}

/// What became of a lot everywhere, by unit; what was before a time is the opening balance.
pub(super) fn lot_totals(
    flows: &Flows,
    from: Option<Timestamp>,
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
        let before = before.get(&unit).copied().unwrap_or_default();
        let since = |all: Amount, before: Amount| exact(all.0.checked_sub(before.0));
        totals.push(LotTotal {
            opening: before.closing()?,
            created: since(all.created, before.created)?,
            used: since(all.used, before.used)?,
            removed: since(all.removed, before.removed)?,
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
