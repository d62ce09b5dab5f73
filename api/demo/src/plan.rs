//! The plan of the estate's fortnight: which sessions exist and what happens when. No record is written here.

use std::collections::{BTreeMap, BTreeSet};

use crate::Options;
use crate::association::{self, Change};
use crate::clock::DAY;
use crate::clock::Window;
use crate::estate::{BATCH, Cluster, Use, Workload, workloads};
use crate::odd::ODDITIES;
use crate::people;
use crate::rng::Rng;
use crate::session::{Kind, Origin, Session, access_key};
use crate::staff;
use crate::truth::Mechanism;

/// One thing that happens. Sessions and workloads are told by their place in the plan.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Act {
    /// A session's credentials are issued.
    Issue(u32),
    /// A node asks for a pod's credentials: the node's session.
    EksAuth(u32),
    /// A session calls.
    Call(u32, &'static Use),
    /// A pod is refused its credentials: a workload.
    DeniedMint(u32),
    /// A service acts on its own.
    Service(u32),
    /// Somebody makes, changes or deletes an association.
    Association(u32),
    /// A record that strains a parser: index into [`ODDITIES`].
    Odd(u32),
}

/// What is to be known of an act beside itself; a situation of its truth.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Note {
    NodeAgent,
    LateIssue,
    DeniedMint,
    AwsService,
    Odd,
    EksAuth,
    /// Made where the session's holder is not.
    Elsewhere,
    /// Made on the command line.
    CliPodIdentity,
    AssociationChanged,
}

impl Note {
    /// The situation's name.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Note::NodeAgent => "node_agent",
            Note::LateIssue => "late_issue",
            Note::DeniedMint => "denied_mint",
            Note::AwsService => "aws_service",
            Note::Odd => "odd",
            Note::EksAuth => "eks_auth",
            Note::Elsewhere => "elsewhere",
            Note::CliPodIdentity => "cli_pod_identity",
            Note::AssociationChanged => "association_changed",
        }
    }
}

/// An act with its times. Copies share the ordinal, and so every byte of the record. There is one for each event, so
/// it is kept small: 32 bytes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Moment {
    delivered: u32,
    at: u32,
    pub(crate) ordinal: u32,
    pub(crate) copy: bool,
    pub(crate) note: Option<Note>,
    pub(crate) act: Act,
}

impl Moment {
    /// When its record is delivered, in seconds since 1970.
    pub(crate) fn delivered(&self) -> i64 {
        i64::from(self.delivered)
    }

    /// When it happens, in seconds since 1970.
    pub(crate) fn at(&self) -> i64 {
        i64::from(self.at)
    }
}

/// Seconds since 1970, which fit until 2106.
fn seconds(at: i64) -> u32 {
    u32::try_from(at.max(0)).unwrap_or(u32::MAX)
}

/// A place in a list of the plan.
pub(crate) fn place(index: usize) -> u32 {
    u32::try_from(index).unwrap_or(u32::MAX)
}

/// What stands at a place of a list.
pub(crate) fn at<T>(list: &[T], place: u32) -> Option<&T> {
    list.get(usize::try_from(place).ok()?)
}

/// Sessions that share a part of the estate's calls.
#[derive(Debug)]
pub(crate) struct Group {
    pub(crate) weight: u32,
    pub(crate) members: Vec<Member>,
    pub(crate) note: Option<Note>,
}

/// A session in a group, with what it does there.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Member {
    pub(crate) session: usize,
    pub(crate) uses: &'static [Use],
}

/// Everything that will happen.
#[derive(Debug)]
pub(crate) struct Plan {
    pub(crate) seed: u64,
    pub(crate) window: Window,
    pub(crate) sessions: Vec<Session>,
    pub(crate) moments: Vec<Moment>,
    /// Every workload of the estate.
    pub(crate) workloads: Vec<&'static Workload>,
    /// What is done to associations.
    pub(crate) changes: Vec<Change>,
    /// The node whose session is used elsewhere.
    pub(crate) stolen_node: &'static str,
    nodes: BTreeMap<(&'static str, i64), usize>,
    /// Issues of a role in a second: two with the same session name could not be told apart.
    taken: BTreeSet<(String, i64)>,
}

/// Seconds that an instance's credentials are kept before the next ones.
const NODE_LIFE: i64 = 6 * 3600;
/// Calls for each planned session, on average.
const CALLS_PER_SESSION: u64 = 32;

impl Plan {
    /// The plan for these options.
    pub(crate) fn new(options: &Options) -> Self {
        let mut plan = Plan {
            seed: options.seed,
            window: Window::ending(options.end),
            sessions: Vec::new(),
            // A hundredth more for the copies, so that the list need not grow by half at its end.
            moments: Vec::with_capacity(usize::try_from(options.events / 100 * 102 + 4096).unwrap_or_default()),
            workloads: workloads(options.workloads),
            changes: Vec::new(),
            stolen_node: BATCH.nodes.first().copied().unwrap_or_default(),
            nodes: BTreeMap::new(),
            taken: BTreeSet::new(),
        };
        let wanted = options.events / CALLS_PER_SESSION;
        let mut groups = staff::plan_workloads(&mut plan, wanted);
        groups.extend(people::plan_others(&mut plan, wanted));
        plan.plan_single_events();
        association::plan(&mut plan);
        plan.plan_thefts();
        let left = (options.events * 96 / 100).saturating_sub(plan.moments.len() as u64);
        plan.plan_calls(&groups, left);
        plan.repeat_some();
        plan.moments
            .sort_unstable_by_key(|moment| (moment.delivered, moment.ordinal, moment.copy));
        plan
    }

    /// Adds an act and says when its record is delivered: minutes later, and so out of order.
    pub(crate) fn happens(&mut self, at: i64, act: Act, note: Option<Note>) {
        let ordinal = place(self.moments.len());
        let delay = 60 + Rng::nth(self.seed, u64::from(ordinal)).span(600);
        self.moments.push(Moment {
            delivered: seconds(at + delay),
            at: seconds(at),
            ordinal,
            act,
            copy: false,
            note,
        });
    }

    /// Adds a session and its issue, when the trail already ran at that time.
    pub(crate) fn add(&mut self, session: Session) -> usize {
        let (created, issued) = (session.created, !matches!(session.kind, Kind::StaticKey));
        let index = self.sessions.len();
        self.sessions.push(session);
        if issued && created >= self.window.from {
            self.happens(created, Act::Issue(place(index)), None);
        }
        index
    }

    /// Delivers the last act hours late.
    pub(crate) fn delay_last(&mut self, later: i64) {
        if let Some(moment) = self.moments.last_mut() {
            moment.delivered += self::seconds(later);
            moment.note = Some(Note::LateIssue);
        }
    }

    /// The first second from `at` in which nobody was issued credentials of this role.
    pub(crate) fn free_second(&mut self, role: &str, mut at: i64) -> i64 {
        while !self.taken.insert((role.to_owned(), at)) {
            at += 1;
        }
        at
    }

    /// The session of a node at a time. Instances fetch new credentials every six hours, each at its own minute.
    pub(crate) fn node_session(&mut self, cluster: &'static Cluster, node: &'static str, at: i64) -> usize {
        let mut rng = Rng::new(self.seed, node);
        let offset = rng.span(NODE_LIFE);
        let created = (at - offset).div_euclid(NODE_LIFE) * NODE_LIFE + offset;
        if let Some(&index) = self.nodes.get(&(node, created)) {
            return index;
        }
        let mut rng = Rng::nth(self.seed, created.unsigned_abs() ^ rng.next());
        let index = self.add(Session {
            kind: Kind::Node(cluster),
            role: Some(cluster.node_role),
            account: cluster.account,
            name: node.to_owned(),
            key: access_key("ASIA", &mut rng),
            created,
            until: created + NODE_LIFE,
            region: cluster.account.region,
            ip: rng.word(cluster.egress).to_owned(),
            endpoint: None,
            agent: "aws-sdk-go-v2/1.39.4 ua/2.1 os/linux lang/go#1.25.3 md/GOOS#linux m/0 amazon-vpc-cni-k8s"
                .to_owned(),
            uses: people::AGENT_USES,
            origin: Origin::none(Mechanism::NodeRole, "node").variant("node.agent"),
        });
        self.nodes.insert((node, created), index);
        index
    }

    /// Refused mints, services on their own, and odd records.
    fn plan_single_events(&mut self) {
        let mut rng = Rng::new(self.seed, "single events");
        let named: Vec<usize> = (self.workloads.iter())
            .enumerate()
            .filter(|(_, w)| w.weight > 0 && matches!(w.grant, crate::estate::Grant::Irsa))
            .map(|(i, _)| i)
            .collect();
        for index in named.iter().step_by(4) {
            let at = self.window.moment(&mut rng, 3600);
            self.happens(at, Act::DeniedMint(place(*index)), Some(Note::DeniedMint));
        }
        for kind in 0..people::SERVICE_EVENTS {
            for _ in 0..2 {
                let at = self.window.moment(&mut rng, 3600);
                self.happens(at, Act::Service(place(kind)), Some(Note::AwsService));
            }
        }
        for kind in 0..ODDITIES.len() {
            let at = self.window.moment(&mut rng, 3600);
            self.happens(at, Act::Odd(place(kind)), Some(Note::Odd));
        }
    }

    /// Credentials that are used where what they were issued for is not: a workload's session, a node's, and a pod's
    /// token that somebody hands to EKS on the command line.
    fn plan_thefts(&mut self) {
        let of_search =
            |session: &Session| matches!(session.kind, Kind::Irsa(workload) if workload.account == "search-api");
        let found = self.sessions.iter().position(of_search);
        if let Some(index) = found
            && let Some((at, uses)) = self.sessions.get(index).map(|session| (session.created, session.uses))
        {
            for (number, each) in uses.iter().take(2).enumerate() {
                let later = at + 900 + i64::try_from(number).unwrap_or(0);
                self.happens(later, Act::Call(place(index), each), Some(Note::Elsewhere));
            }
        }
        let at = self.window.from + 9 * DAY;
        let node = self.node_session(&BATCH, self.stolen_node, at);
        self.happens(at, Act::EksAuth(place(node)), Some(Note::CliPodIdentity));
        if let Some(each) = people::AGENT_USES.first() {
            self.happens(at + 60, Act::Call(place(node), each), Some(Note::Elsewhere));
        }
    }

    /// Shares `budget` calls among the groups. Every use of every group happens at least once.
    fn plan_calls(&mut self, groups: &[Group], budget: u64) {
        let total: u64 = groups.iter().map(|group| u64::from(group.weight)).sum::<u64>().max(1);
        for (number, group) in groups.iter().enumerate() {
            let mut rng = Rng::nth(self.seed ^ 0xCA11, number as u64);
            let share = budget * u64::from(group.weight) / total;
            let mut done = self.cover_uses(group, &mut rng);
            while done < share && !group.members.is_empty() {
                let at = usize::try_from(rng.below(group.members.len() as u64)).unwrap_or(0);
                if let Some(&member) = group.members.get(at)
                    && let Some(chosen) = rng.weighted(member.uses.iter().map(|each| each.weight))
                    && let Some(chosen) = member.uses.get(chosen)
                {
                    self.call(member.session, chosen, group.note, &mut rng);
                }
                done += 1;
            }
        }
    }

    /// One call for each use of each of the group's tables, spread over its sessions.
    fn cover_uses(&mut self, group: &Group, rng: &mut Rng) -> u64 {
        let mut seen: BTreeMap<(*const Use, usize), usize> = BTreeMap::new();
        let mut done = 0;
        for member in &group.members {
            let next = seen.entry((member.uses.as_ptr(), member.uses.len())).or_insert(0);
            let left = group
                .members
                .iter()
                .filter(|other| std::ptr::eq(other.uses, member.uses))
                .count()
                .max(1);
            for _ in 0..member.uses.len().div_ceil(left) {
                if let Some(each) = member.uses.get(*next) {
                    *next += 1;
                    done += 1;
                    self.call(member.session, each, group.note, rng);
                }
            }
        }
        done
    }

    fn call(&mut self, session: usize, each: &'static Use, note: Option<Note>, rng: &mut Rng) {
        let Some(found) = self.sessions.get(session) else {
            return;
        };
        let from = found.created.max(self.window.from) + 1;
        let to = found.until.min(self.window.to);
        let at = from + rng.span((to - from).max(1));
        self.happens(at, Act::Call(place(session), each), note);
    }

    /// One record in a hundred is delivered twice.
    fn repeat_some(&mut self) {
        let mut rng = Rng::new(self.seed, "copies");
        let mut copies = Vec::new();
        for moment in &self.moments {
            let later = moment.delivered() + 300 + rng.span(7200);
            if rng.one_in(100) {
                copies.push(Moment {
                    delivered: seconds(later),
                    copy: true,
                    ..*moment
                });
            }
        }
        self.moments.extend(copies);
    }
}
