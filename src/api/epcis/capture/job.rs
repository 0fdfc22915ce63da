//! A capture job, as it is kept.

use serde::{Deserialize, Serialize};

use super::job_id::CaptureId;
use crate::api::problem::{MAX_LISTED_FAULTS, Problem, cut};
use crate::types::{MemberId, SubmissionId, Timestamp};

/// What to do about an event that cannot be captured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum CaptureErrorBehaviour {
    /// All events or none.
    Rollback,
    /// Each event by itself.
    Proceed,
}

impl CaptureErrorBehaviour {
    /// The word in headers and documents.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Rollback => "rollback",
            Self::Proceed => "proceed",
        }
    }
}

/// Why an event, or all of them, was not captured: a problem of the EPCIS interface.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CaptureFault {
    /// `epcisException:` and a name.
    #[serde(rename = "type")]
    pub type_uri: String,
    /// What all of this type have in common.
    pub title: String,
    /// The HTTP status that it would have by itself.
    pub status: u16,
    /// What is wrong.
    pub detail: String,
    /// The event in the document, as JSON pointer; none if it is about all of them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pointer: Option<String>,
}

impl CaptureFault {
    /// A problem as a fault, of the event at a place.
    pub(super) fn new(problem: &Problem, pointer: Option<String>) -> Self {
        let document = problem.document();
        Self {
            type_uri: document.type_uri.clone(),
            title: document.title.clone(),
            status: document.status,
            detail: cut(document.cause.clone()),
            pointer: pointer.map(cut),
        }
    }
}

/// A submission of a job.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CapturePart {
    /// Its id.
    pub submission: SubmissionId,
    /// The block time at which it cannot be ordered any more.
    pub expires: Timestamp,
    /// The event or element of each record, by its number in the document; empty once the part is settled.
    pub events: Vec<u32>,
    /// Whether it is known what became of it.
    pub is_settled: bool,
}

/// A list of events or of elements in a document.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PieceList {
    /// Where it is, as JSON pointer.
    pub pointer: String,
    /// How many are in it; none if this is no list, but the place of one event.
    pub count: Option<u32>,
}

impl PieceList {
    /// The lists of pieces that stand at these places, in order.
    pub(super) fn of<'a>(pointers: impl Iterator<Item = &'a str>) -> Vec<Self> {
        let mut lists: Vec<Self> = Vec::new();
        for pointer in pointers {
            let list = pointer
                .rsplit_once('/')
                .filter(|(_, name)| name.parse::<u32>().is_ok());
            match (list, lists.last_mut()) {
                (Some((list, _)), Some(last)) if last.pointer == list => {
                    last.count = last.count.map(|count| count.saturating_add(1));
                }
                (Some((list, _)), _) => lists.push(Self {
                    pointer: list.to_owned(),
                    count: Some(1),
                }),
                (None, _) => lists.push(Self {
                    pointer: pointer.to_owned(),
                    count: None,
                }),
            }
        }
        lists
    }
}

/// The place of a piece in lists, by its number in all of them.
fn place_in(lists: &[PieceList], piece: u32) -> Option<String> {
    let mut number = piece;
    for list in lists {
        match list.count {
            None if number == 0 => return Some(list.pointer.clone()),
            None => number -= 1,
            Some(count) if number < count => return Some(format!("{}/{number}", list.pointer)),
            Some(count) => number -= count,
        }
    }
    None
}

/// A document that is being captured, or was.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CaptureJob {
    /// Its name.
    pub id: CaptureId,
    /// Whose token started it.
    pub owner: MemberId,
    /// What to do about an event that cannot be captured.
    pub behaviour: CaptureErrorBehaviour,
    /// When it started.
    pub created: Timestamp,
    /// When it was known what became of all of it.
    pub finished: Option<Timestamp>,
    /// The lists of the document that its events and its master data stand in, in order.
    pub lists: Vec<PieceList>,
    /// The events of the document.
    pub event_count: u32,
    /// The elements of master data in it.
    pub master_data_count: u32,
    /// Those of both that this job put on the ledger.
    pub captured_count: u32,
    /// Those that were on the ledger already.
    pub duplicate_count: u32,
    /// Those that were not captured.
    pub failed_count: u32,
    /// Why, for the first of them.
    pub faults: Vec<CaptureFault>,
    /// What the client should know besides.
    pub notes: Vec<String>,
    /// Its submissions.
    pub parts: Vec<CapturePart>,
}

impl CaptureJob {
    /// Whether nothing has failed so far.
    pub fn is_success(&self) -> bool {
        self.failed_count == 0
    }

    /// The place of an event or of an element of master data in the document, by its number in it.
    pub(super) fn pointer(&self, piece: u32) -> Option<String> {
        place_in(&self.lists, piece)
    }

    /// Takes note that `count` events have failed, with as many reasons as a job lists.
    pub(super) fn fail(&mut self, count: usize, faults: impl IntoIterator<Item = CaptureFault>) {
        let count = u32::try_from(count).unwrap_or(u32::MAX);
        self.failed_count = self.failed_count.saturating_add(count);
        let room = MAX_LISTED_FAULTS.saturating_sub(self.faults.len());
        self.faults.extend(faults.into_iter().take(room));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_piece_of_a_document_is_found_again() {
        let pointers = [
            "/epcisBody/eventList/0",
            "/epcisBody/eventList/1",
            "/epcisHeader/epcisMasterData/vocabularyList/0/vocabularyElementList/0",
            "/epcisHeader/epcisMasterData/vocabularyList/2/vocabularyElementList/0",
            "/epcisHeader/epcisMasterData/vocabularyList/2/vocabularyElementList/1",
        ];
        let single = ["/epcisBody/event", pointers[2]];
        for pointers in [pointers.as_slice(), &single] {
            let lists = PieceList::of(pointers.iter().copied());
            let place = |number| place_in(&lists, number);
            for (number, pointer) in (0..).zip(pointers) {
                assert_eq!(place(number).as_deref(), Some(*pointer));
            }
            let count = u32::try_from(pointers.len()).unwrap();
            assert_eq!(place(count), None);
        }
    }
}
