//! A CloudFormation template in YAML. It has no `Fn::Sub`, so `${…}` in a text is that text.
//!
//! Roles are named, not declared, for the reason that Terraform's are. A trust policy belongs to a role's own resource,
//! so it stands in the template's `Metadata`, from where it can be taken over.

use podtrail_iam::policy::build::minified;
use serde_json::Value;

use super::names::{Identity, Place};
use super::notes;
use super::yaml::Yaml;
use crate::answer::{PolicyKind, PolicyOut, Recommendation, RoleRecommendation};
use crate::shell::role_name;

type Members = Vec<(Vec<String>, String, Yaml)>;

pub(super) fn render(recommendations: &[Recommendation]) -> String {
    let mut head = notes::head(recommendations);
    let (mut resources, mut trusts) = (Members::new(), Vec::new());
    for one in recommendations {
        head.extend(notes::workload(one));
        for role in &one.recommendations {
            head.extend(self::resources(one, role, &mut resources));
            trusts.extend(trust(one, role));
        }
    }
    if resources.is_empty() {
        // CloudFormation refuses it, and that is better than a stack emptied by mistake.
        head.push("Nothing is recommended, so this template cannot be deployed.".to_owned());
    }
    let mut members = vec![plain("AWSTemplateFormatVersion", Yaml::text("2010-09-09"))];
    if !trusts.is_empty() {
        let trusts = Yaml::map([("TrustPolicies", Yaml::List(trusts))]);
        members.push(plain("Metadata", Yaml::map([("Podtrail", trusts)])));
    }
    members.push(plain("Resources", Yaml::Map(resources)));
    notes::comment(&head) + &Yaml::Map(members).write()
}

fn plain(key: &str, value: Yaml) -> (Vec<String>, String, Yaml) {
    (Vec::new(), key.to_owned(), value)
}

/// Adds the resources of one role; what has to be left out is told.
fn resources(one: &Recommendation, role: &RoleRecommendation, into: &mut Members) -> Vec<String> {
    let mut left_out = Vec::new();
    let mut above = notes::role(one, role);
    for (at, policy) in role.policies.iter().enumerate() {
        let Some(document) = &policy.document else { continue };
        if is_read_by_cloudformation(document) {
            left_out.push(format!("Left out: {} of {}. {READ}", policy.name, role.role_arn));
            continue;
        }
        let id = Identity::policy(one, role, at).logical_id();
        let (kind, properties) = resource(one, role, policy, document);
        let resource = Yaml::map([("Type", Yaml::text(kind)), ("Properties", properties)]);
        into.push((std::mem::take(&mut above), id, resource));
    }
    left_out
}

fn resource(
    one: &Recommendation,
    role: &RoleRecommendation,
    policy: &PolicyOut,
    document: &Value,
) -> (&'static str, Yaml) {
    let name = Yaml::text(role_name(&role.role_arn));
    let written = Yaml::document(document, |sid| notes::statement(role, sid));
    match policy.kind {
        PolicyKind::Managed => (
            "AWS::IAM::ManagedPolicy",
            Yaml::map([
                ("ManagedPolicyName", Yaml::text(&policy.name)),
                ("Roles", Yaml::List(vec![(Vec::new(), name)])),
                ("PolicyDocument", written),
            ]),
        ),
        PolicyKind::Inline => (
            "AWS::IAM::RolePolicy",
            Yaml::map([
                ("PolicyName", Yaml::text(&policy.name)),
                ("RoleName", name),
                ("PolicyDocument", written),
            ]),
        ),
        PolicyKind::Association => {
            let place = Place::of(one);
            let properties = Yaml::map([
                ("ClusterName", Yaml::text(place.cluster)),
                ("Namespace", Yaml::text(place.namespace)),
                ("ServiceAccount", Yaml::text(place.service_account)),
                ("RoleArn", Yaml::text(&role.role_arn)),
                ("DisableSessionTags", Yaml::Plain("true".to_owned())),
                ("Policy", Yaml::text(&minified(document))),
            ]);
            ("AWS::EKS::PodIdentityAssociation", properties)
        }
    }
}

fn trust(one: &Recommendation, role: &RoleRecommendation) -> Option<(Vec<String>, Yaml)> {
    let proposed = role.trust.proposed.as_ref()?;
    if role.trust.proposed == role.trust.current || is_read_by_cloudformation(proposed) {
        return None;
    }
    let trust = Yaml::map([
        ("Workload", Yaml::text(&one.workload)),
        ("RoleArn", Yaml::text(&role.role_arn)),
        ("AssumeRolePolicyDocument", Yaml::document(proposed, |_| Vec::new())),
    ]);
    Some((role.trust.why.clone(), trust))
}

/// Why a document is left out of a template.
pub(super) const READ: &str = "CloudFormation would put something else in the place of a text or key in it (a dynamic \
                               reference or a function), and has no way to escape it: use another format.";

/// Whether CloudFormation would read something in a document as its own: a dynamic reference (`{{resolve:…}}`, wherever
/// it stands in a text) or a function. Objects in a bucket may be called so by anyone who can write to it.
pub(super) fn is_read_by_cloudformation(document: &Value) -> bool {
    match document {
        Value::String(text) => text.contains("{{resolve:"),
        Value::Array(list) => list.iter().any(is_read_by_cloudformation),
        Value::Object(map) => map
            .iter()
            .any(|(key, value)| key == "Ref" || key.starts_with("Fn::") || is_read_by_cloudformation(value)),
        _ => false,
    }
}
