//! Assets: what the records of a contract state about a thing, by its key.

use std::collections::BTreeSet;

use bytes::Bytes;

use super::context::{EffectContext, EffectError, StateWriter};
pub use super::definition::AssetKey;
use super::definition::{AssetOperation, AssetSetting, MAX_PARTIES};
use super::index_keys::IndexKey;
use super::listing::Listing;
use super::state_keys::StateKey;
use super::values;
use crate::types::codec::{Reader, owned, put_bytes, put_option, put_sequence};
use crate::types::limits::MAX_BODY_BYTES;
use crate::types::{
    AssetStage, ContractName, Decode, DecodeError, Encode, Height, LogIndex, MemberId, Record,
    Rejection, Space, StateReader, Timestamp,
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
    /// The stage that it is in, if its contract has stages.
    pub stage: Option<AssetStage>,
    /// The members with whom it is listed while it is open.
    pub parties: Vec<MemberId>,
    /// The entry of the last body that stated it.
    pub stated: LogIndex,
    /// That body: what an advancing or a closing record says is not kept here.
    pub body: Bytes,
}

/// One step in the history of an asset.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AssetRevision {
    /// The entry of the record.
    pub index: LogIndex,
    /// The block that executed it.
    pub height: Height,
    /// That block's time.
    pub time: Timestamp,
    /// Who submitted it.
    pub member: MemberId,
    /// What it did.
    pub operation: AssetOperation,
    /// The stage that the asset had then, if its contract has stages.
    pub stage: Option<AssetStage>,
    /// The entry that had stated the asset last, which may be this one.
    pub stated: LogIndex,
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
    setting: &AssetSetting,
    asset: Option<&Asset>,
    key: &AssetKey,
) -> Result<(), Rejection> {
    match (setting.operation, asset) {
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
        (AssetOperation::Update | AssetOperation::Advance | AssetOperation::Close, None) => {
            Err(Rejection::new(
                "no-such-asset",
                format!("there is no {key} to {}", setting.operation.as_str()),
            ))
        }
        (_, Some(asset)) => check_stage(setting, asset, key),
        _ => Ok(()),
    }
}

fn check_stage(setting: &AssetSetting, asset: &Asset, key: &AssetKey) -> Result<(), Rejection> {
    let is_expected = |stage| setting.from.contains(stage);
    if setting.from.is_empty() || asset.stage.as_ref().is_some_and(is_expected) {
        return Ok(());
    }
    let expected: Vec<&str> = setting.from.iter().map(AssetStage::as_str).collect();
    let stage = asset
        .stage
        .as_ref()
        .map_or("without a stage", AssetStage::as_str);
    Err(Rejection::new(
        "wrong-stage",
        format!(
            "{key} is {stage} since entry {}; it has to be {} for this",
            asset.latest,
            expected.join(" or ")
        ),
    ))
}

/// Carries out what [`check_operation`] allows.
///
/// # Errors
/// [`EffectError`] if the store fails.
pub(super) fn change_asset(
    state: &mut impl StateWriter,
    context: &EffectContext<'_>,
    contract: (&ContractName, u32),
    change: (&AssetSetting, &AssetKey, &[MemberId]),
    record: &Record,
    before: Option<Asset>,
) -> Result<(), EffectError> {
    let ((contract, contract_version), (setting, key, stated_parties)) = (contract, change);
    let operation = setting.operation;
    let revision = before.as_ref().map_or(0, |asset| asset.revision) + 1;
    let created = before.as_ref().map_or(context.index, |asset| asset.created);
    let stage_before = before.as_ref().and_then(|asset| asset.stage.clone());
    let stage = setting.to.clone().or(stage_before);
    let listed = before
        .as_ref()
        .map_or_else(Vec::new, |asset| asset.parties.clone());
    let (stated, body, parties) = match before {
        Some(asset) if !operation.states_asset() => (asset.stated, asset.body, asset.parties),
        _ => (context.index, record.body.clone(), stated_parties.to_vec()),
    };
    let is_closed = operation == AssetOperation::Close;
    let to_list = if is_closed { &[] } else { parties.as_slice() };
    list(state, context.index, (contract, key), &listed, to_list)?;
    let after = Asset {
        is_closed,
        revision,
        created,
        latest: context.index,
        member: context.submitter.id.clone(),
        contract_version,
        stage: stage.clone(),
        parties,
        stated,
        body,
    };
    values::write(state, StateKey::Asset { contract, key }, &after);
    let step = AssetRevision {
        index: context.index,
        height: context.height,
        time: context.time,
        member: context.submitter.id.clone(),
        operation,
        stage,
        stated,
    };
    let place = IndexKey::AssetRevision {
        contract,
        key,
        revision,
    };
    state.append(Space::Index, place.to_bytes(), Bytes::from(step.to_bytes()));
    Ok(())
}

/// Lists an asset with those who are its parties by an entry, and with nobody else. Who was one before and is one still
/// has been listed all the while.
fn list(
    state: &mut impl StateWriter,
    by: LogIndex,
    (contract, key): (&ContractName, &AssetKey),
    before: &[MemberId],
    after: &[MemberId],
) -> Result<(), EffectError> {
    let item = key.to_bytes();
    let (before, after): (BTreeSet<_>, BTreeSet<_>) =
        (before.iter().collect(), after.iter().collect());
    for party in before.difference(&after) {
        Listing::Assets { contract, party }.end(state, &item, by)?;
    }
    for party in after.difference(&before) {
        Listing::Assets { contract, party }.open(state, &item, by);
    }
    Ok(())
}

impl Encode for Asset {
    fn encode(&self, out: &mut Vec<u8>) {
        out.push(u8::from(self.is_closed));
        out.extend_from_slice(&self.revision.to_be_bytes());
        self.created.encode(out);
        self.latest.encode(out);
        self.member.encode(out);
        out.extend_from_slice(&self.contract_version.to_be_bytes());
        put_option(out, self.stage.as_ref());
        put_sequence(out, &self.parties);
        self.stated.encode(out);
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
            stage: reader.option("stage")?,
            parties: reader.sequence("parties", MAX_PARTIES)?,
            stated: LogIndex::decode(reader)?,
            body: owned(reader.bytes("asset", MAX_BODY_BYTES)?),
        })
    }
}

impl Encode for AssetRevision {
    fn encode(&self, out: &mut Vec<u8>) {
        self.index.encode(out);
        self.height.encode(out);
        self.time.encode(out);
        self.member.encode(out);
        out.push(match self.operation {
            AssetOperation::Create => 0,
            AssetOperation::Update => 1,
            AssetOperation::Put => 2,
            AssetOperation::Close => 3,
            AssetOperation::Advance => 4,
        });
        put_option(out, self.stage.as_ref());
        self.stated.encode(out);
    }
}

impl Decode for AssetRevision {
    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(Self {
            index: LogIndex::decode(reader)?,
            height: Height::decode(reader)?,
            time: Timestamp::decode(reader)?,
            member: MemberId::decode(reader)?,
            operation: match reader.u8()? {
                0 => AssetOperation::Create,
                1 => AssetOperation::Update,
                2 => AssetOperation::Put,
                3 => AssetOperation::Close,
                4 => AssetOperation::Advance,
                tag => {
                    return Err(DecodeError::UnknownTag {
                        what: "asset operation",
                        tag,
                    });
                }
            },
            stage: reader.option("stage")?,
            stated: LogIndex::decode(reader)?,
        })
    }
}
