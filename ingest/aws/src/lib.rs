//! The door to AWS: credentials and endpoints, and what an error of AWS means for whoever reads it.

use std::time::Duration;

use aws_config::sts::AssumeRoleProvider;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::display::DisplayErrorContext;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use aws_smithy_types::retry::RetryConfig;
use aws_smithy_types::timeout::TimeoutConfig;
use aws_types::request_id::RequestId as _;

/// How AWS is reached. What is not given comes from where the AWS command line takes it: environment, profile,
/// web identity, container, instance.
#[derive(Debug, Clone, Default)]
pub struct Access {
    /// Region, such as `eu-west-1`.
    pub region: Option<String>,
    /// A role to assume for every call, such as `arn:aws:iam::111122223333:role/trail-reader`.
    pub role_arn: Option<String>,
}

impl Access {
    /// The same access in another region.
    #[must_use]
    pub fn in_region(&self, region: &str) -> Self {
        Self {
            region: Some(region.to_owned()),
            role_arn: self.role_arn.clone(),
        }
    }

    /// The configuration for clients of the SDK. Makes no call but those that the environment asks for (a region
    /// or credentials from the instance's metadata).
    pub async fn config(&self) -> SdkConfig {
        let mut loader = aws_config::defaults(BehaviorVersion::v2026_01_12())
            .retry_config(
                RetryConfig::standard()
                    .with_max_attempts(5)
                    .with_initial_backoff(Duration::from_millis(200)),
            )
            .timeout_config(
                TimeoutConfig::builder()
                    .connect_timeout(Duration::from_secs(5))
                    .read_timeout(Duration::from_secs(30))
                    .build(),
            );
        if let Some(region) = &self.region {
            loader = loader.region(Region::new(region.clone()));
        }
        let base = loader.load().await;
        let base = match base.region() {
            Some(_) => base,
            // Where nobody names a region, S3 tells it in its first answer.
            None => base.into_builder().region(Region::from_static("us-east-1")).build(),
        };
        let Some(role) = &self.role_arn else { return base };
        let provider = AssumeRoleProvider::builder(role.clone())
            .session_name("podtrail")
            .configure(&base)
            .build()
            .await;
        base.into_builder()
            .credentials_provider(aws_credential_types::provider::SharedCredentialsProvider::new(provider))
            .build()
    }
}

/// The partition of a region, as ARNs name it (`AWS General Reference`, ARN format).
#[must_use]
pub fn partition(region: &str) -> &'static str {
    if region.starts_with("cn-") {
        "aws-cn"
    } else if region.starts_with("us-gov-") {
        "aws-us-gov"
    } else {
        "aws"
    }
}

/// What an AWS call was for, so that its failure can say what to do.
#[derive(Debug, Clone, Copy)]
pub struct Call<'a> {
    /// The IAM action that it needs, such as `s3:GetObject`.
    pub action: &'a str,
    /// The ARN that it needs the action on.
    pub resource: &'a str,
}

/// The IAM actions that each use of AWS needs, by the name of the use: no call needs another one. `kms:` actions are
/// needed where the bucket or the queue is encrypted with a key of KMS. The README has a policy for each.
pub const ACTIONS: [(&str, &[&str]); 7] = [
    // `s3://` as a source.
    ("bucket", &["s3:ListBucket", "s3:GetObject", "kms:Decrypt"]),
    // `sqs://` as a source, with the objects that its messages name.
    (
        "queue",
        &[
            "sqs:ReceiveMessage",
            "sqs:DeleteMessage",
            "sqs:ChangeMessageVisibility",
            "sqs:GetQueueAttributes",
            "s3:GetObject",
            "kms:Decrypt",
        ],
    ),
    // `lookup://` as a source.
    ("lookup", &["cloudtrail:LookupEvents"]),
    // Digests of a trail's bucket.
    (
        "verify",
        &[
            "s3:ListBucket",
            "s3:GetObject",
            "kms:Decrypt",
            "cloudtrail:ListPublicKeys",
        ],
    ),
    // The lake in a bucket. Large checkpoints of the log go up in parts, which a failure takes back; compaction and
    // commits that lost a race delete.
    (
        "lake",
        &[
            "s3:ListBucket",
            "s3:GetObject",
            "s3:PutObject",
            "s3:AbortMultipartUpload",
            "s3:DeleteObject",
            "kms:Decrypt",
            "kms:GenerateDataKey",
        ],
    ),
    // `inventory live`. `sts:GetCallerIdentity`, which tells the account, needs no permission.
    (
        "inventory",
        &[
            "eks:ListClusters",
            "eks:DescribeCluster",
            "eks:ListPodIdentityAssociations",
            "eks:DescribePodIdentityAssociation",
            "iam:GetAccountAuthorizationDetails",
            "iam:ListOpenIDConnectProviders",
            "iam:GetOpenIDConnectProvider",
            "ec2:DescribeInstances",
            "ec2:DescribeVpcEndpoints",
            "ec2:DescribeNatGateways",
        ],
    ),
    // `--role-arn`, for those whose credentials only lead to the role.
    ("role", &["sts:AssumeRole"]),
];

/// Codes that say that the credentials have expired.
const EXPIRED: [&str; 4] = [
    "ExpiredToken",
    "ExpiredTokenException",
    "RequestExpired",
    "TokenRefreshRequired",
];

/// Codes that say that the credentials are not accepted.
const REFUSED: [&str; 5] = [
    "InvalidAccessKeyId",
    "InvalidClientTokenId",
    "UnrecognizedClientException",
    "SignatureDoesNotMatch",
    "AuthFailure",
];

/// Codes that say that the thing asked for does not exist.
const MISSING: [&str; 7] = [
    "NoSuchBucket",
    "NoSuchKey",
    "NotFound",
    "QueueDoesNotExist",
    "AWS.SimpleQueueService.NonExistentQueue",
    // EKS and IAM.
    "ResourceNotFoundException",
    "NoSuchEntity",
];

/// Why a call failed, by what can be done about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// The error code of the service, where it answered.
    pub code: Option<String>,
    /// One sentence: what was wrong and what to do.
    pub message: String,
    /// Whether the thing asked for does not exist.
    pub missing: bool,
    /// The region that the bucket is in, where the answer says that it is another.
    pub region: Option<String>,
}

impl Failure {
    /// Whether the credentials are refused, whatever they are used for.
    #[must_use]
    pub fn is_of_credentials(&self) -> bool {
        self.code
            .as_deref()
            .is_some_and(|code| EXPIRED.contains(&code) || REFUSED.contains(&code))
    }
}

impl std::fmt::Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Failure {}

impl From<Failure> for std::io::Error {
    fn from(failure: Failure) -> Self {
        Self::other(failure)
    }
}

/// No credentials, wherever they were looked for.
pub const NO_CREDENTIALS: &str =
    "no AWS credentials were found: set AWS_PROFILE, sign in, or run where a role is attached";

/// The failure of a call that got no answer, and why.
#[must_use]
pub fn unreachable(action: &str, why: &str) -> String {
    format!("AWS could not be reached for `{action}`: {why}: check the network, AWS_REGION and AWS_ENDPOINT_URL")
}

/// The failure of a call that was answered with an error code, in a sentence that says what to do.
#[must_use]
pub fn answered(call: Call<'_>, code: &str, detail: &str) -> Failure {
    Failure {
        code: Some(code.to_owned()),
        message: explained(call, code, detail, None),
        missing: MISSING.contains(&code),
        region: None,
    }
}

fn explained(call: Call<'_>, code: &str, detail: &str, region: Option<&str>) -> String {
    let Call { action, resource } = call;
    match code {
        "AccessDenied" | "AccessDeniedException" | "AllAccessDisabled" | "UnauthorizedOperation" => denied(call),
        code if EXPIRED.contains(&code) => {
            "the AWS credentials have expired: sign in again or renew them, then run the command again".to_owned()
        }
        code if REFUSED.contains(&code) => {
            "AWS does not accept the credentials: check AWS_PROFILE, or the access key and its secret".to_owned()
        }
        "NoSuchBucket" => format!("`{resource}` does not exist: check the name of the bucket"),
        "QueueDoesNotExist" | "AWS.SimpleQueueService.NonExistentQueue" => {
            format!("`{resource}` does not exist: check the queue's address and region")
        }
        code if MISSING.contains(&code) => format!("`{resource}` does not exist"),
        "PermanentRedirect" | "AuthorizationHeaderMalformed" => match region {
            Some(region) => format!("`{resource}` is in region `{region}`: set AWS_REGION={region}"),
            None => format!("`{resource}` is in another region: set AWS_REGION to the region of the bucket"),
        },
        "InvalidObjectState" => {
            format!("`{resource}` is archived: restore it first, then run the command again")
        }
        code => format!(
            "`{action}` on `{resource}` failed: {code}{}{detail}",
            if detail.is_empty() { "" } else { ": " }
        ),
    }
}

fn denied(Call { action, resource }: Call<'_>) -> String {
    // Only what is stored has a key.
    let stored = action.starts_with("s3:") || action.starts_with("sqs:");
    let key = if stored {
        ", and `kms:Decrypt` on its key if it is encrypted with one"
    } else {
        ""
    };
    format!("access denied: allow `{action}` on `{resource}`{key}")
}

/// The failure of a call, in a sentence that says what to do.
#[must_use]
pub fn failure<E>(call: Call<'_>, error: &SdkError<E, HttpResponse>) -> Failure
where
    E: ProvideErrorMetadata + std::error::Error + 'static,
{
    let header = |name| error.raw_response().and_then(|response| response.headers().get(name));
    let status = error.raw_response().map(|response| response.status().as_u16());
    let code = error.as_service_error().and_then(ProvideErrorMetadata::code);
    let detail = error
        .as_service_error()
        .and_then(ProvideErrorMetadata::message)
        .unwrap_or_default();
    let region = header("x-amz-bucket-region").map(str::to_owned);
    let code = code.or(match status {
        // Answers to HEAD have no body, hence no code.
        Some(301) => Some("PermanentRedirect"),
        Some(403) => Some("AccessDenied"),
        Some(404) => Some("NotFound"),
        _ => None,
    });
    let Call { action, resource } = call;
    let message = match (code, error) {
        (Some(code), _) => explained(call, code, detail, region.as_deref()),
        (None, SdkError::ConstructionFailure(_)) => {
            format!("`{action}` on `{resource}` cannot be asked: {}", root(error))
        }
        (None, SdkError::TimeoutError(_)) => {
            format!(
                "`{action}` on `{resource}` got no answer in time: check the network and the region, then run the command again"
            )
        }
        (None, SdkError::DispatchFailure(cause)) if cause.is_user() || no_credentials(error) => {
            NO_CREDENTIALS.to_owned()
        }
        (None, SdkError::DispatchFailure(_)) => unreachable(action, &root(error)),
        _ => format!("`{action}` on `{resource}` failed: {}", root(error)),
    };
    let message = match error.raw_response().and_then(|_| request_id(error)) {
        Some(id) if !matches!(code, Some("NoSuchBucket" | "NoSuchKey" | "NotFound")) => {
            format!("{message} (request {id})")
        }
        _ => message,
    };
    Failure {
        code: code.map(str::to_owned),
        message,
        missing: code.is_some_and(|code| MISSING.contains(&code)),
        region,
    }
}

fn request_id<E>(error: &SdkError<E, HttpResponse>) -> Option<String> {
    error.raw_response()?.request_id().map(str::to_owned)
}

fn no_credentials<E: std::error::Error + 'static>(error: &SdkError<E, HttpResponse>) -> bool {
    let text = format!("{}", DisplayErrorContext(error));
    text.contains("credentials provider was not enabled") || text.contains("no providers in chain provided credentials")
}

/// The innermost cause, which says more than "dispatch failure".
fn root<E: std::error::Error + 'static>(error: &SdkError<E, HttpResponse>) -> String {
    let mut cause: &dyn std::error::Error = error;
    while let Some(next) = cause.source() {
        cause = next;
    }
    cause.to_string()
}
