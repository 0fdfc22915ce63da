//! Money, and how it is rounded.

/// Wh in a MWh, in whose price amounts are stated.
const WH_PER_MWH: i128 = 1_000_000;

/// A fraction rounded to the nearest whole number, a half to the even one. The divisor is above zero.
pub fn divide_half_even(dividend: i128, divisor: i128) -> i128 {
    let (quotient, rest) = (dividend.div_euclid(divisor), dividend.rem_euclid(divisor));
    let is_up = match (2 * rest).cmp(&divisor) {
        std::cmp::Ordering::Less => false,
        std::cmp::Ordering::Equal => quotient % 2 != 0,
        std::cmp::Ordering::Greater => true,
    };
    quotient + i128::from(is_up)
}

/// What the trades of a clearing come to, one after the other, exactly. The amount of a trade is by how much the
/// rounded sum grows with it: what one rounding gives, the next takes back. So the amounts of any trades that follow
/// each other, as those of an order do, are together within one minor unit of what they are exactly, however many
/// they are, and all of them within half of one.
#[derive(Debug, Default)]
pub struct RunningSum {
    /// Quantity times price so far, in millionths of a minor unit.
    exact_micro: i128,
    /// The amounts given out so far.
    rounded: i128,
}

impl RunningSum {
    /// Adds a trade, and gives its amount in minor units. Within the bounds of orders it is below 2^47.
    pub fn add(&mut self, quantity_wh: u64, price: i64) -> i64 {
        self.exact_micro = self
            .exact_micro
            .saturating_add(i128::from(quantity_wh).saturating_mul(i128::from(price)));
        let rounded = divide_half_even(self.exact_micro, WH_PER_MWH);
        let amount = rounded.saturating_sub(self.rounded);
        self.rounded = rounded;
        i64::try_from(amount).unwrap_or(if amount < 0 { i64::MIN } else { i64::MAX })
    }
}
