//! Who was given credentials, under another trust policy.

use super::*;

const ISSUER: &str = "oidc.eks.eu-west-1.amazonaws.com/id/0123456789ABCDEF0123456789ABCDEF";

fn provider() -> String {
    format!("arn:aws:iam::111122223333:oidc-provider/{ISSUER}")
}

fn token(audience: Option<&str>) -> Asker {
    Asker::Token {
        provider_arn: provider(),
        subject: "system:serviceaccount:shop:cart".into(),
        audience: audience.map(str::to_owned),
    }
}

fn untagged() -> Asker {
    match pod_identity() {
        Asker::PodIdentity {
            cluster_arn,
            cluster,
            namespace,
            service_account,
            ..
        } => Asker::PodIdentity {
            cluster_arn,
            cluster,
            namespace,
            service_account,
            tagged: false,
        },
        other => other,
    }
}

fn asker(arn: &str, tagged: bool) -> Asker {
    Asker::Principal {
        arn: arn.into(),
        tagged,
    }
}

fn trust(principal: &Value, actions: &[&str], condition: &Value) -> Value {
    document(&json!([{"Effect": "Allow", "Principal": principal, "Action": actions, "Condition": condition}]))
}

#[test]
fn each_asker_is_judged_by_what_the_log_shows_of_it() {
    let web = &["sts:AssumeRoleWithWebIdentity"][..];
    let (assume, both) = (&["sts:AssumeRole"][..], &["sts:AssumeRole", "sts:TagSession"][..]);
    let federated = json!({"Federated": provider()});
    let eks = json!({"Service": "pods.eks.amazonaws.com"});
    let equals = |key: &str, value: &str| json!({"StringEquals": {key: value}});
    let (sub, aud) = (format!("{ISSUER}:sub"), format!("{ISSUER}:aud"));
    let parent = asker(OTHER, false);
    for (situation, asker, trust, expected) in [
        (
            "its subject",
            token(None),
            trust(&federated, web, &equals(&sub, "system:serviceaccount:shop:cart")),
            (3, 0, 0),
        ),
        (
            "another subject",
            token(None),
            trust(&federated, web, &equals(&sub, "system:serviceaccount:a:b")),
            (0, 3, 0),
        ),
        (
            "an audience that is not shown",
            token(None),
            trust(&federated, web, &equals(&aud, "sts.amazonaws.com")),
            (0, 0, 3),
        ),
        (
            "its audience",
            token(Some("sts.amazonaws.com")),
            trust(&federated, web, &equals(&aud, "sts.amazonaws.com")),
            (3, 0, 0),
        ),
        (
            "another audience",
            token(Some("x")),
            trust(&federated, web, &equals(&aud, "sts.amazonaws.com")),
            (0, 3, 0),
        ),
        (
            "another provider",
            token(None),
            trust(
                &json!({"Federated": "arn:aws:iam::111122223333:oidc-provider/x"}),
                web,
                &json!({}),
            ),
            (0, 3, 0),
        ),
        ("Pod Identity", pod_identity(), trust(&eks, both, &json!({})), (3, 0, 0)),
        (
            "without the right to tag",
            pod_identity(),
            trust(&eks, assume, &json!({})),
            (0, 3, 0),
        ),
        ("without tags", untagged(), trust(&eks, assume, &json!({})), (3, 0, 0)),
        (
            "its cluster",
            pod_identity(),
            trust(&eks, both, &json!({"ArnEquals": {"aws:SourceArn": CLUSTER}})),
            (3, 0, 0),
        ),
        (
            "another account",
            pod_identity(),
            trust(&eks, both, &equals("aws:SourceAccount", "999988887777")),
            (0, 3, 0),
        ),
        (
            "its namespace by a tag that it lacks",
            untagged(),
            trust(&eks, both, &equals("aws:RequestTag/kubernetes-namespace", "shop")),
            (0, 3, 0),
        ),
        (
            "an organization",
            pod_identity(),
            trust(&eks, both, &equals("aws:SourceOrgID", "o-1")),
            (0, 0, 3),
        ),
        (
            "a role by name",
            parent.clone(),
            trust(&json!({"AWS": OTHER}), assume, &json!({})),
            (3, 0, 0),
        ),
        (
            "a role with tags",
            asker(OTHER, true),
            trust(&json!({"AWS": OTHER}), both, &json!({})),
            (3, 0, 0),
        ),
        (
            "a role with tags, which may pass none",
            asker(OTHER, true),
            trust(&json!({"AWS": OTHER}), assume, &json!({})),
            (0, 3, 0),
        ),
        (
            "a role by its account",
            parent.clone(),
            trust(&json!({"AWS": "111122223333"}), assume, &json!({})),
            (3, 0, 0),
        ),
        (
            "another role",
            parent,
            trust(&json!({"AWS": CART}), assume, &json!({})),
            (0, 3, 0),
        ),
        ("nobody known", Asker::Unknown, trust(&eks, both, &json!({})), (0, 0, 3)),
    ] {
        let check = checked_with(&inventory(), &trust, &[issue(asker)]);
        assert_eq!(counts(&check), expected, "{situation}");
        assert_eq!(expected.2 > 0, !missing(&check).is_empty(), "{situation}");
        let replay = only(&check).issues.as_ref().unwrap();
        assert_eq!(replay.counterexamples.is_empty(), expected.0 > 0, "{situation}");
    }
}

#[test]
fn people_and_roles_are_judged_apart_from_workloads() {
    let trust = trust(&json!({"AWS": OTHER}), &["sts:AssumeRole"], &json!({}));
    let other = Issue {
        workload: None,
        ..issue(asker(OTHER, false))
    };
    let check = checked_with(&inventory(), &trust, &[issue(pod_identity()), other]);
    assert_eq!(counts(&check), (3, 3, 0));
    let whose: Vec<_> = check.judged.iter().map(|one| one.workload.as_deref()).collect();
    assert_eq!(whose, [None, Some(ID)]);
}

#[test]
fn the_order_of_issues_does_not_matter() {
    let trust = trust(&json!({"AWS": CART}), &["sts:AssumeRole"], &json!({}));
    let mut issues = vec![issue(pod_identity()), issue(token(None)), issue(untagged())];
    let first = checked_with(&inventory(), &trust, &issues);
    issues.reverse();
    assert_eq!(first, checked_with(&inventory(), &trust, &issues));
    assert_eq!(counts(&first), (0, 9, 0));
}

#[test]
fn a_token_is_put_together_from_what_its_event_names() {
    let subject = "system:serviceaccount:shop:cart";
    let principal = |audience: &str| format!("{}:{audience}:{subject}", provider());
    let provider = provider();
    let (own, whole) = (Some(provider.as_str()), principal("sts.amazonaws.com"));
    for (situation, asker, expected) in [
        (
            "all of it",
            Asker::token(own, Some(subject), Some(&whole)),
            token(Some("sts.amazonaws.com")),
        ),
        (
            "the principal alone",
            Asker::token(None, None, Some(&whole)),
            token(Some("sts.amazonaws.com")),
        ),
        ("no principal", Asker::token(own, Some(subject), None), token(None)),
        (
            "an audience with colons",
            Asker::token(own, Some(subject), Some(&principal("urn:x:y"))),
            token(Some("urn:x:y")),
        ),
        (
            "a principal of another form",
            Asker::token(own, Some(subject), Some("AROA:x")),
            token(None),
        ),
        ("no subject", Asker::token(own, None, None), Asker::Unknown),
    ] {
        assert_eq!(asker, expected, "{situation}");
    }
}

#[test]
fn a_target_role_must_let_the_first_role_in() {
    let new = "arn:aws:iam::444455556666:role/new";
    let first = |trusted: &str| {
        let mut inventory = inventory();
        inventory.associations[0].role_arn = "arn:aws:iam::111122223333:role/first".into();
        inventory.associations[0].target_role_arn = Some(CART.into());
        inventory.roles.push(Role {
            arn: new.into(),
            trust_policy: Some(
                trust(
                    &json!({"AWS": trusted}),
                    &["sts:AssumeRole", "sts:TagSession"],
                    &json!({}),
                )
                .to_string(),
            ),
            policies: vec![named("all", false, Some(&allow(&["s3:*"])))],
            ..Role::default()
        });
        inventory
    };
    let pair = |target: &str| {
        json!({"association_arn": "arn:aws:eks:eu-west-1:111122223333:podidentityassociation/prod/a-1",
               "cluster_name": "prod", "namespace": "shop", "service_account": "cart", "role_arn": OTHER,
               "target_role_arn": target, "disable_session_tags": false})
    };
    let change = plan(&[(
        "aws_eks_pod_identity_association",
        "a",
        &["update"],
        pair(CART),
        pair(new),
        json!({}),
    )]);
    let chain = issue(asker("arn:aws:iam::111122223333:role/first", true));
    for (situation, trusted, expected) in [("it does", OTHER, (23, 0, 0)), ("it does not", CART, (20, 3, 0))] {
        let check = checked_with(&first(trusted), &change, std::slice::from_ref(&chain));
        assert_eq!(counts(&check), expected, "{situation}: {check:#?}");
    }
}

#[test]
fn a_target_role_where_there_was_none_is_named() {
    let pair = |target: Option<&str>| {
        json!({"association_arn": "arn:aws:eks:eu-west-1:111122223333:podidentityassociation/prod/a-1",
               "cluster_name": "prod", "namespace": "shop", "service_account": "cart", "role_arn": CART,
               "target_role_arn": target, "disable_session_tags": false})
    };
    let told = |before: Option<&str>, after: Option<&str>| {
        let mut inventory = inventory();
        inventory.associations[0].target_role_arn = before.map(str::to_owned);
        let kind = "aws_eks_pod_identity_association";
        let change = plan(&[(kind, "a", &["update"], pair(before), pair(after), json!({}))]);
        let check = checked_with(&inventory, &change, &[]);
        check.untouched.iter().any(|text| text.contains("gets a target role"))
    };
    for (situation, before, after, expected) in [
        ("none before", None, Some(OTHER), true),
        ("another before", Some(OTHER), Some(CART), false),
        ("none after", Some(OTHER), None, false),
    ] {
        assert_eq!(told(before, after), expected, "{situation}");
    }
}
