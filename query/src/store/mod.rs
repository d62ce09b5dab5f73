//! The product database, a SQLite file or a PostgreSQL server: the only door to its SQL.
//!
//! It holds the product's own state and never an event. The same migrations and statements run on both kinds.

mod checkpoints;
mod inventory;
mod location;

use std::sync::Arc;
use std::time::Duration;

use sqlx::any::{AnyConnectOptions, AnyPoolOptions, install_default_drivers};
use sqlx::migrate::{MigrateError, Migrator};
use sqlx::{AnyConnection, AnyPool, ConnectOptions, Connection, Executor};

pub use self::inventory::Kept;
use self::location::Location;
use crate::QueryError;

static MIGRATIONS: Migrator = sqlx::migrate!("../migrations");

/// The product database. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Store {
    pool: AnyPool,
    /// Where it is, without a password.
    location: Arc<str>,
}

impl Store {
    /// Opens the database at a path, a `sqlite://` address (a file, made when it is not there) or a `postgres://`
    /// address, and brings its tables up to date. Several processes may do so at once.
    ///
    /// # Errors
    /// [`QueryError::DatabaseLocation`] for text that names no database, [`QueryError::DatabaseNewer`] for one of a
    /// later version, [`QueryError::Database`] when it cannot be reached or made. None shows a password.
    pub async fn open(location: &str) -> Result<Self, QueryError> {
        install_default_drivers();
        let place = Location::parse(location)?;
        let location: Arc<str> = place.to_string().into();
        let fail = |source| failed(&location, source);
        let options = place
            .url()
            .map_err(sqlx::Error::Io)
            .and_then(|url| AnyConnectOptions::from_url(&url))
            .map_err(fail)?;
        // Alone at first: a pool would try again for half a minute what fails at once, and then not say why.
        prepare(&options, place.is_sqlite())
            .await
            .map_err(|error| match error {
                sqlx::Error::Migrate(inner) if matches!(*inner, MigrateError::VersionMissing(_)) => {
                    QueryError::DatabaseNewer(location.to_string())
                }
                other => fail(other),
            })?;
        let mut pool = AnyPoolOptions::new().max_connections(4);
        if place.is_sqlite() {
            pool = pool.after_connect(|connection, _| Box::pin(share_file(connection)));
        }
        Ok(Self {
            pool: pool.connect_lazy_with(options),
            location,
        })
    }

    /// Whether the database answers.
    ///
    /// # Errors
    /// [`QueryError::Database`] when it does not.
    pub async fn ping(&self) -> Result<(), QueryError> {
        self.pool
            .execute("SELECT 1")
            .await
            .map_err(|source| self.fail(source))?;
        Ok(())
    }

    fn fail(&self, source: sqlx::Error) -> QueryError {
        failed(&self.location, source)
    }
}

fn failed(location: &str, source: sqlx::Error) -> QueryError {
    QueryError::Database {
        location: location.to_owned(),
        source,
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Lets several processes use one file: with a write-ahead log readers never wait, and writers wait for each other
/// instead of failing.
async fn share_file(connection: &mut AnyConnection) -> Result<(), sqlx::Error> {
    const ATTEMPTS: usize = 200;
    connection.execute("PRAGMA busy_timeout = 30000").await?;
    for _ in 0..ATTEMPTS {
        // Turning the log on needs the file for itself, and does not wait for it.
        match connection.execute("PRAGMA journal_mode = WAL").await {
            Err(sqlx::Error::Database(error)) if is_busy(error.as_ref()) => {
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
            other => return other.map(drop),
        }
    }
    connection.execute("PRAGMA journal_mode = WAL").await.map(drop)
}

/// SQLITE_BUSY (5), in its extended forms too: <https://www.sqlite.org/rescode.html>.
fn is_busy(error: &dyn sqlx::error::DatabaseError) -> bool {
    let code = error.code().and_then(|code| code.parse::<i32>().ok());
    code.is_some_and(|code| code & 0xff == 5)
}

/// Brings the tables up to date. PostgreSQL's migrations hold a lock of the server meanwhile; on a file the write lock
/// is taken before they look.
async fn prepare(options: &AnyConnectOptions, sqlite: bool) -> Result<(), sqlx::Error> {
    let mut connection = options.connect().await?;
    if sqlite {
        share_file(&mut connection).await?;
        let mut transaction = connection.begin_with("BEGIN IMMEDIATE").await?;
        MIGRATIONS.run_direct(None, &mut *transaction, false).await?;
        transaction.commit().await?;
    } else {
        MIGRATIONS.run_direct(None, &mut connection, false).await?;
    }
    connection.close().await
}

#[cfg(test)]
mod tests;
