//! The columns of the stored tables, and events laid out in them.

use std::sync::{Arc, LazyLock};

use arrow::array::{
    ArrayRef, BooleanBuilder, Int32Builder, RecordBatch, StringViewBuilder, TimestampMicrosecondBuilder,
};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef, TimeUnit};
use podtrail_event::Event;

use super::key::EventKey;
use crate::IngestError;

/// The partition column of `events`: the UTC day of `event_time`. Not a column of the data files.
pub const EVENT_DATE: &str = "event_date";

/// 32 bits over the columns of a record, to tell a copy from a record that only shares the key. Not in any view.
pub const CONTENT_HASH: &str = "content_hash";

/// The text columns of `events`, in the order in which [`texts`] gives their values.
const TEXT_COLUMNS: [&str; 33] = [
    "event_id",
    "event_version",
    "event_type",
    "event_category",
    "event_source",
    "event_name",
    "aws_region",
    "recipient_account_id",
    "error_code",
    "error_message",
    "source_ip_address",
    "user_agent",
    "vpc_endpoint_id",
    "request_id",
    "shared_event_id",
    "identity_type",
    "principal_id",
    "identity_arn",
    "identity_account_id",
    "access_key_id",
    "user_name",
    "invoked_by",
    "issuer_arn",
    "issuer_id",
    "session_name",
    "federated_provider",
    "ec2_role_delivery",
    "source_identity",
    "request_parameters",
    "response_elements",
    "resources",
    "additional_event_data",
    "extra",
];

/// The columns of `events` that are another in nearly every row.
pub(super) const UNIQUE_TEXT_COLUMNS: [&str; 5] = [
    "event_id",
    "request_id",
    "shared_event_id",
    "request_parameters",
    "response_elements",
];

/// A point in time as every table stores it: microseconds, UTC.
#[must_use]
pub fn timestamp() -> DataType {
    DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into()))
}

static EVENTS: LazyLock<SchemaRef> = LazyLock::new(|| {
    let mut fields: Vec<Field> = TEXT_COLUMNS
        .iter()
        .map(|name| Field::new(*name, DataType::Utf8View, *name != "event_id"))
        .collect();
    fields.insert(1, Field::new("event_time", timestamp(), true));
    fields.push(Field::new("read_only", DataType::Boolean, true));
    fields.push(Field::new("session_created", timestamp(), true));
    fields.push(Field::new("source_file", DataType::Utf8View, true));
    fields.push(Field::new(CONTENT_HASH, DataType::Int32, true));
    Arc::new(Schema::new(fields))
});

static REJECTS: LazyLock<SchemaRef> = LazyLock::new(|| {
    Arc::new(Schema::new(vec![
        Field::new("reject_id", DataType::Utf8View, false),
        Field::new("source_file", DataType::Utf8View, true),
        Field::new("position", DataType::Int64, true),
        Field::new("reason", DataType::Utf8View, true),
        Field::new("bytes", DataType::Utf8View, true),
    ]))
});

/// The columns of the `events` data files: those of the `events` view, and [`CONTENT_HASH`].
#[must_use]
pub fn events() -> SchemaRef {
    Arc::clone(&EVENTS)
}

/// The columns of `rejects`: `reject_id` (hash of the rest), `source_file`, `position` (byte offset in the
/// inflated file), `reason`, `bytes` (redacted, cut to a limit, as text).
#[must_use]
pub fn rejects() -> SchemaRef {
    Arc::clone(&REJECTS)
}

fn texts<'e>(event: &'e Event<'_>) -> [Option<&'e str>; TEXT_COLUMNS.len()] {
    [
        Some(event.event_id.as_ref()),
        event.event_version.as_deref(),
        event.event_type.as_deref(),
        event.event_category.as_deref(),
        event.event_source.as_deref(),
        event.event_name.as_deref(),
        event.aws_region.as_deref(),
        event.recipient_account_id.as_deref(),
        event.error_code.as_deref(),
        event.error_message.as_deref(),
        event.source_ip_address.as_deref(),
        event.user_agent.as_deref(),
        event.vpc_endpoint_id.as_deref(),
        event.request_id.as_deref(),
        event.shared_event_id.as_deref(),
        event.identity_type.as_deref(),
        event.principal_id.as_deref(),
        event.identity_arn.as_deref(),
        event.identity_account_id.as_deref(),
        event.access_key_id.as_deref(),
        event.user_name.as_deref(),
        event.invoked_by.as_deref(),
        event.issuer_arn.as_deref(),
        event.issuer_id.as_deref(),
        event.session_name.as_deref(),
        event.federated_provider.as_deref(),
        event.ec2_role_delivery.as_deref(),
        event.source_identity.as_deref(),
        event.request_parameters.as_deref(),
        event.response_elements.as_deref(),
        event.resources.as_deref(),
        event.additional_event_data.as_deref(),
        event.extra.as_deref(),
    ]
}

/// Events laid out in columns, with their keys beside them.
#[derive(Debug)]
pub struct EventColumns {
    texts: Vec<StringViewBuilder>,
    event_time: TimestampMicrosecondBuilder,
    read_only: BooleanBuilder,
    session_created: TimestampMicrosecondBuilder,
    source_file: StringViewBuilder,
    content_hash: Int32Builder,
    keys: Vec<EventKey>,
    bytes: usize,
    /// The record that is hashed, kept for its space.
    content: Vec<u8>,
}

impl Default for EventColumns {
    fn default() -> Self {
        Self {
            texts: TEXT_COLUMNS.iter().map(|_| StringViewBuilder::new()).collect(),
            event_time: TimestampMicrosecondBuilder::new().with_timezone("UTC"),
            read_only: BooleanBuilder::new(),
            session_created: TimestampMicrosecondBuilder::new().with_timezone("UTC"),
            source_file: StringViewBuilder::new().with_deduplicate_strings(),
            content_hash: Int32Builder::new(),
            keys: Vec::new(),
            bytes: 0,
            content: Vec::new(),
        }
    }
}

impl EventColumns {
    /// Adds one event.
    pub fn push(&mut self, event: &Event<'_>, source_file: &str) {
        let values = texts(event);
        self.content.clear();
        for (builder, value) in self.texts.iter_mut().zip(values) {
            builder.append_option(value);
            // Separators that no UTF-8 text holds keep neighbouring columns apart.
            self.content.extend_from_slice(value.map_or(b"\xff", str::as_bytes));
            self.content.push(b'\xfe');
        }
        self.bytes += self.content.len();
        let time = event.event_time.map(|time| time.0);
        self.content.extend_from_slice(&time.unwrap_or(i64::MIN).to_le_bytes());
        self.event_time.append_option(time);
        self.read_only.append_option(event.read_only);
        self.session_created
            .append_option(event.session_created.map(|time| time.0));
        self.source_file.append_value(source_file);
        self.content_hash
            .append_value(i32::from_le_bytes(crc32fast::hash(&self.content).to_le_bytes()));
        self.keys
            .push(EventKey::new(&event.event_id, event.recipient_account_id.as_deref()));
    }

    /// Number of events.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.keys.len()
    }

    /// No event yet.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    /// Bytes of text held.
    #[must_use]
    pub const fn bytes(&self) -> usize {
        self.bytes
    }

    /// The events as a batch with the columns of [`events`], and the key of each row.
    ///
    /// # Errors
    /// Never for events pushed by [`push`](Self::push); an error would be a defect of this file.
    pub fn finish(mut self) -> Result<(RecordBatch, Vec<EventKey>), IngestError> {
        let mut columns: Vec<ArrayRef> = self
            .texts
            .iter_mut()
            .map(|builder| Arc::new(builder.finish()) as ArrayRef)
            .collect();
        columns.insert(1, Arc::new(self.event_time.finish()));
        columns.push(Arc::new(self.read_only.finish()));
        columns.push(Arc::new(self.session_created.finish()));
        columns.push(Arc::new(self.source_file.finish()));
        columns.push(Arc::new(self.content_hash.finish()));
        Ok((RecordBatch::try_new(events(), columns)?, self.keys))
    }
}
