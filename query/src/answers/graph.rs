//! The graph of use.

use std::collections::BTreeSet;

use datafusion::prelude::SessionContext;
use podtrail_analysis::answer::{Graph, WorkloadRow};
use podtrail_analysis::coverage::summary;
use podtrail_analysis::graph::{Use, Way, graph, ways};
use podtrail_analysis::usage::Workload;
use podtrail_event::time::Timestamp;
use serde::Deserialize;

use super::workloads::find;
use crate::QueryError;
use crate::engine::Engine;
use crate::workloads::{Key, WorkloadColumns, workload_id};

/// Nodes of a column when the asker does not say.
pub const DEFAULT_NODES: u64 = 40;

/// Which use a graph is of; what is absent does not filter.
#[derive(Debug, Clone, Default)]
pub struct GraphFilter {
    /// Cluster name or ARN.
    pub cluster: Option<String>,
    /// Namespace.
    pub namespace: Option<String>,
    /// Workload, as `cluster/namespace/serviceaccount`, the cluster by name or ARN.
    pub workload: Option<String>,
    /// Role ARN: the role whose permissions were checked, or one that was gone through.
    pub role: Option<String>,
}

/// All use of all workloads, added up by what graphs show.
#[derive(Debug)]
pub(crate) struct GraphBase {
    uses: Vec<(Place, Use)>,
    ways: Vec<Way>,
}

/// Where a workload is.
#[derive(Debug)]
struct Place {
    cluster: String,
    cluster_arn: Option<String>,
    namespace: String,
}

#[derive(Deserialize)]
struct UseRow {
    #[serde(flatten)]
    workload: WorkloadColumns,
    role_arn: String,
    service: String,
    resource: String,
    calls: u64,
    denied: u64,
    last_seen: Option<Timestamp>,
}

#[derive(Deserialize)]
struct WayRow {
    #[serde(flatten)]
    workload: WorkloadColumns,
    #[serde(default)]
    chain: Vec<String>,
    calls: u64,
    last_seen: Option<Timestamp>,
}

const USES: &str = "
    SELECT cluster, cluster_arn, namespace, service_account, role_arn, service, resource,
           coalesce(sum(calls) FILTER (WHERE outcome <> 'denied'), 0) AS calls,
           coalesce(sum(calls) FILTER (WHERE outcome = 'denied'), 0) AS denied, max(last_seen) AS last_seen
    FROM (SELECT cluster, cluster_arn, namespace, service_account, role_arn, outcome, calls, last_seen,
                 split_part(action, ':', 1) AS service, resource_root(resource) AS resource
          FROM lake.usage WHERE namespace IS NOT NULL AND service_account IS NOT NULL)
    GROUP BY cluster, cluster_arn, namespace, service_account, role_arn, service, resource";

const WAYS: &str = "
    SELECT cluster, cluster_arn, namespace, service_account, chain, sum(calls) AS calls, max(last_call) AS last_seen
    FROM lake.sessions
    WHERE namespace IS NOT NULL AND service_account IS NOT NULL AND workload_class <> 'claimed'
    GROUP BY cluster, cluster_arn, namespace, service_account, chain";

impl Engine {
    /// Who uses what. `limit` bounds the nodes of each column.
    ///
    /// # Errors
    /// When the lake or the database fails; [`QueryError::NotFound`] or [`QueryError::Ambiguous`] for the workload.
    pub async fn graph(&self, filter: &GraphFilter, limit: u64) -> Result<Graph, QueryError> {
        let now = self.moment().await?;
        let coverage = summary(&*self.coverage_at(&now).await?);
        let rows = self.workloads_at(&now).await?;
        let workload = filter.workload.as_deref().map(|name| find(&rows, name)).transpose()?;
        let make = async || GraphBase::load(&now.context, &rows).await;
        let base = self.memory().graph.at(&now, make).await?;
        let uses = base.chosen(filter, workload.map(|row| row.id.as_str()));
        let limit = usize::try_from(limit).unwrap_or(usize::MAX).max(1);
        Ok(graph(&uses, &base.ways, limit, coverage))
    }
}

impl GraphBase {
    async fn load(context: &SessionContext, rows: &[WorkloadRow]) -> Result<Self, QueryError> {
        let ids = rows.iter().map(|row| (Key::of_row(row), row.id.as_str())).collect();
        let uses: Vec<UseRow> = Engine::rows(context, "usage", USES, Vec::new()).await?;
        let taken: Vec<WayRow> = Engine::rows(context, "sessions", WAYS, Vec::new()).await?;
        let ways = ways(taken.into_iter().map(|row| Way {
            workload: workload_id(&row.workload.into(), &ids),
            chain: row.chain,
            calls: row.calls,
            last_seen: row.last_seen,
        }));
        let uses = uses.into_iter().map(|row| {
            let of = Workload::from(row.workload);
            let workload = workload_id(&of, &ids);
            let place = Place {
                cluster: of.cluster,
                cluster_arn: of.cluster_arn,
                namespace: of.namespace,
            };
            let one = Use {
                workload,
                role_arn: row.role_arn,
                service: row.service,
                resource: row.resource,
                calls: row.calls,
                denied: row.denied,
                last_seen: row.last_seen,
            };
            (place, one)
        });
        Ok(Self {
            uses: uses.collect(),
            ways,
        })
    }

    fn chosen(&self, filter: &GraphFilter, workload: Option<&str>) -> Vec<&Use> {
        let is = |wanted: &Option<String>, found: &[Option<&str>]| {
            wanted.as_deref().is_none_or(|wanted| found.contains(&Some(wanted)))
        };
        let through = filter.role.as_deref().map(|role| self.through(role));
        self.uses
            .iter()
            .filter(|(place, one)| {
                is(&filter.cluster, &[Some(&place.cluster), place.cluster_arn.as_deref()])
                    && is(&filter.namespace, &[Some(&place.namespace)])
                    && workload.is_none_or(|id| one.workload == id)
                    && (is(&filter.role, &[Some(&one.role_arn)])
                        || through
                            .as_ref()
                            .is_some_and(|led| led.contains(&(&one.workload, &one.role_arn))))
            })
            .map(|(_, one)| one)
            .collect()
    }

    /// The workloads and roles that chains through a role lead to.
    fn through(&self, role: &str) -> BTreeSet<(&String, &String)> {
        let ways = self.ways.iter().filter(|way| way.chain.iter().any(|gone| gone == role));
        ways.filter_map(|way| Some((&way.workload, way.chain.last()?)))
            .collect()
    }
}
