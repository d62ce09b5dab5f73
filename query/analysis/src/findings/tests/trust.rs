//! Trust policies.

use super::*;

const GONE: &str = "oidc.eks.eu-west-1.amazonaws.com/id/00000000000000000000000000000000";

fn sub(operator: &str, value: &str) -> Value {
    let aud = json!({format!("{ISSUER}:aud"): "sts.amazonaws.com"});
    let mut condition = json!({"StringEquals": aud});
    condition[operator][format!("{ISSUER}:sub")] = json!(value);
    irsa(condition)
}

#[test]
fn subjects_that_let_in_more_than_the_workload_or_nobody() {
    check(&[
        (
            "no subject",
            &|w| {
                w.trust(
                    CART,
                    irsa(json!({"StringEquals": {format!("{ISSUER}:aud"): "sts.amazonaws.com"}})),
                )
            },
            &["high trust_without_sub arn:aws:iam::111122223333:role/cart"],
        ),
        (
            "only who is shut out is named",
            &|w| {
                w.trust(
                    CART,
                    sub("StringNotEquals", "system:serviceaccount:kube-system:default"),
                )
            },
            &["high trust_without_sub arn:aws:iam::111122223333:role/cart"],
        ),
        (
            "a namespace's every account",
            &|w| w.trust(CART, sub("StringLike", "system:serviceaccount:shop:*")),
            &["medium trust_wildcard_sub arn:aws:iam::111122223333:role/cart"],
        ),
        (
            "an account of every namespace",
            &|w| w.trust(CART, sub("StringLike", "system:serviceaccount:*:cart")),
            &["high trust_wildcard_sub arn:aws:iam::111122223333:role/cart"],
        ),
        (
            "one letter open",
            &|w| w.trust(CART, sub("ForAnyValue:StringLike", "system:serviceaccount:shop:car?")),
            &["medium trust_wildcard_sub arn:aws:iam::111122223333:role/cart"],
        ),
        (
            "a pattern without a wildcard",
            &|w| w.trust(CART, sub("StringLike", SUBJECT)),
            &[],
        ),
        (
            "a list of names",
            &|w| {
                let both = json!([SUBJECT, "system:serviceaccount:shop:cart-canary"]);
                w.trust(CART, irsa(json!({"StringEquals": {format!("{ISSUER}:sub"): both, format!("{ISSUER}:aud"): "sts.amazonaws.com"}})));
            },
            &[],
        ),
        (
            "keys in other letters, and if it exists",
            &|w| {
                let (sub, aud) = (format!("{ISSUER}:SUB"), format!("{}:aud", ISSUER.to_uppercase()));
                w.trust(
                    CART,
                    irsa(json!({"StringEqualsIfExists": {sub: SUBJECT}, "StringLike": {aud: "sts.*"}})),
                );
            },
            &[],
        ),
        (
            "a wildcard taken literally, which shuts the workload out",
            &|w| w.trust(CART, sub("StringEquals", "system:serviceaccount:shop:*")),
            &[
                "medium trust_literal_wildcard arn:aws:iam::111122223333:role/cart",
                "medium role_not_trusting shop-prod/shop/cart arn:aws:iam::111122223333:role/cart",
            ],
        ),
        (
            "no audience",
            &|w| w.trust(CART, irsa(json!({"StringEquals": {format!("{ISSUER}:sub"): SUBJECT}}))),
            &["low trust_without_aud arn:aws:iam::111122223333:role/cart"],
        ),
        (
            "a Deny without conditions is no opening",
            &|w| {
                let deny = json!({"Effect": "Deny", "Principal": {"Federated": provider(GONE)}, "Action": "sts:AssumeRoleWithWebIdentity"});
                w.role(CART).trust_policy =
                    Some(json!({"Version": "2012-10-17", "Statement": [sound_irsa(), deny]}).to_string());
            },
            &[],
        ),
        (
            "another provider's subjects are not judged",
            &|w| {
                let ci = json!({"Effect": "Allow", "Principal": {"Federated": provider("gitlab.example")}, "Action": "sts:AssumeRoleWithWebIdentity"});
                w.inventory.roles.push(role("arn:aws:iam::111122223333:role/ci", &ci));
            },
            &[],
        ),
    ]);
}

#[test]
fn the_patch_names_who_uses_the_role_and_keeps_the_rest() {
    let mut world = sound();
    let statement = irsa(
        json!({"StringLike": {format!("{ISSUER}:sub"): "system:serviceaccount:*"},
        "StringEquals": {format!("{ISSUER}:aud"): "sts.amazonaws.com"}, "Bool": {"aws:SecureTransport": "true"}}),
    );
    world.trust(CART, statement);
    let finding = world.findings().remove(0);
    let patch = finding.remedy.patch.unwrap();
    let expected = json!({"StringEquals": {format!("{ISSUER}:sub"): SUBJECT, format!("{ISSUER}:aud"): "sts.amazonaws.com"},
        "Bool": {"aws:SecureTransport": "true"}});
    assert_eq!(patch["Statement"][0]["Condition"], expected);
    assert_eq!(
        finding.remedy.patch_of.as_deref(),
        Some("the trust policy of arn:aws:iam::111122223333:role/cart")
    );
    let command = finding.remedy.command.unwrap();
    assert!(
        command.starts_with("aws iam update-assume-role-policy --role-name cart --policy-document '{"),
        "{command}"
    );
    world.role(CART).trust_policy = Some(patch.to_string());
    assert_eq!(world.told(), Vec::<String>::new(), "the patch cures it");
}

#[test]
fn nobody_known_to_use_the_role_gets_no_patch() {
    let mut world = sound();
    world.trust(
        CART,
        irsa(json!({"StringEquals": {format!("{ISSUER}:aud"): "sts.amazonaws.com"}})),
    );
    world.inventory.service_accounts.clear();
    world.facts.workloads.remove(0);
    let finding = world.findings().remove(0);
    assert_eq!(
        (finding.kind, finding.remedy.patch),
        (FindingKind::TrustWithoutSub, None)
    );
}

#[test]
fn issuers_and_providers_that_are_not_there() {
    let gone = |issuer: &str| {
        json!({"Effect": "Allow", "Principal": {"Federated": provider(issuer)}, "Action": "sts:AssumeRoleWithWebIdentity",
            "Condition": {"StringEquals": {format!("{issuer}:sub"): SUBJECT, format!("{issuer}:aud"): "sts.amazonaws.com"}}})
    };
    let old = "arn:aws:iam::111122223333:role/old";
    let known_provider = |w: &mut World| {
        w.inventory.oidc_providers.push(OidcProvider {
            arn: provider(GONE),
            url: GONE.to_owned(),
            ..OidcProvider::default()
        });
    };
    check(&[
        (
            "no cluster and no provider",
            &|w| w.inventory.roles.push(role(old, &gone(GONE))),
            &[
                "medium missing_oidc_provider arn:aws:iam::111122223333:role/old",
                "low orphaned_issuer arn:aws:iam::111122223333:role/old",
            ],
        ),
        (
            "no cluster",
            &|w| {
                known_provider(w);
                w.inventory.roles.push(role(old, &gone(GONE)));
            },
            &["low orphaned_issuer arn:aws:iam::111122223333:role/old"],
        ),
        (
            "no known cluster, and it is used",
            &|w| {
                known_provider(w);
                w.inventory.roles.push(role(old, &gone(GONE)));
                let mut foreign = used("shop", "cart", old, Mechanism::Irsa);
                foreign.id = "unknown/shop/cart".to_owned();
                foreign.workload.cluster_arn = None;
                foreign.workload.cluster = "00000000000000000000000000000000".to_owned();
                w.facts.workloads.push(foreign);
            },
            &["medium orphaned_issuer arn:aws:iam::111122223333:role/old"],
        ),
        (
            "the cluster was deleted",
            &|w| {
                known_provider(w);
                let mut before = w.inventory.clusters[0].clone();
                before.oidc_issuer = text(GONE);
                before.deleted_at = day(3);
                w.inventory.clusters.push(before);
                w.inventory.roles.push(role(old, &gone(GONE)));
            },
            &["low orphaned_issuer arn:aws:iam::111122223333:role/old"],
        ),
        (
            "the cluster is there",
            &|w| {
                known_provider(w);
                let other = Cluster {
                    arn: format!("{CLUSTER}-2"),
                    name: "shop-prod-2".to_owned(),
                    oidc_issuer: text(GONE),
                    ..Cluster::default()
                };
                w.inventory.clusters.push(other);
                w.inventory.roles.push(role(old, &gone(GONE)));
            },
            &[],
        ),
        (
            "the account's providers are not known",
            &|w| w.inventory.oidc_providers.clear(),
            &[],
        ),
    ]);
}

#[test]
fn pod_identity_without_conditions() {
    check(&[
        (
            "no condition",
            &|w| w.trust(CATALOG, pods(json!({}))),
            &["medium pod_identity_trust_open arn:aws:iam::111122223333:role/catalog"],
        ),
        (
            "the cluster alone",
            &|w| w.trust(CATALOG, pods(json!({"ArnEquals": {"aws:SourceArn": CLUSTER}}))),
            &[],
        ),
        (
            "the namespace alone",
            &|w| {
                w.trust(
                    CATALOG,
                    pods(json!({"StringEquals": {"aws:requesttag/Kubernetes-Namespace": "shop"}})),
                )
            },
            &[],
        ),
    ]);
    let mut world = sound();
    world.trust(CATALOG, pods(json!({})));
    let patch = world.findings().remove(0).remedy.patch.unwrap();
    let expected: Value = sound_pods()["Condition"].clone();
    assert_eq!(patch["Statement"][0]["Condition"], expected);
}

#[test]
fn roles_that_are_not_the_workloads_alone() {
    check(&[
        (
            "people too",
            &|w| {
                let people = json!({"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:root"}, "Action": "sts:AssumeRole"});
                w.role(CART).trust_policy =
                    Some(json!({"Version": "2012-10-17", "Statement": [sound_irsa(), people]}).to_string());
            },
            &["medium mixed_use arn:aws:iam::111122223333:role/cart"],
        ),
        (
            "a function too",
            &|w| {
                w.trust(CATALOG, json!({"Effect": "Allow", "Principal": {"Service": ["pods.eks.amazonaws.com", "lambda.amazonaws.com"]},
                "Action": ["sts:AssumeRole", "sts:TagSession"], "Condition": {"StringEquals": {"aws:SourceAccount": "111122223333"}}}))
            },
            &["medium mixed_use arn:aws:iam::111122223333:role/catalog"],
        ),
        (
            "who is denied is not let in",
            &|w| {
                let people = json!({"Effect": "Deny", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"});
                w.role(CART).trust_policy =
                    Some(json!({"Version": "2012-10-17", "Statement": [sound_irsa(), people]}).to_string());
            },
            &[],
        ),
        (
            "itself and another workload's role",
            &|w| {
                let roles =
                    json!({"Effect": "Allow", "Principal": {"AWS": [CART, CATALOG]}, "Action": "sts:AssumeRole"});
                w.role(CART).trust_policy =
                    Some(json!({"Version": "2012-10-17", "Statement": [sound_irsa(), roles]}).to_string());
            },
            &[],
        ),
        (
            "both mechanisms of one role are no strangers",
            &|w| {
                let both = json!({"Version": "2012-10-17", "Statement": [sound_irsa(), sound_pods()]});
                w.role(CART).trust_policy = Some(both.to_string());
            },
            &[],
        ),
        (
            "two accounts of one namespace",
            &|w| {
                w.facts
                    .workloads
                    .push(used("shop", "cart-canary", CART, Mechanism::Irsa))
            },
            &["low shared_role arn:aws:iam::111122223333:role/cart"],
        ),
        (
            "two namespaces",
            &|w| w.facts.workloads.push(used("ops", "report", CART, Mechanism::Irsa)),
            &["medium shared_role arn:aws:iam::111122223333:role/cart"],
        ),
        (
            "two clusters",
            &|w| {
                let mut other = used("shop", "cart", CART, Mechanism::Irsa);
                other.id = "shop-dev/shop/cart".to_owned();
                other.workload.cluster_arn = text("arn:aws:eks:eu-west-1:111122223333:cluster/shop-dev");
                w.facts.workloads.push(other);
            },
            &["medium shared_role arn:aws:iam::111122223333:role/cart"],
        ),
        (
            "a role that two chains end in",
            &|w| {
                let end = "arn:aws:iam::777788889999:role/audit";
                for (at, (account, own)) in [("cart", CART), ("catalog", CATALOG)].into_iter().enumerate() {
                    let further = used("shop", account, end, Mechanism::Irsa).uses.remove(0);
                    let mechanism = w.facts.workloads[at].uses[0].mechanism;
                    w.facts.workloads[at].uses.push(RoleUse { mechanism, ..further });
                    w.facts.chains.push(ChainUse {
                        workload: workload("shop", account),
                        chain: vec![own.to_owned(), end.to_owned()],
                        sessions: 2,
                        first_seen: day(1),
                        last_seen: day(2),
                        issue_event_id: text("chained"),
                    });
                }
            },
            &[
                "info role_chain shop-prod/shop/cart",
                "info role_chain shop-prod/shop/catalog",
            ],
        ),
    ]);
}

#[test]
fn roles_of_other_accounts_that_trust_the_cluster() {
    let foreign = "arn:aws:iam::444455556666:role/etl";
    let statement = || {
        let mut statement = sound_irsa();
        statement["Principal"]["Federated"] = json!(format!("arn:aws:iam::444455556666:oidc-provider/{ISSUER}"));
        statement
    };
    let finding = |w: &World| w.findings().into_iter().find(|f| f.kind == FindingKind::ExternalTrust);
    let mut world = sound();
    world.inventory.roles.push(role(foreign, &statement()));
    let told = finding(&world).unwrap();
    assert_eq!((told.subject.as_str(), told.severity), (CLUSTER, Severity::Info));
    assert!(told.why.contains("no trail of 444455556666"), "{}", told.why);
    world.facts.trail_accounts.insert("444455556666".to_owned());
    assert!(!finding(&world).unwrap().why.contains("no trail"));
    assert!(finding(&sound()).is_none());
}
