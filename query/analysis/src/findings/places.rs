//! Credentials in places where they do not belong.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use super::draft::{Draft, Drafts, count};
use super::egress::{Clusters, Egress, Standing, public, public_address};
use super::facts::{Facts, Place};
use crate::answer::{Remedy, Severity};
use crate::lineage::Mechanism;
use crate::shell;

/// Sessions of workloads off their clusters.
pub(super) fn sessions(facts: &Facts<'_>) -> Vec<Draft> {
    let clusters = Clusters::of(facts);
    let mut drafts = Drafts::default();
    for place in facts.places.iter().filter(|p| !p.exchange) {
        outside(facts, &clusters, &mut drafts, place, "session");
    }
    for used in &facts.scattered {
        let addresses: BTreeSet<IpAddr> = used.addresses.iter().filter_map(|a| public_address(a)).collect();
        let standing = |ip: &IpAddr| clusters.standing(&used.workload, *ip);
        if addresses.len() < 2 || addresses.iter().all(|ip| matches!(standing(ip), Standing::Inside(_))) {
            continue;
        }
        let id = facts.id(&used.workload);
        let draft = drafts.entry(&id, || of_workload(&id, &used.workload.cluster));
        // Where nothing tells which addresses are the cluster's, several gateways explain it as well.
        if addresses.iter().any(|ip| standing(ip) == Standing::Unjudged) {
            draft.at_least(Severity::Medium);
        }
        let all: Vec<String> = addresses.iter().map(IpAddr::to_string).collect();
        let text = format!(
            "{}, such as `{}`, each used from {}",
            count(used.sessions, "session"),
            used.session_id,
            all.join(" and ")
        );
        draft.event(&used.sample_event_id, (used.first_seen, used.last_seen), text);
    }
    let mut found = drafts.into_vec();
    for draft in &mut found {
        draft.why =
            "Credentials that were issued to a pod are used from an address that is not its cluster's: they were \
                     taken out, or the cluster has a way to the internet that is not known here."
                .to_owned();
        draft.remedy = stolen(draft);
    }
    found
}

/// Exchanges of tokens off their clusters.
pub(super) fn exchanges(facts: &Facts<'_>) -> Vec<Draft> {
    let clusters = Clusters::of(facts);
    let mut drafts = Drafts::default();
    for place in facts.places.iter().filter(|p| p.exchange) {
        outside(facts, &clusters, &mut drafts, place, "token");
    }
    let mut found = drafts.into_vec();
    for draft in &mut found {
        draft.why =
            "The token of a ServiceAccount was given to STS from an address that is not its cluster's: it was read \
                     out of a pod, or made by hand."
                .to_owned();
        draft.remedy = stolen(draft);
    }
    found
}

fn outside(facts: &Facts<'_>, clusters: &Clusters<'_>, drafts: &mut Drafts, place: &Place, what: &str) {
    let (Some(workload), Some(ip)) = (&place.workload, public(place)) else {
        return;
    };
    let Standing::Outside { certain, basis } = clusters.standing(workload, ip) else {
        return;
    };
    let id = facts.id(workload);
    let draft = drafts.entry(&id, || of_workload(&id, &workload.cluster));
    draft.at_least(if certain { Severity::Critical } else { Severity::High });
    draft.roles.extend(place.role_arn.clone());
    draft.note(basis);
    let text = format!(
        "{} with its {what} from {}",
        count(place.calls, "call"),
        place.address.as_deref().unwrap_or_default()
    );
    draft.event(&place.sample_event_id, (place.first_seen, place.last_seen), text);
}

fn of_workload(id: &str, cluster: &str) -> Draft {
    Draft {
        cluster: Some(cluster.to_owned()),
        ..Draft::of_workload(id)
    }
}

/// Sessions of roles that were issued before now lose their rights; pods get new ones by themselves.
fn stolen(draft: &Draft) -> Remedy {
    let at = draft.last_seen.map(|t| t.to_string()).unwrap_or_default();
    let document = serde_json::json!({
        "Version": "2012-10-17",
        "Statement": [{
            "Effect": "Deny", "Action": "*", "Resource": "*",
            "Condition": {"DateLessThan": {"aws:TokenIssueTime": at}},
        }],
    });
    let revoke = draft.roles.iter().map(|role| {
        shell::command(&[
            "aws",
            "iam",
            "put-role-policy",
            "--role-name",
            shell::role_name(role),
            "--policy-name",
            "RevokeOlderSessions",
            "--policy-document",
            &podtrail_iam::policy::build::minified(&document),
        ])
    });
    let commands: Vec<String> = revoke.collect();
    Remedy {
        summary: "Look at the calls first (`podtrail explain EVENT_ID`). If they are not yours: take the rights from the \
                  sessions issued so far (set the time to now; pods get new sessions when they start again), replace the \
                  pods, and find out how the token or session got out."
            .to_owned(),
        command: (!commands.is_empty()).then(|| commands.join("\n")),
        ..Remedy::default()
    }
}

/// Sessions of instances off their instances.
pub(super) fn node_sessions(facts: &Facts<'_>) -> Vec<Draft> {
    let mut roles: BTreeMap<&str, Egress<'_>> = BTreeMap::new();
    for (role, instance, place, ip) in of_nodes(facts) {
        let egress = roles.entry(role).or_default();
        egress.add(ip, place.calls, instance.to_owned());
        let known = facts.inventory.instances.iter().find(|i| i.id == *instance);
        if let Some(vpc) = known.and_then(|i| i.vpc_id.as_deref()) {
            egress.add_vpc(facts, vpc);
        }
    }
    let mut drafts = Drafts::default();
    for (role, instance, place, ip) in of_nodes(facts) {
        let Some(Standing::Outside { certain, basis }) = roles.get(role).map(|egress| egress.standing(ip)) else {
            continue;
        };
        let draft = drafts.entry(role, || Draft::of_role(role));
        draft.at_least(if certain { Severity::Critical } else { Severity::High });
        draft.why =
            "Credentials of an instance are used where its VPC does not call from: they were read from the metadata \
                     service and taken out, or the VPC has a way to the internet that is not known here."
                .to_owned();
        draft.note(basis);
        let text = format!(
            "{} with the session of `{instance}` from {ip}",
            count(place.calls, "call")
        );
        draft.event(&place.sample_event_id, (place.first_seen, place.last_seen), text);
        draft.remedy = stolen(draft);
    }
    drafts.into_vec()
}

/// Role, instance, place and public address of the calls with instances' sessions.
fn of_nodes<'f>(facts: &'f Facts<'_>) -> impl Iterator<Item = (&'f str, &'f String, &'f Place, IpAddr)> {
    let nodes = facts.places.iter().filter(|p| p.mechanism == Mechanism::NodeRole);
    nodes.filter_map(|place| Some((place.role_arn.as_deref()?, place.who.as_ref()?, place, public(place)?)))
}

/// Long-lived keys that are used from where clusters call from.
pub(super) fn static_keys(facts: &Facts<'_>) -> Vec<Draft> {
    let clusters = Clusters::of(facts);
    let mut drafts = Drafts::default();
    for place in facts.places.iter().filter(|p| p.mechanism == Mechanism::StaticKey) {
        let Some(key) = &place.who else { continue };
        let at = match public(place) {
            Some(ip) => clusters
                .at(ip)
                .into_iter()
                .map(|(cluster, why)| (name_of(facts, cluster), why))
                .collect(),
            None => through_endpoint(facts, place),
        };
        for (cluster, why) in at {
            let draft = drafts.entry(key, || Draft {
                subject: key.clone(),
                ..Draft::default()
            });
            let address = place.address.as_deref().unwrap_or_default();
            let text = format!("{} from {address}, {why} of `{cluster}`", count(place.calls, "call"));
            draft.event(&place.sample_event_id, (place.first_seen, place.last_seen), text);
            draft.cluster = Some(cluster);
        }
    }
    let mut found = drafts.into_vec();
    for draft in &mut found {
        draft.why = "A key that never expires is in a pod, most likely in a Secret or an environment variable: whoever reads it \
                     has it for good. Another machine behind the same address would look the same."
            .to_owned();
        draft.remedy = Remedy {
            summary: "Find its user and the pod (`kubectl get secrets,deployments -A -o yaml` has the key id), give the pod a \
                      role, then switch the key off."
                .to_owned(),
            command: Some(format!(
                "{}\n{}",
                shell::command(&["aws", "iam", "get-access-key-last-used", "--access-key-id", &draft.subject]),
                shell::command(&["aws", "iam", "update-access-key", "--access-key-id", &draft.subject, "--status", "Inactive"])
            )),
            ..Remedy::default()
        };
    }
    found
}

fn name_of(facts: &Facts<'_>, cluster: &str) -> String {
    facts
        .cluster(cluster)
        .map_or_else(|| cluster.to_owned(), |c| c.name.clone())
}

/// The clusters in whose VPC the endpoint is that a call came through. Only endpoints of the inventory count: AWS's own
/// services call through endpoints of theirs.
fn through_endpoint(facts: &Facts<'_>, place: &Place) -> Vec<(String, String)> {
    let endpoint = place.vpc_endpoint_id.as_deref();
    let known = facts
        .inventory
        .vpc_endpoints
        .iter()
        .find(|e| Some(e.id.as_str()) == endpoint);
    let Some(known) = known else { return Vec::new() };
    let here = facts
        .inventory
        .clusters
        .iter()
        .filter(|c| c.vpc_id.as_ref() == Some(&known.vpc_id));
    here.map(|c| {
        (
            c.name.clone(),
            format!("through `{}`, an endpoint in the VPC", known.id),
        )
    })
    .collect()
}
