//! The named queries of the EPCIS interface: one small file, written anew with each change.
//!
//! A change is written to a file of its own, synced, and given the name of the other: at every moment the
//! name leads to a whole file. A file that cannot be read stops nothing: it is put aside, for the queries in it
//! are a convenience, and the operator is told. A disk that fails stops the node, as it does everywhere: what is on
//! it is known again after a start.

use std::collections::BTreeMap;
use std::io;
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use tokio::sync::oneshot;
use tracing::warn;

use crate::api::limits::{MAX_NAMED_QUERIES, MAX_NAMED_QUERIES_PER_MEMBER, MAX_NAMED_QUERY_BYTES};
use crate::api::{NamedQuery, NamedQueryError, NamedQueryPort};
use crate::storage::{Disk, DiskFile};
use crate::types::{MemberId, plain_words};

const FILE: &str = "named-queries.json";
const NEW_FILE: &str = "named-queries.json.new";
const DAMAGED_FILE: &str = "named-queries.json.damaged";

/// What the file says it is.
const FORMAT: &str = "waybill-named-queries-v1";

/// Longest file that is read: all queries there can be, with their names and members.
const MAX_FILE_BYTES: u64 = (MAX_NAMED_QUERIES * (MAX_NAMED_QUERY_BYTES + 1024)) as u64;

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    format: String,
    queries: Vec<StoredQuery>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct StoredQuery {
    name: String,
    member: MemberId,
    query: Box<RawValue>,
}

/// The queries, with the folder that their file is in.
#[derive(Debug)]
pub(super) struct NamedQueryFile<D: Disk> {
    state: Mutex<State<D>>,
}

#[derive(Debug)]
struct State<D> {
    disk: D,
    queries: BTreeMap<String, NamedQuery>,
    /// Who is told of the first failure of the disk; none once that is told, and nothing is written any more.
    failed: Option<oneshot::Sender<io::Error>>,
}

impl<D: Disk> NamedQueryFile<D> {
    /// Reads the file of a folder, if there is one. The receiver gets the first failure of the disk after that.
    ///
    /// # Errors
    /// [`io::Error`] if the disk fails.
    pub(super) fn open(disk: D) -> io::Result<(Self, oneshot::Receiver<io::Error>)> {
        let names = disk.list()?;
        if names.iter().any(|name| name == NEW_FILE) {
            disk.remove(NEW_FILE)?;
        }
        let mut queries = BTreeMap::new();
        if names.iter().any(|name| name == FILE) {
            match read(&disk)? {
                Ok(found) => queries = found,
                Err(reason) => {
                    warn!(
                        reason,
                        file = FILE,
                        "the named queries cannot be read and are put aside"
                    );
                    disk.rename(FILE, DAMAGED_FILE)?;
                    disk.sync_folder()?;
                }
            }
        }
        let (sender, receiver) = oneshot::channel();
        let state = State {
            disk,
            queries,
            failed: Some(sender),
        };
        let file = Self {
            state: Mutex::new(state),
        };
        Ok((file, receiver))
    }

    /// What one request left half done is as it was: queries change only when the file has.
    fn state(&self) -> MutexGuard<'_, State<D>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The queries of the file, or why it is none.
fn read<D: Disk>(disk: &D) -> io::Result<Result<BTreeMap<String, NamedQuery>, String>> {
    let file = disk.open(FILE)?;
    let length = file.length()?;
    if length > MAX_FILE_BYTES {
        return Ok(Err(format!(
            "it has {length} bytes, more than {MAX_FILE_BYTES}"
        )));
    }
    let mut bytes = vec![0; usize::try_from(length).unwrap_or_default()];
    file.read_at(0, &mut bytes)?;
    let document: Document = match serde_json::from_slice(&bytes) {
        Ok(document) => document,
        Err(error) => return Ok(Err(plain_words::of_json(&error))),
    };
    if document.format != FORMAT {
        return Ok(Err(format!("its format is {:?}", document.format)));
    }
    let queries = document.queries.into_iter().map(|stored| {
        let query = NamedQuery {
            name: stored.name.clone(),
            member: stored.member,
            query: stored.query.get().to_owned(),
        };
        (stored.name, query)
    });
    Ok(Ok(queries.collect()))
}

impl<D: Disk> State<D> {
    /// Writes these queries, and has them once they are durable.
    fn replace(&mut self, queries: BTreeMap<String, NamedQuery>) -> Result<(), NamedQueryError> {
        if self.failed.is_none() {
            let reason = "the disk failed before, and the node stops";
            return Err(NamedQueryError::Store(reason.to_owned()));
        }
        if let Err(error) = self.write(&queries) {
            let answer = NamedQueryError::Store(error.to_string());
            if let Some(failed) = self.failed.take() {
                // Nobody waits for it if the node stops already.
                let _ = failed.send(error);
            }
            return Err(answer);
        }
        self.queries = queries;
        Ok(())
    }

    fn write(&self, queries: &BTreeMap<String, NamedQuery>) -> io::Result<()> {
        let stored = queries.values().map(|query| {
            Ok(StoredQuery {
                name: query.name.clone(),
                member: query.member.clone(),
                query: RawValue::from_string(query.query.clone())?,
            })
        });
        let document = Document {
            format: FORMAT.to_owned(),
            queries: stored.collect::<Result<_, serde_json::Error>>()?,
        };
        let bytes = serde_json::to_vec(&document)?;
        if self.disk.list()?.iter().any(|name| name == NEW_FILE) {
            self.disk.remove(NEW_FILE)?;
        }
        let mut file = self.disk.create(NEW_FILE)?;
        file.append(&bytes)?;
        file.sync()?;
        self.disk.rename(NEW_FILE, FILE)?;
        self.disk.sync_folder()
    }
}

impl<D: Disk + Send> NamedQueryPort for NamedQueryFile<D> {
    fn list(&self, after: Option<&str>, count: usize) -> Vec<NamedQuery> {
        let state = self.state();
        let behind = |query: &&NamedQuery| after.is_none_or(|after| *query.name > *after);
        let found = state.queries.values().filter(behind);
        found.take(count).cloned().collect()
    }

    fn get(&self, name: &str) -> Option<NamedQuery> {
        self.state().queries.get(name).cloned()
    }

    fn create(&self, query: NamedQuery) -> Result<(), NamedQueryError> {
        let mut state = self.state();
        if state.queries.contains_key(&query.name) {
            return Err(NamedQueryError::Exists);
        }
        let own = state.queries.values().filter(|q| q.member == query.member);
        for (found, most) in [
            (state.queries.len(), MAX_NAMED_QUERIES),
            (own.count(), MAX_NAMED_QUERIES_PER_MEMBER),
        ] {
            if found >= most {
                return Err(NamedQueryError::TooMany { most });
            }
        }
        let mut queries = state.queries.clone();
        queries.insert(query.name.clone(), query);
        state.replace(queries)
    }

    fn delete(&self, name: &str) -> Result<bool, NamedQueryError> {
        let mut state = self.state();
        let mut queries = state.queries.clone();
        if queries.remove(name).is_none() {
            return Ok(false);
        }
        state.replace(queries)?;
        Ok(true)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::storage::RealDisk;
    use crate::storage::simulated_disk::{FailingOperation, FaultPlan, SimulatedDisk};

    fn query(name: &str, member: &str) -> NamedQuery {
        NamedQuery {
            name: name.to_owned(),
            member: MemberId::new(member).unwrap(),
            query: r#"{"eventType":["ObjectEvent"], "GE_quantity": 1.50}"#.to_owned(),
        }
    }

    fn open(folder: &std::path::Path) -> NamedQueryFile<RealDisk> {
        NamedQueryFile::open(RealDisk::open(folder).unwrap())
            .unwrap()
            .0
    }

    #[test]
    fn queries_are_there_after_a_restart() {
        let folder = tempfile::tempdir().unwrap();
        let file = open(folder.path());
        for name in ["c", "a", "b"] {
            file.create(query(name, "trader")).unwrap();
        }
        assert!(matches!(
            file.create(query("a", "port")),
            Err(NamedQueryError::Exists)
        ));
        assert!(file.delete("c").unwrap() && !file.delete("c").unwrap());
        drop(file);
        let file = open(folder.path());
        assert_eq!(
            file.list(None, 9),
            [query("a", "trader"), query("b", "trader")]
        );
        assert_eq!(file.list(Some("a"), 9), [query("b", "trader")]);
        assert_eq!(file.list(None, 1).len(), 1);
        assert_eq!(
            (file.get("a"), file.get("c")),
            (Some(query("a", "trader")), None)
        );
    }

    #[test]
    fn a_disk_that_fails_is_told_of_once_and_not_written_again() {
        let disk = SimulatedDisk::new();
        let (file, mut failed) = NamedQueryFile::open(disk.clone()).unwrap();
        file.create(query("a", "trader")).unwrap();
        assert!(failed.try_recv().is_err());
        let error = io::ErrorKind::StorageFull;
        let failing = vec![FailingOperation { at: 0, error }];
        disk.plan(FaultPlan {
            failing,
            ..FaultPlan::default()
        });
        for name in ["b", "c"] {
            let refused = file.create(query(name, "trader"));
            assert!(matches!(refused, Err(NamedQueryError::Store(_))), "{name}");
        }
        assert_eq!(failed.try_recv().unwrap().kind(), error);
        // What is answered is what was durable.
        assert_eq!(file.list(None, 9), [query("a", "trader")]);
    }

    #[test]
    fn there_is_room_for_so_many() {
        let folder = tempfile::tempdir().unwrap();
        let file = open(folder.path());
        for number in 0..MAX_NAMED_QUERIES_PER_MEMBER {
            file.create(query(&number.to_string(), "trader")).unwrap();
        }
        let full = file.create(query("more", "trader"));
        assert!(matches!(full, Err(NamedQueryError::TooMany { .. })));
        file.create(query("more", "port")).unwrap();
    }

    #[test]
    fn a_file_that_cannot_be_read_is_put_aside() {
        let folder = tempfile::tempdir().unwrap();
        for text in ["{", r#"{"format":"other","queries":[]}"#] {
            std::fs::write(folder.path().join(FILE), text).unwrap();
            std::fs::write(folder.path().join(NEW_FILE), "half").unwrap();
            let file = open(folder.path());
            assert!(file.list(None, 9).is_empty());
            let aside = std::fs::read_to_string(folder.path().join(DAMAGED_FILE)).unwrap();
            assert_eq!(aside, text);
            assert!(!folder.path().join(NEW_FILE).exists());
            file.create(query("a", "trader")).unwrap();
        }
    }
}
