//! AWS KMS: two keys of a re-encryption, aliases that only `resources[]` resolves, calls made through a service.

use serde_json::Value;

use super::{Actions, resolved};
use crate::catalog::catalog;
use crate::map::names;
use crate::map::params::{items, leaf};

/// Actions reached only through the rules here.
pub(super) const REACHED: &[&str] = &["kms:ReEncryptFrom", "kms:ReEncryptTo"];

/// Maps every KMS call; `invokedBy` names the service of `kms:ViaService`.
pub(super) fn add(out: &mut Actions<'_, '_>) -> bool {
    let request = out.request;
    let via = via_service(out);
    let why = match via {
        None => format!("the event `{}`", request.operation),
        Some(_) => format!("the event `{}` through a service", request.operation),
    };
    let keys = |context: &str, action: &str| {
        let mut keys: Vec<_> = via.iter().map(|v| ("kms:ViaService".to_owned(), v.clone())).collect();
        keys.extend(proven(out, context, action));
        keys
    };
    let mut found = Vec::new();
    if request.operation == "ReEncrypt" {
        for (action, key, context) in [
            ("kms:ReEncryptFrom", "sourceKeyId", "sourceEncryptionContext"),
            ("kms:ReEncryptTo", "destinationKeyId", "destinationEncryptionContext"),
        ] {
            found.push((action, key_arns(out, action, key), keys(context, action)));
        }
    } else {
        for action in names::actions("kms", request.operation) {
            found.push((action, Vec::new(), keys("encryptionContext", action)));
        }
    }
    for (action, arns, keys) in found {
        let keys: Vec<_> = keys.iter().map(|(key, value)| (key.as_str(), value.clone())).collect();
        out.add_if(action, arns, &keys, &why);
    }
    true
}

/// Parameters that KMS compares as they are, each with its key.
const COMPARED: &[(&str, &str)] = &[
    ("granteePrincipal", "kms:GranteePrincipal"),
    ("operations", "kms:GrantOperations"),
    ("retiringPrincipal", "kms:RetiringPrincipal"),
    ("encryptionAlgorithm", "kms:EncryptionAlgorithm"),
    ("signingAlgorithm", "kms:SigningAlgorithm"),
    ("macAlgorithm", "kms:MacAlgorithm"),
];

/// The encryption context, a key for each of its pairs, and the other keys that the action checks and the call shows.
fn proven(out: &Actions<'_, '_>, context: &str, action: &str) -> Vec<(String, String)> {
    let checked = catalog().condition_keys(action);
    let checks = |key: &str| checked.iter().any(|k| k.name.eq_ignore_ascii_case(key));
    let mut keys = Vec::new();
    if checks("kms:EncryptionContext:${EncryptionContextKey}")
        && let Some(Value::Object(pairs)) = out.request.params.get(context)
    {
        let pairs = pairs.iter().filter_map(|(key, value)| Some((key, leaf(value)?)));
        keys.extend(pairs.map(|(key, value)| (format!("kms:EncryptionContext:{key}"), value)));
    }
    for (parameter, key) in COMPARED.iter().filter(|(_, key)| checks(key)) {
        let values = out.request.params.get(parameter).map(items).unwrap_or_default();
        keys.extend(values.into_iter().filter_map(leaf).map(|v| ((*key).to_owned(), v)));
    }
    keys
}

/// `kms:ViaService` as KMS sees it: `s3.amazonaws.com` in eu-west-1 is `s3.eu-west-1.amazonaws.com`.
/// `AWS Internal` names no service.
fn via_service(out: &Actions<'_, '_>) -> Option<String> {
    let service = out.request.call.invoked_by?.strip_suffix(".amazonaws.com")?;
    let region = out.request.call.aws_region.filter(|r| !r.is_empty())?;
    let regional = format!(".{region}");
    let service = service.strip_suffix(&regional).unwrap_or(service);
    Some(format!("{service}.{region}.amazonaws.com"))
}

/// The key a parameter names: ARN, id, or (by an alias) all logged keys, which hold it.
fn key_arns(out: &Actions<'_, '_>, action: &str, parameter: &str) -> Vec<String> {
    let request = out.request;
    let Some(id) = request.params.text(parameter) else {
        return resolved(request, action).arns;
    };
    if id.starts_with("arn:") && id.contains(":key/") {
        return vec![id];
    }
    if id.contains("alias/") {
        return resolved(request, action).arns;
    }
    let logged = request
        .logged_arns()
        .find(|arn| arn.ends_with(&format!("/{id}")))
        .map(str::to_owned);
    vec![logged.unwrap_or_else(|| request.place.arn("kms", &format!("key/{id}")))]
}
