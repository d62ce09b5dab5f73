//! The state of the product.

use std::collections::BTreeMap;

use podtrail_analysis::answer::{LakeStatus, RejectRow, SourceStatus, Status};
use podtrail_event::time::Timestamp;
use podtrail_ingest::ledger::Ledger;
use serde::Deserialize;

use super::Page;
use crate::QueryError;
use crate::engine::Engine;

impl Engine {
    /// The state of lake, sources and inventory.
    ///
    /// # Errors
    /// When the lake or the database fails.
    pub async fn status(&self) -> Result<Status, QueryError> {
        let events = self.lake().events().await?;
        let files = events.files().await?;
        let rejects = self.lake().rejects().await?.files().await?;
        let span = |pick: fn((i64, i64)) -> i64| files.iter().filter_map(|file| file.times).map(pick);
        let derived = self.lake().existing_table("permissions").await?;
        Ok(Status {
            version: env!("CARGO_PKG_VERSION").into(),
            iam_data_date: podtrail_iam::catalog::catalog().data_date().into(),
            lake: LakeStatus {
                events_version: events.version(),
                derived_version: derived.map(|table| table.version()),
                events: files.iter().filter_map(|file| file.rows).sum(),
                rejects: rejects.iter().filter_map(|file| file.rows).sum(),
                files: files.len() as u64,
                bytes: files.iter().map(|file| file.size).sum(),
                first_event: span(|(first, _)| first).min().map(Timestamp),
                last_event: span(|(_, last)| last).max().map(Timestamp),
            },
            sources: sources(&events.history().await?),
            inventory: self.store().inventory_counts().await?,
        })
    }

    /// What could not be read, by source and position.
    ///
    /// # Errors
    /// When the lake fails.
    pub async fn rejects(&self, offset: u64, limit: u64) -> Result<Page<RejectRow>, QueryError> {
        #[derive(Deserialize)]
        struct Row {
            source_file: String,
            position: u64,
            reason: String,
            #[serde(default)]
            bytes: String,
        }
        let context = self.session().await?;
        let sql = format!(
            "SELECT source_file, position, reason, bytes FROM lake.rejects
             ORDER BY source_file, position, reject_id LIMIT {} OFFSET {offset}",
            limit + 1
        );
        let rows: Vec<Row> = Self::rows(&context, "rejects", &sql, Vec::new()).await?;
        let items = rows
            .into_iter()
            .map(|row| RejectRow {
                source_file: row.source_file,
                position: row.position,
                reason: row.reason,
                bytes: row.bytes,
            })
            .collect();
        Ok(Page::of(items, offset, limit))
    }
}

/// The ledgers of all commits, added up by source.
fn sources(history: &[(Option<i64>, std::collections::HashMap<String, serde_json::Value>)]) -> Vec<SourceStatus> {
    let mut total = Ledger::default();
    let mut last_runs: BTreeMap<String, i64> = BTreeMap::new();
    for (time, tags) in history {
        let ledger = tags
            .get("podtrail.ledger")
            .and_then(|value| Ledger::deserialize(value).ok())
            .unwrap_or_default();
        for (source, _) in ledger.iter() {
            let last = last_runs.entry(source.to_owned()).or_default();
            *last = (*last).max(time.unwrap_or_default());
        }
        total.merge(&ledger);
    }
    total
        .iter()
        .map(|(source, counts)| SourceStatus {
            source: source.to_owned(),
            read: counts.read,
            stored: counts.stored,
            duplicate: counts.duplicate,
            rejected: counts.rejected,
            conflict: counts.conflict,
            last_run: last_runs.get(source).copied().map(Timestamp),
        })
        .collect()
}
