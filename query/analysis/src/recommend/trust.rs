//! The trust policy: who may assume the role, narrowed to who did.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use super::input::{RecommendInput, RoleInput, Subject};
use super::trust_json::{allows, carried, differ, eks_providers, one_or_many, principals, put, statements, tests};
use crate::answer::{PolicyKind, Trust};
use crate::lineage::Mechanism;
use crate::lineage::issuer::looks_like_eks;

/// The audience of EKS's tokens unless an annotation says otherwise (pod identity webhook's README).
const AUDIENCE: &str = "sts.amazonaws.com";
const PODS: &str = "pods.eks.amazonaws.com";
const NAMESPACE: &str = "aws:RequestTag/kubernetes-namespace";
const SERVICE_ACCOUNT: &str = "aws:RequestTag/kubernetes-service-account";
const SOURCE_ARN: &str = "aws:SourceArn";

/// Proposes a trust policy: the statements of the mechanisms that were seen in use are narrowed to
/// this workload, all others stay. Without a reason to change anything the proposal is today's.
pub(super) fn trust(input: &RecommendInput<'_>, role: &RoleInput<'_>) -> Trust {
    let text = role.role.and_then(|r| r.trust_policy.as_deref());
    let current: Option<Value> = text.and_then(|t| serde_json::from_str(t).ok());
    let mut plan = Plan {
        statements: statements(current.as_ref()),
        why: Vec::new(),
    };
    let mechanisms = role.mechanisms(&input.mechanisms);
    let irsa = mechanisms.contains(&Mechanism::Irsa);
    let pods = mechanisms.contains(&Mechanism::PodIdentity);
    if current.is_none() {
        plan.why
            .push("the inventory does not know today's trust policy".to_owned());
    }
    if input.options.attach == PolicyKind::Association {
        plan.why
            .push("left as it is: the role stays, the association's policy limits this workload alone".to_owned());
        return Trust {
            proposed: current.clone(),
            current,
            why: plan.why,
        };
    }
    if role.is_chained() {
        plan.why.push(chained(role));
        return Trust {
            proposed: current.clone(),
            current,
            why: plan.why,
        };
    }
    if irsa {
        plan.irsa(&subjects(input, role, &plan.statements));
    }
    if pods {
        plan.pod_identity(input, role);
    }
    if !irsa && !pods {
        plan.why
            .push("left as it is: the role was not assumed through IRSA or Pod Identity".to_owned());
        return Trust {
            proposed: current.clone(),
            current,
            why: plan.why,
        };
    }
    if !role.shared_by.is_empty() {
        plan.why.push(
            "the proposal is for a role of this workload's own; the shared role's trust must keep naming the others"
                .to_owned(),
        );
    }
    let same = current.as_ref().is_some_and(|c| statements(Some(c)) == plan.statements);
    if same {
        plan.why = vec!["left as it is: it already names exactly this workload".to_owned()];
    }
    let proposed = match (plan.statements.is_empty(), same) {
        (true, _) => None,
        (_, true) => current.clone(),
        _ => Some(json!({ "Version": "2012-10-17", "Statement": plan.statements })),
    };
    Trust {
        current,
        proposed,
        why: plan.why,
    }
}

fn chained(role: &RoleInput<'_>) -> String {
    let mut parents: Vec<&str> = role.chained_from.iter().map(String::as_str).collect();
    parents.sort_unstable();
    match parents.is_empty() {
        true => {
            "left as it is: EKS assumes it as the association's target role, with the first role's session".to_owned()
        }
        false => format!(
            "left as it is: it is assumed by sessions of {}, whose own trust is the place to narrow",
            parents.join(", ")
        ),
    }
}

/// The subjects to trust: those seen, else the workload's own with the issuer of its cluster, or the
/// only EKS issuer that the role trusts.
fn subjects(input: &RecommendInput<'_>, role: &RoleInput<'_>, statements: &[Value]) -> BTreeSet<Subject> {
    if !role.subjects.is_empty() {
        return role.subjects.iter().cloned().collect();
    }
    let trusted: BTreeSet<&str> = statements.iter().flat_map(eks_providers).collect();
    let issuer = input.cluster.and_then(|c| c.oidc_issuer.as_deref());
    let provider = match issuer {
        Some(issuer) => {
            let mut arn = role.role_arn.splitn(6, ':');
            let (partition, account) = (arn.nth(1).unwrap_or("aws"), arn.nth(2).unwrap_or_default());
            Some(format!("arn:{partition}:iam::{account}:oidc-provider/{issuer}"))
        }
        None => trusted.first().filter(|_| trusted.len() == 1).map(|p| (*p).to_owned()),
    };
    let subject = format!(
        "system:serviceaccount:{}:{}",
        input.workload.namespace, input.workload.service_account
    );
    provider
        .map(|provider_arn| Subject {
            provider_arn,
            subject,
            audience: None,
        })
        .into_iter()
        .collect()
}

/// The proposal while it is made.
struct Plan {
    statements: Vec<Value>,
    why: Vec<String>,
}

impl Plan {
    /// Narrows the statements for EKS issuers to the subjects.
    fn irsa(&mut self, subjects: &BTreeSet<Subject>) {
        if subjects.is_empty() {
            self.why
                .push("IRSA is left as it is: the issuer of the workload's cluster is not known".to_owned());
            return;
        }
        let mut by_provider: BTreeMap<&str, (BTreeSet<&str>, BTreeSet<&str>)> = BTreeMap::new();
        for subject in subjects {
            let (names, audiences) = by_provider.entry(&subject.provider_arn).or_default();
            names.insert(&subject.subject);
            audiences.insert(subject.audience.as_deref().unwrap_or(AUDIENCE));
        }
        let is_ours = |s: &Value| {
            let federated = principals(s, "Federated");
            let ours = |p: &&str| looks_like_eks(p) || by_provider.contains_key(*p);
            allows(s) && !federated.is_empty() && federated.iter().all(ours)
        };
        let (at, old) = self.take(is_ours);
        self.explain_irsa(&old, &by_provider);
        let new: Vec<Value> = by_provider
            .iter()
            .map(|(provider, (names, audiences))| {
                let same: Vec<&Value> = old
                    .iter()
                    .filter(|s| principals(s, "Federated").contains(provider))
                    .collect();
                irsa_statement(provider, names, audiences, &same)
            })
            .collect();
        self.statements.splice(at..at, new);
    }

    fn explain_irsa(&mut self, old: &[Value], wanted: &BTreeMap<&str, (BTreeSet<&str>, BTreeSet<&str>)>) {
        let set = |key: &str| key.ends_with(":sub") || key.ends_with(":aud");
        if differ(&old.iter().collect::<Vec<_>>(), &set) {
            self.why.push(
                "today's statements differ in their other conditions: none is carried over, add what must stay"
                    .to_owned(),
            );
        }
        for statement in old {
            for provider in principals(statement, "Federated") {
                let issuer = provider
                    .split_once(":oidc-provider/")
                    .map_or(provider, |(_, issuer)| issuer);
                let Some((names, _)) = wanted.get(provider) else {
                    self.why.push(format!(
                        "issuer `{issuer}` removed: no ServiceAccount of it was seen to assume the role"
                    ));
                    continue;
                };
                self.explain_subjects(statement, issuer, names);
                if tests(statement, &format!("{issuer}:aud")).is_empty() {
                    self.why.push(format!(
                        "audience fixed to `{AUDIENCE}`: today a token for any audience is accepted"
                    ));
                }
            }
        }
        if old.is_empty() {
            let names: Vec<String> = wanted
                .values()
                .flat_map(|(names, _)| names)
                .map(|n| format!("`{n}`"))
                .collect();
            self.why.push(format!(
                "statement added for {}: no known statement trusts its issuer",
                names.join(", ")
            ));
        }
    }

    fn explain_subjects(&mut self, statement: &Value, issuer: &str, seen: &BTreeSet<&str>) {
        let today = tests(statement, &format!("{issuer}:sub"));
        if today.is_empty() {
            self.why
                .push("subject fixed: today every ServiceAccount of the cluster may assume the role".to_owned());
        }
        for (operator, value) in today {
            let wild = value.contains(['*', '?']);
            if wild && operator.contains("StringLike") {
                self.why.push(format!(
                    "`{value}` narrowed to the ServiceAccounts seen: it lets others in"
                ));
            } else if wild {
                self.why.push(format!(
                    "`{value}` replaced: under `{operator}` a wildcard never matches"
                ));
            } else if !seen.contains(value) {
                self.why
                    .push(format!("`{value}` removed: not seen to assume the role in the window"));
            }
        }
    }

    /// Narrows the statements for the Pod Identity service to this workload.
    fn pod_identity(&mut self, input: &RecommendInput<'_>, role: &RoleInput<'_>) {
        let (at, old) = self.take(|s| allows(s) && principals(s, "Service") == [PODS]);
        let arn = input
            .cluster
            .map(|c| c.arn.as_str())
            .or(input.workload.cluster_arn.as_deref());
        let tagged = role.association.is_none_or(|a| !a.disable_session_tags);
        let mut conditions = carried(&old.iter().collect::<Vec<_>>(), |key| {
            [NAMESPACE, SERVICE_ACCOUNT, SOURCE_ARN]
                .iter()
                .any(|ours| ours.eq_ignore_ascii_case(key))
        });
        let has = |key: &str| old.iter().any(|s| !tests(s, key).is_empty());
        match arn {
            Some(arn) => put(&mut conditions, "ArnEquals", SOURCE_ARN, json!(arn)),
            None => self
                .why
                .push("no `aws:SourceArn`: the cluster's ARN is not known".to_owned()),
        }
        if arn.is_some() && !has(SOURCE_ARN) {
            self.why.push(
                "limited to the workload's cluster: today any cluster's associations can use the role".to_owned(),
            );
        }
        if tagged {
            put(
                &mut conditions,
                "StringEquals",
                NAMESPACE,
                json!(input.workload.namespace),
            );
            put(
                &mut conditions,
                "StringEquals",
                SERVICE_ACCOUNT,
                json!(input.workload.service_account),
            );
            if !has(NAMESPACE) || !has(SERVICE_ACCOUNT) {
                self.why.push(
                    "limited to the workload's namespace and ServiceAccount by the session tags of EKS".to_owned(),
                );
            }
        } else {
            let why = "no condition on namespace and ServiceAccount: the association disables session tags";
            self.why.push(why.to_owned());
        }
        let mut statement = Map::new();
        statement.insert("Effect".into(), json!("Allow"));
        statement.insert("Principal".into(), json!({ "Service": PODS }));
        statement.insert("Action".into(), json!(["sts:AssumeRole", "sts:TagSession"]));
        if !conditions.is_empty() {
            statement.insert("Condition".into(), Value::Object(conditions));
        }
        self.statements.insert(at, Value::Object(statement));
    }

    /// Takes statements out; gives them with the place of the first, else the end.
    fn take(&mut self, wanted: impl Fn(&Value) -> bool) -> (usize, Vec<Value>) {
        let at = self.statements.iter().position(&wanted);
        let (taken, kept): (Vec<Value>, Vec<Value>) = self.statements.drain(..).partition(wanted);
        self.statements = kept;
        (at.unwrap_or(self.statements.len()), taken)
    }
}

fn irsa_statement(provider: &str, names: &BTreeSet<&str>, audiences: &BTreeSet<&str>, old: &[&Value]) -> Value {
    let issuer = provider
        .split_once(":oidc-provider/")
        .map_or(provider, |(_, issuer)| issuer);
    let (subject, audience) = (format!("{issuer}:sub"), format!("{issuer}:aud"));
    let ours = |key: &str| key.eq_ignore_ascii_case(&subject) || key.eq_ignore_ascii_case(&audience);
    let mut conditions = carried(old, ours);
    put(&mut conditions, "StringEquals", &subject, one_or_many(names));
    put(&mut conditions, "StringEquals", &audience, one_or_many(audiences));
    json!({
        "Effect": "Allow",
        "Principal": { "Federated": provider },
        "Action": "sts:AssumeRoleWithWebIdentity",
        "Condition": conditions,
    })
}
