//! The generated situations, in the form that `podtrail simulate` reads.

use serde_json::{Value, json};

use super::conditions;
use super::random::Random;

/// How many situations there are; each is made from [`SEED`] and its number alone.
pub(crate) const COUNT: usize = 24_000;
const SEED: u64 = 0x706F_6474_7261_696C;

const ACCOUNT: &str = "111122223333";
const OTHER: &str = "444455556666";
const USER: &str = "arn:aws:iam::111122223333:user/ana";
const SESSION: &str = "arn:aws:sts::111122223333:assumed-role/app/pod-1";
const ROLE: &str = "arn:aws:iam::111122223333:role/app";

/// Actions with resources they act on, each of one type, and patterns near them.
struct Target {
    actions: &'static [&'static str],
    resource: &'static str,
    patterns: &'static [&'static str],
}

const TARGETS: [Target; 12] = [
    Target {
        actions: &["s3:GetObject", "s3:PutObject", "s3:DeleteObject", "s3:GetObjectTagging"],
        resource: "arn:aws:s3:::bucket/blue/orders.json",
        patterns: &[
            "arn:aws:s3:::bucket/*",
            "arn:aws:s3:::bucket/blue/orders.json",
            "arn:aws:s3:::bucket/${aws:PrincipalTag/team}/*",
            "arn:aws:s3:::bucket/${aws:PrincipalTag/team, 'blue'}/*",
            "arn:aws:s3:::bucket/b??e/*.json",
            "arn:aws:s3:::bucket",
            "arn:aws:s3:::Bucket/*",
            "arn:aws:s3:::bucket/bl${*}ue/*",
            "arn:aws:s3:::*/orders.json",
            "arn:aws:s3:*:*:bucket/*",
        ],
    },
    Target {
        actions: &["s3:ListBucket", "s3:GetBucketPolicy"],
        resource: "arn:aws:s3:::bucket",
        patterns: &[
            "arn:aws:s3:::bucket",
            "arn:aws:s3:::bucket/*",
            "arn:aws:s3:::buck*",
            "arn:aws:s3:::*",
            "arn:*:s3:::bucke?",
        ],
    },
    Target {
        actions: &["sqs:SendMessage", "sqs:ReceiveMessage", "sqs:DeleteMessage"],
        resource: "arn:aws:sqs:eu-west-1:111122223333:orders-blue",
        patterns: &[
            "arn:aws:sqs:eu-west-1:111122223333:orders-blue",
            "arn:aws:sqs:*:111122223333:orders-*",
            "arn:aws:sqs:*:*:*",
            "arn:aws:sqs:eu-west-?:111122223333:orders-${aws:PrincipalTag/team}",
            "arn:aws:sqs:us-east-1:111122223333:orders-blue",
            "arn:aws:sqs:eu-west-1:444455556666:*",
            "arn:aws:sqs:*:orders-blue",
            "arn:aws:sqs:eu-west-1:111122223333:Orders-blue",
        ],
    },
    Target {
        actions: &["dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:UpdateItem"],
        resource: "arn:aws:dynamodb:eu-west-1:111122223333:table/orders",
        patterns: &[
            "arn:aws:dynamodb:eu-west-1:111122223333:table/orders",
            "arn:aws:dynamodb:*:*:table/*",
            "arn:aws:dynamodb:eu-west-1:111122223333:table/orders/index/*",
            "arn:aws:dynamodb:eu-*-1:1111*:table/orders",
            "arn:aws:dynamodb:eu-west-1:111122223333:*",
        ],
    },
    Target {
        actions: &["secretsmanager:GetSecretValue", "secretsmanager:DescribeSecret"],
        resource: "arn:aws:secretsmanager:eu-west-1:111122223333:secret:blue/db-AbCdEf",
        patterns: &[
            "arn:aws:secretsmanager:eu-west-1:111122223333:secret:blue/db-??????",
            "arn:aws:secretsmanager:*:*:secret:${aws:PrincipalTag/team}/*",
            "arn:aws:secretsmanager:*:*:secret:*",
            "arn:aws:secretsmanager:eu-west-1:111122223333:secret:blue/db",
        ],
    },
    Target {
        actions: &["kms:Decrypt", "kms:GenerateDataKey"],
        resource: "arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab",
        patterns: &[
            "arn:aws:kms:eu-west-1:111122223333:key/*",
            "arn:aws:kms:*:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab",
            "arn:aws:kms:eu-west-1:444455556666:key/*",
        ],
    },
    Target {
        actions: &["sts:AssumeRole"],
        resource: "arn:aws:iam::111122223333:role/target",
        patterns: &[
            "arn:aws:iam::111122223333:role/target",
            "arn:aws:iam::*:role/*",
            "arn:aws:iam::444455556666:role/target",
        ],
    },
    Target {
        actions: &[
            "ec2:DescribeInstances",
            "s3:ListAllMyBuckets",
            "ecr:GetAuthorizationToken",
        ],
        resource: "*",
        patterns: &[
            "arn:aws:s3:::bucket",
            "arn:aws:ec2:eu-west-1:111122223333:instance/*",
            "*",
        ],
    },
    Target {
        actions: &["lambda:InvokeFunction"],
        resource: "arn:aws:lambda:eu-west-1:111122223333:function:orders",
        patterns: &[
            "arn:aws:lambda:eu-west-1:111122223333:function:orders",
            "arn:aws:lambda:*:*:function:ord*",
            "arn:aws:lambda:eu-west-1:111122223333:function:orders:*",
        ],
    },
    Target {
        actions: &["iam:DeletePolicy", "iam:CreatePolicyVersion", "iam:GetPolicy"],
        resource: "arn:aws:iam::aws:policy/ReadOnlyAccess",
        patterns: &[
            "arn:aws:iam::aws:policy/*",
            "arn:aws:iam::*:policy/ReadOnly*",
            "arn:aws:iam::111122223333:*",
        ],
    },
    Target {
        actions: &["iam:PutRolePolicy", "iam:TagRole", "iam:GetRole"],
        resource: "arn:aws:iam::111122223333:role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_Admin_1",
        patterns: &[
            "arn:aws:iam::*:role/aws-reserved/*",
            "arn:aws:iam::111122223333:role/*",
            "arn:aws:iam::*:role/app",
        ],
    },
    Target {
        actions: &["kms:DeleteAlias", "kms:UpdateAlias"],
        resource: "arn:aws:kms:eu-west-1:111122223333:alias/aws/s3",
        patterns: &["arn:aws:kms:*:*:alias/*", "arn:aws:kms:eu-west-1:111122223333:key/*"],
    },
];

/// One request being given policies.
struct Request {
    target: &'static Target,
    action: &'static str,
}

/// All situations, numbered.
pub(crate) fn all() -> Vec<Value> {
    (0..COUNT).map(case).collect()
}

/// The situation of a number: a third about conditions, a third about many statements, a third about layers.
pub(crate) fn case(number: usize) -> Value {
    let mut random = Random::new(SEED ^ (number as u64).wrapping_mul(0xD134_2543_DE82_EF95));
    let target = match number % 3 {
        // Keys and trust have rules of their own, which only cases with layers can meet.
        2 => &TARGETS[random.below(TARGETS.len())],
        _ => &TARGETS[random.below(5)],
    };
    let target = if number % 3 == 1 && random.chance(12) {
        &TARGETS[7]
    } else {
        target
    };
    let request = Request {
        target,
        action: random.pick(target.actions),
    };
    let principal = random.pick(&[USER, SESSION]);
    let mut case = json!({
        "principal": { "arn": principal },
        "action": request.action,
        "resource": target.resource,
        "context": context(&mut random, principal),
    });
    match number % 3 {
        0 => case["identity_policies"] = json!([about_conditions(&mut random, &request)]),
        1 => case["identity_policies"] = json!(random.some(3, |random| policy(random, &request, 4, 30))),
        _ => layers(&mut random, &request, principal, &mut case),
    }
    case
}

/// What a request carries: what follows from the principal, and some of the keys.
fn context(random: &mut Random, principal: &str) -> Value {
    let mut context = conditions::context(random);
    let arn = if principal == SESSION { ROLE } else { principal };
    context.insert("aws:PrincipalArn".to_owned(), json!(arn));
    context.insert("aws:PrincipalAccount".to_owned(), json!(ACCOUNT));
    let kind = if principal == SESSION { "AssumedRole" } else { "User" };
    context.insert("aws:PrincipalType".to_owned(), json!(kind));
    Value::Object(context)
}

/// An Allow, and in half of the cases a Deny, that match but for their conditions.
fn about_conditions(random: &mut Random, request: &Request) -> Value {
    let mut one = |effect: &str| {
        json!({
            "Effect": effect, "Action": request.action, "Resource": request.target.resource,
            "Condition": conditions::condition(random)
        })
    };
    let allow = one("Allow");
    let deny = one("Deny");
    let statements = if random.chance(50) {
        vec![allow]
    } else {
        vec![allow, deny]
    };
    document(random, statements)
}

fn document(random: &mut Random, mut statements: Vec<Value>) -> Value {
    let statements = match statements.pop() {
        Some(only) if statements.is_empty() && random.chance(30) => only,
        Some(last) => {
            statements.push(last);
            json!(statements)
        }
        None => json!([]),
    };
    match random.below(20) {
        0 => json!({ "Version": "2008-10-17", "Statement": statements }),
        _ => json!({ "Version": "2012-10-17", "Statement": statements }),
    }
}

/// A document of up to `most` statements, of which `denies` in a hundred deny.
fn policy(random: &mut Random, request: &Request, most: usize, denies: usize) -> Value {
    let statements = random.some(most, |random| statement(random, request, denies));
    document(random, statements)
}

fn statement(random: &mut Random, request: &Request, denies: usize) -> Value {
    let effect = if random.chance(denies) { "Deny" } else { "Allow" };
    let verb = if random.chance(14) { "NotAction" } else { "Action" };
    let element = if random.chance(14) { "NotResource" } else { "Resource" };
    let actions = random.some(2, |random| action(random, request));
    let resources = random.some(2, |random| resource(random, request));
    let mut statement = json!({ "Effect": effect, verb: either(random, actions), element: either(random, resources) });
    if random.chance(30) {
        statement["Condition"] = conditions::condition(random);
    }
    statement
}

/// A list of one as a string, half of the times.
fn either(random: &mut Random, list: Vec<String>) -> Value {
    match list.as_slice() {
        [only] if random.chance(50) => json!(only),
        _ => json!(list),
    }
}

fn action(random: &mut Random, request: &Request) -> String {
    let (service, name) = request.action.split_once(':').expect("an action");
    match random.below(12) {
        0..=3 => request.action.to_owned(),
        4 => request.action.to_lowercase(),
        5 => format!("{service}:*"),
        6 => format!("{service}:{}*", &name[..3]),
        7 => format!("{service}:?{}", &name[1..]),
        8 => format!("{service}:*{}", &name[3..]),
        9 => "*".to_owned(),
        10 => random.pick(request.target.actions).to_owned(),
        _ => random.pick(random_other(request)).to_owned(),
    }
}

/// Actions of another target.
fn random_other(request: &Request) -> &'static [&'static str] {
    let other = TARGETS.iter().find(|target| target.resource != request.target.resource);
    other.map(|target| target.actions).unwrap_or_default()
}

fn resource(random: &mut Random, request: &Request) -> String {
    match random.below(8) {
        0 | 1 => "*".to_owned(),
        2 => request.target.resource.to_owned(),
        _ => random.pick(request.target.patterns).to_owned(),
    }
}

/// Policies of several layers, each there or not.
fn layers(random: &mut Random, request: &Request, principal: &str, case: &mut Value) {
    // What AWS owns is of no account.
    let cross = random.chance(25) && !request.target.resource.contains("::aws:");
    if cross {
        case["resource_account"] = json!(OTHER);
        case["resource"] = json!(request.target.resource.replace(ACCOUNT, OTHER));
    }
    if random.chance(80) {
        case["identity_policies"] = json!(random.some(2, |random| guard(random, request)));
    }
    if random.chance(30) {
        case["permissions_boundary"] = guard(random, request);
    }
    if principal == SESSION && random.chance(30) {
        case["session_policies"] = json!([guard(random, request)]);
    }
    if random.chance(30) {
        case["scps"] = json!(random.some(3, |random| random.some(2, |random| guard(random, request))));
    }
    if random.chance(20) {
        case["rcps"] = json!(random.some(2, |random| vec![control(random, request)]));
    }
    if random.chance(55) {
        case["resource_policy"] = resource_policy(random, request, principal);
    }
    if random.chance(15) {
        case["vpc_endpoint_policy"] = json!([open_to_all(random, request)]);
    }
}

/// A document that allows, more often than not.
fn guard(random: &mut Random, request: &Request) -> Value {
    if random.chance(45) {
        let action = random.pick(&["*", request.action]);
        return document(
            random,
            vec![json!({ "Effect": "Allow", "Action": action, "Resource": "*" })],
        );
    }
    policy(random, request, 2, 15)
}

/// A resource control policy: it only denies, and names actions of services.
fn control(random: &mut Random, request: &Request) -> Value {
    let mut deny = statement(random, request, 100);
    deny["Principal"] = json!("*");
    deny["Action"] = json!(random.pick(&[
        request.action,
        request.action,
        "s3:*",
        "sqs:*",
        "dynamodb:*",
        "kms:*",
        "sts:*"
    ]));
    if let Some(map) = deny.as_object_mut() {
        map.remove("NotAction");
    }
    document_of_2012(vec![deny])
}

fn open_to_all(random: &mut Random, request: &Request) -> Value {
    let mut document = guard(random, request);
    for statement in statements_mut(&mut document) {
        statement["Principal"] = json!("*");
    }
    document
}

fn document_of_2012(statements: Vec<Value>) -> Value {
    json!({ "Version": "2012-10-17", "Statement": statements })
}

fn statements_mut(document: &mut Value) -> Vec<&mut Value> {
    match &mut document["Statement"] {
        Value::Array(list) => list.iter_mut().collect(),
        one => vec![one],
    }
}

/// A resource policy whose statements name the principal in one of the ways there are.
fn resource_policy(random: &mut Random, request: &Request, principal: &str) -> Value {
    let mut document = guard(random, request);
    let is_trust = request.action == "sts:AssumeRole";
    for statement in statements_mut(&mut document) {
        let named = match random.below(8) {
            0 => json!("*"),
            1 => json!({ "AWS": "*" }),
            2 | 3 => json!({ "AWS": principal }),
            4 if principal == SESSION => json!({ "AWS": ROLE }),
            4 => json!({ "AWS": [principal, "arn:aws:iam::444455556666:user/eve"] }),
            5 => json!({ "AWS": ACCOUNT }),
            6 => json!({ "AWS": "arn:aws:iam::111122223333:root" }),
            _ => json!({ "AWS": "arn:aws:iam::444455556666:user/eve" }),
        };
        statement["Principal"] = named;
        if let Some(map) = statement.as_object_mut().filter(|_| is_trust) {
            map.remove("Resource");
            map.remove("NotResource");
        }
    }
    document
}
