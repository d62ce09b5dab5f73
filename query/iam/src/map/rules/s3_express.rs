//! Amazon S3's directory buckets: calls on objects are authorised by a session, which is what IAM checks.
//! Source: "Authorizing Zonal endpoint API operations with CreateSession" in the S3 user guide.

use super::{Actions, by_name};
use crate::catalog::catalog;

/// Calls on a directory bucket's objects, all checked as `s3express:CreateSession`.
const IN_SESSION: &[&str] = &[
    "AbortMultipartUpload",
    "CompleteMultipartUpload",
    "CopyObject",
    "CreateMultipartUpload",
    "CreateSession",
    "DeleteObject",
    "DeleteObjects",
    "GetObject",
    "GetObjectAttributes",
    "HeadBucket",
    "HeadObject",
    "ListMultipartUploads",
    "ListObjects",
    "ListObjectsV2",
    "ListParts",
    "PutObject",
    "RenameObject",
    "UploadPart",
    "UploadPartCopy",
];

/// Maps calls of the event source `s3express.amazonaws.com`.
pub(super) fn add(out: &mut Actions<'_, '_>) -> bool {
    if IN_SESSION.contains(&out.request.operation) {
        add_action(out, "s3express:CreateSession");
    } else {
        by_name(out);
    }
    true
}

/// An action of another prefix than `s3`: on the directory bucket, or on what the tables find.
pub(super) fn add_action(out: &mut Actions<'_, '_>, action: &str) {
    let on_bucket = catalog()
        .arn_patterns(action)
        .iter()
        .any(|(kind, pattern, _)| *kind == "bucket" && pattern.contains(":s3express:"));
    let bucket = on_bucket.then(|| bucket_arn(out)).flatten();
    let why = format!("the event `{}`", out.request.operation);
    out.add(action, bucket.into_iter().collect(), &why);
}

fn bucket_arn(out: &Actions<'_, '_>) -> Option<String> {
    let request = out.request;
    let mut logged = request.logged_arns();
    let logged =
        logged.find(|arn| arn.contains(":s3express:") && arn.contains(":bucket/") && arn.matches('/').count() == 1);
    logged.map(str::to_owned).or_else(|| {
        let name = request.params.first(&["bucketName", "bucket"])?;
        (!name.starts_with("arn:")).then(|| request.place.arn("s3express", &format!("bucket/{name}")))
    })
}
