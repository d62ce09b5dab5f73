//! Facts by caller: what the events say, added up for each caller without asking who that is.
//!
//! Each table grows by the rows of each batch of events and holds several rows of one key, which whoever reads it adds
//! up; a small file is written again together with new rows, added up. Nothing here depends on the inventory or on
//! other events, so new events never change what is there.

use super::columns::columns;
use datafusion::arrow::datatypes::SchemaRef;

/// How the rows of one key are added up.
#[derive(Debug, Clone, Copy)]
enum Sum {
    Total,
    Least,
    Greatest,
    Bits,
    /// All rows agree.
    Any,
    /// The event of the smallest (time, id): `first_seen` is its time.
    Sample,
}

/// A table of facts.
pub(super) struct Facts {
    /// Its name in the lake.
    pub(super) name: &'static str,
    /// Its rows, out of `lake.pass` or the events of a batch themselves.
    pub(super) sql: &'static str,
    keys: &'static [&'static str],
    values: &'static [(&'static str, Sum)],
}

/// The columns of a caller.
pub(super) const CALLER: [&str; 18] = [
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
    "session_created",
    "federated_provider",
    "ec2_role_delivery",
    "shared_event_id",
    "issued_access_key_id",
    "requested_role_arn",
    "recipient_account_id",
    "node_agent",
];

/// Every event once, with its caller and what IAM checked: what the facts are drawn from.
pub(super) const PASS: &str = include_str!("facts/pass.sql");

/// Every table of facts.
pub(super) const FACTS: [Facts; 7] = [
    Facts {
        name: CALLERS,
        sql: include_str!("facts/callers.sql"),
        keys: &["caller_key"],
        values: &[
            ("identity_type", Sum::Least),
            ("principal_id", Sum::Least),
            ("identity_arn", Sum::Least),
            ("identity_account_id", Sum::Least),
            ("access_key_id", Sum::Least),
            ("user_name", Sum::Least),
            ("invoked_by", Sum::Least),
            ("issuer_arn", Sum::Least),
            ("issuer_id", Sum::Least),
            ("session_name", Sum::Least),
            ("session_created", Sum::Least),
            ("federated_provider", Sum::Least),
            ("ec2_role_delivery", Sum::Least),
            ("shared_event_id", Sum::Least),
            ("issued_access_key_id", Sum::Least),
            ("requested_role_arn", Sum::Least),
            ("recipient_account_id", Sum::Least),
            ("node_agent", Sum::Least),
            ("links", Sum::Any),
            ("day", Sum::Least),
            ("calls", Sum::Total),
            ("denied", Sum::Total),
            ("last_call", Sum::Greatest),
        ],
    },
    Facts {
        name: "caller_calls",
        sql: include_str!("facts/caller_calls.sql"),
        keys: &["caller_key", "day", "outcome"],
        values: &[
            ("calls", Sum::Total),
            ("first_seen", Sum::Least),
            ("last_seen", Sum::Greatest),
        ],
    },
    Facts {
        name: "caller_usage",
        sql: include_str!("facts/caller_usage.sql"),
        keys: &["caller_key", "day", "action", "resource", "conditions", "outcome"],
        values: &[
            ("calls", Sum::Total),
            ("first_seen", Sum::Least),
            ("last_seen", Sum::Greatest),
            ("sample_event_id", Sum::Sample),
        ],
    },
    Facts {
        name: "caller_unmapped",
        sql: include_str!("facts/caller_unmapped.sql"),
        keys: &["caller_key", "day", "event_source", "event_name", "reason"],
        values: &[
            ("calls", Sum::Total),
            ("first_seen", Sum::Least),
            ("sample_event_id", Sum::Sample),
        ],
    },
    Facts {
        name: "caller_sources",
        sql: include_str!("facts/caller_sources.sql"),
        keys: &[
            "caller_key",
            "source_ip_address",
            "vpc_endpoint_id",
            "user_agent",
            "event_source",
        ],
        values: &[
            ("day", Sum::Least),
            ("calls", Sum::Total),
            ("first_seen", Sum::Least),
            ("last_seen", Sum::Greatest),
            ("sample_event_id", Sum::Sample),
        ],
    },
    Facts {
        name: "trail_days",
        sql: include_str!("facts/trail_days.sql"),
        keys: &["account", "region", "day", "event_source", "data"],
        values: &[("events", Sum::Total), ("hours", Sum::Bits)],
    },
    Facts {
        name: EVIDENCE,
        sql: include_str!("facts/evidence.sql"),
        keys: &[
            "event_id",
            "event_time",
            "day",
            "event_source",
            "event_name",
            "trail_account_id",
            "aws_region",
            "error_code",
            "call_shared_event_id",
            "issue",
            "configuration",
            "token",
            "request_parameters",
            "response_elements",
            "additional_event_data",
            "extra",
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
            "session_created",
            "federated_provider",
            "ec2_role_delivery",
            "shared_event_id",
            "issued_access_key_id",
            "requested_role_arn",
            "recipient_account_id",
            "node_agent",
            "links",
        ],
        values: &[],
    },
];

/// The distinct callers.
pub(super) const CALLERS: &str = "callers";
/// The events that lineage reads one by one.
pub(super) const EVIDENCE: &str = "evidence";

impl Facts {
    /// The table's columns: its keys, then what is added up.
    pub(super) fn schema(&self) -> SchemaRef {
        columns(
            self.keys
                .iter()
                .copied()
                .chain(self.values.iter().map(|(name, _)| *name)),
        )
    }

    /// The rows of a relation, those of one key added up, in order of day.
    pub(super) fn added_up(&self, relation: &str) -> String {
        let order = match self.keys.contains(&"day") || self.values.iter().any(|(name, _)| *name == "day") {
            true => "ORDER BY day",
            false => "",
        };
        if self.values.is_empty() {
            return format!("SELECT * FROM {relation} {order}");
        }
        let values: Vec<String> = self.values.iter().map(|(name, sum)| sum.sql(name)).collect();
        let keys = self.keys.join(", ");
        format!(
            "SELECT * FROM (SELECT {keys}, {} FROM {relation} GROUP BY {keys}) {order}",
            values.join(", ")
        )
    }
}

impl Sum {
    fn sql(self, name: &str) -> String {
        match self {
            Self::Total => format!("sum({name}) AS {name}"),
            Self::Least => format!("min({name}) AS {name}"),
            Self::Greatest => format!("max({name}) AS {name}"),
            Self::Bits => format!("bit_or({name}) AS {name}"),
            Self::Any => format!("first_value({name}) AS {name}"),
            Self::Sample => format!("first_value({name} ORDER BY first_seen, {name}) AS {name}"),
        }
    }
}
