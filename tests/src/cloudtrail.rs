//! `LookupEvents` and `ListPublicKeys` of CloudTrail, in the wire format of the real service (AWS JSON 1.1, target
//! `com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101`), over records and keys that the test gives.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use axum::body::Body;
use axum::http::{Request, Response, StatusCode};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use serde_json::{Value, json};

use crate::parts::aws_environment;
use crate::server::Server;

/// The service until it is dropped.
pub struct CloudTrail {
    server: Server,
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    records: Mutex<Vec<Value>>,
    keys: Mutex<Vec<PublicKey>>,
    /// What happens to the next requests: an error, or nothing.
    refusals: Mutex<VecDeque<Option<&'static str>>>,
    asked: Mutex<Vec<Asked>>,
}

/// A key that a trail's digests were signed with.
#[derive(Debug, Clone)]
pub struct PublicKey {
    /// The key, DER of PKCS#1 (`RSAPublicKey`).
    pub der: Vec<u8>,
    /// As the digest names it in `digestPublicKeyFingerprint`.
    pub fingerprint: String,
    /// First second of its validity, in seconds since 1970.
    pub from: i64,
    /// Last second of its validity.
    pub to: i64,
}

/// A request as it came.
#[derive(Debug, Clone)]
pub struct Asked {
    /// Such as `LookupEvents`.
    pub operation: String,
    /// The region in the scope of its signature.
    pub region: String,
    /// Its parameters, as sent.
    pub parameters: Value,
    /// The error it got, such as `ThrottlingException`.
    pub refused: Option<&'static str>,
}

/// An error of the service: its name and what it says.
type Refusal = (&'static str, &'static str);

/// Events of one page at most (CloudTrail API reference, LookupEvents, MaxResults).
const LARGEST_PAGE: u64 = 50;

impl CloudTrail {
    /// Serves these records, each in the region that its `awsRegion` says. Data events are never given, as in the
    /// real service.
    #[must_use]
    pub fn start(records: Vec<Value>) -> Self {
        let shared = Arc::new(Shared {
            records: Mutex::new(records),
            ..Shared::default()
        });
        let server = {
            let shared = Arc::clone(&shared);
            Server::start(move |request| {
                let answer = shared.answer(&request);
                async move { Ok(answer) }
            })
        };
        Self { server, shared }
    }

    /// Such as `http://127.0.0.1:40123`.
    #[must_use]
    pub fn endpoint(&self) -> String {
        self.server.endpoint()
    }

    /// Variables for a child process that speaks to this service. To use it beside moto, add
    /// `AWS_ENDPOINT_URL_CLOUDTRAIL` to the environment of moto instead.
    #[must_use]
    pub fn environment(&self) -> Vec<(String, String)> {
        aws_environment(&self.endpoint())
    }

    /// A client of the SDK for a region. It does not retry.
    #[must_use]
    pub fn client(&self, region: &'static str) -> aws_sdk_cloudtrail::Client {
        use aws_sdk_cloudtrail::config::{BehaviorVersion, Credentials, Region};
        let config = aws_sdk_cloudtrail::Config::builder()
            .behavior_version(BehaviorVersion::v2026_01_12())
            .endpoint_url(self.endpoint())
            .region(Region::new(region))
            .retry_config(aws_sdk_cloudtrail::config::retry::RetryConfig::disabled())
            .credentials_provider(Credentials::new("testing", "testing", None, None, "tests"));
        aws_sdk_cloudtrail::Client::from_conf(config.build())
    }

    /// Adds records, as events go on to happen.
    pub fn add(&self, records: impl IntoIterator<Item = Value>) {
        self.shared.records.lock().unwrap().extend(records);
    }

    /// Adds a key to those that `ListPublicKeys` gives.
    pub fn add_key(&self, key: PublicKey) {
        self.shared.keys.lock().unwrap().push(key);
    }

    /// Refuses the next `times` requests with an error, such as `ThrottlingException` or `AccessDeniedException`.
    pub fn refuse(&self, times: usize, error: &'static str) {
        self.refuse_after(0, times, error);
    }

    /// The same, after `passed` requests that are answered.
    pub fn refuse_after(&self, passed: usize, times: usize, error: &'static str) {
        let mut refusals = self.shared.refusals.lock().unwrap();
        refusals.extend(std::iter::repeat_n(None, passed));
        refusals.extend(std::iter::repeat_n(Some(error), times));
    }

    /// Answers everything again.
    pub fn heal(&self) {
        self.shared.refusals.lock().unwrap().clear();
    }

    /// All requests so far, in order.
    #[must_use]
    pub fn asked(&self) -> Vec<Asked> {
        self.shared.asked.lock().unwrap().clone()
    }
}

impl Shared {
    fn answer(&self, request: &Request<Bytes>) -> Response<Body> {
        let header = |name: &str| {
            let value = request.headers().get(name);
            value.and_then(|value| value.to_str().ok()).unwrap_or_default()
        };
        // The Rust SDK names the service alone, others put its namespace before it.
        let operation = header("x-amz-target")
            .split("CloudTrail_20131101.")
            .nth(1)
            .unwrap_or_default();
        let region = region_of(header("authorization"));
        let parameters: Value = serde_json::from_slice(request.body()).unwrap_or_default();
        let result = match self.refusals.lock().unwrap().pop_front().flatten() {
            Some(error) => Err((error, "refused by the test")),
            None => match operation {
                "LookupEvents" => self.lookup(region, &parameters),
                "ListPublicKeys" => Ok(self.list_keys(&parameters)),
                _ => Err(("UnknownOperationException", "")),
            },
        };
        self.asked.lock().unwrap().push(Asked {
            operation: operation.to_owned(),
            region: region.to_owned(),
            parameters,
            refused: result.as_ref().err().map(|(error, _)| *error),
        });
        respond(result)
    }

    /// One page, newest first. The token of the next page says what the page before was asked for, because the real
    /// service refuses a token that comes with other parameters.
    fn lookup(&self, region: &str, parameters: &Value) -> Result<Value, Refusal> {
        let size = parameters["MaxResults"].as_u64().unwrap_or(LARGEST_PAGE);
        if size == 0 || size > LARGEST_PAGE {
            return Err(("InvalidMaxResultsException", "MaxResults must be from 1 to 50."));
        }
        let (from, to) = window(parameters);
        if from > to {
            return Err(("InvalidTimeRangeException", "StartTime is after EndTime."));
        }
        let question = format!("{region}|{from}|{to}|{}", parameters["LookupAttributes"]);
        let skip = match parameters["NextToken"].as_str() {
            None => 0,
            Some(token) => opened(token, &question).ok_or(("InvalidNextTokenException", "Invalid token."))?,
        };
        let found = self.found(region, from, to, &parameters["LookupAttributes"])?;
        let end = found.len().min(skip + usize::try_from(size).unwrap_or(0));
        let page: Vec<Value> = found[skip.min(end)..end].iter().map(event).collect();
        let mut answer = json!({"Events": page});
        if end < found.len() {
            answer["NextToken"] = json!(STANDARD.encode(format!("{end}|{question}")));
        }
        Ok(answer)
    }

    /// The management events of a region and a time, newest first; those of one second in order of id.
    fn found(&self, region: &str, from: f64, to: f64, attributes: &Value) -> Result<Vec<Value>, Refusal> {
        let attribute = match attributes.as_array().map(Vec::as_slice) {
            None | Some([]) => None,
            Some([one]) => Some(one),
            Some(_) => return Err(("InvalidLookupAttributesException", "Only one attribute is accepted.")),
        };
        let mut found: Vec<Value> = self.records.lock().unwrap().clone();
        found.retain(|record| {
            let at = seconds(record);
            record["awsRegion"] == region
                && record["eventCategory"] != "Data"
                && at >= from
                && at <= to
                && attribute.is_none_or(|wanted| has(&event(record), wanted))
        });
        found.sort_by(|left, right| {
            let id = |record: &Value| record["eventID"].as_str().map(str::to_owned);
            seconds(right)
                .total_cmp(&seconds(left))
                .then_with(|| id(left).cmp(&id(right)))
        });
        Ok(found)
    }

    /// The keys whose validity meets the window.
    fn list_keys(&self, parameters: &Value) -> Value {
        let (from, to) = window(parameters);
        let keys = self.keys.lock().unwrap();
        let valid = keys.iter().filter(|key| key.to as f64 >= from && key.from as f64 <= to);
        let list: Vec<Value> = valid
            .map(|key| {
                json!({"Value": STANDARD.encode(&key.der), "Fingerprint": key.fingerprint,
                    "ValidityStartTime": key.from as f64, "ValidityEndTime": key.to as f64})
            })
            .collect();
        json!({"PublicKeyList": list})
    }
}

fn respond(result: Result<Value, Refusal>) -> Response<Body> {
    let (status, body) = match result {
        Ok(body) => (StatusCode::OK, body),
        Err((error, message)) => (StatusCode::BAD_REQUEST, json!({"__type": error, "message": message})),
    };
    Response::builder()
        .status(status)
        .header("content-type", "application/x-amz-json-1.1")
        .header("x-amzn-requestid", "00000000-0000-4000-8000-000000000001")
        .body(Body::from(body.to_string()))
        .unwrap()
}

/// The region of a signature of version 4: `Credential=KEY/DATE/REGION/SERVICE/aws4_request`.
fn region_of(authorization: &str) -> &str {
    let scope = authorization.split("Credential=").nth(1).unwrap_or_default();
    scope.split('/').nth(2).unwrap_or_default()
}

/// Where a token's page begins, if it belongs to this question.
fn opened(token: &str, question: &str) -> Option<usize> {
    let text = String::from_utf8(STANDARD.decode(token).ok()?).ok()?;
    let (skip, asked) = text.split_once('|')?;
    (asked == question).then(|| skip.parse().ok())?
}

/// `StartTime` and `EndTime`, in seconds since 1970, both included.
fn window(parameters: &Value) -> (f64, f64) {
    let time = |name: &str| parameters[name].as_f64();
    (
        time("StartTime").unwrap_or(f64::MIN),
        time("EndTime").unwrap_or(f64::MAX),
    )
}

/// The time of a record, in seconds since 1970.
fn seconds(record: &Value) -> f64 {
    let text = record["eventTime"].as_str().unwrap_or_default();
    text.parse::<jiff::Timestamp>()
        .map_or(0.0, |time| time.as_second() as f64)
}

/// An event as the service gives it: some fields in its own names, and the record as text.
fn event(record: &Value) -> Value {
    let identity = &record["userIdentity"];
    // Text here, a truth value or text in the record.
    let read_only = match &record["readOnly"] {
        Value::Bool(true) => Some("true"),
        Value::Bool(false) => Some("false"),
        other => other.as_str(),
    };
    let mut event = json!({
        "EventId": record["eventID"],
        "EventName": record["eventName"],
        "EventTime": seconds(record),
        "EventSource": record["eventSource"],
        "Resources": resources(record),
        "CloudTrailEvent": record.to_string(),
    });
    for (name, value) in [
        ("AccessKeyId", identity["accessKeyId"].as_str()),
        ("Username", user_name(identity)),
        ("ReadOnly", read_only),
    ] {
        if let Some(value) = value {
            event[name] = json!(value);
        }
    }
    event
}

/// The user's name; of an assumed role the session's, which ends its ARN.
fn user_name(identity: &Value) -> Option<&str> {
    let session = || identity["arn"].as_str().and_then(|arn| arn.rsplit('/').next());
    identity["userName"].as_str().or_else(session)
}

fn resources(record: &Value) -> Vec<Value> {
    let list = record["resources"].as_array().map(Vec::as_slice).unwrap_or_default();
    list.iter()
        .map(|each| json!({"ResourceType": each["type"], "ResourceName": each["ARN"]}))
        .collect()
}

/// Whether an event has an attribute, `{"AttributeKey", "AttributeValue"}`.
fn has(event: &Value, wanted: &Value) -> bool {
    let key = wanted["AttributeKey"].as_str().unwrap_or_default();
    match key {
        "ResourceType" | "ResourceName" => event["Resources"]
            .as_array()
            .is_some_and(|list| list.iter().any(|each| each[key] == wanted["AttributeValue"])),
        _ => event[key] == wanted["AttributeValue"],
    }
}
