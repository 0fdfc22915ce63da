//! Why things were not taken, as paragraphs below a table: what is long has no room in a cell.

use std::fmt::Write as _;

use super::client::{EntryReport, OutcomeReport};
use super::output::counted;
use super::terminal_text::{plain, plain_lines};

/// Most causes that a person is told; a script gets all.
const MAX_CAUSES: usize = 20;

/// Most places that are named for one cause.
const MAX_PLACES: usize = 4;

/// Why something was not taken, or wants looking at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cause {
    /// What became of it, with its code, such as `rejected: not-holder`.
    pub outcome: String,
    /// What that happened to, such as `entry 7, events.json#/2`.
    pub place: String,
    /// Why; each line of it is one below the other. Those of others have to be made plain before.
    pub why: String,
    /// What helps, if that is known.
    pub way_out: Option<String>,
}

impl Cause {
    /// The cause of an entry's outcome; none if all is well with it.
    pub fn of_entry(entry: &EntryReport, place: String, way_out: Option<String>) -> Option<Self> {
        let why = match &entry.outcome {
            OutcomeReport::Rejected { reason, .. } => plain(reason).into_owned(),
            OutcomeReport::Flagged { flags } => {
                let reasons: Vec<_> = flags.iter().map(|flag| plain(&flag.reason)).collect();
                reasons.join("; ")
            }
            OutcomeReport::Accepted | OutcomeReport::Duplicate { .. } => return None,
        };
        Some(Self {
            outcome: entry.outcome.short_text(),
            place,
            why,
            way_out,
        })
    }
}

/// A paragraph for each cause, in the order given, each after an empty line. What happened to several things for one
/// reason is told once, with the places.
pub fn paragraphs(causes: &[Cause]) -> String {
    let mut grouped: Vec<(&Cause, Vec<&str>)> = Vec::new();
    let mut hidden = 0;
    for cause in causes {
        let same = |(first, _): &&mut (&Cause, _)| {
            (&first.outcome, &first.why, &first.way_out)
                == (&cause.outcome, &cause.why, &cause.way_out)
        };
        if let Some((_, places)) = grouped.iter_mut().find(same) {
            places.push(&cause.place);
        } else if grouped.len() < MAX_CAUSES {
            grouped.push((cause, vec![&cause.place]));
        } else {
            hidden += 1;
        }
    }
    let mut text = String::new();
    for (cause, places) in &grouped {
        let named = places.get(..MAX_PLACES).unwrap_or(places).join("; ");
        let _ = write!(text, "\n{}: {}", plain(&cause.outcome), plain(&named));
        if let Some(more) = places
            .len()
            .checked_sub(MAX_PLACES)
            .filter(|more| *more > 0)
        {
            let _ = write!(text, "; and {more} more");
        }
        let _ = write!(text, "\n     why:  {}\n", indent(&cause.why));
        if let Some(way_out) = &cause.way_out {
            let _ = writeln!(text, "  way out: {}", indent(way_out));
        }
    }
    if hidden > 0 {
        let _ = writeln!(
            text,
            "\n… and {}; --json prints all",
            counted(hidden, "further cause")
        );
    }
    text
}

fn indent(text: &str) -> String {
    plain_lines(text).replace('\n', "\n           ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cause(outcome: &str, place: usize) -> Cause {
        Cause {
            outcome: outcome.to_owned(),
            place: format!("entry {place}"),
            why: "somebody else\nholds it".to_owned(),
            way_out: (outcome != "flagged").then(|| "ask the holder".to_owned()),
        }
    }

    #[test]
    fn what_has_one_cause_is_one_paragraph() {
        let mut causes: Vec<_> = (0..6).map(|place| cause("rejected", place)).collect();
        causes.insert(1, cause("flagged", 9));
        assert_eq!(
            paragraphs(&causes),
            "\nrejected: entry 0; entry 1; entry 2; entry 3; and 2 more\n     why:  somebody else\n           \
             holds it\n  way out: ask the holder\n\nflagged: entry 9\n     why:  somebody else\n           holds it\n"
        );
        assert_eq!(paragraphs(&[]), "");
    }

    #[test]
    fn many_causes_are_counted() {
        let causes: Vec<_> = (0..=MAX_CAUSES)
            .map(|number| cause(&format!("rejected-{number}"), number))
            .collect();
        let text = paragraphs(&causes);
        assert_eq!(text.matches("way out").count(), MAX_CAUSES);
        assert!(text.ends_with("\n… and 1 further cause; --json prints all\n"));
    }
}
