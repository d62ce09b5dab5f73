//! From a file's text to objects: which document is it, and where in the file.

use std::collections::BTreeMap;

use podtrail_event::time::Timestamp;
use serde::de::{Deserialize, DeserializeOwned, Deserializer, IgnoredAny};
use serde_json::value::RawValue;

use super::{InventoryError, Object, ec2, eks, iam, iam_lists, kubernetes, organization, registered};

/// What the importer knows and the file may not say.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ImportHint {
    /// The cluster that `kubectl` asked: its ARN or name.
    pub cluster: Option<String>,
}

/// The parts of a JSON object, unread. Only what is asked for is ever read, so nothing else
/// (environment variables of a pod, say) is taken in.
pub(super) type Parts<'t> = BTreeMap<String, &'t RawValue>;

/// A JSON value and where it stands in the file.
#[derive(Clone)]
pub(super) struct Place<'t> {
    /// `document 2` where there are several, then the JSON pointer; `/` for the only document.
    at: String,
    pub(super) raw: &'t RawValue,
}

/// Reads every document of a file; see [`InventoryError`] for what is refused, and then as a whole.
pub fn parse(text: &str, hint: &ImportHint) -> Result<Vec<Object>, InventoryError> {
    let text = text.trim_start_matches('\u{feff}');
    let mut documents = Vec::new();
    for raw in serde_json::Deserializer::from_str(text).into_iter::<&RawValue>() {
        documents.push(raw.map_err(|e| not_json(&e))?);
    }
    if documents.is_empty() {
        return Err(InventoryError::Empty);
    }
    let several = documents.len() > 1;
    let mut objects = Vec::new();
    for (number, raw) in documents.into_iter().enumerate() {
        let at = if several {
            format!("document {}: ", number + 1)
        } else {
            String::new()
        };
        document(&Place { at, raw }, hint, &mut objects)?;
    }
    Ok(objects)
}

fn document(place: &Place<'_>, hint: &ImportHint, out: &mut Vec<Object>) -> Result<(), InventoryError> {
    if let Some(items) = place.items() {
        return items.iter().try_for_each(|item| object(item, hint, out));
    }
    object(place, hint, out)
}

fn object(place: &Place<'_>, hint: &ImportHint, out: &mut Vec<Object>) -> Result<(), InventoryError> {
    let Some(parts) = place.parts() else {
        return Err(place.unknown(if place.items().is_some() {
            "an array within an array"
        } else {
            "a bare value"
        }));
    };
    let has = |name: &str| parts.contains_key(name);
    if has("RoleDetailList") || has("Policies") || has("UserDetailList") || has("GroupDetailList") {
        iam::details(place, &parts, out)
    } else if iam_lists::is_answer(&parts) {
        iam_lists::answer(place, &parts, out)
    } else if ec2::is_answer(&parts) {
        ec2::answer(place, &parts, out)
    } else if let Some(raw) = parts.get(registered::NAME) {
        out.push(registered::cluster(&place.child(registered::NAME, raw))?);
        Ok(())
    } else if let Some(raw) = parts.get(organization::NAME) {
        out.push(organization::policies(&place.child(organization::NAME, raw))?);
        Ok(())
    } else if has("kind") && has("apiVersion") {
        kubernetes::resource(place, hint, out)
    } else if eks::is_answer(&parts) {
        eks::answer(place, &parts, out)
    } else {
        Err(place.unknown(&looks(&parts)))
    }
}

/// What an unknown object looks like: the names of its first members.
fn looks(parts: &Parts<'_>) -> String {
    if parts.contains_key("Records") || parts.contains_key("eventVersion") {
        return "CloudTrail records, which `podtrail ingest` reads".to_owned();
    }
    if parts.is_empty() {
        return "an empty object".to_owned();
    }
    let names: Vec<String> = parts
        .keys()
        .take(5)
        .map(|n| format!("`{}`", n.chars().take(40).collect::<String>()))
        .collect();
    format!("an object with {}", names.join(", "))
}

impl<'t> Place<'t> {
    /// The members of an object; none if it is none.
    pub(super) fn parts(&self) -> Option<Parts<'t>> {
        serde_json::from_str(self.raw.get()).ok()
    }

    /// The items of an array; none if it is none.
    pub(super) fn items(&self) -> Option<Vec<Place<'t>>> {
        let items: Vec<&'t RawValue> = serde_json::from_str(self.raw.get()).ok()?;
        Some(
            items
                .into_iter()
                .enumerate()
                .map(|(i, raw)| self.child(&i.to_string(), raw))
                .collect(),
        )
    }

    /// The value of a member.
    pub(super) fn child(&self, name: &str, raw: &'t RawValue) -> Place<'t> {
        Place {
            at: format!("{}/{name}", self.at),
            raw,
        }
    }

    /// The items of a member, none where the member is missing or null; an error where it is no array.
    pub(super) fn list(
        &self,
        parts: &Parts<'t>,
        name: &str,
        kind: &'static str,
    ) -> Result<Vec<Place<'t>>, InventoryError> {
        match parts.get(name) {
            None => Ok(Vec::new()),
            Some(raw) if raw.get() == "null" => Ok(Vec::new()),
            Some(raw) => {
                let child = self.child(name, raw);
                child.items().ok_or_else(|| child.malformed(kind, "expected an array"))
            }
        }
    }

    /// Reads the value as `T`.
    pub(super) fn read<T: DeserializeOwned>(&self, kind: &'static str) -> Result<T, InventoryError> {
        serde_json::from_str(self.raw.get()).map_err(|e| {
            let message = e.to_string();
            // The position is within this value, not within the file: it would mislead.
            self.malformed(kind, message.split(" at line ").next().unwrap_or_default())
        })
    }

    /// A text that must be there and must not be empty.
    pub(super) fn needed(
        &self,
        text: Option<String>,
        name: &str,
        kind: &'static str,
    ) -> Result<String, InventoryError> {
        text.filter(|t| !t.is_empty())
            .ok_or_else(|| self.malformed(kind, &format!("`{name}` is missing or empty")))
    }

    pub(super) fn malformed(&self, kind: &'static str, message: &str) -> InventoryError {
        InventoryError::Malformed {
            at: self.name(),
            kind,
            message: message.to_owned(),
        }
    }

    pub(super) fn unknown(&self, looks: &str) -> InventoryError {
        InventoryError::Unknown {
            at: self.name(),
            looks: looks.to_owned(),
        }
    }

    pub(super) fn name(&self) -> String {
        if self.at.is_empty() || self.at.ends_with(": ") {
            format!("{}/", self.at)
        } else {
            self.at.clone()
        }
    }
}

fn not_json(error: &serde_json::Error) -> InventoryError {
    let message = error.to_string();
    InventoryError::Json {
        line: error.line(),
        column: error.column(),
        message: message.split(" at line ").next().unwrap_or_default().to_owned(),
    }
}

/// Reads a time as AWS's and Kubernetes' tools print it, RFC 3339 or seconds since 1970; anything
/// else is no time rather than an error, for no object hangs on one.
pub(super) fn time<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Timestamp>, D::Error> {
    #[derive(serde::Deserialize)]
    #[serde(untagged)]
    enum Printed {
        Text(String),
        Seconds(f64),
        Other(IgnoredAny),
    }
    Ok(match Printed::deserialize(deserializer)? {
        Printed::Text(text) => Timestamp::parse(&text),
        Printed::Seconds(seconds) => jiff::SignedDuration::try_from_secs_f64(seconds)
            .ok()
            .and_then(|since| i64::try_from(since.as_micros()).ok())
            .map(Timestamp),
        Printed::Other(_) => None,
    })
}
