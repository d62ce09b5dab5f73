//! From where calls come that belong together: by the inventory, else as the log has it.

use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, Ipv6Addr};

use super::facts::{Facts, Place, cluster_key};
use crate::usage::Workload;

/// Calls from public addresses below which nothing is learned.
const ENOUGH: u64 = 20;
/// One call of so many from an address: it is a usual one.
const USUAL: u64 = 10;
/// As [`USUAL`], where several call from there.
const USUAL_OF_SEVERAL: u64 = 100;
/// Of so many calls in ten the usual addresses must have all but one: else each caller has an address of its own, as
/// nodes in public subnets have, and none is unusual.
const IN_TEN: u64 = 10;

/// The calls of a cluster, or of a role's instances, by public address.
#[derive(Debug, Default)]
pub(super) struct Egress<'f> {
    /// Addresses that the inventory gives, with what they are of.
    known: BTreeMap<IpAddr, &'f str>,
    /// Those of NAT gateways: what leaves by one, leaves by no instance's own address.
    gateways: BTreeSet<IpAddr>,
    /// Calls by address and by who made them.
    seen: BTreeMap<IpAddr, BTreeMap<String, u64>>,
}

/// How an address stands to a cluster.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Standing {
    /// It is the cluster's: why.
    Inside(String),
    /// It is not.
    Outside {
        /// The inventory says so, and most calls come from where it says; else it is less certain.
        certain: bool,
        /// In words.
        basis: String,
    },
    /// Nothing can be said: too few calls, and none from an address of the inventory.
    Unjudged,
}

impl<'f> Egress<'f> {
    /// Adds calls.
    pub(super) fn add(&mut self, ip: IpAddr, calls: u64, who: String) {
        *self.seen.entry(ip).or_default().entry(who).or_default() += calls;
    }

    /// Adds the public addresses of a VPC: of its NAT gateways and its instances, also those that are gone.
    pub(super) fn add_vpc(&mut self, facts: &Facts<'f>, vpc: &str) {
        let inventory = facts.inventory;
        for gateway in inventory.nat_gateways.iter().filter(|g| g.vpc_id == vpc) {
            let parsed = gateway.public_ips.iter().filter_map(|ip| public_address(ip));
            for ip in parsed {
                self.known.insert(ip, &gateway.id);
                self.gateways.insert(ip);
            }
        }
        for instance in inventory.instances.iter().filter(|i| i.vpc_id.as_deref() == Some(vpc)) {
            let parsed = instance.public_ip.as_deref().and_then(public_address);
            self.known.extend(parsed.map(|ip| (ip, instance.id.as_str())));
        }
    }

    /// How an address stands to these calls.
    pub(super) fn standing(&self, ip: IpAddr) -> Standing {
        if let Some(of) = self.known.get(&ip) {
            return Standing::Inside(format!("an address of `{of}`"));
        }
        // A VPC may send its calls out through another one: its gateways count once calls came from them.
        let same_family = |other: &&IpAddr| other.is_ipv4() == ip.is_ipv4();
        if self
            .gateways
            .iter()
            .filter(same_family)
            .any(|gateway| self.seen.contains_key(gateway))
        {
            let all = self.known.iter().map(|(ip, of)| format!("{ip} (`{of}`)"));
            return Standing::Outside {
                certain: self.mostly_known(),
                basis: format!(
                    "the inventory gives these addresses: {}",
                    all.collect::<Vec<_>>().join(", ")
                ),
            };
        }
        let usual = self.usual();
        if usual.contains(&ip) {
            return Standing::Inside("an address that calls usually come from".to_owned());
        }
        if usual.is_empty() {
            return Standing::Unjudged;
        }
        let all = usual.iter().map(IpAddr::to_string);
        let basis = format!(
            "learned from the log, as the inventory has no NAT gateway that is in use: calls usually come from {}",
            all.collect::<Vec<_>>().join(", ")
        );
        Standing::Outside { certain: false, basis }
    }

    /// Whether half of the calls come from addresses of the inventory, each caller counting alike: one that calls very
    /// often from elsewhere does not make that usual.
    fn mostly_known(&self) -> bool {
        let mut by_caller: BTreeMap<&str, (u64, u64)> = BTreeMap::new();
        for (ip, callers) in &self.seen {
            for (who, calls) in callers {
                let (known, all) = by_caller.entry(who).or_default();
                *all += calls;
                *known += if self.known.contains_key(ip) { *calls } else { 0 };
            }
        }
        let thousandths: u64 = by_caller.values().map(|(known, all)| known * 1000 / all.max(&1)).sum();
        thousandths >= 500 * by_caller.len() as u64
    }

    /// The addresses that calls usually come from; none where there are too few calls, or these come from all over.
    fn usual(&self) -> BTreeSet<IpAddr> {
        let of = |callers: &BTreeMap<String, u64>| callers.values().sum::<u64>();
        let total: u64 = self.seen.values().map(of).sum();
        let fits = |callers: &BTreeMap<String, u64>| {
            of(callers) * USUAL >= total || (callers.len() > 1 && of(callers) * USUAL_OF_SEVERAL >= total)
        };
        let usual = self.seen.iter().filter(|(_, callers)| fits(callers));
        let covered: u64 = usual.clone().map(|(_, callers)| of(callers)).sum();
        if total < ENOUGH || covered * IN_TEN < total * (IN_TEN - 1) {
            return BTreeSet::new();
        }
        usual.map(|(ip, _)| *ip).collect()
    }
}

/// The addresses of every cluster.
pub(super) struct Clusters<'f>(BTreeMap<&'f str, Egress<'f>>);

impl<'f> Clusters<'f> {
    pub(super) fn of(facts: &'f Facts<'f>) -> Self {
        let mut clusters: BTreeMap<&str, Egress<'_>> = BTreeMap::new();
        for place in &facts.places {
            if let (Some(workload), Some(ip)) = (&place.workload, public(place)) {
                let who = format!("{}/{}", workload.namespace, workload.service_account);
                clusters
                    .entry(cluster_key(workload))
                    .or_default()
                    .add(ip, place.calls, who);
            }
        }
        for (cluster, egress) in &mut clusters {
            if let Some(vpc) = facts.cluster(cluster).and_then(|c| c.vpc_id.as_deref()) {
                egress.add_vpc(facts, vpc);
            }
        }
        Self(clusters)
    }

    /// How an address stands to a workload's cluster.
    pub(super) fn standing(&self, workload: &Workload, ip: IpAddr) -> Standing {
        let egress = self.0.get(cluster_key(workload));
        egress.map_or(Standing::Unjudged, |egress| egress.standing(ip))
    }

    /// The clusters whose address it is, with why.
    pub(super) fn at(&self, ip: IpAddr) -> Vec<(&'f str, String)> {
        let inside = |(cluster, egress): (&&'f str, &Egress<'_>)| match egress.standing(ip) {
            Standing::Inside(why) => Some((*cluster, why)),
            _ => None,
        };
        self.0.iter().filter_map(inside).collect()
    }
}

/// The address of a place, where it is one of the internet. Through an endpoint it is none, and AWS itself calls from
/// private addresses and under the names of its services.
pub(super) fn public(place: &Place) -> Option<IpAddr> {
    if place.vpc_endpoint_id.is_some() {
        return None;
    }
    public_address(place.address.as_deref()?)
}

/// The address, if it is one of the internet. Of an IPv6 address the first 56 bits: so many a VPC has for its own, and
/// each pod calls from another address of them.
pub(super) fn public_address(text: &str) -> Option<IpAddr> {
    match text.parse().ok()? {
        IpAddr::V4(ip) => {
            let [a, b, ..] = ip.octets();
            let shared = a == 100 && b & 0xc0 == 64;
            let inner = ip.is_private() || ip.is_loopback() || ip.is_link_local() || ip.is_unspecified() || shared;
            (!inner).then_some(IpAddr::V4(ip))
        }
        IpAddr::V6(ip) => {
            let inner = ip.is_loopback() || ip.is_unspecified() || ip.is_unique_local() || ip.is_unicast_link_local();
            let prefix = Ipv6Addr::from_bits(ip.to_bits() >> 72 << 72);
            (!inner).then_some(IpAddr::V6(prefix))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_addresses_of_the_internet_are_judged() {
        for (text, public) in [
            ("203.0.113.7", Some("203.0.113.7")),
            ("2001:db8:1:2fe::1", Some("2001:db8:1:200::")),
            ("10.1.2.3", None),
            ("172.31.0.1", None),
            ("100.64.3.2", None),
            ("100.128.3.2", Some("100.128.3.2")),
            ("169.254.1.1", None),
            ("fd00:ec2::23", None),
            ("secretsmanager.amazonaws.com", None),
            ("AWS Internal", None),
            ("", None),
        ] {
            assert_eq!(
                public_address(text).map(|ip| ip.to_string()).as_deref(),
                public,
                "{text}"
            );
        }
    }
}
