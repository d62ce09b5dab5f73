//! The log files that digests name, each held against its hash.

use std::collections::HashSet;
use std::io;
use std::sync::Arc;

use aws_lc_rs::digest::{Context as Sha256, SHA256, digest};
use tokio::task::JoinSet;

use super::Context;
use super::content::{Unread, read};
use super::document::{HASH_ALGORITHM, LogFile, hex};
use super::name::At;
use super::report::{Findings, Outcome};
use podtrail_aws::Failure;

/// How many log files are read at once.
const AT_ONCE: usize = 16;

/// The log files that the digests of one account and region name.
#[derive(Default)]
pub(super) struct Files {
    /// All of them, as hashes of their places: 16 bytes each, because they may be millions.
    named: HashSet<[u8; 16]>,
    /// Those under way.
    checks: JoinSet<Check>,
}

/// A log file that was read.
struct Check {
    at: At,
    named_by: At,
    hash_named: String,
    hash_read: Result<String, Unread>,
}

impl Files {
    /// Has a log file read and hashed, after another one is done where many are under way.
    pub(super) async fn check(
        &mut self,
        context: &Context<'_>,
        findings: &mut Findings,
        (file, named_by): (&LogFile, &At),
    ) -> Result<(), Failure> {
        let at = At::new(&file.bucket, &file.key);
        self.named.insert(short(&at));
        if file.hash_algorithm != HASH_ALGORITHM {
            context.progress.checked();
            let reason = format!(
                "`{named_by}` names its hash by `{}`, which this version cannot check: take a newer one",
                file.hash_algorithm
            );
            findings.tell(Outcome::Unread, &at, reason);
            return Ok(());
        }
        while self.checks.len() >= AT_ONCE {
            self.next(context, findings).await?;
        }
        let vault = Arc::clone(context.vault);
        let (named_by, hash_named) = (named_by.clone(), file.hash_value.clone());
        self.checks.spawn(async move {
            let read = read(&*vault, &at, Hasher::new).await;
            Check {
                hash_read: read.map(|(hasher, _)| hex(hasher.0.finish().as_ref())),
                at,
                named_by,
                hash_named,
            }
        });
        Ok(())
    }

    /// Waits for all that are under way.
    pub(super) async fn finish(&mut self, context: &Context<'_>, findings: &mut Findings) -> Result<(), Failure> {
        while !self.checks.is_empty() {
            self.next(context, findings).await?;
        }
        Ok(())
    }

    async fn next(&mut self, context: &Context<'_>, findings: &mut Findings) -> Result<(), Failure> {
        let check = match self.checks.join_next().await {
            Some(Ok(check)) => check,
            Some(Err(error)) => return Err(defect(&error)),
            None => return Ok(()),
        };
        context.progress.checked();
        match check.hash_read {
            Ok(hash) => {
                context.has_read();
                if hash.eq_ignore_ascii_case(&check.hash_named) {
                    findings.count(Outcome::Valid);
                } else {
                    let by = check.named_by;
                    let reason = format!(
                        "its content is not what `{by}` names, so it was changed: restore what CloudTrail delivered"
                    );
                    findings.tell(Outcome::Altered, &check.at, reason);
                }
                Ok(())
            }
            Err(unread) => context.unread(findings, &check.at, Some(&check.named_by), unread),
        }
    }

    /// Whether a digest that can be trusted names a log file.
    pub(super) fn name(&self, at: &At) -> bool {
        self.named.contains(&short(at))
    }
}

fn short(at: &At) -> [u8; 16] {
    let hash = digest(&SHA256, format!("{}/{}", at.bucket, at.key).as_bytes());
    hash.as_ref().first_chunk().copied().unwrap_or_default()
}

fn defect(error: &tokio::task::JoinError) -> Failure {
    Failure {
        code: None,
        message: format!("a reader ended early (a defect of podtrail, please report it): {error}"),
        missing: false,
        region: None,
    }
}

/// Hashes what is written to it.
struct Hasher(Sha256);

impl Hasher {
    fn new() -> Self {
        Self(Sha256::new(&SHA256))
    }
}

impl io::Write for Hasher {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.update(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
