//! The clusters whose API is asked, and which clusters of the inventory they are.

use podtrail_analysis::inventory::{Inventory, Listed, Object, resolve_cluster};
use podtrail_live::Observation;
use podtrail_live::kubernetes::{Api, KINDS, Kind, Listing};

use super::follow::Followed;
use super::live::{KubernetesArgs, Look};
use crate::cli::exit::Usage;

/// An API and how its user names it.
pub(super) struct Asked {
    name: String,
    api: Api,
}

/// The APIs that the arguments name; in a pod its own, where they name none.
pub(super) async fn open(args: &KubernetesArgs, in_pod: bool) -> anyhow::Result<Vec<Asked>> {
    let usage = |error: podtrail_live::kubernetes::Refused| Usage(error.to_string());
    let file = args.kubeconfig.as_deref();
    let mut asked = Vec::new();
    for context in &args.context {
        let api = Api::of_context(file, Some(context)).await.map_err(usage)?;
        asked.push(Asked {
            name: format!("context `{context}`"),
            api,
        });
    }
    if args.context.is_empty() && file.is_some() {
        let api = Api::of_context(file, None).await.map_err(usage)?;
        asked.push(Asked {
            name: "the current context".to_owned(),
            api,
        });
    }
    if asked.is_empty() && in_pod {
        asked.push(Asked {
            name: "this pod's cluster".to_owned(),
            api: Api::of_this_pod().map_err(usage)?,
        });
    }
    if asked.len() > 1 && args.cluster.is_some() {
        let message = "`--cluster` names the cluster of one context: ask them one by one";
        return Err(Usage(message.to_owned()).into());
    }
    Ok(asked)
}

impl Look<'_> {
    /// Lists a cluster's objects and keeps them; gives from where each kind can be followed.
    pub(super) async fn at_cluster(&mut self, asked: Asked, named: Option<&str>) -> anyhow::Result<Vec<Followed>> {
        let mut listings: Vec<(Kind, Listing)> = Vec::new();
        for kind in KINDS {
            match asked.api.list(kind).await {
                Ok(listing) => listings.push((kind, listing)),
                Err(refused) => self.tell(&asked.name, &refused.to_string(), lacks(kind)),
            }
        }
        if listings.is_empty() {
            return Ok(Vec::new());
        }
        let all: Vec<Object> = listings
            .iter()
            .flat_map(|(_, listing)| listing.objects.clone())
            .collect();
        let cluster = match named {
            Some(named) => named.to_owned(),
            None => match which(&asked, &all, &*self.engine.inventory().await?).await {
                Ok(cluster) => cluster,
                Err(why) => {
                    self.tell(&asked.name, &why, "nothing of it is kept");
                    return Ok(Vec::new());
                }
            },
        };
        let mut followed = Vec::new();
        for (kind, listing) in listings {
            let seen = of_cluster(kind, listing.objects, &cluster);
            self.keep(&format!("{cluster}: {}", kind.resource()), &seen).await?;
            followed.push(Followed {
                api: asked.api.clone(),
                cluster: cluster.clone(),
                kind,
                version: listing.version,
            });
        }
        Ok(followed)
    }
}

/// All objects of a kind in a cluster, which they do not name themselves.
pub(super) fn of_cluster(kind: Kind, mut objects: Vec<Object>, cluster: &str) -> Observation {
    objects.iter_mut().for_each(|object| object.assign_cluster(cluster));
    Observation {
        objects,
        complete: vec![Listed::cluster(kind.object(), cluster)],
    }
}

/// The cluster whose issuer the API server tells; where it does not, the one that the roles of its ServiceAccounts
/// and the associations leave.
async fn which(asked: &Asked, objects: &[Object], known: &Inventory) -> Result<String, String> {
    let issuer = match asked.api.issuer().await {
        Ok(issuer) => issuer,
        Err(refused) => {
            tracing::info!(%refused, "the issuer is not told; the cluster is looked for by its roles and associations");
            return resolve_cluster(objects, known).map_err(|error| error.to_string());
        }
    };
    let bare = |issuer: &str| issuer.trim_end_matches('/').to_owned();
    let mut fits = known.clusters.iter().filter(|cluster| {
        let own = cluster.oidc_issuer.as_deref().map(bare);
        own == Some(bare(&issuer))
    });
    let found = fits.next().map(|cluster| cluster.reference().to_owned());
    found.ok_or_else(|| {
        format!(
            "its issuer is `{issuer}`, which no known cluster has: name the region of its account with `--region`, or \
             register it as a self-managed cluster"
        )
    })
}

const fn lacks(kind: Kind) -> &'static str {
    match kind {
        Kind::ServiceAccounts => "which roles its ServiceAccounts are annotated with is not known anew",
        Kind::Pods => "which pods it ran is not known",
        Kind::Nodes => "on which instance a pod ran is not known",
    }
}
