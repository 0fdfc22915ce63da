//! What a contract sets for the market.

use std::collections::BTreeMap;
use std::fmt;

use serde::Deserialize;

use super::delivery::{DeliveryDuration, DeliveryInterval};
use super::terms::{AuctionRule, MAX_ABSOLUTE_PRICE, MAX_QUANTITY_WH};
use crate::types::codec::Reader;
use crate::types::plain_words;
use crate::types::{Decode, DecodeError, Encode, MarketArea, Role, Timestamp};

/// Most market areas of a ledger.
pub const MAX_MARKET_AREAS: usize = 64;

/// Most intervals of an area that can be open, or wait for their settlement, at once: each takes up to two places in
/// the ledger's agenda, which has a share for the markets of all areas together.
pub const MAX_INTERVALS_PER_AREA: u64 = 4_096;

/// Highest cap of open orders of an interval: one block reads them all when the gate closes.
pub const MAX_OPEN_ORDERS: u32 = 10_000;

/// How many members it takes to fill the book of an interval, in an area that does not set how many orders each may
/// have.
const DEFAULT_MEMBERS_TO_FILL_A_BOOK: u32 = 10;

/// The smallest quantity of an order in an area that sets none, in Wh: less is worth less than a minor unit or two
/// at usual prices, which is what money is rounded to.
pub const DEFAULT_MIN_QUANTITY_WH: u64 = 100;

/// Longest delivery interval: a day.
const MAX_INTERVAL: DeliveryDuration = DeliveryDuration::from_seconds(86_400);

/// How long before delivery orders may be taken at most: a year.
const MAX_OPENS: DeliveryDuration = DeliveryDuration::from_seconds(366 * 86_400);

/// How long after delivery the settlement may wait for readings at most: ninety days.
const MAX_SETTLEMENT: DeliveryDuration = DeliveryDuration::from_seconds(90 * 86_400);

/// Longest title, in bytes.
const MAX_TITLE_BYTES: usize = 256;

/// A currency by its ISO 4217 code, such as `EUR`. The code's form is checked, not that there is such a
/// currency: communities account in units of their own too.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Currency([u8; 3]);

impl Currency {
    /// Three capital letters; none if it is something else.
    pub fn new(code: &str) -> Option<Self> {
        let letters: [u8; 3] = code.as_bytes().try_into().ok()?;
        letters
            .iter()
            .all(u8::is_ascii_uppercase)
            .then_some(Self(letters))
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for letter in self.0 {
            write!(formatter, "{}", char::from(letter))?;
        }
        Ok(())
    }
}

impl Encode for Currency {
    fn encode(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.0);
    }
}

impl Decode for Currency {
    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let letters: [u8; 3] = reader.array()?;
        std::str::from_utf8(&letters)
            .ok()
            .and_then(Self::new)
            .ok_or_else(|| DecodeError::invalid("currency", "three capital letters are expected"))
    }
}

/// A market area: where, when and how energy is traded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AreaRules {
    /// Its name.
    pub name: MarketArea,
    /// What it is, for people.
    pub title: String,
    /// What is paid in; prices and amounts count its minor units.
    pub currency: Currency,
    /// How orders become trades.
    pub auction: AuctionRule,
    /// The length of its delivery intervals, which follow each other from 1970-01-01T00:00:00Z on.
    pub interval: DeliveryDuration,
    /// How long before delivery orders begin to be taken.
    pub opens: DeliveryDuration,
    /// How long before delivery the gate closes.
    pub gate_closure: DeliveryDuration,
    /// How long after delivery the trades are settled by the readings that are there.
    pub settlement: DeliveryDuration,
    /// Most open orders of an interval.
    pub max_open_orders: u32,
    /// Most of them that are of one member.
    pub max_open_orders_per_member: u32,
    /// The smallest quantity of an order, in Wh.
    pub min_quantity_wh: u64,
    /// The lowest limit price.
    pub min_price: i64,
    /// The highest limit price.
    pub max_price: i64,
    /// The role that a member needs to place orders; none if every member may.
    pub role: Option<Role>,
    /// Whether nodes show orders before the gate closes. It hides nothing from who reads the log.
    pub shows_book: bool,
}

impl AreaRules {
    /// The interval that begins at an instant.
    pub fn delivery(&self, start: Timestamp) -> DeliveryInterval {
        DeliveryInterval {
            start,
            duration: self.interval,
        }
    }

    /// When orders for an interval begin to be taken.
    pub fn opening(&self, start: Timestamp) -> Timestamp {
        self.opens.before(start)
    }

    /// When the gate of an interval closes: from then on no order is taken or withdrawn.
    pub fn gate(&self, start: Timestamp) -> Timestamp {
        self.gate_closure.before(start)
    }

    /// When an interval is settled.
    pub fn settlement_due(&self, start: Timestamp) -> Timestamp {
        self.settlement.after(self.delivery(start).end())
    }
}

/// All market areas, by name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MarketAreas {
    areas: BTreeMap<MarketArea, AreaRules>,
}

/// `[record.settings]` as it is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Settings {
    #[serde(default)]
    area: Vec<AreaSection>,
}

/// `[[record.settings.area]]`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct AreaSection {
    name: MarketArea,
    title: String,
    currency: String,
    auction: AuctionWord,
    interval: String,
    opens: String,
    gate_closure: String,
    settlement: String,
    max_open_orders: u32,
    max_open_orders_per_member: Option<u32>,
    #[serde(default = "default_min_quantity_wh")]
    min_quantity_wh: u64,
    min_price: i64,
    max_price: i64,
    role: Option<Role>,
    #[serde(default = "shows_by_default")]
    shows_book: bool,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum AuctionWord {
    UniformPrice,
    PayAsBid,
}

fn default_min_quantity_wh() -> u64 {
    DEFAULT_MIN_QUANTITY_WH
}

fn shows_by_default() -> bool {
    true
}

impl MarketAreas {
    /// Reads `[record.settings]`.
    ///
    /// # Errors
    /// What is wrong with it, for the contract's author.
    pub fn read(table: toml::Table) -> Result<Self, String> {
        let settings: Settings = table
            .try_into()
            .map_err(|error: toml::de::Error| error.message().to_owned())?;
        if settings.area.len() > MAX_MARKET_AREAS {
            return Err(format!("a market has {MAX_MARKET_AREAS} areas at most"));
        }
        let mut areas = BTreeMap::new();
        for section in settings.area {
            let area = section.check()?;
            let name = area.name.clone();
            if areas.insert(name.clone(), area).is_some() {
                return Err(format!("the area {name} is listed twice"));
            }
        }
        Ok(Self { areas })
    }

    /// The area of a name.
    pub fn get(&self, name: &MarketArea) -> Option<&AreaRules> {
        self.areas.get(name)
    }

    /// All areas, in order of their names.
    pub fn iter(&self) -> impl Iterator<Item = &AreaRules> {
        self.areas.values()
    }
}

impl AreaSection {
    fn check(self) -> Result<AreaRules, String> {
        let name = &self.name;
        let fault = |reason: String| Err(format!("area {name}: {reason}"));
        let duration = |field: &str, text: &str, most: DeliveryDuration| {
            let read = DeliveryDuration::parse(text)
                .map_err(|error| format!("area {name}: {field} is {text:?}, {error}"))?;
            if read > most {
                return Err(format!(
                    "area {name}: {field} is {text}, the most is {most}"
                ));
            }
            Ok(read)
        };
        let interval = duration("interval", &self.interval, MAX_INTERVAL)?;
        let opens = duration("opens", &self.opens, MAX_OPENS)?;
        let gate_closure = duration("gate-closure", &self.gate_closure, MAX_OPENS)?;
        let settlement = duration("settlement", &self.settlement, MAX_SETTLEMENT)?;
        if interval.as_seconds() == 0 {
            return fault("an interval has a second at least".to_owned());
        }
        if opens <= gate_closure {
            return fault(format!(
                "the gate closes {gate_closure} before delivery, so orders are taken from earlier on \
                 than {opens} before it"
            ));
        }
        let from_opening_to_settlement = [opens, interval, settlement]
            .map(DeliveryDuration::as_seconds)
            .iter()
            .sum::<u64>();
        if from_opening_to_settlement.div_ceil(interval.as_seconds()) > MAX_INTERVALS_PER_AREA {
            return fault(format!(
                "{MAX_INTERVALS_PER_AREA} intervals at most are traded, or wait for their settlement, at once: \
                 {opens} before delivery and {settlement} after it are more of {interval}"
            ));
        }
        if !(1..=MAX_OPEN_ORDERS).contains(&self.max_open_orders) {
            return fault(format!(
                "max-open-orders is {}",
                plain_words::range(1, MAX_OPEN_ORDERS)
            ));
        }
        let per_member = self.max_open_orders_per_member.unwrap_or_else(|| {
            self.max_open_orders
                .div_ceil(DEFAULT_MEMBERS_TO_FILL_A_BOOK)
        });
        if !(1..=self.max_open_orders).contains(&per_member) {
            return fault(format!(
                "max-open-orders-per-member is {}, which is max-open-orders",
                plain_words::range(1, self.max_open_orders)
            ));
        }
        if !(1..=MAX_QUANTITY_WH).contains(&self.min_quantity_wh) {
            return fault(format!(
                "min-quantity-wh is {}",
                plain_words::range(1, MAX_QUANTITY_WH)
            ));
        }
        let are_bounds = -MAX_ABSOLUTE_PRICE <= self.min_price
            && self.min_price <= self.max_price
            && self.max_price <= MAX_ABSOLUTE_PRICE;
        if !are_bounds {
            return fault(format!(
                "min-price and max-price are {}, and min-price is not above max-price",
                plain_words::range(-MAX_ABSOLUTE_PRICE, MAX_ABSOLUTE_PRICE)
            ));
        }
        if self.title.trim().is_empty() || self.title.len() > MAX_TITLE_BYTES {
            return fault(format!(
                "a title of 1 to {MAX_TITLE_BYTES} bytes is expected"
            ));
        }
        let Some(currency) = Currency::new(&self.currency) else {
            return fault("a currency is an ISO 4217 code, such as EUR".to_owned());
        };
        Ok(AreaRules {
            currency,
            auction: match self.auction {
                AuctionWord::UniformPrice => AuctionRule::UniformPrice,
                AuctionWord::PayAsBid => AuctionRule::PayAsBid,
            },
            interval,
            opens,
            gate_closure,
            settlement,
            name: self.name,
            title: self.title,
            max_open_orders: self.max_open_orders,
            max_open_orders_per_member: per_member,
            min_quantity_wh: self.min_quantity_wh,
            min_price: self.min_price,
            max_price: self.max_price,
            role: self.role,
            shows_book: self.shows_book,
        })
    }
}
