//! DataFusion over the lake: tables, functions, views, derived tables, and the guard before other people's SQL.

mod derived;
mod functions;
pub mod guard;
mod remembered;
pub(crate) mod rows;
mod table;
mod views;

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, LazyLock};

use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::datatypes::{Schema, SchemaRef};
use datafusion::catalog::MemorySchemaProvider;
use datafusion::common::ScalarValue;
use datafusion::execution::object_store::ObjectStoreUrl;
use datafusion::execution::runtime_env::{RuntimeEnv, RuntimeEnvBuilder};
use datafusion::prelude::{SessionConfig, SessionContext};
use futures::future::try_join_all;
use podtrail_analysis::inventory::{Inventory, Listed, Object};
use podtrail_event::time::Timestamp;
use podtrail_ingest::lake::{DataFile, Lake, Table, schema};
use serde::de::DeserializeOwned;
use tokio::sync::Mutex;

use self::derived::ledger;
use self::derived::state::{self, State};
use self::remembered::{KnownInventory, Memory};
use crate::store::Kept;
use crate::{QueryError, Store};

/// The tables that no refresh writes, with their columns.
static STORED: LazyLock<[(&str, SchemaRef); 3]> = LazyLock::new(|| {
    [
        ("events", schema::events()),
        ("rejects", schema::rejects()),
        (ledger::NAME, ledger::columns_of_ledger()),
    ]
});

/// Memory that one question of our own may take before it spills to disk.
const OWN_MEMORY: usize = 2 << 30;

/// The door to every question. Share it behind an `Arc`.
#[derive(Debug)]
pub struct Engine {
    lake: Lake,
    store: Store,
    clock: fn() -> i64,
    tables: Mutex<HashMap<&'static str, Table>>,
    refreshing: Mutex<()>,
    /// What the events held at a version, and the session that was last made: a lake that did not change is not looked
    /// through again for each question.
    content: Mutex<Option<(i64, String)>>,
    session: Mutex<Option<Moment>>,
    memory: Memory,
}

/// The lake at one moment: a session, and the versions of all tables that it reads.
#[derive(Clone)]
pub(crate) struct Moment {
    /// The session, with every table and view.
    pub(crate) context: SessionContext,
    /// Equal ones give equal answers, but for what the inventory says beside the derived tables.
    versions: Versions,
}

impl std::fmt::Debug for Moment {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Moment")
            .field("versions", &self.versions)
            .finish_non_exhaustive()
    }
}

/// The versions of all tables that a session reads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Versions {
    derived: Arc<State>,
    stored: [i64; 3],
}

impl Engine {
    /// An engine over a lake and a product database. `clock` gives the time in milliseconds, for the log.
    #[must_use]
    pub fn new(lake: Lake, store: Store, clock: fn() -> i64) -> Self {
        Self {
            lake,
            store,
            clock,
            tables: Mutex::default(),
            refreshing: Mutex::default(),
            content: Mutex::default(),
            session: Mutex::default(),
            memory: Memory::default(),
        }
    }

    /// The lake.
    #[must_use]
    pub const fn lake(&self) -> &Lake {
        &self.lake
    }

    /// The product database.
    #[must_use]
    pub const fn store(&self) -> &Store {
        &self.store
    }

    /// Keeps inventory objects as observed now; gives the number of new versions.
    ///
    /// # Errors
    /// As [`Store::import`].
    pub async fn import_inventory(&self, objects: &[Object]) -> Result<u64, QueryError> {
        self.store.import(objects, self.now()).await
    }

    /// Keeps inventory objects as observed now, and what has ended by complete lists; gives what was done, by kind.
    ///
    /// # Errors
    /// As [`Store::observe`].
    pub async fn observe_inventory(
        &self,
        objects: &[Object],
        complete: &[Listed],
    ) -> Result<BTreeMap<String, Kept>, QueryError> {
        self.store.observe(objects, complete, self.now()).await
    }

    /// The inventory as last observed. It is read again only where an import came after.
    ///
    /// # Errors
    /// As [`Store::inventory`].
    pub async fn inventory(&self) -> Result<Arc<Inventory>, QueryError> {
        Ok(Arc::clone(&self.known_inventory().await?.inventory))
    }

    /// The same with its fingerprint.
    async fn known_inventory(&self) -> Result<Arc<KnownInventory>, QueryError> {
        // The number first: what is read after it is no older.
        let version = self.store.inventory_version().await?;
        let read = async || {
            let (inventory, fingerprint) = self.store.inventory().await?;
            Ok(KnownInventory {
                inventory: Arc::new(inventory),
                versions: self.store.versions().await?,
                fingerprint,
            })
        };
        self.memory.inventory.get(version, read).await
    }

    /// What is remembered of a moment.
    pub(crate) const fn memory(&self) -> &Memory {
        &self.memory
    }

    /// A session over the lake as it is now, with every view, its derived tables in step with the events.
    ///
    /// # Errors
    /// When the lake or the database fails.
    pub async fn session(&self) -> Result<SessionContext, QueryError> {
        Ok(self.moment().await?.context)
    }

    /// The same with the versions that it reads.
    ///
    /// # Errors
    /// When the lake or the database fails.
    pub(crate) async fn moment(&self) -> Result<Moment, QueryError> {
        let derived = self.refreshed().await?;
        let tables = self.stored_tables().await?;
        let versions = Versions {
            derived,
            stored: tables.each_ref().map(Table::version),
        };
        let mut last = self.session.lock().await;
        if let Some(moment) = last.as_ref().filter(|moment| moment.versions == versions) {
            return Ok(moment.clone());
        }
        let runtime = RuntimeEnvBuilder::new()
            .with_memory_limit(OWN_MEMORY, 1.0)
            .build_arc()?;
        let moment = Moment {
            context: self.session_over(runtime, &tables, &versions.derived).await?,
            versions,
        };
        *last = Some(moment.clone());
        Ok(moment)
    }

    /// The same, with bounds of its own.
    async fn session_in(&self, runtime: Arc<RuntimeEnv>) -> Result<SessionContext, QueryError> {
        let derived = self.refreshed().await?;
        self.session_over(runtime, &self.stored_tables().await?, &derived).await
    }

    /// The tables that no refresh writes: events, rejects and the ledger.
    async fn stored_tables(&self) -> Result<[Table; 3], QueryError> {
        // Side by side: each is a request to a storage that may be far.
        let (of_rejects, of_ledger) = (schema::rejects(), ledger::columns_of_ledger());
        let (events, rejects, ledger) = tokio::try_join!(
            self.events_table(),
            self.table("rejects", &of_rejects, None),
            self.table(ledger::NAME, &of_ledger, None),
        )?;
        Ok([events, rejects, ledger])
    }

    /// A session over the ledger alone, in step with the log of events.
    ///
    /// # Errors
    /// When the lake fails.
    pub(crate) async fn ledger_session(&self) -> Result<SessionContext, QueryError> {
        self.update_ledger().await?;
        let context = bare_session(RuntimeEnv::default().into())?;
        self.register(&context, ledger::NAME, &ledger::columns_of_ledger(), None)
            .await?;
        Ok(context)
    }

    async fn session_over(
        &self,
        runtime: Arc<RuntimeEnv>,
        stored: &[Table; 3],
        derived: &State,
    ) -> Result<SessionContext, QueryError> {
        let context = bare_session(runtime)?;
        for ((name, schema), table) in STORED.iter().zip(stored) {
            Self::register_files(&context, name, name, schema, table, table.files().await?)?;
        }
        let tables = derived::TABLES.iter();
        try_join_all(tables.map(|(name, schema)| self.register_derived(&context, name, schema, derived))).await?;
        // It holds no rows; it is there as every other table of the lake is.
        self.register(&context, state::NAME, &state::columns_of_refreshes(), None)
            .await?;
        views::register(&context).await?;
        Ok(context)
    }

    /// Makes a derived table readable as `lake.NAME`, at the version that it has in a state.
    async fn register_derived(
        &self,
        context: &SessionContext,
        name: &'static str,
        schema: &Arc<Schema>,
        state: &State,
    ) -> Result<(), QueryError> {
        let table = self.table(name, schema, None).await?;
        let version = state.tables.get(name).copied().unwrap_or_else(|| table.version());
        let table = table.at(version).await?;
        Self::register_files(context, name, name, schema, &table, table.files().await?)
    }

    /// Makes the newest version of a table of the lake readable as `lake.NAME`.
    async fn register(
        &self,
        context: &SessionContext,
        name: &'static str,
        schema: &Arc<Schema>,
        partition: Option<&str>,
    ) -> Result<(), QueryError> {
        let table = self.table(name, schema, partition).await?;
        let files = table.files().await?;
        Self::register_files(context, name, name, schema, &table, files)
    }

    /// Makes some data files of a table readable as `lake.ALIAS`.
    fn register_files(
        context: &SessionContext,
        name: &'static str,
        alias: &str,
        schema: &Arc<Schema>,
        table: &Table,
        files: Vec<DataFile>,
    ) -> Result<(), QueryError> {
        let url = ObjectStoreUrl::parse(format!("lake://{}", name.replace('_', "-")))?;
        context.register_object_store(url.as_ref(), table.store());
        let provider = table::LakeTable::new(Arc::clone(schema), url, files);
        context.register_table(format!("lake.{alias}"), Arc::new(provider))?;
        Ok(())
    }

    /// The events at their newest version.
    pub(crate) async fn events_table(&self) -> Result<Table, QueryError> {
        self.table("events", &schema::events(), Some(schema::EVENT_DATE)).await
    }

    /// A token of what the events hold.
    async fn content_of(&self, events: &Table) -> Result<String, QueryError> {
        let mut known = self.content.lock().await;
        if let Some((_, content)) = known.as_ref().filter(|(version, _)| *version == events.version()) {
            return Ok(content.clone());
        }
        let content = events.content().await?;
        *known = Some((events.version(), content.clone()));
        Ok(content)
    }

    /// The time.
    pub(crate) fn now(&self) -> Timestamp {
        Timestamp((self.clock)().saturating_mul(1000))
    }

    /// A table at its newest version; its log is read on from where it was last read.
    async fn table(&self, name: &'static str, schema: &Schema, partition: Option<&str>) -> Result<Table, QueryError> {
        let known = self.tables.lock().await.get(name).cloned();
        let table = match known {
            Some(mut known) => {
                known.refresh().await?;
                known
            }
            None => self.lake.table(name, schema, partition).await?,
        };
        self.tables.lock().await.insert(name, table.clone());
        Ok(table)
    }

    /// The rows of a question of our own as structs. Values go in by place (`$1`, …), never into the text.
    pub(crate) async fn rows<T: DeserializeOwned>(
        context: &SessionContext,
        what: &'static str,
        sql: &str,
        values: Vec<ScalarValue>,
    ) -> Result<Vec<T>, QueryError> {
        rows::from_batches(what, &batches(context, sql, values).await?)
    }
}

/// The batches of a question of our own.
pub(crate) async fn batches(
    context: &SessionContext,
    sql: &str,
    values: Vec<ScalarValue>,
) -> Result<Vec<RecordBatch>, QueryError> {
    let frame = context.sql(sql).await?;
    let frame = if values.is_empty() {
        frame
    } else {
        frame.with_param_values(values)?
    };
    Ok(frame.collect().await?)
}

/// A session with our functions and an empty schema `lake`.
fn bare_session(runtime: Arc<RuntimeEnv>) -> Result<SessionContext, QueryError> {
    let config = SessionConfig::new()
        // The generic dialect takes `, cluster` for the end of a list followed by CLUSTER BY.
        .set_str("datafusion.sql_parser.dialect", "PostgreSQL")
        .with_information_schema(true);
    let context = SessionContext::new_with_config_rt(config, runtime);
    for function in functions::all() {
        context.register_udf(function);
    }
    if let Some(catalog) = context.catalog("datafusion") {
        catalog.register_schema("lake", Arc::new(MemorySchemaProvider::new()))?;
    }
    Ok(context)
}
