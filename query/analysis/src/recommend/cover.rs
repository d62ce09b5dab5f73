//! How two patterns of ARNs lie to each other.

/// Whether some ARN fits both: a policy's pattern, with `*` and `?`, and a service's ARN pattern, with
/// `${Variable}`s. Compared part by part, as IAM does: only in the last part a wildcard crosses `:`.
/// Variables stand for one character or more; a bucket's name holds no `/`.
pub(super) fn overlap(policy: &str, service: &str) -> bool {
    let parts = |arn: &str| arn.splitn(6, ':').map(str::to_owned).collect::<Vec<_>>();
    let (policy_parts, service_parts) = (parts(policy), parts(service));
    if policy_parts.len() != service_parts.len() {
        return parts_overlap(policy, service);
    }
    // The service differs most often, so it is looked at first.
    let mut pairs = policy_parts.iter().zip(&service_parts);
    pairs.nth(2).is_none_or(|(a, b)| parts_overlap(a, b))
        && policy_parts
            .iter()
            .zip(&service_parts)
            .all(|(a, b)| parts_overlap(a, b))
}

fn parts_overlap(policy: &str, service: &str) -> bool {
    if !policy.contains(['*', '?']) && !service.contains(['*', '$']) {
        return policy == service;
    }
    let (a, b) = (symbols(policy), symbols(service));
    // One row of the table "can a[i..] and b[j..] meet", from the end.
    let mut next: Vec<bool> = Vec::new();
    for i in (0..=a.len()).rev() {
        let mut row = vec![false; b.len() + 1];
        for j in (0..=b.len()).rev() {
            let at = |row: &[bool], j: usize| row.get(j).copied().unwrap_or(false);
            let meets = match (a.get(i), b.get(j)) {
                (None, None) => true,
                (Some(Symbol::Any | Symbol::AnyInName), None) => at(&next, j),
                (None, Some(Symbol::Any | Symbol::AnyInName)) => at(&row, j + 1),
                (Some(Symbol::Byte(b'/')), Some(Symbol::AnyInName)) => at(&row, j + 1),
                (Some(Symbol::Any | Symbol::AnyInName), Some(_)) | (Some(_), Some(Symbol::Any | Symbol::AnyInName)) => {
                    at(&next, j) || at(&row, j + 1)
                }
                (Some(Symbol::One), Some(_)) | (Some(_), Some(Symbol::One)) => at(&next, j + 1),
                (Some(Symbol::Byte(x)), Some(Symbol::Byte(y))) => x == y && at(&next, j + 1),
                (None, Some(_)) | (Some(_), None) => false,
            };
            if let Some(slot) = row.get_mut(j) {
                *slot = meets;
            }
        }
        next = row;
    }
    next.first().copied().unwrap_or(false)
}

#[derive(Clone, Copy)]
enum Symbol {
    Any,
    /// Any run of characters without `/`.
    AnyInName,
    One,
    Byte(u8),
}

fn symbols(pattern: &str) -> Vec<Symbol> {
    let mut symbols = Vec::with_capacity(pattern.len());
    let mut rest = pattern;
    while let Some((before, after)) = rest.split_once("${") {
        symbols.extend(before.bytes().map(symbol));
        let many = if after.starts_with("BucketName}") {
            Symbol::AnyInName
        } else {
            Symbol::Any
        };
        symbols.extend([Symbol::One, many]);
        rest = after.split_once('}').map_or("", |(_, tail)| tail);
    }
    symbols.extend(rest.bytes().map(symbol));
    symbols
}

fn symbol(byte: u8) -> Symbol {
    match byte {
        b'*' => Symbol::Any,
        b'?' => Symbol::One,
        byte => Symbol::Byte(byte),
    }
}

/// Whether a resource fits a policy's pattern: `*`, `?`, and the escapes `${*}`, `${?}`, `${$}`.
pub(super) fn fits(pattern: &str, resource: &str) -> bool {
    let resource: Vec<Wanted> = resource.chars().map(Wanted::Character).collect();
    all_fit(&escaped(pattern), &resource)
}

/// Whether whatever fits `pattern` fits `cover` too, as far as comparing the texts tells.
pub(super) fn covers(cover: &str, pattern: &str) -> bool {
    all_fit(&escaped(cover), &escaped(pattern))
}

fn all_fit(pattern: &[Wanted], text: &[Wanted]) -> bool {
    let (mut p, mut t) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while let Some(found) = text.get(t) {
        match pattern.get(p) {
            Some(Wanted::Any) => {
                p += 1;
                star = Some((p, t));
            }
            Some(wanted) if wanted.takes(found) => (p, t) = (p + 1, t + 1),
            _ => match star {
                // Only the last star need be tried again.
                Some((after, from)) => {
                    (p, t) = (after, from + 1);
                    star = Some((after, from + 1));
                }
                None => return false,
            },
        }
    }
    pattern
        .get(p..)
        .is_some_and(|rest| rest.iter().all(|w| matches!(w, Wanted::Any)))
}

#[derive(Clone, Copy)]
enum Wanted {
    Any,
    One,
    Character(char),
}

impl Wanted {
    /// Whether this alone takes all that `found` stands for.
    fn takes(self, found: &Self) -> bool {
        match (self, found) {
            (Self::One, Self::One | Self::Character(_)) => true,
            (Self::Character(wanted), Self::Character(found)) => wanted == *found,
            _ => false,
        }
    }
}

fn escaped(pattern: &str) -> Vec<Wanted> {
    let mut wanted = Vec::with_capacity(pattern.len());
    let mut rest = pattern;
    while let Some(character) = rest.chars().next() {
        let literal = ["${*}", "${?}", "${$}"]
            .into_iter()
            .find_map(|e| Some((e, rest.strip_prefix(e)?)));
        if let Some((escape, tail)) = literal {
            wanted.extend(escape.chars().nth(2).map(Wanted::Character));
            rest = tail;
            continue;
        }
        wanted.push(match character {
            '*' => Wanted::Any,
            '?' => Wanted::One,
            other => Wanted::Character(other),
        });
        rest = rest.get(character.len_utf8()..).unwrap_or_default();
    }
    wanted
}
