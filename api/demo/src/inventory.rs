//! The inventory files, in the shapes of `aws iam get-account-authorization-details`, `aws eks describe-cluster`,
//! `aws eks describe-pod-identity-association` and `kubectl get sa,pods -A -o json`.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::File;
use crate::calls::{merge, object};
use crate::clock::{DAY, Window, iso};
use crate::estate::{
    ACCOUNTS, Account, CLUSTERS, Cluster, Grant, ManagedPolicy, PLATFORM, ROLES, Role, SHOP_PROD, STATIC_KEY_POLICY,
    Statement, Trust, Workload, workloads,
};
use crate::pods::live_pods;
use crate::rng::{ALPHANUMERIC, ID_LETTERS, Rng};
use crate::session::{role_id, user_id};

/// Every inventory file.
pub(crate) fn files(seed: u64, window: Window) -> Vec<File> {
    let mut found = Vec::new();
    for account in ACCOUNTS {
        found.push(file(
            format!("iam-{}.json", account.name),
            &authorization_details(account, seed, window),
        ));
    }
    for cluster in CLUSTERS {
        found.push(file(
            format!("eks-{}.json", cluster.name),
            &describe_cluster(cluster, window),
        ));
        found.push(file(
            format!("kubernetes-{}.json", cluster.name),
            &kubernetes(cluster, seed, window),
        ));
    }
    for workload in workloads() {
        if let Some(association) = association(workload, seed, window) {
            let name = format!(
                "association-{}-{}-{}.json",
                workload.cluster.name, workload.namespace, workload.account
            );
            found.push(file(name, &association));
        }
    }
    found
}

fn file(name: String, content: &Value) -> File {
    File {
        path: format!("inventory/{name}"),
        bytes: format!("{content:#}\n").into_bytes(),
    }
}

fn authorization_details(account: &'static Account, seed: u64, window: Window) -> Value {
    let roles: Vec<&Role> = ROLES.iter().copied().filter(|role| role.account == account).collect();
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
        users(seed, window)
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

fn users(seed: u64, window: Window) -> Value {
    let mut users = Vec::new();
    for workload in workloads() {
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
    let is_node = CLUSTERS.iter().any(|cluster| std::ptr::eq(cluster.node_role, role));
    let profiles = if is_node {
        json!([{"Path": "/", "InstanceProfileName": role.name, "Arn": profile, "Roles": []}])
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
fn document(statements: &[Statement], localise: &dyn Fn(&str) -> String) -> Value {
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
    let federated = |provider: String, issuer: &str, subject: &str| {
        json!({"Effect": "Allow", "Principal": {"Federated": provider}, "Action": "sts:AssumeRoleWithWebIdentity",
            "Condition": {"StringEquals": {format!("{issuer}:sub"): subject, format!("{issuer}:aud"): "sts.amazonaws.com"}}})
    };
    match trust {
        Trust::ServiceAccount(cluster, namespace, account) => federated(
            cluster.provider_arn(),
            &cluster.issuer(),
            &format!("system:serviceaccount:{namespace}:{account}"),
        ),
        Trust::Oidc(account, issuer, subject) => federated(
            format!("arn:aws:iam::{}:oidc-provider/{issuer}", account.id),
            issuer,
            subject,
        ),
        Trust::PodIdentity(cluster) => json!({"Effect": "Allow", "Principal": {"Service": "pods.eks.amazonaws.com"},
            "Action": ["sts:AssumeRole", "sts:TagSession"],
            "Condition": {"StringEquals": {"aws:SourceAccount": cluster.account.id}, "ArnEquals": {"aws:SourceArn": cluster.arn()}}}),
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

fn describe_cluster(cluster: &Cluster, window: Window) -> Value {
    json!({"cluster": {
        "name": cluster.name, "arn": cluster.arn(), "createdAt": iso(window.from - 500 * DAY), "version": "1.34",
        "endpoint": format!("https://{}.gr7.{}.eks.amazonaws.com", cluster.issuer_id, cluster.account.region),
        "roleArn": format!("arn:aws:iam::{}:role/{}-control-plane", cluster.account.id, cluster.name),
        "resourcesVpcConfig": {"subnetIds": [], "securityGroupIds": [], "vpcId": cluster.vpc,
            "endpointPublicAccess": false, "endpointPrivateAccess": true, "publicAccessCidrs": []},
        "kubernetesNetworkConfig": {"serviceIpv4Cidr": "172.20.0.0/16", "ipFamily": "ipv4"},
        "identity": {"oidc": {"issuer": format!("https://{}", cluster.issuer())}},
        "status": "ACTIVE", "platformVersion": "eks.14", "tags": {}, "accessConfig": {"authenticationMode": "API"},
    }})
}

fn association(workload: &Workload, seed: u64, window: Window) -> Option<Value> {
    let (untagged, target) = match workload.grant {
        Grant::PodIdentity => (false, None),
        Grant::PodIdentityUntagged => (true, None),
        Grant::PodIdentityTarget(role) => (false, Some(role)),
        Grant::Irsa | Grant::Node | Grant::StaticKey(_) => return None,
    };
    let cluster = workload.cluster;
    let purpose = format!(
        "association {} {} {}",
        cluster.name, workload.namespace, workload.account
    );
    let id = format!("a-{}", Rng::new(seed, &purpose).text(ALPHANUMERIC, 17).to_lowercase());
    let (region, account) = (cluster.account.region, cluster.account.id);
    let created = iso(window.from - 200 * DAY);
    let external = format!("{region}/{account}/{}", role_id(workload.role, seed));
    let mut association = json!({
        "clusterName": cluster.name, "namespace": workload.namespace, "serviceAccount": workload.account,
        "roleArn": workload.role.arn(), "associationId": id,
        "associationArn": format!("arn:aws:eks:{region}:{account}:podidentityassociation/{}/{id}", cluster.name),
        "tags": {}, "createdAt": created, "modifiedAt": created, "disableSessionTags": untagged,
    });
    if let Some(role) = target {
        merge(
            &mut association,
            json!({"targetRoleArn": role.arn(), "externalId": external}),
        );
    }
    Some(json!({"association": association}))
}

fn kubernetes(cluster: &'static Cluster, seed: u64, window: Window) -> Value {
    let mut items = Vec::new();
    for workload in workloads().filter(|workload| workload.cluster == cluster) {
        items.push(service_account(workload, seed, window));
    }
    for workload in workloads().filter(|workload| workload.cluster == cluster) {
        for pod in live_pods(workload, seed, window) {
            items.push(pod_item(workload, &pod));
        }
    }
    json!({"apiVersion": "v1", "kind": "List", "metadata": {"resourceVersion": ""}, "items": items})
}

fn service_account(workload: &Workload, seed: u64, window: Window) -> Value {
    let purpose = format!(
        "sa {} {} {}",
        workload.cluster.name, workload.namespace, workload.account
    );
    let annotations = match workload.grant {
        Grant::Irsa => json!({"eks.amazonaws.com/role-arn": workload.role.arn()}),
        _ => json!({}),
    };
    json!({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {
        "name": workload.account, "namespace": workload.namespace, "annotations": annotations,
        "uid": Rng::new(seed, &purpose).uuid(), "creationTimestamp": iso(window.from - 300 * DAY)}})
}

fn pod_item(workload: &Workload, pod: &crate::pods::Pod) -> Value {
    let env = match workload.grant {
        Grant::Irsa => json!([{"name": "AWS_ROLE_ARN", "value": workload.role.arn()},
            {"name": "AWS_WEB_IDENTITY_TOKEN_FILE", "value": "/var/run/secrets/eks.amazonaws.com/serviceaccount/token"}]),
        Grant::PodIdentity | Grant::PodIdentityUntagged | Grant::PodIdentityTarget(_) => json!([
            {"name": "AWS_CONTAINER_CREDENTIALS_FULL_URI", "value": "http://169.254.170.23/v1/credentials"},
            {"name": "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE",
                "value": "/var/run/secrets/pods.eks.amazonaws.com/serviceaccount/eks-pod-identity-token"}]),
        Grant::Node => json!([]),
        Grant::StaticKey(_) => json!([{"name": "AWS_ACCESS_KEY_ID",
            "valueFrom": {"secretKeyRef": {"name": "ftp-bridge-aws", "key": "id"}}}]),
    };
    let phase = if workload.job { "Succeeded" } else { "Running" };
    let subnet = if workload.cluster == &SHOP_PROD { 30 } else { 40 };
    let last = Rng::new(0, &pod.uid).below(200) + 10;
    json!({"apiVersion": "v1", "kind": "Pod",
        "metadata": {"name": pod.name, "namespace": workload.namespace, "uid": pod.uid,
            "creationTimestamp": iso(pod.created), "labels": {"app.kubernetes.io/name": workload.account}},
        "spec": {"serviceAccountName": workload.account, "nodeName": pod.node,
            "containers": [{"name": "main", "image": format!("registry.shopcloud.example/{}:1.0", workload.account), "env": env}]},
        "status": {"phase": phase, "podIP": format!("10.{subnet}.1.{last}"), "startTime": iso(pod.created)}})
}
