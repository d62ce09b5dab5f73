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

/// The calls of a cluster, or of a role's instances, by public address.
#[derive(Debug, Default)]
pub(super) struct Egress<'f> {
    /// Addresses that the inventory gives, with what they are of.
    known: BTreeMap<IpAddr, &'f str>,
    /// Calls by address, and who made them.
    seen: BTreeMap<IpAddr, (u64, BTreeSet<String>)>,
}

/// How an address stands to a cluster.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Standing {
    /// It is the cluster's: why.
    Inside(String),
    /// It is not.
    Outside {
        /// The inventory says so, and its addresses are indeed those that others call from; else it is learned from the
        /// log alone.
        known: bool,
        /// In words.
        basis: String,
    },
    /// Nothing can be said: too few calls, and none from an address of the inventory.
    Unjudged,
}

impl<'f> Egress<'f> {
    /// Adds calls.
    pub(super) fn add(&mut self, ip: IpAddr, calls: u64, who: String) {
        let (sum, all) = self.seen.entry(ip).or_default();
        *sum += calls;
        all.insert(who);
    }

    /// Adds the public addresses of a VPC: of its NAT gateways and its instances, also those that are gone.
    pub(super) fn add_vpc(&mut self, facts: &Facts<'f>, vpc: &str) {
        let inventory = facts.inventory;
        for gateway in inventory.nat_gateways.iter().filter(|g| g.vpc_id == vpc) {
            let parsed = gateway.public_ips.iter().filter_map(|ip| public_address(ip));
            self.known.extend(parsed.map(|ip| (ip, gateway.id.as_str())));
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
        let same_family = |other: &&IpAddr| other.is_ipv4() == ip.is_ipv4();
        // A VPC may send its calls out through another one: its gateways count once calls came from them.
        if self
            .known
            .keys()
            .filter(same_family)
            .any(|known| self.seen.contains_key(known))
        {
            let all = self.known.iter().map(|(ip, of)| format!("{ip} (`{of}`)"));
            let basis = format!(
                "the inventory gives these addresses: {}",
                all.collect::<Vec<_>>().join(", ")
            );
            return Standing::Outside { known: true, basis };
        }
        let total: u64 = self.seen.values().map(|(calls, _)| calls).sum();
        if total < ENOUGH {
            return Standing::Unjudged;
        }
        let usual = |(calls, who): &(u64, BTreeSet<String>)| {
            calls * USUAL >= total || (who.len() > 1 && calls * USUAL_OF_SEVERAL >= total)
        };
        if self.seen.get(&ip).is_some_and(usual) {
            return Standing::Inside("an address that calls usually come from".to_owned());
        }
        let all = self
            .seen
            .iter()
            .filter(|(_, seen)| usual(seen))
            .map(|(ip, _)| ip.to_string());
        let basis = format!(
            "learned from the log, as the inventory has no address of a NAT gateway or instance that is in use: calls usually \
             come from {}",
            all.collect::<Vec<_>>().join(", ")
        );
        Standing::Outside { known: false, basis }
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
