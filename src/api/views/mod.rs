//! The JSON documents that the interface answers with, and their schemas.
//!
//! Conventions: digests, keys and signatures are lower-case hexadecimal, bytes are base64 with
//! padding, times are RFC 3339 in UTC with milliseconds, durations are milliseconds with the unit in
//! the name. Heights, indices, sizes and counts are JSON integers below 2^64: a reader that keeps
//! numbers as double-precision floats (JavaScript) loses digits above 2^53, which a ledger reaches
//! after some 9 * 10^15 entries.

mod asset;
mod block;
mod certificate;
mod cold_chain;
mod completeness;
mod contract;
mod custody;
mod document;
mod dwell;
mod entry;
mod evidence;
mod gaps;
mod market;
mod market_results;
mod market_state;
mod mass_balance;
mod master_data;
mod member;
mod meter;
mod production;
mod proof;
mod proposal;
mod proposed_change;
mod status;
mod submission;
mod telemetry;
mod trace;
mod validator;

pub use asset::{AssetRevisionView, AssetView, OpenAssetView, OpenAssetsView};
pub use block::{BatchView, BlockView, CertificateView, SignatureView};
pub use certificate::{
    CertificatePage, CertificateStepView, CertificatesView, GranularCertificateView,
};
pub use cold_chain::{AffectedContentView, BreachView, ColdChainView, UnreadView};
pub use completeness::{CompletenessView, DescriptionView, TrackedEventView};
pub use contract::{
    AssetSettingView, ContractKindView, ContractList, ContractVersionView, ContractView, RuleView,
};
pub use custody::{
    CarrierView, CustodyChainView, CustodyEvidenceView, CustodyLinkView, CustodyProposalView,
    CustodyView, EndedView, HolderView, OpenCustodyPage, OpenCustodyView, ProposedView, SignedView,
};
pub use document::{AnchorView, DocumentPage, DocumentView};
pub use dwell::{DwellView, VisitView};
pub use entry::{
    BlockEntryView, DerivedView, EntryContentView, EntryView, OutcomeView, RecordView,
    SubmittedView,
};
pub use evidence::{EvidencePage, EvidenceView, OffenceView};
pub use gaps::{GapEntryView, GapView, GapsView};
pub(super) use market::Book;
pub use market::{
    AreaView, ClearingView, IntervalPage, IntervalSummaryView, IntervalView, LevelView, MarketView,
    OrderPage, OrderView,
};
pub use market_results::{SettlementPage, SettlementView, TradePage, TradeSideView, TradeView};
pub use market_state::IntervalStateView;
pub use mass_balance::{
    AmountView, LotBalanceView, LotTotalView, MassBalanceView, OverdraftView, SiteBalanceView,
    YieldView,
};
pub use master_data::{MasterDataPage, MasterDataView, StatementView, VocabularyElementView};
pub use member::{KeyView, MemberAnswerView, MemberPage, MemberView};
pub use meter::{MeterStateView, MeterStepView, MeterView, ReadingPage, ReadingView};
pub use production::{RunView, RunsView};
pub use proof::ConsistencyProofView;
pub use proposal::{ProposalAnswerView, ProposalList, ProposalStatusView, ProposalView};
pub use proposed_change::{NewKeyView, NewValidatorView, ProposedChangeView};
pub use status::{CheckpointView, KindView, MempoolView, PeerView, StatusView, SyncView, TipView};
pub use submission::{RecordRequest, SubmissionEntryView, SubmissionRequest, SubmissionView};
pub use telemetry::{ChannelView, PointView, TelemetryGapView, TelemetryGapsView, TelemetryView};
pub use trace::{
    AffectedView, BalanceView, ContainmentView, ContentView, ContentsView, EndView, PresenceView,
    RecallView, TraceLinkView, TraceView, TracedThingView, UnquantifiedPlaceView, relation,
};
pub use validator::{ValidatorSetView, ValidatorView};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// Bytes as base64 with padding.
fn base64(bytes: &[u8]) -> String {
    STANDARD.encode(bytes)
}
