//! The lake added up for `podtrail_analysis::findings`: one question for each kind of fact.

mod rows;

use std::collections::{BTreeMap, BTreeSet};

use datafusion::common::ScalarValue;
use datafusion::prelude::SessionContext;
use podtrail_analysis::findings::{Facts, WorkloadFacts};
use podtrail_analysis::inventory::Inventory;
use podtrail_analysis::lineage::method::{NODE_ONLY_POD, NODE_POD, TOKEN_SUBJECT};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::QueryError;
use crate::engine::Engine;
use crate::workloads::{Key, WorkloadRoles, window};

/// Every fact.
///
/// # Errors
/// When the lake fails.
pub(crate) async fn facts<'i>(context: &SessionContext, inventory: &'i Inventory) -> Result<Facts<'i>, QueryError> {
    let roles = WorkloadRoles::load(context, inventory).await?;
    let method = |name: &str| ScalarValue::Utf8View(Some(name.to_owned()));
    let of_pods = vec![method(NODE_POD), method(NODE_ONLY_POD)];
    // Only pods of which an end is known can have been outlived.
    let pods = match inventory.pods.iter().any(|pod| pod.ended_at.is_some()) {
        true => read::<rows::Pod, _>(context, include_str!("pods.sql")).await?,
        false => Vec::new(),
    };
    Ok(Facts {
        inventory,
        window: window(context).await?,
        trail_accounts: trail_accounts(context).await?,
        workloads: workloads(context, &roles).await?,
        denied: read::<rows::Denied, _>(context, include_str!("denied.sql")).await?,
        chains: read::<rows::Chain, _>(context, include_str!("chains.sql")).await?,
        node_calls: ask::<rows::Node, _>(context, include_str!("node_calls.sql"), of_pods).await?,
        places: ask::<rows::Place, _>(context, include_str!("places.sql"), vec![method(TOKEN_SUBJECT)]).await?,
        scattered: read::<rows::Scattered, _>(context, include_str!("scattered.sql")).await?,
        pods,
        agents: read::<rows::Agent, _>(context, include_str!("agents.sql")).await?,
        imds_v1: read::<rows::Instance, _>(context, include_str!("imds_v1.sql")).await?,
        permissions: read::<rows::Permissions, _>(context, include_str!("permissions.sql")).await?,
    })
}

/// Every workload with what it did.
///
/// # Errors
/// When the lake fails.
pub(crate) async fn workloads(
    context: &SessionContext,
    roles: &WorkloadRoles,
) -> Result<Vec<WorkloadFacts>, QueryError> {
    let mut uses: BTreeMap<Key, Vec<_>> = BTreeMap::new();
    let rows: Vec<rows::Use> = Engine::rows(context, "daily_calls", include_str!("uses.sql"), Vec::new()).await?;
    for row in rows {
        let (workload, used) = row.split();
        uses.entry(Key::of(&workload)).or_default().push(used);
    }
    let all = roles.iter().map(|(workload, ..)| WorkloadFacts {
        id: roles.id(workload),
        workload: workload.clone(),
        uses: uses.remove(&Key::of(workload)).unwrap_or_default(),
    });
    Ok(all.collect())
}

async fn trail_accounts(context: &SessionContext) -> Result<BTreeSet<String>, QueryError> {
    #[derive(Deserialize)]
    struct Row {
        account: String,
    }
    let sql = "SELECT DISTINCT account FROM lake.trail_days WHERE account IS NOT NULL ORDER BY 1";
    let rows: Vec<Row> = Engine::rows(context, "trail_days", sql, Vec::new()).await?;
    Ok(rows.into_iter().map(|row| row.account).collect())
}

async fn read<R, T>(context: &SessionContext, sql: &str) -> Result<Vec<T>, QueryError>
where
    R: DeserializeOwned + Into<T>,
{
    ask::<R, T>(context, sql, Vec::new()).await
}

async fn ask<R, T>(context: &SessionContext, sql: &str, values: Vec<ScalarValue>) -> Result<Vec<T>, QueryError>
where
    R: DeserializeOwned + Into<T>,
{
    let rows: Vec<R> = Engine::rows(context, "facts", sql, values).await?;
    Ok(rows.into_iter().map(Into::into).collect())
}
