//! Whether CloudTrail shows that an action was used.

use std::collections::HashSet;
use std::sync::OnceLock;

use super::{matches_ignoring_case, operations};
use crate::map::names;

/// What kind of CloudTrail event shows an action's use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Observability {
    /// A management event: in every trail unless it excludes the service.
    Management,
    /// A data event: only in trails that select them.
    Data,
    /// No event names it: a permission without an API call (`iam:PassRole`), or a call CloudTrail does not log.
    NotObservable,
}

/// Actions whose calls CloudTrail records as data events (CloudTrail user guide, "Logging data events"; each service's
/// page on CloudTrail). Where it is in doubt, an action stands here: calling it unused then needs data events.
const DATA: &[&str] = &[
    "aoss:APIAccessAll",
    "bedrock:InvokeAgent",
    "bedrock:InvokeFlow",
    "bedrock:InvokeInlineAgent",
    "bedrock:Retrieve",
    "bedrock:RetrieveAndGenerate",
    "bedrock-agentcore:Invoke*",
    "cassandra:Modify",
    "cassandra:Select",
    "cloudtrail-data:PutAuditEvents",
    "cloudwatch:GetMetricData",
    "cloudwatch:GetMetricStatistics",
    "cloudwatch:GetMetricWidgetImage",
    "cloudwatch:ListMetrics",
    "cloudwatch:PutMetricData",
    "codewhisperer:*",
    "cognito-identity:GetCredentialsForIdentity",
    "cognito-identity:GetId",
    "cognito-identity:GetOpenIdToken",
    "dynamodb:BatchGetItem",
    "dynamodb:BatchWriteItem",
    "dynamodb:ConditionCheckItem",
    "dynamodb:DeleteItem",
    "dynamodb:GetItem",
    "dynamodb:GetRecords",
    "dynamodb:GetShardIterator",
    "dynamodb:PartiQL*",
    "dynamodb:PutItem",
    "dynamodb:Query",
    "dynamodb:Scan",
    "dynamodb:UpdateItem",
    "ebs:*",
    "geo:BatchEvaluateGeofences",
    "geo:BatchGetDevicePosition",
    "geo:BatchUpdateDevicePosition",
    "geo:Calculate*",
    "geo:GetDevicePosition*",
    "geo:Search*",
    "iotsitewise:BatchPutAssetPropertyValue",
    "iotsitewise:GetAssetPropertyValue*",
    "kendra-ranking:Rescore",
    "kinesis:GetRecords",
    "kinesis:GetShardIterator",
    "kinesis:PutRecord",
    "kinesis:PutRecords",
    "kinesis:SubscribeToShard",
    "kinesisvideo:GetMedia",
    "kinesisvideo:PutMedia",
    "lambda:InvokeFunction",
    "logs:FilterLogEvents",
    "logs:GetLogEvents",
    "logs:GetLogRecord",
    "logs:PutLogEvents",
    "logs:StartLiveTail",
    "managedblockchain:GET",
    "managedblockchain:Invoke",
    "managedblockchain:POST",
    "neptune-graph:*DataViaQuery",
    "neptune-graph:GetGraphSummary",
    "personalize:Get*Recommendations",
    "qbusiness:Chat*",
    "rds-data:*",
    "s3:AbortMultipartUpload",
    "s3:BypassGovernanceRetention",
    "s3:DeleteObject*",
    "s3:GetObject*",
    "s3:ListBucket",
    "s3:ListBucketMultipartUploads",
    "s3:ListBucketVersions",
    "s3:ListMultipartUploadParts",
    "s3:PutObject*",
    "s3:ReplicateDelete",
    "s3:RestoreObject",
    "s3-object-lambda:*",
    "s3-outposts:AbortMultipartUpload",
    "s3-outposts:DeleteObject*",
    "s3-outposts:GetObject*",
    "s3-outposts:PutObject*",
    "s3express:CreateSession",
    "sagemaker:BatchGetRecord",
    "sagemaker:DeleteRecord",
    "sagemaker:GetRecord",
    "sagemaker:InvokeEndpoint*",
    "sagemaker:PutRecord",
    "servicediscovery:DiscoverInstances*",
    "sns:Publish",
    "sqs:ChangeMessageVisibility",
    "sqs:DeleteMessage",
    "sqs:ReceiveMessage",
    "sqs:SendMessage",
    "swf:*Decision*",
    "swf:*ActivityTask*",
    "timestream:Select",
    "timestream:WriteRecords",
    "transcribe:StartStreamTranscription",
    "verifiedpermissions:IsAuthorized*",
    "xray:GetTrace*",
    "xray:PutTelemetryRecords",
    "xray:PutTraceSegments",
];

/// Actions with an API call that no event shows: agents' channels and streams that CloudTrail does not log.
const UNLOGGED: &[&str] = &[
    "ec2messages:*",
    "execute-api:*",
    "firehose:PutRecord*",
    "iam:PassRole",
    "iot:Connect",
    "iot:Publish",
    "iot:Receive",
    "iot:Subscribe",
    "ssmmessages:*",
];

/// Classes an action by the events that map to it.
pub(super) fn observability(action: &'static str) -> Observability {
    let listed = |list: &[&str]| list.iter().any(|pattern| matches_ignoring_case(pattern, action));
    if listed(UNLOGGED) || !reached().contains(action) {
        Observability::NotObservable
    } else if listed(DATA) {
        Observability::Data
    } else {
        Observability::Management
    }
}

/// All patterns of the lists, for a test that each covers something.
#[cfg(test)]
pub(super) fn patterns() -> impl Iterator<Item = &'static str> {
    DATA.iter().chain(UNLOGGED).copied()
}

/// Every action that some operation maps to, computed once.
fn reached() -> &'static HashSet<&'static str> {
    static REACHED: OnceLock<HashSet<&'static str>> = OnceLock::new();
    REACHED.get_or_init(|| {
        let known = operations().services();
        let mut found: HashSet<_> = known
            .flat_map(|(prefix, list)| list.iter().flat_map(move |o| names::actions(prefix, o.name)))
            .collect();
        found.extend(names::exception_targets());
        found.extend(crate::map::rules::reachable());
        found
    })
}
