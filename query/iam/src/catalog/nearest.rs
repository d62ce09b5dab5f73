//! "Did you mean": the existing action spelled most like a wrong one.

use super::Catalog;
use crate::map::names;

/// At most this share of the name may be wrong; beyond it a suggestion is noise.
const TOLERANCE: f64 = 0.4;

/// What IAM checks for the operation of that name, else the action with the smallest edit distance, the first in table order where several are as near.
/// Looks in the named service; where the prefix is unknown, in the service spelled most like it.
pub(super) fn nearest(catalog: &Catalog, name: &str) -> Option<&'static str> {
    let (prefix, action) = name.split_once(':')?;
    // The name of an operation is the commonest mistake: `lambda:Invoke`, `s3:ListObjects`.
    if let Some(target) = names::actions(prefix, action).first() {
        return Some(target);
    }
    let service = catalog.service(prefix).or_else(|| {
        catalog
            .services()
            .iter()
            .min_by_key(|s| distance(s.prefix, prefix))
            .filter(|s| near(s.prefix, prefix))
    })?;
    let found = catalog
        .actions()
        .get(service.actions.clone())?
        .iter()
        .filter_map(|a| Some((a.name.split_once(':')?.1, a.name)))
        .min_by_key(|(candidate, _)| distance(candidate, action))?;
    near(found.0, action).then_some(found.1)
}

#[expect(clippy::cast_precision_loss, reason = "names are far shorter than 2^52 characters")]
fn near(a: &str, b: &str) -> bool {
    distance(a, b) as f64 <= TOLERANCE * a.len().max(b.len()) as f64
}

/// Levenshtein's distance without regard to ASCII case; a name over 128 bytes is as far as its length.
pub(crate) fn distance(a: &str, b: &str) -> usize {
    if a.len().max(b.len()) > 128 {
        return a.len().max(b.len());
    }
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.bytes().enumerate() {
        let mut diagonal = i;
        let mut left = i + 1;
        for (y, cell) in b.bytes().zip(row.iter_mut().skip(1)) {
            let substituted = diagonal + usize::from(!x.eq_ignore_ascii_case(&y));
            diagonal = *cell;
            left = substituted.min(left + 1).min(diagonal + 1);
            *cell = left;
        }
        if let Some(first) = row.first_mut() {
            *first = i + 1;
        }
    }
    row.last().copied().unwrap_or(a.len())
}
