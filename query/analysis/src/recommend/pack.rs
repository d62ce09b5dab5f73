//! Statements into documents of the kind asked for, within IAM's limits.

use podtrail_iam::policy::build::{Document, MANAGED_POLICY_LIMIT, ROLE_INLINE_LIMIT, SESSION_POLICY_LIMIT, Statement};

use super::sid::number;
use crate::answer::PolicyKind;

/// Packs statements. Several managed policies where one is too small: whole services side by side, so that a service
/// that grows moves no other; a statement that is too large for one is split, by resources first. A single action on
/// a single resource is never too large: names have limits too.
///
/// # Errors
/// Which limit of an inline or session policy is passed, by how much, and what fits instead.
pub(super) fn pack(statements: Vec<Statement>, kind: PolicyKind) -> Result<Vec<Document>, String> {
    let mut whole = Document { statements };
    number(&mut whole.statements);
    let limit = match kind {
        PolicyKind::Managed => return Ok(managed(whole)),
        PolicyKind::Inline => ROLE_INLINE_LIMIT,
        PolicyKind::Association => SESSION_POLICY_LIMIT,
    };
    let size = size(&whole, kind);
    if size <= limit {
        return Ok(vec![whole]);
    }
    let of = match kind {
        PolicyKind::Association => "a session policy",
        _ => "all inline policies of a role together",
    };
    let parts = managed(whole).len();
    let instead = if parts == 1 {
        "one managed policy".to_owned()
    } else {
        format!("{parts} managed policies")
    };
    Err(format!(
        "the policy has {size} characters, {} more than the {limit} of {of}, and cannot be split; it fits into {instead} \
         of a role of the workload's own",
        size - limit
    ))
}

/// The size of a document as IAM counts it for its kind: white space counts in a session policy only.
pub(super) fn size(document: &Document, kind: PolicyKind) -> usize {
    match kind {
        PolicyKind::Association => document.minified().chars().count(),
        PolicyKind::Managed | PolicyKind::Inline => document.characters(),
    }
}

fn managed(whole: Document) -> Vec<Document> {
    if whole.characters() <= MANAGED_POLICY_LIMIT {
        return vec![whole];
    }
    let mut pieces = Vec::new();
    for statement in whole.statements {
        split(statement, &mut pieces);
    }
    number(&mut pieces);
    let mut documents: Vec<Document> = Vec::new();
    for service in pieces.chunk_by(|a, b| service(a) == service(b)) {
        if !documents.last_mut().is_some_and(|last| takes(last, service)) {
            documents.push(Document::default());
        }
        for piece in service {
            match documents.last_mut() {
                Some(last) if takes(last, std::slice::from_ref(piece)) => last.statements.push(piece.clone()),
                _ => documents.push(Document {
                    statements: vec![piece.clone()],
                }),
            }
        }
    }
    documents.retain(|document| !document.statements.is_empty());
    documents
}

fn service(statement: &Statement) -> Option<&str> {
    statement.actions.first()?.split(':').next()
}

/// Whether the statements fit into a document with what it has.
fn takes(document: &Document, more: &[Statement]) -> bool {
    let mut grown = document.clone();
    grown.statements.extend_from_slice(more);
    grown.characters() <= MANAGED_POLICY_LIMIT
}

fn split(statement: Statement, pieces: &mut Vec<Statement>) {
    let document = Document {
        statements: vec![statement],
    };
    // Room for what makes a Sid unique.
    let fits = document.characters() + 8 <= MANAGED_POLICY_LIMIT;
    for statement in document.statements {
        let halves = if fits { None } else { halves(&statement) };
        match halves {
            None => pieces.push(statement),
            Some((first, second)) => {
                split(first, pieces);
                split(second, pieces);
            }
        }
    }
}

fn halves(statement: &Statement) -> Option<(Statement, Statement)> {
    let (mut first, mut second) = (statement.clone(), statement.clone());
    let set = |s: &mut Statement| match s.resources.len() > 1 {
        true => std::mem::take(&mut s.resources),
        false => std::mem::take(&mut s.actions),
    };
    let mut upper = set(&mut first);
    set(&mut second);
    let middle = upper.iter().nth(upper.len() / 2).filter(|_| upper.len() > 1)?.clone();
    let rest = upper.split_off(&middle);
    if first.resources.is_empty() {
        (first.resources, second.resources) = (upper, rest);
    } else {
        (first.actions, second.actions) = (upper, rest);
    }
    Some((first, second))
}
