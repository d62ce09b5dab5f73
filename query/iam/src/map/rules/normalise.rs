//! What a request's value looks like inside an ARN: queue URLs, leading slashes, qualifiers, random suffixes.

use crate::map::params::usable;
use crate::map::request::Request;

/// The value as the ARN of that type holds it; none where it cannot stand there (an alias where a key id is needed).
pub(crate) fn value(request: &Request<'_>, kind: &str, variable: &str, value: &str) -> Option<String> {
    let text = match (request.prefix, kind, variable) {
        ("sqs", "queue", _) => value.trim_end_matches('/').rsplit('/').next()?,
        ("kms", "key", _) if value.starts_with("alias/") => return None,
        ("kms", "alias", _) => value.strip_prefix("alias/").unwrap_or(value),
        // `arn:…:parameter/a/b` whether the name is `/a/b` or `a/b`; a version or label follows a colon.
        ("ssm", "parameter", _) => value.strip_prefix('/').unwrap_or(value).split(':').next()?,
        ("lambda", _, "FunctionName") => return Some(function(value)),
        ("logs", _, "LogGroupName") => value.trim_end_matches(":*"),
        ("route53", "hostedzone" | "change", _) => value.rsplit('/').next()?,
        // IAM's names stand behind their path, which only calls that create carry.
        ("iam", _, _) if variable.ends_with("WithPath") => return Some(with_path(request, value)),
        _ => value,
    };
    usable(text).then(|| text.to_owned())
}

/// `/team/` and `app` are `team/app`.
fn with_path(request: &Request<'_>, name: &str) -> String {
    let path = request.params.text("path").unwrap_or_default();
    let path = path.trim_matches('/');
    if path.is_empty() {
        name.to_owned()
    } else {
        format!("{path}/{name}")
    }
}

/// `name`, `name:qualifier` or `account:function:name[:qualifier]` without the account's part.
fn function(value: &str) -> String {
    value
        .split_once(":function:")
        .map_or(value, |(_, name)| name)
        .to_owned()
}

/// An ARN, filled or given whole, in the form IAM checks.
pub(crate) fn arn(prefix: &str, kind: &str, arn: String) -> String {
    match (prefix, kind) {
        // CloudWatch Logs checks `log-group:NAME:log-stream:…` for calls on the group: the `:*` form covers it.
        ("logs", "log-group") => format!("{}:*", arn.trim_end_matches(":*")),
        // `family:3` fills the family; the `*` of an unknown revision then stands behind a known one.
        ("ecs", "task-definition") if arn.matches(':').count() > 6 => arn.trim_end_matches(":*").to_owned(),
        // A subscription's ARN is its topic's with an id behind.
        ("sns", "topic") => arn.splitn(7, ':').take(6).collect::<Vec<_>>().join(":"),
        _ => arn,
    }
}
