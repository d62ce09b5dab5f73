//! Every part together: files in, answers out.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

mod answers;
mod check;
mod command_line;
mod database;
mod demo;
mod faults;
mod findings;
mod harness;
mod http;
mod ingest;
mod live;
mod maintenance;
mod openapi;
mod order;
mod permissions;
mod readers;
mod real;
mod recommend;
mod refresh;
mod s3_lake;
mod sources;
mod sql;
mod verify;
