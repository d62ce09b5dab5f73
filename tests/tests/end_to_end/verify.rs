//! `podtrail verify` on a bucket over HTTP, with a chain of digests that the test signs, and keys that CloudTrail lists.

use std::io::Write;
use std::sync::OnceLock;

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::{KeyPair as _, RSA_PKCS1_SHA256};
use flate2::Compression;
use flate2::write::GzEncoder;
use jiff::{Timestamp, ToSpan};
use podtrail_tests::cloudtrail::{CloudTrail, PublicKey};
use podtrail_tests::moto::{Moto, moto};
use podtrail_tests::proxy::Proxy;
use podtrail_tests::{Fault, REGION, Ran, When, podtrail_with};
use serde_json::{Value, json};

const ACCOUNT: &str = "111122223333";
const FINGERPRINT: &str = "31e8b5433410dfb61a9dc45cc65b22ff";
/// Half an hour after the newest digest of [`Trail::deliver`].
const UNTIL: &str = "2026-03-01T12:47:28Z";

fn key() -> &'static KeyPair {
    static KEY: OnceLock<KeyPair> = OnceLock::new();
    KEY.get_or_init(|| KeyPair::generate(KeySize::Rsa2048).unwrap())
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn gzip(content: &str) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(content.as_bytes()).unwrap();
    encoder.finish().unwrap()
}

/// A bucket with digests from 09:17:28 to 12:17:28 and a log file in each of their hours.
struct Trail<'a> {
    moto: &'a Moto,
    cloudtrail: CloudTrail,
    bucket: String,
    digests: Vec<String>,
    files: Vec<String>,
}

impl<'a> Trail<'a> {
    async fn deliver(moto: &'a Moto, name: &str) -> Self {
        let cloudtrail = CloudTrail::start(Vec::new());
        cloudtrail.add_key(PublicKey {
            der: key().public_key().as_ref().to_vec(),
            fingerprint: FINGERPRINT.to_owned(),
            from: 1_772_000_000,
            to: 1_774_500_000,
        });
        let mut trail = Self {
            moto,
            cloudtrail,
            bucket: moto.bucket(name).await,
            digests: Vec::new(),
            files: Vec::new(),
        };
        let first: Timestamp = "2026-03-01T09:17:28Z".parse().unwrap();
        let mut previous = [(); 3].map(|()| Value::Null);
        for hour in 0..4 {
            let end = first + hour.hours();
            let file = trail.put_file(end - 30.minutes()).await;
            previous = trail.put_digest(end, &file, previous).await;
        }
        trail
    }

    async fn put_file(&mut self, stamp: Timestamp) -> Value {
        let stamp = stamp.strftime("%Y%m%dT%H%MZ");
        let file = format!("{ACCOUNT}_CloudTrail_{REGION}_{stamp}_Ab3dEf6hIj9kLm2n.json.gz");
        let key = format!("AWSLogs/{ACCOUNT}/CloudTrail/{REGION}/2026/03/01/{file}");
        let content = json!({"Records": [{"eventID": stamp.to_string()}]}).to_string();
        self.moto.put(&self.bucket, &key, &gzip(&content)).await;
        self.files.push(key.clone());
        let hash = hex(digest(&SHA256, content.as_bytes()).as_ref());
        json!({"s3Bucket": self.bucket, "s3Object": key, "hashValue": hash, "hashAlgorithm": "SHA-256"})
    }

    /// Delivers a digest; takes and gives the key, the hash and the signature of the one before.
    async fn put_digest(&mut self, end: Timestamp, file: &Value, previous: [Value; 3]) -> [Value; 3] {
        let bucket = &self.bucket;
        let folder = format!("AWSLogs/{ACCOUNT}/CloudTrail-Digest/{REGION}/2026/03/01");
        let name = format!(
            "{ACCOUNT}_CloudTrail-Digest_{REGION}_audit_us-east-1_{}",
            end.strftime("%Y%m%dT%H%M%SZ")
        );
        let object = format!("{folder}/{name}.json.gz");
        let [before, hash_before, signature_before] = previous;
        let content = json!({
            "awsAccountId": ACCOUNT, "digestStartTime": (end - 1.hour()).to_string(), "digestEndTime": end.to_string(), "digestS3Bucket": bucket,
            "digestS3Object": object, "digestPublicKeyFingerprint": FINGERPRINT, "digestSignatureAlgorithm": "SHA256withRSA",
            "previousDigestS3Bucket": before.as_str().map(|_| bucket), "previousDigestS3Object": before,
            "previousDigestHashValue": hash_before, "previousDigestSignature": signature_before, "logFiles": [file],
        })
        .to_string();
        let hash = hex(digest(&SHA256, content.as_bytes()).as_ref());
        let before = signature_before.as_str().unwrap_or("null");
        let message = format!("{end}\n{bucket}/{object}\n{hash}\n{before}");
        let mut signature = vec![0; key().public_modulus_len()];
        let random = SystemRandom::new();
        key()
            .sign(&RSA_PKCS1_SHA256, &random, message.as_bytes(), &mut signature)
            .unwrap();
        let signature = hex(&signature);
        let put = self.moto.s3().put_object().bucket(bucket).key(&object);
        let put = put.metadata("signature", &signature);
        let put = put.metadata("signature-algorithm", "SHA256withRSA");
        put.body(gzip(&content).into()).send().await.unwrap();
        self.digests.push(object.clone());
        [object, hash, signature].map(Value::from)
    }

    async fn delete(&self, key: &str) {
        let delete = self.moto.s3().delete_object().bucket(&self.bucket).key(key);
        delete.send().await.unwrap();
    }

    fn verify(&self, options: &[&str]) -> Ran {
        self.verify_at(self.moto.endpoint(), options)
    }

    fn verify_at(&self, s3: &str, options: &[&str]) -> Ran {
        let mut arguments = vec!["verify", "--format", "json", "--until", UNTIL];
        let source = format!("s3://{}", self.bucket);
        arguments.push(&source);
        arguments.extend(options);
        self.run(s3, &arguments)
    }

    fn run(&self, s3: &str, arguments: &[&str]) -> Ran {
        let mut environment = self.moto.environment();
        environment.retain(|(name, _)| name != "AWS_ENDPOINT_URL");
        environment.push(("AWS_ENDPOINT_URL".to_owned(), s3.to_owned()));
        environment.push(("AWS_ENDPOINT_URL_CLOUDTRAIL".to_owned(), self.cloudtrail.endpoint()));
        podtrail_with(std::path::Path::new("unused"), &environment, arguments, b"")
    }
}

/// The outcomes and places of a report, and its exit code.
fn told(ran: &Ran) -> (i32, Vec<(String, String)>) {
    let report: Value = serde_json::from_str(&ran.stdout).unwrap_or_else(|error| panic!("{error}: {}", ran.stderr));
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let problems = report["problems"].as_array().unwrap().iter();
    let told = problems
        .map(|problem| (text(&problem["outcome"]), text(&problem["place"])))
        .collect();
    (ran.code, told)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_as_it_was_delivered_is_valid() {
    let Some(moto) = moto() else { return };
    let trail = Trail::deliver(moto, "verify-whole").await;
    let ran = trail.verify(&[]);
    assert_eq!(told(&ran), (0, vec![]), "{}", ran.stderr);
    let report: Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(report["total"]["valid"], 8);
    assert_eq!(
        report["signed"],
        json!({"from": "2026-03-01T08:17:28Z", "to": "2026-03-01T12:17:28Z"})
    );
    let scope = &report["scopes"][0];
    assert_eq!((&scope["account"], &scope["region"]), (&json!(ACCOUNT), &json!(REGION)));
    let asked = trail.cloudtrail.asked();
    assert_eq!(asked.len(), 1, "a key is asked for once: {asked:?}");
    assert_eq!(
        (asked[0].operation.as_str(), asked[0].region.as_str()),
        ("ListPublicKeys", REGION)
    );
    // As in the newest digest, which is read first.
    let seconds = |text: &str| text.parse::<Timestamp>().unwrap().as_second();
    let window = [seconds("2026-03-01T11:17:28Z"), seconds("2026-03-01T12:17:28Z")];
    let sent = ["StartTime", "EndTime"].map(|name| asked[0].parameters[name].as_f64().unwrap() as i64);
    assert_eq!(sent, window);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_done_to_the_bucket_is_told_with_exit_code_1() {
    let Some(moto) = moto() else { return };
    let mut trail = Trail::deliver(moto, "verify-deeds").await;
    trail.delete(&trail.digests[1]).await;
    trail.delete(&trail.digests[2]).await;
    moto.put(&trail.bucket, &trail.files[3], &gzip("{\"Records\":[]}"))
        .await;
    trail.delete(&trail.files[0]).await;
    trail.put_file("2026-03-01T08:20:00Z".parse().unwrap()).await;
    let place = |key: &str| format!("s3://{}/{key}", trail.bucket);
    let named = |outcome: &str, key: &str| (outcome.to_owned(), place(key));
    let folder = format!("AWSLogs/{ACCOUNT}/CloudTrail-Digest/{REGION}/");
    let expected = vec![
        named("gap", &folder),
        named("deleted", &trail.digests[2]),
        named("unsigned", &trail.files[4]),
        named("deleted", &trail.files[0]),
        named("unsigned", &trail.files[1]),
        named("unsigned", &trail.files[2]),
        named("altered", &trail.files[3]),
    ];
    let ran = trail.verify(&[]);
    assert_eq!(told(&ran), (1, expected), "{}", ran.stderr);
    assert!(
        ran.stderr.contains("2 valid, 1 altered, 2 deleted, 3 unsigned, 1 gap;"),
        "{}",
        ran.stderr
    );
    let source = format!("s3://{}/AWSLogs/", trail.bucket);
    let lines = trail.run(
        moto.endpoint(),
        &["verify", &source, "--until", UNTIL, "--format", "csv"],
    );
    assert_eq!((lines.code, lines.stdout.lines().count()), (1, 8), "{}", lines.stdout);
    let before = "2026-03-01T09:00:00Z";
    let early = trail.run(
        moto.endpoint(),
        &["verify", &source, "--until", before, "--format", "jsonl"],
    );
    assert_eq!(
        (early.code, early.stdout.lines().count()),
        (1, 4),
        "the end of the window: {}",
        early.stdout
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_of_a_file_need_no_cloudtrail() {
    let Some(moto) = moto() else { return };
    let trail = Trail::deliver(moto, "verify-keys").await;
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, content: &[u8]| {
        let path = folder.path().join(name);
        std::fs::write(&path, content).unwrap();
        path.display().to_string()
    };
    let right = file("right.der", key().public_key().as_ref());
    assert_eq!(told(&trail.verify(&["--public-keys", &right])), (0, vec![]));
    let other = KeyPair::generate(KeySize::Rsa2048).unwrap();
    let wrong = file("wrong.der", other.public_key().as_ref());
    let (code, problems) = told(&trail.verify(&["--public-keys", &wrong]));
    assert_eq!(code, 1);
    let outcomes: Vec<&str> = problems.iter().map(|problem| problem.0.as_str()).collect();
    // The newest log file was written after the newest digest's hour, as all objects here were.
    assert_eq!(outcomes, [["altered"; 4].as_slice(), &["unsigned"; 3]].concat());
    assert!(trail.cloudtrail.asked().is_empty());
    let empty = file("empty.json", b"{}");
    let ran = trail.verify(&["--public-keys", &empty]);
    assert_eq!(ran.code, 2);
    assert!(ran.stderr.contains("holds no public key"), "{}", ran.stderr);
}

#[tokio::test(flavor = "multi_thread")]
async fn faults_that_pass_change_nothing() {
    let Some(moto) = moto() else { return };
    let trail = Trail::deliver(moto, "verify-faults").await;
    let proxy = Proxy::before(moto.endpoint());
    let read = format!("/{}/AWSLogs/", trail.bucket);
    for fault in [
        Fault::Internal,
        Fault::SlowDown,
        Fault::LoseAnswer,
        Fault::CutAnswer(10),
    ] {
        proxy.heal();
        let rule = proxy.rule(When::get(&read).nth(3), fault.clone());
        let ran = trail.verify_at(&proxy.endpoint(), &[]);
        assert_eq!(told(&ran), (0, vec![]), "{fault:?}: {}", ran.stderr);
        assert_eq!(rule.hit(), 1, "{fault:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_stands_in_the_way_is_told_with_its_exit_code() {
    let Some(moto) = moto() else { return };
    let trail = Trail::deliver(moto, "verify-refused").await;
    let proxy = Proxy::before(moto.endpoint());
    let reads = format!("/{}/AWSLogs/", trail.bucket);
    for (fault, nth, code, expected) in [
        (
            Fault::AccessDenied,
            None,
            3,
            "allow `s3:GetObject` on `arn:aws:s3:::verify-refused",
        ),
        (
            Fault::OtherRegion("eu-central-1"),
            None,
            3,
            "set AWS_REGION=eu-central-1",
        ),
        (Fault::ExpiredToken, Some(5), 3, "the AWS credentials have expired"),
        (Fault::AccessDenied, Some(5), 3, "1 of the objects could not be read"),
    ] {
        proxy.heal();
        let when = When::get(&reads);
        let _rule = proxy.rule(nth.map_or(When::get(&reads), |nth| when.nth(nth)), fault.clone());
        let ran = trail.verify_at(&proxy.endpoint(), &[]);
        assert_eq!(ran.code, code, "{fault:?}: {}", ran.stderr);
        assert!(ran.stderr.contains(expected), "{fault:?}: {}", ran.stderr);
    }
    // Refused in the region of the digest, and in the home of its trail.
    trail.cloudtrail.refuse(2, "AccessDeniedException");
    let ran = trail.verify(&[]);
    assert_eq!(ran.code, 3, "{}", ran.stdout);
    assert!(
        ran.stderr.contains("allow `cloudtrail:ListPublicKeys`"),
        "{}",
        ran.stderr
    );

    let source = format!("s3://{}", trail.bucket);
    for (arguments, code, expected) in [
        (
            &["verify", "s3://no-such-bucket-0"][..],
            2,
            "check the name of the bucket",
        ),
        (&["verify", "trail/"], 2, "give a trail's bucket"),
        (
            &["verify", &source, "--since", "yesterday"],
            2,
            "`yesterday` is no date",
        ),
        (
            &["verify", &source, "--since", "2026-03-02", "--until", "2026-03-01"],
            2,
            "--since must be before --until",
        ),
        (
            &["verify", &source, "--until", "2020-01-01"],
            2,
            "there is nothing to verify",
        ),
        (
            &["verify", &format!("{source}/elsewhere")],
            2,
            "there is nothing to verify",
        ),
        (
            &[
                "verify",
                &format!("{source}/AWSLogs/{ACCOUNT}/CloudTrail/{REGION}/2026/03"),
            ],
            2,
            "choose the time by --since and --until",
        ),
    ] {
        let ran = trail.run(moto.endpoint(), arguments);
        assert_eq!(ran.code, code, "{arguments:?}: {}", ran.stderr);
        assert!(ran.stderr.contains(expected), "{arguments:?}: {}", ran.stderr);
        assert_eq!(ran.stdout, "", "{arguments:?}");
    }
}
