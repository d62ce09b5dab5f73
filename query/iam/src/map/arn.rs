//! ARNs from patterns, and patterns for ARNs.

use crate::catalog::{Service, catalog};

/// Where a call's resources are unless their own ARN says otherwise.
#[derive(Debug, Clone)]
pub(crate) struct Place {
    pub(crate) partition: String,
    pub(crate) region: String,
    pub(crate) account: String,
}

impl Place {
    /// `arn:P:service:R:A:tail`, for the resources the rules name themselves.
    pub(crate) fn arn(&self, service: &str, tail: &str) -> String {
        format!(
            "arn:{}:{service}:{}:{}:{tail}",
            self.partition, self.region, self.account
        )
    }

    /// `arn:P:iam::A:tail`: IAM's resources have no region.
    pub(crate) fn iam(&self, tail: &str) -> String {
        format!("arn:{}:iam::{}:{tail}", self.partition, self.account)
    }

    fn fixed(&self, variable: &str) -> Option<&str> {
        let value = match variable {
            "Partition" => &self.partition,
            "Region" => &self.region,
            "Account" => &self.account,
            _ => return None,
        };
        (!value.is_empty()).then_some(value.as_str())
    }
}

/// A piece of a pattern: literal text or a `${Variable}`.
enum Piece<'p> {
    Text(&'p str),
    Variable(&'p str),
}

fn pieces(pattern: &str) -> Vec<Piece<'_>> {
    let mut out = Vec::new();
    let mut rest = pattern;
    while let Some((before, after)) = rest.split_once("${") {
        if !before.is_empty() {
            out.push(Piece::Text(before));
        }
        let (variable, tail) = after.split_once('}').unwrap_or((after, ""));
        out.push(Piece::Variable(variable));
        rest = tail;
    }
    if !rest.is_empty() {
        out.push(Piece::Text(rest));
    }
    out
}

/// The pattern with its variables filled, and the variables for which nothing was known and `*` stands.
pub(crate) fn fill<'p>(
    pattern: &'p str,
    place: &Place,
    value: impl Fn(&str) -> Option<String>,
) -> (String, Vec<&'p str>) {
    let mut arn = String::with_capacity(pattern.len());
    let mut missing = Vec::new();
    for piece in pieces(pattern) {
        match piece {
            Piece::Text(text) => arn.push_str(text),
            Piece::Variable(name) => match place.fixed(name).map(str::to_owned).or_else(|| value(name)) {
                Some(known) => arn.push_str(&known),
                None => {
                    arn.push('*');
                    missing.push(name);
                }
            },
        }
    }
    (arn, missing)
}

/// The pattern with `*` for every variable but the place.
pub(crate) fn any(pattern: &str, place: &Place) -> String {
    fill(pattern, place, |_| None).0
}

/// The service's type whose pattern fits the ARN most exactly.
pub(crate) fn type_of(service: &Service, arn: &str) -> Option<&'static str> {
    let fits = service
        .types
        .iter()
        .flat_map(|t| t.patterns.iter().map(|p| (t.name, *p)));
    fits.filter_map(|(name, pattern)| Some((matches(pattern, arn)?, name)))
        .max_by_key(|(score, _)| *score)
        .map(|f| f.1)
}

/// The service that an ARN's third field names.
pub(crate) fn service_of(arn: &str) -> Option<&'static Service> {
    catalog().service(arn.split(':').nth(2)?)
}

/// Number of literal characters by which the ARN fits the pattern; none if it does not fit.
fn matches(pattern: &str, arn: &str) -> Option<usize> {
    let mut wanted = pattern.splitn(6, ':');
    let mut given = arn.splitn(6, ':');
    for at in 0..5 {
        let (want, have) = (wanted.next()?, given.next()?);
        // The account of S3's buckets is empty in the pattern and may be `aws` for AWS's own resources elsewhere.
        if !want.starts_with("${") && want != have && !(at == 4 && want.is_empty()) {
            return None;
        }
    }
    matches_tail(&pieces(wanted.next()?), given.next()?)
}

/// Variables before the last take no separator; the last takes the rest.
fn matches_tail(pattern: &[Piece<'_>], text: &str) -> Option<usize> {
    match pattern.split_first() {
        None => text.is_empty().then_some(0),
        Some((Piece::Text(literal), rest)) => {
            // Case differs between what is logged and the reference for some types (`DistributionId`), never the kind.
            let tail = text.strip_prefix(*literal)?;
            Some(literal.len() + matches_tail(rest, tail)?)
        }
        Some((Piece::Variable(_), [])) => (!text.is_empty()).then_some(0),
        Some((Piece::Variable(_), rest)) => {
            let end = text.find(['/', ':']).unwrap_or(text.len());
            let tail = text.get(end..).filter(|_| end > 0)?;
            matches_tail(rest, tail)
        }
    }
}
