//! From sources to the lake: records are read, parsed, redacted, de-duplicated and committed.
//!
//! [`pipeline::ingest`] is the whole journey on one screen. [`lake`] is the only door to the
//! stored tables; [`source`] the only door to where records come from.

pub mod checkpoint;
pub mod digest;
pub mod error;
pub mod lake;
pub mod ledger;
pub mod pipeline;
pub mod source;

pub use error::IngestError;
