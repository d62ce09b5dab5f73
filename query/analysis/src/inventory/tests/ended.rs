//! Things that a complete list no longer held.

use serde_json::json;

use super::*;

const ACCOUNT: &str = "111122223333";

fn pod_of(cluster: &str, name: &str) -> Object {
    Object::Pod(Pod {
        cluster: cluster.into(),
        namespace: "shop".into(),
        name: name.into(),
        uid: format!("uid-{name}"),
        ..Pod::default()
    })
}

/// The inventory after lists of pods, each with its time and whether it is complete.
fn after(lists: &[(Vec<&Object>, &[Listed])]) -> (Vec<(Object, Timestamp)>, Inventory) {
    let mut stored: Vec<(Object, Timestamp)> = Vec::new();
    for (time, (objects, complete)) in (1..).zip(lists) {
        let objects: Vec<Object> = objects.iter().copied().cloned().collect();
        let over = ended(stored.clone(), &objects, complete, Timestamp(time));
        stored.extend(objects.into_iter().chain(over).map(|o| (o, Timestamp(time))));
    }
    (stored.clone(), Inventory::from_objects(stored))
}

fn ends(inventory: &Inventory) -> Vec<(&str, Option<i64>)> {
    let end = |pod: &Pod| pod.ended_at.map(|at| at.0);
    inventory.pods.iter().map(|pod| (pod.name.as_str(), end(pod))).collect()
}

#[test]
fn a_pod_that_a_complete_list_misses_ended_by_then_and_only_then() {
    let (a, b) = (pod_of(CLUSTER_ARN, "a"), pod_of(CLUSTER_ARN, "b"));
    let elsewhere = pod_of(OTHER_ARN, "c");
    let all = [Listed::cluster("pod", CLUSTER_ARN)];
    let all: &[Listed] = &all;
    let other_kind = [Listed::cluster("service_account", CLUSTER_ARN)];
    type Case<'c> = (
        &'c str,
        Vec<(Vec<&'c Object>, &'c [Listed])>,
        Vec<(&'c str, Option<i64>)>,
    );
    let cases: Vec<Case<'_>> = vec![
        (
            "missing",
            vec![(vec![&a, &b], all), (vec![&a], all)],
            vec![("a", None), ("b", Some(2))],
        ),
        (
            "a partial list",
            vec![(vec![&a, &b], all), (vec![&a], &[])],
            vec![("a", None), ("b", None)],
        ),
        (
            "a list of another kind",
            vec![(vec![&a], all), (vec![], &other_kind)],
            vec![("a", None)],
        ),
        (
            "another cluster",
            vec![(vec![&a, &elsewhere], all), (vec![&a], all)],
            vec![("a", None), ("c", None)],
        ),
        (
            "missing for long",
            vec![(vec![&a], all), (vec![], all), (vec![], all)],
            vec![("a", Some(2))],
        ),
        (
            "back again",
            vec![(vec![&a], all), (vec![], all), (vec![&a], all)],
            vec![("a", None)],
        ),
        (
            "gone twice",
            vec![(vec![&a], all), (vec![], all), (vec![&a], all), (vec![], all)],
            vec![("a", Some(4))],
        ),
        (
            "a list that nothing was known before",
            vec![(vec![], all), (vec![&a], &[])],
            vec![("a", None)],
        ),
    ];
    for (name, lists, expected) in cases {
        let (mut stored, inventory) = after(&lists);
        assert_eq!(ends(&inventory), expected, "{name}");
        stored.reverse();
        assert_eq!(Inventory::from_objects(stored), inventory, "{name}: in any order");
    }
}

#[test]
fn what_a_pod_says_of_its_own_end_stands() {
    let Object::Pod(done) = pod_of(CLUSTER_ARN, "a") else {
        panic!()
    };
    let done = Object::Pod(Pod {
        ended_at: Some(Timestamp(0)),
        ..done
    });
    let all = [Listed::cluster("pod", CLUSTER_ARN)];
    let (stored, inventory) = after(&[(vec![&done], &all), (vec![], &all)]);
    assert_eq!((stored.len(), ends(&inventory)), (1, vec![("a", Some(0))]));
}

#[test]
fn a_cluster_given_by_name_is_the_one_with_its_arn() {
    let cluster = one(&cluster_answer(CLUSTER_ARN, ISSUER));
    let (by_name, by_arn) = (pod_of("prod", "a"), pod_of(CLUSTER_ARN, "b"));
    let all = [Listed::cluster("pod", "prod")];
    let (_, inventory) = after(&[(vec![&cluster, &by_name, &by_arn], &[]), (vec![&by_name], &all)]);
    assert_eq!(ends(&inventory), [("a", None), ("b", Some(2))]);
    let all = [Listed::cluster("pod", CLUSTER_ARN)];
    let (_, inventory) = after(&[(vec![&cluster, &by_name, &by_arn], &[]), (vec![], &all)]);
    assert_eq!(ends(&inventory), [("a", Some(2)), ("b", Some(2))]);
}

#[test]
fn each_kind_ends_with_the_complete_list_of_its_place() {
    let region = |kind| Listed::region(kind, ACCOUNT, "eu-west-1");
    let cluster = |kind| Listed::cluster(kind, CLUSTER_ARN);
    let account = |kind| Listed::account(kind, ACCOUNT);
    let mut account_of_cluster = one(&service_account("shop", "cart", None));
    account_of_cluster.assign_cluster(CLUSTER_ARN);
    let place = json!({"Placement": {"AvailabilityZone": "eu-west-1a"}, "InstanceId": "i-1"});
    let cases = [
        (one(&cluster_answer(CLUSTER_ARN, ISSUER)), region("cluster")),
        (one(&association_answer("shop", CLUSTER_ARN)), cluster("association")),
        (account_of_cluster, cluster("service_account")),
        (
            read(&json!({"RoleDetailList": [role_detail()]})).unwrap().remove(0),
            account("role"),
        ),
        (one(&json!({"Policies": [policy_detail()]})), account("policy")),
        (
            one(&json!({"OpenIDConnectProviderList": [{"Arn": format!("arn:aws:iam::{ACCOUNT}:oidc-provider/x")}]})),
            account("oidc_provider"),
        ),
        (
            one(&json!({"InstanceProfiles": [{"Arn": format!("arn:aws:iam::{ACCOUNT}:instance-profile/x")}]})),
            account("instance_profile"),
        ),
        (
            one(&json!({"Reservations": [{"OwnerId": ACCOUNT, "Instances": [place]}]})),
            region("instance"),
        ),
        (
            one(
                &json!({"VpcEndpoints": [{"VpcEndpointId": "vpce-1", "VpcId": "v", "OwnerId": ACCOUNT,
                "ServiceName": "com.amazonaws.eu-west-1.s3"}]}),
            ),
            region("vpc_endpoint"),
        ),
    ];
    for (object, complete) in cases {
        let (stored, inventory) = after(&[(vec![&object], &[]), (vec![], std::slice::from_ref(&complete))]);
        let expected = Object::Ended(Ended {
            of: object.kind().into(),
            key: object.key(),
            at: Timestamp(2),
        });
        assert_eq!(stored.last().unwrap().0, expected);
        let marked = (inventory.clusters.iter().map(|c| c.deleted_at))
            .chain(inventory.associations.iter().map(|a| a.deleted_at))
            .chain(inventory.instances.iter().map(|i| i.ended_at))
            .chain(inventory.vpc_endpoints.iter().map(|e| e.deleted_at));
        assert!(marked.eq(stays(&object).then_some(Some(Timestamp(2)))), "{object:?}");
        let in_force = inventory.roles.len()
            + inventory.service_accounts.len()
            + inventory.oidc_providers.len()
            + inventory.instance_profiles.len();
        assert_eq!(in_force, 0, "{object:?}");
    }
}

/// Whether past calls may be told by it when it is gone.
fn stays(object: &Object) -> bool {
    matches!(object.kind(), "cluster" | "association" | "instance" | "vpc_endpoint")
}

#[test]
fn what_another_account_owns_ends_by_no_list_of_this_one() {
    let stranger = one(
        &json!({"Policies": [{"Arn": "arn:aws:iam::aws:policy/ReadOnlyAccess", "PolicyVersionList":
        [{"VersionId": "v1", "IsDefaultVersion": true, "Document": {}}]}]}),
    );
    let all = [Listed::account("policy", ACCOUNT)];
    assert_eq!(ended([(stranger, Timestamp(1))], &[], &all, Timestamp(2)), []);
}

#[test]
fn what_was_seen_to_go_has_ended() {
    let Object::Pod(pod) = pod_of(CLUSTER_ARN, "a") else {
        panic!()
    };
    let cases = [(None, 5), (Some(3), 3), (Some(9), 5)];
    for (own, end) in cases {
        let pod = Pod {
            ended_at: own.map(Timestamp),
            ..pod.clone()
        };
        let Object::Pod(gone) = Object::Pod(pod).gone(Timestamp(5)) else {
            panic!()
        };
        assert_eq!(gone.ended_at, Some(Timestamp(end)), "{own:?}");
    }
    let mut account = one(&service_account("shop", "cart", None));
    account.assign_cluster(CLUSTER_ARN);
    let stored = [
        (account.clone(), Timestamp(1)),
        (account.gone(Timestamp(2)), Timestamp(2)),
    ];
    assert_eq!(Inventory::from_objects(stored).service_accounts, []);
}
