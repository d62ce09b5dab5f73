//! What a refresh has to resolve anew: all, or what new evidence is connected with.
//!
//! Every row of the facts that lineage reads carries its links as numbers. What is connected with new rows is found by
//! looking through these numbers alone, again and again until nothing is added; chains are short, so that is seldom
//! more than three times.

use std::collections::{BTreeSet, HashSet};
use std::sync::Arc;

use datafusion::arrow::array::{
    Array, ArrayRef, AsArray, Int64Builder, ListArray, ListBuilder, RecordBatch, StringViewArray,
    TimestampMicrosecondArray,
};
use datafusion::arrow::datatypes::Int64Type;
use datafusion::error::DataFusionError;
use podtrail_analysis::lineage::links::{Link, links_of_caller, links_of_shared_call, links_of_sts_call};
use sha2::{Digest, Sha256};

use super::columns::{Named, Texts, columns, fit};
use super::days::Days;
use super::evidence::{callers, records};
use super::facts::{CALLERS, EVIDENCE};
use super::lineage::{ATTRIBUTIONS, SESSIONS};
use super::work::Work;
use crate::QueryError;
use crate::engine::batches;

/// What is resolved anew.
pub(super) enum Scope {
    All,
    /// The callers of `lake.scope_callers` and the events of `lake.scope_events`, whose rows are of some days.
    Connected {
        callers: Days,
        events: Days,
    },
}

impl Scope {
    /// The condition for rows with a `caller_key` of the scope.
    pub(super) fn callers(&self) -> String {
        match self {
            Self::All => "true".into(),
            Self::Connected { .. } => "caller_key IN (SELECT caller_key FROM lake.scope_callers)".into(),
        }
    }

    /// The condition for rows of the facts of callers.
    pub(super) fn caller_facts(&self) -> String {
        match self {
            Self::All => "true".into(),
            Self::Connected { callers, .. } => format!("{} AND {}", callers.condition("day"), self.callers()),
        }
    }

    /// The condition for rows of evidence.
    pub(super) fn events(&self) -> String {
        match self {
            Self::All => "true".into(),
            Self::Connected { events, .. } => format!(
                "{} AND event_id IN (SELECT event_id FROM lake.scope_events)",
                events.condition("day")
            ),
        }
    }

    /// The condition for the sessions that are stored of the scope: those that its callers had, and those that its
    /// events issued.
    pub(super) async fn sessions(&self, work: &Work) -> Result<String, QueryError> {
        let Self::Connected { .. } = self else {
            return Ok("true".into());
        };
        let sql = format!(
            "SELECT session_id FROM lake.{ATTRIBUTIONS} WHERE {} AND session_id IS NOT NULL
             UNION SELECT session_id FROM lake.{SESSIONS}
             WHERE issue_event_id IN (SELECT event_id FROM lake.scope_events)",
            self.callers()
        );
        let ids = batches(&work.context, &sql, Vec::new()).await?;
        work.register_rows("scope_sessions", columns(["session_id"]), ids)?;
        Ok("session_id IN (SELECT session_id FROM lake.scope_sessions)".into())
    }
}

/// New rows of the facts that lineage reads.
#[derive(Default)]
pub(super) struct New {
    callers: HashSet<String>,
    events: HashSet<String>,
    links: HashSet<i64>,
    /// They bear on callers that have no link with them: changes of the configuration, and tokens.
    for_all: bool,
}

impl New {
    /// Takes note of new rows of a table of facts, and gives them with their links.
    pub(super) fn note(&mut self, table: &'static str, rows: RecordBatch) -> Result<RecordBatch, QueryError> {
        let key = match table {
            CALLERS => "caller_key",
            EVIDENCE => "event_id",
            _ => return Ok(rows),
        };
        if table == EVIDENCE {
            let (configuration, token) = (Named(&rows).truths("configuration")?, Named(&rows).truths("token")?);
            self.for_all |= (0..rows.num_rows()).any(|row| configuration(row) || token(row));
        }
        let links = links_of(table, &rows)?;
        let keys = Named(&rows).texts(key)?;
        let noted = if table == CALLERS {
            &mut self.callers
        } else {
            &mut self.events
        };
        noted.extend((0..rows.num_rows()).filter_map(|row| keys.owned(row)));
        let mut lists = ListBuilder::new(Int64Builder::new());
        for links in links {
            self.links
                .extend(links.iter().flat_map(Link::meets).map(|link| number(&link)));
            lists.append_value(links.iter().map(|link| Some(number(link))));
        }
        let schema = rows.schema();
        let at = schema.index_of("links").map_err(DataFusionError::from)?;
        let mut arrays = rows.columns().to_vec();
        if let Some(array) = arrays.get_mut(at) {
            *array = Arc::new(lists.finish()) as ArrayRef;
        }
        Ok(RecordBatch::try_new(schema, arrays).map_err(DataFusionError::from)?)
    }

    /// All evidence in the lake that the new rows, which are in it already, may bear on.
    pub(super) async fn connected(self, work: &Work) -> Result<Scope, QueryError> {
        if self.for_all {
            return Ok(Scope::All);
        }
        let mut callers = Linked::read(work, CALLERS, "caller_key", self.callers).await?;
        let mut events = Linked::read(work, EVIDENCE, "event_id", self.events).await?;
        let mut wanted = self.links;
        while callers.take(&mut wanted) | events.take(&mut wanted) {}
        callers.register(work, "scope_callers")?;
        events.register(work, "scope_events")?;
        Ok(Scope::Connected {
            callers: Days::Some(callers.days),
            events: Days::Some(events.days),
        })
    }
}

/// The rows of a table with their links.
struct Linked {
    key: &'static str,
    rows: Vec<LinkedRows>,
    taken: HashSet<String>,
    days: BTreeSet<Option<i64>>,
}

struct LinkedRows {
    keys: Texts,
    days: TimestampMicrosecondArray,
    links: ListArray,
    taken: Vec<bool>,
}

impl Linked {
    async fn read(work: &Work, table: &str, key: &'static str, taken: HashSet<String>) -> Result<Self, QueryError> {
        let sql = format!("SELECT {key}, day, links FROM lake.{table}");
        let mut rows = Vec::new();
        for batch in batches(&work.context, &sql, Vec::new()).await? {
            let fitting = fit(&batch, &columns([key, "day", "links"]))?;
            let (keys, days) = (Named(&fitting).texts(key)?, fitting.column(1).as_primitive().clone());
            rows.push(LinkedRows {
                keys,
                days,
                links: fitting.column(2).as_list().clone(),
                taken: vec![false; fitting.num_rows()],
            });
        }
        let days = BTreeSet::new();
        Ok(Self { key, rows, taken, days })
    }

    /// Takes the rows that are wanted, and wants what they are connected with. Gives whether any was taken.
    fn take(&mut self, wanted: &mut HashSet<i64>) -> bool {
        let mut any = false;
        for rows in &mut self.rows {
            let links = rows.links.values().as_primitive::<Int64Type>().values();
            let spans = rows.links.value_offsets().windows(2);
            for (row, (span, taken)) in spans.zip(&mut rows.taken).enumerate() {
                let own = match span {
                    [from, to] => links.get(*from as usize..*to as usize).unwrap_or_default(),
                    _ => &[],
                };
                let key = rows.keys.get(row).unwrap_or_default();
                if *taken || !(own.iter().any(|link| wanted.contains(link)) || self.taken.contains(key)) {
                    continue;
                }
                (*taken, any) = (true, true);
                self.taken.insert(key.to_owned());
                self.days.insert(rows.days.is_valid(row).then(|| rows.days.value(row)));
                wanted.extend(own.iter().flat_map(|link| meets(*link)));
            }
        }
        any
    }

    /// Makes the keys that were taken readable as `lake.ALIAS`.
    fn register(&self, work: &Work, alias: &str) -> Result<(), QueryError> {
        let keys: StringViewArray = self.taken.iter().map(Some).collect();
        let schema = columns([self.key]);
        let batch = RecordBatch::try_new(Arc::clone(&schema), vec![Arc::new(keys)]).map_err(DataFusionError::from)?;
        work.register_rows(alias, schema, vec![batch])
    }
}

/// The links of the rows of a table.
fn links_of(table: &str, rows: &RecordBatch) -> Result<Vec<Vec<Link>>, QueryError> {
    if table == CALLERS {
        let callers = callers(rows)?;
        return Ok(callers.iter().map(|(_, caller)| links_of_caller(caller)).collect());
    }
    let records = records(rows)?;
    let links = records.iter().map(|(shared, issue)| {
        let shared = shared.as_ref().map(links_of_shared_call).unwrap_or_default();
        let issue = issue.as_ref().map(links_of_sts_call).unwrap_or_default();
        let all: BTreeSet<Link> = shared.into_iter().chain(issue).collect();
        all.into_iter().collect()
    });
    Ok(links.collect())
}

/// Kinds of links of which one meets another, as the last bits of their numbers.
const ISSUED: i64 = 3;
const PRINCIPAL: i64 = 4;
const KIND: i64 = 7;

/// A link as a number: a hash of what it holds, the same for either kind of principal, and its kind. Two links with
/// one number would make a scope larger, never smaller.
fn number(link: &Link) -> i64 {
    let (kind, text, second) = match link {
        Link::AccessKey(key) => (1, key, 0),
        Link::Session(principal, second) => (2, principal, *second),
        Link::Issued(principal) => (ISSUED, principal, 0),
        Link::Principal(principal) => (PRINCIPAL, principal, 0),
        Link::SharedEvent(id) => (5, id, 0),
        Link::Caller(key) => (6, key, 0),
    };
    let digest = Sha256::new()
        .chain_update(second.to_le_bytes())
        .chain_update(text)
        .finalize();
    let mut first = [0; 8];
    first.iter_mut().zip(digest).for_each(|(to, from)| *to = from);
    (i64::from_le_bytes(first) & !KIND) | kind
}

/// [`Link::meets`] of numbers.
fn meets(number: i64) -> impl Iterator<Item = i64> {
    let other = match number & KIND {
        ISSUED => return [Some((number & !KIND) | PRINCIPAL), None].into_iter().flatten(),
        PRINCIPAL => Some((number & !KIND) | ISSUED),
        _ => None,
    };
    [Some(number), other].into_iter().flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_meet_as_their_links_do() {
        let text = || "AROA1:name".to_owned();
        let links = [
            Link::AccessKey(text()),
            Link::Session(text(), 7),
            Link::Session(text(), 8),
            Link::Issued(text()),
            Link::Principal(text()),
            Link::SharedEvent(text()),
            Link::Caller(text()),
        ];
        for link in &links {
            let of_link: BTreeSet<i64> = link.meets().iter().map(number).collect();
            assert_eq!(meets(number(link)).collect::<BTreeSet<_>>(), of_link, "{link}");
        }
        let numbers: BTreeSet<i64> = links.iter().map(number).collect();
        assert_eq!(numbers.len(), links.len());
    }
}
