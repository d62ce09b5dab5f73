//! Actions and resources of one statement that do not go together, by AWS's tables of what acts on what.

use std::collections::BTreeSet;

use super::glob::{Tokens, arn_parts};
use super::view::{Item, Subject, View};
use super::{Code, Family, Lint};
use crate::catalog::catalog;

const UNSUPPORTED_ACTION: Code = Code::warning("unsupported_action");
const UNSUPPORTED_RESOURCE: Code = Code::warning("unsupported_resource");

pub(super) const FAMILY: Family = Family {
    codes: &[UNSUPPORTED_ACTION, UNSUPPORTED_RESOURCE],
    check,
};

/// A type of resource: the prefix of its service and its name.
type Kind = (&'static str, &'static str);

/// An entry of `Action`: whether it covers an action that exists, and the types those act on.
struct Acts<'a> {
    item: Item<'a>,
    exists: bool,
    kinds: BTreeSet<Kind>,
}

fn check(subject: &Subject<'_>) -> Vec<Lint> {
    subject.statements.iter().flat_map(statement).collect()
}

/// Judges `Action` with `Resource`; the `Not…` forms name what is left out, which may be anything.
/// Region and account are left to [`super::arns`].
fn statement(view: &View<'_>) -> Vec<Lint> {
    let resources = view.texts("Resource");
    let arns: Vec<&Item<'_>> = resources.iter().filter(|item| item.text.starts_with("arn:")).collect();
    if view.element("Action").is_none() || arns.is_empty() {
        return Vec::new();
    }
    // A pattern that is there twice is told as redundant, and covers no more.
    let mut seen = BTreeSet::new();
    let distinct = view.texts("Action").into_iter().filter(|item| seen.insert(item.text));
    let actions: Vec<Acts<'_>> = distinct.map(acts).filter(|acts| acts.exists).collect();
    let acted_on: BTreeSet<Kind> = actions.iter().flat_map(|acts| &acts.kinds).copied().collect();
    let fitting: Vec<BTreeSet<Kind>> = arns.iter().map(|item| kinds_of(item.text, &acted_on)).collect();
    let everything = arns.len() < resources.len();
    let mut found = Vec::new();
    for acts in &actions {
        let fits = fitting.iter().any(|kinds| !kinds.is_disjoint(&acts.kinds));
        if !everything && !fits {
            found.push(UNSUPPORTED_ACTION.at(acts.item.pointer.clone(), no_resource(acts)));
        }
    }
    let some_action_fits = everything || found.len() < actions.len();
    for (item, kinds) in arns.iter().zip(&fitting) {
        if kinds.is_empty() && some_action_fits && !actions.is_empty() {
            let message = format!(
                "no action of the statement acts on `{}`; leave it out, or add the action",
                item.text
            );
            found.push(UNSUPPORTED_RESOURCE.at(item.pointer.clone(), message));
        }
    }
    found
}

fn no_resource(acts: &Acts<'_>) -> String {
    let name = acts.item.text;
    if acts.kinds.is_empty() {
        return format!(
            "`{name}` cannot be limited to resources, so ARNs grant it nothing; move it to a statement with \
             `\"Resource\": \"*\"`"
        );
    }
    let patterns: BTreeSet<&str> = acts.kinds.iter().flat_map(|kind| patterns(*kind)).copied().collect();
    let accepted: Vec<&str> = patterns.into_iter().take(3).collect();
    format!(
        "`{name}` acts on none of the statement's resources; accepted: {}",
        accepted.join(", ")
    )
}

fn patterns((prefix, name): Kind) -> &'static [&'static str] {
    let types = catalog().service(prefix).map(|service| service.types.as_slice());
    let kind = types.unwrap_or_default().iter().find(|kind| kind.name == name);
    kind.map(|kind| kind.patterns.as_slice()).unwrap_or_default()
}

/// Load balancers have two APIs under one prefix, and the tables hold the types of only one of them for
/// the actions that both have, so that each of these may act on any type.
const TWO_APIS: &str = "elasticloadbalancing";

fn acts(item: Item<'_>) -> Acts<'_> {
    let mut kinds = BTreeSet::new();
    let mut exists = false;
    for name in catalog().expand(item.text) {
        exists = true;
        let prefix = name.split_once(':').map_or(name, |(prefix, _)| prefix);
        let own = catalog()
            .action(name)
            .map(|action| catalog().types_of(action))
            .unwrap_or_default();
        if prefix == TWO_APIS && !own.is_empty() {
            let all = catalog().service(prefix).map(|service| service.types.as_slice());
            kinds.extend(all.unwrap_or_default().iter().map(|kind| (prefix, kind.name)));
        }
        kinds.extend(own.into_iter().map(|(kind, _)| (prefix, kind.name)));
    }
    Acts { item, exists, kinds }
}

/// Those of `kinds` that an ARN pattern can name.
fn kinds_of(arn: &str, kinds: &BTreeSet<Kind>) -> BTreeSet<Kind> {
    let parts = arn_parts(arn);
    let [_, _, service, _, _, tail] = parts.as_slice() else {
        // Fewer parts are told as such.
        return kinds.clone();
    };
    let (service, tail) = (Tokens::of_policy(service), Tokens::of_policy(tail));
    let fits = |kind: &&Kind| {
        patterns(**kind)
            .iter()
            .any(|pattern| match arn_parts(pattern).as_slice() {
                [_, _, theirs, _, _, name] => {
                    Tokens::of_table(theirs, true).overlaps(&service) && Tokens::of_table(name, false).overlaps(&tail)
                }
                _ => true,
            })
    };
    kinds.iter().filter(fits).copied().collect()
}
