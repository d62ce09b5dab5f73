//! Plans the sessions of the workloads.

use crate::estate::{Grant, Use, Workload, workloads};
use crate::plan::{Act, Group, Member, Plan};
use crate::pods::{Pod, agent, job_pod, live_pods, pod_identity_name, session_name};
use crate::rng::Rng;
use crate::session::{Kind, Origin, PodTags, Session, access_key, actual};
use crate::truth::{Class, Mechanism};

/// Seconds of an SDK's web identity session, and of any chained one.
const HOUR: i64 = 3600;
/// Seconds of a Pod Identity session.
const POD_LIFE: i64 = 6 * 3600;

/// Plans about `wanted` sessions, shared among the workloads by weight.
pub(crate) fn plan_workloads(plan: &mut Plan, wanted: u64) -> Vec<Group> {
    let total: u64 = workloads().map(|each| u64::from(each.weight)).sum::<u64>().max(1);
    workloads()
        .enumerate()
        .filter(|(_, workload)| workload.weight > 0)
        .map(|(number, workload)| {
            let count = (wanted * u64::from(workload.weight) / total).max(3);
            let mut crew = Crew {
                workload,
                pods: live_pods(workload, plan.seed, plan.window),
                rng: Rng::nth(plan.seed ^ 0x57AF, number as u64),
                members: Vec::new(),
            };
            for turn in 0..count {
                crew.plan_session(plan, turn);
            }
            Group {
                weight: workload.weight,
                members: crew.members,
                note: None,
            }
        })
        .collect()
}

/// One workload while its sessions are planned.
struct Crew {
    workload: &'static Workload,
    pods: Vec<Pod>,
    rng: Rng,
    members: Vec<Member>,
}

impl Crew {
    fn plan_session(&mut self, plan: &mut Plan, turn: u64) {
        match self.workload.grant {
            Grant::Irsa => self.web_identity(plan, turn),
            Grant::PodIdentity | Grant::PodIdentityUntagged | Grant::PodIdentityTarget(_) => {
                self.pod_identity(plan, turn);
            }
            Grant::Node => self.node(plan),
            Grant::StaticKey(user) => self.static_key(plan, user, turn),
        }
    }

    /// When the `turn`-th session starts. The second session of a workload whose issue is missing starts before
    /// the trail and lives into it; every other one starts and ends inside.
    fn start(&mut self, plan: &mut Plan, turn: u64, life: i64) -> (i64, bool) {
        let missing = self.workload.issue_missing && turn == 1;
        let at = if missing {
            plan.window.from - life / 3
        } else {
            plan.window.moment(&mut self.rng, life)
        };
        (plan.free_second(&self.workload.role.arn(), at), missing)
    }

    fn pod(&mut self, created: i64) -> Option<Pod> {
        if self.workload.job {
            return Some(job_pod(self.workload, created, &mut self.rng));
        }
        let at = usize::try_from(self.rng.below(self.pods.len() as u64)).ok()?;
        self.pods.get(at).cloned()
    }

    fn session(&mut self, kind: Kind, name: String, created: i64, life: i64, origin: Origin) -> Session {
        let cluster = self.workload.cluster;
        // Traffic through the VPC's endpoints shows a private address: the node's, never a pod's.
        let private = self.rng.one_in(3);
        let ip = if private {
            format!("10.20.{}.{}", self.rng.below(4), 10 + self.rng.below(200))
        } else {
            self.rng.word(cluster.egress).to_owned()
        };
        Session {
            kind,
            role: Some(self.workload.role),
            account: self.workload.role.account,
            name,
            key: access_key("ASIA", &mut self.rng),
            created,
            until: created + life,
            region: cluster.account.region,
            ip,
            endpoint: private.then_some(cluster.vpc_endpoint),
            agent: agent(self.workload),
            uses: self.workload.uses,
            origin,
        }
    }

    fn web_identity(&mut self, plan: &mut Plan, turn: u64) {
        let (created, missing) = self.start(plan, turn, HOUR);
        let Some(pod) = self.pod(created) else { return };
        let name = session_name(self.workload.sdk, created, &pod.name, &mut self.rng);
        let mut origin = if missing {
            self.missing_web_identity()
        } else {
            Origin::workload(Mechanism::Irsa, self.workload, Class::Exact).also("irsa")
        };
        if name == pod.name {
            origin = origin.with_pod(&pod.name, Class::Claimed).also("pod_claimed");
        }
        let session = self.session(Kind::Irsa(self.workload), name, created, HOUR, origin);
        let index = plan.add(session);
        if turn % 40 == 2 && !missing {
            plan.delay_last(HOUR * 3);
        }
        self.join(index);
        if turn.is_multiple_of(2) {
            self.chain(plan, index, None);
        }
    }

    /// Without the issue only the role's trust policy can tell, and only when it names one ServiceAccount.
    fn missing_web_identity(&self) -> Origin {
        let trusted = self.workload.role.trust.len();
        if trusted == 1 {
            Origin::workload(Mechanism::Irsa, self.workload, Class::Inferred).also("issue_missing_inferred")
        } else {
            Origin::workload(Mechanism::Irsa, self.workload, Class::None).also("issue_missing_ambiguous")
        }
    }

    fn pod_identity(&mut self, plan: &mut Plan, turn: u64) {
        let (created, missing) = self.start(plan, turn, POD_LIFE);
        let Some(pod) = self.pod(created) else { return };
        let name = pod_identity_name(self.workload.cluster, &pod.name, &mut self.rng);
        let tagged = self.workload.grant != Grant::PodIdentityUntagged;
        let tags = tagged.then(|| PodTags::of(self.workload, &pod.name, &pod.uid));
        let origin = if missing {
            Origin::workload(Mechanism::PodIdentity, self.workload, Class::Inferred).also("issue_missing_inferred")
        } else if tagged {
            let exact = Origin::workload(Mechanism::PodIdentity, self.workload, Class::Exact);
            exact.with_pod(&pod.name, Class::Exact).also("pod_identity")
        } else {
            let inferred = Origin::workload(Mechanism::PodIdentity, self.workload, Class::Inferred);
            inferred.also("pod_identity_untagged")
        };
        let kind = Kind::PodIdentity(self.workload, tags.clone());
        let session = self.session(kind, name, created, POD_LIFE, origin);
        let index = plan.add(session);
        if !missing {
            if turn % 40 == 2 {
                plan.delay_last(HOUR * 4);
            }
            let node = plan.node_session(self.workload.cluster, pod.node, created);
            plan.happens(created, Act::EksAuth(node), Some("eks_auth"));
        }
        if let Grant::PodIdentityTarget(_) = self.workload.grant {
            self.target(plan, index, tags, &pod);
            return;
        }
        self.join(index);
        if turn.is_multiple_of(2) || missing {
            // Only tags tell the pod of a chain whose first issue the trail does not hold.
            let exact = Origin::workload(Mechanism::PodIdentity, self.workload, Class::Exact);
            let exact = exact.with_pod(&pod.name, Class::Exact).also("transitive_tags_alone");
            self.chain_with(plan, index, tags, missing.then_some(exact));
        }
    }

    /// EKS goes on to the association's target role; the pod receives only that role's credentials.
    fn target(&mut self, plan: &mut Plan, parent: usize, incoming: Option<PodTags>, pod: &Pod) {
        let Grant::PodIdentityTarget(role) = self.workload.grant else {
            return;
        };
        let Some(base) = plan.sessions.get(parent).cloned() else {
            return;
        };
        let created = plan.free_second(&role.arn(), base.created + 1);
        let kind = Kind::Hop {
            parent,
            incoming,
            own: None,
            by_eks: true,
        };
        let name = pod_identity_name(self.workload.cluster, &pod.name, &mut self.rng);
        let origin = base.origin.clone().also("target_role");
        let mut session = self.session(kind, name, created, HOUR, origin);
        session.role = Some(role);
        session.account = role.account;
        let index = plan.add(session);
        self.join(index);
    }

    /// The workload's own chain from a session.
    fn chain(&mut self, plan: &mut Plan, parent: usize, incoming: Option<PodTags>) {
        self.chain_with(plan, parent, incoming, None);
    }

    fn chain_with(&mut self, plan: &mut Plan, root: usize, incoming: Option<PodTags>, origin: Option<Origin>) {
        let mut parent = root;
        for (depth, hop) in self.workload.chain.iter().enumerate() {
            let Some(from) = plan.sessions.get(parent).cloned() else {
                return;
            };
            let start = from.created.max(plan.window.from) + 5 + self.rng.span(900);
            let created = plan.free_second(&hop.role.arn(), start);
            let situation = if depth == 0 { "chain" } else { "chain_two_hops" };
            let mut origin = origin.clone().unwrap_or_else(|| from.origin.clone()).also(situation);
            if incoming.is_some() {
                origin = origin.also("transitive_tags");
            }
            let kind = Kind::Hop {
                parent,
                incoming: incoming.clone(),
                own: None,
                by_eks: false,
            };
            let name = format!("{}-{created}", self.workload.account);
            let mut session = self.session(kind, name, created, HOUR, origin);
            session.role = Some(hop.role);
            session.account = hop.role.account;
            session.uses = hop.uses;
            parent = plan.add(session);
            self.members.push(Member {
                session: parent,
                uses: hop.uses,
            });
        }
    }

    /// A pod without credentials of its own finds those of its node.
    fn node(&mut self, plan: &mut Plan) {
        let Some(node) = self.pods.first().map(|pod| pod.node) else {
            return;
        };
        let at = plan.window.moment(&mut self.rng, POD_LIFE);
        let index = plan.node_session(self.workload.cluster, node, at);
        self.join(index);
    }

    fn static_key(&mut self, plan: &mut Plan, user: &'static str, turn: u64) {
        if turn > 0 {
            return;
        }
        let window = plan.window;
        let mut origin = Origin::none(Mechanism::StaticKey, "static_key");
        origin.actual = Some(actual(self.workload));
        let mut session = self.session(
            Kind::StaticKey,
            user.to_owned(),
            window.from,
            window.to - window.from,
            origin,
        );
        session.role = None;
        session.key = access_key("AKIA", &mut self.rng);
        let index = plan.add(session);
        self.join(index);
    }

    fn join(&mut self, session: usize) {
        let uses: &'static [Use] = self.workload.uses;
        self.members.push(Member { session, uses });
    }
}
