//! Calls of the Query protocol that are signed here: of EC2, whose SDK takes minutes to compile for three calls, and
//! the one of STS that tells the account.
//!
//! Connections, timeouts and retries are the SDK's own; only the request and its answer are ours.

use std::time::SystemTime;

use aws_config::SdkConfig;
use aws_credential_types::provider::ProvideCredentials;
use aws_runtime::retries::classifiers::AwsErrorCodeClassifier;
use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings, sign};
use aws_sigv4::sign::v4;
use aws_smithy_runtime::client::orchestrator::operation::Operation;
use aws_smithy_runtime::client::retries::classifiers::{HttpStatusCodeClassifier, TransientErrorClassifier};
use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::behavior_version::BehaviorVersion;
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse, OrchestratorError};
use aws_smithy_runtime_api::client::stalled_stream_protection::StalledStreamProtectionConfig;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::error::metadata::{ErrorMetadata, ProvideErrorMetadata};
use aws_types::service_config::ServiceConfigKey;
use podtrail_aws::{Call, Failure, NO_CREDENTIALS, failure, partition};
use serde::Deserialize;
use serde::de::DeserializeOwned;

/// One action of a service that speaks the Query protocol.
#[derive(Debug)]
pub(crate) struct Query {
    /// How ARNs, IAM actions and signatures name the service, such as `ec2`.
    pub(crate) service: &'static str,
    /// Such as `DescribeInstances`.
    pub(crate) name: &'static str,
    /// The version of the API.
    pub(crate) version: &'static str,
    /// The action of IAM.
    pub(crate) action: &'static str,
}

/// An answer that is an error.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(crate) struct Refused(ErrorMetadata);

impl ProvideErrorMetadata for Refused {
    fn meta(&self) -> &ErrorMetadata {
        &self.0
    }
}

/// What both EC2 and STS say of an error, at different depths.
#[derive(Deserialize)]
struct ErrorAnswer {
    #[serde(rename = "Errors")]
    errors: Option<Errors>,
    #[serde(rename = "Error")]
    error: Option<ErrorDetail>,
}

#[derive(Deserialize)]
struct Errors {
    #[serde(rename = "Error")]
    error: Option<ErrorDetail>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct ErrorDetail {
    code: String,
    message: Option<String>,
}

#[derive(Deserialize)]
struct CallerIdentity {
    #[serde(rename = "GetCallerIdentityResult")]
    result: CallerIdentityResult,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct CallerIdentityResult {
    account: String,
}

/// The account of the credentials; the call needs no permission (API reference of STS).
pub(crate) async fn caller_account(config: &SdkConfig) -> Result<String, Failure> {
    const QUERY: Query = Query {
        service: "sts",
        name: "GetCallerIdentity",
        version: "2011-06-15",
        action: "sts:GetCallerIdentity",
    };
    let answer: CallerIdentity = ask(config, &QUERY, &[]).await?;
    Ok(answer.result.account)
}

/// Asks, and reads the answer's XML.
pub(crate) async fn ask<T: DeserializeOwned>(
    config: &SdkConfig,
    query: &Query,
    parameters: &[(&str, &str)],
) -> Result<T, Failure> {
    let call = Call {
        action: query.action,
        resource: "*",
    };
    let form = form(query, parameters);
    let endpoint = endpoint(config, query.service);
    let headers = signed(config, query.service, &endpoint, &form).await?;
    let mut operation = Operation::builder()
        .service_name(query.service)
        .operation_name(query.name)
        .behavior_version(BehaviorVersion::v2026_01_12())
        .endpoint_url(&endpoint)
        .no_auth()
        .stalled_stream_protection(StalledStreamProtectionConfig::disabled())
        .retry_classifier(AwsErrorCodeClassifier::<Refused>::new())
        .retry_classifier(HttpStatusCodeClassifier::default())
        .retry_classifier(TransientErrorClassifier::<Refused>::new());
    if let Some(retry) = config.retry_config() {
        operation = operation.standard_retry(retry);
    }
    if let Some(timeout) = config.timeout_config() {
        operation = operation.timeout_config(timeout.clone());
    }
    if let Some(client) = config.http_client() {
        operation = operation.http_client(client);
    }
    let operation = operation
        .serializer(move |()| request(&headers, &form))
        .deserializer(answer)
        .build();
    let text: String = operation.invoke(()).await.map_err(|error| failure(call, &error))?;
    quick_xml::de::from_str(&text).map_err(|error| unreadable(call, &error.to_string()))
}

/// The failure of an answer that is something else than asked for.
pub(crate) fn unreadable(call: Call<'_>, why: &str) -> Failure {
    Failure {
        code: None,
        message: format!("the answer to `{}` cannot be read: {why}", call.action),
        missing: false,
        region: None,
    }
}

fn form(query: &Query, parameters: &[(&str, &str)]) -> String {
    let (name, version) = (query.name, query.version);
    let mut form = format!("Action={name}&Version={version}");
    for (name, value) in parameters {
        let value = percent_encoding::utf8_percent_encode(value, percent_encoding::NON_ALPHANUMERIC);
        form.push_str(&format!("&{name}={value}"));
    }
    form
}

/// The endpoint that the environment or the profile names, of the service alone (`AWS_ENDPOINT_URL_EC2`) or of all, as
/// for the SDK's clients; else the regional one (`AWS General Reference`, service endpoints).
fn endpoint(config: &SdkConfig, service: &str) -> String {
    let id = service.to_ascii_uppercase();
    let key = ServiceConfigKey::builder()
        .service_id(&id)
        .env("AWS_ENDPOINT_URL")
        .profile("endpoint_url")
        .build();
    let own = key.ok().and_then(|key| config.service_config()?.load_config(key));
    if let Some(url) = own.as_deref().or(config.endpoint_url()) {
        return url.to_owned();
    }
    let region = config.region().map_or("us-east-1", |region| region.as_ref());
    let domain = if partition(region) == "aws-cn" {
        "amazonaws.com.cn"
    } else {
        "amazonaws.com"
    };
    format!("https://{service}.{region}.{domain}")
}

const CONTENT_TYPE: (&str, &str) = ("content-type", "application/x-www-form-urlencoded; charset=utf-8");

/// The headers that sign a request. A signature is good for minutes, longer than all retries take.
async fn signed(
    config: &SdkConfig,
    service: &str,
    endpoint: &str,
    form: &str,
) -> Result<Vec<(String, String)>, Failure> {
    let failed = |message: String| Failure {
        code: None,
        message,
        missing: false,
        region: None,
    };
    let provider = config
        .credentials_provider()
        .ok_or_else(|| failed(NO_CREDENTIALS.to_owned()))?;
    let credentials = provider
        .provide_credentials()
        .await
        .map_err(|error| failed(format!("{NO_CREDENTIALS}: {error}")))?;
    let identity = credentials.into();
    let region = config.region().map_or("us-east-1", |region| region.as_ref());
    let params = v4::SigningParams::builder()
        .identity(&identity)
        .region(region)
        .name(service)
        .time(config.time_source().map_or_else(SystemTime::now, |clock| clock.now()))
        .settings(SigningSettings::default())
        .build()
        .map_err(|error| failed(error.to_string()))?
        .into();
    let uri = format!("{}/", endpoint.trim_end_matches('/'));
    let body = SignableBody::Bytes(form.as_bytes());
    let request = SignableRequest::new("POST", uri, std::iter::once(CONTENT_TYPE), body);
    let output = request.and_then(|request| sign(request, &params));
    let (instructions, _) = output.map_err(|error| failed(error.to_string()))?.into_parts();
    let pair = |(name, value): (&str, &str)| (name.to_owned(), value.to_owned());
    Ok(instructions.headers().chain([CONTENT_TYPE]).map(pair).collect())
}

fn request(headers: &[(String, String)], form: &str) -> Result<HttpRequest, BoxError> {
    let mut request = HttpRequest::new(SdkBody::from(form));
    request.set_method("POST")?;
    request.set_uri("/")?;
    for (name, value) in headers {
        request.headers_mut().try_insert(name.clone(), value.clone())?;
    }
    Ok(request)
}

fn answer(response: &HttpResponse) -> Result<String, OrchestratorError<Refused>> {
    if response.status().is_success() {
        return Ok(text(response));
    }
    Err(OrchestratorError::operation(refusal(response)))
}

/// What an answer says is wrong; nothing where it is no XML of AWS.
fn refusal(response: &HttpResponse) -> Refused {
    let detail = quick_xml::de::from_str::<ErrorAnswer>(&text(response))
        .ok()
        .and_then(|answer| answer.error.or(answer.errors.and_then(|errors| errors.error)));
    let mut metadata = ErrorMetadata::builder();
    if let Some(detail) = detail {
        metadata = metadata.code(detail.code).message(detail.message.unwrap_or_default());
    }
    Refused(metadata.build())
}

fn text(response: &HttpResponse) -> String {
    String::from_utf8_lossy(response.body().bytes().unwrap_or_default()).into_owned()
}

#[cfg(test)]
mod tests {
    use aws_smithy_runtime_api::http::StatusCode;

    use super::*;

    fn refused(status: u16, body: &str) -> (Option<String>, Option<String>) {
        let error = refusal(&HttpResponse::new(
            StatusCode::try_from(status).unwrap(),
            SdkBody::from(body),
        ));
        (error.code().map(str::to_owned), error.message().map(str::to_owned))
    }

    #[test]
    fn an_error_is_told_as_each_service_writes_it() {
        let some = |code: &str, message: &str| (Some(code.to_owned()), Some(message.to_owned()));
        let ec2 = "<?xml version=\"1.0\"?><Response><Errors><Error><Code>UnauthorizedOperation</Code>\
            <Message>You are not authorized</Message></Error></Errors><RequestID>r</RequestID></Response>";
        assert_eq!(
            refused(403, ec2),
            some("UnauthorizedOperation", "You are not authorized")
        );
        let sts = "<ErrorResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><Error><Type>Sender</Type>\
            <Code>ExpiredToken</Code><Message>expired</Message></Error><RequestId>r</RequestId></ErrorResponse>";
        assert_eq!(refused(403, sts), some("ExpiredToken", "expired"));
        assert_eq!(refused(502, "<html>Bad Gateway</html>"), (None, None));
        assert_eq!(refused(503, ""), (None, None));
    }

    #[test]
    fn a_form_has_its_parameters_escaped() {
        let query = Query {
            service: "ec2",
            name: "DescribeInstances",
            version: "2016-11-15",
            action: "ec2:DescribeInstances",
        };
        assert_eq!(
            form(&query, &[("NextToken", "a+b/c=")]),
            "Action=DescribeInstances&Version=2016-11-15&NextToken=a%2Bb%2Fc%3D"
        );
    }

    #[test]
    fn an_endpoint_is_of_the_region_and_its_partition() {
        let of = |region: &'static str| {
            let region = aws_config::Region::from_static(region);
            endpoint(&SdkConfig::builder().region(region).build(), "ec2")
        };
        assert_eq!(of("eu-west-1"), "https://ec2.eu-west-1.amazonaws.com");
        assert_eq!(of("cn-north-1"), "https://ec2.cn-north-1.amazonaws.com.cn");
        let named = SdkConfig::builder().endpoint_url("http://127.0.0.1:1").build();
        assert_eq!(endpoint(&named, "ec2"), "http://127.0.0.1:1");
    }
}
