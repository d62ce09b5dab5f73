//! Where an oracle answers differently, and why our answer is the one AWS documents.
//!
//! A difference that no reason covers fails the test, and so does a reason that covers no difference
//! by itself.

use super::view::{Condition, View};

/// One of the other evaluators.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Oracle {
    /// PyPI `principalmapper`.
    Pmapper,
    /// npm `@cloud-copilot/iam-simulate`.
    IamSimulate,
}

/// Why an oracle differs.
pub(crate) struct Reason {
    pub(crate) oracle: Oracle,
    /// What it does.
    pub(crate) what: &'static str,
    /// What AWS documents, and where. "Undocumented" where the pages say nothing.
    pub(crate) documented: &'static str,
    pub(crate) applies: fn(&View<'_>) -> bool,
}

pub(crate) const REASONS: &[Reason] = &[
    Reason {
        oracle: Oracle::IamSimulate,
        what: "an address range of all of IPv4 (`0.0.0.0/0`) holds no address",
        documented: "a range in CIDR form holds the addresses whose first bits are its own, here none of them \
                     (\"Condition operators\", IP address condition operators)",
        applies: |view| any(view, |c| is_ip(c) && c.any_value(|v| v == "0.0.0.0/0")),
    },
    Reason {
        oracle: Oracle::IamSimulate,
        what: "`NotIpAddress` with an IPv4 address does not hold for an IPv6 caller",
        documented: "`NotIpAddress` is for all addresses except those named (\"Condition operators\", IP address \
                     condition operators)",
        applies: |view| {
            any(view, |c| {
                c.base() == "NotIpAddress"
                    && c.given.iter().any(|ip| ip.contains(':'))
                    && c.any_value(|v| v.contains('.'))
            })
        },
    },
    Reason {
        oracle: Oracle::IamSimulate,
        what: "a date in seconds since 1970 is not read",
        documented: "dates may be in ISO 8601 or in epoch (UNIX) time (\"Condition operators\", Date condition operators)",
        applies: |view| {
            any(view, |c| {
                c.base().starts_with("Date") && c.any_value(|v| v == "1769817600")
            })
        },
    },
    Reason {
        oracle: Oracle::IamSimulate,
        what: "`ForAnyValue` with `IfExists` does not hold where the key is absent",
        documented: "with `IfExists` a condition on an absent key is true (\"Condition operators\", ...IfExists)",
        applies: any_value_if_exists,
    },
    Reason {
        oracle: Oracle::IamSimulate,
        what: "a value of an ARN operator that is `*` matches nothing",
        documented: "Undocumented: each of the six parts of an ARN is compared, and `*` has none; the other oracle and we \
                     take it for every ARN, as in `Resource`",
        applies: |view| any(view, |c| c.base().starts_with("Arn") && c.any_value(|v| v == "*")),
    },
    Reason {
        oracle: Oracle::IamSimulate,
        what: "`${*}` in a value is not read as a plain `*`",
        documented: "`${*}`, `${?}` and `${$}` stand for these characters wherever variables may stand (IAM user guide, \
                     \"IAM policy elements: Variables and tags\")",
        applies: |view| any(view, |c| c.any_value(|v| v.contains("${*}"))),
    },
    Reason {
        oracle: Oracle::IamSimulate,
        what: "`NotResource` with an ARN that lacks parts leaves the statement out",
        documented: "an ARN that lacks parts is completed with `*` (IAM user guide, \"IAM JSON policy elements: Resource\"), \
                     and `NotResource` means all that is not listed",
        applies: |view| {
            view.resources
                .iter()
                .any(|r| r.except && r.pattern.split(':').count() < 6 && r.pattern != "*")
        },
    },
    Reason {
        oracle: Oracle::IamSimulate,
        what: "`?` in the region matches nothing beside a variable in the resource",
        documented: "`?` is one character in any part of an ARN (IAM user guide, \"IAM JSON policy elements: Resource\")",
        applies: |view| {
            let both = |p: &str| p.contains("eu-west-?") && p.contains("${");
            view.resources.iter().any(|r| r.variables && both(r.pattern))
        },
    },
    Reason {
        oracle: Oracle::IamSimulate,
        what: "a role without a trust policy can be assumed by its own account's policies",
        documented: "a role is assumed only by those whom its trust policy names (IAM user guide, \"Roles terms and \
                     concepts\", trust policy)",
        applies: |view| view.case["action"] == "sts:AssumeRole" && !view.has("resource_policy"),
    },
    Reason {
        oracle: Oracle::IamSimulate,
        what: "a session policy limits what the resource's policy grants to the session itself",
        documented: "a resource policy that names the session adds to what the session policy allows (IAM user guide, \
                     \"Policies and permissions\", session policies); of one for everyone the page says nothing, and we \
                     take it alike",
        applies: |view| view.ours == "allow" && view.has("session_policies") && view.has("resource_policy"),
    },
    Reason {
        oracle: Oracle::IamSimulate,
        what: "variables are filled in before version 2012-10-17",
        documented: "before version 2012-10-17 `${…}` is plain text (IAM user guide, \"IAM JSON policy elements: Version\")",
        applies: |view| {
            view.resources.iter().any(|r| !r.variables && r.pattern.contains("${"))
                || any(view, |c| !c.variables && c.any_value(|v| v.contains("${")))
        },
    },
    Reason {
        oracle: Oracle::IamSimulate,
        what: "an explicit Deny on policies and roles that AWS manages is told as an implicit one",
        documented: "an explicit Deny in any policy ends the evaluation (IAM user guide, \"Policy evaluation logic\")",
        applies: |view| {
            let resource = view.case["resource"].as_str().unwrap_or_default();
            let managed = resource.contains("iam::aws:policy/") || resource.contains(":role/aws-reserved/");
            view.ours == "explicit_deny" && managed
        },
    },
    Reason {
        oracle: Oracle::Pmapper,
        what: "numbers, dates, booleans, addresses and binary values are not compared under a set operator or `IfExists`",
        documented: "every operator but `Null` takes them (\"Condition operators\", ...IfExists; IAM user guide, \
                     \"Multivalued context keys\")",
        applies: |view| {
            any(view, |c| {
                c.has_affix() && !c.base().starts_with("String") && !c.base().starts_with("Arn")
            })
        },
    },
    Reason {
        oracle: Oracle::Pmapper,
        what: "of several dates only the first is compared",
        documented: "one of the values must match (IAM user guide, \"Conditions with multiple context keys or values\")",
        applies: |view| any(view, |c| c.base().starts_with("Date") && c.values.len() > 1),
    },
    Reason {
        oracle: Oracle::Pmapper,
        what: "a date without a time is another than its midnight, or stops the program",
        documented: "dates have the forms of the W3C's profile of ISO 8601, which need no time (\"Condition operators\", \
                     Date condition operators)",
        applies: |view| {
            any(view, |c| {
                c.base().starts_with("Date") && c.any_value(|v| v == "2026-01-31")
            })
        },
    },
    Reason {
        oracle: Oracle::Pmapper,
        what: "`ForAnyValue` with `IfExists` does not hold where the key is absent",
        documented: "with `IfExists` a condition on an absent key is true (\"Condition operators\", ...IfExists)",
        applies: any_value_if_exists,
    },
    Reason {
        oracle: Oracle::Pmapper,
        what: "`*` in one part of an ARN takes in the next parts too",
        documented: "an ARN operator compares each of the six parts by itself (\"Condition operators\", ARN condition \
                     operators); in `Resource` an ARN that lacks parts is completed with `*` (\"IAM JSON policy elements: \
                     Resource\")",
        applies: |view| {
            let short = |p: &str| p.starts_with("arn:") && p.split(':').count() < 6;
            view.resources.iter().any(|r| short(r.pattern))
                || any(view, |c| c.base().starts_with("Arn") && c.any_value(short))
        },
    },
    Reason {
        oracle: Oracle::Pmapper,
        what: "the case of a resource's name is ignored",
        documented: "names in ARNs are compared with their case (\"IAM JSON policy elements: Resource\" for users, Amazon S3 \
                     user guide, \"Bucket naming rules\", SQS developer guide, \"Queue names\")",
        applies: |view| {
            view.resources
                .iter()
                .any(|r| r.pattern.contains("Bucket") || r.pattern.contains("Orders"))
        },
    },
    Reason {
        oracle: Oracle::Pmapper,
        what: "policy variables are not filled in within values and defaults, nor is `${*}` read, nor the version heeded",
        documented: "IAM user guide, \"IAM policy elements: Variables and tags\"",
        applies: |view| {
            let variable = |text: &str| text.contains("${");
            view.resources.iter().any(|r| variable(r.pattern)) || any(view, |c| c.any_value(variable))
        },
    },
    Reason {
        oracle: Oracle::Pmapper,
        what: "`StringNotLike` does not hold where the key is absent",
        documented: "a negated operator holds where the key is absent (\"Condition operators\", String condition operators)",
        applies: |view| any(view, |c| c.base() == "StringNotLike" && c.given.is_empty()),
    },
    Reason {
        oracle: Oracle::Pmapper,
        what: "`ForAnyValue` with a negated operator wants all values of the request to differ",
        documented: "`ForAnyValue` holds if one value of the request meets the condition (IAM user guide, \"Multivalued \
                     context keys\")",
        applies: |view| {
            any(view, |c| {
                c.operator.starts_with("ForAnyValue:") && c.base().contains("Not") && c.given.len() > 1
            })
        },
    },
    Reason {
        oracle: Oracle::Pmapper,
        what: "`ForAnyValue` on two keys holds if one of them does",
        documented: "all keys under an operator must hold (IAM user guide, \"Conditions with multiple context keys or \
                     values\")",
        applies: |view| any(view, |c| c.operator.starts_with("ForAnyValue:") && c.keys > 1),
    },
    Reason {
        oracle: Oracle::Pmapper,
        what: "`{\"AWS\": \"*\"}` names nobody",
        documented: "`\"*\"` and `{\"AWS\": \"*\"}` both name everyone (IAM user guide, \"AWS JSON policy elements: Principal\")",
        applies: |view| view.case["resource_policy"].to_string().contains("{\"AWS\":\"*\"}"),
    },
];

fn any(view: &View<'_>, test: impl Fn(&Condition<'_>) -> bool) -> bool {
    view.conditions.iter().any(test)
}

fn is_ip(condition: &Condition<'_>) -> bool {
    condition.base().ends_with("IpAddress")
}

fn any_value_if_exists(view: &View<'_>) -> bool {
    any(view, |c| {
        c.operator.starts_with("ForAnyValue:") && c.operator.ends_with("IfExists") && c.given.is_empty()
    })
}
