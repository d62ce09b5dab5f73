//! A table with AWS's service reference merged over it, written in the form of the embedded one.

use std::collections::{BTreeMap, BTreeSet};

use super::reference::{ActionReference, ServiceReference};
use super::{AccessLevel, Catalog, Service};
use crate::map::names;

/// The version of the written form; [`super::install`] refuses others.
pub(super) const FORMAT: &str = "1";

/// What a reference changed, sorted. Nothing is dropped: what it lacks stays and is told.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize)]
pub struct Changes {
    /// Services of the reference.
    pub services: usize,
    /// Prefixes that are new.
    pub services_added: BTreeSet<String>,
    /// Actions that are new.
    pub actions_added: BTreeSet<String>,
    /// Actions whose access level, resource types or condition keys changed.
    pub actions_changed: BTreeMap<String, BTreeSet<&'static str>>,
    /// Actions that the reference of their service lacks; they are kept, as logs and policies still name them.
    pub actions_gone: BTreeSet<String>,
    /// Operations that no table knew, with the one action that authorises them.
    pub operations_learned: BTreeMap<String, String>,
}

/// A merged table, ready to be written, and what is different in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Merged {
    /// The file for [`super::install`].
    pub file: Vec<u8>,
    /// What changed.
    pub changes: Changes,
}

/// One service while it is merged. Maps are by name in lower case, as the table sorts.
#[derive(Default)]
struct Table {
    prefix: String,
    rcp: bool,
    types: BTreeMap<String, Vec<String>>,
    keys: BTreeMap<String, (String, String)>,
    actions: BTreeMap<String, Row>,
}

/// One action while it is merged.
#[derive(Clone, PartialEq)]
struct Row {
    name: String,
    level: AccessLevel,
    /// Resource types, and whether every call names one.
    types: BTreeMap<String, bool>,
    /// Condition keys, in lower case.
    keys: BTreeSet<String>,
}

/// Merges documents over a table. `date` is the day of the documents, `YYYY-MM-DD`.
pub fn merge(base: &Catalog, documents: &[ServiceReference], date: &str) -> std::io::Result<Merged> {
    let mut tables: BTreeMap<String, Table> = base
        .services
        .iter()
        .map(|s| (s.prefix.to_ascii_lowercase(), table(base, s)))
        .collect();
    let mut changes = Changes {
        services: documents.len(),
        ..Changes::default()
    };
    for document in documents {
        let entry = tables.entry(document.prefix.to_ascii_lowercase());
        let table = entry.or_insert_with(|| {
            changes.services_added.insert(document.prefix.clone());
            Table {
                prefix: document.prefix.clone(),
                ..Table::default()
            }
        });
        merge_service(table, document, &mut changes);
    }
    let mut learned: BTreeMap<String, String> = base
        .learned
        .iter()
        .map(|(operation, action)| ((*operation).to_owned(), (*action).to_owned()))
        .collect();
    for (operation, action) in operations(base, documents, &tables) {
        learned.insert(operation.clone(), action.clone());
        changes.operations_learned.insert(operation, action);
    }
    let text = written(base, &tables, &learned, documents.len(), date);
    let file = zstd::bulk::compress(text.as_bytes(), 19)?;
    Ok(Merged { file, changes })
}

fn table(base: &Catalog, service: &Service) -> Table {
    let key = |at: &usize| service.keys.get(*at).map(|k| k.name.to_ascii_lowercase());
    let types = service
        .types
        .iter()
        .map(|t| (t.name.to_owned(), t.patterns.iter().map(|p| (*p).to_owned()).collect()));
    let actions = base.actions.get(service.actions.clone()).unwrap_or_default();
    let actions = actions.iter().map(|action| {
        let row = Row {
            name: action.name.to_owned(),
            level: action.level,
            types: base
                .types_of(action)
                .into_iter()
                .map(|(t, required)| (t.name.to_owned(), required))
                .collect(),
            keys: action.keys.iter().filter_map(key).collect(),
        };
        (action.name.to_ascii_lowercase(), row)
    });
    Table {
        prefix: service.prefix.to_owned(),
        rcp: service.rcp,
        types: types.collect(),
        keys: service
            .keys
            .iter()
            .map(|k| (k.name.to_ascii_lowercase(), (k.name.to_owned(), k.kind.to_owned())))
            .collect(),
        actions: actions.collect(),
    }
}

fn merge_service(table: &mut Table, document: &ServiceReference, changes: &mut Changes) {
    for (name, formats) in document.resources.iter().filter(|(_, formats)| !formats.is_empty()) {
        table.types.insert(name.clone(), formats.clone());
    }
    for (name, kind) in &document.keys {
        table
            .keys
            .insert(name.to_ascii_lowercase(), (name.clone(), kind.clone()));
    }
    let mut named = BTreeSet::new();
    for action in &document.actions {
        let name = format!("{}:{}", table.prefix, action.name);
        let lower = name.to_ascii_lowercase();
        named.insert(lower.clone());
        let before = table.actions.get(&lower).cloned();
        let now = row(table, name.clone(), action, before.as_ref());
        match before {
            None => {
                changes.actions_added.insert(name);
            }
            Some(before) => {
                let differs = [
                    ("level", before.level != now.level),
                    ("resources", before.types != now.types),
                    ("keys", before.keys != now.keys),
                ];
                let what: BTreeSet<_> = differs.into_iter().filter(|(_, d)| *d).map(|(what, _)| what).collect();
                if !what.is_empty() {
                    changes.actions_changed.insert(name, what);
                }
            }
        }
        table.actions.insert(lower, now);
    }
    let gone = table.actions.iter().filter(|(lower, _)| !named.contains(*lower));
    changes.actions_gone.extend(gone.map(|(_, row)| row.name.clone()));
}

/// The row of a document's action. The reference does not say which types every call names: what the table knew stays,
/// a new type is one that a call may name.
fn row(table: &mut Table, name: String, action: &ActionReference, before: Option<&Row>) -> Row {
    let required = |kind: &String| before.and_then(|b| b.types.get(kind)).copied().unwrap_or(false);
    let known = action.resources.iter().filter(|kind| table.types.contains_key(*kind));
    let types = known.map(|kind| (kind.clone(), required(kind))).collect();
    for key in &action.keys {
        let lower = key.to_ascii_lowercase();
        // A key that the document lists nowhere else: policies compare nearly all keys as text.
        table
            .keys
            .entry(lower)
            .or_insert_with(|| (key.clone(), "String".to_owned()));
    }
    let level = action.level.or(before.map(|b| b.level)).unwrap_or(AccessLevel::Write);
    Row {
        // The spelling that the table has already is what lakes hold.
        name: before.map_or(name, |b| b.name.clone()),
        level,
        types,
        keys: action.keys.iter().map(|key| key.to_ascii_lowercase()).collect(),
    }
}

/// Operations with one action that the merged table has, where neither the rules nor the table's names know any.
fn operations<'d>(
    base: &'d Catalog,
    documents: &'d [ServiceReference],
    tables: &'d BTreeMap<String, Table>,
) -> impl Iterator<Item = (String, String)> + 'd {
    let spelled = |action: &str| {
        let (prefix, _) = action.split_once(':')?;
        let table = tables.get(&prefix.to_ascii_lowercase())?;
        let row = table.actions.get(&action.to_ascii_lowercase())?;
        Some(row.name.clone())
    };
    documents.iter().flat_map(move |document| {
        document.operations.iter().filter_map(move |(operation, action)| {
            let prefix = document.prefix.as_str();
            let name = format!("{prefix}:{operation}");
            let known = names::is_ruled(prefix, operation)
                || base.is_action(&name).is_some()
                || spelled(&name).is_some()
                || base.learned.get(name.as_str()) == Some(&action.as_str());
            Some((name, spelled(action)?)).filter(|_| !known)
        })
    })
}

/// The lines that `tools/README.md` describes.
fn written(
    base: &Catalog,
    tables: &BTreeMap<String, Table>,
    learned: &BTreeMap<String, String>,
    documents: usize,
    date: &str,
) -> String {
    let mut lines = vec![format!("#date\t{date}"), format!("#format\t{FORMAT}")];
    let sources = base
        .versions
        .iter()
        .filter(|(name, _)| *name != "format" && *name != "service-reference");
    lines.extend(sources.map(|(name, version)| format!("#{name}\t{version}")));
    lines.push(format!("#service-reference\t{documents} services of {date}"));
    for table in tables.values() {
        let rcp = if table.rcp { "r" } else { "" };
        lines.push(format!("S\t{}\t{rcp}", table.prefix));
        lines.extend(table.keys.values().map(|(name, kind)| format!("K\t{name}\t{kind}")));
        let types = table.types.iter();
        lines.extend(types.map(|(name, patterns)| format!("R\t{name}\t{}\t", patterns.join(", "))));
        lines.extend(table.actions.values().map(|row| action_line(table, row)));
    }
    lines.extend(
        learned
            .iter()
            .map(|(operation, action)| format!("E\t{operation}\t{action}")),
    );
    lines.join("\n") + "\n"
}

fn action_line(table: &Table, row: &Row) -> String {
    let types = row.types.iter().filter_map(|(kind, required)| {
        let at = table.types.keys().position(|k| k == kind)?;
        Some(format!("{at}{}", if *required { "*" } else { "" }))
    });
    // In the generator's order, which is that of the text.
    let types: BTreeSet<_> = types.collect();
    let key = |key: &String| Some(table.keys.keys().position(|k| k == key)?.to_string());
    let keys: Vec<_> = row.keys.iter().filter_map(key).collect();
    let (level, types) = (letter(row.level), types.into_iter().collect::<Vec<_>>());
    format!("A\t{}\t{level}\t{}\t{}", row.name, types.join(" "), keys.join(" "))
}

fn letter(level: AccessLevel) -> &'static str {
    match level {
        AccessLevel::Read => "R",
        AccessLevel::List => "L",
        AccessLevel::Write => "W",
        AccessLevel::Tagging => "T",
        AccessLevel::PermissionsManagement => "P",
    }
}
