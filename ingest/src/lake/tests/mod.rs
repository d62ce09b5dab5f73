//! Tables in memory, on a store that can be told to fail.

mod commits;
mod compaction;
mod evolution;
mod retention;
mod vacuuming;

use std::sync::{Arc, Mutex};

use arrow::array::{RecordBatch, StringViewArray, TimestampMicrosecondArray};
use arrow::datatypes::{DataType, Field, Schema};
use async_trait::async_trait;
use deltalake::kernel::Action;
use futures::TryStreamExt;
use futures::stream::BoxStream;
use object_store::memory::InMemory;
use object_store::path::Path;
use object_store::{
    CopyOptions, Error, GetOptions, GetResult, ListResult, MultipartUpload, ObjectMeta, ObjectStore,
    PutMultipartOptions, PutOptions, PutPayload, PutResult, Result,
};
use url::Url;
use uuid::Uuid;

use super::table::{Commit, Table};
use super::{Lake, schema};

const DAY: i64 = 86_400_000_000;

/// What happens to the next commits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fault {
    /// It is stored, and the answer is lost.
    AnswerLost,
    /// It is not stored: the server fails.
    NotStored,
    /// It is not stored: `409`, as S3 says while another conditional request is at work.
    Busy,
    /// It is not stored: denied.
    Denied,
}

/// A store whose commits fail as told, in turn.
#[derive(Debug, Default)]
struct Faulty {
    store: InMemory,
    faults: Mutex<Vec<Fault>>,
}

impl std::fmt::Display for Faulty {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Faulty")
    }
}

#[async_trait]
impl ObjectStore for Faulty {
    async fn put_opts(&self, location: &Path, payload: PutPayload, opts: PutOptions) -> Result<PutResult> {
        let is_commit = location.as_ref().contains("_delta_log/") && location.as_ref().ends_with(".json");
        let fault = if is_commit {
            self.faults.lock().unwrap().pop()
        } else {
            None
        };
        let generic = || Error::Generic {
            store: "test",
            source: "the connection was cut".into(),
        };
        let path = location.to_string();
        match fault {
            None => self.store.put_opts(location, payload, opts).await,
            Some(Fault::AnswerLost) => {
                self.store.put_opts(location, payload, opts).await?;
                Err(generic())
            }
            Some(Fault::NotStored) => Err(generic()),
            Some(Fault::Busy) => Err(Error::AlreadyExists {
                path,
                source: "409".into(),
            }),
            Some(Fault::Denied) => Err(Error::PermissionDenied {
                path,
                source: "403".into(),
            }),
        }
    }

    async fn put_multipart_opts(&self, location: &Path, opts: PutMultipartOptions) -> Result<Box<dyn MultipartUpload>> {
        self.store.put_multipart_opts(location, opts).await
    }

    async fn get_opts(&self, location: &Path, options: GetOptions) -> Result<GetResult> {
        self.store.get_opts(location, options).await
    }

    fn delete_stream(&self, locations: BoxStream<'static, Result<Path>>) -> BoxStream<'static, Result<Path>> {
        self.store.delete_stream(locations)
    }

    fn list(&self, prefix: Option<&Path>) -> BoxStream<'static, Result<ObjectMeta>> {
        self.store.list(prefix)
    }

    async fn list_with_delimiter(&self, prefix: Option<&Path>) -> Result<ListResult> {
        self.store.list_with_delimiter(prefix).await
    }

    async fn copy_opts(&self, from: &Path, to: &Path, options: CopyOptions) -> Result<()> {
        self.store.copy_opts(from, to, options).await
    }
}

/// A lake in memory, and its store.
fn lake() -> (Lake, Arc<Faulty>) {
    let store = Arc::new(Faulty::default());
    let lake = Lake {
        root: Url::parse("memory:///lake/").unwrap(),
        store: Arc::clone(&store) as Arc<dyn ObjectStore>,
    };
    (lake, store)
}

impl Faulty {
    /// The next commits fail so, the last of the list first.
    fn fail(&self, faults: &[Fault]) {
        *self.faults.lock().unwrap() = faults.to_vec();
    }

    /// Data files there are, committed or not.
    async fn data_files(&self) -> usize {
        let objects: Vec<ObjectMeta> = self.list(None).try_collect().await.unwrap();
        let paths = objects.iter().map(|object| object.location.as_ref());
        paths
            .filter(|path| path.ends_with(".parquet") && !path.contains("_delta_log/"))
            .count()
    }
}

/// A narrow table of events.
fn narrow() -> Schema {
    Schema::new(vec![
        Field::new("event_time", schema::timestamp(), true),
        Field::new("event_id", DataType::Utf8View, false),
    ])
}

fn rows(rows: &[(Option<i64>, &str)]) -> RecordBatch {
    let times: Vec<Option<i64>> = rows.iter().map(|(time, _)| *time).collect();
    let ids = StringViewArray::from_iter_values(rows.iter().map(|(_, id)| *id));
    let times = TimestampMicrosecondArray::from(times).with_timezone("UTC");
    RecordBatch::try_new(Arc::new(narrow()), vec![Arc::new(times), Arc::new(ids)]).unwrap()
}

/// A file of the day of a batch's first row, not committed yet.
async fn written(table: &Table, batch: &RecordBatch, now: i64) -> Action {
    let times = batch
        .column(0)
        .as_any()
        .downcast_ref::<TimestampMicrosecondArray>()
        .unwrap();
    let day = times.iter().next().flatten();
    let day = day.map(|time| podtrail_event::time::Timestamp(time).date_text());
    let partition = Some((schema::EVENT_DATE, day));
    table.write_file(batch, Some("event_id"), partition, now).await.unwrap()
}

/// Adds a file as a writer does: until its commit is in the log.
async fn append(table: &mut Table, batch: &RecordBatch, now: i64) {
    let file = written(table, batch, now).await;
    let id = Uuid::new_v4();
    while table.commit(vec![file.clone()], false, id, &[]).await.unwrap() == Commit::Conflict {}
}

async fn events(lake: &Lake) -> Table {
    lake.table("events", &narrow(), Some(schema::EVENT_DATE)).await.unwrap()
}
