//! EC2: instances, endpoints and NAT gateways. The XML of the API is read into the JSON of its command line, whose names
//! differ (`model of EC2`, locationName of each member).

use aws_config::SdkConfig;
use podtrail_analysis::inventory::Object;
use podtrail_aws::{Call, Failure};
use serde::{Deserialize, Serialize};

use crate::iam::read;
use crate::signed::{Query, ask, unreadable};

/// The only version that EC2 has.
const VERSION: &str = "2016-11-15";
/// The most that a page may hold.
const PAGE: &str = "1000";

pub(crate) const INSTANCES: Query = Query {
    service: "ec2",
    name: "DescribeInstances",
    version: VERSION,
    action: "ec2:DescribeInstances",
};
pub(crate) const ENDPOINTS: Query = Query {
    service: "ec2",
    name: "DescribeVpcEndpoints",
    version: VERSION,
    action: "ec2:DescribeVpcEndpoints",
};
pub(crate) const GATEWAYS: Query = Query {
    service: "ec2",
    name: "DescribeNatGateways",
    version: VERSION,
    action: "ec2:DescribeNatGateways",
};

/// All pages of an action.
pub(crate) async fn described(config: &SdkConfig, query: &Query) -> Result<Vec<Object>, Failure> {
    let call = Call {
        action: query.action,
        resource: "*",
    };
    let mut objects = Vec::new();
    let mut token: Option<String> = None;
    loop {
        let mut parameters = vec![("MaxResults", PAGE)];
        parameters.extend(token.as_deref().map(|token| ("NextToken", token)));
        let page: Page = ask(config, query, &parameters).await?;
        if !page.answers(query) {
            // An empty list is there, and empty. What is something else must not end all that is known.
            return Err(unreadable(call, "it is no answer of EC2"));
        }
        let answer = serde_json::to_value(&page).unwrap_or_default();
        objects.extend(read(call, &answer)?);
        token = page.next_token.filter(|token| !token.is_empty());
        if token.is_none() {
            return Ok(objects);
        }
    }
}

/// An answer of any of the three; a member that is not there is null, which is read as an empty list.
#[derive(Debug, Serialize, Deserialize)]
struct Page {
    #[serde(rename(deserialize = "reservationSet", serialize = "Reservations"))]
    reservations: Option<Set<Reservation>>,
    #[serde(rename(deserialize = "vpcEndpointSet", serialize = "VpcEndpoints"))]
    endpoints: Option<Set<Endpoint>>,
    #[serde(rename(deserialize = "natGatewaySet", serialize = "NatGateways"))]
    gateways: Option<Set<Gateway>>,
    #[serde(rename = "nextToken", skip_serializing)]
    next_token: Option<String>,
}

impl Page {
    fn answers(&self, query: &Query) -> bool {
        match query.name {
            "DescribeInstances" => self.reservations.is_some(),
            "DescribeVpcEndpoints" => self.endpoints.is_some(),
            _ => self.gateways.is_some(),
        }
    }
}

/// EC2's lists: `<item>` after `<item>`.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(into = "Vec<T>")]
struct Set<T: Clone + Serialize> {
    #[serde(default = "Vec::new")]
    item: Vec<T>,
}

impl<T: Clone + Serialize> From<Set<T>> for Vec<T> {
    fn from(set: Set<T>) -> Self {
        set.item
    }
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all(deserialize = "camelCase", serialize = "PascalCase"))]
struct Reservation {
    owner_id: Option<String>,
    #[serde(rename(deserialize = "instancesSet", serialize = "Instances"))]
    instances: Option<Set<Instance>>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all(deserialize = "camelCase", serialize = "PascalCase"))]
struct Instance {
    instance_id: Option<String>,
    vpc_id: Option<String>,
    placement: Option<Placement>,
    private_ip_address: Option<String>,
    private_dns_name: Option<String>,
    #[serde(rename(deserialize = "ipAddress", serialize = "PublicIpAddress"))]
    public_ip_address: Option<String>,
    iam_instance_profile: Option<Profile>,
    metadata_options: Option<MetadataOptions>,
    #[serde(rename(deserialize = "networkInterfaceSet", serialize = "NetworkInterfaces"))]
    network_interfaces: Option<Set<Interface>>,
    #[serde(rename(deserialize = "instanceState", serialize = "State"))]
    state: Option<State>,
    launch_time: Option<String>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all(deserialize = "camelCase", serialize = "PascalCase"))]
struct Placement {
    availability_zone: Option<String>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all(deserialize = "camelCase", serialize = "PascalCase"))]
struct Profile {
    arn: Option<String>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all(deserialize = "camelCase", serialize = "PascalCase"))]
struct MetadataOptions {
    http_tokens: Option<String>,
    http_put_response_hop_limit: Option<u32>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all(deserialize = "camelCase", serialize = "PascalCase"))]
struct Interface {
    private_ip_address: Option<String>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all(deserialize = "camelCase", serialize = "PascalCase"))]
struct State {
    name: Option<String>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all(deserialize = "camelCase", serialize = "PascalCase"))]
struct Endpoint {
    vpc_endpoint_id: Option<String>,
    owner_id: Option<String>,
    vpc_id: Option<String>,
    service_name: Option<String>,
    state: Option<String>,
    creation_timestamp: Option<String>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all(deserialize = "camelCase", serialize = "PascalCase"))]
struct Gateway {
    nat_gateway_id: Option<String>,
    vpc_id: Option<String>,
    #[serde(rename(deserialize = "natGatewayAddressSet", serialize = "NatGatewayAddresses"))]
    addresses: Option<Set<GatewayAddress>>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all(deserialize = "camelCase", serialize = "PascalCase"))]
struct GatewayAddress {
    public_ip: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn objects(query: &Query, xml: &str) -> Result<Vec<Object>, String> {
        let page: Page = quick_xml::de::from_str(xml).map_err(|error| error.to_string())?;
        assert!(page.answers(query), "{xml}");
        let call = Call {
            action: query.action,
            resource: "*",
        };
        let answer = serde_json::to_value(&page).map_err(|error| error.to_string())?;
        read(call, &answer).map_err(|failure| failure.message)
    }

    #[test]
    fn instances_are_read_from_their_xml() {
        let xml = r#"<?xml version="1.0" encoding="UTF-8"?>
<DescribeInstancesResponse xmlns="http://ec2.amazonaws.com/doc/2016-11-15/">
  <requestId>r</requestId>
  <reservationSet>
    <item><reservationId>r-1</reservationId><ownerId>111122223333</ownerId><groupSet/>
      <instancesSet><item>
        <instanceId>i-0a</instanceId><instanceState><code>16</code><name>running</name></instanceState>
        <privateDnsName>ip-10-0-0-1.ec2.internal</privateDnsName><dnsName/><launchTime>2026-01-01T00:00:00.000Z</launchTime>
        <placement><availabilityZone>eu-west-1a</availabilityZone><tenancy>default</tenancy></placement>
        <vpcId>vpc-1</vpcId><privateIpAddress>10.0.0.1</privateIpAddress><ipAddress>198.51.100.7</ipAddress>
        <iamInstanceProfile><arn>arn:aws:iam::111122223333:instance-profile/node</arn><id>AIPA</id></iamInstanceProfile>
        <networkInterfaceSet><item><privateIpAddress>10.0.0.1</privateIpAddress>
          <privateIpAddressesSet><item><privateIpAddress>10.0.0.77</privateIpAddress></item></privateIpAddressesSet></item>
          <item><privateIpAddress>10.0.0.2</privateIpAddress></item></networkInterfaceSet>
        <metadataOptions><state>applied</state><httpTokens>optional</httpTokens>
          <httpPutResponseHopLimit>2</httpPutResponseHopLimit><httpEndpoint>enabled</httpEndpoint></metadataOptions>
      </item></instancesSet></item>
    <item><ownerId>111122223333</ownerId><instancesSet><item><instanceId>i-0b</instanceId>
        <instanceState><name>terminated</name></instanceState></item></instancesSet></item>
  </reservationSet>
  <nextToken>more</nextToken>
</DescribeInstancesResponse>"#;
        let found = objects(&INSTANCES, xml).unwrap();
        let [Object::Instance(found)] = found.as_slice() else {
            panic!("{found:?}")
        };
        assert_eq!(
            (found.id.as_str(), found.account.as_deref()),
            ("i-0a", Some("111122223333"))
        );
        assert_eq!(found.private_ips, ["10.0.0.1", "10.0.0.2"]);
        assert_eq!(found.public_ip.as_deref(), Some("198.51.100.7"));
        assert_eq!(
            (found.http_tokens.as_deref(), found.hop_limit),
            (Some("optional"), Some(2))
        );
        assert!(found.launched_at.is_some() && found.instance_profile_arn.is_some());
        let page: Page = quick_xml::de::from_str(xml).unwrap();
        assert_eq!(page.next_token.as_deref(), Some("more"));
    }

    #[test]
    fn endpoints_and_gateways_are_read_from_their_xml() {
        let xml = "<DescribeVpcEndpointsResponse><vpcEndpointSet><item><vpcEndpointId>vpce-1</vpcEndpointId>\
            <vpcId>vpc-1</vpcId><serviceName>com.amazonaws.eu-west-1.s3</serviceName><state>available</state>\
            <ownerId>111122223333</ownerId><creationTimestamp>2026-01-01T00:00:00Z</creationTimestamp></item>\
            </vpcEndpointSet></DescribeVpcEndpointsResponse>";
        let found = objects(&ENDPOINTS, xml).unwrap();
        assert!(matches!(found.as_slice(), [Object::VpcEndpoint(e)] if e.id == "vpce-1" && e.created_at.is_some()));
        let xml = "<DescribeNatGatewaysResponse><natGatewaySet><item><natGatewayId>nat-1</natGatewayId>\
            <vpcId>vpc-1</vpcId><natGatewayAddressSet><item><publicIp>198.51.100.1</publicIp></item>\
            <item><privateIp>10.0.0.9</privateIp></item></natGatewayAddressSet></item></natGatewaySet>\
            </DescribeNatGatewaysResponse>";
        let found = objects(&GATEWAYS, xml).unwrap();
        assert!(matches!(found.as_slice(), [Object::NatGateway(n)] if n.public_ips == ["198.51.100.1"]));
    }

    #[test]
    fn an_empty_list_is_an_answer_and_something_else_is_none() {
        for (query, name) in [
            (&INSTANCES, "reservationSet"),
            (&ENDPOINTS, "vpcEndpointSet"),
            (&GATEWAYS, "natGatewaySet"),
        ] {
            assert_eq!(
                objects(query, &format!("<R><requestId>r</requestId><{name}/></R>")).unwrap(),
                [],
                "{name}"
            );
            let other: Page = quick_xml::de::from_str("<html><body>Sign in</body></html>").unwrap();
            assert!(!other.answers(query), "{name}");
        }
    }
}
