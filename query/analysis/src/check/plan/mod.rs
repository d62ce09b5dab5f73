//! A Terraform plan as JSON (HashiCorp's "JSON Output Format", format version 1): which of its changes
//! bear on roles, and what they do to them.

mod association;
mod policies;
mod references;
mod resource;
mod role;

use std::collections::{BTreeMap, BTreeSet};

use podtrail_iam::lint::LintKind;
use serde_json::Value;

use super::changes::{Change, Changes, Document, Edit, PolicyRef, RoleRef, Text};
use super::document::{ReadError, error};
use resource::{Actions, Field, Resource, Side};

/// Whether a document is a plan.
pub(super) fn is_plan(value: &Value) -> bool {
    value.get("resource_changes").is_some()
        || (value.get("format_version").is_some() && value.get("planned_values").is_some())
}

/// The changes of a plan.
pub(super) fn read(file: &str, value: &Value, out: &mut Changes) -> Result<(), ReadError> {
    let version = value.get("format_version").and_then(Value::as_str).unwrap_or("1");
    if version.split('.').next() != Some("1") {
        let problem = format!("the plan has the format version `{version}`");
        return Err(error(file, "/format_version", &problem, "format version 1"));
    }
    let empty = Vec::new();
    let list = match value.get("resource_changes") {
        None | Some(Value::Null) => &empty,
        Some(Value::Array(list)) => list,
        Some(_) => return Err(error(file, "/resource_changes", "it is no list", "a list of changes")),
    };
    let mut resources = Vec::new();
    for (at, value) in list.iter().enumerate() {
        resources.extend(Resource::read(file, at, value)?);
    }
    let mut plan = Plan::new(file, value, &resources, out);
    for resource in &resources {
        plan.resource(resource)?;
    }
    plan.others(&resources);
    Ok(())
}

struct Plan<'p, 'v> {
    file: &'p str,
    configuration: Option<&'v Value>,
    resources: &'p [Resource<'v>],
    /// Roles by name, of those whose name no other role of the plan has.
    names: BTreeMap<&'v str, RoleRef>,
    out: &'p mut Changes,
}

impl<'p, 'v> Plan<'p, 'v> {
    fn new(file: &'p str, value: &'v Value, resources: &'p [Resource<'v>], out: &'p mut Changes) -> Self {
        let mut names: BTreeMap<&str, BTreeSet<RoleRef>> = BTreeMap::new();
        for role in resources.iter().filter(|r| r.kind == "aws_iam_role") {
            for side in [Side::Before, Side::After] {
                if let Field::Value(name) = role.text(side, "name") {
                    names.entry(name).or_default().insert(own_role(role));
                }
            }
        }
        let names = names.into_iter().filter(|(_, roles)| roles.len() == 1);
        Self {
            file,
            configuration: value.get("configuration").and_then(|c| c.get("root_module")),
            resources,
            names: names
                .filter_map(|(name, roles)| Some((name, roles.into_iter().next()?)))
                .collect(),
            out,
        }
    }

    fn resource(&mut self, resource: &Resource<'v>) -> Result<(), ReadError> {
        if resource.actions == Actions::Forget && is_ours(resource.kind) {
            self.told(resource, "is no longer managed by the plan, and stays as it is");
            return Ok(());
        }
        match resource.kind {
            "aws_iam_policy" => self.managed(resource),
            "aws_iam_role_policy" => self.inline(resource),
            "aws_iam_role_policy_attachment" => self.attachment(resource),
            "aws_iam_role" => self.role(resource),
            "aws_eks_pod_identity_association" => self.association(resource),
            _ => Ok(()),
        }
    }

    /// The role that a field names by ARN or name.
    fn role_of(&self, resource: &Resource<'v>, side: Side, field: &str) -> RoleRef {
        match resource.text(side, field) {
            Field::Value(arn) if arn.starts_with("arn:") => RoleRef::Arn(arn.to_owned()),
            Field::Value(name) => self
                .names
                .get(name)
                .cloned()
                .unwrap_or_else(|| RoleRef::Name(name.to_owned())),
            Field::Unknown => self
                .referred(resource, field, "aws_iam_role")
                .map_or(RoleRef::Unknown, own_role),
            Field::Absent => RoleRef::Unknown,
        }
    }

    /// The managed policy that a field names by ARN.
    fn policy_of(&self, resource: &Resource<'v>, side: Side, field: &str) -> PolicyRef {
        match resource.text(side, field) {
            Field::Value(arn) => PolicyRef::Arn(arn.to_owned()),
            Field::Unknown | Field::Absent => self
                .referred(resource, field, "aws_iam_policy")
                .map_or_else(|| PolicyRef::Unknown(resource.address.to_owned()), own_policy),
        }
    }

    fn referred(&self, resource: &Resource<'v>, field: &str, kind: &str) -> Option<&Resource<'v>> {
        references::referred(self.configuration?, self.resources, resource, field, kind)
    }

    /// A policy in a field; none where there is none.
    fn document(
        &mut self,
        resource: &Resource<'v>,
        side: Side,
        field: &str,
        name: &str,
        kind: LintKind,
    ) -> Result<Option<Document>, ReadError> {
        match resource.text(side, field) {
            Field::Unknown => Ok(Some(unknown_document(name))),
            Field::Absent | Field::Value("") => Ok(None),
            Field::Value(text) => {
                let place = format!("{}/change/{}/{field}", resource.pointer, side.key());
                self.compile(resource, text, &place, name, kind).map(Some)
            }
        }
    }

    fn compile(
        &mut self,
        resource: &Resource<'v>,
        text: &str,
        place: &str,
        name: &str,
        kind: LintKind,
    ) -> Result<Document, ReadError> {
        let policy = podtrail_iam::policy::Policy::parse(text).map_err(|e| {
            let problem = format!(
                "`{}`, in the policy at `{}`: {}",
                resource.address,
                or_root(&e.pointer),
                e.problem
            );
            error(self.file, place, &problem, &e.accepted)
        })?;
        if resource.actions.changes() {
            let source = self.source(resource);
            self.out
                .lints
                .extend(super::document::lints(&source, policy.to_json(), kind));
        }
        Ok(Document {
            name: name.to_owned(),
            text: Text::Known(policy),
        })
    }

    fn source(&self, resource: &Resource<'_>) -> String {
        format!("{}: {}", self.file, resource.address)
    }

    fn push(&mut self, resource: &Resource<'_>, summary: String, edit: Edit) {
        self.push_unknown(resource, summary, Vec::new(), edit);
    }

    fn push_unknown(&mut self, resource: &Resource<'_>, summary: String, unknown: Vec<String>, edit: Edit) {
        let no_role = edit.role() == Some(&RoleRef::Unknown);
        let role = no_role.then(|| "which role it is".to_owned());
        let change = Change::new(self.source(resource), summary, edit);
        self.out.changes.push(change.with_unknown(unknown).with_unknown(role));
    }

    fn told(&mut self, resource: &Resource<'_>, what: &str) {
        self.out.untouched.push(format!("{}: {what}", self.source(resource)));
    }

    /// What the plan changes beside: of IAM and EKS by name, of the rest only how many.
    fn others(&mut self, resources: &[Resource<'v>]) {
        let mut rest = 0_u64;
        for other in resources.iter().filter(|r| r.actions.changes() && !is_ours(r.kind)) {
            if ["aws_iam_", "aws_eks_", "kubernetes_service_account"]
                .iter()
                .any(|p| other.kind.starts_with(p))
            {
                self.told(other, "this kind of resource is not judged");
            } else {
                rest += 1;
            }
        }
        if rest > 0 {
            let text = format!(
                "{}: {rest} other changed {} not judged; a resource's own policy may be among them",
                self.file,
                if rest == 1 { "resource is" } else { "resources are" }
            );
            self.out.untouched.push(text);
        }
    }
}

fn is_ours(kind: &str) -> bool {
    [
        "aws_iam_policy",
        "aws_iam_role_policy",
        "aws_iam_role_policy_attachment",
        "aws_iam_role",
        "aws_eks_pod_identity_association",
    ]
    .contains(&kind)
}

/// The role that a resource of a plan is, or is to be: with its old ARN where that stays.
fn own_role(resource: &Resource<'_>) -> RoleRef {
    match lasting_arn(resource) {
        Some(arn) => RoleRef::Arn(arn),
        None => RoleRef::Address(resource.address.to_owned()),
    }
}

/// The same of a managed policy.
fn own_policy(resource: &Resource<'_>) -> PolicyRef {
    match lasting_arn(resource) {
        Some(arn) => PolicyRef::Arn(arn),
        None => PolicyRef::Address(resource.address.to_owned()),
    }
}

/// An ARN of IAM is made of account, path and name: it lasts where these do.
fn lasting_arn(resource: &Resource<'_>) -> Option<String> {
    let same = |name: &str| resource.text(Side::Before, name) == resource.text(Side::After, name);
    let lasts = resource.actions != Actions::Replace || (same("name") && same("path"));
    let arn = resource.text(Side::Before, "arn").known();
    arn.filter(|_| lasts).map(str::to_owned)
}

fn unknown_document(name: &str) -> Document {
    Document {
        name: name.to_owned(),
        text: Text::Unknown,
    }
}

fn unknown_text(document: &Document) -> Vec<String> {
    match document.text {
        Text::Unknown => vec![format!("the document of `{}` is known after apply", document.name)],
        _ => Vec::new(),
    }
}

fn or_root(pointer: &str) -> &str {
    if pointer.is_empty() { "/" } else { pointer }
}
