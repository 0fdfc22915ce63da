//! The table of native record families.

use thiserror::Error;

use super::custody::{self, CustodyRecord};
use super::document::{self, DocumentAnchor};
use super::energy::market::{self, EnergyOrder, MarketAreas, OrderWithdrawal};
use super::energy::{
    self, CertificateCancellation, CertificateClaim, CertificateIssue, CertificateSettings,
    CertificateTransfer, CertificateWithdrawal, MeterChange, MeterReading,
};
use super::epcis::{self, CheckedEvent, EventSettings, MasterData};
use super::governance::{self, Ballot, Proposal};
use super::membership::{self, MembershipChange};
use super::production::{self, Run};
use super::setting_fault::SettingFault;
use super::telemetry::{self, Device, Series};
use crate::types::json::escape_pointer_segment;

/// What a body is, once it has been read and checked by its family: all that applying it needs,
/// so that no body is parsed twice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NativeBody {
    /// Certificates that are cancelled.
    CertificateCancellation(Box<CertificateCancellation>),
    /// Cancelled certificates that are claimed.
    CertificateClaim(Box<CertificateClaim>),
    /// Certificates that are issued.
    CertificateIssue(Box<CertificateIssue>),
    /// Certificates that get another owner.
    CertificateTransfer(Box<CertificateTransfer>),
    /// Certificates that their issuer takes back.
    CertificateWithdrawal(Box<CertificateWithdrawal>),
    /// A meter that is registered, changed or closed.
    Meter(Box<MeterChange>),
    /// A meter's reading.
    MeterReading(Box<MeterReading>),
    /// An EPCIS event.
    EpcisEvent(Box<CheckedEvent>),
    /// What a member says of an element of a vocabulary.
    MasterData(Box<MasterData>),
    /// A change of a member's keys.
    MembershipChange(Box<MembershipChange>),
    /// A proposal to the governing members.
    Proposal(Box<Proposal>),
    /// A governing member's answer to a proposal.
    Ballot(Ballot),
    /// A claim of custody, a proposal to hand things over, or an answer to one.
    Custody(Box<CustodyRecord>),
    /// That a document existed.
    DocumentAnchor(Box<DocumentAnchor>),
    /// A finished production run.
    ProductionRun(Box<Run>),
    /// What a member says of a measuring device.
    TelemetryDevice(Box<Device>),
    /// Points that a device has measured.
    TelemetrySeries(Box<Series>),
    /// A bid for energy, or an offer of it.
    EnergyOrder(Box<EnergyOrder>),
    /// A member takes an order of its own back.
    EnergyOrderWithdrawal(OrderWithdrawal),
}

/// What a contract sets for a native family, checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NativeSettings {
    /// The family has nothing to set.
    None,
    /// Of EPCIS events.
    EpcisEvent(EventSettings),
    /// What is set for issuing certificates.
    Certificates(CertificateSettings),
    /// The market areas of `energy.order`.
    Market(MarketAreas),
}

/// A family of records whose effects are part of this program. A contract chooses one by its name
/// for a kind of record. A new family is a folder beside this file and a line in [`FAMILIES`].
#[derive(Clone, Copy, Debug)]
pub struct NativeFamily {
    /// The name, such as `epcis.event`.
    pub name: &'static str,
    check: fn(&[u8]) -> Result<NativeBody, BodyError>,
    settings: fn(toml::Table) -> Result<NativeSettings, SettingFault>,
}

impl NativeFamily {
    /// Reads and checks a body by itself, without the ledger's state. A pure function of the bytes: it
    /// may run on any thread, once, and its result be kept until the record is applied.
    ///
    /// # Errors
    /// [`BodyError`] with the place and the rule.
    pub fn check(&self, body: &[u8]) -> Result<NativeBody, BodyError> {
        (self.check)(body)
    }

    /// Reads what a contract sets for the family, in the table `[record.settings]`; an empty table has the
    /// defaults.
    ///
    /// # Errors
    /// [`SettingFault`] with the first thing that is wrong.
    pub fn settings(&self, table: toml::Table) -> Result<NativeSettings, SettingFault> {
        (self.settings)(table)
    }
}

impl PartialEq for NativeFamily {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl Eq for NativeFamily {}

/// All native families.
pub const FAMILIES: &[NativeFamily] = &[
    NativeFamily {
        name: energy::CERTIFICATE_CANCEL,
        check: |body| {
            let checked = energy::check_certificate_cancel(body);
            checked.map(|c| NativeBody::CertificateCancellation(Box::new(c)))
        },
        settings: no_settings,
    },
    NativeFamily {
        name: energy::CERTIFICATE_CLAIM,
        check: |body| {
            let checked = energy::check_certificate_claim(body);
            checked.map(|c| NativeBody::CertificateClaim(Box::new(c)))
        },
        settings: no_settings,
    },
    NativeFamily {
        name: energy::CERTIFICATE_ISSUE,
        check: |body| {
            let checked = energy::check_certificate_issue(body);
            checked.map(|i| NativeBody::CertificateIssue(Box::new(i)))
        },
        settings: |table| CertificateSettings::read(&table).map(NativeSettings::Certificates),
    },
    NativeFamily {
        name: energy::CERTIFICATE_TRANSFER,
        check: |body| {
            let checked = energy::check_certificate_transfer(body);
            checked.map(|t| NativeBody::CertificateTransfer(Box::new(t)))
        },
        settings: no_settings,
    },
    NativeFamily {
        name: energy::CERTIFICATE_WITHDRAW,
        check: |body| {
            let checked = energy::check_certificate_withdraw(body);
            checked.map(|w| NativeBody::CertificateWithdrawal(Box::new(w)))
        },
        settings: no_settings,
    },
    NativeFamily {
        name: energy::METER,
        check: |body| energy::check_meter(body).map(|m| NativeBody::Meter(Box::new(m))),
        settings: no_settings,
    },
    NativeFamily {
        name: energy::METER_READING,
        check: |body| {
            energy::check_meter_reading(body).map(|r| NativeBody::MeterReading(Box::new(r)))
        },
        settings: no_settings,
    },
    NativeFamily {
        name: market::ORDER,
        check: |body| market::check_order(body).map(|o| NativeBody::EnergyOrder(Box::new(o))),
        settings: |table| MarketAreas::read(table).map(NativeSettings::Market),
    },
    NativeFamily {
        name: market::ORDER_WITHDRAWAL,
        check: |body| market::check_withdrawal(body).map(NativeBody::EnergyOrderWithdrawal),
        settings: no_settings,
    },
    NativeFamily {
        name: "epcis.event",
        check: |body| epcis::check(body).map(|event| NativeBody::EpcisEvent(Box::new(event))),
        settings: |table| EventSettings::read(table).map(NativeSettings::EpcisEvent),
    },
    NativeFamily {
        name: epcis::MASTER_DATA,
        check: |body| epcis::check_master_data(body).map(|d| NativeBody::MasterData(Box::new(d))),
        settings: no_settings,
    },
    NativeFamily {
        name: "membership.change",
        check: |body| {
            membership::check(body).map(|change| NativeBody::MembershipChange(Box::new(change)))
        },
        settings: no_settings,
    },
    NativeFamily {
        name: governance::PROPOSAL,
        check: |body| governance::check_proposal(body).map(|p| NativeBody::Proposal(Box::new(p))),
        settings: no_settings,
    },
    NativeFamily {
        name: governance::BALLOT,
        check: |body| governance::check_ballot(body).map(NativeBody::Ballot),
        settings: no_settings,
    },
    NativeFamily {
        name: custody::CLAIM,
        check: |body| custody::check_claim(body).map(|c| in_custody(CustodyRecord::Claim(c))),
        settings: no_settings,
    },
    NativeFamily {
        name: custody::PROPOSAL,
        check: |body| custody::check_proposal(body).map(|p| in_custody(CustodyRecord::Proposal(p))),
        settings: no_settings,
    },
    NativeFamily {
        name: custody::ACCEPTANCE,
        check: |body| custody::check_acceptance(body).map(|a| in_custody(CustodyRecord::Answer(a))),
        settings: no_settings,
    },
    NativeFamily {
        name: custody::REJECTION,
        check: |body| custody::check_rejection(body).map(|a| in_custody(CustodyRecord::Answer(a))),
        settings: no_settings,
    },
    NativeFamily {
        name: custody::WITHDRAWAL,
        check: |body| custody::check_withdrawal(body).map(|a| in_custody(CustodyRecord::Answer(a))),
        settings: no_settings,
    },
    NativeFamily {
        name: document::ANCHOR,
        check: |body| document::check(body).map(|a| NativeBody::DocumentAnchor(Box::new(a))),
        settings: no_settings,
    },
    NativeFamily {
        name: "production.run",
        check: |body| production::check(body).map(|run| NativeBody::ProductionRun(Box::new(run))),
        settings: no_settings,
    },
    NativeFamily {
        name: "telemetry.device",
        check: |body| {
            telemetry::check_device(body)
                .map(|device| NativeBody::TelemetryDevice(Box::new(device)))
        },
        settings: no_settings,
    },
    NativeFamily {
        name: "telemetry.series",
        check: |body| {
            telemetry::check_series(body)
                .map(|series| NativeBody::TelemetrySeries(Box::new(series)))
        },
        settings: no_settings,
    },
];

/// The kinds of the records that the ledger makes by itself. No contract takes them from members.
pub const DERIVED_KINDS: &[&str] = &[
    custody::EXPIRY,
    energy::CERTIFICATE_EXPIRY,
    market::CLEARING,
    market::SETTLEMENT,
    market::TRADE,
];

fn in_custody(record: CustodyRecord) -> NativeBody {
    NativeBody::Custody(Box::new(record))
}

/// The families that a kind has under the family's own name alone: what they do to the state is one thing for
/// the whole ledger.
pub const OWN_NAME_FAMILIES: &[&str] = &[
    energy::CERTIFICATE_CANCEL,
    energy::CERTIFICATE_CLAIM,
    energy::CERTIFICATE_ISSUE,
    energy::CERTIFICATE_TRANSFER,
    energy::CERTIFICATE_WITHDRAW,
    energy::METER,
    energy::METER_READING,
    market::ORDER,
    market::ORDER_WITHDRAWAL,
];

/// Of a family that has nothing to set.
fn no_settings(table: toml::Table) -> Result<NativeSettings, SettingFault> {
    match table.keys().next() {
        None => Ok(NativeSettings::None),
        Some(name) => {
            let reason = format!("there is no setting {name:?} here");
            Err(SettingFault::unknown(name, reason))
        }
    }
}

/// The family of a name.
pub fn family(name: &str) -> Option<&'static NativeFamily> {
    FAMILIES.iter().find(|family| family.name == name)
}

/// Why a body is not of its kind: where, and what is wrong there.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("at {pointer:?}: {reason}")]
pub struct BodyError {
    /// JSON pointer (RFC 6901) into the body; empty for the whole body.
    pub pointer: String,
    /// What is wrong, for the author of the body.
    pub reason: String,
}

impl BodyError {
    /// A fault at a place.
    pub fn new(pointer: impl Into<String>, reason: impl Into<String>) -> Self {
        Self {
            pointer: pointer.into(),
            reason: reason.into(),
        }
    }

    /// The fault of a part, seen from what it is in: as its member of a name, or its item of a number.
    #[must_use]
    pub fn inside(self, segment: &str) -> Self {
        Self {
            pointer: format!("/{}{}", escape_pointer_segment(segment), self.pointer),
            reason: self.reason,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::types::RecordKind;

    #[test]
    fn every_family_has_a_proper_name_and_only_one() {
        for (index, family) in FAMILIES.iter().enumerate() {
            assert!(RecordKind::new(family.name).is_ok(), "{}", family.name);
            assert!(FAMILIES[..index].iter().all(|f| f.name != family.name));
            assert!(family.check(b"[]").is_err(), "{}", family.name);
            assert!(!DERIVED_KINDS.contains(&family.name));
        }
    }
}
