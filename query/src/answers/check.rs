//! Changes of policies, trust and associations, judged by the history: what `podtrail_analysis::check` asks for.

use std::collections::BTreeSet;

use datafusion::common::ScalarValue;
use datafusion::prelude::SessionContext;
use podtrail_analysis::answer::{Check, RecommendOptions};
use podtrail_analysis::check::{After, Asker, File, Issue, Use, judge, read};
use podtrail_analysis::usage::Workload;
use podtrail_event::time::Timestamp;
use serde::Deserialize;

use super::history::HistorySpan;
use super::recommendation::Shared;
use crate::QueryError;
use crate::engine::Engine;
use crate::workloads::Key;

/// Which changes are judged, by whose history.
#[derive(Debug, Clone, Copy)]
pub struct CheckQuestion<'q> {
    /// The documents.
    pub files: &'q [File<'q>],
    /// Only this workload's history; bare policies are its roles'.
    pub workload: Option<&'q str>,
    /// Only history through this role; bare policies are its own.
    pub role: Option<&'q str>,
    /// Only history since the start of a day (UTC).
    pub since: Option<Timestamp>,
}

impl Engine {
    /// The history judged under changes.
    ///
    /// # Errors
    /// [`QueryError::Input`] for a document that is not accepted or is wrong, with its place, and for a role that is
    /// not the workload's; as [`find_workload`](Self::find_workload).
    pub async fn check_changes(&self, question: CheckQuestion<'_>) -> Result<Check, QueryError> {
        let workload = match question.workload {
            Some(name) => Some(self.find_workload(name).await?),
            None => None,
        };
        let span = HistorySpan {
            since: question.since,
            until: None,
        };
        let shared = self
            .shared(workload.as_ref(), span, &RecommendOptions::default())
            .await?;
        let roles = bare_roles(&shared, workload.as_ref(), question.role)?;
        let changes = read(question.files, &roles).map_err(|error| QueryError::Input(error.to_string()))?;
        let after = After::of(&shared.inventory, changes);
        let asked = |role: &String| question.role.is_none_or(|only| only == role);
        let uses = uses(&shared, workload.as_ref(), &chosen(after.roles(), asked))?;
        let context = self.moment().await?.context;
        let mut issues = Vec::new();
        for role in chosen(after.trust_roles(), asked) {
            issues.extend(shared.issues(&context, &role, question.since).await?);
        }
        if let Some(workload) = &workload {
            let id = shared.roles.id(workload);
            issues.retain(|issue| issue.workload.as_ref() == Some(&id));
        }
        Ok(judge(&after, &uses, &issues))
    }
}

fn chosen(roles: BTreeSet<String>, asked: impl Fn(&String) -> bool) -> BTreeSet<String> {
    roles.into_iter().filter(asked).collect()
}

/// The roles that a bare policy is of.
fn bare_roles(shared: &Shared, workload: Option<&Workload>, role: Option<&str>) -> Result<Vec<String>, QueryError> {
    let own: Vec<String> = workload
        .and_then(|workload| shared.roles.of(workload))
        .map(|(roles, _)| roles.iter().cloned().collect())
        .unwrap_or_default();
    match role {
        Some(role) if workload.is_some() && !own.iter().any(|known| known == role) => {
            let own: Vec<String> = own.iter().map(|role| format!("`{role}`")).collect();
            Err(QueryError::Input(format!(
                "`{role}` is no role of the workload, which has {}",
                own.join(", ")
            )))
        }
        Some(role) => Ok(vec![role.to_owned()]),
        None => Ok(own),
    }
}

/// What the workloads, or the one, did through the roles.
fn uses<'s>(shared: &'s Shared, only: Option<&Workload>, roles: &BTreeSet<String>) -> Result<Vec<Use<'s>>, QueryError> {
    let mut uses = Vec::new();
    for (workload, own, _) in shared.roles.iter() {
        if only.is_some_and(|only| Key::of(only) != Key::of(workload)) || own.is_disjoint(roles) {
            continue;
        }
        let input = shared.input(workload, None, &RecommendOptions::default())?;
        let of_roles = input.roles.into_iter().filter(|role| roles.contains(&role.role_arn));
        uses.extend(of_roles.map(|role| Use {
            workload: input.workload.clone(),
            id: shared.roles.id(workload),
            mechanisms: input.mechanisms.clone(),
            role,
        }));
    }
    Ok(uses)
}

#[derive(Deserialize)]
struct Row {
    cluster: Option<String>,
    cluster_arn: Option<String>,
    namespace: Option<String>,
    service_account: Option<String>,
    /// The role whose session asked.
    parent: Option<String>,
    event_name: Option<String>,
    identity_type: Option<String>,
    invoked_by: Option<String>,
    federated_provider: Option<String>,
    user_name: Option<String>,
    principal_id: Option<String>,
    identity_arn: Option<String>,
    tagged: Option<bool>,
    calls: u64,
    sample_event_id: String,
}

impl Shared {
    /// The issues of a role's credentials, added up by who asked.
    async fn issues(
        &self,
        context: &SessionContext,
        role_arn: &str,
        since: Option<Timestamp>,
    ) -> Result<Vec<Issue>, QueryError> {
        let mut values = vec![ScalarValue::Utf8View(Some(role_arn.to_owned()))];
        let since = since.map_or("", |Timestamp(micros)| {
            values.push(ScalarValue::TimestampMicrosecond(Some(micros), Some("UTC".into())));
            "AND e.event_time >= date_trunc('day', $2)"
        });
        // A principal's id holds the audience of a token; of others it names each session, and is left out.
        let sql = format!(
            "SELECT cluster, cluster_arn, namespace, service_account, parent, event_name, identity_type, invoked_by,
                    federated_provider, user_name, principal_id, identity_arn, tagged,
                    count(*) AS calls, min(event_id) AS sample_event_id
             FROM (SELECT s.cluster, s.cluster_arn, s.namespace, s.service_account,
                          s.chain[CAST(array_length(s.chain) AS BIGINT) - 1] AS parent, e.event_name, e.identity_type,
                          e.invoked_by, e.federated_provider, e.user_name, e.event_id,
                          CASE WHEN e.event_name = 'AssumeRoleWithWebIdentity' THEN e.principal_id END AS principal_id,
                          CASE WHEN e.identity_type = 'IAMUser' THEN e.identity_arn END AS identity_arn,
                          (strpos(e.request_parameters, '\"tags\"') > 0
                           OR strpos(e.request_parameters, '\"transitiveTagKeys\"') > 0
                           OR strpos(e.request_parameters, '\"incomingTransitiveTags\"') > 0) AS tagged
                   FROM lake.sessions s JOIN lake.events e ON e.event_id = s.issue_event_id
                   WHERE s.role_arn = $1 AND e.event_source = 'sts.amazonaws.com' {since})
             GROUP BY cluster, cluster_arn, namespace, service_account, parent, event_name, identity_type, invoked_by,
                      federated_provider, user_name, principal_id, identity_arn, tagged
             ORDER BY sample_event_id"
        );
        let rows: Vec<Row> = Engine::rows(context, "sessions", &sql, values).await?;
        Ok(rows.into_iter().map(|row| self.issue(role_arn, row)).collect())
    }

    fn issue(&self, role_arn: &str, row: Row) -> Issue {
        let workload = row.workload().map(|workload| self.roles.id(&workload));
        Issue {
            role_arn: role_arn.to_owned(),
            workload,
            calls: row.calls,
            sample_event_id: row.sample_event_id.clone(),
            asker: row.asker(),
        }
    }
}

impl Row {
    fn workload(&self) -> Option<Workload> {
        Some(Workload {
            cluster: self.cluster.clone().or_else(|| self.cluster_arn.clone())?,
            cluster_arn: self.cluster_arn.clone(),
            namespace: self.namespace.clone()?,
            service_account: self.service_account.clone()?,
        })
    }

    fn asker(self) -> Asker {
        let tagged = self.tagged.unwrap_or(false);
        // EKS asks for a target role with the first role's session.
        let service = self
            .invoked_by
            .filter(|_| self.identity_type.as_deref() != Some("AssumedRole"));
        let pods = service.as_deref() == Some("pods.eks.amazonaws.com");
        match self.event_name.as_deref() {
            Some("AssumeRoleWithWebIdentity") => Asker::token(
                self.federated_provider.as_deref(),
                self.user_name.as_deref(),
                self.principal_id.as_deref(),
            ),
            Some("AssumeRole") if pods => Asker::PodIdentity {
                cluster_arn: self.cluster_arn,
                cluster: self.cluster,
                namespace: self.namespace,
                service_account: self.service_account,
                tagged,
            },
            Some("AssumeRole") => match self.parent.or(service).or(self.identity_arn) {
                Some(arn) => Asker::Principal { arn, tagged },
                None => Asker::Unknown,
            },
            _ => Asker::Unknown,
        }
    }
}
