//! CloudTrail records and Kubernetes audit events: splitting any byte stream into records, tolerant parsing,
//! redaction.
//!
//! Pure: bytes in, values out; no clock, no I/O. The hot path of `podtrail ingest` is
//! [`Splitter`] (where does a record begin and end) followed by [`parse`] (one row of the lake).
//! Both rest on one strict, resumable walk over the bytes, so no document tree is ever built.

pub mod audit;
mod canonical;
mod event;
mod fields;
mod identity;
mod reject;
mod shape;
mod text;
mod walk;

pub mod redact;
pub mod split;
pub mod time;

pub use event::{Event, parse};
pub use reject::{Limits, Reject};
pub use split::{Item, Splitter};
pub use time::Timestamp;

/// `bytes[from..to]`, or empty where that range does not exist.
pub(crate) fn cut(bytes: &[u8], from: usize, to: usize) -> &[u8] {
    bytes.get(from..to).unwrap_or_default()
}

#[cfg(test)]
mod tests;
