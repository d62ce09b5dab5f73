//! `aws iam get-account-authorization-details`, `list-open-id-connect-providers` and `get-open-id-connect-provider`.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::file;
use crate::File;
use crate::calls::object;
use crate::clock::{DAY, Window, iso};
use crate::estate::{
    Account, BUILD_OIDC, CI_OIDC, CLUSTERS, Grant, ManagedPolicy, PARTNER_UNKNOWN, PLATFORM, ROLES, Role,
    STATIC_KEY_POLICY, Statement, Trust, Workload,
};
use crate::rng::{ID_LETTERS, Rng};
use crate::session::{role_id, user_id};

/// What IAM tells of an account; the partner tells of the role that it gave to us.
pub(super) fn authorization_details(
    account: &'static Account,
    all: &[&'static Workload],
    seed: u64,
    window: Window,
) -> Value {
    let by_number = all.iter().filter(|each| each.slot.is_some()).map(|each| each.role);
    let roles: Vec<&Role> = (ROLES.iter().copied().chain(by_number))
        .filter(|role| role.account == account && *role != &PARTNER_UNKNOWN)
        .collect();
    let mut managed: BTreeMap<String, (&ManagedPolicy, u64)> = BTreeMap::new();
    for role in &roles {
        for policy in role.managed {
            managed.entry(policy.arn(account)).or_insert((policy, 0)).1 += 1;
        }
        if let Some(boundary) = role.boundary {
            managed.entry(boundary.arn(account)).or_insert((boundary, 0));
        }
    }
    let policies: Vec<Value> = managed
        .into_iter()
        .map(|(arn, (policy, count))| managed_policy(&arn, policy, count, seed, window))
        .collect();
    let users = if account == &PLATFORM {
        users(all, seed, window)
    } else {
        json!([])
    };
    json!({
        "UserDetailList": users,
        "GroupDetailList": [],
        "RoleDetailList": roles.into_iter().map(|role| role_detail(role, seed, window)).collect::<Vec<_>>(),
        "Policies": policies,
    })
}

fn users(all: &[&'static Workload], seed: u64, window: Window) -> Value {
    let mut users = Vec::new();
    for workload in all {
        let Grant::StaticKey(name) = workload.grant else {
            continue;
        };
        users.push(json!({
            "Path": "/", "UserName": name, "UserId": user_id(name, &PLATFORM, seed),
            "Arn": format!("arn:aws:iam::{}:user/{name}", PLATFORM.id),
            "CreateDate": iso(window.from - 900 * DAY),
            "UserPolicyList": [{"PolicyName": "ftp-bridge", "PolicyDocument": document(STATIC_KEY_POLICY, &|text| text.to_owned())}],
            "GroupList": [], "AttachedManagedPolicies": [], "Tags": [],
        }));
    }
    Value::Array(users)
}

fn role_detail(role: &Role, seed: u64, window: Window) -> Value {
    let inline: Vec<Value> = role
        .inline
        .iter()
        .map(|policy| json!({"PolicyName": policy.name, "PolicyDocument": document(policy.statements, &|text| role.localise(text))}))
        .collect();
    let managed: Vec<Value> = role
        .managed
        .iter()
        .map(|policy| json!({"PolicyName": policy.name, "PolicyArn": policy.arn(role.account)}))
        .collect();
    let profile = format!("arn:aws:iam::{}:instance-profile/{}", role.account.id, role.name);
    let of_instances = role
        .trust
        .iter()
        .any(|trust| matches!(trust, Trust::Service("ec2.amazonaws.com")));
    let profiles = if of_instances {
        json!([{"Path": "/", "InstanceProfileName": role.name, "Arn": profile,
            "Roles": [{"RoleName": role.name, "Arn": role.arn()}]}])
    } else {
        json!([])
    };
    object(vec![
        ("Path", Some(json!(role.path))),
        ("RoleName", Some(json!(role.name))),
        ("RoleId", Some(json!(role_id(role, seed)))),
        ("Arn", Some(json!(role.arn()))),
        ("CreateDate", Some(json!(iso(window.from - 400 * DAY)))),
        ("AssumeRolePolicyDocument", Some(trust_policy(role))),
        ("InstanceProfileList", Some(profiles)),
        ("RolePolicyList", Some(json!(inline))),
        ("AttachedManagedPolicies", Some(json!(managed))),
        ("PermissionsBoundary", role.boundary.map(|policy| {
            json!({"PermissionsBoundaryType": "Policy", "PermissionsBoundaryArn": policy.arn(role.account)})
        })),
        ("Tags", Some(json!([]))),
        ("RoleLastUsed", Some(json!({}))),
    ])
}

fn managed_policy(arn: &str, policy: &ManagedPolicy, attached: u64, seed: u64, window: Window) -> Value {
    let created = iso(window.from - 1000 * DAY);
    json!({
        "PolicyName": policy.name, "PolicyId": format!("ANPA{}", Rng::new(seed, arn).text(ID_LETTERS, 17)), "Arn": arn,
        "Path": policy.path, "DefaultVersionId": "v1", "AttachmentCount": attached, "PermissionsBoundaryUsageCount": 0,
        "IsAttachable": true, "CreateDate": created, "UpdateDate": created,
        "PolicyVersionList": [{"Document": document(policy.statements, &|text| text.to_owned()), "VersionId": "v1",
            "IsDefaultVersion": true, "CreateDate": created}],
    })
}

/// A policy document; a list of one is written as a plain text, as many people do.
pub(crate) fn document(statements: &[Statement], localise: &dyn Fn(&str) -> String) -> Value {
    let list = |texts: &[&str]| -> Value {
        match texts {
            [one] => json!(localise(one)),
            many => many.iter().map(|text| localise(text)).collect(),
        }
    };
    let statements: Vec<Value> = statements
        .iter()
        .map(|statement| {
            object(vec![
                ("Effect", Some(json!(if statement.allow { "Allow" } else { "Deny" }))),
                ("Action", Some(list(statement.actions))),
                ("Resource", Some(list(statement.resources))),
                (
                    "Condition",
                    statement
                        .condition
                        .map(|(operator, key, value)| json!({operator: {key: value}})),
                ),
            ])
        })
        .collect();
    json!({"Version": "2012-10-17", "Statement": statements})
}

fn trust_policy(role: &Role) -> Value {
    let statements: Vec<Value> = role.trust.iter().map(|trust| trust_statement(role, trust)).collect();
    json!({"Version": "2012-10-17", "Statement": statements})
}

fn trust_statement(role: &Role, trust: &Trust) -> Value {
    let federated = |provider: String, conditions: Value| {
        json!({"Effect": "Allow", "Principal": {"Federated": provider}, "Action": "sts:AssumeRoleWithWebIdentity",
            "Condition": conditions})
    };
    let equals = |issuer: &str, subject: &str| json!({"StringEquals": {format!("{issuer}:sub"): subject, format!("{issuer}:aud"): "sts.amazonaws.com"}});
    let pods = |conditions: Option<Value>| {
        object(vec![
            ("Effect", Some(json!("Allow"))),
            ("Principal", Some(json!({"Service": "pods.eks.amazonaws.com"}))),
            ("Action", Some(json!(["sts:AssumeRole", "sts:TagSession"]))),
            ("Condition", conditions),
        ])
    };
    match trust {
        Trust::ServiceAccount(cluster, namespace, account) => federated(
            cluster.provider_arn(),
            equals(&cluster.issuer(), &subject(namespace, account)),
        ),
        Trust::AnyAudience(cluster, namespace, account) => federated(
            cluster.provider_arn(),
            json!({"StringEquals": {format!("{}:sub", cluster.issuer()): subject(namespace, account)}}),
        ),
        Trust::AnySubject(cluster) => federated(
            cluster.provider_arn(),
            json!({"StringEquals": {format!("{}:aud", cluster.issuer()): "sts.amazonaws.com"}}),
        ),
        Trust::SubjectLike(cluster, pattern) => federated(
            cluster.provider_arn(),
            json!({"StringLike": {format!("{}:sub", cluster.issuer()): pattern},
                "StringEquals": {format!("{}:aud", cluster.issuer()): "sts.amazonaws.com"}}),
        ),
        Trust::SubjectLiteral(cluster, pattern) => {
            federated(cluster.provider_arn(), equals(&cluster.issuer(), pattern))
        }
        Trust::GoneIssuer(issuer, namespace, account) => federated(
            provider_arn(role.account, issuer),
            equals(issuer, &subject(namespace, account)),
        ),
        Trust::Oidc(account, issuer, subject) => federated(provider_arn(account, issuer), equals(issuer, subject)),
        Trust::PodIdentity(cluster) => pods(Some(json!({"StringEquals": {"aws:SourceAccount": cluster.account.id},
            "ArnEquals": {"aws:SourceArn": cluster.arn()}}))),
        Trust::OpenPodIdentity => pods(None),
        Trust::TaggedPodIdentity(cluster, namespace, account) => pods(Some(json!({"StringEquals": {
            "aws:SourceAccount": cluster.account.id, "aws:RequestTag/kubernetes-namespace": namespace,
            "aws:RequestTag/kubernetes-service-account": account}}))),
        Trust::Role(other) => json!({"Effect": "Allow", "Principal": {"AWS": other.arn()},
            "Action": ["sts:AssumeRole", "sts:TagSession"]}),
        Trust::Service(service) => {
            json!({"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"})
        }
        Trust::Saml(provider) => json!({"Effect": "Allow",
            "Principal": {"Federated": format!("arn:aws:iam::{}:saml-provider/{provider}", role.account.id)},
            "Action": ["sts:AssumeRoleWithSAML", "sts:TagSession"],
            "Condition": {"StringEquals": {"SAML:aud": "https://signin.aws.amazon.com/saml"}}}),
    }
}

fn subject(namespace: &str, account: &str) -> String {
    format!("system:serviceaccount:{namespace}:{account}")
}

fn provider_arn(account: &Account, issuer: &str) -> String {
    format!("arn:aws:iam::{}:oidc-provider/{issuer}", account.id)
}

/// The list of an account's OIDC providers, and each provider. That of a cluster outlives it.
pub(super) fn oidc_providers(account: &'static Account, window: Window) -> Vec<File> {
    let of_clusters = (CLUSTERS.iter()).filter(|cluster| cluster.account == account);
    let mut issuers: Vec<String> = of_clusters.map(|cluster| cluster.issuer()).collect();
    if account == &PLATFORM {
        issuers.extend([CI_OIDC, BUILD_OIDC].map(str::to_owned));
    }
    let list: Vec<Value> = (issuers.iter())
        .map(|issuer| json!({"Arn": provider_arn(account, issuer)}))
        .collect();
    let mut files = vec![file(
        format!("oidc-{}.json", account.name),
        &json!({"OpenIDConnectProviderList": list}),
    )];
    for (number, issuer) in issuers.iter().enumerate() {
        let provider = json!({"Url": issuer, "ClientIDList": ["sts.amazonaws.com"],
            "ThumbprintList": ["9e99a48a9960b14926bb7f3b02e22da2b0ab7280"],
            "CreateDate": iso(window.from - 300 * DAY), "Tags": []});
        files.push(file(format!("oidc-{}-{number}.json", account.name), &provider));
    }
    files
}
