//! What the events mean, as functions of values: no clock, no I/O, no query engine.
//!
//! Data flows one way: [`lineage`] turns the identities and credential issues of the log, and the
//! [`inventory`], into sessions and attributions; the engine aggregates attributed calls into
//! [`usage`]; [`recommend`] sets usage beside what roles grant, [`findings`] tells what is wrong in
//! all of it, [`check`] judges changes by the use before them. [`answer`] holds the shapes in which that is told to people and programs.

pub mod answer;
pub mod check;
pub mod coverage;
pub mod explain;
pub mod findings;
pub mod formats;
pub mod graph;
pub mod inventory;
pub mod lineage;
pub mod migration;
pub mod recommend;
mod role_trust;
mod shell;
pub mod usage;
