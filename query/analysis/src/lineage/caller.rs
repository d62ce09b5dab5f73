//! Callers: which columns tell them apart, and their key.

use podtrail_event::time::Timestamp;
use sha2::{Digest, Sha256};

use super::{Caller, session_name};

/// A caller whose texts are borrowed: what the engine fills from an event's columns, row by row.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(missing_docs, reason = "each field is the one of `Caller`, documented there")]
pub struct CallerRef<'a> {
    pub identity_type: Option<&'a str>,
    pub principal_id: Option<&'a str>,
    pub identity_arn: Option<&'a str>,
    pub identity_account_id: Option<&'a str>,
    pub access_key_id: Option<&'a str>,
    pub user_name: Option<&'a str>,
    pub invoked_by: Option<&'a str>,
    pub issuer_arn: Option<&'a str>,
    pub issuer_id: Option<&'a str>,
    pub session_name: Option<&'a str>,
    pub session_created: Option<Timestamp>,
    pub federated_provider: Option<&'a str>,
    pub ec2_role_delivery: Option<&'a str>,
    pub shared_event_id: Option<&'a str>,
    pub issued_access_key_id: Option<&'a str>,
    pub requested_role_arn: Option<&'a str>,
    pub recipient_account_id: Option<&'a str>,
    pub node_agent: Option<&'a str>,
}

impl<'a> CallerRef<'a> {
    /// The caller with only those columns that tell callers apart. Fill all fields from the event's columns
    /// (`issued_access_key_id` from `responseElements.credentials.accessKeyId`, `requested_role_arn` from
    /// `requestParameters.roleArn`; both may be left out for events other than `sts:AssumeRole*`; `node_agent` by
    /// [`node_agent`](super::node_agent())), then reduce.
    ///
    /// An empty text is unknown. Kept only where they say something:
    /// `shared_event_id` for callers of type `AWSAccount`; what was issued and asked for in `sts:AssumeRole*`
    /// by a caller that has no credentials itself; `recipient_account_id` where the caller names no account;
    /// `node_agent` for the credentials of an EC2 instance.
    /// Reducing twice changes nothing.
    pub fn reduced(mut self, event_source: Option<&str>, event_name: Option<&str>) -> Self {
        for field in self.texts_mut() {
            *field = field.filter(|text| !text.is_empty());
        }
        if self.identity_type != Some("AWSAccount") {
            self.shared_event_id = None;
        }
        if !is_assume_role(event_source, event_name) || self.has_credentials() {
            self.issued_access_key_id = None;
            self.requested_role_arn = None;
        }
        if self.identity_account_id.is_some() {
            self.recipient_account_id = None;
        }
        if !self.is_instance() {
            self.node_agent = None;
        }
        self
    }

    /// The key of the caller: 32 hexadecimal digits, the first half of the SHA-256 of its fields, each
    /// preceded by its length. Reduce first: the key is that of the fields as they are.
    pub fn key(&self) -> String {
        let mut hash = Sha256::new();
        let [of_all @ .., node_agent] = self.texts();
        for text in of_all {
            match text {
                // Texts are shorter than usize::MAX, which therefore marks an absent one.
                None => hash.update(u64::MAX.to_le_bytes()),
                Some(text) => {
                    hash.update((text.len() as u64).to_le_bytes());
                    hash.update(text.as_bytes());
                }
            }
        }
        if let Some(Timestamp(micros)) = self.session_created {
            hash.update(micros.to_le_bytes());
        }
        // Marked by a word instead of a length: no time is followed by it, and other callers' keys have none.
        if let Some(agent) = node_agent {
            hash.update(b"node agent ");
            hash.update(agent.as_bytes());
        }
        let digest = hash.finalize();
        digest
            .iter()
            .take(16)
            .flat_map(|byte| [byte >> 4, byte & 15])
            .filter_map(|digit| char::from_digit(u32::from(digit), 16))
            .collect()
    }

    /// An owned copy.
    pub fn to_caller(&self) -> Caller {
        let owned = |text: Option<&str>| text.map(str::to_owned);
        Caller {
            identity_type: owned(self.identity_type),
            principal_id: owned(self.principal_id),
            identity_arn: owned(self.identity_arn),
            identity_account_id: owned(self.identity_account_id),
            access_key_id: owned(self.access_key_id),
            user_name: owned(self.user_name),
            invoked_by: owned(self.invoked_by),
            issuer_arn: owned(self.issuer_arn),
            issuer_id: owned(self.issuer_id),
            session_name: owned(self.session_name),
            session_created: self.session_created,
            federated_provider: owned(self.federated_provider),
            ec2_role_delivery: owned(self.ec2_role_delivery),
            shared_event_id: owned(self.shared_event_id),
            issued_access_key_id: owned(self.issued_access_key_id),
            requested_role_arn: owned(self.requested_role_arn),
            recipient_account_id: owned(self.recipient_account_id),
            node_agent: owned(self.node_agent),
        }
    }

    /// Whether the credentials are an EC2 instance's: IMDS delivered them, or their session is named after it.
    pub(super) fn is_instance(&self) -> bool {
        self.identity_type == Some("AssumedRole")
            && (self.ec2_role_delivery.is_some() || self.instance_id().is_some())
            && self.federated_provider.is_none()
    }

    /// The instance that the session is named after.
    pub(super) fn instance_id(&self) -> Option<&'a str> {
        let of_principal = || self.principal_id?.split_once(':').map(|(_, name)| name);
        // Systems Manager's default role has colons in the name.
        let name = self.session_name.or_else(of_principal)?.rsplit(':').next()?;
        session_name::is_instance_id(name).then_some(name)
    }

    /// Whether the caller signed with credentials, its own or a session's.
    fn has_credentials(&self) -> bool {
        self.access_key_id.is_some()
            || matches!(
                self.identity_type,
                Some("AssumedRole" | "IAMUser" | "FederatedUser" | "Root")
            )
    }

    /// The texts; that of `node_agent` comes last.
    fn texts(&self) -> [Option<&'a str>; 17] {
        let mut copy = *self;
        copy.texts_mut().map(|field| *field)
    }

    fn texts_mut(&mut self) -> [&mut Option<&'a str>; 17] {
        [
            &mut self.identity_type,
            &mut self.principal_id,
            &mut self.identity_arn,
            &mut self.identity_account_id,
            &mut self.access_key_id,
            &mut self.user_name,
            &mut self.invoked_by,
            &mut self.issuer_arn,
            &mut self.issuer_id,
            &mut self.session_name,
            &mut self.federated_provider,
            &mut self.ec2_role_delivery,
            &mut self.shared_event_id,
            &mut self.issued_access_key_id,
            &mut self.requested_role_arn,
            &mut self.recipient_account_id,
            &mut self.node_agent,
        ]
    }
}

impl Caller {
    /// The same caller, borrowed.
    pub fn as_ref(&self) -> CallerRef<'_> {
        CallerRef {
            identity_type: self.identity_type.as_deref(),
            principal_id: self.principal_id.as_deref(),
            identity_arn: self.identity_arn.as_deref(),
            identity_account_id: self.identity_account_id.as_deref(),
            access_key_id: self.access_key_id.as_deref(),
            user_name: self.user_name.as_deref(),
            invoked_by: self.invoked_by.as_deref(),
            issuer_arn: self.issuer_arn.as_deref(),
            issuer_id: self.issuer_id.as_deref(),
            session_name: self.session_name.as_deref(),
            session_created: self.session_created,
            federated_provider: self.federated_provider.as_deref(),
            ec2_role_delivery: self.ec2_role_delivery.as_deref(),
            shared_event_id: self.shared_event_id.as_deref(),
            issued_access_key_id: self.issued_access_key_id.as_deref(),
            requested_role_arn: self.requested_role_arn.as_deref(),
            recipient_account_id: self.recipient_account_id.as_deref(),
            node_agent: self.node_agent.as_deref(),
        }
    }

    /// [`CallerRef::reduced`] for an owned caller.
    pub fn reduced(&self, event_source: Option<&str>, event_name: Option<&str>) -> Self {
        self.as_ref().reduced(event_source, event_name).to_caller()
    }
}

/// The key under which lineage tells of a (reduced) caller: [`CallerRef::key`].
pub fn caller_key(caller: &Caller) -> String {
    caller.as_ref().key()
}

/// The key of an event's caller, from all its columns: reduces, then hashes.
pub fn caller_key_of_event(caller: CallerRef<'_>, event_source: Option<&str>, event_name: Option<&str>) -> String {
    caller.reduced(event_source, event_name).key()
}

/// Whether an event is one of `sts:AssumeRole`, `AssumeRoleWithWebIdentity`, `AssumeRoleWithSAML`, `AssumeRoot`.
pub fn is_assume_role(event_source: Option<&str>, event_name: Option<&str>) -> bool {
    event_source == Some("sts.amazonaws.com")
        && matches!(
            event_name,
            Some("AssumeRole" | "AssumeRoleWithWebIdentity" | "AssumeRoleWithSAML" | "AssumeRoot")
        )
}

/// The access key id, if the text is one: `ASIA…` (temporary) or `AKIA…` (long-lived). Redacted records hold
/// other texts there, which would tie unrelated calls together.
pub(super) fn usable_key(text: Option<&str>) -> Option<&str> {
    text.filter(|text| {
        let rest = text.strip_prefix("ASIA").or_else(|| text.strip_prefix("AKIA"));
        rest.is_some_and(|rest| !rest.is_empty() && rest.bytes().all(|b| b.is_ascii_alphanumeric()))
    })
}
