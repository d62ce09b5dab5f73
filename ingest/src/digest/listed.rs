//! Public keys as CloudTrail lists them.

use std::collections::BTreeMap;

use async_trait::async_trait;
use aws_sdk_cloudtrail::Client;
use aws_sdk_cloudtrail::primitives::DateTime;
use podtrail_event::time::Timestamp;
use tokio::sync::Mutex;

use super::keys::{PublicKey, PublicKeys, Wanted};
use podtrail_aws::{Access, Call, Failure, failure};

/// `ListPublicKeys` of CloudTrail, each key asked for once.
pub struct ListedKeys {
    access: Access,
    known: Mutex<Known>,
}

/// What CloudTrail has answered, by region.
#[derive(Default)]
struct Known {
    clients: BTreeMap<String, Client>,
    /// A key by its fingerprint; none where CloudTrail was asked and does not list it.
    keys: BTreeMap<(String, String), Option<PublicKey>>,
}

impl ListedKeys {
    /// Keys to be asked for as `access` says, in the region of each digest.
    #[must_use]
    pub fn new(access: Access) -> Self {
        Self {
            access,
            known: Mutex::default(),
        }
    }

    async fn find_in(&self, region: &str, wanted: &Wanted<'_>) -> Result<Option<PublicKey>, Failure> {
        let name = |fingerprint: &str| (region.to_owned(), fingerprint.to_ascii_lowercase());
        let mut known = self.known.lock().await;
        if let Some(key) = known.keys.get(&name(wanted.fingerprint)) {
            return Ok(key.clone());
        }
        let client = match known.clients.get(region) {
            Some(client) => client.clone(),
            None => Client::new(&self.access.in_region(region).config().await),
        };
        known.clients.insert(region.to_owned(), client.clone());
        for key in list(&client, wanted.time).await? {
            let fingerprint = key.fingerprint.clone().unwrap_or_default();
            known.keys.insert(name(&fingerprint), Some(key));
        }
        let found = known.keys.entry(name(wanted.fingerprint)).or_insert(None);
        Ok(found.clone())
    }
}

/// All pages of the keys that signed digests in a time.
async fn list(client: &Client, (from, to): (Timestamp, Timestamp)) -> Result<Vec<PublicKey>, Failure> {
    let call = Call {
        action: "cloudtrail:ListPublicKeys",
        resource: "*",
    };
    let second = |time: Timestamp| DateTime::from_secs(time.0.div_euclid(1_000_000));
    let request = client.list_public_keys().start_time(second(from)).end_time(second(to));
    let mut answers = request.into_paginator().items().send();
    let mut keys = Vec::new();
    while let Some(key) = answers.next().await {
        let key = key.map_err(|error| failure(call, &error))?;
        keys.extend(key.value.map(|value| PublicKey {
            fingerprint: key.fingerprint,
            der: value.into_inner(),
        }));
    }
    Ok(keys)
}

#[async_trait]
impl PublicKeys for ListedKeys {
    async fn find(&self, wanted: Wanted<'_>) -> Result<Vec<PublicKey>, Failure> {
        let [region, home] = wanted.regions;
        let here = self.find_in(region, &wanted).await;
        if home == region || matches!(here, Ok(Some(_))) {
            return here.map(|key| key.into_iter().collect());
        }
        // The region may be one that only the trail's home can speak for; its own failure is told where that fails too.
        match (self.find_in(home, &wanted).await, here) {
            (Ok(Some(key)), _) => Ok(vec![key]),
            (_, Err(failure)) | (Err(failure), _) => Err(failure),
            (Ok(None), Ok(_)) => Ok(Vec::new()),
        }
    }

    fn origin(&self) -> String {
        "the public keys that CloudTrail lists".to_owned()
    }
}
