//! Many resources to few patterns, inside one bucket, table, log group or parameter path; never across.

use std::collections::{BTreeMap, BTreeSet};

use super::cover::{covers, fits};
use super::pattern::{exact, literal, shape};
use crate::answer::Widened;

/// Resources of one action and container that may stand one by one.
const ONE_BY_ONE: usize = 10;
/// So many names that differ only in what looks like a date, number or hash are taken for a series.
const SERIES: usize = 3;

/// More series than this are not compared with each other: so many names have no other use than by prefix.
const COMPARED: usize = 200;

/// What a set of resources became.
#[derive(Debug, Default)]
pub(super) struct Patterns {
    /// The patterns, with the resources behind each.
    pub(super) patterns: BTreeMap<String, BTreeSet<String>>,
    /// Where several resources became one pattern.
    pub(super) widened: Vec<Widened>,
    /// Patterns in which characters that IAM refuses became `*`.
    pub(super) refused: BTreeSet<String>,
    /// Patterns that stand for every resource of a type in an account and region.
    pub(super) broad: BTreeSet<String>,
}

impl Patterns {
    /// Writes the resources of one action as patterns.
    pub(super) fn of<'r>(resources: impl IntoIterator<Item = &'r str>) -> Self {
        let all: BTreeSet<&str> = resources.into_iter().collect();
        let mut out = Self::default();
        if all.contains("*") {
            // Something was done on everything: the rest is within it.
            out.patterns
                .insert("*".to_owned(), all.into_iter().map(str::to_owned).collect());
            return out;
        }
        let mut containers: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for resource in all {
            match container(resource) {
                Some(length) => {
                    let (head, rest) = resource.split_at(length);
                    containers.entry(head).or_default().push(rest);
                }
                None => out.keep(resource),
            }
        }
        for (head, names) in containers {
            out.fold(head, &names);
        }
        out.drop_covered();
        out
    }

    fn keep(&mut self, resource: &str) {
        let written = exact(resource);
        if written.refused {
            self.refused.insert(written.pattern.clone());
        }
        self.patterns
            .entry(written.pattern)
            .or_default()
            .insert(resource.to_owned());
    }

    /// Folds the names of one container.
    ///
    /// A name that is already covered never changes the patterns: nothing that is counted here grows
    /// with it.
    fn fold(&mut self, head: &str, names: &[&str]) {
        let series = if has_series(head) {
            series(names)
        } else {
            BTreeMap::new()
        };
        let left: Vec<&str> = names
            .iter()
            .copied()
            .filter(|n| !series.keys().any(|s| fits(s, n)))
            .collect();
        if left.len() + series.len() > ONE_BY_ONE {
            let why = format!("more than {ONE_BY_ONE} names, of one prefix");
            for (prefix, names) in prefixes(names) {
                match prefix {
                    Some(prefix) => self.widen(head, &format!("{}*", literal(prefix, true).pattern), &names, &why),
                    None => names.iter().for_each(|name| self.keep(&format!("{head}{name}"))),
                }
            }
            return;
        }
        for shape in series.keys() {
            let covered: Vec<&str> = names.iter().copied().filter(|n| fits(shape, n)).collect();
            self.widen(
                head,
                shape,
                &covered,
                "names that differ only in a date, number, UUID or hash",
            );
        }
        left.iter().for_each(|name| self.keep(&format!("{head}{name}")));
    }

    fn widen(&mut self, head: &str, tail: &str, names: &[&str], why: &str) {
        let pattern = format!("{}{tail}", literal(head, false).pattern);
        if of_ec2(head) {
            self.broad.insert(pattern.clone());
        }
        let count = names.len() as u64;
        self.widened.push(Widened {
            from_count: count,
            pattern: pattern.clone(),
            why: why.to_owned(),
        });
        self.patterns
            .entry(pattern)
            .or_default()
            .extend(names.iter().map(|n| format!("{head}{n}")));
    }

    /// Drops patterns that another one covers.
    fn drop_covered(&mut self) {
        let wide: Vec<String> = self.patterns.keys().filter(|p| wild_at(p).is_some()).cloned().collect();
        for cover in wide {
            let covered = self.covered_by(&cover);
            if covered.is_empty() {
                continue;
            }
            let Some(mut all) = self.patterns.remove(&cover) else {
                continue;
            };
            for pattern in covered {
                all.extend(self.patterns.remove(&pattern).unwrap_or_default());
                self.widened.retain(|w| w.pattern != pattern);
                self.refused.remove(&pattern);
                self.broad.remove(&pattern);
            }
            let count = all.len() as u64;
            let of_cover = |w: &&mut Widened| w.pattern == cover;
            self.widened
                .iter_mut()
                .filter(of_cover)
                .for_each(|w| w.from_count = count);
            self.patterns.insert(cover, all);
        }
    }

    /// What a pattern covers besides itself: all of it starts as the pattern does before its first wildcard.
    fn covered_by(&self, cover: &str) -> Vec<String> {
        let start = cover.get(..wild_at(cover).unwrap_or_default()).unwrap_or_default();
        let near = self.patterns.range(start.to_owned()..).map(|(pattern, _)| pattern);
        let covered = near
            .take_while(|p| p.starts_with(start))
            .filter(|p| *p != cover && covers(cover, p));
        covered.cloned().collect()
    }
}

/// Where the first wildcard of a pattern stands, escapes aside.
fn wild_at(pattern: &str) -> Option<usize> {
    let wild = |(at, _): &(usize, &str)| !pattern.get(..*at).is_some_and(|before| before.ends_with("${"));
    pattern.match_indices(['*', '?']).find(wild).map(|(at, _)| at)
}

/// Series among the names: pattern → its names; none that another one covers.
fn series<'n>(names: &[&'n str]) -> BTreeMap<String, Vec<&'n str>> {
    let mut series: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    for name in names {
        if let Some(shape) = series_of(name) {
            series.entry(shape).or_default().push(name);
        }
    }
    series.retain(|_, names| names.len() >= SERIES);
    if series.len() > COMPARED {
        return series;
    }
    let shapes: Vec<String> = series.keys().cloned().collect();
    series.retain(|shape, _| !shapes.iter().any(|other| other != shape && covers(other, shape)));
    series
}

/// The name as a pattern of its series; none if nothing in it varies.
fn series_of(name: &str) -> Option<String> {
    let mut varies = false;
    let shapes: Vec<String> = name
        .split('/')
        .map(|segment| {
            let shaped = shape(segment);
            varies |= shaped.is_some();
            shaped.unwrap_or_else(|| literal(segment, segment != "*").pattern)
        })
        .collect();
    varies.then(|| shapes.join("/"))
}

/// Groups names by directory, at most [`ONE_BY_ONE`] groups. A prefix ends with `/` or is empty;
/// none: the names stand one by one.
fn prefixes<'n>(names: &[&'n str]) -> Vec<(Option<&'n str>, Vec<&'n str>)> {
    let prefix = common_directory(names);
    let mut groups: BTreeMap<&str, Vec<&'n str>> = BTreeMap::new();
    for name in names {
        let below = name.get(prefix.len()..).unwrap_or_default();
        let next = below.find('/').map_or(name.len(), |at| prefix.len() + at + 1);
        groups.entry(name.get(..next).unwrap_or(name)).or_default().push(name);
    }
    // A group counts as much as it can have before it is a prefix, so that it never counts less for growing.
    let cost: usize = groups.values().map(|names| names.len().min(SERIES - 1)).sum();
    if cost > ONE_BY_ONE {
        return vec![(Some(prefix), names.to_vec())];
    }
    let one = |names: Vec<&'n str>| match names.len() >= SERIES {
        true => (Some(common_directory(&names)), names),
        false => (None, names),
    };
    groups.into_values().map(one).collect()
}

/// The longest prefix of all names that ends with `/`, or nothing.
fn common_directory<'n>(names: &[&'n str]) -> &'n str {
    let (Some(first), Some(last)) = (names.iter().min(), names.iter().max()) else {
        return "";
    };
    // What the smallest and the greatest name share, all share.
    let shared = first.bytes().zip(last.bytes()).take_while(|(a, b)| a == b).count();
    let end = first
        .as_bytes()
        .get(..shared)
        .and_then(|s| s.iter().rposition(|b| *b == b'/'))
        .map_or(0, |at| at + 1);
    first.get(..end).unwrap_or_default()
}

fn of_ec2(arn: &str) -> bool {
    service_of(arn) == Some("ec2")
}

fn service_of(arn: &str) -> Option<&str> {
    arn.split(':').nth(2)
}

/// Whether names that differ only in a number are of one kind here. A parameter or secret with a
/// number is another one, and all ids of EC2 look alike.
fn has_series(head: &str) -> bool {
    !matches!(service_of(head), Some("ec2" | "ssm" | "secretsmanager"))
}

/// Types whose ids EC2 makes and throws away by the thousand.
const EC2_TYPES: [&str; 6] = [
    "instance/",
    "volume/",
    "snapshot/",
    "network-interface/",
    "spot-instances-request/",
    "fleet/",
];

/// Length of the part of an ARN that is never widened: bucket, table, stream, log group, function,
/// state machine, parameter path, secret path, or for EC2's generated ids the type. None: the ARN
/// stands as it is, for its names are no hierarchy.
fn container(arn: &str) -> Option<usize> {
    let mut parts = arn.splitn(6, ':');
    let service = parts.nth(2)?;
    let tail = parts.nth(2)?;
    let start = arn.len() - tail.len();
    let length = match service {
        "s3" | "s3express" | "s3-outposts" if tail.starts_with("accesspoint/") => after(tail, '/', 3),
        "s3" | "s3express" => after(tail, '/', 1),
        "dynamodb" | "kinesis" => after(tail, '/', 2),
        "ssm" if tail.starts_with("parameter/") => after(tail, '/', 2),
        "secretsmanager" => after(tail, '/', 1),
        "logs" => tail
            .split_once(":log-stream:")
            .map(|(group, _)| group.len() + ":log-stream:".len()),
        "lambda" | "states" if tail.starts_with("function:") || tail.starts_with("execution:") => after(tail, ':', 2),
        "ec2" if EC2_TYPES.iter().any(|t| tail.starts_with(t)) => after(tail, '/', 1),
        _ => None,
    }?;
    // Something must follow, or there is nothing to fold.
    (length < tail.len()).then_some(start + length)
}

/// Length up to and with the `count`th separator.
fn after(text: &str, separator: char, count: usize) -> Option<usize> {
    text.match_indices(separator).map(|(at, _)| at + 1).nth(count - 1)
}
