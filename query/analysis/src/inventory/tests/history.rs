//! The past: which version was in force when, by what was observed and by what the log says.

use proptest::prelude::*;
use serde_json::{Value, json};

use podtrail_event::time::Timestamp;

use crate::inventory::{
    Association, Cluster, ConfigurationEvent, Contradiction, Ended, History, Inventory, Object, Role, Seen,
    ServiceAccount, Version,
};

const CLUSTER: &str = "arn:aws:eks:eu-west-1:111111111111:cluster/prod";

fn at(second: i64) -> Timestamp {
    Timestamp(second * 1_000_000)
}

fn association(id: &str, role: &str) -> Association {
    Association {
        arn: format!("arn:aws:eks:eu-west-1:111111111111:podidentityassociation/prod/{id}"),
        cluster_name: "prod".to_owned(),
        namespace: "shop".to_owned(),
        service_account: "cart".to_owned(),
        role_arn: role.to_owned(),
        ..Association::default()
    }
}

fn modified(second: i64, association: Association) -> Association {
    Association {
        modified_at: Some(at(second)),
        ..association
    }
}

fn role(trust: &str) -> Role {
    Role {
        arn: "arn:aws:iam::111111111111:role/team/cart".to_owned(),
        trust_policy: Some(json!({"Statement": trust}).to_string()),
        ..Role::default()
    }
}

fn seen(object: impl Into<Object>, first: i64, last: i64) -> Seen {
    Seen {
        object: object.into(),
        first: at(first),
        last: at(last),
    }
}

impl From<Association> for Object {
    fn from(one: Association) -> Self {
        Self::Association(one)
    }
}

impl From<Role> for Object {
    fn from(one: Role) -> Self {
        Self::Role(one)
    }
}

impl From<ServiceAccount> for Object {
    fn from(one: ServiceAccount) -> Self {
        Self::ServiceAccount(one)
    }
}

fn gone(of: &str, key: &str, second: i64) -> Seen {
    let ended = Ended {
        of: of.to_owned(),
        key: key.to_owned(),
        at: at(second),
    };
    seen(Object::Ended(ended), second, second)
}

fn event(source: &str, name: &str, second: i64, request: Value, response: Value) -> ConfigurationEvent {
    ConfigurationEvent {
        event_id: format!("e{second}"),
        event_time: Some(at(second)),
        event_source: format!("{source}.amazonaws.com"),
        event_name: name.to_owned(),
        recipient_account_id: Some("111111111111".to_owned()),
        aws_region: Some("eu-west-1".to_owned()),
        error_code: None,
        request_parameters: Some(request.to_string()),
        response_elements: Some(response.to_string()),
    }
}

fn eks(name: &str, second: i64, request: Value) -> ConfigurationEvent {
    event("eks", name, second, request, Value::Null)
}

fn iam(name: &str, second: i64, request: Value) -> ConfigurationEvent {
    event("iam", name, second, request, Value::Null)
}

fn history(seen: &[Seen], events: &[ConfigurationEvent]) -> History {
    Inventory::default().with_history(seen, events).history
}

/// `what from..until`, each version; `-` for an open end.
fn spans<T>(versions: &[Version<T>], what: impl Fn(&T) -> String) -> Vec<String> {
    let second = |time: Option<Timestamp>| time.map_or("-".to_owned(), |Timestamp(at)| (at / 1_000_000).to_string());
    (versions.iter())
        .map(|version| {
            format!(
                "{} {}..{}",
                what(&version.item),
                second(version.from),
                second(version.until)
            )
        })
        .collect()
}

fn associations(seen: &[Seen], events: &[ConfigurationEvent]) -> Vec<String> {
    spans(&history(seen, events).associations, |one| one.role_arn.clone())
}

fn trusts(seen: &[Seen], events: &[ConfigurationEvent]) -> Vec<String> {
    spans(&history(seen, events).trusts, |one| {
        let policy: Value = serde_json::from_str(&one.trust_policy).unwrap();
        policy["Statement"].as_str().unwrap().to_owned()
    })
}

#[test]
fn versions_that_were_observed_meet_between_their_sights() {
    let one = association("a-1", "one");
    let two = association("a-1", "two");
    let made = |second, one: &Association| Association {
        created_at: Some(at(second)),
        ..one.clone()
    };
    for (situation, seen_, expected) in [
        ("one version", vec![seen(one.clone(), 10, 20)], vec!["one -..-"]),
        ("since it was made", vec![seen(made(5, &one), 10, 20)], vec!["one 5..-"]),
        (
            "another, changed at a time nobody knows",
            vec![seen(one.clone(), 10, 20), seen(two.clone(), 30, 40)],
            vec!["one -..30", "two 20..-"],
        ),
        (
            "another, which says when it was changed",
            vec![seen(one.clone(), 10, 20), seen(modified(25, two.clone()), 30, 40)],
            vec!["one -..25", "two 25..-"],
        ),
        (
            "changed before it was seen at all",
            vec![seen(modified(25, made(5, &two)), 30, 40)],
            vec!["two 25..-"],
        ),
        (
            "back and forth",
            vec![seen(one.clone(), 10, 50), seen(two.clone(), 30, 30)],
            vec!["one -..30", "two 10..50", "one 30..-"],
        ),
        (
            "missing in a complete list",
            vec![seen(one.clone(), 10, 20), gone("association", &one.arn, 30)],
            vec!["one -..30"],
        ),
        (
            "made anew for the same ServiceAccount",
            vec![
                seen(one.clone(), 10, 20),
                seen(made(25, &association("a-2", "one")), 30, 40),
            ],
            vec!["one -..25", "one 25..-"],
        ),
    ] {
        assert_eq!(associations(&seen_, &[]), expected, "{situation}");
    }
}

#[test]
fn the_log_tells_of_associations() {
    let made = |second, role: &str| {
        let request = json!({"name": "prod", "namespace": "shop", "serviceAccount": "cart", "roleArn": role});
        let id = format!("a-{second}");
        let arn = association(&id, "").arn;
        let response = json!({"association": {"associationArn": arn, "associationId": id, "roleArn": role}});
        event("eks", "CreatePodIdentityAssociation", second, request, response)
    };
    let changed = |second, role: &str| {
        eks(
            "UpdatePodIdentityAssociation",
            second,
            json!({"name": "prod", "associationId": "a-10", "roleArn": role}),
        )
    };
    let deleted = |second| {
        eks(
            "DeletePodIdentityAssociation",
            second,
            json!({"name": "prod", "associationId": "a-10"}),
        )
    };
    let described = |second| {
        let arn = "arn:aws:eks:eu-west-1:111111111111:podidentityassociation/prod/a-10";
        let answer = json!({"association": {"associationArn": arn, "associationId": "a-10", "clusterName": "prod",
            "namespace": "shop", "serviceAccount": "cart", "roleArn": "one",
            "createdAt": "1970-01-01T00:00:05Z", "modifiedAt": "1970-01-01T00:00:20Z"}});
        let request = json!({"name": "prod", "associationId": "a-10"});
        event("eks", "DeletePodIdentityAssociation", second, request, answer)
    };
    let refused = ConfigurationEvent {
        error_code: Some("AccessDenied".to_owned()),
        ..changed(15, "two")
    };
    let known = seen(association("a-10", "now"), 90, 90);
    for (situation, seen_, events, expected) in [
        ("made", vec![], vec![made(10, "one")], vec!["one 10..-"]),
        (
            "changed",
            vec![],
            vec![made(10, "one"), changed(20, "two")],
            vec!["one 10..20", "two 20..-"],
        ),
        (
            "deleted, and only the answer tells what it was",
            vec![],
            vec![described(20)],
            vec!["one 5..20"],
        ),
        (
            "deleted",
            vec![],
            vec![made(10, "one"), deleted(20)],
            vec!["one 10..20"],
        ),
        (
            "deleted and made again",
            vec![],
            vec![made(10, "one"), deleted(20), made(30, "one")],
            vec!["one 10..20", "one 30..-"],
        ),
        ("refused", vec![], vec![made(10, "one"), refused], vec!["one 10..-"]),
        (
            "changed, of one that is known by the inventory only",
            vec![known.clone()],
            vec![changed(20, "now")],
            vec!["now 20..-"],
        ),
        ("deleted, of one that nobody knows", vec![], vec![deleted(20)], vec![]),
        (
            "its cluster deleted",
            vec![],
            vec![made(10, "one"), eks("DeleteCluster", 20, json!({"name": "prod"}))],
            vec!["one 10..20"],
        ),
        (
            "another cluster deleted",
            vec![],
            vec![made(10, "one"), eks("DeleteCluster", 20, json!({"name": "stage"}))],
            vec!["one 10..-"],
        ),
        (
            "seen later as the log has it",
            vec![seen(association("a-10", "one"), 50, 60)],
            vec![made(10, "one")],
            vec!["one 10..-"],
        ),
    ] {
        assert_eq!(associations(&seen_, &events), expected, "{situation}");
    }
}

#[test]
fn what_an_update_leaves_out_stays_as_it_was() {
    let full = Association {
        target_role_arn: Some("target".to_owned()),
        disable_session_tags: true,
        policy: Some("{}".to_owned()),
        ..association("a-1", "one")
    };
    let update = eks(
        "UpdatePodIdentityAssociation",
        20,
        json!({"name": "prod", "associationId": "a-1", "roleArn": "two"}),
    );
    let history = history(&[seen(full.clone(), 10, 10)], &[update]);
    let last = &history.associations[1].item;
    let expected = Association {
        role_arn: "two".to_owned(),
        modified_at: Some(at(20)),
        ..full
    };
    assert_eq!(*last, expected);
    assert_eq!(history.associations[1].event_id.as_deref(), Some("e20"));
}

#[test]
fn the_log_tells_of_trust_policies() {
    let document = |trust: &str| json!({"Statement": trust}).to_string();
    let made = |second, trust: &str| {
        let request = json!({"roleName": "cart", "path": "/team/", "assumeRolePolicyDocument": document(trust)});
        let role =
            json!({"role": {"arn": "arn:aws:iam::111111111111:role/team/cart", "roleId": format!("AROA{second}")}});
        event("iam", "CreateRole", second, request, role)
    };
    let changed = |second, trust: &str| {
        iam(
            "UpdateAssumeRolePolicy",
            second,
            json!({"roleName": "cart", "policyDocument": document(trust)}),
        )
    };
    let deleted = |second| iam("DeleteRole", second, json!({"roleName": "cart"}));
    let masked = iam(
        "UpdateAssumeRolePolicy",
        20,
        json!({"roleName": "cart", "policyDocument": "HIDDEN"}),
    );
    for (situation, seen_, events, expected) in [
        ("made", vec![], vec![made(10, "a")], vec!["a 10..-"]),
        (
            "changed",
            vec![],
            vec![made(10, "a"), changed(20, "b")],
            vec!["a 10..20", "b 20..-"],
        ),
        (
            "changed to the same",
            vec![],
            vec![made(10, "a"), changed(20, "a")],
            vec!["a 10..-"],
        ),
        (
            "deleted and made again",
            vec![],
            vec![made(10, "a"), deleted(20), made(30, "a")],
            vec!["a 10..20", "a 30..-"],
        ),
        (
            "changed, the role known by the inventory",
            vec![seen(role("b"), 50, 60)],
            vec![changed(20, "b")],
            vec!["b 20..-"],
        ),
        (
            "the policy is masked",
            vec![],
            vec![made(10, "a"), masked],
            vec!["a 10..-"],
        ),
        (
            "observed twice",
            vec![seen(role("a"), 10, 20), seen(role("b"), 30, 30)],
            vec![],
            vec!["a -..30", "b 20..-"],
        ),
        (
            "gone from a complete list",
            vec![seen(role("a"), 10, 20), gone("role", &role("").arn, 30)],
            vec![],
            vec!["a -..30"],
        ),
    ] {
        assert_eq!(trusts(&seen_, &events), expected, "{situation}");
    }
    let made = history(&[], &[made(10, "a"), changed(20, "b")]);
    let last = &made.trusts[1].item;
    assert_eq!(
        (last.arn.as_str(), last.role_id.as_deref()),
        ("arn:aws:iam::111111111111:role/team/cart", Some("AROA10"))
    );
}

#[test]
fn a_role_that_nobody_has_described_is_named_by_its_account() {
    let document = json!({"Statement": "a"}).to_string();
    for (region, arn) in [
        ("us-east-1", "arn:aws:iam::111111111111:role/cart"),
        ("cn-north-1", "arn:aws-cn:iam::111111111111:role/cart"),
        ("us-gov-west-1", "arn:aws-us-gov:iam::111111111111:role/cart"),
    ] {
        let event = ConfigurationEvent {
            aws_region: Some(region.to_owned()),
            ..iam(
                "UpdateAssumeRolePolicy",
                20,
                json!({"roleName": "cart", "policyDocument": document}),
            )
        };
        assert_eq!(history(&[], &[event]).trusts[0].item.arn, arn);
    }
}

#[test]
fn a_role_made_again_ends_the_one_before() {
    let of = |id: &str, made, trust| Role {
        role_id: Some(id.to_owned()),
        created_at: Some(at(made)),
        ..role(trust)
    };
    let seen = [seen(of("AROA1", 0, "a"), 10, 20), seen(of("AROA2", 25, "a"), 30, 30)];
    assert_eq!(trusts(&seen, &[]), ["a 0..25", "a 25..-"]);
}

#[test]
fn annotations_have_a_past_too() {
    let account = |role: Option<&str>| ServiceAccount {
        cluster: "prod".to_owned(),
        namespace: "shop".to_owned(),
        name: "cart".to_owned(),
        role_arn: role.map(str::to_owned),
    };
    let cluster = Cluster {
        arn: CLUSTER.to_owned(),
        name: "prod".to_owned(),
        ..Cluster::default()
    };
    let history = history(
        &[
            seen(Object::Cluster(cluster), 0, 0),
            seen(account(Some("one")), 10, 20),
            seen(account(None), 30, 40),
            gone("service_account", &format!("{CLUSTER}/shop/cart"), 50),
        ],
        &[],
    );
    let spans = spans(&history.service_accounts, |one| {
        format!("{}:{:?}", one.cluster, one.role_arn)
    });
    assert_eq!(
        spans,
        [
            format!("{CLUSTER}:Some(\"one\") -..30"),
            format!("{CLUSTER}:None 20..50")
        ]
    );
}

#[test]
fn the_log_tells_of_oidc_providers() {
    let arn = "arn:aws:iam::111111111111:oidc-provider/oidc.eks.eu-west-1.amazonaws.com/id/A";
    let made = event(
        "iam",
        "CreateOpenIDConnectProvider",
        10,
        json!({"url": "https://oidc.eks.eu-west-1.amazonaws.com/id/A", "clientIDList": ["sts.amazonaws.com"]}),
        json!({"openIDConnectProviderArn": arn}),
    );
    let deleted = iam(
        "DeleteOpenIDConnectProvider",
        20,
        json!({"openIDConnectProviderArn": arn}),
    );
    let history = history(&[], &[deleted, made]);
    let spans = spans(&history.oidc_providers, |one| {
        format!("{} {:?}", one.url, one.client_ids)
    });
    assert_eq!(
        spans,
        ["oidc.eks.eu-west-1.amazonaws.com/id/A [\"sts.amazonaws.com\"] 10..20"]
    );
}

/// `kind key: earlier / later`, each told by an event or a file.
fn told(contradictions: &[Contradiction]) -> Vec<String> {
    (contradictions.iter())
        .map(|found| {
            let [one, other] = found.words.each_ref().map(|word| {
                let by = word.event_id.as_deref().unwrap_or("file");
                format!("{by}@{}", word.at.0 / 1_000_000)
            });
            format!("{}: {one} / {other}", found.kind)
        })
        .collect()
}

#[test]
fn what_cannot_both_be_right_is_told_and_kept() {
    let one = || association("a-1", "one");
    let two = || association("a-1", "two");
    let made = |second, trust: &str| {
        let document = json!({"Statement": trust}).to_string();
        iam(
            "UpdateAssumeRolePolicy",
            second,
            json!({"roleName": "cart", "policyDocument": document}),
        )
    };
    for (situation, seen_, events, expected) in [
        (
            "two files of one time",
            vec![seen(one(), 10, 10), seen(two(), 10, 10)],
            vec![],
            vec!["association: file@10 / file@10"],
        ),
        (
            "an older file after a newer one",
            vec![seen(modified(5, two()), 10, 10), seen(one(), 20, 20)],
            vec![],
            vec!["association: file@5 / file@20"],
        ),
        (
            "a file that the log contradicts",
            vec![seen(role("a"), 30, 30)],
            vec![made(20, "b")],
            vec!["trust: e20@20 / file@30"],
        ),
        (
            "a file from before the change",
            vec![seen(role("a"), 10, 10)],
            vec![made(20, "b")],
            vec![],
        ),
        (
            "a file of the second of the change",
            vec![seen(role("a"), 20, 20)],
            vec![made(20, "b")],
            vec![],
        ),
        (
            "a change that the file tells of",
            vec![seen(one(), 10, 10), seen(modified(15, two()), 20, 20)],
            vec![],
            vec![],
        ),
        (
            "a change that nobody tells of",
            vec![seen(one(), 10, 10), seen(two(), 20, 20)],
            vec![],
            vec![],
        ),
        (
            "the same in other words",
            vec![
                seen(
                    Role {
                        trust_policy: Some("{ \"Statement\": \"a\" }".to_owned()),
                        ..role("")
                    },
                    10,
                    10,
                ),
                seen(role("a"), 10, 10),
            ],
            vec![],
            vec![],
        ),
    ] {
        let history = history(&seen_, &events);
        assert_eq!(told(&history.contradictions), expected, "{situation}");
        let kept = history.associations.len() + history.trusts.len();
        assert!(expected.is_empty() || kept == 2, "{situation}: both are kept");
    }
}

#[test]
fn without_history_the_present_holds_since_it_was_made() {
    let inventory = Inventory {
        associations: vec![Association {
            created_at: Some(at(5)),
            deleted_at: Some(at(9)),
            ..association("a-1", "one")
        }],
        ..Inventory::default()
    };
    let versions = inventory.association_versions();
    for (second, holds) in [(4, false), (5, true), (9, true), (10, false)] {
        assert_eq!(versions[0].may_hold(Some(at(second))), holds, "{second}");
    }
    assert!(versions[0].may_hold(None));
}

fn some_seen() -> impl Strategy<Value = Seen> {
    let association = (
        prop::sample::select(&["a-1", "a-2"][..]),
        prop::sample::select(&["one", "two"][..]),
        0..6i64,
    )
        .prop_map(|(id, role, since)| Object::from(modified(since, association(id, role))));
    let role = prop::sample::select(&["a", "b"][..]).prop_map(|trust| Object::from(role(trust)));
    (prop_oneof![association, role], 0..6i64, 0..3i64)
        .prop_map(|(object, first, more)| seen(object, first, first + more))
}

fn some_event() -> impl Strategy<Value = ConfigurationEvent> {
    let role = prop::sample::select(&["one", "two"][..]);
    (0..6i64, role, 0..5u8).prop_map(|(second, role, which)| {
        let document = json!({"Statement": role}).to_string();
        match which {
            0 => eks(
                "UpdatePodIdentityAssociation",
                second,
                json!({"name": "prod", "associationId": "a-1", "roleArn": role}),
            ),
            1 => eks(
                "DeletePodIdentityAssociation",
                second,
                json!({"name": "prod", "associationId": "a-1"}),
            ),
            2 => eks("DeleteCluster", second, json!({"name": "prod"})),
            3 => iam("DeleteRole", second, json!({"roleName": "cart"})),
            _ => iam(
                "UpdateAssumeRolePolicy",
                second,
                json!({"roleName": "cart", "policyDocument": document}),
            ),
        }
    })
}

proptest! {
    #[test]
    fn the_order_of_what_is_known_never_matters(
        (seen, events, other_seen, other_events) in
            (prop::collection::vec(some_seen(), 0..6), prop::collection::vec(some_event(), 0..6)).prop_flat_map(|(seen, events)| {
                let (a, b) = (Just(seen.clone()).prop_shuffle(), Just(events.clone()).prop_shuffle());
                (Just(seen), Just(events), a, b)
            })
    ) {
        prop_assert_eq!(history(&seen, &events), history(&other_seen, &other_events));
    }

    #[test]
    fn at_any_time_something_holds_if_it_was_there_before_and_after(
        seen in prop::collection::vec(some_seen(), 1..6),
    ) {
        let history = history(&seen, &[]);
        for one in &seen {
            for time in [one.first, one.last] {
                let held = match &one.object {
                    Object::Role(_) => history.trusts.iter().any(|version| version.may_hold(Some(time))),
                    _ => history.associations.iter().any(|version| version.may_hold(Some(time))),
                };
                prop_assert!(held, "{:?} at {:?} in {:?}", one, time, history);
            }
        }
    }
}
