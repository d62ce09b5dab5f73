//! How long a recommendation with its replay over a million calls takes:
//! `cargo run --release -p podtrail-analysis --example recommendation_speed [CALLS]`.
//!
//! Twice: as a lake adds calls up, a row for each action, resource and day, and at worst, where each call is of a
//! resource of its own. Prints `<shape>: <seconds> s, <calls> calls in <rows> rows, <statements> statements`.

use std::collections::BTreeMap;
use std::error::Error;
use std::time::Instant;

use podtrail_analysis::answer::{Coverage, RecommendOptions, Window};
use podtrail_analysis::lineage::Mechanism;
use podtrail_analysis::recommend::{ObservedSources, RecommendInput, RoleInput, recommend};
use podtrail_analysis::usage::{Outcome, Usage, Workload};
use podtrail_event::time::Timestamp;

const ROLE: &str = "arn:aws:iam::111122223333:role/shop-cart";

fn workload() -> Workload {
    Workload {
        cluster: "prod".into(),
        cluster_arn: Some("arn:aws:eks:eu-west-1:111122223333:cluster/prod".into()),
        namespace: "shop".into(),
        service_account: "cart".into(),
    }
}

/// The action and resource of the `n`th of `of` things that a workload does.
fn call(n: u64, of: u64) -> (&'static str, String) {
    let n = n % of;
    match n % 8 {
        0 => (
            "s3:GetObject",
            format!("arn:aws:s3:::shop-orders/in/2026-11-{:02}/{n}.json", n % 28 + 1),
        ),
        1 => (
            "s3:PutObject",
            format!("arn:aws:s3:::shop-orders/out/{}/{n}.json", n % 40),
        ),
        2 => (
            "sqs:SendMessage",
            format!("arn:aws:sqs:eu-west-1:111122223333:orders-{}", n % 12),
        ),
        3 => (
            "dynamodb:GetItem",
            format!("arn:aws:dynamodb:eu-west-1:111122223333:table/cart-{}", n % 9),
        ),
        4 => (
            "kms:Decrypt",
            format!("arn:aws:kms:eu-west-1:111122223333:key/{:08}", n % 5),
        ),
        5 => (
            "ssm:GetParameter",
            format!("arn:aws:ssm:eu-west-1:111122223333:parameter/shop/cart/{}", n % 30),
        ),
        6 => (
            "logs:PutLogEvents",
            format!("arn:aws:logs:eu-west-1:111122223333:log-group:/shop:log-stream:{n}"),
        ),
        _ => ("s3:ListBucket", "arn:aws:s3:::shop-orders".to_owned()),
    }
}

/// `rows` rows of as many things, `calls` calls in all.
fn usage(calls: u64, rows: u64) -> Vec<Usage> {
    let row = |n: u64| {
        let (action, resource) = call(n, rows);
        let mut conditions = BTreeMap::new();
        if action == "kms:Decrypt" {
            conditions.insert(
                "kms:ViaService".to_owned(),
                vec!["s3.eu-west-1.amazonaws.com".to_owned()],
            );
        }
        let at = Timestamp(i64::try_from(n).unwrap_or_default() * 1_000_000);
        Usage {
            workload: workload(),
            role_arn: ROLE.into(),
            action: action.into(),
            resource,
            conditions,
            outcome: Outcome::Ok,
            calls: calls / rows,
            first_seen: Some(at),
            last_seen: Some(at),
            sample_event_id: format!("event-{n}"),
        }
    };
    let mut rows: Vec<Usage> = (0..rows).map(row).collect();
    // As the lake hands them over.
    rows.sort_by(|a, b| (&a.action, &a.resource).cmp(&(&b.action, &b.resource)));
    rows
}

fn measure(shape: &str, calls: u64, rows: u64) {
    let input = RecommendInput {
        workload: workload(),
        cluster: None,
        mechanisms: vec![Mechanism::PodIdentity],
        window: Window::default(),
        coverage: Coverage::default(),
        observed: ObservedSources::default(),
        options: RecommendOptions::default(),
        roles: vec![RoleInput {
            role_arn: ROLE.into(),
            usage: usage(calls, rows),
            ..RoleInput::default()
        }],
    };
    let start = Instant::now();
    let made = recommend(&input);
    let seconds = start.elapsed().as_secs_f64();
    for role in &made.recommendations {
        let (replayed, statements) = (role.replay.allowed, role.statements.len());
        println!("{shape}: {seconds:.3} s, {replayed} calls in {rows} rows, {statements} statements");
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let calls: u64 = std::env::args().nth(1).map_or(Ok(1_000_000), |text| text.parse())?;
    measure("added up", calls, (calls / 50).max(1));
    measure("each call by itself", calls, calls);
    Ok(())
}
