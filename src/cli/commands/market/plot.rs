//! Supply and demand, drawn with letters.

use super::report::{IntervalReport, LevelReport};

/// Columns and rows of the drawing.
const WIDTH: u64 = 60;
const HEIGHT: i64 = 14;

/// Draws the book of an interval: d is demand, s is supply, x is both, and a line of dots is the price. Nothing
/// is drawn of an empty book.
pub(super) fn draw(interval: &IntervalReport) -> String {
    let (demand, supply) = (&interval.demand, &interval.supply);
    let prices = demand.iter().chain(supply).map(|level| level.price);
    let (Some(low), Some(high)) = (prices.clone().min(), prices.max()) else {
        return String::new();
    };
    let total = |levels: &[LevelReport]| {
        let quantities = levels.iter().map(|level| level.quantity_wh);
        quantities.fold(0, u64::saturating_add)
    };
    let most = total(demand).max(total(supply)).max(1);
    let row = |price: i64| {
        let span = (i128::from(high) - i128::from(low)).max(1);
        let up = (i128::from(price) - i128::from(low)) * i128::from(HEIGHT - 1) / span;
        i64::try_from(up).unwrap_or(0)
    };
    let clearing = interval.clearing.as_ref().and_then(|c| c.price).map(row);
    let mut text = String::from("\n");
    for line in (0..HEIGHT).rev() {
        let label = match line {
            line if line == HEIGHT - 1 => high.to_string(),
            0 => low.to_string(),
            _ => String::new(),
        };
        text.push_str(&format!("{label:>11} |"));
        for column in 0..WIDTH {
            // The middle of the column.
            let wh = u64::try_from(
                u128::from(most) * (2 * u128::from(column) + 1) / (2 * u128::from(WIDTH)),
            );
            let wh = wh.unwrap_or(most);
            let is_at = |levels: &[LevelReport]| price_at(levels, wh).map(row) == Some(line);
            text.push(match (is_at(demand), is_at(supply)) {
                (true, true) => 'x',
                (true, false) => 'd',
                (false, true) => 's',
                (false, false) if clearing == Some(line) => '.',
                (false, false) => ' ',
            });
        }
        let end = text.trim_end_matches(' ').len();
        text.truncate(end);
        text.push('\n');
    }
    text.push_str(&format!(
        "{:>11} +{}\n{:>13}{:>width$}\n",
        "",
        "-".repeat(WIDTH as usize),
        "0",
        format!("{most} Wh"),
        width = WIDTH as usize - 1
    ));
    text
}

/// The price of the level that holds a watt-hour, counted from the best price on.
fn price_at(levels: &[LevelReport], wh: u64) -> Option<i64> {
    let mut before = 0_u64;
    for level in levels {
        before = before.saturating_add(level.quantity_wh);
        if wh < before {
            return Some(level.price);
        }
    }
    None
}
