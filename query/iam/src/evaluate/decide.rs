//! From the layers' findings to a verdict.

use super::managed;
use super::request::Request;
use super::statement::{self, Naming};
use super::truth::Truth;
use super::{Layer, Layers, Verdict};
use crate::policy::{Effect, Policy, Statement};

/// What one layer says: whether a Deny matches, and whether it allows.
#[derive(Debug, Clone, Copy)]
pub(super) struct Tally {
    pub(super) deny: Truth,
    pub(super) allow: Truth,
}

/// A layer that is not there limits nothing.
const NO_LAYER: Tally = Tally {
    deny: Truth::False,
    allow: Truth::True,
};
/// A layer that says nothing.
const SILENT: Tally = Tally {
    deny: Truth::False,
    allow: Truth::False,
};

/// What the resource's policy says, by how it names the caller.
#[derive(Debug, Clone, Copy)]
pub(super) struct ResourceTally {
    pub(super) deny: Truth,
    pub(super) direct: Truth,
    pub(super) role: Truth,
    pub(super) account: Truth,
}

/// How the resource's policy and the identity policies work together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sides {
    /// Same account: either grants.
    Either,
    /// Other account: both must.
    Both,
    /// The resource's policy must, and may hand over to identity policies (KMS keys, role trust).
    ResourceFirst,
    /// The caller has no identity policies.
    ResourceOnly,
}

/// What every layer says about one request.
#[derive(Debug, Clone, Copy)]
pub(super) struct Findings {
    pub(super) sides: Sides,
    /// AWS keeps the action on this resource to itself.
    pub(super) reserved: bool,
    pub(super) rcp: Tally,
    pub(super) scp: Tally,
    pub(super) resource: ResourceTally,
    pub(super) identity: Tally,
    pub(super) boundary: Tally,
    pub(super) session: Tally,
    pub(super) endpoint: Tally,
}

impl Findings {
    pub(super) fn of(request: &Request<'_>, layers: &Layers<'_>) -> Self {
        let principal = request.principal;
        let plain = |policies: &[Policy]| {
            if policies.is_empty() {
                NO_LAYER
            } else {
                tally(policies, request)
            }
        };
        let limited = !principal.is_service_linked();
        let has_identity = principal.has_identity();
        let mut identity = tally(layers.identity, request);
        let is_root = principal.principal_type() == super::PrincipalType::Root;
        if is_root {
            identity.allow = Truth::True;
        }
        Self {
            sides: sides(request),
            // A call that is known to have passed the resource's side was not refused there.
            reserved: !layers.resource_side_assumed && managed::is_reserved(request),
            rcp: if limited { rcps(layers.rcps, request) } else { NO_LAYER },
            scp: if limited && has_identity {
                levels(layers.scps, request)
            } else {
                NO_LAYER
            },
            resource: resource(layers, request),
            identity: if has_identity { identity } else { SILENT },
            boundary: if is_root || !limited || !has_identity {
                NO_LAYER
            } else {
                plain(layers.boundary)
            },
            session: if has_identity { plain(layers.session) } else { NO_LAYER },
            endpoint: if layers.endpoint.is_empty() {
                NO_LAYER
            } else {
                endpoint(layers.endpoint, request)
            },
        }
    }

    /// The verdict, and the layer that decides it.
    pub(super) fn verdict(&self) -> (Verdict, Layer) {
        if let Some((layer, _)) = self.denies().into_iter().find(|(_, deny)| *deny == Truth::True) {
            return (Verdict::ExplicitDeny, layer);
        }
        match self.outcome() {
            Truth::True => (Verdict::Allow, self.granted_by()),
            Truth::False => (Verdict::ImplicitDeny, self.stopped_by(Truth::False)),
            Truth::Unknown => {
                let denies = self.denies().into_iter();
                let unknown = denies
                    .filter(|(_, deny)| *deny == Truth::Unknown)
                    .map(|(layer, _)| layer)
                    .next();
                let allow_open = self.allowed() == Truth::Unknown;
                let by = if allow_open {
                    Some(self.stopped_by(Truth::Unknown))
                } else {
                    unknown
                };
                (Verdict::Unknown, by.unwrap_or(Layer::Identity))
            }
        }
    }

    /// Whether access is given: no Deny, and all that must allow does.
    pub(super) fn outcome(&self) -> Truth {
        let denied = Truth::any(self.denies().into_iter().map(|(_, deny)| deny));
        self.allowed().and(!denied)
    }

    fn denies(&self) -> [(Layer, Truth); 7] {
        [
            (Layer::Rcp, self.rcp.deny),
            (Layer::Scp, self.scp.deny),
            (Layer::Resource, self.resource.deny),
            (Layer::Identity, self.identity.deny),
            (Layer::Boundary, self.boundary.deny),
            (Layer::Session, self.session.deny),
            (Layer::Endpoint, self.endpoint.deny),
        ]
    }

    fn allowed(&self) -> Truth {
        let limits = self.boundary.allow.and(self.session.allow);
        let own = self.identity.allow.and(limits);
        let ResourceTally {
            direct, role, account, ..
        } = self.resource;
        let granted = match self.sides {
            Sides::Either => own.or(direct).or(role.and(limits)),
            Sides::Both => own.and(self.resource.any()),
            Sides::ResourceFirst => direct.or(role.and(limits)).or(account.and(own)),
            Sides::ResourceOnly => self.resource.any(),
        };
        granted
            .and(self.scp.allow)
            .and(self.endpoint.allow)
            .and((!self.reserved).into())
    }

    fn granted_by(&self) -> Layer {
        let own = self.identity.allow.and(self.boundary.allow).and(self.session.allow);
        match self.sides {
            Sides::Either | Sides::Both if own == Truth::True => Layer::Identity,
            Sides::ResourceFirst if self.resource.direct.or(self.resource.role) != Truth::True => Layer::Identity,
            _ => Layer::Resource,
        }
    }

    /// The first layer in IAM's order that fails to allow, or whose answer is not known.
    fn stopped_by(&self, wanted: Truth) -> Layer {
        let resource_first = self.sides != Sides::Either;
        let stops = [
            (Layer::Resource, self.reserved && wanted == Truth::False),
            (Layer::Scp, self.scp.allow == wanted),
            (Layer::Resource, resource_first && self.resource.any() == wanted),
            (Layer::Identity, self.identity.allow == wanted),
            (Layer::Boundary, self.boundary.allow == wanted),
            (Layer::Session, self.session.allow == wanted),
            (Layer::Endpoint, self.endpoint.allow == wanted),
            (Layer::Resource, self.resource.any() == wanted),
        ];
        stops
            .into_iter()
            .find(|(_, stops)| *stops)
            .map_or(Layer::Identity, |(layer, _)| layer)
    }
}

impl ResourceTally {
    pub(super) fn any(&self) -> Truth {
        self.direct.or(self.role).or(self.account)
    }
}

/// Which of the two sides must allow.
fn sides(request: &Request<'_>) -> Sides {
    if !request.principal.has_identity() {
        return Sides::ResourceOnly;
    }
    match (request.owner(), request.principal.account()) {
        (Some(owner), Some(account)) if owner != account => Sides::Both,
        _ if resource_policy_must_allow(request) => Sides::ResourceFirst,
        _ => Sides::Either,
    }
}

/// KMS keys (KMS developer guide, "Key policies") and roles being assumed (IAM user guide, "Roles
/// terms and concepts", trust policy) are closed unless their own policy opens them.
fn resource_policy_must_allow(request: &Request<'_>) -> bool {
    const TRUST: [&str; 5] = [
        "AssumeRole",
        "AssumeRoleWithSAML",
        "AssumeRoleWithWebIdentity",
        "TagSession",
        "SetSourceIdentity",
    ];
    let Some((service, name)) = request.action.split_once(':') else {
        return false;
    };
    let acts_on = |kind| {
        request
            .checked_resource()
            .splitn(6, ':')
            .nth(5)
            .is_some_and(|tail| tail.starts_with(kind))
    };
    if service.eq_ignore_ascii_case("kms") {
        return acts_on("key/");
    }
    let is_trust = service.eq_ignore_ascii_case("sts") && TRUST.iter().any(|known| known.eq_ignore_ascii_case(name));
    is_trust && acts_on("role/")
}

/// Folds statements into a tally; stops at a Deny that matches, which nothing can undo.
#[inline]
fn fold<'s>(statements: impl Iterator<Item = &'s Statement>, applies: impl Fn(&Statement) -> Truth) -> Tally {
    let mut tally = SILENT;
    for statement in statements {
        match statement.effect {
            Effect::Deny => tally.deny = tally.deny.or(applies(statement)),
            Effect::Allow if tally.allow == Truth::True => {}
            Effect::Allow => tally.allow = tally.allow.or(applies(statement)),
        }
        if tally.deny == Truth::True {
            break;
        }
    }
    tally
}

/// The statements that can speak of the request's action.
fn relevant<'p>(policies: &'p [Policy], request: &Request<'p>) -> impl Iterator<Item = &'p Statement> {
    let action = request.action;
    policies
        .iter()
        .flat_map(move |policy| policy.statements_for(action))
        .map(|(_, statement)| statement)
}

fn tally(policies: &[Policy], request: &Request<'_>) -> Tally {
    fold(relevant(policies, request), |s| statement::applies(s, request))
}

fn levels(levels: &[Vec<Policy>], request: &Request<'_>) -> Tally {
    levels.iter().fold(NO_LAYER, |sum, level| {
        let tally = tally(level, request);
        Tally {
            deny: sum.deny.or(tally.deny),
            allow: sum.allow.and(tally.allow),
        }
    })
}

fn rcps(levels: &[Vec<Policy>], request: &Request<'_>) -> Tally {
    let statements = levels.iter().flat_map(|level| relevant(level, request));
    let tally = fold(statements, |s| resource_statement(s, request, true));
    Tally {
        allow: Truth::True,
        ..tally
    }
}

fn endpoint(policies: &[Policy], request: &Request<'_>) -> Tally {
    fold(relevant(policies, request), |s| resource_statement(s, request, true))
}

/// Whether a statement with a principal applies. `open`: one without a principal is about everyone.
pub(super) fn resource_statement(statement: &Statement, request: &Request<'_>, open: bool) -> Truth {
    if (statement.principals.is_none() && open) || statement::naming(statement, request.principal) != Naming::Not {
        statement::applies(statement, request)
    } else {
        Truth::False
    }
}

fn resource(layers: &Layers<'_>, request: &Request<'_>) -> ResourceTally {
    let mut tally = ResourceTally {
        deny: Truth::False,
        direct: Truth::False,
        role: Truth::False,
        account: Truth::False,
    };
    let Some(policy) = layers.resource else {
        tally.account = layers.resource_side_assumed.into();
        return tally;
    };
    for (_, statement) in policy.statements_for(request.action) {
        let slot = match (statement.effect, statement::naming(statement, request.principal)) {
            (_, Naming::Not) => continue,
            (Effect::Deny, _) => &mut tally.deny,
            (Effect::Allow, Naming::Account) => &mut tally.account,
            (Effect::Allow, Naming::Role) => &mut tally.role,
            (Effect::Allow, Naming::Direct) => &mut tally.direct,
        };
        *slot = slot.or(statement::applies(statement, request));
    }
    tally
}
