//! AWS Lambda: a function is named in four ways, and a version or alias is part of the ARN that is checked.
//! Source: "Fine-tuning the Resources and Conditions sections of policies" in the Lambda developer guide.

use serde_json::Value;

use super::{Actions, by_name};
use crate::map::names;
use crate::map::params::{Params, leaf};
use crate::map::request::Request;

/// Calls that run a function; their qualifier is part of the resource.
const RUNS: &[&str] = &["Invoke", "InvokeAsync", "InvokeWithResponseStream"];

/// Maps calls that run a function; all else by name.
pub(super) fn add(out: &mut Actions<'_, '_>) -> bool {
    let request = out.request;
    if !RUNS.contains(&request.operation) {
        by_name(out);
        return true;
    }
    let function = function_arn(request).into_iter().collect();
    for action in names::actions("lambda", request.operation) {
        out.add(
            action,
            Vec::clone(&function),
            "calling a function is checked under this name",
        );
    }
    true
}

/// The function with its version or alias: from the name (`name`, `name:alias`, `account:function:name`, ARN), the
/// qualifier, `resources[]`, or what data events add.
fn function_arn(request: &Request<'_>) -> Option<String> {
    let Some(name) = request.params.text("functionName") else {
        return request
            .logged_arns()
            .find(|a| a.contains(":function:"))
            .map(str::to_owned)
            .or_else(|| executed(request));
    };
    let arn = match (name.starts_with("arn:"), name.split_once(":function:")) {
        (true, _) => name,
        (false, Some((account, function))) if account.bytes().all(|b| b.is_ascii_digit()) => {
            let mut place = request.place.clone();
            place.account = account.to_owned();
            place.arn("lambda", &format!("function:{function}"))
        }
        _ => request.place.arn("lambda", &format!("function:{name}")),
    };
    let qualified = arn.split_once(":function:").is_some_and(|(_, tail)| tail.contains(':'));
    match request.params.text("qualifier") {
        Some(qualifier) if !qualified => Some(format!("{arn}:{qualifier}")),
        _ => Some(arn),
    }
}

/// `additionalEventData.functionVersion`: the ARN that ran, without the version that the caller did not ask for.
fn executed(request: &Request<'_>) -> Option<String> {
    let Params(added) = Params::parse(request.call.additional_event_data);
    let arn = added
        .get("functionVersion")
        .filter(|v: &&Value| v.is_string())
        .and_then(leaf)?;
    Some(arn.strip_suffix(":$LATEST").unwrap_or(&arn).to_owned())
}
