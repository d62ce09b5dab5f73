//! Service control and resource control policies.

use std::collections::BTreeSet;

use super::view::Subject;
use super::{Code, Family, Lint, LintKind};
use crate::catalog::catalog;
use crate::policy::Effect;

const RCP_ALLOW: Code = Code::error("rcp_allow");
const RCP_NOT_ACTION: Code = Code::error("rcp_not_action");
const RCP_SERVICE: Code = Code::error("rcp_unsupported_service");

pub(super) const FAMILY: Family = Family {
    codes: &[RCP_ALLOW, RCP_NOT_ACTION, RCP_SERVICE],
    check,
};

/// Customers' RCPs deny, name actions, and of few services (Organizations user guide, "RCP syntax").
fn check(subject: &Subject<'_>) -> Vec<Lint> {
    if subject.kind != LintKind::ResourceControl {
        return Vec::new();
    }
    let mut found = Vec::new();
    for view in &subject.statements {
        if view.statement.effect() == Effect::Allow {
            let message = "an RCP of one's own only denies; only `RCPFullAWSAccess` allows";
            found.push(RCP_ALLOW.at(view.place("Effect"), message));
        }
        if view.element("NotAction").is_some() {
            let message = "an RCP names its actions; write `Action`";
            found.push(RCP_NOT_ACTION.at(view.place("NotAction"), message));
        }
        for item in view.texts("Action") {
            let services: BTreeSet<&str> = catalog()
                .expand(item.text)
                .filter_map(|name| name.split_once(':').map(|(prefix, _)| prefix))
                .collect();
            let under = |prefix: &&str| catalog().service(prefix).is_some_and(|service| service.rcp);
            if !services.is_empty() && !services.iter().any(under) {
                let message = format!(
                    "RCPs do not apply to `{}`, so it denies nothing; leave it out",
                    item.text
                );
                found.push(RCP_SERVICE.at(item.pointer, message));
            }
        }
    }
    found
}
