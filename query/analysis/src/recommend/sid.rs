//! Statement ids: letters and digits, telling service, purpose and target, stable while evidence grows.

use std::collections::{BTreeMap, BTreeSet};

use podtrail_iam::catalog::{AccessLevel, catalog};
use podtrail_iam::policy::build::Statement;
use sha2::{Digest, Sha256};

use super::pattern::shape;

/// Longest name of a target in a Sid.
const TARGET: usize = 40;

/// Services whose names are written otherwise than with a capital.
const SPELLINGS: [(&str, &str); 16] = [
    ("dynamodb", "DynamoDB"),
    ("ec2", "EC2"),
    ("ecr", "ECR"),
    ("ecs", "ECS"),
    ("eks", "EKS"),
    ("elasticloadbalancing", "ElasticLoadBalancing"),
    ("iam", "IAM"),
    ("kms", "KMS"),
    ("rds", "RDS"),
    ("s3", "S3"),
    ("secretsmanager", "SecretsManager"),
    ("ses", "SES"),
    ("sns", "SNS"),
    ("sqs", "SQS"),
    ("ssm", "SSM"),
    ("sts", "STS"),
];

/// The Sid of a statement, not yet unique.
pub(super) fn base(statement: &Statement) -> String {
    let service = statement
        .actions
        .first()
        .and_then(|a| a.split_once(':'))
        .map_or("", |(service, _)| service);
    format!(
        "{}{}{}{}",
        spelled(service),
        purpose(&statement.actions),
        target(statement),
        through(statement)
    )
}

/// Makes Sids unique. Statements that share one are told apart by a hash of the first resource and the conditions of
/// each, and numbered where even that is shared: a new statement renames none of the others but a lone namesake.
pub(super) fn number(statements: &mut [Statement]) {
    let mut counts: BTreeMap<String, u32> = BTreeMap::new();
    for statement in statements.iter() {
        *counts.entry(statement.sid.clone().unwrap_or_default()).or_default() += 1;
    }
    let mut taken: BTreeSet<String> = BTreeSet::new();
    for statement in statements {
        let base = statement.sid.clone().unwrap_or_default();
        let wanted = match counts.get(&base) {
            Some(1) => base,
            _ => format!("{base}{}", mark(statement)),
        };
        let mut sid = wanted.clone();
        let mut next = 2;
        while taken.contains(&sid) {
            sid = format!("{wanted}x{next}");
            next += 1;
        }
        taken.insert(sid.clone());
        statement.sid = Some(sid);
    }
}

/// Four hexadecimal digits of what a statement is about.
fn mark(statement: &Statement) -> String {
    let about = (statement.resources.first(), &statement.conditions);
    let digest = Sha256::digest(format!("{about:?}"));
    digest.iter().take(2).map(|byte| format!("{byte:02X}")).collect()
}

fn spelled(service: &str) -> String {
    let known = SPELLINGS.iter().find(|(prefix, _)| *prefix == service);
    known.map_or_else(|| camel(service), |(_, name)| (*name).to_owned())
}

/// A single action by its name, several by what they do.
fn purpose(actions: &BTreeSet<String>) -> String {
    if let (1, Some((_, name))) = (actions.len(), actions.first().and_then(|a| a.split_once(':'))) {
        return camel(name);
    }
    let levels: BTreeSet<AccessLevel> = actions.iter().filter_map(|a| catalog().access_level(a)).collect();
    let word = |level: &AccessLevel| match level {
        AccessLevel::Read => "Read",
        AccessLevel::List => "List",
        AccessLevel::Write => "Write",
        AccessLevel::Tagging => "Tag",
        AccessLevel::PermissionsManagement => "Manage",
    };
    levels.iter().map(word).collect()
}

/// The bucket, table, queue … that all resources belong to; nothing for generated names.
fn target(statement: &Statement) -> String {
    let names: BTreeSet<&str> = statement.resources.iter().map(|r| name(r)).collect();
    match (names.len(), names.first()) {
        (1, Some(name)) if shape(name).is_none() => camel(name).chars().take(TARGET).collect(),
        _ => String::new(),
    }
}

/// The name that stands for a resource: a bucket's own, else what follows the type.
fn name(arn: &str) -> &str {
    let tail = arn.splitn(6, ':').nth(5).unwrap_or_default();
    let is_s3 = arn.split(':').nth(2) == Some("s3");
    let named = match tail.split_once(['/', ':']) {
        Some((_, rest)) if !is_s3 => rest.trim_start_matches('/'),
        _ => tail,
    };
    // A log group's name is a path, a stream's or index's container is its first part.
    let end = if tail.starts_with("log-group:") {
        named.find(':')
    } else {
        named.find(['/', ':'])
    };
    end.and_then(|end| named.get(..end)).unwrap_or(named)
}

/// The service named by a condition.
fn through(statement: &Statement) -> String {
    let keys = statement.conditions.values().flatten();
    let mut through = String::new();
    for (key, values) in keys {
        let label = |v: &String| spelled(v.split('.').next().unwrap_or_default());
        let labels: BTreeSet<String> = values.iter().map(label).collect();
        let (1, Some(label)) = (labels.len(), labels.first()) else {
            continue;
        };
        match key.as_str() {
            "kms:ViaService" => through.push_str(&format!("Via{label}")),
            "iam:PassedToService" => through.push_str(&format!("To{label}")),
            _ => {}
        }
    }
    through
}

/// Letters and digits of a name, each word with a capital.
fn camel(name: &str) -> String {
    let words = name
        .split(|c: char| !c.is_ascii_alphanumeric())
        .filter(|word| !word.is_empty());
    words
        .map(|word| {
            let (first, rest) = word.split_at_checked(1).unwrap_or((word, ""));
            format!("{}{rest}", first.to_ascii_uppercase())
        })
        .collect()
}
