//! Recommendations by situation, one file each in `golden/`, reviewed by eye.
//!
//! `UPDATE_GOLDEN=1 cargo test -p podtrail-analysis golden` writes the files anew; look at what changed.

use std::path::PathBuf;

use podtrail_iam::lint::{LintKind, lint};
use podtrail_iam::policy::Policy;
use serde_json::json;

use super::*;
use crate::answer::{Grouping, PolicyKind};

const BUCKET: &str = "arn:aws:s3:::shop-orders";
const KEY: &str = "arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab";
const QUEUE: &str = "arn:aws:sqs:eu-west-1:111122223333:orders";
const TABLE: &str = "arn:aws:dynamodb:eu-west-1:111122223333:table/shop-cart-items";
const S3: &str = "s3.eu-west-1.amazonaws.com";

/// Everything that a situation may differ in.
struct World {
    role: Role,
    known: bool,
    association: Option<Association>,
    mechanisms: Vec<Mechanism>,
    usage: Vec<Usage>,
    unmapped: Vec<UnmappedCall>,
    shared_by: Vec<String>,
    chained_from: Vec<String>,
    scps: Vec<Vec<Policy>>,
    messages: BTreeMap<String, String>,
    endpoints: BTreeMap<String, std::collections::BTreeSet<Option<String>>>,
    options: RecommendOptions,
    days: i64,
}

/// A role that grants more than its one workload uses, reached by IRSA.
fn shop() -> World {
    let trust = json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow",
        "Principal": {"Federated": format!("arn:aws:iam::111122223333:oidc-provider/{ISSUER}")},
        "Action": "sts:AssumeRoleWithWebIdentity",
        "Condition": {"StringLike": {format!("{ISSUER}:sub"): "system:serviceaccount:shop:*"}}}]});
    let granted = json!([
        "s3:GetObject",
        "s3:PutObject",
        "s3:ListBucket",
        "kms:Decrypt",
        "sqs:SendMessage",
        "sqs:DeleteQueue",
        "dynamodb:*Item"
    ]);
    World {
        role: Role {
            trust_policy: Some(trust.to_string()),
            ..role(&json!([allow(&granted, &json!("*"))]))
        },
        known: true,
        association: None,
        mechanisms: vec![Mechanism::Irsa],
        usage: vec![
            used("s3:GetObject", &format!("{BUCKET}/in/list.csv")),
            used("sqs:SendMessage", QUEUE),
        ],
        unmapped: Vec::new(),
        shared_by: Vec::new(),
        chained_from: Vec::new(),
        scps: Vec::new(),
        messages: BTreeMap::new(),
        endpoints: BTreeMap::new(),
        options: RecommendOptions::default(),
        days: 100,
    }
}

/// The same, reached by Pod Identity, with the role shared by two more.
fn shared_pods() -> World {
    let trust = json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow",
        "Principal": {"Service": "pods.eks.amazonaws.com"}, "Action": ["sts:AssumeRole", "sts:TagSession"]}]});
    let shop = shop();
    World {
        role: Role {
            trust_policy: Some(trust.to_string()),
            ..shop.role
        },
        association: Some(association()),
        mechanisms: vec![Mechanism::PodIdentity],
        shared_by: vec!["prod/shop/mailer".into(), "prod/shop/search".into()],
        ..shop
    }
}

fn read(document: Value) -> Policy {
    Policy::from_value(&document).unwrap()
}

fn statement_of(statement: Value) -> Value {
    json!({"Version": "2012-10-17", "Statement": [statement]})
}

fn denied_with(world: &mut World, action: &str, resource: &str, because: &str) {
    let row = denied(action, resource);
    let message = format!(
        "User: arn:aws:sts::111122223333:assumed-role/cart/s is not authorized to perform: {action} on resource: \
         {resource} {because}"
    );
    world.messages.insert(row.sample_event_id.clone(), message);
    world.usage.push(row);
}

/// Every situation by the name of its file.
fn situations() -> Vec<(&'static str, World)> {
    let with = |change: fn(&mut World)| {
        let mut world = shop();
        change(&mut world);
        world
    };
    let pods = |change: fn(&mut World)| {
        let mut world = shared_pods();
        change(&mut world);
        world
    };
    vec![
        ("used_and_unused", with(|_| {})),
        ("dated_keys_and_listed_prefixes", with(dated_keys)),
        ("keys_through_a_service_and_passed_roles", with(through_services)),
        ("index_of_a_table_and_star_only_actions", with(index_and_star)),
        ("names_that_need_escapes", with(odd_names)),
        ("kept_and_never_removed", with(kept)),
        ("one_statement_an_action", with(|w| w.options.group = Grouping::Action)),
        (
            "one_statement_a_level",
            with(|w| {
                w.usage.push(used("s3:PutObject", &format!("{BUCKET}/in/list.csv")));
                w.options.group = Grouping::Level;
            }),
        ),
        ("inline", with(|w| w.options.attach = PolicyKind::Inline)),
        ("only_through_endpoints", with(endpoints)),
        ("refused_by_each_layer", with(refused)),
        ("boundary_and_scp_limit_what_is_granted", with(limits)),
        ("role_not_in_the_inventory", with(|w| w.known = false)),
        (
            "assumed_from_another_role",
            with(|w| w.chained_from = vec!["arn:aws:iam::111122223333:role/first".into()]),
        ),
        ("calls_that_map_to_nothing", with(unmapped)),
        ("nothing_used", with(|w| w.usage.clear())),
        ("only_refused", with(|w| w.usage = vec![denied("s3:GetObject", BUCKET)])),
        ("younger_than_asked_for", with(|w| w.options.min_age_days = 200)),
        (
            "too_large_for_inline",
            with(|w| {
                w.usage = many_queues(300);
                w.options.attach = PolicyKind::Inline;
            }),
        ),
        ("shared_role_own_role_each", pods(|_| {})),
        (
            "shared_role_session_policy_each",
            pods(|w| w.options.attach = PolicyKind::Association),
        ),
        (
            "session_policy_too_large",
            pods(|w| {
                w.usage = many_queues(60);
                w.options.attach = PolicyKind::Association;
            }),
        ),
        ("session_policy_loses_tags_that_grant", pods(tags_that_grant)),
        (
            "session_policy_without_pod_identity",
            with(|w| w.options.attach = PolicyKind::Association),
        ),
        (
            "names_as_session_tags",
            pods(|w| {
                w.usage.push(used("dynamodb:GetItem", TABLE));
                w.options.abac = true;
            }),
        ),
        ("session_tags_without_pod_identity", with(|w| w.options.abac = true)),
    ]
}

fn dated_keys(world: &mut World) {
    let keys = (1..=4).map(|n| used("s3:GetObject", &format!("{BUCKET}/in/2026-11-0{n}.csv")));
    let lists = (1..=3).map(|n| when(used("s3:ListBucket", BUCKET), "s3:prefix", &format!("in/2026-11-0{n}")));
    world.usage = keys.chain(lists).collect();
}

fn through_services(world: &mut World) {
    let pass = used("iam:PassRole", "arn:aws:iam::111122223333:role/task");
    world.usage = vec![
        when(used("kms:Decrypt", KEY), "kms:ViaService", S3),
        when(used("kms:GenerateDataKey", KEY), "kms:ViaService", S3),
        when(pass, "iam:PassedToService", "ecs-tasks.amazonaws.com"),
    ];
}

fn index_and_star(world: &mut World) {
    world.usage = vec![
        used("dynamodb:Query", TABLE),
        used("dynamodb:Query", &format!("{TABLE}/index/by-day")),
        used("dynamodb:GetItem", TABLE),
        used("ec2:DescribeInstances", "*"),
        used("s3:ListAllMyBuckets", "*"),
    ];
}

fn odd_names(world: &mut World) {
    let keys = ["odd/a*b", "odd/what?", "odd/${aws:username}", "odd/quote\"d", "日本/x"];
    world.usage = keys
        .map(|key| used("s3:GetObject", &format!("{BUCKET}/{key}")))
        .to_vec();
}

fn kept(world: &mut World) {
    world.options.keep = vec![
        "s3:RestoreObject=arn:aws:s3:::shop-archive/*".into(),
        "sns:publish=arn:aws:sns:eu-west-1:111122223333:alarms".into(),
    ];
    world.options.never_remove = vec!["sqs:Delete*".into()];
}

fn endpoints(world: &mut World) {
    let through = |ids: &[Option<&str>]| ids.iter().map(|id| id.map(str::to_owned)).collect();
    world.usage.push(when(used("kms:Decrypt", KEY), "kms:ViaService", S3));
    world.endpoints = BTreeMap::from([
        (
            "s3.amazonaws.com".to_owned(),
            through(&[Some("vpce-0a"), Some("vpce-0b")]),
        ),
        ("sqs.amazonaws.com".to_owned(), through(&[Some("vpce-0c"), None])),
        ("kms.amazonaws.com".to_owned(), through(&[None])),
    ]);
    world.options.source_vpce = true;
}

fn refused(world: &mut World) {
    let of = |tail: &str| format!("arn:aws:sqs:eu-west-1:111122223333:{tail}");
    let ask = "sqs:ReceiveMessage";
    denied_with(
        world,
        ask,
        &of("identity"),
        "because no identity-based policy allows the sqs:ReceiveMessage action",
    );
    denied_with(
        world,
        ask,
        &of("deny"),
        "with an explicit deny in an identity-based policy",
    );
    denied_with(
        world,
        ask,
        &of("resource"),
        "because no resource-based policy allows the sqs:ReceiveMessage action",
    );
    denied_with(
        world,
        ask,
        &of("session"),
        "because no session policy allows the sqs:ReceiveMessage action",
    );
    denied_with(
        world,
        ask,
        &of("boundary"),
        "because no permissions boundary allows the sqs:ReceiveMessage action",
    );
    denied_with(
        world,
        ask,
        &of("endpoint"),
        "because no VPC endpoint policy allows the sqs:ReceiveMessage action",
    );
    denied_with(
        world,
        ask,
        &of("scp"),
        "with an explicit deny in a service control policy",
    );
    denied_with(
        world,
        ask,
        &of("rcp"),
        "with an explicit deny in a resource control policy",
    );
    // No message: today's policies tell. One lacks an Allow, one was allowed since.
    world.usage.push(denied("sqs:PurgeQueue", &of("no-message")));
    world.usage.push(denied("sqs:SendMessage", &of("allowed-since")));
}

fn limits(world: &mut World) {
    let boundary = statement_of(allow(&json!(["s3:*", "sqs:*", "ec2:*"]), &json!("*")));
    world.role.permissions_boundary = Some(NamedPolicy {
        name: "limit".into(),
        managed: true,
        document: Some(boundary.to_string()),
    });
    let full = || read(statement_of(allow(&json!("*"), &json!("*"))));
    let no_sqs = read(statement_of(deny(&json!("sqs:*"), &json!("*"))));
    world.scps = vec![vec![full()], vec![full(), no_sqs]];
    let table = "arn:aws:dynamodb:eu-west-1:111122223333:table/secret";
    world.usage.push(denied("dynamodb:GetItem", table));
    world.usage.push(denied("sqs:ReceiveMessage", QUEUE));
    world.usage.push(denied("ec2:DescribeVpcs", "*"));
}

fn unmapped(world: &mut World) {
    world.unmapped = vec![UnmappedCall {
        event_source: "new.amazonaws.com".into(),
        event_name: "DoIt".into(),
        calls: 4,
        sample_event_id: "new-event".into(),
    }];
}

fn tags_that_grant(world: &mut World) {
    let mut grant = allow(&json!(["s3:GetObject", "sqs:SendMessage"]), &json!("*"));
    grant["Condition"] = json!({"StringEquals": {"aws:PrincipalTag/kubernetes-namespace": "shop"}});
    world.role.policies = vec![policy("cart", &json!([grant]))];
    world.options.attach = PolicyKind::Association;
}

fn many_queues(count: u32) -> Vec<Usage> {
    let name = |n| format!("arn:aws:sqs:eu-west-1:111122223333:a-queue-with-a-name-{n:03}");
    (0..count).map(|n| used("sqs:SendMessage", &name(n))).collect()
}

fn recommended(world: &World) -> Recommendation {
    let cluster = cluster();
    let role = RoleInput {
        role: world.known.then_some(&world.role),
        association: world.association.as_ref(),
        chained_from: world.chained_from.clone(),
        unmapped: world.unmapped.clone(),
        shared_by: world.shared_by.clone(),
        scps: &world.scps,
        messages: world.messages.clone(),
        endpoints: world.endpoints.clone(),
        ..with_usage(world.usage.clone())
    };
    world.options.check().unwrap();
    recommend(&RecommendInput {
        cluster: Some(&cluster),
        mechanisms: world.mechanisms.clone(),
        observed: ObservedSources::new(["s3.amazonaws.com"]),
        options: world.options.clone(),
        window: Window {
            from: Some(Timestamp(0)),
            to: Some(Timestamp(world.days * DAY)),
        },
        ..input(vec![role])
    })
}

#[test]
fn every_situation_is_as_reviewed() {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("src/recommend/tests/golden");
    let update = std::env::var_os("UPDATE_GOLDEN").is_some();
    let mut expected: Vec<String> = Vec::new();
    for (name, world) in situations() {
        let path = folder.join(format!("{name}.json"));
        let found = serde_json::to_string_pretty(&recommended(&world)).unwrap() + "\n";
        if update {
            std::fs::create_dir_all(&folder).unwrap();
            std::fs::write(&path, &found).unwrap();
        }
        let reviewed = std::fs::read_to_string(&path).unwrap_or_default();
        let line = found.lines().zip(reviewed.lines()).position(|(a, b)| a != b);
        assert!(
            found == reviewed,
            "{name} differs from its file at line {:?}; look at it, then run with UPDATE_GOLDEN=1",
            line.map(|at| at + 1)
        );
        expected.push(format!("{name}.json"));
    }
    let mut files: Vec<String> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    files.sort();
    expected.sort();
    assert_eq!(files, expected, "a file without its situation");
}

#[test]
fn what_is_proposed_denies_nothing_and_has_no_lint() {
    for (name, world) in situations() {
        for made in recommended(&world).recommendations {
            assert_eq!(made.replay.denied, 0, "{name}");
            for policy in &made.policies {
                let kind = match policy.kind {
                    PolicyKind::Managed => LintKind::Managed,
                    PolicyKind::Inline => LintKind::Inline,
                    PolicyKind::Association => LintKind::Session,
                };
                assert_eq!(lint(policy.document.as_ref().unwrap(), kind), [], "{name}");
            }
            if let Some(trust) = made.trust.proposed.filter(|t| Some(t) != made.trust.current.as_ref()) {
                assert_eq!(lint(&trust, LintKind::Trust), [], "{name}");
            }
        }
    }
}
