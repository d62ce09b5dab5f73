//! Changes as documents tell them, before anything is known of the roles that they are of.

use podtrail_iam::policy::Policy;

use crate::answer::{ChangeKind, CheckLint};

/// A policy document by its name.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Document {
    /// The policy's ARN or name; in a plan, where it has none yet, its address.
    pub(super) name: String,
    pub(super) text: Text,
}

/// What a document says.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Text {
    /// The document, compiled.
    Known(Policy),
    /// Not known, because it is made or changed in a way that only applying it shows: it may allow and deny anything.
    Unknown,
    /// Not known, but in force as it was when the history was made: it may allow anything.
    Unchanged,
}

/// How a document names a role.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum RoleRef {
    /// By its ARN.
    Arn(String),
    /// By its name, without an account.
    Name(String),
    /// One that a plan makes, by the resource's address.
    Address(String),
    /// Not known until apply.
    Unknown,
}

/// How a document names a managed policy.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum PolicyRef {
    /// By its ARN.
    Arn(String),
    /// One that a plan makes, by the resource's address.
    Address(String),
    /// Not known until apply; with the attachment's address.
    Unknown(String),
}

impl PolicyRef {
    /// The name under which its document stands.
    pub(super) fn name(&self) -> &str {
        match self {
            Self::Arn(name) | Self::Address(name) | Self::Unknown(name) => name,
        }
    }
}

/// A Pod Identity association as a document has it; unknown is none.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Pairing {
    pub(super) arn: Option<String>,
    pub(super) cluster: Option<String>,
    pub(super) namespace: Option<String>,
    pub(super) service_account: Option<String>,
    pub(super) role: RoleRef,
    pub(super) target: Option<RoleRef>,
    /// The session policy.
    pub(super) policy: Option<Document>,
    /// Sessions are issued without tags.
    pub(super) untagged: Option<bool>,
}

/// What is done.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Edit {
    /// With all others of the same role: in place of its identity policies. `only`: for this workload alone.
    Identity {
        role: RoleRef,
        document: Document,
        only: Option<String>,
    },
    /// The session policy of one workload's association.
    Session {
        role: RoleRef,
        document: Document,
        only: String,
    },
    /// A managed policy gets another document, or none any more.
    Managed {
        policy: PolicyRef,
        document: Option<Document>,
    },
    /// An inline policy of that name is put or removed.
    Inline {
        role: RoleRef,
        name: String,
        document: Option<Document>,
    },
    /// In place of all inline policies.
    InlineAll { role: RoleRef, documents: Vec<Document> },
    /// A managed policy is attached or detached.
    Attachment {
        role: RoleRef,
        policy: PolicyRef,
        attached: bool,
    },
    /// In place of all attachments.
    AttachedAll { role: RoleRef, policies: Vec<PolicyRef> },
    /// Another permissions boundary, or none.
    Boundary { role: RoleRef, boundary: Option<PolicyRef> },
    /// Another trust policy.
    Trust {
        role: RoleRef,
        document: Document,
        only: Option<String>,
    },
    /// An association is made, changed, or removed.
    Association {
        before: Option<Box<Pairing>>,
        after: Option<Box<Pairing>>,
    },
    /// A role is made, without any policy.
    Created { role: RoleRef },
    /// A role is removed.
    Deleted { role: RoleRef },
    /// Something of the role that no policy decides, or that is only told.
    Told { role: RoleRef },
}

/// One change with what is told of it.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Change {
    pub(super) source: String,
    pub(super) summary: String,
    pub(super) unknown: Vec<String>,
    pub(super) edit: Edit,
}

impl Change {
    pub(super) fn new(source: impl Into<String>, summary: impl Into<String>, edit: Edit) -> Self {
        Self {
            source: source.into(),
            summary: summary.into(),
            unknown: Vec::new(),
            edit,
        }
    }

    pub(super) fn with_unknown(mut self, unknown: impl IntoIterator<Item = String>) -> Self {
        self.unknown.extend(unknown);
        self
    }
}

impl Edit {
    pub(super) fn kind(&self) -> ChangeKind {
        match self {
            Self::Identity { .. } | Self::Managed { .. } | Self::Inline { .. } | Self::InlineAll { .. } => {
                ChangeKind::Policy
            }
            Self::Attachment { .. } | Self::AttachedAll { .. } => ChangeKind::Attachment,
            Self::Boundary { .. } => ChangeKind::Boundary,
            Self::Trust { .. } => ChangeKind::Trust,
            Self::Association { .. } | Self::Session { .. } => ChangeKind::Association,
            Self::Created { .. } | Self::Deleted { .. } | Self::Told { .. } => ChangeKind::Role,
        }
    }

    pub(super) fn role(&self) -> Option<&RoleRef> {
        match self {
            Self::Identity { role, .. }
            | Self::Session { role, .. }
            | Self::Inline { role, .. }
            | Self::InlineAll { role, .. }
            | Self::Attachment { role, .. }
            | Self::AttachedAll { role, .. }
            | Self::Boundary { role, .. }
            | Self::Trust { role, .. }
            | Self::Created { role }
            | Self::Deleted { role }
            | Self::Told { role } => Some(role),
            Self::Association { before, after } => before.as_deref().or(after.as_deref()).map(|p| &p.role),
            Self::Managed { .. } => None,
        }
    }
}

/// What the documents say, all together.
#[derive(Debug, Clone, Default)]
pub struct Changes {
    pub(super) changes: Vec<Change>,
    /// Managed policies of which a plan shows the document, whether or not it changes.
    pub(super) library: Vec<(PolicyRef, Document)>,
    pub(super) lints: Vec<CheckLint>,
    /// What is not judged, and why.
    pub(super) untouched: Vec<String>,
}
