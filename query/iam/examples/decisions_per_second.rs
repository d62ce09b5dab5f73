//! Prints how many requests a second one core judges against a 20-statement policy.
//!
//! `cargo run --release -p podtrail-iam --example decisions_per_second`; with `-- cases` it prints the
//! requests instead, as lines for `podtrail simulate` with the decision beside, for other evaluators
//! to be measured on.

use std::error::Error;
use std::hint::black_box;
use std::time::Instant;

use podtrail_iam::evaluate::{Context, Layers, Principal, Request, UnknownKeys, Verdict, evaluate, verdict};
use podtrail_iam::policy::Policy;
use podtrail_iam::policy::build::{Document, Statement};
use serde_json::{Value, json};

const ROUNDS: usize = 1_000;
const RUNS: usize = 200;

fn main() -> Result<(), Box<dyn Error>> {
    let policies = [document().compile()?];
    let layers = Layers {
        identity: &policies,
        ..Layers::default()
    };
    let principal = Principal::new("arn:aws:sts::111122223333:assumed-role/app/pod", None)
        .with_tags([("kubernetes-namespace", "shop")]);
    let context: Context = [
        ("aws:SourceIp", "10.1.2.3"),
        ("kms:ViaService", "s3.eu-west-1.amazonaws.com"),
    ]
    .into_iter()
    .collect();
    let unknown = UnknownKeys::default();
    let requests: Vec<Request<'_>> = CALLS
        .iter()
        .map(|(action, resource)| Request {
            principal: &principal,
            action,
            resource,
            resource_account: None,
            resource_level: true,
            context: &context,
            unknown: &unknown,
        })
        .collect();
    if std::env::args().nth(1).as_deref() == Some("cases") {
        for request in &requests {
            println!("{}", case(request, verdict(request, &layers)));
        }
        return Ok(());
    }
    let allowed = requests
        .iter()
        .filter(|request| verdict(request, &layers) == Verdict::Allow)
        .count();
    println!(
        "{} statements, {} kinds of call, {allowed} of them allowed",
        policies.iter().flat_map(Policy::statements).count(),
        requests.len()
    );
    rate("verdict", &requests, |request| verdict(request, &layers));
    rate("evaluate (with reasons)", &requests, |request| {
        evaluate(request, &layers).verdict
    });
    Ok(())
}

/// A request with the policy, in the form that `podtrail simulate` reads.
fn case(request: &Request<'_>, verdict: Verdict) -> Value {
    let mut context = serde_json::Map::new();
    for key in ["aws:SourceIp", "kms:ViaService"] {
        context.extend(
            request
                .context
                .get(key)
                .map(|values| (key.to_owned(), json!(values.first()))),
        );
    }
    context.insert("aws:PrincipalTag/kubernetes-namespace".to_owned(), json!("shop"));
    json!({
        "principal": { "arn": request.principal.arn() },
        "action": request.action,
        "resource": request.resource,
        "context": context,
        "identity_policies": [document().to_value()],
        "decision": verdict,
    })
}

/// Prints the best of several runs and their median: on a shared machine the others measure the neighbours.
fn rate(name: &str, requests: &[Request<'_>], judge: impl Fn(&Request<'_>) -> Verdict) {
    let run = |_| {
        let start = Instant::now();
        for _ in 0..ROUNDS {
            for request in requests {
                black_box(judge(black_box(request)));
            }
        }
        (ROUNDS * requests.len()) as f64 / start.elapsed().as_secs_f64() / 1e6
    };
    let mut rates: Vec<f64> = (0..RUNS).map(run).collect();
    rates.sort_by(f64::total_cmp);
    if let (Some(best), Some(median)) = (rates.last(), rates.get(RUNS / 2)) {
        println!("{name}: {best:.2} M decisions/s (median {median:.2})");
    }
}

const CALLS: [(&str, &str); 8] = [
    ("s3:GetObject", "arn:aws:s3:::bucket-3/path/to/some/key.json"),
    ("s3:PutObject", "arn:aws:s3:::shared/shop/orders/1.json"),
    ("sqs:GetQueueUrl", "arn:aws:sqs:eu-central-1:111122223333:queue-4"),
    ("sqs:SendMessage", "arn:aws:sqs:eu-west-1:111122223333:queue-2"),
    (
        "dynamodb:Query",
        "arn:aws:dynamodb:eu-west-1:111122223333:table/orders/index/by-day",
    ),
    ("ec2:DescribeInstances", "*"),
    ("s3:DeleteObject", "arn:aws:s3:::bucket-1/key"),
    ("iam:CreateUser", "arn:aws:iam::111122223333:user/x"),
];

/// Twenty statements as a recommendation has them: lists of actions on ARNs, some conditions, a
/// variable, a Deny.
fn document() -> Document {
    let mut statements: Vec<Statement> = Vec::new();
    for number in 0..5 {
        statements.push(Statement::allow(
            ["s3:GetObject", "s3:GetObjectVersion"],
            [format!("arn:aws:s3:::bucket-{number}/*")],
        ));
        statements.push(Statement::allow(
            ["sqs:SendMessage", "sqs:GetQueueUrl"],
            [format!("arn:aws:sqs:*:111122223333:queue-{number}")],
        ));
        statements.push(
            Statement::allow(
                ["kms:Decrypt", "kms:GenerateDataKey*"],
                [format!("arn:aws:kms:eu-west-1:444455556666:key/{number}")],
            )
            .when("StringEquals", "kms:ViaService", "s3.eu-west-1.amazonaws.com"),
        );
    }
    statements.push(Statement::allow(
        ["s3:PutObject"],
        ["arn:aws:s3:::shared/${aws:PrincipalTag/kubernetes-namespace}/*"],
    ));
    statements.push(Statement::allow(
        ["dynamodb:*Item", "dynamodb:Query"],
        ["arn:aws:dynamodb:*:*:table/orders*"],
    ));
    statements.push(Statement::allow(["ec2:Describe*"], ["*"]).when("IpAddress", "aws:SourceIp", "10.0.0.0/8"));
    statements.push(Statement::allow(
        ["logs:PutLogEvents"],
        ["arn:aws:logs:*:*:log-group:/app/*:*"],
    ));
    let mut deny = Statement::allow(["s3:Delete*"], ["*"]);
    deny.effect = podtrail_iam::policy::Effect::Deny;
    statements.push(deny);
    Document { statements }
}
