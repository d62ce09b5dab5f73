//! Columns of a data file, read by ranges from the store.

use std::ops::Range;
use std::sync::Arc;

use arrow::array::RecordBatch;
use bytes::Bytes;
use futures::future::BoxFuture;
use futures::{FutureExt, TryStreamExt};
use object_store::{ObjectStore, ObjectStoreExt};
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::ArrowReaderOptions;
use parquet::arrow::async_reader::{AsyncFileReader, ParquetRecordBatchStream, ParquetRecordBatchStreamBuilder};
use parquet::errors::{ParquetError, Result};
use parquet::file::metadata::{ParquetMetaData, ParquetMetaDataReader};

use super::file::DataFile;
use crate::IngestError;

/// Bytes of the footer to ask for at first: enough for the files written here.
const FOOTER_HINT: usize = 64 << 10;

/// The named columns of a data file; a column that the file does not have is absent.
///
/// # Errors
/// [`IngestError::Parquet`] when the file cannot be read.
pub(super) async fn read_columns(
    store: Arc<dyn ObjectStore>,
    file: &DataFile,
    columns: &[&str],
) -> std::result::Result<Vec<RecordBatch>, IngestError> {
    let builder = open(store, file).await?;
    let mask = ProjectionMask::columns(builder.parquet_schema(), columns.iter().copied());
    let stream = builder
        .with_projection(mask)
        .with_batch_size(64 * 1024)
        .build()
        .map_err(unreadable)?;
    stream.try_collect().await.map_err(unreadable)
}

/// All columns of a data file, `rows` at a time in their order.
///
/// # Errors
/// [`IngestError::Parquet`] when the file cannot be read.
pub(super) async fn read_rows(
    store: Arc<dyn ObjectStore>,
    file: &DataFile,
    rows: usize,
) -> std::result::Result<ParquetRecordBatchStream<RangeReader>, IngestError> {
    let builder = open(store, file).await?;
    builder.with_batch_size(rows).build().map_err(unreadable)
}

async fn open(
    store: Arc<dyn ObjectStore>,
    file: &DataFile,
) -> std::result::Result<ParquetRecordBatchStreamBuilder<RangeReader>, IngestError> {
    let reader = RangeReader {
        store,
        file: file.clone(),
    };
    ParquetRecordBatchStreamBuilder::new(reader).await.map_err(unreadable)
}

/// What a failed read is to whoever asked.
pub(super) const fn unreadable(source: ParquetError) -> IngestError {
    IngestError::Parquet { action: "read", source }
}

/// A data file in a store.
pub(super) struct RangeReader {
    store: Arc<dyn ObjectStore>,
    file: DataFile,
}

fn external(error: object_store::Error) -> ParquetError {
    ParquetError::External(Box::new(error))
}

impl AsyncFileReader for RangeReader {
    fn get_bytes(&mut self, range: Range<u64>) -> BoxFuture<'_, Result<Bytes>> {
        async move { self.store.get_range(&self.file.path, range).await.map_err(external) }.boxed()
    }

    fn get_byte_ranges(&mut self, ranges: Vec<Range<u64>>) -> BoxFuture<'_, Result<Vec<Bytes>>> {
        async move { self.store.get_ranges(&self.file.path, &ranges).await.map_err(external) }.boxed()
    }

    fn get_metadata<'a>(
        &'a mut self,
        _options: Option<&'a ArrowReaderOptions>,
    ) -> BoxFuture<'a, Result<Arc<ParquetMetaData>>> {
        async move {
            let size = self.file.size;
            let reader = ParquetMetaDataReader::new().with_prefetch_hint(Some(FOOTER_HINT));
            Ok(Arc::new(reader.load_and_finish(self, size).await?))
        }
        .boxed()
    }
}
