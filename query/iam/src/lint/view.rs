//! A document and its compiled policy side by side, so that a check can judge the one and point into the other.

use serde_json::{Map, Value};

use super::LintKind;
use crate::policy::strict_json::escape;
use crate::policy::{Condition, Policy, Statement, build};

/// What the checks look at.
pub(super) struct Subject<'a> {
    pub(super) document: &'a Value,
    pub(super) policy: &'a Policy,
    pub(super) kind: LintKind,
    /// The document in its shortest form.
    pub(super) minified: String,
    /// Characters of [`Self::minified`], white space within strings included.
    pub(super) characters: usize,
    pub(super) statements: Vec<View<'a>>,
}

/// One statement, as written and compiled.
pub(super) struct View<'a> {
    pub(super) statement: &'a Statement,
    source: Option<&'a Map<String, Value>>,
    pub(super) pointer: String,
}

/// A text of the document with its place.
pub(super) struct Item<'a> {
    pub(super) text: &'a str,
    pub(super) pointer: String,
}

impl<'a> Subject<'a> {
    pub(super) fn new(document: &'a Value, policy: &'a Policy, kind: LintKind) -> Self {
        let written = match document.get("Statement") {
            Some(Value::Array(list)) => list
                .iter()
                .enumerate()
                .map(|(n, s)| (format!("/Statement/{n}"), s))
                .collect(),
            Some(one) => vec![("/Statement".to_owned(), one)],
            None => Vec::new(),
        };
        let view = |(statement, (pointer, source)): (&'a Statement, (String, &'a Value))| View {
            statement,
            source: source.as_object(),
            pointer,
        };
        let minified = build::minified(document);
        Self {
            document,
            policy,
            kind,
            characters: minified.chars().count(),
            minified,
            statements: policy.statements().iter().zip(written).map(view).collect(),
        }
    }
}

impl<'a> View<'a> {
    /// An element as it is written.
    pub(super) fn element(&self, name: &str) -> Option<&'a Value> {
        self.source?.get(name)
    }

    /// The place of an element.
    pub(super) fn place(&self, name: &str) -> String {
        format!("{}/{name}", self.pointer)
    }

    /// Whichever of an element and its `Not…` twin is there.
    pub(super) fn named(&self, only: &'static str, except: &'static str) -> Option<&'static str> {
        [only, except].into_iter().find(|name| self.element(name).is_some())
    }

    /// The texts of an element and of its `Not…` twin.
    pub(super) fn items(&self, only: &'static str, except: &'static str) -> Vec<Item<'a>> {
        self.named(only, except)
            .map(|name| self.texts(name))
            .unwrap_or_default()
    }

    /// The texts of an element: a string, or the strings of a list.
    pub(super) fn texts(&self, name: &str) -> Vec<Item<'a>> {
        self.element(name)
            .map(|value| texts(value, &self.place(name)))
            .unwrap_or_default()
    }

    /// The place of a condition: `/…/Condition/Operator/Key`.
    pub(super) fn condition_place(&self, condition: &Condition) -> String {
        let (operator, key) = (escape(condition.operator()), escape(condition.key()));
        format!("{}/Condition/{operator}/{key}", self.pointer)
    }

    /// The values of a condition, as text with their places.
    pub(super) fn condition_values(&self, condition: &Condition) -> Vec<(String, String)> {
        let value = self
            .element("Condition")
            .and_then(|value| value.get(condition.operator())?.get(condition.key()));
        let place = self.condition_place(condition);
        let text = |value: &Value| crate::policy::scalar(value).unwrap_or_default();
        match value {
            Some(Value::Array(list)) => {
                let one = |(n, item): (usize, &Value)| (text(item), format!("{place}/{n}"));
                list.iter().enumerate().map(one).collect()
            }
            Some(one) => vec![(text(one), place)],
            None => Vec::new(),
        }
    }
}

/// A string, or the strings of a list, with their places.
pub(super) fn texts<'a>(value: &'a Value, place: &str) -> Vec<Item<'a>> {
    let one = |value: &'a Value, pointer: String| {
        Some(Item {
            text: value.as_str()?,
            pointer,
        })
    };
    match value {
        Value::Array(list) => {
            let each = |(n, item)| one(item, format!("{place}/{n}"));
            list.iter().enumerate().filter_map(each).collect()
        }
        other => one(other, place.to_owned()).into_iter().collect(),
    }
}
