//! IAM as functions of values: the policy language and its evaluator, the tables of actions,
//! and the mapping from a CloudTrail event to what IAM checked for it.
//!
//! Nothing here knows of a lake, a clock or a network.

pub mod catalog;
pub mod evaluate;
pub mod lint;
pub mod map;
pub mod policy;
pub mod simulate;
