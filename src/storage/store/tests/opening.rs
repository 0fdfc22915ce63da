//! Which folders are opened, and what is said of the others.

use rocksdb::{DB, Options};

use super::*;
use crate::types::LedgerReader;

fn raw(folder: &TempDir, columns: &[&str]) -> DB {
    let mut options = Options::default();
    options.create_if_missing(true);
    options.create_missing_column_families(true);
    DB::open_cf(&options, folder.path(), columns).unwrap()
}

fn column_names() -> Vec<&'static str> {
    crate::storage::store::columns::Column::ALL
        .map(crate::storage::store::columns::Column::name)
        .to_vec()
}

#[test]
fn another_ledgers_store_is_refused() {
    let pair = Pair::new();
    let other = TestNetwork::new(4, 6);
    drop(pair.store);
    let error = open(&pair.folder, &other).unwrap_err();
    assert_eq!(
        error,
        StoreError::OtherLedger {
            path: pair.folder.path().to_owned(),
            found: pair.network.ledger(),
            expected: other.ledger()
        }
    );
    assert!(error.to_string().contains("another data folder"));
    open(&pair.folder, &pair.network).unwrap();
}

#[test]
fn a_newer_format_is_refused_whether_or_not_its_columns_are_known() {
    for extra in [None, Some("trace_graph")] {
        let pair = Pair::new();
        drop(pair.store);
        let mut columns = column_names();
        columns.extend(extra);
        let db = raw(&pair.folder, &columns);
        let meta = db.cf_handle("meta").unwrap();
        let newer = FORMAT_VERSION + 1;
        db.put_cf(meta, "format", newer.to_be_bytes()).unwrap();
        drop(db);
        let error = open(&pair.folder, &pair.network).unwrap_err();
        assert!(matches!(
            error,
            StoreError::UnknownFormat {
                found,
                known: FORMAT_VERSION,
                ..
            } if found == newer
        ));
        assert!(error.to_string().contains("run the program that wrote it"));
    }
}

#[test]
fn other_databases_are_refused() {
    let network = TestNetwork::new(4, 4);
    for columns in [&["default", "coins"][..], &["default", "coins", "meta"]] {
        let folder = tempfile::tempdir().unwrap();
        drop(raw(&folder, columns));
        assert!(matches!(
            open(&folder, &network).unwrap_err(),
            StoreError::NotAStore { .. }
        ));
    }
}

#[test]
fn a_store_whose_creation_was_interrupted_is_made_anew() {
    let network = TestNetwork::new(4, 4);
    let folder = tempfile::tempdir().unwrap();
    drop(raw(&folder, &["default", "meta", "entries"]));
    let store = open(&folder, &network).unwrap();
    assert_eq!(store.tip().unwrap().height, Height::GENESIS);
}

#[test]
fn a_store_without_its_identity_is_damaged() {
    type Change = fn(&DB, &rocksdb::ColumnFamily);
    let changes: [Change; 5] = [
        |db, meta| db.delete_cf(meta, "format").unwrap(),
        |db, meta| db.put_cf(meta, "format", [1]).unwrap(),
        |db, meta| db.delete_cf(meta, "ledger").unwrap(),
        |db, meta| db.put_cf(meta, "ledger", [1]).unwrap(),
        |db, meta| db.delete_cf(meta, "tip").unwrap(),
    ];
    for change in changes {
        let pair = Pair::new();
        drop(pair.store);
        let db = raw(&pair.folder, &column_names());
        change(&db, db.cf_handle("meta").unwrap());
        drop(db);
        let error = open(&pair.folder, &pair.network).unwrap_err();
        assert!(matches!(error, StoreError::Damaged { .. }), "{error}");
        assert!(error.to_string().contains("move the folder away"));
    }
}

#[test]
fn a_store_is_open_once() {
    let pair = Pair::new();
    let error = open(&pair.folder, &pair.network).unwrap_err();
    assert!(matches!(error, StoreError::InUse { .. }), "{error}");
}

#[test]
fn too_little_memory_is_refused() {
    let network = TestNetwork::new(4, 4);
    let folder = tempfile::tempdir().unwrap();
    let options = StoreOptions {
        cache_bytes: MIN_CACHE_BYTES - 1,
    };
    let error = Store::open(folder.path(), network.genesis(), options).unwrap_err();
    assert!(matches!(error, StoreError::CacheTooSmall { .. }));
    assert_eq!(StoreOptions::default().cache_bytes, DEFAULT_CACHE_BYTES);
}

#[test]
fn a_folder_that_cannot_be_made_is_an_error() {
    let network = TestNetwork::new(4, 4);
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    std::fs::write(&file, "").unwrap();
    let error = Store::open(
        file.join("store"),
        network.genesis(),
        StoreOptions::default(),
    );
    assert!(matches!(error.unwrap_err(), StoreError::Database { .. }));
}
