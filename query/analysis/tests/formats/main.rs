//! Every form of output read back by a reader of that form, and compared with the documents that it was made from.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

mod cloudformation;
mod eksctl;
mod fixtures;
mod iam;
mod parts;
mod proposed;
mod terraform;
