//! Tables that grow: which small files are written again.

use podtrail_ingest::lake::DataFile;

/// The data files that are written again together with new rows: those that are not much larger. So their number
/// grows with the logarithm of the rows, and so does how often a row is written.
pub(super) fn taken_up(mut files: Vec<DataFile>, new: usize, full: u64) -> Vec<DataFile> {
    let rows = |file: &DataFile| file.rows.unwrap_or(u64::MAX);
    files.sort_by_key(rows);
    let mut total = new as u64;
    files
        .into_iter()
        .take_while(|file| {
            let take = rows(file) < full && rows(file) <= 2 * total;
            total = total.saturating_add(rows(file));
            take
        })
        .collect()
}
