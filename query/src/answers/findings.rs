//! Findings: the list, and one of them.

use std::sync::Arc;

use datafusion::prelude::SessionContext;
use podtrail_analysis::answer::{CoverageSummary, Finding, FindingKind, Severity, SeverityCounts};
use podtrail_analysis::coverage::summary;
use podtrail_event::time::Timestamp;
use serde::Deserialize;

use super::Page;
use crate::QueryError;
use crate::engine::{Engine, Moment};

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

/// A page of findings with what stands beside it.
#[derive(Debug, Clone, PartialEq)]
pub struct Findings {
    /// The findings, worst first.
    pub page: Page<Finding>,
    /// How many there are of each severity, on all pages.
    pub counts: SeverityCounts,
    /// How far the log reaches on which they rest.
    pub coverage: CoverageSummary,
}

impl Engine {
    /// Findings, worst first.
    ///
    /// # Errors
    /// When the lake or the database fails.
    pub async fn findings(&self, filter: &FindingFilter, offset: u64, limit: u64) -> Result<Findings, QueryError> {
        let now = self.moment().await?;
        let coverage = summary(&*self.coverage_at(&now).await?);
        let all = self.findings_at(&now).await?;
        let chosen: Vec<Finding> = all.iter().filter(|finding| filter.matches(finding)).cloned().collect();
        Ok(Findings {
            counts: SeverityCounts::of(&chosen),
            page: Page::cut(chosen, offset, limit),
            coverage,
        })
    }

    /// One finding.
    ///
    /// # Errors
    /// [`QueryError::NotFound`] when there is none of that id, any more or ever.
    pub async fn finding(&self, id: &str) -> Result<Finding, QueryError> {
        let all = self.findings_at(&self.moment().await?).await?;
        let found = all.iter().find(|finding| finding.id == id).cloned();
        found.ok_or_else(|| QueryError::NotFound {
            what: format!("the finding `{id}`"),
            suggestions: Vec::new(),
        })
    }

    /// Every finding at a moment.
    async fn findings_at(&self, now: &Moment) -> Result<Arc<Vec<Finding>>, QueryError> {
        let make = async || list(&now.context).await;
        self.memory().findings.at(now, make).await
    }
}

/// Every finding, sorted by severity, kind and subject.
async fn list(context: &SessionContext) -> Result<Vec<Finding>, QueryError> {
    let rows: Vec<Row> = Engine::rows(context, "findings", "SELECT * FROM lake.findings", Vec::new()).await?;
    let mut findings = rows.into_iter().map(Finding::try_from).collect::<Result<Vec<_>, _>>()?;
    findings.sort_by(|a, b| (a.severity, a.kind, &a.subject).cmp(&(b.severity, b.kind, &b.subject)));
    Ok(findings)
}
