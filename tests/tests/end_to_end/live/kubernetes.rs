//! Clusters of Kubernetes: lists, and what changes.

use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use podtrail_analysis::inventory::{Inventory, Pod};
use podtrail_query::Store;
use podtrail_tests::kubernetes::Kubernetes;
use podtrail_tests::{REGION, Ran, command, podtrail_with};
use serde_json::{Value, json};
use tempfile::TempDir;

use super::{done, row};

/// How long a test waits for what another process does.
const PATIENCE: Duration = Duration::from_secs(60);

/// A store that knows a cluster of EKS with an issuer, and a Kubernetes API with the same.
async fn kubernetes() -> (TempDir, Kubernetes, String) {
    let data = tempfile::tempdir().unwrap();
    let issuer = "oidc.eks.eu-west-1.amazonaws.com/id/0123456789ABCDEF0123456789ABCDEF";
    let cluster = "arn:aws:eks:eu-west-1:111122223333:cluster/prod";
    let document = json!({"cluster": {"name": "prod", "arn": cluster,
        "identity": {"oidc": {"issuer": format!("https://{issuer}")}}}});
    import(&data, &document);
    let other = json!({"cluster": {"name": "other", "arn": "arn:aws:eks:eu-west-1:111122223333:cluster/other"}});
    import(&data, &other);
    let kubernetes = Kubernetes::start(Some(&format!("https://{issuer}")));
    kubernetes.kubeconfig(&data.path().join("kubeconfig"));
    (data, kubernetes, cluster.to_owned())
}

fn import(data: &TempDir, document: &Value) {
    let ran = podtrail_with(data.path(), &[], &["inventory", "-"], document.to_string().as_bytes());
    assert_eq!(ran.code, 0, "{}", ran.stderr);
}

fn list(data: &TempDir, more: &[&str]) -> Ran {
    let file = data.path().join("kubeconfig");
    let mut arguments = vec![
        "inventory",
        "live",
        "--format",
        "jsonl",
        "--kubeconfig",
        file.to_str().unwrap(),
    ];
    arguments.extend(more);
    podtrail_with(data.path(), &[], &arguments, b"")
}

async fn stored(data: &TempDir) -> Inventory {
    let store = Store::open(data.path().join("podtrail.db").to_str().unwrap())
        .await
        .unwrap();
    store.inventory().await.unwrap().0
}

fn pod<'i>(inventory: &'i Inventory, name: &str) -> Option<&'i Pod> {
    inventory.pods.iter().find(|pod| pod.name == name)
}

#[tokio::test]
async fn a_cluster_is_told_by_its_issuer_and_its_pods_end_between_two_lists() {
    let (data, kubernetes, cluster) = kubernetes().await;
    kubernetes.page(2);
    for (name, ip) in [
        ("cart-1", "10.0.0.11"),
        ("cart-2", "10.0.0.12"),
        ("till-1", "10.0.0.13"),
    ] {
        kubernetes.pod("shop", name, "cart", ip);
    }
    kubernetes.service_account("shop", "cart", Some("arn:aws:iam::111122223333:role/cart"));
    kubernetes.node("node-1", "i-0a1b2c");
    let first = done(list(&data, &[]));
    assert_eq!(row(&first, "pod"), (3, 0, 0), "in two pages");
    let inventory = stored(&data).await;
    let found = pod(&inventory, "cart-1").unwrap();
    assert_eq!(
        (found.cluster.as_str(), found.ips.as_slice()),
        (cluster.as_str(), &["10.0.0.11".to_owned()][..])
    );
    assert_eq!(inventory.nodes[0].instance_id.as_deref(), Some("i-0a1b2c"));
    assert_eq!(
        inventory.service_accounts[0].role_arn.as_deref(),
        Some("arn:aws:iam::111122223333:role/cart")
    );
    let database = std::fs::read(data.path().join("podtrail.db")).unwrap();
    let secret = b"hunter2";
    assert!(
        !database.windows(secret.len()).any(|bytes| bytes == secret),
        "an environment is never kept"
    );

    kubernetes.delete("pods", "shop", "cart-2");
    kubernetes.delete("serviceaccounts", "shop", "cart");
    let second = done(list(&data, &[]));
    assert_eq!(row(&second, "pod"), (0, 2, 1));
    assert_eq!(row(&second, "service_account"), (0, 0, 1));
    let inventory = stored(&data).await;
    let ended: Vec<&str> = inventory
        .pods
        .iter()
        .filter(|pod| pod.ended_at.is_some())
        .map(|pod| pod.name.as_str())
        .collect();
    assert_eq!(ended, ["cart-2"]);
    assert!(inventory.service_accounts.is_empty());
}

#[tokio::test]
async fn a_cluster_that_nobody_knows_is_refused_unless_it_is_named() {
    let (data, _, _) = kubernetes().await;
    let stranger = Kubernetes::start(Some("https://oidc.example.org/kops"));
    stranger.kubeconfig(&data.path().join("kubeconfig"));
    stranger.pod("shop", "cart-1", "cart", "10.0.0.11");
    let ran = list(&data, &[]);
    assert_eq!(ran.code, 3, "{}", ran.stderr);
    assert!(
        ran.stderr.contains("`oidc.example.org/kops`") || ran.stderr.contains("`https://oidc.example.org/kops`"),
        "{}",
        ran.stderr
    );
    assert!(stored(&data).await.pods.is_empty());
    done(list(&data, &["--cluster", "prod"]));
    assert_eq!(
        stored(&data).await.pods[0].cluster,
        "arn:aws:eks:eu-west-1:111122223333:cluster/prod"
    );
    // Registered, it is known by itself.
    import(
        &data,
        &json!({"selfManagedCluster": {"name": "kops", "issuer": "https://oidc.example.org/kops"}}),
    );
    stranger.pod("shop", "cart-2", "cart", "10.0.0.12");
    done(list(&data, &[]));
    assert_eq!(pod(&stored(&data).await, "cart-2").unwrap().cluster, "kops");
}

#[tokio::test]
async fn a_kind_that_kubernetes_refuses_is_named_and_the_others_are_read() {
    let (data, kubernetes, _) = kubernetes().await;
    kubernetes.pod("shop", "cart-1", "cart", "10.0.0.11");
    done(list(&data, &[]));
    kubernetes.refuse("pods");
    kubernetes.node("node-1", "i-0a1b2c");
    let ran = list(&data, &[]);
    assert_eq!(ran.code, 3, "{}", ran.stderr);
    assert!(
        ran.stderr.contains("list pods") && ran.stderr.contains("ClusterRole"),
        "{}",
        ran.stderr
    );
    assert_eq!(row(&ran, "node"), (1, 0, 0));
    assert_eq!(
        pod(&stored(&data).await, "cart-1").unwrap().ended_at,
        None,
        "what is not seen has not ended"
    );
}

#[tokio::test]
async fn a_busy_server_is_asked_again_and_a_wrong_token_is_told() {
    let (data, kubernetes, _) = kubernetes().await;
    kubernetes.pod("shop", "cart-1", "cart", "10.0.0.11");
    kubernetes.busy(2);
    assert_eq!(row(&done(list(&data, &[])), "pod"), (1, 0, 0));
    kubernetes.kubeconfig_with(&data.path().join("kubeconfig"), "wrong");
    let ran = list(&data, &[]);
    assert_eq!(ran.code, 3, "{}", ran.stderr);
    assert!(ran.stderr.contains("does not accept the credentials"), "{}", ran.stderr);
}

/// `podtrail inventory live --follow`, until it is told to end.
struct Following {
    child: Child,
    data: TempDir,
}

impl Following {
    fn start(data: TempDir) -> Self {
        let file = data.path().join("kubeconfig");
        let child = command(data.path())
            .args([
                "inventory",
                "live",
                "--format",
                "jsonl",
                "--follow",
                "--kubeconfig",
                file.to_str().unwrap(),
            ])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        Self { child, data }
    }

    /// Waits until the inventory is so.
    async fn until(&self, what: &str, holds: impl Fn(&Inventory) -> bool) {
        let begin = Instant::now();
        while !holds(&stored(&self.data).await) {
            assert!(
                begin.elapsed() < PATIENCE,
                "never: {what}: {:?}",
                stored(&self.data).await.pods
            );
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    fn end(self) -> Ran {
        let killed = std::process::Command::new("kill")
            .arg(self.child.id().to_string())
            .status();
        assert!(killed.unwrap().success());
        let output = self.child.wait_with_output().unwrap();
        Ran {
            code: output.status.code().unwrap_or(-1),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }
}

fn ended(inventory: &Inventory, name: &str) -> bool {
    pod(inventory, name).is_some_and(|pod| pod.ended_at.is_some())
}

fn alive(inventory: &Inventory, name: &str) -> bool {
    pod(inventory, name).is_some_and(|pod| pod.ended_at.is_none())
}

#[tokio::test]
async fn following_sees_a_pod_come_and_go_and_loses_nothing_between_watches() {
    let (data, kubernetes, _) = kubernetes().await;
    kubernetes.pod("shop", "cart-1", "cart", "10.0.0.11");
    let following = Following::start(data);
    following
        .until("cart-1 is listed", |inventory| alive(inventory, "cart-1"))
        .await;
    kubernetes.pod("shop", "cart-2", "cart", "10.0.0.12");
    kubernetes.service_account("shop", "cart", None);
    following
        .until("cart-2 came", |inventory| {
            alive(inventory, "cart-2") && inventory.service_accounts.len() == 1
        })
        .await;
    kubernetes.delete("pods", "shop", "cart-1");
    kubernetes.delete("serviceaccounts", "shop", "cart");
    following
        .until("cart-1 went", |inventory| {
            ended(inventory, "cart-1") && inventory.service_accounts.is_empty()
        })
        .await;
    // While no watch is open.
    kubernetes.bookmark();
    kubernetes.cut();
    kubernetes.delete("pods", "shop", "cart-2");
    kubernetes.pod("shop", "cart-3", "cart", "10.0.0.12");
    following
        .until("cart-3 came for cart-2", |inventory| {
            ended(inventory, "cart-2") && alive(inventory, "cart-3")
        })
        .await;
    let ran = done(following.end());
    assert_eq!(row(&ran, "pod").0, 5, "three that came, two that went: {}", ran.stdout);
}

#[tokio::test]
async fn following_lists_anew_what_the_server_forgot() {
    let (data, kubernetes, _) = kubernetes().await;
    kubernetes.pod("shop", "cart-1", "cart", "10.0.0.11");
    kubernetes.pod("shop", "cart-2", "cart", "10.0.0.12");
    let following = Following::start(data);
    following
        .until("both are listed", |inventory| {
            alive(inventory, "cart-1") && alive(inventory, "cart-2")
        })
        .await;
    kubernetes.pause();
    kubernetes.delete("pods", "shop", "cart-1");
    kubernetes.pod("shop", "cart-3", "cart", "10.0.0.13");
    kubernetes.forget();
    following
        .until("the list is taken anew", |inventory| {
            ended(inventory, "cart-1") && alive(inventory, "cart-2") && alive(inventory, "cart-3")
        })
        .await;
    // And it goes on from there.
    kubernetes.delete("pods", "shop", "cart-2");
    following
        .until("cart-2 went", |inventory| ended(inventory, "cart-2"))
        .await;
    done(following.end());
}

#[test]
fn following_needs_a_cluster() {
    let data = tempfile::tempdir().unwrap();
    let ran = podtrail_with(
        data.path(),
        &[],
        &["inventory", "live", "--follow", "--region", REGION],
        b"",
    );
    assert_eq!(ran.code, 2, "{}", ran.stderr);
    assert!(ran.stderr.contains("--context"), "{}", ran.stderr);
}

#[tokio::test]
async fn files_of_kubectl_end_pods_only_when_they_are_said_to_be_complete() {
    let (data, ..) = kubernetes().await;
    let file = |names: &[&str]| {
        let pod = |name: &&str| {
            json!({"apiVersion": "v1", "kind": "Pod", "spec": {"serviceAccountName": "cart"},
                "metadata": {"name": name, "namespace": "shop", "uid": name, "creationTimestamp": "2026-01-01T00:00:00Z"}})
        };
        let pods: Vec<Value> = names.iter().map(pod).collect();
        json!({"apiVersion": "v1", "kind": "List", "items": pods}).to_string()
    };
    let import = |names: &[&str], more: &[&str]| {
        let mut arguments = vec!["inventory", "-", "--cluster", "prod", "--format", "jsonl"];
        arguments.extend(more);
        done(podtrail_with(data.path(), &[], &arguments, file(names).as_bytes()))
    };
    import(&["cart-1", "cart-2"], &["--complete"]);
    assert_eq!(row(&import(&["cart-1"], &[]), "pod"), (0, 1, 0));
    assert!(alive(&stored(&data).await, "cart-2"), "a namespace, or one pod");
    assert_eq!(row(&import(&["cart-1"], &["--complete"]), "pod"), (0, 1, 1));
    let inventory = stored(&data).await;
    assert!(alive(&inventory, "cart-1") && ended(&inventory, "cart-2"));
}
