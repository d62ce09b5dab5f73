//! `aws iam get-account-authorization-details`.

use std::collections::BTreeMap;

use percent_encoding::percent_decode_str;
use podtrail_event::time::Timestamp;
use serde::Deserialize;
use serde_json::Value;

use super::iam_lists::profiles;
use super::parse::{Parts, Place, time};
use super::{InventoryError, ManagedPolicy, NamedPolicy, Object, Role};

const KIND: &str = "IAM authorization details";

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct RoleDetail {
    arn: Option<String>,
    role_id: Option<String>,
    #[serde(default, deserialize_with = "time")]
    create_date: Option<Timestamp>,
    assume_role_policy_document: Option<Value>,
    role_policy_list: Option<Vec<Inline>>,
    attached_managed_policies: Option<Vec<Attached>>,
    permissions_boundary: Option<Boundary>,
    tags: Option<Vec<Tag>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Inline {
    policy_name: String,
    policy_document: Value,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Attached {
    policy_arn: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Boundary {
    permissions_boundary_arn: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Tag {
    key: String,
    #[serde(default)]
    value: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct PolicyDetail {
    arn: Option<String>,
    default_version_id: Option<String>,
    policy_version_list: Option<Vec<Version>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Version {
    document: Option<Value>,
    version_id: Option<String>,
    #[serde(default)]
    is_default_version: bool,
}

/// Roles with their instance profiles, and managed policies. Users and groups are not read: no workload is one.
pub(super) fn details(place: &Place<'_>, parts: &Parts<'_>, out: &mut Vec<Object>) -> Result<(), InventoryError> {
    for item in place.list(parts, "RoleDetailList", KIND)? {
        out.push(Object::Role(role(&item)?));
        profiles(&item, &item.parts().unwrap_or_default(), "InstanceProfileList", out)?;
    }
    for item in place.list(parts, "Policies", KIND)? {
        out.extend(policy(&item)?.map(Object::Policy));
    }
    Ok(())
}

fn role(place: &Place<'_>) -> Result<Role, InventoryError> {
    let detail: RoleDetail = place.read(KIND)?;
    let mut policies = Vec::new();
    for inline in detail.role_policy_list.unwrap_or_default() {
        let text = document(place, &inline.policy_document)?;
        policies.push(NamedPolicy {
            name: inline.policy_name,
            managed: false,
            document: Some(text),
        });
    }
    for attached in detail.attached_managed_policies.unwrap_or_default() {
        policies.push(by_name(attached.policy_arn));
    }
    policies.sort_by(|a, b| (a.managed, &a.name).cmp(&(b.managed, &b.name)));
    let tags: BTreeMap<String, String> = detail
        .tags
        .unwrap_or_default()
        .into_iter()
        .map(|t| (t.key, t.value))
        .collect();
    Ok(Role {
        arn: place.needed(detail.arn, "Arn", KIND)?,
        role_id: detail.role_id,
        trust_policy: detail
            .assume_role_policy_document
            .map(|d| document(place, &d))
            .transpose()?,
        policies,
        permissions_boundary: detail.permissions_boundary.map(|b| by_name(b.permissions_boundary_arn)),
        tags,
        created_at: detail.create_date,
    })
}

fn by_name(arn: String) -> NamedPolicy {
    NamedPolicy {
        name: arn,
        managed: true,
        document: None,
    }
}

/// The default version; none where the file gives no document of it.
fn policy(place: &Place<'_>) -> Result<Option<ManagedPolicy>, InventoryError> {
    let detail: PolicyDetail = place.read(KIND)?;
    let arn = place.needed(detail.arn, "Arn", KIND)?;
    let default = detail.default_version_id;
    let version = detail
        .policy_version_list
        .unwrap_or_default()
        .into_iter()
        .find(|v| v.is_default_version || (v.version_id.is_some() && v.version_id == default));
    let Some(value) = version.and_then(|v| v.document) else {
        return Ok(None);
    };
    Ok(Some(ManagedPolicy {
        arn,
        document: document(place, &value)?,
    }))
}

/// A policy document as JSON text: the CLI decodes it to an object, other clients leave it as IAM
/// sends it, a URL-encoded string (RFC 3986: `+` is a plus).
fn document(place: &Place<'_>, value: &Value) -> Result<String, InventoryError> {
    let wrong = |message: &str| place.malformed(KIND, message);
    match value {
        Value::Object(_) => Ok(value.to_string()),
        Value::String(text) => {
            let plain = text.trim_start().starts_with('{').then(|| text.clone());
            let decoded = match plain {
                Some(plain) => plain,
                None => percent_decode_str(text)
                    .decode_utf8()
                    .map_err(|_| wrong("a policy document is not UTF-8 when URL-decoded"))?
                    .into_owned(),
            };
            match serde_json::from_str::<Value>(&decoded) {
                Ok(Value::Object(map)) => Ok(Value::Object(map).to_string()),
                _ => Err(wrong("a policy document is neither JSON nor URL-encoded JSON")),
            }
        }
        _ => Err(wrong("a policy document is neither an object nor a string")),
    }
}
