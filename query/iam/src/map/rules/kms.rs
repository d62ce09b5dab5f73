//! AWS KMS: two keys of a re-encryption, aliases that only `resources[]` resolves, calls made through a service.

use super::{Actions, resolved};
use crate::map::names;

/// Actions reached only through the rules here.
pub(super) const REACHED: &[&str] = &["kms:ReEncryptFrom", "kms:ReEncryptTo"];

/// Maps every KMS call; `invokedBy` names the service of `kms:ViaService`.
pub(super) fn add(out: &mut Actions<'_, '_>) -> bool {
    let request = out.request;
    let via: Vec<_> = via_service(out)
        .map(|service| ("kms:ViaService", service))
        .into_iter()
        .collect();
    let why = match via.is_empty() {
        true => format!("the event `{}`", request.operation),
        false => format!("the event `{}` through a service", request.operation),
    };
    if request.operation == "ReEncrypt" {
        for (action, key) in [
            ("kms:ReEncryptFrom", "sourceKeyId"),
            ("kms:ReEncryptTo", "destinationKeyId"),
        ] {
            out.add_if(action, key_arns(out, action, key), &via, &why);
        }
        return true;
    }
    for action in names::actions("kms", request.operation) {
        out.add_if(action, Vec::new(), &via, &why);
    }
    true
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
