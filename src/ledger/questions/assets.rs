//! What an asset is, was, and how it came to be so.

use bytes::Bytes;

use super::QuestionError;
use super::page::{check_item, newest_revision};
use super::signed::submitted;
use crate::contracts::{Asset, AssetKey, AssetOperation, AssetRevision, IndexKey, read_asset};
use crate::types::{
    AssetStage, ContractName, Decode, Encode, Height, LedgerView, LogIndex, MemberId, ReadError,
    ScanOrder, Space,
};

/// An asset at a height, with a page of its history.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AssetAnswer {
    /// The height that the answer is of.
    pub height: Height,
    /// Whether it was closed then.
    pub is_closed: bool,
    /// How many records had changed it.
    pub revision: u64,
    /// The entry that made it.
    pub created: LogIndex,
    /// The entry that changed it last.
    pub latest: LogIndex,
    /// Who submitted that.
    pub member: MemberId,
    /// The stage that it was in, if its contract has stages.
    pub stage: Option<AssetStage>,
    /// The body that stated it last, exactly as it was signed.
    pub body: Bytes,
    /// The entry of that body.
    pub stated: LogIndex,
    /// A page of its history, the latest first, with their numbers.
    pub history: Vec<(u64, AssetRevision)>,
    /// The number at which the next page begins.
    pub next: Option<u64>,
}

/// What an asset is now, or was at a height. `before` begins the page of history with the revision
/// of that number.
///
/// # Errors
/// [`QuestionError`] if the store fails, the height lies ahead, or the asset had no such revision.
pub fn ask_asset(
    view: &dyn LedgerView,
    contract: &ContractName,
    key: &AssetKey,
    as_of: Option<Height>,
    before: Option<u64>,
    count: usize,
) -> Result<Option<AssetAnswer>, QuestionError> {
    let tip = view.tip().height;
    let height = as_of.unwrap_or(tip);
    if height > tip {
        return Err(QuestionError::BeyondTip { asked: height, tip });
    }
    let Some(asset) = read_asset(view, contract, key)? else {
        return Ok(None);
    };
    let revisions = Revisions {
        view,
        contract,
        key,
    };
    let Some(last) = revisions.last_at(asset.revision, height)? else {
        return Ok(None);
    };
    let latest = revisions.get(last)?;
    let newest = newest_revision(before, last)?;
    let history = revisions.page(newest, count)?;
    let next = history
        .last()
        .map(|(number, _)| number - 1)
        .filter(|number| *number > 0);
    Ok(Some(AssetAnswer {
        height,
        is_closed: latest.operation == AssetOperation::Close,
        revision: last,
        created: asset.created,
        latest: latest.index,
        member: submitted(view, latest.index)?.0.member,
        body: submitted(view, latest.stated)?.1.body,
        stated: latest.stated,
        stage: latest.stage,
        history,
        next,
    }))
}

/// Up to `count` open assets of a contract of which a member is a party, as they are now, in the order of their
/// encoded keys: the shorter ones first. `after` is where the page before ended; that asset may have been closed
/// meanwhile.
///
/// # Errors
/// [`QuestionError`] if the store fails, or `after` is no asset of the contract with that party.
pub fn ask_open_assets(
    view: &dyn LedgerView,
    contract: &ContractName,
    party: &MemberId,
    after: Option<&AssetKey>,
    count: usize,
) -> Result<Vec<(AssetKey, Asset)>, QuestionError> {
    let prefix = IndexKey::open_assets(contract, party);
    if let Some(key) = after {
        let asset = read_asset(view, contract, key)?;
        let is_of_party = asset.is_some_and(|asset| asset.parties.contains(party));
        check_item(is_of_party, || format!("the asset {key}"))?;
    }
    let after = after.map(Encode::to_bytes);
    let first = match &after {
        Some(key) => [prefix.as_slice(), key.as_slice(), &[0]].concat(),
        None => prefix.clone(),
    };
    // No key is so long that its length begins with this byte.
    let end = [prefix.as_slice(), &[0xff]].concat();
    let rows = view.scan(Space::Index, &first, &end, ScanOrder::Ascending, count)?;
    let mut found = Vec::with_capacity(rows.len());
    for (place, _) in rows {
        let key = AssetKey::from_bytes(place.get(prefix.len()..).unwrap_or_default())?;
        let missing = || ReadError::new(format!("the open asset {contract} {key} is missing"));
        let asset = read_asset(view, contract, &key)?.ok_or_else(missing)?;
        found.push((key, asset));
    }
    Ok(found)
}

/// The history of one asset: revisions count from 1.
struct Revisions<'a> {
    view: &'a dyn LedgerView,
    contract: &'a ContractName,
    key: &'a AssetKey,
}

impl Revisions<'_> {
    fn place(&self, revision: u64) -> Vec<u8> {
        IndexKey::AssetRevision {
            contract: self.contract,
            key: self.key,
            revision,
        }
        .to_bytes()
    }

    fn get(&self, revision: u64) -> Result<AssetRevision, QuestionError> {
        let bytes = self.view.get(Space::Index, &self.place(revision))?;
        let bytes = bytes.ok_or_else(|| {
            let (contract, key) = (self.contract, self.key);
            ReadError::new(format!(
                "revision {revision} of {contract} {key} is missing"
            ))
        })?;
        Ok(AssetRevision::from_bytes(&bytes)?)
    }

    /// The last revision of all at or below a height, found by halves.
    fn last_at(&self, newest: u64, height: Height) -> Result<Option<u64>, QuestionError> {
        if self.get(newest)?.height <= height {
            return Ok(Some(newest));
        }
        // Revisions up to `low` are not above the height, those from `high` on are.
        let (mut low, mut high) = (0, newest);
        while high - low > 1 {
            let middle = low + (high - low) / 2;
            if self.get(middle)?.height <= height {
                low = middle;
            } else {
                high = middle;
            }
        }
        Ok((low > 0).then_some(low))
    }

    /// Up to `count` revisions from `newest` downwards.
    fn page(&self, newest: u64, count: usize) -> Result<Vec<(u64, AssetRevision)>, QuestionError> {
        let (first, end) = (self.place(0), self.place(newest.saturating_add(1)));
        let found = self
            .view
            .scan(Space::Index, &first, &end, ScanOrder::Descending, count)?;
        let mut page = Vec::with_capacity(found.len());
        for (place, (_, value)) in (0u64..).zip(&found) {
            page.push((
                newest.saturating_sub(place),
                AssetRevision::from_bytes(value)?,
            ));
        }
        Ok(page)
    }
}
