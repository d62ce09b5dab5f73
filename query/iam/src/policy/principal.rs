//! The `Principal` and `NotPrincipal` elements.

/// Who a statement of a resource policy is about.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PrincipalSet {
    /// `*`, or `{"AWS": "*"}`: everyone, anonymous callers included.
    pub(crate) everyone: bool,
    pub(crate) aws: Vec<AwsPrincipal>,
    pub(crate) services: Vec<String>,
    pub(crate) federated: Vec<String>,
}

impl PrincipalSet {
    /// Whether everyone is meant.
    pub fn is_everyone(&self) -> bool {
        self.everyone
    }
}

/// A value of `{"AWS": …}` other than `*`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum AwsPrincipal {
    /// A whole account, by its id or its root ARN.
    Account(String),
    /// A user, a role or a session, by its ARN.
    Arn(String),
    /// The unique id of a deleted user or role (`AIDA…`, `AROA…`): nobody any more.
    Deleted,
}

impl AwsPrincipal {
    /// Reads one value; `None` for what AWS refuses, a partial wildcard included.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let is_account = |part: &str| part.len() == 12 && part.bytes().all(|byte| byte.is_ascii_digit());
        if is_account(text) {
            return Some(Self::Account(text.to_owned()));
        }
        if text.contains(['*', '?']) {
            return None;
        }
        match text.splitn(6, ':').collect::<Vec<_>>().as_slice() {
            ["arn", _, "iam", "", account, "root"] => Some(Self::Account((*account).to_owned())),
            ["arn", _, "iam" | "sts", _, _, _] => Some(Self::Arn(text.to_owned())),
            [id] if id.len() >= 16 && id.bytes().all(|byte| byte.is_ascii_alphanumeric()) => Some(Self::Deleted),
            _ => None,
        }
    }
}
