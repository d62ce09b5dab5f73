//! Documents that are no policy at all.

use serde_json::Value;

use super::{Code, Lint, LintKind};
use crate::policy::{Policy, PolicyError};

const MALFORMED: Code = Code::error("malformed_policy");
const UNKNOWN_OPERATOR: Code = Code::error("unknown_operator");
const NULL_WITH_IF_EXISTS: Code = Code::error("null_with_if_exists");
const DUPLICATE_KEY: Code = Code::error("duplicate_condition_key");

#[cfg(test)]
pub(super) const CODES: [Code; 4] = [MALFORMED, UNKNOWN_OPERATOR, NULL_WITH_IF_EXISTS, DUPLICATE_KEY];

/// Reads a document, or says why it is no policy of its kind.
pub(super) fn read(document: &Value, kind: LintKind) -> Result<Policy, Lint> {
    super::policy_of(document, kind).map_err(|error| {
        let PolicyError {
            pointer,
            problem,
            accepted,
        } = error;
        code(&pointer, &problem).at(pointer, format!("{problem}; accepted: {accepted}"))
    })
}

/// The error's code, by where it is: an operator right below `Condition`, a key below an operator.
fn code(pointer: &str, problem: &str) -> Code {
    let Some((_, within)) = pointer.split_once("/Condition/") else {
        return MALFORMED;
    };
    match within.split_once('/') {
        None if within.to_ascii_lowercase().ends_with("nullifexists") => NULL_WITH_IF_EXISTS,
        None if problem.contains("operator") => UNKNOWN_OPERATOR,
        Some(_) if problem.contains("given twice") => DUPLICATE_KEY,
        _ => MALFORMED,
    }
}
