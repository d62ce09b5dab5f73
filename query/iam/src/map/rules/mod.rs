//! What each service's calls ask of IAM beyond their name. One file per service or concern; all else is by name.

mod bedrock;
mod dynamodb;
mod ec2;
mod gateway;
mod iam;
mod kms;
mod lambda;
pub(crate) mod normalise;
mod pass_role;
mod s3;
mod s3_express;
mod secrets;
mod ssm;
mod sts;
mod tags;

use std::collections::BTreeMap;

use super::MappedAction;
use super::names;
use super::request::Request;
use super::resource::{Resolved, resolve};
use crate::catalog::catalog;

/// Collects the actions of one call.
pub(crate) struct Actions<'r, 'a> {
    pub(crate) request: &'r Request<'a>,
    found: Vec<MappedAction>,
}

impl<'r, 'a> Actions<'r, 'a> {
    pub(crate) fn new(request: &'r Request<'a>) -> Self {
        Self {
            request,
            found: Vec::new(),
        }
    }

    /// Adds an action on the given resources; a name the catalog lacks is not added.
    pub(crate) fn add(&mut self, action: &str, resources: Vec<String>, why: &str) {
        self.add_if(action, resources, &[], why);
    }

    /// Adds an action with condition keys.
    pub(crate) fn add_if(&mut self, action: &str, resources: Vec<String>, keys: &[(&str, String)], why: &str) {
        let Some(action) = catalog().is_action(action) else {
            return;
        };
        let mut conditions: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for (key, value) in keys {
            conditions.entry((*key).to_owned()).or_default().push(value.clone());
        }
        let (mut resources, mut why) = (resources, why.to_owned());
        // A parameter that should hold an ARN may hold anything: what is none names no resource.
        resources.retain(|resource| resource == "*" || resource.starts_with("arn:"));
        if resources.is_empty() {
            let resolved = resolve(self.request, action);
            resources = resolved.arns;
            join(&mut why, resolved.note);
        }
        resources.sort();
        resources.dedup();
        self.found.push(MappedAction {
            action,
            resources,
            conditions,
            why,
        });
    }

    /// Adds an action on what the request and the tables say it is about.
    pub(crate) fn add_resolved(&mut self, action: &str, why: &str) {
        self.add(action, Vec::new(), why);
    }
}

fn join(why: &mut String, note: Option<String>) {
    if let Some(note) = note {
        why.push_str("; ");
        why.push_str(&note);
    }
}

/// All actions of a call: its own, those its parameters ask for, tags on creation, roles it passes.
pub(crate) fn actions(request: &Request<'_>) -> Vec<MappedAction> {
    let mut out = Actions::new(request);
    let ruled = match request.prefix {
        "apigateway" => gateway::add(&mut out),
        "bedrock" => bedrock::add(&mut out),
        "cloudtrail" => insights(&mut out),
        "dynamodb" => dynamodb::add(&mut out),
        "ec2" => ec2::add(&mut out),
        "elasticloadbalancing" => load_balancers(&mut out),
        "iam" => iam::add(&mut out),
        "kms" => kms::add(&mut out),
        "lambda" => lambda::add(&mut out),
        "s3" => s3::add(&mut out),
        "s3express" => s3_express::add(&mut out),
        "secretsmanager" => secrets::add(&mut out),
        "sns" => sns(&mut out),
        "ssm" => ssm::add(&mut out),
        "sts" => sts::add(&mut out),
        _ => false,
    };
    if !ruled {
        by_name(&mut out);
    }
    if !out.found.is_empty() {
        tags::add(&mut out);
        pass_role::add(&mut out);
    }
    out.found
}

/// Insights of one trail ask for more than those of the account. Source: `ListInsightsMetricData` in the API reference.
fn insights(out: &mut Actions<'_, '_>) -> bool {
    if out.request.operation != "ListInsightsMetricData" || !out.request.params.has("trailName") {
        return false;
    }
    by_name(out);
    out.add_resolved("cloudtrail:ListInsightsData", "the call names a trail");
    true
}

/// A message to a device is checked on its endpoint, one to a telephone on nothing.
fn sns(out: &mut Actions<'_, '_>) -> bool {
    let params = &out.request.params;
    if out.request.operation != "Publish" || params.has("topicArn") {
        return false;
    }
    match (params.text("targetArn"), params.get("phoneNumber")) {
        (Some(endpoint), _) => out.add("sns:Publish", vec![endpoint], "the event's name"),
        (None, Some(_)) => out.add(
            "sns:Publish",
            vec!["*".to_owned()],
            "a message to a telephone number has no topic",
        ),
        (None, None) => return false,
    }
    true
}

/// The second generation of load balancers names its kind in the ARN.
fn load_balancers(out: &mut Actions<'_, '_>) -> bool {
    let params = &out.request.params;
    let Some(name) = params
        .text("name")
        .filter(|_| out.request.operation == "CreateLoadBalancer")
    else {
        return false;
    };
    let kind = match params.text("type").as_deref() {
        Some("network") => "net",
        Some("gateway") => "gwy",
        _ => "app",
    };
    let arn = out
        .request
        .place
        .arn("elasticloadbalancing", &format!("loadbalancer/{kind}/{name}/*"));
    out.add("elasticloadbalancing:CreateLoadBalancer", vec![arn], "the event's name");
    true
}

/// The exception table, else the action named as the event.
pub(crate) fn by_name(out: &mut Actions<'_, '_>) {
    let (prefix, operation) = (out.request.prefix, out.request.operation);
    let why = match names::is_exception(prefix, operation) {
        true => format!("`{operation}` is checked under this name"),
        false => "the event's name".to_owned(),
    };
    for action in names::actions(prefix, operation) {
        out.add_resolved(action, &why);
    }
}

/// The resources the tables give for an action of this request, for rules that change only part of the answer.
pub(crate) fn resolved(request: &Request<'_>, action: &str) -> Resolved {
    catalog()
        .is_action(action)
        .map(|a| resolve(request, a))
        .unwrap_or_default()
}

/// Actions that only the rules reach, for the question whether a trail can show them.
pub(crate) fn reachable() -> impl Iterator<Item = &'static str> {
    let lists = [
        dynamodb::REACHED,
        ec2::REACHED,
        gateway::REACHED,
        kms::REACHED,
        s3::REACHED,
        sts::REACHED,
    ];
    lists
        .into_iter()
        .flatten()
        .chain(tags::reached())
        .filter_map(|a| catalog().is_action(a))
}
