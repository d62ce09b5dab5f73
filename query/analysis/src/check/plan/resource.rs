//! One resource change of a Terraform plan.

use serde_json::Value;

use crate::check::document::{ReadError, error};

/// What is done to a resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Actions {
    Nothing,
    Create,
    Update,
    Delete,
    Replace,
    Forget,
}

impl Actions {
    pub(super) fn changes(self) -> bool {
        !matches!(self, Self::Nothing | Self::Forget)
    }

    /// Whether what was there is taken away.
    pub(super) fn unmakes(self) -> bool {
        matches!(self, Self::Delete | Self::Replace)
    }

    /// Whether something is there afterwards that was not so before.
    pub(super) fn makes(self) -> bool {
        matches!(self, Self::Create | Self::Update | Self::Replace)
    }

    /// Whether the resource is a new one afterwards.
    pub(super) fn is_made_anew(self) -> bool {
        matches!(self, Self::Create | Self::Replace)
    }
}

/// Before or after the change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    Before,
    After,
}

impl Side {
    pub(super) fn key(self) -> &'static str {
        match self {
            Self::Before => "before",
            Self::After => "after",
        }
    }
}

/// A text of a resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Field<'v> {
    Value(&'v str),
    /// Known after apply.
    Unknown,
    Absent,
}

impl<'v> Field<'v> {
    pub(super) fn known(self) -> Option<&'v str> {
        match self {
            Self::Value(text) => Some(text),
            Self::Unknown | Self::Absent => None,
        }
    }
}

/// A managed resource of a plan.
#[derive(Debug, Clone)]
pub(super) struct Resource<'v> {
    pub(super) address: &'v str,
    pub(super) kind: &'v str,
    pub(super) actions: Actions,
    /// JSON pointer to it.
    pub(super) pointer: String,
    before: &'v Value,
    after: &'v Value,
    unknown: &'v Value,
}

impl<'v> Resource<'v> {
    /// None for data sources.
    pub(super) fn read(file: &str, at: usize, value: &'v Value) -> Result<Option<Self>, ReadError> {
        let pointer = format!("/resource_changes/{at}");
        let wrong =
            |place: &str, problem: &str, accepted: &str| error(file, &format!("{pointer}{place}"), problem, accepted);
        let text = |key: &str| {
            let found = value.get(key).and_then(Value::as_str);
            found.ok_or_else(|| wrong(&format!("/{key}"), "no text stands there", "a text"))
        };
        if value.get("mode").and_then(Value::as_str) == Some("data") {
            return Ok(None);
        }
        let (address, kind) = (text("address")?, text("type")?);
        let change = value.get("change").unwrap_or(&Value::Null);
        let words = change.get("actions").and_then(Value::as_array);
        let words: Vec<&str> = words.into_iter().flatten().filter_map(Value::as_str).collect();
        let actions = match words.as_slice() {
            ["no-op" | "read"] => Actions::Nothing,
            ["create"] => Actions::Create,
            ["update"] => Actions::Update,
            ["delete"] => Actions::Delete,
            ["delete", "create"] | ["create", "delete"] => Actions::Replace,
            ["forget"] => Actions::Forget,
            other => {
                let problem = format!("`{address}` has the actions `{}`", other.join(", "));
                let accepted = "`no-op`, `read`, `create`, `update`, `delete`, `forget`, or `delete` and `create`";
                return Err(wrong("/change/actions", &problem, accepted));
            }
        };
        let part = |key: &str| change.get(key).unwrap_or(&Value::Null);
        Ok(Some(Self {
            address,
            kind,
            actions,
            before: part("before"),
            after: part("after"),
            unknown: part("after_unknown"),
            pointer,
        }))
    }

    /// What a field holds; none where it is null or not known.
    pub(super) fn value(&self, side: Side, name: &str) -> Option<&'v Value> {
        let whole = match side {
            Side::Before => self.before,
            Side::After => self.after,
        };
        whole.get(name).filter(|value| !value.is_null())
    }

    /// Whether a field, or something in it, is known after apply.
    pub(super) fn is_unknown(&self, name: &str) -> bool {
        fn any(value: &Value) -> bool {
            match value {
                Value::Bool(unknown) => *unknown,
                Value::Array(items) => items.iter().any(any),
                Value::Object(map) => map.values().any(any),
                _ => false,
            }
        }
        *self.unknown == Value::Bool(true) || self.unknown.get(name).is_some_and(any)
    }

    /// A text of the resource.
    pub(super) fn text(&self, side: Side, name: &str) -> Field<'v> {
        if side == Side::After && self.is_unknown(name) {
            return Field::Unknown;
        }
        match self.value(side, name).and_then(Value::as_str) {
            Some(text) => Field::Value(text),
            None => Field::Absent,
        }
    }

    /// What people call it: its name, else its address.
    pub(super) fn title(&self) -> &'v str {
        let name = self.text(Side::After, "name").known();
        name.or_else(|| self.text(Side::Before, "name").known())
            .unwrap_or(self.address)
    }
}

/// Whether two texts are the same JSON, known both.
pub(super) fn same_json(a: &Field<'_>, b: &Field<'_>) -> bool {
    let json = |text: &str| serde_json::from_str::<Value>(text).ok();
    match (a, b) {
        (Field::Value(a), Field::Value(b)) => a == b || json(a).is_some_and(|a| Some(a) == json(b)),
        (Field::Absent, Field::Absent) => true,
        _ => false,
    }
}
