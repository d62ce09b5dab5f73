//! A workload's recommendation: history and inventory gathered for `podtrail_analysis::recommend`.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use datafusion::prelude::SessionContext;
use podtrail_analysis::answer::{Coverage, Recommendation, Replay, Window};
use podtrail_analysis::inventory::Inventory;
use podtrail_analysis::recommend::{ObservedSources, RecommendInput, RoleInput, UnmappedCall, check, recommend};
use podtrail_analysis::usage::{Usage, Workload};
use podtrail_event::time::Timestamp;
use podtrail_iam::policy::Policy;
use serde::Deserialize;

use crate::engine::Engine;
use crate::workloads::{Span, WorkloadRoles, association, cluster_named, usage, workload_filter};
use crate::{QueryError, workloads};

/// What every recommendation of one moment shares.
pub(super) struct Shared {
    pub(super) context: SessionContext,
    pub(super) inventory: Arc<Inventory>,
    pub(super) roles: WorkloadRoles,
    observed: ObservedSources,
    coverage: Coverage,
    window: Window,
    span: Span,
}

impl Engine {
    /// The recommendation for one workload, for each of its roles or for the one chosen, from the history
    /// since the start of a day (UTC), else from all of it.
    ///
    /// # Errors
    /// As [`find_workload`](Self::find_workload); [`QueryError::Input`] for a role that is not the workload's.
    pub async fn recommendation(
        &self,
        name: &str,
        role: Option<&str>,
        since: Option<Timestamp>,
    ) -> Result<Recommendation, QueryError> {
        let shared = self.shared(since).await?;
        let workload = self.find_workload(name).await?;
        shared.recommend(&workload, role).await
    }

    /// The recommendations for every workload, sorted by workload.
    ///
    /// # Errors
    /// When the lake or the database fails.
    pub async fn recommendations(&self, since: Option<Timestamp>) -> Result<Vec<Recommendation>, QueryError> {
        let shared = self.shared(since).await?;
        let mut all = Vec::new();
        for (workload, ..) in shared.roles.iter() {
            all.push(shared.recommend(workload, None).await?);
        }
        Ok(all)
    }

    /// A workload's history replayed under a policy in place of its own, by role.
    ///
    /// # Errors
    /// As [`recommendation`](Self::recommendation).
    pub async fn check(
        &self,
        name: &str,
        role: Option<&str>,
        since: Option<Timestamp>,
        policies: &[Policy],
    ) -> Result<BTreeMap<String, Replay>, QueryError> {
        let shared = self.shared(since).await?;
        let workload = self.find_workload(name).await?;
        let input = shared.input(&workload, role).await?;
        let replays = input.roles.iter().map(|role| {
            (
                role.role_arn.clone(),
                check(&workload, &input.mechanisms, role, policies),
            )
        });
        Ok(replays.collect())
    }

    pub(super) async fn shared(&self, since: Option<Timestamp>) -> Result<Shared, QueryError> {
        let now = self.moment().await?;
        let coverage = Coverage::clone(&*self.coverage_at(&now).await?);
        let (inventory, context) = (self.inventory().await?, now.context);
        let window = Window {
            from: coverage.from.max(since),
            to: coverage.to,
        };
        Ok(Shared {
            roles: WorkloadRoles::load(&context, &inventory).await?,
            observed: workloads::observed_sources(&context).await?,
            coverage,
            span: Span { since },
            window,
            inventory,
            context,
        })
    }
}

impl Shared {
    async fn recommend(&self, workload: &Workload, role: Option<&str>) -> Result<Recommendation, QueryError> {
        let input = self.input(workload, role).await?;
        Ok(Recommendation {
            workload: self.roles.id(workload),
            ..recommend(&input)
        })
    }

    pub(super) async fn input(
        &self,
        workload: &Workload,
        role: Option<&str>,
    ) -> Result<RecommendInput<'_>, QueryError> {
        let (own_roles, mechanisms) = self
            .roles
            .of(workload)
            .map(|(r, m)| (r.clone(), m.clone()))
            .unwrap_or_default();
        if let Some(role) = role.filter(|role| !own_roles.contains(*role)) {
            let known: Vec<_> = own_roles.iter().map(|role| format!("`{role}`")).collect();
            return Err(QueryError::Input(format!(
                "`{role}` is no role of the workload, which has {}",
                known.join(", ")
            )));
        }
        let mut by_role: BTreeMap<String, Vec<Usage>> = BTreeMap::new();
        for row in usage(&self.context, Some(workload), self.span).await? {
            by_role.entry(row.role_arn.clone()).or_default().push(row);
        }
        let mut unmapped = self.unmapped(workload).await?;
        let parents = self.parents(workload).await?;
        let roles = own_roles
            .iter()
            .filter(|own| role.is_none_or(|role| *own == role))
            .map(|role_arn| RoleInput {
                role_arn: role_arn.clone(),
                role: self.inventory.roles.iter().find(|role| role.arn == *role_arn),
                association: association(&self.inventory, workload, role_arn),
                chained_from: parents.get(role_arn).into_iter().flatten().cloned().collect(),
                usage: by_role.remove(role_arn).unwrap_or_default(),
                unmapped: unmapped.remove(role_arn).unwrap_or_default(),
                shared_by: self.roles.sharers(role_arn, workload),
                ..RoleInput::default()
            })
            .collect();
        let cluster = workload.cluster_arn.as_deref().unwrap_or(&workload.cluster);
        Ok(RecommendInput {
            workload: workload.clone(),
            cluster: cluster_named(&self.inventory, cluster),
            mechanisms: mechanisms.into_iter().collect(),
            window: self.window.clone(),
            coverage: self.coverage.clone(),
            observed: self.observed.clone(),
            roles,
        })
    }

    /// Calls that map to no action, by role. Those that need no permission at all are left out.
    async fn unmapped(&self, workload: &Workload) -> Result<BTreeMap<String, Vec<UnmappedCall>>, QueryError> {
        #[derive(Deserialize)]
        struct Row {
            role_arn: String,
            event_source: Option<String>,
            event_name: Option<String>,
            calls: u64,
            sample_event_id: String,
        }
        let (filter, values) = workload_filter(workload, 1);
        let sql = format!(
            "SELECT role_arn, event_source, event_name, sum(calls) AS calls,
                    first_value(sample_event_id ORDER BY first_seen, sample_event_id) AS sample_event_id
             FROM lake.unmapped WHERE {filter} GROUP BY role_arn, event_source, event_name
             ORDER BY role_arn, event_source, event_name"
        );
        let rows: Vec<Row> = Engine::rows(&self.context, "unmapped", &sql, values).await?;
        let mut by_role: BTreeMap<String, Vec<UnmappedCall>> = BTreeMap::new();
        for row in rows {
            by_role.entry(row.role_arn).or_default().push(UnmappedCall {
                event_source: row.event_source.unwrap_or_default(),
                event_name: row.event_name.unwrap_or_default(),
                calls: row.calls,
                sample_event_id: row.sample_event_id,
            });
        }
        Ok(by_role)
    }

    /// The roles from whose sessions each role was assumed.
    async fn parents(&self, workload: &Workload) -> Result<BTreeMap<String, BTreeSet<String>>, QueryError> {
        #[derive(Deserialize)]
        struct Row {
            #[serde(default)]
            chain: Vec<String>,
        }
        let (filter, values) = workload_filter(workload, 1);
        let sql = format!("SELECT DISTINCT chain FROM lake.sessions WHERE {filter}");
        let rows: Vec<Row> = Engine::rows(&self.context, "sessions", &sql, values).await?;
        let mut parents: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for row in rows {
            if let [.., parent, child] = row.chain.as_slice() {
                parents.entry(child.clone()).or_default().insert(parent.clone());
            }
        }
        Ok(parents)
    }
}
