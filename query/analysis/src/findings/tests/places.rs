//! Where credentials are used.

use super::*;
use crate::inventory::{Instance, NatGateway, Version, VpcEndpoint};
use crate::lineage::Class;

const NAT: &str = "203.0.113.21";
const OTHER: &str = "192.0.2.66";

fn place(account: &str, mechanism: Mechanism, exchange: bool, address: &str, calls: u64) -> Place {
    let role = if account == "cart" { CART } else { CATALOG };
    Place {
        workload: Some(workload("shop", account)),
        mechanism,
        role_arn: text(role),
        who: None,
        exchange,
        refused: false,
        address: text(address),
        vpc_endpoint_id: None,
        calls,
        first_seen: day(1),
        last_seen: day(2),
        sample_event_id: format!("{account}-{address}"),
    }
}

/// The usual calls of the cluster.
fn usual(w: &mut World, address: &str) {
    for account in ["cart", "catalog"] {
        let mechanism = if account == "cart" {
            Mechanism::Irsa
        } else {
            Mechanism::PodIdentity
        };
        w.facts.places.push(place(account, mechanism, false, address, 100));
    }
    w.facts.places.push(place("cart", Mechanism::Irsa, true, address, 20));
}

fn gateway(w: &mut World, vpc: &str) {
    w.inventory.nat_gateways.push(NatGateway {
        id: "nat-1".to_owned(),
        vpc_id: vpc.to_owned(),
        public_ips: vec![NAT.to_owned()],
        ..NatGateway::default()
    });
}

fn session(w: &mut World, address: &str) {
    w.facts.places.push(place("cart", Mechanism::Irsa, false, address, 3));
}

fn exchange(w: &mut World, address: &str) {
    w.facts.places.push(place("cart", Mechanism::Irsa, true, address, 2));
}

#[test]
fn sessions_and_tokens_off_the_cluster() {
    check(&[
        ("from the gateway", &|w| (gateway(w, "vpc-1"), usual(w, NAT)).1, &[]),
        (
            "a session elsewhere, by the inventory",
            &|w| {
                gateway(w, "vpc-1");
                usual(w, NAT);
                session(w, OTHER);
            },
            &["critical session_used_elsewhere shop-prod/shop/cart"],
        ),
        (
            "a token elsewhere, by the inventory",
            &|w| {
                gateway(w, "vpc-1");
                usual(w, NAT);
                exchange(w, OTHER);
            },
            &["critical token_exchanged_elsewhere shop-prod/shop/cart"],
        ),
        (
            "a token elsewhere, as the log has it",
            &|w| {
                usual(w, NAT);
                exchange(w, OTHER);
            },
            &["high token_exchanged_elsewhere shop-prod/shop/cart"],
        ),
        (
            "many calls from elsewhere do not make it the cluster's where the inventory is in use",
            &|w| {
                gateway(w, "vpc-1");
                usual(w, NAT);
                w.facts.places.push(place("cart", Mechanism::Irsa, false, OTHER, 1_000));
            },
            &["critical session_used_elsewhere shop-prod/shop/cart"],
        ),
        (
            "a gateway that nobody calls from says nothing: the cluster goes out another way",
            &|w| {
                gateway(w, "vpc-1");
                usual(w, "198.51.100.7");
            },
            &[],
        ),
        (
            "a gateway of another VPC",
            &|w| {
                gateway(w, "vpc-2");
                usual(w, "198.51.100.7");
            },
            &[],
        ),
        (
            "one of several usual addresses",
            &|w| (usual(w, NAT), usual(w, "203.0.113.22")).1,
            &[],
        ),
        (
            "too few calls to learn from",
            &|w| (session(w, NAT), exchange(w, OTHER)).1,
            &[],
        ),
        (
            "through an endpoint",
            &|w| {
                usual(w, NAT);
                session(w, "10.0.4.7");
                w.facts.places.last_mut().unwrap().vpc_endpoint_id = text("vpce-1");
            },
            &[],
        ),
        (
            "by a service in its place",
            &|w| {
                usual(w, NAT);
                session(w, "secretsmanager.amazonaws.com");
            },
            &[],
        ),
        (
            "an IPv6 address of the VPC",
            &|w| {
                usual(w, "2001:db8:1:200::1");
                session(w, "2001:db8:1:2ff::7");
            },
            &[],
        ),
        (
            "an IPv6 address of elsewhere",
            &|w| {
                usual(w, "2001:db8:1:200::1");
                session(w, "2001:db8:2:200::1");
            },
            &["high session_used_elsewhere shop-prod/shop/cart"],
        ),
    ]);
}

#[test]
fn one_session_in_several_places() {
    let scattered = |w: &mut World, addresses: &[&str]| {
        w.facts.scattered.push(Scattered {
            workload: workload("shop", "cart"),
            addresses: addresses.iter().map(|a| (*a).to_owned()).collect(),
            sessions: 1,
            session_id: "ASIA1".to_owned(),
            first_seen: day(1),
            last_seen: day(2),
            sample_event_id: "scattered".to_owned(),
        });
    };
    check(&[
        (
            "two places, none known",
            &|w| scattered(w, &[NAT, OTHER]),
            &["medium session_used_elsewhere shop-prod/shop/cart"],
        ),
        (
            "two usual ones",
            &|w| {
                usual(w, NAT);
                usual(w, OTHER);
                scattered(w, &[NAT, OTHER]);
            },
            &[],
        ),
        ("one place and one inside", &|w| scattered(w, &[NAT, "10.0.0.4"]), &[]),
    ]);
}

#[test]
fn sessions_of_nodes() {
    let node = |w: &mut World, instance: &str, address: &str, calls: u64| {
        w.facts.places.push(Place {
            workload: None,
            role_arn: text("arn:aws:iam::111122223333:role/node"),
            who: text(instance),
            ..place("node", Mechanism::NodeRole, false, address, calls)
        });
    };
    let known = |w: &mut World| {
        gateway(w, "vpc-9");
        w.inventory.instances.push(Instance {
            id: "i-1".to_owned(),
            vpc_id: text("vpc-9"),
            ..Instance::default()
        });
    };
    check(&[
        (
            "elsewhere, by the inventory",
            &|w| {
                known(w);
                node(w, "i-1", NAT, 5);
                node(w, "i-1", OTHER, 1);
            },
            &["critical node_session_elsewhere arn:aws:iam::111122223333:role/node"],
        ),
        (
            "elsewhere, as the log has it",
            &|w| {
                node(w, "i-1", NAT, 50);
                node(w, "i-2", NAT, 50);
                node(w, "i-1", OTHER, 1);
            },
            &["high node_session_elsewhere arn:aws:iam::111122223333:role/node"],
        ),
        (
            "two usual addresses",
            &|w| {
                node(w, "i-1", NAT, 50);
                node(w, "i-2", "203.0.113.22", 50);
            },
            &[],
        ),
        (
            "too few calls to say",
            &|w| {
                node(w, "i-1", NAT, 5);
                node(w, "i-1", OTHER, 1);
            },
            &[],
        ),
    ]);
}

#[test]
fn keys_of_users_behind_the_cluster() {
    let key = |w: &mut World, address: &str| {
        w.facts.places.push(Place {
            workload: None,
            role_arn: None,
            who: text("AKIAEXAMPLE"),
            ..place("user", Mechanism::StaticKey, false, address, 4)
        });
    };
    check(&[
        (
            "from the cluster",
            &|w| {
                usual(w, NAT);
                key(w, NAT);
            },
            &["high static_key_from_cluster AKIAEXAMPLE"],
        ),
        (
            "from elsewhere",
            &|w| {
                usual(w, NAT);
                key(w, OTHER);
            },
            &[],
        ),
        (
            "through an endpoint of the cluster's VPC",
            &|w| {
                key(w, "10.0.4.7");
                w.facts.places[0].vpc_endpoint_id = text("vpce-1");
                w.inventory.vpc_endpoints.push(VpcEndpoint {
                    id: "vpce-1".to_owned(),
                    vpc_id: "vpc-1".to_owned(),
                    ..VpcEndpoint::default()
                });
            },
            &["high static_key_from_cluster AKIAEXAMPLE"],
        ),
        (
            "through an endpoint that is not known",
            &|w| {
                key(w, "10.0.4.7");
                w.facts.places[0].vpc_endpoint_id = text("vpce-9");
            },
            &[],
        ),
    ]);
}

#[test]
fn sessions_that_outlive_their_pods() {
    let outlived = |class: Class, uid: Option<&str>, at: i64| {
        let uid = uid.map(str::to_owned);
        move |w: &mut World| {
            w.inventory.pods[0].ended_at = day(5);
            w.facts.pods.push(PodUse {
                workload: workload("shop", "cart"),
                pod: "cart-1".to_owned(),
                pod_uid: uid.clone(),
                pod_class: class,
                session_id: "ASIA1".to_owned(),
                last_call: day(5).map(|t| Timestamp(t.0 + at * 1_000_000)),
                issue_event_id: text("issue"),
            });
        }
    };
    let told: &[&str] = &["high session_after_pod_end shop-prod/shop/cart"];
    check(&[
        ("an hour after", &outlived(Class::Exact, Some("u1"), 3600), told),
        ("by name", &outlived(Class::Inferred, None, 3600), told),
        ("a minute after", &outlived(Class::Exact, Some("u1"), 60), &[]),
        (
            "another pod of that name",
            &outlived(Class::Exact, Some("u2"), 3600),
            &[],
        ),
        ("only claimed", &outlived(Class::Claimed, Some("u1"), 3600), &[]),
    ]);
}

/// The ServiceAccount, annotated with another role from a time on.
fn annotated(from: Option<Timestamp>) -> Vec<Version<ServiceAccount>> {
    let version = |from, role| Version {
        item: account("shop", "cart", Some(role)),
        from,
        until: None,
        event_id: None,
    };
    vec![version(None, CART), version(from, CATALOG)]
}

#[test]
fn tokens_for_a_role_that_is_not_the_accounts() {
    let asked = |account: &'static str, role: &'static str| {
        move |w: &mut World| {
            let exchange = place(account, Mechanism::Irsa, true, "10.0.0.1", 1);
            w.facts.places.push(Place {
                role_arn: text(role),
                ..exchange
            });
        }
    };
    check(&[
        ("the annotated role", &asked("cart", CART), &[]),
        (
            "another role",
            &asked("cart", CATALOG),
            &["medium hand_made_token shop-prod/shop/cart"],
        ),
        (
            "no annotation",
            &asked("catalog", CATALOG),
            &["medium hand_made_token shop-prod/shop/catalog"],
        ),
        (
            "no such account",
            &asked("ghost", CART),
            &[&format!("low hand_made_token {CLUSTER}/shop/ghost")],
        ),
        (
            "refused",
            &|w| {
                asked("cart", CATALOG)(w);
                w.facts.places[0].refused = true;
            },
            &[],
        ),
        (
            "the role that the annotation named before",
            &|w| {
                asked("cart", CATALOG)(w);
                w.inventory.history.service_accounts = annotated(day(0));
            },
            &[],
        ),
        (
            "the role that the annotation named only later",
            &|w| {
                asked("cart", CATALOG)(w);
                w.inventory.history.service_accounts = annotated(day(5));
            },
            &["medium hand_made_token shop-prod/shop/cart"],
        ),
        (
            "the cluster's accounts are not known",
            &|w| {
                w.inventory.service_accounts.clear();
                asked("cart", CATALOG)(w);
            },
            &[],
        ),
    ]);
}
