//! `waybill recall`: everything that a thing affects, and where it is now.

use std::collections::{BTreeMap, BTreeSet};

use clap::Args;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::ScopeArguments;
use super::fetch::{Page, all_pages};
use crate::cli::member_arguments::NodeArguments;
use crate::cli::output::{Output, counted, table};
use crate::cli::{Exit, Failure};

/// Most things of a place that a person is shown.
const MAX_SHOWN_THINGS: usize = 3;

/// Options of `waybill recall`.
#[derive(Args, Debug)]
#[command(
    after_help = "Follows a thing forward through everything that was made of it, and tells for \
    each place who holds what is there, as far as custody was claimed, and what it is: single objects by where they, or the containers they are in, were \
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
    next: Option<usize>,
}

#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
struct AffectedReport {
    id: String,
    depth: u32,
    class: bool,
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
    index: u64,
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
}

impl Page for RecallReport {
    fn height(&self) -> u64 {
        self.height
    }

    fn next(&self) -> Option<usize> {
        self.next
    }
}

/// What is at a place.
#[derive(Debug, Default, Serialize)]
struct PlaceSummary {
    place: Option<String>,
    #[serde(rename = "inTransit")]
    in_transit: bool,
    /// Single objects.
    objects: Vec<String>,
    /// Lots and classes, with amount and unit.
    lots: Vec<String>,
    /// The members that hold any of these, as far as custody tells.
    holders: BTreeSet<String>,
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
    let rows: Vec<_> = places.iter().map(row).collect();
    let mut text = table(&["place", "held by", "objects", "lots", "such as"], &rows);
    text.push_str(&format!(
        "\naffected: {} in {}; used up, gone, or never seen anywhere: {gone}; at height {height}\n",
        counted(affected.len(), "thing"),
        counted(places.len(), "place")
    ));
    for one in unknown.iter().take(MAX_SHOWN_THINGS) {
        let cause = one.cause.as_deref().unwrap_or_default();
        text.push_str(&format!("{}: {cause}\n", one.id));
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
        arguments.id,
        arguments.nodes.hint()
    ));
    Ok(Exit::Success)
}

fn by_place(affected: &[AffectedReport]) -> Vec<PlaceSummary> {
    let mut places: BTreeMap<(Option<&str>, bool), PlaceSummary> = BTreeMap::new();
    for thing in affected {
        if let Some(presence) = &thing.presence {
            let key = (presence.place.as_deref(), presence.in_transit);
            let summary = places.entry(key).or_default();
            summary.objects.push(thing.id.clone());
            summary.holders.extend(holder(thing));
            let disputed = thing.disputed.iter();
            summary
                .holders
                .extend(disputed.filter_map(|held| of_part(Some(held), true)));
        }
        for balance in &thing.balances {
            let key = (balance.place.as_deref(), balance.in_transit);
            let uom = balance.uom.as_deref().unwrap_or("pieces");
            let amount = format!("{} {uom}", balance.quantity);
            let summary = places.entry(key).or_default();
            summary
                .lots
                .push(lot(&amount, &thing.id, &balance.containers));
            let held = of_part(balance.holder.as_ref(), balance.disputed);
            summary.holders.extend(held.or_else(|| holder(thing)));
        }
        for found in &thing.unquantified {
            let key = (found.place.as_deref(), found.in_transit);
            let summary = places.entry(key).or_default();
            summary
                .lots
                .push(lot("an untold amount", &thing.id, &found.containers));
            let held = of_part(found.holder.as_ref(), found.disputed);
            summary.holders.extend(held.or_else(|| holder(thing)));
        }
    }
    places
        .into_iter()
        .map(|((place, in_transit), summary)| PlaceSummary {
            place: place.map(str::to_owned),
            in_transit,
            ..summary
        })
        .collect()
}

/// Who holds a container, and with it what is in there unless that is disputed.
fn of_part(holder: Option<&HolderReport>, is_disputed: bool) -> Option<String> {
    let note = if is_disputed { " (disputed)" } else { "" };
    holder.map(|holder| format!("{}{note}", holder.member))
}

fn holder(thing: &AffectedReport) -> Option<String> {
    thing.holder.as_ref().map(|holder| holder.member.clone())
}

/// Some of a lot, and the container that it is in.
fn lot(amount: &str, id: &str, containers: &[String]) -> String {
    match containers.first() {
        Some(container) => format!("{amount} of {id} in {container}"),
        None => format!("{amount} of {id}"),
    }
}

fn row(place: &PlaceSummary) -> Vec<String> {
    let name = match (&place.place, place.in_transit) {
        (Some(place), true) => format!("left {place}"),
        (Some(place), false) => place.clone(),
        (None, true) => "on its way".to_owned(),
        (None, false) => "no place is told".to_owned(),
    };
    let mut such = place.lots.clone();
    such.extend(place.objects.iter().cloned());
    such.truncate(MAX_SHOWN_THINGS);
    let holders: Vec<&str> = place.holders.iter().map(String::as_str).collect();
    vec![
        name,
        holders.join(", "),
        place.objects.len().to_string(),
        place.lots.len().to_string(),
        such.join(", "),
    ]
}
