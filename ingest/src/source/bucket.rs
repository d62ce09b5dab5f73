//! `s3://bucket/prefix`: the log files of a trail, of one account or an organization.
//!
//! Files arrive late and out of order, and the random part of their names has no meaning, so there is no key after which
//! everything is new. Each run lists the days since the last one and some before, and leaves out what it has read.

use std::collections::HashSet;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use async_trait::async_trait;
use futures::{StreamExt, TryStreamExt};

use super::memory::Memory;
use super::object::Bucket;
use super::{Feed, Object, Opening, Settled, Source, SourceFailure, layout, parse_key};
use crate::IngestError;
use crate::checkpoint::{Checkpoints, ReadObject};
use layout::Day;
use podtrail_aws::{Call, Failure, failure};

/// Prefixes that are listed at once.
const LISTS: usize = 8;
/// Rounds of following after which the look back is taken again: late files are rare.
const ROUNDS: u32 = 60;
/// A bucket is looked at so many times less often than a folder: each look costs requests.
const ROUND: u32 = 12;

/// A trail's bucket, or a part of it.
pub(super) struct TrailBucket {
    name: String,
    prefix: String,
    opening: Opening,
    memory: Memory,
    /// The day up to which everything was listed, as days since the epoch; 0 until then.
    listed: AtomicI64,
    /// What could not be read since the last look, to be given again by the next.
    failed: Mutex<Vec<ReadObject>>,
    bucket: OnceLock<Bucket>,
}

impl TrailBucket {
    pub(super) fn new(
        given: &str,
        rest: &str,
        opening: &Opening,
        checkpoints: &Arc<dyn Checkpoints>,
    ) -> Result<Self, IngestError> {
        let (name, prefix) = rest.split_once('/').unwrap_or((rest, ""));
        if name.is_empty() {
            return Err(IngestError::SourceKind(given.to_owned()));
        }
        Ok(Self {
            name: name.to_owned(),
            prefix: prefix.to_owned(),
            opening: opening.clone(),
            memory: Memory::new(given, opening, checkpoints),
            listed: AtomicI64::new(0),
            failed: Mutex::default(),
            bucket: OnceLock::new(),
        })
    }

    /// The bucket, in the region that it is in: where that is another than ours, S3's refusal names it.
    async fn connect(&self) -> Result<&Bucket, SourceFailure> {
        if let Some(bucket) = self.bucket.get() {
            return Ok(bucket);
        }
        let mut bucket = Bucket::new(&self.opening.access, &self.name, self.opening.requester_pays).await;
        if let Err(failure) = page(&bucket, &self.prefix, Some("/"), None, 1).await {
            let Some(region) = &failure.region else {
                return Err(failure.into());
            };
            let access = self.opening.access.in_region(region);
            bucket = Bucket::new(&access, &self.name, self.opening.requester_pays).await;
            page(&bucket, &self.prefix, Some("/"), None, 1).await?;
        }
        Ok(self.bucket.get_or_init(|| bucket))
    }

    fn failed(&self) -> MutexGuard<'_, Vec<ReadObject>> {
        self.failed.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The first and the last day to list, of a trail whose first day is asked for only where it must be.
    async fn days(&self, bucket: &Bucket, regions: &[String]) -> Result<(Day, Day), SourceFailure> {
        let (since, until) = self.opening.window;
        // The clocks of this machine and of AWS may differ.
        let last = until.map_or_else(|| Day::of(self.memory.now()).next(), Day::of);
        if let Some(since) = since {
            return Ok((Day::of(since), last));
        }
        if let Some(cursor) = self.memory.cursor().await.as_deref().and_then(Day::parse) {
            return Ok((cursor.before(i64::from(self.opening.look_back_days)), last));
        }
        Ok((first_day(bucket, regions).await?.unwrap_or(last), last))
    }

    /// Gives what lies below the prefixes and was not read before, in the order of delivery; false when it was stopped.
    async fn give(&self, prefixes: Vec<String>, read: &mut HashSet<ReadObject>, feed: &Feed) -> Result<bool, Failure> {
        let bucket = self.bucket.get().ok_or_else(no_bucket)?;
        for failed in self.failed().drain(..) {
            read.remove(&failed);
        }
        let mut found: Vec<Found> = futures::stream::iter(prefixes)
            .map(|prefix| list(bucket, prefix))
            .buffer_unordered(LISTS)
            .try_concat()
            .await?;
        found.retain(|found| self.in_window(found) && !read.contains(&found.id(bucket)));
        found.sort_by(|a, b| a.order().cmp(&b.order()));
        feed.announce(found.len() as u64, found.iter().map(|found| found.size).sum());
        for found in found {
            let id = found.id(bucket);
            if self.opening.follow {
                read.insert(id.clone());
            }
            let object = Object {
                id,
                size: Some(found.size),
                ticket: 0,
                open: bucket.open(found.key, Some(found.size)),
            };
            if !feed.give(object).await {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn in_window(&self, found: &Found) -> bool {
        let (since, until) = self.opening.window;
        let Some(delivered) = parse_key(&found.key).and_then(|key| layout::minute(key.delivered)) else {
            return true;
        };
        since.is_none_or(|since| delivered >= since) && until.is_none_or(|until| delivered < until)
    }

    /// Lists the days from the first to the last, of every region at once.
    async fn give_days(
        &self,
        regions: &[String],
        (first, last): (Day, Day),
        read: &mut HashSet<ReadObject>,
        feed: &Feed,
    ) -> Result<bool, Failure> {
        let mut day = first;
        while day <= last {
            let prefixes = regions
                .iter()
                .map(|region| format!("{region}{}/", day.path()))
                .collect();
            if !self.give(prefixes, read, feed).await? {
                return Ok(false);
            }
            day = day.next();
        }
        Ok(true)
    }

    /// Looks again each minute, at the last days, and now and then as far back as files may be late.
    async fn follow(&self, regions: &[String], read: &mut HashSet<ReadObject>, feed: &Feed) -> Result<(), Failure> {
        let mut round = 0;
        loop {
            tokio::select! {
                () = feed.stop().stopped() => return Ok(()),
                () = tokio::time::sleep(self.opening.poll * ROUND) => {}
            }
            round += 1;
            let back = if round % ROUNDS == 0 {
                i64::from(self.opening.look_back_days)
            } else {
                1
            };
            let today = Day::of(self.memory.now());
            let given = if regions.is_empty() {
                self.give(vec![self.prefix.clone()], read, feed).await?
            } else {
                self.give_days(regions, (today.before(back), today.next()), read, feed)
                    .await?
            };
            if !given {
                return Ok(());
            }
        }
    }
}

#[async_trait]
impl Source for TrailBucket {
    fn name(&self) -> Arc<str> {
        Arc::clone(self.memory.source())
    }

    async fn list(&self, feed: &Feed) -> Result<(), SourceFailure> {
        let bucket = self.connect().await?;
        let regions = layout::regions(&self.prefix, |prefix| folders(bucket, prefix)).await?;
        let mut read = self.memory.read_objects().await;
        let today = Day::of(self.memory.now());
        let all = if regions.is_empty() {
            // No trail's layout: whatever lies there.
            self.give(vec![self.prefix.clone()], &mut read, feed).await?
        } else {
            let days = self.days(bucket, &regions).await?;
            self.give_days(&regions, days, &mut read, feed).await?
        };
        if all && self.opening.window == (None, None) {
            self.listed.store(today.0, Ordering::Relaxed);
        }
        if all && self.opening.follow {
            self.follow(&regions, &mut read, feed).await?;
        }
        Ok(())
    }

    async fn settle(&self, objects: &[Settled]) {
        let failed = self.memory.settle(objects).await;
        self.failed().extend(failed);
    }

    async fn finished(&self) {
        let listed = Day(self.listed.load(Ordering::Relaxed));
        if listed.0 == 0 {
            return;
        }
        let back = i64::from(self.opening.look_back_days) + 1;
        // What is older will not be listed again.
        let forget = listed.before(back).start();
        self.memory.set_cursor(&listed.text(), Some(forget)).await;
    }
}

/// An object of a listing.
#[derive(Debug)]
struct Found {
    key: String,
    size: u64,
    e_tag: String,
}

impl Found {
    fn id(&self, bucket: &Bucket) -> ReadObject {
        ReadObject {
            name: bucket.address(&self.key),
            version: self.e_tag.clone(),
        }
    }

    fn order(&self) -> (Option<&str>, &str) {
        (parse_key(&self.key).map(|key| key.delivered), &self.key)
    }
}

fn no_bucket() -> Failure {
    Failure {
        code: None,
        message: "the bucket was not opened (a defect of podtrail, please report it)".to_owned(),
        missing: false,
        region: None,
    }
}

type Page = aws_sdk_s3::operation::list_objects_v2::ListObjectsV2Output;

async fn page(
    bucket: &Bucket,
    prefix: &str,
    delimiter: Option<&str>,
    token: Option<String>,
    keys: i32,
) -> Result<Page, Failure> {
    bucket
        .client
        .list_objects_v2()
        .bucket(&bucket.name)
        .prefix(prefix)
        .set_delimiter(delimiter.map(str::to_owned))
        .set_continuation_token(token)
        .max_keys(keys)
        .set_request_payer(bucket.payer())
        .send()
        .await
        .map_err(|error| {
            let resource = bucket.arn();
            let call = Call {
                action: "s3:ListBucket",
                resource: &resource,
            };
            failure(call, &error)
        })
}

/// Every page of a listing.
async fn pages(bucket: &Bucket, prefix: &str, delimiter: Option<&str>) -> Result<Vec<Page>, Failure> {
    let mut pages: Vec<Page> = Vec::new();
    let mut token = None;
    loop {
        let next = page(bucket, prefix, delimiter, token, 1000).await?;
        token = next.next_continuation_token().map(str::to_owned);
        let more = next.is_truncated().unwrap_or_default() && token.is_some();
        pages.push(next);
        if !more {
            return Ok(pages);
        }
    }
}

/// The folders right below a prefix, each ending with `/`.
async fn folders(bucket: &Bucket, prefix: String) -> Result<Vec<String>, Failure> {
    Ok(pages(bucket, &prefix, Some("/"))
        .await?
        .iter()
        .flat_map(Page::common_prefixes)
        .filter_map(|folder| folder.prefix())
        .map(str::to_owned)
        .collect())
}

/// Every object below a prefix but those that CloudTrail puts beside log files, and the marks of folders.
async fn list(bucket: &Bucket, prefix: String) -> Result<Vec<Found>, Failure> {
    Ok(pages(bucket, &prefix, None)
        .await?
        .into_iter()
        .flat_map(|page| page.contents.unwrap_or_default())
        .filter_map(|object| {
            let key = object.key?;
            let size = object
                .size
                .and_then(|size| u64::try_from(size).ok())
                .unwrap_or_default();
            let is_folder = key.ends_with('/') && size == 0;
            (!is_folder && !layout::is_beside(&key)).then(|| Found {
                key,
                size,
                e_tag: object.e_tag.unwrap_or_default(),
            })
        })
        .collect())
}

/// The first day that any of the regions has.
async fn first_day(bucket: &Bucket, regions: &[String]) -> Result<Option<Day>, Failure> {
    let firsts = regions.iter().map(|region| first_day_of(bucket, region.clone()));
    let firsts: Vec<Option<Day>> = futures::stream::iter(firsts.collect::<Vec<_>>())
        .buffer_unordered(LISTS)
        .try_collect()
        .await?;
    Ok(firsts.into_iter().flatten().min())
}

/// The first day of a region: the smallest year in it, month in that, day in that.
async fn first_day_of(bucket: &Bucket, region: String) -> Result<Option<Day>, Failure> {
    let mut prefix = region.clone();
    for _ in ["year", "month", "day"] {
        match folders(bucket, prefix).await?.into_iter().min() {
            Some(first) => prefix = first,
            None => return Ok(None),
        }
    }
    let path = prefix.strip_prefix(region.as_str()).unwrap_or_default();
    Ok(Day::parse(&path.trim_end_matches('/').replace('/', "-")))
}
