//! Assets: what the records of a contract state about a thing, by its key.

use bytes::Bytes;

use super::context::{EffectContext, EffectError, StateWriter};
pub use super::definition::AssetKey;
use super::definition::AssetOperation;
use super::index_keys::IndexKey;
use super::state_keys::StateKey;
use super::values;
use crate::types::codec::{Reader, owned, put_bytes};
use crate::types::limits::MAX_BODY_BYTES;
use crate::types::{
    ContractName, Decode, DecodeError, Encode, Height, LogIndex, MemberId, Record, Rejection,
    Space, StateReader, Timestamp,
};

/// An asset as its last record left it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asset {
    /// Whether it has been closed.
    pub is_closed: bool,
    /// How many records have changed it.
    pub revision: u64,
    /// The entry of the record that made it.
    pub created: LogIndex,
    /// The entry of the record that changed it last.
    pub latest: LogIndex,
    /// Who submitted that.
    pub member: MemberId,
    /// The version of the contract that judged it.
    pub contract_version: u32,
    /// The last body that stated it: a closing record's is not kept here.
    pub body: Bytes,
}

/// One step in the history of an asset.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AssetRevision {
    /// The entry of the record.
    pub index: LogIndex,
    /// The block that executed it.
    pub height: Height,
    /// That block's time.
    pub time: Timestamp,
    /// What it did.
    pub operation: AssetOperation,
}

/// Reads an asset.
///
/// # Errors
/// [`EffectError`] if the store fails.
pub fn read_asset(
    state: &(impl StateReader + ?Sized),
    contract: &ContractName,
    key: &AssetKey,
) -> Result<Option<Asset>, EffectError> {
    values::read(state, StateKey::Asset { contract, key }, "asset")
}

/// Whether a record may do to the asset what it says.
pub(super) fn check_operation(
    operation: AssetOperation,
    asset: Option<&Asset>,
    key: &AssetKey,
) -> Result<(), Rejection> {
    match (operation, asset) {
        (_, Some(asset)) if asset.is_closed => Err(Rejection::new(
            "asset-closed",
            format!(
                "{key} was closed by entry {}: nothing changes it any more",
                asset.latest
            ),
        )),
        (AssetOperation::Create, Some(asset)) => Err(Rejection::new(
            "asset-exists",
            format!("{key} was created by entry {} already", asset.created),
        )),
        (AssetOperation::Update | AssetOperation::Close, None) => Err(Rejection::new(
            "no-such-asset",
            format!("there is no {key} to {}", operation.as_str()),
        )),
        _ => Ok(()),
    }
}

/// Carries out what [`check_operation`] allows.
pub(super) fn change_asset(
    state: &mut impl StateWriter,
    context: &EffectContext<'_>,
    contract: (&ContractName, u32),
    change: (AssetOperation, &AssetKey),
    record: &Record,
    before: Option<Asset>,
) {
    let ((contract, contract_version), (operation, key)) = (contract, change);
    let revision = before.as_ref().map_or(0, |asset| asset.revision) + 1;
    let created = before.as_ref().map_or(context.index, |asset| asset.created);
    let body = match before {
        Some(asset) if !operation.states_asset() => asset.body,
        _ => record.body.clone(),
    };
    let after = Asset {
        is_closed: operation == AssetOperation::Close,
        revision,
        created,
        latest: context.index,
        member: context.submitter.id.clone(),
        contract_version,
        body,
    };
    values::write(state, StateKey::Asset { contract, key }, &after);
    let step = AssetRevision {
        index: context.index,
        height: context.height,
        time: context.time,
        operation,
    };
    let place = IndexKey::AssetRevision {
        contract,
        key,
        revision,
    };
    state.append(Space::Index, place.to_bytes(), Bytes::from(step.to_bytes()));
}

impl Encode for Asset {
    fn encode(&self, out: &mut Vec<u8>) {
        out.push(u8::from(self.is_closed));
        out.extend_from_slice(&self.revision.to_be_bytes());
        self.created.encode(out);
        self.latest.encode(out);
        self.member.encode(out);
        out.extend_from_slice(&self.contract_version.to_be_bytes());
        put_bytes(out, &self.body);
    }
}

impl Decode for Asset {
    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(Self {
            is_closed: reader.flag("asset")?,
            revision: reader.u64()?,
            created: LogIndex::decode(reader)?,
            latest: LogIndex::decode(reader)?,
            member: MemberId::decode(reader)?,
            contract_version: reader.u32()?,
            body: owned(reader.bytes("asset", MAX_BODY_BYTES)?),
        })
    }
}

impl Encode for AssetRevision {
    fn encode(&self, out: &mut Vec<u8>) {
        self.index.encode(out);
        self.height.encode(out);
        self.time.encode(out);
        out.push(match self.operation {
            AssetOperation::Create => 0,
            AssetOperation::Update => 1,
            AssetOperation::Put => 2,
            AssetOperation::Close => 3,
        });
    }
}

impl Decode for AssetRevision {
    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(Self {
            index: LogIndex::decode(reader)?,
            height: Height::decode(reader)?,
            time: Timestamp::decode(reader)?,
            operation: match reader.u8()? {
                0 => AssetOperation::Create,
                1 => AssetOperation::Update,
                2 => AssetOperation::Put,
                3 => AssetOperation::Close,
                tag => {
                    return Err(DecodeError::UnknownTag {
                        what: "asset operation",
                        tag,
                    });
                }
            },
        })
    }
}
