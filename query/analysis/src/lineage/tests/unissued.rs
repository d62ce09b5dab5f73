//! IAM Roles for Service Accounts where the issue is not in the lake, or was refused.

use super::*;

const CART: &str = "system:serviceaccount:shop:cart";

fn none() -> Inventory {
    Inventory::default()
}

fn known() -> Inventory {
    Inventory {
        clusters: vec![prod()],
        ..none()
    }
}

#[test]
fn without_issue_the_trust_policy_may_leave_one_service_account() {
    let caller = token_session("ASIA1", "cart", "n", 0);
    let cluster = "eu-west-1:111111111111:cluster/prod";
    for (situation, roles, accounts, expected) in [
        (
            "one subject",
            vec![irsa_role("cart", "StringEquals", &[CART])],
            vec![],
            "inferred irsa C/shop/cart -(none) | only service account in the role's trust policy",
        ),
        (
            "like without wildcard",
            vec![irsa_role("cart", "StringLike", &[CART])],
            vec![],
            "inferred irsa C/shop/cart -(none) | only service account in the role's trust policy",
        ),
        (
            "wildcard",
            vec![irsa_role("cart", "StringLike", &["system:serviceaccount:shop:*"])],
            vec![],
            "none irsa C/-/- -(none) | no issue in the lake",
        ),
        (
            "wildcard, one annotated",
            vec![irsa_role("cart", "StringLike", &["system:serviceaccount:shop:*"])],
            vec![annotated("cart", "cart"), annotated("till", "till")],
            "inferred irsa C/shop/cart -(none) | only service account annotated with the role",
        ),
        (
            "two subjects",
            vec![irsa_role(
                "cart",
                "StringEquals",
                &[CART, "system:serviceaccount:shop:till"],
            )],
            vec![],
            "none irsa C/-/- -(none) | no issue in the lake, several candidates in the inventory",
        ),
        (
            "two subjects, one annotated",
            vec![irsa_role(
                "cart",
                "StringEquals",
                &[CART, "system:serviceaccount:shop:till"],
            )],
            vec![annotated("till", "cart")],
            "inferred irsa C/shop/till -(none) | only service account annotated with the role",
        ),
        (
            "annotated but not admitted",
            vec![irsa_role(
                "cart",
                "StringEquals",
                &[CART, "system:serviceaccount:shop:till"],
            )],
            vec![annotated("spy", "cart")],
            "none irsa C/-/- -(none) | no issue in the lake, several candidates in the inventory",
        ),
        (
            "star under StringEquals admits nobody",
            vec![irsa_role("cart", "StringEquals", &["system:serviceaccount:shop:*"])],
            vec![annotated("cart", "cart")],
            "none irsa C/-/- -(none) | no issue in the lake",
        ),
        (
            "only annotations known",
            vec![],
            vec![annotated("cart", "cart")],
            "inferred irsa C/shop/cart -(none) | only service account annotated with the role",
        ),
        (
            "two annotated",
            vec![],
            vec![annotated("cart", "cart"), annotated("till", "cart")],
            "none irsa C/-/- -(none) | no issue in the lake, several candidates in the inventory",
        ),
        (
            "nothing known",
            vec![],
            vec![],
            "none irsa C/-/- -(none) | no issue in the lake",
        ),
    ] {
        let inventory = Inventory {
            roles,
            service_accounts: accounts,
            ..known()
        };
        let expected = format!("{} | - | ASIA1 | cart", expected.replace("C/", &format!("{cluster}/")));
        assert_eq!(who(vec![], &caller, &inventory), expected, "{situation}");
        // The issue, once there, is stronger.
        let with_issue = who(vec![irsa("e1", 0, "till", "ASIA1", "cart", "n")], &caller, &inventory);
        assert_eq!(
            with_issue,
            format!("exact irsa {cluster}/shop/till -(none) | access key | e1 | ASIA1 | cart"),
            "{situation}"
        );
    }
}

#[test]
fn annotations_of_another_cluster_do_not_count() {
    let other = ServiceAccount {
        cluster: "arn:aws:eks:eu-west-1:222222222222:cluster/prod".to_owned(),
        ..annotated("cart", "cart")
    };
    let named = ServiceAccount {
        cluster: "prod".to_owned(),
        ..annotated("cart", "cart")
    };
    let caller = token_session("ASIA1", "cart", "n", 0);
    let class = |clusters: Vec<Cluster>, account: &ServiceAccount| {
        let inventory = Inventory {
            clusters,
            service_accounts: vec![account.clone()],
            ..none()
        };
        who(vec![], &caller, &inventory).split(' ').next().unwrap().to_owned()
    };
    let twin = Cluster {
        arn: other.cluster.clone(),
        ..cluster("prod")
    };
    assert_eq!(class(vec![prod()], &other), "none");
    assert_eq!(class(vec![prod()], &named), "inferred");
    assert_eq!(class(vec![prod(), twin], &named), "none", "two clusters have that name");
}

#[test]
fn a_refused_token_is_attributed_to_its_subject() {
    let refused = Caller {
        requested_role_arn: Some(role("till")),
        ..token(CART)
    };
    let denied = |id: &str, second| StsCall {
        error_code: text("AccessDenied"),
        response_elements: None,
        ..StsCall {
            caller: refused.clone(),
            ..irsa(id, second, "cart", "", "till", "n")
        }
    };
    let expected =
        "exact irsa eu-west-1:111111111111:cluster/prod/shop/cart -(none) | subject of the token | e1 | - | till";
    assert_eq!(
        who(vec![denied("e2", 5), denied("e1", 0)], &refused, &known()),
        expected
    );
    // A refusal issues nothing: a later session of that name is not its child.
    let later = token_session("ASIA1", "till", "n", 0);
    assert!(who(vec![denied("e1", 0)], &later, &known()).starts_with("none irsa"));
}

#[test]
fn a_token_of_an_unnamed_issuer_is_nobodys() {
    let caller = Caller {
        identity_type: text("WebIdentityUser"),
        user_name: text(CART),
        ..Caller::default()
    };
    assert_eq!(
        who(vec![], &caller, &known()),
        "none other -/-/- -(none) | token of an unnamed issuer | - | - | "
    );
}

#[test]
fn a_call_without_key_and_issue_belongs_to_the_only_key_of_that_second() {
    let keyless = token_session("", "cart", "n", 0);
    let of = |keys: &[&str]| {
        let callers = keys
            .iter()
            .map(|key| token_session(key, "cart", "n", 0))
            .chain([keyless.clone()])
            .collect();
        attribution(&resolve(&evidence(vec![], callers), &none()), &keyless)
            .session_id
            .unwrap()
    };
    assert_eq!(of(&[]), "AROACART:n@2023-11-14T22:13:20Z");
    assert_eq!(of(&["ASIA1"]), "ASIA1");
    assert_eq!(of(&["ASIA1", "ASIA2"]), "AROACART:n@2023-11-14T22:13:20Z");
}
