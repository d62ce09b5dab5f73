//! Podtrail: the command line, the HTTP server, the embedded dashboard.
//!
//! Everything here is a shell around `podtrail_ingest` and `podtrail_query`: it reads arguments and
//! requests, asks, and writes answers. No rule of attribution or IAM lives here.

pub mod cli;
pub mod http;
pub mod output;
