//! The states of one thing over time, put together from when it was seen and when it is known to have changed.

use podtrail_event::time::Timestamp;
use serde::Serialize;

use super::history::{Contradiction, Version, Word};

/// A state that a thing can be in.
pub(super) trait State: Clone + Serialize {
    /// Whether two states are one: what does not matter to them is left out.
    fn same(&self, other: &Self) -> bool;

    /// The thing did not exist before, whatever it was like since.
    fn not_before(&self) -> Option<Timestamp> {
        None
    }
}

/// What is known of a thing at one moment.
#[derive(Debug, Clone)]
pub(super) struct Point<T> {
    pub(super) at: Timestamp,
    /// It became so in this second; else it was seen so, and became so at some time before.
    pub(super) exact: bool,
    /// Its state; none: it was not there.
    pub(super) state: Option<T>,
    /// The event that says so; none: the inventory.
    pub(super) event_id: Option<String>,
}

/// Consecutive points of one state.
struct Run<T> {
    point: Point<T>,
    /// When it surely was in force last.
    last: Timestamp,
    /// Not in force before; where that is not known to the second, the last moment of the state before it.
    from: Option<Timestamp>,
}

/// The versions of a thing, each with the time in which it was or may have been in force, and what was contradictory.
///
/// Between the last sight of one state and the first sight of the next either may have been in force, so both cover
/// the time between; where the change is known to the second, they meet there.
pub(super) fn timeline<T: State>(
    kind: &str,
    key: &str,
    mut points: Vec<Point<T>>,
) -> (Vec<Version<T>>, Vec<Contradiction>) {
    // What was merely seen in the second of a change is what was before it, or the change's own.
    points.sort_by_cached_key(|point| (point.at, point.exact, text(point), point.event_id.clone()));
    let mut runs: Vec<Run<T>> = Vec::new();
    let mut contradictions = Vec::new();
    for point in points {
        match runs.last_mut() {
            Some(run) if is_same(&run.point.state, &point.state) => {
                if point.exact && point.at == run.point.at {
                    run.from = Some(point.at);
                    run.point = point.clone();
                }
                run.last = point.at;
            }
            Some(run) => {
                if contradicts(run, &point) {
                    contradictions.push(Contradiction {
                        kind: kind.to_owned(),
                        key: key.to_owned(),
                        words: [word(&run.point), word(&point)],
                    });
                }
                let from = if point.exact { point.at } else { run.last };
                runs.push(Run {
                    last: point.at,
                    from: Some(from),
                    point,
                });
            }
            None => runs.push(Run {
                last: point.at,
                from: point.exact.then_some(point.at),
                point,
            }),
        }
    }
    (versions(&runs), contradictions)
}

/// Seen otherwise than it was seen in the same second, or than it is known to have become and not to have changed since.
fn contradicts<T>(run: &Run<T>, point: &Point<T>) -> bool {
    let both_there = run.point.state.is_some() && point.state.is_some();
    both_there && !point.exact && (run.point.exact || run.last == point.at)
}

fn versions<T: State>(runs: &[Run<T>]) -> Vec<Version<T>> {
    let nexts = runs.iter().skip(1).map(Some).chain([None]);
    runs.iter()
        .zip(nexts)
        .filter_map(|(run, next)| {
            let item = run.point.state.clone()?;
            Some(Version {
                from: run.from.max(item.not_before()),
                // The next one begins there at the latest.
                until: next.map(|next| next.point.at),
                event_id: run.point.event_id.clone(),
                item,
            })
        })
        .collect()
}

fn is_same<T: State>(one: &Option<T>, other: &Option<T>) -> bool {
    match (one, other) {
        (Some(one), Some(other)) => one.same(other),
        (None, None) => true,
        _ => false,
    }
}

fn text<T: Serialize>(point: &Point<T>) -> String {
    serde_json::to_string(&point.state).unwrap_or_default()
}

fn word<T: Serialize>(point: &Point<T>) -> Word {
    Word {
        at: point.at,
        state: text(point),
        event_id: point.event_id.clone(),
    }
}
