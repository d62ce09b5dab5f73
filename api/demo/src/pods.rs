//! The pods of a workload, and the session names and agents that their SDKs choose.

use crate::clock::{DAY, Window};
use crate::estate::{Cluster, Grant, Sdk, Workload, told};
use crate::rng::{HEX, POD_LETTERS, Rng};

/// A pod.
#[derive(Debug, Clone)]
pub(crate) struct Pod {
    pub(crate) name: String,
    pub(crate) uid: String,
    pub(crate) node: &'static str,
    pub(crate) ip: String,
    pub(crate) created: i64,
}

/// The pods that run for as long as the workload does: a deployment's replicas, or a job's last runs.
pub(crate) fn standing_pods(workload: &'static Workload, seed: u64, window: Window) -> Vec<Pod> {
    let mut rng = Rng::new(
        seed,
        &format!(
            "pods {} {} {} {}",
            workload.cluster.issuer_id, workload.cluster.name, workload.namespace, workload.account
        ),
    );
    if workload.job {
        return (0..workload.replicas)
            .map(|run| job_pod(workload, window.to - 600 * i64::from(run + 1), &mut rng))
            .collect();
    }
    let set = rng.text(HEX, 9);
    // Those of a cluster that ran before the window are some days old.
    let age = if workload.days.0 == 0 { 3 * DAY } else { 3600 };
    (0..workload.replicas)
        .map(|replica| Pod {
            name: format!("{}-{set}-{}", workload.account, rng.text(POD_LETTERS, 5)),
            uid: rng.uuid(),
            node: node(workload, usize::try_from(replica).unwrap_or_default()),
            ip: address(workload, u64::from(replica)),
            created: window.days(workload.days).from - age - rng.span(7200),
        })
        .collect()
}

/// The pods that the Kubernetes inventory of the window's end shows.
pub(crate) fn live_pods(workload: &'static Workload, seed: u64, window: Window) -> Vec<Pod> {
    if window.days(workload.days).to < window.to {
        return Vec::new();
    }
    standing_pods(workload, seed, window)
}

/// The address of a pod: no two pods of the estate's deployments share one.
fn address(workload: &'static Workload, pod: u64) -> String {
    let number = number(workload);
    // Those made by number have networks of their own.
    let net = workload
        .slot
        .map_or(usize::from(workload.cluster.net), |slot| 100 + slot / 200);
    format!("10.{net}.{}.{}", 1 + number % 200, 10 + pod % 200)
}

fn number(workload: &Workload) -> usize {
    let place = || told().position(|each| std::ptr::eq(each, workload));
    workload.slot.or_else(place).unwrap_or_default()
}

/// The node of a replica: one after another, so that two workloads with one pod each that follow one another in the
/// tables are on different nodes.
fn node(workload: &Workload, replica: usize) -> &'static str {
    let nodes = workload.cluster.nodes;
    let at = (number(workload) + replica).checked_rem(nodes.len());
    at.and_then(|at| nodes.get(at)).copied().unwrap_or_default()
}

/// A pod of one run of a job.
pub(crate) fn job_pod(workload: &'static Workload, at: i64, rng: &mut Rng) -> Pod {
    Pod {
        ip: address(workload, at.unsigned_abs() / 60),
        name: format!("{}-{}-{}", workload.account, at / 60, rng.text(POD_LETTERS, 5)),
        uid: rng.uuid(),
        node: rng.word(workload.cluster.nodes),
        created: at,
    }
}

/// The pod of the run that starts at that time, of a job that runs alone; it comes some seconds before it is at work.
pub(crate) fn run_pod(workload: &'static Workload, seed: u64, at: i64) -> Pod {
    let mut rng = Rng::new(seed, &format!("run {} {} {at}", workload.namespace, workload.account));
    Pod {
        created: at - 40,
        ..job_pod(workload, at, &mut rng)
    }
}

/// The session name that an SDK gives when it exchanges a web identity token.
pub(crate) fn session_name(sdk: Sdk, created: i64, pod: &str, rng: &mut Rng) -> String {
    let millis = rng.below(1000);
    match sdk {
        Sdk::Boto3 => format!("botocore-session-{created}"),
        Sdk::Go => format!("{created}{:09}", rng.below(1_000_000_000)),
        Sdk::Java => format!("aws-sdk-java-{created}{millis:03}"),
        Sdk::JavaScriptV2 => "token-file-web-identity".to_owned(),
        Sdk::JavaScript => format!("aws-sdk-js-session-{created}{millis:03}"),
        Sdk::Rust => format!("web-identity-token-{created}{millis:03}"),
        // Base64 of a UUID's text, one GUID, and milliseconds.
        Sdk::Ruby => rng.text(crate::rng::ALPHANUMERIC, 48),
        Sdk::DotNet => rng.uuid(),
        Sdk::Php => format!("aws-sdk-php-{created}{millis:03}"),
        Sdk::NamedAfterPod => pod.to_owned(),
    }
}

/// The session name that EKS gives: ten characters of the cluster, ten of the pod, and a random UUID.
pub(crate) fn pod_identity_name(cluster: &Cluster, pod: &str, rng: &mut Rng) -> String {
    let ten = |text: &str| text.chars().take(10).collect::<String>();
    format!("eks-{}-{}-{}", ten(cluster.name), ten(pod), rng.uuid())
}

/// The user agent of a workload's SDK, with the letter by which newer SDKs tell where the credentials came from.
pub(crate) fn agent(workload: &Workload) -> String {
    let source = match workload.grant {
        Grant::Irsa => "h,k",
        Grant::PodIdentity | Grant::PodIdentityUntagged | Grant::PodIdentityPolicy(_) | Grant::PodIdentityTarget(_) => {
            "z"
        }
        Grant::Node => "0",
        Grant::StaticKey(_) => "g",
    };
    match workload.sdk {
        Sdk::Boto3 | Sdk::NamedAfterPod => format!(
            "Boto3/1.40.61 md/Botocore#1.40.61 ua/2.1 os/linux#6.1.155 md/arch#x86_64 lang/python#3.13.7 \
             md/pyimpl#CPython m/{source},b,D cfg/retry-mode#standard Botocore/1.40.61"
        ),
        Sdk::Go => {
            format!("aws-sdk-go-v2/1.39.4 ua/2.1 os/linux lang/go#1.25.3 md/GOOS#linux md/GOARCH#amd64 m/{source}")
        }
        Sdk::Java => {
            format!("aws-sdk-java/2.37.3 md/io#sync md/http#Apache ua/2.1 os/Linux#6.1.155 lang/java#21.0.9 m/{source}")
        }
        Sdk::JavaScriptV2 => "aws-sdk-nodejs/2.1693.0 linux/v20.19.5 promise".to_owned(),
        Sdk::JavaScript => format!("aws-sdk-js/3.913.0 ua/2.1 os/linux lang/js md/nodejs#22.20.0 m/{source}"),
        Sdk::Ruby => format!("aws-sdk-ruby3/3.235.0 ua/2.1 os/linux lang/ruby#3.4.7 m/{source}"),
        Sdk::DotNet => format!("aws-sdk-dotnet-coreclr/4.0.9 ua/2.1 os/linux lang/.NET_Core#9.0.10 m/{source}"),
        Sdk::Php => format!("aws-sdk-php/3.359.0 ua/2.1 OS/Linux lang/php#8.4.14 m/{source}"),
        Sdk::Rust => format!("aws-sdk-rust/1.3.9 ua/2.1 os/linux lang/rust/1.90.0 m/{source}"),
    }
}
