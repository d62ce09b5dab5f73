//! Writing policies: statements to be filled in, written in one stable order and measured against
//! IAM's limits.

use std::collections::{BTreeMap, BTreeSet};

use serde::ser::{Serialize, SerializeMap, SerializeSeq, Serializer};
use serde_json::{Map, Value, json};

use super::{Effect, Policy, PolicyError};

/// Non-whitespace characters of one managed policy.
pub const MANAGED_POLICY_LIMIT: usize = 6_144;
/// Non-whitespace characters of all inline policies of one role together.
pub const ROLE_INLINE_LIMIT: usize = 10_240;
/// Characters of a session policy, white space included; a Pod Identity association's `policy` too.
pub const SESSION_POLICY_LIMIT: usize = 2_048;
/// Characters of a role's trust policy by default.
pub const TRUST_POLICY_LIMIT: usize = 2_048;
/// Characters of one SCP or RCP.
pub const ORGANIZATION_POLICY_LIMIT: usize = 5_120;

/// Operator → context key → values.
pub type Conditions = BTreeMap<String, BTreeMap<String, BTreeSet<String>>>;

/// A statement to be written. Its sets keep the order stable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement {
    /// `Sid`; letters and digits only in a policy attached to an identity.
    pub sid: Option<String>,
    /// Allow or Deny.
    pub effect: Effect,
    /// `Principal`, as it stands in the document; only in policies of resources.
    pub principal: Option<Value>,
    /// `Action`.
    pub actions: BTreeSet<String>,
    /// `Resource`; left out if empty, as in a trust policy.
    pub resources: BTreeSet<String>,
    /// `Condition`; left out if empty.
    pub conditions: Conditions,
}

impl Statement {
    /// An Allow of actions on resources.
    pub fn allow<A: Into<String>, R: Into<String>>(
        actions: impl IntoIterator<Item = A>,
        resources: impl IntoIterator<Item = R>,
    ) -> Self {
        Self {
            sid: None,
            effect: Effect::Allow,
            principal: None,
            actions: actions.into_iter().map(Into::into).collect(),
            resources: resources.into_iter().map(Into::into).collect(),
            conditions: Conditions::new(),
        }
    }

    /// Sets the `Sid`.
    #[must_use]
    pub fn with_sid(mut self, sid: impl Into<String>) -> Self {
        self.sid = Some(sid.into());
        self
    }

    /// Adds a value to a condition.
    #[must_use]
    pub fn when(mut self, operator: &str, key: &str, value: impl Into<String>) -> Self {
        let keys = self.conditions.entry(operator.to_owned()).or_default();
        keys.entry(key.to_owned()).or_default().insert(value.into());
        self
    }

    /// The statement as JSON: actions and resources always as lists, so that one more is one line
    /// more; a single condition value as a string.
    pub fn to_value(&self) -> Value {
        let mut map = Map::new();
        let mut put = |key: &str, value: Value| drop(map.insert(key.to_owned(), value));
        if let Some(sid) = &self.sid {
            put("Sid", json!(sid));
        }
        put(
            "Effect",
            json!(if self.effect == Effect::Allow { "Allow" } else { "Deny" }),
        );
        if let Some(principal) = &self.principal {
            put("Principal", principal.clone());
        }
        put("Action", json!(self.actions));
        if !self.resources.is_empty() {
            put("Resource", json!(self.resources));
        }
        if !self.conditions.is_empty() {
            let values = |set: &BTreeSet<String>| match (set.len(), set.first()) {
                (1, Some(only)) => json!(only),
                _ => json!(set),
            };
            let keys = |keys: &BTreeMap<String, BTreeSet<String>>| {
                keys.iter()
                    .map(|(key, set)| (key.clone(), values(set)))
                    .collect::<Map<_, _>>()
            };
            put(
                "Condition",
                self.conditions
                    .iter()
                    .map(|(op, k)| (op.clone(), Value::Object(keys(k))))
                    .collect(),
            );
        }
        Value::Object(map)
    }
}

/// A document to be written: version 2012-10-17, statements in the order given.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Document {
    /// The statements.
    pub statements: Vec<Statement>,
}

impl Document {
    /// The document as JSON.
    pub fn to_value(&self) -> Value {
        let statements: Vec<Value> = self.statements.iter().map(Statement::to_value).collect();
        json!({ "Version": "2012-10-17", "Statement": statements })
    }

    /// The document as text, two spaces a level.
    pub fn pretty(&self) -> String {
        pretty(&self.to_value())
    }

    /// The document as text without white space between tokens.
    pub fn minified(&self) -> String {
        minified(&self.to_value())
    }

    /// The characters that count against the limits of managed and inline policies.
    pub fn characters(&self) -> usize {
        characters(&self.minified())
    }

    /// Compiles the document, as a check that what was built is a policy.
    ///
    /// # Errors
    /// What is not of the policy language, such as an action without a service.
    pub fn compile(&self) -> Result<Policy, PolicyError> {
        Policy::from_value(&self.to_value())
    }
}

/// Any policy document as text, two spaces a level, keys in the order AWS writes them.
pub fn pretty(document: &Value) -> String {
    serde_json::to_string_pretty(&Ordered(document)).unwrap_or_else(|_| document.to_string())
}

/// Any policy document as text without white space between tokens, keys in the order AWS writes them.
pub fn minified(document: &Value) -> String {
    serde_json::to_string(&Ordered(document)).unwrap_or_else(|_| document.to_string())
}

/// The characters IAM counts: all but white space.
pub fn characters(text: &str) -> usize {
    text.chars().filter(|character| !character.is_whitespace()).count()
}

/// The first character that IAM refuses in a document: it takes tab, line feed, carriage return and
/// U+0020 to U+00FF.
pub fn refused_character(text: &str) -> Option<char> {
    text.chars()
        .find(|c| !matches!(c, '\t' | '\n' | '\r' | '\u{20}'..='\u{FF}'))
}

/// The members of an object of a policy document in AWS's order: the elements by rank, anything else by name.
pub fn ordered(map: &Map<String, Value>) -> Vec<(&String, &Value)> {
    let rank = |key: &str| ORDER.iter().position(|known| *known == key).unwrap_or(ORDER.len());
    let mut entries: Vec<_> = map.iter().collect();
    entries.sort_by_key(|(key, _)| (rank(key), key.as_str()));
    entries
}

/// JSON whose keys come in AWS's order.
struct Ordered<'a>(&'a Value);

const ORDER: [&str; 12] = [
    "Version",
    "Id",
    "Statement",
    "Sid",
    "Effect",
    "Principal",
    "NotPrincipal",
    "Action",
    "NotAction",
    "Resource",
    "NotResource",
    "Condition",
];

impl Serialize for Ordered<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            Value::Object(map) => {
                let entries = ordered(map);
                let mut out = serializer.serialize_map(Some(entries.len()))?;
                for (key, value) in entries {
                    out.serialize_entry(key, &Ordered(value))?;
                }
                out.end()
            }
            Value::Array(list) => {
                let mut out = serializer.serialize_seq(Some(list.len()))?;
                for item in list {
                    out.serialize_element(&Ordered(item))?;
                }
                out.end()
            }
            other => other.serialize(serializer),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample() -> Document {
        let read = Statement::allow(["s3:GetObject", "s3:GetObjectVersion"], ["arn:aws:s3:::b/*"]).with_sid("S3Read");
        let decrypt = Statement::allow(["kms:Decrypt"], ["arn:aws:kms:eu-west-1:111122223333:key/k"])
            .when("StringEquals", "kms:ViaService", "s3.eu-west-1.amazonaws.com")
            .when("StringLike", "aws:PrincipalTag/t", "b*")
            .when("StringLike", "aws:PrincipalTag/t", "a*");
        Document {
            statements: vec![read, decrypt],
        }
    }

    #[test]
    fn minified_in_the_order_of_aws() {
        assert_eq!(
            sample().minified(),
            concat!(
                r#"{"Version":"2012-10-17","Statement":[{"Sid":"S3Read","Effect":"Allow","#,
                r#""Action":["s3:GetObject","s3:GetObjectVersion"],"Resource":["arn:aws:s3:::b/*"]},"#,
                r#"{"Effect":"Allow","Action":["kms:Decrypt"],"Resource":["arn:aws:kms:eu-west-1:111122223333:key/k"],"#,
                r#""Condition":{"StringEquals":{"kms:ViaService":"s3.eu-west-1.amazonaws.com"},"#,
                r#""StringLike":{"aws:PrincipalTag/t":["a*","b*"]}}}]}"#
            )
        );
    }

    #[test]
    fn both_forms_are_the_same_policy_of_the_same_size() {
        let document = sample();
        let (pretty, minified) = (document.pretty(), document.minified());
        assert_eq!(Policy::parse(&pretty), Policy::parse(&minified));
        assert_eq!(characters(&pretty), characters(&minified));
        assert_eq!(document.characters(), minified.len());
        assert!(pretty.lines().count() > 20);
    }

    #[test]
    fn a_read_policy_writes_back() {
        let text = r#"{"Statement":{"Resource":"*","Action":"s3:*","Effect":"Deny","Sid":"x"},"Version":"2008-10-17"}"#;
        let policy = Policy::parse(text).unwrap();
        assert_eq!(
            minified(policy.to_json()),
            r#"{"Version":"2008-10-17","Statement":{"Sid":"x","Effect":"Deny","Action":"s3:*","Resource":"*"}}"#
        );
    }

    #[test]
    fn a_trust_statement_has_no_resource() {
        let mut trust = Statement::allow(["sts:AssumeRole", "sts:TagSession"], [""; 0]);
        trust.principal = Some(json!({ "Service": "pods.eks.amazonaws.com" }));
        let policy = Document {
            statements: vec![trust],
        }
        .compile()
        .unwrap();
        assert_eq!(policy.check(crate::policy::PolicyKind::Resource), Ok(()));
    }

    #[test]
    fn what_iam_counts_and_refuses() {
        assert_eq!(characters("a b\n\t{é}"), 5);
        assert_eq!(refused_character("abc\n\té\u{FF}"), None);
        assert_eq!(refused_character("a\u{100}"), Some('\u{100}'));
        assert_eq!(refused_character("a\u{1}"), Some('\u{1}'));
    }

    #[test]
    fn a_statement_that_is_no_policy_is_said_so() {
        let wrong = Document {
            statements: vec![Statement::allow(["GetObject"], ["*"])],
        };
        assert_eq!(wrong.compile().unwrap_err().pointer, "/Statement/0/Action/0");
    }
}
