//! Credential issues: the `sts:AssumeRole*` records of the log, read and put together.

use std::collections::HashMap;

use podtrail_event::time::Timestamp;
use serde_json::Value;

use super::caller::usable_key;
use super::{Caller, StsCall, issuer};

/// The credentials that one call issued. Its records in several accounts' trails are one issue.
#[derive(Debug)]
pub(super) struct Issue<'a> {
    /// The record with the smallest (time, id).
    pub(super) event_id: &'a str,
    pub(super) event_time: Option<Timestamp>,
    pub(super) access_key: Option<String>,
    pub(super) principal_id: Option<String>,
    pub(super) role_arn: Option<String>,
    pub(super) session_name: Option<String>,
    pub(super) expires_at: Option<Timestamp>,
    /// Tags that the caller's session passed on.
    pub(super) incoming: PodTags,
    pub(super) asker: Asker<'a>,
}

/// Who asked for credentials.
#[derive(Debug)]
pub(super) enum Asker<'a> {
    /// The bearer of a token.
    Token {
        provider: Option<String>,
        subject: Option<String>,
        audience: Option<String>,
        /// `webIdentityTokenId`, the token's `jti`. Documented for tokens that AWS issued; whether STS tells it of a
        /// cluster's token is not, so it is read where it stands.
        token_id: Option<String>,
        account: Option<&'a str>,
    },
    /// EKS Pod Identity, with the tags that it set.
    PodIdentity(PodTags),
    /// Another AWS service, by its principal.
    Service(&'a str),
    Saml,
    AssumeRoot,
    /// A user or another session.
    Caller(&'a Caller),
}

/// What Pod Identity's session tags say; any of it may be missing.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(super) struct PodTags {
    pub(super) cluster_arn: Option<String>,
    pub(super) cluster_name: Option<String>,
    pub(super) namespace: Option<String>,
    pub(super) service_account: Option<String>,
    pub(super) pod: Option<String>,
    pub(super) pod_uid: Option<String>,
}

/// One record of an issue: the call, and what lineage reads of its parameters and its answer. Nothing else of these is
/// kept: there may be millions.
struct Record<'a> {
    call: &'a StsCall,
    access_key: Option<String>,
    principal_id: Option<String>,
    role_arn: Option<String>,
    assumed_role_arn: Option<String>,
    session_name: Option<String>,
    seconds: Option<i64>,
    expiration: Option<Timestamp>,
    /// Of exchanges of tokens.
    provider: Option<String>,
    subject: Option<String>,
    audience: Option<String>,
    token_id: Option<String>,
    tags: Option<Box<PodTags>>,
    incoming: Option<Box<PodTags>>,
}

/// Reads the successful calls. Sorted by (time, id); independent of the order of the calls and of repetitions.
pub(super) fn read<'a>(calls: &'a [StsCall], shared: &HashMap<&str, &'a Caller>) -> Vec<Issue<'a>> {
    let mut calls: Vec<&StsCall> = calls
        .iter()
        .filter(|call| call.error_code.as_deref().is_none_or(str::is_empty))
        .collect();
    calls.sort_by(|a, b| order(a).cmp(&order(b)));
    calls.dedup();
    let mut issues: Vec<Issue<'a>> = group(calls.into_iter().map(Record::read))
        .iter()
        .filter_map(|records| merge(records, shared))
        .collect();
    issues.sort_by(|a, b| {
        (time_or_last(a.event_time), a.event_id, &a.access_key).cmp(&(
            time_or_last(b.event_time),
            b.event_id,
            &b.access_key,
        ))
    });
    issues
}

/// What a record says was issued.
pub(super) struct Issued {
    pub(super) access_key: Option<String>,
    pub(super) principal_id: Option<String>,
}

/// What one record says was issued; `None` where nothing was.
pub(super) fn issued(call: &StsCall) -> Option<Issued> {
    if !call.error_code.as_deref().is_none_or(str::is_empty) {
        return None;
    }
    let Record {
        access_key,
        principal_id,
        ..
    } = Record::read(call);
    Some(Issued {
        access_key,
        principal_id,
    })
}

fn order(call: &StsCall) -> impl Ord + '_ {
    (
        time_or_last(call.event_time),
        &call.event_id,
        &call.recipient_account_id,
        &call.caller,
        (
            &call.request_parameters,
            &call.response_elements,
            &call.shared_event_id,
            &call.event_name,
        ),
    )
}

/// A record without a time comes after those with one.
pub(super) fn time_or_last(time: Option<Timestamp>) -> i64 {
    time.map_or(i64::MAX, |Timestamp(micros)| micros)
}

/// Records of one call: those with the same issued key, and those without a key by the shared event.
fn group<'a>(records: impl Iterator<Item = Record<'a>>) -> Vec<Vec<Record<'a>>> {
    let (keyed, keyless): (Vec<_>, Vec<_>) = records.partition(|record| record.access_key.is_some());
    let mut groups: Vec<Vec<Record<'a>>> = Vec::with_capacity(keyed.len());
    let mut of_key: HashMap<String, usize> = HashMap::with_capacity(keyed.len());
    let mut of_shared: HashMap<&'a str, usize> = HashMap::new();
    for record in keyed {
        let Some(key) = record.access_key.clone() else { continue };
        let at = *of_key.entry(key).or_insert(groups.len());
        add(&mut groups, &mut of_shared, at, record);
    }
    for record in keyless {
        let twin = record
            .call
            .shared_event_id
            .as_deref()
            .and_then(|shared| of_shared.get(shared).copied());
        // Without a principal it issued nothing that could be recognised again.
        if twin.is_some() || record.principal_id.is_some() {
            let at = twin.unwrap_or(groups.len());
            add(&mut groups, &mut of_shared, at, record);
        }
    }
    groups
}

fn add<'a>(groups: &mut Vec<Vec<Record<'a>>>, of_shared: &mut HashMap<&'a str, usize>, at: usize, record: Record<'a>) {
    if let Some(shared) = record.call.shared_event_id.as_deref() {
        of_shared.entry(shared).or_insert(at);
    }
    match groups.get_mut(at) {
        Some(group) => group.push(record),
        None => groups.push(vec![record]),
    }
}

/// One issue of its records, which are sorted by (time, id).
fn merge<'a>(records: &[Record<'a>], shared: &HashMap<&str, &'a Caller>) -> Option<Issue<'a>> {
    let first = records.iter().min_by(|a, b| order(a.call).cmp(&order(b.call)))?;
    let of = |read: &dyn Fn(&Record<'a>) -> Option<String>| records.iter().find_map(read);
    let seconds = records.iter().find_map(|record| record.seconds).unwrap_or(3600);
    // All records of a call have its time; were it not so, that of the record which names the session.
    let named = records.iter().find(|record| record.principal_id.is_some());
    let issued_at = named.unwrap_or(first).call.event_time;
    let expires_at = records.iter().find_map(|record| record.expiration).or_else(|| {
        let Timestamp(micros) = issued_at?;
        micros.checked_add(seconds.checked_mul(1_000_000)?).map(Timestamp)
    });
    let asker = records
        .iter()
        .map(|record| record.asker(shared))
        .min_by_key(|(rank, _)| *rank)
        .map(|(_, asker)| asker)?;
    Some(Issue {
        event_id: &first.call.event_id,
        event_time: issued_at,
        access_key: of(&|record| record.access_key.clone()),
        principal_id: of(&|record| record.principal_id.clone()),
        role_arn: of(&|record| record.role_arn.clone()).or_else(|| of(&Record::assumed_role)),
        session_name: of(&Record::session_name),
        expires_at,
        incoming: records
            .iter()
            .find_map(|record| record.incoming.as_deref().cloned())
            .unwrap_or_default(),
        asker,
    })
}

impl<'a> Record<'a> {
    fn read(call: &'a StsCall) -> Self {
        // Parameters may be a text ("HIDDEN…") or cut off: then they say nothing.
        let json = |text: &Option<String>| -> Value {
            let text = text.as_deref().unwrap_or_default();
            serde_json::from_str(text).unwrap_or_default()
        };
        let (request, response) = (json(&call.request_parameters), json(&call.response_elements));
        let asked = |name: &str| request.get(name).and_then(text).map(str::to_owned);
        let answered = |name: &str| response.get(name).and_then(text).map(str::to_owned);
        let credential = |name: &str| response.get("credentials")?.get(name).and_then(text);
        let user = |name: &str| response.get("assumedRoleUser")?.get(name).and_then(text);
        let tags = request.get("tags").and_then(Value::as_array);
        let tag = |name: &str| {
            let found = tags?.iter().find(|tag| tag.get("key").and_then(text) == Some(name))?;
            found.get("value").and_then(text)
        };
        let incoming = request.get("incomingTransitiveTags");
        Self {
            call,
            access_key: usable_key(credential("accessKeyId")).map(str::to_owned),
            principal_id: user("assumedRoleId").map(str::to_owned),
            role_arn: asked("roleArn"),
            assumed_role_arn: user("arn").map(str::to_owned),
            session_name: asked("roleSessionName"),
            seconds: request.get("durationSeconds").and_then(Value::as_i64),
            expiration: credential("expiration").and_then(Timestamp::parse_expiration),
            provider: answered("provider"),
            subject: answered("subjectFromWebIdentityToken"),
            audience: answered("audience"),
            token_id: asked("webIdentityTokenId"),
            tags: PodTags::read(tag),
            incoming: PodTags::read(|name| incoming?.get(name).and_then(text)),
        }
    }

    fn session_name(&self) -> Option<String> {
        let of_principal = || {
            self.principal_id
                .as_deref()?
                .split_once(':')
                .map(|(_, name)| name.to_owned())
        };
        self.session_name.clone().or_else(of_principal)
    }

    /// The role by the assumed role's ARN, which lacks the role's path.
    fn assumed_role(&self) -> Option<String> {
        role_of_assumed(self.assumed_role_arn.as_deref()?)
    }

    /// The asker, and how well this record knows it: 0 is best.
    fn asker(&self, shared: &HashMap<&str, &'a Caller>) -> (u8, Asker<'a>) {
        let caller = &self.call.caller;
        let kind = caller.identity_type.as_deref();
        match self.call.event_name.as_str() {
            "AssumeRoleWithWebIdentity" => return (0, self.token()),
            "AssumeRoleWithSAML" => return (0, Asker::Saml),
            "AssumeRoot" => return (0, Asker::AssumeRoot),
            _ => {}
        }
        match (kind, caller.invoked_by.as_deref()) {
            (Some("WebIdentityUser"), _) => (0, self.token()),
            (Some("SAMLUser"), _) => (0, Asker::Saml),
            (Some("AWSService") | None, Some("pods.eks.amazonaws.com")) => {
                (0, Asker::PodIdentity(self.tags.as_deref().cloned().unwrap_or_default()))
            }
            (Some("AWSService"), service) => (0, Asker::Service(service.unwrap_or_default())),
            (None, Some(service)) => (0, Asker::Service(service)),
            (Some("AWSAccount") | None, None) | (Some("AWSAccount"), Some(_)) => {
                let twin = self.call.shared_event_id.as_deref().and_then(|id| shared.get(id));
                twin.map_or((4, Asker::Caller(caller)), |twin| (3, Asker::Caller(twin)))
            }
            _ if usable_key(caller.access_key_id.as_deref()).is_some() => (1, Asker::Caller(caller)),
            _ => (2, Asker::Caller(caller)),
        }
    }

    fn token(&self) -> Asker<'a> {
        let caller = &self.call.caller;
        let (of_provider, of_subject) = caller.principal_id.as_deref().and_then(issuer::of_principal).unzip();
        let provider = caller
            .federated_provider
            .as_deref()
            .or(self.provider.as_deref())
            .or(of_provider);
        let subject = caller.user_name.as_deref().or(self.subject.as_deref()).or(of_subject);
        Asker::Token {
            provider: provider.map(str::to_owned),
            subject: subject.map(str::to_owned),
            audience: self.audience.clone(),
            token_id: self.token_id.clone(),
            account: self.call.recipient_account_id.as_deref(),
        }
    }
}

impl PodTags {
    /// The tags by name; `None` where there are none of them.
    fn read<'t>(value: impl Fn(&str) -> Option<&'t str>) -> Option<Box<Self>> {
        let read = |name: &str| value(name).map(str::to_owned);
        let tags = Self {
            cluster_arn: read("eks-cluster-arn"),
            cluster_name: read("eks-cluster-name"),
            namespace: read("kubernetes-namespace"),
            service_account: read("kubernetes-service-account"),
            pod: read("kubernetes-pod-name"),
            pod_uid: read("kubernetes-pod-uid"),
        };
        (tags != Self::default()).then(|| Box::new(tags))
    }
}

/// `arn:aws:sts::<account>:assumed-role/<role>/<session>` → `arn:aws:iam::<account>:role/<role>`.
pub(super) fn role_of_assumed(arn: &str) -> Option<String> {
    let (start, rest) = arn.split_once(":assumed-role/")?;
    let role = rest.split('/').next().filter(|role| !role.is_empty())?;
    Some(format!("{}:role/{role}", start.replacen(":sts:", ":iam:", 1)))
}

fn text(value: &Value) -> Option<&str> {
    value.as_str().filter(|text| !text.is_empty())
}
