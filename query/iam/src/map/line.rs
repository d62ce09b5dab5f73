//! `podtrail map`: one CloudTrail record in, one line of JSON out.

use serde_json::{Value, json};

use super::{Call, map_call};

/// Maps one record given as JSON: `{event_id, actions, unmapped}`; a line that is no record gives `{error}`.
/// The answer has no line break.
pub fn map_line(line: &str) -> String {
    let record: Value = match serde_json::from_str(line) {
        Ok(record) => record,
        Err(error) => {
            return failure(&format!(
                "not JSON: {error}; a CloudTrail record on one line is accepted"
            ));
        }
    };
    // An EventBridge envelope carries the record in `detail`.
    let record = record.get("detail").filter(|d| d.is_object()).unwrap_or(&record);
    let text = |value: &'_ Value, pointer: &str| value.pointer(pointer).and_then(Value::as_str).map(str::to_owned);
    let (Some(source), Some(name)) = (text(record, "/eventSource"), text(record, "/eventName")) else {
        return failure("not a CloudTrail record: `eventSource` and `eventName` must be text");
    };
    let field = |pointer: &str| text(record, pointer);
    let nested = |key: &str| record.get(key).filter(|v| !v.is_null()).map(Value::to_string);
    let (kind, category) = (field("/eventType"), field("/eventCategory"));
    let (region, recipient) = (field("/awsRegion"), field("/recipientAccountId"));
    let issuer = field("/userIdentity/sessionContext/sessionIssuer/arn");
    let (identity, account) = (field("/userIdentity/arn"), field("/userIdentity/accountId"));
    let (invoked_by, code, message) = (
        field("/userIdentity/invokedBy"),
        field("/errorCode"),
        field("/errorMessage"),
    );
    let (request, response) = (nested("requestParameters"), nested("responseElements"));
    let (resources, additional) = (nested("resources"), nested("additionalEventData"));
    let mapping = map_call(&Call {
        event_source: &source,
        event_name: &name,
        event_type: kind.as_deref(),
        event_category: category.as_deref(),
        aws_region: region.as_deref(),
        recipient_account_id: recipient.as_deref(),
        issuer_arn: issuer.as_deref(),
        identity_arn: identity.as_deref(),
        identity_account_id: account.as_deref(),
        invoked_by: invoked_by.as_deref(),
        error_code: code.as_deref(),
        error_message: message.as_deref(),
        request_parameters: request.as_deref(),
        response_elements: response.as_deref(),
        resources: resources.as_deref(),
        additional_event_data: additional.as_deref(),
    });
    json!({ "event_id": field("/eventID"), "actions": mapping.actions, "unmapped": mapping.unmapped }).to_string()
}

fn failure(message: &str) -> String {
    json!({ "error": message }).to_string()
}
