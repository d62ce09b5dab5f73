//! `sqs://…`: a queue of messages that name log files as they are delivered.
//!
//! A message is deleted only when every record of every object that it names is committed. Until then it is kept from
//! other readers; one that cannot be understood or whose objects cannot be read is left, so that the queue's redrive policy
//! moves it to the dead-letter queue.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use aws_sdk_sqs::Client;
use aws_sdk_sqs::types::{Message, QueueAttributeName};
use futures::StreamExt;
use tokio::sync::OnceCell;

use super::notice::{self, Named, Notice};
use super::object::Bucket;
use super::{Feed, Object, Opening, Settled, Source, SourceFailure, layout};
use crate::IngestError;
use crate::checkpoint::ReadObject;
use podtrail_aws::{Call, Failure, failure};

/// Messages asked for at a time: as many as SQS gives.
const MESSAGES: i32 = 10;
/// Seconds that an empty queue is waited for, at most as long as SQS waits.
const WAIT_SECONDS: i32 = 20;
/// Seconds for which a message is kept from other readers; extended at half of it.
const VISIBILITY_SECONDS: i32 = 120;
/// Messages in work at a time.
const IN_WORK: usize = 1000;

/// A queue.
pub(super) struct Queue {
    shared: Arc<Shared>,
}

/// What the listing, the settling and the keeping of messages share.
struct Shared {
    given: Arc<str>,
    url: String,
    opening: Opening,
    client: OnceCell<Client>,
    buckets: tokio::sync::Mutex<HashMap<String, Bucket>>,
    work: Mutex<Work>,
    /// Told whenever a message left the work.
    room: tokio::sync::Notify,
}

/// Messages whose objects are not all settled.
#[derive(Default)]
struct Work {
    next: u64,
    messages: HashMap<u64, InWork>,
}

struct InWork {
    receipt: String,
    /// Objects not settled yet.
    open: usize,
    failed: bool,
}

impl Queue {
    pub(super) fn new(given: &str, rest: &str, opening: &Opening) -> Result<Self, IngestError> {
        if !rest.contains('/') {
            return Err(IngestError::SourceKind(given.to_owned()));
        }
        // `sqs://http://127.0.0.1:5000/…` is a queue that speaks without TLS.
        let url = if rest.starts_with("http://") || rest.starts_with("https://") {
            rest.to_owned()
        } else {
            format!("https://{rest}")
        };
        Ok(Self {
            shared: Arc::new(Shared {
                given: given.into(),
                url,
                opening: opening.clone(),
                client: OnceCell::new(),
                buckets: tokio::sync::Mutex::default(),
                work: Mutex::default(),
                room: tokio::sync::Notify::new(),
            }),
        })
    }
}

#[async_trait]
impl Source for Queue {
    fn name(&self) -> Arc<str> {
        Arc::clone(&self.shared.given)
    }

    async fn list(&self, feed: &Feed) -> Result<(), SourceFailure> {
        tokio::spawn(keep(Arc::downgrade(&self.shared)));
        loop {
            let messages = tokio::select! {
                biased;
                () = feed.stop().stopped() => return Ok(()),
                messages = self.shared.receive() => messages?,
            };
            if messages.is_empty() && !self.shared.opening.follow {
                return Ok(());
            }
            for message in messages {
                if !self.shared.take(message, feed).await {
                    return Ok(());
                }
            }
        }
    }

    async fn settle(&self, objects: &[Settled]) {
        let done: Vec<String> = {
            let mut work = self.shared.work();
            objects.iter().filter_map(|object| work.settle(object)).collect()
        };
        self.shared.room.notify_one();
        self.shared.delete(done).await;
    }

    async fn backlog(&self) -> Option<u64> {
        self.shared.waiting().await
    }
}

impl Work {
    /// Counts an object of a message as settled; gives the receipt when it was the last and all went well.
    fn settle(&mut self, object: &Settled) -> Option<String> {
        let message = self.messages.get_mut(&object.ticket)?;
        message.open = message.open.saturating_sub(1);
        message.failed |= object.failure.is_some();
        if message.open > 0 {
            return None;
        }
        let message = self.messages.remove(&object.ticket)?;
        (!message.failed).then_some(message.receipt)
    }
}

impl Shared {
    fn work(&self) -> MutexGuard<'_, Work> {
        self.work.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The client, in the region that the queue's address names.
    async fn client(&self) -> &Client {
        self.client
            .get_or_init(|| async {
                let host = self.url.split("://").nth(1).unwrap_or_default();
                let region = host.strip_prefix("sqs.").and_then(|rest| rest.split('.').next());
                let access = match region {
                    Some(region) if self.opening.access.region.is_none() => self.opening.access.in_region(region),
                    _ => self.opening.access.clone(),
                };
                Client::new(&access.config().await)
            })
            .await
    }

    fn failure<E>(&self, action: &str, error: &aws_sdk_sqs::error::SdkError<E>) -> Failure
    where
        E: aws_sdk_sqs::error::ProvideErrorMetadata + std::error::Error + 'static,
    {
        failure(
            Call {
                action,
                resource: &self.url,
            },
            error,
        )
    }

    /// The next messages. One that follows waits for them; one that only empties the queue asks until there are none.
    async fn receive(&self) -> Result<Vec<Message>, SourceFailure> {
        while self.work().messages.len() >= IN_WORK {
            self.room.notified().await;
        }
        let wait = if self.opening.follow { WAIT_SECONDS } else { 1 };
        let answer = self
            .client()
            .await
            .receive_message()
            .queue_url(&self.url)
            .max_number_of_messages(MESSAGES)
            .wait_time_seconds(wait)
            .visibility_timeout(VISIBILITY_SECONDS)
            .send()
            .await
            .map_err(|error| self.failure("sqs:ReceiveMessage", &error))?;
        Ok(answer.messages.unwrap_or_default())
    }

    /// Takes a message into work and gives its objects; false when the run was stopped.
    async fn take(&self, message: Message, feed: &Feed) -> bool {
        let (Some(receipt), id) = (message.receipt_handle, message.message_id.unwrap_or_default()) else {
            return true;
        };
        let named = match notice::parse(message.body.as_deref().unwrap_or_default()) {
            Notice::Objects(named) => named,
            Notice::Unknown(reason) => {
                tracing::warn!(source = %self.given, message = id, reason, "a message is left for the dead-letter queue");
                return true;
            }
        };
        let named: Vec<Named> = named
            .into_iter()
            .filter(|named| !layout::is_beside(&named.key))
            .collect();
        if named.is_empty() {
            self.delete(vec![receipt]).await;
            return true;
        }
        let ticket = {
            let mut work = self.work();
            work.next += 1;
            let ticket = work.next;
            let open = named.len();
            work.messages.insert(
                ticket,
                InWork {
                    receipt,
                    open,
                    failed: false,
                },
            );
            ticket
        };
        feed.announce(named.len() as u64, named.iter().filter_map(|named| named.size).sum());
        for named in named {
            if !feed.give(self.object(named, ticket).await).await {
                // Not all of it will be read: the message stays, and is seen again.
                self.work().messages.remove(&ticket);
                return false;
            }
        }
        true
    }

    async fn object(&self, named: Named, ticket: u64) -> Object {
        let mut buckets = self.buckets.lock().await;
        let bucket = match buckets.get(&named.bucket) {
            Some(bucket) => bucket.clone(),
            None => {
                let bucket = Bucket::new(&self.opening.access, &named.bucket, self.opening.requester_pays).await;
                buckets.insert(named.bucket.clone(), bucket.clone());
                bucket
            }
        };
        Object {
            id: ReadObject {
                name: bucket.address(&named.key),
                version: String::new(),
            },
            size: named.size,
            ticket,
            open: bucket.open(named.key, named.size),
        }
    }

    /// Deletes messages. One whose deletion fails comes again, and finds its records stored.
    async fn delete(&self, receipts: Vec<String>) {
        let client = self.client().await;
        let deletions = receipts.into_iter().map(|receipt| async move {
            let deleted = client
                .delete_message()
                .queue_url(&self.url)
                .receipt_handle(receipt)
                .send()
                .await;
            if let Err(error) = deleted {
                let failure = self.failure("sqs:DeleteMessage", &error);
                tracing::warn!(source = %self.given, %failure, "a message that was read comes again");
            }
        });
        futures::stream::iter(deletions)
            .buffer_unordered(8)
            .collect::<()>()
            .await;
    }

    /// Keeps the messages in work from other readers for another while.
    async fn extend(&self) {
        let receipts: Vec<String> = self
            .work()
            .messages
            .values()
            .map(|message| message.receipt.clone())
            .collect();
        for receipt in receipts {
            let extended = self
                .client()
                .await
                .change_message_visibility()
                .queue_url(&self.url)
                .receipt_handle(receipt)
                .visibility_timeout(VISIBILITY_SECONDS)
                .send()
                .await;
            if let Err(error) = extended {
                let failure = self.failure("sqs:ChangeMessageVisibility", &error);
                tracing::warn!(source = %self.given, %failure, "another reader may read a message too");
            }
        }
    }

    /// Messages that wait in the queue, about.
    async fn waiting(&self) -> Option<u64> {
        let name = QueueAttributeName::ApproximateNumberOfMessages;
        let answer = self
            .client()
            .await
            .get_queue_attributes()
            .queue_url(&self.url)
            .attribute_names(name.clone())
            .send()
            .await
            .ok()?;
        answer.attributes?.get(&name)?.parse().ok()
    }
}

/// Extends the visibility of what is in work, as long as the queue is.
async fn keep(queue: std::sync::Weak<Shared>) {
    let half = Duration::from_secs(u64::from(VISIBILITY_SECONDS.unsigned_abs()) / 2);
    loop {
        tokio::time::sleep(half).await;
        let Some(shared) = queue.upgrade() else { return };
        shared.extend().await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settled(ticket: u64, failure: Option<&str>) -> Settled {
        Settled {
            id: ReadObject {
                name: "s3://trail/a".into(),
                version: String::new(),
            },
            ticket,
            failure: failure.map(str::to_owned),
        }
    }

    fn work(open: usize) -> Work {
        let mut work = Work::default();
        work.messages.insert(
            1,
            InWork {
                receipt: "receipt".into(),
                open,
                failed: false,
            },
        );
        work
    }

    #[test]
    fn a_message_is_done_with_its_last_object() {
        let mut work = work(2);
        assert_eq!(work.settle(&settled(1, None)), None);
        assert_eq!(work.settle(&settled(1, None)), Some("receipt".into()));
        assert_eq!(work.settle(&settled(1, None)), None, "it is gone");
    }

    #[test]
    fn one_object_that_fails_leaves_the_message_to_the_queue() {
        let mut work = work(2);
        assert_eq!(work.settle(&settled(1, Some("access denied"))), None);
        assert_eq!(work.settle(&settled(1, None)), None);
        assert_eq!(work.messages.len(), 0);
    }

    #[test]
    fn an_address_without_a_queue_is_refused() {
        assert!(Queue::new("sqs://queue", "queue", &Opening::new(|| 0)).is_err());
    }
}
