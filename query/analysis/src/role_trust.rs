//! A role's trust policy, statement by statement: whom it lets in.

use podtrail_iam::evaluate::{Context, Layers, Principal, Request, UnknownKeys, Verdict, verdict};
use podtrail_iam::policy::{Effect, Policy};
use serde_json::{Map, Value, json};

use crate::inventory::{Association, Cluster, Inventory, Role};
use crate::lineage::issuer;
use crate::recommend::trust_json::{principals, statements, tests};

/// The service that assumes roles for Pod Identity.
pub(crate) const PODS: &str = "pods.eks.amazonaws.com";
const WEB: &str = "sts:AssumeRoleWithWebIdentity";
/// The audience of EKS's tokens unless an annotation says otherwise (pod identity webhook's README).
pub(crate) const AUDIENCE: &str = "sts.amazonaws.com";

/// A readable trust policy.
pub(crate) struct Trust<'a> {
    pub(crate) role: &'a Role,
    pub(crate) document: Value,
    policy: Policy,
}

/// A cluster's issuer in a statement that lets its tokens in.
pub(crate) struct Opening {
    /// The statement's place in the document.
    pub(crate) at: usize,
    pub(crate) statement: Value,
    pub(crate) provider: String,
    /// Issuer without `https://`.
    pub(crate) issuer: String,
}

/// Every readable trust policy of the inventory.
pub(crate) fn all<'a>(inventory: &'a Inventory) -> impl Iterator<Item = Trust<'a>> {
    inventory.roles.iter().filter_map(Trust::read)
}

impl<'a> Trust<'a> {
    pub(crate) fn read(role: &'a Role) -> Option<Self> {
        let text = role.trust_policy.as_deref()?;
        Some(Self {
            role,
            document: serde_json::from_str(text).ok()?,
            policy: Policy::parse(text).ok()?,
        })
    }

    /// The statements that grant an action, with their places.
    fn granting(&self, action: &str) -> Vec<(usize, Value)> {
        let compiled = self.policy.statements().iter();
        let with_text = statements(Some(&self.document)).into_iter().zip(compiled).enumerate();
        with_text
            .filter(|(_, (_, s))| s.effect() == Effect::Allow && s.matches_action(action))
            .map(|(at, (text, _))| (at, text))
            .collect()
    }

    /// Where clusters' tokens are let in: EKS issuers, and those of clusters that the user registered.
    pub(crate) fn openings(&self, inventory: &Inventory) -> Vec<Opening> {
        let mut found = Vec::new();
        for (at, statement) in self.granting(WEB) {
            for provider in principals(&statement, "Federated") {
                let issuer = issuer::issuer_of(provider);
                if issuer::eks_issuer(provider).is_some() || cluster_of(inventory, issuer).is_some() {
                    found.push(Opening {
                        at,
                        provider: provider.to_owned(),
                        issuer: issuer.to_owned(),
                        statement: statement.clone(),
                    });
                }
            }
        }
        found
    }

    /// The statements that let Pod Identity in.
    pub(crate) fn pod_identity(&self) -> Vec<(usize, Value)> {
        let mut granting = self.granting("sts:AssumeRole");
        granting.retain(|(_, s)| principals(s, "Service").contains(&PODS));
        granting
    }

    /// Who else may assume the role, as the policy names them: people, roles, services, other providers.
    pub(crate) fn others(&self, inventory: &Inventory) -> Vec<String> {
        let mut others = Vec::new();
        for action in ["sts:AssumeRole", WEB, "sts:AssumeRoleWithSAML"] {
            for (_, statement) in self.granting(action) {
                if statement.get("Principal").is_some_and(Value::is_string) {
                    others.push("everyone".to_owned());
                }
                others.extend(principals(&statement, "AWS").into_iter().map(str::to_owned));
                let services = principals(&statement, "Service").into_iter().filter(|s| *s != PODS);
                others.extend(services.map(str::to_owned));
                let foreign =
                    |p: &&str| issuer::eks_issuer(p).is_none() && cluster_of(inventory, issuer::issuer_of(p)).is_none();
                let providers = principals(&statement, "Federated").into_iter().filter(foreign);
                others.extend(providers.map(str::to_owned));
            }
        }
        others.sort();
        others.dedup();
        others
    }

    /// Whether a ServiceAccount's token is let in. An audience of none: whatever it is.
    pub(crate) fn admits_token(&self, issuer: &str, subject: &str, audience: Option<&str>) -> bool {
        let account = issuer::account_of(&self.role.arn).unwrap_or_default();
        let partition = self.role.arn.split(':').nth(1).unwrap_or("aws");
        let provider = Principal::new(&format!("arn:{partition}:iam::{account}:oidc-provider/{issuer}"), None);
        let mut context: Context = [(format!("{issuer}:sub"), subject)].into_iter().collect();
        if let Some(audience) = audience {
            context.insert(&format!("{issuer}:aud"), vec![audience.to_owned()]);
        }
        let unknown: UnknownKeys = match audience {
            None => [format!("{issuer}:aud"), "sts:*".to_owned(), "aws:*".to_owned()]
                .into_iter()
                .collect(),
            Some(_) => ["sts:*", "aws:*"].into_iter().collect(),
        };
        self.admits(&provider, WEB, &context, &unknown)
    }

    /// Whether EKS is let in for an association of the cluster.
    pub(crate) fn admits_association(&self, association: &Association, cluster: &Cluster) -> bool {
        let mut context: Context = [
            ("aws:SourceArn", cluster.arn.as_str()),
            (
                "aws:SourceAccount",
                issuer::account_of(&cluster.arn).unwrap_or_default(),
            ),
        ]
        .into_iter()
        .collect();
        let mut actions = vec!["sts:AssumeRole"];
        if !association.disable_session_tags {
            actions.push("sts:TagSession");
            for (tag, value) in [
                ("eks-cluster-arn", &cluster.arn),
                ("eks-cluster-name", &cluster.name),
                ("kubernetes-namespace", &association.namespace),
                ("kubernetes-service-account", &association.service_account),
            ] {
                context.insert(&format!("aws:RequestTag/{tag}"), vec![value.clone()]);
            }
        }
        // Pods come and go, and organizations are not in the inventory.
        let unknown: UnknownKeys = [
            "aws:RequestTag/kubernetes-pod-name",
            "aws:RequestTag/kubernetes-pod-uid",
            "aws:SourceOrg*",
            "aws:TagKeys",
            "sts:*",
        ]
        .into_iter()
        .collect();
        let eks = Principal::new(PODS, None);
        actions
            .iter()
            .all(|action| self.admits(&eks, action, &context, &unknown))
    }

    fn admits(&self, principal: &Principal, action: &str, context: &Context, unknown: &UnknownKeys) -> bool {
        let request = Request {
            principal,
            action,
            resource: &self.role.arn,
            resource_account: None,
            resource_level: true,
            context,
            unknown,
        };
        let layers = Layers {
            resource: Some(&self.policy),
            ..Layers::default()
        };
        matches!(verdict(&request, &layers), Verdict::Allow | Verdict::Unknown)
    }
}

/// A trust policy with one statement changed.
pub(crate) fn with_statement(document: &Value, at: usize, change: impl FnOnce(&mut Map<String, Value>)) -> Value {
    let mut list = statements(Some(document));
    if let Some(statement) = list.get_mut(at).and_then(Value::as_object_mut) {
        change(statement);
    }
    let mut document = document.clone();
    if let Some(document) = document.as_object_mut() {
        document.insert("Statement".to_owned(), Value::Array(list));
    }
    document
}

impl Opening {
    /// Tests of the token's subject that a token must pass, as (operator, value).
    pub(crate) fn subjects(&self) -> Vec<(&str, &str)> {
        self.tests("sub")
    }

    /// Tests of the token's audience that a token must pass.
    pub(crate) fn audiences(&self) -> Vec<(&str, &str)> {
        self.tests("aud")
    }

    fn tests(&self, claim: &str) -> Vec<(&str, &str)> {
        let mut tests = tests(&self.statement, &format!("{}:{claim}", self.issuer));
        // What is only shut out leaves all others in.
        tests.retain(|(operator, _)| {
            let operator = operator.to_ascii_lowercase();
            operator.contains("equals") && !operator.contains("not") || operator.contains("stringlike")
        });
        tests
    }
}

/// Whether an operator reads `*` and `?` as wildcards.
pub(crate) fn is_like(operator: &str) -> bool {
    let operator = operator.to_ascii_lowercase();
    operator.contains("like") || operator.contains("arnequals")
}

/// The cluster that has an issuer now; hosts do not care about case.
pub(crate) fn cluster_of<'a>(inventory: &'a Inventory, wanted: &str) -> Option<&'a Cluster> {
    let same = |c: &&Cluster| {
        let own = c.oidc_issuer.as_deref().map(issuer::issuer_of);
        own.is_some_and(|own| {
            own.trim_end_matches('/')
                .eq_ignore_ascii_case(wanted.trim_end_matches('/'))
        })
    };
    inventory.clusters.iter().filter(|c| c.deleted_at.is_none()).find(same)
}

/// Replaces a test of a key: all tests of it go, the new one is exact.
pub(crate) fn set_test(statement: &mut Map<String, Value>, key: &str, values: &[String]) {
    let conditions = statement.entry("Condition").or_insert_with(|| json!({}));
    let Some(conditions) = conditions.as_object_mut() else {
        return;
    };
    for keys in conditions.values_mut().filter_map(Value::as_object_mut) {
        keys.retain(|name, _| !name.eq_ignore_ascii_case(key));
    }
    conditions.retain(|_, keys| keys.as_object().is_none_or(|k| !k.is_empty()));
    let value = match values {
        [one] => json!(one),
        many => json!(many),
    };
    crate::recommend::trust_json::put(conditions, "StringEquals", key, value);
}
