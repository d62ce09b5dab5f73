//! Kubernetes audit events (`audit.k8s.io`), as the API servers of EKS clusters write them.
//!
//! In the columns of [`Event`]: `event_id` is `auditID`, `event_time` when the request was received, `event_type`
//! [`KIND`], `event_source` [`SOURCE`], `event_name` verb and resource (`create serviceaccounts/token`), `user_name`
//! the Kubernetes user, `error_code` the reason (else the code) of an answer of 400 and above, `request_parameters`
//! `{objectRef, requestObject}`, `response_elements` the `responseObject`, `recipient_account_id` the owner of the log
//! and `additional_event_data` `{cluster, logGroup, logStream}` where an envelope names them, `extra` the rest.
//! `read_only` follows the verb. Fields are those of the API's `audit.k8s.io/v1` Event.
//!
//! The API server writes an event when it has received a request and another when it has answered (EKS omits no
//! stage). The later one holds all that the earlier one does and more, so that earlier stages are
//! [interim](Event::interim).

mod hide;

use crate::event::Event;
use crate::split::LogSource;
use crate::time::Timestamp;
use crate::{canonical, redact};
use serde_json::{Map, Value, json};
use std::borrow::Cow;

/// `event_type` of Kubernetes audit events.
pub const KIND: &str = "KubernetesAudit";
/// `event_source` of Kubernetes audit events.
pub const SOURCE: &str = "audit.k8s.io";

/// Builds the row of an audit event; the reason when it cannot be read.
pub(crate) fn build(json: &str, log: Option<&LogSource>) -> Result<Event<'static>, String> {
    let mut rest: Map<String, Value> =
        serde_json::from_str(json).map_err(|error| format!("this Kubernetes audit event cannot be read: {error}"))?;
    let name = name(&rest);
    hide::secrets(&mut rest);
    let id = text(&mut rest, "auditID");
    let stage = rest.get("stage").and_then(Value::as_str);
    let interim = matches!(stage, Some("RequestReceived" | "ResponseStarted"));
    let event_id = match (id, stage) {
        (Some(id), Some(stage)) if interim => format!("{id}/{stage}"),
        (Some(id), _) => id,
        (None, _) => canonical::digest(&redact::json(json)),
    };
    let read_only = rest.get("verb").and_then(Value::as_str).map(is_read_only);
    let (error_code, error_message) = failure(&rest);
    let event = Event {
        event_id: Cow::Owned(event_id),
        event_time: time(&mut rest, "requestReceivedTimestamp").or_else(|| time(&mut rest, "stageTimestamp")),
        event_version: text(&mut rest, "apiVersion").map(Cow::Owned),
        event_type: Some(Cow::Borrowed(KIND)),
        event_source: Some(Cow::Borrowed(SOURCE)),
        event_name: name.map(Cow::Owned),
        recipient_account_id: log.and_then(|log| log.owner.clone()).map(Cow::Owned),
        read_only,
        error_code: error_code.map(Cow::Owned),
        error_message: error_message.map(Cow::Owned),
        source_ip_address: address(&mut rest).map(Cow::Owned),
        user_agent: text(&mut rest, "userAgent").map(Cow::Owned),
        user_name: user(&mut rest).map(Cow::Owned),
        request_parameters: parameters(&mut rest).map(Cow::Owned),
        response_elements: rest.remove("responseObject").and_then(written).map(Cow::Owned),
        additional_event_data: log.and_then(of_log).map(Cow::Owned),
        interim,
        ..Event::default()
    };
    rest.remove("kind");
    rest.retain(|_, value| !value.is_null());
    let extra = (!rest.is_empty()).then_some(Value::Object(rest)).and_then(written);
    Ok(Event {
        extra: extra.map(Cow::Owned),
        ..event
    })
}

/// Names the cluster of an audit event whose envelope did not, by the file that holds it: an export of the log group
/// `/aws/eks/<cluster>/cluster` names it only where it was written below a folder of the group's name. Other events,
/// and other files, stay as they are.
pub fn name_cluster(event: &mut Event<'_>, file: &str) {
    if event.event_source.as_deref() != Some(SOURCE) {
        return;
    }
    let after = file.split_once("aws/eks/").map(|(_, rest)| rest);
    let Some((cluster, _)) = after.and_then(|rest| rest.split_once("/cluster/")) else {
        return;
    };
    let told = event.additional_event_data.as_deref().unwrap_or("{}");
    let Ok(mut data) = serde_json::from_str::<Map<String, Value>>(told) else {
        return;
    };
    if !cluster.is_empty() && !cluster.contains('/') && !data.contains_key("cluster") {
        data.insert("cluster".to_owned(), json!(cluster));
        event.additional_event_data = written(Value::Object(data)).map(Cow::Owned);
    }
}

/// Verb, and resource with its subresource; of a request for no resource, the path.
fn name(event: &Map<String, Value>) -> Option<String> {
    let word = |value: Option<&Value>| {
        value
            .and_then(Value::as_str)
            .filter(|word| !word.is_empty())
            .map(str::to_owned)
    };
    let verb = word(event.get("verb"))?;
    let of_object = |key: &str| word(event.get("objectRef").and_then(|object| object.get(key)));
    let target = match (of_object("resource"), of_object("subresource")) {
        (Some(resource), Some(sub)) => Some(format!("{resource}/{sub}")),
        (Some(resource), None) => Some(resource),
        (None, _) => word(event.get("requestURI")).map(|uri| uri.split('?').next().unwrap_or_default().to_owned()),
    };
    Some(target.map_or_else(|| verb.clone(), |target| format!("{verb} {target}")))
}

fn is_read_only(verb: &str) -> bool {
    matches!(verb, "get" | "list" | "watch" | "head" | "options")
}

/// Reason (else code) and message of an answer that refuses: 400 and above. The answer itself stays in `extra`.
fn failure(event: &Map<String, Value>) -> (Option<String>, Option<String>) {
    let Some(status) = event.get("responseStatus") else {
        return (None, None);
    };
    let Some(code) = status.get("code").and_then(Value::as_u64).filter(|code| *code >= 400) else {
        return (None, None);
    };
    let word = |key: &str| status.get(key).and_then(Value::as_str).filter(|word| !word.is_empty());
    let message = word("message").map(|message| redact::string(message).into_owned());
    (
        Some(word("reason").map_or_else(|| code.to_string(), str::to_owned)),
        message,
    )
}

/// A text, taken out of the event and redacted; what is no text stays where it is.
fn text(event: &mut Map<String, Value>, key: &str) -> Option<String> {
    let Some(Value::String(text)) = event.get(key) else {
        return None;
    };
    let text = redact::string(text).into_owned();
    event.remove(key);
    Some(text).filter(|text| !text.is_empty())
}

fn time(event: &mut Map<String, Value>, key: &str) -> Option<Timestamp> {
    let time = event.get(key)?.as_str().and_then(Timestamp::parse)?;
    event.remove(key);
    Some(time)
}

/// The first address, the client's own; more of them, those of proxies, stay in `extra`.
fn address(event: &mut Map<String, Value>) -> Option<String> {
    let list = event.get("sourceIPs")?.as_array()?;
    let first = list.first()?.as_str().map(str::to_owned)?;
    if list.len() == 1 {
        event.remove("sourceIPs");
    }
    Some(first)
}

/// The user's name; groups, uid and what authentication adds stay in `extra`.
fn user(event: &mut Map<String, Value>) -> Option<String> {
    let user = event.get_mut("user")?.as_object_mut()?;
    let name = text(user, "username");
    if user.is_empty() {
        event.remove("user");
    }
    name
}

fn parameters(event: &mut Map<String, Value>) -> Option<String> {
    let mut parameters = Map::new();
    for key in ["objectRef", "requestObject"] {
        if let Some(value) = event.remove(key).filter(|value| !value.is_null()) {
            parameters.insert(key.to_owned(), value);
        }
    }
    (!parameters.is_empty())
        .then_some(Value::Object(parameters))
        .and_then(written)
}

fn of_log(log: &LogSource) -> Option<String> {
    let mut data = Map::new();
    for (key, value) in [
        ("cluster", log.cluster()),
        ("logGroup", log.group.as_deref()),
        ("logStream", log.stream.as_deref()),
    ] {
        if let Some(value) = value {
            data.insert(key.to_owned(), json!(value));
        }
    }
    (!data.is_empty()).then_some(Value::Object(data)).and_then(written)
}

/// The value as JSON text, redacted by the rules that hold for every record.
fn written(value: Value) -> Option<String> {
    (!value.is_null()).then(|| redact::json(&value.to_string()).into_owned())
}
