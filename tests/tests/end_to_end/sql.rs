//! The SQL files: `tests/slt/*.slt`, one lake for each file, made of the fixture it is named after.

use std::path::Path;
use std::sync::Arc;

use podtrail_query::{Engine, QueryError};
use podtrail_tests::Estate;
use serde_json::Value;
use sqllogictest::{AsyncDB, DBOutput, DefaultColumnType, Runner};

/// The engine as `sqllogictest` asks it.
struct Asked(Arc<Engine>);

#[async_trait::async_trait]
impl AsyncDB for Asked {
    type Error = QueryError;
    type ColumnType = DefaultColumnType;

    async fn run(&mut self, sql: &str) -> Result<DBOutput<DefaultColumnType>, QueryError> {
        let answer = self.0.sql(sql, None, None).await?;
        let rows: Vec<Vec<String>> = podtrail::output::sql_objects(&answer)
            .unwrap()
            .into_iter()
            .map(|row| {
                answer
                    .schema
                    .fields()
                    .iter()
                    .map(|field| cell(&row[field.name()]))
                    .collect()
            })
            .collect();
        Ok(DBOutput::Rows {
            types: vec![DefaultColumnType::Text; answer.schema.fields().len()],
            rows,
        })
    }

    async fn shutdown(&mut self) {}

    fn engine_name(&self) -> &str {
        "podtrail"
    }
}

fn cell(value: &Value) -> String {
    match value {
        Value::Null => "NULL".into(),
        Value::String(text) if text.is_empty() => "(empty)".into(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

#[tokio::test]
async fn every_sql_file_holds() {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let fixture = |name: &str| here.join("fixtures").join(name);
    let mut files: Vec<_> = std::fs::read_dir(here.join("slt"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    files.sort();
    assert!(files.len() >= 4, "{files:?}");
    let estate = Estate::empty().await;
    estate.ingest(&[&fixture("shop.jsonl")]).await;
    let inventory = std::fs::read_to_string(fixture("shop-inventory.json")).unwrap();
    estate.inventory(&[&inventory], Some("shop-prod")).await;
    for file in files {
        let mut runner = Runner::new(|| async { Ok(Asked(Arc::clone(&estate.engine))) });
        runner
            .run_file_async(&file)
            .await
            .unwrap_or_else(|error| panic!("{}", error.display(false)));
    }
}
