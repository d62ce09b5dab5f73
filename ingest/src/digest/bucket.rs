//! A vault in S3.

use async_trait::async_trait;
use aws_sdk_s3::Client;
use futures::StreamExt;
use futures::stream::unfold;
use podtrail_event::time::Timestamp;

use super::vault::{Entry, Page, Stored, Vault};
use crate::source::object::s3;
use podtrail_aws::{Access, Call, Failure, failure, partition};

/// A bucket of S3.
pub struct Bucket {
    name: String,
    client: Client,
    partition: &'static str,
}

impl Bucket {
    /// The bucket of this name, reached as `access` says. Makes no call to S3.
    pub async fn open(name: &str, access: &Access) -> Self {
        let config = access.config().await;
        let partition = config.region().map_or("aws", |region| partition(region.as_ref()));
        Self {
            name: name.to_owned(),
            client: s3(&config),
            partition,
        }
    }

    fn arn(&self, bucket: &str) -> String {
        format!("arn:{}:s3:::{bucket}", self.partition)
    }
}

#[async_trait]
impl Vault for Bucket {
    fn bucket(&self) -> &str {
        &self.name
    }

    async fn folders(&self, prefix: &str) -> Result<Vec<String>, Failure> {
        let resource = self.arn(&self.name);
        let call = Call {
            action: "s3:ListBucket",
            resource: &resource,
        };
        let mut names = Vec::new();
        let request = self.client.list_objects_v2().bucket(&self.name);
        let mut pages = request.prefix(prefix).delimiter("/").into_paginator().send();
        while let Some(page) = pages.next().await {
            let page = page.map_err(|error| failure(call, &error))?;
            let folders = page.common_prefixes().iter().filter_map(|folder| folder.prefix());
            let names_of_page = folders.filter_map(|folder| folder.strip_prefix(prefix)?.strip_suffix('/'));
            names.extend(names_of_page.map(str::to_owned));
        }
        Ok(names)
    }

    async fn list(&self, prefix: &str, next: Option<String>) -> Result<Page, Failure> {
        let resource = self.arn(&self.name);
        let call = Call {
            action: "s3:ListBucket",
            resource: &resource,
        };
        let request = self.client.list_objects_v2().bucket(&self.name).prefix(prefix);
        let answer = request.set_continuation_token(next).send().await;
        let answer = answer.map_err(|error| failure(call, &error))?;
        let entries = answer.contents().iter().filter_map(|object| {
            Some(Entry {
                key: object.key()?.to_owned(),
                size: object.size().and_then(|size| u64::try_from(size).ok()).unwrap_or(0),
                modified: object
                    .last_modified()
                    .map(|time| Timestamp(time.secs().saturating_mul(1_000_000))),
            })
        });
        Ok(Page {
            entries: entries.collect(),
            next: answer.next_continuation_token().map(str::to_owned),
        })
    }

    async fn get(&self, bucket: &str, key: &str) -> Result<Stored, Failure> {
        let resource = format!("{}/{key}", self.arn(bucket));
        let call = Call {
            action: "s3:GetObject",
            resource: &resource,
        };
        let answer = self.client.get_object().bucket(bucket).key(key).send().await;
        let answer = answer.map_err(|error| failure(call, &error))?;
        let metadata = answer.metadata.unwrap_or_default().into_iter();
        let body = unfold(answer.body, |mut body| async move {
            let chunk = body.next().await?;
            Some((chunk.map_err(std::io::Error::other), body))
        });
        Ok(Stored {
            metadata: metadata.map(|(name, value)| (name.to_lowercase(), value)).collect(),
            body: body.boxed(),
        })
    }
}
