//! A workload's move from IRSA to Pod Identity: history and inventory gathered for `podtrail_analysis::migration`.

use std::collections::BTreeSet;

use podtrail_analysis::answer::Migration;
use podtrail_analysis::migration::{MigrationInput, migrate};
use serde::Deserialize;

use super::workloads::{find, of_row};
use crate::engine::Engine;
use crate::workloads::{Key, WorkloadRoles, workload_filter};
use crate::{QueryError, facts};

impl Engine {
    /// The plan for one workload.
    ///
    /// # Errors
    /// As [`find_workload`](Self::find_workload).
    pub async fn migration(&self, name: &str) -> Result<Migration, QueryError> {
        #[derive(Deserialize)]
        struct Row {
            #[serde(default)]
            chain: Vec<String>,
        }
        let now = self.moment().await?;
        let (context, inventory) = (&now.context, self.inventory().await?);
        let workload = of_row(find(&self.workloads_at(&now).await?, name)?);
        let roles = WorkloadRoles::load(context, &inventory).await?;
        let key = Key::of(&workload);
        let all = facts::workloads(context, &roles).await?;
        let own = all.iter().find(|facts| Key::of(&facts.workload) == key);
        let own = own.ok_or_else(|| QueryError::NotFound {
            what: format!("the workload `{name}`"),
            suggestions: Vec::new(),
        })?;
        let (filter, values) = workload_filter(&workload, 1);
        let sql = format!("SELECT DISTINCT chain FROM lake.sessions WHERE {filter}");
        let rows: Vec<Row> = Self::rows(context, "sessions", &sql, values).await?;
        let chained: BTreeSet<String> = rows.into_iter().flat_map(|row| row.chain.into_iter().skip(1)).collect();
        let chained: Vec<String> = chained.into_iter().collect();
        let direct = roles.of(&workload).into_iter().flat_map(|(roles, _)| roles.iter());
        let shared: BTreeSet<String> = direct
            .filter(|role| !chained.contains(role))
            .flat_map(|role| roles.sharers(role, &workload))
            .collect();
        Ok(migrate(MigrationInput {
            workload: own,
            chained: &chained,
            shared_by: &shared.into_iter().collect::<Vec<_>>(),
            inventory: &inventory,
        }))
    }
}
