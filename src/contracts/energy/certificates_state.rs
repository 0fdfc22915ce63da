//! Granular certificates in the state.
//!
//! An issuance knows where each of its pieces begins: the pieces part its certificates, so that no two overlap and
//! none is lost, whatever is done to them. A piece has one owner and one status.

use bytes::Bytes;

use crate::contracts::context::{EffectError, StateWriter};
use crate::contracts::index_keys::IndexKey;
use crate::contracts::state_keys::StateKey;
use crate::contracts::values;
use crate::records::energy::{Carrier, MeteringInterval};
use crate::types::codec::{Reader, put_length, put_option};
use crate::types::{
    Decode, DecodeError, Encode, Height, LogIndex, MarketArea, MemberId, MeterId, Space,
    StateReader, Timestamp,
};

/// Most pieces of one issuance: what expires is told in one record, which lists them.
pub const MAX_PIECES_PER_ISSUANCE: usize = 1_024;

/// Certificates that were issued for what a device produced in an interval.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CertificateIssuance {
    /// Who issued them.
    pub issuer: MemberId,
    /// The device, by its meter.
    pub device: MeterId,
    /// When the energy was produced.
    pub interval: MeteringInterval,
    /// What it is made of.
    pub carrier: Carrier,
    /// Where it was produced.
    pub area: MarketArea,
    /// How much each certificate stands for, in Wh.
    pub face_value_wh: u64,
    /// How many certificates there are: they have the numbers from 1 to this.
    pub count: u64,
    /// When what is neither cancelled nor claimed expires.
    pub expires: Option<Timestamp>,
    /// The issuance that expires after this one at the same time.
    pub expires_before: Option<LogIndex>,
    /// The first number of each piece, in order; the first is 1.
    pub starts: Vec<u64>,
}

impl CertificateIssuance {
    /// The first number of the piece that a certificate is in.
    pub fn piece_of(&self, number: u64) -> Option<u64> {
        let after = self.starts.partition_point(|start| *start <= number);
        let start = self.starts.get(after.checked_sub(1)?)?;
        (number <= self.count).then_some(*start)
    }
}

/// What has become of certificates.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CertificateStatus {
    /// They can be transferred and cancelled.
    Active,
    /// They are used up for a beneficiary, who may claim them.
    Cancelled {
        /// Who.
        beneficiary: MemberId,
    },
    /// The beneficiary has claimed them for what it consumed.
    Claimed {
        /// Who.
        beneficiary: MemberId,
        /// The meter of the consumption.
        meter: MeterId,
    },
    /// Nobody used them in time.
    Expired,
    /// Who issued them took them back: they stand for nothing.
    Withdrawn,
}

impl CertificateStatus {
    /// The words of all statuses, in order of their codes.
    pub const WORDS: [&'static str; 5] = ["active", "cancelled", "claimed", "expired", "withdrawn"];

    /// Its place among [`CertificateStatus::WORDS`].
    pub fn code(&self) -> u8 {
        match self {
            Self::Active => 0,
            Self::Cancelled { .. } => 1,
            Self::Claimed { .. } => 2,
            Self::Expired => 3,
            Self::Withdrawn => 4,
        }
    }

    /// The word in answers.
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Cancelled { .. } => "cancelled",
            Self::Claimed { .. } => "claimed",
            Self::Expired => "expired",
            Self::Withdrawn => "withdrawn",
        }
    }

    /// For whom they are used up.
    pub fn beneficiary(&self) -> Option<&MemberId> {
        match self {
            Self::Cancelled { beneficiary } | Self::Claimed { beneficiary, .. } => {
                Some(beneficiary)
            }
            Self::Active | Self::Expired | Self::Withdrawn => None,
        }
    }

    /// The meter of the consumption for which they are claimed.
    pub fn meter(&self) -> Option<&MeterId> {
        match self {
            Self::Claimed { meter, .. } => Some(meter),
            _ => None,
        }
    }
}

/// A piece of an issuance: certificates with one history.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CertificatePiece {
    /// The number of its last certificate; the first is in its key.
    pub last: u64,
    /// Whose they are, or were when they were used up.
    pub owner: MemberId,
    /// What has become of them.
    pub status: CertificateStatus,
    /// The entry that changed the piece last.
    pub latest: LogIndex,
}

/// What a record did with a piece.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CertificateOperation {
    /// It made the piece.
    Issue,
    /// It took certificates out of the piece, and left the rest as it was.
    Split,
    /// It gave the piece to another owner.
    Transfer,
    /// It used the piece up.
    Cancel,
    /// It claimed the piece.
    Claim,
    /// It let the piece expire.
    Expire,
    /// It took the piece back.
    Withdraw,
}

impl CertificateOperation {
    const ALL: [Self; 7] = [
        Self::Issue,
        Self::Split,
        Self::Transfer,
        Self::Cancel,
        Self::Claim,
        Self::Expire,
        Self::Withdraw,
    ];

    /// The word in answers.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Issue => "issue",
            Self::Split => "split",
            Self::Transfer => "transfer",
            Self::Cancel => "cancel",
            Self::Claim => "claim",
            Self::Expire => "expire",
            Self::Withdraw => "withdraw",
        }
    }

    fn code(self) -> u8 {
        let place = Self::ALL.iter().position(|one| *one == self);
        place
            .and_then(|place| u8::try_from(place).ok())
            .unwrap_or(0)
    }
}

/// A step in the history of a piece.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CertificateStep {
    /// The block that made it; the entry is in its key and in the piece.
    pub height: Height,
    /// That block's time.
    pub time: Timestamp,
    /// What was done.
    pub operation: CertificateOperation,
    /// The piece as it was left.
    pub piece: CertificatePiece,
    /// The step before: the first number of the piece that this one was part of, and its entry.
    pub before: Option<(u64, LogIndex)>,
}

/// Reads an issuance.
///
/// # Errors
/// [`EffectError`] if the store fails.
pub fn read_issuance(
    state: &(impl StateReader + ?Sized),
    issuance: LogIndex,
) -> Result<Option<CertificateIssuance>, EffectError> {
    values::read(
        state,
        StateKey::CertificateIssuance(issuance),
        "issuance of certificates",
    )
}

/// Reads the piece that begins with a number.
///
/// # Errors
/// [`EffectError`] if the store fails.
pub fn read_piece(
    state: &(impl StateReader + ?Sized),
    issuance: LogIndex,
    first: u64,
) -> Result<Option<CertificatePiece>, EffectError> {
    let key = StateKey::CertificatePiece { issuance, first };
    values::read(state, key, "piece of an issuance")
}

pub(super) fn write_issuance(
    state: &mut impl StateWriter,
    index: LogIndex,
    issuance: &CertificateIssuance,
) {
    values::write(state, StateKey::CertificateIssuance(index), issuance);
}

/// The circumstances of what is done to pieces.
#[derive(Clone, Copy, Debug)]
pub(super) struct StepContext {
    /// The entry that does it.
    pub(super) index: LogIndex,
    pub(super) height: Height,
    pub(super) time: Timestamp,
    /// The issuance of the pieces.
    pub(super) issuance: LogIndex,
}

/// Writes a piece as a record leaves it, its step, and whose it is. `before` is the piece that it was, or was
/// part of, with its first number.
pub(super) fn write_piece(
    state: &mut impl StateWriter,
    context: StepContext,
    operation: CertificateOperation,
    before: Option<(u64, &CertificatePiece)>,
    (first, piece): (u64, CertificatePiece),
) {
    let issuance = context.issuance;
    let holding = |piece: &CertificatePiece| {
        IndexKey::CertificateHolding {
            owner: &piece.owner,
            status: piece.status.code(),
            issuance,
            first,
        }
        .to_bytes()
    };
    if let Some((_, before)) = before.filter(|(start, _)| *start == first) {
        state.remove(Space::Index, &holding(before));
    }
    let index = Bytes::from(context.index.to_bytes());
    state.put(Space::Index, &holding(&piece), index);
    let held = IndexKey::CertificateHeld {
        owner: &piece.owner,
        status: piece.status.code(),
        issuance,
        first,
    };
    state.append(Space::Index, held.to_bytes(), Bytes::new());
    let piece = CertificatePiece {
        latest: context.index,
        ..piece
    };
    values::write(
        state,
        StateKey::CertificatePiece { issuance, first },
        &piece,
    );
    let step = CertificateStep {
        height: context.height,
        time: context.time,
        operation,
        before: before.map(|(start, before)| (start, before.latest)),
        piece,
    };
    let place = IndexKey::CertificateStep {
        issuance,
        first,
        index: context.index,
    };
    state.put(
        Space::Index,
        &place.to_bytes(),
        Bytes::from(step.to_bytes()),
    );
}

impl Encode for CertificateIssuance {
    fn encode(&self, out: &mut Vec<u8>) {
        self.issuer.encode(out);
        self.device.encode(out);
        self.interval.encode(out);
        self.carrier.encode(out);
        self.area.encode(out);
        out.extend_from_slice(&self.face_value_wh.to_be_bytes());
        out.extend_from_slice(&self.count.to_be_bytes());
        put_option(out, self.expires.as_ref());
        put_option(out, self.expires_before.as_ref());
        put_length(out, self.starts.len());
        for start in &self.starts {
            out.extend_from_slice(&start.to_be_bytes());
        }
    }
}

impl Decode for CertificateIssuance {
    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let mut issuance = Self {
            issuer: MemberId::decode(reader)?,
            device: MeterId::decode(reader)?,
            interval: MeteringInterval::decode(reader)?,
            carrier: Carrier::decode(reader)?,
            area: MarketArea::decode(reader)?,
            face_value_wh: reader.u64()?,
            count: reader.u64()?,
            expires: reader.option("expiry")?,
            expires_before: reader.option("next issuance")?,
            starts: Vec::new(),
        };
        let pieces = reader.length("pieces of an issuance", MAX_PIECES_PER_ISSUANCE)?;
        for _ in 0..pieces {
            issuance.starts.push(reader.u64()?);
        }
        let starts = &issuance.starts;
        let in_order = starts.iter().zip(starts.iter().skip(1)).all(|(a, b)| a < b);
        let in_range = starts.first() == Some(&1) && starts.last() <= Some(&issuance.count);
        match in_order && in_range {
            true => Ok(issuance),
            false => Err(DecodeError::invalid(
                "pieces of an issuance",
                "they do not part it",
            )),
        }
    }
}

impl Encode for CertificateStatus {
    fn encode(&self, out: &mut Vec<u8>) {
        out.push(self.code());
        if let Some(beneficiary) = self.beneficiary() {
            beneficiary.encode(out);
        }
        if let Some(meter) = self.meter() {
            meter.encode(out);
        }
    }
}

impl Decode for CertificateStatus {
    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        match reader.u8()? {
            0 => Ok(Self::Active),
            1 => Ok(Self::Cancelled {
                beneficiary: MemberId::decode(reader)?,
            }),
            2 => Ok(Self::Claimed {
                beneficiary: MemberId::decode(reader)?,
                meter: MeterId::decode(reader)?,
            }),
            3 => Ok(Self::Expired),
            4 => Ok(Self::Withdrawn),
            tag => Err(DecodeError::UnknownTag {
                what: "certificate status",
                tag,
            }),
        }
    }
}

impl Encode for CertificatePiece {
    fn encode(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.last.to_be_bytes());
        self.owner.encode(out);
        self.status.encode(out);
        self.latest.encode(out);
    }
}

impl Decode for CertificatePiece {
    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(Self {
            last: reader.u64()?,
            owner: MemberId::decode(reader)?,
            status: CertificateStatus::decode(reader)?,
            latest: LogIndex::decode(reader)?,
        })
    }
}

impl Encode for CertificateStep {
    fn encode(&self, out: &mut Vec<u8>) {
        self.height.encode(out);
        self.time.encode(out);
        out.push(self.operation.code());
        self.piece.encode(out);
        out.push(u8::from(self.before.is_some()));
        if let Some((first, index)) = self.before {
            out.extend_from_slice(&first.to_be_bytes());
            index.encode(out);
        }
    }
}

impl Decode for CertificateStep {
    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(Self {
            height: Height::decode(reader)?,
            time: Timestamp::decode(reader)?,
            operation: {
                let tag = reader.u8()?;
                let found = CertificateOperation::ALL.get(usize::from(tag)).copied();
                found.ok_or(DecodeError::UnknownTag {
                    what: "certificate operation",
                    tag,
                })?
            },
            piece: CertificatePiece::decode(reader)?,
            before: match reader.flag("step before")? {
                true => Some((reader.u64()?, LogIndex::decode(reader)?)),
                false => None,
            },
        })
    }
}
