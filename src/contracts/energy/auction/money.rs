//! Money, with its one rounding.

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

/// What an amount of energy costs, in minor units: quantity times price per MWh, rounded half to even. Within the
/// bounds of orders it is below 2^47.
pub fn amount(quantity_wh: u64, price: i64) -> i64 {
    let exact = i128::from(quantity_wh) * i128::from(price);
    let rounded = divide_half_even(exact, WH_PER_MWH);
    i64::try_from(rounded).unwrap_or(if rounded < 0 { i64::MIN } else { i64::MAX })
}
