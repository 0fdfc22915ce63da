//! What was told of the latest departure or arrival of each container: one event may tell of it after another, as the
//! shipper's and the carrier's of a pallet, or an object event of it and then an aggregation event of all that is on it.

use std::collections::{BTreeMap, BTreeSet};

use super::assumptions::Evidence;
use super::flows::FlowKind;
use super::holdings::Amounts;
use super::untold::Untold;
use crate::records::epcis::{EventType, Unit, without_qualifiers};
use crate::types::Decimal;

/// What was told of the latest departures and arrivals, by container.
#[derive(Debug, Default)]
pub(super) struct ToldDeliveries {
    latest: BTreeMap<Box<str>, Told>,
    untold: Untold,
    /// How many bytes that takes, and took at most when it was asked last.
    bytes: usize,
    most_bytes: usize,
}

/// What was told of one departure or arrival.
#[derive(Clone, Debug)]
pub(super) struct Told {
    is_departure: bool,
    place: Option<Box<str>>,
    /// Whether only transaction events tell of it.
    is_beside: bool,
    /// How much of it.
    sums: BTreeMap<(FlowKind, Unit), Sums>,
    /// What was in the container when it was told first.
    inside: Amounts,
    /// The most that was in it when it was told: parts of it are no more together.
    most_inside: Amounts,
    /// What leaves though nobody told that it had come.
    unannounced: Unannounced,
    /// The numbers of the flows that tell of it.
    pub(super) flows: Vec<usize>,
}

/// What was known of a departure or an arrival before an event told of it.
#[derive(Default)]
pub(super) struct Met {
    /// Its place, now that the event tells of it as well.
    pub(super) place: Option<Box<str>>,
    /// The flows that were told to be elsewhere, and are there.
    pub(super) elsewhere: Vec<usize>,
}

/// What a departure or an arrival has that was not told before.
#[derive(Debug)]
pub(super) struct More {
    /// In the words that it is told by now.
    pub(super) quantity: Decimal,
    /// In any words.
    pub(super) apart: Decimal,
    /// How much of that leaves though nobody told that it had come.
    pub(super) unannounced: Decimal,
}

/// What is in a container that leaves, though nobody told that it had come to the place.
#[derive(Clone, Debug)]
enum Unannounced {
    /// The container left another place, and nobody told that it arrived.
    Everything,
    /// Less was told to arrive than was in it.
    Rest(Amounts),
}

impl Unannounced {
    /// Takes up to an amount of it, and gives how much there was.
    fn take(&mut self, unit: &Unit, amount: Decimal) -> Option<Decimal> {
        match self {
            Self::Everything => Some(amount),
            Self::Rest(rest) => {
                let Some(rest) = rest.get_mut(unit) else {
                    return Some(Decimal::ZERO);
                };
                let taken = amount.min(*rest);
                *rest = rest.checked_sub(taken)?;
                Some(taken)
            }
        }
    }
}

/// How much was told in one unit by one business step.
#[derive(Clone, Debug, Default)]
struct Sums {
    by_type: BTreeMap<EventType, Sum>,
    /// How much was counted of it, and that includes what was taken out since.
    counted: Option<Decimal>,
}

impl Sums {
    fn greatest(&self) -> Decimal {
        let told = self.by_type.values().map(|sum| sum.greater());
        told.max().unwrap_or(Decimal::ZERO)
    }
}

/// How much one type of event told.
#[derive(Clone, Copy, Debug, Default)]
struct Sum {
    /// The most that was ever in there when it was told of the container.
    whole: Option<Decimal>,
    /// The sum of what was told by amounts.
    named: Option<Decimal>,
    /// The most of what was told by one amount.
    most_named: Option<Decimal>,
}

impl Sum {
    fn greater(self) -> Decimal {
        let told = self.whole.max(self.named);
        told.unwrap_or(Decimal::ZERO)
    }

    /// Less is left than was told.
    fn subtract(&mut self, amount: Decimal) {
        for sum in [&mut self.whole, &mut self.named, &mut self.most_named] {
            let rest = sum.and_then(|sum| sum.checked_sub(amount));
            *sum = rest.map(|rest| rest.max(Decimal::ZERO));
        }
    }
}

/// That a container leaves a place or arrives at one, as an event tells.
#[derive(Clone, Copy, Debug)]
pub(super) struct Telling<'a> {
    pub(super) container: &'a str,
    pub(super) kind: FlowKind,
    pub(super) place: Option<&'a str>,
    pub(super) event_type: EventType,
    /// Whether it is told of all that is in there, and not by amounts.
    pub(super) is_whole: bool,
    /// If it is told of an amount by its name, and the container is what that should mean: how much of that was loose as well.
    pub(super) assumed: Option<Decimal>,
}

impl Telling<'_> {
    /// What it tells of where the container is.
    pub(super) fn evidence(&self) -> Evidence<'_> {
        Evidence {
            container: self.container,
            place: self.place,
            kind: self.kind,
        }
    }

    fn is_departure(&self) -> bool {
        matches!(self.kind, FlowKind::Shipped(_))
    }

    /// Whether it is told beside another event: by one that links the goods to an order or the like.
    fn is_beside(&self) -> bool {
        self.event_type == EventType::Transaction
    }
}

impl Told {
    /// Bytes that what one word tells in one unit takes, with what the others do not tell of it.
    const SUM_BYTES: usize = size_of::<((FlowKind, Unit), Sums)>()
        + EventType::ALL.len() * size_of::<(EventType, Sum)>()
        + Untold::BYTES;

    /// Bytes that it takes.
    pub(super) fn bytes(&self) -> usize {
        let amounts = self.inside.len() + self.most_inside.len();
        size_of::<Self>()
            + self.sums.len() * Self::SUM_BYTES
            + amounts * size_of::<(Unit, Decimal)>()
            + self.flows.len() * size_of::<usize>()
    }

    /// The units that it is told in.
    fn units(&self) -> BTreeSet<Unit> {
        let told = self.sums.keys();
        let told = told.filter(|(kind, _)| *kind != FlowKind::Landed);
        told.map(|(_, unit)| unit.clone()).collect()
    }

    /// How much each word tells in one unit.
    fn by_word(&self, unit: &Unit) -> impl Iterator<Item = (FlowKind, Decimal)> {
        FlowKind::of_deliveries(self.is_departure).map(move |kind| {
            let sums = self.sums.get(&(kind, unit.clone()));
            let counted = sums.and_then(|sums| sums.counted);
            (kind, counted.unwrap_or(Decimal::ZERO))
        })
    }

    /// What the words do not tell of it in one unit that others do.
    fn untold(&self, unit: &Unit) -> impl Iterator<Item = (FlowKind, Decimal)> {
        let most = self.most_told(unit);
        self.by_word(unit).filter_map(move |(kind, told)| {
            let rest = most.checked_sub(told)?;
            (rest > Decimal::ZERO).then_some((kind, rest))
        })
    }

    /// As [`ToldDeliveries::take`], of this one.
    fn take(&mut self, telling: &Telling<'_>, (unit, quantity): (&Unit, Decimal)) -> Option<More> {
        if telling.is_beside() && !self.is_beside && self.has_amount() {
            return Some(More {
                quantity: Decimal::ZERO,
                apart: Decimal::ZERO,
                unannounced: Decimal::ZERO,
            });
        }
        self.is_beside &= telling.is_beside();
        let is_told = telling.kind != FlowKind::Landed;
        let landed = self.landed(unit);
        let beyond = |sum: Decimal| match is_told {
            true => Some(sum.checked_sub(landed)?.max(Decimal::ZERO)),
            false => Some(sum),
        };
        let most_before = self.most_told(unit);
        let sums = self.sums.entry((telling.kind, unit.clone())).or_default();
        let before = sums.greatest();
        let sum = sums.by_type.entry(telling.event_type).or_default();
        if telling.is_whole {
            sum.whole = sum.whole.max(Some(quantity));
        } else {
            sum.most_named = sum.most_named.max(Some(quantity));
            let named = sum.named.unwrap_or(Decimal::ZERO);
            let parts = named.checked_add(quantity)?;
            let most = self.most_inside.get(unit).copied().max(sum.most_named);
            sum.named = Some(most.map_or(parts, |most| parts.min(most)));
        }
        let more = beyond(sums.greatest())?.checked_sub(beyond(before)?)?;
        let counted = sums.counted.unwrap_or(Decimal::ZERO);
        sums.counted = Some(counted.checked_add(more)?);
        let apart = match is_told {
            true => self.most_told(unit).checked_sub(most_before)?,
            false => more,
        };
        Some(More {
            quantity: more,
            apart,
            unannounced: self.unannounced.take(unit, apart)?,
        })
    }

    fn has_amount(&self) -> bool {
        self.sums
            .values()
            .any(|sums| sums.greatest() > Decimal::ZERO)
    }

    fn has_whole(&self) -> bool {
        let mut sums = self.sums.values().flat_map(|sums| sums.by_type.values());
        sums.any(|sum| sum.whole.is_some())
    }

    /// How much came unseen: what is told of it then is nothing more.
    fn landed(&self, unit: &Unit) -> Decimal {
        let landed = self.sums.get(&(FlowKind::Landed, unit.clone()));
        landed
            .and_then(|sums| sums.counted)
            .unwrap_or(Decimal::ZERO)
    }

    /// How much was told in the words that told most of it, unless it came unseen.
    fn most_told(&self, unit: &Unit) -> Decimal {
        let told = self.by_word(unit).map(|(_, told)| told);
        told.max().unwrap_or(Decimal::ZERO)
    }

    /// What would leave unannounced with the container now.
    fn unannounced(&self) -> Unannounced {
        if self.is_departure {
            return Unannounced::Everything;
        }
        let rest = self.inside.iter().filter_map(|(unit, inside)| {
            let came = self.landed(unit).checked_add(self.most_told(unit))?;
            let rest = inside.checked_sub(came)?;
            (rest > Decimal::ZERO).then(|| (unit.clone(), rest))
        });
        Unannounced::Rest(rest.collect())
    }

    /// Whether an event tells of the same departure or arrival: what names no place tells of the one that it is told with,
    /// and so does what is told beside it; and a container arrives once within a site, by the gate and by the dock.
    fn is_same(&self, telling: &Telling<'_>) -> bool {
        if self.is_departure != telling.is_departure() {
            return false;
        }
        let Some((known, place)) = self.place.as_deref().zip(telling.place) else {
            return true;
        };
        let is_on_site = telling.is_whole || self.has_whole();
        known == place
            || self.is_beside != telling.is_beside()
            || (is_on_site && without_qualifiers(known) == without_qualifiers(place))
    }

    /// The place of it, now that an event tells of it as well: what left is where it left first, and what arrived where
    /// it is in the end.
    fn place_with<'a>(&'a self, telling: &Telling<'a>) -> Option<&'a str> {
        let known = self.place.as_deref();
        match (self.is_beside, telling.is_beside()) {
            (false, true) => known.or(telling.place),
            (true, false) => telling.place.or(known),
            _ if self.is_departure => known.or(telling.place),
            _ => telling.place.or(known),
        }
    }
}

impl Untold {
    /// Takes in what the words do not tell of a departure or an arrival in one unit.
    fn take_in(&mut self, told: &Told, unit: &Unit) {
        for (kind, rest) in told.untold(unit) {
            self.add((kind, told.place.as_deref()), unit, rest);
        }
    }

    /// Leaves that out again.
    fn leave_out(&mut self, told: &Told, unit: &Unit) {
        for (kind, rest) in told.untold(unit) {
            self.subtract((kind, told.place.as_deref()), unit, rest);
        }
    }
}

impl ToldDeliveries {
    /// Takes note of an event that tells of a departure or an arrival, with what the container holds then.
    pub(super) fn meet(&mut self, telling: &Telling<'_>, inside: Amounts) -> Met {
        let known = self.latest.get(telling.container);
        if known.is_none_or(|told| !told.is_same(telling)) {
            let before = known.filter(|_| telling.is_departure());
            let nothing = || Unannounced::Rest(Amounts::new());
            let unannounced = before.map_or_else(nothing, Told::unannounced);
            let place: Option<Box<str>> = telling.place.map(Into::into);
            let told = Told {
                is_departure: telling.is_departure(),
                place: place.clone(),
                is_beside: telling.is_beside(),
                sums: BTreeMap::new(),
                most_inside: inside.clone(),
                inside,
                unannounced,
                flows: Vec::new(),
            };
            self.restore(telling.container, Some(told));
            return Met {
                place,
                elsewhere: Vec::new(),
            };
        }
        let Some(told) = self.latest.get_mut(telling.container) else {
            return Met::default();
        };
        for (unit, amount) in inside {
            let most = told.most_inside.entry(unit).or_insert(amount);
            *most = amount.max(*most);
        }
        let place: Option<Box<str>> = told.place_with(telling).map(Into::into);
        let mut elsewhere = Vec::new();
        if told.place != place {
            elsewhere.clone_from(&told.flows);
            let units = told.units();
            units
                .iter()
                .for_each(|unit| self.untold.leave_out(told, unit));
            told.place.clone_from(&place);
            units
                .iter()
                .for_each(|unit| self.untold.take_in(told, unit));
        }
        Met { place, elsewhere }
    }

    /// Takes an amount of a departure or an arrival that was met, and gives how much of it was not told before: nothing of
    /// what a transaction event links to an order, if that departure or arrival was told. None if a sum has too many digits.
    pub(super) fn take(
        &mut self,
        telling: &Telling<'_>,
        (unit, quantity): (&Unit, Decimal),
    ) -> Option<More> {
        let told = self.latest.get_mut(telling.container)?;
        let before = told.sums.len();
        self.untold.leave_out(told, unit);
        let more = told.take(telling, (unit, quantity));
        self.untold.take_in(told, unit);
        let added = told.sums.len().saturating_sub(before);
        self.bytes += added * Told::SUM_BYTES;
        more
    }

    /// How many bytes more than ever before were kept since this was asked last.
    pub(super) fn newly_kept_bytes(&mut self) -> usize {
        let more = self.bytes.saturating_sub(self.most_bytes);
        self.most_bytes += more;
        more
    }

    /// How much left a place last, or arrived there, in containers that are not elsewhere since, as other words tell;
    /// and whether it was just an amount in one of them.
    pub(super) fn untold(
        &self,
        (kind, place): (FlowKind, Option<&str>),
        unit: &Unit,
        amount: Decimal,
    ) -> (Decimal, bool) {
        self.untold.of((kind, place), unit, amount)
    }

    /// What was told of a container last.
    pub(super) fn of(&self, container: &str) -> Option<&Told> {
        self.latest.get(container)
    }

    /// Something else is what was told of a container last.
    pub(super) fn restore(&mut self, container: &str, told: Option<Told>) {
        self.forget(container);
        let Some(told) = told else {
            return;
        };
        for unit in told.units() {
            self.untold.take_in(&told, &unit);
        }
        self.bytes += told.sums.len() * Told::SUM_BYTES;
        self.latest.insert(container.into(), told);
    }

    /// A flow tells of a container's latest departure or arrival.
    pub(super) fn add_flow(&mut self, container: &str, number: usize) {
        if let Some(told) = self.latest.get_mut(container) {
            told.flows.push(number);
        }
    }

    /// Some was taken out of a container: what is told of it next is of the rest.
    pub(super) fn take_out(&mut self, container: &str, unit: &Unit, amount: Decimal) {
        let told = self.latest.get_mut(container).into_iter();
        let sums = told.flat_map(|told| &mut told.sums);
        for (_, sums) in sums.filter(|((_, of), _)| of == unit) {
            let sums = sums.by_type.values_mut();
            sums.for_each(|sum| sum.subtract(amount));
        }
    }

    /// Nothing is left in a container: what is told of it next is of other contents.
    pub(super) fn forget(&mut self, container: &str) {
        let Some(told) = self.latest.remove(container) else {
            return;
        };
        for unit in told.units() {
            self.untold.leave_out(&told, &unit);
        }
        let freed = told.sums.len() * Told::SUM_BYTES;
        self.bytes = self.bytes.saturating_sub(freed);
    }
}
