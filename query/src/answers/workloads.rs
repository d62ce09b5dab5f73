//! Workloads: the list, one of them, its usage and permissions.

use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use datafusion::prelude::SessionContext;
use podtrail_analysis::answer::{
    MethodCalls, Permission, PermissionStatus, UsageRow, Window, WorkloadDetail, WorkloadRole, WorkloadRow,
};
use podtrail_analysis::coverage::summary;
use podtrail_analysis::inventory::Inventory;
use podtrail_analysis::lineage::{Class, Mechanism};
use podtrail_analysis::usage::{Outcome, Workload};
use podtrail_event::time::Timestamp;
use serde::Deserialize;

use super::Page;
use crate::engine::{Engine, Moment};
use crate::workloads::{Key, WorkloadColumns, WorkloadRoles, workload_filter};
use crate::{QueryError, nearest};

/// Which workloads to list.
#[derive(Debug, Clone, Default)]
pub struct WorkloadFilter {
    /// Free text: part of cluster, namespace, ServiceAccount or role.
    pub q: Option<String>,
    /// Cluster name or ARN.
    pub cluster: Option<String>,
    /// Namespace.
    pub namespace: Option<String>,
    /// Mechanism.
    pub mechanism: Option<Mechanism>,
}

/// By what to order.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum WorkloadSort {
    /// By id.
    #[default]
    Name,
    /// By the number of unused permissions; unknown counts least.
    Unused,
    /// By the number of calls.
    Calls,
    /// By the time of the last call; never seen counts least.
    LastSeen,
}

/// What the lake says of one workload's calls.
#[derive(Deserialize)]
struct CallsRow {
    #[serde(flatten)]
    workload: WorkloadColumns,
    calls: u64,
    denied: u64,
    first_seen: Option<Timestamp>,
    last_seen: Option<Timestamp>,
    /// 0 exact … 3 none.
    weakest: u8,
}

#[derive(Deserialize)]
struct PodsRow {
    #[serde(flatten)]
    workload: WorkloadColumns,
    pods: u64,
}

#[derive(Deserialize)]
struct MarksRow {
    #[serde(flatten)]
    workload: WorkloadColumns,
    status: PermissionStatus,
    actions: u64,
}

const CLASS_RANK: &str =
    "CASE workload_class WHEN 'exact' THEN 0 WHEN 'inferred' THEN 1 WHEN 'claimed' THEN 2 ELSE 3 END";

impl Engine {
    /// Every workload that was seen or is configured, filtered and in order; ties by id.
    ///
    /// # Errors
    /// When the lake or the database fails.
    pub async fn workloads(
        &self,
        filter: &WorkloadFilter,
        sort: WorkloadSort,
        descending: bool,
        offset: u64,
        limit: u64,
    ) -> Result<Page<WorkloadRow>, QueryError> {
        let all = self.workloads_at(&self.moment().await?).await?;
        let mut rows: Vec<&WorkloadRow> = all.iter().filter(|row| filter.matches(row)).collect();
        rows.sort_by(|a, b| {
            let order = sort.compare(a, b);
            let order = if descending { order.reverse() } else { order };
            order.then_with(|| a.id.cmp(&b.id))
        });
        let page = Page::cut(rows, offset, limit);
        Ok(Page {
            items: page.items.into_iter().cloned().collect(),
            next: page.next,
            total: page.total,
        })
    }

    /// Every workload at a moment, sorted by cluster, namespace and ServiceAccount. The list is made again only when
    /// derived tables or the inventory changed.
    pub(crate) async fn workloads_at(&self, now: &Moment) -> Result<Arc<Vec<WorkloadRow>>, QueryError> {
        let make = async || list(&now.context, &*self.inventory().await?).await;
        self.memory().workloads.at(now, make).await
    }

    /// The workload that a name means: `cluster/namespace/serviceaccount`, the cluster by name or ARN.
    ///
    /// # Errors
    /// [`QueryError::NotFound`] with the nearest, [`QueryError::Ambiguous`] with the candidates.
    pub async fn find_workload(&self, name: &str) -> Result<Workload, QueryError> {
        self.workload_at(&self.moment().await?, name).await
    }

    /// The same at a moment.
    async fn workload_at(&self, now: &Moment, name: &str) -> Result<Workload, QueryError> {
        Ok(of_row(find(&self.workloads_at(now).await?, name)?))
    }

    /// One workload.
    ///
    /// # Errors
    /// As [`find_workload`](Self::find_workload).
    pub async fn workload(&self, name: &str) -> Result<WorkloadDetail, QueryError> {
        let now = self.moment().await?;
        let row = find(&self.workloads_at(&now).await?, name)?.clone();
        let coverage = summary(&*self.coverage_at(&now).await?);
        let (methods, evidence_event_id) = methods(&now.context, &of_row(&row)).await?;
        let mut by_phrase: BTreeMap<String, u64> = BTreeMap::new();
        for method in methods {
            *by_phrase.entry(method.method).or_default() += method.calls;
        }
        let mut methods: Vec<(String, u64)> = by_phrase.into_iter().collect();
        methods.sort_by_key(|(_, calls)| Reverse(*calls));
        Ok(WorkloadDetail {
            workload: row,
            methods,
            evidence_event_id,
            window: Window {
                from: coverage.from,
                to: coverage.to,
            },
            coverage,
        })
    }

    /// What a workload used, most called first.
    ///
    /// # Errors
    /// As [`find_workload`](Self::find_workload).
    pub async fn workload_usage(
        &self,
        name: &str,
        role: Option<&str>,
        offset: u64,
        limit: u64,
    ) -> Result<Page<UsageRow>, QueryError> {
        #[derive(Deserialize)]
        struct Row {
            role_arn: String,
            action: String,
            resource: String,
            outcome: Outcome,
            calls: u64,
            first_seen: Option<Timestamp>,
            last_seen: Option<Timestamp>,
            sample_event_id: String,
        }
        let now = self.moment().await?;
        let workload = self.workload_at(&now, name).await?;
        let (filter, mut values) = workload_filter(&workload, 1);
        let role_filter = role.map_or("", |role| {
            values.push(datafusion::common::ScalarValue::Utf8View(Some(role.to_owned())));
            "AND role_arn = $4"
        });
        let sql = format!(
            "SELECT role_arn, action, resource, outcome, sum(calls) AS calls, min(first_seen) AS first_seen,
                    max(last_seen) AS last_seen,
                    first_value(sample_event_id ORDER BY first_seen, sample_event_id) AS sample_event_id
             FROM lake.usage WHERE {filter} {role_filter} GROUP BY role_arn, action, resource, outcome
             ORDER BY calls DESC, action, resource, role_arn, outcome LIMIT {} OFFSET {offset}",
            limit + 1
        );
        let rows: Vec<Row> = Self::rows(&now.context, "usage", &sql, values).await?;
        let items = rows
            .into_iter()
            .map(|row| UsageRow {
                role_arn: row.role_arn,
                action: row.action,
                resource: row.resource,
                outcome: row.outcome,
                calls: row.calls,
                first_seen: row.first_seen,
                last_seen: row.last_seen,
                sample_event_id: row.sample_event_id,
            })
            .collect();
        Ok(Page::of(items, offset, limit))
    }

    /// The marks of a workload's permissions, sorted by role and action.
    ///
    /// # Errors
    /// As [`find_workload`](Self::find_workload).
    pub async fn workload_permissions(&self, name: &str, role: Option<&str>) -> Result<Vec<Permission>, QueryError> {
        #[derive(Deserialize)]
        struct Row {
            role_arn: String,
            action: String,
            status: PermissionStatus,
            calls: u64,
            last_seen: Option<Timestamp>,
            #[serde(default)]
            granted_by: Vec<String>,
            #[serde(default)]
            resources: Vec<String>,
            resource_count: u64,
        }
        let now = self.moment().await?;
        let workload = self.workload_at(&now, name).await?;
        let (filter, values) = workload_filter(&workload, 1);
        let sql = format!(
            "SELECT role_arn, action, status, calls, last_seen, granted_by, resources, resource_count
             FROM lake.permissions WHERE {filter} ORDER BY role_arn, action, status"
        );
        let rows: Vec<Row> = Self::rows(&now.context, "permissions", &sql, values).await?;
        Ok(rows
            .into_iter()
            .filter(|row| role.is_none_or(|role| row.role_arn == role))
            .map(|row| Permission {
                role_arn: row.role_arn,
                action: row.action,
                status: row.status,
                calls: row.calls,
                last_seen: row.last_seen,
                granted_by: row.granted_by,
                resources: row.resources,
                resource_count: row.resource_count,
            })
            .collect())
    }
}

impl WorkloadFilter {
    fn matches(&self, row: &WorkloadRow) -> bool {
        let q = self.q.as_deref().unwrap_or_default().to_lowercase();
        let free = q.is_empty()
            || row.id.to_lowercase().contains(&q)
            || row.roles.iter().any(|role| role.role_arn.to_lowercase().contains(&q));
        free && self
            .cluster
            .as_ref()
            .is_none_or(|c| row.cluster == *c || row.cluster_arn.as_ref() == Some(c))
            && self
                .namespace
                .as_ref()
                .is_none_or(|namespace| row.namespace == *namespace)
            && self
                .mechanism
                .is_none_or(|mechanism| row.mechanisms.contains(&mechanism))
    }
}

impl WorkloadSort {
    fn compare(self, a: &WorkloadRow, b: &WorkloadRow) -> std::cmp::Ordering {
        match self {
            Self::Name => a.id.cmp(&b.id),
            Self::Unused => a.unused.cmp(&b.unused),
            Self::Calls => a.calls.cmp(&b.calls),
            Self::LastSeen => a.last_seen.cmp(&b.last_seen),
        }
    }
}

pub(super) fn of_row(row: &WorkloadRow) -> Workload {
    Workload {
        cluster: row.cluster.clone(),
        cluster_arn: row.cluster_arn.clone(),
        namespace: row.namespace.clone(),
        service_account: row.service_account.clone(),
    }
}

/// The workload that a name means.
pub(super) fn find<'r>(rows: &'r [WorkloadRow], name: &str) -> Result<&'r WorkloadRow, QueryError> {
    let parts: Vec<&str> = name.rsplitn(3, '/').collect();
    let [service_account, namespace, cluster] = parts.as_slice() else {
        return Err(QueryError::Input(format!(
            "`{name}` is no workload: give `cluster/namespace/serviceaccount`"
        )));
    };
    let matching: Vec<&WorkloadRow> = rows
        .iter()
        .filter(|row| row.namespace == *namespace && row.service_account == *service_account)
        .filter(|row| row.cluster == *cluster || row.cluster_arn.as_deref() == Some(cluster))
        .collect();
    match matching.as_slice() {
        [only] => Ok(only),
        [] => Err(QueryError::NotFound {
            what: format!("the workload `{name}`"),
            suggestions: nearest::names(name, rows.iter().map(|row| row.id.clone())),
        }),
        several => Err(QueryError::Ambiguous {
            what: format!("the workload `{name}`"),
            candidates: several.iter().map(|row| row.id.clone()).collect(),
        }),
    }
}

/// Every workload with what is known of it, sorted by cluster, namespace and ServiceAccount.
async fn list(context: &SessionContext, inventory: &Inventory) -> Result<Vec<WorkloadRow>, QueryError> {
    let roles = WorkloadRoles::load(context, inventory).await?;
    let calls: HashMap<Key, CallsRow> = Engine::rows(context, "daily_calls", &calls_sql(), Vec::new())
        .await?
        .into_iter()
        .map(|row: CallsRow| (Key::of(&row.workload.clone().into()), row))
        .collect();
    let pods = pods(context).await?;
    let findings = findings(context).await?;
    let mut marks: HashMap<Key, HashMap<PermissionStatus, u64>> = HashMap::new();
    let sql = "SELECT cluster, cluster_arn, namespace, service_account, status, count(DISTINCT action) AS actions
               FROM lake.permissions GROUP BY cluster, cluster_arn, namespace, service_account, status";
    for row in Engine::rows::<MarksRow>(context, "permissions", sql, Vec::new()).await? {
        marks
            .entry(Key::of(&row.workload.into()))
            .or_default()
            .insert(row.status, row.actions);
    }
    let known: std::collections::HashSet<&str> = inventory.roles.iter().map(|role| role.arn.as_str()).collect();
    Ok(roles
        .iter()
        .map(|(workload, own_roles, mechanisms)| {
            let key = Key::of(workload);
            let calls = calls.get(&key);
            let marks = marks.get(&key);
            let id = roles.id(workload);
            let any_known = own_roles.iter().any(|role| known.contains(role.as_str()));
            let mark =
                |status| any_known.then(|| marks.and_then(|marks| marks.get(&status)).copied().unwrap_or_default());
            let used = mark(PermissionStatus::Used);
            let unused = mark(PermissionStatus::Unused);
            let unobservable = mark(PermissionStatus::Unobservable);
            WorkloadRow {
                findings: findings.get(&id).copied().unwrap_or_default(),
                id,
                cluster: workload.cluster.clone(),
                cluster_arn: workload.cluster_arn.clone(),
                namespace: workload.namespace.clone(),
                service_account: workload.service_account.clone(),
                mechanisms: mechanisms.iter().copied().collect(),
                class: calls.map_or(Class::None, |calls| class_of_rank(calls.weakest)),
                roles: own_roles
                    .iter()
                    .map(|role_arn| WorkloadRole {
                        role_arn: role_arn.clone(),
                        shared_by: roles.users(role_arn),
                        known: known.contains(role_arn.as_str()),
                    })
                    .collect(),
                calls: calls.map_or(0, |calls| calls.calls),
                denied: calls.map_or(0, |calls| calls.denied),
                pods: pods.get(&key).copied().unwrap_or_default(),
                first_seen: calls.and_then(|calls| calls.first_seen),
                last_seen: calls.and_then(|calls| calls.last_seen),
                used,
                granted: used.zip(unused).zip(unobservable).map(|((a, b), c)| a + b + c),
                unused,
                unobservable,
            }
        })
        .collect())
}

fn calls_sql() -> String {
    format!(
        "SELECT cluster, cluster_arn, namespace, service_account,
                coalesce(sum(calls) FILTER (WHERE outcome <> 'denied'), 0) AS calls,
                coalesce(sum(calls) FILTER (WHERE outcome = 'denied'), 0) AS denied,
                min(first_seen) AS first_seen, max(last_seen) AS last_seen, max({CLASS_RANK}) AS weakest
         FROM lake.daily_calls
         WHERE namespace IS NOT NULL AND service_account IS NOT NULL AND workload_class <> 'claimed'
         GROUP BY cluster, cluster_arn, namespace, service_account"
    )
}

const fn class_of_rank(rank: u8) -> Class {
    match rank {
        0 => Class::Exact,
        1 => Class::Inferred,
        2 => Class::Claimed,
        _ => Class::None,
    }
}

/// Findings by the id of the workload that they concern.
async fn findings(context: &SessionContext) -> Result<HashMap<String, u64>, QueryError> {
    #[derive(Deserialize)]
    struct Row {
        id: String,
        findings: u64,
    }
    let sql = "SELECT id, count(*) AS findings FROM (SELECT unnest(workloads) AS id FROM lake.findings) GROUP BY id";
    let rows: Vec<Row> = Engine::rows(context, "findings", sql, Vec::new()).await?;
    Ok(rows.into_iter().map(|row| (row.id, row.findings)).collect())
}

async fn pods(context: &SessionContext) -> Result<HashMap<Key, u64>, QueryError> {
    let sql = "SELECT cluster, cluster_arn, namespace, service_account, count(DISTINCT pod) AS pods
               FROM lake.sessions WHERE namespace IS NOT NULL AND service_account IS NOT NULL
               GROUP BY cluster, cluster_arn, namespace, service_account";
    let rows: Vec<PodsRow> = Engine::rows(context, "sessions", sql, Vec::new()).await?;
    Ok(rows
        .into_iter()
        .map(|row| (Key::of(&row.workload.into()), row.pods))
        .collect())
}

/// A workload's methods with their calls, most first, and the smallest evidence event id.
pub(super) async fn methods(
    context: &SessionContext,
    workload: &Workload,
) -> Result<(Vec<MethodCalls>, Option<String>), QueryError> {
    #[derive(Deserialize)]
    struct Row {
        method: String,
        class: Class,
        calls: u64,
        evidence_event_id: Option<String>,
    }
    let (filter, values) = workload_filter(workload, 1);
    let sql = format!(
        "SELECT method, workload_class AS class, sum(calls) AS calls, min(evidence_event_id) AS evidence_event_id
         FROM lake.daily_calls WHERE {filter} GROUP BY method, workload_class ORDER BY calls DESC, method, class"
    );
    let rows: Vec<Row> = Engine::rows(context, "daily_calls", &sql, values).await?;
    let evidence = rows.iter().filter_map(|row| row.evidence_event_id.clone()).min();
    let methods = rows.into_iter().map(|row| MethodCalls {
        method: row.method,
        class: row.class,
        calls: row.calls,
    });
    Ok((methods.collect(), evidence))
}
