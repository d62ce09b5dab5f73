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
        ("ecs", _, "TaskDefinitionFamilyName") => value.split(':').next()?,
        ("route53", "hostedzone", _) => value.rsplit('/').next()?,
        ("route53", "change", _) => value.rsplit('/').next()?,
        _ => value,
    };
    usable(text).then(|| text.to_owned())
}

/// `name`, `name:qualifier` or `account:function:name[:qualifier]` without the account's part.
fn function(value: &str) -> String {
    value
        .split_once(":function:")
        .map_or(value, |(_, name)| name)
        .to_owned()
}

/// A filled pattern in the form IAM checks.
pub(crate) fn arn(prefix: &str, kind: &str, arn: String) -> String {
    match (prefix, kind) {
        // CloudWatch Logs checks `log-group:NAME:log-stream:…` for calls on the group: the `:*` form covers it.
        ("logs", "log-group") => format!("{}:*", arn.trim_end_matches(":*")),
        _ => arn,
    }
}

/// A whole ARN given where a name is usual.
pub(crate) fn whole_arn(prefix: &str, kind: &str, arn_given: &str) -> String {
    arn(prefix, kind, arn_given.to_owned())
}
