//! Turns a moment of the plan into records, each with its truth.

use serde_json::{Value, json};

use crate::association;
use crate::calls::{Call, Template, merge, object, template_of};
use crate::clock::iso;
use crate::estate::{Account, Cluster, End, Grant, SHOP_PROD, Use, Workload, told};
use crate::issue;
use crate::odd;
use crate::plan::{Act, Moment, Note, Plan, at};
use crate::pods::{agent, standing_pods};
use crate::rng::Rng;
use crate::session::{Kind, Origin, Session};
use crate::truth::{Class, EventTruth, Mechanism};

/// A record with where it is delivered and what is true of it.
#[derive(Debug)]
pub(crate) struct Rendered {
    pub(crate) recipient: &'static Account,
    pub(crate) region: &'static str,
    pub(crate) record: Value,
    pub(crate) truth: EventTruth,
    /// What a counted call used or was refused: role ARN, action, resource, authorised.
    pub(crate) usage: Option<Usage>,
}

/// One use of one action.
#[derive(Debug)]
pub(crate) struct Usage {
    pub(crate) role_arn: String,
    pub(crate) action: &'static str,
    pub(crate) resource: String,
    pub(crate) authorised: bool,
}

/// What all records of one moment share.
pub(crate) struct Scene<'a> {
    pub(crate) plan: &'a Plan,
    pub(crate) moment: Moment,
    pub(crate) rng: Rng,
    pub(crate) version: &'static str,
}

/// The records of one moment: one, or two for what two accounts see.
pub(crate) fn render(plan: &Plan, moment: Moment) -> Vec<Rendered> {
    let mut rng = Rng::nth(plan.seed ^ 0x5CE4E, u64::from(moment.ordinal));
    let version = rng.word(&["1.08", "1.09", "1.10", "1.11", "1.11"]);
    let mut scene = Scene {
        plan,
        moment,
        rng,
        version,
    };
    match moment.act {
        Act::Issue(session) => at(&plan.sessions, session).map(|found| issue::records(&mut scene, found)),
        Act::EksAuth(node) => at(&plan.sessions, node).map(|found| vec![scene.eks_auth(found)]),
        Act::Call(session, each) => at(&plan.sessions, session).map(|found| scene.call(found, each)),
        Act::DeniedMint(workload) => {
            at(&plan.workloads, workload).map(|found| vec![issue::denied_mint(&mut scene, found)])
        }
        Act::Service(kind) => Some(vec![odd::service_event(&mut scene, kind)]),
        Act::Association(change) => {
            at(&plan.changes, change).map(|found| vec![association::record(&mut scene, *found)])
        }
        Act::Odd(kind) => odd::oddity(&mut scene, kind).map(|found| vec![found]),
    }
    .unwrap_or_default()
}

/// An address outside every cluster's egress.
pub(crate) const ELSEWHERE: &str = "192.0.2.200";

/// What differs between records; the rest every record has.
pub(crate) struct Facts {
    pub(crate) source: &'static str,
    pub(crate) event: &'static str,
    pub(crate) region: &'static str,
    pub(crate) recipient: &'static Account,
    pub(crate) identity: Value,
    pub(crate) ip: String,
    pub(crate) agent: String,
    pub(crate) read_only: bool,
    pub(crate) data: bool,
    pub(crate) parameters: Value,
    pub(crate) response: Value,
    pub(crate) resources: Option<Value>,
    pub(crate) additional: Option<Value>,
    pub(crate) error: Option<(String, String)>,
    /// The cluster through whose VPC endpoint for this service the call went.
    pub(crate) endpoint: Option<(&'static Cluster, &'static str)>,
    pub(crate) shared: Option<String>,
    pub(crate) host: Option<String>,
}

impl Facts {
    /// A management call to STS.
    pub(crate) fn sts(event: &'static str, region: &'static str, recipient: &'static Account, identity: Value) -> Self {
        Facts {
            source: "sts",
            event,
            region,
            recipient,
            identity,
            ip: String::new(),
            agent: String::new(),
            read_only: true,
            data: false,
            parameters: Value::Null,
            response: Value::Null,
            resources: None,
            additional: None,
            error: None,
            endpoint: None,
            shared: None,
            host: Some(format!("sts.{region}.amazonaws.com")),
        }
    }
}

impl Scene<'_> {
    /// A whole record.
    pub(crate) fn record(&mut self, facts: &Facts) -> Value {
        let category = if facts.data { "Data" } else { "Management" };
        let tls = facts.host.as_ref().map(|host| {
            let mut tls = json!({"tlsVersion": "TLSv1.3", "cipherSuite": "TLS_AES_128_GCM_SHA256",
                "clientProvidedHostHeader": host});
            if self.version == "1.11" {
                merge(&mut tls, json!({"keyExchange": "X25519MLKEM768"}));
            }
            tls
        });
        let endpoint_account = facts
            .endpoint
            .filter(|_| self.version != "1.08")
            .map(|(cluster, _)| json!(cluster.account.id));
        let error = facts.error.as_ref();
        object(vec![
            ("eventVersion", Some(json!(self.version))),
            ("userIdentity", Some(facts.identity.clone())),
            ("eventTime", Some(json!(iso(self.moment.at())))),
            ("eventSource", Some(json!(format!("{}.amazonaws.com", facts.source)))),
            ("eventName", Some(json!(facts.event))),
            ("awsRegion", Some(json!(facts.region))),
            ("sourceIPAddress", Some(json!(facts.ip))),
            ("userAgent", Some(json!(facts.agent))),
            ("errorCode", error.map(|(code, _)| json!(code))),
            ("errorMessage", error.map(|(_, message)| json!(message))),
            ("requestParameters", Some(facts.parameters.clone())),
            ("responseElements", Some(facts.response.clone())),
            ("additionalEventData", facts.additional.clone()),
            ("requestID", Some(json!(self.rng.uuid()))),
            ("eventID", Some(json!(self.rng.uuid()))),
            ("readOnly", Some(json!(facts.read_only))),
            ("resources", facts.resources.clone()),
            ("eventType", Some(json!("AwsApiCall"))),
            ("managementEvent", Some(json!(!facts.data))),
            ("recipientAccountId", Some(json!(facts.recipient.id))),
            ("sharedEventID", facts.shared.as_ref().map(|id| json!(id))),
            (
                "vpcEndpointId",
                facts
                    .endpoint
                    .map(|(cluster, service)| json!(cluster.endpoint_of(service))),
            ),
            ("vpcEndpointAccountId", endpoint_account),
            ("eventCategory", Some(json!(category))),
            ("tlsDetails", tls),
        ])
    }

    /// A record with its truth.
    pub(crate) fn rendered(&mut self, facts: &Facts, truth: EventTruth, usage: Option<Usage>) -> Rendered {
        let record = self.record(facts);
        let truth = EventTruth {
            event_id: text(&record, "eventID"),
            ..truth
        };
        let truth = EventTruth {
            recipient_account_id: Some(facts.recipient.id.to_owned()),
            ..truth
        };
        Rendered {
            recipient: facts.recipient,
            region: facts.region,
            record,
            truth,
            usage,
        }
    }

    /// What is true of an event of this origin.
    pub(crate) fn truth(&self, origin: &Origin, session: Option<&Session>) -> EventTruth {
        let named = origin.workload;
        let mut situations: Vec<String> = origin.situations.iter().map(|&name| name.to_owned()).collect();
        let note = self.moment.note.map(Note::name);
        let note = note.filter(|note| !origin.situations.contains(note));
        situations.extend(note.map(str::to_owned));
        EventTruth {
            event_id: None,
            recipient_account_id: None,
            mechanism: origin.mechanism,
            cluster: named.map(|workload| workload.cluster.known().0.to_owned()),
            cluster_arn: named.and_then(|workload| workload.cluster.known().1),
            namespace: named.map(|workload| workload.namespace.to_owned()),
            service_account: named.map(|workload| workload.account.to_owned()),
            pod: origin.pod.clone(),
            workload_class: Some(origin.class),
            pod_class: Some(origin.pod_class),
            session_id: session.map(|session| session.key.clone()),
            counted: true,
            actual: origin.actual.clone(),
            variant: origin.variant.to_owned(),
            situations,
        }
    }

    /// The agent of a node asks for a pod's credentials; or somebody with a pod's token does, on the command line.
    fn eks_auth(&mut self, node: &Session) -> Rendered {
        let cluster = match node.kind {
            Kind::Node(cluster) => cluster,
            _ => &SHOP_PROD,
        };
        let mut facts = Facts::sts(
            "AssumeRoleForPodIdentity",
            cluster.account.region,
            cluster.account,
            node.identity(self.plan.seed, None, false, self.version),
        );
        facts.source = "eks-auth";
        facts.ip.clone_from(&node.ip);
        facts.agent = if self.moment.note == Some(Note::CliPodIdentity) {
            "aws-cli/2.31.20 ua/2.1 os/linux#6.1.155 lang/python#3.13.7 md/command#eks-auth.assume-role-for-pod-identity"
                .to_owned()
        } else {
            "aws-sdk-go-v2/1.39.4 ua/2.1 os/linux lang/go#1.25.3 md/GOOS#linux api/eksauth#1.11.2".to_owned()
        };
        facts.parameters = json!({"clusterName": cluster.name, "token": "HIDDEN_DUE_TO_SECURITY_REASONS"});
        facts.host = Some(format!("eks-auth.{}.api.aws", cluster.account.region));
        let truth = self.truth(&node.origin, Some(node));
        self.rendered(&facts, truth, None)
    }

    /// A call by a session; two records when the resource is another account's.
    fn call(&mut self, session: &Session, each: &Use) -> Vec<Rendered> {
        let Some(template) = template_of(each.op) else {
            return Vec::new();
        };
        let call = template.call(each.target, session.account, &mut self.rng);
        let linked = match session.kind {
            Kind::Linked(service) => Some(format!("{service}.amazonaws.com")),
            _ => None,
        };
        let service = call.invoked_by.clone().or(linked);
        // Secrets Manager passes the caller's key on; other services leave it out.
        let keyless = service
            .as_deref()
            .is_some_and(|service| service != "secretsmanager.amazonaws.com");
        let elsewhere = self.moment.note == Some(Note::Elsewhere);
        let identity = session.identity(self.plan.seed, service.as_deref(), keyless, self.version);
        let region = if template.source == "s3" {
            call.owner.region
        } else {
            session.account.region
        };
        let foreign = call.owner != session.account && each.end.authorised();
        let guest = guest_of(session, each);
        let client = guest.map_or_else(|| session.agent.clone(), agent);
        let wrapped = if template.source == "s3" {
            format!("[{client}]")
        } else {
            client
        };
        let facts = Facts {
            source: template.source,
            event: template.event,
            region,
            recipient: session.account,
            identity,
            ip: service.clone().unwrap_or_else(|| {
                if elsewhere {
                    ELSEWHERE.to_owned()
                } else {
                    session.ip.clone()
                }
            }),
            agent: service.clone().unwrap_or(wrapped),
            read_only: template.read_only,
            data: call.data,
            parameters: parameters_left(each.end, &call),
            response: if each.end == End::Ok {
                call.response.clone()
            } else {
                Value::Null
            },
            resources: if each.end.authorised() {
                call.resources.clone()
            } else {
                None
            },
            additional: call.additional.clone(),
            error: error_of(each.end, template, &call, session, self),
            endpoint: session
                .endpoint
                .filter(|_| service.is_none() && !elsewhere)
                .map(|cluster| (cluster, template.source)),
            shared: foreign.then(|| self.rng.uuid()),
            host: service.is_none().then(|| template.host(region)),
        };
        let origin = guest.map_or_else(|| session.origin.clone(), |guest| self.fallback(guest));
        let mut truth = self.truth(&origin, Some(session));
        truth
            .situations
            .extend(call_situations(each.end, &call, keyless, foreign));
        if call.invoked_by.is_some() && truth.workload_class != Some(Class::None) {
            truth.variant = if keyless { "forwarded_without_key" } else { "forwarded" }.to_owned();
        }
        let usage = usage(&origin, session, template, &call, each.end);
        let twin = foreign.then(|| self.owner_copy(&facts, &call, session, &truth));
        let mut records = vec![self.rendered(&facts, truth, usage)];
        records.extend(twin);
        records
    }

    /// What can be said of a pod that uses its node's role: it is the only one there without a role of its own.
    fn fallback(&self, guest: &'static Workload) -> Origin {
        let pods = standing_pods(guest, self.plan.seed, self.plan.window);
        let name = pods.first().map(|pod| pod.name.as_str()).unwrap_or_default();
        Origin::workload(Mechanism::NodeRole, guest, Class::Inferred)
            .with_pod(name, Class::Inferred)
            .also("node_fallback")
            .variant("node.only_pod_without_role")
    }

    /// The copy in the trail of the account that owns the resource.
    fn owner_copy(&mut self, facts: &Facts, call: &Call, session: &Session, truth: &EventTruth) -> Rendered {
        let copy = Facts {
            recipient: call.owner,
            identity: session.foreign_identity(self.plan.seed),
            ip: facts.ip.clone(),
            agent: facts.agent.clone(),
            parameters: facts.parameters.clone(),
            response: facts.response.clone(),
            resources: facts.resources.clone(),
            additional: facts.additional.clone(),
            error: facts.error.clone(),
            endpoint: None,
            shared: facts.shared.clone(),
            host: facts.host.clone(),
            ..*facts
        };
        let truth = EventTruth {
            counted: false,
            ..truth.clone()
        };
        self.rendered(&copy, truth, None)
    }
}

/// What a call adds to the known use of its role.
fn usage(origin: &Origin, session: &Session, template: &Template, call: &Call, end: End) -> Option<Usage> {
    let known = matches!(origin.class, Class::Exact | Class::Inferred);
    let role = session.role.filter(|_| known && !template.action.is_empty())?;
    Some(Usage {
        role_arn: role.arn(),
        action: template.action,
        resource: call.arn.clone(),
        authorised: end.authorised(),
    })
}

/// The truth of a refused mint: the token in the request names its ServiceAccount.
pub(crate) fn asks(workload: &'static Workload) -> Origin {
    Origin::workload(Mechanism::Irsa, workload, Class::Exact)
}

/// A text field of a record.
pub(crate) fn text(record: &Value, field: &str) -> Option<String> {
    record.get(field).and_then(Value::as_str).map(str::to_owned)
}

/// The pod's workload, when a pod makes this call with its node's credentials.
fn guest_of(session: &Session, each: &Use) -> Option<&'static Workload> {
    let at_node = matches!(session.kind, Kind::Node(_));
    let guests = told().filter(|workload| at_node && matches!(workload.grant, Grant::Node));
    guests
        .into_iter()
        .find(|workload| workload.uses.iter().any(|own| std::ptr::eq(own, each)))
}

fn parameters_left(end: End, call: &Call) -> Value {
    match end {
        End::NotAllowed { parameters: false } => Value::Null,
        _ => call.parameters.clone(),
    }
}

fn call_situations(end: End, call: &Call, keyless: bool, foreign: bool) -> Vec<String> {
    let mut found = Vec::new();
    match end {
        End::Ok => {}
        End::Failed(..) => found.push("passed_error"),
        End::NotAllowed { parameters } => {
            found.push("denied_call");
            if !parameters {
                found.push("denied_without_parameters");
            }
        }
        End::ExplicitDeny => found.extend(["denied_call", "denied_explicitly"]),
        End::Boundary => found.extend(["denied_call", "denied_by_boundary"]),
        End::SessionPolicy => found.extend(["denied_call", "denied_by_session_policy"]),
    }
    if call.invoked_by.is_some() {
        found.push("fas_kms");
    }
    if keyless {
        found.push("keyless");
    }
    if foreign {
        found.push("cross_account_s3");
    }
    found.into_iter().map(str::to_owned).collect()
}

/// Error code and message, in the words that AWS uses for refusals.
fn error_of(
    end: End,
    template: &Template,
    call: &Call,
    session: &Session,
    scene: &mut Scene,
) -> Option<(String, String)> {
    let reason = match end {
        End::Ok => return None,
        End::Failed(code, message) => return Some((code.to_owned(), message.to_owned())),
        End::NotAllowed { .. } => format!("because no identity-based policy allows the {} action", template.action),
        End::ExplicitDeny => "with an explicit deny in an identity-based policy".to_owned(),
        End::Boundary => format!("because no permissions boundary allows the {} action", template.action),
        End::SessionPolicy => format!("because no session policy allows the {} action", template.action),
    };
    let quote = if template.source == "s3" { "\"" } else { "" };
    let refusal = format!(
        "User: {} is not authorized to perform: {} on resource: {quote}{}{quote} {reason}",
        session.arn(),
        template.action,
        call.arn
    );
    Some(match template.source {
        "ec2" => {
            let blob = scene.rng.text(crate::rng::ALPHANUMERIC, 120);
            let message = format!(
                "You are not authorized to perform this operation. {refusal}. Encoded authorization failure message: {blob}"
            );
            ("Client.UnauthorizedOperation".to_owned(), message)
        }
        "s3" | "sqs" => ("AccessDenied".to_owned(), refusal),
        _ => ("AccessDeniedException".to_owned(), refusal),
    })
}
