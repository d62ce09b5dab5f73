//! Amazon S3.

use super::*;

fn object(name: &str, extra: Value) -> Value {
    let mut parameters = json!({"bucketName": "b", "key": "in/x.csv", "Host": "b.s3.eu-west-1.amazonaws.com"});
    parameters
        .as_object_mut()
        .unwrap()
        .extend(extra.as_object().unwrap().clone());
    call("s3", name, parameters)
}

#[test]
fn objects() {
    check(&[
        (
            "read",
            object("GetObject", json!({})),
            &["s3:GetObject arn:aws:s3:::b/in/x.csv"],
        ),
        (
            "head",
            object("HeadObject", json!({})),
            &["s3:GetObject arn:aws:s3:::b/in/x.csv"],
        ),
        (
            "read a version",
            object("GetObject", json!({"versionId": "v1"})),
            &["s3:GetObjectVersion arn:aws:s3:::b/in/x.csv"],
        ),
        (
            "a null version is no version",
            object("GetObject", json!({"versionId": null})),
            &["s3:GetObject arn:aws:s3:::b/in/x.csv"],
        ),
        (
            "attributes of a version",
            object("GetObjectAttributes", json!({"versionId": "v1"})),
            &[
                "s3:GetObjectVersionAttributes arn:aws:s3:::b/in/x.csv",
                "s3:GetObjectVersion arn:aws:s3:::b/in/x.csv",
            ],
        ),
        (
            "a missing key needs the right to list",
            with(object("GetObject", json!({})), "errorCode", json!("NoSuchKey")),
            &["s3:GetObject arn:aws:s3:::b/in/x.csv", "s3:ListBucket arn:aws:s3:::b"],
        ),
        (
            "part of an upload",
            object("UploadPart", json!({"partNumber": "1"})),
            &["s3:PutObject arn:aws:s3:::b/in/x.csv"],
        ),
        (
            "write with ACL, tags and lock",
            object(
                "PutObject",
                json!({"x-amz-acl": "private", "x-amz-grant-read": "id=1", "x-amz-tagging": "a=b", "x-amz-object-lock-mode": "GOVERNANCE"}),
            ),
            &[
                "s3:PutObject arn:aws:s3:::b/in/x.csv",
                "s3:PutObjectAcl arn:aws:s3:::b/in/x.csv",
                "s3:PutObjectTagging arn:aws:s3:::b/in/x.csv",
                "s3:PutObjectRetention arn:aws:s3:::b/in/x.csv",
            ],
        ),
        (
            "copy of an encoded source",
            object("CopyObject", json!({"x-amz-copy-source": "src/dir%2Fa%20b.txt"})),
            &[
                "s3:PutObject arn:aws:s3:::b/in/x.csv",
                "s3:GetObject arn:aws:s3:::src/dir/a b.txt",
            ],
        ),
        (
            "copy of a version, with leading slash",
            object("CopyObject", json!({"x-amz-copy-source": "/src/a?versionId=v9"})),
            &[
                "s3:PutObject arn:aws:s3:::b/in/x.csv",
                "s3:GetObjectVersion arn:aws:s3:::src/a",
            ],
        ),
        (
            "part copied through an access point",
            object(
                "UploadPartCopy",
                json!({"x-amz-copy-source": "arn:aws:s3:eu-west-1:111122223333:accesspoint/ap/object/k"}),
            ),
            &[
                "s3:PutObject arn:aws:s3:::b/in/x.csv",
                "s3:GetObject arn:aws:s3:eu-west-1:111122223333:accesspoint/ap/object/k",
            ],
        ),
        (
            "delete a version under governance",
            object(
                "DeleteObject",
                json!({"versionId": "v1", "x-amz-bypass-governance-retention": "true"}),
            ),
            &[
                "s3:DeleteObjectVersion arn:aws:s3:::b/in/x.csv",
                "s3:BypassGovernanceRetention arn:aws:s3:::b/in/x.csv",
            ],
        ),
        (
            "the parts of an upload",
            object("ListParts", json!({"uploadId": "u"})),
            &["s3:ListMultipartUploadParts arn:aws:s3:::b/in/x.csv"],
        ),
        (
            "a masked key is not used",
            call("s3", "GetObject", json!({"bucketName": "b", "key": "***"})),
            &["s3:GetObject arn:aws:s3:::b/*"],
        ),
    ]);
}

#[test]
fn deleting_many() {
    let listed = json!({"bucketName": "b", "delete": {"object": [{"key": "a"}, {"key": "c", "versionId": "1"}]}});
    check(&[
        (
            "keys not in the event",
            call("s3", "DeleteObjects", json!({"bucketName": "b", "delete": ""})),
            &["s3:DeleteObject arn:aws:s3:::b/*"],
        ),
        (
            "keys and versions",
            call("s3", "DeleteObjects", listed),
            &[
                "s3:DeleteObjectVersion arn:aws:s3:::b/c",
                "s3:DeleteObject arn:aws:s3:::b/a",
            ],
        ),
    ]);
}

#[test]
fn buckets() {
    let bucket = |name: &str| call("s3", name, json!({"bucketName": "b"}));
    check(&[
        ("list", bucket("ListObjects"), &["s3:ListBucket arn:aws:s3:::b"]),
        ("exists", bucket("HeadBucket"), &["s3:ListBucket arn:aws:s3:::b"]),
        (
            "versions",
            bucket("ListObjectVersions"),
            &["s3:ListBucketVersions arn:aws:s3:::b"],
        ),
        (
            "all buckets",
            call("s3", "ListBuckets", json!({})),
            &["s3:ListAllMyBuckets *"],
        ),
        (
            "encryption",
            bucket("GetBucketEncryption"),
            &["s3:GetEncryptionConfiguration arn:aws:s3:::b"],
        ),
        (
            "encryption removed",
            bucket("DeleteBucketEncryption"),
            &["s3:PutEncryptionConfiguration arn:aws:s3:::b"],
        ),
        (
            "replication set",
            bucket("PutBucketReplication"),
            &["s3:PutReplicationConfiguration arn:aws:s3:::b"],
        ),
        ("CORS", bucket("GetBucketCors"), &["s3:GetBucketCORS arn:aws:s3:::b"]),
        (
            "the event may carry the action's name",
            bucket("GetBucketPublicAccessBlock"),
            &["s3:GetBucketPublicAccessBlock arn:aws:s3:::b"],
        ),
        (
            "created with an ACL and locks",
            call(
                "s3",
                "CreateBucket",
                json!({"bucketName": "b", "x-amz-acl": "private", "x-amz-bucket-object-lock-enabled": "true"}),
            ),
            &[
                "s3:CreateBucket arn:aws:s3:::b",
                "s3:PutBucketAcl arn:aws:s3:::b",
                "s3:PutBucketObjectLockConfiguration arn:aws:s3:::b",
                "s3:PutBucketVersioning arn:aws:s3:::b",
            ],
        ),
    ]);
}

#[test]
fn resources_of_the_record_come_first() {
    let resources = json!([
        {"type": "AWS::S3::Object", "ARN": "arn:aws:s3:::real/k"},
        {"accountId": "999900001111", "type": "AWS::S3::Bucket", "ARN": "arn:aws:s3:::real"},
    ]);
    let through_alias = with(
        object("GetObject", json!({"bucketName": "ap-x-s3alias"})),
        "resources",
        resources.clone(),
    );
    let listing = with(
        call("s3", "ListObjects", json!({"bucketName": "ap-x-s3alias"})),
        "resources",
        resources,
    );
    check(&[
        ("object", through_alias, &["s3:GetObject arn:aws:s3:::real/k"]),
        ("bucket", listing, &["s3:ListBucket arn:aws:s3:::real"]),
    ]);
}

#[test]
fn a_listing_carries_its_prefix() {
    let listing = call(
        "s3",
        "ListObjects",
        json!({"bucketName": "b", "prefix": "in/", "list-type": "2"}),
    );
    assert_eq!(condition(&listing, "s3:ListBucket", "s3:prefix"), ["in/"]);
    let whole = call("s3", "ListObjects", json!({"bucketName": "b"}));
    assert_eq!(condition(&whole, "s3:ListBucket", "s3:prefix"), [""; 0]);
}

#[test]
fn keys_are_proven_by_what_was_sent() {
    let listing = json!({"bucketName": "b", "prefix": "", "delimiter": "/", "max-keys": "10"});
    let listing = call("s3", "ListObjects", listing);
    let put = object(
        "PutObject",
        json!({"x-amz-acl": "private", "x-amz-server-side-encryption": "aws:kms"}),
    );
    let copy = object("CopyObject", json!({"x-amz-copy-source": "/src/a?versionId=v9"}));
    let situations = [
        (&listing, "s3:ListBucket", "s3:prefix", vec![""]),
        (&listing, "s3:ListBucket", "s3:delimiter", vec!["/"]),
        (&listing, "s3:ListBucket", "s3:max-keys", vec!["10"]),
        (&put, "s3:PutObject", "s3:x-amz-acl", vec!["private"]),
        (&put, "s3:PutObjectAcl", "s3:x-amz-acl", vec!["private"]),
        (&put, "s3:PutObject", "s3:x-amz-server-side-encryption", vec!["aws:kms"]),
        (&put, "s3:PutObject", "s3:x-amz-storage-class", vec![]),
        (&copy, "s3:GetObjectVersion", "s3:versionid", vec!["v9"]),
        (&copy, "s3:GetObjectVersion", "s3:x-amz-copy-source", vec![]),
        (
            &copy,
            "s3:PutObject",
            "s3:x-amz-copy-source",
            vec!["/src/a?versionId=v9"],
        ),
    ];
    for (record, action, key, expected) in situations {
        assert_eq!(condition(record, action, key), expected, "{action} {key}");
    }
    let version = object("GetObject", json!({"versionId": "v1"}));
    assert_eq!(condition(&version, "s3:GetObjectVersion", "s3:versionid"), ["v1"]);
    let exists = call("s3", "HeadBucket", json!({"bucketName": "b", "prefix": "x"}));
    assert_eq!(condition(&exists, "s3:ListBucket", "s3:prefix"), [""; 0]);
}

#[test]
fn what_account_wide_and_directory_buckets_are_checked_as() {
    check(&[
        (
            "the account's public access block",
            call(
                "s3",
                "GetAccountPublicAccessBlock",
                json!({"accountId": "111122223333"}),
            ),
            &["s3:GetAccountPublicAccessBlock *"],
        ),
        (
            "the account's public access block removed",
            call(
                "s3",
                "DeleteAccountPublicAccessBlock",
                json!({"accountId": "111122223333"}),
            ),
            &["s3:PutAccountPublicAccessBlock *"],
        ),
        (
            "metadata tables have one name in both versions",
            call("s3", "GetBucketMetadataConfiguration", json!({"bucketName": "b"})),
            &["s3:GetBucketMetadataTableConfiguration arn:aws:s3:::b"],
        ),
    ]);
    let bucket = "arn:aws:s3express:eu-west-1:111122223333:bucket/b--euw1-az1--x-s3";
    for (service, name) in [
        ("s3", "RenameObject"),
        ("s3", "CreateSession"),
        ("s3express", "CreateSession"),
        ("s3express", "PutObject"),
        ("s3express", "ListObjectsV2"),
    ] {
        let record = call(service, name, json!({"bucketName": "b--euw1-az1--x-s3", "key": "k"}));
        assert_eq!(
            pairs(&record),
            [format!("s3express:CreateSession {bucket}")],
            "{service} {name}"
        );
    }
}

#[test]
fn other_partitions() {
    let mut record = object("GetObject", json!({}));
    record["userIdentity"]["sessionContext"]["sessionIssuer"]["arn"] = json!("arn:aws-cn:iam::111122223333:role/app");
    assert_eq!(pairs(&record), ["s3:GetObject arn:aws-cn:s3:::b/in/x.csv"]);
    record["userIdentity"] = json!({});
    record["awsRegion"] = json!("us-gov-west-1");
    assert_eq!(pairs(&record), ["s3:GetObject arn:aws-us-gov:s3:::b/in/x.csv"]);
}
