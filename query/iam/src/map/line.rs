//! `podtrail map`: one CloudTrail record in, one line of JSON out.

use serde_json::{Value, json};

use super::{Call, map_call};

/// Maps one record given as JSON: `{event_id, actions, unmapped}`; a line that is no record gives `{error}`.
/// The answer has no line break.
pub fn map_line(line: &str) -> String {
    match Record::parse(line) {
        Ok(record) => {
            let mapping = map_call(&record.call());
            let id = record.text("/eventID");
            json!({ "event_id": id, "actions": mapping.actions, "unmapped": mapping.unmapped }).to_string()
        }
        Err(message) => json!({ "error": message }).to_string(),
    }
}

/// A CloudTrail record read from one line of JSON.
pub(crate) struct Record {
    fields: Value,
    /// The parts that [`Call`] takes as JSON text.
    nested: [Option<String>; 4],
}

impl Record {
    /// A record as a trail writes it, or an EventBridge envelope around one; the error says what is wrong.
    pub(crate) fn parse(line: &str) -> Result<Self, String> {
        let parsed: Value = serde_json::from_str(line)
            .map_err(|error| format!("not JSON: {error}; a CloudTrail record on one line is accepted"))?;
        let fields = match parsed.get("detail").filter(|d| d.is_object()) {
            Some(detail) => detail.clone(),
            None => parsed,
        };
        let nested = [
            "requestParameters",
            "responseElements",
            "resources",
            "additionalEventData",
        ];
        let nested = nested.map(|key| fields.get(key).filter(|v| !v.is_null()).map(Value::to_string));
        let record = Self { fields, nested };
        match (record.text("/eventSource"), record.text("/eventName")) {
            (Some(_), Some(_)) => Ok(record),
            _ => Err("not a CloudTrail record: `eventSource` and `eventName` must be text".to_owned()),
        }
    }

    /// The text at a JSON pointer.
    pub(crate) fn text(&self, pointer: &str) -> Option<&str> {
        self.fields.pointer(pointer).and_then(Value::as_str)
    }

    /// What decides the record's mapping.
    pub(crate) fn call(&self) -> Call<'_> {
        let [request, response, resources, additional] = &self.nested;
        Call {
            event_source: self.text("/eventSource").unwrap_or_default(),
            event_name: self.text("/eventName").unwrap_or_default(),
            event_type: self.text("/eventType"),
            event_category: self.text("/eventCategory"),
            aws_region: self.text("/awsRegion"),
            recipient_account_id: self.text("/recipientAccountId"),
            issuer_arn: self.text("/userIdentity/sessionContext/sessionIssuer/arn"),
            identity_arn: self.text("/userIdentity/arn"),
            identity_account_id: self.text("/userIdentity/accountId"),
            invoked_by: self.text("/userIdentity/invokedBy"),
            error_code: self.text("/errorCode"),
            error_message: self.text("/errorMessage"),
            request_parameters: request.as_deref(),
            response_elements: response.as_deref(),
            resources: resources.as_deref(),
            additional_event_data: additional.as_deref(),
        }
    }
}
