//! What imports did, added up and printed.

use std::collections::BTreeMap;

use podtrail_query::store::Kept;
use serde::Serialize;

use crate::output::{Format, print_rows};

/// What was done to each kind of objects.
#[derive(Debug, Default)]
pub(super) struct Totals(BTreeMap<String, Kept>);

#[derive(Serialize)]
struct Row<'a> {
    kind: &'a str,
    new: u64,
    unchanged: u64,
    ended: u64,
}

impl Totals {
    pub(super) fn add(&mut self, kept: BTreeMap<String, Kept>) {
        for (kind, kept) in kept {
            let total = self.0.entry(kind).or_default();
            total.new += kept.new;
            total.unchanged += kept.unchanged;
            total.ended += kept.ended;
        }
    }

    /// A row for each kind.
    pub(super) fn print(&self, format: Option<Format>) -> std::io::Result<()> {
        let rows: Vec<Row<'_>> = self
            .0
            .iter()
            .map(|(kind, kept)| Row {
                kind,
                new: kept.new,
                unchanged: kept.unchanged,
                ended: kept.ended,
            })
            .collect();
        print_rows(
            Format::or_default(format),
            &["kind", "new", "unchanged", "ended"],
            &rows,
        )
    }
}
