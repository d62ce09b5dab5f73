//! `findings`: what is wrong, or worth knowing, in what the other derived tables and the inventory say.

use datafusion::arrow::datatypes::SchemaRef;
use podtrail_analysis::answer::{Finding, FindingKind, Severity};
use podtrail_analysis::findings::find;
use podtrail_analysis::inventory::Inventory;
use podtrail_event::time::Timestamp;
use serde::Serialize;

use super::columns::columns;
use super::work::Work;
use crate::QueryError;
use crate::engine::rows;
use crate::facts::facts;

/// The table's name in the lake.
pub(super) const NAME: &str = "findings";

/// Columns of `findings`; evidence and remedy are JSON text.
pub(super) fn schema() -> SchemaRef {
    columns([
        "id",
        "kind",
        "severity",
        "title",
        "subject",
        "account",
        "cluster",
        "workloads",
        "roles",
        "why",
        "evidence",
        "first_seen",
        "last_seen",
        "remedy",
    ])
}

/// One row of `findings`.
#[derive(Serialize)]
struct Row<'f> {
    id: &'f str,
    kind: FindingKind,
    severity: Severity,
    title: &'f str,
    subject: &'f str,
    account: &'f Option<String>,
    cluster: &'f Option<String>,
    workloads: &'f [String],
    roles: &'f [String],
    why: &'f str,
    evidence: String,
    first_seen: Option<Timestamp>,
    last_seen: Option<Timestamp>,
    remedy: String,
}

/// Every finding, worst first.
pub(super) async fn derive(work: &mut Work, inventory: &Inventory) -> Result<(), QueryError> {
    let findings = find(&facts(&work.context, inventory).await?);
    let rows = findings.iter().map(row).collect::<Result<Vec<_>, _>>()?;
    let rows = rows::to_batch(NAME, &schema(), &rows)?;
    work.set(NAME, &[], &[rows]).await
}

fn row(finding: &Finding) -> Result<Row<'_>, QueryError> {
    let shape = |source: serde_json::Error| QueryError::Shape {
        table: NAME,
        source: source.into(),
    };
    Ok(Row {
        id: &finding.id,
        kind: finding.kind,
        severity: finding.severity,
        title: &finding.title,
        subject: &finding.subject,
        account: &finding.account,
        cluster: &finding.cluster,
        workloads: &finding.workloads,
        roles: &finding.roles,
        why: &finding.why,
        evidence: serde_json::to_string(&finding.evidence).map_err(shape)?,
        first_seen: finding.first_seen,
        last_seen: finding.last_seen,
        remedy: serde_json::to_string(&finding.remedy).map_err(shape)?,
    })
}
