//! Supply and demand as a picture.

use std::fmt::Write as _;

use super::report::{IntervalReport, LevelReport};
use super::show::price_unit;
use crate::cli::xml_text::escape;

/// Sizes in pixels.
const WIDTH: i128 = 640;
const HEIGHT: i128 = 360;
const MARGIN: i128 = 60;

/// Draws the book of an interval. It stands by itself: no script, font or picture is fetched.
pub(super) fn draw(interval: &IntervalReport) -> String {
    let (demand, supply) = (&interval.demand, &interval.supply);
    let prices = demand
        .iter()
        .chain(supply)
        .map(|level| i128::from(level.price));
    let low = prices.clone().min().unwrap_or(0);
    let span = (prices.max().unwrap_or(1) - low).max(1);
    let total = |levels: &[LevelReport]| {
        levels
            .iter()
            .map(|level| i128::from(level.quantity_wh))
            .sum::<i128>()
    };
    let most = total(demand).max(total(supply)).max(1);
    let x = |wh: i128| MARGIN + wh * WIDTH / most;
    let y = |price: i64| MARGIN + HEIGHT - (i128::from(price) - low) * HEIGHT / span;
    let (full_width, full_height) = (WIDTH + 2 * MARGIN, HEIGHT + 2 * MARGIN);
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{full_width}\" height=\"{full_height}\" \
         viewBox=\"0 0 {full_width} {full_height}\" font-family=\"sans-serif\" font-size=\"12\">\n\
         <title>{} {}</title>\n<rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n",
        escape(&interval.area),
        escape(&interval.delivery_start)
    );
    let bottom = MARGIN + HEIGHT;
    let _ = writeln!(
        svg,
        "<path d=\"M{MARGIN} {MARGIN} V{bottom} H{}\" fill=\"none\" stroke=\"#334\"/>\n\
         <text x=\"{}\" y=\"{}\" text-anchor=\"end\">{most} Wh</text>\n\
         <text x=\"{MARGIN}\" y=\"{}\">{}</text>",
        MARGIN + WIDTH,
        MARGIN + WIDTH,
        bottom + 30,
        MARGIN - 20,
        escape(&price_unit(interval))
    );
    for (levels, colour, name) in [(demand, "#1a6fb5", "demand"), (supply, "#c45a1a", "supply")] {
        let mut path = String::new();
        let mut wh = 0;
        for level in levels {
            let command = if path.is_empty() { 'M' } else { 'L' };
            let _ = write!(path, "{command}{} {} ", x(wh), y(level.price));
            wh += i128::from(level.quantity_wh);
            let _ = write!(path, "L{} {} ", x(wh), y(level.price));
        }
        if !path.is_empty() {
            let _ = writeln!(
                svg,
                "<path d=\"{}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"2\"><title>{name}</title></path>",
                path.trim_end()
            );
        }
        for level in levels {
            let _ = writeln!(
                svg,
                "<text x=\"{}\" y=\"{}\" text-anchor=\"end\" fill=\"{colour}\">{}</text>",
                MARGIN - 6,
                y(level.price) + 4,
                level.price
            );
        }
    }
    if let Some(clearing) = &interval.clearing
        && let Some(price) = clearing.price
    {
        let (end, at) = (x(i128::from(clearing.quantity_wh)), y(price));
        let _ = writeln!(
            svg,
            "<path d=\"M{MARGIN} {at} H{end} V{bottom}\" fill=\"none\" stroke=\"#666\" \
             stroke-dasharray=\"4 4\"><title>{price} for {} Wh</title></path>",
            clearing.quantity_wh
        );
    }
    svg.push_str("</svg>\n");
    svg
}
