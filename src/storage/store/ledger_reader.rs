//! The store as the pure floors and the readers of the ledger see it.

use bytes::Bytes;

use super::columns::Column;
use super::error::StoreError;
use super::open::Store;
use super::view::View;
use crate::contracts::{MEMBER_PREFIX, StateKey};
use crate::crypto::Sha256Digest;
use crate::crypto::tile::{FULL_WIDTH, TILE_HEIGHT};
use crate::ledger::EntryLocation;
use crate::types::codec::Reader;
use crate::types::{
    BatchDigest, CommittedBlock, Decode, Encode, Evidence, EvidenceRecord, Height, KeyRange,
    KeyValue, LedgerReader, LedgerView, LogIndex, Member, MemberId, ReadError, RecordProof,
    ScanOrder, Space, StateReader, Submission, SubmissionId, SubmissionLocation, Timestamp, Tip,
    ValidatorSet,
};

/// Tile levels that a log can have: 256^8 is beyond any 64-bit size.
const TILE_LEVELS: u8 = 8;

impl StateReader for Store {
    fn get(&self, space: Space, key: &[u8]) -> Result<Option<Bytes>, ReadError> {
        let family = self.column(Column::Space(space))?;
        let value = self
            .db
            .get_cf(family, key)
            .map_err(|error| self.database_error(&error))?;
        Ok(value.map(Bytes::from))
    }
}

/// The store at one moment, with the tip of that moment.
struct Moment<'a> {
    view: View<'a>,
    tip: Tip,
    genesis_time: Timestamp,
}

impl StateReader for Moment<'_> {
    fn get(&self, space: Space, key: &[u8]) -> Result<Option<Bytes>, ReadError> {
        Ok(self.view.get(Column::Space(space), key)?)
    }
}

impl LedgerView for Moment<'_> {
    fn genesis_time(&self) -> Timestamp {
        self.genesis_time
    }

    fn tip(&self) -> Tip {
        self.tip
    }

    fn entry(&self, index: LogIndex) -> Result<Option<Bytes>, ReadError> {
        Ok(self.view.entry(index)?)
    }

    fn block(&self, height: Height) -> Result<Option<CommittedBlock>, ReadError> {
        Ok(self.view.block(height)?)
    }

    fn scan(
        &self,
        space: Space,
        first: &[u8],
        end: &[u8],
        order: ScanOrder,
        count: usize,
    ) -> Result<Vec<KeyValue>, ReadError> {
        let column = Column::Space(space);
        let found = self.view.scan_in(column, first, end, order)?;
        Ok(found.take(count).collect::<Result<_, StoreError>>()?)
    }

    fn scan_each(
        &self,
        space: Space,
        ranges: &[KeyRange],
        count: usize,
    ) -> Result<Vec<Vec<KeyValue>>, ReadError> {
        Ok(self.view.scan_each(Column::Space(space), ranges, count)?)
    }
}

impl LedgerReader for Store {
    fn tip(&self) -> Result<Tip, ReadError> {
        Ok(Store::view(self).ledger_tip()?.summary())
    }

    fn view(&self) -> Result<Box<dyn LedgerView + '_>, ReadError> {
        let view = Store::view(self);
        let tip = view.ledger_tip()?.summary();
        Ok(Box::new(Moment {
            view,
            tip,
            genesis_time: self.genesis_time,
        }))
    }

    fn block(&self, height: Height) -> Result<Option<CommittedBlock>, ReadError> {
        Ok(Store::view(self).block(height)?)
    }

    fn entry(&self, index: LogIndex) -> Result<Option<Bytes>, ReadError> {
        Ok(Store::view(self).entry(index)?)
    }

    fn entries(&self, first: LogIndex, count: usize) -> Result<Vec<Bytes>, ReadError> {
        Ok(Store::view(self).entries(first, count)?)
    }

    fn submission(&self, id: &SubmissionId) -> Result<Option<SubmissionLocation>, ReadError> {
        let column = Column::Space(Space::Submissions);
        Ok(Store::view(self).decode(column, id.as_bytes())?)
    }

    fn record_proof(&self, index: LogIndex) -> Result<Option<RecordProof>, ReadError> {
        Ok(Store::view(self).record_proof(index)?)
    }

    fn batch(&self, digest: &BatchDigest) -> Result<Option<Bytes>, ReadError> {
        Ok(self.held_batch(digest)?)
    }

    fn member(&self, id: &MemberId) -> Result<Option<Member>, ReadError> {
        let key = StateKey::Member(id).to_bytes();
        Ok(Store::view(self).decode(Column::Space(Space::State), &key)?)
    }

    fn members(&self, after: Option<&MemberId>, count: usize) -> Result<Vec<Member>, ReadError> {
        Ok(Store::view(self).members(after, count)?)
    }

    fn validators(&self, height: Height) -> Result<Option<ValidatorSet>, ReadError> {
        Ok(Store::view(self).validators(height)?)
    }

    fn evidence(&self, first: LogIndex, count: usize) -> Result<Vec<EvidenceRecord>, ReadError> {
        Ok(Store::view(self).evidence(first, count)?)
    }

    fn tree_node(&self, level: u8, index: u64) -> Result<Option<Sha256Digest>, ReadError> {
        if level >= TILE_LEVELS * TILE_HEIGHT {
            return Ok(None);
        }
        Ok(Store::view(self).tree_node(level, index)?)
    }

    fn tile(&self, level: u8, index: u64, width: u16) -> Result<Option<Bytes>, ReadError> {
        let full = u64::from(FULL_WIDTH);
        let (Some(first), 1..=FULL_WIDTH) = (index.checked_mul(full), width) else {
            return Ok(None);
        };
        if level >= TILE_LEVELS {
            return Ok(None);
        }
        Ok(Store::view(self).tree_row(level, first, width.into())?)
    }

    fn checkpoint(&self) -> Result<Option<String>, ReadError> {
        Ok(Store::view(self).sized_checkpoint()?.map(|(_, note)| note))
    }
}

impl View<'_> {
    fn entry(&self, index: LogIndex) -> Result<Option<Bytes>, StoreError> {
        let Some(location) = self.location(index)? else {
            return Ok(None);
        };
        Ok(Some(self.resolve(index, location)?))
    }

    fn entries(&self, first: LogIndex, count: usize) -> Result<Vec<Bytes>, StoreError> {
        let end = first.plus(u64::try_from(count).unwrap_or(u64::MAX));
        let mut entries = Vec::new();
        let locations = self.scan(Column::Entries, &first.to_bytes(), &end.to_bytes())?;
        for (offset, item) in (0u64..).zip(locations) {
            let location = self.decode_value(Column::Entries, &item?.1)?;
            entries.push(self.resolve(first.plus(offset), location)?);
        }
        Ok(entries)
    }

    fn record_proof(&self, index: LogIndex) -> Result<Option<RecordProof>, StoreError> {
        let Some(EntryLocation::Submitted {
            batch,
            submission_offset,
            record_index,
            ..
        }) = self.location(index)?
        else {
            return Ok(None);
        };
        let bytes = self.body_batch(&batch)?;
        let bad = |error: String| self.damaged(format!("the submission of entry {index}: {error}"));
        // The submission alone: the rest of the batch is not decoded.
        let start = submission_offset as usize;
        let mut reader = Reader::new(bytes.get(start..).unwrap_or_default());
        let submission = Submission::decode(&mut reader).map_err(|error| bad(error.to_string()))?;
        let tree = submission.record_tree();
        let path = tree
            .inclusion_proof(u64::from(record_index))
            .map_err(|error| bad(error.to_string()))?;
        Ok(Some(RecordProof {
            header: submission.header().clone(),
            record_root: tree.root(),
            signature: *submission.signature(),
            record_index,
            path,
        }))
    }

    fn members(&self, after: Option<&MemberId>, count: usize) -> Result<Vec<Member>, StoreError> {
        let mut first = MEMBER_PREFIX.to_vec();
        if let Some(after) = after {
            first = StateKey::Member(after).to_bytes();
            // The first key behind it.
            first.push(0);
        }
        // No id has a byte as high as this.
        let end = [MEMBER_PREFIX, &[0xff]].concat();
        let column = Column::Space(Space::State);
        self.scan(column, &first, &end)?
            .take(count)
            .map(|item| self.decode_value(column, &item?.1))
            .collect()
    }

    fn validators(&self, height: Height) -> Result<Option<ValidatorSet>, StoreError> {
        let tip = self.ledger_tip()?.height;
        let of_state = |key: StateKey<'_>| {
            self.decode::<ValidatorSet>(Column::Space(Space::State), &key.to_bytes())
        };
        if height == tip.next().next() {
            return match of_state(StateKey::ScheduledValidators)? {
                None => of_state(StateKey::Validators),
                scheduled => Ok(scheduled),
            };
        }
        if height == tip.next() {
            return of_state(StateKey::Validators);
        }
        // Nobody decides the genesis document.
        let Some(block) = self.block(height)? else {
            return Ok(None);
        };
        let digest = block.block.header().validator_set;
        let set = self.decode(Column::ValidatorSets, digest.as_bytes())?;
        match set {
            Some(set) => Ok(Some(set)),
            None => Err(self.damaged(format!("validator set {digest} is missing"))),
        }
    }

    fn evidence(&self, first: LogIndex, count: usize) -> Result<Vec<EvidenceRecord>, StoreError> {
        let end = [0xff; 9];
        self.scan(Column::Evidence, &first.to_bytes(), &end)?
            .take(count)
            .map(|item| {
                let (key, value) = item?;
                let index: LogIndex = self.decode_value(Column::Evidence, &key)?;
                let height_and_evidence: HeightAndEvidence =
                    self.decode_value(Column::Evidence, &value)?;
                let HeightAndEvidence(height, evidence) = height_and_evidence;
                Ok(EvidenceRecord {
                    index,
                    height,
                    evidence,
                })
            })
            .collect()
    }
}

/// A value of [`Column::Evidence`].
pub(super) struct HeightAndEvidence(pub(super) Height, pub(super) Evidence);

impl Encode for HeightAndEvidence {
    fn encode(&self, out: &mut Vec<u8>) {
        self.0.encode(out);
        self.1.encode(out);
    }
}

impl Decode for HeightAndEvidence {
    fn decode(reader: &mut Reader<'_>) -> Result<Self, crate::types::DecodeError> {
        Ok(Self(Height::decode(reader)?, Evidence::decode(reader)?))
    }
}
