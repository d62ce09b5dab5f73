//! Which pod holds a session that was exchanged for a token: evidence by evidence, then against each other.

use super::*;

/// The session of these tests: asked for and begun at 50, of the ServiceAccount `shop/cart`, with this name.
fn exchange(name: &str) -> StsCall {
    irsa("e1", 50, "cart", "ASIA1", "cart", name)
}

fn caller(name: &str) -> Caller {
    token_session("ASIA1", "cart", name, 50)
}

fn at_address(pod: Pod, address: &str) -> Pod {
    Pod {
        ips: vec![address.to_owned()],
        ..pod
    }
}

/// Two pods that live at 50, with addresses, and one of another ServiceAccount.
fn two() -> Vec<Pod> {
    vec![
        at_address(pod("cart-1", "cart", 0, 100), "10.0.0.1"),
        at_address(pod("cart-2", "cart", 0, 100), "10.0.0.2"),
        at_address(pod("till-1", "till", 0, 100), "10.0.0.3"),
    ]
}

fn known(pods: Vec<Pod>) -> Inventory {
    let prod = Cluster {
        vpc_id: text("vpc-1"),
        ..prod()
    };
    Inventory {
        clusters: vec![prod],
        vpc_endpoints: vec![endpoint("vpce-own", "vpc-1"), endpoint("vpce-far", "vpc-2")],
        pods,
        ..Inventory::default()
    }
}

/// A caller's address behind an endpoint, from 50 on for some seconds.
fn from(caller: &Caller, address: &str, endpoint: &str, seconds: i64) -> CallerSource {
    CallerSource {
        caller_key: caller_key(caller),
        source_ip: text(address),
        vpc_endpoint_id: (!endpoint.is_empty()).then(|| endpoint.to_owned()),
        first_seen: at(50),
        last_seen: at(50 + seconds),
    }
}

/// A token of `shop/cart` that a pod got at a second, for a minute.
fn token_for(pod: &str, second: i64) -> TokenRequest {
    TokenRequest {
        event_id: format!("t-{pod}"),
        at: at(second),
        cluster: text("prod"),
        namespace: "shop".to_owned(),
        service_account: "cart".to_owned(),
        pod: (!pod.is_empty()).then(|| pod.to_owned()),
        pod_uid: (!pod.is_empty()).then(|| format!("uid-of-{pod}")),
        audiences: vec!["sts.amazonaws.com".to_owned()],
        expires_at: at(second + 60),
        token_id: None,
    }
}

/// The pod of the session, which has that name, by this evidence.
fn pod_of(name: &str, inventory: &Inventory, sources: Vec<CallerSource>, token_requests: Vec<TokenRequest>) -> String {
    let evidence = Evidence {
        sources,
        token_requests,
        ..evidence(vec![exchange(name)], vec![caller(name)])
    };
    let lineage = resolve(&evidence, inventory);
    let row = attribution(&lineage, &caller(name));
    assert_eq!(row.workload_class, Class::Exact);
    let session = session_row(&lineage, "ASIA1");
    assert_eq!(
        (&session.pod, &session.pod_uid, session.pod_class, &session.pod_method),
        (&row.pod, &row.pod_uid, row.pod_class, &row.pod_method)
    );
    pod_line(&row)
}

#[test]
fn the_only_live_pod_of_the_service_account_is_inferred() {
    let other_cluster = Pod {
        cluster: "arn:aws:eks:eu-west-1:222222222222:cluster/prod".to_owned(),
        ..pod("cart-2", "cart", 0, 100)
    };
    let other_namespace = Pod {
        namespace: "stage".to_owned(),
        ..pod("cart-2", "cart", 0, 100)
    };
    let one = pod("cart-1", "cart", 0, 100);
    for (situation, pods, expected) in [
        (
            "one",
            vec![
                one.clone(),
                pod("till-1", "till", 0, 100),
                other_cluster,
                other_namespace,
            ],
            "cart-1(inferred) | only pod of the service account",
        ),
        (
            "another one was gone, and another came later",
            vec![
                one.clone(),
                pod("cart-0", "cart", 0, 49),
                pod("cart-2", "cart", 51, 100),
            ],
            "cart-1(inferred) | only pod of the service account",
        ),
        (
            "two",
            vec![one.clone(), pod("cart-2", "cart", 50, 100)],
            "-(none) | several pods of the service account",
        ),
        (
            "gone",
            vec![pod("cart-1", "cart", 0, 49)],
            "-(none) | no pod of the service account is known",
        ),
        (
            "no inventory of pods",
            vec![],
            "-(none) | no pod of the service account is known",
        ),
        (
            "its end is not known",
            vec![Pod { ended_at: None, ..one }],
            "cart-1(inferred) | only pod of the service account",
        ),
    ] {
        assert_eq!(pod_of("n", &known(pods), vec![], vec![]), expected, "{situation}");
    }
}

#[test]
fn an_address_behind_an_own_endpoint_names_the_pod_that_had_it_all_the_time() {
    let asker = exchange("n").caller;
    let user = caller("n");
    let found = "cart-1(inferred) | address of the pod";
    let several = "-(none) | several pods of the service account";
    let reused = {
        let mut pods = two();
        pods[0].ended_at = at(52);
        pods.push(at_address(pod("cart-3", "cart", 53, 100), "10.0.0.1"));
        pods
    };
    for (situation, pods, sources, expected) in [
        ("it asked", two(), vec![from(&asker, "10.0.0.1", "vpce-own", 0)], found),
        ("it called", two(), vec![from(&user, "10.0.0.1", "vpce-own", 9)], found),
        (
            "an endpoint of AWS",
            two(),
            vec![from(&asker, "10.0.0.1", "vpce-aws", 0)],
            several,
        ),
        (
            "without endpoint",
            two(),
            vec![from(&asker, "10.0.0.1", "", 0)],
            several,
        ),
        (
            "nobody's address",
            two(),
            vec![from(&asker, "10.9.9.9", "vpce-own", 0)],
            several,
        ),
        (
            "an endpoint of another VPC",
            two(),
            vec![from(&asker, "10.0.0.1", "vpce-far", 0)],
            several,
        ),
        (
            "the address changed hands",
            reused.clone(),
            vec![from(&user, "10.0.0.1", "vpce-own", 9)],
            several,
        ),
        (
            "before it did",
            reused,
            vec![from(&user, "10.0.0.1", "vpce-own", 1)],
            found,
        ),
        (
            "two pods' addresses",
            two(),
            vec![
                from(&user, "10.0.0.1", "vpce-own", 9),
                from(&user, "10.0.0.2", "vpce-own", 9),
            ],
            several,
        ),
        (
            "one asked, another called",
            two(),
            vec![
                from(&asker, "10.0.0.1", "vpce-own", 0),
                from(&user, "10.0.0.2", "vpce-own", 9),
            ],
            "cart-1(inferred) | address of the pod; also used from another address",
        ),
        (
            "used from a pod of another ServiceAccount",
            two(),
            vec![
                from(&asker, "10.0.0.1", "vpce-own", 0),
                from(&user, "10.0.0.3", "vpce-own", 9),
            ],
            "cart-1(inferred) | address of the pod; also used from another address",
        ),
        (
            "used from another network",
            two(),
            vec![
                from(&asker, "10.0.0.1", "vpce-own", 0),
                from(&user, "10.0.0.1", "vpce-far", 9),
            ],
            "cart-1(inferred) | address of the pod; also used from another address",
        ),
    ] {
        assert_eq!(pod_of("n", &known(pods), sources, vec![]), expected, "{situation}");
    }
}

#[test]
fn an_endpoint_counts_for_as_long_as_it_was_there() {
    let sources = || vec![from(&caller("n"), "10.0.0.1", "vpce-own", 9)];
    for (created, deleted, expected) in [(0, 100, true), (51, 100, false), (0, 55, false)] {
        let mut inventory = known(two());
        inventory.vpc_endpoints[0].created_at = at(created);
        inventory.vpc_endpoints[0].deleted_at = at(deleted);
        let found = pod_of("n", &inventory, sources(), vec![]).starts_with("cart-1");
        assert_eq!(found, expected, "{created} to {deleted}");
    }
}

#[test]
fn the_only_pod_with_a_token_is_inferred() {
    let elsewhere = TokenRequest {
        cluster: text("stage"),
        ..token_for("cart-2", 10)
    };
    let unnamed = TokenRequest {
        cluster: None,
        ..token_for("cart-2", 10)
    };
    let pod_identity = TokenRequest {
        audiences: vec!["pods.eks.amazonaws.com".to_owned()],
        ..token_for("cart-2", 10)
    };
    let of_the_api = TokenRequest {
        audiences: vec![],
        ..token_for("cart-2", 10)
    };
    let till = TokenRequest {
        service_account: "till".to_owned(),
        ..token_for("till-1", 10)
    };
    let found = "cart-1(inferred) | only pod with a token of the service account";
    let one = || token_for("cart-1", 10);
    for (situation, pods, requests, expected) in [
        ("one, no inventory of pods", vec![], vec![one()], found),
        ("asked for twice", vec![], vec![one(), token_for("cart-1", 20)], found),
        (
            "others' tokens",
            vec![],
            vec![one(), elsewhere, unnamed, pod_identity, of_the_api, till],
            found,
        ),
        (
            "not in force any more",
            vec![],
            vec![one(), token_for("cart-2", -20)],
            found,
        ),
        ("not yet", vec![], vec![one(), token_for("cart-2", 51)], found),
        (
            "its pod was gone",
            vec![pod("cart-2", "cart", 0, 40)],
            vec![one(), token_for("cart-2", 10)],
            found,
        ),
        (
            "two",
            vec![],
            vec![one(), token_for("cart-2", 10)],
            "-(none) | several pods of the service account",
        ),
        (
            "a live pod whose token the log does not tell of",
            vec![pod("cart-2", "cart", 0, 100)],
            vec![one()],
            "-(none) | several pods of the service account",
        ),
        (
            "the inventory agrees",
            vec![pod("cart-1", "cart", 0, 100)],
            vec![one()],
            found,
        ),
        (
            "one was made by hand",
            vec![pod("cart-1", "cart", 0, 100)],
            vec![one(), token_for("", 10)],
            "-(none) | a token was issued for no pod",
        ),
    ] {
        assert_eq!(pod_of("n", &known(pods), vec![], requests), expected, "{situation}");
    }
}

#[test]
fn the_audience_of_the_exchange_counts() {
    let request = TokenRequest {
        audiences: vec!["vault".to_owned()],
        ..token_for("cart-1", 10)
    };
    let mut call = exchange("n");
    let mut response: Value = serde_json::from_str(call.response_elements.as_deref().unwrap()).unwrap();
    response["audience"] = "vault".into();
    call.response_elements = Some(response.to_string());
    for (situation, call, expected) in [
        (
            "the same",
            call,
            "cart-1(inferred) | only pod with a token of the service account",
        ),
        (
            "another",
            exchange("n"),
            "-(none) | no pod of the service account is known",
        ),
    ] {
        let evidence = Evidence {
            token_requests: vec![request.clone()],
            ..evidence(vec![call], vec![caller("n")])
        };
        let lineage = resolve(&evidence, &known(vec![]));
        assert_eq!(pod_line(&attribution(&lineage, &caller("n"))), expected, "{situation}");
    }
}

#[test]
fn the_tokens_id_proves_the_pod_where_sts_tells_it() {
    let requests = |cluster: &str| {
        let with_id = TokenRequest {
            cluster: text(cluster),
            token_id: text("jti-1"),
            ..token_for("cart-1", 10)
        };
        vec![with_id, token_for("cart-2", 10)]
    };
    for (situation, id, cluster, expected) in [
        ("the same", "jti-1", "prod", "cart-1(exact) | id of the token"),
        (
            "another",
            "jti-2",
            "prod",
            "-(none) | several pods of the service account",
        ),
        (
            "of another cluster",
            "jti-1",
            "stage",
            "cart-2(inferred) | only pod with a token of the service account",
        ),
    ] {
        let call = with(exchange("n"), "webIdentityTokenId", id.into());
        let evidence = Evidence {
            token_requests: requests(cluster),
            ..evidence(vec![call], vec![caller("n")])
        };
        let lineage = resolve(&evidence, &known(vec![]));
        assert_eq!(pod_line(&attribution(&lineage, &caller("n"))), expected, "{situation}");
    }
}

#[test]
fn a_name_is_a_claim_that_stronger_evidence_confirms_or_contradicts() {
    let asker = |name| exchange(name).caller;
    for (situation, name, sources, requests, expected) in [
        (
            "the name alone",
            "cart-1",
            vec![],
            vec![],
            "cart-1(claimed) | session named after the pod",
        ),
        (
            "confirmed by its address",
            "cart-1",
            vec![from(&asker("cart-1"), "10.0.0.1", "vpce-own", 0)],
            vec![],
            "cart-1(inferred) | address of the pod",
        ),
        (
            "contradicted by its address",
            "cart-2",
            vec![from(&asker("cart-2"), "10.0.0.1", "vpce-own", 0)],
            vec![],
            "cart-1(inferred) | address of the pod; the session is named after another pod",
        ),
        (
            "contradicted twice",
            "cart-2",
            vec![
                from(&asker("cart-2"), "10.0.0.1", "vpce-own", 0),
                from(&caller("cart-2"), "10.0.0.3", "vpce-own", 9),
            ],
            vec![],
            "cart-1(inferred) | address of the pod; also used from another address; the session is named after another pod",
        ),
        (
            "a token by hand leaves the claim",
            "cart-1",
            vec![],
            vec![token_for("", 10)],
            "cart-1(claimed) | session named after the pod",
        ),
        (
            "a pod of another ServiceAccount",
            "till-1",
            vec![],
            vec![],
            "-(none) | several pods of the service account",
        ),
    ] {
        assert_eq!(pod_of(name, &known(two()), sources, requests), expected, "{situation}");
    }
}

#[test]
fn a_session_whose_issue_is_not_in_the_lake_has_a_pod_too() {
    let mut inventory = known(vec![pod("cart-1", "cart", 0, 100)]);
    inventory.roles = vec![irsa_role("cart", "StringEquals", &["system:serviceaccount:shop:cart"])];
    let lineage = resolve(&evidence(vec![], vec![caller("n")]), &inventory);
    let row = attribution(&lineage, &caller("n"));
    assert_eq!(row.workload_class, Class::Inferred);
    assert_eq!(pod_line(&row), "cart-1(inferred) | only pod of the service account");
}

#[test]
fn a_chain_keeps_the_pod_of_its_root() {
    let hop = issue("e2", 60, caller("n"), "ASIA2", "other", "m");
    let lineage = resolve(
        &evidence(vec![exchange("n"), hop], vec![session("ASIA2", "other", "m", 60)]),
        &known(vec![pod("cart-1", "cart", 0, 100)]),
    );
    let row = attribution(&lineage, &session("ASIA2", "other", "m", 60));
    assert_eq!(pod_line(&row), "cart-1(inferred) | only pod of the service account");
}

#[test]
fn a_token_request_is_read_from_its_row() {
    let parameters = json!({
        "objectRef": {"resource": "serviceaccounts", "namespace": "shop", "name": "cart", "subresource": "token"},
        "requestObject": {"kind": "TokenRequest", "spec": {
            "audiences": ["sts.amazonaws.com"], "expirationSeconds": 600,
            "boundObjectRef": {"kind": "Pod", "name": "cart-1", "uid": "uid-1"},
        }},
    });
    let extra = json!({"annotations": {"authentication.kubernetes.io/issued-credential-id": "JTI=jti-1"}});
    let read = |parameters: &Value, error_code: Option<&str>| {
        TokenRequest::read(AuditRow {
            event_id: "a1",
            event_time: at(0),
            error_code,
            request_parameters: Some(&parameters.to_string()),
            additional_event_data: Some("{\"cluster\":\"prod\"}"),
            extra: Some(&extra.to_string()),
        })
    };
    let expected = TokenRequest {
        event_id: "a1".to_owned(),
        at: at(0),
        cluster: text("prod"),
        namespace: "shop".to_owned(),
        service_account: "cart".to_owned(),
        pod: text("cart-1"),
        pod_uid: text("uid-1"),
        audiences: vec!["sts.amazonaws.com".to_owned()],
        expires_at: at(600),
        token_id: text("jti-1"),
    };
    assert_eq!(read(&parameters, None), Some(expected));
    assert_eq!(read(&parameters, Some("Forbidden")), None);

    let mut by_hand = parameters.clone();
    by_hand["requestObject"] = json!({"spec": {"audiences": null}});
    let by_hand = read(&by_hand, None).expect("a request without a pod");
    assert_eq!(
        (by_hand.pod, by_hand.audiences, by_hand.expires_at),
        (None, vec![], at(3600))
    );

    let mut other = parameters;
    other["objectRef"]["subresource"] = Value::Null;
    assert_eq!(read(&other, None), None, "a ServiceAccount itself");
    assert_eq!(read(&Value::Null, None), None, "nothing");
}
