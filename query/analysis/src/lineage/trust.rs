//! What a role's trust policy says about EKS. Only what lineage asks; the evaluator proper is `podtrail-iam`.

use std::collections::BTreeSet;

use serde_json::Value;

use super::issuer;

const POD_IDENTITY_SERVICE: &str = "pods.eks.amazonaws.com";

/// The `Allow` statements of a trust policy.
#[derive(Debug)]
pub(super) struct Trust {
    statements: Vec<Statement>,
}

#[derive(Debug, Default)]
struct Statement {
    /// `Principal: "*"` or `NotPrincipal`.
    anyone: bool,
    services: Vec<String>,
    federated: Vec<String>,
    aws: Vec<String>,
    actions: Vec<String>,
    condition: Value,
}

/// Which ServiceAccounts of an issuer a role admits.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Admitted {
    /// Exactly these (namespace, name); perhaps none.
    Listed(BTreeSet<(String, String)>),
    /// More than can be listed.
    Open,
}

impl Trust {
    /// Reads a trust policy's JSON text; `None` where it is none.
    pub(super) fn read(text: &str) -> Option<Self> {
        let document: Value = serde_json::from_str(text).ok()?;
        let statements = match document.get("Statement")? {
            Value::Array(all) => all.iter().filter_map(Statement::read).collect(),
            one => Statement::read(one).into_iter().collect(),
        };
        Some(Self { statements })
    }

    /// Whether nobody but EKS Pod Identity may assume the role, so that only EKS can have set a session's tags.
    pub(super) fn only_pod_identity(&self) -> bool {
        !self.statements.is_empty()
            && self.statements.iter().all(|statement| {
                let others = statement.anyone || !statement.federated.is_empty() || !statement.aws.is_empty();
                !others
                    && !statement.services.is_empty()
                    && statement.services.iter().all(|service| service == POD_IDENTITY_SERVICE)
            })
    }

    /// Whether EKS Pod Identity may assume the role at all.
    pub(super) fn admits_pod_identity(&self) -> bool {
        self.statements.iter().any(|s| {
            s.anyone
                || s.services
                    .iter()
                    .any(|service| service == POD_IDENTITY_SERVICE || service == "*")
        })
    }

    /// The ServiceAccounts of the issuer that may assume the role.
    pub(super) fn service_accounts(&self, issuer: &str) -> Admitted {
        let issuer = issuer::normal(issuer);
        let mut listed = BTreeSet::new();
        for statement in self.statements.iter().filter(|statement| statement.concerns(&issuer)) {
            match statement.subjects(&issuer) {
                None => return Admitted::Open,
                Some(subjects) => listed.extend(subjects.iter().filter_map(|subject| {
                    let (namespace, name) = issuer::service_account_of(subject)?;
                    Some((namespace.to_owned(), name.to_owned()))
                })),
            }
        }
        Admitted::Listed(listed)
    }
}

impl Statement {
    fn read(value: &Value) -> Option<Self> {
        if value.get("Effect").and_then(Value::as_str) != Some("Allow") {
            return None;
        }
        let principal = value.get("Principal");
        let named = |kind: &str| texts(principal.and_then(|principal| principal.get(kind)));
        let aws = named("AWS");
        Some(Self {
            anyone: principal.is_none_or(Value::is_string) || aws.iter().any(|arn| arn == "*"),
            services: named("Service"),
            federated: named("Federated"),
            aws,
            actions: if value.get("NotAction").is_some() {
                vec!["*".to_owned()]
            } else {
                texts(value.get("Action"))
            },
            condition: value.get("Condition").cloned().unwrap_or(Value::Null),
        })
    }

    /// Whether the statement lets tokens of the issuer in.
    fn concerns(&self, issuer: &str) -> bool {
        let action_ok = self.actions.iter().any(|action| {
            let action = action.to_ascii_lowercase();
            action == "sts:assumerolewithwebidentity"
                || action
                    .strip_suffix('*')
                    .is_some_and(|start| "sts:assumerolewithwebidentity".starts_with(start))
        });
        action_ok && (self.anyone || self.federated.iter().any(|provider| issuer::normal(provider) == issuer))
    }

    /// The subjects that the conditions list; `None` where they do not list them one by one. A `*` under
    /// `StringEquals` is a character like any other: such a subject exists nowhere and lists nobody.
    fn subjects(&self, issuer: &str) -> Option<Vec<String>> {
        let wanted = format!("{issuer}:sub");
        let mut found: Option<Vec<String>> = None;
        for (operator, keys) in self.condition.as_object()? {
            let operator = operator.to_ascii_lowercase();
            let operator = operator.rsplit(':').next().unwrap_or_default();
            let like = match operator.strip_suffix("ifexists").unwrap_or(operator) {
                "stringequals" => false,
                "stringlike" => true,
                _ => continue,
            };
            for (key, value) in keys.as_object().into_iter().flatten() {
                let values = texts(Some(value));
                let wild = like && values.iter().any(|value| value.contains(['*', '?', '$']));
                if key.to_ascii_lowercase() == wanted && !wild {
                    // Conditions of one statement must all hold.
                    found = Some(match found {
                        None => values,
                        Some(before) => before.into_iter().filter(|subject| values.contains(subject)).collect(),
                    });
                }
            }
        }
        found.map(|subjects| {
            subjects
                .into_iter()
                .filter(|subject| !subject.contains(['*', '?']))
                .collect()
        })
    }
}

fn texts(value: Option<&Value>) -> Vec<String> {
    match value {
        Some(Value::String(text)) => vec![text.clone()],
        Some(Value::Array(all)) => all.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
        _ => Vec::new(),
    }
}
