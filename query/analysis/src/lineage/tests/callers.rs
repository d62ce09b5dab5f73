//! Callers: what tells them apart, and their key.

use super::*;

const STS: Option<&str> = Some("sts.amazonaws.com");
const ASSUME: Option<&str> = Some("AssumeRole");

/// Every column filled.
fn full(identity_type: &str) -> Caller {
    Caller {
        identity_type: text(identity_type),
        principal_id: text("p"),
        identity_arn: text("a"),
        identity_account_id: text("1"),
        access_key_id: None,
        user_name: text("u"),
        invoked_by: text("i"),
        issuer_arn: text("ia"),
        issuer_id: text("ii"),
        session_name: text("s"),
        session_created: at(0),
        federated_provider: text("f"),
        ec2_role_delivery: text("2.0"),
        shared_event_id: text("shared"),
        issued_access_key_id: text("ASIA1"),
        requested_role_arn: text("role"),
        recipient_account_id: text("2"),
        node_agent: None,
    }
}

/// Which of the four columns that are kept only sometimes remain: shared event, issued key, requested role, recipient.
fn kept(caller: &Caller, source: Option<&str>, name: Option<&str>) -> [bool; 4] {
    let reduced = caller.reduced(source, name);
    [
        &reduced.shared_event_id,
        &reduced.issued_access_key_id,
        &reduced.requested_role_arn,
        &reduced.recipient_account_id,
    ]
    .map(Option::is_some)
}

#[test]
fn columns_are_kept_only_where_they_say_something() {
    let homeless = |kind: &str| Caller {
        identity_account_id: None,
        ..full(kind)
    };
    let keyed = Caller {
        access_key_id: text("ASIA9"),
        ..full("Unknown")
    };
    for (situation, caller, name, expected) in [
        (
            "a session's issue",
            full("AssumedRole"),
            ASSUME,
            [false, false, false, false],
        ),
        ("a user's issue", full("IAMUser"), ASSUME, [false, false, false, false]),
        (
            "an issue with a key of an unknown kind",
            keyed,
            ASSUME,
            [false, false, false, false],
        ),
        (
            "an exchange of a token",
            homeless("WebIdentityUser"),
            Some("AssumeRoleWithWebIdentity"),
            [false, true, true, true],
        ),
        (
            "a service's issue",
            homeless("AWSService"),
            ASSUME,
            [false, true, true, true],
        ),
        (
            "an issue seen from the other account",
            full("AWSAccount"),
            ASSUME,
            [true, true, true, false],
        ),
        (
            "a call seen from the other account",
            full("AWSAccount"),
            Some("GetObject"),
            [true, false, false, false],
        ),
        (
            "a service's call",
            homeless("AWSService"),
            Some("GenerateDataKey"),
            [false, false, false, true],
        ),
    ] {
        assert_eq!(kept(&caller, STS, name), expected, "{situation}");
        let once = caller.reduced(STS, name);
        assert_eq!(once.reduced(STS, name), once, "{situation}: reducing twice");
    }
    assert_eq!(
        kept(&full("AWSAccount"), Some("other.amazonaws.com"), ASSUME),
        [true, false, false, false],
        "not of STS"
    );
}

#[test]
fn empty_texts_are_unknown() {
    let empty = Caller {
        identity_arn: text(""),
        access_key_id: text(""),
        identity_account_id: text(""),
        ..full("IAMUser")
    };
    let reduced = empty.reduced(None, None);
    assert_eq!(
        (
            &reduced.identity_arn,
            &reduced.access_key_id,
            &reduced.identity_account_id
        ),
        (&None, &None, &None)
    );
    assert_eq!(reduced.recipient_account_id, text("2"));
}

#[test]
fn the_agent_is_kept_for_credentials_of_instances() {
    let agent = |caller: Caller| Caller {
        node_agent: text(agents::KUBELET),
        ..caller
    };
    let managed = Caller {
        principal_id: text("1:aws:ec2-instance:i-07574d724fb843fda"),
        session_name: None,
        ..session("ASIA1", "r", "", 0)
    };
    let delivered = Caller {
        ec2_role_delivery: text("2.0"),
        ..session("ASIA1", "r", "x", 0)
    };
    for (situation, caller, kept) in [
        (
            "named after the instance",
            session("ASIA1", "r", "i-07574d724fb843fda", 0),
            true,
        ),
        ("default host management", managed, true),
        ("delivered by IMDS", delivered, true),
        ("a pod's", token_session("ASIA1", "r", "n", 0), false),
        (
            "a token exchanged for a session named like one",
            token_session("ASIA1", "r", "i-07574d724fb843fda", 0),
            false,
        ),
        ("a user's", user("AKIA1"), false),
        ("a service's", service("ec2.amazonaws.com"), false),
    ] {
        let with = agent(caller.clone());
        assert_eq!(with.reduced(STS, ASSUME).node_agent.is_some(), kept, "{situation}");
        let same = caller_key_of_event(with.as_ref(), STS, ASSUME) == caller_key_of_event(caller.as_ref(), STS, ASSUME);
        assert_eq!(same, !kept, "{situation}");
    }
}

#[test]
fn keys_are_stable() {
    // Bookmarks and derived tables hold them: a change here is a change of format.
    assert_eq!(caller_key(&Caller::default()), "e9175db65a9789096ca9cb5524d3abc2");
    assert_eq!(caller_key(&full("IAMUser")), "d4ad94fdc4a7662db62d55354aa7d7b9");
}

#[test]
fn the_key_of_an_event_is_that_of_its_reduced_caller() {
    for kind in ["AssumedRole", "AWSAccount", "WebIdentityUser"] {
        let caller = full(kind);
        assert_eq!(
            caller_key_of_event(caller.as_ref(), STS, ASSUME),
            caller_key(&caller.reduced(STS, ASSUME))
        );
    }
}

#[test]
fn callers_that_differ_in_one_column_have_different_keys() {
    let base = full("AWSAccount");
    let mut keys = vec![caller_key(&base)];
    let fields: [fn(&mut Caller) -> &mut Option<String>; 17] = [
        |c| &mut c.identity_type,
        |c| &mut c.principal_id,
        |c| &mut c.identity_arn,
        |c| &mut c.identity_account_id,
        |c| &mut c.access_key_id,
        |c| &mut c.user_name,
        |c| &mut c.invoked_by,
        |c| &mut c.issuer_arn,
        |c| &mut c.issuer_id,
        |c| &mut c.session_name,
        |c| &mut c.federated_provider,
        |c| &mut c.ec2_role_delivery,
        |c| &mut c.shared_event_id,
        |c| &mut c.issued_access_key_id,
        |c| &mut c.requested_role_arn,
        |c| &mut c.recipient_account_id,
        |c| &mut c.node_agent,
    ];
    for field in fields {
        for value in [None, text(""), text("other")] {
            let mut caller = base.clone();
            *field(&mut caller) = value;
            if caller != base {
                keys.push(caller_key(&caller));
            }
        }
    }
    for created in [None, at(1)] {
        keys.push(caller_key(&Caller {
            session_created: created,
            ..base.clone()
        }));
    }
    // Moving a letter from one column to the next is a difference too.
    keys.push(caller_key(&Caller {
        principal_id: text("pa"),
        identity_arn: text(""),
        ..base
    }));
    let distinct: std::collections::BTreeSet<_> = keys.iter().collect();
    assert_eq!(distinct.len(), keys.len());
    assert!(
        keys.iter()
            .all(|key| key.len() == 32 && key.bytes().all(|b| b.is_ascii_hexdigit()))
    );
}
