//! The API of a Kubernetes cluster: ServiceAccounts, pods and nodes.
//!
//! Objects come without their cluster, as the API does not know what EKS calls it. Of a pod only where and when it ran
//! and as whom is read, as from a file; its text goes no further than this.

use std::path::Path;
use std::time::Duration;

use kube::config::{KubeConfigOptions, Kubeconfig};
use kube::core::params::{ListParams, WatchParams};
use kube::core::{Request, Status};
use kube::{Client, Config};
use podtrail_analysis::inventory::{ImportHint, Object, parse};
use serde::Deserialize;
use serde::de::IgnoredAny;

/// Objects of one page.
const PAGE: u32 = 500;
/// A list is begun anew so often when the server forgot where it was, and a request repeated when it is busy.
const ATTEMPTS: u32 = 5;
/// The server ends a watch after so many seconds; it goes on with the next one.
const WATCH_SECONDS: u32 = 290;

/// What is asked of a cluster.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// ServiceAccounts.
    ServiceAccounts,
    /// Pods.
    Pods,
    /// Nodes.
    Nodes,
}

/// Each kind once, in the order in which they are asked for.
pub const KINDS: [Kind; 3] = [Kind::ServiceAccounts, Kind::Pods, Kind::Nodes];

/// What Kubernetes must allow, on each of [`KINDS`]: verbs of RBAC. `watch` is needed for following only.
pub const VERBS: [&str; 3] = ["get", "list", "watch"];

/// Where the API server tells its issuer (`Service account issuer discovery`, Kubernetes documentation).
pub const ISSUER_PATH: &str = "/.well-known/openid-configuration";

impl Kind {
    /// The resource, as paths and RBAC name it.
    #[must_use]
    pub const fn resource(self) -> &'static str {
        match self {
            Self::ServiceAccounts => "serviceaccounts",
            Self::Pods => "pods",
            Self::Nodes => "nodes",
        }
    }

    /// The kind of the objects, as [`Object::kind`] gives it.
    #[must_use]
    pub const fn object(self) -> &'static str {
        match self {
            Self::ServiceAccounts => "service_account",
            Self::Pods => "pod",
            Self::Nodes => "node",
        }
    }

    const fn list(self) -> &'static str {
        match self {
            Self::ServiceAccounts => "ServiceAccountList",
            Self::Pods => "PodList",
            Self::Nodes => "NodeList",
        }
    }

    fn request(self) -> Request {
        Request::new(format!("/api/v1/{}", self.resource()))
    }
}

/// Why the API cannot be read, in a sentence that says what to do.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Refused(String);

impl Refused {
    pub(crate) fn unreadable(why: &str) -> Self {
        Self(format!("what the API server tells of changes cannot be read: {why}"))
    }
}

/// All objects of a kind, as they were at a version.
#[derive(Debug, Clone, PartialEq)]
pub struct Listing {
    /// The objects, without their cluster.
    pub objects: Vec<Object>,
    /// From where a watch goes on.
    pub version: String,
}

/// The API of one cluster. Cheap to clone.
#[derive(Clone)]
pub struct Api(Client);

#[derive(Deserialize)]
struct Page {
    kind: String,
    metadata: PageMetadata,
    /// Read elsewhere; but where it is missing this is no list, and must not end all that is known.
    #[serde(rename = "items")]
    _items: IgnoredAny,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct PageMetadata {
    resource_version: String,
    #[serde(rename = "continue")]
    next: Option<String>,
}

#[derive(Deserialize)]
struct Discovery {
    issuer: String,
}

impl Api {
    /// The API of a context of a kubeconfig: of the file that is named or of those that `kubectl` would read, the
    /// context that is named or the current one. Makes no request.
    ///
    /// # Errors
    /// When the file cannot be read, has no such context, or its certificates or commands cannot be used.
    pub async fn of_context(kubeconfig: Option<&Path>, context: Option<&str>) -> Result<Self, Refused> {
        let read = match kubeconfig {
            Some(file) => Kubeconfig::read_from(file),
            None => Kubeconfig::read(),
        };
        let unusable = |error: &dyn std::error::Error| {
            let file = kubeconfig.map_or_else(|| "the kubeconfig".to_owned(), |file| format!("`{}`", file.display()));
            Refused(format!("{file} cannot be used: {}", chain(error)))
        };
        let options = KubeConfigOptions {
            context: context.map(str::to_owned),
            ..KubeConfigOptions::default()
        };
        let read = read.map_err(|error| unusable(&error))?;
        let config = Config::from_custom_kubeconfig(read, &options)
            .await
            .map_err(|error| unusable(&error))?;
        Client::try_from(config).map(Self).map_err(|error| unusable(&error))
    }

    /// The API of the cluster that this runs in, as its pod's ServiceAccount.
    ///
    /// # Errors
    /// Where this is no pod.
    pub fn of_this_pod() -> Result<Self, Refused> {
        let refused = |error: &dyn std::error::Error| Refused(format!("this is no pod of a cluster: {}", chain(error)));
        let config = Config::incluster().map_err(|error| refused(&error))?;
        Client::try_from(config).map(Self).map_err(|error| refused(&error))
    }

    /// The issuer of the cluster's tokens, without `https://`, which tells which cluster it is.
    ///
    /// # Errors
    /// When the server refuses or cannot be reached.
    pub async fn issuer(&self) -> Result<String, Refused> {
        let request = http::Request::get(ISSUER_PATH).body(Vec::new());
        let request = request.map_err(|error| Refused(error.to_string()))?;
        let text = self
            .text("the issuer", request)
            .await
            .map_err(|error| self.refused("get the issuer", &error))?;
        let found: Discovery = serde_json::from_str(&text).map_err(|error| {
            Refused(format!(
                "what the API server says of its issuer cannot be read: {error}"
            ))
        })?;
        Ok(found.issuer.trim_start_matches("https://").to_owned())
    }

    /// All objects of a kind.
    ///
    /// # Errors
    /// When the server refuses or cannot be reached; nothing is given by halves.
    pub async fn list(&self, kind: Kind) -> Result<Listing, Refused> {
        let what = format!("list {}", kind.resource());
        for _ in 0..ATTEMPTS {
            match self.pages(kind).await? {
                Ok(listing) => return Ok(listing),
                // The server forgot the rest of a list that took too long: from the beginning.
                Err(kube::Error::Api(status)) if status.code == 410 => {}
                Err(error) => return Err(self.refused(&what, &error)),
            }
        }
        Err(Refused(format!(
            "cannot {what}: the API server forgets each list before its end; try again later"
        )))
    }

    async fn pages(&self, kind: Kind) -> Result<Result<Listing, kube::Error>, Refused> {
        let what = kind.resource();
        let mut objects = Vec::new();
        let mut next: Option<String> = None;
        loop {
            let mut params = ListParams::default().limit(PAGE);
            params.continue_token = next;
            let request = kind
                .request()
                .list(&params)
                .map_err(|error| Refused(error.to_string()))?;
            let text = match self.text(what, request).await {
                Ok(text) => text,
                Err(error) => return Ok(Err(error)),
            };
            let unreadable = |why: &str| Refused(format!("the list of {what} cannot be read: {why}"));
            let page: Page = serde_json::from_str(&text).map_err(|error| unreadable(&error.to_string()))?;
            let Page {
                kind: found, metadata, ..
            } = page;
            if found != kind.list() {
                return Err(unreadable(&format!("it is a `{found}`")));
            }
            objects.extend(objects_of(&text).map_err(|why| unreadable(&why))?);
            next = metadata.next.filter(|next| !next.is_empty());
            if next.is_none() {
                return Ok(Ok(Listing {
                    objects,
                    version: metadata.resource_version,
                }));
            }
        }
    }

    /// What changes from a version on, line by line.
    pub(crate) async fn watch(
        &self,
        kind: Kind,
        version: &str,
    ) -> Result<impl futures::AsyncBufRead + use<>, kube::Error> {
        let params = WatchParams::default().timeout(WATCH_SECONDS);
        let request = kind
            .request()
            .watch(&params, version)
            .map_err(kube::Error::BuildRequest)?;
        self.0.request_stream(request).await
    }

    /// The text of an answer; a busy server is asked again, after the time it says or a growing one.
    async fn text(&self, what: &str, request: http::Request<Vec<u8>>) -> Result<String, kube::Error> {
        let mut attempt = 1;
        loop {
            let error = match self.0.request_text(request.clone()).await {
                Ok(text) => return Ok(text),
                Err(error) => error,
            };
            let wait = match &error {
                kube::Error::Api(status) if is_busy(status) && attempt < ATTEMPTS => pause(status, attempt),
                _ => return Err(error),
            };
            tracing::debug!(what, attempt, "the API server is busy");
            tokio::time::sleep(wait).await;
            attempt += 1;
        }
    }

    pub(crate) fn refused(&self, what: &str, error: &kube::Error) -> Refused {
        match error {
            kube::Error::Api(status) if status.code == 403 => Refused(format!(
                "access denied: Kubernetes does not let this user {what}: bind the ClusterRole `podtrail` of README.md to it ({})",
                status.message
            )),
            kube::Error::Api(status) if status.code == 401 => Refused(
                "the API server does not accept the credentials of the kubeconfig: sign in again, or check its user"
                    .to_owned(),
            ),
            kube::Error::Api(status) => Refused(format!("cannot {what}: {} ({})", status.message, status.code)),
            other => Refused(format!(
                "cannot {what}: {}: check the network, and the context of the kubeconfig",
                chain(other)
            )),
        }
    }
}

/// The objects of a list or a resource.
pub(crate) fn objects_of(text: &str) -> Result<Vec<Object>, String> {
    parse(text, &ImportHint::default()).map_err(|error| error.to_string())
}

fn is_busy(status: &Status) -> bool {
    status.code == 429 || (500..600).contains(&status.code)
}

fn pause(status: &Status, attempt: u32) -> Duration {
    let told = status.details.as_ref().map_or(0, |details| details.retry_after_seconds);
    match told {
        0 => Duration::from_millis(200 << attempt.min(6)),
        seconds => Duration::from_secs(u64::from(seconds.min(30))),
    }
}

/// An error with its causes, each once.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(next) = cause {
        let more = next.to_string();
        if !text.contains(&more) {
            text = format!("{text}: {more}");
        }
        cause = next.source();
    }
    text
}
