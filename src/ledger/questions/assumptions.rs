//! What is assumed of containers: an event that tells of a lot by its name alone speaks of what is in one, when no more
//! is loose. Whatever tells of the container itself later knows better.

use std::collections::{BTreeMap, BTreeSet};

use super::flows::FlowKind;
use super::history::Moment;
use super::holdings::{Amounts, Holdings, Where, Whereabouts, is_one_site};
use super::told_deliveries::{Told, ToldDeliveries};
use crate::records::epcis::{Unit, without_qualifiers};
use crate::types::Decimal;

/// What is assumed, by container.
#[derive(Debug, Default)]
pub(super) struct Assumptions {
    /// In order, for each container.
    steps: BTreeMap<Box<str>, Vec<Step>>,
    /// The containers of which it is assumed last that they left, by the site and what they left with.
    left: BTreeSet<(Option<Box<str>>, Amounts, Box<str>)>,
}

/// That a container is assumed to have left with some amounts, or to have arrived with them.
#[derive(Debug)]
struct Step {
    /// Where it was before.
    whereabouts: Option<(Whereabouts, Moment)>,
    /// What was told of it before.
    told: Option<Told>,
    moved: Moved,
}

/// What a container is assumed to have done.
#[derive(Debug)]
pub(super) struct Moved {
    /// It left, or it arrived, in one of the words for that.
    pub(super) kind: FlowKind,
    /// With what.
    pub(super) shares: Amounts,
    /// How much of it was loose as well: that is what moved if the container did not, and the rest was picked from it.
    pub(super) loose: Decimal,
}

impl Moved {
    /// Whether all of it was loose as well.
    fn may_be_loose(&self) -> bool {
        let mut shares = self.shares.values();
        self.loose > Decimal::ZERO && shares.all(|share| *share <= self.loose)
    }
}

/// What became of an assumption.
#[derive(Debug, Default)]
pub(super) struct Settled {
    /// What was picked from the container.
    pub(super) picked: Amounts,
    /// The numbers of the flows that were of loose goods.
    pub(super) loose: Vec<usize>,
    /// Bytes that another assumption takes.
    pub(super) bytes: usize,
}

impl Step {
    fn before(&self) -> Option<&Whereabouts> {
        self.whereabouts.as_ref().map(|(before, _)| before)
    }

    /// Where it left, and with what; none if it arrived, or nobody knows where it was.
    fn departure(&self) -> Option<(Option<Box<str>>, Amounts)> {
        let is_departure = matches!(self.moved.kind, FlowKind::Shipped(_));
        let (before, _) = self.whereabouts.as_ref().filter(|_| is_departure)?;
        let site = before.place().map(without_qualifiers);
        Some((site.map(Into::into), self.moved.shares.clone()))
    }

    /// Bytes that it takes.
    fn bytes(&self) -> usize {
        let told = self.told.as_ref().map_or(0, Told::bytes);
        let shares = self.moved.shares.len() * size_of::<(Unit, Decimal)>();
        size_of::<(Box<str>, Self)>() + told + shares
    }

    /// The only amount, if there is one.
    fn share(&self) -> Option<(&Unit, &Decimal)> {
        let shares = &self.moved.shares;
        shares.first_key_value().filter(|_| shares.len() == 1)
    }
}

/// What an event tells of a container itself.
#[derive(Clone, Copy, Debug)]
pub(super) struct Evidence<'a> {
    pub(super) container: &'a str,
    pub(super) place: Option<&'a str>,
    /// In which word it leaves or arrives; it landed if something is put in or taken out.
    pub(super) kind: FlowKind,
}

/// What an event shows of where a container is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Shows {
    /// It leaves the place.
    Departure,
    /// It arrives there.
    Arrival,
    /// It is there: something is put in or taken out.
    Presence,
}

impl Evidence<'_> {
    fn shows(&self) -> Shows {
        match self.kind {
            FlowKind::Shipped(_) => Shows::Departure,
            FlowKind::Landed => Shows::Presence,
            _ => Shows::Arrival,
        }
    }

    fn is_at(&self, place: Option<&str>) -> bool {
        let both = place.zip(self.place);
        both.is_none_or(|(one, other)| is_one_site(Some(one), Some(other)))
    }

    /// Whether it may be so if the container is where it is assumed to be.
    fn fits(&self, assumed: Option<&Whereabouts>) -> bool {
        match (assumed, self.shows()) {
            (Some(Whereabouts::UnderWay(from)), Shows::Departure) => self.is_at(from.as_deref()),
            (Some(Whereabouts::UnderWay(from)), Shows::Presence) => {
                from.is_none() || !self.is_at(from.as_deref())
            }
            (Some(Whereabouts::At(at) | Whereabouts::Arrived(at)), _) => self.is_at(at.as_deref()),
            (Some(Whereabouts::UnderWay(_)), Shows::Arrival) | (None, _) => true,
        }
    }

    /// Whether that is where it was before something was assumed that it was not so: who leaves a place was there.
    fn is_of(&self, before: Option<&Whereabouts>) -> bool {
        let is_under_way = before.is_some_and(Whereabouts::is_under_way);
        self.fits(before) && !(is_under_way && self.shows() == Shows::Departure)
    }

    /// Whether it is there as it was before something was assumed: it did not leave then, rather than come back unseen.
    fn stayed(&self, before: Option<&Whereabouts>) -> bool {
        let is_there = matches!(before, Some(before) if !before.is_under_way());
        self.shows() == Shows::Presence && is_there && self.fits(before)
    }

    /// Whether it tells in the same word what was assumed by the name of the lot: then that was something else.
    fn tells_again(&self, state: Option<&Whereabouts>, last: &Moved) -> bool {
        let is_under_way = state.is_some_and(Whereabouts::is_under_way);
        match self.shows() {
            Shows::Departure => is_under_way,
            Shows::Arrival => self.kind == last.kind && self.place.is_some() && last.may_be_loose(),
            Shows::Presence => false,
        }
    }
}

impl Assumptions {
    /// Takes note of what is known of a container, of which it is assumed that it leaves or arrives with some amounts.
    /// Gives how many bytes that takes.
    pub(super) fn assume(
        &mut self,
        container: &str,
        moved: Moved,
        holdings: &Holdings,
        told: &ToldDeliveries,
    ) -> usize {
        let step = Step {
            whereabouts: holdings.known(container).cloned(),
            told: told.of(container).cloned(),
            moved,
        };
        let bytes = step.bytes();
        let mut steps = self.remove(container).unwrap_or_default();
        steps.push(step);
        self.insert(container, steps);
        bytes
    }

    fn insert(&mut self, container: &str, steps: Vec<Step>) {
        if let Some((site, shares)) = steps.last().and_then(Step::departure) {
            self.left.insert((site, shares, container.into()));
        }
        self.steps.insert(container.into(), steps);
    }

    fn remove(&mut self, container: &str) -> Option<Vec<Step>> {
        let steps = self.steps.remove(container)?;
        if let Some((site, shares)) = steps.last().and_then(Step::departure) {
            self.left.remove(&(site, shares, container.into()));
        }
        Some(steps)
    }

    /// Whether something is assumed of a container.
    pub(super) fn has(&self, container: &str) -> bool {
        self.steps.contains_key(container)
    }

    /// An event tells of a container itself. If it is elsewhere than was assumed, it did not move with what it held:
    /// then another one that held just as much did, or what was loose if that was as much, or else that was picked from
    /// it.
    pub(super) fn settle(
        &mut self,
        evidence: Evidence<'_>,
        holdings: &mut Holdings,
        told: &mut ToldDeliveries,
        moment: Moment,
    ) -> Settled {
        let container = evidence.container;
        let Some(mut steps) = self.remove(container) else {
            self.exchange(evidence, holdings, told);
            return Settled::default();
        };
        let assumed = holdings.known(container).cloned();
        let state = assumed.as_ref().map(|(assumed, _)| assumed);
        let stayed = steps
            .iter()
            .rposition(|step| evidence.stayed(step.before()));
        let is_there = state.is_some_and(|state| !state.is_under_way());
        let fits = evidence.fits(state) && (is_there || stayed.is_none());
        let last = steps.last().filter(|_| fits);
        let is_told_again = last.is_some_and(|last| evidence.tells_again(state, &last.moved));
        let undone = match fits {
            // Another one may have been meant.
            true => steps.len().checked_sub(1).filter(|_| is_told_again),
            false => {
                let is_of = |step: &Step| evidence.is_of(step.before());
                let latest = stayed.or_else(|| steps.iter().rposition(is_of));
                Some(latest.unwrap_or(0))
            }
        };
        let Some(step) = undone.filter(|undone| *undone < steps.len()) else {
            return Settled::default();
        };
        let step = steps.swap_remove(step);
        let then = (assumed, told.of(container).cloned());
        let other = Self::another(container, &step, holdings);
        let may_be_loose = step.moved.may_be_loose();
        if is_told_again && other.is_none() && !may_be_loose {
            return Settled::default();
        }
        holdings.restore(container, step.whereabouts);
        told.restore(container, step.told);
        let mut settled = Settled::default();
        if let Some(other) = other {
            settled.bytes = self.assume(&other, step.moved, holdings, told);
            holdings.restore(&other, then.0);
            told.restore(&other, then.1);
        } else if may_be_loose {
            settled.loose = then.1.map(|told| told.flows).unwrap_or_default();
        } else {
            for (unit, share) in step.moved.shares {
                let picked = share.checked_sub(step.moved.loose).unwrap_or(share);
                holdings.take(container, moment, (&unit, picked));
                settled.picked.insert(unit, picked);
            }
        }
        settled
    }

    /// Where a container was before it was assumed last that it moved, if what moved may have been loose as well.
    pub(super) fn before_loose(&self, container: &str) -> Option<&(Whereabouts, Moment)> {
        let last = self.steps.get(container)?.last()?;
        last.whereabouts
            .as_ref()
            .filter(|_| last.moved.may_be_loose())
    }

    /// Another container that may have moved instead of one: where that one was, or on its way as well, with just as much.
    fn another(container: &str, step: &Step, holdings: &Holdings) -> Option<Box<str>> {
        let (unit, share) = step.share()?;
        let (before, _) = step.whereabouts.as_ref()?;
        let place = match before {
            Whereabouts::At(place) | Whereabouts::Arrived(place) => Where::At(place.as_deref()),
            Whereabouts::UnderWay(_) => Where::UnderWay,
        };
        let mut others = holdings.holding_just((unit, *share), place);
        others.find(|id| *id != container).map(Into::into)
    }

    /// A container arrives of which nobody told that it left: then it is the one that left where another one is assumed
    /// to have left with just as much.
    fn exchange(
        &mut self,
        evidence: Evidence<'_>,
        holdings: &mut Holdings,
        told: &mut ToldDeliveries,
    ) {
        let container = evidence.container;
        let known = holdings.known(container).cloned();
        let Some((Whereabouts::At(Some(at)) | Whereabouts::Arrived(Some(at)), _)) = &known else {
            return;
        };
        if evidence.shows() != Shows::Arrival || evidence.is_at(Some(at)) {
            return;
        }
        let inside = holdings.inside(container).unwrap_or_default();
        let left_here = |other: &str| {
            let whereabouts = holdings.whereabouts(other);
            matches!(whereabouts, Some(Whereabouts::UnderWay(from)) if is_one_site(from.as_deref(), Some(at)))
        };
        let site: Option<Box<str>> = Some(without_qualifiers(at).into());
        let first = (site, inside, Box::<str>::default());
        let others = self.left.range(&first..);
        let mut others = others
            .take_while(|(site, shares, _)| (site, shares) == (&first.0, &first.1))
            .map(|(_, _, other)| other);
        let Some(other) = others.find(|other| left_here(other)).cloned() else {
            return;
        };
        let mut steps = self.remove(&other).unwrap_or_default();
        let step = steps.pop();
        if !steps.is_empty() {
            self.insert(&other, steps);
        }
        let Some(step) = step else {
            return;
        };
        let moved = (holdings.known(&other).cloned(), told.of(&other).cloned());
        holdings.restore(&other, step.whereabouts);
        told.restore(&other, step.told);
        holdings.restore(container, moved.0);
        told.restore(container, moved.1);
    }

    /// Nothing is left in a container: what it holds next is nothing that was assumed.
    pub(super) fn forget(&mut self, container: &str) {
        self.remove(container);
    }
}
