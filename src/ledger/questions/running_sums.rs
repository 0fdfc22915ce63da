//! What is where while the events of a class of objects are replayed, so as to tell what is loose from what is in
//! containers. Places that are parts of one site are one here.

use std::collections::{BTreeMap, BTreeSet};

use super::QuestionError;
use super::flows::{Flow, FlowKind};
use super::history::Moment;
use super::holdings::{Holdings, TooManyDigits, Where};
use super::sums::{Amount, Sums, exact};
use crate::records::epcis::{Unit, without_qualifiers};
use crate::types::Decimal;

/// The sums so far, at each site and everywhere.
#[derive(Debug, Default)]
pub(super) struct RunningSums {
    sites: BTreeMap<SiteKey, Sums>,
    all: BTreeMap<Unit, Everywhere>,
    /// Whether some of it has more digits than a number may: then nothing is told from it.
    is_unknown: bool,
}

/// A site and a unit.
type SiteKey = (Option<Box<str>>, Unit);

/// What became of it everywhere.
#[derive(Clone, Copy, Debug, Default)]
struct Everywhere {
    created: Amount,
    spent: Amount,
    /// What left and has not arrived.
    under_way: Amount,
}

/// How an amount that is told by its name leaves a site or arrives there.
#[derive(Debug)]
pub(super) struct Apportioned {
    /// In these containers, so much of what each holds.
    pub(super) carried: Vec<(Box<str>, Decimal)>,
    /// How much of that was loose as well.
    pub(super) loose: Decimal,
    /// Out of these containers.
    pub(super) picked: Vec<(Box<str>, Decimal)>,
    /// As what other words told already of containers.
    pub(super) retold: Decimal,
    /// By its name alone.
    pub(super) named: Decimal,
}

impl Apportioned {
    fn named(amount: Decimal) -> Self {
        Self {
            carried: Vec::new(),
            loose: Decimal::ZERO,
            picked: Vec::new(),
            retold: Decimal::ZERO,
            named: amount,
        }
    }
}

fn key(place: Option<&str>, unit: &Unit) -> SiteKey {
    (
        place.map(|place| without_qualifiers(place).into()),
        unit.clone(),
    )
}

impl From<QuestionError> for TooManyDigits {
    fn from(_: QuestionError) -> Self {
        Self
    }
}

impl RunningSums {
    /// Bytes that a flow takes here: none where one was before it.
    pub(super) fn bytes_of(&self, place: Option<&str>, unit: &Unit) -> usize {
        match self.sites.contains_key(&key(place, unit)) {
            true => 0,
            false => size_of::<(SiteKey, Sums)>(),
        }
    }

    pub(super) fn add(&mut self, flow: &Flow) {
        self.is_unknown |= self.add_exactly(flow).is_err();
    }

    fn add_exactly(&mut self, flow: &Flow) -> Result<(), QuestionError> {
        let at = key(flow.place.as_deref(), &flow.unit);
        let site = self.sites.entry(at).or_default();
        let all = self.all.entry(flow.unit.clone()).or_default();
        let before = site.left()?;
        site.add(flow)?;
        let left = exact(site.left()?.checked_sub(before))?;
        all.under_way.add(left)?;
        match flow.kind {
            FlowKind::Created => all.created.add(flow.quantity),
            FlowKind::Used | FlowKind::Removed => all.spent.add(flow.quantity),
            FlowKind::Landed => {
                site.shift(flow.quantity)?;
                all.under_way.add(flow.quantity.negated())
            }
            FlowKind::Received(_) | FlowKind::Shipped(_) => Ok(()),
        }
    }

    /// As if a flow had not been.
    pub(super) fn subtract(&mut self, flow: &Flow) {
        self.add(&Flow {
            quantity: flow.quantity.negated(),
            apart: flow.apart.map(Decimal::negated),
            ..flow.clone()
        });
    }

    /// How much left and has not arrived.
    pub(super) fn under_way(&self, unit: &Unit) -> Decimal {
        let all = self.all.get(unit).copied().unwrap_or_default();
        all.under_way.0.max(Decimal::ZERO)
    }

    /// So much was seen at a place, and nothing became of it: it is there, whoever brought it.
    pub(super) fn see(&mut self, place: Option<&str>, unit: &Unit, amount: Decimal) {
        let site = self.sites.entry(key(place, unit)).or_default();
        let closing = site.closing().ok();
        let missing = closing.and_then(|closing| amount.checked_sub(closing));
        let moved = match missing {
            Some(missing) if missing > Decimal::ZERO => site.shift(missing).ok(),
            other => other.map(|_| ()),
        };
        self.is_unknown |= moved.is_none();
    }

    /// How much is at the site of a place; nothing if that is not known.
    pub(super) fn at(&self, place: Option<&str>, unit: &Unit) -> Decimal {
        let site = self.sites.get(&key(place, unit));
        let closing = site.and_then(|site| site.closing().ok());
        closing.unwrap_or(Decimal::ZERO).max(Decimal::ZERO)
    }

    /// What is used or sold by its own name comes out of containers as far as it was not loose: out of those at the
    /// site, then of those that may be on their way to it, and at last of any that hold more than is left of what was
    /// made. Gives how much came out of which.
    pub(super) fn draw(
        &mut self,
        holdings: &mut Holdings,
        moment: Moment,
        place: Option<&str>,
        (unit, amount): (&Unit, Decimal),
    ) -> Vec<(Box<str>, Decimal)> {
        let mut draws = Draws {
            holdings,
            moment,
            unit,
            missing: amount,
            drawn: Vec::new(),
        };
        if !self.is_unknown && self.draw_by(&mut draws, place).is_err() {
            self.is_unknown = true;
        }
        draws.drawn
    }

    /// What is packed into a container where another one had arrived with it, and was not loose there, comes out of that
    /// one, though nobody tells of unpacking. What was packed there as well stays: more may be packed than was made.
    pub(super) fn draw_repacked(
        &self,
        holdings: &mut Holdings,
        moment: Moment,
        (container, place): (&str, Option<&str>),
        (unit, amount): (&Unit, Decimal),
    ) -> Vec<(Box<str>, Decimal)> {
        let known = self.sites.get(&key(place, unit));
        let closing = known
            .filter(|_| place.is_some())
            .and_then(|sums| sums.closing().ok());
        let packed = holdings.sum(unit, Where::At(place)).ok();
        // Where more is packed than is known to be there nobody knows what is loose.
        let loose = closing
            .zip(packed)
            .and_then(|(closing, packed)| closing.checked_sub(packed));
        let Some(loose) = loose.filter(|loose| !loose.is_negative() && !self.is_unknown) else {
            return Vec::new();
        };
        let missing = amount.checked_sub(loose).unwrap_or(Decimal::ZERO);
        let amount = (unit, missing.max(Decimal::ZERO));
        let is_other = |id: &str| id != container;
        let drawn = holdings.draw(amount, moment, Where::ArrivedAt(place), is_other);
        drawn.unwrap_or_default()
    }

    /// How an amount that is told by its name leaves a place or arrives there: as what other words told already by its
    /// name, or of containers, if it is just as much as these in all or one of them; then what is loose, and what other
    /// words told of containers; then in the containers that are there, or may come there, if they hold no more; and
    /// then it is picked from one that keeps the rest. What is left is told by its name alone.
    pub(super) fn apportion(
        &mut self,
        holdings: &mut Holdings,
        moment: Moment,
        (kind, place): (FlowKind, Option<&str>),
        (unit, amount): (&Unit, Decimal),
        of_containers: impl Fn(Decimal) -> (Decimal, bool),
    ) -> Apportioned {
        let found = self.apportion_exactly(
            holdings,
            moment,
            (kind, place),
            (unit, amount),
            of_containers,
        );
        found.unwrap_or_else(|_| {
            self.is_unknown = true;
            Apportioned::named(amount)
        })
    }

    fn apportion_exactly(
        &self,
        holdings: &mut Holdings,
        moment: Moment,
        (kind, place): (FlowKind, Option<&str>),
        (unit, amount): (&Unit, Decimal),
        of_containers: impl Fn(Decimal) -> (Decimal, bool),
    ) -> Result<Apportioned, TooManyDigits> {
        let mut found = Apportioned::named(amount);
        if self.is_unknown || place.is_none() {
            return Ok(found);
        }
        let leaves = matches!(kind, FlowKind::Shipped(_));
        let are_there = match leaves {
            true => Where::At(place),
            false => Where::ComingTo(place),
        };
        let site = self.sites.get(&key(place, unit)).copied();
        let site = site.unwrap_or_default();
        let (there, packed) = match leaves {
            true => (site.closing()?, holdings.sum(unit, are_there)?),
            false => (self.under_way(unit), holdings.sum(unit, Where::UnderWay)?),
        };
        let loose = there.checked_sub(packed).ok_or(TooManyDigits)?;
        let loose = loose.max(Decimal::ZERO);
        let untold = site.untold(kind)?;
        let less = |amount: Decimal, taken: Decimal| {
            let rest = amount.checked_sub(taken).ok_or(TooManyDigits)?;
            Ok::<_, TooManyDigits>(rest.max(Decimal::ZERO))
        };
        let mut rest = less(amount, untold.named)?;
        let (of_latest, is_one) = of_containers(rest);
        let untold = untold.apart.min(of_latest);
        let just = holdings.holding_just((unit, rest), are_there).next();
        let just = just.filter(|_| !leaves && loose != rest);
        if rest > Decimal::ZERO && rest <= untold && (rest == untold || is_one) {
            found.retold = rest;
        } else if let Some(container) = just {
            found.carried.push((container.into(), rest));
            found.named = less(found.named, rest)?;
            found.loose = loose.min(rest);
            return Ok(found);
        } else {
            rest = less(rest, loose)?;
            found.retold = rest.min(untold);
        }
        found.named = less(found.named, found.retold)?;
        rest = less(rest, found.retold)?;
        if rest <= Decimal::ZERO {
            return Ok(found);
        }
        // One that holds just so much is the likeliest, so those that hold most come first.
        found.carried = holdings.within((unit, rest), are_there)?;
        for (_, held) in &found.carried {
            rest = rest.checked_sub(*held).ok_or(TooManyDigits)?;
        }
        let carried = found.carried.iter().map(|(container, _)| &**container);
        let carried: BTreeSet<&str> = carried.collect();
        let is_other = |id: &str| !carried.contains(id);
        found.picked = holdings.draw((unit, rest), moment, are_there, is_other)?;
        for (_, told) in found.carried.iter().chain(&found.picked) {
            found.named = found.named.checked_sub(*told).ok_or(TooManyDigits)?;
        }
        Ok(found)
    }

    fn draw_by(&self, draws: &mut Draws<'_>, place: Option<&str>) -> Result<(), TooManyDigits> {
        let amount = draws.missing;
        let sums = self.sites.get(&key(place, draws.unit)).copied();
        let here = sums.unwrap_or_default().closing()?;
        draws.from(Where::At(place), here, Where::At(place))?;
        let under_way = self.under_way(draws.unit);
        draws.from(Where::UnderWay, under_way, Where::ComingTo(place))?;
        let all = self.all.get(draws.unit).copied().unwrap_or_default();
        if all.created.0 > Decimal::ZERO {
            let spent = all.spent.0.checked_add(amount);
            let rest = spent.and_then(|spent| all.created.0.checked_sub(spent));
            let rest = rest.ok_or(TooManyDigits)?.max(Decimal::ZERO);
            let packed = draws.holdings.sum(draws.unit, Where::Anywhere)?;
            let surplus = packed.checked_sub(rest).ok_or(TooManyDigits)?;
            draws.take(Where::Anywhere, surplus)?;
        }
        Ok(())
    }
}

/// What comes out of containers for one use.
struct Draws<'a> {
    holdings: &'a mut Holdings,
    moment: Moment,
    unit: &'a Unit,
    /// How much was not found yet.
    missing: Decimal,
    drawn: Vec<(Box<str>, Decimal)>,
}

impl Draws<'_> {
    /// Takes what is loose somewhere, by how much there is of it in all, and then what is in containers there, unless it
    /// may not be taken.
    fn from(
        &mut self,
        are_there: Where<'_>,
        amount: Decimal,
        may_be_taken: Where<'_>,
    ) -> Result<(), TooManyDigits> {
        let packed = self.holdings.sum(self.unit, are_there)?;
        let loose = amount.checked_sub(packed).ok_or(TooManyDigits)?;
        let loose = loose.max(Decimal::ZERO).min(self.missing);
        self.missing = self.missing.checked_sub(loose).ok_or(TooManyDigits)?;
        self.take(may_be_taken, packed)
    }

    /// Takes up to an amount of what is missing out of containers.
    fn take(&mut self, are_there: Where<'_>, most: Decimal) -> Result<(), TooManyDigits> {
        let amount = (self.unit, self.missing.min(most));
        let drawn = self
            .holdings
            .draw(amount, self.moment, are_there, |_| true)?;
        for (_, taken) in &drawn {
            self.missing = self.missing.checked_sub(*taken).ok_or(TooManyDigits)?;
        }
        self.drawn.extend(drawn);
        Ok(())
    }
}
