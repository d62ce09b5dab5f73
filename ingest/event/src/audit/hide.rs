//! What Kubernetes objects may hold of secrets, beyond the keys and texts that are redacted in every record.

use crate::redact::{MASK, is_credential_key};
use serde_json::{Map, Value};

/// What is kept of a Secret: what it is, not what is in it.
const KEPT_OF_SECRET: [&str; 3] = ["apiVersion", "kind", "type"];
/// What is kept of its metadata; annotations may repeat the whole object.
const KEPT_OF_METADATA: [&str; 5] = ["name", "namespace", "uid", "resourceVersion", "creationTimestamp"];
/// The copy of an object that `kubectl apply` keeps in the object.
const LAST_APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";

/// Takes out of an audit event: whatever a request for Secrets carries, Secrets in any object, values named as
/// credentials (in `env`, in patches, after options of a command), and the command of `exec`.
pub(super) fn secrets(event: &mut Map<String, Value>) {
    let (secrets, opens) = match event.get("objectRef") {
        Some(object) => (
            object.get("resource").and_then(Value::as_str) == Some("secrets"),
            matches!(
                object.get("subresource").and_then(Value::as_str),
                Some("exec" | "attach" | "portforward" | "proxy")
            ),
        ),
        None => (false, false),
    };
    if secrets {
        // A patch or a table of Secrets has no kind of its own.
        for key in ["requestObject", "responseObject"] {
            mask(event.get_mut(key));
        }
    }
    if opens && let Some(Value::String(uri)) = event.get_mut("requestURI") {
        uri.truncate(uri.find('?').unwrap_or(uri.len()));
    }
    for value in event.values_mut() {
        hide(value);
    }
}

fn mask(value: Option<&mut Value>) {
    if let Some(value) = value.filter(|value| !value.is_null()) {
        *value = Value::String(MASK.to_owned());
    }
}

fn hide(value: &mut Value) {
    match value {
        Value::Array(list) => {
            after_options(list);
            list.iter_mut().for_each(hide);
        }
        Value::Object(object) => hide_in(object),
        _ => {}
    }
}

fn hide_in(object: &mut Map<String, Value>) {
    match object.get("kind").and_then(Value::as_str) {
        Some("Secret") => return only_what_it_is(object),
        // The items of a typed list have no kind of their own.
        Some("SecretList") => mask(object.get_mut("items")),
        _ => {}
    }
    mask(object.get_mut(LAST_APPLIED));
    // `{name, value}` of an environment variable, `{op, path, value}` of a patch.
    let named = |key: &str| object.get(key).and_then(Value::as_str).is_some_and(names_a_credential);
    if named("name") || named("path") {
        mask(object.get_mut("value"));
    }
    object.values_mut().for_each(hide);
}

fn names_a_credential(name: &str) -> bool {
    name.split('/').any(is_credential_key)
}

fn only_what_it_is(object: &mut Map<String, Value>) {
    object.retain(|key, _| KEPT_OF_SECRET.contains(&key.as_str()) || key == "metadata");
    match object.get_mut("metadata") {
        Some(Value::Object(metadata)) => metadata.retain(|key, _| KEPT_OF_METADATA.contains(&key.as_str())),
        other => mask(other),
    }
}

/// `["--password", "x"]`: what follows an option that names a credential.
fn after_options(list: &mut [Value]) {
    let mut secret = false;
    for value in list {
        let option = value.as_str().filter(|text| text.starts_with('-')).map(str::to_owned);
        if secret && option.is_none() && value.is_string() {
            *value = Value::String(MASK.to_owned());
        }
        secret =
            option.is_some_and(|option| is_credential_key(option.trim_start_matches('-')) && !option.contains('='));
    }
}
