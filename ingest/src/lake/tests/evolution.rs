//! Tables of an older or a newer version.

use arrow::array::Array;

use super::*;
use crate::IngestError;
use crate::lake::merge::Merge;
use crate::lake::reader::read_columns;

fn wider() -> Schema {
    let mut fields: Vec<_> = narrow().fields().iter().cloned().collect();
    fields.push(Arc::new(Field::new("region", DataType::Utf8View, false)));
    Schema::new(fields)
}

fn columns(table: &Table) -> Vec<String> {
    table
        .struct_type()
        .unwrap()
        .fields()
        .map(|field| field.name().clone())
        .collect()
}

#[tokio::test]
async fn an_older_table_is_widened_once_and_its_files_lack_the_column() {
    let (lake, _) = lake();
    append(&mut events(&lake).await, &rows(&[(Some(DAY), "a")]), 0).await;
    let schema = wider();
    let open = || lake.table("events", &schema, Some(schema::EVENT_DATE));
    let table = open().await.unwrap();
    assert_eq!(columns(&table), ["event_time", "event_id", "event_date", "region"]);
    assert!(table.struct_type().unwrap().field("region").unwrap().is_nullable());
    assert_eq!(
        open().await.unwrap().version(),
        table.version(),
        "nothing to do the second time"
    );

    let files = table.files().await.unwrap();
    let read = read_columns(table.store(), &files[0], &["event_id", "region"])
        .await
        .unwrap();
    assert_eq!(read[0].num_columns(), 1);
    let schema = crate::lake::compact::data_schema(&table).unwrap();
    let mut merge = Merge::new(table.store(), schema, &["event_time"], vec![files])
        .await
        .unwrap();
    let batch = merge.next(10).await.unwrap().unwrap();
    assert_eq!(batch.column_by_name("region").unwrap().null_count(), 1);
}

#[tokio::test]
async fn an_older_version_goes_on_with_a_wider_table() {
    let (lake, _) = lake();
    lake.table("events", &wider(), Some(schema::EVENT_DATE)).await.unwrap();
    let mut table = events(&lake).await;
    assert_eq!(columns(&table), ["event_time", "event_id", "region", "event_date"]);
    append(&mut table, &rows(&[(Some(DAY), "a")]), 0).await;
    assert_eq!(table.files().await.unwrap().len(), 1);
}

#[tokio::test]
async fn two_versions_at_once_widen_it_once() {
    let (lake, store) = lake();
    events(&lake).await;
    let (schema, partition) = (wider(), Some(schema::EVENT_DATE));
    let open = || lake.table("events", &schema, partition);
    store.fail(&[Fault::AnswerLost]);
    let (one, two) = futures::join!(open(), open());
    assert_eq!((one.unwrap().version(), two.unwrap().version()), (1, 1));
}

#[tokio::test]
async fn a_column_of_another_type_is_refused_by_name() {
    let (lake, _) = lake();
    events(&lake).await;
    let other = Schema::new(vec![Field::new("event_id", DataType::Int64, true)]);
    let error = lake
        .table("events", &other, Some(schema::EVENT_DATE))
        .await
        .unwrap_err();
    assert!(matches!(&error, IngestError::ColumnType { column, .. } if column == "event_id"));
    let text = error.to_string();
    assert!(text.contains("`string`") && text.contains("`long`"), "{text}");
}
