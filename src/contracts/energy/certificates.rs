//! The effects of records about granular certificates (EnergyTag model).
//!
//! Invariants:
//! - A reading has one issuance at most, of no more than it says was produced; a correction of the reading never
//!   goes below that. Readings of a device do not overlap, so neither do its issuances.
//! - The pieces of an issuance part its certificates: each certificate is in one piece, whatever is done.
//! - Only the owner moves active certificates; only the beneficiary claims cancelled ones; what is cancelled,
//!   claimed, expired or withdrawn never becomes active again.
//! - What is claimed for a reading is no more than it says was consumed, in the interval of the production.
//!
//! - Who issued certificates takes active ones back; the production that they stood for is then relied on no more.
//!
//! Deliberately absent: joining pieces again, taking back a cancellation, and a second issuance for a reading, also when
//! all of the first was withdrawn.

use super::certificates_cuts::Cutter;
use super::certificates_expiry::schedule_expiry;
use super::certificates_state::{
    CertificateIssuance, CertificateOperation, CertificatePiece, CertificateStatus, StepContext,
    read_issuance, read_piece, write_issuance, write_piece,
};
use super::meters::read_meter;
use super::meters_readings::{read_hour_of_readings, write_hour_of_readings};
use crate::contracts::context::{EffectContext, EffectError, EffectResult, StateWriter};
use crate::contracts::membership::check_member;
use crate::records::energy::{
    CertificateCancellation, CertificateClaim, CertificateIssue, CertificateRange,
    CertificateSettings, CertificateTransfer, CertificateWithdrawal,
};
use crate::types::{Rejection, StateReader};

pub(in crate::contracts) use super::certificates_expiry::expire;

/// The effect of an issuance: the owner of the device, as of its reading, gets certificates with the numbers
/// from 1 on.
pub(in crate::contracts) fn issue(
    state: &mut impl StateWriter,
    context: &EffectContext<'_>,
    issue: &CertificateIssue,
    settings: CertificateSettings,
) -> EffectResult {
    let rejected = |code, reason: String| Ok(Err(Rejection::new(code, reason)));
    let (device, interval) = (&issue.device, issue.interval);
    let Some(meter) = read_meter(state, device)? else {
        return rejected("no-such-meter", format!("no meter {device} is registered"));
    };
    let Some(carrier) = meter.carrier else {
        return rejected(
            "not-a-producer",
            format!("{device} is a meter of consumption: nothing is issued for it"),
        );
    };
    let mut hour = read_hour_of_readings(state, device, interval.hour())?;
    let Some(reading) = hour.get_mut(interval) else {
        return rejected(
            "no-such-reading",
            format!("{device} has no reading of exactly {interval}"),
        );
    };
    if let Some((issuance, wh)) = reading.issued {
        return rejected(
            "already-issued",
            format!(
                "entry {issuance} has issued certificates of {wh} Wh for {device} and {interval}: \
                 there is one issuance for an interval"
            ),
        );
    }
    if issue.quantity_wh > reading.wh_out {
        return rejected(
            "above-production",
            format!(
                "{} Wh are more than the {} Wh that entry {} says were produced",
                issue.quantity_wh, reading.wh_out, reading.entry
            ),
        );
    }
    reading.issued = Some((context.index, issue.quantity_wh));
    let owner = reading.member.clone();
    let mut issuance = CertificateIssuance {
        issuer: context.submitter.id.clone(),
        device: device.clone(),
        interval,
        carrier,
        area: reading.area.clone(),
        face_value_wh: issue.face_value_wh,
        count: issue.count(),
        expires: settings
            .expiry_months
            .map(|months| interval.end().plus_months(months)),
        expires_before: None,
        starts: vec![1],
    };
    if let Some(expires) = issuance.expires {
        if expires <= context.time {
            return rejected(
                "certificate-expired",
                format!("what was produced in {interval} expired at {expires}"),
            );
        }
        match schedule_expiry(state, expires, context.index)? {
            Err(rejection) => return Ok(Err(rejection)),
            Ok(next) => issuance.expires_before = next,
        }
    }
    write_hour_of_readings(state, device, interval.hour(), &hour);
    write_issuance(state, context.index, &issuance);
    let piece = CertificatePiece {
        last: issuance.count,
        owner,
        status: CertificateStatus::Active,
        latest: context.index,
    };
    let step = StepContext {
        index: context.index,
        height: context.height,
        time: context.time,
        issuance: context.index,
    };
    write_piece(state, step, CertificateOperation::Issue, None, (1, piece));
    Ok(Ok(()))
}

/// The effect of a transfer.
pub(in crate::contracts) fn transfer(
    state: &mut impl StateWriter,
    context: &EffectContext<'_>,
    transfer: &CertificateTransfer,
) -> EffectResult {
    let cut = match find(state, transfer.range)? {
        Ok(cut) => cut,
        Err(rejection) => return Ok(Err(rejection)),
    };
    if let Err(rejection) = cut.check_active(context) {
        return Ok(Err(rejection));
    }
    if transfer.to == cut.piece.owner {
        return Ok(Err(Rejection::new(
            "own-certificate",
            format!("{} are {}'s already", transfer.range, transfer.to),
        )));
    }
    if let Err(rejection) = check_member(state, &transfer.to)? {
        return Ok(Err(rejection));
    }
    let after = CertificatePiece {
        owner: transfer.to.clone(),
        ..cut.piece.clone()
    };
    cut.write(state, context, CertificateOperation::Transfer, after)
}

/// The effect of a withdrawal: the certificates stand for nothing any more, and a correction of the reading can go
/// below what was issued by as much.
pub(in crate::contracts) fn withdraw(
    state: &mut impl StateWriter,
    context: &EffectContext<'_>,
    withdrawal: &CertificateWithdrawal,
) -> EffectResult {
    let cut = match find(state, withdrawal.range)? {
        Ok(cut) => cut,
        Err(rejection) => return Ok(Err(rejection)),
    };
    if cut.issuance.issuer != context.submitter.id {
        return Ok(Err(Rejection::new(
            "not-certificate-issuer",
            format!(
                "{} were issued by {}, who alone withdraws them",
                withdrawal.range, cut.issuance.issuer
            ),
        )));
    }
    if let Err(rejection) = cut.check_status(context) {
        return Ok(Err(rejection));
    }
    let (device, interval) = (cut.issuance.device.clone(), cut.issuance.interval);
    let wh = withdrawal
        .range
        .count()
        .saturating_mul(cut.issuance.face_value_wh);
    let mut hour = read_hour_of_readings(state, &device, interval.hour())?;
    if let Some(reading) = hour.get_mut(interval) {
        reading.issued = reading
            .issued
            .map(|(issuance, issued_wh)| (issuance, issued_wh.saturating_sub(wh)));
    }
    let after = CertificatePiece {
        status: CertificateStatus::Withdrawn,
        ..cut.piece.clone()
    };
    let result = cut.write(state, context, CertificateOperation::Withdraw, after)?;
    if result.is_ok() {
        write_hour_of_readings(state, &device, interval.hour(), &hour);
    }
    Ok(result)
}

/// The effect of a cancellation.
pub(in crate::contracts) fn cancel(
    state: &mut impl StateWriter,
    context: &EffectContext<'_>,
    cancellation: &CertificateCancellation,
) -> EffectResult {
    let cut = match find(state, cancellation.range)? {
        Ok(cut) => cut,
        Err(rejection) => return Ok(Err(rejection)),
    };
    if let Err(rejection) = cut.check_active(context) {
        return Ok(Err(rejection));
    }
    if let Err(rejection) = check_member(state, &cancellation.beneficiary)? {
        return Ok(Err(rejection));
    }
    let after = CertificatePiece {
        status: CertificateStatus::Cancelled {
            beneficiary: cancellation.beneficiary.clone(),
        },
        ..cut.piece.clone()
    };
    cut.write(state, context, CertificateOperation::Cancel, after)
}

/// The effect of a claim: the beneficiary's meter has a reading of the very interval of the production, and
/// with this claim no more is claimed for it than was consumed.
pub(in crate::contracts) fn claim(
    state: &mut impl StateWriter,
    context: &EffectContext<'_>,
    claim: &CertificateClaim,
) -> EffectResult {
    let rejected = |code, reason: String| Ok(Err(Rejection::new(code, reason)));
    let cut = match find(state, claim.range)? {
        Ok(cut) => cut,
        Err(rejection) => return Ok(Err(rejection)),
    };
    let CertificateStatus::Cancelled { beneficiary } = &cut.piece.status else {
        return rejected(
            "certificate-not-cancelled",
            format!(
                "{} are {}: what is claimed has been cancelled, and is claimed once",
                claim.range,
                cut.piece.status.as_str()
            ),
        );
    };
    if *beneficiary != context.submitter.id {
        return rejected(
            "not-beneficiary",
            format!(
                "{} are cancelled for {beneficiary}, who alone claims them",
                claim.range
            ),
        );
    }
    let (meter, interval) = (&claim.meter, cut.issuance.interval);
    let mut hour = read_hour_of_readings(state, meter, interval.hour())?;
    let Some(reading) = hour.get_mut(interval) else {
        return rejected(
            "no-such-reading",
            format!(
                "{meter} has no reading of exactly {interval}, in which the energy was produced"
            ),
        );
    };
    if reading.member != *beneficiary {
        return rejected(
            "not-own-consumption",
            format!(
                "what {meter} measured in {interval} was consumed by {}, not by {beneficiary}",
                reading.member
            ),
        );
    }
    let wh = claim
        .range
        .count()
        .saturating_mul(cut.issuance.face_value_wh);
    let claimed_wh = reading.claimed_wh.saturating_add(wh);
    if claimed_wh > reading.wh_in {
        return rejected(
            "above-consumption",
            format!(
                "{wh} Wh and the {} Wh claimed before are more than the {} Wh that entry {} says \
                 were consumed",
                reading.claimed_wh, reading.wh_in, reading.entry
            ),
        );
    }
    reading.claimed_wh = claimed_wh;
    let after = CertificatePiece {
        status: CertificateStatus::Claimed {
            beneficiary: beneficiary.clone(),
            meter: meter.clone(),
        },
        ..cut.piece.clone()
    };
    let result = cut.write(state, context, CertificateOperation::Claim, after)?;
    if result.is_ok() {
        write_hour_of_readings(state, meter, interval.hour(), &hour);
    }
    Ok(result)
}

/// A range of certificates within one piece, about to be cut out of it.
struct Cut {
    range: CertificateRange,
    issuance: CertificateIssuance,
    /// The first number of the piece.
    first: u64,
    piece: CertificatePiece,
}

/// Finds the piece that a range is in.
fn find(
    state: &(impl StateReader + ?Sized),
    range: CertificateRange,
) -> Result<Result<Cut, Rejection>, EffectError> {
    let Some(issuance) = read_issuance(state, range.issuance)? else {
        return Ok(Err(Rejection::new(
            "no-such-certificate",
            format!("entry {} has issued no certificates", range.issuance),
        )));
    };
    let unknown = Rejection::new(
        "no-such-certificate",
        format!(
            "issuance {} has the certificates 1 to {}",
            range.issuance, issuance.count
        ),
    );
    let Some(first) = issuance.piece_of(range.first) else {
        return Ok(Err(unknown));
    };
    let Some(piece) = read_piece(state, range.issuance, first)? else {
        return Ok(Err(unknown));
    };
    if range.last > issuance.count {
        return Ok(Err(unknown));
    }
    if range.last > piece.last {
        return Ok(Err(Rejection::new(
            "certificates-apart",
            format!(
                "{range} are not in one piece: {first} to {} are one, by entry {}",
                piece.last, piece.latest
            ),
        )));
    }
    Ok(Ok(Cut {
        range,
        issuance,
        first,
        piece,
    }))
}

impl Cut {
    /// Whether the certificates are active.
    fn check_status(&self, context: &EffectContext<'_>) -> Result<(), Rejection> {
        let (range, piece) = (self.range, &self.piece);
        if piece.status != CertificateStatus::Active {
            return Err(Rejection::new(
                "certificate-not-active",
                format!(
                    "{range} are {}, which is for good; entry {} changed them last",
                    piece.status.as_str(),
                    piece.latest
                ),
            ));
        }
        if let Some(expires) = self.issuance.expires
            && expires <= context.time
        {
            return Err(Rejection::new(
                "certificate-expired",
                format!("{range} expired at {expires}"),
            ));
        }
        Ok(())
    }

    /// Whether the submitter may move or use up the certificates.
    fn check_active(&self, context: &EffectContext<'_>) -> Result<(), Rejection> {
        self.check_status(context)?;
        let (range, piece) = (self.range, &self.piece);
        if piece.owner != context.submitter.id {
            return Err(Rejection::new(
                "not-certificate-owner",
                format!(
                    "{range} are {}'s, not {}'s",
                    piece.owner, context.submitter.id
                ),
            ));
        }
        Ok(())
    }

    /// Cuts the range out of its piece and writes what it is after; what is before and behind it stays as it was.
    fn write(
        self,
        state: &mut impl StateWriter,
        context: &EffectContext<'_>,
        operation: CertificateOperation,
        after: CertificatePiece,
    ) -> EffectResult {
        let Self {
            range,
            mut issuance,
            first,
            piece,
        } = self;
        let behind = range.last.saturating_add(1);
        let mut parts = Vec::with_capacity(3);
        let rest = |last| CertificatePiece {
            last,
            ..piece.clone()
        };
        if first < range.first {
            let last = range.first.saturating_sub(1);
            parts.push((first, CertificateOperation::Split, rest(last)));
            issuance.starts.push(range.first);
        }
        let after = CertificatePiece {
            last: range.last,
            ..after
        };
        parts.push((range.first, operation, after));
        if behind <= piece.last {
            parts.push((behind, CertificateOperation::Split, rest(piece.last)));
            issuance.starts.push(behind);
        }
        if parts.len() > 1 {
            let cutter = Cutter {
                context,
                issuance: range.issuance,
                operation,
            };
            let (pieces, added) = (issuance.starts.len(), parts.len() - 1);
            if let Err(rejection) = cutter.count(state, pieces, added, (first, piece.last))? {
                return Ok(Err(rejection));
            }
            issuance.starts.sort_unstable();
            write_issuance(state, range.issuance, &issuance);
        }
        let step = StepContext {
            index: context.index,
            height: context.height,
            time: context.time,
            issuance: range.issuance,
        };
        for (start, operation, part) in parts {
            write_piece(state, step, operation, Some((first, &piece)), (start, part));
        }
        Ok(Ok(()))
    }
}
