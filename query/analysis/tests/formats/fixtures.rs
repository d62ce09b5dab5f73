//! Recommendations by situation: made by `recommend`, and some then changed to what it makes only seldom.

use std::collections::BTreeMap;

use podtrail_analysis::answer::{
    Coverage, PolicyKind, PolicyOut, RecommendOptions, Recommendation, RoleRecommendation, Warning, Window,
};
use podtrail_analysis::inventory::{Cluster, NamedPolicy, Role};
use podtrail_analysis::lineage::Mechanism;
use podtrail_analysis::recommend::{ObservedSources, RecommendInput, RoleInput, recommend};
use podtrail_analysis::usage::{Outcome, Usage, Workload};
use podtrail_event::time::Timestamp;
use podtrail_iam::policy::build::{characters, minified};
use serde_json::{Value, json};

pub(crate) const ROLE: &str = "arn:aws:iam::111122223333:role/team/cart";
pub(crate) const CLUSTER: &str = "arn:aws:eks:eu-west-1:111122223333:cluster/prod";
const ISSUER: &str = "oidc.eks.eu-west-1.amazonaws.com/id/0123456789ABCDEF0123456789ABCDEF";

fn workload() -> Workload {
    Workload {
        cluster: "prod".into(),
        cluster_arn: Some(CLUSTER.into()),
        namespace: "shop".into(),
        service_account: "cart".into(),
    }
}

fn used(action: &str, resource: &str) -> Usage {
    Usage {
        workload: workload(),
        role_arn: ROLE.into(),
        action: action.into(),
        resource: resource.into(),
        conditions: BTreeMap::new(),
        outcome: Outcome::Ok,
        calls: 10,
        first_seen: Some(Timestamp(0)),
        last_seen: Some(Timestamp(86_400_000_000)),
        sample_event_id: format!("{action}@{resource}"),
    }
}

fn shop_usage() -> Vec<Usage> {
    let mut decrypt = used("kms:Decrypt", "arn:aws:kms:eu-west-1:111122223333:key/k");
    decrypt
        .conditions
        .insert("kms:ViaService".into(), vec!["s3.eu-west-1.amazonaws.com".into()]);
    let mut usage: Vec<Usage> = (1..=4)
        .map(|n| used("s3:GetObject", &format!("arn:aws:s3:::shop-orders/in/2026-11-0{n}.csv")))
        .collect();
    usage.push(used("s3:ListBucket", "arn:aws:s3:::shop-orders"));
    usage.push(decrypt);
    usage
}

/// Made from usage, with a role whose trust policy is too wide.
pub(crate) fn made_of(usage: Vec<Usage>, mechanism: Mechanism) -> Recommendation {
    let trust = json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": "sts:AssumeRoleWithWebIdentity",
         "Principal": {"Federated": format!("arn:aws:iam::111122223333:oidc-provider/{ISSUER}")},
         "Condition": {"StringLike": {format!("{ISSUER}:sub"): "system:serviceaccount:shop:*"}}},
        {"Effect": "Allow", "Action": ["sts:AssumeRole", "sts:TagSession"],
         "Principal": {"Service": "pods.eks.amazonaws.com"}}]});
    let granted =
        json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]});
    let role = Role {
        arn: ROLE.into(),
        trust_policy: Some(trust.to_string()),
        policies: vec![NamedPolicy {
            name: "everything".into(),
            managed: false,
            document: Some(granted.to_string()),
        }],
        ..Role::default()
    };
    let cluster = Cluster {
        arn: CLUSTER.into(),
        name: "prod".into(),
        oidc_issuer: Some(ISSUER.into()),
        ..Cluster::default()
    };
    recommend(&RecommendInput {
        workload: workload(),
        cluster: Some(&cluster),
        mechanisms: vec![mechanism],
        window: Window::default(),
        coverage: Coverage::default(),
        observed: ObservedSources::default(),
        options: RecommendOptions::default(),
        roles: vec![RoleInput {
            role_arn: ROLE.into(),
            role: Some(&role),
            usage,
            ..RoleInput::default()
        }],
    })
}

pub(crate) fn shop(mechanism: Mechanism) -> Recommendation {
    made_of(shop_usage(), mechanism)
}

/// The shop's recommendation with other documents.
pub(crate) fn with_documents(kind: PolicyKind, documents: &[Value]) -> Recommendation {
    let mut one = shop(Mechanism::PodIdentity);
    let policies = documents.iter().enumerate().map(|(at, document)| PolicyOut {
        name: format!("policy-{at}"),
        kind,
        characters: characters(&minified(document)) as u64,
        document: Some(document.clone()),
    });
    one.recommendations[0].policies = policies.collect();
    one.recommendations[0].trust = podtrail_analysis::answer::Trust::default();
    one
}

fn allow(action: &str, resource: &str) -> Value {
    json!({"Version": "2012-10-17", "Statement": [{"Sid": "A", "Effect": "Allow", "Action": [action], "Resource": [resource]}]})
}

/// Names that a naive writer gets wrong; IAM takes each of these characters.
pub(crate) const HOSTILE: [&str; 12] = [
    "a\"b'c\\d",
    "${aws:PrincipalTag/kubernetes-namespace}",
    "$${x}$$$${y}%{if true}%%{x}",
    "line\nfeed\r\n\ttab",
    "\"\n}\nresource \"aws_iam_user\" \"x\" {}\n#",
    "\n- Sid: x\n? y : z # &a *b !c |",
    "</script><!-- ]]>",
    "é\u{A0}\u{AD}ÿ",
    "*",
    "?",
    "2012-10-17",
    "{{x}} {resolve:ssm:x} !Sub Fn::Sub",
];

/// Documents of every shape that the language has.
fn shapes() -> Vec<Value> {
    let mut documents: Vec<Value> = HOSTILE
        .iter()
        .map(|name| allow("s3:GetObject", &format!("arn:aws:s3:::b/{name}")))
        .collect();
    for value in [
        json!("${aws:username}"),
        json!(["b", "a"]),
        json!(true),
        json!(5),
        json!([true, "x"]),
    ] {
        documents.push(json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*",
            "Condition": {"StringLikeIfExists": {"aws:RequestTag/${x}%{y}\"": value}, "ForAnyValue:StringLike": {"aws:PrincipalTag/k": "x", "aws:PrincipalTag/l": ["y"]}}}]}));
    }
    documents
}

/// Documents that IAM takes only in part, or that are written in an old or a rare way.
fn odd_shapes() -> Vec<Value> {
    vec![
        json!({"Version": "2012-10-17", "Id": "x\"y", "Statement": {"Effect": "Deny", "NotAction": ["a:*"], "NotResource": "${x}"}}),
        json!({"Version": "2008-10-17", "Statement": [{"Effect": "Allow", "Action": "a:b", "Resource": "${x}"}]}),
        json!({"Statement": [{"Effect": "Allow", "Action": "a:b", "Resource": "*"}]}),
        // What Terraform's data source cannot say.
        allow("a:b", "arn:aws:s3:::b/&{x}"),
        json!({"Version": "2012-10-17", "Statement": [{"Sid": "A", "Effect": "Allow", "Action": [], "Resource": "*"}]}),
        json!({"Version": "2012-10-17", "Statement": []}),
        json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "a:b", "Resource": "*", "Comment": "${x}"}]}),
        json!({"Version": "2012-10-17", "Statement": [{"Sid": "A", "Effect": "Allow", "Action": "a:b", "Resource": "*"},
            {"Sid": "A", "Effect": "Allow", "Action": "a:c", "Resource": "*"}]}),
    ]
}

fn trusts() -> Vec<Recommendation> {
    let principals = [
        json!("*"),
        json!({"AWS": "*"}),
        json!({"AWS": ["arn:aws:iam::111122223333:root", "x"], "Service": "pods.eks.amazonaws.com"}),
    ];
    let trust = |principal: Value, version: &str| {
        let mut one = shop(Mechanism::Irsa);
        one.recommendations[0].trust.proposed = Some(json!({"Version": version, "Statement": [
            {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole", "Condition": {"StringLike": {"a:b": "${x}"}}},
            {"Effect": "Deny", "NotPrincipal": principal, "Action": "sts:AssumeRole"}]}));
        one.recommendations[0].trust.why = vec!["narrowed\nresource \"x\" \"y\" {}".to_owned()];
        one
    };
    let versions = ["2012-10-17", "2008-10-17"];
    let all = principals
        .iter()
        .flat_map(|p| versions.map(|version| trust(p.clone(), version)));
    all.collect()
}

fn two_roles() -> Recommendation {
    let mut one = shop(Mechanism::Irsa);
    let mut second: RoleRecommendation = one.recommendations[0].clone();
    second.role_arn = "arn:aws:iam::444455556666:role/cart".to_owned();
    second.trust.proposed = second.trust.current.clone();
    second.policies[0].name = "another".to_owned();
    one.recommendations.push(second);
    one.note = Some("no recommendation for `x`:\nresource \"x\" \"y\" {}".to_owned());
    one
}

fn split() -> Recommendation {
    let names = |n: usize| format!("arn:aws:dynamodb:eu-west-1:111122223333:table/{}-{n}", "t".repeat(200));
    let services = ["Query", "GetItem", "PutItem", "Scan"];
    let usage = (0..60).map(|n| used(&format!("dynamodb:{}", services[n % 4]), &names(n)));
    let one = made_of(usage.collect(), Mechanism::Irsa);
    assert!(one.recommendations[0].policies.len() > 1, "it is to be split");
    one
}

fn unknown_cluster() -> Recommendation {
    let mut one = shop(Mechanism::PodIdentity);
    one.cluster_arn = None;
    one.workload = format!("{ISSUER}/shop/cart\" ${{x}}\n");
    one
}

fn warned() -> Recommendation {
    let mut one = shop(Mechanism::Irsa);
    let sid = one.recommendations[0].policies[0].document.as_ref().unwrap()["Statement"][1]["Sid"].clone();
    one.recommendations[0].warnings.push(Warning {
        code: "x".to_owned(),
        message: "widened,\n} resource \"x\" \"y\" {}\n- Sid: x".to_owned(),
        statement: sid.as_str().map(str::to_owned),
    });
    one
}

pub(crate) fn empty() -> Recommendation {
    made_of(Vec::new(), Mechanism::Irsa)
}

/// Every situation with its name.
pub(crate) fn situations() -> Vec<(String, Vec<Recommendation>)> {
    let mut all = vec![
        ("nothing".to_owned(), vec![]),
        ("no use".to_owned(), vec![empty()]),
        ("by IRSA".to_owned(), vec![shop(Mechanism::Irsa)]),
        ("by Pod Identity".to_owned(), vec![shop(Mechanism::PodIdentity)]),
        ("with the node's role".to_owned(), vec![shop(Mechanism::NodeRole)]),
        ("two roles".to_owned(), vec![two_roles()]),
        ("split".to_owned(), vec![split()]),
        ("an unknown cluster".to_owned(), vec![unknown_cluster()]),
        ("a warning about a statement".to_owned(), vec![warned()]),
    ];
    all.extend(
        trusts()
            .into_iter()
            .enumerate()
            .map(|(at, one)| (format!("trust policy {at}"), vec![one])),
    );
    for kind in [PolicyKind::Managed, PolicyKind::Inline, PolicyKind::Association] {
        let shapes = shapes().into_iter().map(|document| ("of", document));
        for (how, document) in shapes.chain(odd_shapes().into_iter().map(|document| ("odd", document))) {
            let name = format!("{kind:?} {how} {document}");
            all.push((name, vec![with_documents(kind, &[document])]));
        }
    }
    let mut together = vec![empty(), shop(Mechanism::Irsa), split(), two_roles(), unknown_cluster()];
    together[2].workload = "prod/shop/cart-split".to_owned();
    together[3].workload = format!("{}/shop/cart", CLUSTER.replace("eu-west-1", "eu-west-2"));
    together[3].cluster_arn = None;
    all.push(("all".to_owned(), together));
    all
}
