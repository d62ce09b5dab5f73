//! Who asks, and what IAM knows of them without being told.

use std::collections::BTreeMap;

/// What a caller is, as far as policy evaluation tells callers apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PrincipalType {
    /// A session of a role (`assumed-role/NAME/SESSION`).
    Session,
    /// A role, no session of it in particular.
    Role,
    /// An IAM user.
    User,
    /// A `GetFederationToken` session.
    FederatedUser,
    /// The root user of an account.
    Root,
    /// An AWS service, or an identity provider known by its name.
    Service,
    /// An OIDC or SAML provider.
    Provider,
    /// Nobody signed the request.
    Anonymous,
}

/// A caller. Made once, used for many requests.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Principal {
    arn: String,
    kind: PrincipalType,
    account: Option<String>,
    role: Option<Role>,
    service_linked: bool,
    /// Lower-case global keys that follow from the principal, `aws:principaltag/…` included.
    derived: BTreeMap<String, String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Role {
    arn: String,
    /// False where only the session's ARN is known, which leaves the role's path out.
    path_known: bool,
}

impl Principal {
    /// Reads an ARN, a bare service name (`pods.eks.amazonaws.com`), a provider's name, an
    /// account id (its root user) or `*` (anonymous). `account` goes before the ARN's own.
    pub fn new(arn: &str, account: Option<&str>) -> Self {
        let parts: Vec<&str> = arn.splitn(6, ':').collect();
        let (kind, own_account, role) = match *parts.as_slice() {
            ["arn", partition, service, _, account, tail] => {
                let (kind, role) = arn_kind(arn, partition, service, account, tail);
                (kind, Some(account), role)
            }
            _ if arn.is_empty() || arn == "*" => (PrincipalType::Anonymous, None, None),
            _ if is_account(arn) => (PrincipalType::Root, Some(arn), None),
            _ => (PrincipalType::Service, None, None),
        };
        let account = account
            .or(own_account)
            .filter(|account| !account.is_empty())
            .map(str::to_owned);
        let mut principal = Self {
            arn: arn.to_owned(),
            kind,
            account,
            role,
            service_linked: false,
            derived: BTreeMap::new(),
        };
        principal.derive();
        principal
    }

    /// Adds the principal's tags: a session's, else the role's or user's.
    #[must_use]
    pub fn with_tags<'a>(mut self, tags: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        let keys = tags
            .into_iter()
            .map(|(k, v)| (format!("aws:principaltag/{}", k.to_lowercase()), v.to_owned()));
        self.derived.extend(keys);
        self
    }

    /// Gives a session the full ARN of its role, path included, which a session's ARN does not tell.
    #[must_use]
    pub fn with_role_arn(mut self, role_arn: &str) -> Self {
        if matches!(self.kind, PrincipalType::Session | PrincipalType::Role) && role_arn.contains(":role/") {
            self.role = Some(Role {
                arn: role_arn.to_owned(),
                path_known: true,
            });
            self.derive();
        }
        self
    }

    /// The ARN or name it was made from.
    pub fn arn(&self) -> &str {
        &self.arn
    }

    /// What it is.
    pub fn principal_type(&self) -> PrincipalType {
        self.kind
    }

    /// The account it belongs to; services and providers by name have none.
    pub fn account(&self) -> Option<&str> {
        self.account.as_deref()
    }

    /// The value of a derived key, given in lower case.
    pub(super) fn derived(&self, key: &str) -> Option<&str> {
        self.derived.get(key).map(String::as_str)
    }

    /// Whether it is the role `arn`, or a session of it.
    pub(super) fn is_role(&self, arn: &str) -> bool {
        match &self.role {
            Some(role) if role.path_known => role.arn == arn,
            // A role's name is unique in its account whatever its path.
            Some(role) => {
                let account_of = |arn: &str| arn.split(':').nth(4).map(str::to_owned);
                let name_of = |arn: &str| arn.rsplit('/').next().map(str::to_owned);
                arn.contains(":role/") && account_of(arn) == account_of(&role.arn) && name_of(arn) == name_of(&role.arn)
            }
            None => false,
        }
    }

    /// Whether it has identity policies of its own.
    pub(super) fn has_identity(&self) -> bool {
        !matches!(
            self.kind,
            PrincipalType::Service | PrincipalType::Provider | PrincipalType::Anonymous
        )
    }

    /// Whether it is a service-linked role. Where only a session's ARN is known, by the name that
    /// AWS gives these roles.
    pub(super) fn is_service_linked(&self) -> bool {
        self.service_linked
    }

    /// Fills in what IAM always has for such a principal.
    fn derive(&mut self) {
        self.service_linked = self.role.as_ref().is_some_and(|role| {
            role.arn.contains(":role/aws-service-role/")
                || (!role.path_known && role.arn.contains(":role/AWSServiceRoleFor"))
        });
        let is_service = self.kind == PrincipalType::Service;
        let kind = match self.kind {
            PrincipalType::Session | PrincipalType::Role => Some("AssumedRole"),
            PrincipalType::User => Some("User"),
            PrincipalType::FederatedUser => Some("FederatedUser"),
            PrincipalType::Root => Some("Account"),
            PrincipalType::Anonymous => Some("Anonymous"),
            PrincipalType::Service | PrincipalType::Provider => None,
        };
        let user = (self.kind == PrincipalType::User)
            .then(|| self.arn.rsplit('/').next())
            .flatten();
        let keys = [
            ("aws:principalisawsservice", Some(is_service.to_string())),
            ("aws:principalservicename", is_service.then(|| self.arn.clone())),
            ("aws:principalaccount", self.account.clone()),
            ("aws:principalarn", self.principal_arn()),
            ("aws:principaltype", kind.map(str::to_owned)),
            ("aws:username", user.map(str::to_owned)),
        ];
        self.derived.extend(
            keys.into_iter()
                .filter_map(|(key, value)| Some((key.to_owned(), value?))),
        );
    }

    /// `aws:PrincipalArn`: for a session that of its role.
    fn principal_arn(&self) -> Option<String> {
        match (&self.role, self.kind) {
            (Some(role), _) => Some(role.arn.clone()),
            (None, PrincipalType::Root) if is_account(&self.arn) => Some(format!("arn:aws:iam::{}:root", self.arn)),
            (None, _) => self.has_identity().then(|| self.arn.clone()),
        }
    }
}

fn arn_kind(arn: &str, partition: &str, service: &str, account: &str, tail: &str) -> (PrincipalType, Option<Role>) {
    let (resource, name) = tail.split_once('/').unwrap_or((tail, ""));
    match (service, resource) {
        ("iam", "root") => (PrincipalType::Root, None),
        ("iam", "role") => (
            PrincipalType::Role,
            Some(Role {
                arn: arn.to_owned(),
                path_known: true,
            }),
        ),
        ("iam", "oidc-provider" | "saml-provider") => (PrincipalType::Provider, None),
        ("sts", "assumed-role") => {
            let role = name.split('/').next().unwrap_or_default();
            let arn = format!("arn:{partition}:iam::{account}:role/{role}");
            (PrincipalType::Session, Some(Role { arn, path_known: false }))
        }
        ("sts", "federated-user") => (PrincipalType::FederatedUser, None),
        _ => (PrincipalType::User, None),
    }
}

/// Whether `text` is an account id: twelve digits.
pub(super) fn is_account(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit())
}
