//! Signing for clients that hold no key.

use std::sync::Arc;

use bytes::Bytes;

use crate::api::context::ApiSetup;
use crate::api::epcis::exception::{self, EpcisException, no_vote};
use crate::api::limits::CAPTURE_LIFETIME_MS;
use crate::api::problem::Problem;
use crate::contracts::RecordError;
use crate::crypto::SecretKey;
use crate::records::epcis::{MASTER_DATA, PieceKind};
use crate::types::{
    Atomicity, DecodeError, LedgerId, MemberId, Record, RecordKind, Refusal, Submission, Timestamp,
};

/// The kind of the records that are made of events.
const EVENT_KIND: &str = "epcis.event";

/// The version of both kinds of records that are made of documents.
const VERSION: u16 = 1;

/// The gateway key with all that it signs for.
#[derive(Clone, Debug)]
pub(super) struct Gateway {
    ledger: LedgerId,
    pub(super) member: MemberId,
    key: Arc<SecretKey>,
}

impl Gateway {
    /// The node's gateway.
    ///
    /// # Errors
    /// [`EpcisException::NotImplemented`] if the node has none, or has no vote: what it signed would be refused.
    pub(super) fn of(setup: &ApiSetup) -> Result<Self, Problem> {
        if let Some(reason) = setup.node.no_vote_reason() {
            return Err(no_vote(reason));
        }
        let key = setup.epcis.gateway.clone().ok_or_else(|| {
            EpcisException::NotImplemented
                .problem("this node has no gateway key, so it captures nothing")
                .with_way_out(format!(
                    "tell the node's operator: `waybill keys generate --only gateway --member {}` \
                     makes a key, `waybill member add-key gateway.key --purpose gateway` registers it, \
                     and the setting epcis.gateway_key names its file; or submit signed records to POST /v1/submissions",
                    setup.epcis.member
                ))
        })?;
        Ok(Self {
            ledger: setup.ledger,
            member: setup.epcis.member.clone(),
            key,
        })
    }

    /// Signs records for the node's member.
    ///
    /// # Errors
    /// [`DecodeError`] if they do not make a submission.
    pub(super) fn sign(
        &self,
        now: Timestamp,
        atomicity: Atomicity,
        records: Vec<Record>,
    ) -> Result<Submission, DecodeError> {
        Submission::sign(
            self.ledger,
            self.member.clone(),
            &self.key,
            Timestamp::from_ms(now.as_ms().saturating_add(CAPTURE_LIFETIME_MS)),
            atomicity,
            records,
        )
    }
}

/// The record of an event, or of an element of master data.
///
/// # Errors
/// An internal problem: the kind is one.
pub(super) fn record(piece: PieceKind, body: Bytes) -> Result<Record, Problem> {
    let kind = match piece {
        PieceKind::Event => EVENT_KIND,
        PieceKind::MasterData => MASTER_DATA,
    };
    let kind = RecordKind::new(kind).map_err(|error| Problem::internal(&error.to_string()))?;
    Ok(Record {
        kind,
        version: VERSION,
        body,
    })
}

/// What a client is told of a record that cannot be taken, with the place in the event.
pub(super) fn of_record_error(error: &RecordError) -> Problem {
    match error {
        RecordError::InvalidBody { error, .. } => EpcisException::Validation
            .problem(format!("at {:?}: {}", error.pointer, error.reason))
            .with_pointer(&error.pointer),
        RecordError::RuleBroken { rule, reason, .. } => {
            EpcisException::Validation.problem(format!("the rule {rule} is broken: {reason}"))
        }
        RecordError::UnknownKind { .. } | RecordError::UnsupportedVersion { .. } => {
            EpcisException::NotImplemented
                .problem(format!("this ledger takes no such events: {error}"))
        }
    }
}

/// What a client is told when records do not make a submission.
pub(super) fn of_decode_error(error: &DecodeError) -> Problem {
    let kind = match error {
        DecodeError::LimitExceeded { .. } => EpcisException::CaptureLimitExceeded,
        _ => EpcisException::Validation,
    };
    kind.problem(error.to_string())
}

/// What a client is told of a refused submission.
pub(super) fn of_refusal(refusal: Refusal) -> Problem {
    exception::of_refusal(refusal)
}
