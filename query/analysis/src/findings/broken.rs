//! What is configured and cannot work.

use super::configuration::{
    accounts, association_id, associations, configured, delete, of_association, unannotate, workload_of,
};
use super::draft::{Draft, Drafts, count};
use super::facts::Facts;
use crate::answer::Remedy;
use crate::inventory::{Association, Cluster, ServiceAccount};
use crate::lineage::issuer;
use crate::recommend::trust_json::tests;
use crate::role_trust::{AUDIENCE, Trust};
use crate::shell;
use crate::usage::Workload;

/// Tags that the trust policy asks for and EKS does not send.
pub(super) fn tags_disabled(facts: &Facts<'_>) -> Vec<Draft> {
    let mut found = Vec::new();
    for (association, cluster) in associations(facts) {
        if !asks_for_missing_tags(facts, association) {
            continue;
        }
        let mut draft = of_association(facts, association, cluster);
        draft.why =
            "EKS cannot assume the role: the association disables session tags, and the trust policy asks for one. \
                     Pods get no credentials once those they have expire."
                .to_owned();
        draft.note(format!("`{}` has `disableSessionTags`", association.arn));
        draft.note(format!(
            "the trust policy of `{}` has a condition on `aws:RequestTag/…`",
            association.role_arn
        ));
        refused(facts, &mut draft, association);
        draft.remedy = Remedy {
            summary: "Switch the tags on again, or take the condition out of the trust policy.".to_owned(),
            command: Some(shell::command(&[
                "aws",
                "eks",
                "update-pod-identity-association",
                "--region",
                shell::region(&association.arn),
                "--cluster-name",
                &association.cluster_name,
                "--association-id",
                association_id(association),
                "--no-disable-session-tags",
            ])),
            ..Remedy::default()
        };
        found.push(draft);
    }
    found
}

fn asks_for_missing_tags(facts: &Facts<'_>, association: &Association) -> bool {
    let Some(trust) = facts.role(&association.role_arn).and_then(Trust::read) else {
        return false;
    };
    let statements = trust.pod_identity();
    association.disable_session_tags
        && !statements.is_empty()
        && statements.iter().all(|(_, statement)| {
            let tags = [
                "kubernetes-namespace",
                "kubernetes-service-account",
                "kubernetes-pod-name",
                "kubernetes-pod-uid",
                "eks-cluster-arn",
                "eks-cluster-name",
            ];
            tags.iter().any(|tag| {
                let asked = tests(statement, &format!("aws:RequestTag/{tag}"));
                asked.iter().any(|(operator, _)| {
                    let operator = operator.to_ascii_lowercase();
                    !operator.contains("ifexists") && !operator.contains("not") && !operator.contains("null")
                })
            })
        })
}

/// Roles that are not there, of accounts whose roles are known.
pub(super) fn missing_role(facts: &Facts<'_>) -> Vec<Draft> {
    let mut drafts = Drafts::default();
    for configured in configured(facts) {
        let account = issuer::account_of(&configured.role_arn).unwrap_or_default();
        if facts.role(&configured.role_arn).is_some() || !facts.lists_roles_of(account) {
            continue;
        }
        let subject = format!("{} {}", configured.id, configured.role_arn);
        let draft = drafts.entry(&subject, || Draft {
            subject: subject.clone(),
            ..Draft::of_workload(&configured.id)
        });
        draft.cluster = Some(configured.workload.cluster.clone());
        draft.roles.insert(configured.role_arn.clone());
        draft.why =
            "Pods get no credentials from it. Whoever may create a role of that name gets to choose what they can do."
                .to_owned();
        draft.note(format!(
            "{} `{}`, which is not among the roles of its account",
            configured.how, configured.role_arn
        ));
        denied_exchange(facts, draft, &configured.workload, &configured.role_arn);
        draft.remedy = Remedy {
            summary: "Name a role that exists, or remove what names it.".to_owned(),
            command: Some(configured.removal),
            ..Remedy::default()
        };
    }
    drafts.into_vec()
}

/// Roles whose trust policy does not let in who is configured for them.
pub(super) fn not_trusting(facts: &Facts<'_>) -> Vec<Draft> {
    let mut found = Vec::new();
    for account in accounts(facts) {
        let Some((cluster, trust)) = irsa_parts(facts, account) else {
            continue;
        };
        let Some(issuer) = cluster.oidc_issuer.as_deref() else {
            continue;
        };
        let subject = format!("system:serviceaccount:{}:{}", account.namespace, account.name);
        let workload = workload_of(facts, account);
        let id = facts.id(&workload);
        let mut draft = Draft::of_workload(&id);
        draft.subject = format!("{id} {}", trust.role.arn);
        denied_exchange(facts, &mut draft, &workload, &trust.role.arn);
        // The audience may be another one by an annotation that the inventory does not read.
        let audience = if draft.evidence.is_empty() {
            None
        } else {
            Some(AUDIENCE)
        };
        if trust.admits_token(issuer, &subject, audience) || trust.admits_token(issuer, &subject, Some(AUDIENCE)) {
            continue;
        }
        draft.cluster = Some(workload.cluster.clone());
        draft.roles.insert(trust.role.arn.clone());
        draft.why =
            "The ServiceAccount is annotated with the role, and STS refuses its token: its pods have no credentials, \
                     or fall back to those of their node."
                .to_owned();
        draft.note(format!("the trust policy does not let `{subject}` of `{issuer}` in"));
        draft.remedy = Remedy {
            summary: "Let the ServiceAccount in by the trust policy, or remove the annotation.".to_owned(),
            command: Some(annotate(account, cluster)),
            ..Remedy::default()
        };
        found.push(draft);
    }
    for (association, cluster) in associations(facts) {
        let (Some(cluster), Some(trust)) = (cluster, facts.role(&association.role_arn).and_then(Trust::read)) else {
            continue;
        };
        if trust.admits_association(association, cluster) || asks_for_missing_tags(facts, association) {
            continue;
        }
        let mut draft = of_association(facts, association, Some(cluster));
        draft.why = "EKS cannot assume the role for the association: its pods get no credentials by it.".to_owned();
        draft.note(format!(
            "the trust policy of `{}` does not let `{}` in",
            association.role_arn, association.arn
        ));
        refused(facts, &mut draft, association);
        draft.remedy = Remedy {
            summary: "Let `pods.eks.amazonaws.com` in with `sts:AssumeRole` and `sts:TagSession` for this cluster, namespace \
                      and ServiceAccount, or remove the association."
                .to_owned(),
            command: Some(delete(association)),
            ..Remedy::default()
        };
        found.push(draft);
    }
    found
}

fn irsa_parts<'a>(facts: &Facts<'a>, account: &ServiceAccount) -> Option<(&'a Cluster, Trust<'a>)> {
    let cluster = facts.cluster(&account.cluster)?;
    let trust = Trust::read(facts.role(account.role_arn.as_deref()?)?)?;
    Some((cluster, trust))
}

fn denied_exchange(facts: &Facts<'_>, draft: &mut Draft, workload: &Workload, role_arn: &str) {
    for denied in &facts.denied {
        let own = denied
            .workload
            .as_ref()
            .is_some_and(|w| super::facts::same(w, workload));
        if own && denied.role_arn == role_arn && denied.action == "sts:AssumeRoleWithWebIdentity" {
            let text = format!("{} refused, first this one", count(denied.calls, "exchange"));
            draft.event(&denied.sample_event_id, (denied.first_seen, denied.last_seen), text);
        }
    }
}

/// The calls of EKS for the role that STS refused.
fn refused(facts: &Facts<'_>, draft: &mut Draft, association: &Association) {
    for denied in facts
        .denied
        .iter()
        .filter(|d| d.workload.is_none() && d.role_arn == association.role_arn)
    {
        let text = format!("{} of EKS refused, first this one", count(denied.calls, "call"));
        draft.event(&denied.sample_event_id, (denied.first_seen, denied.last_seen), text);
    }
}

fn annotate(account: &ServiceAccount, cluster: &Cluster) -> String {
    let role = account.role_arn.as_deref().unwrap_or_default();
    let look = shell::command(&["aws", "iam", "get-role", "--role-name", shell::role_name(role)]);
    let issuer = cluster.oidc_issuer.as_deref().unwrap_or_default();
    format!(
        "{look}  # its trust must name the issuer {}\n{}",
        shell::quote(issuer),
        unannotate(account)
    )
}
