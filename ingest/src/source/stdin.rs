//! Standard input: one object without a size.

use std::sync::Arc;

use async_trait::async_trait;
use futures::FutureExt;

use super::{Content, Feed, Object, Source, SourceFailure};
use crate::checkpoint::ReadObject;

/// Standard input.
pub(super) struct Stdin;

#[async_trait]
impl Source for Stdin {
    fn name(&self) -> Arc<str> {
        "-".into()
    }

    async fn list(&self, feed: &Feed) -> Result<(), SourceFailure> {
        feed.announce(1, 0);
        feed.give(Object {
            id: ReadObject {
                name: "-".into(),
                version: String::new(),
            },
            size: None,
            ticket: 0,
            open: Box::new(|| async { Ok(Box::new(std::io::stdin()) as Content) }.boxed()),
        })
        .await;
        Ok(())
    }
}
