//! Workloads, and what belongs to one.

use axum::Json;
use axum::extract::State;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use podtrail_analysis::answer::{
    Migration, Permission, RecommendOptions, Recommendation, SessionRow, UsageRow, WorkloadDetail, WorkloadRow,
};
use podtrail_analysis::formats::{Format, file_name, render};
use podtrail_query::{HistorySpan, SessionFilter, WorkloadFilter, WorkloadSort};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use utoipa::IntoParams;

use super::Asked;
use super::page::{Page, Paging, Params, WorkloadName, one_of, time};
use super::problem::Problem;

const MECHANISMS: &str = "`irsa`, `pod_identity`, `node_role`, `static_key`, `other`";

/// Which workloads, in which order.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct ListParams {
    /// Part of the cluster, namespace, ServiceAccount or role.
    q: Option<String>,
    /// Cluster name or ARN.
    cluster: Option<String>,
    /// Namespace.
    namespace: Option<String>,
    /// `irsa`, `pod_identity`, `node_role`, `static_key`, `other`.
    mechanism: Option<String>,
    /// `name` (default), `unused`, `calls` or `last_seen`, least first; with `-` before it, greatest first.
    sort: Option<String>,
    /// Rows at most, 1 to 1000 (default 100).
    limit: Option<String>,
    /// `next` of the page before.
    cursor: Option<String>,
}

/// The three parts of a workload's name.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Path)]
#[expect(dead_code, reason = "describes the path for the document; `WorkloadName` reads it")]
pub(super) struct WorkloadPath {
    /// Cluster name, or its ARN.
    cluster: String,
    /// Namespace.
    namespace: String,
    /// ServiceAccount.
    service_account: String,
}

/// Which role.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct RoleParams {
    /// One role of the workload, by ARN.
    role: Option<String>,
}

/// Which role, and which page.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct UsageParams {
    /// One role of the workload, by ARN.
    role: Option<String>,
    /// Rows at most, 1 to 1000 (default 100).
    limit: Option<String>,
    /// `next` of the page before.
    cursor: Option<String>,
}

/// Which role, which history, which form.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct RecommendParams {
    /// One role of the workload, by ARN.
    role: Option<String>,
    /// Use history from this day on (UTC).
    since: Option<String>,
    /// Use history to this day, itself included (UTC).
    until: Option<String>,
    /// No recommendation for a role whose use goes back less than so many days.
    min_age_days: Option<String>,
    /// Actions to grant whether used or not, `service:Action` or `service:Action=ARN`, separated by commas.
    keep: Option<String>,
    /// Patterns of actions of which today's grants stay, as `backup:*`, separated by commas.
    never_remove: Option<String>,
    /// What shares a statement: `resources` (default), `level`, `action`.
    group: Option<String>,
    /// What the policies are attached as: `managed` (default), `inline`, `association`.
    attach: Option<String>,
    /// `true`: write the workload's names in resources as the session tags of Pod Identity.
    abac: Option<String>,
    /// `true`: limit each service to the VPC endpoints that all its calls came through.
    source_vpce: Option<String>,
    /// `json` (default): everything with its proof; the policies alone as `iam`, `iam-minified`, `terraform`, `cloudformation`, `eksctl`.
    format: Option<String>,
}

impl RecommendParams {
    fn options(&self) -> Result<RecommendOptions, Problem> {
        let list = |text: &Option<String>| {
            let entries = text.as_deref().unwrap_or_default().split(',').map(str::trim);
            entries.filter(|entry| !entry.is_empty()).map(str::to_owned).collect()
        };
        Ok(RecommendOptions {
            min_age_days: days(self.min_age_days.as_deref())?,
            keep: list(&self.keep),
            never_remove: list(&self.never_remove),
            group: word("group", self.group.as_deref())?,
            attach: word("attach", self.attach.as_deref())?,
            abac: word("abac", self.abac.as_deref())?,
            source_vpce: word("source_vpce", self.source_vpce.as_deref())?,
        })
    }
}

fn days(text: Option<&str>) -> Result<u32, Problem> {
    let text = text.filter(|text| !text.is_empty()).unwrap_or("0");
    text.parse()
        .map_err(|_| Problem::bad_request(format!("`min_age_days` must be a number of days, not `{text}`")))
}

/// A parameter with few values, as JSON spells them.
fn word<T: Default + DeserializeOwned>(name: &str, text: Option<&str>) -> Result<T, Problem> {
    let Some(text) = text.filter(|text| !text.is_empty()) else {
        return Ok(T::default());
    };
    let value = match text {
        "true" => Value::Bool(true),
        "false" => Value::Bool(false),
        other => Value::String(other.to_owned()),
    };
    serde_json::from_value(value)
        .map_err(|error| Problem::bad_request(format!("`{name}` must not be `{text}`: {error}")))
}

/// Every workload that was seen or is configured.
#[utoipa::path(get, path = "/api/v1/workloads", tag = "workloads", params(ListParams),
    responses((status = 200, body = Page<WorkloadRow>), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn list_workloads(
    State(engine): Asked,
    Params(params): Params<ListParams>,
) -> Result<Json<Page<WorkloadRow>>, Problem> {
    let (offset, limit) = Paging::new(params.limit, params.cursor).offset_and_limit()?;
    let (sort, descending) = sort(params.sort.as_deref())?;
    let filter = WorkloadFilter {
        q: params.q,
        cluster: params.cluster.filter(|text| !text.is_empty()),
        namespace: params.namespace.filter(|text| !text.is_empty()),
        mechanism: one_of("mechanism", params.mechanism.as_deref(), MECHANISMS)?,
    };
    Ok(Json(
        engine.workloads(&filter, sort, descending, offset, limit).await?.into(),
    ))
}

/// By what to order, and whether the greatest comes first.
fn sort(text: Option<&str>) -> Result<(WorkloadSort, bool), Problem> {
    let text = text.unwrap_or_default();
    let (name, descending) = text.strip_prefix('-').map_or((text, false), |name| (name, true));
    let sort = match name {
        "" | "name" => WorkloadSort::Name,
        "unused" => WorkloadSort::Unused,
        "calls" => WorkloadSort::Calls,
        "last_seen" => WorkloadSort::LastSeen,
        _ => {
            let accepted = "`name`, `unused`, `calls`, `last_seen`";
            return Err(Problem::bad_request(format!(
                "`sort` must be one of {accepted}, not `{text}`"
            )));
        }
    };
    Ok((sort, descending))
}

/// One workload: who it is, by what evidence, and its figures.
#[utoipa::path(get, path = "/api/v1/workloads/{cluster}/{namespace}/{service_account}", tag = "workloads", params(WorkloadPath),
    responses((status = 200, body = WorkloadDetail), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn get_workload(
    State(engine): Asked,
    WorkloadName(name): WorkloadName,
) -> Result<Json<WorkloadDetail>, Problem> {
    Ok(Json(engine.workload(&name).await?))
}

/// What it used, most called first.
#[utoipa::path(get, path = "/api/v1/workloads/{cluster}/{namespace}/{service_account}/usage", tag = "workloads", params(WorkloadPath, UsageParams),
    responses((status = 200, body = Page<UsageRow>), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn list_workload_usage(
    State(engine): Asked,
    WorkloadName(name): WorkloadName,
    Params(params): Params<UsageParams>,
) -> Result<Json<Page<UsageRow>>, Problem> {
    let (offset, limit) = Paging::new(params.limit, params.cursor).offset_and_limit()?;
    Ok(Json(
        engine
            .workload_usage(&name, params.role.as_deref(), offset, limit)
            .await?
            .into(),
    ))
}

/// The mark of every permission that it is granted or asked for, all on one page.
#[utoipa::path(get, path = "/api/v1/workloads/{cluster}/{namespace}/{service_account}/permissions", tag = "workloads", params(WorkloadPath, RoleParams),
    responses((status = 200, body = Page<Permission>), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn list_workload_permissions(
    State(engine): Asked,
    WorkloadName(name): WorkloadName,
    Params(params): Params<RoleParams>,
) -> Result<Json<Page<Permission>>, Problem> {
    let items = engine.workload_permissions(&name, params.role.as_deref()).await?;
    let total = Some(items.len() as u64);
    Ok(Json(
        podtrail_query::Page {
            items,
            next: None,
            total,
        }
        .into(),
    ))
}

/// Its sessions, newest first.
#[utoipa::path(get, path = "/api/v1/workloads/{cluster}/{namespace}/{service_account}/sessions", tag = "workloads", params(WorkloadPath, Paging),
    responses((status = 200, body = Page<SessionRow>), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn list_workload_sessions(
    State(engine): Asked,
    WorkloadName(name): WorkloadName,
    Params(paging): Params<Paging>,
) -> Result<Json<Page<SessionRow>>, Problem> {
    let (offset, limit) = paging.offset_and_limit()?;
    let workload = engine.find_workload(&name).await?;
    let filter = SessionFilter {
        cluster: Some(workload.cluster_arn.unwrap_or(workload.cluster)),
        namespace: Some(workload.namespace),
        service_account: Some(workload.service_account),
        ..SessionFilter::default()
    };
    Ok(Json(engine.sessions(&filter, offset, limit).await?.into()))
}

/// The least privilege for it, proved by replaying its history.
#[utoipa::path(get, path = "/api/v1/workloads/{cluster}/{namespace}/{service_account}/recommendation", tag = "workloads", params(WorkloadPath, RecommendParams),
    responses((status = 200, body = Recommendation), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn get_workload_recommendation(
    State(engine): Asked,
    WorkloadName(name): WorkloadName,
    Params(params): Params<RecommendParams>,
) -> Result<Response, Problem> {
    let span = HistorySpan {
        since: time("since", params.since.as_deref())?,
        until: time("until", params.until.as_deref())?,
    };
    let options = params.options()?;
    let role = params.role.as_deref();
    let recommendation = engine.recommendation(&name, role, span, &options).await?;
    let Some(name) = params.format.as_deref().filter(|name| !["", "json"].contains(name)) else {
        return Ok(Json(recommendation).into_response());
    };
    let format = Format::from_name(name).ok_or_else(|| {
        let known: Vec<String> = Format::ALL.map(|format| format!("`{}`", format.name())).to_vec();
        Problem::bad_request(format!(
            "`format` must be `json` or one of {}, not `{name}`",
            known.join(", ")
        ))
    })?;
    let all = [recommendation];
    let disposition = format!("attachment; filename=\"{}\"", file_name(&all, format));
    let headers = [
        (CONTENT_TYPE, format.media_type().to_owned()),
        (CONTENT_DISPOSITION, disposition),
    ];
    Ok((headers, render(&all, format)).into_response())
}

/// How to move it from IRSA to Pod Identity, in steps, and what stands against it.
#[utoipa::path(get, path = "/api/v1/workloads/{cluster}/{namespace}/{service_account}/migration", tag = "workloads", params(WorkloadPath),
    responses((status = 200, body = Migration), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn get_workload_migration(
    State(engine): Asked,
    WorkloadName(name): WorkloadName,
) -> Result<Json<Migration>, Problem> {
    Ok(Json(engine.migration(&name).await?))
}
