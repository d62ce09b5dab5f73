//! Workloads as the lake and the inventory know them together: which exist, which roles are theirs, what they used.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use datafusion::common::ScalarValue;
use datafusion::prelude::SessionContext;
use podtrail_analysis::answer::{Window, WorkloadRow};
use podtrail_analysis::inventory::{Association, Cluster, Inventory};
use podtrail_analysis::lineage::Mechanism;
use podtrail_analysis::recommend::ObservedSources;
use podtrail_analysis::usage::{Outcome, Usage, Workload};
use podtrail_event::time::Timestamp;
use serde::Deserialize;

use crate::QueryError;
use crate::engine::Engine;

/// What makes two mentions of a workload the same: the cluster's ARN, else its name or issuer id.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Key {
    cluster: String,
    namespace: String,
    service_account: String,
}

impl Key {
    pub(crate) fn of(workload: &Workload) -> Self {
        Self {
            cluster: workload.cluster_arn.clone().unwrap_or_else(|| workload.cluster.clone()),
            namespace: workload.namespace.clone(),
            service_account: workload.service_account.clone(),
        }
    }

    pub(crate) fn of_row(row: &WorkloadRow) -> Self {
        Self {
            cluster: row.cluster_arn.clone().unwrap_or_else(|| row.cluster.clone()),
            namespace: row.namespace.clone(),
            service_account: row.service_account.clone(),
        }
    }
}

/// A span of time; an end that is absent is open.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Span {
    /// From the start of this time's UTC day on.
    pub(crate) since: Option<Timestamp>,
    /// To the end of this time's UTC day.
    pub(crate) until: Option<Timestamp>,
}

impl From<crate::HistorySpan> for Span {
    fn from(span: crate::HistorySpan) -> Self {
        Self {
            since: span.since,
            until: span.until,
        }
    }
}

/// The workload columns of a row.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct WorkloadColumns {
    cluster: Option<String>,
    cluster_arn: Option<String>,
    namespace: String,
    service_account: String,
}

impl From<WorkloadColumns> for Workload {
    fn from(row: WorkloadColumns) -> Self {
        Self {
            cluster: row.cluster.or_else(|| row.cluster_arn.clone()).unwrap_or_default(),
            cluster_arn: row.cluster_arn,
            namespace: row.namespace,
            service_account: row.service_account,
        }
    }
}

/// The workload's id as lists have it; of one that is in none, as only claimed ones are, its name.
pub(crate) fn workload_id(workload: &Workload, ids: &HashMap<Key, &str>) -> String {
    let known = ids.get(&Key::of(workload)).map(|id| (*id).to_owned());
    known.unwrap_or_else(|| {
        let Workload {
            cluster,
            namespace,
            service_account,
            ..
        } = workload;
        format!("{cluster}/{namespace}/{service_account}")
    })
}

/// A filter for one workload: SQL over its columns, with its values from `$first` on.
pub(crate) fn workload_filter(workload: &Workload, first: usize) -> (String, Vec<ScalarValue>) {
    let text = |value: &str| ScalarValue::Utf8View(Some(value.to_owned()));
    let (column, cluster) = match &workload.cluster_arn {
        Some(arn) => ("cluster_arn", arn.as_str()),
        None => ("cluster_arn IS NULL AND cluster", workload.cluster.as_str()),
    };
    let sql = format!(
        "{column} = ${first} AND namespace = ${} AND service_account = ${}",
        first + 1,
        first + 2
    );
    (
        sql,
        vec![
            text(cluster),
            text(&workload.namespace),
            text(&workload.service_account),
        ],
    )
}

#[derive(Deserialize)]
struct UsageColumns {
    #[serde(flatten)]
    workload: WorkloadColumns,
    role_arn: String,
    action: String,
    resource: String,
    conditions: Option<String>,
    outcome: Outcome,
    calls: u64,
    first_seen: Option<Timestamp>,
    last_seen: Option<Timestamp>,
    sample_event_id: String,
}

impl UsageColumns {
    fn order(&self) -> impl Ord + '_ {
        let WorkloadColumns {
            cluster,
            cluster_arn,
            namespace,
            service_account,
        } = &self.workload;
        (
            (cluster, cluster_arn, namespace, service_account),
            (&self.role_arn, &self.action, &self.resource),
            (&self.conditions, self.outcome),
        )
    }
}

/// The window of the lake.
pub(crate) async fn window(context: &SessionContext) -> Result<Window, QueryError> {
    #[derive(Deserialize)]
    struct Row {
        first: Option<Timestamp>,
        last: Option<Timestamp>,
    }
    let sql = "SELECT min(first_seen) AS first, max(last_seen) AS last FROM lake.daily_calls";
    let rows: Vec<Row> = Engine::rows(context, "daily_calls", sql, Vec::new()).await?;
    Ok(rows
        .first()
        .map(|row| Window {
            from: row.first,
            to: row.last,
        })
        .unwrap_or_default())
}

/// The use of every workload, or of one, added up over the span.
pub(crate) async fn usage(
    context: &SessionContext,
    workload: Option<&Workload>,
    span: Span,
) -> Result<Vec<Usage>, QueryError> {
    let (filter, mut values) =
        workload.map_or_else(|| ("namespace IS NOT NULL".into(), vec![]), |w| workload_filter(w, 1));
    let since = span.since.map_or_else(String::new, |since| {
        values.push(ScalarValue::TimestampMicrosecond(Some(since.0), Some("UTC".into())));
        format!("AND day >= date_trunc('day', ${})", values.len())
    });
    let until = span.until.map_or_else(String::new, |until| {
        values.push(ScalarValue::TimestampMicrosecond(Some(until.0), Some("UTC".into())));
        format!("AND day <= date_trunc('day', ${})", values.len())
    });
    let sql = format!(
        "SELECT cluster, cluster_arn, namespace, service_account, role_arn, action, resource, conditions, outcome,
                sum(calls) AS calls, min(first_seen) AS first_seen, max(last_seen) AS last_seen,
                first_value(sample_event_id ORDER BY first_seen, sample_event_id) AS sample_event_id
         FROM lake.usage WHERE service_account IS NOT NULL AND {filter} {since} {until}
         GROUP BY cluster, cluster_arn, namespace, service_account, role_arn, action, resource, conditions, outcome"
    );
    let mut rows: Vec<UsageColumns> = Engine::rows(context, "usage", &sql, values).await?;
    // Not by the engine: its sort counts a text once for each batch that shares it, and gives up on many rows.
    rows.sort_by(|a, b| a.order().cmp(&b.order()));
    rows.into_iter()
        .map(|row| {
            let conditions = row.conditions.as_deref().map(serde_json::from_str).transpose();
            Ok(Usage {
                workload: row.workload.into(),
                role_arn: row.role_arn,
                action: row.action,
                resource: row.resource,
                conditions: conditions
                    .map_err(|source| QueryError::Shape {
                        table: "usage",
                        source: source.into(),
                    })?
                    .unwrap_or_default(),
                outcome: row.outcome,
                calls: row.calls,
                first_seen: row.first_seen,
                last_seen: row.last_seen,
                sample_event_id: row.sample_event_id,
            })
        })
        .collect()
}

/// The event sources of which the lake holds data events.
pub(crate) async fn observed_sources(context: &SessionContext) -> Result<ObservedSources, QueryError> {
    Ok(ObservedSources::new(data_event_sources(context).await?))
}

/// The same by name, sorted.
pub(crate) async fn data_event_sources(context: &SessionContext) -> Result<Vec<String>, QueryError> {
    #[derive(Deserialize)]
    struct Row {
        event_source: String,
    }
    let sql = "SELECT DISTINCT event_source FROM lake.trail_days WHERE data AND event_source IS NOT NULL ORDER BY 1";
    let rows: Vec<Row> = Engine::rows(context, "trail_days", sql, Vec::new()).await?;
    Ok(rows.into_iter().map(|row| row.event_source).collect())
}

/// A workload that the inventory configures for a role.
pub(crate) struct Configured {
    pub(crate) workload: Workload,
    pub(crate) role_arn: String,
    pub(crate) mechanism: Mechanism,
}

/// Annotated ServiceAccounts, and associations with the role that the pod's credentials are of.
pub(crate) fn configured(inventory: &Inventory) -> Vec<Configured> {
    let annotated = inventory.service_accounts.iter().filter_map(|account| {
        let cluster = cluster_named(inventory, &account.cluster);
        Some(Configured {
            workload: Workload {
                cluster: cluster.map_or_else(|| account.cluster.clone(), |cluster| cluster.name.clone()),
                // A self-managed cluster has none.
                cluster_arn: cluster.map(|cluster| cluster.arn.clone()).filter(|arn| !arn.is_empty()),
                namespace: account.namespace.clone(),
                service_account: account.name.clone(),
            },
            role_arn: account.role_arn.clone()?,
            mechanism: Mechanism::Irsa,
        })
    });
    let associated = inventory.associations.iter().map(|association| Configured {
        workload: Workload {
            cluster: association.cluster_name.clone(),
            cluster_arn: Some(association.cluster_arn()),
            namespace: association.namespace.clone(),
            service_account: association.service_account.clone(),
        },
        role_arn: association
            .target_role_arn
            .clone()
            .unwrap_or_else(|| association.role_arn.clone()),
        mechanism: Mechanism::PodIdentity,
    });
    annotated.chain(associated).collect()
}

/// The cluster with an ARN or, where only one has it, a name.
pub(crate) fn cluster_named<'i>(inventory: &'i Inventory, name_or_arn: &str) -> Option<&'i Cluster> {
    let mut by_name = inventory.clusters.iter().filter(|cluster| cluster.name == name_or_arn);
    inventory
        .clusters
        .iter()
        .find(|cluster| !cluster.arn.is_empty() && cluster.arn == name_or_arn)
        .or_else(|| match (by_name.next(), by_name.next()) {
            (Some(only), None) => Some(only),
            _ => None,
        })
}

/// A workload's Pod Identity association with a role, as its role or its target role.
pub(crate) fn association<'i>(
    inventory: &'i Inventory,
    workload: &Workload,
    role_arn: &str,
) -> Option<&'i Association> {
    inventory.associations.iter().find(|association| {
        association.namespace == workload.namespace
            && association.service_account == workload.service_account
            && (association.role_arn == role_arn || association.target_role_arn.as_deref() == Some(role_arn))
            && workload
                .cluster_arn
                .as_ref()
                .map_or(association.cluster_name == workload.cluster, |arn| {
                    *arn == association.cluster_arn()
                })
    })
}

/// Every workload with the roles that it used or is configured for.
#[derive(Debug, Default)]
pub(crate) struct WorkloadRoles {
    by_workload: BTreeMap<Key, (Workload, BTreeSet<String>, BTreeSet<Mechanism>)>,
    users: BTreeMap<String, BTreeSet<Key>>,
    /// The ARNs behind each cluster name: more than one, and the name says too little.
    clusters: BTreeMap<String, BTreeSet<Option<String>>>,
}

impl WorkloadRoles {
    pub(crate) async fn load(context: &SessionContext, inventory: &Inventory) -> Result<Self, QueryError> {
        #[derive(Deserialize)]
        struct Row {
            #[serde(flatten)]
            workload: WorkloadColumns,
            role_arn: Option<String>,
            mechanism: Mechanism,
        }
        // A role that was only refused is none of its roles, and what is only claimed is nobody's.
        let sql = "SELECT DISTINCT cluster, cluster_arn, namespace, service_account, mechanism,
                          CASE WHEN outcome = 'denied' THEN NULL ELSE role_arn END AS role_arn
                   FROM lake.daily_calls
                   WHERE namespace IS NOT NULL AND service_account IS NOT NULL AND workload_class <> 'claimed'";
        let seen: Vec<Row> = Engine::rows(context, "daily_calls", sql, Vec::new()).await?;
        let mut roles = Self::default();
        for row in seen {
            roles.add(row.workload.into(), row.role_arn, row.mechanism);
        }
        for Configured {
            workload,
            role_arn,
            mechanism,
        } in configured(inventory)
        {
            roles.add(workload, Some(role_arn), mechanism);
        }
        Ok(roles)
    }

    fn add(&mut self, workload: Workload, role_arn: Option<String>, mechanism: Mechanism) {
        let key = Key::of(&workload);
        self.clusters
            .entry(workload.cluster.clone())
            .or_default()
            .insert(workload.cluster_arn.clone());
        let entry = self
            .by_workload
            .entry(key.clone())
            .or_insert_with(|| (workload, BTreeSet::new(), BTreeSet::new()));
        entry.2.insert(mechanism);
        if let Some(role_arn) = role_arn {
            self.users.entry(role_arn.clone()).or_default().insert(key);
            entry.1.insert(role_arn);
        }
    }

    /// Every workload with one of its roles.
    pub(crate) fn pairs(&self) -> impl Iterator<Item = (&Workload, &str)> {
        self.by_workload
            .values()
            .flat_map(|(workload, roles, _)| roles.iter().map(move |role| (workload, role.as_str())))
    }

    /// Every workload with its roles and mechanisms.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&Workload, &BTreeSet<String>, &BTreeSet<Mechanism>)> {
        self.by_workload
            .values()
            .map(|(workload, roles, mechanisms)| (workload, roles, mechanisms))
    }

    /// The workload's roles.
    pub(crate) fn of(&self, workload: &Workload) -> Option<(&BTreeSet<String>, &BTreeSet<Mechanism>)> {
        self.by_workload
            .get(&Key::of(workload))
            .map(|(_, roles, mechanisms)| (roles, mechanisms))
    }

    /// How many workloads use a role or are configured for it.
    pub(crate) fn users(&self, role_arn: &str) -> u64 {
        self.users.get(role_arn).map_or(0, |users| users.len() as u64)
    }

    /// The other workloads of a role, as `cluster/namespace/serviceaccount`.
    pub(crate) fn sharers(&self, role_arn: &str, workload: &Workload) -> Vec<String> {
        let own = Key::of(workload);
        let users = self
            .users
            .get(role_arn)
            .into_iter()
            .flatten()
            .filter(|key| **key != own);
        users
            .filter_map(|key| self.by_workload.get(key))
            .map(|(workload, ..)| self.id(workload))
            .collect()
    }

    /// `cluster/namespace/serviceaccount`, with the cluster's ARN where its name is not unique.
    pub(crate) fn id(&self, workload: &Workload) -> String {
        let cluster = match &workload.cluster_arn {
            Some(arn) if self.clusters.get(&workload.cluster).is_some_and(|arns| arns.len() > 1) => arn,
            _ => &workload.cluster,
        };
        format!("{cluster}/{}/{}", workload.namespace, workload.service_account)
    }
}
