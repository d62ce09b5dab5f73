//! Resources without what is inside them.

/// The thing that an owner would name: of an object its bucket, of an index or item its table, of a stream its log
/// group, of a path's end its first two parts. What has no such form stays as it is.
#[must_use]
pub fn root(resource: &str) -> String {
    let parts: Vec<&str> = resource.splitn(6, ':').collect();
    let &["arn", _, service, _, _, rest] = parts.as_slice() else {
        return resource.to_owned();
    };
    let keep = match service {
        "s3" if !rest.starts_with("accesspoint/") => end(rest, '/', 1),
        // Users and roles have paths, and secrets and parameters names, that hold slashes of their own.
        "iam" | "sts" | "secretsmanager" => rest.len(),
        "logs" | "lambda" | "sns" | "states" => end(rest, ':', 2),
        _ => end(rest, '/', 2),
    };
    let cut = resource.len() - rest.len() + keep;
    resource.get(..cut).unwrap_or(resource).to_owned()
}

/// The length of the first `count` parts of a text.
fn end(text: &str, separator: char, count: usize) -> usize {
    text.match_indices(separator)
        .nth(count - 1)
        .map_or(text.len(), |(at, _)| at)
}

/// The last words of an ARN: what follows its account, without the kind of role and path.
pub(super) fn short(arn: &str) -> &str {
    let rest = arn.splitn(6, ':').nth(5).unwrap_or(arn);
    match rest.strip_prefix("role/") {
        Some(role) => role.rsplit('/').next().unwrap_or(role),
        None => rest,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn resources_are_named_as_their_owners_would() {
        let cases = [
            ("*", "*"),
            ("arn:aws:s3:::carts/2026/10/a.json", "arn:aws:s3:::carts"),
            ("arn:aws:s3:::carts", "arn:aws:s3:::carts"),
            ("arn:aws-cn:s3:::carts/a", "arn:aws-cn:s3:::carts"),
            (
                "arn:aws:s3:eu-west-1:111122223333:accesspoint/ap/object/a",
                "arn:aws:s3:eu-west-1:111122223333:accesspoint/ap",
            ),
            (
                "arn:aws:dynamodb:eu-west-1:111122223333:table/orders/index/by-day",
                "arn:aws:dynamodb:eu-west-1:111122223333:table/orders",
            ),
            (
                "arn:aws:logs:eu-west-1:111122223333:log-group:/app/a:log-stream:b",
                "arn:aws:logs:eu-west-1:111122223333:log-group:/app/a",
            ),
            (
                "arn:aws:lambda:eu-west-1:111122223333:function:pay:7",
                "arn:aws:lambda:eu-west-1:111122223333:function:pay",
            ),
            (
                "arn:aws:iam::111122223333:role/team/deep/name",
                "arn:aws:iam::111122223333:role/team/deep/name",
            ),
            (
                "arn:aws:secretsmanager:eu-west-1:111122223333:secret:prod/db/password-AbCdEf",
                "arn:aws:secretsmanager:eu-west-1:111122223333:secret:prod/db/password-AbCdEf",
            ),
            (
                "arn:aws:ssm:eu-west-1:111122223333:parameter/prod/db/user",
                "arn:aws:ssm:eu-west-1:111122223333:parameter/prod",
            ),
            (
                "arn:aws:sqs:eu-west-1:111122223333:jobs",
                "arn:aws:sqs:eu-west-1:111122223333:jobs",
            ),
            ("arn:aws:s3", "arn:aws:s3"),
            ("", ""),
        ];
        for (resource, expected) in cases {
            assert_eq!(root(resource), expected, "{resource}");
            assert_eq!(root(expected), expected, "again: {expected}");
        }
    }

    #[test]
    fn labels_are_short() {
        let cases = [
            ("arn:aws:iam::111122223333:role/team/reader", "reader"),
            ("arn:aws:s3:::carts", "carts"),
            ("arn:aws:dynamodb:eu-west-1:111122223333:table/orders", "table/orders"),
            ("*", "*"),
        ];
        for (arn, expected) in cases {
            assert_eq!(short(arn), expected);
        }
    }
}
