//! `waybill submit`: from files to records on the ledger.

use std::fmt::Write as _;
use std::time::Duration;

use clap::Args;
use futures::StreamExt as _;
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::json;

use super::sign::{ledger, prepare, sign};
use crate::cli::causes::{Cause, paragraphs};
use crate::cli::client::{ClientError, OutcomeReport, RejectedRecordReport};
use crate::cli::hints::filled;
use crate::cli::member_arguments::{
    NodeArguments, RecordArguments, SigningArguments, parse_duration,
};
use crate::cli::output::{Output, counted, table};
use crate::cli::submitting::{
    Delivery, DeliveryPlan, DeliveryState, SourceRecord, WaitingNotice, Wanted, deliver,
    why_not_seen,
};
use crate::cli::terminal_text::plain;
use crate::cli::whole_number::whole_number;
use crate::cli::{Exit, Failure};
use crate::types::MemberId;

/// Most rows that a person is shown; a script gets all.
const MAX_SHOWN_ROWS: usize = 40;

/// Options of `waybill submit`.
#[derive(Args, Debug)]
#[command(
    after_help = "Each EPCIS document is split into its events; every event is signed and \
    logged with the document's @context and exactly the text it has in the file. Records are \
    checked before anything is sent. A node that is busy is asked again when it says; what was \
    sent twice is logged once. If the ledger stands still, standard error says so after a few \
    seconds.\n\nExit code 0 if every record is on the ledger and none was rejected, 6 if some were, 5 if a node refused a submission, 4 if none could be reached, 7 if a node has a submission, or may have, and it was not committed in time: it may still be.\n\n\
    Examples:\n  \
    waybill submit --member acme --key keys/writer.key events/\n  \
    waybill submit --member acme --key keys/writer.key --url http://a:7480,http://b:7480 --json big.json\n  \
    cat event.json | waybill submit --member acme --key keys/writer.key -\n  \
    waybill submit --member acme --key keys/writer.key --kind production.run run.json"
)]
pub struct SubmitArguments {
    #[command(flatten)]
    signing: SigningArguments,
    #[command(flatten)]
    records: RecordArguments,
    #[command(flatten)]
    nodes: NodeArguments,

    /// Submissions on their way at once
    #[arg(long, value_name = "N", default_value_t = 8, value_parser = whole_number::<u16>(1..=256))]
    concurrency: u16,

    /// How long one submission may take until it is committed, retries included
    #[arg(long, value_name = "DURATION", default_value = "2m", value_parser = parse_duration)]
    timeout: Duration,

    /// Be content once a node has it, without waiting for the commit
    #[arg(long)]
    no_wait: bool,
}

/// What is said of what was not committed while somebody waited.
const NOT_IN_TIME: &str = "not committed in time";

/// What is said of what no node can have.
const NOT_SENT: &str = "not sent: no node answered";

/// What became of everything.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Tally {
    records: usize,
    accepted: usize,
    /// Of those accepted.
    flagged: usize,
    rejected: usize,
    duplicate: usize,
    taken: usize,
    refused: usize,
    timed_out: usize,
    unreachable: usize,
}

/// A submission's records and what became of them.
struct Delivered {
    records: Vec<SourceRecord>,
    delivery: Delivery,
}

/// Runs the command.
///
/// # Errors
/// [`Failure`] if nothing was sent.
pub async fn run(arguments: &SubmitArguments, output: &Output) -> Result<Exit, Failure> {
    let secret = arguments.signing.secret()?;
    let groups = prepare(&arguments.records)?;
    arguments.signing.expires()?;
    let plan = DeliveryPlan {
        nodes: arguments.nodes.clients()?,
        wanted: if arguments.no_wait {
            Wanted::Taken
        } else {
            Wanted::Committed
        },
        timeout: arguments.timeout,
    };
    let ledger = ledger(&arguments.signing, &arguments.nodes).await?;
    let total: usize = groups.iter().map(Vec::len).sum();
    let progress = progress_bar(total as u64, output);
    let deliveries = futures::stream::iter(groups.into_iter().enumerate()).map(|(turn, group)| {
        let (plan, secret, progress) = (&plan, &secret, &progress);
        async move {
            // Signed when its turn comes, so that the last of many does not wait until it expires.
            let expires = arguments.signing.expires()?;
            let submission = sign(
                &arguments.signing,
                &arguments.records,
                secret,
                ledger,
                expires,
                group.clone(),
            )?;
            let delivery = deliver(plan, &submission, turn).await;
            progress.inc(group.len() as u64);
            Ok::<_, Failure>(Delivered {
                records: group,
                delivery,
            })
        }
    });
    // In order, so that the table is: a slow one holds back the table, not the others.
    let all = deliveries
        .buffered(arguments.concurrency.into())
        .collect::<Vec<_>>();
    let notice = WaitingNotice {
        nodes: plan.nodes.clone(),
        timeout: plan.timeout,
        hint: arguments.nodes.hint(),
    };
    // Above the bar, if there is one.
    let delivered = notice
        .during(all, |text| progress.suspend(|| output.note(text)))
        .await;
    progress.finish_and_clear();
    let delivered = delivered.into_iter().collect::<Result<Vec<_>, _>>()?;
    let (member, hint) = (&arguments.signing.member, arguments.nodes.hint());
    report(&delivered, (member, &hint), output)
}

fn progress_bar(records: u64, output: &Output) -> ProgressBar {
    if output.is_for_script() {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::new(records);
    if let Ok(style) = ProgressStyle::with_template(
        "{elapsed_precise} [{bar:40}] {pos}/{len} records, {per_sec}, {eta} left",
    ) {
        bar.set_style(style.progress_chars("=> "));
    }
    bar
}

fn report(
    delivered: &[Delivered],
    (member, hint): (&MemberId, &str),
    output: &Output,
) -> Result<Exit, Failure> {
    let mut tally = Tally::default();
    let mut documents = Vec::with_capacity(delivered.len());
    let mut first_index = None;
    for one in delivered {
        tally.count(one);
        documents.push(one.document());
        if let DeliveryState::Committed { entries, .. } = &one.delivery.state {
            first_index = first_index.or(entries.first().map(|entry| entry.index));
        }
    }
    let text = describe(delivered, &tally, (member, hint));
    let document = json!({
        "submissions": documents,
        "summary": {
            "submissions": delivered.len(),
            "records": tally.records,
            "accepted": tally.accepted,
            "flagged": tally.flagged,
            "rejected": tally.rejected,
            "duplicate": tally.duplicate,
            "taken": tally.taken,
            "refused": tally.refused,
            "timedOut": tally.timed_out,
            "unreachable": tally.unreachable,
        },
    });
    output.result(&text, &document)?;
    match (first_index, delivered.first()) {
        (Some(index), _) => output.next(&format!("waybill proof get {index}{hint}")),
        // What was refused or not sent is nowhere; what was not, is pending or on its way.
        (None, Some(one)) if one.is_perhaps_there() => {
            output.next(&format!("waybill get {}{hint}", one.delivery.id));
        }
        (None, _) => {}
    }
    Ok(tally.exit())
}

/// A row for each record, below the table why some were not taken, and what that comes to.
fn describe(delivered: &[Delivered], tally: &Tally, (member, hint): (&MemberId, &str)) -> String {
    let mut rows: Vec<_> = delivered.iter().flat_map(Delivered::rows).collect();
    // What went wrong is shown first: it must not be lost among thousands that went well.
    rows.sort_by_key(|(is_fine, _)| *is_fine);
    let hidden = rows.len().saturating_sub(MAX_SHOWN_ROWS);
    rows.truncate(MAX_SHOWN_ROWS);
    let rows: Vec<_> = rows.into_iter().map(|(_, row)| row).collect();
    let mut text = table(&["index", "outcome", "record"], &rows);
    if hidden > 0 {
        let _ = writeln!(
            text,
            "… and {}; --json prints all",
            counted(hidden, "further row")
        );
    }
    let mut causes: Vec<_> = delivered
        .iter()
        .flat_map(|one| one.causes(member, hint))
        .collect();
    // A record that took effect comes after those that did not.
    causes.sort_by_key(|(is_fine, _)| *is_fine);
    let causes: Vec<_> = causes.into_iter().map(|(_, cause)| cause).collect();
    text.push_str(&paragraphs(&causes));
    let _ = writeln!(text, "\n{}", tally.sentence(delivered.len()));
    text
}

impl Tally {
    fn count(&mut self, one: &Delivered) {
        let count = one.records.len();
        self.records += count;
        match &one.delivery.state {
            DeliveryState::Taken => self.taken += count,
            DeliveryState::Refused(_) => self.refused += count,
            DeliveryState::Unreachable(_) => self.unreachable += count,
            DeliveryState::TimedOut(_) => self.timed_out += count,
            DeliveryState::Committed { entries, .. } => {
                for entry in entries {
                    match entry.outcome {
                        OutcomeReport::Accepted => self.accepted += 1,
                        OutcomeReport::Flagged { .. } => {
                            self.accepted += 1;
                            self.flagged += 1;
                        }
                        OutcomeReport::Rejected { .. } => self.rejected += 1,
                        OutcomeReport::Duplicate { .. } => self.duplicate += 1,
                    }
                }
            }
        }
    }

    fn sentence(&self, submissions: usize) -> String {
        let mut text = format!(
            "{} in {}:",
            counted(self.records, "record"),
            counted(submissions, "submission")
        );
        for (count, what) in [
            (self.accepted, "accepted"),
            (self.flagged, "of them flagged"),
            (self.rejected, "rejected"),
            (self.duplicate, "on the ledger before"),
            (self.taken, "taken, not waited for"),
            (self.refused, "refused"),
            (self.timed_out, NOT_IN_TIME),
            (self.unreachable, NOT_SENT),
        ] {
            if count > 0 {
                let _ = write!(text, " {count} {what},");
            }
        }
        text.trim_end_matches([',', ':']).to_owned()
    }

    /// The worst of what happened.
    fn exit(&self) -> Exit {
        [
            (self.refused, Exit::Refused),
            (self.unreachable, Exit::Unreachable),
            (self.timed_out, Exit::TimedOut),
            (self.rejected, Exit::Rejected),
        ]
        .into_iter()
        .find(|(count, _)| *count > 0)
        .map_or(Exit::Success, |(_, exit)| exit)
    }
}

/// The record of a submission that a refusal is about, if it is about one.
fn at_fault(error: &ClientError) -> Option<usize> {
    match error {
        ClientError::Problem { problem, .. } => usize::try_from(problem.record?).ok(),
        _ => None,
    }
}

/// The records that the ledger would reject, as far as the node names them.
fn rejections(error: &ClientError) -> &[RejectedRecordReport] {
    match error {
        ClientError::Problem { problem, .. } => &problem.rejections,
        _ => &[],
    }
}

/// Whether each record would be rejected for what it says itself.
fn is_of_each(error: &ClientError) -> bool {
    rejections(error).len() > 1
}

/// Why the ledger would reject one record, if the node says so.
fn rejection(error: &ClientError, number: usize) -> Option<&RejectedRecordReport> {
    let number = u64::try_from(number).ok()?;
    rejections(error).iter().find(|one| one.record == number)
}

/// What a refusal is called: with its code, if the node gave one.
fn refused(error: &ClientError) -> String {
    match error {
        ClientError::Problem { problem, .. } if !problem.code().is_empty() => {
            format!("refused: {}", problem.code())
        }
        _ => "refused".to_owned(),
    }
}

impl Delivered {
    /// Whether a node has it, or may have.
    fn is_perhaps_there(&self) -> bool {
        !matches!(
            self.delivery.state,
            DeliveryState::Refused(_) | DeliveryState::Unreachable(_)
        )
    }

    fn place(source: &SourceRecord) -> String {
        match source.pointer.as_str() {
            "" => source.file.clone(),
            pointer => format!("{}#{pointer}", source.file),
        }
    }

    /// A row for each record, and whether all is well with it.
    fn rows(&self) -> Vec<(bool, Vec<String>)> {
        let all = |is_fine, outcome: &dyn Fn(usize) -> String| {
            let row = |(number, source)| {
                let row = vec!["-".to_owned(), outcome(number), Self::place(source)];
                (is_fine, row)
            };
            self.records.iter().enumerate().map(row).collect()
        };
        match &self.delivery.state {
            DeliveryState::Taken => all(true, &|_| "taken".to_owned()),
            DeliveryState::Refused(error) => all(false, &|number| match at_fault(error) {
                // A submission is taken or refused as a whole: for one of its records, or for all.
                Some(record) if record != number && !is_of_each(error) => {
                    "refused with it".to_owned()
                }
                _ => refused(error),
            }),
            DeliveryState::Unreachable(_) => all(false, &|_| NOT_SENT.to_owned()),
            DeliveryState::TimedOut(_) => all(false, &|_| NOT_IN_TIME.to_owned()),
            DeliveryState::Committed { entries, .. } => entries
                .iter()
                .zip(&self.records)
                .map(|(entry, source)| {
                    let is_fine = !matches!(entry.outcome, OutcomeReport::Rejected { .. });
                    let outcome = entry.outcome.short_text();
                    let row = vec![entry.index.to_string(), outcome, Self::place(source)];
                    (is_fine, row)
                })
                .collect(),
        }
    }

    /// Why records were not taken, or want looking at, and whether they took effect all the same.
    fn causes(&self, member: &MemberId, hint: &str) -> Vec<(bool, Cause)> {
        let not_taken = |outcome, place, why: String, way_out: String| {
            let cause = Cause {
                outcome,
                place,
                why: plain(&why).into_owned(),
                way_out: Some(plain(&way_out).into_owned()),
            };
            vec![(false, cause)]
        };
        match &self.delivery.state {
            DeliveryState::Taken => Vec::new(),
            DeliveryState::Refused(error) => {
                if is_of_each(error) {
                    return self.rejected(error, member);
                }
                let number = at_fault(error);
                let record = number.and_then(|number| self.records.get(number));
                let way_out = match record {
                    Some(source) => filled(&error.way_out(), member, &source.record),
                    None => error.way_out(),
                };
                not_taken(refused(error), self.places(number), error.why(), way_out)
            }
            DeliveryState::Unreachable(error) => {
                let why = format!("{}: {}", error.what(), error.why());
                not_taken(NOT_SENT.to_owned(), self.places(None), why, error.way_out())
            }
            DeliveryState::TimedOut(error) => {
                let why = why_not_seen(error.as_ref());
                let way_out = format!("waybill get {}{hint}", self.delivery.id);
                not_taken(NOT_IN_TIME.to_owned(), self.places(None), why, way_out)
            }
            DeliveryState::Committed { entries, .. } => entries
                .iter()
                .zip(&self.records)
                .filter_map(|(entry, source)| {
                    let is_fine = !matches!(entry.outcome, OutcomeReport::Rejected { .. });
                    let place = format!("entry {}, {}", entry.index, Self::place(source));
                    let way_out = entry.outcome.way_out(&source.record.kind);
                    let way_out = way_out.map(|hint| filled(hint, member, &source.record));
                    let cause = Cause::of_entry(entry, place, way_out)?;
                    Some((is_fine, cause))
                })
                .collect(),
        }
    }

    /// Why each record of a refused submission would be rejected.
    fn rejected(&self, error: &ClientError, member: &MemberId) -> Vec<(bool, Cause)> {
        let records = self.records.iter().enumerate();
        let told = records.filter_map(|(number, source)| {
            let rejection = rejection(error, number)?;
            let way_out = rejection.way_out.as_ref();
            let cause = Cause {
                outcome: refused(error),
                place: Self::place(source),
                why: plain(&format!("{} ({})", rejection.reason, rejection.code)).into_owned(),
                way_out: way_out
                    .map(|hint| plain(&filled(hint, member, &source.record)).into_owned()),
            };
            Some((false, cause))
        });
        let mut told: Vec<_> = told.collect();
        let untold = self.records.len().saturating_sub(told.len());
        if untold > 0 {
            let cause = Cause {
                outcome: refused(error),
                place: counted(untold, "other record"),
                why: format!("the node tells why of the first {} alone", told.len()),
                way_out: Some("correct these, and submit again".to_owned()),
            };
            told.push((false, cause));
        }
        told
    }

    /// Where the submission came from, by the record that is meant, or the first.
    fn places(&self, record: Option<usize>) -> String {
        let Some(source) = self.records.get(record.unwrap_or(0)) else {
            return format!("submission {}", self.delivery.id);
        };
        let others = match self.records.len().saturating_sub(1) {
            0 => return Self::place(source),
            others => counted(others, "other record"),
        };
        format!("{}, and {others} of its submission", Self::place(source))
    }

    fn document(&self) -> serde_json::Value {
        let entry = |position: usize| match &self.delivery.state {
            DeliveryState::Committed { entries, .. } => entries.get(position),
            _ => None,
        };
        let records: Vec<_> = self
            .records
            .iter()
            .enumerate()
            .map(|(position, source)| {
                let mut document = json!({"file": source.file, "pointer": source.pointer});
                if let DeliveryState::Refused(error) = &self.delivery.state
                    && let Some(rejection) = rejection(error, position)
                {
                    document["rejection"] = json!(rejection);
                }
                if let Some(entry) = entry(position) {
                    document["index"] = json!(entry.index);
                    document["outcome"] = json!(entry.outcome);
                    if let Some(hint) = entry.outcome.way_out(&source.record.kind) {
                        document["wayOut"] = json!(hint);
                    }
                }
                document
            })
            .collect();
        let mut document = json!({"id": self.delivery.id, "records": records});
        let (status, error) = match &self.delivery.state {
            DeliveryState::Taken => ("taken", None),
            DeliveryState::Committed { height, .. } => {
                document["height"] = json!(height);
                ("committed", None)
            }
            DeliveryState::Refused(error) => ("refused", Some(error)),
            DeliveryState::Unreachable(error) => ("unreachable", Some(error)),
            DeliveryState::TimedOut(error) => ("timedOut", error.as_ref()),
        };
        document["status"] = json!(status);
        if let Some(error) = error {
            document["error"] = json!({
                "what": error.what(),
                "why": error.why(),
                "wayOut": error.way_out(),
            });
        }
        document
    }
}

#[cfg(test)]
mod tests;
