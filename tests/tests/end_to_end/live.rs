//! `podtrail inventory live`: moto for EKS clusters, IAM, EC2 and STS, a stub for associations, and one for Kubernetes.

use std::process::{Child, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use podtrail_analysis::inventory::{Inventory, Pod};
use podtrail_query::Store;
use podtrail_tests::eks::Eks;
use podtrail_tests::kubernetes::Kubernetes;
use podtrail_tests::moto::{Moto, moto};
use podtrail_tests::proxy::Proxy;
use podtrail_tests::{Fault, REGION, Ran, When, command, podtrail_with};
use serde_json::{Value, json};
use tempfile::TempDir;

/// How long a test waits for what another process does.
const PATIENCE: Duration = Duration::from_secs(60);

/// An account of moto's, which is made by using it, and what stands before moto.
struct Cloud {
    account: String,
    role: String,
    proxy: Proxy,
    eks: Eks,
    data: TempDir,
}

/// Accounts that are nobody else's.
fn fresh_account() -> String {
    static NEXT: AtomicU32 = AtomicU32::new(1);
    format!("7{:011}", NEXT.fetch_add(1, Ordering::Relaxed))
}

impl Cloud {
    fn new(moto: &Moto) -> Self {
        let account = fresh_account();
        let proxy = Proxy::before(moto.endpoint());
        Self {
            role: format!("arn:aws:iam::{account}:role/reader"),
            eks: Eks::before(&proxy.endpoint()),
            account,
            proxy,
            data: tempfile::tempdir().unwrap(),
        }
    }

    fn run(&self, arguments: &[&str]) -> Ran {
        let mut all = vec!["inventory", "live", "--format", "jsonl"];
        all.extend(arguments);
        podtrail_with(self.data.path(), &self.eks.environment(), &all, b"")
    }

    /// Looks at the account, in its region, alone.
    fn look(&self) -> Ran {
        self.run(&["--region", REGION, "--role-arn", &self.role])
    }

    async fn inventory(&self) -> Inventory {
        let file = self.data.path().join("podtrail.db");
        let store = Store::open(file.to_str().unwrap()).await.unwrap();
        store.inventory().await.unwrap().0
    }
}

/// The row of a kind, as (new, unchanged, ended).
fn row(ran: &Ran, kind: &str) -> (u64, u64, u64) {
    let rows = ran
        .stdout
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap());
    let found = rows.into_iter().find(|row| row["kind"] == kind);
    let found = found.unwrap_or_else(|| panic!("no row for {kind}: {}{}", ran.stdout, ran.stderr));
    let number = |name: &str| found[name].as_u64().unwrap();
    (number("new"), number("unchanged"), number("ended"))
}

fn done(ran: Ran) -> Ran {
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    ran
}

#[tokio::test]
async fn everything_is_read_and_a_second_look_changes_nothing() {
    let Some(moto) = moto() else { return };
    let cloud = Cloud::new(moto);
    let made = moto.estate(&cloud.account, "prod");
    cloud.eks.associate(&made.cluster_arn, "shop", "cart", &made.role_arn);
    cloud.eks.associate(&made.cluster_arn, "shop", "till", &made.role_arn);
    cloud.eks.page(1);
    let first = done(cloud.look());
    assert_eq!(row(&first, "cluster"), (1, 0, 0));
    assert_eq!(row(&first, "association"), (2, 0, 0), "two pages");
    let inventory = cloud.inventory().await;
    let cluster = &inventory.clusters[0];
    assert_eq!(
        (cluster.arn.as_str(), cluster.name.as_str()),
        (made.cluster_arn.as_str(), "prod")
    );
    assert!(
        cluster.oidc_issuer.as_deref().unwrap().starts_with("oidc.eks."),
        "{cluster:?}"
    );
    let association = &inventory.associations[0];
    assert_eq!(
        (association.namespace.as_str(), association.role_arn.as_str()),
        ("shop", made.role_arn.as_str())
    );
    assert!(association.created_at.is_some() && association.modified_at.is_some());
    let role = inventory.roles.iter().find(|role| role.arn == made.role_arn).unwrap();
    assert!(role.trust_policy.as_deref().unwrap().contains("pods.eks.amazonaws.com"));
    let attached = role.policies.iter().find(|policy| policy.managed).unwrap();
    assert!(
        attached.document.as_deref().unwrap().contains("s3:GetObject"),
        "{role:?}"
    );
    assert!(
        role.policies
            .iter()
            .any(|policy| !policy.managed && policy.document.is_some())
    );
    let provider = &inventory.oidc_providers[0];
    assert_eq!(provider.client_ids, ["sts.amazonaws.com"]);
    assert!(
        provider.arn.ends_with(&provider.url) && provider.created_at.is_some(),
        "{provider:?}"
    );
    assert_eq!(inventory.instance_profiles[0].roles, [made.role_arn.clone()]);
    let instance = inventory
        .instances
        .iter()
        .find(|instance| instance.id == made.instance)
        .unwrap();
    assert_eq!(instance.account.as_deref(), Some(cloud.account.as_str()));
    assert_eq!(instance.region.as_deref(), Some(REGION));
    assert!(
        !instance.private_ips.is_empty() && instance.launched_at.is_some(),
        "{instance:?}"
    );
    let endpoint = &inventory.vpc_endpoints[0];
    assert_eq!(
        (endpoint.id.as_str(), endpoint.vpc_id.as_str()),
        (made.endpoint.as_str(), made.vpc.as_str())
    );
    assert_eq!(endpoint.account.as_deref(), Some(cloud.account.as_str()));
    let gateway = &inventory.nat_gateways[0];
    assert_eq!(gateway.vpc_id, made.vpc);
    assert!(!gateway.public_ips.is_empty(), "{gateway:?}");
    assert_eq!(gateway.region.as_deref(), Some(REGION));

    let second = done(cloud.look());
    for line in second.stdout.lines() {
        let line: Value = serde_json::from_str(line).unwrap();
        assert_eq!((&line["new"], &line["ended"]), (&json!(0), &json!(0)), "{line}");
    }
    assert_eq!(cloud.inventory().await, inventory);
}

#[tokio::test]
async fn what_was_deleted_has_ended_and_what_changed_is_a_new_version() {
    let Some(moto) = moto() else { return };
    let cloud = Cloud::new(moto);
    let made = moto.estate(&cloud.account, "prod");
    let gone = cloud.eks.associate(&made.cluster_arn, "shop", "cart", &made.role_arn);
    let kept = cloud.eks.associate(&made.cluster_arn, "shop", "till", &made.role_arn);
    done(cloud.look());
    cloud.eks.delete("prod", &gone);
    cloud.eks.update("prod", &kept, "disableSessionTags", json!(true));
    moto.terminate(&cloud.account, &made.instance);
    let second = done(cloud.look());
    assert_eq!(row(&second, "association"), (1, 0, 1));
    assert_eq!(row(&second, "instance").2, 1);
    let inventory = cloud.inventory().await;
    let association = |id: &str| {
        inventory
            .associations
            .iter()
            .find(|each| each.arn.ends_with(id))
            .unwrap()
    };
    assert!(association(&gone).deleted_at.is_some());
    assert_eq!(
        (association(&kept).deleted_at, association(&kept).disable_session_tags),
        (None, true)
    );
    let instance = inventory
        .instances
        .iter()
        .find(|instance| instance.id == made.instance)
        .unwrap();
    assert!(instance.ended_at.is_some());
}

#[tokio::test]
async fn accounts_are_read_each_by_its_role_and_stay_apart() {
    let Some(moto) = moto() else { return };
    let (first, second) = (Cloud::new(moto), Cloud::new(moto));
    let one = moto.estate(&first.account, "prod");
    let other = moto.estate(&second.account, "prod");
    let both = format!("{},{}", first.role, second.role);
    let ran = done(first.run(&["--region", REGION, "--role-arn", &both]));
    assert_eq!(row(&ran, "cluster"), (2, 0, 0));
    let inventory = first.inventory().await;
    let arns: Vec<&str> = inventory.clusters.iter().map(|cluster| cluster.arn.as_str()).collect();
    assert!(
        arns.contains(&one.cluster_arn.as_str()) && arns.contains(&other.cluster_arn.as_str()),
        "{arns:?}"
    );
    // A look at one account ends nothing of the other.
    let ran = done(first.run(&["--region", REGION, "--role-arn", &second.role]));
    assert_eq!(row(&ran, "cluster"), (0, 1, 0));
    assert!(
        first
            .inventory()
            .await
            .clusters
            .iter()
            .all(|cluster| cluster.deleted_at.is_none())
    );
}

#[tokio::test]
async fn a_permission_that_is_missing_is_named_and_everything_else_is_read() {
    let Some(moto) = moto() else { return };
    let cases = [
        (When::get("/clusters"), "eks:ListClusters", "cluster"),
        (When::get("/clusters/prod"), "eks:DescribeCluster", "cluster"),
        (
            When::action("GetAccountAuthorizationDetails"),
            "iam:GetAccountAuthorizationDetails",
            "role",
        ),
        (
            When::action("ListOpenIDConnectProviders"),
            "iam:ListOpenIDConnectProviders",
            "oidc_provider",
        ),
        (
            When::action("GetOpenIDConnectProvider"),
            "iam:GetOpenIDConnectProvider",
            "oidc_provider",
        ),
        (When::action("DescribeInstances"), "ec2:DescribeInstances", "instance"),
        (
            When::action("DescribeVpcEndpoints"),
            "ec2:DescribeVpcEndpoints",
            "vpc_endpoint",
        ),
        (
            When::action("DescribeNatGateways"),
            "ec2:DescribeNatGateways",
            "nat_gateway",
        ),
    ];
    let cloud = Cloud::new(moto);
    moto.estate(&cloud.account, "prod");
    let all = done(cloud.look());
    let whole = cloud.inventory().await;
    for (when, action, kind) in cases {
        let rule = cloud.proxy.rule(when, Fault::AccessDenied);
        let ran = cloud.look();
        cloud.proxy.heal();
        assert!(rule.hit() > 0, "{action} was asked");
        assert_eq!(ran.code, 3, "{action}: {}", ran.stderr);
        assert!(
            ran.stderr.contains(&format!("allow `{action}`")),
            "{action}: {}",
            ran.stderr
        );
        let kinds = |ran: &Ran| ran.stdout.lines().count();
        assert!(
            !ran.stdout.contains(&format!("\"kind\":\"{kind}\"")),
            "{action}: {}",
            ran.stdout
        );
        assert!(kinds(&ran) + 4 > kinds(&all), "{action}: {}", ran.stdout);
        assert_eq!(cloud.inventory().await, whole, "{action}: nothing has ended");
    }
}

#[tokio::test]
async fn a_service_that_is_throttled_is_asked_again() {
    let Some(moto) = moto() else { return };
    let cloud = Cloud::new(moto);
    moto.estate(&cloud.account, "prod");
    let rules = [
        cloud.proxy.rule(When::get("/clusters").times(2), Fault::Throttled),
        cloud.proxy.rule(
            When::action("GetAccountAuthorizationDetails").times(2),
            Fault::Throttled,
        ),
        cloud
            .proxy
            .rule(When::action("DescribeInstances").times(2), Fault::Throttled),
        cloud
            .proxy
            .rule(When::action("DescribeVpcEndpoints").times(2), Fault::Internal),
        cloud
            .proxy
            .rule(When::action("DescribeNatGateways").times(1), Fault::CutRequest),
    ];
    let ran = done(cloud.look());
    assert!(rules.iter().all(|rule| rule.hit() > 0));
    assert_eq!((row(&ran, "cluster"), row(&ran, "nat_gateway")), ((1, 0, 0), (1, 0, 0)));
}

#[tokio::test]
async fn a_role_that_cannot_be_assumed_is_told_and_the_others_are_read() {
    let Some(moto) = moto() else { return };
    let cloud = Cloud::new(moto);
    moto.estate(&cloud.account, "prod");
    cloud
        .proxy
        .rule(When::action("AssumeRole").times(1), Fault::AccessDenied);
    let refused = format!("arn:aws:iam::{}:role/closed", cloud.account);
    let both = format!("{refused},{}", cloud.role);
    let ran = cloud.run(&["--region", REGION, "--role-arn", &both]);
    assert_eq!(ran.code, 3, "{}", ran.stderr);
    assert!(
        ran.stderr.contains(&format!("`{refused}` cannot be assumed")),
        "{}",
        ran.stderr
    );
    assert!(ran.stderr.contains("`sts:AssumeRole`"), "{}", ran.stderr);
    assert_eq!(row(&ran, "cluster"), (1, 0, 0));
}

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
