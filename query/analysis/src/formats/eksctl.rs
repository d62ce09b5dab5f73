//! eksctl's `ClusterConfig`, one for each cluster.
//!
//! eksctl gives a ServiceAccount a role that it makes, trust policy included, or one that exists; it attaches nothing to
//! a role that exists. So a workload's policy is given for a role of its own, and an association's policy for the role
//! as it is. Fields: eksctl's schema of `eksctl.io/v1alpha5`.

use std::collections::BTreeMap;

use podtrail_iam::policy::build::minified;

use super::cloudformation::{READ, is_read_by_cloudformation};
use super::names::{Place, account_of};
use super::notes;
use super::yaml::Yaml;
use crate::answer::{PolicyOut, Recommendation, RoleRecommendation};
use crate::lineage::Mechanism;
use crate::recommend::trust_json::{principals, statements};
use crate::role_trust::PODS;

type Items = Vec<(Vec<String>, Yaml)>;

/// What one cluster gets.
#[derive(Default)]
struct Cluster {
    head: Vec<String>,
    associations: Items,
    service_accounts: Items,
}

pub(super) fn render(recommendations: &[Recommendation]) -> String {
    let mut clusters: BTreeMap<(&str, Option<&str>), Cluster> = BTreeMap::new();
    for one in recommendations {
        let place = Place::of(one);
        let cluster = clusters.entry((place.cluster, place.cluster_arn)).or_default();
        cluster.add(one, &place);
    }
    let documents = clusters.into_iter().map(|((name, arn), cluster)| {
        let region = arn.map(crate::shell::region).filter(|region| !region.is_empty());
        cluster.write(name, region)
    });
    documents.collect::<Vec<_>>().join("---\n")
}

impl Cluster {
    fn write(mut self, name: &str, region: Option<&str>) -> String {
        if self.associations.is_empty() && self.service_accounts.is_empty() {
            return notes::comment(&self.head);
        }
        let mut metadata = vec![entry("name", Yaml::text(name))];
        match region {
            Some(region) => metadata.push(entry("region", Yaml::text(region))),
            None => self.head.push(
                "The inventory does not know the cluster: check metadata.name, and add metadata.region, which eksctl asks for."
                    .to_owned(),
            ),
        }
        let mut iam = Vec::new();
        if !self.service_accounts.is_empty() {
            iam.push(entry("withOIDC", Yaml::Plain("true".to_owned())));
            iam.push(entry("serviceAccounts", Yaml::List(self.service_accounts)));
        }
        if !self.associations.is_empty() {
            iam.push(entry("podIdentityAssociations", Yaml::List(self.associations)));
        }
        let config = Yaml::Map(vec![
            entry("apiVersion", Yaml::text("eksctl.io/v1alpha5")),
            entry("kind", Yaml::text("ClusterConfig")),
            entry("metadata", Yaml::Map(metadata)),
            entry("iam", Yaml::Map(iam)),
        ]);
        notes::comment(&self.head) + &config.write()
    }

    fn add(&mut self, one: &Recommendation, place: &Place<'_>) {
        self.head.extend(notes::workload(one));
        let known = one.recommendations.iter().any(is_assumed_by_pods);
        let mut own: Vec<&RoleRecommendation> = Vec::new();
        for role in &one.recommendations {
            let why = if known && !is_assumed_by_pods(role) {
                "it is assumed with another role's sessions"
            } else if place.account().is_some() && account_of(&role.role_arn) != place.account() {
                "it is in another account than the cluster"
            } else {
                own.push(role);
                continue;
            };
            self.head.push(format!(
                "{}: {} is left out, for {why}, which eksctl does not set up: use another format.",
                one.workload, role.role_arn
            ));
        }
        self.give(one, place, &own);
    }

    /// Gives the ServiceAccount what its own roles should allow.
    fn give(&mut self, one: &Recommendation, place: &Place<'_>, roles: &[&RoleRecommendation]) {
        let policies: Vec<Given<'_>> = roles.iter().flat_map(|r| r.policies.iter().map(|p| (*r, p))).collect();
        let read = |policy: &PolicyOut| policy.document.as_ref().is_some_and(is_read_by_cloudformation);
        if let Some((role, policy)) = policies.iter().find(|(_, policy)| read(policy)) {
            // Part of what a workload needs would be worse than nothing.
            self.head
                .push(format!("Left out: {} of {}. {READ}", policy.name, role.role_arn));
            return;
        }
        let mut above: Vec<String> = roles
            .iter()
            .map(|role| format!("{} with {}", one.workload, role.role_arn))
            .collect();
        if let Some((role, policy)) = policies.iter().find(|(_, policy)| notes::is_association(policy)) {
            self.associations.push((above, association(place, role, policy)));
            return;
        }
        let irsa = one.mechanism.contains(&Mechanism::Irsa) && !one.mechanism.contains(&Mechanism::PodIdentity);
        let keys = match irsa {
            true => ("attachPolicy", "attachPolicyARNs"),
            false => ("permissionPolicy", "permissionPolicyARNs"),
        };
        let Some(granted) = granted(&policies, keys, &mut above) else {
            return;
        };
        if irsa {
            let metadata = Yaml::map([
                ("name", Yaml::text(place.service_account)),
                ("namespace", Yaml::text(place.namespace)),
            ]);
            let account = Yaml::Map(vec![entry("metadata", metadata), granted]);
            self.service_accounts.push((above, account));
        } else {
            let members = subject(place).into_iter().chain([granted]);
            self.associations.push((above, Yaml::Map(members.collect())));
        }
    }
}

/// A policy with its role.
type Given<'a> = (&'a RoleRecommendation, &'a PolicyOut);

/// The one document in place under the first key, several by their ARNs under the second; none where there is none.
fn granted(
    policies: &[Given<'_>],
    (inline, by_arn): (&str, &str),
    above: &mut Vec<String>,
) -> Option<(Vec<String>, String, Yaml)> {
    match policies {
        [] => None,
        [(role, policy)] => {
            let document = policy.document.as_ref()?;
            Some(entry(
                inline,
                Yaml::document(document, |sid| notes::statement(role, sid)),
            ))
        }
        several => {
            above.push(
                "There is room for one document only: make these policies first, with another format.".to_owned(),
            );
            let arns = several
                .iter()
                .map(|(role, policy)| (Vec::new(), Yaml::text(&policy_arn(role, policy))));
            Some(entry(by_arn, Yaml::List(arns.collect())))
        }
    }
}

fn entry(key: &str, value: Yaml) -> (Vec<String>, String, Yaml) {
    (Vec::new(), key.to_owned(), value)
}

fn subject(place: &Place<'_>) -> Vec<(Vec<String>, String, Yaml)> {
    vec![
        entry("namespace", Yaml::text(place.namespace)),
        entry("serviceAccountName", Yaml::text(place.service_account)),
    ]
}

/// The association of a role as it is, with the policy that narrows it.
fn association(place: &Place<'_>, role: &RoleRecommendation, policy: &PolicyOut) -> Yaml {
    let mut members = subject(place);
    members.push(entry("roleARN", Yaml::text(&role.role_arn)));
    members.push(entry("disableSessionTags", Yaml::Plain("true".to_owned())));
    if let Some(document) = &policy.document {
        let above = vec!["Known to newer versions of eksctl only; older ones refuse it.".to_owned()];
        members.push((above, "policy".to_owned(), Yaml::text(&minified(document))));
    }
    Yaml::Map(members)
}

/// Whether EKS lets the workload's pods assume a role, as far as its trust policy is known.
fn is_assumed_by_pods(role: &RoleRecommendation) -> bool {
    role.trust.current.is_none()
        || statements(role.trust.current.as_ref())
            .iter()
            .any(|s| principals(s, "Service").contains(&PODS) || !principals(s, "Federated").is_empty())
}

/// The ARN that a policy has once it is made in the role's account.
fn policy_arn(role: &RoleRecommendation, policy: &PolicyOut) -> String {
    let partition = role.role_arn.split(':').nth(1).unwrap_or("aws");
    let account = account_of(&role.role_arn).unwrap_or_default();
    format!("arn:{partition}:iam::{account}:policy/{}", policy.name)
}
