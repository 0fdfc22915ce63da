//! The bodies of records about granular certificates.

use super::certificate_range::{CertificateRange, RANGE_FIELDS};
use super::meter_interval::MeteringInterval;
use super::meter_reading::MAX_WH_PER_READING;
use crate::records::BodyError;
use crate::records::fields::{self, Fields};
use crate::types::{MemberId, MeterId};

/// Longest purpose of a cancellation, and longest reason of a withdrawal, in characters.
const MAX_PURPOSE_CHARACTERS: usize = 200;

/// Certificates for what a device produced in an interval.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CertificateIssue {
    /// The device, by its meter.
    pub device: MeterId,
    /// The interval: that of a reading.
    pub interval: MeteringInterval,
    /// How much energy, in Wh.
    pub quantity_wh: u64,
    /// How much of it each certificate stands for, in Wh.
    pub face_value_wh: u64,
}

impl CertificateIssue {
    /// How many certificates that makes.
    pub fn count(&self) -> u64 {
        self.quantity_wh
            .checked_div(self.face_value_wh)
            .unwrap_or(0)
    }
}

/// Certificates get another owner.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CertificateTransfer {
    /// Which.
    pub range: CertificateRange,
    /// The new owner.
    pub to: MemberId,
}

/// Certificates are used up for a beneficiary.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CertificateCancellation {
    /// Which.
    pub range: CertificateRange,
    /// Whose consumption they may be claimed for.
    pub beneficiary: MemberId,
}

/// Certificates are taken back by who issued them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CertificateWithdrawal {
    /// Which.
    pub range: CertificateRange,
}

/// Cancelled certificates are claimed to be what was consumed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CertificateClaim {
    /// Which.
    pub range: CertificateRange,
    /// The meter of the consumption.
    pub meter: MeterId,
}

/// Reads and checks the body of an issuance.
///
/// # Errors
/// [`BodyError`] with the place and the rule.
pub fn check_certificate_issue(body: &[u8]) -> Result<CertificateIssue, BodyError> {
    let json = fields::read(body)?;
    let fields = Fields::of(&json, "an issuance of certificates")?;
    fields.allow_only(&["device", "start", "duration", "quantityWh", "faceValueWh"])?;
    let issue = CertificateIssue {
        device: fields.parse("device", MeterId::new)?,
        interval: MeteringInterval::read(&fields)?,
        quantity_wh: fields.whole_number_within("quantityWh", 1..=MAX_WH_PER_READING)?,
        face_value_wh: fields.whole_number_within("faceValueWh", 1..=MAX_WH_PER_READING)?,
    };
    if !issue.quantity_wh.is_multiple_of(issue.face_value_wh) {
        return Err(BodyError::new(
            fields.place("quantityWh"),
            format!(
                "{} Wh are not a multiple of the face value, {} Wh",
                issue.quantity_wh, issue.face_value_wh
            ),
        ));
    }
    Ok(issue)
}

/// Reads and checks the body of a transfer.
///
/// # Errors
/// [`BodyError`] with the place and the rule.
pub fn check_certificate_transfer(body: &[u8]) -> Result<CertificateTransfer, BodyError> {
    let json = fields::read(body)?;
    let fields = Fields::of(&json, "a transfer of certificates")?;
    let range = range(&fields, &["to"])?;
    Ok(CertificateTransfer {
        range,
        to: fields.parse("to", MemberId::new)?,
    })
}

/// Reads and checks the body of a cancellation. Its purpose is for readers of the log.
///
/// # Errors
/// [`BodyError`] with the place and the rule.
pub fn check_certificate_cancel(body: &[u8]) -> Result<CertificateCancellation, BodyError> {
    let json = fields::read(body)?;
    let fields = Fields::of(&json, "a cancellation of certificates")?;
    let range = range(&fields, &["beneficiary", "purpose"])?;
    fields.parse_optional("purpose", check_text)?;
    Ok(CertificateCancellation {
        range,
        beneficiary: fields.parse("beneficiary", MemberId::new)?,
    })
}

/// Reads and checks the body of a withdrawal. Its reason is for readers of the log.
///
/// # Errors
/// [`BodyError`] with the place and the rule.
pub fn check_certificate_withdraw(body: &[u8]) -> Result<CertificateWithdrawal, BodyError> {
    let json = fields::read(body)?;
    let fields = Fields::of(&json, "a withdrawal of certificates")?;
    let range = range(&fields, &["reason"])?;
    fields.parse("reason", check_text)?;
    Ok(CertificateWithdrawal { range })
}

fn check_text(text: &str) -> Result<(), String> {
    match (1..=MAX_PURPOSE_CHARACTERS).contains(&text.chars().count()) {
        true => Ok(()),
        false => Err(format!(
            "a text of 1 to {MAX_PURPOSE_CHARACTERS} characters is expected"
        )),
    }
}

/// Reads and checks the body of a claim.
///
/// # Errors
/// [`BodyError`] with the place and the rule.
pub fn check_certificate_claim(body: &[u8]) -> Result<CertificateClaim, BodyError> {
    let json = fields::read(body)?;
    let fields = Fields::of(&json, "a claim of certificates")?;
    let range = range(&fields, &["meter"])?;
    Ok(CertificateClaim {
        range,
        meter: fields.parse("meter", MeterId::new)?,
    })
}

/// The range of a body that has `others` besides.
fn range(fields: &Fields<'_, '_>, others: &[&str]) -> Result<CertificateRange, BodyError> {
    fields.allow_only(&[&RANGE_FIELDS[..], others].concat())?;
    CertificateRange::read(fields)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::types::LogIndex;

    const ISSUE: &str = r#"{"device":"PV","start":"2026-03-01T10:00:00Z","duration":"PT1H",
        "quantityWh":1000,"faceValueWh":10}"#;

    #[test]
    fn an_issuance_is_read_and_each_fault_is_at_its_place() {
        let issue = check_certificate_issue(ISSUE.as_bytes()).unwrap();
        assert_eq!(issue.count(), 100);
        for (from, to, pointer) in [
            ("PV", "P V", "/device"),
            ("10:00", "10:30", "/start"),
            ("PT1H", "PT2H", "/duration"),
            ("1000", "0", "/quantityWh"),
            ("1000", "1005", "/quantityWh"),
            (":10}", ":0}", "/faceValueWh"),
            ("device", "meter", "/meter"),
        ] {
            let body = ISSUE.replace(from, to);
            let error = check_certificate_issue(body.as_bytes()).unwrap_err();
            assert_eq!(error.pointer, pointer, "{body}");
        }
    }

    #[test]
    fn what_happens_to_certificates_is_read_and_each_fault_is_at_its_place() {
        let range = CertificateRange {
            issuance: LogIndex(9),
            first: 1,
            last: 50,
        };
        let body = |more: &str| format!(r#"{{"issuance":9,"first":1,"last":50,{more}}}"#);
        let transfer = check_certificate_transfer(body(r#""to":"acme""#).as_bytes()).unwrap();
        assert_eq!((transfer.range, transfer.to.as_str()), (range, "acme"));
        let cancelled = body(r#""beneficiary":"acme","purpose":"2026""#);
        let cancelled = check_certificate_cancel(cancelled.as_bytes()).unwrap();
        assert_eq!(cancelled.range, range);
        let claim = check_certificate_claim(body(r#""meter":"HOUSE""#).as_bytes()).unwrap();
        assert_eq!((claim.range, claim.meter.as_str()), (range, "HOUSE"));
        let faults = [
            (body(r#""to":"Acme""#), "/to"),
            (body(r#""to":"acme""#).replace(":1,", ":51,"), "/first"),
            (body(r#""to":"acme""#).replace(":1,", ":0,"), "/first"),
            (body(r#""to":"acme""#).replace("last", "until"), "/until"),
        ];
        for (body, pointer) in faults {
            let error = check_certificate_transfer(body.as_bytes()).unwrap_err();
            assert_eq!(error.pointer, pointer, "{body}");
        }
        let withdrawal = body(r#""reason":"read wrongly""#);
        let withdrawal = check_certificate_withdraw(withdrawal.as_bytes()).unwrap();
        assert_eq!(withdrawal.range, range);
        for reason in [r#""reason":"""#, r#""reason":7"#] {
            let error = check_certificate_withdraw(body(reason).as_bytes()).unwrap_err();
            assert_eq!(error.pointer, "/reason");
        }
        let nameless = body(r#""beneficiary":"acme","purpose":"""#);
        let error = check_certificate_cancel(nameless.as_bytes()).unwrap_err();
        assert_eq!(error.pointer, "/purpose");
    }
}
