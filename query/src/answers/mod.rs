//! The answers: one file for each resource.

mod check;
mod coverage;
mod events;
mod explain;
mod findings;
mod graph;
mod history;
mod migration;
mod recommendation;
mod sessions;
mod status;
mod workloads;

use datafusion::common::ScalarValue;
use podtrail_event::time::Timestamp;

pub use check::CheckQuestion;
pub use events::EventFilter;
pub use findings::{FindingFilter, Findings};
pub(crate) use graph::GraphBase;
pub use graph::{DEFAULT_NODES, GraphFilter};
pub use history::HistorySpan;
pub use sessions::SessionFilter;
pub use workloads::{WorkloadFilter, WorkloadSort};

/// One page of a list.
#[derive(Debug, Clone, PartialEq)]
pub struct Page<T> {
    /// The rows.
    pub items: Vec<T>,
    /// Where the next page begins; none on the last.
    pub next: Option<u64>,
    /// Rows of all pages, where counting them costs nothing.
    pub total: Option<u64>,
}

impl<T> Page<T> {
    /// The page of a list that was read with one row more than `limit`.
    fn of(mut items: Vec<T>, offset: u64, limit: u64) -> Self {
        let more = items.len() as u64 > limit;
        items.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
        Self {
            items,
            next: more.then_some(offset + limit),
            total: None,
        }
    }

    /// The page of a list that is at hand as a whole.
    fn cut(items: Vec<T>, offset: u64, limit: u64) -> Self {
        let total = items.len() as u64;
        let skip = usize::try_from(offset).unwrap_or(usize::MAX);
        let take = usize::try_from(limit).unwrap_or(usize::MAX);
        let next = (offset.saturating_add(limit) < total).then(|| offset + limit);
        Self {
            items: items.into_iter().skip(skip).take(take).collect(),
            next,
            total: Some(total),
        }
    }
}

/// Conditions of a `WHERE`, with their values: values never become part of the text.
#[derive(Debug, Default)]
struct Conditions {
    sql: Vec<String>,
    values: Vec<ScalarValue>,
}

impl Conditions {
    /// Adds a condition whose only value stands as `?`.
    fn text(&mut self, sql: &str, value: Option<&str>) {
        if let Some(value) = value.filter(|value| !value.is_empty()) {
            self.value(sql, ScalarValue::Utf8View(Some(value.to_owned())));
        }
    }

    /// Adds the condition that a list holds a value; one that ends in `*` stands for all that begin so, `*` alone
    /// for itself.
    fn any(&mut self, list: &str, value: Option<&str>) {
        match value
            .and_then(|value| value.strip_suffix('*'))
            .filter(|begin| !begin.is_empty())
        {
            Some(begin) => self.text(
                &format!("strpos(concat(chr(10), array_to_string({list}, chr(10))), ?) > 0"),
                Some(&format!("\n{begin}")),
            ),
            None => self.text(&format!("array_has({list}, ?)"), value),
        }
    }

    fn time(&mut self, sql: &str, value: Option<Timestamp>) {
        if let Some(Timestamp(micros)) = value {
            self.value(sql, ScalarValue::TimestampMicrosecond(Some(micros), Some("UTC".into())));
        }
    }

    fn value(&mut self, sql: &str, value: ScalarValue) {
        self.values.push(value);
        self.sql.push(sql.replace('?', &format!("${}", self.values.len())));
    }

    /// The conditions, or what is always true.
    fn where_clause(&self) -> String {
        if self.sql.is_empty() {
            "true".into()
        } else {
            self.sql.join(" AND ")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_holds_a_value_or_what_begins_as_it() {
        let condition = |value: &str| {
            let mut all = Conditions::default();
            all.any("actions", Some(value));
            (all.where_clause(), all.values)
        };
        let text = |value: &str| vec![ScalarValue::Utf8View(Some(value.to_owned()))];
        assert_eq!(
            condition("s3:GetObject"),
            ("array_has(actions, $1)".into(), text("s3:GetObject"))
        );
        assert_eq!(condition("*"), ("array_has(actions, $1)".into(), text("*")));
        let (sql, values) = condition("s3:*");
        assert_eq!(values, text("\ns3:"));
        assert_eq!(
            sql,
            "strpos(concat(chr(10), array_to_string(actions, chr(10))), $1) > 0"
        );
        assert_eq!(condition(""), ("true".into(), vec![]));
    }

    #[test]
    fn pages_end_where_the_list_ends() {
        let rows = |n: u64| (0..n).collect::<Vec<_>>();
        assert_eq!(
            Page::of(rows(3), 10, 2),
            Page {
                items: vec![0, 1],
                next: Some(12),
                total: None
            }
        );
        assert_eq!(Page::of(rows(2), 10, 2).next, None);
        assert_eq!(
            Page::cut(rows(5), 2, 2),
            Page {
                items: vec![2, 3],
                next: Some(4),
                total: Some(5)
            }
        );
        assert_eq!(Page::cut(rows(5), 4, 2).next, None);
        assert_eq!(Page::cut(rows(5), 9, 2).items, Vec::<u64>::new());
    }

    #[test]
    fn values_stay_out_of_the_text() {
        let mut conditions = Conditions::default();
        assert_eq!(conditions.where_clause(), "true");
        conditions.text("a = ?", Some("x' OR '1'='1"));
        conditions.text("b = ?", None);
        conditions.time("c >= ?", Some(Timestamp(5)));
        assert_eq!(conditions.where_clause(), "a = $1 AND c >= $2");
    }
}
