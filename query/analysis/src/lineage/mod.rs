//! From the callers and credential issues of the log to sessions and workloads.

mod types;

pub use types::{Attribution, Caller, Class, ClusterRef, Evidence, Lineage, Mechanism, Session, SharedCall, StsCall};
