//! What an asset is, was, and how it came to be so.

use bytes::Bytes;

use super::QuestionError;
use super::listing::{listed, was_listed};
use super::page::{check_item, newest_revision};
use super::signed::submitted;
use super::standing::Standing;
use crate::contracts::{AssetKey, AssetOperation, AssetRevision, IndexKey, Listing, read_asset};
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

/// An asset that was open at a height.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenAsset {
    /// Its key.
    pub key: AssetKey,
    /// How many records had changed it.
    pub revision: u64,
    /// The entry that made it.
    pub created: LogIndex,
    /// The change that was the last.
    pub latest: AssetRevision,
}

/// A page of the open assets of a party.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenAssetsAnswer {
    /// The height that the answer is of.
    pub height: Height,
    /// The assets, in the order of their encoded keys: the shorter ones first.
    pub assets: Vec<OpenAsset>,
    /// The key after which the next page begins; it need not be one of the assets.
    pub next: Option<AssetKey>,
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
    let height = Standing::at(view, as_of)?.height;
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
        member: latest.member,
        body: submitted(view, latest.stated)?.1.body,
        stated: latest.stated,
        stage: latest.stage,
        history,
        next,
    }))
}

/// Up to `count` assets of a contract that are open, or were at a height, and list a member as a party then. `after` is
/// where the page before ended. A page of an earlier height may have fewer than `count`, and there are more all the
/// same: it ends after [`MAX_EXAMINED_LISTINGS`](super::MAX_EXAMINED_LISTINGS) that listed the member at some time.
///
/// # Errors
/// [`QuestionError`] if the store fails, the height lies ahead, or `after` never was an open asset of the contract with
/// that party.
pub fn ask_open_assets(
    view: &dyn LedgerView,
    (contract, party): (&ContractName, &MemberId),
    as_of: Option<Height>,
    after: Option<&AssetKey>,
    count: usize,
) -> Result<OpenAssetsAnswer, QuestionError> {
    let standing = Standing::at(view, as_of)?;
    let listing = Listing::Assets { contract, party };
    if let Some(key) = after {
        let was_listed = was_listed(view, listing, &key.to_bytes())?;
        check_item(was_listed, || format!("the asset {key}"))?;
    }
    let after = after.map(Encode::to_bytes);
    let page = listed(view, listing, &standing, after.as_deref(), count)?;
    let mut assets = Vec::with_capacity(page.items.len());
    for item in &page.items {
        assets.push(open_asset(
            view,
            contract,
            AssetKey::from_bytes(item)?,
            &standing,
        )?);
    }
    let next = page.next.as_deref().map(AssetKey::from_bytes);
    Ok(OpenAssetsAnswer {
        height: standing.height,
        assets,
        next: next.transpose()?,
    })
}

/// An asset that is known to have been there.
fn open_asset(
    view: &dyn LedgerView,
    contract: &ContractName,
    key: AssetKey,
    standing: &Standing,
) -> Result<OpenAsset, QuestionError> {
    let missing = || ReadError::new(format!("the listed asset {contract} {key} is missing"));
    let asset = read_asset(view, contract, &key)?.ok_or_else(missing)?;
    let revisions = Revisions {
        view,
        contract,
        key: &key,
    };
    let revision = revisions.last_at(asset.revision, standing.height)?;
    let revision = revision.ok_or_else(missing)?;
    let latest = revisions.get(revision)?;
    Ok(OpenAsset {
        revision,
        created: asset.created,
        latest,
        key,
    })
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
