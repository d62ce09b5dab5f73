//! Every question about the lake.
//!
//! [`Engine`] is the door: it opens the lake's tables for DataFusion, keeps the derived tables in step
//! with the events, and answers with the plain structs of `podtrail_analysis::answer`.

mod answers;
pub mod engine;
pub mod error;
mod facts;
mod nearest;
pub mod store;
mod workloads;

pub use answers::{
    CheckQuestion, DEFAULT_NODES, EventFilter, FindingFilter, Findings, GraphFilter, HistorySpan, Page, SessionFilter,
    WorkloadFilter, WorkloadSort,
};
pub use engine::Engine;
pub use error::QueryError;
pub use store::Store;
