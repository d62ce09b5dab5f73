//! What exists now, asked of the APIs of EKS, IAM, EC2 and Kubernetes.
//!
//! Each question gives an [`Observation`] whole or an error that says what to allow; nothing is given by halves. What
//! the answers say is put in the form of the command lines' JSON and read by [`podtrail_analysis::inventory::parse`],
//! so that files and APIs cannot come to mean different things. No engine and no storage in here: whoever asks keeps
//! what was seen.

pub mod account;
mod ec2;
mod eks;
mod iam;
pub mod kubernetes;
pub mod public;
mod signed;
pub mod watch;

use podtrail_analysis::inventory::{Listed, Object};

/// What one question was answered with, and of what that is all there is.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Observation {
    /// The things that were seen.
    pub objects: Vec<Object>,
    /// Kinds and places of which nothing else exists: a known thing of theirs that is not among the objects has ended.
    pub complete: Vec<Listed>,
}
