//! Findings: the list, and one of them.

use datafusion::common::ScalarValue;
use datafusion::prelude::SessionContext;
use podtrail_analysis::answer::{Finding, FindingKind, Severity, SeverityCounts};
use podtrail_event::time::Timestamp;
use serde::Deserialize;

use super::Page;
use crate::QueryError;
use crate::engine::Engine;

/// Which findings to list; what is absent does not filter.
#[derive(Debug, Clone, Default)]
pub struct FindingFilter {
    /// Severity.
    pub severity: Option<Severity>,
    /// Kind.
    pub kind: Option<FindingKind>,
    /// A workload, by its id.
    pub workload: Option<String>,
    /// A role, by ARN.
    pub role: Option<String>,
    /// Free text: part of the id, title, subject, cause, a workload or a role.
    pub q: Option<String>,
}

#[derive(Deserialize)]
struct Row {
    id: String,
    kind: FindingKind,
    severity: Severity,
    title: String,
    subject: String,
    account: Option<String>,
    cluster: Option<String>,
    #[serde(default)]
    workloads: Vec<String>,
    #[serde(default)]
    roles: Vec<String>,
    why: String,
    evidence: String,
    first_seen: Option<Timestamp>,
    last_seen: Option<Timestamp>,
    remedy: String,
}

impl TryFrom<Row> for Finding {
    type Error = QueryError;

    fn try_from(row: Row) -> Result<Self, QueryError> {
        let shape = |source: serde_json::Error| QueryError::Shape {
            table: "findings",
            source: source.into(),
        };
        Ok(Self {
            id: row.id,
            kind: row.kind,
            severity: row.severity,
            title: row.title,
            subject: row.subject,
            account: row.account,
            cluster: row.cluster,
            workloads: row.workloads,
            roles: row.roles,
            why: row.why,
            evidence: serde_json::from_str(&row.evidence).map_err(shape)?,
            first_seen: row.first_seen,
            last_seen: row.last_seen,
            remedy: serde_json::from_str(&row.remedy).map_err(shape)?,
        })
    }
}

impl FindingFilter {
    fn matches(&self, finding: &Finding) -> bool {
        let q = self.q.as_deref().unwrap_or_default().to_lowercase();
        let texts = [&finding.id, &finding.title, &finding.subject, &finding.why];
        let all = texts.into_iter().chain(&finding.workloads).chain(&finding.roles);
        (q.is_empty() || all.into_iter().any(|text| text.to_lowercase().contains(&q)))
            && self.severity.is_none_or(|severity| finding.severity == severity)
            && self.kind.is_none_or(|kind| finding.kind == kind)
            && self.workload.as_ref().is_none_or(|id| finding.workloads.contains(id))
            && self.role.as_ref().is_none_or(|arn| finding.roles.contains(arn))
    }
}

impl Engine {
    /// Findings, worst first, and how many there are of each severity among all that the filter lets through.
    ///
    /// # Errors
    /// When the lake or the database fails.
    pub async fn findings(
        &self,
        filter: &FindingFilter,
        offset: u64,
        limit: u64,
    ) -> Result<(Page<Finding>, SeverityCounts), QueryError> {
        let context = self.session().await?;
        let mut findings = all(&context, None).await?;
        findings.retain(|finding| filter.matches(finding));
        findings.sort_by(|a, b| (a.severity, a.kind, &a.subject).cmp(&(b.severity, b.kind, &b.subject)));
        let counts = SeverityCounts::of(&findings);
        Ok((Page::cut(findings, offset, limit), counts))
    }

    /// One finding.
    ///
    /// # Errors
    /// [`QueryError::NotFound`] when there is none of that id, any more or ever.
    pub async fn finding(&self, id: &str) -> Result<Finding, QueryError> {
        let context = self.session().await?;
        let mut found = all(&context, Some(id)).await?;
        found.pop().ok_or_else(|| QueryError::NotFound {
            what: format!("the finding `{id}`"),
            suggestions: Vec::new(),
        })
    }
}

/// Every finding, or the one of an id.
async fn all(context: &SessionContext, id: Option<&str>) -> Result<Vec<Finding>, QueryError> {
    let values: Vec<_> = id
        .iter()
        .map(|id| ScalarValue::Utf8View(Some((*id).to_owned())))
        .collect();
    let filter = id.map_or("", |_| "WHERE id = $1");
    let sql = format!("SELECT * FROM lake.findings {filter}");
    let rows: Vec<Row> = Engine::rows(context, "findings", &sql, values).await?;
    rows.into_iter().map(Finding::try_from).collect()
}
