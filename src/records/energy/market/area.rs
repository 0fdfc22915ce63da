//! What a contract sets for the market.

use std::collections::BTreeMap;
use std::fmt;

use serde::Deserialize;

use super::delivery::{DeliveryDuration, DeliveryInterval};
use super::terms::{AuctionRule, MAX_ABSOLUTE_PRICE, MAX_QUANTITY_WH};
use crate::records::setting_fault::{SettingFault, SettingTable};
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

/// The settings of an area.
const AREA_SETTINGS: [&str; 15] = [
    "name",
    "title",
    "currency",
    "auction",
    "interval",
    "opens",
    "gate-closure",
    "settlement",
    "max-open-orders",
    "max-open-orders-per-member",
    "min-quantity-wh",
    "min-price",
    "max-price",
    "role",
    "shows-book",
];

/// `[[record.settings.area]]`.
struct AreaSection {
    /// What leads to it.
    path: Vec<String>,
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
    min_quantity_wh: u64,
    min_price: i64,
    max_price: i64,
    role: Option<Role>,
    shows_book: bool,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum AuctionWord {
    UniformPrice,
    PayAsBid,
}

impl MarketAreas {
    /// Reads `[record.settings]`.
    ///
    /// # Errors
    /// What is wrong with it, for the contract's author.
    pub fn read(table: toml::Table) -> Result<Self, SettingFault> {
        let mut settings = SettingTable::open(Vec::new(), table, &["area"])?;
        let sections: Vec<toml::Table> = settings.optional("area")?.unwrap_or_default();
        if sections.len() > MAX_MARKET_AREAS {
            let reason = format!("a market has {MAX_MARKET_AREAS} areas at most");
            return Err(SettingFault::of_setting("area", reason));
        }
        let mut areas = BTreeMap::new();
        for (place, section) in sections.into_iter().enumerate() {
            let path = vec!["area".to_owned(), place.to_string()];
            let area = AreaSection::read(path.clone(), section)?.check()?;
            let name = area.name.clone();
            if areas.insert(name.clone(), area).is_some() {
                let path = path.into_iter().chain(["name".to_owned()]).collect();
                let reason = format!("the area {name} is listed twice");
                return Err(SettingFault::of_value(path, reason));
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
    fn read(path: Vec<String>, section: toml::Table) -> Result<Self, SettingFault> {
        let mut settings = SettingTable::open(path.clone(), section, &AREA_SETTINGS)?;
        let min_quantity_wh = settings.optional("min-quantity-wh")?;
        Ok(Self {
            path,
            name: settings.required("name")?,
            title: settings.required("title")?,
            currency: settings.required("currency")?,
            auction: settings.required("auction")?,
            interval: settings.required("interval")?,
            opens: settings.required("opens")?,
            gate_closure: settings.required("gate-closure")?,
            settlement: settings.required("settlement")?,
            max_open_orders: settings.required("max-open-orders")?,
            max_open_orders_per_member: settings.optional("max-open-orders-per-member")?,
            min_quantity_wh: min_quantity_wh.unwrap_or(DEFAULT_MIN_QUANTITY_WH),
            min_price: settings.required("min-price")?,
            max_price: settings.required("max-price")?,
            role: settings.optional("role")?,
            shows_book: settings.optional("shows-book")?.unwrap_or(true),
        })
    }

    /// A fault of one of its settings.
    fn fault(&self, setting: &str, reason: &str) -> SettingFault {
        let path = self.path.iter().cloned();
        let path = path.chain([setting.to_owned()]).collect();
        SettingFault::of_value(path, format!("area {}: {reason}", self.name))
    }

    fn check(self) -> Result<AreaRules, SettingFault> {
        let fault = |setting: &str, reason: String| -> Result<AreaRules, SettingFault> {
            Err(self.fault(setting, &reason))
        };
        let duration = |setting: &str, text: &str, most: DeliveryDuration| {
            let read = DeliveryDuration::parse(text)
                .map_err(|error| self.fault(setting, &format!("{setting} is {text:?}, {error}")))?;
            if read > most {
                let reason = format!("{setting} is {text}, the most is {most}");
                return Err(self.fault(setting, &reason));
            }
            Ok(read)
        };
        let interval = duration("interval", &self.interval, MAX_INTERVAL)?;
        let opens = duration("opens", &self.opens, MAX_OPENS)?;
        let gate_closure = duration("gate-closure", &self.gate_closure, MAX_OPENS)?;
        let settlement = duration("settlement", &self.settlement, MAX_SETTLEMENT)?;
        if interval.as_seconds() == 0 {
            return fault("interval", "an interval has a second at least".to_owned());
        }
        if opens <= gate_closure {
            return fault(
                "opens",
                format!(
                    "the gate closes {gate_closure} before delivery, so orders are taken from earlier on \
                 than {opens} before it"
                ),
            );
        }
        let from_opening_to_settlement = [opens, interval, settlement]
            .map(DeliveryDuration::as_seconds)
            .iter()
            .sum::<u64>();
        if from_opening_to_settlement.div_ceil(interval.as_seconds()) > MAX_INTERVALS_PER_AREA {
            return fault(
                "interval",
                format!(
                    "{MAX_INTERVALS_PER_AREA} intervals at most are traded, or wait for their settlement, at once: \
                 {opens} before delivery and {settlement} after it are more of {interval}"
                ),
            );
        }
        if !(1..=MAX_OPEN_ORDERS).contains(&self.max_open_orders) {
            return fault(
                "max-open-orders",
                format!(
                    "max-open-orders is {}",
                    plain_words::range(1, MAX_OPEN_ORDERS)
                ),
            );
        }
        let per_member = self.max_open_orders_per_member.unwrap_or_else(|| {
            self.max_open_orders
                .div_ceil(DEFAULT_MEMBERS_TO_FILL_A_BOOK)
        });
        if !(1..=self.max_open_orders).contains(&per_member) {
            return fault(
                "max-open-orders-per-member",
                format!(
                    "max-open-orders-per-member is {}, which is max-open-orders",
                    plain_words::range(1, self.max_open_orders)
                ),
            );
        }
        if !(1..=MAX_QUANTITY_WH).contains(&self.min_quantity_wh) {
            return fault(
                "min-quantity-wh",
                format!(
                    "min-quantity-wh is {}",
                    plain_words::range(1, MAX_QUANTITY_WH)
                ),
            );
        }
        let are_bounds = -MAX_ABSOLUTE_PRICE <= self.min_price
            && self.min_price <= self.max_price
            && self.max_price <= MAX_ABSOLUTE_PRICE;
        if !are_bounds {
            let setting = match self.max_price > MAX_ABSOLUTE_PRICE {
                true => "max-price",
                false => "min-price",
            };
            return fault(
                setting,
                format!(
                    "min-price and max-price are {}, and min-price is not above max-price",
                    plain_words::range(-MAX_ABSOLUTE_PRICE, MAX_ABSOLUTE_PRICE)
                ),
            );
        }
        if self.title.trim().is_empty() || self.title.len() > MAX_TITLE_BYTES {
            return fault(
                "title",
                format!("a title of 1 to {MAX_TITLE_BYTES} bytes is expected"),
            );
        }
        let Some(currency) = Currency::new(&self.currency) else {
            return fault(
                "currency",
                "a currency is an ISO 4217 code, such as EUR".to_owned(),
            );
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
