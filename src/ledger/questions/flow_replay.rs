//! What becomes of the amounts of a class of objects, such as a lot: an event at a time.
//!
//! Amounts that are inside a container leave and arrive with it: what a container holds is replayed from
//! what was packed and unpacked, and from what was seen in it first. What an event says of the class itself counts, and
//! what its containers hold not once more; what is packed as it leaves or arrives does so with all that is in there.

mod shares;

use std::collections::BTreeSet;

use super::QuestionError;
use super::assumptions::{Assumptions, Evidence, Moved};
use super::flows::{Flow, FlowKind, HeldAmount, Seen, SeenAs};
use super::history::Moment;
use super::holdings::{Amounts, Holdings, Whereabouts, is_one_site};
use super::journey::KeptBytes;
use super::running_sums::RunningSums;
use super::stated_amounts::{Named, PACKING, Stated};
use super::told_deliveries::{Met, Telling, ToldDeliveries};
use crate::records::epcis::{Action, EventType, Unit};
use crate::types::{Decimal, LogIndex};

/// Most containers that are looked at in all, each time anew, to tell in which ones an amount was that events tell by
/// the name of its lot: some seconds of work.
const MAX_LOOKED_AT: usize = 20_000_000;

/// What becomes of a class.
#[derive(Debug)]
pub(super) struct Flows {
    /// In order.
    pub(super) flows: Vec<Flow>,
    /// Where some of it was seen, in order.
    pub(super) seen: Vec<Seen>,
    /// What containers hold in the end.
    pub(super) holdings: Holdings,
    /// The entries that name the class in a way that moves an amount, and do not say how much, or more than a
    /// number can hold.
    pub(super) unquantified: BTreeSet<LogIndex>,
    told: ToldDeliveries,
    /// What is assumed of containers.
    assumptions: Assumptions,
    sums: RunningSums,
    kept: KeptBytes,
}

impl Flows {
    /// Nothing became of it yet; what is kept counts with what is.
    pub(super) fn keeping(kept: KeptBytes) -> Self {
        Self {
            flows: Vec::new(),
            seen: Vec::new(),
            holdings: Holdings::default(),
            unquantified: BTreeSet::new(),
            told: ToldDeliveries::default(),
            assumptions: Assumptions::default(),
            sums: RunningSums::default(),
            kept,
        }
    }

    fn see(
        &mut self,
        moment: Moment,
        seen_as: SeenAs,
        place: Option<&str>,
        is_quantified: bool,
    ) -> Result<(), QuestionError> {
        let container = match &seen_as {
            SeenAs::Flow(_) | SeenAs::Present => 0,
            SeenAs::Packed(container)
            | SeenAs::Unpacked(container)
            | SeenAs::Emptied(container)
            | SeenAs::Spent(container)
            | SeenAs::Carried(container, _) => container.len(),
        };
        if self.holdings.looked_at() > MAX_LOOKED_AT {
            return Err(QuestionError::TooMuch {
                what: "containers looked at to tell what of a lot is in which",
                most: MAX_LOOKED_AT,
            });
        }
        let texts = container + place.map_or(0, str::len);
        self.kept.add(size_of::<Seen>() + texts)?;
        self.seen.push(Seen {
            moment,
            seen_as,
            place: place.map(Into::into),
            is_quantified,
        });
        Ok(())
    }

    /// What is stated of the class was seen: what has an amount, and what has none.
    fn see_stated(
        &mut self,
        moment: Moment,
        seen_as: &SeenAs,
        place: Option<&str>,
        stated: &Stated,
    ) -> Result<(), QuestionError> {
        if !stated.amounts.is_empty() {
            self.see(moment, seen_as.clone(), place, true)?;
        }
        if stated.is_partial {
            self.see(moment, seen_as.clone(), place, false)?;
        }
        Ok(())
    }

    fn flow(
        &mut self,
        moment: Moment,
        step: (FlowKind, Option<&str>),
        amount: (&Unit, Decimal),
    ) -> Result<(), QuestionError> {
        self.flow_of(moment, step, amount, None)
    }

    /// As [`Flows::flow`], of an amount that is known apart from others, with how much of it no other word told.
    fn flow_of(
        &mut self,
        moment: Moment,
        (kind, place): (FlowKind, Option<&str>),
        (unit, quantity): (&Unit, Decimal),
        apart: Option<Decimal>,
    ) -> Result<(), QuestionError> {
        let texts = place.map_or(0, str::len) + unit.code().map_or(0, str::len);
        let summed = self.sums.bytes_of(place, unit);
        self.kept.add(summed + size_of::<Flow>() + texts)?;
        let flow = Flow {
            moment,
            kind,
            place: place.map(Into::into),
            unit: unit.clone(),
            quantity,
            apart,
        };
        self.sums.add(&flow);
        self.flows.push(flow);
        Ok(())
    }

    /// What was told to leave one place, or to arrive there, did so at another. It counts like what is kept: events that
    /// name two places in turns are not to make an answer go over the same flows for ever.
    fn relocate(&mut self, numbers: Vec<usize>, place: Option<&str>) -> Result<(), QuestionError> {
        for number in numbers {
            self.kept.add(size_of::<Flow>())?;
            if let Some(flow) = self.flows.get_mut(number) {
                self.sums.subtract(flow);
                flow.place = place.map(Into::into);
                self.sums.add(flow);
            }
        }
        Ok(())
    }

    /// Amounts leave a place or arrive at one in a container: as far as nobody told of it before.
    fn carry(
        &mut self,
        moment: Moment,
        telling: &Telling<'_>,
        amounts: &Amounts,
    ) -> Result<(), QuestionError> {
        if let Some(loose) = telling.assumed {
            let moved = Moved {
                kind: telling.kind,
                shares: amounts.clone(),
                loose,
            };
            let (assumptions, holdings) = (&mut self.assumptions, &self.holdings);
            let bytes = assumptions.assume(telling.container, moved, holdings, &self.told);
            self.kept.add(bytes)?;
        } else {
            self.settle(moment, telling.evidence())?;
        }
        let inside = self.holdings.inside(telling.container);
        let inside = inside.unwrap_or_default();
        let Met { place, elsewhere } = self.told.meet(telling, inside);
        self.relocate(elsewhere, place.as_deref())?;
        for (unit, quantity) in amounts {
            self.kept.add(size_of::<Flow>())?;
            match self.told.take(telling, (unit, *quantity)) {
                Some(more)
                    if more.quantity == Decimal::ZERO
                        && telling.event_type == EventType::Transaction => {}
                Some(more) => {
                    let tell = |flows: &mut Self, kind, quantity, apart| {
                        flows.told.add_flow(telling.container, flows.flows.len());
                        flows.flow_of(moment, (kind, place.as_deref()), (unit, quantity), apart)
                    };
                    let arrives = match telling.kind {
                        FlowKind::Landed => more.apart,
                        _ => more.unannounced,
                    };
                    let landed = arrives.min(self.sums.under_way(unit));
                    if landed > Decimal::ZERO {
                        tell(self, FlowKind::Landed, landed, None)?;
                    }
                    if telling.kind != FlowKind::Landed {
                        tell(self, telling.kind, more.quantity, Some(more.apart))?;
                    }
                }
                None => _ = self.unquantified.insert(moment.1),
            }
        }
        self.kept.add(self.told.newly_kept_bytes())?;
        let whereabouts = match telling.kind {
            FlowKind::Shipped(_) => Whereabouts::UnderWay(place),
            _ => Whereabouts::Arrived(place),
        };
        self.holdings.see(telling.container, moment, whereabouts);
        Ok(())
    }

    /// Whether it is only assumed where a container is.
    pub(super) fn is_assumed(&self, container: &str) -> bool {
        self.assumptions.has(container)
    }

    /// Where a container was before that was assumed, if what moved may have been loose as well.
    pub(super) fn before_loose(&self, container: &str) -> Option<&(Whereabouts, Moment)> {
        self.assumptions.before_loose(container)
    }

    /// An event tells of a container itself: what was assumed of it is so, or is not.
    fn settle(&mut self, moment: Moment, evidence: Evidence<'_>) -> Result<(), QuestionError> {
        let (holdings, told) = (&mut self.holdings, &mut self.told);
        let settled = self.assumptions.settle(evidence, holdings, told, moment);
        self.kept.add(settled.bytes)?;
        if !settled.picked.is_empty() {
            self.take_out(evidence.container, settled.picked);
        }
        for number in settled.loose {
            self.kept.add(size_of::<Flow>())?;
            if let Some(flow) = self.flows.get_mut(number) {
                self.sums.subtract(flow);
                flow.apart = None;
                self.sums.add(flow);
            }
        }
        Ok(())
    }

    /// What a container has in it leaves or arrives with it.
    pub(super) fn take_moved(
        &mut self,
        moment: Moment,
        telling: &Telling<'_>,
    ) -> Result<(), QuestionError> {
        let container = telling.container;
        self.settle(moment, telling.evidence())?;
        let inside = self.holdings.inside(container).unwrap_or_else(|_| {
            self.unquantified.insert(moment.1);
            Amounts::new()
        });
        self.move_with(moment, telling, &inside)
    }

    /// A container leaves a place or arrives at one, with what it takes along.
    fn move_with(
        &mut self,
        moment: Moment,
        telling: &Telling<'_>,
        amounts: &Amounts,
    ) -> Result<(), QuestionError> {
        self.carry(moment, telling, amounts)?;
        let seen_as = SeenAs::Carried(telling.container.into(), telling.kind);
        self.see(moment, seen_as, telling.place, !amounts.is_empty())
    }

    /// A container is told to be at a place: that is where what it holds is, though nobody told that it came.
    fn find(
        &mut self,
        container: &str,
        moment: Moment,
        event_type: EventType,
        place: Option<&str>,
    ) -> Result<(), QuestionError> {
        if place.is_none() {
            return Ok(());
        }
        let evidence = Evidence {
            container,
            place,
            kind: FlowKind::Landed,
        };
        self.settle(moment, evidence)?;
        let inside = self.holdings.inside(container).unwrap_or_default();
        match self.holdings.whereabouts(container).cloned() {
            Some(known) if known.is_under_way() => {
                let telling = Telling {
                    container,
                    kind: FlowKind::Landed,
                    place,
                    event_type,
                    is_whole: true,
                    assumed: None,
                };
                self.carry(moment, &telling, &inside)
            }
            Some(Whereabouts::At(from) | Whereabouts::Arrived(from))
                if from.is_some() && !is_one_site(from.as_deref(), place) =>
            {
                for (unit, amount) in &inside {
                    let brought = self.sums.at(from.as_deref(), unit).min(*amount);
                    let left = (FlowKind::Landed, from.as_deref());
                    self.flow(moment, left, (unit, brought.negated()))?;
                    self.flow(moment, (FlowKind::Landed, place), (unit, brought))?;
                }
                let whereabouts = Whereabouts::At(place.map(Into::into));
                self.holdings.see(container, moment, whereabouts);
                Ok(())
            }
            _ => Ok(()),
        }
    }

    /// What a container has in it is used up or removed with it; none if the event says that of the class itself, which
    /// counts, and not once more.
    pub(super) fn take_spent(
        &mut self,
        container: Box<str>,
        moment: Moment,
        kind: Option<FlowKind>,
        place: Option<&str>,
    ) -> Result<(), QuestionError> {
        let mut is_quantified = false;
        for packed_by in PACKING {
            for (unit, held) in self.holdings.empty(&container, packed_by) {
                if held.quantity <= Decimal::ZERO {
                    continue;
                }
                is_quantified = true;
                if let Some(kind) = kind {
                    self.flow(moment, (kind, place), (&unit, held.quantity))?;
                }
            }
        }
        self.told.forget(&container);
        self.assumptions.forget(&container);
        self.see(moment, SeenAs::Spent(container), place, is_quantified)
    }

    /// What a kind of event packed into a container comes out of it.
    pub(super) fn take_emptied(
        &mut self,
        container: Box<str>,
        moment: Moment,
        packed_by: EventType,
        place: Option<&str>,
    ) -> Result<(), QuestionError> {
        let is_quantified = self.holdings.holds(&container, packed_by);
        if is_quantified {
            self.find(&container, moment, packed_by, place)?;
        }
        self.assumptions.forget(&container);
        let inside = self.holdings.empty(&container, packed_by);
        let left = inside.into_iter().map(|(unit, held)| (unit, held.quantity));
        self.take_out(&container, left);
        self.see(moment, SeenAs::Emptied(container), place, is_quantified)
    }

    /// What an event that names the class says about its amounts; whether it moves containers that some is in.
    pub(super) fn take_named(
        &mut self,
        moment: Moment,
        named: &Named,
        is_moved: bool,
    ) -> Result<(), QuestionError> {
        let place = named.place.as_deref();
        if named.stated.is_any() {
            match &named.container {
                Some(container) => self.take_packed(container, moment, named)?,
                // How much leaves or arrives is known by the containers.
                None if is_moved => {
                    self.see(moment, SeenAs::Present, named.place.as_deref(), true)?
                }
                None => self.take_objects(moment, named)?,
            }
        }
        let outputs = &named.outputs;
        let made = SeenAs::Flow(FlowKind::Created);
        self.see_stated(moment, &made, place, outputs)?;
        for (unit, quantity) in &outputs.amounts {
            self.flow(moment, (FlowKind::Created, place), (unit, *quantity))?;
        }
        if outputs.is_partial {
            self.unquantified.insert(moment.1);
        }
        Ok(())
    }

    /// What an event says about the amounts of the class outside of any container.
    fn take_objects(&mut self, moment: Moment, named: &Named) -> Result<(), QuestionError> {
        let place = named.place.as_deref();
        let step = named.step.as_ref();
        let becomes = match (named.event_type, named.action) {
            (EventType::Transformation, _) => Some((FlowKind::Used, place)),
            (EventType::Object, Some(Action::Add)) => Some((FlowKind::Created, place)),
            (EventType::Object, Some(Action::Delete)) => Some((FlowKind::Removed, place)),
            _ => step.map(|(kind, place)| (*kind, place.as_deref())),
        };
        let Some((kind, place)) = becomes else {
            for (unit, quantity) in &named.stated.amounts {
                self.kept.add(self.sums.bytes_of(place, unit))?;
                self.sums.see(place, unit, *quantity);
            }
            return self.see_stated(moment, &SeenAs::Present, place, &named.stated);
        };
        self.see_stated(moment, &SeenAs::Flow(kind), place, &named.stated)?;
        if matches!(kind, FlowKind::Received(_) | FlowKind::Shipped(_)) {
            self.take_told(moment, named, (kind, place))?;
        }
        for (unit, quantity) in &named.stated.amounts {
            if matches!(kind, FlowKind::Received(_) | FlowKind::Shipped(_)) {
                continue;
            }
            if matches!(kind, FlowKind::Used | FlowKind::Removed) {
                let drawn = self
                    .sums
                    .draw(&mut self.holdings, moment, place, (unit, *quantity));
                for (container, amount) in drawn {
                    self.take_out(&container, [(unit.clone(), amount)]);
                }
            }
            self.flow(moment, (kind, place), (unit, *quantity))?;
        }
        if named.stated.is_partial {
            self.unquantified.insert(moment.1);
        }
        Ok(())
    }

    /// Amounts left a container, and it did not go anywhere with them.
    fn take_out(&mut self, container: &str, amounts: impl IntoIterator<Item = (Unit, Decimal)>) {
        for (unit, amount) in amounts {
            self.told.take_out(container, &unit, amount);
        }
        if !self.holdings.holds_any(container) {
            self.told.forget(container);
        }
    }

    /// What an event says about the amounts of the class in a container. What is seen in there, and nobody told that it
    /// went in, is in there from now on.
    fn take_packed(
        &mut self,
        container: &str,
        moment: Moment,
        named: &Named,
    ) -> Result<(), QuestionError> {
        let stated = &named.stated;
        let place = named.place.as_deref();
        let holds_some = self.holdings.holds_any(container);
        let (direct, inner) = match named.action {
            Some(Action::Observe) => self.seen_inside(container, named),
            _ => (stated.amounts.clone(), Vec::new()),
        };
        let is_known = holds_some || (direct.is_empty() && !stated.amounts.is_empty());
        let seen_as = match named.action {
            Some(Action::Delete) => SeenAs::Unpacked(container.into()),
            Some(Action::Observe) if is_known => SeenAs::Present,
            _ => SeenAs::Packed(container.into()),
        };
        self.see_stated(moment, &seen_as, place, stated)?;
        if stated.is_partial && seen_as != SeenAs::Present {
            self.unquantified.insert(moment.1);
        }
        match seen_as {
            SeenAs::Unpacked(_) => {
                self.find(container, moment, named.event_type, place)?;
                self.unpack(container, moment, named);
            }
            SeenAs::Packed(_) => {
                if named.step.is_none() {
                    self.find(container, moment, named.event_type, place)?;
                }
                let whereabouts = Whereabouts::At(named.place.clone());
                self.holdings.see(container, moment, whereabouts);
                for (unit, quantity) in &direct {
                    let drawn = self.sums.draw_repacked(
                        &mut self.holdings,
                        moment,
                        (container, place),
                        (unit, *quantity),
                    );
                    for (other, amount) in drawn {
                        self.take_out(&other, [(unit.clone(), amount)]);
                    }
                    self.put(container, moment, named.event_type, (unit, *quantity))?;
                }
            }
            _ => {}
        }
        let step = named.step.as_ref().filter(|_| !named.moves_containers());
        if let Some((kind, place)) = step {
            let telling = |container, is_whole| Telling {
                container,
                kind: *kind,
                place: place.as_deref(),
                event_type: named.event_type,
                is_whole,
                assumed: None,
            };
            for (container, shares) in &inner {
                self.move_with(moment, &telling(container, true), shares)?;
            }
            self.move_with(moment, &telling(container, false), &direct)?;
            if stated.is_partial {
                self.unquantified.insert(moment.1);
            }
        }
        Ok(())
    }

    /// Some is put into a container by a kind of event.
    fn put(
        &mut self,
        container: &str,
        moment: Moment,
        packed_by: EventType,
        amount: (&Unit, Decimal),
    ) -> Result<(), QuestionError> {
        self.kept.add(size_of::<(Unit, HeldAmount)>())?;
        if self
            .holdings
            .put(container, moment, packed_by, amount)
            .is_err()
        {
            self.unquantified.insert(moment.1);
        }
        Ok(())
    }

    /// Some is taken out of a container.
    fn unpack(&mut self, container: &str, moment: Moment, named: &Named) {
        let inside = self.holdings.inside(container).unwrap_or_default();
        let (event_type, stated) = (named.event_type, &named.stated);
        let unpacked = self.holdings.unpack(container, moment, event_type, stated);
        let rest = self.holdings.inside(container);
        let rest = unpacked.and(rest).unwrap_or_else(|_| {
            self.unquantified.insert(moment.1);
            Amounts::new()
        });
        let left = inside.into_iter().map(|(unit, amount)| {
            let rest = rest.get(&unit).copied().unwrap_or(Decimal::ZERO);
            (unit, amount.checked_sub(rest).unwrap_or(amount))
        });
        self.take_out(container, left);
    }
}
