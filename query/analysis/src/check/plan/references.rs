//! Which resource of a plan a value comes from that is known after apply.

use serde_json::Value;

use super::resource::Resource;

/// The only resource of `kind` that the configuration of `of` refers to in `field`, in its own module.
/// With `count` and `for_each`: the one with the same index.
pub(super) fn referred<'r, 'v>(
    root: &'v Value,
    resources: &'r [Resource<'v>],
    of: &Resource<'v>,
    field: &str,
    kind: &str,
) -> Option<&'r Resource<'v>> {
    let own = Address::read(of.address);
    let configured = module(root, &own.modules)?.get("resources")?.as_array()?;
    let is_own = |r: &&Value| r.get("address").and_then(Value::as_str) == Some(own.resource.as_str());
    let expression = configured.iter().find(is_own)?.get("expressions")?.get(field)?;
    let references = expression
        .get("references")?
        .as_array()?
        .iter()
        .filter_map(Value::as_str);
    let wanted: Vec<String> = references
        .filter(|text| text.split('.').next() == Some(kind))
        .map(|text| {
            let bare = strip(text);
            bare.split('.').take(2).collect::<Vec<_>>().join(".")
        })
        .collect();
    let first = wanted
        .first()
        .filter(|first| wanted.iter().all(|other| other == *first))?;
    let meant = |r: &&Resource<'_>| {
        let address = Address::read(r.address);
        address.module_path == own.module_path && address.resource == *first
    };
    let mut found = resources.iter().filter(meant);
    match (found.next(), found.next()) {
        (Some(only), None) => Some(only),
        (Some(_), Some(_)) => {
            let same = |r: &&Resource<'_>| meant(r) && Address::read(r.address).index == own.index;
            resources.iter().find(|r| own.index.is_some() && same(r))
        }
        _ => None,
    }
}

/// The configuration of a module by the names of its calls.
fn module<'v>(root: &'v Value, path: &[String]) -> Option<&'v Value> {
    path.iter().try_fold(root, |module, name| {
        module.get("module_calls")?.get(name)?.get("module")
    })
}

/// `module.a["x"].aws_iam_role.b[0]`, taken apart.
struct Address {
    /// Names of the modules, without indices.
    modules: Vec<String>,
    /// The modules as they stand, with indices.
    module_path: String,
    /// `aws_iam_role.b`.
    resource: String,
    /// `[0]`
    index: Option<String>,
}

impl Address {
    fn read(address: &str) -> Self {
        let parts = split(address);
        let mut modules = Vec::new();
        let mut at = 0;
        while parts.get(at).is_some_and(|part| *part == "module") {
            modules.extend(parts.get(at + 1).map(|name| strip(name)));
            at += 2;
        }
        let (before, rest) = parts.split_at_checked(at).unwrap_or((&[], &parts));
        let resource = rest.join(".");
        let bare = strip(&resource);
        Self {
            modules,
            module_path: before.join("."),
            index: resource
                .strip_prefix(&bare)
                .filter(|i| !i.is_empty())
                .map(str::to_owned),
            resource: bare,
        }
    }
}

/// Cuts at dots outside of brackets: a key may hold dots.
fn split(address: &str) -> Vec<&str> {
    let mut parts = Vec::new();
    let (mut start, mut depth, mut quoted) = (0, 0_u32, false);
    for (at, c) in address.char_indices() {
        match c {
            '"' => quoted = !quoted,
            '[' if !quoted => depth += 1,
            ']' if !quoted => depth = depth.saturating_sub(1),
            '.' if depth == 0 => {
                parts.extend(address.get(start..at));
                start = at + 1;
            }
            _ => {}
        }
    }
    parts.extend(address.get(start..));
    parts
}

/// Without the index.
fn strip(text: &str) -> String {
    text.split('[').next().unwrap_or_default().to_owned()
}
