//! Which rows of a batch the lake already holds: exact, by key, against every file that could hold a copy.

use std::collections::HashMap;
use std::sync::Arc;

use arrow::array::{Array, AsArray};
use arrow::datatypes::Int32Type;
use object_store::ObjectStore;

use super::file::DataFile;
use super::key::EventKey;
use super::reader::read_columns;
use super::schema::CONTENT_HASH;
use crate::IngestError;

/// The keys of one data file, each with its content hash.
type FileKeys = Arc<Vec<(EventKey, Option<i32>)>>;

/// Reads the keys of data files, and remembers them: files never change.
#[derive(Debug)]
pub(super) struct KeyReader {
    store: Arc<dyn ObjectStore>,
    cache: HashMap<String, FileKeys>,
    cached_keys: usize,
    cache_limit: usize,
}

impl KeyReader {
    /// A reader whose cache holds at most `cache_limit` keys (48 bytes each).
    pub(super) fn new(store: Arc<dyn ObjectStore>, cache_limit: usize) -> Self {
        Self {
            store,
            cache: HashMap::new(),
            cached_keys: 0,
            cache_limit,
        }
    }

    /// The keys that a data file holds.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub(super) async fn keys(&mut self, file: &DataFile) -> Result<FileKeys, IngestError> {
        if let Some(keys) = self.cache.get(&file.log_path) {
            return Ok(Arc::clone(keys));
        }
        let keys = Arc::new(read_keys(Arc::clone(&self.store), file).await?);
        if self.cached_keys + keys.len() > self.cache_limit {
            self.cache.clear();
            self.cached_keys = 0;
        }
        if keys.len() <= self.cache_limit {
            self.cached_keys += keys.len();
            self.cache.insert(file.log_path.clone(), Arc::clone(&keys));
        }
        Ok(keys)
    }
}

/// Space is not set aside for more rows than this because a log says so.
const MOST_ROWS: usize = 4 << 20;

async fn read_keys(store: Arc<dyn ObjectStore>, file: &DataFile) -> Result<Vec<(EventKey, Option<i32>)>, IngestError> {
    // Kept for long, so no larger than it must be.
    let rows = file.rows.and_then(|rows| usize::try_from(rows).ok());
    let mut keys = Vec::with_capacity(rows.unwrap_or_default().min(MOST_ROWS));
    for batch in read_columns(store, file, &["event_id", "recipient_account_id", CONTENT_HASH]).await? {
        let (Some(ids), Some(accounts)) = (
            batch.column_by_name("event_id"),
            batch.column_by_name("recipient_account_id"),
        ) else {
            continue;
        };
        let (ids, accounts) = (ids.as_string_view(), accounts.as_string_view());
        let hashes = batch
            .column_by_name(CONTENT_HASH)
            .map(|column| column.as_primitive::<Int32Type>().clone());
        for (row, (id, account)) in ids.iter().zip(accounts.iter()).enumerate() {
            let hash = hashes
                .as_ref()
                .and_then(|hashes| hashes.is_valid(row).then(|| hashes.value(row)));
            keys.push((EventKey::new(id.unwrap_or_default(), account), hash));
        }
    }
    Ok(keys)
}

/// One text column of a data file.
///
/// # Errors
/// When the file cannot be read.
pub(super) async fn read_texts(
    store: Arc<dyn ObjectStore>,
    file: &DataFile,
    column: &str,
) -> Result<Vec<String>, IngestError> {
    let batches = read_columns(store, file, &[column]).await?;
    Ok(batches
        .iter()
        .filter_map(|batch| batch.column_by_name(column))
        .flat_map(|values| {
            values
                .as_string_view()
                .iter()
                .flatten()
                .map(str::to_owned)
                .collect::<Vec<_>>()
        })
        .collect())
}
