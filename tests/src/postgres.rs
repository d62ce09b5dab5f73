//! PostgreSQL in a temporary folder, one server for each test process, on loopback.

use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

use sqlx::{AssertSqlSafe, Connection, PgConnection};

use crate::parts::postgres_programs;

/// A running server. It ends, and its folder goes, when this process does.
pub struct Postgres {
    port: u16,
    names: AtomicU32,
    _child: Child,
}

static POSTGRES: OnceLock<Postgres> = OnceLock::new();

/// The server of this process; none, with a message, where PostgreSQL is not installed.
///
/// # Panics
/// When PostgreSQL is installed and does not start.
#[must_use]
pub fn postgres() -> Option<&'static Postgres> {
    let programs = postgres_programs()?;
    Some(POSTGRES.get_or_init(|| Postgres::start(&programs)))
}

impl Postgres {
    fn start(programs: &Path) -> Self {
        // Another process may take the port between our look and the server's start; then another one is tried.
        let started = (0..5).find_map(|_| Self::try_start(programs, free_port()));
        started.expect("PostgreSQL did not start: see its message above")
    }

    fn try_start(programs: &Path, port: u16) -> Option<Self> {
        let mut child = shell()
            .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/postgres.sh"))
            .arg(programs)
            .arg(port.to_string())
            .current_dir("/")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap())
            .read_line(&mut line)
            .unwrap();
        (line.trim() == "ready").then(|| Self {
            port,
            names: AtomicU32::new(0),
            _child: child,
        })
    }

    /// Makes an empty database and gives its address, such as `postgres://podtrail@127.0.0.1:40123/test_0`.
    pub async fn database(&self) -> String {
        let name = format!("test_{}", self.names.fetch_add(1, Ordering::Relaxed));
        let mut connection = PgConnection::connect(&self.address("postgres")).await.unwrap();
        let made = sqlx::raw_sql(AssertSqlSafe(format!("CREATE DATABASE {name}")));
        made.execute(&mut connection).await.unwrap();
        connection.close().await.unwrap();
        self.address(&name)
    }

    fn address(&self, database: &str) -> String {
        format!("postgres://podtrail@127.0.0.1:{}/{database}", self.port)
    }
}

/// A shell that may run PostgreSQL, which refuses to run as root.
fn shell() -> Command {
    let id = Command::new("id").arg("-u").output().unwrap().stdout;
    if id.trim_ascii() == b"0" {
        let mut command = Command::new("runuser");
        command.args(["-u", "postgres", "--", "sh"]);
        command
    } else {
        Command::new("sh")
    }
}

fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().port()
}
