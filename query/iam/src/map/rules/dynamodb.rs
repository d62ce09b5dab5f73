//! Amazon DynamoDB: batches by table, transactions by member, PartiQL by statement, streams by iterator.

use serde_json::Value;

use super::{Actions, by_name, resolved};
use crate::map::params::{child, items, leaf};
use crate::map::request::Request;

/// Members of `TransactWriteItems` with what each is checked as.
const TRANSACTED: &[(&str, &str)] = &[
    ("conditionCheck", "dynamodb:ConditionCheckItem"),
    ("delete", "dynamodb:DeleteItem"),
    ("put", "dynamodb:PutItem"),
    ("update", "dynamodb:UpdateItem"),
];

/// First words of PartiQL statements.
const STATEMENTS: &[(&str, &str)] = &[
    ("select", "dynamodb:PartiQLSelect"),
    ("exists", "dynamodb:PartiQLSelect"),
    ("insert", "dynamodb:PartiQLInsert"),
    ("update", "dynamodb:PartiQLUpdate"),
    ("delete", "dynamodb:PartiQLDelete"),
];

/// Actions reached only through the rules here.
pub(super) const REACHED: &[&str] = &[
    "dynamodb:ConditionCheckItem",
    "dynamodb:PartiQLSelect",
    "dynamodb:PartiQLInsert",
    "dynamodb:PartiQLUpdate",
    "dynamodb:PartiQLDelete",
];

/// Maps the calls whose tables or actions hide in their members; false leaves the rest to the tables.
pub(super) fn add(out: &mut Actions<'_, '_>) -> bool {
    let request = out.request;
    match request.operation {
        "BatchGetItem" | "BatchWriteItem" => {
            let tables = batch_tables(request);
            out.add(&format!("dynamodb:{}", request.operation), tables, "the event's name");
        }
        "TransactGetItems" => {
            let tables = request
                .params
                .list("transactItems")
                .into_iter()
                .filter_map(|i| child(i, "get"));
            let tables = tables.filter_map(|get| table(request, get)).collect();
            out.add("dynamodb:GetItem", tables, "each read of the transaction");
        }
        "TransactWriteItems" => add_transaction(out),
        "ExecuteStatement" => add_statements(out, request.params.text("statement").into_iter().collect()),
        "BatchExecuteStatement" => add_statements(out, statements(request, "statements")),
        "ExecuteTransaction" => add_statements(out, statements(request, "transactStatements")),
        "Query" | "Scan" => {
            let mut resources = resolved(request, &format!("dynamodb:{}", request.operation)).arns;
            if let (Some(index), Some(table)) = (request.params.text("indexName"), resources.first().cloned())
                && !table.contains("/index/")
            {
                resources.push(format!("{table}/index/{index}"));
            }
            out.add(
                &format!("dynamodb:{}", request.operation),
                resources,
                "the event's name",
            );
        }
        "GetRecords" => {
            let iterator = request.params.text("shardIterator");
            let stream =
                iterator.and_then(|i| i.split('|').next().filter(|s| s.starts_with("arn:")).map(str::to_owned));
            out.add("dynamodb:GetRecords", stream.into_iter().collect(), "the event's name");
        }
        _ => by_name(out),
    }
    true
}

/// `requestItems` is a map from the table's name or ARN, or a list of those.
fn batch_tables(request: &Request<'_>) -> Vec<String> {
    let logged: Vec<String> = request.logged_arns().map(str::to_owned).collect();
    if !logged.is_empty() {
        return logged;
    }
    match request.params.get("requestItems") {
        Some(Value::Object(tables)) if child(&Value::Object(tables.clone()), "items").is_none() => {
            tables.keys().map(|name| table_arn(request, name)).collect()
        }
        Some(list) => items(list)
            .into_iter()
            .filter_map(|i| leaf(i).map(|n| table_arn(request, &n)).or_else(|| table(request, i)))
            .collect(),
        None => Vec::new(),
    }
}

fn table(request: &Request<'_>, holder: &Value) -> Option<String> {
    child(holder, "tableName")
        .and_then(leaf)
        .map(|name| table_arn(request, &name))
}

fn table_arn(request: &Request<'_>, name: &str) -> String {
    match name.starts_with("arn:") {
        true => name.to_owned(),
        false => request.place.arn("dynamodb", &format!("table/{name}")),
    }
}

fn add_transaction(out: &mut Actions<'_, '_>) {
    let request = out.request;
    for (member, action) in TRANSACTED {
        let members = request
            .params
            .list("transactItems")
            .into_iter()
            .filter_map(|i| child(i, member));
        let tables: Vec<_> = members.filter(|m| !m.is_null()).map(|m| table(request, m)).collect();
        if !tables.is_empty() {
            out.add(
                action,
                tables.into_iter().flatten().collect(),
                &format!("`{member}` in the transaction"),
            );
        }
    }
}

fn statements(request: &Request<'_>, key: &str) -> Vec<String> {
    request
        .params
        .list(key)
        .into_iter()
        .filter_map(|s| child(s, "statement").and_then(leaf))
        .collect()
}

/// One action per kind of statement, on the tables and indexes it names.
fn add_statements(out: &mut Actions<'_, '_>, statements: Vec<String>) {
    let request = out.request;
    for action in ["Select", "Insert", "Update", "Delete"].map(|verb| format!("dynamodb:PartiQL{verb}")) {
        let of_this: Vec<_> = statements
            .iter()
            .filter(|s| statement_action(s) == Some(action.as_str()))
            .collect();
        if of_this.is_empty() {
            continue;
        }
        let named = of_this
            .iter()
            .filter_map(|s| statement_table(s))
            .map(|n| table_arn(request, &n))
            .collect();
        out.add(&action, named, "the PartiQL statement");
    }
}

fn statement_action(statement: &str) -> Option<&'static str> {
    let first = statement
        .trim_start()
        .split(|c: char| !c.is_ascii_alphabetic())
        .next()?;
    STATEMENTS
        .iter()
        .find(|(word, _)| first.eq_ignore_ascii_case(word))
        .map(|(_, action)| *action)
}

/// The table after `FROM`, `INTO` or `UPDATE`: `"T"`, `T` or `"T"."I"` for an index.
fn statement_table(statement: &str) -> Option<String> {
    let lower = statement.to_ascii_lowercase();
    let keywords = ["from", "into", "update"];
    let mut at = None;
    for (start, word) in words(&lower) {
        if keywords.contains(&word) {
            at = Some(start + word.len());
            break;
        }
    }
    let rest = statement.get(at?..)?.trim_start();
    let (table, tail) = name(rest)?;
    match tail.strip_prefix('.').and_then(name) {
        Some((index, _)) => Some(format!("{table}/index/{index}")),
        None => Some(table),
    }
}

/// Words of letters with their positions.
fn words(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut from = 0;
    text.split(|c: char| !c.is_ascii_alphabetic()).map(move |word| {
        let start = from;
        from += word.len() + 1;
        (start, word)
    })
}

/// A quoted or bare name and what follows it.
fn name(text: &str) -> Option<(String, &str)> {
    if let Some(quoted) = text.strip_prefix('"') {
        let (name, tail) = quoted.split_once('"')?;
        return (!name.is_empty()).then(|| (name.to_owned(), tail));
    }
    let end = text
        .find(|c: char| !(c.is_ascii_alphanumeric() || "_-".contains(c)))
        .unwrap_or(text.len());
    let (name, tail) = (text.get(..end)?, text.get(end..)?);
    (!name.is_empty()).then(|| (name.to_owned(), tail))
}
