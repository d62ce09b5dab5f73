//! What a change of policies, trust policies or associations would have done: documents are [read],
//! put over the inventory as [`After`], and the history is [judged](judge) under what comes out.
//!
//! Nothing that only applying a change shows is guessed: it is named, and what hangs on it is unknown.

mod apply;
mod changes;
mod document;
mod issues;
mod judge;
mod layers;
mod markdown;
mod pairing;
mod plan;
mod proposal;
mod state;
#[cfg(test)]
mod tests;

pub use apply::After;
pub use changes::Changes;
pub use document::{File, ReadError, read};
pub use issues::{Asker, Issue};
pub use judge::{Use, judge};
pub use markdown::markdown;
