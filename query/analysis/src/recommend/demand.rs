//! What was asked for and refused: by which kind of policy, and what would allow it.

use std::collections::BTreeMap;

use podtrail_iam::evaluate::{self, Layers, Verdict};
use podtrail_iam::map::{self, denial_reason};
use podtrail_iam::policy::Policy;
use podtrail_iam::policy::build::{Document, Statement};

use super::caller::Caller;
use super::conditions::{Endpoints, proven, written};
use super::grants::Grants;
use super::input::RoleInput;
use super::pattern::exact;
use super::replay::passed;
use super::sid::base;
use crate::answer::{Denial, DenialLayer};
use crate::usage::Usage;

/// What the refusals are judged by.
pub(super) struct Judge<'j> {
    pub(super) role: &'j RoleInput<'j>,
    pub(super) caller: &'j Caller,
    /// Today's policies; none where the role is not known.
    pub(super) grants: Option<&'j Grants>,
}

/// The refused calls by action and resource. Rows come by time, so the first one's sample is the earliest.
pub(super) fn denied_demand(rows: &[&Usage], judge: &Judge<'_>) -> Vec<Denial> {
    let mut by_demand: BTreeMap<(&str, &str), Vec<&Usage>> = BTreeMap::new();
    for row in rows.iter().copied().filter(|u| !passed(u)) {
        by_demand.entry((&row.action, &row.resource)).or_default().push(row);
    }
    by_demand.into_values().filter_map(|rows| judge.denial(&rows)).collect()
}

/// Who refused, and how that is known.
struct Refusal {
    layer: DenialLayer,
    explicit: bool,
    /// The message said it.
    stated: bool,
    /// Today's policies, all of them, allow the call.
    allowed_today: bool,
}

impl Judge<'_> {
    fn denial(&self, rows: &[&Usage]) -> Option<Denial> {
        let first = *rows.first()?;
        let refusal = self.refusal(first);
        let statement = minimal(first);
        let why_not = self.why_not(first, &refusal, &statement);
        let helps = !refusal.explicit
            && matches!(
                refusal.layer,
                DenialLayer::Identity | DenialLayer::Boundary | DenialLayer::Session | DenialLayer::Unstated
            );
        Some(Denial {
            action: first.action.clone(),
            resource: first.resource.clone(),
            calls: rows.iter().map(|row| row.calls).sum(),
            last_seen: rows.iter().filter_map(|row| row.last_seen).max(),
            sample_event_id: first.sample_event_id.clone(),
            layer: refusal.layer,
            explicit: refusal.explicit,
            reason: reason(&refusal),
            statement: helps.then(|| statement.to_value()),
            why_not,
        })
    }

    /// The message is AWS's word; where it says nothing, today's policies are asked.
    fn refusal(&self, row: &Usage) -> Refusal {
        let message = self.role.messages.get(&row.sample_event_id);
        let said = message.and_then(|text| denial_reason(text));
        let today = self.judged(row, self.grants.map_or(&[][..], |g| &g.identity));
        let allowed_today = today.is_some_and(|(verdict, _)| verdict == Verdict::Allow);
        if let Some(said) = said.filter(|said| said.layer != map::Layer::Unstated) {
            return Refusal {
                layer: layer_said(said.layer),
                explicit: said.explicit,
                stated: true,
                allowed_today,
            };
        }
        let found = today.filter(|(verdict, _)| matches!(verdict, Verdict::ImplicitDeny | Verdict::ExplicitDeny));
        Refusal {
            layer: found.map_or(DenialLayer::Unstated, |(_, by)| layer_found(by)),
            explicit: found.is_some_and(|(verdict, _)| verdict == Verdict::ExplicitDeny),
            stated: false,
            allowed_today,
        }
    }

    /// The verdict on a call under the role's limits and the given identity policies; none where not all is known.
    fn judged(&self, row: &Usage, identity: &[Policy]) -> Option<(Verdict, evaluate::Layer)> {
        let grants = self.grants.filter(|grants| grants.unreadable.is_empty())?;
        let layers = Layers {
            identity,
            boundary: &grants.boundary,
            session: &grants.session,
            scps: self.role.scps,
            resource_side_assumed: true,
            ..Layers::default()
        };
        let decision = self.caller.decide(row, &layers);
        Some((decision.verdict, decision.by))
    }

    /// What stands in the way besides the policy that refused, or in place of it.
    fn why_not(&self, row: &Usage, refusal: &Refusal, statement: &Statement) -> Option<String> {
        if let Some(why) = blocked(refusal) {
            return Some(why);
        }
        if refusal.allowed_today {
            return Some(
                "today's policies allow it already: they have changed since, or the resource's own policy is in the way"
                    .to_owned(),
            );
        }
        let document = Document {
            statements: vec![statement.clone()],
        };
        let mut widened: Vec<Policy> = self.grants.map(|g| g.identity.clone()).unwrap_or_default();
        widened.extend(document.compile());
        let (verdict, by) = self.judged(row, &widened)?;
        let still = matches!(verdict, Verdict::ImplicitDeny | Verdict::ExplicitDeny);
        still.then(|| match layer_found(by) {
            layer if verdict == Verdict::ExplicitDeny => format!("with it, a Deny in {} still refuses it", name(layer)),
            layer => format!("with it, {} still does not allow it: it must allow it too", name(layer)),
        })
    }
}

/// Why no statement in the role's policies can help.
fn blocked(refusal: &Refusal) -> Option<String> {
    let layer = name(refusal.layer);
    if refusal.explicit {
        return Some(format!(
            "a Deny wins over every Allow: the statement in {layer} must go or make an exception"
        ));
    }
    match refusal.layer {
        DenialLayer::Identity | DenialLayer::Unstated => None,
        DenialLayer::Boundary | DenialLayer::Session => Some(format!(
            "widening the role alone does not help: {layer} must allow it; the statement is for that policy"
        )),
        DenialLayer::Resource => Some(format!(
            "widening the role does not help: {layer} must name the role or its account"
        )),
        DenialLayer::VpcEndpoint | DenialLayer::ServiceControl | DenialLayer::ResourceControl => {
            Some(format!("widening the role does not help: {layer} must allow it first"))
        }
    }
}

fn reason(refusal: &Refusal) -> String {
    let how = if refusal.stated {
        "as the call's message says"
    } else {
        "by evaluating today's policies"
    };
    match (refusal.layer, refusal.explicit) {
        (DenialLayer::Unstated, _) if refusal.allowed_today => {
            "the call's message does not say which policy refused it, and today's policies allow it".to_owned()
        }
        (DenialLayer::Unstated, _) => {
            "the call's message does not say which policy refused it, and what is known of the \
                                       role does not show it"
                .to_owned()
        }
        (layer, true) => format!("a Deny in {} refuses it ({how})", name(layer)),
        (layer, false) => format!("nothing in {} allows it ({how})", name(layer)),
    }
}

fn name(layer: DenialLayer) -> &'static str {
    match layer {
        DenialLayer::Identity => "the role's policies",
        DenialLayer::Resource => "the resource's policy",
        DenialLayer::Session => "the session policy",
        DenialLayer::Boundary => "the permissions boundary",
        DenialLayer::VpcEndpoint => "the VPC endpoint's policy",
        DenialLayer::ServiceControl => "a service control policy of the organization",
        DenialLayer::ResourceControl => "a resource control policy of the organization",
        DenialLayer::Unstated => "a policy that is not known",
    }
}

fn layer_said(layer: map::Layer) -> DenialLayer {
    match layer {
        map::Layer::Identity => DenialLayer::Identity,
        map::Layer::Resource => DenialLayer::Resource,
        map::Layer::Session => DenialLayer::Session,
        map::Layer::Boundary => DenialLayer::Boundary,
        map::Layer::VpcEndpoint => DenialLayer::VpcEndpoint,
        map::Layer::ServiceControl => DenialLayer::ServiceControl,
        map::Layer::ResourceControl => DenialLayer::ResourceControl,
        map::Layer::Unstated => DenialLayer::Unstated,
    }
}

fn layer_found(layer: evaluate::Layer) -> DenialLayer {
    match layer {
        evaluate::Layer::Identity => DenialLayer::Identity,
        evaluate::Layer::Resource => DenialLayer::Resource,
        evaluate::Layer::Session => DenialLayer::Session,
        evaluate::Layer::Boundary => DenialLayer::Boundary,
        evaluate::Layer::Endpoint => DenialLayer::VpcEndpoint,
        evaluate::Layer::Scp => DenialLayer::ServiceControl,
        evaluate::Layer::Rcp => DenialLayer::ResourceControl,
    }
}

/// The smallest statement for a call: its action on its resource, with the conditions that the call shows.
fn minimal(row: &Usage) -> Statement {
    let resource = if row.resource.is_empty() {
        "*".to_owned()
    } else {
        exact(&row.resource).pattern
    };
    let mut statement = Statement::allow([row.action.as_str()], [resource]);
    statement.conditions = written(&row.resource, proven(row, &Endpoints::new())).0;
    let sid = base(&statement);
    statement.with_sid(sid)
}
