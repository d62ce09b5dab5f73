//! Why a file gives no inventory.

/// Appended to errors about what a document is.
const ACCEPTED: &str = "accepted are the JSON answers of `aws iam get-account-authorization-details`, \
    `list-open-id-connect-providers`, `get-open-id-connect-provider` and `list-instance-profiles`, \
    `aws eks describe-cluster` and `describe-pod-identity-association`, \
    `aws ec2 describe-instances`, `describe-vpc-endpoints` and `describe-nat-gateways`, \
    `kubectl get serviceaccounts,pods,nodes -A -o json`, `{\"selfManagedCluster\": {\"name\": …, \"issuer\": …}}` and \
    `{\"organizationPolicies\": {\"account\": …, \"serviceControlPolicies\": [[…]]}}`, alone, in an array, or one after another";

/// Why a file was not imported; nothing of it is, when one document of it cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InventoryError {
    /// Nothing but white space.
    #[error("the file is empty; {ACCEPTED}")]
    Empty,
    /// Not JSON, or cut off.
    #[error("the file is not JSON at line {line}, column {column}: {message}; {ACCEPTED}")]
    Json {
        /// Line, from 1.
        line: usize,
        /// Column, from 1.
        column: usize,
        /// What is wrong.
        message: String,
    },
    /// JSON, but none of the accepted documents.
    #[error("`{at}` looks like {looks}; {ACCEPTED}")]
    Unknown {
        /// JSON pointer, after the document's number where there are several.
        at: String,
        /// What it looks like.
        looks: String,
    },
    /// A document of a known kind that does not say enough, with the command that does.
    #[error("`{at}` looks like the answer of `{looks}`, which lacks {lacks}; use {instead}")]
    Summary {
        /// JSON pointer, after the document's number where there are several.
        at: String,
        /// The command that made it.
        looks: &'static str,
        /// What is missing.
        lacks: &'static str,
        /// The command to use.
        instead: &'static str,
    },
    /// A document of a known kind with a missing or unreadable part.
    #[error("`{at}` (of {kind}) cannot be read: {message}")]
    Malformed {
        /// JSON pointer, after the document's number where there are several.
        at: String,
        /// The kind of document.
        kind: &'static str,
        /// What is wrong.
        message: String,
    },
    /// The cluster of `kubectl`'s answer cannot be told.
    #[error("`kubectl` does not say which cluster it asked, and {reason}; name it with `--cluster`: {}", list(.candidates))]
    Cluster {
        /// Why it cannot be told.
        reason: String,
        /// ARNs of the clusters that it may be.
        candidates: Vec<String>,
    },
}

fn list(candidates: &[String]) -> String {
    if candidates.is_empty() {
        return "its name or ARN".to_owned();
    }
    let quoted: Vec<String> = candidates.iter().map(|c| format!("`{c}`")).collect();
    quoted.join(" or ")
}
