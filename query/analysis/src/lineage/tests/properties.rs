//! Properties over small, crowded estates: few keys, roles, names and seconds, so that everything collides.

use proptest::prelude::*;

use super::*;
use crate::lineage::links::*;

const ROLES: [&str; 4] = ["a", "b", "c", "d"];

fn key() -> impl Strategy<Value = String> {
    prop_oneof![1 => Just(String::new()), 6 => (0..7u8).prop_map(|n| format!("ASIA{n}")), 1 => Just("AKIA1".to_owned())]
}

fn role_name() -> impl Strategy<Value = &'static str> {
    prop::sample::select(&ROLES[..])
}

fn name() -> impl Strategy<Value = String> {
    prop_oneof![
        Just("n".to_owned()),
        Just(pod_identity_name()),
        Just("i-07574d724fb843fda".to_owned()),
        Just("cart-1".to_owned())
    ]
}

fn shared() -> impl Strategy<Value = &'static str> {
    prop::sample::select(&["", "s1", "s2"][..])
}

/// A caller that is a session, a user, a service, a token's holder, or known by its account only.
fn caller() -> impl Strategy<Value = Caller> {
    let some_session =
        (key(), role_name(), name(), 0..3i64, any::<bool>()).prop_map(|(key, role, name, second, token)| {
            // Long-lived keys are users'.
            let key = key.replace("AKIA", "ASIAX");
            if token {
                token_session(&key, role, &name, second)
            } else {
                session(&key, role, &name, second)
            }
        });
    prop_oneof![
        6 => some_session,
        1 => key().prop_map(|key| user(&key)),
        1 => prop::sample::select(&["pods.eks.amazonaws.com", "ec2.amazonaws.com", "lambda.amazonaws.com"][..]).prop_map(service),
        2 => prop::sample::select(&["cart", "till"][..]).prop_map(|sa| token(&format!("system:serviceaccount:shop:{sa}"))),
        2 => (role_name(), name(), shared()).prop_map(|(role, name, shared)| account(&format!("{}:{name}", role_id(role)), shared)),
    ]
}

fn sts_call() -> impl Strategy<Value = StsCall> {
    (
        0..40u16,
        0..3i64,
        caller(),
        key(),
        role_name(),
        name(),
        shared(),
        0..8u8,
    )
        .prop_map(|(id, second, caller, key, role, name, shared, extra)| {
            let key = key.replace("AKIA", "ASIAX");
            let call = issue(&format!("e{id}"), second, caller, &key, role, &name);
            let shared = if shared.is_empty() {
                call.shared_event_id.clone()
            } else {
                text(shared)
            };
            let call = StsCall {
                shared_event_id: shared,
                ..call
            };
            match extra {
                0 => with(call, "tags", pod_tags()),
                1 => with(call, "incomingTransitiveTags", incoming_tags()),
                2 => StsCall {
                    error_code: text("AccessDenied"),
                    response_elements: None,
                    ..call
                },
                3 => StsCall {
                    request_parameters: None,
                    ..call
                },
                _ => call,
            }
        })
}

fn shared_call() -> impl Strategy<Value = SharedCall> {
    (prop::sample::select(&["s1", "s2"][..]), caller()).prop_map(|(shared, caller)| SharedCall {
        shared_event_id: shared.to_owned(),
        event_id: "x".to_owned(),
        caller,
    })
}

fn estate() -> impl Strategy<Value = Evidence> {
    let parts = (
        prop::collection::vec(sts_call(), 0..14),
        prop::collection::vec(caller(), 0..10),
        prop::collection::vec(shared_call(), 0..4),
    );
    (
        parts,
        prop::collection::vec(source(), 0..6),
        prop::collection::vec(token_request(), 0..3),
    )
        .prop_map(|((calls, callers, shared_calls), sources, token_requests)| {
            let of_shared = shared_calls.iter().map(|call| call.caller.clone());
            let mut estate = Evidence {
                token_requests,
                ..evidence(calls, callers.into_iter().chain(of_shared).collect())
            };
            estate.shared_calls = shared_calls;
            let callers = estate.callers.len();
            let given = sources.into_iter().filter(|_| callers > 0);
            estate.sources = given
                .map(|(caller, source)| CallerSource {
                    caller_key: caller_key(&estate.callers[caller.index(callers)]),
                    ..source
                })
                .collect();
            estate
        })
}

/// An address, behind an endpoint of one's own or another, and which of the callers called from it.
fn source() -> impl Strategy<Value = (prop::sample::Index, CallerSource)> {
    let endpoint = prop::sample::select(&["vpce-own", "vpce-other", ""][..]);
    let address = prop::sample::select(&["10.0.0.1", "10.0.0.2", "s3.amazonaws.com"][..]);
    (any::<prop::sample::Index>(), endpoint, address, 0..3i64, 0..2i64).prop_map(
        |(caller, endpoint, address, first, length)| {
            let source = CallerSource {
                source_ip: text(address),
                vpc_endpoint_id: (!endpoint.is_empty()).then(|| endpoint.to_owned()),
                first_seen: at(first),
                last_seen: at(first + length),
                ..CallerSource::default()
            };
            (caller, source)
        },
    )
}

fn token_request() -> impl Strategy<Value = TokenRequest> {
    let account = prop::sample::select(&["cart", "till"][..]);
    let holder = prop::sample::select(&["cart-1", "cart-2", ""][..]);
    (account, holder, 0..3i64).prop_map(|(account, holder, second)| TokenRequest {
        event_id: "t".to_owned(),
        at: at(second),
        cluster: text("prod"),
        namespace: "shop".to_owned(),
        service_account: account.to_owned(),
        pod: (!holder.is_empty()).then(|| holder.to_owned()),
        pod_uid: (!holder.is_empty()).then(|| format!("uid-of-{holder}")),
        audiences: vec!["sts.amazonaws.com".to_owned()],
        expires_at: at(second + 1),
        token_id: None,
    })
}

fn known() -> Inventory {
    Inventory {
        clusters: vec![prod()],
        associations: vec![
            Association {
                target_role_arn: Some(role("c")),
                ..association("prod", "cart", "a")
            },
            association("prod", "till", "b"),
        ],
        roles: vec![
            irsa_role("d", "StringEquals", &["system:serviceaccount:shop:cart"]),
            pod_identity_role("a"),
        ],
        service_accounts: vec![annotated("cart", "b")],
        pods: vec![
            Pod {
                ips: vec!["10.0.0.1".to_owned()],
                ..pod("cart-1", "cart", 0, 2)
            },
            Pod {
                ips: vec!["10.0.0.2".to_owned()],
                node: text("n1"),
                ..pod("till-1", "till", 1, 2)
            },
        ],
        nodes: vec![node("n1", "i-07574d724fb843fda")],
        vpc_endpoints: vec![endpoint("vpce-own", "vpc-1")],
        ..Inventory::default()
    }
}

/// The estate shuffled, with some of it twice.
fn disordered(estate: &Evidence) -> impl Strategy<Value = Evidence> + use<> {
    fn some_twice<T: Clone + std::fmt::Debug + 'static>(items: &[T]) -> impl Strategy<Value = Vec<T>> + use<T> {
        let items = items.to_vec();
        prop::collection::vec(any::<bool>(), items.len())
            .prop_map(move |twice| {
                let again = items
                    .iter()
                    .zip(twice)
                    .filter(|(_, twice)| *twice)
                    .map(|(item, _)| item.clone());
                items.iter().cloned().chain(again).collect::<Vec<T>>()
            })
            .prop_shuffle()
    }
    (
        some_twice(&estate.sts_calls),
        some_twice(&estate.callers),
        some_twice(&estate.shared_calls),
        some_twice(&estate.sources),
        some_twice(&estate.token_requests),
    )
        .prop_map(|(sts_calls, callers, shared_calls, sources, token_requests)| Evidence {
            callers,
            sts_calls,
            shared_calls,
            sources,
            token_requests,
        })
}

/// Somebody whom nothing in the estate has to do with.
fn strangers() -> Evidence {
    let call = issue(
        "z1",
        900,
        token("system:serviceaccount:far:away"),
        "ASIAFAR",
        "far",
        "far",
    );
    evidence(
        vec![call],
        vec![token_session("ASIAFAR", "far", "far", 900), user("AKIAFAR")],
    )
}

fn together(a: &Evidence, b: &Evidence) -> Evidence {
    Evidence {
        callers: a.callers.iter().chain(&b.callers).cloned().collect(),
        sts_calls: a.sts_calls.iter().chain(&b.sts_calls).cloned().collect(),
        shared_calls: a.shared_calls.iter().chain(&b.shared_calls).cloned().collect(),
        sources: a.sources.iter().chain(&b.sources).cloned().collect(),
        token_requests: a.token_requests.iter().chain(&b.token_requests).cloned().collect(),
    }
}

/// What must hold of every row.
fn is_sound(evidence: &Evidence, lineage: &Lineage) {
    assert!(lineage.sessions.is_sorted_by(|a, b| a.session_id < b.session_id));
    assert!(lineage.attributions.is_sorted_by(|a, b| a.caller_key < b.caller_key));
    let issues: std::collections::BTreeSet<_> = evidence.sts_calls.iter().map(|call| call.event_id.as_str()).collect();
    for row in &lineage.attributions {
        line(row);
        let named = row.namespace.is_some() && row.service_account.is_some();
        assert_eq!(named, row.workload_class != Class::None, "{row:?}");
        assert_eq!(row.pod.is_some(), row.pod_class != Class::None, "{row:?}");
        assert!(
            row.pod_class >= row.workload_class,
            "a pod is no surer than its ServiceAccount: {row:?}"
        );
        assert!(
            row.evidence_event_id.as_deref().is_none_or(|id| issues.contains(id)),
            "{row:?}"
        );
        if row.workload_class == Class::Exact {
            // A caller may be given without any of its calls; then only the token speaks.
            assert!(
                row.evidence_event_id.is_some() || row.method == method::TOKEN_SUBJECT,
                "{row:?}"
            );
            assert!(
                matches!(row.mechanism, Mechanism::Irsa | Mechanism::PodIdentity),
                "{row:?}"
            );
        }
        assert!(row.pod.is_none() || row.pod_method.is_some(), "{row:?}");
        let Some(id) = &row.session_id else { continue };
        let session = session_row(lineage, id);
        if row.mechanism == Mechanism::NodeRole {
            // Whose call it is on a node, each caller's own event tells.
            continue;
        }
        assert_eq!(
            (session.mechanism, &session.cluster, &session.namespace),
            (row.mechanism, &row.cluster, &row.namespace)
        );
        assert_eq!(
            (&session.service_account, &session.pod),
            (&row.service_account, &row.pod)
        );
        assert_eq!((&session.role_arn, &session.chain), (&row.role_arn, &row.chain));
    }
    for row in &lineage.sessions {
        assert!(
            row.parent_session_id
                .as_ref()
                .is_none_or(|parent| lineage.sessions.iter().any(|row| row.session_id == *parent))
        );
        assert!(row.chain.len() <= MAX_HOPS + 1);
    }
}

/// The evidence split into parts of connected pieces.
fn parts(estate: &Evidence) -> Vec<Evidence> {
    let links = (estate.callers.iter().map(links_of_caller))
        .chain(estate.sts_calls.iter().map(links_of_sts_call))
        .chain(estate.shared_calls.iter().map(links_of_shared_call));
    let links: Vec<Vec<Link>> = links.collect();
    let meets = |a: &[Link], b: &[Link]| a.iter().flat_map(Link::meets).any(|link| b.contains(&link));
    let mut part: Vec<usize> = (0..links.len()).collect();
    for a in 0..links.len() {
        for b in 0..a {
            if meets(&links[a], &links[b]) {
                assert!(
                    meets(&links[b], &links[a]),
                    "one way only: {:?} {:?}",
                    links[a],
                    links[b]
                );
                let (from, to) = (part[a], part[b]);
                part.iter_mut()
                    .filter(|part| **part == from)
                    .for_each(|part| *part = to);
            }
        }
    }
    let mut split: std::collections::BTreeMap<usize, Evidence> = Default::default();
    let (callers, calls) = (estate.callers.len(), estate.sts_calls.len());
    for (at, part) in part.into_iter().enumerate() {
        let into = split.entry(part).or_default();
        if at < callers {
            into.callers.push(estate.callers[at].clone());
        } else if at < callers + calls {
            into.sts_calls.push(estate.sts_calls[at - callers].clone());
        } else {
            into.shared_calls
                .push(estate.shared_calls[at - callers - calls].clone());
        }
    }
    for part in split.values_mut() {
        let keys: std::collections::BTreeSet<_> = part.callers.iter().map(caller_key).collect();
        let here = |source: &&CallerSource| keys.contains(&source.caller_key);
        part.sources = estate.sources.iter().filter(here).cloned().collect();
        // Tokens that were not in force when a session of the part began may be left out.
        let begun = part.callers.iter().map(|caller| caller.session_created);
        let begun: Vec<_> = begun.chain(part.sts_calls.iter().map(|call| call.event_time)).collect();
        let explains = |request: &&TokenRequest| begun.iter().any(|time| time.is_some() && request.is_in_force(*time));
        part.token_requests = estate.token_requests.iter().filter(explains).cloned().collect();
    }
    split.into_values().collect()
}

/// The rows of several lineages together.
fn united(parts: Vec<Lineage>) -> Lineage {
    let mut all = Lineage::default();
    for part in parts {
        all.sessions.extend(part.sessions);
        all.attributions.extend(part.attributions);
    }
    all.sessions.sort_by(|a, b| a.session_id.cmp(&b.session_id));
    all.attributions.sort_by(|a, b| a.caller_key.cmp(&b.caller_key));
    all
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, ..ProptestConfig::default() })]

    #[test]
    fn order_and_repetition_never_matter((estate, other) in estate().prop_flat_map(|estate| {
        let other = disordered(&estate);
        (Just(estate), other)
    })) {
        prop_assert_eq!(resolve(&estate, &known()), resolve(&other, &known()));
    }

    #[test]
    fn every_row_is_sound(estate in estate()) {
        for inventory in [Inventory::default(), known()] {
            let lineage = resolve(&estate, &inventory);
            is_sound(&estate, &lineage);
            let keys: std::collections::BTreeSet<_> = estate.callers.iter().map(caller_key).collect();
            prop_assert_eq!(lineage.attributions.len(), keys.len());
        }
    }

    #[test]
    fn strangers_change_nothing(estate in estate()) {
        let before = resolve(&estate, &known());
        let mut after = resolve(&together(&estate, &strangers()), &known());
        let added = resolve(&strangers(), &known());
        after.sessions.retain(|row| !added.sessions.contains(row));
        after.attributions.retain(|row| !added.attributions.contains(row) || before.attributions.contains(row));
        prop_assert_eq!(before, after);
    }

    #[test]
    fn what_is_not_linked_can_be_resolved_apart(estate in estate()) {
        let parts = parts(&estate);
        let apart = parts.iter().map(|part| resolve(part, &known())).collect();
        prop_assert_eq!(united(apart), resolve(&estate, &known()));
    }

    #[test]
    fn the_inventory_never_moves_what_the_log_proves(estate in estate()) {
        let alone = resolve(&estate, &Inventory::default());
        let with_inventory = resolve(&estate, &known());
        for (before, after) in alone.attributions.iter().zip(&with_inventory.attributions) {
            prop_assert!(after.workload_class <= before.workload_class, "{:?} became {:?}", before, after);
            if before.workload_class == Class::Exact {
                prop_assert_eq!((&before.namespace, &before.service_account), (&after.namespace, &after.service_account));
            }
        }
    }
}
