//! Situations and properties of recommendations. The builders here make one workload's history.

mod advice;
mod cover;
mod golden;
mod options;
mod permissions;
mod policies;
mod properties;
mod replay;
mod trust;
mod widen;

use std::collections::BTreeMap;

use podtrail_event::time::Timestamp;
use serde_json::{Value, json};

use super::*;
use crate::answer::{Coverage, RecommendOptions, Recommendation, RoleRecommendation, Window};
use crate::inventory::{Association, Cluster, NamedPolicy, Role};
use crate::lineage::Mechanism;
use crate::usage::{Outcome, Usage, Workload};

const ROLE: &str = "arn:aws:iam::111122223333:role/team/cart";
const CLUSTER: &str = "arn:aws:eks:eu-west-1:111122223333:cluster/prod";
const ISSUER: &str = "oidc.eks.eu-west-1.amazonaws.com/id/0123456789ABCDEF0123456789ABCDEF";
const DAY: i64 = 86_400_000_000;

fn workload() -> Workload {
    Workload {
        cluster: "prod".into(),
        cluster_arn: Some(CLUSTER.into()),
        namespace: "shop".into(),
        service_account: "cart".into(),
    }
}

/// A row of ten calls that worked.
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
        last_seen: Some(Timestamp(DAY)),
        sample_event_id: format!("{action}@{resource}"),
    }
}

fn denied(action: &str, resource: &str) -> Usage {
    Usage {
        outcome: Outcome::Denied,
        ..used(action, resource)
    }
}

fn when(mut row: Usage, key: &str, value: &str) -> Usage {
    row.conditions.insert(key.into(), vec![value.into()]);
    row
}

fn policy(name: &str, statements: &Value) -> NamedPolicy {
    let document = json!({"Version": "2012-10-17", "Statement": statements}).to_string();
    NamedPolicy {
        name: name.into(),
        managed: false,
        document: Some(document),
    }
}

fn allow(actions: &Value, resources: &Value) -> Value {
    json!({"Effect": "Allow", "Action": actions, "Resource": resources})
}

fn deny(actions: &Value, resources: &Value) -> Value {
    json!({"Effect": "Deny", "Action": actions, "Resource": resources})
}

fn role(statements: &Value) -> Role {
    Role {
        arn: ROLE.into(),
        policies: vec![policy("cart", statements)],
        ..Role::default()
    }
}

fn cluster() -> Cluster {
    Cluster {
        arn: CLUSTER.into(),
        name: "prod".into(),
        oidc_issuer: Some(ISSUER.into()),
        ..Cluster::default()
    }
}

fn association() -> Association {
    Association {
        arn: "arn:aws:eks:eu-west-1:111122223333:podidentityassociation/prod/a-1".into(),
        cluster_name: "prod".into(),
        namespace: "shop".into(),
        service_account: "cart".into(),
        role_arn: ROLE.into(),
        ..Association::default()
    }
}

fn input<'a>(roles: Vec<RoleInput<'a>>) -> RecommendInput<'a> {
    RecommendInput {
        workload: workload(),
        cluster: None,
        mechanisms: vec![Mechanism::Irsa],
        window: Window {
            from: Some(Timestamp(0)),
            to: Some(Timestamp(100 * DAY)),
        },
        coverage: Coverage::default(),
        observed: ObservedSources::default(),
        options: RecommendOptions::default(),
        roles,
    }
}

fn with_usage<'a>(usage: Vec<Usage>) -> RoleInput<'a> {
    RoleInput {
        role_arn: ROLE.into(),
        usage,
        ..RoleInput::default()
    }
}

/// The recommendation for the only role.
fn made(input: &RecommendInput<'_>) -> RoleRecommendation {
    let Recommendation {
        mut recommendations,
        note,
        ..
    } = recommend(input);
    assert_eq!((recommendations.len(), note), (1, None));
    recommendations.remove(0)
}

fn made_of(usage: Vec<Usage>) -> RoleRecommendation {
    made(&input(vec![with_usage(usage)]))
}

fn statements(made: &RoleRecommendation) -> Vec<Value> {
    let documents = made.policies.iter().filter_map(|p| p.document.as_ref());
    documents
        .flat_map(|d| d["Statement"].as_array().unwrap().clone())
        .collect()
}

fn codes(made: &RoleRecommendation) -> Vec<&str> {
    made.warnings.iter().map(|w| w.code.as_str()).collect()
}
