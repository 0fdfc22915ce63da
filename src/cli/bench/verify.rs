//! Looking for everything that was acknowledged.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use crate::cli::client::{ClientError, NodeClient};
use crate::crypto::Sha256Digest;
use crate::crypto::merkle::{Frontier, leaf_hash};
use crate::crypto::tile::{TilePath, TileWidth, decode_bundle};
use crate::types::{Decode, Entry, EntryContent, SubmissionId, Timestamp};

/// Entries of a full bundle.
const BUNDLE_ENTRIES: u64 = 256;

/// Between two looks at the ends of the logs.
const PAUSE: Duration = Duration::from_millis(200);

/// What was found in the log.
#[derive(Debug, Default)]
pub(super) struct Found {
    /// Records of acknowledged submissions.
    pub(super) records: u64,
    /// Acknowledged submissions that are missing, or not whole.
    pub(super) missing: Vec<SubmissionId>,
    /// Blocks among the entries.
    pub(super) blocks: u64,
    /// The time of the last block that has one of the records.
    pub(super) last: Option<Timestamp>,
    /// The root over all entries, computed here; none if the log was not read from its beginning.
    pub(super) root: Option<Sha256Digest>,
}

/// Waits until all nodes have the same log and it grows no more. Returns its size and root.
///
/// # Errors
/// [`ClientError`] of a node that does not answer; none of the nodes may be down. The value is none
/// if the time is over.
pub(super) async fn settle(
    clients: &[&NodeClient],
    patience: Duration,
) -> Result<Option<(u64, String)>, ClientError> {
    let deadline = Instant::now() + patience;
    let mut before = None;
    while Instant::now() < deadline {
        let mut ends = Vec::with_capacity(clients.len());
        for client in clients {
            let tip = client.status().await?.tip;
            ends.push((tip.log_size, tip.log_root));
        }
        let first = ends.first().cloned();
        if first.is_some() && ends.iter().all(|end| Some(end) == first.as_ref()) {
            if before == first {
                return Ok(first);
            }
            before = first;
        }
        tokio::time::sleep(PAUSE * 5).await;
    }
    Ok(None)
}

/// Reads the log from `from` to `to` and looks for the acknowledged submissions.
///
/// # Errors
/// [`ClientError`] if a bundle cannot be read or is not what it should be.
pub(super) async fn find(
    client: &NodeClient,
    from: u64,
    to: u64,
    acknowledged: &BTreeMap<SubmissionId, u64>,
) -> Result<Found, ClientError> {
    let mut found = Found::default();
    let mut counts: BTreeMap<SubmissionId, u64> = BTreeMap::new();
    let mut frontier = (from == 0).then(Frontier::new);
    let mut bundle = from / BUNDLE_ENTRIES;
    while bundle * BUNDLE_ENTRIES < to {
        let first = bundle * BUNDLE_ENTRIES;
        let width = (to - first).min(BUNDLE_ENTRIES);
        let entries = read_bundle(client, bundle, width).await?;
        for (index, entry) in (first..).zip(entries) {
            if index < from {
                continue;
            }
            if let Some(frontier) = &mut frontier {
                let appended = frontier.append(leaf_hash(&entry), |_| {});
                appended.map_err(|error| client.unexpected(&error.to_string()))?;
            }
            let entry = Entry::from_bytes(&entry)
                .map_err(|error| client.unexpected(&format!("entry {index}: {error}")))?;
            match entry.content {
                EntryContent::Submitted(submitted)
                    if acknowledged.contains_key(&submitted.submission) =>
                {
                    *counts.entry(submitted.submission).or_default() += 1;
                    found.last = Some(entry.time);
                }
                EntryContent::Block(_) => found.blocks += 1,
                _ => {}
            }
        }
        bundle += 1;
    }
    for (id, records) in acknowledged {
        match counts.get(id) {
            Some(count) if count == records => found.records += records,
            _ => found.missing.push(*id),
        }
    }
    found.root = frontier.map(|frontier| frontier.root());
    Ok(found)
}

async fn read_bundle(
    client: &NodeClient,
    bundle: u64,
    width: u64,
) -> Result<Vec<Vec<u8>>, ClientError> {
    let unexpected = |error: String| client.unexpected(&error);
    let width = u16::try_from(width)
        .ok()
        .and_then(|width| TileWidth::new(width).ok())
        .ok_or_else(|| unexpected("a bundle has 1 to 256 entries".into()))?;
    let path = TilePath::entries(bundle, width);
    let bytes = client.bytes(&format!("/{path}")).await?;
    let entries = decode_bundle(&bytes, width).map_err(|error| unexpected(error.to_string()))?;
    Ok(entries.into_iter().map(<[u8]>::to_vec).collect())
}
