//! Granular certificates.

use serde::Serialize;
use utoipa::ToSchema;

use crate::contracts::CertificateOperation;
use crate::ledger::questions::{
    CertificateAnswer, CertificateHistoryStep, CertificateList, CertificatesAnswer,
};
use crate::records::energy::CertificateId;

/// A certificate at a height, with the others of its piece and a page of their history.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = GranularCertificate)]
#[serde(rename_all = "camelCase")]
pub struct GranularCertificateView {
    /// The height that the answer is of.
    pub height: u64,
    /// The certificate that was asked for.
    pub id: String,
    /// The piece that it was in.
    #[serde(flatten)]
    pub certificates: CertificatesView,
    /// A page of its history, the latest step first.
    pub history: Vec<CertificateStepView>,
    /// The `before` of the next page; absent on the last one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<u64>,
}

/// Certificates of one issuance with one owner, one status and one history.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Certificates)]
#[serde(rename_all = "camelCase")]
pub struct CertificatesView {
    /// The entry that issued them.
    pub issuance: u64,
    /// The number of the first.
    pub first: u64,
    /// The number of the last, which is included.
    pub last: u64,
    /// How much energy they are for together, in Wh.
    pub quantity_wh: u64,
    /// How much each of them is for, in Wh.
    pub face_value_wh: u64,
    /// Whose they are, or were when they were used up.
    pub owner: String,
    /// active, cancelled, claimed, expired or withdrawn.
    #[schema(example = "active")]
    pub status: &'static str,
    /// For whom they are used up.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub beneficiary: Option<String>,
    /// The meter of the consumption for which they are claimed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub meter: Option<String>,
    /// The entry that changed them last.
    pub latest: u64,
    /// The device that produced the energy, by its meter.
    pub device: String,
    /// When the interval of the production begins.
    #[schema(format = DateTime)]
    pub start: String,
    /// How long it is (ISO 8601).
    #[schema(example = "PT1H")]
    pub duration: String,
    /// What the energy is made of.
    #[schema(example = "solar")]
    pub carrier: &'static str,
    /// The market area of the production.
    pub area: String,
    /// Who issued them.
    pub issuer: String,
    /// When they expire, unless they are used before.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(format = DateTime)]
    pub expires: Option<String>,
}

/// A step in the history of a certificate.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = CertificateStep)]
#[serde(rename_all = "camelCase")]
pub struct CertificateStepView {
    /// issue, split, transfer, cancel, claim or expire.
    #[schema(example = "transfer")]
    pub operation: &'static str,
    /// The record's entry.
    pub index: u64,
    /// The block that executed it.
    pub height: u64,
    /// That block's time.
    #[schema(format = DateTime)]
    pub time: String,
    /// The number of the first certificate of the piece that it was in from then on.
    pub first: u64,
    /// The number of the last.
    pub last: u64,
    /// Whose it was from then on.
    pub owner: String,
    /// Its status from then on.
    #[schema(example = "active")]
    pub status: &'static str,
    /// For whom it was used up.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub beneficiary: Option<String>,
    /// The meter of the consumption for which it was claimed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub meter: Option<String>,
    /// What a cancellation says that it is for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub purpose: Option<String>,
    /// Why the issuer withdrew it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// A page of certificates.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = CertificatePage)]
#[serde(rename_all = "camelCase")]
pub struct CertificatePage {
    /// The height that the answer is of.
    pub height: u64,
    /// Certificates, in order of issuances and numbers.
    pub certificates: Vec<CertificatesView>,
    /// The `after` of the next page; absent on the last one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "1234-101")]
    pub next: Option<String>,
}

impl GranularCertificateView {
    /// An answer, for the certificate that was asked for.
    pub fn new(id: CertificateId, answer: &CertificateAnswer) -> Self {
        Self {
            height: answer.height.0,
            id: id.to_string(),
            certificates: CertificatesView::from(&answer.certificates),
            history: answer
                .history
                .iter()
                .map(CertificateStepView::from)
                .collect(),
            next: answer.next.map(|index| index.0),
        }
    }
}

impl From<&CertificatesAnswer> for CertificatesView {
    fn from(answer: &CertificatesAnswer) -> Self {
        let (piece, issuance) = (&answer.piece, &answer.issuance);
        let first = answer.first.number;
        let count = piece.last.saturating_sub(first).saturating_add(1);
        Self {
            issuance: answer.first.issuance.0,
            first,
            last: piece.last,
            quantity_wh: count.saturating_mul(issuance.face_value_wh),
            face_value_wh: issuance.face_value_wh,
            owner: piece.owner.to_string(),
            status: piece.status.as_str(),
            beneficiary: piece.status.beneficiary().map(ToString::to_string),
            meter: piece.status.meter().map(ToString::to_string),
            latest: piece.latest.0,
            device: issuance.device.to_string(),
            start: issuance.interval.start().to_string(),
            duration: issuance.interval.duration().to_string(),
            carrier: issuance.carrier.as_str(),
            area: issuance.area.to_string(),
            issuer: issuance.issuer.to_string(),
            expires: issuance.expires.map(|time| time.to_string()),
        }
    }
}

impl From<&CertificateHistoryStep> for CertificateStepView {
    fn from(one: &CertificateHistoryStep) -> Self {
        let (step, piece) = (&one.step, &one.step.piece);
        let stated = |by| one.stated.clone().filter(|_| step.operation == by);
        Self {
            operation: step.operation.as_str(),
            index: one.index.0,
            height: step.height.0,
            time: step.time.to_string(),
            first: one.first,
            last: piece.last,
            owner: piece.owner.to_string(),
            status: piece.status.as_str(),
            beneficiary: piece.status.beneficiary().map(ToString::to_string),
            meter: piece.status.meter().map(ToString::to_string),
            purpose: stated(CertificateOperation::Cancel),
            reason: stated(CertificateOperation::Withdraw),
        }
    }
}

impl CertificatePage {
    /// A page of certificates.
    pub fn new(list: &CertificateList) -> Self {
        Self {
            height: list.height.0,
            certificates: list.pieces.iter().map(CertificatesView::from).collect(),
            next: list.next.map(|next| next.to_string()),
        }
    }
}
