use serde_json::json;

use super::*;

#[test]
fn the_newest_observation_counts_whatever_the_order() {
    let account = |role: &str| one(&service_account("shop", "cart", Some(role)));
    let observations = [
        (account("a"), Timestamp(1)),
        (account("c"), Timestamp(3)),
        (account("d"), Timestamp(3)),
        (account("b"), Timestamp(2)),
    ];
    for order in [[0, 1, 2, 3], [3, 2, 1, 0], [2, 0, 3, 1], [1, 2, 0, 3]] {
        let inventory = Inventory::from_objects(order.map(|i| observations[i].clone()));
        assert_eq!(inventory.service_accounts.len(), 1);
        assert_eq!(
            inventory.service_accounts[0].role_arn.as_deref(),
            Some("d"),
            "{order:?}"
        );
    }
}

#[test]
fn a_pod_keeps_the_addresses_that_it_lost_at_its_end() {
    let Object::Pod(pod) = one(&pod()) else { panic!() };
    let version = |ips: &[&str], node: Option<&str>| {
        Object::Pod(Pod {
            ips: ips.iter().map(|ip| (*ip).to_owned()).collect(),
            node: node.map(str::to_owned),
            ..pod.clone()
        })
    };
    let observations = [
        (version(&[], None), Timestamp(1)),
        (version(&["10.0.0.1"], Some("n")), Timestamp(2)),
        (version(&["10.0.0.2"], Some("n")), Timestamp(3)),
        (version(&[], None), Timestamp(4)),
    ];
    for order in [[0, 1, 2, 3], [3, 2, 1, 0], [3, 1, 2, 0], [1, 3, 0, 2]] {
        let inventory = Inventory::from_objects(order.map(|i| observations[i].clone()));
        let [found] = inventory.pods.as_slice() else { panic!() };
        assert_eq!(
            (found.ips.as_slice(), found.node.as_deref()),
            (&["10.0.0.2".to_owned()][..], Some("n")),
            "{order:?}"
        );
    }
}

#[test]
fn a_cluster_name_becomes_its_arn_where_only_one_cluster_has_it() {
    let mut account = one(&service_account("shop", "cart", None));
    account.assign_cluster("prod");
    let first = one(&cluster_answer(CLUSTER_ARN, ISSUER));
    let second = one(&cluster_answer(OTHER_ARN, OTHER_ISSUER));
    let merged = |objects: &[&Object]| {
        Inventory::from_objects(objects.iter().map(|o| ((*o).clone(), Timestamp(0)))).service_accounts[0]
            .cluster
            .clone()
    };
    assert_eq!(merged(&[&account, &first]), CLUSTER_ARN);
    assert_eq!(merged(&[&account, &first, &second]), "prod", "ambiguous");
    assert_eq!(merged(&[&account]), "prod", "unknown");
}

#[test]
fn the_cluster_that_kubectl_asked_is_found_by_evidence() {
    let cluster = |arn, issuer| one(&cluster_answer(arn, issuer));
    let role = |issuer: &str| {
        let mut detail = role_detail();
        detail["AssumeRolePolicyDocument"] = trust(issuer);
        one(&json!({"RoleDetailList": [detail]}))
    };
    let annotated = one(&service_account("shop", "cart", Some(ROLE)));
    let plain = one(&service_account("shop", "cart", None));
    let (first, second) = (cluster(CLUSTER_ARN, ISSUER), cluster(OTHER_ARN, OTHER_ISSUER));
    let association = one(&association_answer("shop", OTHER_ARN));
    let stranger = role("oidc.eks.eu-west-1.amazonaws.com/id/00000000000000000000000000000000");
    type Case<'c> = (&'c str, &'c Object, Vec<&'c Object>, Result<&'c str, &'c str>);
    let (known, other) = (role(ISSUER), role(OTHER_ISSUER));
    let cases: Vec<Case<'_>> = vec![
        ("the only one", &plain, vec![&first], Ok(CLUSTER_ARN)),
        ("none known", &plain, vec![], Err("no cluster is known yet")),
        ("two, no evidence", &plain, vec![&first, &second], Err(" or ")),
        (
            "trusted issuer",
            &annotated,
            vec![&first, &second, &known],
            Ok(CLUSTER_ARN),
        ),
        (
            "other trusted issuer",
            &annotated,
            vec![&first, &second, &other],
            Ok(OTHER_ARN),
        ),
        (
            "association",
            &plain,
            vec![&first, &second, &association],
            Ok(OTHER_ARN),
        ),
        (
            "trust of a stranger",
            &annotated,
            vec![&first, &stranger],
            Err("do not agree"),
        ),
        ("role not annotated", &plain, vec![&first, &stranger], Ok(CLUSTER_ARN)),
    ];
    for (name, account, known, expected) in cases {
        let known = Inventory::from_objects(known.into_iter().map(|o| (o.clone(), Timestamp(0))));
        match (resolve_cluster(std::slice::from_ref(account), &known), expected) {
            (Ok(found), Ok(expected)) => assert_eq!(found, expected, "{name}"),
            (Err(error), Err(expected)) => {
                let error = error.to_string();
                assert!(
                    error.contains(expected) && error.contains("--cluster"),
                    "{name}: {error}"
                );
            }
            (found, _) => panic!("{name}: {found:?}"),
        }
    }
}

#[test]
fn evidence_within_the_same_import_counts() {
    let objects = read(&json!([
        cluster_answer(CLUSTER_ARN, ISSUER),
        cluster_answer(OTHER_ARN, OTHER_ISSUER),
        association_answer("shop", OTHER_ARN),
        pod()
    ]))
    .unwrap();
    assert_eq!(resolve_cluster(&objects, &Inventory::default()).unwrap(), OTHER_ARN);
}
