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
            .map(|field| match file.times {
                Some((first, last)) if file.time_column == Some(field.name()) => ColumnStatistics {
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

#[cfg(test)]
mod tests {
    use datafusion::arrow::array::{Int64Array, RecordBatch, StringViewArray};
    use datafusion::arrow::datatypes::{DataType, Field, Schema};
    use datafusion::prelude::SessionContext;
    use podtrail_ingest::lake::Lake;
    use serde_json::{Value, json};

    use super::*;

    fn schema(columns: &[&str]) -> SchemaRef {
        let texts = columns.iter().map(|name| Field::new(*name, DataType::Utf8View, true));
        let fields = [Field::new("n", DataType::Int64, true)].into_iter().chain(texts);
        Arc::new(Schema::new(fields.collect::<Vec<_>>()))
    }

    /// A table with a file of older and one of newer columns, read with the newer; nulls are left out of the rows.
    async fn asked(sql: &str) -> Vec<Value> {
        let folder = tempfile::tempdir().unwrap();
        let lake = Lake::open(folder.path().to_str().unwrap()).await.unwrap();
        let (older, newer) = (schema(&["name"]), schema(&["region", "name"]));
        let text = |value: &str| Arc::new(StringViewArray::from(vec![value; 2]));
        let numbers = |first| Arc::new(Int64Array::from(vec![first, first + 1]));
        let old = RecordBatch::try_new(Arc::clone(&older), vec![numbers(1), text("old")]).unwrap();
        let new = RecordBatch::try_new(Arc::clone(&newer), vec![numbers(3), text("eu"), text("new")]).unwrap();
        let mut table = lake.table("t", &older, None).await.unwrap();
        table.exchange(&[], &old, 0, &[]).await.unwrap();
        let mut table = lake.table("t", &newer, None).await.unwrap();
        table.exchange(&[], &new, 0, &[]).await.unwrap();

        let context = SessionContext::new();
        let url = ObjectStoreUrl::parse("lake://t").unwrap();
        context.register_object_store(url.as_ref(), table.store());
        let provider = LakeTable::new(newer, url, table.files().await.unwrap());
        context.register_table("t", Arc::new(provider)).unwrap();
        let batches = context.sql(sql).await.unwrap().collect().await.unwrap();
        crate::engine::rows::from_batches("test", &batches).unwrap()
    }

    #[tokio::test]
    async fn a_column_that_older_files_lack_is_null_in_them() {
        let cases = [
            (
                "SELECT n, region, name FROM t ORDER BY n LIMIT 2 OFFSET 1",
                json!([{"n": 2, "name": "old"}, {"n": 3, "region": "eu", "name": "new"}]),
            ),
            ("SELECT sum(n) AS n FROM t WHERE region IS NULL", json!([{"n": 3}])),
            ("SELECT sum(n) AS n FROM t WHERE region = 'eu'", json!([{"n": 7}])),
            ("SELECT count(*) AS n FROM t WHERE region = 'us'", json!([{"n": 0}])),
            (
                "SELECT coalesce(region, '?') AS region, count(*) AS n FROM t GROUP BY 1 ORDER BY 1",
                json!([{"region": "?", "n": 2}, {"region": "eu", "n": 2}]),
            ),
        ];
        for (sql, expected) in cases {
            assert_eq!(json!(asked(sql).await), expected, "{sql}");
        }
    }
}
