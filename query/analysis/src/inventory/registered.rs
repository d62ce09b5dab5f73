//! A cluster that is not EKS's, registered by its user: `{"selfManagedCluster": {"name": …, "issuer": …}}`.

use serde::Deserialize;

use super::parse::Place;
use super::{Cluster, InventoryError, Object};

/// The member that tells such a document.
pub(super) const NAME: &str = "selfManagedCluster";
const KIND: &str = "a self-managed cluster";

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Registered {
    name: Option<String>,
    issuer: Option<String>,
    vpc_id: Option<String>,
}

/// A cluster without an ARN. Its issuer is `--service-account-issuer` of its API server, as IAM's provider has it.
pub(super) fn cluster(place: &Place<'_>) -> Result<Object, InventoryError> {
    let detail: Registered = place.read(KIND)?;
    let issuer = place.needed(detail.issuer, "issuer", KIND)?;
    // IAM accepts no issuer but one with https: `CreateOpenIDConnectProvider`, parameter Url.
    let bare = issuer
        .strip_prefix("https://")
        .unwrap_or_default()
        .trim_end_matches('/');
    if bare.is_empty() || bare.contains(char::is_whitespace) {
        let message = format!("`issuer` is `{issuer}`; it is an address that begins with `https://`");
        return Err(place.malformed(KIND, &message));
    }
    let name = place.needed(detail.name, "name", KIND)?;
    if name.contains('/') {
        let message = format!("`name` is `{name}`; a cluster's name has no `/`");
        return Err(place.malformed(KIND, &message));
    }
    Ok(Object::Cluster(Cluster {
        name,
        oidc_issuer: Some(bare.to_owned()),
        vpc_id: detail.vpc_id.filter(|vpc| !vpc.is_empty()),
        ..Cluster::default()
    }))
}
