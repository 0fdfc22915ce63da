//! Granular certificates.

use axum::Json;
use axum::extract::State;
use serde::Deserialize;
use utoipa::IntoParams;

use super::asked::HeightAsked;
use super::members::check_known;
use super::meters::check_registered;
use crate::api::context::SharedContext;
use crate::api::problem::{Problem, ProblemKind};
use crate::api::request::{PageSize, PathText, QueryParameters, parse_part};
use crate::api::views::{CertificatePage, GranularCertificateView};
use crate::contracts::CertificateStatus;
use crate::ledger::questions::{
    ask_certificate, ask_certificates_for, ask_certificates_of, certificate_status,
};
use crate::records::energy::{
    CertificateId, CertificateIdError, IntervalDuration, MeteringInterval,
};
use crate::types::{LogIndex, MemberId, MeterId, Timestamp};

/// When, and which page of the history.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(in crate::api) struct CertificateParameters {
    /// Answer as the ledger stood at this height; the last one if it is left out.
    as_of_height: Option<u64>,
    /// Only what was stated in blocks of before this time: records state their facts when their block is decided.
    #[param(value_type = Option<String>, format = DateTime)]
    event_time_before: Option<Timestamp>,
    /// Most steps to give.
    #[serde(default)]
    #[param(value_type = Option<usize>, minimum = 1, maximum = 1000, default = 100)]
    limit: PageSize,
    /// Only steps that came before this entry.
    before: Option<u64>,
}

/// Get a certificate
///
/// Whose a granular certificate is, what it is for, and what has become of it, with its history.
#[utoipa::path(
    get,
    path = "/v1/certificates/{certificate}",
    params(
        ("certificate" = String, Path, description = "The entry of the issuance, a hyphen, and the \
            number in it", example = "1234-7"),
        CertificateParameters
    ),
    responses((status = 200, description = "The certificate", body = GranularCertificateView))
)]
pub(in crate::api) async fn get_certificate(
    State(context): State<SharedContext>,
    PathText(id): PathText<String>,
    QueryParameters(parameters): QueryParameters<CertificateParameters>,
) -> Result<Json<GranularCertificateView>, Problem> {
    let form = "a certificate: the entry of its issuance, a hyphen and its number, such as 1234-7";
    let id: CertificateId = parse_part(&id, form)?;
    let count = parameters.limit.items();
    let asked = HeightAsked::new(parameters.as_of_height, parameters.event_time_before);
    let before = parameters.before.map(LogIndex);
    let answer = context
        .read(move |reader| {
            let view = reader.view()?;
            let as_of = asked.height(&*view)?;
            ask_certificate(&*view, id, as_of, before, count)?
                .map(|answer| GranularCertificateView::new(id, &answer))
                .ok_or_else(|| {
                    let cause = format!("there was no certificate {id} {asked}");
                    Problem::new(ProblemKind::NoSuchCertificate, cause)
                })
        })
        .await?;
    Ok(Json(answer))
}

/// Whose certificates, or for which production, and which page of them.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(in crate::api) struct CertificatesParameters {
    /// Those of this member.
    #[param(value_type = Option<String>)]
    owner: Option<MemberId>,
    /// With owner: those of this status: active, cancelled, claimed, expired or withdrawn.
    #[param(default = "active")]
    status: Option<String>,
    /// Those for what this device produced.
    #[param(value_type = Option<String>)]
    device: Option<MeterId>,
    /// With device: in this interval, as its start, a slash and its duration (ISO 8601).
    #[param(example = "2026-06-01T12:00:00Z/PT1H")]
    interval: Option<String>,
    /// Answer as the ledger stood at this height; the last one if it is left out.
    as_of_height: Option<u64>,
    /// Only what was stated in blocks of before this time: records state their facts when their block is decided.
    #[param(value_type = Option<String>, format = DateTime)]
    event_time_before: Option<Timestamp>,
    /// Most pieces to give.
    #[serde(default)]
    #[param(value_type = Option<usize>, minimum = 1, maximum = 1000, default = 100)]
    limit: PageSize,
    /// The first certificate of the piece after which the page begins.
    after: Option<String>,
}

/// Which certificates are asked for.
enum Wanted {
    Of(MemberId, u8),
    For(MeterId, MeteringInterval),
}

impl CertificatesParameters {
    fn wanted(&self) -> Result<Wanted, Problem> {
        let bad = |cause: String| Problem::new(ProblemKind::BadQuery, cause);
        match (&self.owner, &self.device, &self.interval) {
            (Some(owner), None, None) => {
                let word = self.status.as_deref().unwrap_or("active");
                let status = certificate_status(word).ok_or_else(|| {
                    let words = CertificateStatus::WORDS.join(", ");
                    bad(format!("status is {word:?}, there are {words}"))
                })?;
                Ok(Wanted::Of(owner.clone(), status))
            }
            (None, Some(device), Some(interval)) if self.status.is_none() => {
                let interval = read_interval(interval).map_err(|why| {
                    bad(format!(
                        "{why}; interval is such as 2026-06-01T12:00:00Z/PT1H"
                    ))
                })?;
                Ok(Wanted::For(device.clone(), interval))
            }
            _ => Err(bad(
                "owner is given, perhaps with status, or else device and interval".to_owned(),
            )),
        }
    }
}

/// Reads `start/duration`.
fn read_interval(text: &str) -> Result<MeteringInterval, String> {
    let (start, duration) = text
        .split_once('/')
        .ok_or_else(|| format!("{text:?} has no slash"))?;
    let start = Timestamp::parse_rfc3339(start).map_err(|error| error.to_string())?;
    let duration = IntervalDuration::parse(duration)?;
    MeteringInterval::new(start, duration).map_err(|error| error.to_string())
}

/// List certificates
///
/// The granular certificates of a member, or those for what a device produced in an interval. A page may be short and
/// yet not be the last, above all at an early height: the last one has no `next`.
#[utoipa::path(
    get,
    path = "/v1/certificates",
    params(CertificatesParameters),
    responses((status = 200, description = "The certificates", body = CertificatePage))
)]
pub(in crate::api) async fn list_certificates(
    State(context): State<SharedContext>,
    QueryParameters(parameters): QueryParameters<CertificatesParameters>,
) -> Result<Json<CertificatePage>, Problem> {
    let wanted = parameters.wanted()?;
    let count = parameters.limit.items();
    let after = parameters.after.as_deref().map(str::parse).transpose();
    let after: Option<CertificateId> = after.map_err(|error: CertificateIdError| {
        Problem::new(ProblemKind::BadQuery, format!("after: {error}"))
    })?;
    let asked = HeightAsked::new(parameters.as_of_height, parameters.event_time_before);
    let page = context
        .read(move |reader| {
            let view = reader.view()?;
            let as_of = asked.height(&*view)?;
            let found = match &wanted {
                Wanted::Of(owner, status) => {
                    check_known(reader, owner)?;
                    ask_certificates_of(&*view, (owner, *status), as_of, after, count)?
                }
                Wanted::For(device, interval) => {
                    check_registered(&*view, device, (as_of, asked))?;
                    ask_certificates_for(&*view, (device, *interval), as_of, after, count)?
                }
            };
            Ok(CertificatePage::new(&found))
        })
        .await?;
    Ok(Json(page))
}
