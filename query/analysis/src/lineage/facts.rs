//! What callers say of their credentials, and what that is worth where no issue of them is in the lake.

use podtrail_event::time::Timestamp;

use super::known::{Candidates, Known};
use super::origin::{self, Root};
use super::session_name::{self, PodIdentityName};
use super::{Caller, Class, Mechanism, agents, issue, issuer, method};

/// The facts that the callers of one session state, put together. Of two texts the smaller one stays, so the
/// order of callers does not matter.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Facts<'a> {
    pub(super) identity_type: Option<&'a str>,
    pub(super) principal_id: Option<&'a str>,
    pub(super) identity_arn: Option<&'a str>,
    pub(super) account: Option<&'a str>,
    pub(super) role_arn: Option<&'a str>,
    pub(super) role_id: Option<&'a str>,
    pub(super) session_name: Option<&'a str>,
    pub(super) created: Option<Timestamp>,
    pub(super) federated_provider: Option<&'a str>,
    pub(super) ec2_role_delivery: Option<&'a str>,
    pub(super) invoked_by: Option<&'a str>,
    /// An agent that only nodes of EKS clusters have used them.
    pub(super) of_eks_node: bool,
}

impl<'a> Facts<'a> {
    pub(super) fn of(caller: &'a Caller) -> Self {
        let mut facts = Self::default();
        facts.add(caller);
        facts
    }

    pub(super) fn add(&mut self, caller: &'a Caller) {
        keep(&mut self.identity_type, caller.identity_type.as_deref());
        keep(&mut self.principal_id, caller.principal_id.as_deref());
        keep(&mut self.identity_arn, caller.identity_arn.as_deref());
        keep(&mut self.account, caller.identity_account_id.as_deref());
        keep(&mut self.role_arn, caller.issuer_arn.as_deref());
        keep(&mut self.role_id, caller.issuer_id.as_deref());
        keep(&mut self.session_name, caller.session_name.as_deref());
        keep(&mut self.federated_provider, caller.federated_provider.as_deref());
        keep(&mut self.ec2_role_delivery, caller.ec2_role_delivery.as_deref());
        keep(&mut self.invoked_by, caller.invoked_by.as_deref());
        self.of_eks_node |= caller.node_agent.as_deref().is_some_and(agents::is_of_eks);
        self.created = match (self.created, caller.session_created) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (a, b) => a.or(b),
        };
    }

    /// The role, with its path where a caller names it.
    pub(super) fn role(&self) -> Option<String> {
        // The issuer of an IAM user's session is the user, or empty.
        let issuer = self.role_arn.filter(|arn| arn.contains(":role/"));
        issuer
            .map(str::to_owned)
            .or_else(|| issue::role_of_assumed(self.identity_arn?))
    }

    /// `AROA…`: the part of the principal id before the session's name.
    pub(super) fn role_id(&self) -> Option<&'a str> {
        self.role_id
            .or_else(|| self.principal_id?.split_once(':').map(|(id, _)| id))
    }

    /// The session's name. It holds no colon, but the id of Systems Manager's default role does
    /// (`<account>:aws:ec2-instance:<instance>`), so what follows the first one may be more than the name.
    pub(super) fn name(&self) -> Option<&'a str> {
        let text = self
            .session_name
            .or_else(|| self.principal_id?.split_once(':').map(|(_, name)| name))?;
        text.rsplit(':').next()
    }

    /// Who this is as far as the callers and the inventory tell.
    pub(super) fn root(&self, known: &Known<'_>, access_key: Option<&str>) -> Root {
        match self.identity_type {
            Some("IAMUser") => match access_key {
                Some(key) if key.starts_with("AKIA") => Root::nobody(Mechanism::StaticKey, method::USER_KEY),
                Some(_) => Root::nobody(Mechanism::Other, method::USER_SESSION),
                // A forwarded call may lack its key: without one it cannot be told from a console session.
                None => Root::nobody(Mechanism::Other, method::USER),
            },
            Some("Root") => Root::nobody(Mechanism::Other, method::ROOT_USER),
            Some("FederatedUser") => Root::nobody(Mechanism::Other, method::FEDERATED_USER),
            Some("SAMLUser") => Root::nobody(Mechanism::Other, method::SAML),
            Some("IdentityCenterUser") => Root::nobody(Mechanism::Other, method::IDENTITY_CENTER),
            Some("AWSService") => Root::nobody(Mechanism::Other, of_service(self.invoked_by.unwrap_or_default())),
            Some("WebIdentityUser") => origin::of_token(known, self.federated_provider, None, self.account),
            Some("AWSAccount") => Root::unknown(Mechanism::Other, method::OTHER_ACCOUNT),
            Some("AssumedRole") => self.role_session(known),
            _ if access_key.is_some_and(|key| key.starts_with("AKIA")) => {
                Root::nobody(Mechanism::StaticKey, method::USER_KEY)
            }
            _ if self.name().is_some() && self.role().is_some() => self.role_session(known),
            None if self.invoked_by.is_some() => Root::nobody(Mechanism::Other, method::AWS_SERVICE),
            _ => Root::unknown(Mechanism::Other, method::UNKNOWN_IDENTITY),
        }
    }

    /// A role's session whose issue is not in the lake.
    fn role_session(&self, known: &Known<'_>) -> Root {
        if let Some(provider) = self.federated_provider {
            return self.token_session(known, provider);
        }
        let name = self.name();
        if self.ec2_role_delivery.is_some() || name.is_some_and(session_name::is_instance_id) {
            return Root::nobody(Mechanism::NodeRole, method::INSTANCE);
        }
        let role = self.role();
        let role = role.as_deref();
        if let (Some(name), true) = (
            name.and_then(PodIdentityName::parse),
            known.may_be_pod_identity(role, self.created),
        ) {
            return self.pod_identity_session(known, role, name);
        }
        if let (Some(name), Some(role)) = (name.and_then(PodIdentityName::parse), role)
            && let Candidates::One(workload, method) = known.of_target_name(role, name, self.created)
        {
            return origin::inferred_pod_identity(workload, method);
        }
        Root::unknown(Mechanism::Other, self.other_role(role))
    }

    fn token_session(&self, known: &Known<'_>, provider: &str) -> Root {
        let account = issuer::account_of(provider).or(self.account);
        let Some(cluster) = known.clusters.of_issuer(provider, account) else {
            return Root::nobody(Mechanism::Other, method::OTHER_PROVIDER);
        };
        let role = self.role();
        let candidates = role.map_or(Candidates::Nobody, |role| {
            known.of_token_role(provider, &cluster, &role, self.created)
        });
        let reason = match candidates {
            Candidates::One(workload, method) => {
                return Root::of_workload(Mechanism::Irsa, workload, Class::Inferred, Some(method));
            }
            Candidates::Several => method::NO_ISSUE_SEVERAL,
            Candidates::Nobody => method::NO_ISSUE,
        };
        Root {
            cluster,
            ..Root::unknown(Mechanism::Irsa, reason)
        }
    }

    fn pod_identity_session(&self, known: &Known<'_>, role: Option<&str>, name: PodIdentityName<'_>) -> Root {
        let Some(role) = role else {
            return Root::unknown(Mechanism::PodIdentity, method::NO_ISSUE);
        };
        let candidates = match known.of_association(role, name, self.created) {
            Candidates::Nobody => known.of_target_name(role, name, self.created),
            found => found,
        };
        match candidates {
            Candidates::One(workload, method) => origin::inferred_pod_identity(workload, method),
            Candidates::Several => Root::unknown(Mechanism::PodIdentity, method::NO_ISSUE_SEVERAL),
            Candidates::Nobody => Root::unknown(Mechanism::PodIdentity, method::NO_ISSUE),
        }
    }

    /// The role's path tells services' and people's roles apart from the user's own.
    fn other_role(&self, role: Option<&str>) -> &'static str {
        match role.and_then(|role| role.split_once(":role/")).map(|(_, path)| path) {
            Some(path) if path.starts_with("aws-reserved/sso.amazonaws.com/") => method::IDENTITY_CENTER,
            Some(path) if path.starts_with("aws-service-role/") => method::SERVICE_LINKED_ROLE,
            _ => method::NO_ISSUE,
        }
    }
}

/// What an AWS service's principal stands for when it asks for a role's credentials.
pub(super) fn of_service(service: &str) -> &'static str {
    match service.strip_suffix(".cn").unwrap_or(service) {
        "lambda.amazonaws.com" => method::LAMBDA,
        "ecs-tasks.amazonaws.com" => method::ECS_TASK,
        "sso.amazonaws.com" => method::IDENTITY_CENTER,
        _ => method::AWS_SERVICE,
    }
}

fn keep<'a>(slot: &mut Option<&'a str>, text: Option<&'a str>) {
    if let Some(text) = text.filter(|text| !text.is_empty()) {
        *slot = Some(slot.map_or(text, |before| before.min(text)));
    }
}
