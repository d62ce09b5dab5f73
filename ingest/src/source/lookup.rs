//! `lookup://region[,region]`: CloudTrail's own event history, by LookupEvents.
//!
//! It needs no trail, but shows little: management events only, of the last 90 days, 50 to a page, two pages a second
//! (CloudTrail user guide, "Working with CloudTrail event history", and quotas). Pages come newest first; which spans of
//! time were read is remembered, so that a run goes on where the last was cut off.

use std::collections::{BTreeMap, VecDeque};
use std::io::Cursor;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use aws_sdk_cloudtrail::Client;
use aws_sdk_cloudtrail::primitives::DateTime;
use aws_sdk_cloudtrail::types::Event;
use futures::FutureExt;
use futures::future::try_join_all;
use podtrail_event::time::Timestamp;
use serde_json::json;
use tokio::time::{Interval, MissedTickBehavior};

use super::covered::Covered;
use super::memory::Memory;
use super::{Content, Feed, Object, Opening, Settled, Source, SourceFailure};
use crate::IngestError;
use crate::checkpoint::{Checkpoints, ReadObject};
use podtrail_aws::{Call, failure};

/// How far back the event history reaches.
const HISTORY_SECONDS: i64 = 90 * 86_400;
/// Events may show up this late, so the last hour of a run is read again by the next.
const LATE_SECONDS: i64 = 3600;
/// Following, the history is asked so many times less often than a folder is looked at.
const ROUND: u32 = 12;
/// Events to a page, at most as many as LookupEvents gives.
const PAGE_EVENTS: i32 = 50;

/// The event history of some regions.
pub(super) struct Lookup {
    regions: Vec<String>,
    opening: Opening,
    memory: Memory,
    tickets: AtomicU64,
    progress: Mutex<Progress>,
}

/// Spans of seconds by region: what was read, and what is on its way.
#[derive(Default)]
struct Progress {
    covered: BTreeMap<String, Covered>,
    /// The pages on their way of each region, in the order in which they came.
    pages: BTreeMap<String, VecDeque<Page>>,
}

/// A page on its way.
struct Page {
    ticket: u64,
    /// What is read once this page and all before it are: from the second after its oldest, since the next page may
    /// hold more of that one, to the end of the span that is asked for.
    span: (i64, i64),
    settled: bool,
}

impl Progress {
    /// Takes a page as read, and whatever is read by that.
    fn settle(&mut self, ticket: u64) {
        for (region, pages) in &mut self.pages {
            if let Some(page) = pages.iter_mut().find(|page| page.ticket == ticket) {
                page.settled = true;
            }
            while let Some(page) = pages.pop_front_if(|page| page.settled) {
                self.covered
                    .entry(region.clone())
                    .or_default()
                    .add(page.span.0, page.span.1);
            }
        }
    }
}

impl Lookup {
    pub(super) fn new(
        given: &str,
        rest: &str,
        opening: &Opening,
        checkpoints: &Arc<dyn Checkpoints>,
    ) -> Result<Self, IngestError> {
        let regions: Vec<String> = rest.split(',').map(|region| region.trim().to_owned()).collect();
        let is_region = |region: &String| {
            region.contains('-') && region.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
        };
        if !regions.iter().all(is_region) {
            return Err(IngestError::SourceKind(given.to_owned()));
        }
        Ok(Self {
            regions,
            opening: opening.clone(),
            memory: Memory::new(given, opening, checkpoints),
            tickets: AtomicU64::new(1),
            progress: Mutex::default(),
        })
    }

    fn progress(&self) -> MutexGuard<'_, Progress> {
        self.progress.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What is to be read of a region now, the newest first.
    fn gaps(&self, region: &str, now: i64) -> Vec<(i64, i64)> {
        let (since, until) = self.opening.window;
        let seconds = |time: i64| time.div_euclid(1_000_000);
        let from = since.map_or(now - HISTORY_SECONDS, seconds).max(now - HISTORY_SECONDS);
        let to = until.map_or(now, |until| seconds(until) - 1);
        let progress = self.progress();
        progress
            .covered
            .get(region)
            .map_or_else(|| vec![(from, to)], |covered| covered.gaps(from, to))
    }

    async fn list_region(&self, region: &str, feed: &Feed) -> Result<(), SourceFailure> {
        let client = Client::new(&self.opening.access.in_region(region).config().await);
        let mut pace = tokio::time::interval(self.opening.lookup_pause);
        pace.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            let now = self.memory.now().div_euclid(1_000_000);
            for gap in self.gaps(region, now) {
                if !self.list_gap(&client, region, gap, now, &mut pace, feed).await? {
                    return Ok(());
                }
            }
            if !self.opening.follow {
                return Ok(());
            }
            tokio::select! {
                () = feed.stop().stopped() => return Ok(()),
                () = tokio::time::sleep(self.opening.poll * ROUND) => {}
            }
        }
    }

    /// Gives the pages of a span of time, newest first; false when it was stopped.
    async fn list_gap(
        &self,
        client: &Client,
        region: &str,
        (from, to): (i64, i64),
        now: i64,
        pace: &mut Interval,
        feed: &Feed,
    ) -> Result<bool, SourceFailure> {
        let mut token = None;
        let mut newest = to;
        loop {
            pace.tick().await;
            let (events, next) = page(client, region, (from, to), token).await?;
            let oldest = events.iter().filter_map(seconds).min().unwrap_or(newest);
            let read_from = if next.is_none() { from } else { oldest + 1 };
            let span = (read_from, to.min(now - LATE_SECONDS));
            if !feed_page(self, region, &events, (oldest, newest), span, feed).await {
                return Ok(false);
            }
            newest = oldest;
            token = next;
            if token.is_none() {
                return Ok(true);
            }
        }
    }
}

/// Gives a page; once it and those before it are committed, the span is read.
async fn feed_page(
    lookup: &Lookup,
    region: &str,
    events: &[Event],
    (oldest, newest): (i64, i64),
    span: (i64, i64),
    feed: &Feed,
) -> bool {
    let ticket = lookup.tickets.fetch_add(1, Ordering::Relaxed);
    let page = Page {
        ticket,
        span,
        settled: false,
    };
    lookup
        .progress()
        .pages
        .entry(region.to_owned())
        .or_default()
        .push_back(page);
    let text = |second: i64| Timestamp(second.saturating_mul(1_000_000)).to_string();
    let bytes = records(events);
    let size = bytes.len() as u64;
    feed.announce(1, size);
    feed.give(Object {
        id: ReadObject {
            name: format!("lookup://{region}/{}/{}", text(oldest), text(newest)),
            version: String::new(),
        },
        size: Some(size),
        ticket,
        open: Box::new(|| async { Ok(Box::new(Cursor::new(bytes)) as Content) }.boxed()),
    })
    .await
}

/// One page of a span of time, both ends included, and the token of the next.
async fn page(
    client: &Client,
    region: &str,
    (from, to): (i64, i64),
    token: Option<String>,
) -> Result<(Vec<Event>, Option<String>), SourceFailure> {
    let answer = client
        .lookup_events()
        .start_time(DateTime::from_secs(from))
        .end_time(DateTime::from_secs(to))
        .max_results(PAGE_EVENTS)
        .set_next_token(token)
        .send()
        .await
        .map_err(|error| {
            let resource = format!("* (region {region})");
            let call = Call {
                action: "cloudtrail:LookupEvents",
                resource: &resource,
            };
            SourceFailure::from(failure(call, &error))
        })?;
    Ok((answer.events.unwrap_or_default(), answer.next_token))
}

fn seconds(event: &Event) -> Option<i64> {
    event.event_time().map(DateTime::secs)
}

/// The records of a page, one to a line. An event that comes without its record becomes a line that is rejected, so that
/// it is counted.
fn records(events: &[Event]) -> Vec<u8> {
    let lines: Vec<String> = events
        .iter()
        .map(|event| match event.cloud_trail_event() {
            Some(record) => record.replace('\n', " "),
            None => json!({"EventId": event.event_id(), "EventName": event.event_name()}).to_string(),
        })
        .collect();
    lines.join("\n").into_bytes()
}

#[async_trait]
impl Source for Lookup {
    fn name(&self) -> Arc<str> {
        Arc::clone(self.memory.source())
    }

    async fn list(&self, feed: &Feed) -> Result<(), SourceFailure> {
        tracing::info!(
            source = %self.memory.source(),
            "LookupEvents shows management events of the last 90 days only: no data events (such as s3:GetObject), so what \
             workloads do with objects, items and messages is not in it"
        );
        if let Some(cursor) = self.memory.cursor().await {
            self.progress().covered = serde_json::from_str(&cursor).unwrap_or_default();
        }
        try_join_all(self.regions.iter().map(|region| self.list_region(region, feed))).await?;
        Ok(())
    }

    async fn settle(&self, objects: &[Settled]) {
        let cursor = {
            let mut progress = self.progress();
            for object in objects.iter().filter(|object| object.failure.is_none()) {
                progress.settle(object.ticket);
            }
            serde_json::to_string(&progress.covered).unwrap_or_default()
        };
        self.memory.set_cursor(&cursor, None).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checkpoint::InMemory;

    fn lookup(rest: &str) -> Result<Lookup, IngestError> {
        let checkpoints: Arc<dyn Checkpoints> = Arc::new(InMemory::default());
        Lookup::new(&format!("lookup://{rest}"), rest, &Opening::new(|| 0), &checkpoints)
    }

    #[test]
    fn regions_are_listed_and_anything_else_is_refused() {
        assert_eq!(
            lookup("eu-west-1, us-east-1").unwrap().regions,
            ["eu-west-1", "us-east-1"]
        );
        for wrong in ["", "eu-west-1,", "ireland", "eu-west-1/x"] {
            assert!(lookup(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_page_counts_as_read_only_with_all_that_are_newer() {
        let mut progress = Progress::default();
        for (ticket, span) in [(1, (101, 200)), (2, (51, 200)), (3, (0, 200))] {
            progress.pages.entry("eu-west-1".into()).or_default().push_back(Page {
                ticket,
                span,
                settled: false,
            });
        }
        let missing = |progress: &Progress| progress.covered.get("eu-west-1").map(|covered| covered.gaps(0, 200));
        progress.settle(2);
        assert_eq!(missing(&progress), None, "the page before is not read");
        progress.settle(1);
        assert_eq!(missing(&progress), Some(vec![(0, 50)]));
        progress.settle(3);
        assert_eq!(missing(&progress), Some(vec![]));
    }

    #[test]
    fn an_event_without_its_record_is_still_counted() {
        let events = [
            Event::builder().cloud_trail_event("{\"eventID\":\n\"a\"}").build(),
            Event::builder().event_id("b").build(),
        ];
        let text = String::from_utf8(records(&events)).unwrap();
        assert_eq!(text, "{\"eventID\": \"a\"}\n{\"EventId\":\"b\",\"EventName\":null}");
    }
}
