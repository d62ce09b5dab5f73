//! The reasons of a verdict. Found in a second pass, so that judging stays cheap.

use std::collections::BTreeSet;

use super::decide::{self, Findings, Sides};
use super::request::Request;
use super::statement;
use super::truth::Truth;
use super::{Decision, Layer, Layers, StatementRef, Verdict};
use crate::policy::{Effect, Policy, Statement};

pub(super) fn decision<'a>(request: &Request<'_>, layers: &Layers<'a>) -> Decision<'a> {
    let findings = Findings::of(request, layers);
    let (verdict, by) = findings.verdict();
    let mut reasons = Reasons {
        request,
        findings: &findings,
        by,
        statements: Vec::new(),
        keys: BTreeSet::new(),
    };
    if verdict != Verdict::ImplicitDeny {
        reasons.collect(verdict, layers);
    }
    let Reasons { statements, keys, .. } = reasons;
    Decision {
        verdict,
        by,
        statements,
        missing_keys: keys.into_iter().collect(),
    }
}

struct Reasons<'r, 'q, 'a> {
    request: &'r Request<'q>,
    findings: &'r Findings,
    by: Layer,
    statements: Vec<StatementRef<'a>>,
    keys: BTreeSet<String>,
}

impl<'a> Reasons<'_, '_, 'a> {
    fn collect(&mut self, verdict: Verdict, layers: &Layers<'a>) {
        self.levels(verdict, Layer::Rcp, layers.rcps);
        self.levels(verdict, Layer::Scp, layers.scps);
        self.layer(
            verdict,
            Layer::Resource,
            None,
            layers.resource.map(std::slice::from_ref).unwrap_or_default(),
        );
        self.layer(verdict, Layer::Identity, None, layers.identity);
        self.layer(verdict, Layer::Boundary, None, layers.boundary);
        self.layer(verdict, Layer::Session, None, layers.session);
        self.layer(verdict, Layer::Endpoint, None, layers.endpoint);
    }

    fn levels(&mut self, verdict: Verdict, layer: Layer, levels: &'a [Vec<Policy>]) {
        for (index, level) in levels.iter().enumerate() {
            self.layer(verdict, layer, Some(index), level);
        }
    }

    fn layer(&mut self, verdict: Verdict, layer: Layer, level: Option<usize>, policies: &'a [Policy]) {
        if !self.has_say(verdict, layer) {
            return;
        }
        let wanted = if verdict == Verdict::Unknown {
            Truth::Unknown
        } else {
            Truth::True
        };
        for (policy, document) in policies.iter().enumerate() {
            for (index, statement) in document.statements_for(self.request.action) {
                if self.effect_has_say(verdict, layer, statement.effect) && self.applies(layer, statement) == wanted {
                    self.statements.push(StatementRef {
                        layer,
                        level,
                        policy,
                        statement: index,
                        sid: statement.sid(),
                    });
                    if wanted == Truth::Unknown {
                        statement::unknown_keys(statement, self.request, &mut self.keys);
                    }
                }
            }
        }
    }

    fn applies(&self, layer: Layer, statement: &Statement) -> Truth {
        match layer {
            Layer::Resource => decide::resource_statement(statement, self.request, false),
            Layer::Rcp | Layer::Endpoint => decide::resource_statement(statement, self.request, true),
            Layer::Scp | Layer::Identity | Layer::Boundary | Layer::Session => {
                statement::applies(statement, self.request)
            }
        }
    }

    /// Whether a layer takes part: an exempt one does not, and an Allow comes from those that grant.
    fn has_say(&self, verdict: Verdict, layer: Layer) -> bool {
        let findings = self.findings;
        match (verdict, layer) {
            (Verdict::Allow, Layer::Identity) => self.by == Layer::Identity,
            (Verdict::Allow, Layer::Resource) => {
                self.by == Layer::Resource || matches!(findings.sides, Sides::Both | Sides::ResourceFirst)
            }
            (Verdict::Allow, _) => false,
            (_, layer) => [Effect::Allow, Effect::Deny]
                .into_iter()
                .any(|e| self.effect_has_say(verdict, layer, e)),
        }
    }

    /// Whether statements of this effect can have decided: for an unknown verdict, whether the
    /// outcome would differ if the layer's answer were known to be one or the other.
    fn effect_has_say(&self, verdict: Verdict, layer: Layer, effect: Effect) -> bool {
        match verdict {
            Verdict::Allow => effect == Effect::Allow,
            Verdict::ImplicitDeny => false,
            Verdict::ExplicitDeny => effect == Effect::Deny && self.slots(layer, effect, Truth::True),
            Verdict::Unknown => self.slots(layer, effect, Truth::Unknown),
        }
    }

    /// Whether one of the layer's findings is as `wanted` and, if it is not known, matters.
    fn slots(&self, layer: Layer, effect: Effect, wanted: Truth) -> bool {
        let with = |index, truth| {
            let mut trial = *self.findings;
            let original = std::mem::replace(slot(&mut trial, layer, effect, index)?, truth);
            Some((original, trial.outcome()))
        };
        (0..3).any(|index| match (with(index, Truth::True), with(index, Truth::False)) {
            (Some((original, granted)), Some((_, refused))) => {
                original == wanted && (wanted == Truth::True || granted != refused)
            }
            _ => false,
        })
    }
}

/// The `index`th finding that statements of an effect in a layer feed.
fn slot(findings: &mut Findings, layer: Layer, effect: Effect, index: usize) -> Option<&mut Truth> {
    let tally = match layer {
        Layer::Resource => {
            let resource = &mut findings.resource;
            return match (effect, index) {
                (Effect::Deny, 0) => Some(&mut resource.deny),
                (Effect::Allow, 0) => Some(&mut resource.direct),
                (Effect::Allow, 1) => Some(&mut resource.role),
                (Effect::Allow, 2) => Some(&mut resource.account),
                _ => None,
            };
        }
        Layer::Rcp => &mut findings.rcp,
        Layer::Scp => &mut findings.scp,
        Layer::Identity => &mut findings.identity,
        Layer::Boundary => &mut findings.boundary,
        Layer::Session => &mut findings.session,
        Layer::Endpoint => &mut findings.endpoint,
    };
    match (effect, index) {
        (Effect::Deny, 0) => Some(&mut tally.deny),
        (Effect::Allow, 0) => Some(&mut tally.allow),
        _ => None,
    }
}
