//! Which statements can speak of a service's actions, so that the others are not looked at.

use std::collections::{BTreeMap, BTreeSet};

use super::{Selector, Statement};

/// Positions of statements by service prefix.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ServiceIndex {
    /// Lower-case prefix → the statements that name it or may mean any service, sorted by prefix.
    services: Vec<(String, Vec<usize>)>,
    /// The statements that may mean any service: `*`, `NotAction`, a wildcard before the colon.
    any: Vec<usize>,
}

/// Positions that an index may copy; real policies have some hundred. Beyond it every statement is looked at.
const LARGEST: usize = 100_000;

impl ServiceIndex {
    pub(super) fn new(statements: &[Statement]) -> Self {
        let mut named: BTreeMap<&str, BTreeSet<usize>> = BTreeMap::new();
        let mut any = BTreeSet::new();
        for (position, statement) in statements.iter().enumerate() {
            let services: Option<Vec<&str>> = match &statement.actions {
                Selector::Only(patterns) => patterns.iter().map(super::ActionPattern::service).collect(),
                Selector::Except(_) => None,
            };
            match services {
                Some(services) => services.into_iter().for_each(|service| {
                    named.entry(service).or_default().insert(position);
                }),
                None => drop(any.insert(position)),
            }
        }
        // Statements that name other services would copy the list of all these, without bound.
        if named.len().saturating_mul(any.len()) > LARGEST {
            return Self {
                services: Vec::new(),
                any: (0..statements.len()).collect(),
            };
        }
        let with_any = |own: BTreeSet<usize>| own.union(&any).copied().collect();
        let services = named
            .into_iter()
            .map(|(service, own)| (service.to_owned(), with_any(own)))
            .collect();
        Self {
            services,
            any: any.into_iter().collect(),
        }
    }

    /// The statements that can speak of `action` (any case), in the document's order.
    #[inline]
    pub(super) fn positions(&self, action: &str) -> &[usize] {
        let service = action.split_once(':').map_or(action, |(service, _)| service);
        let order = |known: &String| known.bytes().cmp(service.bytes().map(|byte| byte.to_ascii_lowercase()));
        match self.services.binary_search_by(|(known, _)| order(known)) {
            Ok(at) => self.services.get(at).map_or(&self.any, |(_, positions)| positions),
            Err(_) => &self.any,
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::policy::Policy;

    #[test]
    fn statements_by_service() {
        let policy = Policy::parse(
            r#"{"Statement": [
                {"Effect": "Allow", "Action": ["S3:Get*", "sqs:*"], "Resource": "*"},
                {"Effect": "Allow", "NotAction": "s3:*", "Resource": "*"},
                {"Effect": "Allow", "Action": "s3:PutObject", "Resource": "*"},
                {"Effect": "Allow", "Action": ["kms:Decrypt", "e*:Describe*"], "Resource": "*"},
                {"Effect": "Allow", "Action": "*", "Resource": "*"}
            ]}"#,
        )
        .expect("a policy");
        for (action, expected) in [
            ("s3:x", vec![0, 1, 2, 3, 4]),
            ("SQS:x", vec![0, 1, 3, 4]),
            ("kms:x", vec![1, 3, 4]),
            ("s3express:x", vec![1, 3, 4]),
            ("", vec![1, 3, 4]),
        ] {
            let positions: Vec<usize> = policy.statements_for(action).map(|(position, _)| position).collect();
            assert_eq!(positions, expected, "{action}");
        }
    }

    #[test]
    fn a_policy_beyond_measure_is_looked_at_whole() {
        let statement = |action: String| format!(r#"{{"Effect": "Allow", "Action": "{action}", "Resource": "*"}}"#);
        let named = (0..400).map(|n| statement(format!("s{n}:Get")));
        let any = (0..400).map(|_| statement("*".to_owned()));
        let text = format!(
            r#"{{"Statement": [{}]}}"#,
            named.chain(any).collect::<Vec<_>>().join(",")
        );
        let policy = Policy::parse(&text).expect("a policy");
        let positions: Vec<usize> = policy.statements_for("s7:Get").map(|(position, _)| position).collect();
        assert_eq!(positions, (0..800).collect::<Vec<_>>());
    }
}
