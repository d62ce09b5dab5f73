//! From a CloudTrail event to what IAM checked for it: actions, resources, condition keys.
//!
//! Nothing is invented: an event no rule knows is reported as unmapped with the reason, and where a resource could not
//! be taken from the record its `why` says what stands for it.

mod arn;
mod confirm;
mod denial;
mod gauge;
mod line;
pub(crate) mod names;
mod params;
mod request;
mod resource;
pub(crate) mod rules;

use std::collections::BTreeMap;

pub use confirm::{Confirmation, Counting, Disagreement};
pub use denial::{Denial, Layer, Outcome, denial_reason, outcome};
pub use gauge::{Gauge, gauge};
pub use line::map_line;
use request::Request;

/// The fields of a CloudTrail record that decide its mapping. JSON fields are text, as the lake stores them.
#[derive(Debug, Clone, Copy, Default)]
pub struct Call<'a> {
    /// `eventSource`, as `s3.amazonaws.com`.
    pub event_source: &'a str,
    /// `eventName`.
    pub event_name: &'a str,
    /// `eventType`; absent is taken for an API call.
    pub event_type: Option<&'a str>,
    /// `eventCategory`.
    pub event_category: Option<&'a str>,
    /// `awsRegion`.
    pub aws_region: Option<&'a str>,
    /// `recipientAccountId`.
    pub recipient_account_id: Option<&'a str>,
    /// `userIdentity.sessionContext.sessionIssuer.arn`.
    pub issuer_arn: Option<&'a str>,
    /// `userIdentity.arn`.
    pub identity_arn: Option<&'a str>,
    /// `userIdentity.accountId`.
    pub identity_account_id: Option<&'a str>,
    /// `userIdentity.invokedBy`.
    pub invoked_by: Option<&'a str>,
    /// `errorCode`.
    pub error_code: Option<&'a str>,
    /// `errorMessage`.
    pub error_message: Option<&'a str>,
    /// `requestParameters`, JSON.
    pub request_parameters: Option<&'a str>,
    /// `responseElements`, JSON.
    pub response_elements: Option<&'a str>,
    /// `resources`, a JSON array.
    pub resources: Option<&'a str>,
    /// `additionalEventData`, JSON.
    pub additional_event_data: Option<&'a str>,
}

/// What IAM checked for one call.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize)]
pub struct Mapping {
    /// The actions, the event's own first, then those its parameters ask for.
    pub actions: Vec<MappedAction>,
    /// Why there is none: not an API call, a call that needs no permission, a name that maps to nothing.
    pub unmapped: Option<String>,
}

impl Mapping {
    /// The call needed a permission, or may have, and no rule says which: a replay cannot judge it.
    pub fn is_unknown(&self) -> bool {
        self.unmapped.as_ref().is_some_and(|why| why.starts_with(NOT_KNOWN))
    }
}

/// How the reason of a call begins that no rule knows, as against calls that need no permission.
const NOT_KNOWN: &str = "no IAM ";

/// One action that was checked.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct MappedAction {
    /// The action in the catalog's spelling; it always exists.
    pub action: &'static str,
    /// ARNs, sorted; `*` for an action without resource-level permissions. Values from the request stand as they
    /// are, so a `*` in an object's key is part of the name and must be escaped before it goes into a policy.
    pub resources: Vec<String>,
    /// Condition keys the record proves, with their values.
    pub conditions: BTreeMap<String, Vec<String>>,
    /// The rule that gave the action, and what stands for a resource that the record does not name.
    pub why: String,
}

/// Whether a condition key speaks of one call alone: the version of one object, the name of one session, what one
/// ciphertext belongs to. Calls that are added up are better without it; judged by a policy that tests it, they are
/// undecided.
pub fn is_of_one_call(key: &str) -> bool {
    const EXACT: [&str; 6] = [
        "s3:versionid",
        "s3:max-keys",
        "s3:delimiter",
        "sts:RoleSessionName",
        "sts:SourceIdentity",
        "kms:EncryptionContextKeys",
    ];
    EXACT.iter().any(|known| known.eq_ignore_ascii_case(key))
        || key
            .get(..22)
            .is_some_and(|head| head.eq_ignore_ascii_case("kms:EncryptionContext:"))
}

/// Maps one call. Pure, total and deterministic.
pub fn map_call(call: &Call<'_>) -> Mapping {
    let mut mapping = map_stated(call);
    if outcome(call.error_code) == Outcome::Denied && not_an_api_call(call).is_none() {
        denial::correct(call, &mut mapping);
    }
    mapping
}

/// Maps one call by its name and parameters, without what the message of a denied call says.
fn map_stated(call: &Call<'_>) -> Mapping {
    match not_an_api_call(call) {
        Some(reason) => Mapping {
            actions: Vec::new(),
            unmapped: Some(reason),
        },
        None => map_api_call(call),
    }
}

/// Events that no principal asked for by an API, or that repeat one that is logged elsewhere.
fn not_an_api_call(call: &Call<'_>) -> Option<String> {
    match (call.event_type, call.event_category) {
        (_, Some("NetworkActivity")) => Some("a network activity event repeats a call that is logged by itself".into()),
        (_, Some("Insight")) => Some("an Insights event is no call".into()),
        (None | Some("AwsApiCall"), _) => None,
        (Some(other), _) => Some(format!("an `{other}` event is no API call")),
    }
}

fn map_api_call(call: &Call<'_>) -> Mapping {
    let unmapped = |reason: String| Mapping {
        actions: Vec::new(),
        unmapped: Some(reason),
    };
    let Some(prefix) = names::prefix(call.event_source) else {
        return unmapped(format!(
            "{NOT_KNOWN}service is known for the event source `{}`",
            call.event_source
        ));
    };
    let operation = names::operation(prefix, call.event_name);
    if let Some(why) = names::without_permission(prefix, operation) {
        return unmapped(format!("`{prefix}:{operation}`: {why}"));
    }
    let request = Request::new(call, prefix, operation);
    let actions = rules::actions(&request);
    if actions.is_empty() {
        return unmapped(format!(
            "{NOT_KNOWN}action is known for `{}` of `{}`",
            call.event_name, call.event_source
        ));
    }
    Mapping {
        actions,
        unmapped: None,
    }
}

#[cfg(test)]
mod tests;
