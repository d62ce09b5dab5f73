//! From the callers and credential issues of the log to sessions and workloads: which pod made a call.
//!
//! [`resolve`] reads the `sts:AssumeRole*` records into issues (`issue`), finds the credentials of every caller
//! (`places`: by access key, else by principal id and creation time), walks the chains from their roots on
//! (`graph`) and says who stands at each root (`origin`, and `facts` where the issue is not in the lake, both
//! asking the inventory through `known`). Every answer carries its class, a phrase from [`method`], and the
//! event that proves it. No step depends on the order of the evidence.

pub mod agents;
mod caller;
mod clusters;
mod facts;
mod graph;
mod issue;
pub mod issuer;
mod known;
pub mod links;
pub mod method;
mod order;
mod origin;
mod places;
mod pod_evidence;
mod pods;
mod rows;
pub mod session_name;
mod spans;
mod token_request;
mod trust;
mod types;

#[cfg(test)]
mod tests;

use std::collections::HashMap;

pub use agents::node_agent;
pub use caller::{CallerRef, caller_key, caller_key_of_event, is_assume_role};
pub use token_request::{AuditRow, TOKEN_REQUESTS, TokenRequest};
pub use types::{
    Attribution, Caller, CallerSource, Class, ClusterRef, Evidence, Lineage, Mechanism, Session, SharedCall, StsCall,
};

use crate::inventory::Inventory;

/// The longest chain that is followed, in credential issues. Longer ones are sessions that renew themselves
/// by assuming their own role.
pub const MAX_HOPS: usize = 64;

/// Resolves every caller of the evidence to its session and workload.
///
/// The result depends on the set of callers and records only, not on their order or repetition, and what is
/// added to the evidence changes only what it has to do with.
pub fn resolve(evidence: &Evidence, inventory: &Inventory) -> Lineage {
    let shared = shared_callers(evidence);
    let issues = issue::read(&evidence.sts_calls, &shared);
    let places = places::Places::new(evidence, &issues);
    let known = known::Known::new(inventory);
    let callers = keyed(&evidence.callers);
    let mut sources: HashMap<&str, Vec<&CallerSource>> = HashMap::new();
    for source in &evidence.sources {
        sources.entry(&source.caller_key).or_default().push(source);
    }
    let pods = pod_evidence::PodEvidence::new(&known, &places, &sources, &callers, &evidence.token_requests);
    let graph = graph::Graph {
        known,
        issues: &issues,
        places,
        pods,
    };
    rows::Rows::new(&graph, &shared, &sources, evidence).write(callers)
}

/// The callers with their keys, sorted, each once.
fn keyed(callers: &[Caller]) -> Vec<(String, &Caller)> {
    let mut keyed: Vec<_> = callers.iter().map(|caller| (caller.as_ref().key(), caller)).collect();
    keyed.sort_unstable();
    keyed.dedup();
    keyed
}

/// The caller of each shared event: that of the record which knows most of it.
fn shared_callers(evidence: &Evidence) -> HashMap<&str, &Caller> {
    let of_shared = evidence
        .shared_calls
        .iter()
        .map(|call| (call.shared_event_id.as_str(), &call.caller));
    let of_sts = evidence
        .sts_calls
        .iter()
        .filter_map(|call| Some((call.shared_event_id.as_deref()?, &call.caller)));
    let rank = |caller: &Caller| {
        let keyed = caller::usable_key(caller.access_key_id.as_deref()).is_some();
        (!keyed, caller.session_created.is_none(), caller.principal_id.is_none())
    };
    let mut best: HashMap<&str, &Caller> = HashMap::new();
    for (id, caller) in of_shared.chain(of_sts) {
        if caller.identity_type.as_deref() == Some("AWSAccount") || id.is_empty() {
            continue;
        }
        let entry = best.entry(id).or_insert(caller);
        if (rank(caller), caller) < (rank(entry), *entry) {
            *entry = caller;
        }
    }
    best
}
