//! Plans the sessions of the workloads.

use crate::association;
use crate::clock::{DAY, Window};
use crate::estate::{Grant, Role, Setup, Shows, Use, Workload};
use crate::plan::{Act, Group, Member, Note, Plan, place};
use crate::pods::{Pod, agent, job_pod, pod_identity_name, run_pod, session_name, standing_pods};
use crate::record::ELSEWHERE;
use crate::rng::Rng;
use crate::session::{Kind, Origin, PodTags, Session, access_key, actual};
use crate::truth::{Class, Mechanism};

/// Seconds of an SDK's web identity session, and of any chained one.
const HOUR: i64 = 3600;
/// Seconds of a Pod Identity session.
const POD_LIFE: i64 = 6 * 3600;

/// Plans about `wanted` sessions, shared among the workloads by weight.
pub(crate) fn plan_workloads(plan: &mut Plan, wanted: u64) -> Vec<Group> {
    let workloads = plan.workloads.clone();
    let total: u64 = workloads.iter().map(|each| u64::from(each.weight)).sum::<u64>().max(1);
    (workloads.into_iter())
        .enumerate()
        .filter(|(_, workload)| workload.weight > 0)
        .map(|(number, workload)| {
            let count = (wanted * u64::from(workload.weight) / total).max(3);
            let mut crew = Crew {
                workload,
                pods: standing_pods(workload, plan.seed, plan.window),
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
            Grant::PodIdentity
            | Grant::PodIdentityUntagged
            | Grant::PodIdentityPolicy(_)
            | Grant::PodIdentityTarget(_) => self.pod_identity(plan, turn),
            Grant::Node => self.node(plan),
            Grant::StaticKey(user) => self.static_key(plan, user, turn),
        }
    }

    /// When the `turn`-th session starts. The second session of a workload whose issue is missing starts before
    /// the trail and lives into it; every other one starts and ends inside.
    fn start(&mut self, plan: &mut Plan, turn: u64, life: i64) -> Option<(i64, bool)> {
        let missing = self.workload.issue_missing && turn == 1;
        let window = plan.window.days(self.workload.days);
        let at = if missing {
            plan.window.from - life / 3
        } else if self.workload.shows == Shows::Tokens {
            runs(self.workload, plan.window).nth(usize::try_from(turn).ok()?)?
        } else {
            window.moment(&mut self.rng, life)
        };
        Some((plan.free_second(&self.workload.role.arn(), at), missing))
    }

    /// The role that the association gave at that time.
    fn role_at(&self, plan: &Plan, at: i64) -> &'static Role {
        match self.workload.setup {
            Setup::RoleChanged(before) if at < association::changed_at(plan.window) => before,
            _ => self.workload.role,
        }
    }

    fn pod(&mut self, plan: &Plan, created: i64) -> Option<Pod> {
        if self.workload.shows == Shows::Tokens {
            return Some(run_pod(self.workload, plan.seed, created));
        }
        if self.workload.job {
            return Some(job_pod(self.workload, created, &mut self.rng));
        }
        let at = usize::try_from(self.rng.below(self.pods.len() as u64)).ok()?;
        self.pods.get(at).cloned()
    }

    fn session(&mut self, kind: Kind, name: String, created: i64, life: i64, origin: Origin) -> Session {
        let cluster = self.workload.cluster;
        // Traffic through the VPC's endpoints shows a private address: that of a proxy, unless the pod has its own.
        let private = self.rng.one_in(3) && !cluster.vpc_endpoint.is_empty();
        let ip = if private {
            format!("10.{}.240.{}", cluster.net, 10 + self.rng.below(200))
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
            region: match self.workload.setup {
                Setup::GlobalSts => "us-east-1",
                _ => cluster.account.region,
            },
            ip,
            endpoint: private.then_some(cluster),
            agent: agent(self.workload),
            uses: self.workload.uses,
            origin,
        }
    }

    fn web_identity(&mut self, plan: &mut Plan, turn: u64) {
        let Some((created, missing)) = self.start(plan, turn, HOUR) else {
            return;
        };
        let Some(pod) = self.pod(plan, created) else { return };
        let name = session_name(self.workload.sdk, created, &pod.name, &mut self.rng);
        let mut origin = if missing {
            self.missing_web_identity()
        } else {
            Origin::workload(Mechanism::Irsa, self.workload, Class::Exact).also("irsa")
        };
        if name == pod.name {
            origin = origin.with_pod(&pod.name, Class::Claimed).also("pod_claimed");
        }
        if self.workload.shows != Shows::Nothing {
            origin = origin.with_pod(&pod.name, Class::Inferred).also("pod_inferred");
        }
        let mut session = self.session(Kind::Irsa(self.workload), name, created, HOUR, origin);
        if self.workload.shows == Shows::Address {
            session.ip.clone_from(&pod.ip);
            session.endpoint = Some(self.workload.cluster);
        }
        if self.workload.setup == Setup::Stolen && turn == 1 {
            // The token left its pod: who it names is as certain as ever.
            ELSEWHERE.clone_into(&mut session.ip);
            session.endpoint = None;
            session.origin.situations.push("token_elsewhere");
        }
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
            Origin::workload(Mechanism::Irsa, self.workload, Class::Inferred)
                .also("issue_missing_inferred")
                .variant("irsa.no_issue_one_trusted")
        } else {
            Origin::workload(Mechanism::Irsa, self.workload, Class::None)
                .also("issue_missing_ambiguous")
                .variant("irsa.no_issue_several_trusted")
        }
    }

    fn pod_identity(&mut self, plan: &mut Plan, turn: u64) {
        let Some((created, missing)) = self.start(plan, turn, POD_LIFE) else {
            return;
        };
        let Some(pod) = self.pod(plan, created) else { return };
        let name = pod_identity_name(self.workload.cluster, &pod.name, &mut self.rng);
        let tagged = matches!(self.workload.grant, Grant::PodIdentity | Grant::PodIdentityTarget(_));
        let tags = tagged.then(|| PodTags::of(self.workload, &pod.name, &pod.uid));
        let origin = if missing {
            Origin::workload(Mechanism::PodIdentity, self.workload, Class::Inferred)
                .also("issue_missing_inferred")
                .variant("pod_identity.no_issue")
        } else if tagged {
            let exact = Origin::workload(Mechanism::PodIdentity, self.workload, Class::Exact);
            exact.with_pod(&pod.name, Class::Exact).also("pod_identity")
        } else {
            let inferred = Origin::workload(Mechanism::PodIdentity, self.workload, Class::Inferred);
            inferred.also("pod_identity_untagged")
        };
        let kind = Kind::PodIdentity(tags.clone());
        let mut session = self.session(kind, name, created, POD_LIFE, origin);
        session.role = Some(self.role_at(plan, created));
        let index = plan.add(session);
        if !missing {
            if turn % 40 == 2 {
                plan.delay_last(HOUR * 4);
            }
            let node = plan.node_session(self.workload.cluster, pod.node, created);
            plan.happens(created, Act::EksAuth(place(node)), Some(Note::EksAuth));
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
            let exact = exact.variant("pod_identity.incoming_tags_alone");
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
            let variant = match (hop.role == self.workload.role, depth) {
                (true, _) => "chain.role_assumes_itself",
                (false, 0) => "chain.one_hop",
                (false, _) => "chain.two_hops",
            };
            let mut origin = match origin.clone() {
                Some(origin) => origin,
                None => from.origin.clone().variant(variant),
            }
            .also(situation);
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

/// When a job that runs once a day starts: at night, on each of its days.
pub(crate) fn runs(workload: &Workload, window: Window) -> impl Iterator<Item = i64> {
    let (first, last) = workload.days;
    (first..last).map(move |day| window.from + day * DAY + 2 * HOUR)
}
