//! Exact decimal numbers, read from text and never through floating point.

use std::cmp::Ordering;
use std::fmt;

use thiserror::Error;

#[cfg(test)]
mod tests;

/// Most decimal digits, before and after the point together: 10^38 fits an `i128`. Also the largest scale.
pub const MAX_DIGITS: u8 = 38;

/// Longest text that is looked at, in bytes. 38 digits, sign, point and exponent need some fifty; the rest
/// is room for redundant zeros.
pub const MAX_TEXT_BYTES: usize = 128;

/// A decimal number: `mantissa / 10^scale`, with no trailing zero in the fraction, so that equal values are
/// equal structures. Zero is `0 / 10^0`; there is no negative zero.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Decimal {
    mantissa: i128,
    scale: u8,
}

/// Why a text is not a decimal number within limits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum DecimalError {
    /// The text does not follow the grammar.
    #[error("not a decimal number")]
    Syntax,
    /// The text is longer than [`MAX_TEXT_BYTES`].
    #[error("a number of {length_bytes} bytes, at most {MAX_TEXT_BYTES} are accepted")]
    TooLong {
        /// Length of the text.
        length_bytes: usize,
    },
    /// The value needs more than [`MAX_DIGITS`] digits before or after the decimal point.
    #[error("a number with more than {MAX_DIGITS} digits")]
    TooManyDigits,
}

impl Decimal {
    /// Zero.
    pub const ZERO: Self = Self {
        mantissa: 0,
        scale: 0,
    };

    /// Reads the text of a JSON number (RFC 8259 section 6), with or without an exponent.
    ///
    /// # Errors
    /// [`DecimalError`] when the text does not match that grammar or the value needs too many digits.
    pub fn from_json_number(text: &str) -> Result<Self, DecimalError> {
        let parts = Parts::split(text)?;
        let leading_zero = parts.integer.len() > 1 && parts.integer.starts_with('0');
        if parts.plus
            || leading_zero
            || parts.integer.is_empty()
            || parts.fraction.is_some_and(str::is_empty)
        {
            return Err(DecimalError::Syntax);
        }
        parts.value()
    }

    /// Reads the lexical form of `xsd:decimal` (XML Schema 1.1 Part 2, section 3.3.3): an optional sign, digits,
    /// and a point with digits on at least one side of it; no exponent.
    ///
    /// # Errors
    /// [`DecimalError`] when the text does not match that grammar or the value needs too many digits.
    pub fn from_xsd_decimal(text: &str) -> Result<Self, DecimalError> {
        let parts = Parts::split(text)?;
        let no_digit = parts.integer.is_empty() && parts.fraction.is_none_or(str::is_empty);
        if parts.exponent.is_some() || no_digit {
            return Err(DecimalError::Syntax);
        }
        parts.value()
    }

    /// The number `mantissa / 10^scale`, if these are the parts of its only form.
    #[must_use]
    pub fn from_parts(mantissa: i128, scale: u8) -> Option<Self> {
        let most = power_of_ten(MAX_DIGITS)?;
        let fits = scale <= MAX_DIGITS && mantissa.unsigned_abs() < most.unsigned_abs();
        let is_shortest = scale == 0 || mantissa % 10 != 0;
        (fits && is_shortest).then_some(Self { mantissa, scale })
    }

    /// The sum, if it has no more digits than a number may have.
    #[must_use]
    pub fn checked_add(self, other: Self) -> Option<Self> {
        let scale = self.scale.max(other.scale);
        let sum = self
            .to_scaled_integer(scale)?
            .checked_add(other.to_scaled_integer(scale)?)?;
        let sum = Self::normalised(sum, scale);
        Self::from_parts(sum.mantissa, sum.scale)
    }

    /// The product, if it has no more digits than a number may have.
    #[must_use]
    pub fn checked_mul(self, other: Self) -> Option<Self> {
        let product = self.mantissa.checked_mul(other.mantissa)?;
        let product = Self::normalised(product, self.scale.checked_add(other.scale)?);
        Self::from_parts(product.mantissa, product.scale)
    }

    /// The difference, if it has no more digits than a number may have.
    #[must_use]
    pub fn checked_sub(self, other: Self) -> Option<Self> {
        self.checked_add(other.negated())
    }

    /// The number with the other sign.
    #[must_use]
    pub fn negated(self) -> Self {
        Self {
            mantissa: -self.mantissa,
            scale: self.scale,
        }
    }

    /// The number without its decimal point.
    #[must_use]
    pub fn mantissa(self) -> i128 {
        self.mantissa
    }

    /// How many digits stand after the decimal point, at most [`MAX_DIGITS`].
    #[must_use]
    pub fn scale(self) -> u8 {
        self.scale
    }

    /// Whether the number is below zero.
    #[must_use]
    pub fn is_negative(self) -> bool {
        self.mantissa < 0
    }

    /// The number times 10^`scale` if that is a whole number within `i128`: how a quantity becomes an amount
    /// in a fixed unit.
    #[must_use]
    pub fn to_scaled_integer(self, scale: u8) -> Option<i128> {
        let missing = scale.checked_sub(self.scale)?;
        self.mantissa.checked_mul(power_of_ten(missing)?)
    }

    /// Brings `mantissa / 10^scale` to its unique form.
    fn normalised(mut mantissa: i128, mut scale: u8) -> Self {
        while scale > 0 && mantissa % 10 == 0 {
            mantissa /= 10;
            scale -= 1;
        }
        Self { mantissa, scale }
    }

    /// Whole part, rounded towards minus infinity, and the rest over 10^scale.
    fn split(self) -> (i128, i128) {
        let unit = power_of_ten(self.scale).unwrap_or(1);
        (
            self.mantissa.div_euclid(unit),
            self.mantissa.rem_euclid(unit),
        )
    }
}

impl From<i64> for Decimal {
    fn from(whole: i64) -> Self {
        Self {
            mantissa: i128::from(whole),
            scale: 0,
        }
    }
}

impl Ord for Decimal {
    fn cmp(&self, other: &Self) -> Ordering {
        let (own_whole, own_rest) = self.split();
        let (other_whole, other_rest) = other.split();
        // A rest is below 10^scale, so raised to the larger of two scales it stays below 10^38.
        let scale = self.scale.max(other.scale);
        let raised = |rest: i128, from: u8| rest * power_of_ten(scale - from).unwrap_or(1);
        own_whole
            .cmp(&other_whole)
            .then_with(|| raised(own_rest, self.scale).cmp(&raised(other_rest, other.scale)))
    }
}

impl PartialOrd for Decimal {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// The canonical text: no exponent, no trailing zeros, no plus sign, a digit before the point (CBV 2.0
/// event hash, rule 6).
impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.is_negative() { "-" } else { "" };
        let magnitude = self.mantissa.unsigned_abs();
        let unit = 10_u128.pow(u32::from(self.scale));
        let (whole, rest) = (magnitude / unit, magnitude % unit);
        if self.scale == 0 {
            write!(f, "{sign}{whole}")
        } else {
            write!(
                f,
                "{sign}{whole}.{rest:0width$}",
                width = usize::from(self.scale)
            )
        }
    }
}

/// 10^`exponent` for an exponent up to [`MAX_DIGITS`].
fn power_of_ten(exponent: u8) -> Option<i128> {
    10_i128.checked_pow(u32::from(exponent))
}

/// The parts of a number's text, each checked to be digits.
struct Parts<'a> {
    negative: bool,
    plus: bool,
    integer: &'a str,
    fraction: Option<&'a str>,
    exponent: Option<&'a str>,
}

impl<'a> Parts<'a> {
    fn split(text: &'a str) -> Result<Self, DecimalError> {
        if text.len() > MAX_TEXT_BYTES {
            return Err(DecimalError::TooLong {
                length_bytes: text.len(),
            });
        }
        let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
        let (decimal, exponent) = match unsigned.split_once(['e', 'E']) {
            Some((decimal, exponent)) => (decimal, Some(exponent)),
            None => (unsigned, None),
        };
        let (integer, fraction) = match decimal.split_once('.') {
            Some((integer, fraction)) => (integer, Some(fraction)),
            None => (decimal, None),
        };
        let all_digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
        let exponent_ok = exponent.is_none_or(|exponent| {
            let digits = exponent.strip_prefix(['-', '+']).unwrap_or(exponent);
            !digits.is_empty() && all_digits(digits)
        });
        if !all_digits(integer) || !all_digits(fraction.unwrap_or_default()) || !exponent_ok {
            return Err(DecimalError::Syntax);
        }
        Ok(Self {
            negative: text.starts_with('-'),
            plus: text.starts_with('+'),
            integer,
            fraction,
            exponent,
        })
    }

    /// Resolves sign, point and exponent.
    fn value(&self) -> Result<Decimal, DecimalError> {
        let fraction = self.fraction.unwrap_or_default().trim_end_matches('0');
        let mut mantissa: i128 = 0;
        for digit in self.integer.bytes().chain(fraction.bytes()) {
            mantissa = mantissa
                .checked_mul(10)
                .and_then(|tens| tens.checked_add(i128::from(digit - b'0')))
                .ok_or(DecimalError::TooManyDigits)?;
        }
        if mantissa == 0 {
            return Ok(Decimal::ZERO);
        }
        if self.negative {
            mantissa = -mantissa;
        }
        let fraction_digits =
            i64::try_from(fraction.len()).map_err(|_| DecimalError::TooManyDigits)?;
        let exponent: i64 = match self.exponent {
            None => 0,
            // More digits than an i64 holds is far beyond any scale that could be accepted.
            Some(exponent) => exponent.parse().map_err(|_| DecimalError::TooManyDigits)?,
        };
        let mut scale = fraction_digits
            .checked_sub(exponent)
            .ok_or(DecimalError::TooManyDigits)?;
        while scale > 0 && mantissa % 10 == 0 {
            mantissa /= 10;
            scale -= 1;
        }
        let limit = i64::from(MAX_DIGITS);
        if !(-limit..=limit).contains(&scale) {
            return Err(DecimalError::TooManyDigits);
        }
        let scale_up = u32::try_from(-scale).unwrap_or(0);
        let mantissa = 10_i128
            .checked_pow(scale_up)
            .and_then(|power| mantissa.checked_mul(power))
            .filter(|mantissa| mantissa.unsigned_abs() < 10_u128.pow(u32::from(MAX_DIGITS)))
            .ok_or(DecimalError::TooManyDigits)?;
        Ok(Decimal::normalised(
            mantissa,
            u8::try_from(scale.max(0)).unwrap_or(MAX_DIGITS),
        ))
    }
}
