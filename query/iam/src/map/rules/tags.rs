//! Tags given on creation ask for the service's tagging action too.

use super::Actions;
use crate::catalog::{catalog, matches_ignoring_case};
use crate::map::arn::{any, service_of, type_of};
use crate::map::names;
use crate::map::request::Request;

/// (prefix, operations, tagging action). Only services whose API reference asks for it; EC2 and S3 have their own rules.
const ON_CREATE: &[(&str, &str, &str)] = &[
    ("cloudwatch", "PutMetricAlarm", "cloudwatch:TagResource"),
    ("dynamodb", "CreateTable", "dynamodb:TagResource"),
    ("ecr", "CreateRepository", "ecr:TagResource"),
    ("ecs", "Create*", "ecs:TagResource"),
    ("ecs", "RegisterTaskDefinition", "ecs:TagResource"),
    ("ecs", "RunTask", "ecs:TagResource"),
    ("ecs", "StartTask", "ecs:TagResource"),
    ("eks", "Create*", "eks:TagResource"),
    ("elasticache", "Create*", "elasticache:AddTagsToResource"),
    ("elasticache", "Copy*", "elasticache:AddTagsToResource"),
    ("elasticfilesystem", "Create*", "elasticfilesystem:TagResource"),
    ("elasticloadbalancing", "Create*", "elasticloadbalancing:AddTags"),
    ("events", "PutRule", "events:TagResource"),
    ("iam", "CreateInstanceProfile", "iam:TagInstanceProfile"),
    ("iam", "CreateOpenIDConnectProvider", "iam:TagOpenIDConnectProvider"),
    ("iam", "CreatePolicy", "iam:TagPolicy"),
    ("iam", "CreateRole", "iam:TagRole"),
    ("iam", "CreateSAMLProvider", "iam:TagSAMLProvider"),
    ("iam", "CreateUser", "iam:TagUser"),
    ("kms", "CreateKey", "kms:TagResource"),
    ("lambda", "CreateFunction", "lambda:TagResource"),
    ("logs", "CreateLogGroup", "logs:TagResource"),
    ("rds", "Copy*", "rds:AddTagsToResource"),
    ("rds", "Create*", "rds:AddTagsToResource"),
    ("rds", "Restore*", "rds:AddTagsToResource"),
    ("secretsmanager", "CreateSecret", "secretsmanager:TagResource"),
    ("sns", "CreateTopic", "sns:TagResource"),
    ("sqs", "CreateQueue", "sqs:TagQueue"),
    ("ssm", "Create*", "ssm:AddTagsToResource"),
    ("ssm", "PutParameter", "ssm:AddTagsToResource"),
    ("states", "CreateActivity", "states:TagResource"),
    ("states", "CreateStateMachine", "states:TagResource"),
];

/// Every action of the table.
pub(super) fn reached() -> impl Iterator<Item = &'static &'static str> {
    ON_CREATE.iter().map(|(_, _, action)| action)
}

/// Adds the tagging action, on the resources of the call's own action.
pub(super) fn add(out: &mut Actions<'_, '_>) {
    let request = out.request;
    if !["tags", "tag", "tagList"].iter().any(|key| request.params.has(key)) {
        return;
    }
    let rule = ON_CREATE.iter().find(|(prefix, operation, _)| {
        *prefix == request.prefix && matches_ignoring_case(operation, request.operation)
    });
    let own = names::actions(request.prefix, request.operation);
    if let Some((_, _, action)) = rule
        && !own.contains(action)
    {
        let resources = out
            .found
            .first()
            .map(|first| created(request, action, &first.resources))
            .unwrap_or_default();
        out.add(action, resources, "tags on creation");
    }
}

/// Of the resources of a call, those it creates: named by the parameter that is named after what the call creates
/// (`dBSnapshotIdentifier` of `CreateDBSnapshot`), any of the type where the call names only what holds it (a node
/// group's cluster), else all. `*` says nothing and leaves it to the tables.
fn created(request: &Request<'_>, action: &str, resources: &[String]) -> Vec<String> {
    let verb = request.operation.trim_start_matches(|c: char| c.is_ascii_uppercase());
    let noun = verb.trim_start_matches(|c: char| c.is_ascii_lowercase());
    let is_noun = |kind: &str| kind.replace('-', "").eq_ignore_ascii_case(noun);
    let kind = catalog()
        .arn_patterns(action)
        .into_iter()
        .find(|(kind, ..)| is_noun(kind));
    let is_of = |arn: &String| service_of(arn).and_then(|s| type_of(s, arn)).is_some_and(is_noun);
    if let Some((_, pattern, _)) = kind
        && !resources.iter().any(is_of)
    {
        return vec![any(pattern, &request.place)];
    }
    let named = ["Identifier", "Name", "Id"]
        .iter()
        .find_map(|end| request.params.text(&format!("{noun}{end}")));
    let own: Vec<_> = named
        .map(|name| resources.iter().filter(|r| r.ends_with(&name)).cloned().collect())
        .filter(|found: &Vec<String>| !found.is_empty())
        .unwrap_or_else(|| resources.to_vec());
    let own = own.into_iter().filter(|r| r != "*");
    match request.prefix {
        // Tagging is checked on the group itself, all else on what is in it.
        "logs" => own.map(|r| r.trim_end_matches(":*").to_owned()).collect(),
        _ => own.collect(),
    }
}
