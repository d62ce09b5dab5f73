use super::*;

const ALLOW: Verdict = Verdict::Allow;
const NO: Verdict = Verdict::ImplicitDeny;
const DENY: Verdict = Verdict::ExplicitDeny;

#[test]
fn nothing_is_allowed_unless_something_allows() {
    let case = Case::default();
    let decision = case.decide();
    assert_eq!((decision.verdict, decision.by), (NO, Layer::Identity));
    assert_eq!(granted().verdict(), ALLOW);
}

#[test]
fn boundary_and_session_policies_limit() {
    let s3 = || vec![allow("s3:*", "*")];
    let sqs = || vec![allow("sqs:*", "*")];
    for (situation, case, verdict, by) in [
        (
            "within the boundary",
            Case {
                boundary: s3(),
                ..granted()
            },
            ALLOW,
            Layer::Identity,
        ),
        (
            "outside the boundary",
            Case {
                boundary: sqs(),
                ..granted()
            },
            NO,
            Layer::Boundary,
        ),
        (
            "the boundary grants nothing",
            Case {
                boundary: s3(),
                ..Case::default()
            },
            NO,
            Layer::Identity,
        ),
        (
            "the boundary denies",
            Case {
                boundary: vec![deny("s3:Get*", "*")],
                ..granted()
            },
            DENY,
            Layer::Boundary,
        ),
        (
            "within the session",
            Case {
                session: s3(),
                ..granted()
            },
            ALLOW,
            Layer::Identity,
        ),
        (
            "outside the session",
            Case {
                session: sqs(),
                ..granted()
            },
            NO,
            Layer::Session,
        ),
        (
            "within one of two",
            Case {
                session: [sqs(), s3()].concat(),
                ..granted()
            },
            ALLOW,
            Layer::Identity,
        ),
        (
            "the session grants nothing",
            Case {
                session: s3(),
                ..Case::default()
            },
            NO,
            Layer::Identity,
        ),
        (
            "the session denies",
            Case {
                session: vec![deny("*", "*")],
                ..granted()
            },
            DENY,
            Layer::Session,
        ),
    ] {
        let decision = case.decide();
        assert_eq!((decision.verdict, decision.by), (verdict, by), "{situation}");
    }
}

#[test]
fn service_control_policies() {
    let full = || vec![allow("*", "*")];
    for (situation, scps, verdict) in [
        ("no organization", vec![], ALLOW),
        ("all levels allow", vec![full(), full()], ALLOW),
        (
            "one level allows something else",
            vec![full(), vec![allow("sqs:*", "*")]],
            NO,
        ),
        ("a level without policies", vec![full(), vec![]], NO),
        (
            "a level with a second policy that allows",
            vec![vec![allow("sqs:*", "*"), allow("s3:*", "*")]],
            ALLOW,
        ),
        (
            "a level denies",
            vec![full(), vec![allow("*", "*"), deny("s3:*", "*")]],
            DENY,
        ),
    ] {
        let case = Case { scps, ..granted() };
        let decision = case.decide();
        assert_eq!(decision.verdict, verdict, "{situation}");
        assert_eq!(
            decision.by,
            if verdict == ALLOW { Layer::Identity } else { Layer::Scp },
            "{situation}"
        );
    }
}

#[test]
fn who_is_exempt_from_organization_policies() {
    let linked = "arn:aws:iam::111122223333:role/aws-service-role/x.amazonaws.com/AWSServiceRoleForX";
    let session = "arn:aws:sts::111122223333:assumed-role/AWSServiceRoleForX/s";
    let root = "arn:aws:iam::111122223333:root";
    for (arn, verdict) in [
        (linked, ALLOW),
        (session, ALLOW),
        (SESSION, DENY),
        (USER, DENY),
        (root, DENY),
    ] {
        let case = Case {
            principal: Principal::new(arn, None),
            scps: vec![vec![deny("*", "*")]],
            ..granted()
        };
        assert_eq!(case.verdict(), verdict, "{arn}");
    }
}

#[test]
fn resource_control_policies_only_take_away() {
    let deny_s3 = || to(json!("*"), "Deny", "s3:*");
    let deny_sqs = || to(json!("*"), "Deny", "sqs:*");
    for (situation, rcps, verdict) in [
        ("none", vec![], ALLOW),
        ("levels without policies", vec![vec![], vec![]], ALLOW),
        ("a Deny of something else", vec![vec![deny_sqs()]], ALLOW),
        ("a Deny", vec![vec![], vec![deny_s3()]], DENY),
    ] {
        assert_eq!(Case { rcps, ..granted() }.verdict(), verdict, "{situation}");
    }
    let service = Case {
        principal: Principal::new("logging.s3.amazonaws.com", None),
        resource_policy: Some(to(json!({ "Service": "logging.s3.amazonaws.com" }), "Allow", "s3:*")),
        rcps: vec![vec![deny_s3()]],
        ..Case::default()
    };
    assert_eq!(service.verdict(), DENY, "a service is not exempt");
}

#[test]
fn a_vpc_endpoint_policy_filters() {
    for (situation, endpoint, verdict) in [
        ("allows", to(json!("*"), "Allow", "s3:*"), ALLOW),
        ("allows something else", to(json!("*"), "Allow", "sqs:*"), NO),
        ("denies", to(json!("*"), "Deny", "s3:*"), DENY),
        (
            "is about another account",
            to(json!({ "AWS": OTHER }), "Allow", "*"),
            NO,
        ),
        ("names nobody", allow("*", "*"), ALLOW),
    ] {
        let case = Case {
            endpoint: vec![endpoint],
            ..granted()
        };
        let by = if verdict == ALLOW {
            Layer::Identity
        } else {
            Layer::Endpoint
        };
        let decision = case.decide();
        assert_eq!((decision.verdict, decision.by), (verdict, by), "{situation}");
    }
}

#[test]
fn a_root_user_needs_no_identity_policy() {
    let root = |case: Case| Case {
        principal: Principal::new("arn:aws:iam::111122223333:root", None),
        ..case
    };
    assert_eq!(root(Case::default()).verdict(), ALLOW);
    assert_eq!(
        root(Case {
            boundary: vec![allow("sqs:*", "*")],
            ..Case::default()
        })
        .verdict(),
        ALLOW
    );
    assert_eq!(
        root(Case {
            scps: vec![vec![]],
            ..Case::default()
        })
        .verdict(),
        NO
    );
    assert_eq!(
        root(Case {
            resource_policy: aws("*", "Deny"),
            ..Case::default()
        })
        .verdict(),
        DENY
    );
}

#[test]
fn statements_say_which() {
    let case = Case {
        identity: vec![
            allow("sqs:*", "*"),
            policy(json!([
                { "Effect": "Allow", "Action": "sqs:*", "Resource": "*" },
                { "Sid": "S3", "Effect": "Allow", "Action": "s3:*", "Resource": "*" }
            ])),
        ],
        scps: vec![vec![allow("*", "*")], vec![allow("*", "*")]],
        ..Case::default()
    };
    let expected = StatementRef {
        layer: Layer::Identity,
        level: None,
        policy: 1,
        statement: 1,
        sid: Some("S3"),
    };
    assert_eq!(case.decide().statements, [expected]);
    let scps = vec![vec![allow("*", "*")], vec![allow("*", "*"), deny("s3:*", "*")]];
    let denied = Case { scps, ..case };
    let expected = StatementRef {
        layer: Layer::Scp,
        level: Some(1),
        policy: 1,
        statement: 0,
        sid: None,
    };
    assert_eq!(denied.decide().statements, [expected]);
}
