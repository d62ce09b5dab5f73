//! S3, SQS, STS, IAM, EC2 and EKS over HTTP: `moto_server`, one for each test process.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

use aws_sdk_s3::config::{BehaviorVersion, Credentials, Region};
use aws_sdk_s3::types::{BucketLocationConstraint, CreateBucketConfiguration};

use crate::parts::{ACCESS_KEY, REGION, aws_environment, python};

/// A running `moto_server`. It ends with this process, because it reads standard input until that closes.
pub struct Moto {
    endpoint: String,
    names: AtomicU32,
    _child: Child,
}

/// What [`Moto::estate`] made.
#[derive(Debug, serde::Deserialize)]
pub struct MadeEstate {
    /// The cluster.
    pub cluster_arn: String,
    /// A role with an inline and a managed policy, in an instance profile, that Pod Identity may assume.
    pub role_arn: String,
    /// The VPC of the instance, the endpoint and a NAT gateway.
    pub vpc: String,
    /// Of S3.
    pub endpoint: String,
    /// Running.
    pub instance: String,
}

static MOTO: OnceLock<Moto> = OnceLock::new();

/// The server of this process; none, with a message, where moto is not installed. All tests of the process share it:
/// take names from [`Moto::bucket`] and [`Moto::queue`], which are never given twice.
///
/// # Panics
/// When moto is installed and does not start.
#[must_use]
pub fn moto() -> Option<&'static Moto> {
    let python = python()?;
    Some(MOTO.get_or_init(|| Moto::start(&python)))
}

impl Moto {
    fn start(python: &std::path::Path) -> Self {
        let mut child = Command::new(python)
            .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/serve_moto.py"))
            .envs(aws_environment("http://127.0.0.1:1"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut address = String::new();
        BufReader::new(child.stdout.take().unwrap())
            .read_line(&mut address)
            .unwrap();
        let address = address.trim();
        assert!(!address.is_empty(), "moto did not start: see its message above");
        Self {
            endpoint: format!("http://{address}"),
            names: AtomicU32::new(0),
            _child: child,
        }
    }

    /// Such as `http://127.0.0.1:40123`.
    #[must_use]
    pub fn endpoint(&self) -> &str {
        &self.endpoint
    }

    /// Variables for a child process that speaks to this server.
    #[must_use]
    pub fn environment(&self) -> Vec<(String, String)> {
        aws_environment(&self.endpoint)
    }

    /// A client for S3 that speaks to this server.
    #[must_use]
    pub fn s3(&self) -> aws_sdk_s3::Client {
        s3(&self.endpoint)
    }

    /// A client for SQS that speaks to this server.
    #[must_use]
    pub fn sqs(&self) -> aws_sdk_sqs::Client {
        sqs(&self.endpoint)
    }

    /// Makes an empty bucket and gives its name, which begins with `name` and is nobody else's.
    pub async fn bucket(&self, name: &str) -> String {
        let name = self.fresh(name);
        let place = CreateBucketConfiguration::builder()
            .location_constraint(BucketLocationConstraint::from(REGION))
            .build();
        let made = self.s3().create_bucket().bucket(&name);
        made.create_bucket_configuration(place).send().await.unwrap();
        name
    }

    /// Makes an empty queue and gives its URL.
    pub async fn queue(&self, name: &str) -> String {
        let made = self.sqs().create_queue().queue_name(self.fresh(name));
        made.send().await.unwrap().queue_url.unwrap()
    }

    /// Stores an object.
    pub async fn put(&self, bucket: &str, key: &str, content: &[u8]) {
        let body = content.to_vec().into();
        let put = self.s3().put_object().bucket(bucket).key(key).body(body);
        put.send().await.unwrap();
    }

    /// Makes in an account, which begins with that, a cluster of this name and what stands beside it.
    ///
    /// # Panics
    /// When moto refuses.
    pub fn estate(&self, account: &str, name: &str) -> MadeEstate {
        let made = self.python(&[account, "make", name]);
        serde_json::from_slice(&made).unwrap()
    }

    /// Terminates an instance of an account.
    pub fn terminate(&self, account: &str, instance: &str) {
        self.python(&[account, "terminate", instance]);
    }

    fn python(&self, arguments: &[&str]) -> Vec<u8> {
        let output = Command::new(python().unwrap())
            .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/make_estate.py"))
            .args([&self.endpoint, REGION])
            .args(arguments)
            .stderr(Stdio::inherit())
            .output()
            .unwrap();
        assert!(output.status.success(), "see the message of Python above");
        output.stdout
    }

    fn fresh(&self, name: &str) -> String {
        format!("{name}-{}", self.names.fetch_add(1, Ordering::Relaxed))
    }
}

/// A client for S3 at an endpoint: moto's own, or a proxy's before it. It does not retry, so that each fault is seen.
#[must_use]
pub fn s3(endpoint: &str) -> aws_sdk_s3::Client {
    let config = aws_sdk_s3::Config::builder()
        .behavior_version(BehaviorVersion::v2026_01_12())
        .endpoint_url(endpoint)
        .region(Region::new(REGION))
        .retry_config(aws_sdk_s3::config::retry::RetryConfig::disabled())
        .credentials_provider(Credentials::new(ACCESS_KEY, ACCESS_KEY, None, None, "tests"));
    aws_sdk_s3::Client::from_conf(config.build())
}

/// A client for SQS at an endpoint. It does not retry.
#[must_use]
pub fn sqs(endpoint: &str) -> aws_sdk_sqs::Client {
    let config = aws_sdk_sqs::Config::builder()
        .behavior_version(BehaviorVersion::v2026_01_12())
        .endpoint_url(endpoint)
        .region(Region::new(REGION))
        .retry_config(aws_sdk_sqs::config::retry::RetryConfig::disabled())
        .credentials_provider(Credentials::new(ACCESS_KEY, ACCESS_KEY, None, None, "tests"));
    aws_sdk_sqs::Client::from_conf(config.build())
}
