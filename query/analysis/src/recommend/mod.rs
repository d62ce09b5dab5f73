//! Usage beside grants: permission marks, the least-privilege policy, and its proof by replay.

mod abac;
mod advice;
mod caller;
mod conditions;
mod cover;
mod demand;
mod evidence;
mod grants;
mod input;
mod kept;
mod make;
mod options;
mod output;
mod pack;
mod pattern;
mod permissions;
mod prove;
mod replay;
mod rows;
mod sid;
mod statements;
#[cfg(test)]
mod tests;
mod trust;
pub(crate) mod trust_json;
mod widen;

pub(crate) use input::session_policy;
pub use input::{ObservedSources, RecommendInput, RoleInput, Subject, UnmappedCall};
pub use make::recommend;
pub use output::iam_documents;
pub use permissions::permissions;
pub use replay::check;
pub(crate) use replay::{caller, is_own_issue, replay_layers};
