//! Objects of a bucket, read so that no cut connection, no slow answer and no change on the way goes unnoticed.

use std::io::{self, Read};
use std::time::Duration;

use aws_sdk_s3::Client;
use aws_sdk_s3::operation::get_object::GetObjectOutput;
use aws_sdk_s3::types::RequestPayer;
use bytes::{Buf, Bytes};
use futures::FutureExt;
use tokio::sync::mpsc;

use podtrail_aws::{Access, Call, Failure, failure, partition};

use super::{Content, Open};

/// Objects up to this size are fetched whole before a worker gets them; longer ones flow.
const WHOLE_BYTES: u64 = 8 << 20;
/// An answer that breaks off is asked for again so often, without progress in between.
const ATTEMPTS: u32 = 5;
/// Pieces of a long object that wait for the worker.
const PIECES: usize = 4;

/// A client of S3. What only speaks like S3 rarely has a host name for each bucket, so a custom endpoint is asked by path.
pub(crate) fn s3(config: &aws_config::SdkConfig) -> Client {
    let by_path = config.endpoint_url().is_some();
    Client::from_conf(
        aws_sdk_s3::config::Builder::from(config)
            .force_path_style(by_path)
            .build(),
    )
}

/// One bucket, and how it is read. Cheap to clone.
#[derive(Debug, Clone)]
pub(super) struct Bucket {
    pub(super) client: Client,
    pub(super) name: String,
    pub(super) requester_pays: bool,
    partition: &'static str,
}

impl Bucket {
    pub(super) async fn new(access: &Access, name: &str, requester_pays: bool) -> Self {
        let config = access.config().await;
        let region = config.region().map_or("", |region| region.as_ref());
        Self {
            partition: partition(region),
            client: s3(&config),
            name: name.to_owned(),
            requester_pays,
        }
    }

    pub(super) fn payer(&self) -> Option<RequestPayer> {
        self.requester_pays.then_some(RequestPayer::Requester)
    }

    pub(super) fn arn(&self) -> String {
        format!("arn:{}:s3:::{}", self.partition, self.name)
    }

    /// The address of an object, as `source_file` tells it.
    pub(super) fn address(&self, key: &str) -> String {
        format!("s3://{}/{key}", self.name)
    }

    /// How an object is opened whose size was told by a listing or a notification.
    pub(super) fn open(&self, key: String, size: Option<u64>) -> Open {
        let bucket = self.clone();
        Box::new(move || {
            async move {
                let told = format!("`{}`", bucket.address(&key));
                let content = match size {
                    Some(size) if size <= WHOLE_BYTES => bucket
                        .whole(&key)
                        .await
                        .map(|bytes| Box::new(bytes.reader()) as Content),
                    _ => bucket.flowing(&key).await,
                };
                content.map_err(|error| format!("{told} could not be read: {error}"))
            }
            .boxed()
        })
    }

    async fn get(&self, key: &str, from: u64, if_match: Option<&str>) -> Result<GetObjectOutput, Failure> {
        self.client
            .get_object()
            .bucket(&self.name)
            .key(key)
            .set_request_payer(self.payer())
            .set_range((from > 0).then(|| format!("bytes={from}-")))
            .set_if_match(if_match.map(str::to_owned))
            .send()
            .await
            .map_err(|error| {
                let resource = format!("{}/{key}", self.arn());
                let call = Call {
                    action: "s3:GetObject",
                    resource: &resource,
                };
                failure(call, &error)
            })
    }

    /// The whole object. The SDK compares it with the checksum that S3 keeps, where there is one.
    async fn whole(&self, key: &str) -> Result<Bytes, String> {
        let mut attempt = 1;
        loop {
            let answer = self.get(key, 0, None).await.map_err(|error| error.message)?;
            let expected = answer.content_length();
            let cause = match answer.body.collect().await {
                Ok(body) => {
                    let bytes = body.into_bytes();
                    if expected.is_none_or(|expected| u64::try_from(expected) == Ok(bytes.len() as u64)) {
                        return Ok(bytes);
                    }
                    "fewer bytes came than were announced".to_owned()
                }
                Err(error) => cause(&error),
            };
            pause(&mut attempt, &cause).await?;
        }
    }

    /// The object as it comes. The first answer is waited for, so that one that is refused is told at once.
    async fn flowing(&self, key: &str) -> Result<Content, String> {
        let first = self.get(key, 0, None).await.map_err(|error| error.message)?;
        let (sender, receiver) = mpsc::channel(PIECES);
        tokio::spawn(pump(self.clone(), key.to_owned(), first, sender));
        Ok(Box::new(Pieces {
            receiver,
            current: Bytes::new(),
        }))
    }
}

/// Sends an object piece by piece; after a broken answer it goes on where that broke off, in the same content.
async fn pump(bucket: Bucket, key: String, first: GetObjectOutput, sender: mpsc::Sender<Result<Bytes, String>>) {
    let content = first.e_tag().map(str::to_owned);
    let length = first.content_length().and_then(|length| u64::try_from(length).ok());
    let mut answer = first;
    let (mut position, mut attempt) = (0, 1);
    loop {
        let cause = match answer.body.next().await {
            Some(Ok(piece)) => {
                position += piece.len() as u64;
                attempt = 1;
                if sender.send(Ok(piece)).await.is_err() {
                    // Nobody reads on: the run ends.
                    return;
                }
                continue;
            }
            None if length.is_none_or(|length| position >= length) => return,
            None => "fewer bytes came than were announced".to_owned(),
            Some(Err(error)) => cause(&error),
        };
        let again = match pause(&mut attempt, &cause).await {
            Ok(()) => bucket
                .get(&key, position, content.as_deref())
                .await
                .map_err(|error| error.message),
            Err(error) => Err(error),
        };
        match again {
            Ok(next) => answer = next,
            Err(error) => {
                // Whoever reads is told; if nobody does, the run ends.
                let _ = sender.send(Err(error)).await;
                return;
            }
        }
    }
}

/// Waits before the next attempt, longer each time; after the last, gives the cause.
async fn pause(attempt: &mut u32, cause: &str) -> Result<(), String> {
    if *attempt >= ATTEMPTS {
        return Err(format!(
            "the connection broke {ATTEMPTS} times: {cause}: run the command again"
        ));
    }
    tokio::time::sleep(Duration::from_millis(100 << *attempt)).await;
    *attempt += 1;
    Ok(())
}

/// The innermost cause.
fn cause(error: &dyn std::error::Error) -> String {
    let mut cause = error;
    while let Some(next) = cause.source() {
        cause = next;
    }
    cause.to_string()
}

/// The pieces of an object as a reader, for a thread that may wait.
struct Pieces {
    receiver: mpsc::Receiver<Result<Bytes, String>>,
    current: Bytes,
}

impl Read for Pieces {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.current.is_empty() {
            match self.receiver.blocking_recv() {
                None => return Ok(0),
                Some(piece) => self.current = piece.map_err(io::Error::other)?,
            }
        }
        let count = buffer.len().min(self.current.len());
        self.current
            .split_to(count)
            .copy_to_slice(buffer.get_mut(..count).unwrap_or_default());
        Ok(count)
    }
}
