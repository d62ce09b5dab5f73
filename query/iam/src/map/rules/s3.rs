//! Amazon S3: versions, ACLs, tags, locks and copy sources change what is checked.
//! Source: "Required permissions for Amazon S3 API operations" in the S3 user guide.

use super::{Actions, s3_express};
use crate::catalog::catalog;
use crate::map::names;
use crate::map::params::{child, usable};
use crate::map::request::Request;

/// Object actions with a twin that is checked instead when the call names a version.
const VERSIONED: &[(&str, &str)] = &[
    ("s3:GetObject", "s3:GetObjectVersion"),
    ("s3:GetObjectAcl", "s3:GetObjectVersionAcl"),
    ("s3:GetObjectAttributes", "s3:GetObjectVersionAttributes"),
    ("s3:GetObjectTagging", "s3:GetObjectVersionTagging"),
    ("s3:GetObjectTorrent", "s3:GetObjectVersionTorrent"),
    ("s3:PutObjectAcl", "s3:PutObjectVersionAcl"),
    ("s3:PutObjectTagging", "s3:PutObjectVersionTagging"),
    ("s3:DeleteObject", "s3:DeleteObjectVersion"),
    ("s3:DeleteObjectTagging", "s3:DeleteObjectVersionTagging"),
];

/// Headers of a call that writes an object, and the permission each asks for besides.
const ON_WRITE: &[(&str, &str)] = &[
    ("x-amz-acl", "s3:PutObjectAcl"),
    ("x-amz-grant-full-control", "s3:PutObjectAcl"),
    ("x-amz-grant-read", "s3:PutObjectAcl"),
    ("x-amz-grant-read-acp", "s3:PutObjectAcl"),
    ("x-amz-grant-write-acp", "s3:PutObjectAcl"),
    ("x-amz-tagging", "s3:PutObjectTagging"),
    ("x-amz-object-lock-mode", "s3:PutObjectRetention"),
    ("x-amz-object-lock-retain-until-date", "s3:PutObjectRetention"),
    ("x-amz-object-lock-legal-hold", "s3:PutObjectLegalHold"),
];

/// The same for a call that creates a bucket.
const ON_CREATE: &[(&str, &str)] = &[
    ("x-amz-acl", "s3:PutBucketAcl"),
    ("x-amz-grant-full-control", "s3:PutBucketAcl"),
    ("x-amz-grant-read", "s3:PutBucketAcl"),
    ("x-amz-grant-write", "s3:PutBucketAcl"),
    (
        "x-amz-bucket-object-lock-enabled",
        "s3:PutBucketObjectLockConfiguration",
    ),
    ("x-amz-bucket-object-lock-enabled", "s3:PutBucketVersioning"),
    ("x-amz-object-ownership", "s3:PutBucketOwnershipControls"),
];

/// Actions reached only through the rules here.
pub(super) const REACHED: &[&str] = &[
    "s3:GetObjectVersion",
    "s3:GetObjectVersionAcl",
    "s3:GetObjectVersionAttributes",
    "s3:GetObjectVersionTagging",
    "s3:GetObjectVersionTorrent",
    "s3:PutObjectVersionAcl",
    "s3:PutObjectVersionTagging",
    "s3:DeleteObjectVersion",
    "s3:DeleteObjectVersionTagging",
    "s3:BypassGovernanceRetention",
];

/// Maps every S3 call; false where no name is known.
pub(super) fn add(out: &mut Actions<'_, '_>) -> bool {
    let request = out.request;
    for action in names::actions(request.prefix, request.operation) {
        match action.starts_with("s3:") {
            true => add_own(out, action),
            false => s3_express::add_action(out, action),
        }
    }
    match request.operation {
        "PutObject" | "PostObject" | "CopyObject" | "CreateMultipartUpload" => add_headers(out, ON_WRITE),
        "CreateBucket" => add_headers(out, ON_CREATE),
        "GetObjectAttributes" => add_own(out, "s3:GetObject"),
        _ => {}
    }
    if matches!(request.operation, "CopyObject" | "UploadPartCopy") {
        add_copy_source(out);
    }
    if request.params.has("x-amz-bypass-governance-retention") {
        add_on_object(
            out,
            "s3:BypassGovernanceRetention",
            "`x-amz-bypass-governance-retention` is given",
        );
    }
    if matches!(request.operation, "GetObject" | "HeadObject") && missing_key(request) {
        let why = "a missing key answers 404 only to a caller who may list the bucket";
        out.add("s3:ListBucket", bucket_arn(request).into_iter().collect(), why);
    }
    true
}

/// The call's own action, or its twin for a version, on the bucket or the object.
fn add_own(out: &mut Actions<'_, '_>, action: &str) {
    let request = out.request;
    let version = if request.operation == "CopyObject" {
        None
    } else {
        request.params.text("versionId")
    };
    let twin = version.and_then(|_| {
        VERSIONED
            .iter()
            .find(|(plain, _)| *plain == action)
            .map(|(_, twin)| *twin)
    });
    let why = match twin {
        Some(_) => "the call names a version".to_owned(),
        None => format!("the event `{}`", request.operation),
    };
    let action = twin.unwrap_or(action);
    if action == "s3:DeleteObject" && request.operation == "DeleteObjects" {
        return add_deleted(out);
    }
    let keys = match request.operation {
        // What this call lists or names is not what the key of the action it is checked as means.
        "HeadBucket" => Vec::new(),
        _ => keys(request, action),
    };
    let (resources, note) = resources(request, action);
    out.add_if(action, resources, &keys, &format!("{why}{note}"));
}

/// Condition keys named after a parameter or header of the request, of those the action checks. S3 compares the
/// header as it was sent; one that was not logged proves nothing.
fn keys(request: &Request<'_>, action: &str) -> Vec<(&'static str, String)> {
    let named = catalog().condition_keys(action).into_iter().filter_map(|key| {
        let parameter = key.name.strip_prefix("s3:")?;
        let sent = matches!(parameter, "delimiter" | "max-keys" | "prefix" | "versionid");
        let header = parameter.starts_with("x-amz-") && !UNSENT.contains(&parameter);
        let value = if sent || header {
            given(request, parameter)
        } else {
            None
        };
        Some((key.name, value?))
    });
    named.collect()
}

/// Headers that stand in the record as part of the signature and not as the caller's choice.
const UNSENT: &[&str] = &["x-amz-content-sha256"];

/// A parameter's text; an empty one is a value too: `prefix=` lists the root.
fn given(request: &Request<'_>, parameter: &str) -> Option<String> {
    match request.params.get(parameter)?.as_str() {
        Some("") => Some(String::new()),
        _ => request.params.text(parameter),
    }
}

/// What the action is checked on, from the request, with a remark; empty where the tables must say.
fn resources(request: &Request<'_>, action: &str) -> (Vec<String>, &'static str) {
    let has = |kind: &str| catalog().arn_patterns(action).iter().any(|(name, _, _)| *name == kind);
    match (object_arn(request), bucket_arn(request)) {
        (Some(object), _) if has("object") => (vec![object], ""),
        (None, Some(bucket)) if has("object") && !has("bucket") => (
            vec![format!("{bucket}/*")],
            "; the request does not name the key: any in the bucket",
        ),
        (_, Some(bucket)) if has("bucket") => (vec![bucket], ""),
        _ => (Vec::new(), ""),
    }
}

fn add_on_object(out: &mut Actions<'_, '_>, action: &str, why: &str) {
    out.add(action, object_arn(out.request).into_iter().collect(), why);
}

fn add_headers(out: &mut Actions<'_, '_>, table: &[(&str, &str)]) {
    let mut done = Vec::new();
    for (header, action) in table {
        if out.request.params.has(header) && !done.contains(action) {
            done.push(action);
            let (resources, note) = resources(out.request, action);
            out.add_if(
                action,
                resources,
                &keys(out.request, action),
                &format!("`{header}` is given{note}"),
            );
        }
    }
}

/// Each deleted key with or without its version, where the event lists them; else all keys of the bucket.
fn add_deleted(out: &mut Actions<'_, '_>) {
    let request = out.request;
    let bucket = bucket_arn(request);
    let list = request
        .params
        .get("delete")
        .and_then(|d| child(d, "object"))
        .or_else(|| request.params.get("objects"));
    let mut plain = Vec::new();
    let mut versions = Vec::new();
    for item in list.map(crate::map::params::items).unwrap_or_default() {
        let key = child(item, "key").and_then(|k| k.as_str()).filter(|k| usable(k));
        let (Some(key), Some(bucket)) = (key, &bucket) else {
            continue;
        };
        let into = if child(item, "versionId").is_some_and(|v| !v.is_null()) {
            &mut versions
        } else {
            &mut plain
        };
        into.push(format!("{bucket}/{key}"));
    }
    if !versions.is_empty() {
        out.add("s3:DeleteObjectVersion", versions, "the call names versions");
    }
    if !plain.is_empty() {
        out.add("s3:DeleteObject", plain, "the event `DeleteObjects`");
    } else if out.found.is_empty() {
        let all = bucket.map(|b| format!("{b}/*")).into_iter().collect();
        out.add(
            "s3:DeleteObject",
            all,
            "the event does not list the keys: any in the bucket",
        );
    }
}

/// `x-amz-copy-source`: `/bucket/key?versionId=…`, percent-encoded, or an access point's ARN.
fn add_copy_source(out: &mut Actions<'_, '_>) {
    let Some(source) = out.request.params.text("x-amz-copy-source") else {
        return;
    };
    let (path, version) = match source.split_once("?versionId=") {
        Some((path, version)) => (path, Some(version)),
        None => (source.as_str(), None),
    };
    let path = percent_decode(path);
    let path = path.trim_start_matches('/');
    let arn = match path.starts_with("arn:") {
        true => path.to_owned(),
        false => format!("arn:{}:s3:::{path}", out.request.place.partition),
    };
    let action = if version.is_some() {
        "s3:GetObjectVersion"
    } else {
        "s3:GetObject"
    };
    let version: Vec<_> = version.map(|v| ("s3:versionid", v.to_owned())).into_iter().collect();
    out.add_if(action, vec![arn], &version, "the source of the copy");
}

/// `%2F` and the like decoded; what is not UTF-8 afterwards stays as it was.
fn percent_decode(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, tail)) = rest.split_first() {
        let hex = tail
            .get(..2)
            .and_then(|h| std::str::from_utf8(h).ok())
            .and_then(|h| u8::from_str_radix(h, 16).ok());
        match (first, hex) {
            (b'%', Some(byte)) => {
                bytes.push(byte);
                rest = tail.get(2..).unwrap_or_default();
            }
            _ => {
                bytes.push(*first);
                rest = tail;
            }
        }
    }
    String::from_utf8(bytes).unwrap_or_else(|_| text.to_owned())
}

/// The bucket, or the access point through which it was reached.
fn bucket_arn(request: &Request<'_>) -> Option<String> {
    let logged = request
        .logged_arns()
        .find(|arn| arn.contains(":s3:") && !arn.contains('/'))
        .map(str::to_owned);
    logged.or_else(|| match request.params.first(&["bucketName", "bucket"])? {
        name if name.starts_with("arn:") => Some(name),
        name => Some(format!("arn:{}:s3:::{name}", request.place.partition)),
    })
}

fn object_arn(request: &Request<'_>) -> Option<String> {
    let logged = request
        .logged_arns()
        .find(|arn| arn.contains(":s3:::") && arn.contains('/'))
        .map(str::to_owned);
    logged.or_else(|| {
        let bucket = bucket_arn(request)?;
        let key = request.params.text("key")?;
        let joint = if bucket.contains(":accesspoint/") {
            "/object/"
        } else {
            "/"
        };
        Some(format!("{bucket}{joint}{key}"))
    })
}

fn missing_key(request: &Request<'_>) -> bool {
    matches!(
        request.call.error_code,
        Some("NoSuchKey" | "404" | "NotFound" | "404 Not Found")
    )
}
