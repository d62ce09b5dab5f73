//! Variants that must not matter: names that SDKs give, forms of issuers, settings of associations.

use super::*;

#[test]
fn whatever_an_sdk_calls_its_session_the_service_account_is_the_tokens() {
    for name in [
        "botocore-session-1700000000",
        "1699456147945229070",
        "aws-sdk-java-1700000000000",
        "aws-sdk-js-session-1700000000000",
        "token-file-web-identity",
        "web-identity",
        "aws-sdk-js-1700000000000",
        "web-identity-token-1700000000000",
        "NDk4MTI0YzItYTU1NS00MGJmLTkwNTktY2E5YTI2ODIxZWIw",
        "498124c2-a555-40bf-9059-ca9a26821eb0",
        "aws-sdk-php-1700000000000",
        // Chosen to pass for something else.
        "i-07574d724fb843fda",
        &pod_identity_name(),
    ] {
        let call = irsa("e1", 0, "cart", "ASIA1", "cart", name);
        let caller = token_session("ASIA1", "cart", name, 0);
        let expected = format!("exact irsa {ID}/shop/cart -(none) | access key | e1 | ASIA1 | cart");
        assert_eq!(who(vec![call], &caller, &Inventory::default()), expected, "{name}");
    }
}

#[test]
fn every_form_of_an_eks_issuer_is_a_cluster() {
    for (provider, account, region) in [
        (PROVIDER.to_owned(), "111111111111", "eu-west-1"),
        (
            format!("arn:aws-us-gov:iam::222222222222:oidc-provider/oidc.eks.us-gov-west-1.amazonaws.com/id/{ID}"),
            "222222222222",
            "us-gov-west-1",
        ),
        (
            format!("arn:aws-cn:iam::222222222222:oidc-provider/oidc.eks.cn-north-1.amazonaws.com.cn/id/{ID}"),
            "222222222222",
            "cn-north-1",
        ),
        (
            format!("arn:aws:iam::222222222222:oidc-provider/oidc-eks.us-west-2.api.aws/id/{ID}"),
            "222222222222",
            "us-west-2",
        ),
    ] {
        let mut call = irsa("e1", 0, "cart", "ASIA1", "cart", "n");
        call.caller.federated_provider = Some(provider.clone());
        let lineage = resolve(&evidence(vec![call], vec![]), &Inventory::default());
        let session = session_row(&lineage, "ASIA1");
        let found = (&session.cluster.name, &session.cluster.account, &session.cluster.region);
        assert_eq!(found, (&text(ID), &text(account), &text(region)), "{provider}");
        assert_eq!(
            (session.workload_class, session.mechanism),
            (Class::Exact, Mechanism::Irsa),
            "{provider}"
        );
    }
}

#[test]
fn a_session_policy_of_an_association_changes_nothing_about_whose_it_is() {
    let inventory = Inventory {
        associations: vec![Association {
            policy: text("{\"Statement\": []}"),
            disable_session_tags: true,
            ..association("prod", "cart", "cart")
        }],
        ..Inventory::default()
    };
    let asker = service("pods.eks.amazonaws.com");
    let untagged = issue("e1", 0, asker, "ASIA1", "cart", &pod_identity_name());
    let who = who(
        vec![untagged],
        &session("ASIA1", "cart", &pod_identity_name(), 0),
        &inventory,
    );
    assert!(
        who.starts_with("inferred pod_identity eu-west-1:111111111111:cluster/prod/shop/cart"),
        "{who}"
    );
}

#[test]
fn a_target_role_may_be_in_another_account() {
    let target = "arn:aws:iam::222222222222:role/far";
    let first = pod_identity("e1", 0, "ASIA1", "cart");
    let asker = session("ASIA1", "cart", &pod_identity_name(), 0);
    let hop = with(issue("e2", 1, asker, "ASIA2", "far", "m"), "roleArn", target.into());
    let used = Caller {
        issuer_arn: text(target),
        identity_account_id: text("222222222222"),
        ..session("ASIA2", "far", "m", 1)
    };
    let inventory = Inventory {
        associations: vec![Association {
            target_role_arn: text(target),
            ..association("prod", "cart", "cart")
        }],
        ..Inventory::default()
    };
    // With both records the first session's tags name the pod; with the second alone the association does.
    let both = who(vec![first, hop.clone()], &used, &inventory);
    assert!(
        both.starts_with("exact pod_identity") && both.contains("shop/cart cart-1(exact)"),
        "{both}"
    );
    let second = who(vec![hop], &used, &inventory);
    assert!(
        second.starts_with("inferred pod_identity") && second.contains("/shop/cart"),
        "{second}"
    );
}
