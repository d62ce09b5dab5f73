//! What the proxy does to a request, and to which.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use axum::body::Body;
use axum::http::{Method, Request, Response, StatusCode};
use bytes::Bytes;
use futures::StreamExt;
use futures::stream;

use crate::server::HangUp;

/// Which requests a rule is about. All that is given must hold; nothing given is every request.
#[derive(Debug, Clone)]
pub struct When {
    method: Option<Method>,
    path: String,
    target: String,
    action: String,
    first: u64,
    times: u64,
}

impl When {
    /// Every request.
    #[must_use]
    pub fn any() -> Self {
        Self {
            method: None,
            path: String::new(),
            target: String::new(),
            action: String::new(),
            first: 1,
            times: u64::MAX,
        }
    }

    /// `GET` of a path that begins so, with its query: `/bucket/key`, or `/bucket/?list-type=2` for a listing.
    #[must_use]
    pub fn get(path: &str) -> Self {
        Self::method(Method::GET, path)
    }

    /// `PUT` of a path that begins so.
    #[must_use]
    pub fn put(path: &str) -> Self {
        Self::method(Method::PUT, path)
    }

    /// A method and the beginning of a path.
    #[must_use]
    pub fn method(method: Method, path: &str) -> Self {
        Self {
            method: Some(method),
            path: path.to_owned(),
            ..Self::any()
        }
    }

    /// A call of a JSON service by the end of its `X-Amz-Target`, such as `DeleteMessage`.
    #[must_use]
    pub fn operation(name: &str) -> Self {
        Self {
            target: format!(".{name}"),
            ..Self::any()
        }
    }

    /// A call of a Query service (EC2, IAM, STS) by its action, such as `DescribeInstances`.
    #[must_use]
    pub fn action(name: &str) -> Self {
        Self {
            action: format!("Action={name}&"),
            ..Self::any()
        }
    }

    /// Only from the `first` such request on, counted from 1.
    #[must_use]
    pub fn from(self, first: u64) -> Self {
        Self { first, ..self }
    }

    /// Only so many of them.
    #[must_use]
    pub fn times(self, times: u64) -> Self {
        Self { times, ..self }
    }

    /// Only the `nth` such request, counted from 1.
    #[must_use]
    pub fn nth(self, nth: u64) -> Self {
        self.from(nth).times(1)
    }

    fn covers(&self, request: &Request<Bytes>) -> bool {
        let path = request.uri().path_and_query().map_or("", |path| path.as_str());
        self.method.as_ref().is_none_or(|method| method == request.method())
            && path.starts_with(&self.path)
            && (self.target.is_empty() || target(request).ends_with(&self.target))
            && (self.action.is_empty() || request.body().starts_with(self.action.as_bytes()))
    }
}

/// What happens to a request.
#[derive(Debug, Clone)]
pub enum Fault {
    /// Nothing: it is only counted.
    None,
    /// Status 500, `InternalError`.
    Internal,
    /// Status 503, `SlowDown`.
    SlowDown,
    /// Status 403, `AccessDenied`, or what the service asked calls it.
    AccessDenied,
    /// Status 400, `Throttling`, or what the service asked calls it.
    Throttled,
    /// Status 400, `ExpiredToken`.
    ExpiredToken,
    /// Status 301, `PermanentRedirect`, with the region that the bucket is in.
    OtherRegion(&'static str),
    /// The answer comes in pieces of so many bytes with a pause before each.
    Slow(usize, Duration),
    /// The answer ends and the connection closes after so many bytes of the body.
    CutAnswer(usize),
    /// The connection closes before the request is passed on: nothing happened.
    CutRequest,
    /// The request is passed on and done, and the connection closes without an answer.
    LoseAnswer,
    /// The body has other bytes than what is stored, and the same length and headers.
    OtherContent,
}

/// A rule of a proxy, and how often it was met.
#[derive(Debug, Clone)]
pub struct Rule {
    when: When,
    fault: Fault,
    seen: Arc<AtomicU64>,
    hit: Arc<AtomicU64>,
}

impl Rule {
    pub(crate) fn new(when: When, fault: Fault) -> Self {
        Self {
            when,
            fault,
            seen: Arc::default(),
            hit: Arc::default(),
        }
    }

    /// How many requests it is about came, those before its first and after its last included.
    #[must_use]
    pub fn seen(&self) -> u64 {
        self.seen.load(Ordering::SeqCst)
    }

    /// How many requests had its fault.
    #[must_use]
    pub fn hit(&self) -> u64 {
        self.hit.load(Ordering::SeqCst)
    }

    /// Counts a request; its fault, where this rule has one for it.
    pub(crate) fn meet(&self, request: &Request<Bytes>) -> Option<&Fault> {
        if !self.when.covers(request) {
            return None;
        }
        let nth = self.seen.fetch_add(1, Ordering::SeqCst) + 1;
        let due = nth >= self.when.first && nth - self.when.first < self.when.times;
        (due && !matches!(self.fault, Fault::None)).then(|| {
            self.hit.fetch_add(1, Ordering::SeqCst);
            &self.fault
        })
    }
}

impl Fault {
    /// The answer given without asking the service.
    pub(crate) fn instead(&self, request: &Request<Bytes>) -> Option<Result<Response<Body>, HangUp>> {
        let (status, code, message) = match self {
            Self::Internal => (
                500,
                "InternalError",
                "We encountered an internal error. Please try again.",
            ),
            Self::SlowDown => (503, "SlowDown", "Please reduce your request rate."),
            Self::AccessDenied => (403, "AccessDenied", "Access Denied"),
            Self::Throttled => (400, "Throttling", "Rate exceeded"),
            Self::ExpiredToken => (400, "ExpiredToken", "The provided token has expired."),
            Self::OtherRegion(_) => (
                301,
                "PermanentRedirect",
                "The bucket you are attempting to access must be addressed using the specified endpoint.",
            ),
            Self::CutRequest => return Some(Err(HangUp)),
            Self::None | Self::Slow(..) | Self::CutAnswer(_) | Self::LoseAnswer | Self::OtherContent => return None,
        };
        let code = spelled(request, code);
        let mut answer = Response::new(Body::from(error_body(request, code, message)));
        *answer.status_mut() = StatusCode::from_u16(status).unwrap();
        let headers = answer.headers_mut();
        headers.insert("x-amz-request-id", "TX0000000000000001".parse().unwrap());
        if is_eks(request) {
            headers.insert("x-amzn-errortype", code.parse().unwrap());
        }
        if let Self::OtherRegion(region) = self {
            headers.insert("x-amz-bucket-region", region.parse().unwrap());
        }
        Some(Ok(answer))
    }

    /// What the client gets of the service's answer.
    pub(crate) fn spoil(&self, answer: Response<Bytes>) -> Result<Response<Body>, HangUp> {
        let (parts, bytes) = answer.into_parts();
        let body = match self {
            Self::LoseAnswer => return Err(HangUp),
            Self::OtherContent => Body::from(bytes.iter().map(|byte| byte ^ 0x55).collect::<Vec<u8>>()),
            Self::CutAnswer(after) => {
                let kept = bytes.slice(..bytes.len().min(*after));
                Body::from_stream(cut(kept))
            }
            Self::Slow(piece, pause) => Body::from_stream(dribble(&bytes, *piece, *pause)),
            _ => Body::from(bytes),
        };
        Ok(Response::from_parts(parts, body))
    }
}

/// Some bytes, and when those are on their way, the end of the connection.
fn cut(kept: Bytes) -> impl futures::Stream<Item = Result<Bytes, HangUp>> {
    stream::iter([Ok(kept)]).chain(stream::once(async {
        // While the body has nothing ready, the server sends what it has.
        tokio::task::yield_now().await;
        Err(HangUp)
    }))
}

fn dribble(bytes: &Bytes, piece: usize, pause: Duration) -> impl futures::Stream<Item = Result<Bytes, HangUp>> + use<> {
    let pieces: Vec<Bytes> = bytes.chunks(piece.max(1)).map(Bytes::copy_from_slice).collect();
    stream::iter(pieces).then(move |piece| async move {
        tokio::time::sleep(pause).await;
        Ok(piece)
    })
}

/// How the service asked spells an error.
fn spelled(request: &Request<Bytes>, code: &'static str) -> &'static str {
    match code {
        "AccessDenied" if is_ec2(request) => "UnauthorizedOperation",
        "AccessDenied" if is_eks(request) => "AccessDeniedException",
        "Throttling" if is_ec2(request) => "RequestLimitExceeded",
        "Throttling" if is_eks(request) => "ThrottlingException",
        code => code,
    }
}

fn is_ec2(request: &Request<Bytes>) -> bool {
    let version = b"Version=2016-11-15";
    request.body().windows(version.len()).any(|bytes| bytes == version)
}

fn is_eks(request: &Request<Bytes>) -> bool {
    request.uri().path().starts_with("/clusters")
}

/// An error as the service asked would write it: XML of EC2, of the other Query services, of S3, or JSON.
fn error_body(request: &Request<Bytes>, code: &str, message: &str) -> String {
    if request.method() == Method::HEAD {
        String::new()
    } else if is_ec2(request) {
        format!(
            "<Response><Errors><Error><Code>{code}</Code><Message>{message}</Message></Error></Errors><RequestID>r</RequestID></Response>"
        )
    } else if request.body().starts_with(b"Action=") {
        format!(
            "<ErrorResponse><Error><Type>Sender</Type><Code>{code}</Code><Message>{message}</Message></Error><RequestId>r</RequestId></ErrorResponse>"
        )
    } else if is_eks(request) {
        format!("{{\"message\":\"{message}\"}}")
    } else if target(request).is_empty() {
        format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>{code}</Code><Message>{message}</Message><RequestId>TX0000000000000001</RequestId></Error>"
        )
    } else {
        format!("{{\"__type\":\"com.amazonaws#{code}\",\"message\":\"{message}\"}}")
    }
}

fn target(request: &Request<Bytes>) -> &str {
    let header = request.headers().get("x-amz-target");
    header.and_then(|value| value.to_str().ok()).unwrap_or_default()
}
