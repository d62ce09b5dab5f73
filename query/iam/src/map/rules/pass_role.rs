//! `iam:PassRole`: no event shows it, so it is read from the role a call hands to a service.
//! Source: "Grant permissions to pass a role to an AWS service" and each service's "Actions … dependent actions".

use super::Actions;
use crate::catalog::matches_ignoring_case;
use crate::map::request::Request;

/// (prefix, operations, parameter paths, service the role is passed to).
const PASSED: &[(&str, &str, &[&str], &str)] = &[
    (
        "apprunner",
        "Create*",
        &["~accessRoleArn"],
        "build.apprunner.amazonaws.com",
    ),
    (
        "apprunner",
        "Create*",
        &["~instanceRoleArn"],
        "tasks.apprunner.amazonaws.com",
    ),
    (
        "appsync",
        "CreateDataSource",
        &["serviceRoleArn"],
        "appsync.amazonaws.com",
    ),
    (
        "appsync",
        "UpdateDataSource",
        &["serviceRoleArn"],
        "appsync.amazonaws.com",
    ),
    (
        "autoscaling",
        "PutLifecycleHook",
        &["roleARN"],
        "autoscaling.amazonaws.com",
    ),
    (
        "backup",
        "CreateBackupSelection",
        &["~iamRoleArn"],
        "backup.amazonaws.com",
    ),
    ("backup", "Start*Job", &["iamRoleArn"], "backup.amazonaws.com"),
    (
        "batch",
        "CreateComputeEnvironment",
        &["serviceRole"],
        "batch.amazonaws.com",
    ),
    (
        "batch",
        "RegisterJobDefinition",
        &["~jobRoleArn", "~executionRoleArn"],
        "ecs-tasks.amazonaws.com",
    ),
    (
        "bedrock",
        "Create*",
        &["roleArn", "agentResourceRoleArn", "executionRoleArn"],
        "bedrock.amazonaws.com",
    ),
    (
        "cloudformation",
        "*Stack*",
        &["roleARN"],
        "cloudformation.amazonaws.com",
    ),
    (
        "cloudformation",
        "*ChangeSet",
        &["roleARN"],
        "cloudformation.amazonaws.com",
    ),
    (
        "cloudtrail",
        "*Trail",
        &["cloudWatchLogsRoleArn"],
        "cloudtrail.amazonaws.com",
    ),
    ("codebuild", "*Project", &["serviceRole"], "codebuild.amazonaws.com"),
    (
        "codedeploy",
        "*DeploymentGroup",
        &["serviceRoleArn"],
        "codedeploy.amazonaws.com",
    ),
    (
        "codepipeline",
        "*Pipeline",
        &["pipeline.roleArn"],
        "codepipeline.amazonaws.com",
    ),
    (
        "config",
        "PutConfigurationRecorder",
        &["~roleARN"],
        "config.amazonaws.com",
    ),
    (
        "datasync",
        "CreateLocationS3",
        &["~bucketAccessRoleArn"],
        "datasync.amazonaws.com",
    ),
    ("dlm", "*LifecyclePolicy", &["executionRoleArn"], "dlm.amazonaws.com"),
    ("dms", "*Endpoint", &["~serviceAccessRoleArn"], "dms.amazonaws.com"),
    (
        "ec2",
        "CreateFlowLogs",
        &["~deliverLogsPermissionArn"],
        "vpc-flow-logs.amazonaws.com",
    ),
    ("ecs", "CreateService", &["role"], "ecs.amazonaws.com"),
    (
        "ecs",
        "RegisterTaskDefinition",
        &["taskRoleArn", "executionRoleArn"],
        "ecs-tasks.amazonaws.com",
    ),
    (
        "ecs",
        "RunTask",
        &["~taskRoleArn", "~executionRoleArn"],
        "ecs-tasks.amazonaws.com",
    ),
    ("eks", "CreateAddon", &["serviceAccountRoleArn"], "eks.amazonaws.com"),
    ("eks", "CreateCluster", &["roleArn"], "eks.amazonaws.com"),
    (
        "eks",
        "CreateFargateProfile",
        &["podExecutionRoleArn"],
        "eks-fargate-pods.amazonaws.com",
    ),
    ("eks", "CreateNodegroup", &["nodeRole"], "eks.amazonaws.com"),
    (
        "eks",
        "CreatePodIdentityAssociation",
        &["roleArn"],
        "pods.eks.amazonaws.com",
    ),
    (
        "eks",
        "UpdatePodIdentityAssociation",
        &["roleArn"],
        "pods.eks.amazonaws.com",
    ),
    (
        "elasticmapreduce",
        "RunJobFlow",
        &["serviceRole"],
        "elasticmapreduce.amazonaws.com",
    ),
    ("events", "PutTargets", &["~roleArn"], "events.amazonaws.com"),
    ("events", "PutRule", &["roleArn"], "events.amazonaws.com"),
    (
        "firehose",
        "CreateDeliveryStream",
        &["~roleARN"],
        "firehose.amazonaws.com",
    ),
    ("firehose", "UpdateDestination", &["~roleARN"], "firehose.amazonaws.com"),
    ("glue", "CreateCrawler", &["role"], "glue.amazonaws.com"),
    ("glue", "CreateDevEndpoint", &["roleArn"], "glue.amazonaws.com"),
    ("glue", "CreateJob", &["role"], "glue.amazonaws.com"),
    ("glue", "CreateSession", &["role"], "glue.amazonaws.com"),
    ("glue", "UpdateCrawler", &["role"], "glue.amazonaws.com"),
    ("glue", "UpdateJob", &["jobUpdate.role"], "glue.amazonaws.com"),
    ("iot", "CreateTopicRule", &["~roleArn"], "iot.amazonaws.com"),
    ("iot", "ReplaceTopicRule", &["~roleArn"], "iot.amazonaws.com"),
    (
        "kinesisanalytics",
        "CreateApplication",
        &["serviceExecutionRole"],
        "kinesisanalytics.amazonaws.com",
    ),
    ("lambda", "CreateFunction", &["role"], "lambda.amazonaws.com"),
    (
        "lambda",
        "UpdateFunctionConfiguration",
        &["role"],
        "lambda.amazonaws.com",
    ),
    ("logs", "PutDestination", &["roleArn"], "logs.amazonaws.com"),
    ("logs", "PutSubscriptionFilter", &["roleArn"], "logs.amazonaws.com"),
    (
        "rds",
        "*DBInstance*",
        &["monitoringRoleArn"],
        "monitoring.rds.amazonaws.com",
    ),
    ("rds", "AddRoleToDBCluster", &["roleArn"], "rds.amazonaws.com"),
    ("rds", "AddRoleToDBInstance", &["roleArn"], "rds.amazonaws.com"),
    (
        "redshift",
        "*Cluster*",
        &["iamRoles", "addIamRoles"],
        "redshift.amazonaws.com",
    ),
    (
        "sagemaker",
        "Create*",
        &["roleArn", "executionRoleArn", "~executionRole"],
        "sagemaker.amazonaws.com",
    ),
    (
        "sagemaker",
        "Update*",
        &["roleArn", "~executionRole"],
        "sagemaker.amazonaws.com",
    ),
    ("scheduler", "*Schedule", &["target.roleArn"], "scheduler.amazonaws.com"),
    (
        "ssm",
        "RegisterTaskWithMaintenanceWindow",
        &["serviceRoleArn"],
        "ssm.amazonaws.com",
    ),
    ("ssm", "SendCommand", &["serviceRoleArn"], "ssm.amazonaws.com"),
    ("ssm", "CreateActivation", &["iamRole"], "ssm.amazonaws.com"),
    ("states", "CreateStateMachine", &["roleArn"], "states.amazonaws.com"),
    ("states", "UpdateStateMachine", &["roleArn"], "states.amazonaws.com"),
    ("transfer", "*Server", &["loggingRole"], "transfer.amazonaws.com"),
    ("transfer", "*User", &["role"], "transfer.amazonaws.com"),
];

/// Adds `iam:PassRole` for each role the call hands over.
pub(super) fn add(out: &mut Actions<'_, '_>) {
    let request = out.request;
    let rules = PASSED.iter().filter(|(prefix, operation, ..)| {
        *prefix == request.prefix && matches_ignoring_case(operation, request.operation)
    });
    for (_, _, paths, service) in rules {
        let roles: Vec<_> = paths.iter().flat_map(|path| request.params.values(path)).collect();
        let arns: Vec<_> = roles
            .iter()
            .map(|role| role_arn(request, role))
            .filter(|a| a.contains(":role/"))
            .collect();
        if !arns.is_empty() {
            pass(
                out,
                arns,
                service,
                "the role in the parameters; CloudTrail logs no event for it",
            );
        }
    }
    add_instance_profile(out);
}

fn pass(out: &mut Actions<'_, '_>, arns: Vec<String>, service: &str, why: &str) {
    out.add_if(
        "iam:PassRole",
        arns,
        &[("iam:PassedToService", service.to_owned())],
        why,
    );
}

/// A role's ARN, or its name (Glue and SageMaker take both).
fn role_arn(request: &Request<'_>, role: &str) -> String {
    match role.starts_with("arn:") {
        true => role.to_owned(),
        false => request.place.iam(&format!("role/{}", role.trim_start_matches('/'))),
    }
}

/// An instance profile stands for a role that the record does not name: any role, and the reason says so.
fn add_instance_profile(out: &mut Actions<'_, '_>) {
    let request = out.request;
    let takes_one = match request.prefix {
        "ec2" => [
            "RunInstances",
            "AssociateIamInstanceProfile",
            "ReplaceIamInstanceProfileAssociation",
        ]
        .contains(&request.operation),
        "autoscaling" => request.operation == "CreateLaunchConfiguration",
        _ => false,
    };
    if takes_one && request.params.has("iamInstanceProfile") {
        let any = vec![request.place.iam("role/*")];
        let why = "the record names an instance profile and not its role: any role of the account";
        pass(out, any, "ec2.amazonaws.com", why);
    }
}
