//! Workloads by number, for estates as large as one likes: the benchmark of lists and graphs needs hundreds.

use std::sync::{Mutex, PoisonError};

use super::places::{DATA_BATCH, DATA_PROD, SHOP_PROD};
use super::{Cluster, Grant, Policy, Role, Sdk, Trust, Use, Workload, allow, does};

/// Each is made once and stays, as the tables of the others do: sessions and records refer to it for good.
static MADE: Mutex<Vec<&'static Workload>> = Mutex::new(Vec::new());

/// Where they run.
static HOMES: [&Cluster; 3] = [&SHOP_PROD, &DATA_PROD, &DATA_BATCH];
static SDKS: [Sdk; 4] = [Sdk::Boto3, Sdk::Go, Sdk::Java, Sdk::JavaScript];
/// Namespaces that they share.
const TEAMS: usize = 40;

/// The first `count` of them: the same, however many are asked for.
pub(super) fn workloads(count: u32) -> Vec<&'static Workload> {
    let mut made = MADE.lock().unwrap_or_else(PoisonError::into_inner);
    let count = usize::try_from(count).unwrap_or(usize::MAX);
    while made.len() < count {
        let next = workload(made.len());
        made.push(next);
    }
    made.iter().take(count).copied().collect()
}

fn text(text: String) -> &'static str {
    Box::leak(text.into_boxed_str())
}

fn workload(number: usize) -> &'static Workload {
    let cluster = HOMES.get(number % HOMES.len()).copied().unwrap_or(&SHOP_PROD);
    let namespace = text(format!("team-{:02}", number % TEAMS));
    let account = text(format!("service-{number:04}"));
    let (grant, trust) = if number.is_multiple_of(2) {
        (Grant::Irsa, Trust::ServiceAccount(cluster, namespace, account))
    } else {
        (Grant::PodIdentity, Trust::PodIdentity(cluster))
    };
    let role = Role {
        account: cluster.account,
        path: "/services/",
        name: account,
        trust: Box::leak(Box::new([trust])),
        inline: ACCESS,
        managed: &[],
        boundary: None,
    };
    let weight = 3 + u32::try_from(number % 5).unwrap_or(0);
    Box::leak(Box::new(Workload {
        sdk: SDKS.get(number / 2 % SDKS.len()).copied().unwrap_or(Sdk::Boto3),
        uses: uses(number),
        slot: Some(number),
        ..Workload::new(cluster, namespace, account, Box::leak(Box::new(role)), grant, weight)
    }))
}

const ACCESS: &[Policy] = &[Policy {
    name: "service-access",
    statements: &[allow(
        &[
            "s3:*",
            "dynamodb:*",
            "sqs:*",
            "sns:Publish",
            "secretsmanager:GetSecretValue",
        ],
        &["*"],
    )],
}];

/// What one of them does, with tables and queues of its own and buckets that it shares.
fn uses(number: usize) -> &'static [Use] {
    let own = |kind: &str| text(format!("service-{number:04}-{kind}"));
    let shared = text(format!("services-{:02}/data/", number % 20));
    let all = [
        does("dynamodb:GetItem", own("items"), 20),
        does("dynamodb:PutItem", own("items"), 8),
        does("s3:GetObject", shared, 12),
        does("s3:PutObject", shared, 4),
        does("sqs:ReceiveMessage", own("work"), 10),
        does("sqs:DeleteMessage", own("work"), 8),
        does("sns:Publish", own("done"), 3),
        does("secretsmanager:GetSecretValue", own("config"), 1),
    ];
    let kept: Vec<Use> = all.into_iter().skip(number % 4).take(3 + number % 4).collect();
    Box::leak(kept.into_boxed_slice())
}
