//! Amounts of classes of objects.

use super::context::Context;
use super::error::{EpcisError, FieldFault, Located};
use super::field;
use super::identifier::Identifier;
use super::unit::Unit;
use crate::types::decimal::Decimal;
use crate::types::json::Json;

/// An amount of a class of objects (EPCIS 2.0).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QuantityElement {
    /// The class.
    pub epc_class: Identifier,
    /// How much or how many; unknown when absent. Never below zero.
    pub quantity: Option<Decimal>,
    /// Unit of measure, UN/CEFACT Recommendation 20; a count of objects when absent.
    pub uom: Option<Box<str>>,
}

impl QuantityElement {
    pub(super) fn read(json: &Json<'_>, context: &Context<'_>) -> Result<Self, EpcisError> {
        let (mut epc_class, mut quantity, mut uom) = (None, None, None);
        for (name, value) in field::object(json)?.iter() {
            match name {
                "epcClass" => epc_class = Some(field::identifier(value, context).at(name)?),
                "quantity" => quantity = Some(read_quantity(value).at(name)?),
                "uom" => uom = Some(read_unit(value).at(name)?),
                _ => {
                    return Err(FieldFault::UnknownField {
                        owner: "a quantity element",
                    })
                    .at(name);
                }
            }
        }
        let epc_class = epc_class.ok_or(FieldFault::Missing).at("epcClass")?;
        Ok(Self {
            epc_class,
            quantity,
            uom,
        })
    }
}

fn read_quantity(json: &Json<'_>) -> Result<Decimal, FieldFault> {
    let quantity = field::decimal(json)?;
    if quantity.is_negative() {
        return Err(FieldFault::NegativeQuantity);
    }
    Ok(quantity)
}

fn read_unit(json: &Json<'_>) -> Result<Box<str>, FieldFault> {
    let text = field::string(json)?;
    if !Unit::is_code(text) {
        return Err(FieldFault::NotAUnit {
            text: text.to_string(),
        });
    }
    Ok(text.into())
}
