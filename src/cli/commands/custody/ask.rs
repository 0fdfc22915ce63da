//! Asking who holds goods.

use serde::de::DeserializeOwned;

use super::report::{
    CarrierReport, ChainReport, CustodyReport, HolderReport, LinkReport, OpenProposalReport,
    OpenReport,
};
use super::{ChainArguments, OpenArguments, ShowArguments};
use crate::cli::client::{NodeClient, escape, escape_value};
use crate::cli::files::shell_word;
use crate::cli::member_arguments::{NodeArguments, now};
use crate::cli::output::{Output, counted, table};
use crate::cli::{Exit, Failure};
use crate::types::Timestamp;

/// Items on a page.
const PAGE: usize = 1_000;

/// Most pages that are read: a hundred thousand items.
const MAX_PAGES: usize = 100;

/// Shows who holds a thing.
///
/// # Errors
/// [`Failure`].
pub(super) async fn show(arguments: &ShowArguments, output: &Output) -> Result<Exit, Failure> {
    let mut query = Vec::new();
    query.extend(arguments.at.map(|at| format!("at={at}")));
    let height = arguments.as_of_height;
    query.extend(height.map(|height| format!("as_of_height={height}")));
    let before = arguments.event_time_before;
    query.extend(before.map(|time| format!("event_time_before={time}")));
    let mark = if query.is_empty() { "" } else { "?" };
    let path = &format!(
        "/v1/custody/{}{mark}{}",
        escape(&arguments.id),
        query.join("&")
    );
    let report: CustodyReport = get(&arguments.nodes, path).await?;
    output.report(&report, |report| Ok(describe(report)))?;
    let hint = arguments.nodes.hint();
    output.next(&match &report.holder {
        Some(holder) => format!("waybill proof get {}{hint}", holder.since),
        None => format!(
            "waybill custody claim {} --member ME --key FILE{hint}",
            shell_word(&arguments.id)
        ),
    });
    Ok(Exit::Success)
}

async fn get<T: DeserializeOwned>(nodes: &NodeArguments, path: &str) -> Result<T, Failure> {
    let ask = |client: NodeClient| async move { client.json::<T>(path).await };
    Ok(nodes.first(ask).await?)
}

pub(super) fn describe(report: &CustodyReport) -> String {
    let mut text = match &report.holder {
        None => format!("nobody has claimed {}\n", report.thing),
        Some(holder) => format!("{} is held by {}\n", report.thing, held(holder)),
    };
    let proposed = report.own.as_ref().and_then(|own| own.proposed.as_ref());
    if let Some(proposed) = proposed {
        text.push_str(&format!(
            "it is proposed to {} by entry {}, open\n",
            proposed.to, proposed.index
        ));
    }
    if let Some(own) = report.own.as_ref().filter(|_| report.own_disputed) {
        text.push_str(&format!(
            "disputed: {} has it by its own name since entry {}, when another had got it with a container\n",
            own.member, own.since
        ));
    }
    if let Some(ended) = &report.ended {
        let entry = ended.entries.first();
        let entry = entry.map_or(String::new(), |entry| format!(" (entry {entry})"));
        text.push_str(&format!(
            "it was used up or is gone since {}{entry}, by the events\n",
            ended.time
        ));
    }
    if !report.goes_along_with.is_empty() {
        let containers = report.goes_along_with.join(", in ");
        text.push_str(&format!("it goes along with {containers}\n"));
    }
    if !report.containers.is_empty() {
        let by_name = |holder: Option<&HolderReport>, note: &str| match holder {
            None => "nobody".to_owned(),
            Some(holder) => {
                let via = holder
                    .via
                    .as_ref()
                    .map_or(String::new(), |via| format!(", with {via}"));
                format!("{} since entry {}{via}{note}", holder.member, holder.since)
            }
        };
        let mut rows = vec![vec![
            report.thing.clone(),
            "itself".to_owned(),
            String::new(),
            String::new(),
            by_name(report.own.as_ref(), ""),
        ]];
        rows.extend(report.containers.iter().map(|container| {
            let note = if container.disputed {
                " (disputed)"
            } else {
                ""
            };
            vec![
                container.id.clone(),
                format!("{} of entry {}", container.kind, container.index),
                container.since.clone(),
                amount(container),
                by_name(container.holder.as_ref(), note),
            ]
        }));
        text.push('\n');
        text.push_str(&table(
            &["by the name", "inside by", "since", "amount", "held by"],
            &rows,
        ));
        if report.more_containers {
            text.push_str("and in more containers\n");
        }
        if report.class {
            text.push_str("what is in a container is held with it\n");
        }
        if report.containers.iter().any(|it| it.disputed) {
            text.push_str("disputed: another than the holder put it in there, or claimed the container with it\n");
        }
    }
    text.push_str(&format!("\nat height {}\n", report.height));
    text
}

/// How much of a lot is in a container.
fn amount(container: &CarrierReport) -> String {
    let amount = container.quantity.iter().chain(&container.uom);
    amount.map(String::as_str).collect::<Vec<_>>().join(" ")
}

fn held(holder: &HolderReport) -> String {
    let mut text = format!(
        "{} since {} (entry {})",
        holder.member, holder.time, holder.since
    );
    if let Some(container) = &holder.via {
        text.push_str(&format!(", with {container}"));
    }
    text
}

/// Shows how a thing changed hands.
///
/// # Errors
/// [`Failure`].
pub(super) async fn chain(arguments: &ChainArguments, output: &Output) -> Result<Exit, Failure> {
    let id = escape(&arguments.id);
    let mut height = arguments.as_of_height;
    let mut whole: Option<ChainReport> = None;
    let mut after = Some(String::new());
    for _ in 0..MAX_PAGES {
        let Some(from) = after.take() else {
            break;
        };
        let as_of = height.map_or(String::new(), |height| format!("&as_of_height={height}"));
        let before = arguments.event_time_before;
        let before = before.map_or(String::new(), |time| format!("&event_time_before={time}"));
        let path = &format!("/v1/custody/chain/{id}?limit={PAGE}{from}{as_of}{before}");
        let page: ChainReport = get(&arguments.nodes, path).await?;
        // The ledger goes on; the answer does not.
        height = Some(page.height);
        let next = page.next.as_deref();
        after = next.map(|next| format!("&after={}", escape_value(next)));
        match &mut whole {
            None => whole = Some(page),
            Some(whole) => whole.links.extend(page.links),
        }
    }
    let Some(chain) = whole.filter(|_| after.is_none()) else {
        return Err(Failure::new(
            Exit::Refused,
            "the chain is too long",
            format!("there are more than {MAX_PAGES} pages of it"),
            "ask for it page by page: GET /v1/custody/chain/ID",
        ));
    };
    output.report(&chain, |chain| Ok(describe_chain(chain)))?;
    if let Some(last) = chain.links.last() {
        let index = last
            .ended
            .as_ref()
            .map_or(last.signed.index, |end| end.index);
        output.next(&format!(
            "waybill proof get {index}{}",
            arguments.nodes.hint()
        ));
    }
    Ok(Exit::Success)
}

pub(super) fn describe_chain(chain: &ChainReport) -> String {
    let rows: Vec<_> = chain.links.iter().map(row).collect();
    let header = [
        "",
        "what",
        "from",
        "to",
        "by entry",
        "then held by",
        "notes",
    ];
    let mut text = table(&header, &rows);
    text.push_str(&format!(
        "\n{} in the chain of {} at height {}\n",
        counted(chain.links.len(), "link"),
        chain.thing,
        chain.height
    ));
    text
}

fn row(link: &LinkReport) -> Vec<String> {
    let mut entries = link.signed.index.to_string();
    let mut notes = Vec::new();
    if let Some(ended) = &link.ended {
        entries.push_str(&format!(", {}", ended.index));
        notes.extend(ended.reason.clone());
        notes.push(ended.time.clone());
    } else {
        notes.push(link.signed.time.clone());
    }
    let place = link.ended.as_ref().and_then(|ended| ended.place.as_ref());
    notes.extend(
        place
            .or(link.place.as_ref())
            .map(|place| format!("at {place}")),
    );
    let of_end = link
        .ended
        .as_ref()
        .and_then(|ended| ended.evidence.as_ref());
    for evidence in link.evidence.iter().chain(of_end) {
        notes.extend(
            evidence
                .document
                .as_ref()
                .map(|digest| format!("document {digest}")),
        );
        notes.extend(evidence.entry.map(|entry| format!("see entry {entry}")));
    }
    if let (None, Some(expires)) = (&link.ended, &link.expires) {
        notes.push(format!("until {expires}"));
    }
    vec![
        link.number.to_string(),
        link.status.clone(),
        link.from.clone().unwrap_or_default(),
        link.to.clone(),
        entries,
        link.holder.clone(),
        notes.join("; "),
    ]
}

/// Shows the open proposals of a member.
///
/// # Errors
/// [`Failure`].
pub(super) async fn open(arguments: &OpenArguments, output: &Output) -> Result<Exit, Failure> {
    let member = &arguments.member;
    let mut height = arguments.as_of_height;
    let mut whole: Option<OpenReport> = None;
    let mut after = Some(String::new());
    for _ in 0..MAX_PAGES {
        let Some(from) = after.take() else {
            break;
        };
        let as_of = height.map_or(String::new(), |height| format!("&as_of_height={height}"));
        let path = &format!("/v1/custody/proposals?member={member}&limit={PAGE}{from}{as_of}");
        let page: OpenReport = get(&arguments.nodes, path).await?;
        // The ledger goes on; the answer does not.
        height = Some(page.height);
        let next = page.next;
        match &mut whole {
            None => whole = Some(page),
            Some(whole) => whole.proposals.extend(page.proposals),
        }
        after = next.map(|next| format!("&after={next}"));
    }
    let Some(report) = whole.filter(|_| after.is_none()) else {
        return Err(Failure::new(
            Exit::Refused,
            "the open proposals are too many",
            format!("there are more than {MAX_PAGES} pages of them"),
            "ask for them page by page: GET /v1/custody/proposals",
        ));
    };
    let clock = arguments.as_of_height.is_none().then(now);
    output.report(&report, |report| Ok(describe_open(report, clock)))?;
    let to_answer = report
        .proposals
        .iter()
        .find(|open| clock.is_some_and(|clock| !is_past(open, clock)) && open.to == report.member);
    if let Some(open) = to_answer {
        output.next(&format!(
            "waybill custody accept {} --member {member} --key FILE{}",
            open.index,
            arguments.nodes.hint()
        ));
    }
    Ok(Exit::Success)
}

/// Whether its time is up though the ledger has not come so far yet: it ends with the next block.
fn is_past(open: &OpenProposalReport, clock: Timestamp) -> bool {
    Timestamp::parse_rfc3339(&open.expires).is_ok_and(|expires| expires <= clock)
}

/// The table of open proposals. `clock` is now, if the answer is of the last height.
pub(super) fn describe_open(report: &OpenReport, clock: Option<Timestamp>) -> String {
    if report.proposals.is_empty() {
        return format!("{} has no open proposals\n", report.member);
    }
    let rows: Vec<_> = report
        .proposals
        .iter()
        .map(|open| {
            let first = open.things.first().cloned().unwrap_or_default();
            let things = match open.thing_count {
                0 | 1 => first,
                count => format!("{first} and {} more", count - 1),
            };
            vec![
                open.index.to_string(),
                open.from.clone(),
                open.to.clone(),
                things,
                match clock.is_some_and(|clock| is_past(open, clock)) {
                    true => format!("{}: expires with the next block", open.expires),
                    false => open.expires.clone(),
                },
            ]
        })
        .collect();
    let mut text = table(&["proposal", "from", "to", "things", "until"], &rows);
    text.push_str(&format!(
        "\n{} at height {}\n",
        counted(report.proposals.len(), "open proposal"),
        report.height
    ));
    text
}
