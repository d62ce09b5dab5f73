//! Tokens that the Kubernetes API issued for pods, from its audit log.

use podtrail_event::time::Timestamp;
use serde_json::Value;

/// The API's default where a request names no lifetime: one hour (`TokenRequestSpec.expirationSeconds`).
const DEFAULT_SECONDS: i64 = 3600;

/// One `TokenRequest` of the Kubernetes audit log that was answered: a pod got a token of its ServiceAccount.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct TokenRequest {
    /// `auditID`.
    pub event_id: String,
    /// When it was asked for.
    pub at: Option<Timestamp>,
    /// The cluster whose log tells of it: ARN, else name; none where the log did not say.
    pub cluster: Option<String>,
    /// Namespace.
    pub namespace: String,
    /// ServiceAccount.
    pub service_account: String,
    /// The pod that the token is bound to; none for a token made by hand.
    pub pod: Option<String>,
    /// The pod's uid.
    pub pod_uid: Option<String>,
    /// Audiences asked for; none means the API server's own.
    pub audiences: Vec<String>,
    /// When the token expires.
    pub expires_at: Option<Timestamp>,
    /// The token's id (`jti`), where the API server tells it (Kubernetes 1.30 and later).
    pub token_id: Option<String>,
}

/// The columns of an audit event's row that tell of a `TokenRequest`.
#[derive(Debug, Clone, Copy, Default)]
pub struct AuditRow<'a> {
    /// `event_id`.
    pub event_id: &'a str,
    /// `event_time`.
    pub event_time: Option<Timestamp>,
    /// `error_code`.
    pub error_code: Option<&'a str>,
    /// `request_parameters`: `{objectRef, requestObject}`.
    pub request_parameters: Option<&'a str>,
    /// `additional_event_data`: `{cluster}`.
    pub additional_event_data: Option<&'a str>,
    /// `extra`: what is left of the event, its annotations among it.
    pub extra: Option<&'a str>,
}

/// Which rows of `events` are `TokenRequest`s, as an SQL condition.
pub const TOKEN_REQUESTS: &str =
    "event_source = 'audit.k8s.io' AND event_name = 'create serviceaccounts/token' AND error_code IS NULL";

impl TokenRequest {
    /// Reads an audit event's row; `None` where it is no `TokenRequest`, or one that was refused.
    pub fn read(row: AuditRow<'_>) -> Option<Self> {
        if row.error_code.is_some_and(|code| !code.is_empty()) {
            return None;
        }
        let json = |text: Option<&str>| text.and_then(|text| serde_json::from_str::<Value>(text).ok());
        let parameters = json(row.request_parameters)?;
        let text = |value: &Value, pointer: &str| {
            let found = value.pointer(pointer).and_then(Value::as_str);
            found.filter(|text| !text.is_empty()).map(str::to_owned)
        };
        let object = |key: &str| text(&parameters, &format!("/objectRef/{key}"));
        if object("resource")? != "serviceaccounts" || object("subresource")? != "token" {
            return None;
        }
        let spec = parameters.pointer("/requestObject/spec").unwrap_or(&Value::Null);
        let audiences = spec.get("audiences").and_then(Value::as_array);
        let seconds = spec.get("expirationSeconds").and_then(Value::as_i64);
        let life = seconds.unwrap_or(DEFAULT_SECONDS).checked_mul(1_000_000)?;
        let of_pod = text(spec, "/boundObjectRef/kind").as_deref() == Some("Pod");
        let bound = |key: &str| text(spec, &format!("/boundObjectRef/{key}")).filter(|_| of_pod);
        let annotations = json(row.extra);
        let token_id = annotations.as_ref().and_then(|extra| {
            let id = extra
                .get("annotations")?
                .get("authentication.kubernetes.io/issued-credential-id")?;
            id.as_str()?.strip_prefix("JTI=").map(str::to_owned)
        });
        Some(Self {
            event_id: row.event_id.to_owned(),
            at: row.event_time,
            cluster: json(row.additional_event_data).and_then(|data| text(&data, "/cluster")),
            namespace: object("namespace")?,
            service_account: object("name")?,
            pod: bound("name"),
            pod_uid: bound("uid"),
            audiences: (audiences.into_iter().flatten())
                .filter_map(Value::as_str)
                .map(str::to_owned)
                .collect(),
            expires_at: row
                .event_time
                .and_then(|Timestamp(at)| at.checked_add(life).map(Timestamp)),
            token_id,
        })
    }

    /// Whether the token was in force at a time; what is not known rules nothing out.
    ///
    /// A request may change what is said of a session's pod only where it was in force when the session began: at the
    /// `eventTime` of its issue, or the `creationDate` that its callers show.
    pub fn is_in_force(&self, time: Option<Timestamp>) -> bool {
        let begun = self.at.is_none_or(|at| time.is_none_or(|time| at <= time));
        begun && self.expires_at.is_none_or(|end| time.is_none_or(|time| time <= end))
    }
}
