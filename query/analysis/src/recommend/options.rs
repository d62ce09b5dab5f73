//! What was asked for, read and checked.

use podtrail_iam::catalog::catalog;

use crate::answer::RecommendOptions;

/// One entry of the keep-list.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Keep {
    /// The action, in the catalog's spelling.
    pub(super) action: &'static str,
    /// The resource, where the entry names one.
    pub(super) resource: Option<String>,
}

impl RecommendOptions {
    /// Checks the lists.
    ///
    /// # Errors
    /// The first entry that names no action that exists, with the nearest that does.
    pub fn check(&self) -> Result<(), String> {
        keep_list(&self.keep)?;
        self.never_remove
            .iter()
            .try_for_each(|pattern| covers_something(pattern))
    }
}

/// Reads `service:Action` and `service:Action=ARN`.
pub(super) fn keep_list(entries: &[String]) -> Result<Vec<Keep>, String> {
    entries.iter().map(|entry| keep(entry)).collect()
}

fn keep(entry: &str) -> Result<Keep, String> {
    let (name, resource) = match entry.split_once('=') {
        Some((name, resource)) => (name, Some(resource)),
        None => (entry, None),
    };
    let action = catalog().is_action(name).ok_or_else(|| unknown("keep", name))?;
    let is_resource = |text: &str| text == "*" || (text.starts_with("arn:") && text.split(':').count() >= 6);
    if let Some(text) = resource.filter(|text| !is_resource(text)) {
        return Err(format!(
            "`keep` names `{text}` for `{action}`; accepted: an ARN with its six parts, or `*`"
        ));
    }
    Ok(Keep {
        action,
        resource: resource.map(str::to_owned),
    })
}

fn covers_something(pattern: &str) -> Result<(), String> {
    match catalog().expand(pattern).next() {
        Some(_) => Ok(()),
        None => Err(unknown("never_remove", pattern)),
    }
}

fn unknown(list: &str, name: &str) -> String {
    let near = catalog().nearest(name).map(|near| format!("; did you mean `{near}`?"));
    format!(
        "`{list}` names `{name}`, and there is no such action{}",
        near.unwrap_or_else(|| "; accepted: `service:Action`".to_owned())
    )
}
