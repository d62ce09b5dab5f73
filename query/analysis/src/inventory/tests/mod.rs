mod ended;
mod history;
mod kinds;
mod merging;

use serde_json::{Value, json};

use super::*;

const CLUSTER_ARN: &str = "arn:aws:eks:eu-west-1:111122223333:cluster/prod";
const OTHER_ARN: &str = "arn:aws:eks:us-east-1:111122223333:cluster/prod";
const ISSUER: &str = "oidc.eks.eu-west-1.amazonaws.com/id/0123456789ABCDEF0123456789ABCDEF";
const OTHER_ISSUER: &str = "oidc.eks.us-east-1.amazonaws.com/id/FEDCBA9876543210FEDCBA9876543210";
const ROLE: &str = "arn:aws:iam::111122223333:role/team/cart";

fn read(value: &Value) -> Result<Vec<Object>, InventoryError> {
    parse(&value.to_string(), &ImportHint::default())
}

fn one(value: &Value) -> Object {
    let mut objects = read(value).unwrap();
    assert_eq!(objects.len(), 1, "{objects:?}");
    objects.remove(0)
}

fn at(text: &str) -> Option<Timestamp> {
    Some(Timestamp::parse(text).unwrap())
}

fn trust(issuer: &str) -> Value {
    json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRoleWithWebIdentity",
        "Principal": {"Federated": format!("arn:aws:iam::111122223333:oidc-provider/{issuer}")}}]})
}

fn role_detail() -> Value {
    json!({"Path": "/team/", "RoleName": "cart", "RoleId": "AROAEXAMPLE", "Arn": ROLE,
        "CreateDate": "2024-03-01T10:00:00+00:00", "AssumeRolePolicyDocument": trust(ISSUER),
        "InstanceProfileList": [], "RoleLastUsed": {},
        "RolePolicyList": [{"PolicyName": "inline-b", "PolicyDocument": {"Statement": []}},
                           {"PolicyName": "inline-a", "PolicyDocument": "%7B%22Statement%22%3A%5B%5D%2C%22Id%22%3A%22a+b%22%7D"}],
        "AttachedManagedPolicies": [{"PolicyName": "Known", "PolicyArn": "arn:aws:iam::111122223333:policy/Known"},
                                    {"PolicyName": "ReadOnly", "PolicyArn": "arn:aws:iam::aws:policy/ReadOnlyAccess"}],
        "PermissionsBoundary": {"PermissionsBoundaryType": "Policy",
                                "PermissionsBoundaryArn": "arn:aws:iam::111122223333:policy/Known"},
        "Tags": [{"Key": "team", "Value": "shop"}]})
}

fn policy_detail() -> Value {
    json!({"PolicyName": "Known", "Arn": "arn:aws:iam::111122223333:policy/Known", "DefaultVersionId": "v2",
        "PolicyVersionList": [
            {"VersionId": "v1", "IsDefaultVersion": false, "Document": {"Statement": [], "Id": "old"}},
            {"VersionId": "v2", "IsDefaultVersion": true, "Document": {"Statement": [], "Id": "new"}}]})
}

fn cluster_answer(arn: &str, issuer: &str) -> Value {
    json!({"cluster": {"name": "prod", "arn": arn, "createdAt": 1_700_000_000.5, "version": "1.31",
        "resourcesVpcConfig": {"vpcId": "vpc-1", "endpointPublicAccess": true},
        "identity": {"oidc": {"issuer": format!("https://{issuer}")}}}})
}

fn association_answer(namespace: &str, cluster_arn: &str) -> Value {
    let arn = cluster_arn.replace(":cluster/prod", ":podidentityassociation/prod/a-1");
    json!({"association": {"clusterName": "prod", "namespace": namespace, "serviceAccount": "cart",
        "roleArn": ROLE, "associationArn": arn, "associationId": "a-1",
        "createdAt": "2025-01-02T03:04:05.678000+01:00"}})
}

fn service_account(namespace: &str, name: &str, role: Option<&str>) -> Value {
    let annotations = role.map(|r| json!({"eks.amazonaws.com/role-arn": r}));
    json!({"apiVersion": "v1", "kind": "ServiceAccount",
        "metadata": {"name": name, "namespace": namespace, "annotations": annotations}})
}

fn pod() -> Value {
    json!({"apiVersion": "v1", "kind": "Pod",
        "metadata": {"name": "cart-1", "namespace": "shop", "uid": "u-1", "creationTimestamp": "2025-01-01T00:00:00Z"},
        "spec": {"serviceAccountName": "cart", "nodeName": "ip-10-0-0-1",
                 "containers": [{"name": "c", "env": [{"name": "DB_PASSWORD", "value": "hunter2"}]}]},
        "status": {"phase": "Running", "startTime": "2025-01-01T00:00:05Z", "podIP": "10.0.0.9",
                   "podIPs": [{"ip": "10.0.0.9"}, {"ip": "fd00::9"}]}})
}

fn list(items: &[Value]) -> Value {
    json!({"apiVersion": "v1", "kind": "List", "items": items})
}

#[test]
fn a_role_comes_with_trust_inline_policies_boundary_and_tags() {
    let Object::Role(role) = one(&json!({"RoleDetailList": [role_detail()]})) else {
        panic!()
    };
    assert_eq!(role.arn, ROLE);
    assert_eq!(role.role_id.as_deref(), Some("AROAEXAMPLE"));
    assert_eq!(role.created_at, at("2024-03-01T10:00:00Z"));
    assert_eq!(role.tags.get("team").map(String::as_str), Some("shop"));
    assert_eq!(
        serde_json::from_str::<Value>(role.trust_policy.as_deref().unwrap()).unwrap(),
        trust(ISSUER)
    );
    let names: Vec<(&str, bool)> = role
        .policies
        .iter()
        .map(|p| (p.name.as_str(), p.document.is_some()))
        .collect();
    assert_eq!(
        names,
        [
            ("inline-a", true),
            ("inline-b", true),
            ("arn:aws:iam::111122223333:policy/Known", false),
            ("arn:aws:iam::aws:policy/ReadOnlyAccess", false),
        ]
    );
    let inline: Value = serde_json::from_str(role.policies[0].document.as_deref().unwrap()).unwrap();
    assert_eq!(
        inline,
        json!({"Statement": [], "Id": "a+b"}),
        "URL-decoded, a plus stays a plus"
    );
}

#[test]
fn managed_policies_are_objects_in_their_default_version_and_meet_their_roles_when_merged() {
    let file = json!({"UserDetailList": [{"UserName": "x"}], "GroupDetailList": [],
        "RoleDetailList": [role_detail()], "Policies": [policy_detail()]});
    let at = Timestamp(1);
    let inventory = Inventory::from_objects(read(&file).unwrap().into_iter().map(|o| (o, at)));
    let role = &inventory.roles[0];
    let known = role.policies.iter().find(|p| p.name.ends_with("policy/Known")).unwrap();
    assert!(known.document.as_deref().unwrap().contains("new"));
    assert_eq!(role.permissions_boundary.as_ref().unwrap().document, known.document);
    let aws = role
        .policies
        .iter()
        .find(|p| p.name.contains("ReadOnlyAccess"))
        .unwrap();
    assert_eq!(aws.document, None, "not in the file: by name only");
    // Two files, in either order, say the same.
    let roles = read(&json!({"RoleDetailList": [role_detail()]})).unwrap();
    let policies = read(&json!({"Policies": [policy_detail()]})).unwrap();
    for parts in [[&roles, &policies], [&policies, &roles]] {
        let again = Inventory::from_objects(parts.into_iter().flatten().cloned().map(|o| (o, at)));
        assert_eq!(again, inventory);
    }
}

#[test]
fn a_policy_without_a_document_of_its_default_version_is_no_object() {
    let mut policy = policy_detail();
    policy["PolicyVersionList"] = json!([{"VersionId": "v1", "IsDefaultVersion": false, "Document": {}}]);
    assert_eq!(read(&json!({"Policies": [policy]})).unwrap(), []);
}

#[test]
fn clusters_are_read_alone_in_arrays_and_bare() {
    let expected = Cluster {
        arn: CLUSTER_ARN.into(),
        name: "prod".into(),
        oidc_issuer: Some(ISSUER.into()),
        vpc_id: Some("vpc-1".into()),
        created_at: at("2023-11-14T22:13:20.5Z"),
        deleted_at: None,
    };
    let answer = cluster_answer(CLUSTER_ARN, ISSUER);
    let shapes = [
        answer.clone(),
        json!([answer]),
        answer["cluster"].clone(),
        json!([answer["cluster"]]),
        json!({"clusters": [answer["cluster"]]}),
    ];
    for shape in shapes {
        assert_eq!(one(&shape), Object::Cluster(expected.clone()), "{shape}");
    }
}

#[test]
fn associations_are_read_alone_in_arrays_and_bare() {
    let mut answer = association_answer("shop", CLUSTER_ARN);
    answer["association"]["disableSessionTags"] = json!(true);
    answer["association"]["policy"] = json!("{\"Statement\":[]}");
    answer["association"]["targetRoleArn"] = json!("arn:aws:iam::444455556666:role/target");
    let shapes = [
        answer.clone(),
        json!([answer]),
        answer["association"].clone(),
        json!({"associations": [answer["association"]]}),
    ];
    for shape in shapes {
        let Object::Association(a) = one(&shape) else {
            panic!("{shape}")
        };
        assert_eq!(
            (a.namespace.as_str(), a.service_account.as_str(), a.role_arn.as_str()),
            ("shop", "cart", ROLE)
        );
        assert_eq!(a.created_at, at("2025-01-02T02:04:05.678Z"));
        assert!(a.disable_session_tags);
        assert_eq!(a.policy.as_deref(), Some("{\"Statement\":[]}"));
        assert_eq!(
            a.target_role_arn.as_deref(),
            Some("arn:aws:iam::444455556666:role/target")
        );
    }
}

#[test]
fn an_association_is_of_the_cluster_with_its_name_account_and_region() {
    let Object::Association(a) = one(&association_answer("shop", CLUSTER_ARN)) else {
        panic!()
    };
    let cluster = |arn: &str| Cluster {
        arn: arn.into(),
        name: "prod".into(),
        ..Cluster::default()
    };
    assert!(a.is_of(&cluster(CLUSTER_ARN)));
    assert!(!a.is_of(&cluster(OTHER_ARN)));
    assert!(!a.is_of(&Cluster {
        name: "test".into(),
        ..cluster(CLUSTER_ARN)
    }));
}

#[test]
fn a_mixed_list_gives_service_accounts_and_pods_of_the_hinted_cluster() {
    let file = list(&[
        service_account("shop", "cart", Some(ROLE)),
        service_account("shop", "default", None),
        pod(),
    ]);
    let hint = ImportHint {
        cluster: Some("prod".into()),
    };
    let objects = parse(&file.to_string(), &hint).unwrap();
    let Object::ServiceAccount(cart) = &objects[0] else {
        panic!()
    };
    assert_eq!((cart.cluster.as_str(), cart.role_arn.as_deref()), ("prod", Some(ROLE)));
    let Object::ServiceAccount(default) = &objects[1] else {
        panic!()
    };
    assert_eq!(default.role_arn, None);
    let Object::Pod(pod) = &objects[2] else { panic!() };
    assert_eq!(
        (pod.uid.as_str(), pod.service_account.as_str(), pod.node.as_deref()),
        ("u-1", "cart", Some("ip-10-0-0-1"))
    );
    assert_eq!(pod.ips, ["10.0.0.9", "fd00::9"]);
    assert_eq!((pod.started_at, pod.ended_at), (at("2025-01-01T00:00:00Z"), None));
    assert!(!serde_json::to_string(&objects).unwrap().contains("hunter2"));
}

#[test]
fn typed_lists_of_the_api_and_single_resources_are_read() {
    let mut bare = pod();
    bare.as_object_mut()
        .unwrap()
        .retain(|key, _| key != "kind" && key != "apiVersion");
    let typed = json!({"apiVersion": "v1", "kind": "PodList", "items": [bare]});
    for shape in [typed, pod(), json!([pod()])] {
        assert_eq!(one(&shape).kind(), "pod", "{shape}");
    }
    assert_eq!(read(&list(&[])).unwrap(), [], "an empty cluster is no error");
}

#[test]
fn a_pod_ends_with_its_last_container_or_when_it_is_deleted() {
    let done = json!([{"state": {"terminated": {"finishedAt": "2025-01-01T01:00:00Z"}}},
                      {"state": {"terminated": {"finishedAt": "2025-01-01T02:00:00Z"}}}]);
    let cases = [
        ("succeeded", json!("Succeeded"), Value::Null, "2025-01-01T02:00:00Z"),
        ("failed", json!("Failed"), Value::Null, "2025-01-01T02:00:00Z"),
        (
            "deleted while running",
            json!("Running"),
            json!("2025-01-01T03:00:00Z"),
            "2025-01-01T03:00:00Z",
        ),
        (
            "deleted when done",
            json!("Succeeded"),
            json!("2025-01-01T03:00:00Z"),
            "2025-01-01T02:00:00Z",
        ),
    ];
    for (name, phase, deleted, end) in cases {
        let mut pod = pod();
        pod["status"]["phase"] = phase;
        pod["status"]["containerStatuses"] = done.clone();
        pod["metadata"]["deletionTimestamp"] = deleted;
        let Object::Pod(pod) = one(&pod) else { panic!() };
        assert_eq!(pod.ended_at, at(end), "{name}");
    }
}

#[test]
fn documents_one_after_another_are_all_read() {
    let text = format!(
        "\u{feff}{}\n\n{}{}",
        cluster_answer(CLUSTER_ARN, ISSUER),
        association_answer("a", CLUSTER_ARN),
        pod()
    );
    let kinds: Vec<_> = parse(&text, &ImportHint::default())
        .unwrap()
        .iter()
        .map(Object::kind)
        .collect();
    assert_eq!(kinds, ["cluster", "association", "pod"]);
}

#[test]
fn refusals_say_what_the_file_looked_like_and_what_to_do() {
    let cases = [
        ("nothing", " \n".to_owned(), "the file is empty"),
        ("no JSON", "Roles:\n  - a".to_owned(), "not JSON at line 1, column 1"),
        (
            "cut off",
            "{\"cluster\": {\"arn\":".to_owned(),
            "not JSON at line 1, column 19",
        ),
        ("a bare value", "3".to_owned(), "`/` looks like a bare value"),
        (
            "unknown object",
            json!({"b": 1, "a": 2}).to_string(),
            "an object with `a`, `b`; accepted are",
        ),
        (
            "trail file",
            json!({"Records": []}).to_string(),
            "`podtrail ingest` reads",
        ),
        (
            "other resource",
            json!([pod(), list(&[json!({"kind": "Secret"})])]).to_string(),
            "`/1/items/0` looks like a Kubernetes `Secret`",
        ),
        (
            "list-clusters",
            json!({"clusters": ["prod"]}).to_string(),
            "`aws eks describe-cluster --name NAME`",
        ),
        (
            "list-pod-identity-associations",
            json!({"associations": [{"clusterName": "prod", "associationArn": "x"}]}).to_string(),
            "lacks `roleArn`; use `aws eks describe-pod-identity-association",
        ),
        (
            "a role without ARN",
            json!({"RoleDetailList": [{"RoleName": "x"}]}).to_string(),
            "`/RoleDetailList/0` (of IAM authorization details) cannot be read: `Arn` is missing",
        ),
        (
            "a list that is none",
            json!({"RoleDetailList": 3}).to_string(),
            "expected an array",
        ),
        (
            "a policy that is none",
            json!({"RoleDetailList": [{"Arn": "a", "AssumeRolePolicyDocument": "%7Bnot"}]}).to_string(),
            "neither JSON nor URL-encoded JSON",
        ),
        (
            "a pod without uid",
            json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "a", "namespace": "b"}}).to_string(),
            "`metadata/uid` is missing",
        ),
        (
            "a wrong type",
            json!({"cluster": {"arn": 3}}).to_string(),
            "`/cluster` (of `aws eks describe-cluster`) cannot be read: invalid type: integer `3`",
        ),
        (
            "second document",
            format!("{}{}", pod(), json!({"x": 1})),
            "`document 2: /` looks like",
        ),
    ];
    for (name, text, expected) in cases {
        let error = parse(&text, &ImportHint::default()).unwrap_err().to_string();
        assert!(error.contains(expected), "{name}: {error}");
    }
}

#[test]
fn nothing_is_imported_by_halves() {
    let file = json!([cluster_answer(CLUSTER_ARN, ISSUER), {"association": {"namespace": "x"}}]);
    assert!(read(&file).is_err());
}

#[test]
fn stored_objects_come_back_as_they_were() {
    let file = json!([{"RoleDetailList": [role_detail()], "Policies": [policy_detail()]},
        cluster_answer(CLUSTER_ARN, ISSUER), association_answer("shop", CLUSTER_ARN), pod(),
        service_account("shop", "cart", Some(ROLE))]);
    for object in read(&file).unwrap() {
        let text = serde_json::to_string(&object).unwrap();
        assert!(text.contains(&format!("\"kind\":\"{}\"", object.kind())), "{text}");
        assert_eq!(serde_json::from_str::<Object>(&text).unwrap(), object);
    }
}
