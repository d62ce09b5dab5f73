//! IAM Roles for Service Accounts.

use super::*;

const CART: &str = "system:serviceaccount:shop:cart";

fn none() -> Inventory {
    Inventory::default()
}

fn known() -> Inventory {
    Inventory {
        clusters: vec![prod()],
        ..none()
    }
}

#[test]
fn a_call_joins_its_issue_by_access_key_and_the_cluster_is_its_issuer_id() {
    let who = who(
        vec![irsa("e1", 0, "cart", "ASIA1", "cart", "n")],
        &token_session("ASIA1", "cart", "n", 0),
        &none(),
    );
    assert_eq!(
        who,
        format!("exact irsa {ID}/shop/cart -(none) | access key | e1 | ASIA1 | cart")
    );
}

#[test]
fn the_inventory_names_the_cluster_of_the_issuer() {
    let who = who(
        vec![irsa("e1", 0, "cart", "ASIA1", "cart", "n")],
        &token_session("ASIA1", "cart", "n", 0),
        &known(),
    );
    assert_eq!(
        who,
        "exact irsa eu-west-1:111111111111:cluster/prod/shop/cart -(none) | access key | e1 | ASIA1 | cart"
    );
}

#[test]
fn a_cluster_is_told_by_name_arn_account_and_region() {
    let evidence = evidence(vec![irsa("e1", 0, "cart", "ASIA1", "cart", "n")], vec![]);
    let of = |inventory: &Inventory| session_row(&resolve(&evidence, inventory), "ASIA1").cluster.clone();
    assert_eq!(
        of(&none()),
        ClusterRef {
            name: text(ID),
            arn: None,
            account: text("111111111111"),
            region: text("eu-west-1")
        }
    );
    assert_eq!(
        of(&known()),
        ClusterRef {
            name: text("prod"),
            arn: text(CLUSTER),
            account: text("111111111111"),
            region: text("eu-west-1")
        }
    );
}

#[test]
fn a_self_managed_issuer_counts_once_it_is_registered() {
    let provider = "arn:aws:iam::111111111111:oidc-provider/oidc.example.org/kops";
    let mut call = irsa("e1", 0, "cart", "ASIA1", "cart", "n");
    call.caller.federated_provider = text(provider);
    let caller = Caller {
        federated_provider: text(provider),
        ..session("ASIA1", "cart", "n", 0)
    };
    assert_eq!(
        who(vec![call.clone()], &caller, &known()),
        "none other -/-/- -(none) | identity provider that is not eks | e1 | ASIA1 | cart"
    );
    let own = Cluster {
        name: "kops".to_owned(),
        oidc_issuer: text("https://OIDC.example.org/kops/"),
        ..Cluster::default()
    };
    let who = who(
        vec![call],
        &caller,
        &Inventory {
            clusters: vec![own],
            ..none()
        },
    );
    assert_eq!(
        who,
        "exact irsa kops/shop/cart -(none) | access key | e1 | ASIA1 | cart"
    );
}

#[test]
fn a_service_account_subject_of_another_issuer_is_not_eks() {
    for provider in [
        "arn:aws:iam::1234:oidc-provider/rh-oidc.s3.us-east-1.amazonaws.com/x",
        "arn:aws:iam::1:oidc-provider/oidc.eks.eu-west-1.evil.com/id/A8242F25BFBB8F98F5321B2AE63C8B5C",
    ] {
        let mut call = irsa("e1", 0, "cart", "ASIA1", "cart", "n");
        call.caller.federated_provider = text(provider);
        let caller = Caller {
            federated_provider: text(provider),
            ..session("ASIA1", "cart", "n", 0)
        };
        let expected = "none other -/-/- -(none) | identity provider that is not eks";
        assert_eq!(
            who(vec![call], &caller, &known()),
            format!("{expected} | e1 | ASIA1 | cart")
        );
        assert_eq!(who(vec![], &caller, &known()), format!("{expected} | - | ASIA1 | cart"));
    }
}

#[test]
fn the_subject_may_stand_in_the_response_only() {
    let mut call = irsa("e1", 0, "cart", "ASIA1", "cart", "n");
    (call.caller.user_name, call.caller.federated_provider) = (None, None);
    let mut response: Value = serde_json::from_str(call.response_elements.as_deref().unwrap()).unwrap();
    response["provider"] = PROVIDER.into();
    response["subjectFromWebIdentityToken"] = CART.into();
    call.response_elements = Some(response.to_string());
    let who = who(vec![call], &token_session("ASIA1", "cart", "n", 0), &none());
    assert_eq!(
        who,
        format!("exact irsa {ID}/shop/cart -(none) | access key | e1 | ASIA1 | cart")
    );
}

#[test]
fn a_call_without_key_joins_by_principal_id_and_creation_time() {
    let forwarded = Caller {
        invoked_by: text("rds.amazonaws.com"),
        ..token_session("", "cart", "n", 0)
    };
    let call = irsa("e1", 0, "cart", "ASIA1", "cart", "n");
    let expected = format!("exact irsa {ID}/shop/cart -(none) | principal id and creation time | e1 | ASIA1 | cart");
    assert_eq!(who(vec![call.clone()], &forwarded, &none()), expected);
    // Another second is another session.
    let later = Caller {
        session_created: at(1),
        ..forwarded
    };
    assert!(who(vec![call], &later, &none()).starts_with(&format!(
        "none irsa {ID}/-/- -(none) | no issue in the lake | - | AROACART:n@2023-11-14T22:13:21Z"
    )));
}

#[test]
fn issues_of_one_second_that_agree_are_one() {
    let calls = vec![
        irsa("e2", 0, "cart", "ASIA2", "cart", "n"),
        irsa("e1", 0, "cart", "ASIA1", "cart", "n"),
    ];
    let who = who(calls, &token_session("", "cart", "n", 0), &none());
    assert_eq!(
        who,
        format!(
            "exact irsa {ID}/shop/cart -(none) | principal id and creation time | e1 | AROACART:n@2023-11-14T22:13:20Z | cart"
        )
    );
}

#[test]
fn issues_of_one_second_that_disagree_name_nobody() {
    let calls = vec![
        irsa("e1", 0, "cart", "ASIA1", "shared", "n"),
        irsa("e2", 0, "till", "ASIA2", "shared", "n"),
    ];
    let keyless = token_session("", "shared", "n", 0);
    assert_eq!(
        who(calls.clone(), &keyless, &none()),
        "none irsa -/-/- -(none) | several issues in that second disagree | - | AROASHARED:n@2023-11-14T22:13:20Z | shared"
    );
    // With a key there is no doubt: two ServiceAccounts of one role are not merged.
    for (key, sa, event) in [("ASIA1", "cart", "e1"), ("ASIA2", "till", "e2")] {
        let who = who(calls.clone(), &token_session(key, "shared", "n", 0), &none());
        assert_eq!(
            who,
            format!("exact irsa {ID}/shop/{sa} -(none) | access key | {event} | {key} | shared")
        );
    }
}

#[test]
fn another_key_of_that_second_is_another_session() {
    let call = irsa("e1", 0, "cart", "ASIA1", "shared", "n");
    let who = who(vec![call], &token_session("ASIA2", "shared", "n", 0), &none());
    assert_eq!(
        who,
        format!("none irsa {ID}/-/- -(none) | no issue in the lake | - | ASIA2 | shared")
    );
}

#[test]
fn an_issue_whose_key_is_not_recorded_joins_by_time() {
    let call = irsa("e1", 0, "cart", "", "cart", "n");
    let who = who(vec![call], &token_session("ASIA2", "cart", "n", 0), &none());
    assert_eq!(
        who,
        format!("exact irsa {ID}/shop/cart -(none) | principal id and creation time | e1 | ASIA2 | cart")
    );
}

#[test]
fn the_issue_event_belongs_to_whom_it_issues_for() {
    let call = irsa("e1", 0, "cart", "ASIA1", "cart", "n");
    let caller = call.caller.clone();
    assert_eq!(
        who(vec![call], &caller, &none()),
        format!("exact irsa {ID}/shop/cart -(none) | issued credentials | e1 | - | cart")
    );
}

#[test]
fn a_session_named_after_a_live_pod_claims_that_pod() {
    let pods = vec![
        pod("cart-1", "cart", 0, 100),
        // Always there, so that no pod is the only one.
        pod("cart-8", "cart", -9, 200),
        pod("cart-9", "cart", -9, 200),
        pod("till-1", "till", 0, 100),
    ];
    let inventory = Inventory { pods, ..known() };
    for (situation, name, second, expected) in [
        ("alive", "cart-1", 50, "cart-1(claimed)"),
        ("not yet", "cart-1", -1, "-(none)"),
        ("gone", "cart-1", 101, "-(none)"),
        ("a pod of another ServiceAccount", "till-1", 50, "-(none)"),
        ("no such pod", "cart-2", 50, "-(none)"),
    ] {
        let call = irsa("e1", second, "cart", "ASIA1", "cart", name);
        let who = who(vec![call], &token_session("ASIA1", "cart", name, second), &inventory);
        let expected = format!(
            "exact irsa eu-west-1:111111111111:cluster/prod/shop/cart {expected} | access key | e1 | ASIA1 | cart"
        );
        assert_eq!(who, expected, "{situation}");
    }
}

#[test]
fn a_pod_that_was_replaced_under_its_name_has_no_certain_uid() {
    let unended = |uid: &str, from| Pod {
        uid: uid.to_owned(),
        ended_at: None,
        ..pod("cart-1", "cart", from, 0)
    };
    let inventory = Inventory {
        pods: vec![unended("a", 0), unended("b", 10)],
        ..known()
    };
    let lineage = resolve(
        &evidence(vec![irsa("e1", 20, "cart", "ASIA1", "cart", "cart-1")], vec![]),
        &inventory,
    );
    let row = session_row(&lineage, "ASIA1");
    assert_eq!((row.pod.as_deref(), row.pod_uid.as_deref()), (Some("cart-1"), None));
}

#[test]
fn a_recreated_cluster_is_another_cluster() {
    let old = Cluster {
        created_at: at(-1000),
        ..prod()
    };
    let new = Cluster {
        created_at: at(-10),
        oidc_issuer: text(&ISSUER.replace('A', "B")),
        ..prod()
    };
    let inventory = Inventory {
        clusters: vec![old, new],
        ..none()
    };
    let call = irsa("e1", 0, "cart", "ASIA1", "cart", "n");
    let mut other = irsa("e2", 0, "cart", "ASIA2", "cart", "n");
    other.caller.federated_provider = Some(PROVIDER.replace('A', "B"));
    let lineage = resolve(&evidence(vec![call, other], vec![]), &inventory);
    assert_eq!(session_row(&lineage, "ASIA1").cluster.name.as_deref(), Some(ID));
    assert_eq!(session_row(&lineage, "ASIA1").cluster.arn, None);
    assert_eq!(session_row(&lineage, "ASIA2").cluster.arn.as_deref(), Some(CLUSTER));
}

#[test]
fn the_session_row_tells_the_issue() {
    let lineage = resolve(
        &evidence(vec![irsa("e1", 0, "cart", "ASIA1", "cart", "n")], vec![]),
        &known(),
    );
    let row = session_row(&lineage, "ASIA1");
    let told = (
        row.access_key_id.as_deref(),
        row.principal_id.as_deref(),
        row.role_arn.clone(),
        row.session_name.as_deref(),
    );
    assert_eq!(told, (Some("ASIA1"), Some("AROACART:n"), Some(role("cart")), Some("n")));
    assert_eq!((row.issued_at, row.expires_at), (at(0), at(3600)));
    assert_eq!(
        (row.parent_session_id.as_deref(), row.issue_event_id.as_deref()),
        (None, Some("e1"))
    );
    assert_eq!(
        (row.method.as_str(), row.chain.clone()),
        ("access key", vec![role("cart")])
    );
}

#[test]
fn expiry_falls_back_to_the_duration_asked_for() {
    let mut call = with(
        irsa("e1", 0, "cart", "ASIA1", "cart", "n"),
        "durationSeconds",
        json!(900),
    );
    call.response_elements = call
        .response_elements
        .map(|json| json.replace("Nov 14, 2023, 11:13:20 PM", "soon"));
    let lineage = resolve(&evidence(vec![call], vec![]), &none());
    assert_eq!(session_row(&lineage, "ASIA1").expires_at, at(900));
}

#[test]
fn the_principal_id_says_what_the_other_fields_leave_out() {
    let bare = |caller: Caller| Caller {
        user_name: None,
        federated_provider: None,
        ..caller
    };
    let mut call = irsa("e1", 0, "cart", "ASIA1", "cart", "n");
    call.caller = bare(call.caller);
    let expected = format!("exact irsa {ID}/shop/cart -(none)");
    let joined = who(vec![call], &token_session("ASIA1", "cart", "n", 0), &none());
    assert_eq!(joined, format!("{expected} | access key | e1 | ASIA1 | cart"));
    let refused = Caller {
        requested_role_arn: Some(role("till")),
        ..bare(token(CART))
    };
    assert_eq!(
        who(vec![], &refused, &none()),
        format!("{expected} | subject of the token | - | - | till")
    );
}
