//! The harness of the end-to-end tests: lakes in temporary folders, the real engine, the real router, the real binary.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a harness stops at the first surprise"
)]

mod fault;
mod parts;
mod server;

pub mod checkpoints;
pub mod cloudtrail;
pub mod eks;
pub mod kubernetes;
pub mod moto;
pub mod postgres;
pub mod proxy;
pub mod records;

pub use fault::{Fault, Rule, When};
pub use parts::{REGION, aws_environment, python};

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;

use axum::body::Body;
use axum::http::{Request, StatusCode};
use http_body_util::BodyExt;
use podtrail_analysis::inventory::{ImportHint, parse};
use podtrail_ingest::checkpoint::{Checkpoints, InMemory};
use podtrail_ingest::lake::{Bounds, Lake};
use podtrail_ingest::ledger::Ledger;
use podtrail_ingest::pipeline::{Options, Report, Silent, ingest};
use podtrail_ingest::source::{self, Opening, Source, Stop};
use podtrail_query::{Engine, Store};
use serde_json::Value;
use tempfile::TempDir;
use tower::ServiceExt;

/// A fixed clock, in milliseconds: what is written depends on no wall clock.
#[must_use]
pub fn clock() -> i64 {
    1_793_491_200_000
}

/// A lake and a product database in a folder that is removed at the end.
pub struct Estate {
    /// The folder, as `--data` names it.
    pub data: TempDir,
    /// The engine over both.
    pub engine: Arc<Engine>,
}

impl Estate {
    /// Nothing in it yet.
    pub async fn empty() -> Self {
        let data = tempfile::tempdir().unwrap();
        let lake = Lake::open(data.path().join("lake").to_str().unwrap()).await.unwrap();
        let store = Store::open(data.path().join("podtrail.db").to_str().unwrap())
            .await
            .unwrap();
        Self {
            engine: Arc::new(Engine::new(lake, store, clock)),
            data,
        }
    }

    /// Ingests files or folders.
    pub async fn ingest(&self, sources: &[&Path]) -> Ledger {
        self.ingest_with(sources, Bounds::default()).await
    }

    /// Ingests with other bounds of a commit.
    pub async fn ingest_with(&self, sources: &[&Path], bounds: Bounds) -> Ledger {
        let checkpoints: Arc<dyn Checkpoints> = Arc::new(InMemory::default());
        let sources: Vec<_> = sources
            .iter()
            .map(|path| source::open(path.to_str().unwrap(), &Opening::new(clock), &checkpoints).unwrap())
            .collect();
        let report = self.run(&sources, bounds, &checkpoints).await;
        assert_eq!(report.failures, [], "everything can be read");
        report.ledger
    }

    /// Ingests from sources as they are.
    pub async fn run(&self, sources: &[Arc<dyn Source>], bounds: Bounds, checkpoints: &Arc<dyn Checkpoints>) -> Report {
        let options = Options {
            bounds,
            ..Options::new(clock)
        };
        let lake = self.engine.lake();
        ingest(lake, sources, options, checkpoints, Arc::new(Silent), &Stop::default())
            .await
            .unwrap()
    }

    /// Ingests records given as text, as one file.
    pub async fn ingest_text(&self, text: &str) -> Ledger {
        let file = self.data.path().join(format!("input-{}.json", text.len()));
        std::fs::write(&file, text).unwrap();
        self.ingest(&[&file]).await
    }

    /// Imports inventory documents; those of Kubernetes belong to `cluster`.
    pub async fn inventory(&self, documents: &[&str], cluster: Option<&str>) {
        let hint = ImportHint {
            cluster: cluster.map(str::to_owned),
        };
        let objects: Vec<_> = documents.iter().flat_map(|text| parse(text, &hint).unwrap()).collect();
        self.engine.import_inventory(&objects).await.unwrap();
    }

    /// The rows of a question as JSON objects.
    pub async fn sql(&self, sql: &str) -> Vec<Value> {
        let answer = self.engine.sql(sql, None, None).await.unwrap();
        podtrail::output::sql_objects(&answer)
            .unwrap()
            .into_iter()
            .map(Value::Object)
            .collect()
    }

    /// A request to the real router, as this machine's browser would send it.
    pub async fn http(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Answer {
        let mut request = Request::builder().method(method).uri(path);
        if !headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("host")) {
            request = request.header("host", "localhost:8750");
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let router = podtrail::http::router(Arc::clone(&self.engine));
        let response = router
            .oneshot(request.body(Body::from(body.to_owned())).unwrap())
            .await
            .unwrap();
        let (parts, body) = response.into_parts();
        let bytes = body.collect().await.unwrap().to_bytes();
        let content_type = parts
            .headers
            .get("content-type")
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default()
            .to_owned();
        Answer {
            status: parts.status,
            content_type,
            headers: parts.headers,
            body: bytes.to_vec(),
        }
    }

    /// A GET, which must succeed, as JSON.
    pub async fn get(&self, path: &str) -> Value {
        let answer = self.http("GET", path, &[], "").await;
        assert_eq!(answer.status, StatusCode::OK, "{path}: {}", answer.text());
        answer.json()
    }
}

/// An answer of the router.
pub struct Answer {
    /// Status.
    pub status: StatusCode,
    /// `Content-Type`.
    pub content_type: String,
    /// All headers.
    pub headers: axum::http::HeaderMap,
    /// Body.
    pub body: Vec<u8>,
}

impl Answer {
    /// The body as text.
    #[must_use]
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The body as JSON.
    #[must_use]
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.text()))
    }
}

/// What a run of the binary left.
pub struct Ran {
    /// Exit code.
    pub code: i32,
    /// Standard output.
    pub stdout: String,
    /// Standard error.
    pub stderr: String,
}

/// The built `podtrail` over a data folder, to be given arguments and variables.
///
/// # Panics
/// When the binary is not built.
#[must_use]
pub fn command(data: &Path) -> Command {
    let mut command = Command::new(binary());
    command.arg("--data").arg(data);
    command
}

/// Runs the built `podtrail` over a data folder.
///
/// # Panics
/// When the binary is not built.
#[must_use]
pub fn podtrail(data: &Path, arguments: &[&str], stdin: &[u8]) -> Ran {
    podtrail_with(data, &[], arguments, stdin)
}

/// The same with variables, such as those of a stub ([`moto::Moto::environment`]).
#[must_use]
pub fn podtrail_with(data: &Path, environment: &[(String, String)], arguments: &[&str], stdin: &[u8]) -> Ran {
    use std::io::Write;
    let mut child = command(data)
        .envs(environment.iter().map(|(name, value)| (name, value)))
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = child.stdin.take().unwrap();
    let bytes = stdin.to_vec();
    let writer = std::thread::spawn(move || {
        // A command that does not read its input closes it early.
        let _ = input.write_all(&bytes);
    });
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap();
    Ran {
        code: output.status.code().unwrap_or(-1),
        stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}

/// The binary beside this test's own folder in the target directory.
fn binary() -> PathBuf {
    let test = std::env::current_exe().unwrap();
    let folder = test.parent().and_then(Path::parent).unwrap();
    let binary = folder.join("podtrail");
    assert!(
        binary.exists(),
        "`{}` is not built: run `cargo build -p podtrail`",
        binary.display()
    );
    binary
}

/// A folder of real records beside the repository; none, with a message, where it is absent.
#[must_use]
pub fn real(folder: &str) -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../shared/data/real")
        .join(folder);
    if path.exists() {
        return Some(path);
    }
    println!("skipped: the real records of `{folder}` are not on this machine");
    None
}
