//! A table of the lake as DataFusion scans it: native Parquet over the files that the log names.
//!
//! The log's paths, sizes and statistics go straight into the scan, so that planning reads no file and lists
//! no folder, and files whose span of `event_time` a filter excludes are never opened. The plan is plain
//! Parquet, which any DataFusion process can run.

use std::sync::Arc;

use async_trait::async_trait;
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::catalog::{Session, TableProvider};
use datafusion::common::stats::Precision;
use datafusion::common::{ColumnStatistics, Result, ScalarValue, Statistics};
use datafusion::datasource::listing::PartitionedFile;
use datafusion::datasource::physical_plan::{FileGroup, FileScanConfigBuilder, ParquetSource};
use datafusion::datasource::source::DataSourceExec;
use datafusion::execution::object_store::ObjectStoreUrl;
use datafusion::logical_expr::{Expr, TableProviderFilterPushDown, TableType};
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::empty::EmptyExec;
use podtrail_ingest::lake::DataFile;

/// One version of a table of the lake.
#[derive(Debug)]
pub(super) struct LakeTable {
    schema: SchemaRef,
    store: ObjectStoreUrl,
    files: Vec<DataFile>,
}

impl LakeTable {
    /// A table with the columns of `schema`, in `files` of the store registered as `store`.
    pub(super) const fn new(schema: SchemaRef, store: ObjectStoreUrl, files: Vec<DataFile>) -> Self {
        Self { schema, store, files }
    }

    fn partitioned_file(&self, file: &DataFile) -> PartitionedFile {
        PartitionedFile::new(file.path.to_string(), file.size).with_statistics(Arc::new(self.statistics(file)))
    }

    /// What the log says of a file. The span of times is rounded to milliseconds, hence inexact.
    fn statistics(&self, file: &DataFile) -> Statistics {
        let time = |micros| Precision::Inexact(ScalarValue::TimestampMicrosecond(Some(micros), Some("UTC".into())));
        let column_statistics = self
            .schema
            .fields()
            .iter()
            .map(|field| match (field.name().as_str(), file.times) {
                ("event_time", Some((first, last))) => ColumnStatistics {
                    min_value: time(first),
                    max_value: time(last),
                    null_count: file.null_times.map_or(Precision::Absent, |count| {
                        Precision::Exact(usize::try_from(count).unwrap_or(usize::MAX))
                    }),
                    ..ColumnStatistics::new_unknown()
                },
                _ => ColumnStatistics::new_unknown(),
            })
            .collect();
        Statistics {
            num_rows: file.rows.map_or(Precision::Absent, |rows| {
                Precision::Inexact(usize::try_from(rows).unwrap_or(usize::MAX))
            }),
            total_byte_size: Precision::Absent,
            column_statistics,
        }
    }
}

#[async_trait]
impl TableProvider for LakeTable {
    fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
    }

    fn table_type(&self) -> TableType {
        TableType::Base
    }

    /// Every filter may prune files, row groups and pages; none is applied to each row here.
    fn supports_filters_pushdown(&self, filters: &[&Expr]) -> Result<Vec<TableProviderFilterPushDown>> {
        Ok(vec![TableProviderFilterPushDown::Inexact; filters.len()])
    }

    async fn scan(
        &self,
        state: &dyn Session,
        projection: Option<&Vec<usize>>,
        _filters: &[Expr],
        limit: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        if self.files.is_empty() {
            let columns = projection.map_or_else(
                || Ok(Arc::clone(&self.schema)),
                |p| self.schema.project(p).map(Arc::new),
            )?;
            return Ok(Arc::new(EmptyExec::new(columns)));
        }
        let source = ParquetSource::new(Arc::clone(&self.schema))
            .with_table_parquet_options(state.default_table_options().parquet)
            .with_enable_page_index(true)
            .with_bloom_filter_on_read(true);
        let files = self.files.iter().map(|file| self.partitioned_file(file)).collect();
        let groups = FileGroup::new(files).split_files(state.config().target_partitions());
        let config = FileScanConfigBuilder::new(self.store.clone(), Arc::new(source))
            .with_file_groups(groups)
            .with_projection_indices(projection.cloned())?
            .with_limit(limit)
            .build();
        Ok(DataSourceExec::from_data_source(config))
    }
}
