//! The machines, addresses and issuers beside clusters, roles and pods.

use serde_json::json;

use super::*;

fn instance() -> Value {
    json!({"InstanceId": "i-0a", "LaunchTime": "2026-01-01T00:00:00+00:00", "VpcId": "vpc-1",
        "Placement": {"AvailabilityZone": "eu-west-1b"}, "State": {"Code": 16, "Name": "running"},
        "PrivateIpAddress": "10.0.0.1", "PrivateDnsName": "ip-10-0-0-1.eu-west-1.compute.internal", "PublicIpAddress": "",
        "IamInstanceProfile": {"Arn": "arn:aws:iam::111122223333:instance-profile/node", "Id": "AIPA"},
        "MetadataOptions": {"HttpTokens": "optional", "HttpPutResponseHopLimit": 2, "State": "applied"},
        "NetworkInterfaces": [{"PrivateIpAddress": "10.0.0.1", "PrivateIpAddresses": [{"PrivateIpAddress": "10.0.0.77"}]},
                              {"PrivateIpAddress": "10.0.0.2"}]})
}

#[test]
fn an_instance_comes_with_its_own_addresses_and_how_its_credentials_are_had() {
    let file = json!({"Reservations": [{"OwnerId": "111122223333", "Instances": [instance()]}]});
    let expected = Instance {
        id: "i-0a".into(),
        account: Some("111122223333".into()),
        region: Some("eu-west-1".into()),
        vpc_id: Some("vpc-1".into()),
        private_ips: vec!["10.0.0.1".into(), "10.0.0.2".into()],
        private_dns_name: Some("ip-10-0-0-1.eu-west-1.compute.internal".into()),
        public_ip: None,
        instance_profile_arn: Some("arn:aws:iam::111122223333:instance-profile/node".into()),
        http_tokens: Some("optional".into()),
        hop_limit: Some(2),
        launched_at: at("2026-01-01T00:00:00Z"),
        ended_at: None,
    };
    assert_eq!(
        one(&file),
        Object::Instance(expected),
        "and not the addresses of its pods"
    );
}

#[test]
fn a_terminated_instance_is_none() {
    let mut gone = instance();
    gone["State"]["Name"] = json!("terminated");
    let file = json!({"Reservations": [{"OwnerId": "111122223333", "Instances": [gone]}]});
    assert_eq!(read(&file).unwrap(), []);
}

#[test]
fn the_region_of_an_instance_is_that_of_its_zone() {
    let cases = [
        ("eu-west-1b", Some("eu-west-1")),
        ("us-west-2-lax-1a", Some("us-west-2")),
        ("us-gov-east-1a", Some("us-gov-east-1")),
        ("nowhere", None),
    ];
    for (zone, region) in cases {
        let mut detail = instance();
        detail["Placement"]["AvailabilityZone"] = json!(zone);
        let Object::Instance(found) = one(&json!({"Reservations": [{"Instances": [detail]}]})) else {
            panic!("{zone}")
        };
        assert_eq!(found.region.as_deref(), region, "{zone}");
    }
}

#[test]
fn an_endpoint_is_of_the_region_in_its_service_name() {
    let cases = [
        ("com.amazonaws.eu-west-1.s3", Some("eu-west-1")),
        ("cn.com.amazonaws.cn-north-1.ecr.api", Some("cn-north-1")),
        ("aws.sagemaker.us-east-2.notebook", Some("us-east-2")),
        ("com.amazonaws.s3-global.accesspoint", None),
    ];
    for (service, region) in cases {
        let file = json!({"VpcEndpoints": [{"VpcEndpointId": "vpce-1", "VpcId": "vpc-1", "ServiceName": service,
            "OwnerId": "111122223333", "State": "Available", "CreationTimestamp": "2026-01-01T00:00:00Z"}]});
        let Object::VpcEndpoint(found) = one(&file) else {
            panic!("{service}")
        };
        assert_eq!(found.region.as_deref(), region, "{service}");
        assert_eq!(
            (found.state.as_deref(), found.vpc_id.as_str()),
            (Some("available"), "vpc-1")
        );
        assert_eq!(
            (found.account.as_deref(), found.created_at),
            (Some("111122223333"), at("2026-01-01T00:00:00Z"))
        );
    }
}

#[test]
fn a_nat_gateway_comes_with_its_public_addresses() {
    let file = json!({"NatGateways": [{"NatGatewayId": "nat-1", "VpcId": "vpc-1", "State": "available",
        "NatGatewayAddresses": [{"PublicIp": "198.51.100.2", "PrivateIp": "10.0.0.3"}, {"PublicIp": "198.51.100.1"},
                                {"PrivateIp": "10.0.0.4"}]}]});
    let Object::NatGateway(found) = one(&file) else {
        panic!()
    };
    assert_eq!(found.public_ips, ["198.51.100.1", "198.51.100.2"]);
    assert_eq!(
        (found.id.as_str(), found.vpc_id.as_str(), found.account),
        ("nat-1", "vpc-1", None)
    );
}

#[test]
fn an_instance_profile_is_read_from_its_list_and_from_the_details_of_its_role() {
    let profile = json!({"InstanceProfileName": "node", "Arn": "arn:aws:iam::111122223333:instance-profile/node",
        "Roles": [{"RoleName": "cart", "Arn": ROLE}]});
    let mut role = role_detail();
    role["InstanceProfileList"] = json!([profile]);
    let from_role = read(&json!({"RoleDetailList": [role]})).unwrap();
    let listed = one(&json!({"InstanceProfiles": [profile]}));
    assert_eq!(from_role[1], listed);
    let Object::InstanceProfile(found) = listed else {
        panic!()
    };
    assert_eq!(found.roles, [ROLE]);
}

#[test]
fn an_oidc_provider_is_what_its_list_and_its_detail_say_together() {
    let arn = |account: &str| format!("arn:aws:iam::{account}:oidc-provider/{ISSUER}");
    let list = |account: &str| one(&json!({"OpenIDConnectProviderList": [{"Arn": arn(account)}]}));
    let detail = || {
        one(
            &json!({"Url": ISSUER, "ClientIDList": ["sts.amazonaws.com", "b"], "ThumbprintList": ["9e99"],
            "CreateDate": "2026-01-01T00:00:00+00:00", "Tags": []}),
        )
    };
    let merged = |objects: Vec<Object>| {
        let mut back: Vec<_> = objects.clone().into_iter().map(|o| (o, Timestamp(0))).collect();
        let there = Inventory::from_objects(back.clone()).oidc_providers;
        back.reverse();
        assert_eq!(Inventory::from_objects(back).oidc_providers, there, "any order");
        there
            .into_iter()
            .map(|p| (p.arn, p.url, p.client_ids.len()))
            .collect::<Vec<_>>()
    };
    let (first, second) = ("111122223333", "444455556666");
    let url = || ISSUER.to_owned();
    assert_eq!(merged(vec![list(first)]), [(arn(first), url(), 0)], "list alone");
    assert_eq!(merged(vec![detail()]), [(String::new(), url(), 2)], "detail alone");
    assert_eq!(merged(vec![list(first), detail()]), [(arn(first), url(), 2)], "both");
    assert_eq!(
        merged(vec![list(first), list(second), detail()]),
        [(arn(first), url(), 0), (arn(second), url(), 0)],
        "one detail and two accounts: whose is it?"
    );
}

#[test]
fn a_node_names_its_instance_where_it_is_one() {
    let node = |provider: &str| {
        json!({"apiVersion": "v1", "kind": "Node", "metadata": {"name": "ip-10-0-0-1"}, "spec": {"providerID": provider},
            "status": {"addresses": [{"type": "InternalIP", "address": "10.0.0.1"}, {"type": "Hostname", "address": "h"}]}})
    };
    let cases = [
        ("aws:///eu-west-1a/i-0a1b", Some("i-0a1b")),
        ("aws:///eu-west-1a/9d2e/fargate-ip-10-0-0-1", None),
        ("eks-hybrid:///eu-west-1/prod/mi-0a1b", None),
        ("kind://docker/kind/kind-control-plane", None),
    ];
    for (provider, instance) in cases {
        let Object::Node(found) = one(&list(&[node(provider)])) else {
            panic!("{provider}")
        };
        assert_eq!(found.instance_id.as_deref(), instance, "{provider}");
        assert_eq!(
            (found.name.as_str(), found.ips),
            ("ip-10-0-0-1", vec!["10.0.0.1".to_owned()])
        );
    }
}

#[test]
fn a_self_managed_cluster_has_a_name_and_an_issuer() {
    let file =
        json!({"selfManagedCluster": {"name": "kops", "issuer": "https://oidc.example.org/kops/", "vpcId": "vpc-9"}});
    let object = one(&file);
    let Object::Cluster(cluster) = &object else { panic!() };
    assert_eq!((cluster.arn.as_str(), cluster.reference()), ("", "kops"));
    assert_eq!(cluster.oidc_issuer.as_deref(), Some("oidc.example.org/kops"));
    assert_eq!(cluster.vpc_id.as_deref(), Some("vpc-9"));
    // kubectl's objects of it are found by the trust of their roles, as those of EKS are.
    let mut role = role_detail();
    role["AssumeRolePolicyDocument"] = trust("oidc.example.org/kops");
    let objects = [
        object.clone(),
        one(&cluster_answer(CLUSTER_ARN, ISSUER)),
        read(&json!({"RoleDetailList": [role]})).unwrap().remove(0),
        one(&service_account("shop", "cart", Some(ROLE))),
    ];
    assert_eq!(resolve_cluster(&objects, &Inventory::default()).unwrap(), "kops");
}

#[test]
fn a_wrong_registration_is_refused() {
    let cases = [
        (json!({"name": "kops", "issuer": "http://x"}), "begins with `https://`"),
        (json!({"name": "kops"}), "`issuer` is missing"),
        (json!({"issuer": "https://x"}), "`name` is missing"),
        (json!({"name": "a/b", "issuer": "https://x"}), "no `/`"),
        (
            json!({"name": "a", "issuer": "https://x", "arn": "y"}),
            "unknown field `arn`",
        ),
    ];
    for (value, expected) in cases {
        let error = read(&json!({"selfManagedCluster": value})).unwrap_err().to_string();
        assert!(error.contains(expected), "{value}: {error}");
    }
}

#[test]
fn the_organizations_policies_are_of_an_account_level_by_level() {
    let full = json!({"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}});
    let file = json!({"organizationPolicies": {"account": "111122223333",
        "serviceControlPolicies": [[full], [full.to_string(), full]]}});
    let inventory = Inventory::from_objects([(one(&file), Timestamp(0))]);
    let sizes = |role: &str| inventory.scps(role).iter().map(Vec::len).collect::<Vec<_>>();
    assert_eq!(sizes("arn:aws:iam::111122223333:role/x"), [1, 2]);
    assert_eq!(sizes("arn:aws:iam::444455556666:role/x"), [0; 0]);
    // The newest is in force, whatever the order.
    let later = json!({"organizationPolicies": {"account": "111122223333", "serviceControlPolicies": [[full]]}});
    let both = [(one(&later), Timestamp(1)), (one(&file), Timestamp(0))];
    assert_eq!(
        Inventory::from_objects(both)
            .scps("arn:aws:iam::111122223333:role/x")
            .len(),
        1
    );
    for (value, expected) in [
        (json!({"serviceControlPolicies": []}), "`account` is missing"),
        (json!({"account": "1"}), "an account has twelve digits"),
        (
            json!({"account": "111122223333", "serviceControlPolicies": [[{}]]}),
            "`serviceControlPolicies/0/0` is no policy",
        ),
        (
            json!({"account": "111122223333", "policies": []}),
            "unknown field `policies`",
        ),
    ] {
        let error = read(&json!({"organizationPolicies": value})).unwrap_err().to_string();
        assert!(error.contains(expected), "{value}: {error}");
    }
}

#[test]
fn a_recreated_cluster_is_kept_beside_the_one_before() {
    let both = [ISSUER, OTHER_ISSUER].map(|issuer| (one(&cluster_answer(CLUSTER_ARN, issuer)), Timestamp(0)));
    assert_eq!(Inventory::from_objects(both).clusters.len(), 2);
}

#[test]
fn every_kind_comes_back_from_its_stored_form() {
    let file = json!([{"Reservations": [{"OwnerId": "1", "Instances": [instance()]}]},
        {"VpcEndpoints": [{"VpcEndpointId": "vpce-1", "VpcId": "vpc-1", "ServiceName": "s"}]},
        {"NatGateways": [{"NatGatewayId": "nat-1", "VpcId": "vpc-1"}]},
        {"OpenIDConnectProviderList": [{"Arn": format!("arn:aws:iam::1:oidc-provider/{ISSUER}")}]},
        {"InstanceProfiles": [{"Arn": "arn:aws:iam::1:instance-profile/p"}]},
        {"apiVersion": "v1", "kind": "Node", "metadata": {"name": "n"}}]);
    let mut objects = read(&file).unwrap();
    objects.push(Object::Ended(Ended {
        of: "pod".into(),
        key: "k".into(),
        at: Timestamp(3),
    }));
    assert_eq!(objects.len(), 7);
    for object in objects {
        let text = serde_json::to_string(&object).unwrap();
        assert!(text.contains(&format!("\"kind\":\"{}\"", object.kind())), "{text}");
        assert_eq!(serde_json::from_str::<Object>(&text).unwrap(), object);
    }
}
