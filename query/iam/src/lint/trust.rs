//! Trust policies: who may assume the role.

use serde_json::Value;

use super::view::{Item, Subject, View, texts};
use super::{Code, Family, Lint, LintKind};
use crate::policy::{Condition, Effect};

const ACTION: Code = Code::error("trust_action");
const RESOURCE: Code = Code::error("trust_resource");
const EVERYONE: Code = Code::security("trust_everyone");
const MISSING_AUD: Code = Code::security("trust_missing_aud");
const MISSING_SUB: Code = Code::security("trust_missing_sub");
const WILDCARD_SUB: Code = Code::security("trust_wildcard_sub");
const WILDCARD_SUB_EQUALS: Code = Code::error("trust_wildcard_sub_equals");
const PROVIDER_ACTION: Code = Code::error("trust_provider_action");
const TAG_SESSION: Code = Code::error("trust_pods_without_tag_session");

pub(super) const FAMILY: Family = Family {
    codes: &[
        ACTION,
        RESOURCE,
        EVERYONE,
        MISSING_AUD,
        MISSING_SUB,
        WILDCARD_SUB,
        WILDCARD_SUB_EQUALS,
        PROVIDER_ACTION,
        TAG_SESSION,
    ],
    check,
};

/// The service that assumes roles for pods (EKS user guide, "EKS Pod Identities").
const PODS: &str = "pods.eks.amazonaws.com";

fn check(subject: &Subject<'_>) -> Vec<Lint> {
    if subject.kind != LintKind::Trust {
        return Vec::new();
    }
    let mut found: Vec<Lint> = subject.statements.iter().flat_map(elements).collect();
    let allows = subject
        .statements
        .iter()
        .filter(|view| view.statement.effect() == Effect::Allow);
    for view in allows {
        found.extend(everyone(view));
        found.extend(
            principals(view, "Federated")
                .into_iter()
                .flat_map(|item| provider(view, &item)),
        );
    }
    found.extend(pods(subject));
    found
}

fn elements(view: &View<'_>) -> Vec<Lint> {
    let mut found = Vec::new();
    if let Some(name) = view.named("Resource", "NotResource") {
        let message = format!("a trust policy is about its own role; leave `{name}` out");
        found.push(RESOURCE.at(view.place(name), message));
    }
    for item in view.items("Action", "NotAction") {
        if item.text != "*" && !item.text.to_ascii_lowercase().starts_with("sts:") {
            let message = format!(
                "`{}` does not assume a role; accepted: `sts:AssumeRole` and its kind, `sts:TagSession`, \
                 `sts:SetSourceIdentity`",
                item.text
            );
            found.push(ACTION.at(item.pointer, message));
        }
    }
    found
}

/// The principals of a kind (`AWS`, `Service`, `Federated`).
fn principals<'a>(view: &View<'a>, kind: &str) -> Vec<Item<'a>> {
    let value = view.element("Principal").and_then(|principal| principal.get(kind));
    let place = format!("{}/{kind}", view.place("Principal"));
    value.map(|value| texts(value, &place)).unwrap_or_default()
}

fn everyone(view: &View<'_>) -> Option<Lint> {
    let whole = view
        .element("Principal")
        .and_then(Value::as_str)
        .is_some_and(|text| text == "*");
    let pointer = if whole {
        Some(view.place("Principal"))
    } else {
        principals(view, "AWS")
            .into_iter()
            .find(|item| item.text == "*")
            .map(|item| item.pointer)
    }?;
    // What tells callers apart; an external id or an address alone is no identity.
    const KEYS: [&str; 6] = [
        "aws:principalarn",
        "aws:principalaccount",
        "aws:principalorgid",
        "aws:principalorgpaths",
        "aws:sourceaccount",
        "aws:sourcearn",
    ];
    let limited = view
        .statement
        .conditions()
        .iter()
        .any(|c| KEYS.contains(&c.lower.as_str()) && !c.test.negated());
    let message = "everyone in every account may assume the role; name accounts, roles or services";
    (!limited).then(|| EVERYONE.at(pointer, message))
}

/// A provider's subjects: an OIDC provider says who the pod or the build is in `aud` and `sub`.
fn provider(view: &View<'_>, item: &Item<'_>) -> Vec<Lint> {
    let Some((_, url)) = item.text.split_once(":oidc-provider/") else {
        return Vec::new();
    };
    let mut found = Vec::new();
    if !view.statement.matches_action("sts:AssumeRoleWithWebIdentity") {
        let message = format!(
            "`{}` needs `sts:AssumeRoleWithWebIdentity`, and the statement does not allow it",
            item.text
        );
        found.push(PROVIDER_ACTION.at(view.pointer.clone(), message));
        return found;
    }
    let on = |claim: &str| {
        let key = format!("{url}:{claim}").to_lowercase();
        let of = |condition: &&Condition| condition.lower == key && !condition.test.negated();
        view.statement.conditions().iter().filter(of).collect::<Vec<_>>()
    };
    if on("aud").is_empty() {
        let message =
            format!("tokens for any audience are taken; add a condition on `{url}:aud`, as `sts.amazonaws.com`");
        found.push(MISSING_AUD.at(view.pointer.clone(), message));
    }
    let subjects = on("sub");
    if subjects.is_empty() {
        let message = format!("every subject of the provider may assume the role; add a condition on `{url}:sub`");
        found.push(MISSING_SUB.at(view.pointer.clone(), message));
    }
    found.extend(subjects.into_iter().flat_map(|condition| subject(view, condition)));
    found
}

/// A subject's wildcards: taken as text by `StringEquals`, too wide where they name the namespace.
fn subject(view: &View<'_>, condition: &Condition) -> Vec<Lint> {
    let operator = super::condition_values::plain_operator(condition);
    let judge = |(text, pointer): (String, String)| {
        if operator.starts_with("stringequals") {
            let wildcard = text.contains(['*', '?']);
            let message = format!(
                "`{}` takes the wildcard in `{text}` as plain text, so it matches nobody; write `StringLike`, or the subject",
                condition.operator()
            );
            return wildcard.then(|| WILDCARD_SUB_EQUALS.at(pointer, message));
        }
        let fixed = text.split(['*', '?']).next().unwrap_or_default();
        let wide = fixed.len() < text.len()
            && match fixed.strip_prefix("system:serviceaccount:") {
                // `NAMESPACE:…`: the namespace is whole.
                Some(rest) => !rest.contains(':'),
                None => !fixed.contains(':') || "system:serviceaccount:".starts_with(fixed),
            };
        let message = format!("`{text}` takes subjects of more than one namespace or owner; write the subjects out");
        wide.then(|| WILDCARD_SUB.at(pointer, message))
    };
    view.condition_values(condition).into_iter().filter_map(judge).collect()
}

/// EKS Pod Identity tags every session it makes, so the pods' service needs `sts:TagSession` too.
fn pods(subject: &Subject<'_>) -> Vec<Lint> {
    let of_pods = |view: &&View<'_>| principals(view, "Service").iter().any(|item| item.text == PODS);
    let allows = |action: &str| {
        let mut views = subject.statements.iter().filter(of_pods);
        views.any(|view| view.statement.effect() == Effect::Allow && view.statement.matches_action(action))
    };
    let first = subject
        .statements
        .iter()
        .find(|view| of_pods(view) && view.statement.matches_action("sts:AssumeRole"));
    let missing = first.filter(|_| allows("sts:AssumeRole") && !allows("sts:TagSession"));
    let message = format!("`{PODS}` needs `sts:TagSession` beside `sts:AssumeRole`; add it");
    missing
        .map(|view| TAG_SESSION.at(view.pointer.clone(), message))
        .into_iter()
        .collect()
}
