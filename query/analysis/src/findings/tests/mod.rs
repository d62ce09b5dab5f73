//! Each kind of finding in the situation that shows it, and in the nearest one that does not.

mod configuration;
mod nodes;
mod permissions;
mod places;
mod properties;
mod trust;

use std::collections::BTreeSet;
use std::sync::LazyLock;

use podtrail_event::time::Timestamp;
use serde_json::{Value, json};

use super::*;
use crate::answer::{FindingKind, Severity, Window};
use crate::inventory::{Association, Cluster, Inventory, NamedPolicy, OidcProvider, Pod, Role, ServiceAccount};
use crate::lineage::Mechanism;
use crate::usage::Workload;

pub(super) const CLUSTER: &str = "arn:aws:eks:eu-west-1:111122223333:cluster/shop-prod";
pub(super) const ISSUER: &str = "oidc.eks.eu-west-1.amazonaws.com/id/5F1C9A7B3D2E4806A1B2C3D4E5F60718";
pub(super) const CART: &str = "arn:aws:iam::111122223333:role/cart";
pub(super) const CATALOG: &str = "arn:aws:iam::111122223333:role/catalog";
pub(super) const SUBJECT: &str = "system:serviceaccount:shop:cart";
const DAY: i64 = 86_400_000_000;

pub(super) fn day(n: i64) -> Option<Timestamp> {
    Some(Timestamp(1_790_000_000_000_000 + n * DAY))
}

pub(super) fn text(value: &str) -> Option<String> {
    Some(value.to_owned())
}

/// What findings are made from, owned, so that a situation can change any of it.
#[derive(Debug, Clone)]
pub(super) struct World {
    pub(super) inventory: Inventory,
    pub(super) facts: Facts<'static>,
}

impl World {
    pub(super) fn findings(&self) -> Vec<Finding> {
        let facts = Facts {
            inventory: &self.inventory,
            ..self.facts.clone()
        };
        find(&facts)
    }

    /// `severity kind subject` of each.
    pub(super) fn told(&self) -> Vec<String> {
        self.findings().iter().map(line).collect()
    }

    pub(super) fn role(&mut self, arn: &str) -> &mut Role {
        self.inventory.roles.iter_mut().find(|r| r.arn == arn).unwrap()
    }

    /// Sets the only statement of a role's trust policy.
    pub(super) fn trust(&mut self, arn: &str, statement: Value) {
        self.role(arn).trust_policy = Some(json!({"Version": "2012-10-17", "Statement": [statement]}).to_string());
    }
}

pub(super) fn line(finding: &Finding) -> String {
    let word = |value: Value| value.as_str().unwrap().to_owned();
    let severity = word(serde_json::to_value(finding.severity).unwrap());
    let kind = word(serde_json::to_value(finding.kind).unwrap());
    format!("{severity} {kind} {}", finding.subject)
}

static NOTHING: LazyLock<Inventory> = LazyLock::new(Inventory::default);

pub(super) fn provider(issuer: &str) -> String {
    format!("arn:aws:iam::111122223333:oidc-provider/{issuer}")
}

pub(super) fn irsa(condition: Value) -> Value {
    json!({"Effect": "Allow", "Principal": {"Federated": provider(ISSUER)}, "Action": "sts:AssumeRoleWithWebIdentity",
        "Condition": condition})
}

pub(super) fn sound_irsa() -> Value {
    irsa(json!({"StringEquals": {format!("{ISSUER}:sub"): SUBJECT, format!("{ISSUER}:aud"): "sts.amazonaws.com"}}))
}

pub(super) fn pods(condition: Value) -> Value {
    json!({"Effect": "Allow", "Principal": {"Service": "pods.eks.amazonaws.com"},
        "Action": ["sts:AssumeRole", "sts:TagSession"], "Condition": condition})
}

pub(super) fn sound_pods() -> Value {
    pods(json!({"ArnEquals": {"aws:SourceArn": CLUSTER}, "StringEquals": {
        "aws:RequestTag/kubernetes-namespace": "shop", "aws:RequestTag/kubernetes-service-account": "catalog"}}))
}

pub(super) fn role(arn: &str, statement: &Value) -> Role {
    Role {
        arn: arn.to_owned(),
        trust_policy: Some(json!({"Version": "2012-10-17", "Statement": [statement]}).to_string()),
        policies: vec![grant(&["s3:GetObject"], &["arn:aws:s3:::shop/*"])],
        ..Role::default()
    }
}

pub(super) fn grant(actions: &[&str], resources: &[&str]) -> NamedPolicy {
    let document = json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": actions, "Resource": resources}]});
    NamedPolicy {
        name: "access".to_owned(),
        managed: false,
        document: Some(document.to_string()),
    }
}

pub(super) fn workload(namespace: &str, service_account: &str) -> Workload {
    Workload {
        cluster: "shop-prod".to_owned(),
        cluster_arn: text(CLUSTER),
        namespace: namespace.to_owned(),
        service_account: service_account.to_owned(),
    }
}

pub(super) fn used(namespace: &str, account: &str, role: &str, mechanism: Mechanism) -> WorkloadFacts {
    WorkloadFacts {
        id: format!("shop-prod/{namespace}/{account}"),
        workload: workload(namespace, account),
        uses: vec![RoleUse {
            role_arn: role.to_owned(),
            mechanism,
            calls: 10,
            first_seen: day(0),
            last_seen: day(14),
            evidence_event_id: Some(format!("issue-{account}")),
        }],
    }
}

pub(super) fn account(namespace: &str, name: &str, role: Option<&str>) -> ServiceAccount {
    ServiceAccount {
        cluster: CLUSTER.to_owned(),
        namespace: namespace.to_owned(),
        name: name.to_owned(),
        role_arn: role.map(str::to_owned),
    }
}

pub(super) fn association(namespace: &str, account: &str, role: &str) -> Association {
    Association {
        arn: format!("arn:aws:eks:eu-west-1:111122223333:podidentityassociation/shop-prod/a-{account}"),
        cluster_name: "shop-prod".to_owned(),
        namespace: namespace.to_owned(),
        service_account: account.to_owned(),
        role_arn: role.to_owned(),
        ..Association::default()
    }
}

/// A cluster with one workload of each mechanism, both set up as they should be: nothing is to be found.
pub(super) fn sound() -> World {
    let inventory = Inventory {
        clusters: vec![Cluster {
            arn: CLUSTER.to_owned(),
            name: "shop-prod".to_owned(),
            oidc_issuer: text(ISSUER),
            vpc_id: text("vpc-1"),
            ..Cluster::default()
        }],
        roles: vec![role(CART, &sound_irsa()), role(CATALOG, &sound_pods())],
        service_accounts: vec![account("shop", "cart", Some(CART)), account("shop", "catalog", None)],
        associations: vec![association("shop", "catalog", CATALOG)],
        oidc_providers: vec![OidcProvider {
            arn: provider(ISSUER),
            url: ISSUER.to_owned(),
            ..OidcProvider::default()
        }],
        pods: vec![Pod {
            cluster: CLUSTER.to_owned(),
            namespace: "shop".to_owned(),
            name: "cart-1".to_owned(),
            uid: "u1".to_owned(),
            service_account: "cart".to_owned(),
            started_at: day(0),
            ..Pod::default()
        }],
        ..Inventory::default()
    };
    let facts = Facts {
        inventory: &NOTHING,
        window: Window {
            from: day(0),
            to: day(14),
        },
        trail_accounts: BTreeSet::from(["111122223333".to_owned()]),
        workloads: vec![
            used("shop", "cart", CART, Mechanism::Irsa),
            used("shop", "catalog", CATALOG, Mechanism::PodIdentity),
        ],
        denied: Vec::new(),
        chains: Vec::new(),
        node_calls: Vec::new(),
        places: Vec::new(),
        scattered: Vec::new(),
        pods: Vec::new(),
        agents: Vec::new(),
        imds_v1: Vec::new(),
        permissions: Vec::new(),
    };
    World { inventory, facts }
}

/// A situation, what makes it, and what is told of it.
pub(super) type Situation<'t> = (&'t str, &'t dyn Fn(&mut World), &'t [&'t str]);

/// Checks a table.
pub(super) fn check(table: &[Situation<'_>]) {
    for (situation, change, expected) in table {
        let mut world = sound();
        change(&mut world);
        assert_eq!(world.told(), *expected, "{situation}");
    }
}

#[test]
fn of_a_sound_estate_nothing_is_told() {
    check(&[("as it should be", &|_| {}, &[])]);
}

#[test]
fn without_an_inventory_only_the_log_speaks() {
    let mut world = sound();
    world.inventory = Inventory::default();
    assert_eq!(world.told(), Vec::<String>::new());
    world.facts.denied.push(permissions::denied("s3:GetObject"));
    assert_eq!(world.told(), ["low denied_demand shop-prod/shop/cart"]);
}

#[test]
fn every_kind_is_registered_once_and_named_in_words() {
    let kinds: BTreeSet<FindingKind> = CHECKS.iter().map(|check| check.kind).collect();
    assert_eq!(kinds.len(), CHECKS.len());
    for check in &CHECKS {
        assert!(!check.title.ends_with('.') && check.title.len() < 80, "{}", check.title);
    }
    assert!(Severity::Critical < Severity::Info, "worst first");
}
