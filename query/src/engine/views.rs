//! The views of the contract, in files named after them.

use datafusion::common::Result;
use datafusion::prelude::SessionContext;

use podtrail_analysis::inventory::configuration_events_sql;
use podtrail_analysis::lineage::TOKEN_REQUESTS;

use super::functions::{caller_sql, iam_call_sql};

/// Every view, by name. The order matters to none of them.
pub(super) const VIEWS: [(&str, &str); 7] = [
    ("events", include_str!("views/events.sql")),
    ("sessions", include_str!("views/sessions.sql")),
    ("activity", include_str!("views/activity.sql")),
    ("usage", include_str!("views/usage.sql")),
    ("permissions", include_str!("views/permissions.sql")),
    ("findings", include_str!("views/findings.sql")),
    ("ledger", include_str!("views/ledger.sql")),
];

/// Puts the calls of our functions, whose arguments are many, in their places, and conditions that are lineage's.
pub(super) fn fill(sql: &str) -> String {
    sql.replace("{iam_call}", &iam_call_sql())
        .replace("{caller}", &caller_sql())
        .replace("{configuration}", &configuration_events_sql())
        .replace("{token}", TOKEN_REQUESTS)
}

/// Registers every view.
pub(super) async fn register(context: &SessionContext) -> Result<()> {
    for (name, sql) in VIEWS {
        let view = context.sql(&fill(sql)).await?.into_view();
        context.register_table(name, view)?;
    }
    Ok(())
}
