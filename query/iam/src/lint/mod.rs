//! Checks of a policy beyond its grammar: what IAM would refuse, what can never have an effect, and
//! what grants more than it seems to.
//!
//! They are the offline part of what IAM Access Analyzer's "policy check reference" describes, as far
//! as someone who writes least-privilege policies can trip over it. One file holds one family of
//! checks; `FAMILIES` lists them all.

mod actions;
mod arns;
mod condition_keys;
mod condition_values;
mod document;
mod glob;
mod organization;
mod pairs;
mod privilege;
mod redundancy;
mod size;
mod syntax;
#[cfg(test)]
mod tests;
mod trust;
mod view;

use serde_json::Value;

use crate::policy::Policy;
use view::Subject;

/// How much a [`Lint`] matters. The order is that of weight.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// IAM refuses the policy, or a part of it can never have an effect.
    Error,
    /// It grants more than it seems to.
    Security,
    /// It is likely not what was meant.
    Warning,
    /// It means the same without it.
    Suggestion,
}

/// What a policy is attached as, which decides its size and the elements it may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LintKind {
    /// A managed policy; a permissions boundary too.
    Managed,
    /// The inline policies of a role.
    Inline,
    /// A session policy; a Pod Identity association's too.
    Session,
    /// A role's trust policy.
    Trust,
    /// A service control policy.
    ServiceControl,
    /// A resource control policy.
    ResourceControl,
}

/// One thing to change in a policy.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Lint {
    /// What it is, in snake case; stable.
    pub code: &'static str,
    /// How much it matters.
    pub severity: Severity,
    /// JSON pointer (RFC 6901) to the place; empty for the document itself.
    pub pointer: String,
    /// What is wrong and what to write instead.
    pub message: String,
}

/// A check's name and weight.
#[derive(Debug, Clone, Copy)]
struct Code {
    name: &'static str,
    severity: Severity,
}

impl Code {
    const fn error(name: &'static str) -> Self {
        Self::new(name, Severity::Error)
    }

    const fn security(name: &'static str) -> Self {
        Self::new(name, Severity::Security)
    }

    const fn warning(name: &'static str) -> Self {
        Self::new(name, Severity::Warning)
    }

    const fn suggestion(name: &'static str) -> Self {
        Self::new(name, Severity::Suggestion)
    }

    const fn new(name: &'static str, severity: Severity) -> Self {
        Self { name, severity }
    }

    fn at(self, pointer: impl Into<String>, message: impl Into<String>) -> Lint {
        Lint {
            code: self.name,
            severity: self.severity,
            pointer: pointer.into(),
            message: message.into(),
        }
    }
}

/// Checks that belong together: what they can find, and the function that finds it.
struct Family {
    #[cfg_attr(
        not(test),
        expect(dead_code, reason = "a test holds that each code has its situations")
    )]
    codes: &'static [Code],
    check: fn(&Subject<'_>) -> Vec<Lint>,
}

/// Every family of checks on a document that parses; [`syntax`] is about those that do not.
const FAMILIES: [Family; 11] = [
    document::FAMILY,
    size::FAMILY,
    actions::FAMILY,
    arns::FAMILY,
    pairs::FAMILY,
    condition_keys::FAMILY,
    condition_values::FAMILY,
    redundancy::FAMILY,
    privilege::FAMILY,
    trust::FAMILY,
    organization::FAMILY,
];

/// Twice IAM's largest limit. What is larger is told its size and nothing else, which bounds the work.
const READABLE: usize = 20_480;
/// Action patterns that go through all services; a policy with more is judged no further either.
const BROAD_ACTIONS: usize = 20;

/// What to change in `document`, in the order of the document; nothing if all is well.
///
/// A document that is no policy of its kind gives one [`Lint`] of code `malformed_policy`
/// (`unknown_operator`, `null_with_if_exists` and `duplicate_condition_key` for these three causes).
pub fn lint(document: &Value, kind: LintKind) -> Vec<Lint> {
    let policy = match syntax::read(document, kind) {
        Ok(policy) => policy,
        Err(lint) => return vec![lint],
    };
    let subject = Subject::new(document, &policy, kind);
    let items = subject
        .statements
        .iter()
        .flat_map(|view| view.items("Action", "NotAction"));
    let broad = items.filter(|item| {
        item.text
            .split(':')
            .next()
            .is_some_and(|service| service.contains(['*', '?']))
    });
    if subject.characters > READABLE || broad.count() > BROAD_ACTIONS {
        return (size::FAMILY.check)(&subject);
    }
    let mut found: Vec<Lint> = FAMILIES.iter().flat_map(|family| (family.check)(&subject)).collect();
    found.sort_by_cached_key(|lint| (natural(&lint.pointer), lint.code, lint.message.clone()));
    found.dedup();
    found
}

/// A pointer's parts, numbers as numbers, so that statement 10 comes after statement 9.
fn natural(pointer: &str) -> Vec<(usize, String)> {
    let part = |text: &str| {
        text.parse()
            .map_or((usize::MAX, text.to_owned()), |n| (n, String::new()))
    };
    pointer.split('/').map(part).collect()
}

/// The policy's `Policy` kind for its grammar.
fn grammar(kind: LintKind) -> crate::policy::PolicyKind {
    match kind {
        LintKind::Trust => crate::policy::PolicyKind::Resource,
        LintKind::ResourceControl => crate::policy::PolicyKind::Rcp,
        LintKind::Managed | LintKind::Inline | LintKind::Session | LintKind::ServiceControl => {
            crate::policy::PolicyKind::Identity
        }
    }
}

/// Parses and checks the elements.
fn policy_of(document: &Value, kind: LintKind) -> Result<Policy, crate::policy::PolicyError> {
    let policy = Policy::from_value(document)?;
    policy.check(grammar(kind))?;
    Ok(policy)
}
