//! Standard input: one object without a size.

use std::sync::Arc;

use super::{Object, Source};
use crate::IngestError;

/// Standard input.
pub(super) struct Stdin;

impl Source for Stdin {
    fn name(&self) -> Arc<str> {
        "-".into()
    }

    fn objects(&self) -> Result<Vec<Object>, IngestError> {
        Ok(vec![Object {
            name: "-".into(),
            size: None,
            open: Box::new(|| Ok(Box::new(std::io::stdin()))),
        }])
    }
}
