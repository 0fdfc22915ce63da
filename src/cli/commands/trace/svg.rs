//! A trace as a picture: what was there first on the left, a column for each step.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::fmt::Write as _;

use super::report::{ThingReport, TraceReport};
use crate::cli::xml_text::escape;

/// Sizes in pixels.
const BOX_WIDTH: usize = 250;
const BOX_HEIGHT: usize = 34;
const COLUMN: usize = 340;
const ROW: usize = 46;
const MARGIN: usize = 20;

/// Characters of an identifier that fit into its box.
const SHOWN_CHARS: usize = 34;

/// Draws a trace. It stands by itself: no script, font or picture is fetched.
pub(super) fn draw(trace: &TraceReport) -> String {
    let last = trace.things.iter().map(|thing| thing.depth).max();
    let last = last.unwrap_or(0) as usize;
    let mut rows: BTreeMap<usize, usize> = BTreeMap::new();
    let mut places: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
    for thing in &trace.things {
        let depth = thing.depth as usize;
        let column = match trace.direction.as_str() {
            "back" => last - depth,
            _ => depth,
        };
        let row = rows.entry(column).or_insert(0);
        let place = (MARGIN + column * COLUMN, MARGIN + *row * ROW);
        // A thing that is material and carrier is drawn where it was found first.
        if let Entry::Vacant(vacant) = places.entry(&thing.id) {
            vacant.insert(place);
            *row += 1;
        }
    }
    let width = 2 * MARGIN + last * COLUMN + BOX_WIDTH;
    let height = 2 * MARGIN + rows.values().max().unwrap_or(&1) * ROW;
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" \
         viewBox=\"0 0 {width} {height}\" font-family=\"sans-serif\" font-size=\"12\">\n\
         <title>{}</title>\n<rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n",
        escape(&format!("trace {} of {}", trace.direction, trace.thing))
    );
    for link in &trace.links {
        let (Some(from), Some(to)) = (places.get(&*link.from), places.get(&*link.to)) else {
            continue;
        };
        let (x1, y1) = (from.0 + BOX_WIDTH, from.1 + BOX_HEIGHT / 2);
        let (x2, y2) = (to.0, to.1 + BOX_HEIGHT / 2);
        let middle = (x1 + x2) / 2;
        let dash = match link.kind.as_str() {
            "transformation" => "",
            _ => " stroke-dasharray=\"5 4\"",
        };
        let _ = writeln!(
            svg,
            "<path d=\"M{x1} {y1} C{middle} {y1} {middle} {y2} {x2} {y2}\" fill=\"none\" \
             stroke=\"#667\"{dash}><title>{}</title></path>",
            escape(&format!(
                "{} by entry {} at {}",
                link.kind, link.index, link.time
            ))
        );
    }
    for thing in &trace.things {
        if let Some(place) = places.remove(&*thing.id) {
            draw_thing(&mut svg, thing, place, thing.id == trace.thing);
        }
    }
    svg.push_str("</svg>\n");
    svg
}

fn draw_thing(svg: &mut String, thing: &ThingReport, (x, y): (usize, usize), is_asked: bool) {
    let fill = match (thing.relation.as_str(), thing.class) {
        ("carrier", _) => "#f2f2f2",
        (_, true) => "#fdf3d8",
        _ => "#e3f0fb",
    };
    let stroke = if is_asked { 3 } else { 1 };
    let skipped = thing.id.chars().count().saturating_sub(SHOWN_CHARS);
    let tail: String = thing.id.chars().skip(skipped).collect();
    let mark = if skipped > 0 { "…" } else { "" };
    let _ = writeln!(
        svg,
        "<g><title>{}</title><rect x=\"{x}\" y=\"{y}\" width=\"{BOX_WIDTH}\" \
         height=\"{BOX_HEIGHT}\" rx=\"5\" fill=\"{fill}\" stroke=\"#334\" \
         stroke-width=\"{stroke}\"/><text x=\"{}\" y=\"{}\">{mark}{}</text></g>",
        escape(&thing.id),
        x + 8,
        y + BOX_HEIGHT / 2 + 4,
        escape(&tail)
    );
}
