//! Situations of changes. The builders here make an inventory of three roles, and what was done with them.

mod issues;
mod markdown;
mod plan;
mod policies;
mod properties;
mod wrong;

use std::collections::BTreeMap;

use podtrail_event::time::Timestamp;
use serde_json::{Value, json};

use super::*;
use crate::answer::{Check, CheckJudged, CheckVerdict};
use crate::inventory::{Association, Inventory, NamedPolicy, Role};
use crate::lineage::Mechanism;
use crate::recommend::RoleInput;
use crate::usage::{Outcome, Usage, Workload};

const CART: &str = "arn:aws:iam::111122223333:role/shop/cart";
const OTHER: &str = "arn:aws:iam::111122223333:role/other";
const READ: &str = "arn:aws:iam::111122223333:policy/read";
const CLUSTER: &str = "arn:aws:eks:eu-west-1:111122223333:cluster/prod";
const ID: &str = "prod/shop/cart";
const KEY: &str = "arn:aws:s3:::carts/a";

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
        role_arn: CART.into(),
        action: action.into(),
        resource: resource.into(),
        conditions: BTreeMap::new(),
        outcome: Outcome::Ok,
        calls: 10,
        first_seen: Some(Timestamp(0)),
        last_seen: Some(Timestamp(1)),
        sample_event_id: format!("event-{action}"),
    }
}

fn document(statements: &Value) -> Value {
    json!({"Version": "2012-10-17", "Statement": statements})
}

fn allow(actions: &[&str]) -> Value {
    document(&json!([{"Effect": "Allow", "Action": actions, "Resource": "*"}]))
}

fn pods() -> Value {
    let actions = ["sts:AssumeRole", "sts:TagSession"];
    document(&json!([{"Effect": "Allow", "Principal": {"Service": "pods.eks.amazonaws.com"}, "Action": actions}]))
}

fn named(name: &str, managed: bool, document: Option<&Value>) -> NamedPolicy {
    NamedPolicy {
        name: name.into(),
        managed,
        document: document.map(Value::to_string),
    }
}

/// `cart` reads by a managed policy and lists by an inline one; `other` may do anything with S3.
fn inventory() -> Inventory {
    Inventory {
        roles: vec![
            Role {
                arn: CART.into(),
                trust_policy: Some(pods().to_string()),
                policies: vec![
                    named("list", false, Some(&allow(&["s3:ListBucket"]))),
                    named(READ, true, Some(&allow(&["s3:GetObject"]))),
                ],
                ..Role::default()
            },
            Role {
                arn: OTHER.into(),
                trust_policy: Some(pods().to_string()),
                policies: vec![named("all", false, Some(&allow(&["s3:*"])))],
                ..Role::default()
            },
        ],
        associations: vec![Association {
            arn: "arn:aws:eks:eu-west-1:111122223333:podidentityassociation/prod/a-1".into(),
            cluster_name: "prod".into(),
            namespace: "shop".into(),
            service_account: "cart".into(),
            role_arn: CART.into(),
            ..Association::default()
        }],
        ..Inventory::default()
    }
}

/// Ten objects read and ten buckets listed, by Pod Identity.
fn uses(inventory: &Inventory) -> Vec<Use<'_>> {
    vec![Use {
        workload: workload(),
        id: ID.into(),
        mechanisms: vec![Mechanism::PodIdentity],
        role: RoleInput {
            role_arn: CART.into(),
            role: inventory.roles.iter().find(|role| role.arn == CART),
            association: inventory.associations.first(),
            usage: vec![used("s3:GetObject", KEY), used("s3:ListBucket", "arn:aws:s3:::carts")],
            ..RoleInput::default()
        },
    }]
}

fn issue(asker: Asker) -> Issue {
    Issue {
        role_arn: CART.into(),
        workload: Some(ID.into()),
        asker,
        calls: 3,
        sample_event_id: "issue".into(),
    }
}

fn pod_identity() -> Asker {
    Asker::PodIdentity {
        cluster_arn: Some(CLUSTER.into()),
        cluster: Some("prod".into()),
        namespace: Some("shop".into()),
        service_account: Some("cart".into()),
        tagged: true,
    }
}

/// The check of one document, over the history of the builders.
fn checked(text: &Value) -> Check {
    checked_with(&inventory(), text, &[issue(pod_identity())])
}

fn checked_with(inventory: &Inventory, text: &Value, issues: &[Issue]) -> Check {
    let text = text.to_string();
    let file = File {
        name: "f.json",
        text: &text,
    };
    let changes = read(&[file], &[CART.to_owned()]).unwrap();
    let after = After::of(inventory, changes);
    judge(&after, &uses(inventory), issues)
}

/// (allowed, denied, unknown) of all that was judged.
fn counts(check: &Check) -> (u64, u64, u64) {
    assert_eq!(check.calls, check.allowed + check.denied + check.unknown);
    (check.allowed, check.denied, check.unknown)
}

fn only(check: &Check) -> &CheckJudged {
    assert_eq!(check.judged.len(), 1, "{:?}", check.judged);
    &check.judged[0]
}

fn missing(check: &Check) -> Vec<String> {
    let calls = check.judged.iter().filter_map(|j| j.replay.as_ref());
    let calls = calls
        .flat_map(|r| &r.counterexamples)
        .flat_map(|m| m.missing_keys.clone());
    let issues = check.judged.iter().filter_map(|j| j.issues.as_ref());
    let issues = issues
        .flat_map(|r| &r.counterexamples)
        .flat_map(|m| m.missing_keys.clone());
    let mut all: Vec<String> = calls.chain(issues).collect();
    all.sort();
    all.dedup();
    all
}

/// Type, name, actions, before, after, after_unknown.
type Row<'r> = (&'r str, &'r str, &'r [&'r str], Value, Value, Value);

/// A plan of resource changes.
fn plan(changes: &[Row<'_>]) -> Value {
    let changes: Vec<Value> = changes
        .iter()
        .map(|(kind, name, actions, before, after, unknown)| {
            json!({"address": format!("{kind}.{name}"), "mode": "managed", "type": kind, "name": name,
                   "change": {"actions": actions, "before": before, "after": after, "after_unknown": unknown}})
        })
        .collect();
    json!({"format_version": "1.2", "terraform_version": "1.9.0", "resource_changes": changes})
}
