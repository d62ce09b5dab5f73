//! Situations and properties of the evaluator.

mod conditions;
mod documented;
mod documented_layers;
mod hostile;
mod layers;
mod properties;
mod resource_side;
mod statements;
mod unknown;

use serde_json::{Value, json};

use super::*;

const ACCOUNT: &str = "111122223333";
const OTHER: &str = "444455556666";
const SESSION: &str = "arn:aws:sts::111122223333:assumed-role/app/pod-1";
const ROLE: &str = "arn:aws:iam::111122223333:role/team/app";
const USER: &str = "arn:aws:iam::111122223333:user/ana";
const OBJECT: &str = "arn:aws:s3:::bucket/key";

/// A situation, with owned parts; the tests change the ones they are about.
#[derive(Debug, Clone)]
struct Case {
    principal: Principal,
    action: String,
    resource: String,
    resource_account: Option<String>,
    resource_level: bool,
    context: Context,
    unknown: UnknownKeys,
    identity: Vec<Policy>,
    boundary: Vec<Policy>,
    session: Vec<Policy>,
    scps: Vec<Vec<Policy>>,
    rcps: Vec<Vec<Policy>>,
    endpoint: Vec<Policy>,
    resource_policy: Option<Policy>,
}

impl Default for Case {
    fn default() -> Self {
        Self {
            principal: Principal::new(SESSION, None),
            action: "s3:GetObject".into(),
            resource: OBJECT.into(),
            resource_account: None,
            resource_level: true,
            context: Context::default(),
            unknown: UnknownKeys::default(),
            identity: Vec::new(),
            boundary: Vec::new(),
            session: Vec::new(),
            scps: Vec::new(),
            rcps: Vec::new(),
            endpoint: Vec::new(),
            resource_policy: None,
        }
    }
}

impl Case {
    fn layers(&self) -> Layers<'_> {
        Layers {
            identity: &self.identity,
            boundary: &self.boundary,
            session: &self.session,
            scps: &self.scps,
            rcps: &self.rcps,
            resource: self.resource_policy.as_ref(),
            endpoint: &self.endpoint,
            resource_side_assumed: false,
        }
    }

    fn request(&self) -> Request<'_> {
        Request {
            principal: &self.principal,
            action: &self.action,
            resource: &self.resource,
            resource_account: self.resource_account.as_deref(),
            resource_level: self.resource_level,
            context: &self.context,
            unknown: &self.unknown,
        }
    }

    /// The decision; [`verdict`] must say the same.
    fn decide(&self) -> Decision<'_> {
        let decision = evaluate(&self.request(), &self.layers());
        assert_eq!(decision.verdict, verdict(&self.request(), &self.layers()));
        decision
    }

    fn verdict(&self) -> Verdict {
        self.decide().verdict
    }
}

/// A document of one statement or a list of them, version 2012-10-17.
fn policy(statement: Value) -> Policy {
    Policy::from_value(&json!({ "Version": "2012-10-17", "Statement": statement })).expect("a policy")
}

fn allow(action: &str, resource: &str) -> Policy {
    policy(json!({ "Effect": "Allow", "Action": action, "Resource": resource }))
}

fn deny(action: &str, resource: &str) -> Policy {
    policy(json!({ "Effect": "Deny", "Action": action, "Resource": resource }))
}

/// A resource policy of one statement for a principal.
fn to(principal: Value, effect: &str, action: &str) -> Policy {
    policy(json!({ "Effect": effect, "Principal": principal, "Action": action, "Resource": "*" }))
}

/// Whether `{operator: {key: values}}` holds in a context.
fn condition(operator: &str, key: &str, values: &Value, context: Context) -> bool {
    let statement = json!({
        "Effect": "Allow", "Action": "*", "Resource": "*", "Condition": { operator: { key: values } }
    });
    let case = Case {
        identity: vec![policy(statement)],
        context,
        ..Case::default()
    };
    case.verdict() == Verdict::Allow
}

fn context(entries: &[(&str, &[&str])]) -> Context {
    let mut context = Context::default();
    for (key, values) in entries {
        context.insert(key, values.iter().map(|value| (*value).to_owned()).collect());
    }
    context
}

/// A situation in which the identity allows everything.
fn granted() -> Case {
    Case {
        identity: vec![allow("*", "*")],
        ..Case::default()
    }
}

fn aws(who: &str, effect: &str) -> Option<Policy> {
    Some(to(json!({ "AWS": who }), effect, "*"))
}
