//! What a file proposes, told in one way whatever the form.

use podtrail_analysis::answer::{PolicyKind, Recommendation};
use serde_json::{Map, Value, json};

/// One document and where it goes.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Proposed {
    /// `managed`, `inline`, `association` or `trust`.
    pub(crate) kind: &'static str,
    /// What it is attached to: a role's name; of an association cluster, namespace, ServiceAccount and role.
    pub(crate) to: String,
    /// The policy's name, if it has one.
    pub(crate) name: String,
    /// The [normal](normal) document as text.
    pub(crate) document: String,
}

/// What the recommendations propose, sorted.
pub(crate) fn proposed(recommendations: &[Recommendation]) -> Vec<Proposed> {
    let mut all = Vec::new();
    for one in recommendations {
        for role in &one.recommendations {
            let role_name = role.role_arn.rsplit('/').next().unwrap();
            for policy in &role.policies {
                let (kind, to, name) = match policy.kind {
                    PolicyKind::Managed => ("managed", role_name.to_owned(), policy.name.clone()),
                    PolicyKind::Inline => ("inline", role_name.to_owned(), policy.name.clone()),
                    PolicyKind::Association => {
                        let mut parts = one.workload.rsplitn(3, '/');
                        let (account, namespace) = (parts.next().unwrap(), parts.next().unwrap());
                        let cluster = one.cluster_arn.as_deref().unwrap().rsplit('/').next().unwrap();
                        let to = format!("{cluster} {namespace} {account} {}", role.role_arn);
                        ("association", to, String::new())
                    }
                };
                let document = normal(policy.document.as_ref().unwrap()).to_string();
                all.push(Proposed {
                    kind,
                    to,
                    name,
                    document,
                });
            }
            if let Some(document) = role
                .trust
                .proposed
                .as_ref()
                .filter(|_| role.trust.proposed != role.trust.current)
            {
                let document = normal(document).to_string();
                let (to, name) = (role.role_arn.clone(), String::new());
                all.push(Proposed {
                    kind: "trust",
                    to,
                    name,
                    document,
                });
            }
        }
    }
    all.sort();
    all
}

/// A document such that two which mean the same are the same: lists for single texts, sorted; texts for numbers and
/// truth values; the version written.
pub(crate) fn normal(document: &Value) -> Value {
    let mut document = document.as_object().unwrap().clone();
    document.entry("Version").or_insert(json!("2008-10-17"));
    let statements: Vec<Value> = many(&document["Statement"]).iter().map(statement).collect();
    document.insert("Statement".to_owned(), Value::Array(statements));
    Value::Object(document)
}

fn statement(statement: &Value) -> Value {
    let set = |(key, value): (&String, &Value)| {
        let value = match key.as_str() {
            "Sid" | "Effect" | "Comment" => value.clone(),
            "Principal" | "NotPrincipal" if value.is_string() => value.clone(),
            "Principal" | "NotPrincipal" => sets(value),
            "Condition" => value
                .as_object()
                .unwrap()
                .iter()
                .map(|(k, v)| (k.clone(), sets(v)))
                .collect(),
            _ => sorted(value),
        };
        (key.clone(), value)
    };
    statement
        .as_object()
        .unwrap()
        .iter()
        .map(set)
        .collect::<Map<_, _>>()
        .into()
}

fn sets(map: &Value) -> Value {
    let map = map.as_object().unwrap();
    map.iter().map(|(key, value)| (key.clone(), sorted(value))).collect()
}

fn sorted(value: &Value) -> Value {
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let mut texts: Vec<String> = many(value).iter().map(text).collect();
    texts.sort();
    json!(texts)
}

fn many(value: &Value) -> Vec<Value> {
    value.as_array().cloned().unwrap_or_else(|| vec![value.clone()])
}
