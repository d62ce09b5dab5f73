//! What could not be read, and the bounds within which reading happens.

use crate::redact;

/// Bounds on what one record may cost. No input can make the reader exceed them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Longest record in bytes; a longer one becomes one [`Reject`] and is skipped unbuffered.
    /// CloudTrail's own limit for an event is 256 KB, 1 MB in event data stores.
    pub record_bytes: usize,
    /// Deepest nesting of objects and arrays in one record (at most 128).
    pub depth: u32,
    /// How many bytes of a rejected record are kept.
    pub reject_bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            record_bytes: 4 << 20,
            depth: 128,
            reject_bytes: 16 << 10,
        }
    }
}

/// A stretch of the input that is not a CloudTrail record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reject {
    /// Where the stretch begins: bytes from the start of the (inflated) stream.
    pub offset: u64,
    /// What is wrong, where, and what was expected.
    pub reason: String,
    /// The beginning of the stretch, redacted, at most [`Limits::reject_bytes`].
    pub bytes: Vec<u8>,
}

impl Reject {
    /// A reject of `raw`, which is redacted here and cut to the limit.
    pub(crate) fn new(offset: u64, reason: String, raw: &[u8], limits: &Limits) -> Self {
        // Redact before cutting: a secret cut in two might no longer look like one.
        let seen = raw.get(..limits.reject_bytes.saturating_mul(2)).unwrap_or(raw);
        let mut bytes = redact::raw(seen).into_owned();
        bytes.truncate(limits.reject_bytes);
        Self { offset, reason, bytes }
    }
}
