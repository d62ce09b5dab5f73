//! Pod Identity associations of a plan.

use podtrail_iam::lint::LintKind;
use serde_json::Value;

use super::resource::{Actions, Field, Resource, Side};
use super::{Plan, unknown_text};
use crate::check::changes::{Edit, Pairing, RoleRef};
use crate::check::document::ReadError;

impl<'v> Plan<'_, 'v> {
    pub(super) fn association(&mut self, resource: &Resource<'v>) -> Result<(), ReadError> {
        if !resource.actions.changes() {
            return Ok(());
        }
        let before = if resource.actions == Actions::Create {
            None
        } else {
            self.pairing(resource, Side::Before)?
        };
        let after = if resource.actions == Actions::Delete {
            None
        } else {
            self.pairing(resource, Side::After)?
        };
        let named = |p: &Pairing| {
            let part = |text: &Option<String>| text.clone().unwrap_or_else(|| "?".to_owned());
            format!(
                "{}/{}/{}",
                part(&p.cluster),
                part(&p.namespace),
                part(&p.service_account)
            )
        };
        let summary = match (&before, &after) {
            (Some(old), None) => format!("the association of {} is deleted", named(old)),
            (None, Some(new)) => format!("an association of {} is made", named(new)),
            (Some(old), _) => format!("the association of {} changes", named(old)),
            (None, None) => return Ok(()),
        };
        let told = after.as_deref().map(unknown_parts).unwrap_or_default();
        self.push_unknown(resource, summary, told, Edit::Association { before, after });
        Ok(())
    }

    fn pairing(&mut self, resource: &Resource<'v>, side: Side) -> Result<Option<Box<Pairing>>, ReadError> {
        let text = |name: &str| resource.text(side, name).known().map(str::to_owned);
        let target = match resource.text(side, "target_role_arn") {
            Field::Absent | Field::Value("") => None,
            Field::Value(_) | Field::Unknown => Some(self.role_of(resource, side, "target_role_arn")),
        };
        let untagged = match resource.value(side, "disable_session_tags").and_then(Value::as_bool) {
            None if side == Side::After && resource.is_unknown("disable_session_tags") => {
                // Not set, it is the API's to fill in: sessions have tags unless somebody says otherwise.
                resource.actions.is_made_anew().then_some(false)
            }
            known => Some(known.unwrap_or(false)),
        };
        let policy = match side {
            Side::After => self.document(
                resource,
                side,
                "policy",
                "the association's session policy",
                LintKind::Session,
            )?,
            Side::Before => None,
        };
        Ok(Some(Box::new(Pairing {
            arn: text("association_arn"),
            cluster: text("cluster_name"),
            namespace: text("namespace"),
            service_account: text("service_account"),
            role: self.role_of(resource, side, "role_arn"),
            target,
            policy,
            untagged,
        })))
    }
}

fn unknown_parts(pairing: &Pairing) -> Vec<String> {
    let parts = [
        ("its cluster", pairing.cluster.is_none()),
        ("its namespace", pairing.namespace.is_none()),
        ("its ServiceAccount", pairing.service_account.is_none()),
        ("its target role", pairing.target == Some(RoleRef::Unknown)),
        ("whether sessions have tags", pairing.untagged.is_none()),
    ];
    let mut told: Vec<String> = parts
        .iter()
        .filter(|(_, unknown)| *unknown)
        .map(|(part, _)| (*part).to_owned())
        .collect();
    told.extend(pairing.policy.iter().flat_map(unknown_text));
    told
}
