//! IAM: what is granted to roles, and whose tokens are accepted.

use aws_config::SdkConfig;
use aws_sdk_iam::Client;
use aws_sdk_iam::types::{EntityType, InstanceProfile, ManagedPolicyDetail, RoleDetail};
use futures::{StreamExt, TryStreamExt, stream};
use podtrail_analysis::inventory::{ImportHint, Object, OidcProvider, parse};
use podtrail_aws::{Call, Failure, failure};
use serde_json::{Value, json};

use crate::eks::{there, time};
use crate::signed::unreadable;

/// Descriptions that are asked for at once.
const AT_ONCE: usize = 4;

/// Roles, their instance profiles, and managed policies. IAM pages with a marker, and may give fewer than it was asked.
pub(crate) async fn authorization_details(config: &SdkConfig) -> Result<Vec<Object>, Failure> {
    let call = Call {
        action: "iam:GetAccountAuthorizationDetails",
        resource: "*",
    };
    let kinds = [
        EntityType::Role,
        EntityType::LocalManagedPolicy,
        EntityType::AwsManagedPolicy,
    ];
    let asked = Client::new(config)
        .get_account_authorization_details()
        .set_filter(Some(kinds.to_vec()))
        .max_items(1000);
    let mut pages = asked.into_paginator().send();
    let mut objects = Vec::new();
    while let Some(page) = pages.next().await {
        let page = page.map_err(|error| failure(call, &error))?;
        let roles: Vec<Value> = page.role_detail_list().iter().map(role).collect();
        let policies: Vec<Value> = page.policies().iter().map(policy).collect();
        let answer = json!({"RoleDetailList": roles, "Policies": policies});
        objects.extend(read(call, &answer)?);
    }
    Ok(objects)
}

/// An answer in the form of the command line, read as its file would be.
pub(crate) fn read(call: Call<'_>, answer: &Value) -> Result<Vec<Object>, Failure> {
    parse(&answer.to_string(), &ImportHint::default()).map_err(|error| unreadable(call, &error.to_string()))
}

fn role(role: &RoleDetail) -> Value {
    let inline = role.role_policy_list().iter();
    let attached = role.attached_managed_policies().iter();
    let boundary = role
        .permissions_boundary()
        .and_then(|boundary| boundary.permissions_boundary_arn());
    let tags = role.tags().iter();
    json!({
        "Arn": role.arn(),
        "RoleId": role.role_id(),
        "CreateDate": role.create_date().map(ToString::to_string),
        "AssumeRolePolicyDocument": role.assume_role_policy_document(),
        "RolePolicyList": inline
            .map(|each| json!({"PolicyName": each.policy_name(), "PolicyDocument": each.policy_document()}))
            .collect::<Vec<_>>(),
        "AttachedManagedPolicies": attached.map(|each| json!({"PolicyArn": each.policy_arn()})).collect::<Vec<_>>(),
        "PermissionsBoundary": boundary.map(|arn| json!({"PermissionsBoundaryArn": arn})),
        "Tags": tags.map(|tag| json!({"Key": tag.key(), "Value": tag.value()})).collect::<Vec<_>>(),
        "InstanceProfileList": role.instance_profile_list().iter().map(profile).collect::<Vec<_>>(),
    })
}

fn profile(profile: &InstanceProfile) -> Value {
    let roles: Vec<Value> = profile.roles().iter().map(|role| json!({"Arn": role.arn()})).collect();
    json!({"Arn": profile.arn(), "Roles": roles})
}

/// Only the version in force: the others may be many, and nobody is asked them for.
fn policy(policy: &ManagedPolicyDetail) -> Value {
    let versions = policy
        .policy_version_list()
        .iter()
        .filter(|version| version.is_default_version());
    let versions: Vec<Value> = versions
        .map(|version| {
            json!({"VersionId": version.version_id(), "IsDefaultVersion": true, "Document": version.document()})
        })
        .collect();
    json!({"Arn": policy.arn(), "DefaultVersionId": policy.default_version_id(), "PolicyVersionList": versions})
}

/// OIDC providers with their audiences. The list is not paged (`ListOpenIDConnectProviders`, API reference).
pub(crate) async fn oidc_providers(config: &SdkConfig) -> Result<Vec<Object>, Failure> {
    let client = Client::new(config);
    let call = Call {
        action: "iam:ListOpenIDConnectProviders",
        resource: "*",
    };
    let listed = client.list_open_id_connect_providers().send().await;
    let listed = listed
        .map_err(|error| failure(call, &error))?
        .open_id_connect_provider_list;
    let arns = listed.unwrap_or_default().into_iter().filter_map(|each| each.arn);
    let described = stream::iter(arns)
        .map(|arn| oidc_provider(&client, arn))
        .buffered(AT_ONCE);
    let described: Vec<Option<Object>> = described.try_collect().await?;
    Ok(described.into_iter().flatten().collect())
}

async fn oidc_provider(client: &Client, arn: String) -> Result<Option<Object>, Failure> {
    let call = Call {
        action: "iam:GetOpenIDConnectProvider",
        resource: &arn,
    };
    let asked = client
        .get_open_id_connect_provider()
        .open_id_connect_provider_arn(&arn)
        .send()
        .await;
    let Some(found) = there(asked.map_err(|error| failure(call, &error)))? else {
        return Ok(None);
    };
    let sorted = |texts: Option<Vec<String>>| {
        let mut texts = texts.unwrap_or_default();
        texts.sort();
        texts
    };
    let url = found.url.unwrap_or_default();
    Ok(Some(Object::OidcProvider(OidcProvider {
        url: url.trim_start_matches("https://").to_owned(),
        client_ids: sorted(found.client_id_list),
        thumbprints: sorted(found.thumbprint_list),
        created_at: found.create_date.and_then(time),
        arn,
    })))
}
