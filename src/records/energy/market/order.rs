//! The body of an order.

use std::fmt;

use super::delivery::{DeliveryDuration, DeliveryInterval};
use super::terms::{MAX_ABSOLUTE_PRICE, MAX_QUANTITY_WH, Side};
use crate::records::BodyError;
use crate::records::fields::{self, Fields};
use crate::types::codec::{Reader, put_bytes};
use crate::types::plain_words;
use crate::types::{Decode, DecodeError, Encode, MarketArea, Timestamp};

/// Longest order id, in bytes.
pub const MAX_ORDER_ID_BYTES: usize = 64;

/// What a member calls an order of its own: no other order of this member ever has it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct OrderId(Box<str>);

impl OrderId {
    /// Checks an id.
    ///
    /// # Errors
    /// The rule, if it is broken.
    pub fn new(text: &str) -> Result<Self, String> {
        let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
        if text.is_empty() || text.len() > MAX_ORDER_ID_BYTES || !text.bytes().all(is_allowed) {
            return Err(format!(
                "an order id has 1 to {MAX_ORDER_ID_BYTES} letters, digits, dots, hyphens and underscores"
            ));
        }
        Ok(Self(text.into()))
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for OrderId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}

/// What an order asks for: side, amount and limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OrderTerms {
    side: Side,
    quantity_wh: u64,
    limit_price: i64,
}

impl OrderTerms {
    /// Terms within the bounds: a quantity of 1 to [`MAX_QUANTITY_WH`], a price in minor units per MWh of
    /// at most [`MAX_ABSOLUTE_PRICE`] above or below zero. None otherwise.
    pub fn new(side: Side, quantity_wh: u64, limit_price: i64) -> Option<Self> {
        let is_bounded = (1..=MAX_QUANTITY_WH).contains(&quantity_wh)
            && (-MAX_ABSOLUTE_PRICE..=MAX_ABSOLUTE_PRICE).contains(&limit_price);
        is_bounded.then_some(Self {
            side,
            quantity_wh,
            limit_price,
        })
    }

    /// Which way it goes.
    pub fn side(&self) -> Side {
        self.side
    }

    /// The energy, in Wh.
    pub fn quantity_wh(&self) -> u64 {
        self.quantity_wh
    }

    /// The worst price that is still good, in minor units per MWh.
    pub fn limit_price(&self) -> i64 {
        self.limit_price
    }
}

/// An order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EnergyOrder {
    /// What its member calls it.
    pub id: OrderId,
    /// The market area.
    pub area: MarketArea,
    /// When the energy is to be delivered.
    pub delivery: DeliveryInterval,
    /// What it asks for.
    pub terms: OrderTerms,
}

/// Reads and checks a body.
///
/// # Errors
/// [`BodyError`] with the place and the rule.
pub fn check_order(body: &[u8]) -> Result<EnergyOrder, BodyError> {
    let json = fields::read(body)?;
    let fields = Fields::of(&json, "an order")?;
    fields.allow_only(&[
        "orderId",
        "area",
        "side",
        "deliveryStart",
        "deliveryDuration",
        "quantityWh",
        "limitPrice",
    ])?;
    let side = fields.parse("side", |stated| match stated {
        "bid" => Ok(Side::Bid),
        "offer" => Ok(Side::Offer),
        other => Err(format!("{other:?} is not bid or offer")),
    })?;
    let quantity_wh = fields.whole_number("quantityWh")?;
    if !(1..=MAX_QUANTITY_WH).contains(&quantity_wh) {
        return Err(BodyError::new(
            "/quantityWh",
            format!(
                "a quantity is {} Wh",
                plain_words::range(1, MAX_QUANTITY_WH)
            ),
        ));
    }
    let limit_price = fields.integer("limitPrice")?;
    let terms = OrderTerms::new(side, quantity_wh, limit_price).ok_or_else(|| {
        BodyError::new(
            "/limitPrice",
            format!(
                "a limit price is {} minor units per MWh",
                plain_words::range(-MAX_ABSOLUTE_PRICE, MAX_ABSOLUTE_PRICE)
            ),
        )
    })?;
    Ok(EnergyOrder {
        id: fields.parse("orderId", OrderId::new)?,
        area: fields.parse("area", MarketArea::new)?,
        delivery: DeliveryInterval {
            start: fields.parse("deliveryStart", Timestamp::parse_rfc3339)?,
            duration: fields.parse("deliveryDuration", DeliveryDuration::parse)?,
        },
        terms,
    })
}

impl Encode for OrderId {
    fn encode(&self, out: &mut Vec<u8>) {
        put_bytes(out, self.0.as_bytes());
    }
}

impl Decode for OrderId {
    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let text = reader.text("order id", MAX_ORDER_ID_BYTES)?;
        Self::new(text).map_err(|rule| DecodeError::invalid("order id", rule))
    }
}

impl Encode for OrderTerms {
    fn encode(&self, out: &mut Vec<u8>) {
        self.side.encode(out);
        out.extend_from_slice(&self.quantity_wh.to_be_bytes());
        out.extend_from_slice(&self.limit_price.to_be_bytes());
    }
}

impl Decode for OrderTerms {
    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let side = Side::decode(reader)?;
        Self::new(side, reader.u64()?, reader.i64()?)
            .ok_or_else(|| DecodeError::invalid("order", "quantity or price is out of bounds"))
    }
}

impl Encode for EnergyOrder {
    fn encode(&self, out: &mut Vec<u8>) {
        self.id.encode(out);
        self.area.encode(out);
        self.delivery.encode(out);
        self.terms.encode(out);
    }
}

impl Decode for EnergyOrder {
    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(Self {
            id: OrderId::decode(reader)?,
            area: MarketArea::decode(reader)?,
            delivery: DeliveryInterval::decode(reader)?,
            terms: OrderTerms::decode(reader)?,
        })
    }
}
