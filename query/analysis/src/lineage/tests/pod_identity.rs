//! EKS Pod Identity.

use super::*;

fn none() -> Inventory {
    Inventory::default()
}

/// The same issue with `disableSessionTags`.
fn untagged(id: &str, second: i64, key: &str, role_name: &str) -> StsCall {
    issue(
        id,
        second,
        service("pods.eks.amazonaws.com"),
        key,
        role_name,
        &pod_identity_name(),
    )
}

fn caller(key: &str) -> Caller {
    session(key, "cart", &pod_identity_name(), 0)
}

const EXACT: &str = "exact pod_identity eu-west-1:111111111111:cluster/prod/shop/cart cart-1(exact)";

#[test]
fn tags_name_the_pod() {
    let who = who(vec![pod_identity("e1", 0, "ASIA1", "cart")], &caller("ASIA1"), &none());
    assert_eq!(who, format!("{EXACT} | access key | e1 | ASIA1 | cart"));
}

#[test]
fn the_principal_id_alone_is_enough() {
    let call = pod_identity("e1", 0, "ASIA1", "cart");
    let bare = Caller {
        session_created: None,
        ..caller("")
    };
    assert_eq!(
        who(vec![call.clone()], &bare, &none()),
        format!("{EXACT} | principal id of a pod identity session | e1 | ASIA1 | cart")
    );
    let abroad = account(bare.principal_id.as_deref().unwrap(), "");
    assert_eq!(
        who(vec![call], &abroad, &none()),
        format!("{EXACT} | principal id of a pod identity session | e1 | ASIA1 | cart")
    );
}

#[test]
fn a_session_that_borrows_the_name_later_is_not_the_pod() {
    let call = pod_identity("e1", 0, "ASIA1", "cart");
    let borrowed = session("ASIA2", "cart", &pod_identity_name(), 60);
    let inventory = Inventory {
        associations: vec![association("prod", "cart", "cart")],
        ..none()
    };
    assert_eq!(
        who(vec![call], &borrowed, &inventory),
        "none other -/-/- -(none) | no issue in the lake | - | ASIA2 | cart"
    );
}

#[test]
fn the_issue_event_names_the_pod() {
    let call = pod_identity("e1", 0, "ASIA1", "cart");
    let caller = call.caller.clone();
    assert_eq!(
        who(vec![call], &caller, &none()),
        format!("{EXACT} | issued credentials | e1 | - | cart")
    );
}

#[test]
fn without_tags_the_associations_may_leave_one_service_account() {
    let inferred = "inferred pod_identity eu-west-1:111111111111:cluster/prod/shop/cart";
    let late = Association {
        created_at: at(1),
        ..association("prod", "till", "cart")
    };
    for (situation, associations, with_issue, without) in [
        (
            "one",
            vec![association("prod", "cart", "cart")],
            format!("{inferred} -(none) | association of the role"),
            format!("{inferred} -(none) | association of the role"),
        ),
        (
            "of another cluster",
            vec![association("staging", "cart", "cart")],
            "none pod_identity -/-/- -(none) | issued without tags, no association in the inventory".to_owned(),
            "none pod_identity -/-/- -(none) | no issue in the lake".to_owned(),
        ),
        (
            "of another role",
            vec![association("prod", "cart", "till")],
            "none pod_identity -/-/- -(none) | issued without tags, no association in the inventory".to_owned(),
            "none pod_identity -/-/- -(none) | no issue in the lake".to_owned(),
        ),
        (
            "two",
            vec![association("prod", "cart", "cart"), association("prod", "till", "cart")],
            "none pod_identity -/-/- -(none) | issued without tags, several associations in the inventory".to_owned(),
            "none pod_identity -/-/- -(none) | no issue in the lake, several candidates in the inventory".to_owned(),
        ),
        (
            "the other made later",
            vec![association("prod", "cart", "cart"), late],
            format!("{inferred} -(none) | association of the role"),
            format!("{inferred} -(none) | association of the role"),
        ),
        (
            "two clusters, one fits the name",
            vec![
                association("prod", "cart", "cart"),
                association("staging", "till", "cart"),
            ],
            format!("{inferred} -(none) | association of the role"),
            format!("{inferred} -(none) | association of the role"),
        ),
    ] {
        let inventory = Inventory { associations, ..none() };
        let evidence_event = format!("{with_issue} | e1 | ASIA1 | cart");
        assert_eq!(
            who(vec![untagged("e1", 0, "ASIA1", "cart")], &caller("ASIA1"), &inventory),
            evidence_event,
            "{situation}"
        );
        assert_eq!(
            who(vec![], &caller("ASIA1"), &inventory),
            format!("{without} | - | ASIA1 | cart"),
            "{situation}"
        );
    }
}

#[test]
fn clusters_of_one_name_in_two_accounts_stay_two() {
    let abroad = Association {
        arn: "arn:aws:eks:eu-west-1:222222222222:podidentityassociation/prod/a-1".to_owned(),
        ..association("prod", "cart", "cart")
    };
    let inventory = Inventory {
        associations: vec![association("prod", "cart", "cart"), abroad],
        ..none()
    };
    let who = who(vec![untagged("e1", 0, "ASIA1", "cart")], &caller("ASIA1"), &inventory);
    assert!(
        who.starts_with("none pod_identity -/-/- -(none) | issued without tags, several associations"),
        "{who}"
    );
}

#[test]
fn without_tags_the_pod_is_the_only_one_whose_name_begins_so() {
    // The session is named `eks-prod-cart-1-<uuid>`.
    let lives = |name: &str| pod(name, "cart", -5, 5);
    for (situation, pods, expected) in [
        (
            "the only one",
            vec![lives("cart-1")],
            "cart-1(inferred) | only pod of the service account with that beginning",
        ),
        (
            "others begin otherwise",
            vec![lives("cart-1"), lives("cart-2"), lives("cart-1-x")],
            "cart-1(inferred) | only pod of the service account with that beginning",
        ),
        (
            "of another ServiceAccount",
            vec![pod("cart-1", "till", -5, 5)],
            "-(none) | no pod of the service account is known",
        ),
        (
            "gone by then",
            vec![pod("cart-1", "cart", -5, -1)],
            "-(none) | no pod of the service account is known",
        ),
    ] {
        let inventory = Inventory {
            associations: vec![association("prod", "cart", "cart")],
            pods,
            ..none()
        };
        let lineage = resolve(
            &evidence(vec![untagged("e1", 0, "ASIA1", "cart")], vec![caller("ASIA1")]),
            &inventory,
        );
        let row = attribution(&lineage, &caller("ASIA1"));
        assert_eq!(
            (row.workload_class, pod_line(&row).as_str()),
            (Class::Inferred, expected),
            "{situation}"
        );
    }
}

#[test]
fn a_role_that_does_not_trust_pod_identity_has_no_pod_identity_sessions() {
    let roles = vec![irsa_role("cart", "StringEquals", &["system:serviceaccount:shop:cart"])];
    let inventory = Inventory {
        associations: vec![association("prod", "cart", "cart")],
        roles,
        ..none()
    };
    assert_eq!(
        who(vec![], &caller("ASIA1"), &inventory),
        "none other -/-/- -(none) | no issue in the lake | - | ASIA1 | cart"
    );
}

#[test]
fn a_target_role_is_reached_through_the_first_roles_session() {
    let first = untagged("e1", 0, "ASIA1", "cart");
    let second = issue(
        "e2",
        1,
        session("ASIA1", "cart", &pod_identity_name(), 0),
        "ASIA2",
        "target",
        "x",
    );
    let caller = session("ASIA2", "target", "x", 1);
    let target = Association {
        target_role_arn: Some(role("target")),
        ..association("prod", "cart", "cart")
    };
    let inventory = Inventory {
        associations: vec![target],
        ..none()
    };
    let cluster = "eu-west-1:111111111111:cluster/prod";
    assert_eq!(
        who(vec![first, second.clone()], &caller, &inventory),
        format!(
            "inferred pod_identity {cluster}/shop/cart -(none) | association of the role | e1 | ASIA2 | cart > target"
        )
    );
    let first = pod_identity("e1", 0, "ASIA1", "cart");
    assert_eq!(
        who(vec![first, second.clone()], &caller, &inventory),
        format!("{EXACT} | access key | e1 | ASIA2 | cart > target")
    );
    // Without the first issue, and with a first session of another name, the pair of roles says it.
    let odd = issue("e2", 1, session("ASIA1", "cart", "odd", 0), "ASIA2", "target", "x");
    assert_eq!(
        who(vec![odd], &caller, &inventory),
        format!(
            "inferred pod_identity {cluster}/shop/cart -(none) | association with the target role | e2 | ASIA2 | cart > target"
        )
    );
    let named = session("ASIA2", "target", &pod_identity_name(), 1);
    assert_eq!(
        who(vec![], &named, &inventory),
        format!(
            "inferred pod_identity {cluster}/shop/cart -(none) | association with the target role | - | ASIA2 | target"
        )
    );
}

#[test]
fn forged_tags_of_an_ordinary_session_make_no_pod() {
    let forged = with(
        issue("e1", 0, user("AKIA1"), "ASIA1", "cart", &pod_identity_name()),
        "tags",
        pod_tags(),
    );
    assert_eq!(
        who(vec![forged], &caller("ASIA1"), &none()),
        "none static_key -/-/- -(none) | access key of an iam user | e1 | ASIA1 | cart"
    );
    let chained = with(
        issue(
            "e2",
            0,
            session("ASIA9", "x", "y", 0),
            "ASIA1",
            "cart",
            &pod_identity_name(),
        ),
        "tags",
        pod_tags(),
    );
    assert_eq!(
        who(vec![chained], &caller("ASIA1"), &none()),
        "none other -/-/- -(none) | no issue in the lake | - | ASIA1 | x > cart"
    );
}

#[test]
fn irsa_and_pod_identity_of_one_cluster_are_one_cluster() {
    let inventory = Inventory {
        clusters: vec![prod()],
        ..none()
    };
    let calls = vec![
        pod_identity("e1", 0, "ASIA1", "cart"),
        irsa("e2", 0, "cart", "ASIA2", "cart", "n"),
    ];
    let lineage = resolve(&evidence(calls, vec![]), &inventory);
    assert_eq!(
        session_row(&lineage, "ASIA1").cluster,
        session_row(&lineage, "ASIA2").cluster
    );
}

#[test]
fn pod_identity_refused_names_nobody() {
    let refused = Caller {
        requested_role_arn: Some(role("cart")),
        ..service("pods.eks.amazonaws.com")
    };
    assert_eq!(
        who(vec![], &refused, &none()),
        "none pod_identity -/-/- -(none) | refused, nothing was issued | - | - | cart"
    );
}
