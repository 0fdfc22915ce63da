//! The questions that people keep a ledger for, as pure functions of one view of it.
//!
//! Invariants:
//! - An answer rests on one height, which it names, and cites the entries it rests on.
//! - `as_of` answers as the ledger stood at an earlier height: nothing that came later shows.
//! - Work is bounded by the page that is asked for, not by the history.
//!
//! Deliberately absent: how questions and answers are written on the wire.

mod assets;
mod assumptions;
mod certificates;
mod cold_chain;
mod completeness;
mod containment;
mod contracts;
mod custody;
mod documents;
mod dwell;
mod earth;
mod emptyings;
pub mod epcis_query;
mod events;
mod excursions;
mod exposures;
mod flow_replay;
mod flow_steps;
mod flows;
mod gap_rules;
mod gaps;
mod grounds;
mod history;
mod holdings;
mod inside;
mod journey;
mod listing;
mod lot_places;
mod lot_sums;
mod lot_totals;
mod market;
mod mass_balance;
mod master_data;
mod members;
mod meters;
mod page;
mod place_points;
mod presence;
mod production;
mod proposals;
mod readings;
mod recall;
mod running_sums;
mod shelves;
mod signed;
mod spending;
mod standing;
mod stated_amounts;
mod statement_reader;
mod sums;
mod telemetry;
mod told_deliveries;
mod trace;
mod tracer;
mod untold;
mod yields;

pub use assets::{AssetAnswer, OpenAsset, OpenAssetsAnswer, ask_asset, ask_open_assets};
pub use certificates::{
    CertificateAnswer, CertificateHistoryStep, CertificateList, CertificatesAnswer,
    MAX_CERTIFICATE_STEPS, MAX_EXAMINED_PIECES, ask_certificate, ask_certificates_for,
    ask_certificates_of, certificate_status,
};
pub use cold_chain::{Breach, ColdChainAnswer, MAX_AFFECTED_THINGS, MAX_UNREAD, SubjectKind};
pub use completeness::{
    CompletenessAnswer, DescribedBy, Description, DescriptionPart, KeyDataElement,
    MAX_ANSWER_DESCRIPTIONS, MAX_LISTED_DESCRIPTIONS, MAX_NAMING_EVENTS, TrackedEvent,
    TrackingEvent,
};
pub use containment::{
    Containment, Content, Contents, MAX_CONTAINER_EVENTS, MAX_CONTENT_ENTRIES,
    MAX_LISTED_CONTAINERS,
};
pub use contracts::{ContractsAnswer, ask_contract, ask_contracts};
pub use custody::{
    Chain, ChainLink, CustodyAnswer, Ended, HeldContainer, Holding, OpenCustodyAnswer,
    ProposalAnswer, ask_open_custody,
};
pub use documents::{Anchored, DocumentAnswer};
pub use dwell::{DwellAnswer, ThingVisit, Visit, VisitPlace};
pub use events::{Corrections, EventScope, Events, Mention};
pub use gaps::{
    Gap, GapKind, GapMeasure, GapsAnswer, MAX_GAP_ENTRIES, MAX_UNREAD_PLACES, NEAR_M,
    ThingSelection,
};
pub use grounds::MAX_GROUNDS;
pub use history::{MAX_ANSWER_BODIES, MAX_ANSWER_EVENTS, MAX_ANSWER_ROWS};
pub use journey::MAX_KEPT_BYTES;
pub use listing::MAX_EXAMINED_LISTINGS;
pub use lot_places::{Balance, LotPlaces, UnquantifiedPlace};
pub use lot_sums::MAX_LOT_SITES;
pub use market::{
    Interval, IntervalStatus, IntervalSummary, Level, Levels, MAX_LEVELS, MarketQuestions,
    OrderAnswer, OrderScope, Page, VoidOrder,
};
pub use mass_balance::{
    Citations, LotBalance, LotTotal, MAX_CITED_ENTRIES, MassBalance, MassBalanceQuestion,
    Overdraft, SiteBalance,
};
pub use master_data::{
    MAX_PLACES_WITHIN, MAX_STATEMENTS, Statement, Statements, VocabularyElements,
};
pub use members::{MembersAnswer, ask_member, ask_members};
pub use meters::{
    MAX_CORRECTIONS, MAX_EXAMINED_READINGS, MeterAnswer, ReadingAnswer, ReadingsAnswer, ask_meter,
    ask_readings,
};
pub use page::PageRange;
pub use place_points::LocatedBy;
pub use presence::Presence;
pub use production::{MAX_RUNS_PER_ANSWER, RunAnswer, RunsPage, ask_runs};
pub use proposals::{
    GovernanceProposal, MAX_EXAMINED_PROPOSALS, ProposalsAnswer, ask_proposal, ask_proposals,
};
pub use readings::{MAX_ANSWER_REPORTS, Measured, SensorLimits, UnreadReason};
pub use recall::{Affected, AffectedCustody, End, Recall, Whereabouts};
pub use signed::Signed;
pub use standing::Standing;
pub use statement_reader::MAX_ANSWER_STATEMENTS;
pub use telemetry::{
    ChannelAnswer, DeviceAnswer, GapRule, MAX_POINTS_PER_ANSWER, TelemetryGap, TelemetryPage,
    TelemetryPoint, TelemetryScope, ask_device,
};
pub use trace::{
    MAX_EVENTS_PER_THING, MAX_TRACE_EVENTS, MAX_TRACE_LINKS, MAX_TRACE_STEPS, MAX_TRACE_THINGS,
    Trace, TraceDirection, TraceLink, TraceLinkKind, TraceRelation, TracedThing,
};
pub use yields::{MAX_YIELDS, Yield};

use thiserror::Error;

use crate::contracts::EffectError;
#[cfg(any(test, feature = "testing"))]
use crate::types::NamedDecoder;
use crate::types::{DecodeError, Height, ReadError};

/// The readers of page tokens and of rows of the indices that are no values, for tests.
#[cfg(any(test, feature = "testing"))]
pub const READERS: &[NamedDecoder] = &[
    NamedDecoder::of::<epcis_query::Cursor>("Cursor"),
    master_data::TAIL_KEY,
];

/// Why a question has no answer.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum QuestionError {
    /// The store cannot be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// The height has not been committed.
    #[error("height {asked} is beyond the ledger's height {tip}")]
    BeyondTip {
        /// The height asked for.
        asked: Height,
        /// The last committed one.
        tip: Height,
    },
    /// A thing has more events than one answer goes through.
    #[error("{thing} has more than {most} events, too many to go through for one answer")]
    TooLong {
        /// The thing.
        thing: String,
        /// The limit.
        most: usize,
    },
    /// The answer would go through more than one may.
    #[error("the answer would go through more than {most} {what}, too many for one answer")]
    TooMuch {
        /// What there is too much of.
        what: &'static str,
        /// The limit.
        most: usize,
    },
    /// The question is for classes of objects.
    #[error("{thing} is a single object, which has no amount: ask for its lot, or where it was")]
    NotClass {
        /// The object.
        thing: String,
    },
    /// A trace is longer than one answer goes through.
    #[error("the trace of {thing} does not come to its end within the limits of a trace")]
    TraceIncomplete {
        /// What was traced.
        thing: String,
    },
    /// A sum has more digits than a number may have.
    #[error("a sum of the answer has more than 38 digits")]
    TooManyDigits,
    /// The page begins after an item that the answer does not have.
    #[error(
        "the page is to begin after {after}, which is not in the answer: it is of another answer"
    )]
    OtherAnswer {
        /// The item.
        after: String,
    },
    /// The page begins behind the end of the answer.
    #[error(
        "the page is to begin after {after} items, the answer has {count}: it is of another answer, or of another height: as_of_height keeps to one"
    )]
    BeyondAnswer {
        /// How many items were to stand before the page.
        after: usize,
        /// How many items there are.
        count: usize,
    },
}

/// What there is too much of in a lot that was at too many sites.
const LOT_SITES: &str = "sites and units of a lot";

impl QuestionError {
    /// Whether a limit of the work for one answer is what stands in the way.
    pub fn is_limit(&self) -> bool {
        matches!(self, Self::TooLong { .. } | Self::TooMuch { .. })
    }

    /// Whether it is that the amounts of a lot cannot be added up: then other lots still can.
    fn is_of_sums(&self) -> bool {
        matches!(
            self,
            Self::TooManyDigits
                | Self::TooMuch {
                    what: LOT_SITES,
                    ..
                }
        )
    }
}

impl From<EffectError> for QuestionError {
    fn from(error: EffectError) -> Self {
        Self::Read(ReadError::new(error.to_string()))
    }
}

impl From<DecodeError> for QuestionError {
    fn from(error: DecodeError) -> Self {
        Self::Read(ReadError::new(error.to_string()))
    }
}
