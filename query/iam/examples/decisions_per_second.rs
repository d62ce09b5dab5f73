//! Prints how many requests a second one core judges against a 20-statement policy.
//!
//! `cargo run --release -p podtrail-iam --example decisions_per_second`

use std::error::Error;
use std::hint::black_box;
use std::time::Instant;

use podtrail_iam::evaluate::{Context, Layers, Principal, Request, UnknownKeys, Verdict, evaluate, verdict};
use podtrail_iam::policy::Policy;
use podtrail_iam::policy::build::{Document, Statement};

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

/// Prints the best of several runs: on a shared machine the others measure the neighbours.
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
    let best = (0..RUNS).map(run).fold(0.0, f64::max);
    println!("{name}: {best:.2} M decisions/s");
}

const CALLS: [(&str, &str); 8] = [
    ("s3:GetObject", "arn:aws:s3:::bucket-3/path/to/some/key.json"),
    ("s3:PutObject", "arn:aws:s3:::shared/shop/orders/1.json"),
    ("kms:Decrypt", "arn:aws:kms:eu-west-1:444455556666:key/2"),
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
