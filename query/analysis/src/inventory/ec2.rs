//! `aws ec2 describe-instances`, `describe-vpc-endpoints` and `describe-nat-gateways`.

use podtrail_event::time::Timestamp;
use serde::Deserialize;

use super::parse::{Parts, Place, time};
use super::{Instance, InventoryError, NatGateway, Object, VpcEndpoint};

const INSTANCES: &str = "`aws ec2 describe-instances`";
const ENDPOINTS: &str = "`aws ec2 describe-vpc-endpoints`";
const GATEWAYS: &str = "`aws ec2 describe-nat-gateways`";

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Reservation {
    owner_id: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct InstanceDetail {
    instance_id: Option<String>,
    vpc_id: Option<String>,
    placement: Option<Placement>,
    private_ip_address: Option<String>,
    private_dns_name: Option<String>,
    public_ip_address: Option<String>,
    iam_instance_profile: Option<Profile>,
    metadata_options: Option<MetadataOptions>,
    network_interfaces: Option<Vec<Interface>>,
    state: Option<State>,
    #[serde(default, deserialize_with = "time")]
    launch_time: Option<Timestamp>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Placement {
    availability_zone: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Profile {
    arn: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct MetadataOptions {
    http_tokens: Option<String>,
    http_put_response_hop_limit: Option<u32>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Interface {
    private_ip_address: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct State {
    name: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct EndpointDetail {
    vpc_endpoint_id: Option<String>,
    owner_id: Option<String>,
    vpc_id: Option<String>,
    service_name: Option<String>,
    state: Option<String>,
    #[serde(default, deserialize_with = "time")]
    creation_timestamp: Option<Timestamp>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct GatewayDetail {
    nat_gateway_id: Option<String>,
    vpc_id: Option<String>,
    nat_gateway_addresses: Option<Vec<GatewayAddress>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct GatewayAddress {
    public_ip: Option<String>,
}

/// Whether an object is an answer of EC2.
pub(super) fn is_answer(parts: &Parts<'_>) -> bool {
    ["Reservations", "VpcEndpoints", "NatGateways"]
        .into_iter()
        .any(|name| parts.contains_key(name))
}

/// Reads one answer.
pub(super) fn answer<'t>(place: &Place<'t>, parts: &Parts<'t>, out: &mut Vec<Object>) -> Result<(), InventoryError> {
    for reservation in place.list(parts, "Reservations", INSTANCES)? {
        let owner = reservation.read::<Reservation>(INSTANCES)?.owner_id;
        let parts = reservation.parts().unwrap_or_default();
        for item in reservation.list(&parts, "Instances", INSTANCES)? {
            out.extend(instance(&item, owner.clone())?.map(Object::Instance));
        }
    }
    for item in place.list(parts, "VpcEndpoints", ENDPOINTS)? {
        out.push(Object::VpcEndpoint(endpoint(&item)?));
    }
    for item in place.list(parts, "NatGateways", GATEWAYS)? {
        out.push(Object::NatGateway(gateway(&item)?));
    }
    Ok(())
}

/// An instance; none where it is terminated, for it has no address any more, and may be listed for an hour.
fn instance(place: &Place<'_>, account: Option<String>) -> Result<Option<Instance>, InventoryError> {
    let detail: InstanceDetail = place.read(INSTANCES)?;
    let id = place.needed(detail.instance_id, "InstanceId", INSTANCES)?;
    if detail.state.and_then(|state| state.name).as_deref() == Some("terminated") {
        return Ok(None);
    }
    let interfaces = detail.network_interfaces.unwrap_or_default();
    let primary = interfaces.into_iter().filter_map(|each| each.private_ip_address);
    let zone = detail.placement.and_then(|placement| placement.availability_zone);
    let (http_tokens, hop_limit) = detail
        .metadata_options
        .map_or((None, None), |o| (o.http_tokens, o.http_put_response_hop_limit));
    Ok(Some(Instance {
        id,
        account,
        region: zone.as_deref().and_then(region_of_zone),
        vpc_id: filled(detail.vpc_id),
        private_ips: sorted(primary.chain(detail.private_ip_address)),
        private_dns_name: filled(detail.private_dns_name),
        public_ip: filled(detail.public_ip_address),
        instance_profile_arn: detail.iam_instance_profile.and_then(|profile| profile.arn),
        http_tokens,
        hop_limit,
        launched_at: detail.launch_time,
        ended_at: None,
    }))
}

fn endpoint(place: &Place<'_>) -> Result<VpcEndpoint, InventoryError> {
    let detail: EndpointDetail = place.read(ENDPOINTS)?;
    let service_name = place.needed(detail.service_name, "ServiceName", ENDPOINTS)?;
    Ok(VpcEndpoint {
        id: place.needed(detail.vpc_endpoint_id, "VpcEndpointId", ENDPOINTS)?,
        account: filled(detail.owner_id),
        region: service_name.split('.').find(|part| is_region(part)).map(str::to_owned),
        vpc_id: place.needed(detail.vpc_id, "VpcId", ENDPOINTS)?,
        service_name,
        created_at: detail.creation_timestamp,
        // `available` by API and command line, `Available` in the model of EC2.
        state: detail.state.map(|state| state.to_ascii_lowercase()),
        deleted_at: None,
    })
}

fn gateway(place: &Place<'_>) -> Result<NatGateway, InventoryError> {
    let detail: GatewayDetail = place.read(GATEWAYS)?;
    let addresses = detail.nat_gateway_addresses.unwrap_or_default();
    Ok(NatGateway {
        id: place.needed(detail.nat_gateway_id, "NatGatewayId", GATEWAYS)?,
        account: None,
        region: None,
        vpc_id: place.needed(detail.vpc_id, "VpcId", GATEWAYS)?,
        public_ips: sorted(addresses.into_iter().filter_map(|each| each.public_ip)),
    })
}

/// The region of an availability zone (`eu-west-1a`), local zone (`us-west-2-lax-1a`) or wavelength zone
/// (`us-east-1-wl1-bos-wlz-1`): up to the first number.
fn region_of_zone(zone: &str) -> Option<String> {
    let digit = zone.find(|letter: char| letter.is_ascii_digit())?;
    let region = zone.get(..=digit)?;
    is_region(region).then(|| region.to_owned())
}

/// Whether a text has the form of a region: `eu-west-1`, `us-gov-east-1`, `us-iso-east-1`.
fn is_region(text: &str) -> bool {
    let Some((name, number)) = text.rsplit_once('-') else {
        return false;
    };
    let words: Vec<&str> = name.split('-').collect();
    let is_word = |word: &&str| word.len() > 1 && word.chars().all(|letter| letter.is_ascii_lowercase());
    (2..=3).contains(&words.len()) && words.iter().all(is_word) && number.len() == 1 && number.parse::<u8>().is_ok()
}

fn filled(text: Option<String>) -> Option<String> {
    text.filter(|text| !text.is_empty())
}

fn sorted(texts: impl Iterator<Item = String>) -> Vec<String> {
    let mut texts: Vec<String> = texts.filter(|text| !text.is_empty()).collect();
    texts.sort();
    texts.dedup();
    texts
}
