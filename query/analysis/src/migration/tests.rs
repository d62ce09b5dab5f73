//! Plans for workloads in every state.

use serde_json::{Value, json};

use super::*;
use crate::findings::RoleUse;
use crate::inventory::{Association, NamedPolicy, Node, Pod};
use crate::usage::Workload;

const CLUSTER: &str = "arn:aws:eks:eu-west-1:111122223333:cluster/shop-prod-eu";
const ISSUER: &str = "oidc.eks.eu-west-1.amazonaws.com/id/5F1C9A7B3D2E4806A1B2C3D4E5F60718";
const CART: &str = "arn:aws:iam::111122223333:role/team/cart";
const SUBJECT: &str = "system:serviceaccount:shop:cart";

/// What a plan is made from, owned.
#[derive(Clone)]
struct World {
    inventory: Inventory,
    workload: WorkloadFacts,
    chained: Vec<String>,
    shared_by: Vec<String>,
}

impl World {
    fn plan(&self) -> Migration {
        migrate(MigrationInput {
            workload: &self.workload,
            chained: &self.chained,
            shared_by: &self.shared_by,
            inventory: &self.inventory,
        })
    }

    fn trust(&mut self, statements: &[Value]) {
        self.inventory.roles[0].trust_policy =
            Some(json!({"Version": "2012-10-17", "Statement": statements}).to_string());
    }
}

fn irsa(operator: &str, subjects: Value) -> Value {
    let mut condition = json!({"StringEquals": {format!("{ISSUER}:aud"): "sts.amazonaws.com"}});
    condition[operator][format!("{ISSUER}:sub")] = subjects;
    json!({"Effect": "Allow", "Principal": {"Federated": format!("arn:aws:iam::111122223333:oidc-provider/{ISSUER}")},
        "Action": "sts:AssumeRoleWithWebIdentity", "Condition": condition})
}

fn pods() -> Value {
    policies::pods(CLUSTER, "shop", "cart")
}

fn used(role: &str, mechanism: Mechanism) -> RoleUse {
    RoleUse {
        role_arn: role.to_owned(),
        mechanism,
        calls: 1,
        first_seen: None,
        last_seen: None,
        evidence_event_id: None,
    }
}

/// A workload that can be moved.
fn ready() -> World {
    let mut world = World {
        inventory: Inventory {
            clusters: vec![Cluster {
                arn: CLUSTER.to_owned(),
                name: "shop-prod-eu".to_owned(),
                oidc_issuer: Some(ISSUER.to_owned()),
                ..Cluster::default()
            }],
            roles: vec![Role {
                arn: CART.to_owned(),
                ..Role::default()
            }],
            service_accounts: vec![ServiceAccount {
                cluster: CLUSTER.to_owned(),
                namespace: "shop".to_owned(),
                name: "cart".to_owned(),
                role_arn: Some(CART.to_owned()),
            }],
            ..Inventory::default()
        },
        workload: WorkloadFacts {
            id: "shop-prod-eu/shop/cart".to_owned(),
            workload: Workload {
                cluster: "shop-prod-eu".to_owned(),
                cluster_arn: Some(CLUSTER.to_owned()),
                namespace: "shop".to_owned(),
                service_account: "cart".to_owned(),
            },
            uses: vec![used(CART, Mechanism::Irsa)],
        },
        chained: Vec::new(),
        shared_by: Vec::new(),
    };
    world.trust(&[irsa("StringEquals", json!(SUBJECT))]);
    world
}

#[test]
fn a_workload_that_can_be_moved_gets_the_whole_plan() {
    let plan = ready().plan();
    assert_eq!((plan.possible, plan.blockers.as_slice()), (true, &[][..]));
    let titles: Vec<&str> = plan.steps.iter().map(|s| s.title.as_str()).collect();
    assert_eq!(
        titles,
        [
            "Install the Pod Identity agent on the cluster",
            "Let Pod Identity in beside IRSA",
            "Associate the ServiceAccount with the role",
            "Replace the pods",
            "See in the log that it works",
            "Remove the annotation",
            "Take IRSA out of the trust policy",
        ]
    );
    assert_eq!(
        plan.association,
        Some(json!({"clusterName": "shop-prod-eu", "namespace": "shop", "serviceAccount": "cart", "roleArn": CART}))
    );
    let trust = plan.trust_policy.unwrap();
    assert_eq!(
        trust.during["Statement"],
        json!([irsa("StringEquals", json!(SUBJECT)), pods()])
    );
    assert_eq!(trust.proposed["Statement"], json!([pods()]));
    assert_eq!(
        plan.steps[2].command.as_deref(),
        Some(
            "aws eks create-pod-identity-association --region eu-west-1 --cluster-name shop-prod-eu --namespace shop \
             --service-account cart --role-arn arn:aws:iam::111122223333:role/team/cart"
        )
    );
    assert_eq!(
        plan.terraform.as_deref(),
        Some(
            "resource \"aws_eks_pod_identity_association\" \"shop_cart\" {\n  cluster_name    = \"shop-prod-eu\"\n  \
             namespace       = \"shop\"\n  service_account = \"cart\"\n  role_arn        = \
             \"arn:aws:iam::111122223333:role/team/cart\"\n}\n"
        )
    );
    assert_eq!(
        plan.after.session_name_pattern,
        "eks-shop-prod--<first 10 characters of the pod's name>-<uuid>"
    );
    assert_eq!(plan.after.tags[3].value, "cart");
}

/// A change of the ready world.
type Change = fn(&mut World);

#[test]
fn what_stands_against_it_is_told() {
    let policy = |w: &mut World, text: Value| {
        w.inventory.roles[0].policies.push(NamedPolicy {
            name: "p".to_owned(),
            managed: false,
            document: Some(json!({"Version": "2012-10-17", "Statement": [text]}).to_string()),
        });
    };
    let when = |key: &str| json!({"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*", "Condition": {"StringEquals": {key: "x"}}});
    let mut own_name = ready();
    policy(&mut own_name, when("aws:userid"));
    let mut provider = ready();
    policy(&mut provider, when("aws:FederatedProvider"));
    let mut claim = ready();
    policy(&mut claim, when(&format!("{ISSUER}:sub")));
    let mut variable = ready();
    policy(
        &mut variable,
        json!({"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::b/${aws:userid}/*"}),
    );
    let mut fine = ready();
    policy(&mut fine, when("aws:PrincipalTag/kubernetes-namespace"));
    for (situation, world, expected) in [
        (
            "the session's name",
            own_name,
            "the policy `p` has a condition or variable on `aws:userid`",
        ),
        (
            "the provider",
            provider,
            "the policy `p` has a condition or variable on `aws:FederatedProvider`",
        ),
        ("a claim", claim, "sessions of Pod Identity carry no claims of a token"),
        (
            "a variable",
            variable,
            "the policy `p` has a condition or variable on `aws:userid`",
        ),
        ("another key", fine, ""),
    ] {
        check(situation, &world, expected);
    }
    let changes: [(&str, Change, &str); 10] = [
        (
            "the cluster is not known",
            |w| w.inventory.clusters.clear(),
            "the cluster is not in the inventory",
        ),
        (
            "the cluster is not EKS's",
            |w| {
                w.inventory.clusters[0].arn.clear();
                w.workload.workload.cluster_arn = None;
                w.inventory.service_accounts[0].cluster = "shop-prod-eu".to_owned();
            },
            "Pod Identity is for clusters of EKS",
        ),
        (
            "the role is not known",
            |w| w.inventory.roles.clear(),
            "the role is not in the inventory",
        ),
        (
            "no role at all",
            |w| {
                w.inventory.service_accounts.clear();
                w.workload.uses.clear();
            },
            "there is nothing to move",
        ),
        (
            "two roles by IRSA and no annotation",
            |w| {
                w.inventory.service_accounts.clear();
                w.workload
                    .uses
                    .push(used("arn:aws:iam::111122223333:role/b", Mechanism::Irsa));
            },
            "there is nothing to move",
        ),
        (
            "already moved",
            |w| {
                w.inventory.service_accounts.clear();
                w.workload.uses = vec![used(CART, Mechanism::PodIdentity)];
            },
            "the workload uses Pod Identity already",
        ),
        (
            "a role behind the first",
            |w| {
                w.inventory.service_accounts.clear();
                w.workload
                    .uses
                    .push(used("arn:aws:iam::111122223333:role/b", Mechanism::Irsa));
                w.chained = vec!["arn:aws:iam::111122223333:role/b".to_owned()];
            },
            "",
        ),
        (
            "a pod on Fargate",
            |w| on_node(w, None),
            "1 of its nodes are no EC2 instances (`n1`)",
        ),
        ("a pod on an instance", |w| on_node(w, Some("i-0a1f4c2be7d390615")), ""),
        (
            "another role trusts a session by name",
            |w| {
                let trust = json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole",
                "Principal": {"AWS": "arn:aws:sts::111122223333:assumed-role/cart/cart-0"}}]});
                w.inventory.roles.push(Role {
                    arn: "arn:aws:iam::111122223333:role/x".to_owned(),
                    trust_policy: Some(trust.to_string()),
                    ..Role::default()
                });
            },
            "the trust policy of `arn:aws:iam::111122223333:role/x` names a session",
        ),
    ];
    for (situation, change, expected) in changes {
        let mut world = ready();
        change(&mut world);
        check(situation, &world, expected);
    }
}

fn check(situation: &str, world: &World, expected: &str) {
    let plan = world.plan();
    assert_eq!(plan.possible, expected.is_empty(), "{situation}: {:?}", plan.blockers);
    assert!(
        expected.is_empty() || plan.blockers.iter().any(|b| b.contains(expected)),
        "{situation}: {:?}",
        plan.blockers
    );
}

fn on_node(world: &mut World, instance: Option<&str>) {
    world.inventory.nodes.push(Node {
        cluster: CLUSTER.to_owned(),
        name: "n1".to_owned(),
        instance_id: instance.map(str::to_owned),
        ips: Vec::new(),
    });
    world.inventory.pods.push(Pod {
        cluster: CLUSTER.to_owned(),
        namespace: "shop".to_owned(),
        name: "cart-1".to_owned(),
        service_account: "cart".to_owned(),
        node: Some("n1".to_owned()),
        ..Pod::default()
    });
}

#[test]
fn the_trust_policy_keeps_what_is_others() {
    let other = "system:serviceaccount:shop:basket";
    let people = json!({"Effect": "Allow", "Principal": {"AWS": "111122223333"}, "Action": "sts:AssumeRole"});
    let pattern = || irsa("StringLike", json!("system:serviceaccount:shop:*"));
    let cases: Vec<(&str, Vec<Value>, Vec<Value>, bool)> = vec![
        (
            "a list of two",
            vec![irsa("StringEquals", json!([SUBJECT, other]))],
            vec![irsa("StringEquals", json!(other)), pods()],
            false,
        ),
        (
            "people too",
            vec![people.clone(), irsa("StringEquals", json!(SUBJECT))],
            vec![people, pods()],
            false,
        ),
        (
            "a pattern stays and is told",
            vec![pattern()],
            vec![pattern(), pods()],
            true,
        ),
        (
            "let in already",
            vec![pods(), irsa("StringEquals", json!(SUBJECT))],
            vec![pods()],
            false,
        ),
    ];
    for (situation, statements, expected, told) in cases {
        let mut world = ready();
        world.trust(&statements);
        let plan = world.plan();
        assert_eq!(
            plan.trust_policy.unwrap().proposed["Statement"],
            json!(expected),
            "{situation}"
        );
        let noted = plan.notes.iter().any(|n| n.contains("narrow it by hand"));
        assert_eq!(noted, told, "{situation}: {:?}", plan.notes);
    }
}

#[test]
fn while_both_ways_are_open_both_are_let_in_and_afterwards_only_eks() {
    let world = ready();
    let plan = world.plan().trust_policy.unwrap();
    let role = |document: &Value| Role {
        arn: CART.to_owned(),
        trust_policy: Some(document.to_string()),
        ..Role::default()
    };
    let association = Association {
        namespace: "shop".to_owned(),
        service_account: "cart".to_owned(),
        ..Association::default()
    };
    for (document, token, eks) in [
        (&plan.current, true, false),
        (&plan.during, true, true),
        (&plan.proposed, false, true),
    ] {
        let role = role(document);
        let trust = Trust::read(&role).unwrap();
        assert_eq!(
            trust.admits_token(ISSUER, SUBJECT, Some("sts.amazonaws.com")),
            token,
            "{document}"
        );
        assert_eq!(
            trust.admits_association(&association, &world.inventory.clusters[0]),
            eks,
            "{document}"
        );
    }
}

#[test]
fn a_role_of_another_account_becomes_the_target_role() {
    let mut world = ready();
    let foreign = "arn:aws:iam::444455556666:role/etl";
    world.inventory.roles[0].arn = foreign.to_owned();
    world.inventory.service_accounts[0].role_arn = Some(foreign.to_owned());
    let plan = world.plan();
    let first = "arn:aws:iam::111122223333:role/pod-identity-shop-cart";
    let association = plan.association.unwrap();
    assert_eq!(
        (association["roleArn"].as_str(), association["targetRoleArn"].as_str()),
        (Some(first), Some(foreign))
    );
    assert!(
        plan.steps[1].title.starts_with("Make a role in the cluster's account"),
        "{:?}",
        plan.steps[1]
    );
    assert_eq!(
        plan.trust_policy.unwrap().proposed["Statement"]
            .as_array()
            .unwrap()
            .last()
            .unwrap()["Principal"]["AWS"],
        first
    );
    assert!(
        plan.terraform
            .unwrap()
            .contains("target_role_arn = \"arn:aws:iam::444455556666:role/etl\"")
    );
    assert!(plan.notes.iter().any(|n| n.contains("sts:ExternalId")));
}
