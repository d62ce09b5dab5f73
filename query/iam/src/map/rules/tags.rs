//! Tags given on creation ask for the service's tagging action too.

use super::Actions;
use crate::catalog::matches_ignoring_case;
use crate::map::names;

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
            .map(|first| first.resources.clone())
            .filter(|r| r != &["*"]);
        out.add(action, resources.unwrap_or_default(), "tags on creation");
    }
}
