//! What is where while the events of a class of objects are replayed, so as to tell what is loose from what is in
//! containers.

use std::collections::BTreeMap;

use super::flows::Flow;
use super::history::Moment;
use super::holdings::{Holdings, TooManyDigits, Whereabouts};
use super::lot_sums::Sums;
use crate::records::epcis::Unit;
use crate::types::Decimal;

/// The sums so far, at each place and everywhere.
#[derive(Debug, Default)]
pub(super) struct RunningSums {
    places: BTreeMap<(Option<Box<str>>, Unit), Sums>,
    all: BTreeMap<Unit, Sums>,
    /// Whether some of it has more digits than a number may: then nothing is told from it.
    is_unknown: bool,
}

impl RunningSums {
    /// Bytes that a flow may take here.
    pub(super) const BYTES: usize = size_of::<Sums>();

    pub(super) fn add(&mut self, flow: &Flow) {
        let at = (flow.place.clone(), flow.unit.clone());
        let added = self.places.entry(at).or_default().add(flow);
        let all = self.all.entry(flow.unit.clone()).or_default().add(flow);
        self.is_unknown |= added.and(all).is_err();
    }

    /// As if a flow had not been.
    pub(super) fn subtract(&mut self, flow: &Flow) {
        let quantity = flow.quantity.negated();
        self.add(&Flow {
            quantity,
            ..flow.clone()
        });
    }

    /// What is used or sold by its own name comes out of containers as far as it was not loose: out of those at the place,
    /// then of those on their way, and at last of any that hold more than is left of what was made. Gives how much came out
    /// of which.
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
        let at = (place.map(Into::into), unit.clone());
        let known = self.places.get(&at).filter(|_| place.is_some());
        let closing = known.and_then(|sums| sums.closing().ok());
        let packed = holdings.sum(unit, |known| known.is_at(place)).ok();
        // Where more is packed than is known to be there nobody knows what is loose.
        let loose = closing
            .zip(packed)
            .and_then(|(closing, packed)| closing.checked_sub(packed));
        let Some(loose) = loose.filter(|loose| !loose.is_negative() && !self.is_unknown) else {
            return Vec::new();
        };
        let missing = amount.checked_sub(loose).unwrap_or(Decimal::ZERO);
        let is_other = |id: &str, known: &Whereabouts| {
            id != container
                && matches!(known, Whereabouts::Arrived(site) if site.as_deref() == place)
        };
        let drawn = holdings.draw((unit, missing.max(Decimal::ZERO)), moment, is_other);
        drawn.unwrap_or_default()
    }

    fn draw_by(&self, draws: &mut Draws<'_>, place: Option<&str>) -> Result<(), TooManyDigits> {
        let amount = draws.missing;
        let at = (place.map(Into::into), draws.unit.clone());
        let sums = self.places.get(&at).copied().unwrap_or_default();
        let all = self.all.get(draws.unit).copied().unwrap_or_default();
        let is_here = |whereabouts: &Whereabouts| whereabouts.is_at(place);
        let here = sums.closing().map_err(|_| TooManyDigits)?;
        draws.from(is_here, here)?;
        let under_way = all.left().map_err(|_| TooManyDigits)?;
        draws.from(
            |whereabouts| *whereabouts == Whereabouts::UnderWay,
            under_way,
        )?;
        if all.created.0 > Decimal::ZERO {
            let spent = all.used.0.checked_add(all.removed.0);
            let spent = spent.and_then(|spent| spent.checked_add(amount));
            let rest = spent.and_then(|spent| all.created.0.checked_sub(spent));
            let rest = rest.ok_or(TooManyDigits)?.max(Decimal::ZERO);
            let packed = draws.holdings.sum(draws.unit, |_| true)?;
            let surplus = packed.checked_sub(rest).ok_or(TooManyDigits)?;
            draws.take(|_| true, surplus)?;
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
    /// Takes what is loose somewhere, by how much there is of it in all, and then what is in containers there.
    fn from(
        &mut self,
        are_there: impl Fn(&Whereabouts) -> bool,
        amount: Decimal,
    ) -> Result<(), TooManyDigits> {
        let packed = self.holdings.sum(self.unit, &are_there)?;
        let loose = amount.checked_sub(packed).ok_or(TooManyDigits)?;
        let loose = loose.max(Decimal::ZERO).min(self.missing);
        self.missing = self.missing.checked_sub(loose).ok_or(TooManyDigits)?;
        self.take(are_there, packed)
    }

    /// Takes up to an amount of what is missing out of containers.
    fn take(
        &mut self,
        are_there: impl Fn(&Whereabouts) -> bool,
        most: Decimal,
    ) -> Result<(), TooManyDigits> {
        let amount = self.missing.min(most);
        let drawn = self
            .holdings
            .draw((self.unit, amount), self.moment, |_, known| {
                are_there(known)
            })?;
        for (_, taken) in &drawn {
            self.missing = self.missing.checked_sub(*taken).ok_or(TooManyDigits)?;
        }
        self.drawn.extend(drawn);
        Ok(())
    }
}
