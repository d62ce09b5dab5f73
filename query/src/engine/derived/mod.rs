//! Derived tables: what the events mean, computed from them and the inventory, stored beside them.
//!
//! In three steps, each from the one before:
//! 1. **facts** ([`facts`]) add up what the events say, for each caller. They come from events alone, so a batch of
//!    events only adds to them;
//! 2. **lineage** ([`lineage`]) says who each caller is, from the facts and the inventory;
//! 3. **by day** ([`by_day`]): use and calls of workloads. Of these only the days are made anew that have new events,
//!    or calls of callers that are now another's; `permissions`, which set the use beside the grants; and
//!    [`findings`], which rest on all of these.
//!
//! Nothing here is truth: [`state`] says from which events, which inventory and which rules all was derived, and each
//! step gives the same whether it is made anew or goes on. The ledger is apart: it is derived from the log of the
//! events alone.

mod by_day;
mod columns;
mod days;
mod evidence;
mod facts;
mod findings;
mod grow;
pub(super) mod ledger;
mod lineage;
mod permissions;
mod scope;
pub(super) mod state;
mod work;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use datafusion::arrow::datatypes::SchemaRef;
use podtrail_analysis::inventory::Inventory;
use podtrail_ingest::IngestError;
use podtrail_ingest::lake::{Commit, DataFile, Table, schema};

use self::days::Days;
use self::facts::{FACTS, PASS};
use self::scope::{New, Scope};
use self::state::{Origin, State};
use self::work::{Work, one};
use super::remembered::KnownInventory;
use super::{Engine, batches, views};
use crate::QueryError;

/// Raised whenever a rule of attribution, mapping or permissions changes what a derived table holds.
const RULES: u32 = 6;
/// Events that are looked at together.
const EVENTS_AT_ONCE: u64 = 400_000;
/// Another process may win this often before we give up.
const ATTEMPTS: u32 = 10;

/// The columns of every derived table but the ledger, by its name in the lake.
pub(super) static TABLES: LazyLock<BTreeMap<&'static str, SchemaRef>> = LazyLock::new(|| {
    let facts = FACTS.iter().map(|facts| (facts.name, facts.schema()));
    let by_day = by_day::TABLES.iter().map(|table| (table.name, table.schema()));
    let others = [
        (lineage::ATTRIBUTIONS, lineage::attributions_schema()),
        (lineage::SESSIONS, lineage::sessions_schema()),
        (permissions::NAME, permissions::schema()),
        (findings::NAME, findings::schema()),
    ];
    facts.chain(by_day).chain(others).collect()
});

impl Engine {
    /// Brings the derived tables in step with the events and the inventory. Does nothing when they are.
    ///
    /// # Errors
    /// When the lake or the database fails.
    pub async fn refresh(&self) -> Result<(), QueryError> {
        self.refreshed().await.map(drop)
    }

    /// The same, and gives the tables' state.
    pub(super) async fn refreshed(&self) -> Result<Arc<State>, QueryError> {
        self.update_ledger().await?;
        let _one_at_a_time = self.refreshing.lock().await;
        let mut attempt = 0;
        loop {
            match self.try_refresh().await {
                Err(error) if is_contended(&error) && attempt < ATTEMPTS => {
                    attempt += 1;
                    // Another process refreshes: most likely it is done soon, and nothing is left to do.
                    tokio::time::sleep(Duration::from_millis(100) * attempt).await;
                }
                done => return done.map(Arc::new),
            }
        }
    }

    async fn try_refresh(&self) -> Result<State, QueryError> {
        let known = self.known_inventory().await?;
        let events = self.events_table().await?;
        let origin = Origin {
            rules: RULES,
            iam_data: podtrail_iam::catalog::catalog().data_date().to_owned(),
            table: events.id()?,
            events: self.content_of(&events).await?,
            inventory: known.fingerprint.clone(),
        };
        let mut refreshes = self.refreshes().await?;
        let before = State::read(&refreshes).await?;
        match before {
            Some(state) if state.origin == origin => Ok(state),
            before => {
                let started = std::time::Instant::now();
                let state = match self.derive(&events, origin.clone(), before.clone(), &known).await {
                    Err(error) if before.is_some() && !is_contended(&error) => {
                        tracing::warn!(%error, "derived tables cannot go on from where they stand: they are made anew");
                        self.derive(&events, origin, None, &known).await?
                    }
                    done => done?,
                };
                if state.commit(&mut refreshes, (self.clock)()).await? == Commit::Conflict {
                    return Err(QueryError::Lake(IngestError::Contended {
                        table: state::NAME.into(),
                        attempts: 1,
                    }));
                }
                tracing::info!(
                    seconds = started.elapsed().as_secs_f64(),
                    "derived tables were refreshed"
                );
                Ok(state)
            }
        }
    }

    pub(super) async fn refreshes(&self) -> Result<Table, QueryError> {
        self.table(state::NAME, &state::columns_of_refreshes(), None).await
    }

    /// Derives from the events what `before` does not tell yet.
    async fn derive(
        &self,
        events: &Table,
        origin: Origin,
        before: Option<State>,
        known: &KnownInventory,
    ) -> Result<State, QueryError> {
        let same_rules = |state: &State| {
            let Origin {
                rules, iam_data, table, ..
            } = &state.origin;
            (rules, iam_data, table) == (&origin.rules, &origin.iam_data, &origin.table)
        };
        let mut before = before.filter(same_rules);
        let mut new = None;
        if let Some(state) = &before {
            new = events.added_since(state.through).await?;
        }
        let (new, anew) = match new {
            Some(new) => (new, false),
            None => (events.files().await?, true),
        };
        if anew {
            before = None;
        }
        let started = std::time::Instant::now();
        let done = |step: &str| tracing::debug!(seconds = started.elapsed().as_secs_f64(), step, "refreshed up to");
        let mut work = Work::begin(self, before.as_ref()).await?;
        let (new, new_days) = add_facts(&mut work, events, new).await?;
        done("facts");
        // Another inventory may say something else of anybody.
        let same_inventory = before.is_some_and(|state| state.origin.inventory == origin.inventory);
        let scope = if same_inventory {
            new.connected(&work).await?
        } else {
            Scope::All
        };
        done("scope");
        let changes = evidence::configuration(&work).await?;
        let inventory = &Inventory::clone(&known.inventory).with_history(&known.versions, &changes);
        let moved = lineage::derive(&mut work, inventory, &scope).await?;
        done("lineage");
        let days = if anew { Days::All } else { new_days.and(moved) };
        by_day::derive(&mut work, &days).await?;
        done("days");
        permissions::derive(&mut work, inventory).await?;
        done("permissions");
        findings::derive(&mut work, inventory).await?;
        Ok(State {
            origin,
            through: events.version(),
            tables: work.versions(),
        })
    }
}

/// Another process committed first.
const fn is_contended(error: &QueryError) -> bool {
    matches!(error, QueryError::Lake(IngestError::Contended { .. }))
}

/// Adds the facts of some files of events. Gives what is new for lineage, and the days that the events are of.
async fn add_facts(work: &mut Work, events: &Table, files: Vec<DataFile>) -> Result<(New, Days), QueryError> {
    let (mut new, mut days) = (New::default(), BTreeSet::new());
    for files in at_once(files) {
        Engine::register_files(&work.context, "events", "events", &schema::events(), events, files)?;
        let pass = batches(&work.context, &views::fill(PASS), Vec::new()).await?;
        if let Some(first) = pass.first() {
            for batch in &pass {
                days.extend(Days::of(batch)?);
            }
            work.register_rows("pass", first.schema(), pass.clone())?;
        } else {
            let empty = work.context.sql(&views::fill(PASS)).await?;
            work.register_rows("pass", Arc::clone(empty.schema().inner()), Vec::new())?;
        }
        drop(pass);
        for facts in &FACTS {
            let rows = work.rows_for(facts.name, facts.sql).await?;
            let rows = new.note(facts.name, one(&facts.schema(), &rows)?)?;
            work.add_facts(facts, &rows).await?;
        }
        work.context.deregister_table("lake.pass")?;
        work.context.deregister_table("lake.events")?;
    }
    Ok((new, Days::Some(days)))
}

/// Files in portions that fit into memory.
fn at_once(files: Vec<DataFile>) -> Vec<Vec<DataFile>> {
    let mut portions: Vec<Vec<DataFile>> = Vec::new();
    let mut held = EVENTS_AT_ONCE;
    for file in files {
        let rows = file.rows.unwrap_or(EVENTS_AT_ONCE);
        match portions.last_mut() {
            Some(portion) if held + rows <= EVENTS_AT_ONCE => {
                portion.push(file);
                held += rows;
            }
            _ => {
                portions.push(vec![file]);
                held = rows;
            }
        }
    }
    portions
}
