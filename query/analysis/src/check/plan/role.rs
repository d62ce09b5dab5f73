//! Roles of a plan.

use std::collections::BTreeSet;

use podtrail_iam::lint::LintKind;
use serde_json::Value;

use super::resource::{Actions, Field, Resource, Side, same_json};
use super::{Plan, own_role, unknown_document, unknown_text};
use crate::check::changes::{Edit, PolicyRef, RoleRef};
use crate::check::document::ReadError;

impl<'v> Plan<'_, 'v> {
    pub(super) fn role(&mut self, resource: &Resource<'v>) -> Result<(), ReadError> {
        let role = own_role(resource);
        match resource.actions {
            Actions::Delete => {
                let edit = Edit::Deleted { role };
                self.push(resource, "the role is deleted".to_owned(), edit);
                return Ok(());
            }
            Actions::Create => {
                let edit = Edit::Created { role: role.clone() };
                self.push(resource, "the role is made".to_owned(), edit);
            }
            Actions::Replace => self.replaced(resource, &role),
            Actions::Update => {}
            Actions::Nothing | Actions::Forget => return Ok(()),
        }
        self.trust(resource, &role)?;
        self.inline_blocks(resource, &role)?;
        self.attached_list(resource, &role);
        self.boundary(resource, &role);
        let tags = (
            resource.value(Side::Before, "tags_all"),
            resource.value(Side::After, "tags_all"),
        );
        if resource.actions == Actions::Update && tags.0 != tags.1 {
            let unknown = vec!["conditions on the role's tags are judged with those of the inventory".to_owned()];
            self.push_unknown(resource, "the role's tags".to_owned(), unknown, Edit::Told { role });
        }
        Ok(())
    }

    fn replaced(&mut self, resource: &Resource<'v>, role: &RoleRef) {
        let old = resource
            .text(Side::Before, "arn")
            .known()
            .unwrap_or_default()
            .to_owned();
        if *role == RoleRef::Arn(old.clone()) {
            let unknown =
                vec!["whatever holds the id of the old role, as trust policies do, no longer means it".to_owned()];
            let edit = Edit::Told { role: role.clone() };
            self.push_unknown(
                resource,
                "the role is replaced by one of its name".to_owned(),
                unknown,
                edit,
            );
        } else {
            let edit = Edit::Deleted {
                role: RoleRef::Arn(old),
            };
            self.push(resource, "the role is replaced: this one is deleted".to_owned(), edit);
            let edit = Edit::Created { role: role.clone() };
            self.push(resource, "the role is made".to_owned(), edit);
        }
    }

    fn trust(&mut self, resource: &Resource<'v>, role: &RoleRef) -> Result<(), ReadError> {
        const FIELD: &str = "assume_role_policy";
        if same_json(&resource.text(Side::Before, FIELD), &resource.text(Side::After, FIELD)) {
            return Ok(());
        }
        let document = self.document(resource, Side::After, FIELD, "the trust policy", LintKind::Trust)?;
        if let Some(document) = document {
            let unknown = unknown_text(&document);
            let edit = Edit::Trust {
                role: role.clone(),
                document,
                only: None,
            };
            self.push_unknown(resource, "the trust policy".to_owned(), unknown, edit);
        }
        Ok(())
    }

    /// `inline_policy`: where it is given, all inline policies of the role.
    fn inline_blocks(&mut self, resource: &Resource<'v>, role: &RoleRef) -> Result<(), ReadError> {
        const FIELD: &str = "inline_policy";
        let (before, after) = (resource.value(Side::Before, FIELD), resource.value(Side::After, FIELD));
        let unknown = resource.is_unknown(FIELD);
        // Where no block is given, the provider reads what is there: of a new role, nothing.
        let computed = unknown && resource.actions.is_made_anew() && after.is_none();
        if computed || (!unknown && (before == after || after.is_none())) {
            return Ok(());
        }
        let role = role.clone();
        let mut documents = Vec::new();
        for (at, block) in after.and_then(Value::as_array).into_iter().flatten().enumerate() {
            let name = block.get("name").and_then(Value::as_str).unwrap_or("");
            let place = format!("{}/change/after/{FIELD}/{at}/policy", resource.pointer);
            if let Some(text) = block.get("policy").and_then(Value::as_str) {
                documents.push(self.compile(resource, text, &place, name, LintKind::Inline)?);
            } else if !unknown && !name.is_empty() {
                documents.push(unknown_document(name));
            }
        }
        if unknown {
            documents.push(unknown_document(&format!("{} inline_policy", resource.address)));
        }
        let told = documents.iter().flat_map(unknown_text).collect();
        let edit = Edit::InlineAll { role, documents };
        self.push_unknown(resource, "the role's inline policies".to_owned(), told, edit);
        Ok(())
    }

    /// `managed_policy_arns`: where it is given, all attachments of the role.
    fn attached_list(&mut self, resource: &Resource<'v>, role: &RoleRef) {
        const FIELD: &str = "managed_policy_arns";
        let list = |side| resource.value(side, FIELD).and_then(Value::as_array);
        let set = |side| list(side).map(|l| l.iter().filter_map(Value::as_str).collect::<BTreeSet<_>>());
        let unknown = resource.is_unknown(FIELD);
        let computed = unknown && resource.actions.is_made_anew() && list(Side::After).is_none();
        if computed || (!unknown && (set(Side::Before) == set(Side::After) || list(Side::After).is_none())) {
            return;
        }
        let mut policies: Vec<PolicyRef> = set(Side::After)
            .into_iter()
            .flatten()
            .map(|arn| PolicyRef::Arn(arn.to_owned()))
            .collect();
        let mut told = Vec::new();
        if unknown {
            policies.push(PolicyRef::Unknown(format!("{} {FIELD}", resource.address)));
            told.push("which policies are attached".to_owned());
        }
        let edit = Edit::AttachedAll {
            role: role.clone(),
            policies,
        };
        self.push_unknown(resource, "the role's attached policies".to_owned(), told, edit);
    }

    fn boundary(&mut self, resource: &Resource<'v>, role: &RoleRef) {
        const FIELD: &str = "permissions_boundary";
        let (before, after) = (resource.text(Side::Before, FIELD), resource.text(Side::After, FIELD));
        let none = |f: &Field<'_>| matches!(f, Field::Absent | Field::Value(""));
        if before == after || (none(&before) && none(&after)) {
            return;
        }
        let boundary = (!none(&after)).then(|| self.policy_of(resource, Side::After, FIELD));
        let told = matches!(boundary, Some(PolicyRef::Unknown(_))).then(|| "which policy it is".to_owned());
        let summary = match &boundary {
            Some(policy) => format!("the permissions boundary becomes `{}`", policy.name()),
            None => "the permissions boundary is removed".to_owned(),
        };
        let edit = Edit::Boundary {
            role: role.clone(),
            boundary,
        };
        self.push_unknown(resource, summary, told.into_iter().collect(), edit);
    }
}
