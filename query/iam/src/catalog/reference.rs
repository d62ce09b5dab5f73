//! AWS's service reference: one JSON document for each service prefix, public and newer than any table.
//! Source: "Simplified AWS service information for programmatic access" in the Service Authorization Reference.
//!
//! Reading is tolerant: fields that are not needed are ignored, lists may be absent or null. What is read must be
//! usable: a document that says something else is refused with its file and the place in it.

use serde_json::Value;

use super::AccessLevel;

/// Why a document cannot be used: the file, the place as a JSON pointer, and what is wrong.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{file}`{at}: {problem}")]
pub struct ReferenceError {
    file: String,
    at: String,
    problem: String,
}

/// One service of AWS's reference.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ServiceReference {
    /// The prefix, as `s3`.
    pub(super) prefix: String,
    /// Its actions.
    pub(super) actions: Vec<ActionReference>,
    /// Its resource types with their ARN patterns.
    pub(super) resources: Vec<(String, Vec<String>)>,
    /// Its condition keys with their type.
    pub(super) keys: Vec<(String, String)>,
    /// Operations that exactly one action authorises, with that action.
    pub(super) operations: Vec<(String, String)>,
}

/// One action of a service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ActionReference {
    /// Without the prefix, as `GetObject`.
    pub(super) name: String,
    /// None where the document does not say.
    pub(super) level: Option<AccessLevel>,
    /// Names of resource types.
    pub(super) resources: Vec<String>,
    /// Names of condition keys.
    pub(super) keys: Vec<String>,
}

/// Reads a file: a document of one service, or a list of such. The index of services and empty files give none.
pub fn parse(file: &str, text: &str) -> Result<Vec<ServiceReference>, ReferenceError> {
    let value: Value = serde_json::from_str(text).map_err(|error| ReferenceError {
        file: file.to_owned(),
        at: String::new(),
        problem: format!("not JSON: {error}; a document of AWS's service reference is accepted"),
    })?;
    let root = Place {
        file,
        pointer: String::new(),
        value: &value,
    };
    match &value {
        Value::Array(_) => root
            .items()?
            .iter()
            .filter(|item| item.value.get("url").is_none())
            .map(Place::service)
            .collect(),
        _ => Ok(vec![root.service()?]),
    }
}

/// The (prefix, address) pairs of the index of services, in order.
pub fn parse_index(file: &str, text: &str) -> Result<Vec<(String, String)>, ReferenceError> {
    let value: Value = serde_json::from_str(text).unwrap_or(Value::Null);
    let root = Place {
        file,
        pointer: String::new(),
        value: &value,
    };
    let entries = root.items()?;
    if entries.is_empty() {
        return Err(root.wrong("this is no index of services: a list of `{\"service\", \"url\"}` is accepted"));
    }
    entries
        .iter()
        .map(|entry| Ok((entry.name("service")?, entry.text("url")?.to_owned())))
        .collect()
}

/// A value with where it stands, for errors.
struct Place<'v> {
    file: &'v str,
    pointer: String,
    value: &'v Value,
}

impl<'v> Place<'v> {
    fn wrong(&self, problem: &str) -> ReferenceError {
        let at = match self.pointer.is_empty() {
            true => String::new(),
            false => format!(" at `{}`", self.pointer),
        };
        ReferenceError {
            file: self.file.to_owned(),
            at,
            problem: problem.to_owned(),
        }
    }

    /// A field; null where it is absent.
    fn field(&self, key: &str) -> Place<'v> {
        Place {
            file: self.file,
            pointer: format!("{}/{key}", self.pointer),
            value: self.value.get(key).unwrap_or(&Value::Null),
        }
    }

    /// The items of a list; none where it is null.
    fn items(&self) -> Result<Vec<Place<'v>>, ReferenceError> {
        let item = |(at, value)| Place {
            file: self.file,
            pointer: format!("{}/{at}", self.pointer),
            value,
        };
        match self.value {
            Value::Null => Ok(Vec::new()),
            Value::Array(list) => Ok(list.iter().enumerate().map(item).collect()),
            _ => Err(self.wrong("a list is expected")),
        }
    }

    fn as_text(&self) -> Result<&'v str, ReferenceError> {
        let text = self.value.as_str().filter(|t| !t.is_empty());
        let text = text.ok_or_else(|| self.wrong("a text is expected"))?;
        match text.chars().any(|c| c.is_control() || c == ',') {
            true => Err(self.wrong("a text without control characters and commas is expected")),
            false => Ok(text),
        }
    }

    fn text(&self, key: &str) -> Result<&'v str, ReferenceError> {
        self.field(key).as_text()
    }

    /// A name of letters, digits and `-`, which prefixes and actions are made of.
    fn name(&self, key: &str) -> Result<String, ReferenceError> {
        let name = self.text(key)?;
        match name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-') {
            true => Ok(name.to_owned()),
            false => Err(self
                .field(key)
                .wrong(&format!("`{name}` is no name of a service or an action"))),
        }
    }

    fn texts(&self, key: &str) -> Result<Vec<String>, ReferenceError> {
        let items = self.field(key).items()?;
        items.iter().map(|item| Ok(item.as_text()?.to_owned())).collect()
    }

    fn service(&self) -> Result<ServiceReference, ReferenceError> {
        let each = |key: &str| self.field(key).items();
        let resource = |r: &Place<'_>| Ok((r.text("Name")?.to_owned(), r.arn_formats()?));
        let key = |k: &Place<'_>| {
            let kind = k.texts("Types")?.into_iter().next();
            Ok((k.text("Name")?.to_owned(), kind.unwrap_or_else(|| "String".to_owned())))
        };
        let mut operations = Vec::new();
        for operation in each("Operations")? {
            operations.extend(operation.authorised()?);
        }
        Ok(ServiceReference {
            prefix: self.name("Name")?,
            actions: each("Actions")?.iter().map(Place::action).collect::<Result<_, _>>()?,
            resources: each("Resources")?.iter().map(resource).collect::<Result<_, _>>()?,
            keys: each("ConditionKeys")?.iter().map(key).collect::<Result<_, _>>()?,
            operations,
        })
    }

    fn arn_formats(&self) -> Result<Vec<String>, ReferenceError> {
        let formats = self.texts("ARNFormats")?;
        match formats.iter().position(|f| !f.starts_with("arn:")) {
            Some(at) => Err(self
                .field(&format!("ARNFormats/{at}"))
                .wrong("an ARN pattern is expected")),
            None => Ok(formats),
        }
    }

    fn action(&self) -> Result<ActionReference, ReferenceError> {
        let resources = self.field("Resources").items()?;
        let resources = resources.iter().map(|r| Ok(r.text("Name")?.to_owned()));
        Ok(ActionReference {
            name: self.name("Name")?,
            level: level(&self.field("Annotations").field("Properties")),
            resources: resources.collect::<Result<_, _>>()?,
            keys: self.texts("ActionConditionKeys")?,
        })
    }

    /// The operation with its action, where it is one alone: several are what *may* be checked, not what is.
    fn authorised(&self) -> Result<Option<(String, String)>, ReferenceError> {
        match self.field("AuthorizedActions").items()?.as_slice() {
            [action] => {
                let name = format!("{}:{}", action.name("Service")?, action.name("Name")?);
                Ok(Some((self.name("Name")?, name)))
            }
            _ => Ok(None),
        }
    }
}

/// The level that a document's marks mean; an action with marks and none of them set reads.
fn level(marks: &Place<'_>) -> Option<AccessLevel> {
    let set = |mark: &str| marks.value.get(mark).and_then(Value::as_bool).unwrap_or(false);
    marks.value.is_object().then(|| match () {
        () if set("IsPermissionManagement") => AccessLevel::PermissionsManagement,
        () if set("IsTaggingOnly") => AccessLevel::Tagging,
        () if set("IsWrite") => AccessLevel::Write,
        () if set("IsList") => AccessLevel::List,
        () => AccessLevel::Read,
    })
}
