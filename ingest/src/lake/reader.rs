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
use parquet::arrow::async_reader::{AsyncFileReader, ParquetRecordBatchStreamBuilder};
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
    let fail = |source| IngestError::Parquet { action: "read", source };
    let reader = RangeReader {
        store,
        file: file.clone(),
    };
    let builder = ParquetRecordBatchStreamBuilder::new(reader).await.map_err(fail)?;
    let mask = ProjectionMask::columns(builder.parquet_schema(), columns.iter().copied());
    let stream = builder
        .with_projection(mask)
        .with_batch_size(64 * 1024)
        .build()
        .map_err(fail)?;
    stream.try_collect().await.map_err(fail)
}

/// A data file in a store.
struct RangeReader {
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
