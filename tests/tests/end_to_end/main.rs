//! Every part together: files in, answers out.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

mod command_line;
mod database;
mod demo;
mod harness;
mod http;
mod ingest;
mod openapi;
mod order;
mod permissions;
mod readers;
mod real;
mod recommend;
mod sources;
mod sql;
mod verify;
