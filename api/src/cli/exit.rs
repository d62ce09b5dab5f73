//! Exit codes, and errors told once.

use std::process::ExitCode;

use podtrail_ingest::IngestError;
use podtrail_query::QueryError;

use crate::output::terminal_text;

/// How a command ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Outcome {
    /// 0: done.
    Done,
    /// 1: the answer is "no".
    No,
    /// 2: nothing of what was given could be read.
    NothingReadable,
    /// 3: something failed, and was told.
    Fault,
}

impl From<Outcome> for ExitCode {
    fn from(outcome: Outcome) -> Self {
        Self::from(match outcome {
            Outcome::Done => 0,
            Outcome::No => 1,
            Outcome::NothingReadable => 2,
            Outcome::Fault => 3,
        })
    }
}

/// Something wrong with what was asked, told by the command itself.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(super) struct Usage(pub(super) String);

/// A file that was named and cannot be read.
pub(super) fn unreadable(file: &str, error: &std::io::Error) -> Usage {
    Usage(format!("`{file}` cannot be read: {error}"))
}

/// Tells an error of usage.
pub(super) fn usage(error: &anyhow::Error) -> ExitCode {
    tell(error);
    ExitCode::from(2)
}

/// Tells an error and gives its code.
pub(super) fn report(error: &anyhow::Error) -> ExitCode {
    if is_broken_pipe(error) {
        // Whoever read the output has seen enough, as `head` does.
        return ExitCode::SUCCESS;
    }
    tell(error);
    ExitCode::from(if is_usage(error) { 2 } else { 3 })
}

fn tell(error: &anyhow::Error) {
    eprintln!("podtrail: {}", terminal_text(&format!("{error:#}")));
    let suggestions = match error.downcast_ref() {
        Some(QueryError::NotFound { suggestions, .. }) => suggestions.as_slice(),
        Some(QueryError::Ambiguous { candidates, .. }) => candidates.as_slice(),
        _ => &[],
    };
    if !suggestions.is_empty() {
        eprintln!("did you mean one of these?");
        for suggestion in suggestions {
            eprintln!("  {}", terminal_text(suggestion));
        }
    }
}

fn is_usage(error: &anyhow::Error) -> bool {
    let ingest = |error: &IngestError| {
        matches!(
            error,
            IngestError::SourceMissing(_) | IngestError::SourceKind(_) | IngestError::LakeLocation { .. }
        )
    };
    error.is::<Usage>()
        || error.downcast_ref().is_some_and(ingest)
        || error.downcast_ref::<QueryError>().is_some_and(|error| match error {
            QueryError::Input(_)
            | QueryError::Refused(_)
            | QueryError::NotFound { .. }
            | QueryError::Ambiguous { .. }
            | QueryError::DatabaseLocation(_) => true,
            QueryError::Lake(error) => ingest(error),
            _ => false,
        })
}

fn is_broken_pipe(error: &anyhow::Error) -> bool {
    error.chain().any(|cause| {
        cause
            .downcast_ref::<std::io::Error>()
            .is_some_and(|io| io.kind() == std::io::ErrorKind::BrokenPipe)
    })
}
