//! One CloudTrail record (or [Kubernetes audit event](crate::audit)) as one row of the lake.
//!
//! Every field may be null, missing, of another type or new (the record contents reference of the
//! CloudTrail user guide adds fields with each `eventVersion`): a scalar of the wrong type is kept
//! as its text, a structure where a scalar was expected moves to `extra`, so reading never fails
//! on a field.

use crate::fields::{Extra, Field};
use crate::identity::Inner;
use crate::reject::{Limits, Reject};
use crate::shape::Shape;
use crate::split::LogSource;
use crate::time::Timestamp;
use crate::walk::{Fault, Member, Step, Walker};
use crate::{audit, canonical, identity, redact, shape};
use std::borrow::Cow;

/// A record in the columns of the `events` view, redacted. Absent, null and empty are `None`.
#[derive(Debug, Clone, PartialEq, Eq, Default, serde::Serialize)]
pub struct Event<'a> {
    /// `eventID`; without one, `sha256:` and the digest of the record's canonical redacted form. Never empty.
    pub event_id: Cow<'a, str>,
    /// `eventTime`: when the call was made, UTC, to the second.
    pub event_time: Option<Timestamp>,
    /// `eventVersion`, `major.minor`.
    pub event_version: Option<Cow<'a, str>>,
    /// `eventType`: `AwsApiCall`, `AwsServiceEvent`, `AwsConsoleSignIn`, …
    pub event_type: Option<Cow<'a, str>>,
    /// `eventCategory`: `Management`, `Data`, `NetworkActivity`, …
    pub event_category: Option<Cow<'a, str>>,
    /// `eventSource`: `s3.amazonaws.com`.
    pub event_source: Option<Cow<'a, str>>,
    /// `eventName`: `GetObject`.
    pub event_name: Option<Cow<'a, str>>,
    /// `awsRegion`.
    pub aws_region: Option<Cow<'a, str>>,
    /// `recipientAccountId`: the account whose trail received the record.
    pub recipient_account_id: Option<Cow<'a, str>>,
    /// `readOnly`; the strings `true` and `false` are accepted.
    pub read_only: Option<bool>,
    /// `errorCode`; absent when the call worked.
    pub error_code: Option<Cow<'a, str>>,
    /// `errorMessage`.
    pub error_message: Option<Cow<'a, str>>,
    /// `sourceIPAddress`: an address, a service's name, or `AWS Internal`.
    pub source_ip_address: Option<Cow<'a, str>>,
    /// `userAgent`, as the caller wrote it: not to be trusted.
    pub user_agent: Option<Cow<'a, str>>,
    /// `vpcEndpointId`.
    pub vpc_endpoint_id: Option<Cow<'a, str>>,
    /// `requestID`.
    pub request_id: Option<Cow<'a, str>>,
    /// `sharedEventID`: the same in the copies of one call that several accounts receive.
    pub shared_event_id: Option<Cow<'a, str>>,
    /// `userIdentity.type`: `AssumedRole`, `WebIdentityUser`, `IAMUser`, `AWSService`, …; may be absent.
    pub identity_type: Option<Cow<'a, str>>,
    /// `userIdentity.principalId`: `AROA…:session` for an assumed role.
    pub principal_id: Option<Cow<'a, str>>,
    /// `userIdentity.arn`.
    pub identity_arn: Option<Cow<'a, str>>,
    /// `userIdentity.accountId`.
    pub identity_account_id: Option<Cow<'a, str>>,
    /// `userIdentity.accessKeyId`: `ASIA…` for a session, `AKIA…` for a static key. No secret.
    pub access_key_id: Option<Cow<'a, str>>,
    /// `userIdentity.userName`.
    pub user_name: Option<Cow<'a, str>>,
    /// `userIdentity.invokedBy`: the service that called for the principal.
    pub invoked_by: Option<Cow<'a, str>>,
    /// `userIdentity.sessionContext.sessionIssuer.arn`: the role, with its path.
    pub issuer_arn: Option<Cow<'a, str>>,
    /// `userIdentity.sessionContext.sessionIssuer.principalId`: `AROA…`.
    pub issuer_id: Option<Cow<'a, str>>,
    /// The part of an assumed role's `principalId` after the first colon.
    pub session_name: Option<Cow<'a, str>>,
    /// `userIdentity.sessionContext.attributes.creationDate`: equal to the event time.
    pub session_created: Option<Timestamp>,
    /// `sessionContext.webIdFederationData.federatedProvider`, or a web identity's or SAML user's own `identityProvider`.
    pub federated_provider: Option<Cow<'a, str>>,
    /// `userIdentity.sessionContext.ec2RoleDelivery`: the instance metadata version, `1.0` or `2.0`.
    pub ec2_role_delivery: Option<Cow<'a, str>>,
    /// `userIdentity.sessionContext.sourceIdentity`.
    pub source_identity: Option<Cow<'a, str>>,
    /// `requestParameters`: JSON text.
    pub request_parameters: Option<Cow<'a, str>>,
    /// `responseElements`: JSON text.
    pub response_elements: Option<Cow<'a, str>>,
    /// `resources`: JSON text, an array of `{ARN, accountId, type}`.
    pub resources: Option<Cow<'a, str>>,
    /// `additionalEventData`: JSON text.
    pub additional_event_data: Option<Cow<'a, str>>,
    /// Every other field, as one JSON object with sorted keys; those of `userIdentity` under their own path.
    pub extra: Option<Cow<'a, str>>,
    /// No column. Only of Kubernetes audit events: tells of a request before its end, of which another event with
    /// the same `auditID` tells all that this one does. It is read and counted, and need not be stored.
    #[serde(skip)]
    pub interim: bool,
}

impl Event<'_> {
    /// The same row, borrowing nothing.
    pub fn into_owned(self) -> Event<'static> {
        fn own(text: Cow<'_, str>) -> Cow<'static, str> {
            Cow::Owned(text.into_owned())
        }
        Event {
            event_id: own(self.event_id),
            event_time: self.event_time,
            event_version: self.event_version.map(own),
            event_type: self.event_type.map(own),
            event_category: self.event_category.map(own),
            event_source: self.event_source.map(own),
            event_name: self.event_name.map(own),
            aws_region: self.aws_region.map(own),
            recipient_account_id: self.recipient_account_id.map(own),
            read_only: self.read_only,
            error_code: self.error_code.map(own),
            error_message: self.error_message.map(own),
            source_ip_address: self.source_ip_address.map(own),
            user_agent: self.user_agent.map(own),
            vpc_endpoint_id: self.vpc_endpoint_id.map(own),
            request_id: self.request_id.map(own),
            shared_event_id: self.shared_event_id.map(own),
            identity_type: self.identity_type.map(own),
            principal_id: self.principal_id.map(own),
            identity_arn: self.identity_arn.map(own),
            identity_account_id: self.identity_account_id.map(own),
            access_key_id: self.access_key_id.map(own),
            user_name: self.user_name.map(own),
            invoked_by: self.invoked_by.map(own),
            issuer_arn: self.issuer_arn.map(own),
            issuer_id: self.issuer_id.map(own),
            session_name: self.session_name.map(own),
            session_created: self.session_created,
            federated_provider: self.federated_provider.map(own),
            ec2_role_delivery: self.ec2_role_delivery.map(own),
            source_identity: self.source_identity.map(own),
            request_parameters: self.request_parameters.map(own),
            response_elements: self.response_elements.map(own),
            resources: self.resources.map(own),
            additional_event_data: self.additional_event_data.map(own),
            extra: self.extra.map(own),
            interim: self.interim,
        }
    }
}

/// Reads one record; `offset` is where it begins in its stream, for the [`Reject`].
///
/// Fails on what is not one JSON object in UTF-8 within the limits, and on an object that is not
/// a CloudTrail record or a Kubernetes audit event; the reason names what it looks like.
pub fn parse<'a>(json: &'a [u8], offset: u64, limits: &Limits) -> Result<Event<'a>, Reject> {
    let refuse = |reason: String| Reject::new(offset, reason, json, limits);
    let mut walker = Walker::new(limits.depth);
    let end = match walker.run(json, true) {
        Step::Done(end) => end,
        Step::Bad(fault) => return Err(refuse(fault_reason(fault, offset))),
        Step::More | Step::Container(_) => {
            return Err(refuse(format!(
                "the record is cut off at byte {}",
                offset + json.len() as u64
            )));
        }
    };
    if !crate::cut(json, end, json.len()).trim_ascii().is_empty() {
        let reason = format!(
            "unexpected text after the record at byte {}; expected one JSON object",
            offset + end as u64
        );
        return Err(refuse(reason));
    }
    let text = utf8(json, offset).map_err(refuse)?;
    build(text, walker.members(), None).map_err(refuse)
}

/// What is wrong, where, and what was expected, in one line.
pub(crate) fn fault_reason(fault: Fault, offset: u64) -> String {
    format!(
        "broken JSON at byte {}: expected {}",
        offset + fault.at as u64,
        fault.expected
    )
}

/// The record as text, or the reason why it is none.
pub(crate) fn utf8(json: &[u8], offset: u64) -> Result<&str, String> {
    simdutf8::basic::from_utf8(json).map_err(|_| {
        // The fast check does not say where; the slow one does, and is needed only here.
        let at = std::str::from_utf8(json).map_or_else(|error| error.valid_up_to(), str::len);
        format!(
            "invalid UTF-8 at byte {}: the record cannot be read as text",
            offset + at as u64
        )
    })
}

/// Builds the row from a valid object and its members; the reason when it is not a record. `log` is what an envelope
/// around it says of the log that it is from.
pub(crate) fn build<'a>(json: &'a str, members: &[Member], log: Option<&LogSource>) -> Result<Event<'a>, String> {
    if !json.trim_ascii_start().starts_with('{') {
        return Err(format!(
            "not a CloudTrail record: expected an object, found {}",
            kind(json)
        ));
    }
    match shape::of(json, members) {
        Shape::Record => {}
        Shape::Audit => return audit::build(json, log),
        Shape::Foreign(reason) => return Err(reason),
    }
    let mut event = Event::default();
    let mut extra = Extra::default();
    let (mut id, mut other_id, mut other_field) = (None, None, None);
    for (index, member) in members.iter().enumerate().filter(|(_, member)| member.level == 1) {
        let field = Field::new(json, member);
        match field.key {
            "eventID" => extra.put(&mut id, field),
            // Aggregated events (eventCategory `Aggregated`, November 2025) write a lower-case d.
            "eventId" => {
                extra.put(&mut other_id, field);
                other_field = Some(field).filter(|_| other_id.is_some());
            }
            "eventTime" => identity::put_time(&mut event.event_time, field, &mut extra),
            "readOnly" => put_flag(&mut event.read_only, field, &mut extra),
            "userIdentity" => identity::read(&mut event, field, &mut extra, Inner::after(json, members, index)),
            "requestParameters" => put_json(&mut event.request_parameters, field, &mut extra),
            "responseElements" => put_json(&mut event.response_elements, field, &mut extra),
            "resources" => put_json(&mut event.resources, field, &mut extra),
            "additionalEventData" => put_json(&mut event.additional_event_data, field, &mut extra),
            _ => match column(&mut event, field.key) {
                Some(slot) => extra.put(slot, field),
                None => extra.keep(field),
            },
        }
    }
    if id.is_some()
        && let Some(field) = other_field
    {
        extra.keep(field);
    }
    event.event_id = id
        .or(other_id)
        .unwrap_or_else(|| Cow::Owned(canonical::digest(&redact::json(json))));
    event.extra = extra.into_json().map(Cow::Owned);
    Ok(event)
}

/// The text column of a top-level field.
fn column<'e, 'a>(event: &'e mut Event<'a>, key: &str) -> Option<&'e mut Option<Cow<'a, str>>> {
    Some(match key {
        "eventVersion" => &mut event.event_version,
        "eventType" => &mut event.event_type,
        "eventCategory" => &mut event.event_category,
        "eventSource" => &mut event.event_source,
        "eventName" => &mut event.event_name,
        "awsRegion" => &mut event.aws_region,
        "recipientAccountId" => &mut event.recipient_account_id,
        "errorCode" => &mut event.error_code,
        "errorMessage" => &mut event.error_message,
        "sourceIPAddress" => &mut event.source_ip_address,
        "userAgent" => &mut event.user_agent,
        "vpcEndpointId" => &mut event.vpc_endpoint_id,
        "requestID" => &mut event.request_id,
        "sharedEventID" => &mut event.shared_event_id,
        _ => return None,
    })
}

fn put_json<'a>(slot: &mut Option<Cow<'a, str>>, field: Field<'a>, extra: &mut Extra<'a>) {
    if slot.is_some() {
        extra.keep(field)
    } else {
        *slot = field.json()
    }
}

fn put_flag<'a>(slot: &mut Option<bool>, field: Field<'a>, extra: &mut Extra<'a>) {
    match field.value.trim_matches('"') {
        "true" if slot.is_none() => *slot = Some(true),
        "false" if slot.is_none() => *slot = Some(false),
        "" => {}
        _ => extra.keep(field),
    }
}

/// The name of a JSON value's kind.
pub(crate) fn kind(json: &str) -> &'static str {
    match json.trim_ascii_start().as_bytes().first() {
        Some(b'{') => "an object",
        Some(b'[') => "an array",
        Some(b'"') => "a string",
        Some(b't' | b'f') => "a boolean",
        Some(b'n') => "null",
        Some(_) => "a number",
        None => "nothing",
    }
}
