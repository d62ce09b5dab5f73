//! Credential issues of the history, judged under trust policies as they would be.

use std::collections::BTreeMap;

use podtrail_iam::evaluate::{Context, Decision, Layers, Principal, Request, UnknownKeys, Verdict, evaluate};
use podtrail_iam::policy::Policy;

use super::apply::{After, resolve};
use super::changes::{Document, Text};
use super::judge::{Use, add_issues};
use super::layers::{everything, in_words};
use crate::answer::{CheckJudged, IssueMiss, IssueReplay};
use crate::lineage::issuer::{issuer_of, of_principal};
use crate::role_trust::PODS;

/// Issues of one role's credentials to one asker, added up.
#[derive(Debug, Clone, PartialEq)]
pub struct Issue {
    /// The role that was assumed.
    pub role_arn: String,
    /// The workload that the credentials were for, as it is named; none for people, services and other roles.
    pub workload: Option<String>,
    /// Who asked.
    pub asker: Asker,
    /// Issues.
    pub calls: u64,
    /// The smallest event id of them.
    pub sample_event_id: String,
}

/// Who asked for a role's credentials.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Asker {
    /// The bearer of a token.
    Token {
        /// ARN of the OIDC provider.
        provider_arn: String,
        /// `sub`.
        subject: String,
        /// `aud`, where the log shows it.
        audience: Option<String>,
    },
    /// EKS Pod Identity.
    PodIdentity {
        /// ARN of the cluster, where it is known.
        cluster_arn: Option<String>,
        /// Name of the cluster, where it is known.
        cluster: Option<String>,
        /// Namespace, where it is known.
        namespace: Option<String>,
        /// ServiceAccount, where it is known.
        service_account: Option<String>,
        /// The session was given tags.
        tagged: bool,
    },
    /// A role's session, another identity, or a service.
    Principal {
        /// Its ARN, or a service's name.
        arn: String,
        /// It passed tags to the session, or its own were passed on.
        tagged: bool,
    },
    /// The log does not show who.
    Unknown,
}

/// Judges issues by role and workload, and adds them to what is judged.
pub(super) fn judge_issues(after: &After<'_>, uses: &[Use<'_>], issues: &[Issue], judged: &mut Vec<CheckJudged>) {
    let mut by_who: BTreeMap<(&str, Option<&str>), Vec<&Issue>> = BTreeMap::new();
    for issue in issues {
        by_who
            .entry((&issue.role_arn, issue.workload.as_deref()))
            .or_default()
            .push(issue);
    }
    for ((role_arn, workload), mut issues) in by_who {
        issues.sort_by(|a, b| (&a.asker, &a.sample_event_id).cmp(&(&b.asker, &b.sample_event_id)));
        let use_of = workload.and_then(|id| uses.iter().find(|one| one.id == id && one.role.role_arn == role_arn));
        let mut replay = IssueReplay::default();
        for issue in issues {
            if let Some(trust) = trust_of(after, use_of, issue) {
                add(&mut replay, issue, &trust);
            }
        }
        if replay.calls > 0 {
            add_issues(judged, workload, role_arn, replay);
        }
    }
}

/// Under what an issue is judged.
struct Trust {
    role_arn: String,
    document: Option<Document>,
    /// Tags as the association will have them, where it changes; unknown is none.
    tagged: Option<Option<bool>>,
    /// Who would ask, where that is another.
    asker: Option<Asker>,
}

/// None where the issue is none of those that change, or cannot happen any more: its calls then say so.
fn trust_of(after: &After<'_>, use_of: Option<&Use<'_>>, issue: &Issue) -> Option<Trust> {
    let moved = use_of.and_then(|one| after.move_of(&one.workload, &issue.role_arn));
    if let Some(moved) = moved {
        let pairing = moved.after.as_ref()?;
        let first = resolve(after.inventory, &pairing.role);
        let target = pairing.target.as_ref().map(|target| resolve(after.inventory, target));
        let (key, asker) = match (&issue.asker, target) {
            (Asker::PodIdentity { .. }, _) => (first, None),
            // The first role's session asks for the target role.
            (Asker::Principal { tagged, .. }, Some(target)) => {
                let (arn, tagged) = (first.filter(|arn| arn.starts_with("arn:")), *tagged);
                (
                    target,
                    Some(arn.map_or(Asker::Unknown, |arn| Asker::Principal { arn, tagged })),
                )
            }
            _ => return None,
        };
        let state = key.as_deref().map(|key| after.state(key, issue.workload.as_deref()));
        return Some(Trust {
            role_arn: key.unwrap_or_else(|| issue.role_arn.clone()),
            document: state.and_then(|s| s.trust),
            tagged: Some(pairing.untagged.map(|untagged| !untagged)),
            asker,
        });
    }
    let state = after.state(&issue.role_arn, issue.workload.as_deref());
    (state.trust_changes && !state.is_deleted).then(|| Trust {
        role_arn: issue.role_arn.clone(),
        document: state.trust,
        tagged: None,
        asker: None,
    })
}

fn add(replay: &mut IssueReplay, issue: &Issue, trust: &Trust) {
    replay.calls += issue.calls;
    let (action, decision, missing) = judge(issue, trust);
    let count = match decision {
        Verdict::Allow => &mut replay.allowed,
        Verdict::ImplicitDeny | Verdict::ExplicitDeny => &mut replay.denied,
        Verdict::Unknown => &mut replay.unknown,
    };
    *count += issue.calls;
    let decision = match decision {
        Verdict::Allow => return,
        Verdict::ImplicitDeny => "implicit_deny",
        Verdict::ExplicitDeny => "explicit_deny",
        Verdict::Unknown => "unknown",
    };
    replay.counterexamples.push(IssueMiss {
        asker: issue.asker.in_words(),
        action: action.to_owned(),
        decision: decision.to_owned(),
        missing_keys: missing,
        calls: issue.calls,
        sample_event_id: issue.sample_event_id.clone(),
    });
}

/// The action that decides, and how: the first that is denied, else the first that is not known.
fn judge(issue: &Issue, trust: &Trust) -> (&'static str, Verdict, Vec<String>) {
    let asker = trust.asker.as_ref().unwrap_or(&issue.asker);
    let tagged = match (asker, trust.tagged) {
        (_, Some(changed)) => changed,
        (Asker::PodIdentity { tagged, .. } | Asker::Principal { tagged, .. }, None) => Some(*tagged),
        _ => Some(false),
    };
    let main = match asker {
        Asker::Token { .. } => "sts:AssumeRoleWithWebIdentity",
        _ => "sts:AssumeRole",
    };
    let policy = match &trust.document {
        Some(Document {
            text: Text::Known(policy),
            ..
        }) => policy,
        other => {
            let name = other.as_ref().map_or("the trust policy", |d| d.name.as_str());
            return (main, Verdict::Unknown, vec![format!("the document of `{name}`")]);
        }
    };
    let (principal, context) = match asker.request(tagged) {
        Some(request) => request,
        None => return (main, Verdict::Unknown, vec!["who asked".to_owned()]),
    };
    let mut actions = vec![main];
    if tagged != Some(false) && !matches!(asker, Asker::Token { .. }) {
        actions.push("sts:TagSession");
    }
    let mut open = None;
    for action in actions {
        let decision = decide(policy, &principal, action, &trust.role_arn, &context);
        match decision {
            (Verdict::Allow, _) => {}
            (Verdict::Unknown, missing) => open = open.or(Some((action, Verdict::Unknown, missing))),
            (denied, _) => return (action, denied, Vec::new()),
        }
    }
    open.unwrap_or((main, Verdict::Allow, Vec::new()))
}

fn decide(
    policy: &Policy,
    principal: &Principal,
    action: &str,
    role_arn: &str,
    context: &Context,
) -> (Verdict, Vec<String>) {
    let unknown: UnknownKeys = ["*"].into_iter().collect();
    let request = Request {
        principal,
        action,
        resource: role_arn,
        resource_account: None,
        resource_level: true,
        context,
        unknown: &unknown,
    };
    // Whoever asked was allowed to by the own side.
    let own: Vec<Policy> = everything().into_iter().collect();
    let layers = Layers {
        identity: &own,
        resource: Some(policy),
        ..Layers::default()
    };
    let Decision {
        verdict,
        mut missing_keys,
        ..
    } = evaluate(&request, &layers);
    in_words(&mut missing_keys);
    (verdict, missing_keys)
}

impl Asker {
    /// The bearer of a token by what its event names: the provider's ARN, the subject, and the `principalId`, which is
    /// `<provider ARN>:<audience>:<subject>` and fills in what is missing.
    pub fn token(provider_arn: Option<&str>, subject: Option<&str>, principal_id: Option<&str>) -> Self {
        let (of_provider, of_subject) = principal_id.and_then(of_principal).unzip();
        let (Some(provider), Some(subject)) = (provider_arn.or(of_provider), subject.or(of_subject)) else {
            return Self::Unknown;
        };
        let rest = principal_id.and_then(|id| id.strip_prefix(provider)?.strip_prefix(':'));
        let audience = rest.and_then(|rest| rest.strip_suffix(subject)?.strip_suffix(':'));
        Self::Token {
            provider_arn: provider.to_owned(),
            subject: subject.to_owned(),
            audience: audience.filter(|a| !a.is_empty()).map(str::to_owned),
        }
    }

    /// The principal, and what is known of the request; all else is not.
    fn request(&self, tagged: Option<bool>) -> Option<(Principal, Context)> {
        match self {
            Self::Token {
                provider_arn,
                subject,
                audience,
            } => {
                let issuer = issuer_of(provider_arn);
                let known = [
                    (format!("{issuer}:sub"), Some(subject)),
                    (format!("{issuer}:aud"), audience.as_ref()),
                    ("aws:FederatedProvider".to_owned(), Some(provider_arn)),
                ];
                let context = known.into_iter().filter_map(|(key, value)| Some((key, value?)));
                Some((Principal::new(provider_arn, None), context.collect()))
            }
            Self::PodIdentity {
                cluster_arn,
                cluster,
                namespace,
                service_account,
                ..
            } => {
                let tags = [
                    ("eks-cluster-arn", cluster_arn),
                    ("eks-cluster-name", cluster),
                    ("kubernetes-namespace", namespace),
                    ("kubernetes-service-account", service_account),
                ];
                let context = pod_identity(cluster_arn.as_deref(), tags, tagged);
                Some((Principal::new(PODS, None), context))
            }
            Self::Principal { arn, .. } => Some((Principal::new(arn, None), Context::default())),
            Self::Unknown => None,
        }
    }

    fn in_words(&self) -> String {
        let part = |text: &Option<String>| text.clone().unwrap_or_else(|| "?".to_owned());
        match self {
            Self::Token {
                provider_arn,
                subject,
                audience,
            } => match audience {
                Some(audience) => format!("{subject} of {} for {audience}", issuer_of(provider_arn)),
                None => format!("{subject} of {}", issuer_of(provider_arn)),
            },
            Self::PodIdentity {
                cluster_arn,
                cluster,
                namespace,
                service_account,
                ..
            } => {
                let cluster = cluster_arn.as_ref().or(cluster.as_ref()).cloned();
                format!(
                    "Pod Identity for {}/{}/{}",
                    part(&cluster),
                    part(namespace),
                    part(service_account)
                )
            }
            Self::Principal { arn, .. } => arn.clone(),
            Self::Unknown => "an asker that the log does not show".to_owned(),
        }
    }
}

/// What EKS asks with; an unknown tag is left out, one that is not sent is known to be absent.
fn pod_identity(cluster_arn: Option<&str>, tags: [(&str, &Option<String>); 4], tagged: Option<bool>) -> Context {
    let account = cluster_arn.and_then(|arn| arn.split(':').nth(4));
    let source = [("aws:SourceArn", cluster_arn), ("aws:SourceAccount", account)];
    let mut context: Context = source
        .into_iter()
        .filter_map(|(key, value)| Some((key, value?)))
        .collect();
    for (tag, value) in tags {
        let values = match tagged {
            Some(true) => value.clone().map(|value| vec![value]),
            Some(false) => Some(Vec::new()),
            None => None,
        };
        if let Some(values) = values {
            context.insert(&format!("aws:RequestTag/{tag}"), values);
        }
    }
    context
}
