//! Situations of explanations.

use std::collections::BTreeSet;

use super::*;
use crate::answer::PartyKind;
use crate::lineage::method;
use crate::usage::Outcome;

fn time(text: &str) -> Timestamp {
    Timestamp::parse(text).unwrap()
}

fn arn(role: &str) -> String {
    format!("arn:aws:iam::111122223333:role/{role}")
}

fn session(id: &str, role: Option<&str>, issue: Option<&str>) -> SessionRow {
    SessionRow {
        session_id: id.into(),
        role_arn: role.map(arn),
        session_name: Some("run-1".into()),
        issued_at: Some(time("2026-10-01T09:00:00Z")),
        expires_at: None,
        mechanism: Mechanism::Irsa,
        cluster: Some("shop-prod".into()),
        cluster_arn: None,
        namespace: Some("shop".into()),
        service_account: Some("cart".into()),
        pod: None,
        workload_class: Class::Exact,
        pod_class: Class::None,
        pod_method: None,
        parent_session_id: None,
        chain: role.map(arn).into_iter().collect(),
        issue_event_id: issue.map(str::to_owned),
        method: method::ACCESS_KEY.into(),
        calls: 3,
        denied: 1,
        last_call: None,
    }
}

fn event() -> EventRow {
    EventRow {
        event_id: "call-1".into(),
        event_time: Some(time("2026-10-01T09:05:00Z")),
        recipient_account_id: Some("111122223333".into()),
        aws_region: Some("eu-west-1".into()),
        event_source: Some("s3.amazonaws.com".into()),
        event_name: Some("GetObject".into()),
        outcome: Outcome::Ok,
        actions: vec!["s3:GetObject".into()],
        resources: vec!["arn:aws:s3:::carts/a".into()],
        role_arn: Some(arn("reader")),
        session_id: Some("ASIA1".into()),
        mechanism: Mechanism::Irsa,
        cluster: Some("shop-prod".into()),
        cluster_arn: None,
        namespace: Some("shop".into()),
        service_account: Some("cart".into()),
        pod: None,
        workload_class: Class::Exact,
        pod_class: Class::None,
        pod_method: None,
        method: method::ACCESS_KEY.into(),
        evidence_event_id: Some("issue-1".into()),
        counted: true,
        error_code: None,
    }
}

fn workload() -> WorkloadRef {
    WorkloadRef {
        id: "shop-prod/shop/cart".into(),
        cluster: Some("shop-prod".into()),
        cluster_arn: None,
        namespace: "shop".into(),
        service_account: "cart".into(),
    }
}

/// Issues of the ids, web identities first.
fn setting(issues: &[&str]) -> Setting {
    let names = ["sts:AssumeRoleWithWebIdentity", "sts:AssumeRole", "sts:AssumeRole"];
    Setting {
        inventory: true,
        issues: issues
            .iter()
            .zip(names)
            .map(|(id, action)| {
                let issue = Issue {
                    at: Some(time("2026-10-01T09:00:00Z")),
                    action: action.into(),
                };
                ((*id).to_owned(), issue)
            })
            .collect(),
        coverage: CoverageSummary::default(),
    }
}

fn of<'a>(event: &'a EventRow, chain: &'a [String], sessions: &'a [SessionRow]) -> OfEvent<'a> {
    OfEvent {
        event,
        workload: Some(workload()),
        pod_uid: None,
        chain,
        sessions,
        issued: None,
        names: CallerNames::default(),
    }
}

/// Each arrow as `from -action-> to`, with its evidence.
fn arrows(steps: &[Step]) -> Vec<String> {
    let arrow = |step: &Step| {
        let evidence = step.evidence_event_id.as_deref().unwrap_or("-");
        format!("{} -{}-> {} [{evidence}]", step.from.label, step.action, step.to.label)
    };
    steps.iter().map(arrow).collect()
}

#[test]
fn a_call_is_led_back_step_by_step() {
    let (event, chain) = (event(), [arn("reader")]);
    let sessions = [session("ASIA1", Some("reader"), Some("issue-1"))];
    let told = of_event(of(&event, &chain, &sessions), setting(&["issue-1"]));
    assert_eq!(
        arrows(&told.steps),
        [
            "shop/cart -sts:AssumeRoleWithWebIdentity-> reader [issue-1]",
            "reader -s3:GetObject-> s3.amazonaws.com [call-1]"
        ]
    );
    assert_eq!(told.subject.title, "s3:GetObject at 2026-10-01T09:05:00Z");
    assert_eq!(told.steps[0].to.id.as_deref(), Some("ASIA1"));
    assert!(
        told.text[0].contains("ServiceAccount shop/cart of the cluster shop-prod"),
        "{:?}",
        told.text
    );
    assert_eq!(
        told.why_not_stronger.len(),
        1,
        "the pod alone is not exact: {:?}",
        told.why_not_stronger
    );
}

#[test]
fn every_hop_has_its_own_arrow_and_evidence() {
    let (event, chain) = (event(), [arn("base"), arn("reader")]);
    let sessions = [
        session("ASIA0", Some("base"), Some("issue-0")),
        session("ASIA1", Some("reader"), Some("issue-1")),
    ];
    let told = of_event(of(&event, &chain, &sessions), setting(&["issue-0", "issue-1"]));
    assert_eq!(
        arrows(&told.steps),
        [
            "shop/cart -sts:AssumeRoleWithWebIdentity-> base [issue-0]",
            "base -sts:AssumeRole-> reader [issue-1]",
            "reader -s3:GetObject-> s3.amazonaws.com [call-1]"
        ]
    );
}

#[test]
fn roles_before_the_first_known_session_are_told_without_evidence() {
    let (event, chain) = (event(), [arn("base"), arn("reader")]);
    let sessions = [session("ASIA1", Some("reader"), Some("issue-1"))];
    let told = of_event(of(&event, &chain, &sessions), setting(&["issue-1"]));
    assert_eq!(told.steps[0].to.kind, PartyKind::Role);
    assert_eq!(
        arrows(&told.steps)[..2],
        [
            "shop/cart -issue not in the lake-> base [-]",
            "base -sts:AssumeRoleWithWebIdentity-> reader [issue-1]"
        ]
    );
}

#[test]
fn credentials_whose_issue_is_not_there_say_so() {
    let event = EventRow {
        workload_class: Class::Inferred,
        method: method::ROLE_TRUST.into(),
        evidence_event_id: None,
        ..event()
    };
    let sessions = [session("ASIA1", Some("reader"), None)];
    let chain = [arn("reader")];
    let told = of_event(of(&event, &chain, &sessions), setting(&[]));
    assert_eq!(arrows(&told.steps)[0], "shop/cart -issue not in the lake-> reader [-]");
    assert!(told.why_not_stronger[0].contains("trust policy admits this ServiceAccount alone"));
    assert!(told.text[1].starts_with("This is inferred, not proved"));
}

#[test]
fn a_pod_stands_before_its_service_account_with_a_class_of_its_own() {
    let event = EventRow {
        pod: Some("cart-7f9".into()),
        pod_class: Class::Claimed,
        ..event()
    };
    let (chain, sessions) = ([arn("reader")], [session("ASIA1", Some("reader"), Some("issue-1"))]);
    let told = of_event(of(&event, &chain, &sessions), setting(&["issue-1"]));
    let pod = &told.steps[0];
    assert_eq!(
        (pod.from.kind, pod.action.as_str(), pod.class),
        (PartyKind::Pod, "runs as", Class::Claimed)
    );
    assert_eq!(told.steps[1].class, Class::Exact);
    assert!(told.why_not_stronger[0].contains("whoever holds the token chooses that name"));
}

#[test]
fn an_issue_leads_to_the_credentials_that_it_gave() {
    let event = EventRow {
        event_source: Some("sts.amazonaws.com".into()),
        event_name: Some("AssumeRoleWithWebIdentity".into()),
        session_id: None,
        method: method::ISSUED_CREDENTIALS.into(),
        resources: Vec::new(),
        ..event()
    };
    let issued = session("ASIA1", Some("reader"), Some("call-1"));
    let chain = [arn("reader")];
    let of = OfEvent {
        issued: Some(&issued),
        ..of(&event, &chain, &[])
    };
    let told = of_event(of, setting(&[]));
    assert_eq!(
        arrows(&told.steps),
        ["shop/cart -sts:AssumeRoleWithWebIdentity-> reader [call-1]"]
    );
    assert_eq!(told.steps[0].to.kind, PartyKind::Session);
    let refused = EventRow {
        outcome: Outcome::Denied,
        ..event
    };
    let told = of_event(super::tests::of(&refused, &chain, &[]), setting(&[]));
    assert_eq!(
        arrows(&told.steps),
        ["shop/cart -sts:AssumeRoleWithWebIdentity-> sts.amazonaws.com [call-1]"],
        "a refusal gives no role"
    );
}

#[test]
fn who_stands_at_a_root_that_is_no_service_account() {
    let names = CallerNames {
        arn: Some("arn:aws:iam::111122223333:user/alice".into()),
        invoked_by: Some("lambda.amazonaws.com".into()),
        ..CallerNames::default()
    };
    let cases = [
        (
            Mechanism::NodeRole,
            method::INSTANCE,
            Some("node"),
            PartyKind::Node,
            "run-1",
        ),
        (Mechanism::StaticKey, method::USER_KEY, None, PartyKind::User, "alice"),
        (
            Mechanism::Other,
            method::LAMBDA,
            Some("fn"),
            PartyKind::Service,
            "lambda.amazonaws.com",
        ),
        (
            Mechanism::Other,
            method::NO_ISSUE,
            Some("r"),
            PartyKind::Unknown,
            "unknown",
        ),
    ];
    for (mechanism, method, role, kind, label) in cases {
        let event = EventRow {
            mechanism,
            method: method.into(),
            namespace: None,
            service_account: None,
            workload_class: Class::None,
            evidence_event_id: None,
            ..event()
        };
        let sessions = [session("ASIA1", role, None)];
        let chain: Vec<String> = role.map(arn).into_iter().collect();
        let of = OfEvent {
            workload: None,
            names: names.clone(),
            ..of(&event, &chain, &sessions)
        };
        let told = of_event(of, setting(&[]));
        let root = &told.steps[0].from;
        assert_eq!((root.kind, root.label.as_str()), (kind, label), "{method}");
        assert!(told.text[0].contains(method), "{method}: {:?}", told.text);
        assert_eq!(told.steps.len(), chain.len() + 1, "{method}: a user's key is no step");
    }
}

#[test]
fn a_pod_that_used_its_nodes_role_is_led_over_the_node() {
    let event = EventRow {
        mechanism: Mechanism::NodeRole,
        method: method::NODE_ONLY_POD.into(),
        workload_class: Class::Inferred,
        ..event()
    };
    let node = SessionRow {
        session_name: Some("i-0123456789abcdef0".into()),
        ..session("ASIA1", Some("node"), Some("issue-1"))
    };
    let (chain, sessions) = ([arn("node")], [node]);
    let told = of_event(of(&event, &chain, &sessions), setting(&["issue-1"]));
    assert_eq!(
        arrows(&told.steps)[..2],
        [
            "shop/cart -runs on-> i-0123456789abcdef0 [-]",
            "i-0123456789abcdef0 -sts:AssumeRoleWithWebIdentity-> node [issue-1]"
        ]
    );
}

#[test]
fn calls_are_named_by_service_and_event() {
    let cases = [
        ("s3.amazonaws.com", "s3:GetObject"),
        ("sts.amazonaws.com.cn", "sts:GetObject"),
        ("runtime.sagemaker.amazonaws.com", "runtime.sagemaker:GetObject"),
        ("audit.k8s.io", "audit.k8s.io:GetObject"),
    ];
    for (source, expected) in cases {
        assert_eq!(action(Some(source), Some("GetObject")), expected);
    }
    assert_eq!(action(None, None), "unknown:unknown");
}

#[test]
fn an_inventory_is_missed_only_where_there_is_none_and_it_would_help() {
    let told = |method: &str, class, inventory| {
        let event = EventRow {
            workload_class: class,
            method: method.into(),
            ..event()
        };
        let setting = Setting {
            inventory,
            ..Setting::default()
        };
        let told = of_event(of(&event, &[], &[]), setting);
        told.text.iter().any(|line| line.contains("There is no inventory"))
    };
    assert!(told(method::NO_ISSUE, Class::None, false));
    assert!(!told(method::NO_ISSUE, Class::None, true));
    assert!(
        !told(method::LAMBDA, Class::None, false),
        "nothing that an inventory has would help"
    );
    assert!(!told(method::ACCESS_KEY, Class::Exact, false));
}

#[test]
fn a_session_is_explained_by_itself() {
    let sessions = [session("ASIA1", Some("reader"), Some("issue-1"))];
    let of = OfSession {
        workload: Some(workload()),
        pod_uid: None,
        sessions: &sessions,
    };
    let told = of_session(&of, &setting(&["issue-1"])).unwrap();
    assert_eq!(
        (told.subject.kind, told.subject.id.as_str()),
        (SubjectKind::Session, "ASIA1")
    );
    assert_eq!(arrows(&told.steps).len(), 1);
    assert!(
        told.text
            .iter()
            .any(|line| line.contains("3 calls were made, 1 of them denied"))
    );
    let nothing = OfSession { sessions: &[], ..of };
    assert!(of_session(&nothing, &setting(&[])).is_none());
}

fn row() -> WorkloadRow {
    WorkloadRow {
        id: "shop-prod/shop/cart".into(),
        cluster: "shop-prod".into(),
        cluster_arn: None,
        namespace: "shop".into(),
        service_account: "cart".into(),
        mechanisms: vec![Mechanism::Irsa],
        class: Class::Inferred,
        roles: Vec::new(),
        calls: 9,
        denied: 1,
        pods: 0,
        first_seen: None,
        last_seen: None,
        used: None,
        granted: None,
        unused: None,
        unobservable: None,
        findings: 0,
    }
}

#[test]
fn a_workload_has_a_chain_for_each_way_and_a_reason_for_each_weak_method() {
    let chains = [
        vec![session("ASIA1", Some("reader"), Some("issue-1"))],
        vec![
            session("ASIA2", Some("base"), Some("issue-1")),
            session("ASIA3", Some("writer"), Some("issue-2")),
        ],
    ];
    let methods = |class, method: &str, calls| MethodCalls {
        method: method.into(),
        class,
        calls,
    };
    let of = OfWorkload {
        row: &row(),
        chains: &chains,
        sessions: Vec::new(),
        roles: Vec::new(),
        methods: vec![
            methods(Class::Exact, method::ACCESS_KEY, 7),
            methods(Class::Inferred, method::ROLE_ANNOTATION, 3),
        ],
    };
    let told = of_workload(of, &setting(&["issue-1", "issue-2"]));
    assert_eq!(
        arrows(&told.steps),
        [
            "shop/cart -sts:AssumeRoleWithWebIdentity-> reader [issue-1]",
            "shop/cart -sts:AssumeRoleWithWebIdentity-> base [issue-1]",
            "base -sts:AssumeRole-> writer [issue-2]"
        ]
    );
    assert_eq!(told.why_not_stronger.len(), 1, "{:?}", told.why_not_stronger);
    assert!(told.why_not_stronger[0].starts_with("3 of its calls: "));
    assert!(told.text[0].contains("made 10 calls, 1 of them denied"));
}

/// The phrases as the source of `method` declares them, those of pods apart.
fn declared() -> (BTreeSet<&'static str>, BTreeSet<&'static str>) {
    let source = include_str!("../lineage/method.rs");
    let constants = source.lines().filter_map(|line| {
        let rest = line.strip_prefix("pub const ")?;
        Some((rest.split(':').next()?, rest.split('"').nth(1)?))
    });
    let (pods, others): (Vec<_>, Vec<_>) =
        constants.partition(|(name, _)| name.starts_with("POD_") && !name.starts_with("POD_IDENTITY_"));
    let phrases = |all: Vec<(&str, &'static str)>| all.into_iter().map(|(_, phrase)| phrase).collect();
    (phrases(pods), phrases(others))
}

fn assert_one_sentence(text: &str) {
    assert!(text.ends_with('.') && !text.contains(". "), "one sentence: {text}");
}

/// One that is added to the source must be added to the table.
#[test]
fn every_phrase_has_its_meaning() {
    let (_, declared) = declared();
    assert!(declared.len() >= 38, "{declared:?}");
    let told: BTreeSet<&str> = why::REASONS.iter().map(|reason| reason.phrase).collect();
    assert_eq!(declared, told);
    assert_eq!(told.len(), why::REASONS.len(), "no phrase twice");
    for reason in why::REASONS {
        reason
            .why
            .into_iter()
            .chain(reason.inventory)
            .for_each(assert_one_sentence);
        for class in [Class::Inferred, Class::Claimed, Class::None] {
            assert!(why::workload(reason.phrase, class).is_some(), "{}", reason.phrase);
        }
        assert_eq!(why::workload(reason.phrase, Class::Exact), None);
    }
}

#[test]
fn every_phrase_of_pods_has_its_meaning() {
    let (declared, _) = declared();
    let phrases = why::PODS.iter().map(|(phrase, _)| *phrase);
    let added = why::CONTRADICTIONS.iter().map(|(phrase, _)| *phrase);
    assert_eq!(declared, phrases.chain(added).collect());
    let sentences = why::PODS.iter().filter_map(|(_, why)| *why);
    sentences
        .chain(why::CONTRADICTIONS.iter().map(|(_, what)| *what))
        .for_each(assert_one_sentence);
}

#[test]
fn a_pod_that_is_not_exact_has_its_reason_where_there_is_a_workload() {
    use Mechanism::{Irsa, NodeRole, PodIdentity, StaticKey};
    for mechanism in [Irsa, PodIdentity, NodeRole, StaticKey, Mechanism::Other] {
        assert_eq!(
            why::pod(None, mechanism, Class::Exact, Class::Exact),
            Vec::<&str>::new()
        );
        for class in [Class::Inferred, Class::Claimed, Class::None] {
            let phrases = why::PODS
                .iter()
                .filter(|(_, why)| why.is_some())
                .map(|(phrase, _)| Some(*phrase));
            for phrase in phrases.chain([None]) {
                assert_eq!(
                    why::pod(phrase, mechanism, class, Class::Exact).len(),
                    1,
                    "{phrase:?} {mechanism:?} {class:?}"
                );
            }
        }
    }
    assert!(why::pod(None, StaticKey, Class::None, Class::None).is_empty());
    assert_eq!(why::pod(None, NodeRole, Class::None, Class::None).len(), 1);
}

#[test]
fn evidence_against_a_pod_is_told_even_where_it_is_exact() {
    let contradicted = format!("{}{}", method::POD_TAGS, method::POD_ELSEWHERE);
    let told = why::pod(Some(&contradicted), Mechanism::PodIdentity, Class::Exact, Class::Exact);
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(told[0].contains("another network"), "{told:?}");
    let several = format!("{}{}", method::POD_ONLY, method::POD_OTHERWISE_NAMED);
    let told = why::pod(Some(&several), Mechanism::Irsa, Class::Inferred, Class::Exact);
    assert_eq!(told.len(), 2, "{told:?}");
}
