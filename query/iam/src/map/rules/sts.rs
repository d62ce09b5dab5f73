//! AWS STS: a role is assumed with its tags and source identity.

use super::{Actions, by_name};

/// Parameters of `AssumeRole` that ask for more than `sts:AssumeRole`.
const EXTRAS: &[(&str, &str)] = &[
    ("tags", "sts:TagSession"),
    ("transitiveTagKeys", "sts:TagSession"),
    ("incomingTransitiveTags", "sts:TagSession"),
    ("sourceIdentity", "sts:SetSourceIdentity"),
];

/// Parameters of `AssumeRole` that policies compare. `sts:SourceIdentity` is compared where it is set.
const SHOWN: &[(&str, &str)] = &[
    ("externalId", "sts:ExternalId"),
    ("roleSessionName", "sts:RoleSessionName"),
    ("sourceIdentity", "sts:SourceIdentity"),
];

/// Actions reached only through the rules here.
pub(super) const REACHED: &[&str] = &["sts:TagSession", "sts:SetSourceIdentity"];

/// `AssumeRole` on the role in the parameters; all else by name.
pub(super) fn add(out: &mut Actions<'_, '_>) -> bool {
    if out.request.operation != "AssumeRole" {
        by_name(out);
        return true;
    }
    let role: Vec<_> = out.request.params.text("roleArn").into_iter().collect();
    let keys: Vec<_> = SHOWN
        .iter()
        .filter_map(|(parameter, key)| Some((*key, out.request.params.text(parameter)?)))
        .collect();
    out.add_if("sts:AssumeRole", role.clone(), &keys, "the event's name");
    let mut done = Vec::new();
    for (parameter, action) in EXTRAS {
        if out.request.params.has(parameter) && !done.contains(action) {
            done.push(action);
            out.add(action, role.clone(), &format!("`{parameter}` is given"));
        }
    }
    true
}
