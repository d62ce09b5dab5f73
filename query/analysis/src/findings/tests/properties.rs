//! What holds whatever the estate.

use proptest::prelude::*;

use super::*;
use crate::inventory::NatGateway;

/// An estate with something wrong everywhere.
fn rotten() -> World {
    let mut world = sound();
    super::nodes::with_node(&mut world, "optional", 2);
    world.trust(
        CART,
        irsa(json!({"StringLike": {format!("{ISSUER}:sub"): "system:serviceaccount:*:c*"}})),
    );
    world.trust(CATALOG, pods(json!({})));
    world
        .inventory
        .service_accounts
        .push(account("shop", "default", Some("arn:aws:iam::111122223333:role/gone")));
    world
        .inventory
        .service_accounts
        .push(account("ops", "cart", Some(CART)));
    world.inventory.associations.push(association("shop", "cart", CATALOG));
    world.inventory.nat_gateways.push(NatGateway {
        id: "nat-1".to_owned(),
        vpc_id: "vpc-1".to_owned(),
        public_ips: vec!["203.0.113.21".to_owned()],
        ..NatGateway::default()
    });
    world.facts.workloads.push(used("ops", "cart", CART, Mechanism::Irsa));
    for (at, action) in ["s3:GetObject", "s3:PutObject", "sqs:SendMessage"]
        .into_iter()
        .enumerate()
    {
        let mut denied = super::permissions::denied(action);
        denied.sample_event_id = format!("no-{at}");
        world.facts.denied.push(denied);
    }
    for (at, address) in ["203.0.113.21", "192.0.2.1", "192.0.2.2", "198.51.100.9"]
        .into_iter()
        .enumerate()
    {
        for (mechanism, exchange) in [
            (Mechanism::Irsa, true),
            (Mechanism::Irsa, false),
            (Mechanism::NodeRole, false),
            (Mechanism::StaticKey, false),
        ] {
            let workload = (mechanism == Mechanism::Irsa).then(|| workload("shop", "cart"));
            world.facts.places.push(Place {
                who: workload.is_none().then(|| format!("who-{at}")),
                workload,
                mechanism,
                role_arn: (mechanism != Mechanism::StaticKey).then(|| CART.to_owned()),
                exchange,
                refused: false,
                address: text(address),
                vpc_endpoint_id: None,
                calls: 30 / (at as u64 + 1),
                first_seen: day(1),
                last_seen: day(2),
                sample_event_id: format!("place-{at}-{exchange}-{mechanism:?}"),
            });
        }
    }
    world
}

#[test]
fn the_rotten_estate_has_many_findings_and_no_two_ids_are_the_same() {
    let findings = rotten().findings();
    let kinds: BTreeSet<FindingKind> = findings.iter().map(|f| f.kind).collect();
    assert!(kinds.len() >= 12, "{kinds:?}");
    let ids: BTreeSet<&str> = findings.iter().map(|f| f.id.as_str()).collect();
    assert_eq!(ids.len(), findings.len());
    let in_order = findings
        .windows(2)
        .all(|w| (w[0].severity, w[0].kind, &w[0].subject) < (w[1].severity, w[1].kind, &w[1].subject));
    assert!(in_order);
    for finding in &findings {
        assert!(
            !finding.evidence.is_empty() && !finding.why.is_empty() && !finding.remedy.summary.is_empty(),
            "{finding:?}"
        );
    }
}

#[test]
fn ids_are_those_of_kind_and_subject() {
    let mut world = sound();
    world.facts.denied.push(super::permissions::denied("s3:GetObject"));
    assert_eq!(world.findings().remove(0).id, "denied_demand-c46d1cce26c8");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn order_never_matters(seed in any::<u64>()) {
        let world = rotten();
        let mut shuffled = world.clone();
        let mut state = seed;
        shuffle(&mut shuffled.inventory.roles, &mut state);
        shuffle(&mut shuffled.inventory.service_accounts, &mut state);
        shuffle(&mut shuffled.inventory.associations, &mut state);
        shuffle(&mut shuffled.facts.workloads, &mut state);
        shuffle(&mut shuffled.facts.denied, &mut state);
        shuffle(&mut shuffled.facts.places, &mut state);
        prop_assert_eq!(world.findings(), shuffled.findings());
    }

    /// Refusals, node calls and uses only add up: none of what was found goes away, and ids stay.
    #[test]
    fn more_events_keep_the_ids(more in prop::collection::vec(("[a-z]{1,6}", 1u64..50), 1..8)) {
        let before: BTreeSet<String> = rotten().findings().into_iter().map(|f| f.id).collect();
        let mut world = rotten();
        for (name, calls) in more {
            let mut denied = super::permissions::denied(&format!("s3:{name}"));
            denied.calls = calls;
            denied.sample_event_id = format!("later-{name}");
            world.facts.denied.push(denied);
            world.facts.workloads.push(used("later", &name, CART, Mechanism::Irsa));
        }
        let after: BTreeSet<String> = world.findings().into_iter().map(|f| f.id).collect();
        prop_assert!(before.is_subset(&after), "{:?}", before.difference(&after));
    }
}

fn shuffle<T>(items: &mut [T], state: &mut u64) {
    for at in (1..items.len()).rev() {
        *state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        items.swap(at, (*state >> 33) as usize % (at + 1));
    }
}
