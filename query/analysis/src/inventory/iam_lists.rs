//! `aws iam list-open-id-connect-providers`, `get-open-id-connect-provider` and `list-instance-profiles`.

use podtrail_event::time::Timestamp;
use serde::Deserialize;

use super::parse::{Parts, Place, time};
use super::{InstanceProfile, InventoryError, Object, OidcProvider};

const PROVIDERS: &str = "`aws iam list-open-id-connect-providers`";
const PROVIDER: &str = "`aws iam get-open-id-connect-provider`";
const PROFILES: &str = "instance profiles";

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Named {
    arn: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct ProviderDetail {
    url: Option<String>,
    #[serde(rename = "ClientIDList")]
    client_ids: Option<Vec<String>>,
    thumbprint_list: Option<Vec<String>>,
    #[serde(default, deserialize_with = "time")]
    create_date: Option<Timestamp>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct ProfileDetail {
    arn: Option<String>,
    roles: Option<Vec<Named>>,
}

/// Whether an object is one of these answers.
pub(super) fn is_answer(parts: &Parts<'_>) -> bool {
    let has = |name: &str| parts.contains_key(name);
    has("OpenIDConnectProviderList") || has("InstanceProfiles") || (has("Url") && has("ClientIDList"))
}

/// Reads one answer.
pub(super) fn answer<'t>(place: &Place<'t>, parts: &Parts<'t>, out: &mut Vec<Object>) -> Result<(), InventoryError> {
    for item in place.list(parts, "OpenIDConnectProviderList", PROVIDERS)? {
        out.push(Object::OidcProvider(listed(&item)?));
    }
    profiles(place, parts, "InstanceProfiles", out)?;
    if parts.contains_key("Url") {
        out.push(Object::OidcProvider(provider(place)?));
    }
    Ok(())
}

/// The instance profiles of a member: `InstanceProfiles`, or `InstanceProfileList` within a role's details.
pub(super) fn profiles<'t>(
    place: &Place<'t>,
    parts: &Parts<'t>,
    name: &str,
    out: &mut Vec<Object>,
) -> Result<(), InventoryError> {
    for item in place.list(parts, name, PROFILES)? {
        let detail: ProfileDetail = item.read(PROFILES)?;
        let roles = detail.roles.unwrap_or_default().into_iter();
        let mut roles: Vec<String> = roles.filter_map(|role| role.arn).collect();
        roles.sort();
        out.push(Object::InstanceProfile(InstanceProfile {
            arn: item.needed(detail.arn, "Arn", PROFILES)?,
            roles,
        }));
    }
    Ok(())
}

fn listed(place: &Place<'_>) -> Result<OidcProvider, InventoryError> {
    let arn = place.needed(place.read::<Named>(PROVIDERS)?.arn, "Arn", PROVIDERS)?;
    let Some((_, url)) = arn.split_once(":oidc-provider/") else {
        return Err(place.malformed(PROVIDERS, &format!("`{arn}` is no ARN of an OIDC provider")));
    };
    Ok(OidcProvider {
        url: url.to_owned(),
        arn,
        ..OidcProvider::default()
    })
}

fn provider(place: &Place<'_>) -> Result<OidcProvider, InventoryError> {
    let detail: ProviderDetail = place.read(PROVIDER)?;
    let url = place.needed(detail.url, "Url", PROVIDER)?;
    let sorted = |texts: Option<Vec<String>>| {
        let mut texts = texts.unwrap_or_default();
        texts.sort();
        texts
    };
    Ok(OidcProvider {
        arn: String::new(),
        // IAM keeps it without the scheme; whoever wrote the file may not.
        url: url.trim_start_matches("https://").to_owned(),
        client_ids: sorted(detail.client_ids),
        thumbprints: sorted(detail.thumbprint_list),
        created_at: detail.create_date,
    })
}
