//! Public files, asked for without credentials.

use aws_config::SdkConfig;
use aws_smithy_runtime::client::orchestrator::operation::Operation;
use aws_smithy_runtime::client::retries::classifiers::{HttpStatusCodeClassifier, TransientErrorClassifier};
use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::behavior_version::BehaviorVersion;
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse, OrchestratorError};
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::error::display::DisplayErrorContext;

/// Why there is no file: the address, what happened, and what to do.
#[derive(Debug, thiserror::Error)]
#[error("`{url}` was not read: {why}: check the address and the network, or give a folder of downloaded files")]
pub struct Unread {
    url: String,
    why: String,
}

/// An answer with another status than success.
#[derive(Debug, thiserror::Error)]
#[error("the answer has status {0}")]
struct Refused(u16);

/// The text at an `https://` or `http://` address. Connections, timeouts and retries are the SDK's.
pub async fn get(config: &SdkConfig, url: &str) -> Result<String, Unread> {
    let unread = |why: String| Unread {
        url: url.to_owned(),
        why,
    };
    let uri: http::Uri = url
        .parse()
        .map_err(|error| unread(format!("it is no address: {error}")))?;
    let (Some("https" | "http"), Some(authority)) = (uri.scheme_str(), uri.authority()) else {
        return Err(unread("`https://` and `http://` are accepted".to_owned()));
    };
    let endpoint = format!("{}://{authority}", uri.scheme_str().unwrap_or("https"));
    let path = uri.path_and_query().map_or("/", |p| p.as_str()).to_owned();
    let mut operation = Operation::builder()
        .service_name("public")
        .operation_name("Get")
        .behavior_version(BehaviorVersion::v2026_01_12())
        .endpoint_url(&endpoint)
        .no_auth()
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
        .serializer(move |()| request(&path))
        .deserializer(answer)
        .build();
    let answered = operation.invoke(()).await;
    answered.map_err(|error| unread(DisplayErrorContext(&error).to_string()))
}

fn request(path: &str) -> Result<HttpRequest, BoxError> {
    let mut request = HttpRequest::new(SdkBody::empty());
    request.set_method("GET")?;
    request.set_uri(path)?;
    Ok(request)
}

fn answer(response: &HttpResponse) -> Result<String, OrchestratorError<Refused>> {
    match response.status().is_success() {
        true => Ok(String::from_utf8_lossy(response.body().bytes().unwrap_or_default()).into_owned()),
        false => Err(OrchestratorError::operation(Refused(response.status().as_u16()))),
    }
}

#[cfg(test)]
mod tests {
    use aws_config::SdkConfig;
    use aws_smithy_types::retry::RetryConfig;
    use aws_smithy_types::timeout::TimeoutConfig;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpListener;

    use super::*;

    /// Answers one request with the given status and body, and gives the request's first line.
    async fn serve(listener: TcpListener, answer: String) -> String {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut asked = vec![0; 4096];
        let read = stream.read(&mut asked).await.unwrap();
        stream.write_all(answer.as_bytes()).await.unwrap();
        let asked = String::from_utf8_lossy(&asked[..read]).into_owned();
        asked.lines().next().unwrap_or_default().to_owned()
    }

    async fn asked(status: &str, body: &str) -> (Result<String, Unread>, String) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/v1/s3/s3.json?x=1", listener.local_addr().unwrap());
        let length = body.len();
        let answer = format!("HTTP/1.1 {status}\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{body}");
        let access = podtrail_aws::Access::default().in_region("us-east-1");
        let config = access
            .config()
            .await
            .into_builder()
            .retry_config(RetryConfig::disabled());
        let config: SdkConfig = config.timeout_config(TimeoutConfig::builder().build()).build();
        let (got, line) = tokio::join!(get(&config, &url), serve(listener, answer));
        (got, line)
    }

    #[tokio::test]
    async fn a_file_is_asked_for_unsigned_and_read() {
        let (got, line) = asked("200 OK", "[]").await;
        assert_eq!(got.unwrap(), "[]");
        assert_eq!(line, "GET /v1/s3/s3.json?x=1 HTTP/1.1");
    }

    #[tokio::test]
    async fn another_answer_is_an_error_that_names_the_address() {
        let error = asked("404 Not Found", "no").await.0.unwrap_err().to_string();
        assert!(
            error.contains("/v1/s3/s3.json") && error.contains("status 404"),
            "{error}"
        );
    }

    #[tokio::test]
    async fn what_is_no_web_address_is_refused() {
        let config = SdkConfig::builder().build();
        for url in ["ftp://x/y", "nothing", "https://"] {
            assert!(get(&config, url).await.is_err(), "{url}");
        }
    }
}
