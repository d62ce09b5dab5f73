//! Allows that give more than they seem to.

use super::glob::{Tokens, arn_parts};
use super::view::{Subject, View};
use super::{Code, Family, Lint};
use crate::policy::{Effect, Selector};

const NOT_ACTION: Code = Code::warning("allow_with_not_action");
const NOT_PRINCIPAL: Code = Code::security("allow_with_not_principal");
const PASS_ROLE_STAR: Code = Code::security("pass_role_with_star_in_resource");
const PASS_ROLE_NOT_RESOURCE: Code = Code::security("pass_role_with_not_resource");
const PASS_ROLE_NOT_ACTION: Code = Code::security("pass_role_with_not_action");
const LINKED_ROLE_STAR: Code = Code::security("create_service_linked_role_with_star");

pub(super) const FAMILY: Family = Family {
    codes: &[
        NOT_ACTION,
        NOT_PRINCIPAL,
        PASS_ROLE_STAR,
        PASS_ROLE_NOT_RESOURCE,
        PASS_ROLE_NOT_ACTION,
        LINKED_ROLE_STAR,
    ],
    check,
};

fn check(subject: &Subject<'_>) -> Vec<Lint> {
    // An SCP grants nothing: its Allows are the outer limit.
    if subject.kind == super::LintKind::ServiceControl {
        return Vec::new();
    }
    let allows = subject
        .statements
        .iter()
        .filter(|view| view.statement.effect() == Effect::Allow);
    allows
        .flat_map(|view| {
            elements(view)
                .into_iter()
                .chain(pass_role(view))
                .chain(linked_role(view))
        })
        .collect()
}

fn elements(view: &View<'_>) -> Vec<Lint> {
    let mut found = Vec::new();
    if view.element("NotAction").is_some() {
        let message = "an Allow with `NotAction` grants every other action, future ones included; list the actions";
        found.push(NOT_ACTION.at(view.place("NotAction"), message));
    }
    if view.element("NotPrincipal").is_some() {
        let message =
            "an Allow with `NotPrincipal` grants to everyone else, anonymous callers included; list the principals";
        found.push(NOT_PRINCIPAL.at(view.place("NotPrincipal"), message));
    }
    found
}

fn has_condition(view: &View<'_>, key: &str) -> bool {
    view.statement
        .conditions()
        .iter()
        .any(|condition| condition.key().eq_ignore_ascii_case(key))
}

/// The entry of `Action` that means `action`, or `NotAction` where it does not leave it out.
fn grants(view: &View<'_>, action: &str) -> Option<String> {
    if !view.statement.matches_action(action) {
        return None;
    }
    match view.statement.actions() {
        Selector::Only(patterns) => patterns
            .iter()
            .find(|p| p.matches(action))
            .map(|pattern| pattern.source().to_owned()),
        Selector::Except(_) => Some("NotAction".to_owned()),
    }
}

fn pass_role(view: &View<'_>) -> Vec<Lint> {
    const ADVICE: &str = "name the roles, or add a condition on `iam:PassedToService`";
    let Some(by) = grants(view, "iam:PassRole").filter(|_| !has_condition(view, "iam:PassedToService")) else {
        return Vec::new();
    };
    if by == "NotAction" {
        let message =
            format!("`NotAction` grants `iam:PassRole`, with which a caller gives services any role; {ADVICE}");
        return vec![PASS_ROLE_NOT_ACTION.at(view.place("NotAction"), message)];
    }
    if view.element("NotResource").is_some() {
        let message = format!("`{by}` passes every role but those of `NotResource`; {ADVICE}");
        return vec![PASS_ROLE_NOT_RESOURCE.at(view.place("NotResource"), message)];
    }
    every_role(view)
        .map(|(text, pointer)| PASS_ROLE_STAR.at(pointer, format!("`{by}` on `{text}` passes every role; {ADVICE}")))
        .collect()
}

fn linked_role(view: &View<'_>) -> Vec<Lint> {
    const ADVICE: &str = "name the role, or add a condition on `iam:AWSServiceName`";
    let Some(by) = grants(view, "iam:CreateServiceLinkedRole").filter(|_| !has_condition(view, "iam:AWSServiceName"))
    else {
        return Vec::new();
    };
    let makes = |what: &str| format!("`{by}` on {what} makes service-linked roles of every service; {ADVICE}");
    if view.element("NotResource").is_some() {
        return vec![LINKED_ROLE_STAR.at(view.place("NotResource"), makes("`NotResource`"))];
    }
    every_role(view)
        .map(|(text, pointer)| LINKED_ROLE_STAR.at(pointer, makes(&format!("`{text}`"))))
        .collect()
}

/// The resources that mean every role of an account, service-linked ones included.
fn every_role<'v>(view: &'v View<'_>) -> impl Iterator<Item = (&'v str, String)> + 'v {
    view.texts("Resource").into_iter().filter_map(|item| {
        let covers = |pattern: &str, name: &str| Tokens::of_policy(pattern).covers(&Tokens::of_policy(name));
        let every = match arn_parts(item.text).as_slice() {
            ["*"] => true,
            [_, _, service, _, _, tail] => {
                covers(service, "iam") && (covers(tail, "role/*") || covers(tail, "role/aws-service-role/*"))
            }
            _ => false,
        };
        every.then_some((item.text, item.pointer))
    })
}
