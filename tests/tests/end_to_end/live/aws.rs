//! Accounts of AWS.

use std::sync::atomic::{AtomicU32, Ordering};

use podtrail_analysis::inventory::Inventory;
use podtrail_query::Store;
use podtrail_tests::eks::Eks;
use podtrail_tests::moto::{Moto, moto};
use podtrail_tests::proxy::Proxy;
use podtrail_tests::{Fault, REGION, Ran, When, podtrail_with};
use serde_json::{Value, json};
use tempfile::TempDir;

use super::{done, row};

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
        let eks = Eks::before(moto.endpoint());
        Self {
            role: format!("arn:aws:iam::{account}:role/reader"),
            proxy: Proxy::before(&eks.endpoint()),
            eks,
            account,
            data: tempfile::tempdir().unwrap(),
        }
    }

    fn run(&self, arguments: &[&str]) -> Ran {
        let mut all = vec!["inventory", "live", "--format", "jsonl"];
        all.extend(arguments);
        podtrail_with(self.data.path(), &self.proxy.environment(), &all, b"")
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
    assert_eq!(
        inventory.instance_profiles[0].roles,
        std::slice::from_ref(&made.role_arn)
    );
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
            When::get("/clusters/prod/pod-identity-associations"),
            "eks:ListPodIdentityAssociations",
            "association",
        ),
        (
            When::get("/clusters/prod/pod-identity-associations/"),
            "eks:DescribePodIdentityAssociation",
            "association",
        ),
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
    let made = moto.estate(&cloud.account, "prod");
    cloud.eks.associate(&made.cluster_arn, "shop", "cart", &made.role_arn);
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
