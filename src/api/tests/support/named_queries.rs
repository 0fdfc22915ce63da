//! Named queries that are kept in memory.

use std::collections::BTreeMap;
use std::sync::Mutex;

use crate::api::{NamedQuery, NamedQueryError, NamedQueryPort};

/// As many as a test has room for.
const MOST: usize = 4;

#[derive(Default)]
pub(in crate::api::tests) struct MemoryQueries(Mutex<BTreeMap<String, NamedQuery>>);

impl NamedQueryPort for MemoryQueries {
    fn list(&self, after: Option<&str>, count: usize) -> Vec<NamedQuery> {
        let queries = self.0.lock().unwrap();
        let behind = |query: &&NamedQuery| after.is_none_or(|after| *query.name > *after);
        queries
            .values()
            .filter(behind)
            .take(count)
            .cloned()
            .collect()
    }

    fn get(&self, name: &str) -> Option<NamedQuery> {
        self.0.lock().unwrap().get(name).cloned()
    }

    fn create(&self, query: NamedQuery) -> Result<(), NamedQueryError> {
        let mut queries = self.0.lock().unwrap();
        if queries.contains_key(&query.name) {
            return Err(NamedQueryError::Exists);
        }
        if queries.len() == MOST {
            return Err(NamedQueryError::TooMany { most: MOST });
        }
        queries.insert(query.name.clone(), query);
        Ok(())
    }

    fn delete(&self, name: &str) -> Result<bool, NamedQueryError> {
        Ok(self.0.lock().unwrap().remove(name).is_some())
    }
}
