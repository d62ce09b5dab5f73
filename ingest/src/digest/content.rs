//! Reading an object's inflated content, piece by piece.

use std::collections::BTreeMap;
use std::io::{self, Read, Write};

use bytes::{Buf, Bytes};
use futures::StreamExt;
use futures::stream::BoxStream;
use tokio::sync::mpsc;

use super::name::At;
use super::vault::Vault;
use crate::source::{InflateLimits, Inflated};
use podtrail_aws::Failure;

/// How often a body that is cut is read again.
const ATTEMPTS: usize = 3;

/// Why an object has no content.
#[derive(Debug)]
pub(super) enum Unread {
    /// It does not exist.
    Missing,
    /// It cannot be inflated, for this reason: what is stored is not what was delivered.
    Broken(String),
    /// Its bytes did not all arrive, however often it was asked for; a sentence says so.
    Cut(String),
    /// It could not be asked for.
    Failed(Failure),
}

/// Writes the inflated content of an object to a new sink, and gives that back with the object's metadata. Never holds
/// more than a few pieces of the object.
pub(super) async fn read<W: Write + Send + 'static>(
    vault: &dyn Vault,
    at: &At,
    sink: impl Fn() -> W,
) -> Result<(W, BTreeMap<String, String>), Unread> {
    let mut attempt = 1;
    loop {
        let stored = vault.get(&at.bucket, &at.key).await.map_err(|failure| {
            if failure.missing {
                Unread::Missing
            } else {
                Unread::Failed(failure)
            }
        })?;
        match inflate(stored.body, sink()).await {
            Ok(inflated) => {
                let sink = inflated.map_err(|error| Unread::Broken(error.to_string()))?;
                return Ok((sink, stored.metadata));
            }
            Err(Cut(_)) if attempt < ATTEMPTS => attempt += 1,
            Err(Cut(error)) => {
                return Err(Unread::Cut(format!(
                    "it was cut off while it was read ({error}): check the network, then run the command again"
                )));
            }
        }
    }
}

/// The bytes did not all arrive.
struct Cut(io::Error);

/// Inflates a body on a thread of its own while it arrives.
async fn inflate<W: Write + Send + 'static>(
    mut body: BoxStream<'static, io::Result<Bytes>>,
    mut sink: W,
) -> Result<io::Result<W>, Cut> {
    let (pieces, receiver) = mpsc::channel(4);
    let inflating = tokio::task::spawn_blocking(move || {
        let reader = Box::new(Pieces {
            receiver,
            piece: Bytes::new(),
        });
        let mut inflated = Inflated::new(reader, InflateLimits::default())?;
        io::copy(&mut inflated, &mut sink)?;
        Ok(sink)
    });
    while let Some(piece) = body.next().await {
        // A closed channel says that inflating ended early; the reason comes below.
        if pieces.send(piece.map_err(Cut)?).await.is_err() {
            break;
        }
    }
    drop(pieces);
    inflating.await.map_err(|error| Cut(io::Error::other(error)))
}

/// Pieces of a body as a reader.
struct Pieces {
    receiver: mpsc::Receiver<Bytes>,
    piece: Bytes,
}

impl Read for Pieces {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.piece.is_empty() {
            match self.receiver.blocking_recv() {
                Some(piece) => self.piece = piece,
                None => return Ok(0),
            }
        }
        let count = self.piece.len().min(buffer.len());
        self.piece.copy_to_slice(buffer.get_mut(..count).unwrap_or_default());
        Ok(count)
    }
}
