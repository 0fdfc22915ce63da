//! Whether amounts add up: what came in, what went out, what was lost, and what has to be left.
//!
//! For a lot, at a site, in a unit: opening + created + received + moved - used - shipped - removed = closing,
//! exactly. What is used or leaves where less is known to be has moved there unseen: from what was on its way, or from
//! the site where the last change left some. Over all sites, what moved adds up to what came from what was on its way.
//! The steps of one delivery (arriving, receiving, accepting) and of one departure (shipping, departing) may
//! each be told, and by events that link goods to an order as well: what counts is the greatest of their sums. For a lot everywhere: what was created, less what
//! was used and removed, remains; and as much of it as was shipped and did not come, seen or not, is on its way.

use super::QuestionError;
use super::events::Events;
use super::flow_replay::Flows;
use super::history::History;
use super::lot_sums::site_balances;
use super::lot_totals::lot_totals;
use super::page::PageRange;
use super::yields::Yield;
use crate::records::epcis::Unit;
use crate::types::{Decimal, Height, LogIndex, Timestamp};

/// Most entries that are cited for one sum; more are counted.
pub const MAX_CITED_ENTRIES: usize = 1_000;

/// An amount of a lot at a site in a unit, over a time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SiteBalance {
    /// The site, canonical; none for events that name no place.
    pub site: Option<Box<str>>,
    /// The unit that is added up in.
    pub unit: Unit,
    /// What was there before the time.
    pub opening: Decimal,
    /// What was made there.
    pub created: Decimal,
    /// What came from elsewhere.
    pub received: Decimal,
    /// What came unseen, from other sites or from what was on its way, less what went to other sites.
    pub moved: Decimal,
    /// What was used up there.
    pub used: Decimal,
    /// What left for elsewhere.
    pub shipped: Decimal,
    /// What is no more: destroyed, sold, lost, decommissioned.
    pub removed: Decimal,
    /// What has to be left: below zero if more went out than ever came in.
    pub closing: Decimal,
    /// That it is below zero: since when, and by how much in the end; none if it is not.
    pub overdrawn: Option<Overdraft>,
    /// The entries of what was there before the time, in order of their time.
    pub opening_entries: Citations,
    /// The entries of the time itself, in order of theirs.
    pub entries: Citations,
}

/// A lot in a unit, everywhere, over a time: opening + created - used - removed = remaining.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LotTotal {
    /// The unit that is added up in.
    pub unit: Unit,
    /// What was left before the time, wherever it was.
    pub opening: Decimal,
    /// What was made.
    pub created: Decimal,
    /// What was used up.
    pub used: Decimal,
    /// What is no more.
    pub removed: Decimal,
    /// What has to be left.
    pub remaining: Decimal,
    /// What left for elsewhere, less what was received or came unseen, whenever that was: below zero if more was received
    /// than was shipped.
    pub in_transit: Decimal,
    /// What left for elsewhere and came unseen: it was used or sent on where nobody told that it was received.
    pub landed: Decimal,
    /// When more had been spent than made, at any time; none if that never was.
    pub overdrawn: Option<Overdraft>,
}

/// That more of a lot was spent than there was, or went out of a site.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Overdraft {
    /// The first moment, and the entry that takes too much.
    pub since: (Timestamp, LogIndex),
    /// By how much: of what was spent at most, at any time, and at a site in the end.
    pub by: Decimal,
    /// What was made until then, and spent until then; at a site all that became of it there.
    pub entries: Citations,
}

/// Entries that are cited, up to [`MAX_CITED_ENTRIES`] for a sum, and up to [`MAX_GROUNDS`](super::MAX_GROUNDS) for
/// other statements.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Citations {
    /// So many of them: the first ones of a sum.
    pub indices: Vec<LogIndex>,
    /// Whether there are more.
    pub has_more: bool,
}

impl Citations {
    /// Cites another entry, unless it was the last one that was cited.
    pub(super) fn push(&mut self, index: LogIndex) {
        if self.indices.last() == Some(&index) {
            return;
        }
        if self.indices.len() < MAX_CITED_ENTRIES {
            self.indices.push(index);
        } else {
            self.has_more = true;
        }
    }
}

/// The mass balance of a lot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LotBalance {
    /// The lot or other class, canonical.
    pub lot: Box<str>,
    /// By unit, everywhere, over the time asked about.
    pub totals: Vec<LotTotal>,
    /// By site and unit.
    pub sites: Vec<SiteBalance>,
    /// The transformations that it went into, itself or in a container, or came out of; at most
    /// [`MAX_YIELDS`](super::MAX_YIELDS).
    pub yields: Vec<Yield>,
    /// Whether there are more, or some that cannot be gone through or added up.
    pub has_more_yields: bool,
    /// Entries that move some of it and do not say how much: with these, the sums are not the whole truth.
    pub unquantified: Citations,
    /// Why there are no sums, though there are amounts: they cannot be added up.
    pub not_summed: Option<QuestionError>,
}

/// A page of mass balances.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MassBalance {
    /// The height that it is of.
    pub height: Height,
    /// The lots of this page, in order of their identifiers.
    pub lots: Vec<LotBalance>,
    /// How many lots stand before the next page; none on the last one.
    pub next: Option<usize>,
}

/// What a mass balance is asked of.
#[derive(Clone, Copy, Debug)]
pub struct MassBalanceQuestion<'a> {
    /// The lot or other class; all that events at the site name if it is left out.
    pub thing: Option<&'a str>,
    /// The site alone.
    pub site: Option<&'a str>,
    /// From when flows count; what was before is the opening balance.
    pub from: Option<Timestamp>,
}

impl Events<'_> {
    /// Whether the amounts of a lot add up, or those of all lots at a site. None if no event that counts
    /// speaks of the lot or the site.
    ///
    /// # Errors
    /// [`QuestionError`] if the store fails, there is too much to go through, the thing is a single object, or
    /// the page is of another answer.
    pub fn mass_balance(
        &self,
        question: MassBalanceQuestion<'_>,
        page: PageRange,
    ) -> Result<Option<MassBalance>, QuestionError> {
        let mut history = History::new(self);
        let lots: Vec<Box<str>> = match (question.thing, question.site) {
            (Some(thing), _) => {
                if history.mentions_of(thing)?.is_empty() {
                    return Ok(None);
                }
                if !history.is_class(thing)? {
                    return Err(QuestionError::NotClass {
                        thing: thing.to_owned(),
                    });
                }
                vec![thing.into()]
            }
            (None, Some(site)) => {
                let Some(named) = history.named_at(site)? else {
                    return Ok(None);
                };
                let classes = named.into_iter().filter(|(_, is_class)| *is_class);
                classes.map(|(id, _)| id).collect()
            }
            (None, None) => Vec::new(),
        };
        let (lots, next) = page.cut(lots)?;
        let mut contents = History::new(self);
        let mut balances = Vec::with_capacity(lots.len());
        for lot in lots {
            balances.push(history.lot_balance(&lot, question, &mut contents)?);
        }
        Ok(Some(MassBalance {
            height: self.height(),
            lots: balances,
            next,
        }))
    }
}

impl History<'_, '_> {
    fn lot_balance(
        &mut self,
        lot: &str,
        question: MassBalanceQuestion<'_>,
        contents: &mut History<'_, '_>,
    ) -> Result<LotBalance, QuestionError> {
        let flows = self.flows(lot)?;
        let mut balance = LotBalance {
            lot: lot.into(),
            totals: Vec::new(),
            sites: Vec::new(),
            yields: Vec::new(),
            has_more_yields: false,
            unquantified: Citations::default(),
            not_summed: None,
        };
        for index in &flows.unquantified {
            balance.unquantified.push(*index);
        }
        match self.add_lot_up(&mut balance, &flows, question, contents) {
            // One lot that cannot be added up is no reason to say nothing of the others.
            Err(error) if error.is_of_sums() => Ok(LotBalance {
                totals: Vec::new(),
                sites: Vec::new(),
                yields: Vec::new(),
                not_summed: Some(error),
                ..balance
            }),
            other => other.map(|()| balance),
        }
    }

    fn add_lot_up(
        &mut self,
        balance: &mut LotBalance,
        flows: &Flows,
        question: MassBalanceQuestion<'_>,
        contents: &mut History<'_, '_>,
    ) -> Result<(), QuestionError> {
        let found = site_balances(flows, question.from)?;
        balance.totals = lot_totals(flows, question.from, &found.landed)?;
        balance.sites = found.sites;
        balance.sites.retain(|row| {
            question
                .site
                .is_none_or(|site| row.site.as_deref() == Some(site))
        });
        let yields = self.yields(&balance.lot, flows, question, contents)?;
        (balance.yields, balance.has_more_yields) = (yields.known, yields.has_more);
        Ok(())
    }
}
