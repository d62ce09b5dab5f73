//! Comments. Terraform and YAML have the same kind: `#` to the end of the line.

use std::collections::BTreeSet;

use super::names::{Place, account_of};
use crate::answer::{PolicyOut, Recommendation, RoleRecommendation};

/// A text as the line of a comment, without its `#`. What would end the line or hide in it does not get in: white space
/// of any kind is a space, and anything but printable ASCII and Latin-1 a question mark.
pub(super) fn line(text: &str) -> String {
    text.chars()
        .map(|c| match c {
            _ if c.is_whitespace() || c.is_control() => ' ',
            '!'..='~' | '\u{A1}'..='\u{AC}' | '\u{AE}'..='\u{FF}' => c,
            _ => '?',
        })
        .collect()
}

/// Lines as a comment, each with its `#` and line feed.
pub(super) fn comment(lines: &[String]) -> String {
    lines.iter().map(|text| format!("# {}\n", line(text))).collect()
}

/// What stands above a file.
pub(super) fn head(recommendations: &[Recommendation]) -> Vec<String> {
    let mut lines = Vec::new();
    let roles = recommendations.iter().flat_map(|one| &one.recommendations);
    let accounts: BTreeSet<&str> = roles.filter_map(|role| account_of(&role.role_arn)).collect();
    if accounts.len() > 1 {
        let accounts: Vec<&str> = accounts.into_iter().collect();
        lines.push(format!(
            "The roles are in the accounts {}: apply each part with credentials of its account.",
            accounts.join(", ")
        ));
    }
    lines
}

/// What stands above a workload without a proposal, or with one for some of its roles only.
pub(super) fn workload(one: &Recommendation) -> Vec<String> {
    let note = one.note.as_ref().map(|note| format!("{}: {note}", one.workload));
    note.into_iter().collect()
}

/// What stands above the parts of one role.
pub(super) fn role(one: &Recommendation, role: &RoleRecommendation) -> Vec<String> {
    let place = Place::of(one);
    let mut lines = vec![format!("{} with {}", one.workload, role.role_arn)];
    if place.cluster_arn.is_none() {
        lines.push("The inventory does not know the cluster: check its name.".to_owned());
    }
    if role.policies.iter().any(is_association) {
        if place.account().is_some() && place.account() != account_of(&role.role_arn) {
            lines.push(
                "The role is in another account than the cluster: it is the association's target role, and the role \
                 that leads to it belongs in its place."
                    .to_owned(),
            );
        }
    } else if let Some(shared) = role.warnings.iter().find(|warning| warning.code == "shared_role") {
        lines.push(shared.message.clone());
    } else if !role.current_policies.is_empty() {
        let mut today: Vec<&str> = role
            .current_policies
            .iter()
            .map(|policy| policy.name.as_str())
            .collect();
        today.sort_unstable();
        lines.push(format!(
            "When it is attached, take off what the role has today: {}",
            today.join(", ")
        ));
    }
    lines
}

/// What stands above a statement: what is said about its `Sid`.
pub(super) fn statement(role: &RoleRecommendation, sid: Option<&str>) -> Vec<String> {
    let about = |of: &Option<String>| sid.is_some() && of.as_deref() == sid;
    role.warnings
        .iter()
        .filter(|warning| about(&warning.statement))
        .map(|warning| warning.message.clone())
        .collect()
}

/// Whether a policy is the session policy of a Pod Identity association.
pub(super) fn is_association(policy: &PolicyOut) -> bool {
    policy.kind == crate::answer::PolicyKind::Association
}
