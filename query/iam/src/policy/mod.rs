//! The IAM policy language: documents, parsed strictly and compiled for fast matching.
//!
//! Accepted is what the IAM user guide's grammar ("Grammar of the IAM JSON policy language")
//! accepts: one statement or a list, a string or a list wherever values stand, numbers and
//! booleans as condition values, both versions. Element names and effects are case-sensitive;
//! actions, condition operators and condition keys are not. A key given twice is an error.

pub mod build;
mod condition;
mod error;
pub(crate) mod glob;
mod index;
mod parse;
mod pattern;
mod principal;
pub(crate) mod strict_json;
mod template;
#[cfg(test)]
mod tests;
mod value;

use std::sync::Arc;

use serde_json::Value;

pub use condition::Condition;
pub(crate) use condition::{Order, Quantifier, Test};
use error::Place;
pub use error::PolicyError;
pub(crate) use parse::scalar;
pub use pattern::{ActionPattern, Pattern};
pub(crate) use principal::AwsPrincipal;
pub use principal::PrincipalSet;
pub(crate) use template::{Piece, Template, Variable};
pub(crate) use value::{Decimal, Instant, Network, boolean};

/// A policy document, compiled. Cloning is cheap: clones share the document.
#[derive(Debug, Clone, PartialEq)]
pub struct Policy(Arc<Inner>);

#[derive(Debug, PartialEq)]
struct Inner {
    source: Value,
    version: Version,
    id: Option<String>,
    statements: Vec<Statement>,
    index: index::ServiceIndex,
}

/// The version of the policy language.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Version {
    /// `2008-10-17`, also where a document names none: `${…}` is plain text.
    V2008,
    /// `2012-10-17`: with policy variables.
    V2012,
}

/// What a statement does where it matches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// Grants.
    Allow,
    /// Refuses, whatever else grants.
    Deny,
}

/// An element or its `Not…` twin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Selector<T> {
    /// What matches one of these.
    Only(Vec<T>),
    /// What matches none of these.
    Except(Vec<T>),
}

/// One statement, compiled.
#[derive(Debug, Clone, PartialEq)]
pub struct Statement {
    pub(crate) sid: Option<String>,
    pub(crate) effect: Effect,
    pub(crate) principals: Option<Selector<PrincipalSet>>,
    pub(crate) actions: Selector<ActionPattern>,
    pub(crate) resources: Option<Selector<Pattern>>,
    pub(crate) conditions: Vec<Condition>,
}

/// Where a policy is attached, which decides the elements its statements must and may not have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PolicyKind {
    /// Identity policy, permissions boundary, session policy or SCP: a resource, no principal.
    Identity,
    /// Resource policy, key policy or trust policy: a principal; the resource may be left out.
    Resource,
    /// RCP: `"Principal": "*"` and a resource.
    Rcp,
    /// VPC endpoint policy: a resource; the principal may be left out and then is everyone.
    Endpoint,
}

impl Policy {
    /// Reads and compiles a JSON document.
    ///
    /// # Errors
    /// Broken JSON (with line and column, and the pointer to the value it broke in), a key given
    /// twice, or anything that is not of the policy language.
    pub fn parse(text: &str) -> Result<Self, PolicyError> {
        Self::from_value(&strict_json::parse(text)?)
    }

    /// Compiles a document that is already JSON.
    ///
    /// # Errors
    /// Anything that is not of the policy language.
    pub fn from_value(value: &Value) -> Result<Self, PolicyError> {
        let parse::Document {
            version,
            id,
            statements,
        } = parse::document(value)?;
        let index = index::ServiceIndex::new(&statements);
        Ok(Self(Arc::new(Inner {
            source: value.clone(),
            version,
            id,
            statements,
            index,
        })))
    }

    /// Checks that the statements have the elements of their kind of policy.
    ///
    /// # Errors
    /// The first statement that lacks an element or has one that is not allowed there.
    pub fn check(&self, kind: PolicyKind) -> Result<(), PolicyError> {
        let root = Place::Root;
        let list = root.key("Statement");
        let many = self.0.source.get("Statement").is_some_and(Value::is_array);
        for (index, statement) in self.0.statements.iter().enumerate() {
            let place = if many { list.index(index) } else { list };
            statement.check(kind, &place)?;
        }
        Ok(())
    }

    /// The document as it was given.
    pub fn to_json(&self) -> &Value {
        &self.0.source
    }

    /// The version; 2008-10-17 where the document names none.
    pub fn version(&self) -> Version {
        self.0.version
    }

    /// The `Id` element.
    pub fn id(&self) -> Option<&str> {
        self.0.id.as_deref()
    }

    /// The statements that can speak of `action` (`service:Name`, any case), with their positions,
    /// in the document's order. Those left out do not; those given need not.
    #[inline]
    pub fn statements_for(&self, action: &str) -> impl Iterator<Item = (usize, &Statement)> {
        let positions = self.0.index.positions(action).iter();
        positions.filter_map(|position| Some((*position, self.0.statements.get(*position)?)))
    }

    /// The statements, in the document's order.
    pub fn statements(&self) -> &[Statement] {
        &self.0.statements
    }
}

impl std::str::FromStr for Policy {
    type Err = PolicyError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::parse(text)
    }
}

impl Statement {
    /// The `Sid` element.
    pub fn sid(&self) -> Option<&str> {
        self.sid.as_deref()
    }

    /// Allow or Deny.
    pub fn effect(&self) -> Effect {
        self.effect
    }

    /// The `Action` or `NotAction` element.
    pub fn actions(&self) -> &Selector<ActionPattern> {
        &self.actions
    }

    /// The `Resource` or `NotResource` element; trust policies have none.
    pub fn resources(&self) -> Option<&Selector<Pattern>> {
        self.resources.as_ref()
    }

    /// The conditions: all must hold.
    pub fn conditions(&self) -> &[Condition] {
        &self.conditions
    }

    /// Whether the statement speaks of `action` (`service:Name`, any case).
    #[inline]
    pub fn matches_action(&self, action: &str) -> bool {
        match &self.actions {
            Selector::Only(list) => list.iter().any(|pattern| pattern.matches(action)),
            Selector::Except(list) => !list.iter().any(|pattern| pattern.matches(action)),
        }
    }

    fn check(&self, kind: PolicyKind, place: &Place<'_>) -> Result<(), PolicyError> {
        let needs_resource = || {
            PolicyError::new(
                place,
                "`Resource` is missing",
                "`Resource` or `NotResource`: an ARN pattern or `*`",
            )
        };
        let everyone = matches!(&self.principals, Some(Selector::Only(sets)) if sets.iter().all(|set| set.everyone));
        match kind {
            PolicyKind::Identity if self.principals.is_some() => Err(PolicyError::new(
                place,
                "`Principal` stands in a policy that is attached to a principal",
                "a statement without `Principal` and `NotPrincipal`",
            )),
            PolicyKind::Resource if self.principals.is_none() => Err(PolicyError::new(
                place,
                "`Principal` is missing in a resource policy",
                "`Principal` or `NotPrincipal`: `*` or an object of `AWS`, `Service`, `Federated`",
            )),
            PolicyKind::Rcp if !everyone => Err(PolicyError::new(
                place,
                "an RCP is about everyone",
                "`\"Principal\": \"*\"`",
            )),
            PolicyKind::Identity | PolicyKind::Rcp | PolicyKind::Endpoint if self.resources.is_none() => {
                Err(needs_resource())
            }
            _ => Ok(()),
        }
    }
}
