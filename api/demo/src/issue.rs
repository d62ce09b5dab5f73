//! The STS records that issue credentials: the only ones that name a ServiceAccount or a pod.

use serde_json::{Value, json};

use crate::calls::{merge, object};
use crate::clock::expiration;
use crate::estate::{Account, Role, SAML_PROVIDER, SSO_PROVIDER, Workload};
use crate::pods::agent;
use crate::record::{Facts, Rendered, Scene, asks};
use crate::rng::ALPHANUMERIC;
use crate::session::{Kind, PodTags, Session, access_key, role_id};
use crate::truth::{Class, EventTruth};

/// Part of every session token in the estate. It must never be found outside the trail files.
pub const TOKEN_MARK: &str = "podtrailDemoSecret";

/// The record, or the two records, of a session's issue.
pub(crate) fn records(scene: &mut Scene, session: &Session) -> Vec<Rendered> {
    let Some(role) = session.role else { return Vec::new() };
    match &session.kind {
        Kind::Irsa(workload) => {
            let issuer = workload.cluster.issuer();
            let subject = format!("system:serviceaccount:{}:{}", workload.namespace, workload.account);
            let provider = workload.cluster.provider_arn();
            vec![web_identity(scene, session, role, &issuer, &provider, &subject)]
        }
        Kind::Oidc(issuer, subject) => {
            let provider = format!("arn:aws:iam::{}:oidc-provider/{issuer}", role.account.id);
            vec![web_identity(scene, session, role, issuer, &provider, subject)]
        }
        Kind::PodIdentity(tags) => vec![pod_identity(scene, session, role, tags.as_ref())],
        Kind::Hop {
            parent,
            incoming,
            own,
            by_eks,
        } => {
            let Some(from) = scene.plan.sessions.get(*parent).cloned() else {
                return Vec::new();
            };
            hop(scene, session, role, &from, (incoming.as_ref(), own.as_ref()), *by_eks)
        }
        Kind::Node(_) | Kind::Instance => vec![by_service(scene, session, role, "ec2.amazonaws.com", 21_600)],
        Kind::Service(service, _) => vec![by_service(
            scene,
            session,
            role,
            &format!("{service}.amazonaws.com"),
            session.until - session.created,
        )],
        Kind::Abroad {
            role: from,
            name,
            incoming,
        } => vec![abroad(scene, session, role, (from, name), incoming)],
        Kind::Linked(service) => vec![by_service(
            scene,
            session,
            role,
            &format!("{service}.amazonaws.com"),
            3600,
        )],
        Kind::Sso => vec![saml(scene, session, role, SSO_PROVIDER)],
        Kind::Saml => vec![saml(scene, session, role, SAML_PROVIDER)],
        Kind::StaticKey => Vec::new(),
    }
}

/// `responseElements` of an issue.
fn issued(scene: &mut Scene, session: &Session, role: &Role, key: &str) -> Value {
    let token = format!(
        "IQoJb3JpZ2luX2Vj{}{TOKEN_MARK}{}==",
        scene.rng.text(ALPHANUMERIC, 180),
        scene.rng.text(ALPHANUMERIC, 180)
    );
    json!({
        "credentials": {"accessKeyId": key, "sessionToken": token, "expiration": expiration(session.until)},
        "assumedRoleUser": {"assumedRoleId": session.principal_id(scene.plan.seed), "arn": role.session_arn(&session.name)},
    })
}

fn role_resource(role: &Role) -> Option<Value> {
    Some(json!([{"accountId": role.account.id, "type": "AWS::IAM::Role", "ARN": role.arn()}]))
}

/// Attributed to whom the credentials are for. The credentials that made the call are not stated.
fn issue_truth(scene: &Scene, session: &Session) -> EventTruth {
    let mut truth = scene.truth(&session.origin, None);
    truth.situations.push("issue".to_owned());
    truth
}

fn request_details(scene: &mut Scene, region: &str) -> Option<Value> {
    (scene.version == "1.11").then(|| {
        json!({"ExtendedRequestId": scene.rng.text(ALPHANUMERIC, 32),
            "RequestDetails": {"endpointType": "regional", "awsServingRegion": region}})
    })
}

fn web_identity(
    scene: &mut Scene,
    session: &Session,
    role: &'static Role,
    issuer: &str,
    provider: &str,
    subject: &str,
) -> Rendered {
    let identity = web_user(provider, subject);
    let mut facts = Facts::sts("AssumeRoleWithWebIdentity", session.region, role.account, identity);
    facts.ip.clone_from(&session.ip);
    facts.agent.clone_from(&session.agent);
    facts.endpoint = session.endpoint.map(|cluster| (cluster, "sts"));
    let home = match session.kind {
        Kind::Irsa(workload) => workload.cluster.account.region,
        _ => session.region,
    };
    let global = home != session.region;
    if global {
        facts.host = Some("sts.amazonaws.com".to_owned());
    }
    facts.parameters = json!({"roleArn": role.arn(), "roleSessionName": session.name});
    if scene.rng.one_in(3) {
        merge(
            &mut facts.parameters,
            json!({"durationSeconds": session.until - session.created}),
        );
    }
    facts.response = issued(scene, session, role, &session.key);
    let answer = json!({"subjectFromWebIdentityToken": subject, "provider": provider, "audience": "sts.amazonaws.com"});
    merge(&mut facts.response, answer);
    facts.resources = role_resource(role);
    let verified = if issuer.starts_with("oidc.eks.") {
        "IAMTrustStore"
    } else {
        "Thumbprint"
    };
    let mut additional = json!({"identityProviderConnectionVerificationMethod": verified});
    if let Some(mut details) = request_details(scene, home) {
        if global && let Some(place) = details.get_mut("RequestDetails") {
            merge(place, json!({"endpointType": "global"}));
        }
        merge(&mut additional, details);
    }
    facts.additional = Some(additional);
    let truth = issue_truth(scene, session);
    scene.rendered(&facts, truth, None)
}

/// `AssumeRole` as the trail of the role's account has it, where the caller is another account's: no key, no ARN.
fn abroad(
    scene: &mut Scene,
    session: &Session,
    role: &'static Role,
    (from, name): (&Role, &str),
    incoming: &PodTags,
) -> Rendered {
    let identity = json!({"type": "AWSAccount", "accountId": from.account.id,
        "principalId": format!("{}:{name}", role_id(from, scene.plan.seed))});
    let mut facts = Facts::sts("AssumeRole", session.region, role.account, identity);
    facts.ip.clone_from(&session.ip);
    facts.agent.clone_from(&session.agent);
    facts.parameters = json!({"roleArn": role.arn(), "roleSessionName": session.name, "durationSeconds": 3600,
        "incomingTransitiveTags": incoming.object()});
    facts.response = issued(scene, session, role, &session.key);
    facts.resources = role_resource(role);
    facts.shared = Some(scene.rng.uuid());
    // Who asks is known by principal only: what is said of this record itself is not stated.
    let mut truth = scene.truth(&session.origin, None);
    truth.situations.push("assume_role".to_owned());
    let truth = EventTruth {
        mechanism: None,
        workload_class: None,
        pod_class: None,
        ..truth
    };
    scene.rendered(&facts, truth, None)
}

/// The identity of a caller with a web identity token: it has no ARN, account or key.
fn web_user(provider: &str, subject: &str) -> Value {
    json!({"type": "WebIdentityUser", "principalId": format!("{provider}:sts.amazonaws.com:{subject}"),
        "userName": subject, "identityProvider": provider})
}

/// A ServiceAccount asks for a role that does not trust it.
pub(crate) fn denied_mint(scene: &mut Scene, workload: &'static Workload) -> Rendered {
    let subject = format!("system:serviceaccount:{}:{}", workload.namespace, workload.account);
    let account: &'static Account = workload.cluster.account;
    let identity = web_user(&workload.cluster.provider_arn(), &subject);
    let mut facts = Facts::sts("AssumeRoleWithWebIdentity", account.region, account, identity);
    let role = format!("arn:aws:iam::{}:role/shop-backoffice", account.id);
    facts.ip = scene.rng.word(workload.cluster.egress).to_owned();
    facts.agent = agent(workload);
    facts.parameters = json!({"roleArn": role, "roleSessionName": format!("{}", scene.moment.at())});
    facts.resources = Some(json!([{"accountId": account.id, "type": "AWS::IAM::Role", "ARN": role}]));
    facts.error = Some(("AccessDenied".to_owned(), "An unknown error occurred".to_owned()));
    let truth = scene.truth(&asks(workload), None);
    scene.rendered(&facts, truth, None)
}

/// `AssumeRole` by `pods.eks.amazonaws.com`.
fn pod_identity(scene: &mut Scene, session: &Session, role: &'static Role, tags: Option<&PodTags>) -> Rendered {
    let mut facts = service_call(session, role, "pods.eks.amazonaws.com");
    facts.parameters = object(vec![
        ("roleArn", Some(json!(role.arn()))),
        ("roleSessionName", Some(json!(session.name))),
        ("durationSeconds", Some(json!(21_600))),
        ("tags", tags.map(PodTags::array)),
        ("transitiveTagKeys", tags.map(PodTags::keys)),
    ]);
    facts.response = issued(scene, session, role, &session.key);
    if tags.is_some() {
        merge(
            &mut facts.response,
            json!({"packedPolicySize": 56 + scene.rng.below(8)}),
        );
    }
    facts.shared = Some(scene.rng.uuid());
    let truth = issue_truth(scene, session);
    scene.rendered(&facts, truth, None)
}

fn service_call(session: &Session, role: &'static Role, service: &str) -> Facts {
    let identity = json!({"type": "AWSService", "invokedBy": service});
    let mut facts = Facts::sts("AssumeRole", session.region, role.account, identity);
    service.clone_into(&mut facts.ip);
    service.clone_into(&mut facts.agent);
    facts.resources = role_resource(role);
    facts.host = None;
    facts
}

/// `AssumeRole` by a service for itself or for an instance.
fn by_service(scene: &mut Scene, session: &Session, role: &'static Role, service: &str, seconds: i64) -> Rendered {
    let mut facts = service_call(session, role, service);
    facts.parameters = json!({"roleArn": role.arn(), "roleSessionName": session.name, "durationSeconds": seconds});
    facts.response = issued(scene, session, role, &session.key);
    facts.shared = Some(scene.rng.uuid());
    let truth = issue_truth(scene, session);
    scene.rendered(&facts, truth, None)
}

/// `AssumeRole` by a session: one record in the caller's account, a second one in the role's if that is another.
fn hop(
    scene: &mut Scene,
    session: &Session,
    role: &'static Role,
    from: &Session,
    (incoming, own): (Option<&PodTags>, Option<&PodTags>),
    by_eks: bool,
) -> Vec<Rendered> {
    let service = by_eks.then_some("pods.eks.amazonaws.com");
    let identity = from.identity(scene.plan.seed, service, false, scene.version);
    let mut facts = Facts::sts("AssumeRole", session.region, from.account, identity);
    facts.ip = service.map_or_else(|| from.ip.clone(), str::to_owned);
    facts.agent = service.map_or_else(|| from.agent.clone(), str::to_owned);
    facts.host = service
        .is_none()
        .then(|| format!("sts.{}.amazonaws.com", session.region));
    facts.parameters = object(vec![
        ("roleArn", Some(json!(role.arn()))),
        ("roleSessionName", Some(json!(session.name))),
        ("durationSeconds", Some(json!(session.until - session.created))),
        ("externalId", by_eks.then(|| json!(external_id(from, scene)))),
        ("tags", own.map(PodTags::array)),
        ("transitiveTagKeys", own.map(PodTags::keys)),
        ("incomingTransitiveTags", incoming.map(PodTags::object)),
    ]);
    facts.response = issued(scene, session, role, &session.key);
    facts.resources = role_resource(role);
    facts.additional = request_details(scene, session.region);
    let abroad = role.account != from.account;
    facts.shared = abroad.then(|| scene.rng.uuid());
    let mut truth = scene.truth(&session.origin, Some(from));
    truth.situations.push("assume_role".to_owned());
    if session.origin.class == Class::Claimed || session.origin.class != from.origin.class {
        // The caller asks and another is issued for, with other evidence: the design does not choose.
        truth = EventTruth {
            mechanism: None,
            workload_class: None,
            pod_class: None,
            ..truth
        };
    }
    let mut records = vec![scene.rendered(&facts, truth.clone(), None)];
    if abroad {
        facts.recipient = role.account;
        facts.identity = from.foreign_identity(scene.plan.seed);
        truth.situations.push("cross_account_twin".to_owned());
        records.push(scene.rendered(
            &facts,
            EventTruth {
                counted: false,
                ..truth
            },
            None,
        ));
    }
    records
}

/// The external id that EKS generates for an association with a target role.
fn external_id(from: &Session, scene: &Scene) -> String {
    let region = from.account.region;
    format!(
        "{region}/{}/{}",
        from.account.id,
        from.role
            .map_or_else(String::new, |role| role_id(role, scene.plan.seed))
    )
}

fn saml(scene: &mut Scene, session: &Session, role: &'static Role, provider: &str) -> Rendered {
    let account = role.account;
    let arn = format!("arn:aws:iam::{}:saml-provider/{provider}", account.id);
    let identity = json!({"type": "SAMLUser", "principalId": format!("{}:{}", scene.rng.text(ALPHANUMERIC, 28), session.name),
        "userName": session.name, "identityProvider": scene.rng.text(ALPHANUMERIC, 28)});
    let mut facts = Facts::sts("AssumeRoleWithSAML", session.region, account, identity);
    facts.ip.clone_from(&session.ip);
    facts.agent.clone_from(&session.agent);
    facts.parameters = json!({"roleArn": role.arn(), "principalArn": arn, "roleSessionName": session.name,
        "durationSeconds": 3600, "sAMLAssertionID": format!("_{}", scene.rng.uuid())});
    // IAM Identity Center goes on with other keys than those that the log shows.
    let key = match session.kind {
        Kind::Sso => access_key("ASIA", &mut scene.rng),
        _ => session.key.clone(),
    };
    facts.response = issued(scene, session, role, &key);
    let answer = json!({"subjectType": "persistent", "issuer": "https://idp.shopcloud.example/saml", "audience": "https://signin.aws.amazon.com/saml",
        "subject": session.name});
    merge(&mut facts.response, answer);
    facts.resources = role_resource(role);
    let truth = issue_truth(scene, session);
    scene.rendered(&facts, truth, None)
}
