//! Clusters and associations. A list has names only, so each is described; what went away in between is left out.

use aws_config::SdkConfig;
use aws_sdk_eks::types::{self, PodIdentityAssociationSummary};
use aws_sdk_eks::{Client, primitives::DateTime};
use futures::{StreamExt, TryStreamExt, stream};
use podtrail_analysis::inventory::{Association, Cluster};
use podtrail_aws::{Call, Failure, failure};
use podtrail_event::time::Timestamp;

/// Descriptions that are asked for at once.
const AT_ONCE: usize = 4;

/// The clusters of a region; `place` is the beginning of their ARNs, up to the account.
pub(crate) async fn clusters(config: &SdkConfig, place: &str) -> Result<Vec<Cluster>, Failure> {
    let client = Client::new(config);
    let names = client
        .list_clusters()
        .into_paginator()
        .items()
        .send()
        .collect::<Result<Vec<_>, _>>();
    let resource = format!("{place}cluster/*");
    let names = names.await.map_err(|error| {
        let call = Call {
            action: "eks:ListClusters",
            resource: "*",
        };
        failure(call, &error)
    })?;
    let described = stream::iter(names)
        .map(|name| cluster(&client, name, &resource))
        .buffered(AT_ONCE);
    let described: Vec<Option<Cluster>> = described.try_collect().await?;
    Ok(described.into_iter().flatten().collect())
}

async fn cluster(client: &Client, name: String, resource: &str) -> Result<Option<Cluster>, Failure> {
    let call = Call {
        action: "eks:DescribeCluster",
        resource,
    };
    let asked = client.describe_cluster().name(name).send().await;
    let Some(found) = there(asked.map_err(|error| failure(call, &error)))? else {
        return Ok(None);
    };
    Ok(found.cluster.and_then(|found| {
        let issuer = found
            .identity
            .and_then(|identity| identity.oidc)
            .and_then(|oidc| oidc.issuer);
        Some(Cluster {
            arn: found.arn?,
            name: found.name?,
            oidc_issuer: issuer.map(|issuer| issuer.trim_start_matches("https://").to_owned()),
            vpc_id: found.resources_vpc_config.and_then(|vpc| vpc.vpc_id),
            created_at: found.created_at.and_then(time),
            deleted_at: None,
        })
    }))
}

/// The associations of a cluster.
pub(crate) async fn associations(config: &SdkConfig, cluster: &Cluster) -> Result<Vec<Association>, Failure> {
    let client = Client::new(config);
    let pages = client.list_pod_identity_associations().cluster_name(&cluster.name);
    let listed = pages
        .into_paginator()
        .items()
        .send()
        .collect::<Result<Vec<_>, _>>()
        .await;
    let listed = listed.map_err(|error| {
        let call = Call {
            action: "eks:ListPodIdentityAssociations",
            resource: &cluster.arn,
        };
        failure(call, &error)
    });
    // A cluster that was deleted meanwhile has none.
    let listed = there(listed)?.unwrap_or_default();
    let described = stream::iter(listed)
        .map(|summary| association(&client, summary))
        .buffered(AT_ONCE);
    let described: Vec<Option<Association>> = described.try_collect().await?;
    Ok(described.into_iter().flatten().collect())
}

async fn association(client: &Client, summary: PodIdentityAssociationSummary) -> Result<Option<Association>, Failure> {
    let arn = summary.association_arn.unwrap_or_default();
    let call = Call {
        action: "eks:DescribePodIdentityAssociation",
        resource: &arn,
    };
    let asked = client
        .describe_pod_identity_association()
        .set_cluster_name(summary.cluster_name)
        .set_association_id(summary.association_id)
        .send()
        .await;
    let found = there(asked.map_err(|error| failure(call, &error)))?;
    Ok(found.and_then(|found| found.association).and_then(read))
}

fn read(found: types::PodIdentityAssociation) -> Option<Association> {
    let filled = |text: Option<String>| text.filter(|text| !text.is_empty());
    Some(Association {
        arn: found.association_arn?,
        cluster_name: found.cluster_name?,
        namespace: found.namespace?,
        service_account: found.service_account?,
        role_arn: found.role_arn?,
        target_role_arn: filled(found.target_role_arn),
        disable_session_tags: found.disable_session_tags.unwrap_or_default(),
        policy: filled(found.policy),
        created_at: found.created_at.and_then(time),
        modified_at: found.modified_at.and_then(time),
        deleted_at: None,
    })
}

/// An answer, or none where the thing does not exist any more.
pub(crate) fn there<T>(asked: Result<T, Failure>) -> Result<Option<T>, Failure> {
    match asked {
        Ok(found) => Ok(Some(found)),
        Err(failure) if failure.missing => Ok(None),
        Err(failure) => Err(failure),
    }
}

pub(crate) fn time(time: DateTime) -> Option<Timestamp> {
    i64::try_from(time.as_nanos() / 1000).ok().map(Timestamp)
}
