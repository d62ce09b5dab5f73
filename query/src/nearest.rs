//! The nearest names to one that is not there.

/// How many are suggested.
const SUGGESTIONS: usize = 3;

/// Up to three of the names, nearest first by edit distance; none that shares less than half.
pub(crate) fn names(wanted: &str, names: impl Iterator<Item = String>) -> Vec<String> {
    let limit = wanted.chars().count() / 2 + 1;
    let mut ranked: Vec<(usize, String)> = names
        .map(|name| (distance(wanted, &name), name))
        .filter(|(distance, _)| *distance <= limit)
        .collect();
    ranked.sort();
    ranked.into_iter().take(SUGGESTIONS).map(|(_, name)| name).collect()
}

/// Levenshtein distance over characters.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, from) in a.chars().enumerate() {
        let mut diagonal = i;
        let mut left = i + 1;
        for (to, cell) in b.iter().zip(row.iter_mut().skip(1)) {
            let above = *cell;
            let changed = diagonal + usize::from(from != *to);
            left = changed.min(above + 1).min(left + 1);
            *cell = left;
            diagonal = above;
        }
        if let Some(first) = row.first_mut() {
            *first = i + 1;
        }
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances_are_those_of_levenshtein() {
        for (a, b, expected) in [
            ("", "", 0),
            ("", "abc", 3),
            ("abc", "", 3),
            ("kitten", "sitting", 3),
            ("ab", "ba", 2),
        ] {
            assert_eq!(distance(a, b), expected, "{a} {b}");
        }
    }

    #[test]
    fn a_slip_finds_its_name_and_nonsense_finds_none() {
        let known = || {
            ["prod/shop/cart", "prod/shop/carts", "prod/pay/api"]
                .map(str::to_owned)
                .into_iter()
        };
        assert_eq!(
            names("prod/shop/crat", known()),
            ["prod/shop/cart", "prod/shop/carts", "prod/pay/api"]
        );
        assert_eq!(names("xyz", known()), Vec::<String>::new());
    }
}
