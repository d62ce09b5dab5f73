//! Recommendations: history and inventory gathered for `podtrail_analysis::recommend`.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use podtrail_analysis::answer::{Coverage, RecommendOptions, Recommendation, Replay, Window};
use podtrail_analysis::inventory::Inventory;
use podtrail_analysis::recommend::{ObservedSources, RecommendInput, RoleInput, check, recommend};
use podtrail_analysis::usage::Workload;
use podtrail_event::time::Timestamp;
use podtrail_iam::policy::Policy;

use super::history::{History, HistorySpan, of};
use crate::engine::Engine;
use crate::workloads::{Key, WorkloadRoles, association, cluster_named};
use crate::{QueryError, workloads};

/// What every recommendation of one moment shares.
pub(super) struct Shared {
    pub(super) inventory: Arc<Inventory>,
    pub(super) roles: WorkloadRoles,
    observed: ObservedSources,
    coverage: Coverage,
    window: Window,
    /// Service control policies by role, level by level.
    scps: HashMap<String, Vec<Vec<Policy>>>,
    history: History,
}

impl Engine {
    /// The recommendation for one workload, for each of its roles or for the one chosen.
    ///
    /// # Errors
    /// As [`find_workload`](Self::find_workload); [`QueryError::Input`] for a role that is not the workload's, and for
    /// options that do not read.
    pub async fn recommendation(
        &self,
        name: &str,
        role: Option<&str>,
        span: HistorySpan,
        options: &RecommendOptions,
    ) -> Result<Recommendation, QueryError> {
        options.check().map_err(QueryError::Input)?;
        let workload = self.find_workload(name).await?;
        let shared = self.shared(Some(&workload), span, options).await?;
        shared.recommend(&workload, role, options)
    }

    /// The recommendations for every workload, or for those that use a role, sorted by workload.
    ///
    /// # Errors
    /// [`QueryError::Input`] for options that do not read and for a role that no workload uses, else when the lake or
    /// the database fails.
    pub async fn recommendations(
        &self,
        role: Option<&str>,
        span: HistorySpan,
        options: &RecommendOptions,
    ) -> Result<Vec<Recommendation>, QueryError> {
        options.check().map_err(QueryError::Input)?;
        let shared = self.shared(None, span, options).await?;
        let mut all = Vec::new();
        for (workload, roles, _) in shared.roles.iter() {
            if role.is_none_or(|role| roles.contains(role)) {
                all.push(shared.recommend(workload, role, options)?);
            }
        }
        match role {
            Some(role) if all.is_empty() => Err(QueryError::Input(format!(
                "no workload uses the role `{role}`; `podtrail workloads` lists each with its roles"
            ))),
            _ => Ok(all),
        }
    }

    /// A workload's history replayed under a policy in place of its own, by role.
    ///
    /// # Errors
    /// As [`recommendation`](Self::recommendation).
    pub async fn check(
        &self,
        name: &str,
        role: Option<&str>,
        span: HistorySpan,
        policies: &[Policy],
    ) -> Result<BTreeMap<String, Replay>, QueryError> {
        let workload = self.find_workload(name).await?;
        let options = RecommendOptions::default();
        let shared = self.shared(Some(&workload), span, &options).await?;
        let input = shared.input(&workload, role, &options)?;
        let replays = input.roles.iter().map(|role| {
            (
                role.role_arn.clone(),
                check(&workload, &input.mechanisms, role, policies),
            )
        });
        Ok(replays.collect())
    }

    /// Gathers for one workload, or for all.
    pub(super) async fn shared(
        &self,
        workload: Option<&Workload>,
        span: HistorySpan,
        options: &RecommendOptions,
    ) -> Result<Shared, QueryError> {
        let now = self.moment().await?;
        let coverage = Coverage::clone(&*self.coverage_at(&now).await?);
        let (inventory, context) = (self.inventory().await?, now.context);
        let window = Window {
            from: coverage.from.max(span.since),
            to: match (coverage.to, span.until.map(end_of_day)) {
                (Some(end), Some(until)) => Some(end.min(until)),
                (end, until) => end.or(until),
            },
        };
        let roles = WorkloadRoles::load(&context, &inventory).await?;
        let scps = roles.pairs().map(|(_, role)| (role.to_owned(), inventory.scps(role)));
        Ok(Shared {
            scps: scps.collect(),
            roles,
            observed: workloads::observed_sources(&context).await?,
            history: History::load(&context, workload, span, options).await?,
            coverage,
            window,
            inventory,
        })
    }
}

impl Shared {
    fn recommend(
        &self,
        workload: &Workload,
        role: Option<&str>,
        options: &RecommendOptions,
    ) -> Result<Recommendation, QueryError> {
        let input = self.input(workload, role, options)?;
        Ok(Recommendation {
            workload: self.roles.id(workload),
            ..recommend(&input)
        })
    }

    pub(super) fn input(
        &self,
        workload: &Workload,
        role: Option<&str>,
        options: &RecommendOptions,
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
        let chosen = own_roles.iter().filter(|own| role.is_none_or(|role| *own == role));
        let cluster = workload.cluster_arn.as_deref().unwrap_or(&workload.cluster);
        Ok(RecommendInput {
            workload: workload.clone(),
            cluster: cluster_named(&self.inventory, cluster),
            mechanisms: mechanisms.into_iter().collect(),
            window: self.window.clone(),
            coverage: self.coverage.clone(),
            observed: self.observed.clone(),
            options: options.clone(),
            roles: chosen.map(|role_arn| self.role_input(workload, role_arn)).collect(),
        })
    }

    fn role_input(&self, workload: &Workload, role_arn: &str) -> RoleInput<'_> {
        let key = Key::of(workload);
        let history = &self.history;
        let usage = of(&history.usage, &key, role_arn).cloned().unwrap_or_default();
        let messages = usage.iter().filter_map(|row| {
            let message = history.messages.get(&row.sample_event_id)?;
            Some((row.sample_event_id.clone(), message.clone()))
        });
        RoleInput {
            role_arn: role_arn.to_owned(),
            role: self.inventory.roles.iter().find(|role| role.arn == *role_arn),
            association: association(&self.inventory, workload, role_arn),
            chained_from: of(&history.parents, &key, role_arn)
                .into_iter()
                .flatten()
                .cloned()
                .collect(),
            messages: messages.collect(),
            usage,
            unmapped: of(&history.unmapped, &key, role_arn).cloned().unwrap_or_default(),
            shared_by: self.roles.sharers(role_arn, workload),
            endpoints: of(&history.endpoints, &key, role_arn).cloned().unwrap_or_default(),
            scps: self.scps.get(role_arn).map_or(&[][..], Vec::as_slice),
            ..RoleInput::default()
        }
    }
}

/// The last microsecond of a time's day, in UTC.
fn end_of_day(Timestamp(time): Timestamp) -> Timestamp {
    const DAY: i64 = 86_400_000_000;
    Timestamp(time.div_euclid(DAY).saturating_mul(DAY).saturating_add(DAY - 1))
}
