//! Policies of a plan, and to whom they are attached.

use podtrail_iam::lint::LintKind;

use super::resource::{Actions, Field, Resource, Side, same_json};
use super::{Plan, own_policy, unknown_text};
use crate::check::changes::{Edit, PolicyRef};
use crate::check::document::ReadError;

impl<'v> Plan<'_, 'v> {
    pub(super) fn managed(&mut self, resource: &Resource<'v>) -> Result<(), ReadError> {
        let policy = own_policy(resource);
        if resource.actions.unmakes() {
            let old = PolicyRef::Arn(
                resource
                    .text(Side::Before, "arn")
                    .known()
                    .unwrap_or(resource.address)
                    .to_owned(),
            );
            let edit = Edit::Managed {
                policy: old,
                document: None,
            };
            self.push(resource, format!("`{}` is deleted", resource.title()), edit);
        }
        if resource.actions == Actions::Delete {
            return Ok(());
        }
        let document = self.document(resource, Side::After, "policy", policy.name(), LintKind::Managed)?;
        let Some(document) = document else { return Ok(()) };
        self.out.library.push((policy.clone(), document.clone()));
        let same = same_json(
            &resource.text(Side::Before, "policy"),
            &resource.text(Side::After, "policy"),
        );
        if resource.actions.changes() && !same {
            let summary = format!("the document of `{}`", resource.title());
            let unknown = unknown_text(&document);
            let edit = Edit::Managed {
                policy,
                document: Some(document),
            };
            self.push_unknown(resource, summary, unknown, edit);
        }
        Ok(())
    }

    pub(super) fn inline(&mut self, resource: &Resource<'v>) -> Result<(), ReadError> {
        if resource.actions.unmakes() {
            let name = resource
                .text(Side::Before, "name")
                .known()
                .unwrap_or_default()
                .to_owned();
            let role = self.role_of(resource, Side::Before, "role");
            let summary = format!("the inline policy `{name}` is removed");
            self.push(
                resource,
                summary,
                Edit::Inline {
                    role,
                    name,
                    document: None,
                },
            );
        }
        if !resource.actions.makes() {
            return Ok(());
        }
        let name = match resource.text(Side::After, "name") {
            Field::Value(name) => name.to_owned(),
            Field::Unknown | Field::Absent => resource.address.to_owned(),
        };
        let role = self.role_of(resource, Side::After, "role");
        let document = self.document(resource, Side::After, "policy", &name, LintKind::Inline)?;
        let same = same_json(
            &resource.text(Side::Before, "policy"),
            &resource.text(Side::After, "policy"),
        );
        if let Some(document) = document.filter(|_| !(resource.actions == Actions::Update && same)) {
            let unknown = unknown_text(&document);
            let edit = Edit::Inline {
                role,
                name: name.clone(),
                document: Some(document),
            };
            self.push_unknown(resource, format!("the inline policy `{name}`"), unknown, edit);
        }
        Ok(())
    }

    pub(super) fn attachment(&mut self, resource: &Resource<'v>) -> Result<(), ReadError> {
        for (done, side, attached) in [
            (resource.actions.unmakes(), Side::Before, false),
            (resource.actions.makes(), Side::After, true),
        ] {
            if !done {
                continue;
            }
            let policy = self.policy_of(resource, side, "policy_arn");
            let word = if attached { "attached" } else { "detached" };
            let unknown = matches!(policy, PolicyRef::Unknown(_)).then(|| "which policy it is".to_owned());
            let role = self.role_of(resource, side, "role");
            let summary = format!("`{}` is {word}", policy.name());
            let edit = Edit::Attachment { role, policy, attached };
            self.push_unknown(resource, summary, unknown.into_iter().collect(), edit);
        }
        Ok(())
    }
}
