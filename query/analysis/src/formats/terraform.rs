//! Terraform: documents as data sources, attached to the roles as they are.
//!
//! Roles are named, not declared: a `resource "aws_iam_role"` made from what a log and an inventory tell would, once
//! applied, take from the role what they do not tell (its boundary, its tags).

use podtrail_iam::policy::build::minified;
use serde_json::Value;

use super::hcl::{self, Block};
use super::names::{Identity, Place};
use super::{notes, policy_document};
use crate::answer::{PolicyKind, PolicyOut, Recommendation, RoleRecommendation};
use crate::shell::role_name;

pub(super) fn render(recommendations: &[Recommendation]) -> String {
    let mut parts = vec![notes::comment(&notes::head(recommendations))];
    for one in recommendations {
        parts.push(notes::comment(&notes::workload(one)));
        for role in &one.recommendations {
            parts.extend(self::role(one, role));
        }
    }
    parts.retain(|part| !part.is_empty());
    parts.join("\n")
}

/// What belongs to one role, in parts.
fn role(one: &Recommendation, role: &RoleRecommendation) -> Vec<String> {
    let mut parts = vec![notes::comment(&notes::role(one, role))];
    for (at, policy) in role.policies.iter().enumerate() {
        let label = Identity::policy(one, role, at).label();
        let blocks = self::policy(one, role, policy, &label);
        parts.extend(blocks.iter().map(Block::write));
    }
    let proposed = role.trust.proposed.as_ref();
    if let Some(document) = proposed.filter(|_| role.trust.proposed != role.trust.current) {
        let label = Identity::trust(one, role).label();
        let (block, expression) = self::document(document, &label, "json", |_| Vec::new());
        let mut lines = role.trust.why.clone();
        lines.push(format!(
            "In the resource of {}: assume_role_policy = {expression}",
            role.role_arn
        ));
        parts.push(match block {
            Some(block) => block.noted(lines).write(),
            None => notes::comment(&lines),
        });
    }
    parts
}

/// The document as a data block, and the expression that stands for it; without a block where only a text can say it.
fn document(
    document: &Value,
    label: &str,
    attribute: &str,
    notes: impl Fn(Option<&str>) -> Vec<String>,
) -> (Option<Block>, String) {
    let block = policy_document::data(document, label, notes);
    let expression = match block {
        Some(_) => format!("data.aws_iam_policy_document.{label}.{attribute}"),
        None => hcl::text(&minified(document)),
    };
    (block, expression)
}

fn policy(one: &Recommendation, role: &RoleRecommendation, policy: &PolicyOut, label: &str) -> Vec<Block> {
    let Some(document) = &policy.document else {
        return Vec::new();
    };
    // White space counts against the limit of a session policy.
    let attribute = match policy.kind {
        PolicyKind::Association => "minified_json",
        PolicyKind::Managed | PolicyKind::Inline => "json",
    };
    let (block, expression) = self::document(document, label, attribute, |sid| notes::statement(role, sid));
    let name = role_name(&role.role_arn);
    let resource = |kind: &str| Block::new("resource", &[kind, label]);
    let mut blocks: Vec<Block> = block.into_iter().collect();
    match policy.kind {
        PolicyKind::Managed => blocks.extend([
            resource("aws_iam_policy")
                .with_text("name", &policy.name)
                .with("policy", expression),
            resource("aws_iam_role_policy_attachment")
                .with_text("role", name)
                .with("policy_arn", format!("aws_iam_policy.{label}.arn")),
        ]),
        PolicyKind::Inline => blocks.push(
            resource("aws_iam_role_policy")
                .with_text("name", &policy.name)
                .with_text("role", name)
                .with("policy", expression),
        ),
        PolicyKind::Association => blocks.push(
            association(label, &Place::of(one), &role.role_arn)
                .noted(vec![format!(
                    "One ServiceAccount has one association: if {}/{} has it, import it or put `policy` and \
                     `disable_session_tags` into yours.",
                    Place::of(one).namespace,
                    Place::of(one).service_account
                )])
                .with("disable_session_tags", "true")
                .with("policy", expression),
        ),
    }
    blocks
}

/// A Pod Identity association of a role.
fn association(label: &str, place: &Place<'_>, role_arn: &str) -> Block {
    Block::new("resource", &["aws_eks_pod_identity_association", label])
        .with_text("cluster_name", place.cluster)
        .with_text("namespace", place.namespace)
        .with_text("service_account", place.service_account)
        .with_text("role_arn", role_arn)
}
