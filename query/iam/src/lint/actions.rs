//! Actions and services that do not exist.

use super::view::{Item, Subject};
use super::{Code, Family, Lint};
use crate::catalog::{Catalog, catalog};

const UNKNOWN_SERVICE: Code = Code::error("unknown_service");
const UNKNOWN_ACTION: Code = Code::error("unknown_action");

pub(super) const FAMILY: Family = Family {
    codes: &[UNKNOWN_SERVICE, UNKNOWN_ACTION],
    check,
};

/// Entries beyond this one are told without a suggestion, each of which is looked for in a whole service.
const SUGGESTIONS: usize = 50;

fn check(subject: &Subject<'_>) -> Vec<Lint> {
    let items = subject
        .statements
        .iter()
        .flat_map(|view| view.items("Action", "NotAction"));
    let mut found = Vec::new();
    for item in items {
        let suggest = found.len() < SUGGESTIONS;
        found.extend(judge(catalog(), &item, suggest));
    }
    found
}

fn judge(catalog: &'static Catalog, item: &Item<'_>, suggest: bool) -> Option<Lint> {
    let Item { text, pointer } = item;
    let (service, _) = text.split_once(':')?;
    let (code, problem, accepted) = if !service.contains(['*', '?']) && catalog.service(service).is_none() {
        (
            UNKNOWN_SERVICE,
            format!("service `{service}` does not exist"),
            "a service",
        )
    } else if catalog.expand(text).next().is_some() {
        return None;
    } else if text.contains(['*', '?']) {
        (
            UNKNOWN_ACTION,
            format!("`{text}` covers no action that exists"),
            "an action",
        )
    } else {
        (UNKNOWN_ACTION, format!("action `{text}` does not exist"), "an action")
    };
    let advice = match suggest.then(|| catalog.nearest(text)).flatten() {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("accepted: {accepted} of AWS's tables of {}", catalog.data_date()),
    };
    Some(code.at(pointer.clone(), format!("{problem}; {advice}")))
}
