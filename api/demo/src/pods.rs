//! The pods of a workload, and the session names and agents that their SDKs choose.

use crate::clock::Window;
use crate::estate::{Cluster, Grant, Sdk, Workload};
use crate::rng::{HEX, POD_LETTERS, Rng};

/// A pod.
#[derive(Debug, Clone)]
pub(crate) struct Pod {
    pub(crate) name: String,
    pub(crate) uid: String,
    pub(crate) node: &'static str,
    pub(crate) created: i64,
}

/// The pods that the Kubernetes inventory shows: a deployment's replicas, a job's last runs.
pub(crate) fn live_pods(workload: &Workload, seed: u64, window: Window) -> Vec<Pod> {
    let mut rng = Rng::new(
        seed,
        &format!(
            "pods {} {} {}",
            workload.cluster.name, workload.namespace, workload.account
        ),
    );
    if workload.job {
        return (0..workload.replicas)
            .map(|run| job_pod(workload, window.to - 600 * i64::from(run + 1), &mut rng))
            .collect();
    }
    let set = rng.text(HEX, 9);
    (0..workload.replicas)
        .map(|_| Pod {
            name: format!("{}-{set}-{}", workload.account, rng.text(POD_LETTERS, 5)),
            uid: rng.uuid(),
            node: rng.word(workload.cluster.nodes),
            created: window.from - 3 * crate::clock::DAY - rng.span(7200),
        })
        .collect()
}

/// A pod of one run of a job.
pub(crate) fn job_pod(workload: &Workload, at: i64, rng: &mut Rng) -> Pod {
    Pod {
        name: format!("{}-{}-{}", workload.account, at / 60, rng.text(POD_LETTERS, 5)),
        uid: rng.uuid(),
        node: rng.word(workload.cluster.nodes),
        created: at,
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
        Sdk::Rust => format!("web-identity-token-{created}{millis:03}"),
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
        Grant::PodIdentity | Grant::PodIdentityUntagged | Grant::PodIdentityTarget(_) => "z",
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
        Sdk::Rust => format!("aws-sdk-rust/1.3.9 ua/2.1 os/linux lang/rust/1.90.0 m/{source}"),
    }
}
