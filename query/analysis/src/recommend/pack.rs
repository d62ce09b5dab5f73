//! Statements into as many managed policies as IAM's limit asks for.

use podtrail_iam::policy::build::{Document, MANAGED_POLICY_LIMIT, Statement};

use super::sid::number;

/// Packs statements in their order; one that is too large for a policy is split, by resources first.
/// A single action on a single resource is never too large: names have limits too.
pub(super) fn pack(statements: Vec<Statement>) -> Vec<Document> {
    let mut pieces = Vec::new();
    for statement in statements {
        split(statement, &mut pieces);
    }
    number(&mut pieces);
    let mut documents: Vec<Document> = Vec::new();
    for piece in pieces {
        if let Some(last) = documents.last_mut() {
            last.statements.push(piece);
            if last.characters() <= MANAGED_POLICY_LIMIT {
                continue;
            }
            let piece = last.statements.pop();
            documents.push(Document {
                statements: piece.into_iter().collect(),
            });
        } else {
            documents.push(Document {
                statements: vec![piece],
            });
        }
    }
    documents
}

fn split(statement: Statement, pieces: &mut Vec<Statement>) {
    let document = Document {
        statements: vec![statement],
    };
    // Room for the number that makes a Sid unique.
    let fits = document.characters() + 4 <= MANAGED_POLICY_LIMIT;
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
