//! What a change of policies, trust or associations would have done to the calls of the history.

use serde::Serialize;
use utoipa::ToSchema;

use super::Replay;

/// Changes, and the history judged under them.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Check {
    /// What it comes to.
    pub verdict: CheckVerdict,
    /// Calls and credential issues that worked and are judged.
    pub calls: u64,
    /// Of these, still allowed.
    pub allowed: u64,
    /// Of these, no longer allowed.
    pub denied: u64,
    /// Of these, undecided.
    pub unknown: u64,
    /// What changes, in the order of the documents.
    pub changes: Vec<CheckChange>,
    /// Whose history was judged, sorted by role and workload.
    pub judged: Vec<CheckJudged>,
    /// What to change in the documents themselves.
    pub lints: Vec<CheckLint>,
    /// What was not judged, and why.
    pub untouched: Vec<String>,
}

/// What a check comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum CheckVerdict {
    /// A call or a credential issue that worked would be denied.
    Breaks,
    /// None would be, as far as can be decided: `unknown` counts those that cannot.
    Holds,
    /// There is no history to judge: this says nothing about the changes.
    NoHistory,
}

/// One change.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct CheckChange {
    /// The file, and the resource's address in a Terraform plan.
    pub source: String,
    /// Of what.
    pub kind: ChangeKind,
    /// The role; null where it is not known, and for a managed policy, which may be of several.
    pub role_arn: Option<String>,
    /// In words.
    pub summary: String,
    /// What is not known of it, and why.
    pub unknown: Vec<String>,
}

/// What a change is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ChangeKind {
    /// An identity policy's document.
    Policy,
    /// A trust policy.
    Trust,
    /// A Pod Identity association.
    Association,
    /// A permissions boundary.
    Boundary,
    /// Which managed policies are attached.
    Attachment,
    /// A role itself.
    Role,
}

/// One workload's history through one role, or the issues of a role's credentials to others.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct CheckJudged {
    /// `cluster/namespace/serviceaccount`; null for callers that are no workload.
    pub workload: Option<String>,
    /// The role that was used.
    pub role_arn: String,
    /// Under what it is judged, where that is not the changed role itself.
    pub why: Option<String>,
    /// The calls; null where nothing that decides them changes.
    pub replay: Option<Replay>,
    /// Of the denied calls, those that today's policies do not allow either: something else allowed them, as a
    /// resource's own policy may, or the policies were others then. Null where none is denied or today's policies are
    /// not known.
    pub denied_today: Option<u64>,
    /// The issues of the role's credentials; null where nothing that decides them changes.
    pub issues: Option<IssueReplay>,
}

/// Issues of credentials that worked, judged under the trust policy to be.
#[derive(Debug, Clone, Default, PartialEq, Serialize, ToSchema)]
pub struct IssueReplay {
    /// Issues.
    pub calls: u64,
    /// Of these, still allowed.
    pub allowed: u64,
    /// Of these, no longer allowed.
    pub denied: u64,
    /// Of these, undecided.
    pub unknown: u64,
    /// Those behind `denied` and `unknown`, by who asked.
    pub counterexamples: Vec<IssueMiss>,
}

/// Issues to one asker that would be denied or cannot be decided.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct IssueMiss {
    /// Who asked, in words.
    pub asker: String,
    /// `sts:AssumeRole`, `sts:AssumeRoleWithWebIdentity` or `sts:TagSession`.
    pub action: String,
    /// `implicit_deny`, `explicit_deny` or `unknown`.
    pub decision: String,
    /// What was missing to decide.
    pub missing_keys: Vec<String>,
    /// Issues.
    pub calls: u64,
    /// One of them.
    pub sample_event_id: String,
}

/// What to change in a document.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct CheckLint {
    /// As the change's.
    pub source: String,
    /// What it is, in snake case; stable.
    pub code: String,
    /// `error`, `security`, `warning` or `suggestion`.
    pub severity: String,
    /// JSON pointer into the policy document.
    pub pointer: String,
    /// What is wrong and what to write instead.
    pub message: String,
}
