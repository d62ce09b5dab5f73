//! One role as changes would leave it.

use podtrail_iam::policy::Policy;

use super::changes::{Document, Edit, PolicyRef, Text};
use crate::inventory::{Inventory, NamedPolicy, Role};

/// One role as it would be.
#[derive(Debug, Clone, Default)]
pub(super) struct State<'a> {
    /// The role as it is, where the inventory knows it.
    pub(super) role: Option<&'a Role>,
    identity: Vec<Held>,
    pub(super) boundary: Option<Document>,
    /// None: not known.
    pub(super) trust: Option<Document>,
    /// Identity policies or boundary change.
    pub(super) calls_change: bool,
    pub(super) trust_changes: bool,
    pub(super) is_deleted: bool,
    /// A plan makes it.
    pub(super) is_new: bool,
    /// Its identity policies are those of the documents alone.
    is_replaced: bool,
}

#[derive(Debug, Clone)]
struct Held {
    managed: bool,
    document: Document,
}

/// A policy that a role has today.
pub(super) fn known(policy: &NamedPolicy) -> Document {
    Document {
        name: policy.name.clone(),
        text: text(policy.document.as_deref()),
    }
}

fn text(document: Option<&str>) -> Text {
    document
        .and_then(|text| Policy::parse(text).ok())
        .map_or(Text::Unchanged, Text::Known)
}

impl<'a> State<'a> {
    /// A role by its ARN, as it is; one that the inventory does not know may have any policies.
    pub(super) fn today(inventory: &'a Inventory, arn: &str) -> Self {
        match inventory.roles.iter().find(|role| role.arn == arn) {
            Some(role) => Self::of(role),
            None => Self {
                identity: vec![Held {
                    managed: false,
                    document: Document {
                        name: format!("other policies of {arn}"),
                        text: Text::Unchanged,
                    },
                }],
                ..Self::default()
            },
        }
    }

    /// A role as it is.
    pub(super) fn of(role: &'a Role) -> Self {
        let held = |policy: &NamedPolicy| Held {
            managed: policy.managed,
            document: known(policy),
        };
        let trust = role.trust_policy.as_deref().map(|trust| Document {
            name: "the trust policy".to_owned(),
            text: text(Some(trust)),
        });
        Self {
            role: Some(role),
            identity: role.policies.iter().map(held).collect(),
            boundary: role.permissions_boundary.as_ref().map(known),
            trust,
            ..Self::default()
        }
    }

    /// The identity policies.
    pub(super) fn identity(&self) -> impl Iterator<Item = &Document> {
        self.identity.iter().map(|held| &held.document)
    }

    /// Puts a change of the role.
    pub(super) fn edit(&mut self, edit: &Edit, document_of: impl Fn(&PolicyRef) -> Document) {
        match edit {
            Edit::Identity { document, .. } => {
                let first = !std::mem::replace(&mut self.is_replaced, true);
                self.replace(|_| first, [(false, document.clone())]);
            }
            Edit::Inline { name, document, .. } => {
                let new = document.iter().map(|document| (false, document.clone()));
                self.replace(|held| !held.managed && held.document.name == *name, new);
            }
            Edit::InlineAll { documents, .. } => {
                let new = documents.iter().map(|document| (false, document.clone()));
                self.replace(|held| !held.managed, new);
            }
            Edit::Attachment { policy, attached, .. } => {
                let new = attached.then(|| (true, document_of(policy)));
                self.replace(|held| held.managed && held.document.name == policy.name(), new);
            }
            Edit::AttachedAll { policies, .. } => {
                let new = policies.iter().map(|policy| (true, document_of(policy)));
                self.replace(|held| held.managed, new);
            }
            Edit::Boundary { boundary, .. } => {
                self.boundary = boundary.as_ref().map(document_of);
                self.calls_change = true;
            }
            Edit::Trust { document, .. } => {
                self.trust = Some(document.clone());
                self.trust_changes = true;
            }
            Edit::Created { .. } => {
                *self = Self {
                    is_new: true,
                    ..Self::default()
                };
            }
            Edit::Deleted { .. } => {
                self.is_deleted = true;
                self.calls_change = true;
                self.identity.clear();
            }
            Edit::Managed { .. } | Edit::Association { .. } | Edit::Session { .. } | Edit::Told { .. } => {}
        }
    }

    /// Puts policies, managed or not, in the place of some.
    fn replace(&mut self, gone: impl Fn(&Held) -> bool, new: impl IntoIterator<Item = (bool, Document)>) {
        self.calls_change = true;
        self.identity.retain(|held| !gone(held));
        let new = new.into_iter();
        self.identity
            .extend(new.map(|(managed, document)| Held { managed, document }));
    }

    /// Gives a managed policy another document, or takes it away, where the role has it.
    pub(super) fn put_managed(&mut self, name: &str, document: Option<&Document>) {
        let has = |held: &Held| held.managed && held.document.name == name;
        if self.identity.iter().any(has) {
            self.calls_change = true;
            self.identity.retain_mut(|held| match document {
                Some(document) if has(held) => {
                    held.document = document.clone();
                    true
                }
                _ => !has(held),
            });
        }
        if self.boundary.as_ref().is_some_and(|boundary| boundary.name == name) {
            self.calls_change = true;
            self.boundary = document.cloned();
        }
    }
}
