//! What is wrong with a policy document, and where.

use super::strict_json::{JsonError, escape};

/// Why a document is no policy that IAM would accept.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{problem} at `{}`; accepted: {accepted}", if pointer.is_empty() { "/" } else { pointer })]
pub struct PolicyError {
    /// JSON pointer (RFC 6901) to the place; empty for the document itself.
    pub pointer: String,
    /// What is wrong there.
    pub problem: String,
    /// What would be accepted there.
    pub accepted: String,
}

impl PolicyError {
    pub(crate) fn new(place: &Place<'_>, problem: impl Into<String>, accepted: impl Into<String>) -> Self {
        Self {
            pointer: place.pointer(),
            problem: problem.into(),
            accepted: accepted.into(),
        }
    }
}

impl From<JsonError> for PolicyError {
    fn from(error: JsonError) -> Self {
        let (problem, accepted) = if error.twice {
            (error.to_string(), "each key once; IAM reads only one of the two")
        } else {
            (
                format!("the document does not read as JSON: {error}"),
                "one JSON object, with nothing behind it",
            )
        };
        Self {
            pointer: error.pointer,
            problem,
            accepted: accepted.to_owned(),
        }
    }
}

/// A place in a document while it is read: costs nothing until an error asks for its pointer.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Place<'a> {
    Root,
    Key(&'a Place<'a>, &'a str),
    Index(&'a Place<'a>, usize),
}

impl<'a> Place<'a> {
    pub(crate) fn key(&'a self, key: &'a str) -> Place<'a> {
        Place::Key(self, key)
    }

    pub(crate) fn index(&'a self, index: usize) -> Place<'a> {
        Place::Index(self, index)
    }

    fn pointer(&self) -> String {
        match self {
            Self::Root => String::new(),
            Self::Key(parent, key) => format!("{}/{}", parent.pointer(), escape(key)),
            Self::Index(parent, index) => format!("{}/{index}", parent.pointer()),
        }
    }
}
