//! Whether a digest proves itself: by its place, its signature, and a key of CloudTrail.

use std::collections::BTreeMap;

use podtrail_event::time::Timestamp;

use super::document::Digest;
use super::keys::{PublicKeys, Wanted};
use super::name::{At, Chain, HOUR};
use podtrail_aws::Failure;

/// The only algorithm of signatures that CloudTrail documents.
const ALGORITHM: &str = "SHA256withRSA";

/// A digest as it was read.
pub(super) struct Found<'a> {
    /// The chain that its name puts it in.
    pub(super) chain: &'a Chain,
    /// Where it was read.
    pub(super) at: &'a At,
    /// The metadata of the object.
    pub(super) metadata: &'a BTreeMap<String, String>,
    /// The hash of its inflated content.
    pub(super) hash: &'a str,
    /// What it says.
    pub(super) digest: &'a Digest,
}

/// Why a digest does not prove itself, and what to do; nothing where it does.
pub(super) async fn doubt(keys: &dyn PublicKeys, found: &Found<'_>) -> Result<Option<String>, Failure> {
    let signature = match signature(found) {
        Ok(signature) => signature,
        Err(doubt) => return Ok(Some(doubt)),
    };
    let wanted = Wanted {
        fingerprint: &found.digest.digest_public_key_fingerprint,
        regions: [&found.chain.region, &found.chain.home],
        time: made_in(found.digest, found.metadata),
    };
    let candidates = keys.find(wanted).await?;
    if candidates.is_empty() {
        return Ok(Some(format!(
            "it names the public key `{}`, which is not among {}: take it for a forgery, unless the keys are the wrong \
             ones",
            wanted.fingerprint,
            keys.origin()
        )));
    }
    let proves = |key: &super::keys::PublicKey| found.digest.is_signed(found.hash, signature, &key.der);
    let signed = candidates.iter().any(proves);
    Ok((!signed).then(|| {
        "its signature does not fit what it says, so it was changed: restore what CloudTrail delivered, metadata included"
            .to_owned()
    }))
}

/// The signature in the metadata of a digest that lies where CloudTrail put it.
fn signature<'a>(found: &Found<'a>) -> Result<&'a str, String> {
    let digest = found.digest;
    let delivered = At::new(&digest.bucket, &digest.key);
    if delivered != *found.at {
        return Err(format!(
            "it says that CloudTrail delivered it as `{delivered}`, so it was moved or copied here: verify it there"
        ));
    }
    let algorithm = found.metadata.get("signature-algorithm");
    match (found.metadata.get("signature"), algorithm) {
        (Some(signature), Some(algorithm)) if algorithm == ALGORITHM => Ok(signature),
        (Some(_), Some(algorithm)) => Err(format!(
            "its metadata names the signature algorithm `{algorithm}`, CloudTrail's is `{ALGORITHM}`, so it was \
             overwritten: restore what CloudTrail delivered, metadata included"
        )),
        _ => Err(
            "its metadata lacks `signature` or `signature-algorithm`, so it was copied or overwritten: restore \
                  what CloudTrail delivered, metadata included"
                .to_owned(),
        ),
    }
}

/// The time that a digest was made in. The digests of files that were left out are made later than the time that they
/// cover, and say when.
fn made_in(digest: &Digest, metadata: &BTreeMap<String, String>) -> (Timestamp, Timestamp) {
    let made = metadata.get("backfill-generation-timestamp");
    match made.and_then(|text| Timestamp::parse(text)) {
        Some(made) => (Timestamp(made.0 - HOUR), Timestamp(made.0 + HOUR)),
        None => {
            let from = digest.digest_start_time;
            (from, Timestamp::parse(&digest.digest_end_time).unwrap_or(from))
        }
    }
}
