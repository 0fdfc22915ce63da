//! The body of a withdrawal.

use super::order::OrderId;
use crate::records::BodyError;
use crate::records::fields::{self, Fields};

/// A member takes an order of its own back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OrderWithdrawal {
    /// What the member calls the order.
    pub order: OrderId,
}

/// Reads and checks a body.
///
/// # Errors
/// [`BodyError`] with the place and the rule.
pub fn check_withdrawal(body: &[u8]) -> Result<OrderWithdrawal, BodyError> {
    let json = fields::read(body)?;
    let fields = Fields::of(&json, "a withdrawal")?;
    fields.allow_only(&["orderId"])?;
    Ok(OrderWithdrawal {
        order: fields.parse("orderId", OrderId::new)?,
    })
}
