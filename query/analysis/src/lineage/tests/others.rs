//! Callers behind which no pod stands, or none that could be named: each is called what it is.

use super::*;

fn none() -> Inventory {
    Inventory::default()
}

fn of_type(identity_type: &str) -> Caller {
    Caller {
        identity_type: text(identity_type),
        principal_id: text("111111111111"),
        recipient_account_id: text("111111111111"),
        ..Caller::default()
    }
}

#[test]
fn every_kind_of_caller_is_named() {
    let instance = Caller {
        ec2_role_delivery: text("2.0"),
        ..session("ASIA1", "node", "x", 0)
    };
    let sso = Caller {
        issuer_arn: text("arn:aws:iam::111111111111:role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_Admin_1"),
        ..session("ASIA1", "AWSReservedSSO_Admin_1", "alice", 0)
    };
    let linked = Caller {
        issuer_arn: text("arn:aws:iam::111111111111:role/aws-service-role/rds.amazonaws.com/AWSServiceRoleForRDS"),
        ..session("", "AWSServiceRoleForRDS", "SLR", 0)
    };
    let managed = Caller {
        identity_type: text("AssumedRole"),
        principal_id: text("111111111111:aws:ec2-instance:i-07574d724fb843fda"),
        identity_arn: text("arn:aws:sts::111111111111:assumed-role/aws:ec2-instance/i-07574d724fb843fda"),
        access_key_id: text("ASIA1"),
        // As the lake has it: all after the first colon.
        session_name: text("aws:ec2-instance:i-07574d724fb843fda"),
        ..Caller::default()
    };
    for (situation, caller, expected) in [
        (
            "instance profile",
            session("ASIA1", "node", "i-07574d724fb843fda", 0),
            "none node_role -/-/- -(none) | credentials of an ec2 instance | - | ASIA1 | node",
        ),
        (
            "role delivered by IMDS",
            instance,
            "none node_role -/-/- -(none) | credentials of an ec2 instance | - | ASIA1 | node",
        ),
        (
            "default host management",
            managed,
            "none node_role -/-/- -(none) | credentials of an ec2 instance | - | ASIA1 | aws:ec2-instance",
        ),
        (
            "static key",
            user("AKIA1"),
            "none static_key -/-/- -(none) | access key of an iam user | - | AKIA1 | ",
        ),
        (
            "user's session",
            user("ASIA1"),
            "none other -/-/- -(none) | temporary credentials of an iam user | - | ASIA1 | ",
        ),
        (
            "console sign-in",
            user(""),
            "none other -/-/- -(none) | iam user | - | - | ",
        ),
        (
            "root",
            of_type("Root"),
            "none other -/-/- -(none) | root user | - | - | ",
        ),
        (
            "root with a session",
            Caller {
                access_key_id: text("ASIA1"),
                ..of_type("Root")
            },
            "none other -/-/- -(none) | root user | - | ASIA1 | ",
        ),
        (
            "federated user",
            Caller {
                access_key_id: text("ASIA1"),
                ..of_type("FederatedUser")
            },
            "none other -/-/- -(none) | federated user | - | ASIA1 | ",
        ),
        (
            "SAML user",
            of_type("SAMLUser"),
            "none other -/-/- -(none) | saml identity provider | - | - | ",
        ),
        (
            "Identity Center user",
            of_type("IdentityCenterUser"),
            "none other -/-/- -(none) | iam identity center | - | - | ",
        ),
        (
            "Identity Center role",
            sso,
            "none other -/-/- -(none) | iam identity center | - | ASIA1 | AWSReservedSSO_Admin_1",
        ),
        (
            "service-linked role",
            linked,
            "none other -/-/- -(none) | service-linked role | - | AROAAWSSERVICEROLEFORRDS:SLR@2023-11-14T22:13:20Z | AWSServiceRoleForRDS",
        ),
        (
            "service",
            service("cloudtrail.amazonaws.com"),
            "none other -/-/- -(none) | aws service | - | - | ",
        ),
        (
            "service without type",
            Caller {
                invoked_by: text("secretsmanager.amazonaws.com"),
                ..Caller::default()
            },
            "none other -/-/- -(none) | aws service | - | - | ",
        ),
        (
            "ordinary role, no issue",
            session("ASIA1", "ci", "build", 0),
            "none other -/-/- -(none) | no issue in the lake | - | ASIA1 | ci",
        ),
        (
            "nothing known",
            Caller::default(),
            "none other -/-/- -(none) | unknown identity | - | - | ",
        ),
        (
            "unheard of",
            of_type("Directory"),
            "none other -/-/- -(none) | unknown identity | - | - | ",
        ),
        (
            "redacted key",
            Caller {
                access_key_id: text("REDACTED"),
                ..session("", "ci", "build", 0)
            },
            "none other -/-/- -(none) | no issue in the lake | - | AROACI:build@2023-11-14T22:13:20Z | ci",
        ),
    ] {
        assert_eq!(who(vec![], &caller, &none()), expected, "{situation}");
    }
}

#[test]
fn sessions_are_named_after_who_issued_them() {
    let saml = Caller {
        identity_type: text("SAMLUser"),
        principal_id: text("x:alice"),
        ..Caller::default()
    };
    for (situation, asker, name, expected) in [
        (
            "EC2",
            service("ec2.amazonaws.com"),
            "i-07574d724fb843fda",
            "none node_role -/-/- -(none) | credentials of an ec2 instance",
        ),
        (
            "EC2 for itself",
            service("ec2.amazonaws.com"),
            "spot",
            "none other -/-/- -(none) | aws service",
        ),
        (
            "Lambda",
            service("lambda.amazonaws.com"),
            "fn",
            "none other -/-/- -(none) | lambda function",
        ),
        (
            "ECS",
            service("ecs-tasks.amazonaws.com"),
            "task",
            "none other -/-/- -(none) | ecs task",
        ),
        (
            "another service",
            service("rds.amazonaws.com"),
            "SLRManagement",
            "none other -/-/- -(none) | aws service",
        ),
        (
            "SAML",
            saml,
            "alice",
            "none other -/-/- -(none) | saml identity provider",
        ),
        (
            "IAM user's key",
            user("AKIA1"),
            "cli",
            "none static_key -/-/- -(none) | access key of an iam user",
        ),
        (
            "IAM user's session",
            user("ASIA9"),
            "cli",
            "none other -/-/- -(none) | temporary credentials of an iam user",
        ),
        (
            "IAM user's key, session named like a node",
            user("AKIA1"),
            "i-07574d724fb843fda",
            "none static_key -/-/- -(none) | access key of an iam user",
        ),
        (
            "instance's session",
            session("ASIA9", "node", "i-07574d724fb843fda", -9),
            "x",
            "none node_role -/-/- -(none) | credentials of an ec2 instance",
        ),
    ] {
        let call = issue("e1", 0, asker, "ASIA1", "r", name);
        let who = who(vec![call], &session("ASIA1", "r", name, 0), &none());
        let chain = if situation == "instance's session" {
            "node > r"
        } else {
            "r"
        };
        assert_eq!(who, format!("{expected} | e1 | ASIA1 | {chain}"), "{situation}");
    }
}

#[test]
fn identity_center_hands_out_another_key_than_it_records() {
    let saml = Caller {
        identity_type: text("SAMLUser"),
        ..Caller::default()
    };
    let sso = "arn:aws:iam::111111111111:role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_Admin_1";
    let call = with(
        issue("e1", 0, saml, "ASIA1", "AWSReservedSSO_Admin_1", "alice"),
        "roleArn",
        sso.into(),
    );
    let used = Caller {
        issuer_arn: text(sso),
        ..session("ASIA2", "AWSReservedSSO_Admin_1", "alice", 0)
    };
    assert_eq!(
        who(vec![call], &used, &none()),
        "none other -/-/- -(none) | iam identity center | e1 | ASIA2 | AWSReservedSSO_Admin_1"
    );
}

#[test]
fn asking_for_a_pod_identity_session_is_the_nodes_own_call() {
    let node = Caller {
        ec2_role_delivery: text("2.0"),
        ..session("ASIA1", "node", "i-07574d724fb843fda", 0)
    };
    let issue = issue(
        "e1",
        0,
        service("ec2.amazonaws.com"),
        "ASIA1",
        "node",
        "i-07574d724fb843fda",
    );
    let calls = vec![issue, pod_identity("e2", 1, "ASIA2", "cart")];
    assert_eq!(
        who(calls, &node, &none()),
        "none node_role -/-/- -(none) | credentials of an ec2 instance | e1 | ASIA1 | node"
    );
}

#[test]
fn calls_of_a_nodes_agents_are_told_from_those_of_its_pods() {
    let node = |agent: &str, key: &str| Caller {
        ec2_role_delivery: text("2.0"),
        node_agent: (!agent.is_empty()).then(|| agent.to_owned()),
        ..session(key, "node", "i-07574d724fb843fda", 0)
    };
    let forwarded = Caller {
        invoked_by: text("secretsmanager.amazonaws.com"),
        ..node("", "ASIA1")
    };
    let of = |callers: &[Caller], caller: &Caller| {
        let lineage = resolve(
            &evidence(vec![], [callers, std::slice::from_ref(caller)].concat()),
            &none(),
        );
        line(&attribution(&lineage, caller))
    };
    let eks = [node(agents::VPC_CNI, "ASIA1")];
    let plain = [node(agents::SSM_AGENT, "ASIA1"), node(agents::KUBELET, "ASIA1")];
    let other = [node(agents::VPC_CNI, "ASIA2")];
    for (situation, callers, caller, expected) in [
        ("an agent", &eks[..], &eks[0], "node agent"),
        (
            "not an agent, on a node of EKS",
            &eks,
            &node("", "ASIA1"),
            "pod on this node",
        ),
        (
            "a service that calls on",
            &eks,
            &forwarded,
            "credentials of an ec2 instance",
        ),
        (
            "not known to be a node",
            &plain,
            &node("", "ASIA1"),
            "credentials of an ec2 instance",
        ),
        (
            "another session is a node's",
            &other,
            &node("", "ASIA1"),
            "credentials of an ec2 instance",
        ),
    ] {
        let expected = format!("none node_role -/-/- -(none) | {expected} | - | ASIA1 | node");
        assert_eq!(of(callers, caller), expected, "{situation}");
    }
}

#[test]
fn a_denied_call_is_its_callers() {
    let caller = token_session("ASIA1", "r", "n", 0);
    let denied = StsCall {
        error_code: text("AccessDenied"),
        request_parameters: None,
        response_elements: None,
        ..issue("e2", 5, caller.clone(), "", "other", "n")
    };
    let calls = vec![irsa("e1", 0, "cart", "ASIA1", "r", "n"), denied];
    assert_eq!(
        who(calls, &caller, &none()),
        format!("exact irsa {ID}/shop/cart -(none) | access key | e1 | ASIA1 | r")
    );
}

#[test]
fn parameters_that_cannot_be_read_say_nothing() {
    for request in [
        None,
        text("\"HIDDEN_DUE_TO_SECURITY_REASONS\""),
        text("{\"roleArn\":"),
        text("[]"),
        text("{\"tags\": 7, \"roleArn\": null}"),
    ] {
        let call = StsCall {
            request_parameters: request,
            ..pod_identity("e1", 0, "ASIA1", "cart")
        };
        let who = who(vec![call], &session("ASIA1", "cart", &pod_identity_name(), 0), &none());
        assert_eq!(
            who,
            "none pod_identity -/-/- -(none) | issued without tags, no association in the inventory | e1 | ASIA1 | cart"
        );
    }
    for response in [
        None,
        text("null"),
        text("{\"credentials\": \"x\", \"assumedRoleUser\": []}"),
    ] {
        let call = StsCall {
            response_elements: response,
            ..pod_identity("e1", 0, "", "cart")
        };
        assert_eq!(resolve(&evidence(vec![call], vec![]), &none()).sessions, []);
    }
}

#[test]
fn nothing_in_nothing_out() {
    assert_eq!(resolve(&Evidence::default(), &none()), Lineage::default());
}
