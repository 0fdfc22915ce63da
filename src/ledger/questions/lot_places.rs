//! Where a lot is: how much of it is where by what was told of amounts, and where some of it is of which no event
//! tells how much.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use super::QuestionError;
use super::flow_replay::Flows;
use super::flows::{Flow, FlowKind, HeldAmount, Seen, SeenAs};
use super::grounds::Grounds;
use super::history::{History, Moment};
use super::holdings::{Whereabouts, is_one_site};
use super::lot_sums::{Stock, stock};
use super::mass_balance::Citations;
use super::presence::Presence;
use super::recall::End;
use super::sums::exact;
use crate::records::epcis::Unit;
use crate::types::{Decimal, LogIndex, Timestamp};

/// How much of a class of objects is at a place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Balance {
    /// The place, canonical; none for what is on its way, or was seen nowhere in particular.
    pub place: Option<Box<str>>,
    /// Whether the last that is known is that it left for somewhere.
    pub is_in_transit: bool,
    /// The containers that it is in, the innermost first.
    pub containers: Vec<Box<str>>,
    /// The unit that is added up in.
    pub unit: Unit,
    /// How much: below zero if more was used than was ever made.
    pub quantity: Decimal,
    /// The entries that it rests on: those that tell how much is there, and where that is.
    pub entries: Citations,
}

/// Where some of a class was seen last, of which no event tells how much is there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnquantifiedPlace {
    /// The place, canonical; none if no event names one.
    pub place: Option<Box<str>>,
    /// Whether the last that is known is that it left from there.
    pub is_in_transit: bool,
    /// The containers that it is in, the innermost first.
    pub containers: Vec<Box<str>>,
    /// When it was seen.
    pub time: Timestamp,
    /// The event that says so.
    pub index: LogIndex,
    /// The entries that it rests on: that one, and those that tell where its container is.
    pub entries: Citations,
}

/// Where a class of objects is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LotPlaces {
    /// Amounts, in order of places, containers and units. Places where nothing is left are not listed.
    pub balances: Vec<Balance>,
    /// What is not among the amounts, in order of places and containers.
    pub unquantified: Vec<UnquantifiedPlace>,
    /// Why there are no amounts, though events tell some: they cannot be added up. All places are unquantified
    /// then.
    pub not_summed: Option<QuestionError>,
    /// How it came to its end, if nothing of it is left.
    pub end: Option<End>,
}

impl LotPlaces {
    /// What of it is in a container, at any depth. All of it if none is known to be in there, though some was put
    /// in: rather too much is told than too little.
    pub(super) fn inside(self, container: &str) -> Self {
        let is_inside = |containers: &[Box<str>]| containers.iter().any(|id| **id == *container);
        let known = self.balances.iter().map(|balance| &balance.containers);
        let mut known = known.chain(self.unquantified.iter().map(|place| &place.containers));
        if !known.any(|containers| is_inside(containers)) {
            return self;
        }
        let (balances, unquantified) = (self.balances.into_iter(), self.unquantified.into_iter());
        Self {
            balances: balances.filter(|one| is_inside(&one.containers)).collect(),
            unquantified: unquantified
                .filter(|one| is_inside(&one.containers))
                .collect(),
            not_summed: self.not_summed,
            end: self.end,
        }
    }
}

impl History<'_, '_> {
    /// Where a class of objects is.
    ///
    /// # Errors
    /// [`QuestionError`] if the store fails, or there is too much to go through.
    pub(super) fn lot_places(&mut self, class: &str) -> Result<LotPlaces, QuestionError> {
        let flows = self.flows(class)?;
        let (stock, mut not_summed) = match stock(&flows) {
            Ok(stock) => (Some(stock), None),
            Err(error) => (None, Some(error)),
        };
        let mut unquantified = self.unquantified_places(&flows, stock.as_ref())?;
        let mut balances = Vec::new();
        if let Some(stock) = stock {
            match self.lot_balances(&flows, stock) {
                Err(error) if error.is_of_sums() => {
                    not_summed = Some(error);
                    unquantified = self.unquantified_places(&flows, None)?;
                }
                other => balances = other?,
            }
        }
        let is_gone = balances.is_empty() && unquantified.is_empty() && not_summed.is_none();
        let end = is_gone.then(|| end_of_class(&flows)).flatten();
        Ok(LotPlaces {
            balances,
            unquantified,
            not_summed,
            end,
        })
    }

    /// What the sums say is where, and in which container by what was packed. A container is where it was seen
    /// last, with what it holds.
    fn lot_balances(
        &mut self,
        flows: &Flows,
        mut stock: Stock,
    ) -> Result<Vec<Balance>, QuestionError> {
        let made: BTreeSet<&Unit> = flows.flows.iter().filter_map(made_in).collect();
        let mut balances = Vec::new();
        for ((container, _), amounts) in flows.holdings.amounts() {
            let mut presence = None;
            for (unit, held) in amounts {
                if held.quantity <= Decimal::ZERO {
                    continue;
                }
                if presence.is_none() {
                    presence = Some(self.presence(container)?);
                }
                let known = presence.as_ref().and_then(Option::as_ref);
                let whereabouts = flows.holdings.known(container);
                let whereabouts = whereabouts.filter(|(known, _)| known.is_known());
                let seen = known.and_then(|presence| presence.grounds.latest());
                let (place, is_in_transit) = match whereabouts {
                    // Whoever told of its contents later knows better.
                    Some((told, moment)) if seen.is_none_or(|seen| seen < *moment) => {
                        (told.place().map(Into::into), told.is_under_way())
                    }
                    _ => spot(known),
                };
                let mut containers = vec![container.clone()];
                containers.extend(known.map(|p| p.containers.clone()).unwrap_or_default());
                // It was seen elsewhere since it was assumed to have moved: then that was not in it.
                let is_elsewhere = whereabouts.is_some_and(|(told, moment)| {
                    flows.is_assumed(container)
                        && seen.is_some_and(|seen| seen > *moment)
                        && !is_one_site(told.place(), place.as_deref())
                });
                let whereabouts = match flows.before_loose(container) {
                    // Or it was not what moved, and all of it is there.
                    Some(before) if is_elsewhere => Some(before),
                    _ if is_elsewhere => continue,
                    _ => whereabouts,
                };
                let mut grounds = held.grounds.clone();
                if let Some(presence) = known {
                    grounds.add_all(&presence.grounds);
                }
                let found = match whereabouts {
                    Some((known, _)) => stock.draw_from(unit, held.quantity, known)?,
                    None => stock.draw(unit, held.quantity, place.as_deref(), is_in_transit)?,
                };
                let is_made = made.contains(unit);
                if place.is_none() && !is_in_transit && !found.is_empty() {
                    // Nobody saw the container anywhere: what is in it is where the sums have it.
                    for (place, quantity) in found {
                        let mut grounds = grounds.clone();
                        stock.add_grounds(unit, place.as_deref(), &mut grounds);
                        balances.push(Balance {
                            is_in_transit: place.is_none(),
                            place,
                            containers: containers.clone(),
                            unit: unit.clone(),
                            quantity,
                            entries: grounds.cited(),
                        });
                    }
                    continue;
                }
                // What was packed and never made is in there nevertheless; what was made and is spent is not.
                let quantity = if is_made {
                    total(&found)?
                } else {
                    held.quantity
                };
                if quantity != held.quantity {
                    for (place, _) in &found {
                        stock.add_grounds(unit, place.as_deref(), &mut grounds);
                    }
                }
                balances.push(Balance {
                    place,
                    is_in_transit,
                    containers,
                    unit: unit.clone(),
                    quantity,
                    entries: grounds.cited(),
                });
            }
        }
        for (unit, there) in stock.under_way {
            balances.push(Balance {
                place: None,
                is_in_transit: true,
                containers: Vec::new(),
                unit,
                quantity: there.quantity,
                entries: there.grounds.cited(),
            });
        }
        for (unit, sites) in stock.sites {
            balances.extend(sites.into_iter().map(|(place, there)| Balance {
                place,
                is_in_transit: false,
                containers: Vec::new(),
                unit: unit.clone(),
                quantity: there.quantity,
                entries: there.grounds.cited(),
            }));
        }
        balances.retain(|balance| balance.quantity != Decimal::ZERO);
        balances.sort_by(|a, b| order(a).cmp(&order(b)));
        Ok(balances)
    }

    /// Where some of a class was seen last that the sums do not have; all of it if there are none.
    fn unquantified_places(
        &mut self,
        flows: &Flows,
        stock: Option<&Stock>,
    ) -> Result<Vec<UnquantifiedPlace>, QuestionError> {
        let mut spots = Spots::default();
        for seen in &flows.seen {
            let counts = !seen.is_quantified || stock.is_none();
            spots.take(seen, counts);
        }
        if let Some(stock) = stock.filter(|stock| stock.has_some()) {
            spots.add_drained(flows, stock);
        }
        let mut found = Vec::new();
        for (spot, known) in spots.0 {
            let (time, index) = known.moment;
            let mut grounds = Grounds::of(known.moment);
            let (place, is_in_transit, containers) = match spot {
                Spot::At(place) if known.is_passing => {
                    // The sums tell more of a place that they know, and nothing is left if they say so.
                    let is_told = stock.is_some_and(|stock| {
                        let mut known = stock.sites.values().flat_map(BTreeMap::keys);
                        let is_known =
                            known.any(|site| is_one_site(site.as_deref(), place.as_deref()));
                        is_known || (!flows.flows.is_empty() && !stock.has_some())
                    });
                    if is_told {
                        continue;
                    }
                    (place, false, Vec::new())
                }
                Spot::At(place) => (place, false, Vec::new()),
                Spot::Left(place) => (place, true, Vec::new()),
                Spot::In(container) => {
                    let presence = self.presence(&container)?;
                    let (place, is_in_transit) = spot_or(presence.as_ref(), known.place);
                    if let Some(presence) = &presence {
                        grounds.add_all(&presence.grounds);
                    }
                    let mut containers = vec![container];
                    containers.extend(presence.map(|p| p.containers).unwrap_or_default());
                    (place, is_in_transit, containers)
                }
            };
            found.push(UnquantifiedPlace {
                place,
                is_in_transit,
                containers,
                time,
                index,
                entries: grounds.cited(),
            });
        }
        found.sort_by(|a, b| (&a.place, &a.containers).cmp(&(&b.place, &b.containers)));
        Ok(found)
    }
}

/// How a class came to its end of which nothing is left: when the last of it was spent. It rests on all that made some of
/// it, moved or spent it.
fn end_of_class(flows: &Flows) -> Option<End> {
    let mut grounds = Grounds::default();
    for flow in &flows.flows {
        grounds.add(flow.moment);
    }
    let spends = |flow: &&Flow| matches!(flow.kind, FlowKind::Used | FlowKind::Removed);
    let spent = flows.flows.iter().filter(spends).map(|flow| flow.moment);
    let (time, _) = spent.max().or(grounds.latest())?;
    Some(End {
        time,
        entries: grounds.cited(),
    })
}

/// Where a container is, and whether it is on its way: then what is in it has no place.
fn spot(presence: Option<&Presence>) -> (Option<Box<str>>, bool) {
    match presence {
        Some(presence) if presence.is_in_transit => (None, true),
        Some(presence) => (presence.place.clone(), false),
        None => (None, false),
    }
}

/// As [`spot`], or where it was when some of the class arrived with it.
fn spot_or(presence: Option<&Presence>, known: Option<Box<str>>) -> (Option<Box<str>>, bool) {
    match presence {
        Some(presence) if presence.place.is_some() => {
            (presence.place.clone(), presence.is_in_transit)
        }
        _ => (
            known,
            presence.is_some_and(|presence| presence.is_in_transit),
        ),
    }
}

/// The unit of an amount that came to be, or came from elsewhere.
fn made_in(flow: &Flow) -> Option<&Unit> {
    let is_made = matches!(flow.kind, FlowKind::Created | FlowKind::Received(_));
    is_made.then_some(&flow.unit)
}

fn order(balance: &Balance) -> (Option<&str>, bool, &[Box<str>], &Unit) {
    (
        balance.place.as_deref(),
        balance.is_in_transit,
        &balance.containers,
        &balance.unit,
    )
}

fn total(found: &[Drawn]) -> Result<Decimal, QuestionError> {
    let mut amounts = found.iter().map(|(_, amount)| *amount);
    let sum = amounts.try_fold(Decimal::ZERO, Decimal::checked_add);
    sum.ok_or(QuestionError::TooManyDigits)
}

/// An amount, and the site that it was taken from; none for what was on its way.
type Drawn = (Option<Box<str>>, Decimal);

impl Stock {
    /// Whether some is left anywhere.
    fn has_some(&self) -> bool {
        let sites = self.sites.values().flat_map(BTreeMap::values);
        let mut amounts = sites.chain(self.under_way.values());
        amounts.any(|there| there.quantity > Decimal::ZERO)
    }

    /// What the amount at a site rests on, or else of what is on its way.
    fn add_grounds(&self, unit: &Unit, place: Option<&str>, grounds: &mut Grounds) {
        let place: Option<Box<str>> = place.map(Into::into);
        let at_site = self.sites.get(unit).and_then(|sites| sites.get(&place));
        let there = match place {
            Some(_) => at_site,
            None => self.under_way.get(unit).or(at_site),
        };
        if let Some(there) = there {
            grounds.add_all(&there.grounds);
        }
    }

    /// Takes up to an amount from where a container is by what was told of amounts: what is not there is elsewhere, and not in it.
    fn draw_from(
        &mut self,
        unit: &Unit,
        amount: Decimal,
        whereabouts: &Whereabouts,
    ) -> Result<Vec<Drawn>, QuestionError> {
        let (mut missing, mut found) = (amount, Vec::new());
        let mut none = BTreeMap::new();
        let sites = self.sites.get_mut(unit).unwrap_or(&mut none);
        let mut there: Vec<(Option<Box<str>>, &mut HeldAmount)> = match whereabouts.place() {
            None => Vec::new(),
            Some(place) => {
                let of_site = sites
                    .iter_mut()
                    .filter(|(site, _)| is_one_site(site.as_deref(), Some(place)));
                let of_site = of_site.map(|(site, there)| (site.clone(), there));
                of_site.collect()
            }
        };
        // What is told of the very place comes first.
        there.sort_by_key(|(site, _)| site.as_deref() != whereabouts.place());
        if whereabouts.is_under_way() {
            let under_way = self.under_way.get_mut(unit);
            there = under_way.map(|there| (None, there)).into_iter().collect();
        }
        for (site, there) in there {
            let moved = missing.min(there.quantity);
            if moved <= Decimal::ZERO {
                continue;
            }
            there.quantity = exact(there.quantity.checked_sub(moved))?;
            missing = exact(missing.checked_sub(moved))?;
            found.push((site, moved));
        }
        Ok(found)
    }

    /// Takes up to an amount: from its place, then from what is on its way, or the other way round, and at last
    /// from where the last event left some. Gives from where how much; the place is none for what is on its way.
    fn draw(
        &mut self,
        unit: &Unit,
        amount: Decimal,
        place: Option<&str>,
        is_in_transit: bool,
    ) -> Result<Vec<Drawn>, QuestionError> {
        let (mut missing, mut found) = (amount, Vec::new());
        let mut take = |from: Option<Box<str>>, there: Option<&mut HeldAmount>| {
            let there = there.filter(|there| there.quantity > Decimal::ZERO);
            let Some(there) = there.filter(|_| missing > Decimal::ZERO) else {
                return Ok(missing);
            };
            let left = there.quantity;
            let moved = missing.min(left);
            let rest = left.checked_sub(moved).zip(missing.checked_sub(moved));
            (there.quantity, missing) = rest.ok_or(QuestionError::TooManyDigits)?;
            found.push((from, moved));
            Ok::<_, QuestionError>(missing)
        };
        let mut none = BTreeMap::new();
        let sites = self.sites.get_mut(unit).unwrap_or(&mut none);
        let at: Option<Box<str>> = place.map(Into::into);
        if at.is_some() {
            take(at.clone(), sites.get_mut(&at))?;
        }
        if at.is_some() || is_in_transit {
            take(None, self.under_way.get_mut(unit))?;
        }
        if take(None, None)? > Decimal::ZERO {
            let mut left: Vec<_> = sites.iter_mut().collect();
            left.sort_by_key(|(_, there)| Reverse(there.latest));
            for (site, there) in left {
                take(site.clone(), Some(there))?;
            }
            take(None, self.under_way.get_mut(unit))?;
        }
        Ok(found)
    }
}

/// Where some of a class is.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Spot {
    /// At a place, or nowhere in particular.
    At(Option<Box<str>>),
    /// It left from there.
    Left(Option<Box<str>>),
    /// In a container.
    In(Box<str>),
}

/// What is known of a spot.
struct Known {
    moment: Moment,
    /// Whether it was only seen there, and nothing became of it.
    is_passing: bool,
    /// Where a container was when it arrived somewhere.
    place: Option<Box<str>>,
}

/// Where some of a class is of which no event tells how much.
#[derive(Default)]
struct Spots(BTreeMap<Spot, Known>);

impl Spots {
    fn put(&mut self, spot: Spot, moment: Moment) {
        let known = Known {
            moment,
            is_passing: false,
            place: None,
        };
        self.0.insert(spot, known);
    }

    /// It was seen at a place.
    fn pass(&mut self, place: Option<&str>, moment: Moment) {
        if let Some(place) = place {
            let spot = Spot::At(Some(place.into()));
            let known = self.0.entry(spot).or_insert(Known {
                moment,
                is_passing: true,
                place: None,
            });
            known.moment = moment;
        }
    }

    /// Nobody told that it left these sites: what is elsewhere may have come from another one.
    fn add_drained(&mut self, flows: &Flows, stock: &Stock) {
        for flow in flows.flows.iter().rev() {
            let drained = flow
                .place
                .as_ref()
                .filter(|place| stock.drained.contains(*place));
            if let Some(place) = drained {
                let known = self.0.entry(Spot::At(Some(place.clone())));
                let known = known.and_modify(|known| known.is_passing = false);
                known.or_insert(Known {
                    moment: flow.moment,
                    is_passing: false,
                    place: None,
                });
            }
        }
    }

    /// Takes what an event tells; as of an unknown amount, or else as having seen it.
    fn take(&mut self, seen: &Seen, is_unquantified: bool) {
        let (moment, place) = (seen.moment, seen.place.clone());
        match &seen.seen_as {
            SeenAs::Flow(kind) if is_unquantified => match kind {
                FlowKind::Landed => {}
                FlowKind::Created | FlowKind::Used => self.put(Spot::At(place), moment),
                FlowKind::Received(_) => {
                    self.0.retain(|spot, _| !matches!(spot, Spot::Left(_)));
                    self.put(Spot::At(place), moment);
                }
                FlowKind::Shipped(_) => {
                    self.0.remove(&Spot::At(place.clone()));
                    self.put(Spot::Left(place), moment);
                }
                FlowKind::Removed => {
                    self.0.remove(&Spot::At(place));
                }
            },
            SeenAs::Flow(_) => {}
            SeenAs::Present => self.pass(place.as_deref(), moment),
            SeenAs::Packed(container) if is_unquantified => {
                self.0.remove(&Spot::At(place));
                self.put(Spot::In(container.clone()), moment);
            }
            SeenAs::Spent(container) => {
                self.0.remove(&Spot::In(container.clone()));
            }
            SeenAs::Packed(_) => self.pass(place.as_deref(), moment),
            SeenAs::Unpacked(container) if is_unquantified => {
                self.unpack(container, place, moment);
            }
            SeenAs::Emptied(container) if self.0.contains_key(&Spot::In(container.clone())) => {
                self.unpack(container, place, moment);
            }
            SeenAs::Emptied(_) if !seen.is_quantified => {}
            SeenAs::Unpacked(_) | SeenAs::Emptied(_) => self.pass(place.as_deref(), moment),
            SeenAs::Carried(container, kind) => {
                if let Some(known) = self.0.get_mut(&Spot::In(container.clone())) {
                    let arrives = !matches!(kind, FlowKind::Shipped(_));
                    known.place = place.filter(|_| arrives);
                    known.moment = moment;
                }
            }
        }
    }

    /// It is where it comes out of a container, or else where that was.
    fn unpack(&mut self, container: &str, place: Option<Box<str>>, moment: Moment) {
        let known = self.0.remove(&Spot::In(container.into()));
        let place = place.or(known.and_then(|known| known.place));
        self.put(Spot::At(place), moment);
    }
}
