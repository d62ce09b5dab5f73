//! What becomes of the Pod Identity associations through which workloads used their roles.

use super::apply::resolve;
use super::changes::{Change, Edit, Pairing};
use crate::inventory::{Association, Inventory};
use crate::usage::Workload;

/// One association before and after.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Move {
    pub(super) source: String,
    cluster: String,
    /// ARN of the cluster, where it is known.
    cluster_arn: Option<String>,
    pub(super) namespace: String,
    pub(super) service_account: String,
    /// Role and target role, as they are: ARNs.
    pub(super) old_roles: Vec<String>,
    /// The role whose credentials the pod gets, as it is.
    pub(super) old_role: Option<String>,
    /// None: it is deleted.
    pub(super) after: Option<Pairing>,
    /// It was not there before.
    pub(super) is_new: bool,
}

impl Move {
    /// Whether it is the workload's.
    pub(super) fn is_of(&self, workload: &Workload) -> bool {
        let cluster = match (&self.cluster_arn, &workload.cluster_arn) {
            (Some(own), Some(its)) => own == its,
            (None, Some(its)) => its.rsplit('/').next() == Some(&self.cluster),
            _ => self.cluster == workload.cluster,
        };
        cluster && self.namespace == workload.namespace && self.service_account == workload.service_account
    }

    /// `cluster/namespace/serviceaccount`
    pub(super) fn name(&self) -> String {
        format!("{}/{}/{}", self.cluster, self.namespace, self.service_account)
    }
}

/// The associations that change. Two resources of a plan may be one: deleted here and made there.
pub(super) fn moves(inventory: &Inventory, changes: &[Change]) -> Vec<Move> {
    let mut found: Vec<Move> = Vec::new();
    for change in changes {
        let Edit::Association { before, after } = &change.edit else {
            continue;
        };
        if let Some(gone) = before
            .as_ref()
            .filter(|b| !after.as_ref().is_some_and(|a| same_place(a, b)))
        {
            found.extend(of(inventory, &change.source, gone, Some(gone), None));
            found.extend(
                after
                    .as_ref()
                    .and_then(|a| of(inventory, &change.source, a, None, Some(a))),
            );
        } else if let Some(place) = after.as_deref() {
            found.extend(of(inventory, &change.source, place, before.as_deref(), Some(place)));
        }
    }
    let mut merged: Vec<Move> = Vec::new();
    for next in found {
        match merged
            .iter_mut()
            .find(|m| m.name() == next.name() && m.cluster_arn == next.cluster_arn)
        {
            Some(same) => {
                same.is_new &= next.is_new;
                same.after = same.after.take().or(next.after);
                if same.old_role.is_none() {
                    (same.old_role, same.old_roles) = (next.old_role, next.old_roles);
                }
            }
            None => merged.push(next),
        }
    }
    merged
}

fn same_place(a: &Pairing, b: &Pairing) -> bool {
    (&a.cluster, &a.namespace, &a.service_account) == (&b.cluster, &b.namespace, &b.service_account)
}

fn of(
    inventory: &Inventory,
    source: &str,
    place: &Pairing,
    before: Option<&Pairing>,
    after: Option<&Pairing>,
) -> Option<Move> {
    let (cluster, namespace) = (place.cluster.clone()?, place.namespace.clone()?);
    let service_account = place.service_account.clone()?;
    let known = known(inventory, place);
    let old = |role: &super::changes::RoleRef| resolve(inventory, role).filter(|arn| arn.starts_with("arn:"));
    let (role, target) = match (known, before) {
        (Some(known), _) => (Some(known.role_arn.clone()), known.target_role_arn.clone()),
        (None, Some(before)) => (old(&before.role), before.target.as_ref().and_then(old)),
        (None, None) => (None, None),
    };
    let by_arn = place.arn.as_deref().or(before.and_then(|b| b.arn.as_deref()));
    let cluster_arn = known.map(Association::cluster_arn).or_else(|| {
        let bare = Association {
            arn: by_arn?.to_owned(),
            cluster_name: cluster.clone(),
            ..Association::default()
        };
        Some(bare.cluster_arn())
    });
    Some(Move {
        source: source.to_owned(),
        cluster,
        cluster_arn,
        namespace,
        service_account,
        old_role: target.clone().or_else(|| role.clone()),
        old_roles: role.into_iter().chain(target).collect(),
        after: after.cloned(),
        is_new: before.is_none() && known.is_none(),
    })
}

/// The association that the inventory has in a place; by ARN, else where only one cluster of the name has it.
fn known<'i>(inventory: &'i Inventory, place: &Pairing) -> Option<&'i Association> {
    if let Some(arn) = &place.arn {
        return inventory.associations.iter().find(|a| a.arn == *arn);
    }
    let here = |a: &&Association| {
        Some(&a.cluster_name) == place.cluster.as_ref()
            && Some(&a.namespace) == place.namespace.as_ref()
            && Some(&a.service_account) == place.service_account.as_ref()
            && a.deleted_at.is_none()
    };
    let mut found = inventory.associations.iter().filter(here);
    match (found.next(), found.next()) {
        (Some(only), None) => Some(only),
        _ => None,
    }
}
