//! Associations that somebody makes, changes and deletes while the trail runs: EKS's own records of it.
//!
//! UNVERIFIED: no such record is known to be public. The fields follow the API's model (the body of the request with
//! the cluster as `name`; the association in the answer), as EKS's other records do.

use serde_json::{Value, json};

use crate::calls::merge;
use crate::clock::{DAY, Window, iso};
use crate::estate::{Grant, Role, Setup, Workload};
use crate::plan::{Act, Note, Plan, place};
use crate::record::{Facts, Rendered, Scene};
use crate::rng::{ALPHANUMERIC, Rng};
use crate::session::{Origin, role_id};
use crate::truth::Mechanism;

/// What is done to an association.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Change {
    Created(&'static Workload),
    Deleted(&'static Workload),
    /// It names another role from now on.
    Updated(&'static Workload),
}

/// When associations change: in the middle of the window.
pub(crate) fn changed_at(window: Window) -> i64 {
    window.from + 7 * DAY
}

/// When a workload's association was made.
fn created_at(workload: &Workload, window: Window) -> i64 {
    match workload.setup {
        Setup::Moved if workload.days.0 > 0 => changed_at(window) - 60,
        Setup::RoleChanged(_) => window.from,
        _ if workload.cluster.days.0 > 0 => window.days(workload.cluster.days).from - 7200,
        _ => window.from - 200 * DAY,
    }
}

/// Plans the changes. What is made with its cluster is not told: nobody looked on at the time.
pub(crate) fn plan(plan: &mut Plan) {
    let at = changed_at(plan.window);
    for workload in plan.workloads.clone() {
        // Deleted first, and made before the first pod asks.
        let changes = match workload.setup {
            Setup::Moved if workload.days.0 > 0 => vec![(at - 60, Change::Created(workload))],
            Setup::Moved => vec![(at - 120, Change::Deleted(workload))],
            Setup::RoleChanged(_) => vec![
                (plan.window.from, Change::Created(workload)),
                (at - 60, Change::Updated(workload)),
            ],
            _ => continue,
        };
        for (at, change) in changes {
            let number = place(plan.changes.len());
            plan.changes.push(change);
            plan.happens(at, Act::Association(number), Some(Note::AssociationChanged));
        }
    }
}

/// As DescribePodIdentityAssociation answers at the end of the window; `None` for a workload that has none then.
pub(crate) fn described(workload: &Workload, seed: u64, window: Window) -> Option<Value> {
    let ended = workload.setup == Setup::Moved && workload.days.0 == 0;
    if ended {
        return None;
    }
    let modified = match workload.setup {
        Setup::RoleChanged(_) => changed_at(window) - 60,
        _ => created_at(workload, window),
    };
    association(workload, workload.role, modified, seed, window)
}

fn association(workload: &Workload, role: &Role, modified: i64, seed: u64, window: Window) -> Option<Value> {
    let (untagged, target, policy) = match workload.grant {
        Grant::PodIdentity => (false, None, None),
        Grant::PodIdentityUntagged => (true, None, None),
        Grant::PodIdentityPolicy(statements) => (true, None, Some(statements)),
        Grant::PodIdentityTarget(role) => (false, Some(role), None),
        Grant::Irsa | Grant::Node | Grant::StaticKey(_) => return None,
    };
    let cluster = workload.cluster;
    let (region, account) = (cluster.account.region, cluster.account.id);
    let id = id(workload, seed);
    let mut association = json!({
        "clusterName": cluster.name, "namespace": workload.namespace, "serviceAccount": workload.account,
        "roleArn": role.arn(), "associationId": id,
        "associationArn": format!("arn:aws:eks:{region}:{account}:podidentityassociation/{}/{id}", cluster.name),
        "tags": {}, "createdAt": iso(created_at(workload, window)), "modifiedAt": iso(modified),
        "disableSessionTags": untagged,
    });
    if let Some(target) = target {
        let external = format!("{region}/{account}/{}", role_id(workload.role, seed));
        merge(
            &mut association,
            json!({"targetRoleArn": target.arn(), "externalId": external}),
        );
    }
    if let Some(statements) = policy {
        let document = crate::inventory::document(statements, &str::to_owned);
        merge(&mut association, json!({"policy": document.to_string()}));
    }
    Some(association)
}

fn id(workload: &Workload, seed: u64) -> String {
    let purpose = format!(
        "association {} {} {} {}",
        workload.cluster.account.id, workload.cluster.name, workload.namespace, workload.account
    );
    format!("a-{}", Rng::new(seed, &purpose).text(ALPHANUMERIC, 17).to_lowercase())
}

/// The record of a change.
pub(crate) fn record(scene: &mut Scene, change: Change) -> Rendered {
    let (event, workload) = match change {
        Change::Created(workload) => ("CreatePodIdentityAssociation", workload),
        Change::Deleted(workload) => ("DeletePodIdentityAssociation", workload),
        Change::Updated(workload) => ("UpdatePodIdentityAssociation", workload),
    };
    let (seed, window) = (scene.plan.seed, scene.plan.window);
    let account = workload.cluster.account;
    let identity = json!({"type": "AssumedRole", "principalId": "AROAZZZZZZZZZZZZZZZZZ:platform-release",
        "arn": format!("arn:aws:sts::{}:assumed-role/platform-release/platform-release", account.id),
        "accountId": account.id, "sessionContext": {"sessionIssuer": {"type": "Role",
            "principalId": "AROAZZZZZZZZZZZZZZZZZ", "arn": format!("arn:aws:iam::{}:role/platform-release", account.id),
            "accountId": account.id, "userName": "platform-release"}, "attributes": {"mfaAuthenticated": "false"}}});
    let mut facts = Facts::sts(event, account.region, account, identity);
    facts.source = "eks";
    facts.read_only = false;
    facts.ip = "192.0.2.30".to_owned();
    facts.agent = "APN/1.0 HashiCorp/1.0 Terraform/1.13.4".to_owned();
    facts.host = Some(format!("eks.{}.amazonaws.com", account.region));
    let name = workload.cluster.name;
    let role = match (change, workload.setup) {
        (Change::Created(_), Setup::RoleChanged(first)) => first,
        _ => workload.role,
    };
    facts.parameters = match change {
        Change::Created(_) => json!({"name": name, "namespace": workload.namespace,
            "serviceAccount": workload.account, "roleArn": role.arn(), "disableSessionTags": true,
            "clientRequestToken": scene.rng.uuid()}),
        Change::Deleted(_) => json!({"name": name, "associationId": id(workload, seed)}),
        Change::Updated(_) => json!({"name": name, "associationId": id(workload, seed), "roleArn": role.arn()}),
    };
    let answer = association(workload, role, scene.moment.at(), seed, window);
    facts.response = json!({"association": answer});
    let truth = scene.truth(&Origin::none(Mechanism::Other, "operator"), None);
    scene.rendered(&facts, truth, None)
}
