//! `podtrail inventory live`: asks AWS, then Kubernetes, and keeps each answer as soon as it is whole.

use std::future::Future;
use std::path::PathBuf;

use podtrail_analysis::inventory::{Cluster, Object};
use podtrail_aws::{Access, Failure};
use podtrail_live::Observation;
use podtrail_live::account::{Account, Region};
use podtrail_query::Engine;

use super::totals::Totals;
use super::{follow, kubernetes};
use crate::cli::Place;
use crate::cli::exit::{Outcome, Usage};
use crate::output::{Format, terminal_text};

/// Arguments of `inventory live`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Regions of AWS to look into [default: the environment's, unless only Kubernetes is asked].
    #[arg(long, value_name = "REGION", value_delimiter = ',')]
    region: Vec<String>,
    /// Accounts to look into, each by a role to assume; may be repeated [default: the account of the credentials].
    #[arg(long, value_name = "ARN", value_delimiter = ',')]
    role_arn: Vec<String>,
    #[command(flatten)]
    kubernetes: KubernetesArgs,
    /// Then keep what changes in Kubernetes as it changes, until SIGTERM or SIGINT.
    #[arg(long)]
    follow: bool,
    /// How the result is printed.
    #[arg(long, value_enum)]
    format: Option<Format>,
}

/// Which clusters are asked for their ServiceAccounts, pods and nodes. In a pod that is its own cluster, where none is
/// named.
#[derive(Debug, clap::Args)]
pub(super) struct KubernetesArgs {
    /// The kubeconfig [default: that of kubectl].
    #[arg(long, value_name = "FILE")]
    pub(super) kubeconfig: Option<PathBuf>,
    /// Contexts of the kubeconfig, one for each cluster to ask; may be repeated [default: the current one, where a
    /// kubeconfig is named].
    #[arg(long, value_name = "CONTEXT", value_delimiter = ',')]
    pub(super) context: Vec<String>,
    /// The cluster of the context, by name or ARN, where its issuer does not tell.
    #[arg(long, value_name = "NAME|ARN")]
    pub(super) cluster: Option<String>,
}

impl KubernetesArgs {
    fn named(&self) -> bool {
        self.kubeconfig.is_some() || !self.context.is_empty()
    }
}

/// What was looked at so far.
pub(super) struct Look<'e> {
    pub(super) engine: &'e Engine,
    pub(super) totals: Totals,
    /// Something could not be read.
    pub(super) failed: bool,
}

/// Asks and keeps; what cannot be had is told, and everything else is read.
pub(super) async fn run(place: &Place, args: Args) -> anyhow::Result<Outcome> {
    let engine = place.engine().await?;
    let mut look = Look {
        engine: &engine,
        totals: Totals::default(),
        failed: false,
    };
    let clusters = kubernetes::open(&args.kubernetes, in_pod()).await?;
    if args.follow && clusters.is_empty() {
        let message = "`--follow` follows Kubernetes: name a cluster with `--context` or `--kubeconfig`";
        return Err(Usage(message.to_owned()).into());
    }
    if !args.region.is_empty() || !args.role_arn.is_empty() || !args.kubernetes.named() {
        look.at_aws(&args).await?;
    }
    if clusters.is_empty() {
        eprintln!(
            "Kubernetes was not asked: name its clusters with `--context`; pods are then known by their names too"
        );
    }
    let mut followed = Vec::new();
    for cluster in clusters {
        followed.extend(look.at_cluster(cluster, args.kubernetes.cluster.as_deref()).await?);
    }
    if args.follow {
        follow::run(&mut look, followed).await?;
    }
    look.totals.print(args.format)?;
    Ok(if look.failed { Outcome::Fault } else { Outcome::Done })
}

/// Kubernetes tells each container where its API server is.
fn in_pod() -> bool {
    std::env::var_os("KUBERNETES_SERVICE_HOST").is_some()
}

impl Look<'_> {
    async fn at_aws(&mut self, args: &Args) -> anyhow::Result<()> {
        let roles: Vec<Option<&String>> = if args.role_arn.is_empty() {
            vec![None]
        } else {
            args.role_arn.iter().map(Some).collect()
        };
        let mut seen = Vec::new();
        for role in roles {
            let access = Access {
                region: args.region.first().cloned(),
                role_arn: role.cloned(),
            };
            let account = match Account::open(&access).await {
                Ok(account) => account,
                Err(failure) => {
                    let place = role.map_or("the credentials", String::as_str);
                    self.tell(place, &failure.message, "this account is not read");
                    continue;
                }
            };
            if seen.iter().any(|id| id == account.id()) {
                continue;
            }
            seen.push(account.id().to_owned());
            self.at_account(&account, &args.region).await?;
        }
        Ok(())
    }

    async fn at_account(&mut self, account: &Account, regions: &[String]) -> anyhow::Result<()> {
        let id = account.id();
        let lacks = "what its roles are granted, and so what is unused, is not known anew";
        self.ask(&format!("{id}: roles"), lacks, account.roles()).await?;
        let lacks = "whether it trusts the issuers of clusters is not known anew";
        self.ask(&format!("{id}: OIDC providers"), lacks, account.oidc_providers())
            .await?;
        let own = account.own_region();
        let regions = if regions.is_empty() {
            vec![own]
        } else {
            regions.to_vec()
        };
        for region in regions {
            self.at_region(id, &account.region(&region)).await?;
        }
        Ok(())
    }

    async fn at_region(&mut self, id: &str, region: &Region<'_>) -> anyhow::Result<()> {
        let place = format!("{id} {}", region.name());
        let lacks = "its clusters are known by the ids of their issuers alone, and their associations not at all";
        let seen = self
            .ask(&format!("{place}: clusters"), lacks, region.clusters())
            .await?;
        for cluster in seen.iter().flat_map(|seen| &seen.objects).filter_map(cluster) {
            let lacks = "sessions of Pod Identity without tags are not told apart";
            let what = format!("{place}: associations of `{}`", cluster.name);
            self.ask(&what, lacks, region.associations(cluster)).await?;
        }
        let lacks = "who reaches the credentials of nodes is not known anew";
        self.ask(&format!("{place}: instances"), lacks, region.instances())
            .await?;
        let lacks = "no pod is told by its address";
        self.ask(&format!("{place}: VPC endpoints"), lacks, region.vpc_endpoints())
            .await?;
        let lacks = "calls from elsewhere are not told from those of its clusters";
        self.ask(&format!("{place}: NAT gateways"), lacks, region.nat_gateways())
            .await?;
        Ok(())
    }

    /// Asks one question and keeps its answer; a failure is told with what is not known without it.
    async fn ask(
        &mut self,
        what: &str,
        lacks: &str,
        asked: impl Future<Output = Result<Observation, Failure>>,
    ) -> anyhow::Result<Option<Observation>> {
        match asked.await {
            Ok(seen) => {
                self.keep(what, &seen).await?;
                Ok(Some(seen))
            }
            Err(failure) => {
                self.tell(what, &failure.message, lacks);
                Ok(None)
            }
        }
    }

    /// Keeps an answer, and says so.
    pub(super) async fn keep(&mut self, what: &str, seen: &Observation) -> anyhow::Result<()> {
        let kept = self.engine.observe_inventory(&seen.objects, &seen.complete).await?;
        eprintln!("{what}: {}", seen.objects.len());
        self.totals.add(kept);
        Ok(())
    }

    /// Tells what could not be read, and what that means.
    pub(super) fn tell(&mut self, what: &str, why: &str, lacks: &str) {
        self.failed = true;
        let text = format!("{what}: {why}; {lacks}, everything else is read");
        eprintln!("podtrail: {}", terminal_text(&text));
    }
}

fn cluster(object: &Object) -> Option<&Cluster> {
    match object {
        Object::Cluster(cluster) => Some(cluster),
        _ => None,
    }
}
