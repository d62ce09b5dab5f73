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

fn check(subject: &Subject<'_>) -> Vec<Lint> {
    let items = subject
        .statements
        .iter()
        .flat_map(|view| view.items("Action", "NotAction"));
    items.filter_map(|item| judge(catalog(), &item)).collect()
}

fn judge(catalog: &'static Catalog, item: &Item<'_>) -> Option<Lint> {
    let Item { text, pointer } = item;
    let (service, _) = text.split_once(':')?;
    let nearest = catalog.nearest(text).map(|near| format!("; did you mean `{near}`?"));
    if !service.contains(['*', '?']) && catalog.service(service).is_none() {
        let known = || format!("; accepted: a service of AWS's tables of {}", catalog.data_date());
        let message = format!("service `{service}` does not exist{}", nearest.unwrap_or_else(known));
        return Some(UNKNOWN_SERVICE.at(pointer.clone(), message));
    }
    if catalog.expand(text).next().is_some() {
        return None;
    }
    let problem = if text.contains(['*', '?']) {
        format!("`{text}` covers no action that exists")
    } else {
        format!("action `{text}` does not exist")
    };
    let known = || format!("; accepted: an action of AWS's tables of {}", catalog.data_date());
    let message = format!("{problem}{}", nearest.unwrap_or_else(known));
    Some(UNKNOWN_ACTION.at(pointer.clone(), message))
}
