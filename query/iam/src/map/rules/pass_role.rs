//! `iam:PassRole`: no event shows it, so it is read from the role a call hands to a service.
//! Source: "Grant permissions to pass a role to an AWS service" and each service's "Actions … dependent actions".

use std::collections::HashMap;
use std::sync::OnceLock;

use super::Actions;
use crate::catalog::matches_ignoring_case;
use crate::map::names;
use crate::map::request::Request;

static PASSED: &str = include_str!("../../../data/passed_roles.tsv");

/// One row of the table.
struct Rule {
    /// The operations, as `*DBProxy`.
    operations: &'static str,
    /// Paths of the parameters that hold roles.
    paths: Vec<&'static str>,
    /// The service the role is passed to, where it is known.
    service: Option<&'static str>,
}

/// The rules of each prefix, read once.
fn rules() -> &'static HashMap<&'static str, Vec<Rule>> {
    static RULES: OnceLock<HashMap<&'static str, Vec<Rule>>> = OnceLock::new();
    RULES.get_or_init(|| {
        let mut rules: HashMap<_, Vec<Rule>> = HashMap::new();
        for (operations, rest) in names::rows(PASSED) {
            if let (Some((prefix, operations)), Some((paths, service))) =
                (operations.split_once(':'), rest.split_once('\t'))
            {
                rules.entry(prefix).or_default().push(Rule {
                    operations,
                    paths: paths.split(',').collect(),
                    service: Some(service).filter(|s| *s != "-"),
                });
            }
        }
        rules
    })
}

/// Adds `iam:PassRole` for each role the call hands over.
pub(super) fn add(out: &mut Actions<'_, '_>) {
    let request = out.request;
    let known = rules().get(request.prefix).map(Vec::as_slice).unwrap_or_default();
    for rule in known
        .iter()
        .filter(|rule| matches_ignoring_case(rule.operations, request.operation))
    {
        let roles = rule.paths.iter().flat_map(|path| request.params.values(path));
        let arns: Vec<_> = roles
            .map(|role| role_arn(request, &role))
            .filter(|a| a.contains(":role/"))
            .collect();
        if !arns.is_empty() {
            let why = "the role in the parameters; CloudTrail logs no event for it";
            pass(out, arns, rule.service, why);
        }
    }
    add_instance_profile(out);
}

fn pass(out: &mut Actions<'_, '_>, arns: Vec<String>, service: Option<&str>, why: &str) {
    let keys: Vec<_> = service
        .map(|s| ("iam:PassedToService", s.to_owned()))
        .into_iter()
        .collect();
    out.add_if("iam:PassRole", arns, &keys, why);
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
    let given = match (request.prefix, request.operation) {
        (
            "ec2",
            "RunInstances"
            | "AssociateIamInstanceProfile"
            | "ReplaceIamInstanceProfileAssociation"
            | "RequestSpotFleet"
            | "RequestSpotInstances",
        ) => "iamInstanceProfile",
        ("autoscaling", "CreateLaunchConfiguration") => "iamInstanceProfile",
        ("batch", "CreateComputeEnvironment" | "UpdateComputeEnvironment") => "instanceRole",
        ("elasticmapreduce", "RunJobFlow") => "jobFlowRole",
        _ => return,
    };
    if request.params.holds(given) {
        let any = vec![request.place.iam("role/*")];
        let why = "the record names an instance profile and not its role: any role of the account";
        pass(out, any, Some("ec2.amazonaws.com"), why);
    }
}
