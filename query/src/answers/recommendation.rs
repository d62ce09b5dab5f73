//! Recommendations: history and inventory gathered for `podtrail_analysis::recommend`.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use datafusion::common::ScalarValue;
use datafusion::prelude::SessionContext;
use podtrail_analysis::answer::{Coverage, RecommendOptions, Recommendation, Replay, Window};
use podtrail_analysis::inventory::Inventory;
use podtrail_analysis::recommend::{ObservedSources, RecommendInput, RoleInput, UnmappedCall, check, recommend};
use podtrail_analysis::usage::{Outcome, Usage, Workload};
use podtrail_event::time::Timestamp;
use podtrail_iam::policy::Policy;
use serde::Deserialize;

use super::events::within;
use super::sessions::{places, text};
use crate::engine::Engine;
use crate::workloads::{Key, Span, WorkloadColumns, WorkloadRoles, association, cluster_named, usage, workload_filter};
use crate::{QueryError, workloads};

/// Messages are fetched for so many events at once.
const MESSAGES: usize = 500;

/// Which history to use: days in UTC, both ends included; an end that is absent is open.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct HistorySpan {
    /// From the start of this time's day on.
    pub since: Option<Timestamp>,
    /// To the end of this time's day.
    pub until: Option<Timestamp>,
}

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

/// Something of each workload and role.
type ByRole<T> = HashMap<Key, BTreeMap<String, T>>;

/// What was seen.
#[derive(Default)]
struct History {
    usage: ByRole<Vec<Usage>>,
    unmapped: ByRole<Vec<UnmappedCall>>,
    /// The roles from whose sessions each role was assumed.
    parents: ByRole<BTreeSet<String>>,
    /// Messages of denied calls by event id.
    messages: BTreeMap<String, String>,
    /// VPC endpoints by event source; none among them for calls that came through no endpoint.
    endpoints: ByRole<BTreeMap<String, BTreeSet<Option<String>>>>,
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

fn of<'h, T>(all: &'h ByRole<T>, key: &Key, role_arn: &str) -> Option<&'h T> {
    all.get(key)?.get(role_arn)
}

impl History {
    async fn load(
        context: &SessionContext,
        workload: Option<&Workload>,
        span: HistorySpan,
        options: &RecommendOptions,
    ) -> Result<Self, QueryError> {
        let mut history = Self::default();
        let rows = usage(context, workload, Span::from(span)).await?;
        history.messages = messages(context, &rows).await?;
        for row in rows {
            let roles = history.usage.entry(Key::of(&row.workload)).or_default();
            roles.entry(row.role_arn.clone()).or_default().push(row);
        }
        history.load_unmapped(context, workload).await?;
        history.load_parents(context, workload).await?;
        if options.source_vpce {
            history.load_endpoints(context, workload).await?;
        }
        Ok(history)
    }

    /// Calls that map to no action. Those that need no permission at all are left out.
    async fn load_unmapped(&mut self, context: &SessionContext, workload: Option<&Workload>) -> Result<(), QueryError> {
        #[derive(Deserialize)]
        struct Row {
            #[serde(flatten)]
            workload: WorkloadColumns,
            role_arn: String,
            event_source: Option<String>,
            event_name: Option<String>,
            calls: u64,
            sample_event_id: String,
        }
        let (filter, values) = of_workload(workload);
        let sql = format!(
            "SELECT cluster, cluster_arn, namespace, service_account, role_arn, event_source, event_name,
                    sum(calls) AS calls, first_value(sample_event_id ORDER BY first_seen, sample_event_id) AS sample_event_id
             FROM lake.unmapped WHERE {filter}
             GROUP BY cluster, cluster_arn, namespace, service_account, role_arn, event_source, event_name
             ORDER BY 1, 2, 3, 4, 5, 6, 7"
        );
        let rows: Vec<Row> = Engine::rows(context, "unmapped", &sql, values).await?;
        for row in rows {
            let roles = self.unmapped.entry(Key::of(&row.workload.into())).or_default();
            roles.entry(row.role_arn).or_default().push(UnmappedCall {
                event_source: row.event_source.unwrap_or_default(),
                event_name: row.event_name.unwrap_or_default(),
                calls: row.calls,
                sample_event_id: row.sample_event_id,
            });
        }
        Ok(())
    }

    async fn load_parents(&mut self, context: &SessionContext, workload: Option<&Workload>) -> Result<(), QueryError> {
        #[derive(Deserialize)]
        struct Row {
            #[serde(flatten)]
            workload: WorkloadColumns,
            #[serde(default)]
            chain: Vec<String>,
        }
        let (filter, values) = of_workload(workload);
        let sql = format!(
            "SELECT DISTINCT cluster, cluster_arn, namespace, service_account, chain FROM lake.sessions WHERE {filter}"
        );
        let rows: Vec<Row> = Engine::rows(context, "sessions", &sql, values).await?;
        for row in rows {
            if let [.., parent, child] = row.chain.as_slice() {
                let roles = self.parents.entry(Key::of(&row.workload.into())).or_default();
                roles.entry(child.clone()).or_default().insert(parent.clone());
            }
        }
        Ok(())
    }

    /// Through which VPC endpoints calls came: of the whole lake, not of the span, so that a limit holds for all.
    async fn load_endpoints(
        &mut self,
        context: &SessionContext,
        workload: Option<&Workload>,
    ) -> Result<(), QueryError> {
        #[derive(Deserialize)]
        struct Row {
            #[serde(flatten)]
            workload: WorkloadColumns,
            role_arn: String,
            event_source: String,
            vpc_endpoint_id: Option<String>,
        }
        let (filter, values) = of_workload(workload);
        let sql = format!(
            "SELECT DISTINCT a.cluster, a.cluster_arn, a.namespace, a.service_account, a.role_arn, c.event_source,
                    c.vpc_endpoint_id
             FROM lake.caller_sources c
             JOIN (SELECT caller_key, cluster, cluster_arn, namespace, service_account, role_arn FROM lake.attributions
                   WHERE counted AND role_arn IS NOT NULL AND workload_class <> 'claimed' AND {filter}) a
               ON a.caller_key = c.caller_key
             WHERE c.event_source IS NOT NULL"
        );
        let rows: Vec<Row> = Engine::rows(context, "caller_sources", &sql, values).await?;
        for row in rows {
            let roles = self.endpoints.entry(Key::of(&row.workload.into())).or_default();
            let sources = roles.entry(row.role_arn).or_default();
            sources.entry(row.event_source).or_default().insert(row.vpc_endpoint_id);
        }
        Ok(())
    }
}

/// The filter of one workload or, for all, of whatever has one.
fn of_workload(workload: Option<&Workload>) -> (String, Vec<ScalarValue>) {
    let any = || {
        (
            "namespace IS NOT NULL AND service_account IS NOT NULL".to_owned(),
            Vec::new(),
        )
    };
    workload.map_or_else(any, |workload| workload_filter(workload, 1))
}

/// What AWS answered to the refused calls among the samples.
async fn messages(context: &SessionContext, rows: &[Usage]) -> Result<BTreeMap<String, String>, QueryError> {
    #[derive(Deserialize)]
    struct Row {
        event_id: String,
        error_message: String,
    }
    let denied: Vec<&Usage> = rows.iter().filter(|row| row.outcome == Outcome::Denied).collect();
    let mut messages = BTreeMap::new();
    for some in denied.chunks(MESSAGES) {
        let mut values: Vec<ScalarValue> = some.iter().map(|row| text(&row.sample_event_id)).collect();
        // A sample is the first of its calls, so their times are known.
        let within = within(some.iter().map(|row| row.first_seen), &mut values);
        let sql = format!(
            "SELECT event_id, min(error_message) AS error_message FROM events
             WHERE event_id IN ({}) AND {within} AND error_message IS NOT NULL GROUP BY event_id",
            places(some.len())
        );
        let rows: Vec<Row> = Engine::rows(context, "events", &sql, values).await?;
        messages.extend(rows.into_iter().map(|row| (row.event_id, row.error_message)));
    }
    Ok(messages)
}
