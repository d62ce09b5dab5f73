//! The API operations botocore knows, by IAM prefix, with how their parameters name the resource.

use std::sync::OnceLock;

use super::compare_ignoring_case;
use super::decode::{self, DecodeError};

static OPERATIONS: &[u8] = include_bytes!("../../data/operations.tsv.zst");

/// One API operation.
#[derive(Debug)]
pub struct Operation {
    /// The operation's name, which is the event's name.
    pub name: &'static str,
    /// How its parameters name the resource; the grammar is in `tools/parameters.py`.
    pub(crate) spec: &'static str,
}

/// All operations by IAM prefix. Get it with [`operations`].
#[derive(Debug)]
pub struct Operations {
    /// (prefix, its operations sorted without regard to case), sorted by prefix.
    services: Vec<(&'static str, Vec<Operation>)>,
    /// botocore services whose IAM prefix is unknown.
    unknown: Vec<&'static str>,
}

/// The embedded table of operations, decoded on first use.
#[expect(
    clippy::expect_used,
    reason = "the bytes are part of the binary and a test decodes them"
)]
pub fn operations() -> &'static Operations {
    static TABLE: OnceLock<Operations> = OnceLock::new();
    TABLE.get_or_init(|| decode_operations(OPERATIONS).expect("embedded operation table"))
}

impl Operations {
    /// The operation of that name under the prefix, in any case.
    pub fn get(&self, prefix: &str, name: &str) -> Option<&Operation> {
        let at = self.services.binary_search_by(|(p, _)| (*p).cmp(prefix)).ok()?;
        let (_, operations) = self.services.get(at)?;
        operations.get(
            operations
                .binary_search_by(|o| compare_ignoring_case(o.name, name))
                .ok()?,
        )
    }

    /// Each prefix with its operations.
    pub fn services(&self) -> impl Iterator<Item = (&'static str, &[Operation])> {
        self.services
            .iter()
            .map(|(prefix, operations)| (*prefix, operations.as_slice()))
    }

    /// botocore services for which no IAM prefix is known.
    pub fn unknown_services(&self) -> &[&'static str] {
        &self.unknown
    }
}

/// Bytes of the compressed table.
#[cfg(test)]
pub(super) fn packed_size() -> usize {
    OPERATIONS.len()
}

fn decode_operations(packed: &[u8]) -> Result<Operations, DecodeError> {
    let mut out = Operations {
        services: Vec::new(),
        unknown: Vec::new(),
    };
    for (at, line) in decode::text(packed)?.lines().enumerate() {
        let mut fields = line.split('\t');
        let known = match (fields.next(), fields.next(), fields.next()) {
            (Some("S"), Some(prefix), None) => {
                out.services.push((prefix, Vec::new()));
                true
            }
            (Some("O"), Some(name), Some(spec)) => out
                .services
                .last_mut()
                .map(|(_, list)| list.push(Operation { name, spec }))
                .is_some(),
            (Some("U"), Some(service), None) => {
                out.unknown.push(service);
                true
            }
            (Some(header), Some(_), None) => header.starts_with('#'),
            _ => false,
        };
        if !known {
            return Err(DecodeError::Line {
                line: at + 1,
                text: line.to_owned(),
            });
        }
    }
    Ok(out)
}
