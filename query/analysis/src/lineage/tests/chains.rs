//! Chains of sessions, within and across accounts.

use super::*;

const CART: &str = "exact irsa A8242F25BFBB8F98F5321B2AE63C8B5C/shop/cart -(none)";
const POD: &str = "exact pod_identity eu-west-1:111111111111:cluster/prod/shop/cart cart-1(exact)";
const CLAIMED: &str = "claimed pod_identity eu-west-1:111111111111:cluster/prod/shop/cart cart-1(claimed)";

fn none() -> Inventory {
    Inventory::default()
}

/// A root by IRSA with key `ASIA0` and role `r0`, and hops to `ASIA1` of `r1` and so on, a second each.
fn chain_of(hops: i64) -> Vec<StsCall> {
    let mut calls = vec![irsa("e0", 0, "cart", "ASIA0", "r0", "n")];
    for hop in 1..=hops {
        let before = hop - 1;
        let caller = session(&format!("ASIA{before}"), &format!("r{before}"), "n", before);
        calls.push(issue(
            &format!("e{hop}"),
            hop,
            caller,
            &format!("ASIA{hop}"),
            &format!("r{hop}"),
            "n",
        ));
    }
    calls
}

#[test]
fn a_chain_keeps_its_root() {
    let who = who(chain_of(3), &session("ASIA3", "r3", "n", 3), &none());
    assert_eq!(who, format!("{CART} | access key | e0 | ASIA3 | r0 > r1 > r2 > r3"));
}

#[test]
fn sessions_of_a_chain_name_their_parents() {
    let lineage = resolve(&evidence(chain_of(2), vec![]), &none());
    let parents: Vec<_> = lineage
        .sessions
        .iter()
        .map(|row| (row.session_id.as_str(), row.parent_session_id.as_deref()))
        .collect();
    assert_eq!(
        parents,
        [("ASIA0", None), ("ASIA1", Some("ASIA0")), ("ASIA2", Some("ASIA1"))]
    );
}

#[test]
fn a_hop_without_key_is_followed_by_principal_id_and_creation_time() {
    let parent = token_session("", "r0", "n", 0);
    let calls = vec![
        irsa("e0", 0, "cart", "ASIA0", "r0", "n"),
        issue("e1", 1, parent, "ASIA1", "r1", "n"),
    ];
    assert_eq!(
        who(calls, &session("ASIA1", "r1", "n", 1), &none()),
        format!("{CART} | access key | e0 | ASIA1 | r0 > r1")
    );
}

#[test]
fn a_chain_is_followed_up_to_its_limit() {
    let cap = i64::try_from(MAX_HOPS).unwrap();
    let last = cap - 1;
    let calls = chain_of(cap + 3);
    let fits = who(
        calls.clone(),
        &session(&format!("ASIA{last}"), &format!("r{last}"), "n", last),
        &none(),
    );
    assert!(fits.starts_with(CART), "{fits}");
    for beyond in [cap, cap + 3] {
        let cut = who(
            calls.clone(),
            &session(&format!("ASIA{beyond}"), &format!("r{beyond}"), "n", beyond),
            &none(),
        );
        assert_eq!(
            cut,
            format!("none other -/-/- -(none) | chain of sessions too long | - | ASIA{beyond} | r{beyond}")
        );
    }
}

#[test]
fn a_role_that_assumes_itself_is_followed() {
    let mut calls = vec![irsa("e0", 0, "cart", "ASIA0", "r0", "n")];
    calls.push(issue("e1", 1, session("ASIA0", "r0", "n", 0), "ASIA1", "r0", "n"));
    assert_eq!(
        who(calls, &session("ASIA1", "r0", "n", 1), &none()),
        format!("{CART} | access key | e0 | ASIA1 | r0 > r0")
    );
}

#[test]
fn sessions_that_ask_for_each_other_loop() {
    let calls = vec![
        issue("e1", 1, session("ASIA2", "r2", "n", 2), "ASIA1", "r1", "n"),
        issue("e2", 2, session("ASIA1", "r1", "n", 1), "ASIA2", "r2", "n"),
        issue("e3", 3, session("ASIA1", "r1", "n", 1), "ASIA3", "r3", "n"),
        issue("e4", 4, session("ASIA4", "r4", "n", 4), "ASIA4", "r4", "n"),
    ];
    for n in 1..=4 {
        let who = who(
            calls.clone(),
            &session(&format!("ASIA{n}"), &format!("r{n}"), "n", n),
            &none(),
        );
        assert_eq!(
            who,
            format!("none other -/-/- -(none) | chain of sessions loops | - | ASIA{n} | r{n}")
        );
    }
}

#[test]
fn two_records_of_one_issue_are_one_in_any_combination() {
    let caller_side = issue("e1", 1, token_session("ASIA0", "r0", "n", 0), "ASIA1", "r1", "n");
    let caller_side = StsCall {
        shared_event_id: text("s1"),
        ..caller_side
    };
    let callee_side = issue("e2", 1, account("AROAR0:n", "s1"), "ASIA1", "r1", "n");
    let keyless = |call: &StsCall| StsCall {
        response_elements: None,
        ..call.clone()
    };
    let root = irsa("e0", 0, "cart", "ASIA0", "r0", "n");
    for (situation, records) in [
        ("both", vec![caller_side.clone(), callee_side.clone()]),
        ("caller's", vec![caller_side.clone()]),
        ("callee's with keys", vec![keyless(&caller_side), callee_side.clone()]),
        ("caller's with keys", vec![caller_side.clone(), keyless(&callee_side)]),
    ] {
        let calls: Vec<StsCall> = std::iter::once(root.clone()).chain(records).collect();
        let lineage = resolve(&evidence(calls.clone(), vec![]), &none());
        let row = session_row(&lineage, "ASIA1");
        assert_eq!(
            (row.issue_event_id.as_deref(), row.parent_session_id.as_deref()),
            (Some("e1"), Some("ASIA0")),
            "{situation}"
        );
        assert_eq!(lineage.sessions.len(), 2, "{situation}");
        let who = who(calls, &session("ASIA1", "r1", "n", 1), &none());
        assert_eq!(
            who,
            format!("{CART} | access key | e0 | ASIA1 | r0 > r1"),
            "{situation}"
        );
    }
}

#[test]
fn a_call_seen_from_the_other_account_is_its_twins() {
    let twin = SharedCall {
        shared_event_id: "s9".to_owned(),
        event_id: "c9".to_owned(),
        caller: token_session("ASIA0", "r0", "n", 0),
    };
    let seen = account("AROAR0:n", "s9");
    let mut evidence = evidence(
        vec![irsa("e0", 0, "cart", "ASIA0", "r0", "n")],
        vec![seen.clone(), twin.caller.clone()],
    );
    evidence.shared_calls.push(twin);
    let row = attribution(&resolve(&evidence, &none()), &seen);
    assert_eq!(line(&row), format!("{CART} | shared event | e0 | ASIA0 | r0"));
}

#[test]
fn an_issue_seen_only_from_the_other_account_has_its_twins_caller() {
    let callee = issue("e2", 1, account("AROAR0:n", "s1"), "ASIA1", "r1", "n");
    let twin = SharedCall {
        shared_event_id: "s1".to_owned(),
        event_id: "e1".to_owned(),
        caller: token_session("ASIA0", "r0", "n", 0),
    };
    let caller = session("ASIA1", "r1", "n", 1);
    let mut evidence = evidence(
        vec![irsa("e0", 0, "cart", "ASIA0", "r0", "n"), callee],
        vec![caller.clone()],
    );
    evidence.shared_calls.push(twin);
    let row = attribution(&resolve(&evidence, &none()), &caller);
    assert_eq!(line(&row), format!("{CART} | access key | e0 | ASIA1 | r0 > r1"));
}

#[test]
fn a_principal_id_alone_is_inferred_where_all_its_issues_agree() {
    let seen = account("AROAR0:n", "");
    let one = irsa("e0", 0, "cart", "ASIA0", "r0", "n");
    let inferred = "inferred irsa A8242F25BFBB8F98F5321B2AE63C8B5C/shop/cart -(none) | principal id | e0";
    assert_eq!(
        who(vec![one.clone()], &seen, &none()),
        format!("{inferred} | ASIA0 | r0")
    );
    let again = irsa("e5", 5, "cart", "ASIA5", "r0", "n");
    assert_eq!(
        who(vec![one.clone(), again], &seen, &none()),
        format!("{inferred} | - | r0")
    );
    let other = irsa("e5", 5, "till", "ASIA5", "r0", "n");
    assert_eq!(
        who(vec![one, other], &seen, &none()),
        "none irsa -/-/- -(none) | several workloads had that principal id | - | - | r0"
    );
}

#[test]
fn an_issue_asked_for_by_a_bare_principal_id_is_no_stronger() {
    let calls = vec![
        irsa("e0", 0, "cart", "ASIA0", "r0", "n"),
        issue("e1", 1, account("AROAR0:n", ""), "ASIA1", "r1", "n"),
    ];
    assert_eq!(
        who(calls, &session("ASIA1", "r1", "n", 1), &none()),
        "inferred irsa A8242F25BFBB8F98F5321B2AE63C8B5C/shop/cart -(none) | principal id | e0 | ASIA1 | r0 > r1"
    );
    let calls = vec![
        pod_identity("e0", 0, "ASIA0", "r0"),
        issue(
            "e1",
            1,
            account(&format!("AROAR0:{}", pod_identity_name()), ""),
            "ASIA1",
            "r1",
            "n",
        ),
    ];
    assert_eq!(
        who(calls, &session("ASIA1", "r1", "n", 1), &none()),
        format!("{POD} | access key | e0 | ASIA1 | r0 > r1")
    );
}

#[test]
fn a_caller_of_another_account_about_whom_nothing_is_known() {
    assert_eq!(
        who(vec![], &account("AROAR0:n", "s1"), &none()),
        "none other -/-/- -(none) | caller of another account | - | - | "
    );
    let call = issue("e1", 1, account("AROAR0:n", "s1"), "ASIA1", "r1", "n");
    let caller = call.caller.clone();
    assert_eq!(
        who(vec![call.clone()], &session("ASIA1", "r1", "n", 1), &none()),
        "none other -/-/- -(none) | caller of another account | - | ASIA1 | r1"
    );
    assert_eq!(
        who(vec![call], &caller, &none()),
        "none other -/-/- -(none) | caller of another account | - | - | "
    );
}

#[test]
fn incoming_tags_stand_in_for_an_unknown_parent() {
    let abroad = account("AROAR0:n", "");
    let tagged = |caller: &Caller| {
        with(
            issue("e1", 1, caller.clone(), "ASIA1", "r1", "n"),
            "incomingTransitiveTags",
            incoming_tags(),
        )
    };
    let call = session("ASIA1", "r1", "n", 1);
    let of = |caller: &Caller, inventory: &Inventory| who(vec![tagged(caller)], &call, inventory);
    // Anyone allowed to tag sessions can have set them.
    assert_eq!(
        of(&abroad, &none()),
        format!("{CLAIMED} | incoming transitive tags | e1 | ASIA1 | r1")
    );
    let local = session("ASIA0", "r0", "n", 0);
    assert_eq!(
        of(&local, &none()),
        format!("{CLAIMED} | incoming transitive tags | e1 | ASIA1 | r0 > r1")
    );
    // Unless only Pod Identity may assume the caller's role.
    let trusted = Inventory {
        roles: vec![pod_identity_role("r0")],
        ..none()
    };
    let exact = format!("{POD} | incoming transitive tags | e1 | ASIA1 | r0 > r1");
    assert_eq!(of(&abroad, &trusted), exact);
    assert_eq!(of(&local, &trusted), exact);
    // A role of that name with another id is another role.
    let recreated = Inventory {
        roles: vec![Role {
            role_id: text("AROANEW"),
            ..pod_identity_role("r0")
        }],
        ..none()
    };
    assert_eq!(
        of(&local, &recreated),
        format!("{CLAIMED} | incoming transitive tags | e1 | ASIA1 | r0 > r1")
    );
    let mixed = json!([{"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "pods.eks.amazonaws.com", "AWS": "arn:aws:iam::111111111111:root"}}]);
    let mixed = Inventory {
        roles: vec![trusting("r0", mixed)],
        ..none()
    };
    assert_eq!(
        of(&local, &mixed),
        format!("{CLAIMED} | incoming transitive tags | e1 | ASIA1 | r0 > r1")
    );
}

#[test]
fn the_issue_event_with_incoming_tags_belongs_to_the_pod_that_asks() {
    let call = with(
        issue("e1", 1, account("AROAR0:n", "s1"), "ASIA1", "r1", "n"),
        "incomingTransitiveTags",
        incoming_tags(),
    );
    let caller = call.caller.clone();
    assert_eq!(
        who(vec![call], &caller, &none()),
        format!("{CLAIMED} | incoming transitive tags | e1 | - | ")
    );
}

#[test]
fn tags_go_on_through_the_chain() {
    let tag = |call| with(call, "incomingTransitiveTags", incoming_tags());
    let calls = vec![
        tag(issue("e1", 1, account("AROAR0:n", ""), "ASIA1", "r1", "n")),
        tag(issue("e2", 2, session("ASIA1", "r1", "n", 1), "ASIA2", "r2", "n")),
    ];
    let trusted = Inventory {
        roles: vec![pod_identity_role("r0")],
        ..none()
    };
    let call = session("ASIA2", "r2", "n", 2);
    assert_eq!(
        who(calls.clone(), &call, &trusted),
        format!("{POD} | incoming transitive tags | e1 | ASIA2 | r0 > r1 > r2")
    );
    assert_eq!(
        who(calls, &call, &none()),
        format!("{CLAIMED} | incoming transitive tags | e1 | ASIA2 | r1 > r2")
    );
}

#[test]
fn a_known_parent_beats_tags() {
    for (root, parent, expected) in [
        (
            irsa("e0", 0, "till", "ASIA0", "r0", "n"),
            token_session("ASIA0", "r0", "n", 0),
            "exact irsa A8242F25BFBB8F98F5321B2AE63C8B5C/shop/till -(none) | access key | e0",
        ),
        (
            issue("e0", 0, user("AKIA1"), "ASIA0", "r0", "n"),
            session("ASIA0", "r0", "n", 0),
            "none static_key -/-/- -(none) | access key of an iam user | e0",
        ),
        (
            issue("e0", 0, service("lambda.amazonaws.com"), "ASIA0", "r0", "n"),
            session("ASIA0", "r0", "n", 0),
            "none other -/-/- -(none) | lambda function | e0",
        ),
    ] {
        let hop = with(
            issue("e1", 1, parent, "ASIA1", "r1", "n"),
            "incomingTransitiveTags",
            incoming_tags(),
        );
        assert_eq!(
            who(vec![root, hop], &session("ASIA1", "r1", "n", 1), &none()),
            format!("{expected} | ASIA1 | r0 > r1")
        );
    }
}

#[test]
fn an_inferred_parent_beats_claimed_tags_and_yields_to_trusted_ones() {
    let parent = token_session("ASIA0", "r0", "n", 0);
    let hop = with(
        issue("e1", 1, parent, "ASIA1", "r1", "n"),
        "incomingTransitiveTags",
        incoming_tags(),
    );
    let call = session("ASIA1", "r1", "n", 1);
    let roles = vec![irsa_role("r0", "StringEquals", &["system:serviceaccount:shop:till"])];
    let inferred = Inventory { roles, ..none() };
    assert_eq!(
        who(vec![hop.clone()], &call, &inferred),
        "inferred irsa A8242F25BFBB8F98F5321B2AE63C8B5C/shop/till -(none) | only service account in the role's trust policy | - | ASIA1 | r0 > r1"
    );
    let trusted = Inventory {
        roles: vec![pod_identity_role("r0")],
        ..none()
    };
    assert_eq!(
        who(vec![hop], &call, &trusted),
        format!("{POD} | incoming transitive tags | e1 | ASIA1 | r0 > r1")
    );
}

#[test]
fn tags_that_name_no_service_account_say_nothing() {
    let hop = with(
        issue("e1", 1, account("AROAR0:n", ""), "ASIA1", "r1", "n"),
        "incomingTransitiveTags",
        json!({"kubernetes-namespace": "shop"}),
    );
    assert!(
        who(vec![hop], &session("ASIA1", "r1", "n", 1), &none())
            .starts_with("none other -/-/- -(none) | caller of another account")
    );
}
