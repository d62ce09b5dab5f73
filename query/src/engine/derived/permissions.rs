//! `permissions`: for each workload and role, what is granted beside what was used.

use std::collections::BTreeMap;

use datafusion::arrow::datatypes::SchemaRef;
use podtrail_analysis::answer::PermissionStatus;
use podtrail_analysis::inventory::Inventory;
use podtrail_analysis::recommend::permissions;
use podtrail_analysis::usage::Usage;
use podtrail_event::time::Timestamp;
use serde::Serialize;

use super::columns::{WORKLOAD, columns};
use super::work::Work;
use crate::QueryError;
use crate::engine::rows;
use crate::workloads::{self, Key, Span, WorkloadRoles};

/// The table's name in the lake.
pub(super) const NAME: &str = "permissions";

/// Columns of `permissions`: those of the view, and the resources behind the mark.
pub(super) fn schema() -> SchemaRef {
    columns(WORKLOAD.into_iter().chain([
        "role_arn",
        "action",
        "status",
        "calls",
        "last_seen",
        "granted_by",
        "resources",
        "resource_count",
    ]))
}

/// One row of `permissions`.
#[derive(Serialize)]
struct Row {
    cluster: String,
    cluster_arn: Option<String>,
    namespace: String,
    service_account: String,
    role_arn: String,
    action: String,
    status: PermissionStatus,
    calls: u64,
    last_seen: Option<Timestamp>,
    granted_by: Vec<String>,
    resources: Vec<String>,
    resource_count: u64,
}

/// Marks the permissions of every workload and every role that it used or is configured for.
pub(super) async fn derive(work: &mut Work, inventory: &Inventory) -> Result<(), QueryError> {
    let context = &work.context;
    let observed = workloads::observed_sources(context).await?;
    let mut used: BTreeMap<(Key, String), Vec<Usage>> = BTreeMap::new();
    for row in workloads::usage(context, None, Span::default()).await? {
        used.entry((Key::of(&row.workload), row.role_arn.clone()))
            .or_default()
            .push(row);
    }
    let roles = WorkloadRoles::load(context, inventory).await?;
    let mut marked = Vec::new();
    for (workload, role_arn) in roles.pairs() {
        let usage = used
            .remove(&(Key::of(workload), role_arn.to_owned()))
            .unwrap_or_default();
        let role = inventory.roles.iter().find(|role| role.arn == role_arn);
        let association = workloads::association(inventory, workload, role_arn);
        let scps = inventory.scps(role_arn);
        for mark in permissions(&usage, role, association, &scps, &observed) {
            marked.push(Row {
                cluster: workload.cluster.clone(),
                cluster_arn: workload.cluster_arn.clone(),
                namespace: workload.namespace.clone(),
                service_account: workload.service_account.clone(),
                role_arn: role_arn.to_owned(),
                action: mark.action,
                status: mark.status,
                calls: mark.calls,
                last_seen: mark.last_seen,
                granted_by: mark.granted_by,
                resources: mark.resources,
                resource_count: mark.resource_count,
            });
        }
    }
    let rows = rows::to_batch(NAME, &schema(), &marked)?;
    work.set(NAME, &[], &[rows]).await
}
