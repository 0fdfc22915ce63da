//! Adding up what became of the amounts of a lot at each site.

use std::collections::{BTreeMap, BTreeSet};

use super::dwell::{Visit, span};
use super::flow_replay::Flows;
use super::flows::{Flow, FlowKind, HeldAmount};
use super::grounds::Grounds;
use super::history::Moment;
use super::holdings::is_one_site;
use super::mass_balance::{Citations, Overdraft, SiteBalance};
use super::sums::{Amount, Sums, exact};
use super::{LOT_SITES, QuestionError};
use crate::records::epcis::Unit;
use crate::types::{Decimal, Duration, LogIndex, Timestamp};

/// Most sites of one lot, counted once for each unit.
pub const MAX_LOT_SITES: usize = 1_000;

/// The sums of a lot at one site and in one unit: up to a time, and in all.
#[derive(Default)]
struct SiteSums {
    before: Sums,
    all: Sums,
    /// What has to be left by all of them.
    closing: Amount,
    /// What came there unseen of what was on its way.
    landed: Amount,
    /// What of that which moved came as a container tells, or from another place of the same site; or went, if it is below zero.
    moved_as_told: Amount,
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
    /// Whether what is received, and of which nobody told that it left, is taken from other sites: if not, a receipt
    /// leaves what others have as they told it.
    takes_from_others: bool,
    /// What left and did not arrive, by unit.
    under_way: BTreeMap<Unit, UnderWay>,
}

/// What left and did not arrive.
#[derive(Default)]
struct UnderWay {
    sum: Amount,
    /// All that ever left.
    shipped: Amount,
    /// All that arrived unseen.
    landed: Amount,
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
        let on_the_way = self.on_the_way(&flow.unit);
        let site = self.sums.entry(key.clone()).or_default();
        if flow.kind == FlowKind::Landed {
            if flow.quantity.is_negative() {
                self.depart_unseen(&key, flow, is_before)?;
            } else {
                let landed = self.land(&key, flow.quantity, flow, is_before)?;
                if let Some(site) = self.sums.get_mut(&key) {
                    site.moved_as_told.add(landed)?;
                }
            }
            return Ok(vec![key]);
        }
        let (all_before, closing_before) = (site.all, site.closing.0);
        site.change(flow, number, is_before, |sums| sums.add(flow))?;
        let (closing, all) = (site.closing.0, site.all);
        let leaves = exact(all.left()?.checked_sub(all_before.left()?))?;
        let shipped = exact(all.shipped()?.checked_sub(all_before.shipped()?))?;
        let mut changed = vec![key.clone()];
        let unannounced = self.leave(flow, leaves, shipped)?;
        let arrived = unannounced.min(leaves.negated());
        let told = self.tell_of_landed(&key, arrived, flow, is_before, &mut changed)?;
        let unannounced = exact(unannounced.checked_sub(told))?;
        if self.takes_from_others && unannounced > Decimal::ZERO {
            let found = self.draw(&key, unannounced, false, flow, is_before, &mut changed)?;
            self.leave(flow, found, Decimal::ZERO)?;
        }
        // What was missing before is missing since then: this flow answers for what it made worse.
        let below_zero = |closing: Decimal| closing.min(Decimal::ZERO).negated();
        let missing = below_zero(closing).checked_sub(below_zero(closing_before));
        let mut missing = exact(missing)?.max(Decimal::ZERO);
        // What is told elsewhere on the same site, such as at its gate, is nearest.
        let mut drawn = self.draw(&key, missing, true, flow, is_before, &mut changed)?;
        missing = exact(missing.checked_sub(drawn))?;
        if let Some(site) = self.sums.get_mut(&key) {
            site.moved_as_told.add(drawn)?;
        }
        // What is spent where it was not seen to come was on its way there, unless some left from there itself.
        let is_spent = matches!(flow.kind, FlowKind::Used | FlowKind::Removed);
        if is_spent && all.shipped()? == Decimal::ZERO {
            missing = exact(missing.checked_sub(self.land(&key, missing, flow, is_before)?))?;
        }
        let found = self.draw(&key, missing, false, flow, is_before, &mut changed)?;
        missing = exact(missing.checked_sub(found))?;
        drawn = exact(drawn.checked_add(found))?;
        if drawn > Decimal::ZERO
            && let Some(site) = self.sums.get_mut(&key)
        {
            site.change(flow, number, is_before, |sums| sums.shift(drawn))?;
        }
        let may_land = match self.takes_from_others {
            true => on_the_way,
            false => on_the_way.min(self.sent_by_others(&key)?),
        };
        self.land(&key, missing.min(may_land), flow, is_before)?;
        Ok(changed)
    }

    /// Counts what leaves, or arrives if it is below zero, as on its way, and gives how much arrived that had not left.
    fn leave(
        &mut self,
        flow: &Flow,
        leaves: Decimal,
        shipped: Decimal,
    ) -> Result<Decimal, QuestionError> {
        if leaves == Decimal::ZERO && shipped == Decimal::ZERO {
            return Ok(Decimal::ZERO);
        }
        let under_way = self.under_way.entry(flow.unit.clone()).or_default();
        under_way.sum.0 = exact(under_way.sum.0.checked_add(leaves))?;
        under_way.shipped.0 = exact(under_way.shipped.0.checked_add(shipped))?;
        under_way.latest = self.count;
        under_way.grounds.add(flow.moment);
        Ok(under_way.sum.0.negated())
    }

    /// What left other sites, less what came here, seen or not.
    fn sent_by_others(&self, key: &SiteKey) -> Result<Decimal, QuestionError> {
        let sent = self.under_way.get(&key.1);
        let sent = sent.map_or(Decimal::ZERO, |under_way| under_way.shipped.0);
        let Some(site) = self.sums.get(key) else {
            return Ok(sent);
        };
        let own = [site.all.shipped()?, site.all.received()?, site.landed.0];
        exact(own.into_iter().try_fold(sent, Decimal::checked_sub))
    }

    fn on_the_way(&self, unit: &Unit) -> Decimal {
        let under_way = self.under_way.get(unit);
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
        self.leave(flow, landed.negated(), Decimal::ZERO)?;
        self.under_way
            .get_mut(&key.1)
            .map_or(Ok(()), |under_way| under_way.landed.add(landed))?;
        let number = self.count;
        if let Some(site) = self.sums.get_mut(key) {
            site.landed.add(landed)?;
            site.change(flow, number, is_before, |sums| sums.shift(landed))?;
        }
        Ok(landed)
    }

    /// What was somewhere is on its way, and nobody told that it left: no more than there was.
    fn depart_unseen(
        &mut self,
        key: &SiteKey,
        flow: &Flow,
        is_before: bool,
    ) -> Result<(), QuestionError> {
        let number = self.count;
        let Some(site) = self.sums.get_mut(key) else {
            return Ok(());
        };
        let left = flow.quantity.negated().min(site.closing.0);
        if left <= Decimal::ZERO {
            return Ok(());
        }
        site.change(flow, number, is_before, |sums| sums.shift(left.negated()))?;
        site.moved_as_told.add(left.negated())?;
        self.leave(flow, left, Decimal::ZERO)?;
        let under_way = self.under_way.get_mut(&key.1);
        under_way.map_or(Ok(()), |under_way| under_way.landed.add(left.negated()))
    }

    /// What arrives and had not left is what had come unseen before, there or else where the last change was: it is told now.
    /// Gives how much of it.
    fn tell_of_landed(
        &mut self,
        key: &SiteKey,
        unannounced: Decimal,
        flow: &Flow,
        is_before: bool,
        changed: &mut Vec<SiteKey>,
    ) -> Result<Decimal, QuestionError> {
        let (number, mut rest) = (self.count, unannounced);
        while rest > Decimal::ZERO {
            let landed = self.sums.iter_mut().filter(|((_, unit), site)| {
                *unit == key.1 && site.landed.0.min(site.closing.0) > Decimal::ZERO
            });
            let latest = landed.max_by_key(|(at, site)| (*at == key, site.latest, *at));
            let Some((at, site)) = latest else {
                break;
            };
            let told = rest.min(site.landed.0).min(site.closing.0);
            site.landed.add(told.negated())?;
            site.change(flow, number, is_before, |sums| sums.shift(told.negated()))?;
            rest = exact(rest.checked_sub(told))?;
            if at != key {
                changed.push(at.clone());
            }
            self.leave(flow, told, Decimal::ZERO)?;
            if let Some(under_way) = self.under_way.get_mut(&key.1) {
                under_way.landed.add(told.negated())?;
            }
        }
        exact(
            unannounced
                .max(Decimal::ZERO)
                .checked_sub(rest.max(Decimal::ZERO)),
        )
    }

    /// Takes up to an amount from other places, from where the last change left some first, and gives how much there
    /// was; from those of the same site alone, if that is asked.
    fn draw(
        &mut self,
        (place, unit): &SiteKey,
        amount: Decimal,
        is_on_site: bool,
        flow: &Flow,
        is_before: bool,
        changed: &mut Vec<SiteKey>,
    ) -> Result<Decimal, QuestionError> {
        let (number, mut missing) = (self.count, amount);
        while missing > Decimal::ZERO {
            let others = self.sums.iter_mut().filter(|((other, of), site)| {
                of == unit
                    && other != place
                    && site.closing.0 > Decimal::ZERO
                    && (!is_on_site || is_one_site(place.as_deref(), other.as_deref()))
            });
            let latest = others.max_by_key(|(other, site)| (site.latest, *other));
            let Some((other, site)) = latest else {
                break;
            };
            let moved = missing.min(site.closing.0);
            site.change(flow, number, is_before, |sums| sums.shift(moved.negated()))?;
            if is_on_site {
                site.moved_as_told.add(moved.negated())?;
            }
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

/// What became of a lot at each site.
#[derive(Default)]
pub(super) struct SiteBalances {
    pub(super) sites: Vec<SiteBalance>,
    /// How much came unseen of what was on its way, over all sites, by unit.
    pub(super) landed: BTreeMap<Unit, Decimal>,
}

/// What became of a lot at each site; what was before a time is the opening balance.
pub(super) fn site_balances(
    flows: &Flows,
    from: Option<Timestamp>,
) -> Result<SiteBalances, QuestionError> {
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
            received: since(all.received()?, before.received()?)?,
            moved: since(all.moved.0, before.moved.0)?,
            used: since(all.used.0, before.used.0)?,
            shipped: since(all.shipped()?, before.shipped()?)?,
            removed: since(all.removed.0, before.removed.0)?,
            closing: closing.0,
            overdrawn,
            opening_entries: before_entries,
            entries,
        });
    }
    let landed = sites.under_way.into_iter();
    Ok(SiteBalances {
        sites: balances,
        landed: landed.map(|(unit, all)| (unit, all.landed.0)).collect(),
    })
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
        takes_from_others: true,
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
        let moved = exact(sums.all.moved.0.checked_sub(sums.moved_as_told.0))?;
        if moved.is_negative() && sums.closing.0 == Decimal::ZERO {
            stock.drained.extend(site.clone());
        }
        stock.sites.entry(unit).or_default().insert(site, there);
    }
    for (unit, under_way) in sites.under_way {
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
