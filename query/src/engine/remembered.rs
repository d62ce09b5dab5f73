//! What a process remembers between questions: values made of the derived tables and the inventory, each with what it
//! was made of. Nothing here is looked at without comparing that first, and anything may be forgotten at any time.

use std::fmt;
use std::sync::Arc;

use podtrail_analysis::answer::{Coverage, Finding, WorkloadRow};
use podtrail_analysis::inventory::{Inventory, Seen};
use tokio::sync::Mutex;

use super::{Moment, Versions};
use crate::QueryError;
use crate::answers::GraphBase;

/// The inventory with its fingerprint.
#[derive(Debug)]
pub(super) struct KnownInventory {
    pub(super) inventory: Arc<Inventory>,
    /// Every version that was observed.
    pub(super) versions: Vec<Seen>,
    pub(super) fingerprint: String,
}

/// Everything that is remembered.
#[derive(Debug, Default)]
pub(crate) struct Memory {
    pub(super) inventory: Remembered<i64, KnownInventory>,
    /// How far the lake reaches.
    pub(crate) coverage: Remembered<Versions, Coverage>,
    /// Every workload, sorted by cluster, namespace and ServiceAccount.
    pub(crate) workloads: Remembered<Versions, Vec<WorkloadRow>>,
    /// Every finding, worst first.
    pub(crate) findings: Remembered<Versions, Vec<Finding>>,
    /// What graphs are made of.
    pub(crate) graph: Remembered<Versions, GraphBase>,
}

/// A value and what it was made of; the newest one only.
pub(crate) struct Remembered<K, T> {
    newest: Mutex<Option<(K, Arc<T>)>>,
}

impl<K: PartialEq, T> Remembered<K, T> {
    /// The value for a key, made where the remembered one is of another. Whoever asks meanwhile waits for it, so that
    /// it is made once.
    ///
    /// # Errors
    /// Those of `make`; nothing is remembered then.
    pub(crate) async fn get<F>(&self, key: K, make: F) -> Result<Arc<T>, QueryError>
    where
        F: AsyncFnOnce() -> Result<T, QueryError>,
    {
        let mut newest = self.newest.lock().await;
        if let Some((of, value)) = newest.as_ref()
            && *of == key
        {
            return Ok(Arc::clone(value));
        }
        let value = Arc::new(make().await?);
        *newest = Some((key, Arc::clone(&value)));
        Ok(value)
    }
}

impl<T> Remembered<Versions, T> {
    /// The value at a moment.
    ///
    /// # Errors
    /// As [`get`](Self::get).
    pub(crate) async fn at<F>(&self, now: &Moment, make: F) -> Result<Arc<T>, QueryError>
    where
        F: AsyncFnOnce() -> Result<T, QueryError>,
    {
        self.get(now.versions.clone(), make).await
    }
}

impl<K, T> Default for Remembered<K, T> {
    fn default() -> Self {
        Self {
            newest: Mutex::new(None),
        }
    }
}

impl<K, T> fmt::Debug for Remembered<K, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Remembered")
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    #[tokio::test]
    async fn a_value_is_made_once_for_each_key_and_again_after_an_error() {
        let made = AtomicUsize::new(0);
        let remembered = Remembered::<u32, usize>::default();
        let make = async || Ok(made.fetch_add(1, Ordering::SeqCst));
        let fail = async || Err(QueryError::Input("no".into()));
        assert!(remembered.get(1, fail).await.is_err());
        assert_eq!(*remembered.get(1, make).await.unwrap(), 0);
        assert_eq!(*remembered.get(1, make).await.unwrap(), 0, "remembered");
        assert_eq!(*remembered.get(2, make).await.unwrap(), 1, "of another key");
        assert!(remembered.get(3, fail).await.is_err());
        assert_eq!(
            *remembered.get(2, make).await.unwrap(),
            1,
            "an error takes nothing away"
        );
        assert_eq!(*remembered.get(1, make).await.unwrap(), 2, "only the newest is kept");
    }

    #[tokio::test]
    async fn who_asks_meanwhile_waits() {
        let made = AtomicUsize::new(0);
        let remembered = Remembered::<u32, usize>::default();
        let slow = async || {
            tokio::task::yield_now().await;
            Ok(made.fetch_add(1, Ordering::SeqCst))
        };
        let (a, b) = tokio::join!(remembered.get(1, slow), remembered.get(1, slow));
        assert_eq!((*a.unwrap(), *b.unwrap()), (0, 0));
    }
}
