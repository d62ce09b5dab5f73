//! A bucket as the store of a lake, reached with the endpoint, region and credentials that the AWS SDK finds.
//!
//! Commits are PUTs with `If-None-Match: *`, which S3 and most of what speaks like it hold to: no table of locks.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use async_trait::async_trait;
use aws_config::SdkConfig;
use aws_credential_types::provider::{ProvideCredentials, SharedCredentialsProvider};
use aws_sdk_s3::Client;
use aws_sdk_s3::config::Builder;
use aws_sdk_s3::error::DisplayErrorContext;
use aws_sdk_s3::presigning::PresigningConfig;
use object_store::aws::{AmazonS3Builder, AwsCredential};
use object_store::{ClientOptions, CredentialProvider, ObjectStore};
use tokio::sync::Mutex;

use podtrail_aws::{Access, Call, Failure, NO_CREDENTIALS, failure, partition};

/// A data file goes up in one request, on a slow line too.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(180);
/// Credentials are asked for again this long before they expire.
const RENEW_BEFORE: Duration = Duration::from_secs(120);

/// The store of a bucket, which must be there. Its region is found, whatever the environment says.
///
/// # Errors
/// A sentence that says why the bucket cannot be used, and what to do.
pub(super) async fn open(bucket: &str) -> Result<Arc<dyn ObjectStore>, String> {
    let access = Access::default();
    let mut config = access.config().await;
    let mut address = Address::of(&config, bucket).await?;
    if let Err(failure) = address.find(&config, bucket).await {
        let Some(region) = elsewhere(&config, &failure) else {
            return Err(failure.message);
        };
        config = access.in_region(&region).config().await;
        address = Address::of(&config, bucket).await?;
        address.find(&config, bucket).await.map_err(|failure| failure.message)?;
    }
    let credentials = config.credentials_provider().ok_or(NO_CREDENTIALS)?;
    let options = ClientOptions::new()
        .with_timeout(REQUEST_TIMEOUT)
        .with_allow_http(address.url.starts_with("http://"));
    let store = AmazonS3Builder::new()
        .with_bucket_name(bucket)
        .with_region(region(&config))
        // The address holds the bucket, be it in the host or in the path.
        .with_virtual_hosted_style_request(true)
        .with_endpoint(address.url)
        .with_client_options(options)
        .with_credentials(Arc::new(Credentials::new(credentials)))
        .build()
        .map_err(|error| error.to_string())?;
    Ok(Arc::new(store))
}

fn region(config: &SdkConfig) -> &str {
    config.region().map_or("us-east-1", |region| region.as_ref())
}

/// The region of a bucket that is not where the configuration looks for it.
fn elsewhere(config: &SdkConfig, failure: &Failure) -> Option<String> {
    failure.region.clone().filter(|found| found != region(config))
}

/// Where the SDK would send requests to a bucket: its rules know endpoints of the environment and of profiles, and
/// other partitions.
struct Address {
    /// With the bucket, without a slash at the end.
    url: String,
    path_style: bool,
}

impl Address {
    async fn of(config: &SdkConfig, bucket: &str) -> Result<Self, String> {
        let url = resolve(config, bucket, false).await?;
        if url.contains(".amazonaws.com") {
            return Ok(Self { url, path_style: false });
        }
        // What only speaks like S3 rarely has a host name for each bucket.
        Ok(Self {
            url: resolve(config, bucket, true).await?,
            path_style: true,
        })
    }

    async fn find(&self, config: &SdkConfig, bucket: &str) -> Result<(), Failure> {
        let call = Call {
            action: "s3:ListBucket",
            resource: &format!("arn:{}:s3:::{bucket}", partition(region(config))),
        };
        let asked = client(config, self.path_style).head_bucket().bucket(bucket).send();
        asked.await.map(|_| ()).map_err(|error| failure(call, &error))
    }
}

fn client(config: &SdkConfig, path_style: bool) -> Client {
    Client::from_conf(Builder::from(config).force_path_style(path_style).build())
}

/// The address of a bucket, taken from that of an object in it, which the SDK signs without sending anything.
async fn resolve(config: &SdkConfig, bucket: &str, path_style: bool) -> Result<String, String> {
    const KEY: &str = "key";
    let lifetime = PresigningConfig::expires_in(Duration::from_secs(60)).map_err(|error| error.to_string())?;
    let request = client(config, path_style).get_object().bucket(bucket).key(KEY);
    let call = Call {
        action: "s3:GetObject",
        resource: &format!("arn:{}:s3:::{bucket}/{KEY}", partition(region(config))),
    };
    let signed = request
        .presigned(lifetime)
        .await
        .map_err(|error| failure(call, &error).message)?;
    let url = signed.uri().split('?').next().unwrap_or_default();
    Ok(url.strip_suffix(&format!("/{KEY}")).unwrap_or(url).to_owned())
}

/// The SDK's credentials, of whatever kind, for the store; kept until shortly before they expire.
#[derive(Debug)]
struct Credentials {
    provider: SharedCredentialsProvider,
    held: Mutex<Option<(Arc<AwsCredential>, Option<SystemTime>)>>,
}

impl Credentials {
    fn new(provider: SharedCredentialsProvider) -> Self {
        Self {
            provider,
            held: Mutex::default(),
        }
    }
}

#[async_trait]
impl CredentialProvider for Credentials {
    type Credential = AwsCredential;

    async fn get_credential(&self) -> object_store::Result<Arc<AwsCredential>> {
        let mut held = self.held.lock().await;
        if let Some((credential, expiry)) = held.as_ref()
            && expiry.is_none_or(|expiry| SystemTime::now() + RENEW_BEFORE < expiry)
        {
            return Ok(Arc::clone(credential));
        }
        let given = self.provider.provide_credentials().await.map_err(|error| {
            let cause = DisplayErrorContext(&error).to_string();
            object_store::Error::Unauthenticated {
                path: String::new(),
                source: format!("the AWS credentials could not be renewed, sign in again: {cause}").into(),
            }
        })?;
        let credential = Arc::new(AwsCredential {
            key_id: given.access_key_id().to_owned(),
            secret_key: given.secret_access_key().to_owned(),
            token: given.session_token().map(str::to_owned),
        });
        *held = Some((Arc::clone(&credential), given.expiry()));
        Ok(credential)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use aws_config::{BehaviorVersion, Region};
    use aws_credential_types::provider::future;

    use super::*;

    fn config(region: &str, endpoint: Option<&str>) -> SdkConfig {
        let builder = SdkConfig::builder()
            .behavior_version(BehaviorVersion::v2026_01_12())
            .region(Region::new(region.to_owned()))
            .credentials_provider(SharedCredentialsProvider::new(aws_credential_types::Credentials::new(
                "AKIDEXAMPLE",
                "secret",
                None,
                None,
                "test",
            )));
        match endpoint {
            Some(endpoint) => builder.endpoint_url(endpoint).build(),
            None => builder.build(),
        }
    }

    #[tokio::test]
    async fn the_address_of_a_bucket_is_the_one_of_the_sdk() {
        let cases = [
            ("eu-west-1", None, "lake", "https://lake.s3.eu-west-1.amazonaws.com"),
            // Names with dots fit no wildcard certificate.
            (
                "eu-west-1",
                None,
                "my.lake",
                "https://s3.eu-west-1.amazonaws.com/my.lake",
            ),
            (
                "cn-north-1",
                None,
                "lake",
                "https://lake.s3.cn-north-1.amazonaws.com.cn",
            ),
            (
                "us-gov-west-1",
                None,
                "lake",
                "https://lake.s3.us-gov-west-1.amazonaws.com",
            ),
            (
                "us-east-1",
                Some("http://127.0.0.1:5000"),
                "lake",
                "http://127.0.0.1:5000/lake",
            ),
            (
                "us-east-1",
                Some("https://minio.example.com/"),
                "lake",
                "https://minio.example.com/lake",
            ),
            (
                "us-east-1",
                Some("http://localhost:9000"),
                "my.lake",
                "http://localhost:9000/my.lake",
            ),
        ];
        for (region, endpoint, bucket, expected) in cases {
            let address = Address::of(&config(region, endpoint), bucket).await.unwrap();
            assert_eq!(address.url, expected, "{region} {endpoint:?}");
        }
    }

    #[test]
    fn a_bucket_is_looked_for_elsewhere_only_when_the_answer_names_another_region() {
        let failure = |region: Option<&str>| Failure {
            code: None,
            message: String::new(),
            missing: false,
            region: region.map(str::to_owned),
        };
        let config = config("eu-west-1", None);
        assert_eq!(
            elsewhere(&config, &failure(Some("us-east-2"))),
            Some("us-east-2".into())
        );
        assert_eq!(elsewhere(&config, &failure(Some("eu-west-1"))), None);
        assert_eq!(elsewhere(&config, &failure(None)), None);
    }

    /// Gives keys numbered by how often it was asked.
    #[derive(Debug)]
    struct Counting(AtomicUsize, Option<SystemTime>);

    impl ProvideCredentials for Counting {
        fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
        where
            Self: 'a,
        {
            let key = format!("AKID{}", self.0.fetch_add(1, Ordering::Relaxed));
            future::ProvideCredentials::ready(Ok(aws_credential_types::Credentials::new(
                key,
                "secret",
                Some("token".into()),
                self.1,
                "test",
            )))
        }
    }

    async fn second_key(expiry: Option<SystemTime>) -> String {
        let credentials = Credentials::new(SharedCredentialsProvider::new(Counting(AtomicUsize::new(0), expiry)));
        credentials.get_credential().await.unwrap();
        let second = credentials.get_credential().await.unwrap();
        assert_eq!(second.token.as_deref(), Some("token"));
        second.key_id.clone()
    }

    #[tokio::test]
    async fn credentials_are_kept_until_shortly_before_they_expire() {
        let from_now = |seconds| Some(SystemTime::now() + Duration::from_secs(seconds));
        assert_eq!(second_key(None).await, "AKID0", "they never expire");
        assert_eq!(second_key(from_now(3600)).await, "AKID0");
        assert_eq!(second_key(from_now(60)).await, "AKID1", "about to expire");
    }
}
