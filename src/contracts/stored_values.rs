//! Every decoder of what contracts keep, for tests that hold them against arbitrary bytes.

use super::agenda::{Scheduled, Size};
use super::energy::market;
use super::epcis::Known;
use super::install::Version;
use super::liveness::Missed;
use super::membership::MemberCount;
use super::{
    Asset, AssetKey, AssetRevision, CertificateIssuance, CertificatePiece, CertificateStatus,
    CertificateStep, ChannelState, ContractSchedule, ContractSummary, CorrectedReading, Custody,
    CustodyDecision, CustodyStep, DeviceState, Document, HourOfEnergy, HourOfReadings,
    IntervalOfEnergy, LatestPoint, Liveness, MasterDataState, MemberRevision, Meter, MeterStep,
    OpenCustody, ScheduledContract, StoredPoint, StoredReading, Task, governance, production,
};
use crate::types::NamedDecoder;

const OWN: &[NamedDecoder] = &[
    NamedDecoder::of::<Asset>("Asset"),
    NamedDecoder::of::<AssetKey>("AssetKey"),
    NamedDecoder::of::<AssetRevision>("AssetRevision"),
    NamedDecoder::of::<CertificateIssuance>("CertificateIssuance"),
    NamedDecoder::of::<CertificatePiece>("CertificatePiece"),
    NamedDecoder::of::<CertificateStatus>("CertificateStatus"),
    NamedDecoder::of::<CertificateStep>("CertificateStep"),
    NamedDecoder::of::<ChannelState>("ChannelState"),
    NamedDecoder::of::<ContractSchedule>("ContractSchedule"),
    NamedDecoder::of::<ContractSummary>("ContractSummary"),
    NamedDecoder::of::<CorrectedReading>("CorrectedReading"),
    NamedDecoder::of::<Custody>("Custody"),
    NamedDecoder::of::<CustodyDecision>("CustodyDecision"),
    NamedDecoder::of::<CustodyStep>("CustodyStep"),
    NamedDecoder::of::<DeviceState>("DeviceState"),
    NamedDecoder::of::<Document>("Document"),
    NamedDecoder::of::<HourOfEnergy>("HourOfEnergy"),
    NamedDecoder::of::<HourOfReadings>("HourOfReadings"),
    NamedDecoder::of::<IntervalOfEnergy>("IntervalOfEnergy"),
    NamedDecoder::of::<Known>("Known"),
    NamedDecoder::of::<LatestPoint>("LatestPoint"),
    NamedDecoder::of::<Liveness>("Liveness"),
    NamedDecoder::of::<MasterDataState>("MasterDataState"),
    NamedDecoder::of::<MemberCount>("MemberCount"),
    NamedDecoder::of::<MemberRevision>("MemberRevision"),
    NamedDecoder::of::<Meter>("Meter"),
    NamedDecoder::of::<MeterStep>("MeterStep"),
    NamedDecoder::of::<Missed>("Missed"),
    NamedDecoder::of::<OpenCustody>("OpenCustody"),
    NamedDecoder::of::<ScheduledContract>("ScheduledContract"),
    NamedDecoder::of::<Size>("Size"),
    NamedDecoder::of::<StoredPoint>("StoredPoint"),
    NamedDecoder::of::<StoredReading>("StoredReading"),
    NamedDecoder::of::<Task>("Task"),
    NamedDecoder::of::<Version>("Version"),
    NamedDecoder::of::<Scheduled<Task>>("Scheduled"),
];

/// All of them.
pub fn stored_values() -> impl Iterator<Item = NamedDecoder> {
    let lists = [OWN, market::STORED, governance::STORED, production::STORED];
    lists.into_iter().flatten().copied()
}
