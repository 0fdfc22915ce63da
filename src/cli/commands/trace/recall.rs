//! `waybill recall`: everything that a thing affects, and where it is now.

use std::collections::{BTreeMap, BTreeSet};

use clap::Args;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::ScopeArguments;
use super::fetch::{Page, all_pages};
use crate::cli::files::shell_word;
use crate::cli::member_arguments::NodeArguments;
use crate::cli::output::{Output, counted, table};
use crate::cli::terminal_text::plain;
use crate::cli::{Exit, Failure};

/// Most things of a place that a person is shown.
const MAX_SHOWN_THINGS: usize = 3;

/// Options of `waybill recall`.
#[derive(Args, Debug)]
#[command(
    after_help = "Follows a thing forward through everything that was made of it, a container with what is in it, \
    and tells for each place, and for each member that holds some of what is there, what that is, and in a line of \
    its own what nobody has claimed: single objects by where they, or the containers they are in, were \
    seen last; lots by what was made, used up, sent and received, and where they were seen last if \
    no event tells how much. What is used up or gone is counted at the end.\n\nExamples:\n  \
    waybill recall urn:epc:class:lgtin:9521001.011234.GOA-25-04\n  \
    waybill recall ID --json | jq '.places[].place'"
)]
pub struct RecallArguments {
    /// EPC URN, GS1 Digital Link or another URI
    id: String,
    #[command(flatten)]
    scope: ScopeArguments,
    #[command(flatten)]
    nodes: NodeArguments,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct RecallReport {
    height: u64,
    thing: String,
    affected: Vec<AffectedReport>,
    complete: bool,
    next: Option<String>,
}

#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
struct AffectedReport {
    id: String,
    depth: u32,
    class: bool,
    relation: String,
    entries: Vec<u64>,
    more_entries: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    ended: Option<EndReport>,
    presence: Option<PresenceReport>,
    #[serde(skip_serializing_if = "Option::is_none")]
    holder: Option<HolderReport>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    disputed: Vec<HolderReport>,
    balances: Vec<BalanceReport>,
    unquantified: Vec<UnquantifiedReport>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cause: Option<String>,
}

/// How it came to its end.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
struct EndReport {
    time: String,
    entries: Vec<u64>,
    more_entries: bool,
}

impl AffectedReport {
    fn is_located(&self) -> bool {
        self.presence.is_some() || !self.balances.is_empty() || !self.unquantified.is_empty()
    }
}

/// Who holds it.
#[derive(Clone, Debug, Deserialize, Serialize)]
struct HolderReport {
    member: String,
    /// The entry that says so.
    since: u64,
    time: String,
    /// The container that it is held with.
    #[serde(skip_serializing_if = "Option::is_none")]
    via: Option<String>,
}

#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
struct PresenceReport {
    place: Option<String>,
    in_transit: bool,
    containers: Vec<String>,
    time: String,
    index: u64,
    entries: Vec<u64>,
    more_entries: bool,
}

#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
struct BalanceReport {
    place: Option<String>,
    in_transit: bool,
    containers: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    holder: Option<HolderReport>,
    #[serde(default)]
    disputed: bool,
    quantity: String,
    uom: Option<String>,
    entries: Vec<u64>,
    more_entries: bool,
}

#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
struct UnquantifiedReport {
    place: Option<String>,
    in_transit: bool,
    containers: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    holder: Option<HolderReport>,
    #[serde(default)]
    disputed: bool,
    time: String,
    index: u64,
    entries: Vec<u64>,
    more_entries: bool,
}

impl Page for RecallReport {
    fn height(&self) -> u64 {
        self.height
    }

    fn next(&self) -> Option<&str> {
        self.next.as_deref()
    }

    fn count(&self) -> usize {
        self.affected.len()
    }
}

/// What one member holds at a place, or what nobody holds there.
#[derive(Debug, Default, Serialize)]
struct PlaceSummary {
    place: Option<String>,
    #[serde(rename = "inTransit")]
    in_transit: bool,
    /// Single objects.
    objects: BTreeSet<String>,
    /// Lots and classes, with amount and unit.
    lots: BTreeSet<String>,
    /// The member that holds all of these; absent if nobody has claimed any of them.
    #[serde(skip_serializing_if = "Option::is_none")]
    holder: Option<String>,
    /// Other members, whose containers some of the objects are said to be in.
    #[serde(rename = "disputedBy", skip_serializing_if = "BTreeSet::is_empty")]
    disputed_by: BTreeSet<String>,
    /// Whether somebody else than the holder of a lot put some of it where it is.
    #[serde(rename = "disputed")]
    has_disputed_parts: bool,
}

/// Runs the command.
///
/// # Errors
/// [`Failure`].
pub async fn run(arguments: &RecallArguments, output: &Output) -> Result<Exit, Failure> {
    let query = arguments.scope.query();
    let pages: Vec<RecallReport> = all_pages(
        &arguments.nodes,
        "/v1/recall/",
        &arguments.id,
        &query,
        output,
    )
    .await?;
    let complete = pages.iter().all(|page| page.complete);
    let (height, thing) = match pages.first() {
        Some(first) => (first.height, first.thing.clone()),
        None => (0, arguments.id.clone()),
    };
    let affected: Vec<AffectedReport> = pages.into_iter().flat_map(|page| page.affected).collect();
    let places = by_place(&affected);
    let unknown: Vec<&AffectedReport> = affected.iter().filter(|o| o.cause.is_some()).collect();
    let is_gone = |one: &&AffectedReport| !one.is_located() && one.cause.is_none();
    let gone = affected.iter().filter(is_gone).count();
    // What is in the recalled container and was made of something else in it is there for both.
    let things: BTreeSet<&str> = affected.iter().map(|one| &*one.id).collect();
    let rows: Vec<_> = places.iter().map(row).collect();
    let spots: BTreeSet<_> = places
        .iter()
        .map(|one| (&one.place, one.in_transit))
        .collect();
    let mut text = table(&["place", "held by", "objects", "lots", "such as"], &rows);
    text.push_str(&format!(
        "\naffected: {} in {}; used up, gone, or never seen anywhere: {gone}; at height {height}\n",
        counted(things.len(), "thing"),
        counted(spots.len(), "place")
    ));
    for one in unknown.iter().take(MAX_SHOWN_THINGS) {
        let cause = one.cause.as_deref().unwrap_or_default();
        text.push_str(&format!("{}: {}\n", plain(&one.id), plain(cause)));
    }
    if unknown.len() > MAX_SHOWN_THINGS {
        let more = unknown.len() - MAX_SHOWN_THINGS;
        text.push_str(&format!(
            "and {} of which not everything could be told\n",
            counted(more, "further thing")
        ));
    }
    if !complete {
        text.push_str("there is more than one trace follows\n");
    }
    output.result(
        &text,
        &json!({
            "height": height,
            "thing": thing,
            "places": places,
            "affected": affected,
            "gone": gone,
            "complete": complete,
        }),
    )?;
    output.next(&format!(
        "waybill trace forward {} --svg recall.svg{}",
        shell_word(&arguments.id),
        arguments.nodes.hint()
    ));
    Ok(Exit::Success)
}

/// A place, or being on the way from it, and who holds what is there.
type PlaceKey<'a> = (Option<&'a str>, bool, Option<&'a str>);

fn by_place(affected: &[AffectedReport]) -> Vec<PlaceSummary> {
    let mut places: BTreeMap<PlaceKey<'_>, PlaceSummary> = BTreeMap::new();
    for thing in affected {
        let itself = thing.holder.as_ref();
        if let Some(presence) = &thing.presence {
            let key = (
                presence.place.as_deref(),
                presence.in_transit,
                member(itself),
            );
            let summary = places.entry(key).or_default();
            summary.objects.insert(thing.id.clone());
            summary
                .disputed_by
                .extend(thing.disputed.iter().map(|held| held.member.clone()));
        }
        for balance in &thing.balances {
            let holder = balance.holder.as_ref().or(itself);
            let key = (balance.place.as_deref(), balance.in_transit, member(holder));
            let uom = balance.uom.as_deref().unwrap_or("pieces");
            let amount = format!("{} {uom}", balance.quantity);
            let lot = lot(&amount, &thing.id, &balance.containers);
            let summary = places.entry(key).or_default();
            summary.lots.insert(lot);
            summary.has_disputed_parts |= balance.disputed;
        }
        for found in &thing.unquantified {
            let holder = found.holder.as_ref().or(itself);
            let key = (found.place.as_deref(), found.in_transit, member(holder));
            let lot = lot("an untold amount", &thing.id, &found.containers);
            let summary = places.entry(key).or_default();
            summary.lots.insert(lot);
            summary.has_disputed_parts |= found.disputed;
        }
    }
    let summaries = places.into_iter();
    summaries
        .map(|((place, in_transit, holder), summary)| PlaceSummary {
            place: place.map(str::to_owned),
            in_transit,
            holder: holder.map(str::to_owned),
            ..summary
        })
        .collect()
}

fn member(holder: Option<&HolderReport>) -> Option<&str> {
    holder.map(|holder| holder.member.as_str())
}

/// Some of a lot, and the container that it is in.
fn lot(amount: &str, id: &str, containers: &[String]) -> String {
    match containers.first() {
        Some(container) => format!("{amount} of {id} in {container}"),
        None => format!("{amount} of {id}"),
    }
}

/// Who holds it, and who says so against the holder.
fn held_by(place: &PlaceSummary) -> String {
    let mut text = place.holder.clone().unwrap_or_default();
    let others: Vec<&str> = place.disputed_by.iter().map(String::as_str).collect();
    match (others.is_empty(), place.has_disputed_parts) {
        (true, false) => {}
        (true, true) => text.push_str(" (disputed)"),
        (false, _) => text.push_str(&format!(" (disputed by {})", others.join(", "))),
    }
    text
}

fn row(place: &PlaceSummary) -> Vec<String> {
    let name = match (&place.place, place.in_transit) {
        (Some(place), true) => format!("left {place}"),
        (Some(place), false) => place.clone(),
        (None, true) => "on its way".to_owned(),
        (None, false) => "no place is told".to_owned(),
    };
    let such = place.lots.iter().chain(&place.objects).cloned();
    let such: Vec<String> = such.take(MAX_SHOWN_THINGS).collect();
    vec![
        name,
        held_by(place),
        place.objects.len().to_string(),
        place.lots.len().to_string(),
        such.join(", "),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What nobody holds is not ascribed to whoever holds something else at the same place.
    #[test]
    fn a_place_has_a_row_for_each_holder() {
        let single = |id: &str, holder: Option<&str>| {
            let holder = holder.map(|member| json!({"member": member, "since": 3, "time": "t"}));
            json!({"id": id, "depth": 0, "class": false, "relation": "material", "holder": holder,
                "presence": {"place": "urn:x:shop", "inTransit": false, "containers": [],
                    "time": "t", "index": 1, "entries": [1], "moreEntries": false},
                "balances": [], "unquantified": [], "entries": [], "moreEntries": false})
        };
        let lot = json!({"id": "urn:x:lot", "depth": 0, "class": true, "relation": "material",
            "unquantified": [], "entries": [], "moreEntries": false,
            "balances": [
                {"place": "urn:x:shop", "inTransit": false, "containers": ["urn:x:pallet"],
                    "holder": {"member": "member-4", "since": 3, "time": "t"},
                    "quantity": "2", "uom": "KGM", "index": 1, "entries": [1], "moreEntries": false},
                {"place": "urn:x:shop", "inTransit": false, "containers": [],
                    "quantity": "3", "uom": "KGM", "index": 1, "entries": [1], "moreEntries": false}]});
        let affected = json!([
            single("urn:x:1", Some("member-4")),
            single("urn:x:2", None),
            single("urn:x:3", Some("member-5")),
            lot
        ]);
        let affected: Vec<AffectedReport> = serde_json::from_value(affected).unwrap();
        let places = by_place(&affected);
        let rows: Vec<_> = places
            .iter()
            .map(|place| row(place)[1..].to_vec())
            .collect();
        assert_eq!(
            rows,
            [
                ["", "1", "1", "3 KGM of urn:x:lot, urn:x:2"],
                [
                    "member-4",
                    "1",
                    "1",
                    "2 KGM of urn:x:lot in urn:x:pallet, urn:x:1"
                ],
                ["member-5", "1", "0", "urn:x:3"],
            ]
        );
    }
}
