//! The walk along a chain of digests, from the newest back: each digest is held against its own signature and against
//! what the one after it says of it.

use std::collections::{BTreeMap, BTreeSet};
use std::io;

use futures::StreamExt;
use podtrail_event::time::Timestamp;

use super::Context;
use super::content::{Unread, read};
use super::cover::{Kind, Span};
use super::document::{Digest, sha256};
use super::files::Files;
use super::name::{At, Chain, DigestName};
use super::proof::{Found, doubt};
use super::report::{Findings, Outcome};
use podtrail_aws::Failure;

/// How many digests are read ahead.
const AHEAD: usize = 8;

/// Bytes of an inflated digest, at most: some 150,000 log files an hour.
const DIGEST_BYTES: usize = 64 << 20;

/// The walk along one chain.
pub(super) struct Walk<'a> {
    context: &'a Context<'a>,
    chain: &'a Chain,
    findings: &'a mut Findings,
    files: &'a mut Files,
    /// What trusted digests say of the ones before them.
    expected: BTreeMap<At, Expected>,
    spans: Vec<Span>,
}

/// What a trusted digest says of the one before it.
struct Expected {
    hash: Option<String>,
    by: At,
}

/// A digest that was read.
struct Read {
    at: At,
    end: Timestamp,
    content: Result<(Vec<u8>, BTreeMap<String, String>), Unread>,
}

impl<'a> Walk<'a> {
    pub(super) fn new(
        context: &'a Context<'a>,
        chain: &'a Chain,
        findings: &'a mut Findings,
        files: &'a mut Files,
    ) -> Self {
        Self {
            context,
            chain,
            findings,
            files,
            expected: BTreeMap::new(),
            spans: Vec::new(),
        }
    }

    /// Walks over the listed digests, by key with their ends, and gives the time that they cover. A digest that is not
    /// listed but named is asked for where it should be.
    pub(super) async fn run(mut self, listed: &BTreeMap<String, Timestamp>) -> Result<Vec<Span>, Failure> {
        let context = self.context;
        let bucket = context.vault.bucket();
        let mut newest_first: Vec<_> = listed.iter().map(|(key, end)| (*end, key)).collect();
        newest_first.sort_unstable_by(|a, b| b.cmp(a));
        let mut reads = futures::stream::iter(newest_first)
            .map(|(end, key)| read_digest(context, At::new(bucket, key), end))
            .buffered(AHEAD);
        let mut asked = BTreeSet::new();
        while let Some(read) = reads.next().await {
            let mut next = Some(read);
            while let Some(read) = next.take() {
                let Some((at, end)) = self.judge(read).await? else {
                    break;
                };
                let to_come = at.bucket == bucket && listed.contains_key(&at.key);
                if !to_come && asked.insert(at.clone()) {
                    context.progress.found(1);
                    next = Some(read_digest(context, at, end).await);
                }
            }
        }
        Ok(self.spans)
    }

    /// Judges a digest, and gives the one that it names as the one before it, if it can be trusted.
    async fn judge(&mut self, read: Read) -> Result<Option<(At, Timestamp)>, Failure> {
        self.context.progress.checked();
        let Read { at, end, content } = read;
        let expected = self.expected.remove(&at);
        let (content, metadata) = match content {
            Ok(content) => content,
            Err(unread) => {
                let by = expected.as_ref().map(|expected| &expected.by);
                self.context.unread(self.findings, &at, by, unread)?;
                self.spans.push(Span::assumed(end));
                return Ok(None);
            }
        };
        self.context.has_read();
        self.judge_content(at, end, (content, metadata), expected).await
    }

    async fn judge_content(
        &mut self,
        at: At,
        end: Timestamp,
        (content, metadata): (Vec<u8>, BTreeMap<String, String>),
        expected: Option<Expected>,
    ) -> Result<Option<(At, Timestamp)>, Failure> {
        let Ok(digest) = Digest::parse(&content) else {
            let reason = "it is no digest, so it was overwritten: restore what CloudTrail delivered";
            self.findings.tell(Outcome::Altered, &at, reason.to_owned());
            self.spans.push(Span::assumed(end));
            return Ok(None);
        };
        let found = Found {
            chain: self.chain,
            at: &at,
            metadata: &metadata,
            hash: &sha256(&content),
            digest: &digest,
        };
        if self.is_trusted(&found, expected).await? {
            self.follow(&digest, &at, end).await
        } else {
            self.spans.push(Span::assumed(end));
            Ok(None)
        }
    }

    /// Tells what is true of a digest, and whether its word can be taken: because it proves itself, or because its
    /// content is what a trusted digest says, even where its metadata was lost.
    async fn is_trusted(&mut self, found: &Found<'_>, expected: Option<Expected>) -> Result<bool, Failure> {
        let doubt = doubt(self.context.keys, found).await?;
        let (fits, by) = match expected {
            Some(Expected { hash: Some(hash), by }) => (Some(hash.eq_ignore_ascii_case(found.hash)), Some(by)),
            _ => (None, None),
        };
        let doubt = match (doubt, by) {
            (None, Some(by)) if fits == Some(false) => Some(format!(
                "its content is not what `{by}` names, so it was changed: restore what CloudTrail delivered"
            )),
            (doubt, _) => doubt,
        };
        let trusted = fits.unwrap_or(doubt.is_none());
        match doubt {
            None => self.findings.count(Outcome::Valid),
            Some(reason) => self.findings.tell(Outcome::Altered, found.at, reason),
        }
        Ok(trusted)
    }

    /// Takes a trusted digest's word: the time that it covers, its log files, and the digest before it.
    async fn follow(&mut self, digest: &Digest, at: &At, end: Timestamp) -> Result<Option<(At, Timestamp)>, Failure> {
        let from = digest.digest_start_time;
        self.findings.signed(from, end);
        self.context.progress.found(digest.log_files.len() as u64);
        for file in &digest.log_files {
            self.files.check(self.context, self.findings, (file, at)).await?;
        }
        let (Some(bucket), Some(key)) = (&digest.previous_bucket, &digest.previous_key) else {
            let kind = Kind::First;
            self.spans.push(Span { from, to: end, kind });
            return Ok(None);
        };
        let previous_end = DigestName::parse(key).map_or(from, |name| name.end);
        let kind = Kind::Linked;
        self.spans.push(Span { from, to: end, kind });
        if self.context.window.since.is_some_and(|since| previous_end <= since) {
            return Ok(None);
        }
        let previous = At::new(bucket, key);
        let expected = Expected {
            hash: digest.previous_hash.clone(),
            by: at.clone(),
        };
        self.expected.insert(previous.clone(), expected);
        Ok(Some((previous, previous_end)))
    }
}

async fn read_digest(context: &Context<'_>, at: At, end: Timestamp) -> Read {
    let content = read(&**context.vault, &at, Bounded::default).await;
    let content = content.map(|(bounded, metadata)| (bounded.0, metadata));
    Read { at, end, content }
}

/// Keeps what is written to it, up to the size of the largest digest.
#[derive(Default)]
struct Bounded(Vec<u8>);

impl io::Write for Bounded {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.0.len() + bytes.len() > DIGEST_BYTES {
            return Err(io::Error::other("it is larger than any digest"));
        }
        self.0.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
