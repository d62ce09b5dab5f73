//! What changes in a cluster, as it changes.

use std::time::Duration;

use futures::{AsyncBufReadExt, StreamExt};
use podtrail_analysis::inventory::Object;
use serde::Deserialize;
use serde_json::value::RawValue;
use tokio::sync::mpsc;

use crate::kubernetes::{Api, Kind, Listing, Refused, objects_of};

/// The first pause after a failure, doubled with each further one.
const PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_secs(60);

/// Something that a watch saw. Objects come without their cluster.
#[derive(Debug, Clone, PartialEq)]
pub enum Change {
    /// A thing as it is now.
    Seen(Object),
    /// A thing as it was before it went.
    Gone(Object),
    /// All things of the kind: changes were missed, as the server had forgotten them.
    Listed(Kind, Vec<Object>),
    /// Nothing is seen for now; it is tried again and again.
    Troubled(Refused),
}

/// A line of a watch (`Efficient detection of changes`, Kubernetes documentation).
#[derive(Deserialize)]
struct Line<'t> {
    #[serde(rename = "type")]
    kind: &'t str,
    #[serde(borrow)]
    object: &'t RawValue,
}

#[derive(Deserialize)]
struct Versioned {
    metadata: Metadata,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Metadata {
    resource_version: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Status {
    #[serde(default)]
    code: u16,
    #[serde(default)]
    message: String,
}

/// How one watch ended.
enum End {
    /// The server ended it, as it does after some minutes.
    Over,
    /// The version is too old for the server: what happened since is not known.
    Forgotten,
    /// It failed.
    Failed(Refused),
    /// Nobody listens any more.
    Unheard,
}

/// Sends what changes from a version on, until nobody receives. Watches that end are gone on with where they were;
/// where the server has forgotten that, all is listed anew.
pub async fn follow(api: &Api, kind: Kind, version: String, changes: &mpsc::Sender<Change>) {
    let mut version = version;
    let mut pause = PAUSE;
    loop {
        let before = version.clone();
        let end = match watch(api, kind, &mut version, changes).await {
            End::Forgotten => list(api, kind, &mut version, changes).await,
            end => end,
        };
        if version != before {
            pause = PAUSE;
        }
        match end {
            End::Unheard => return,
            // A server that ends each watch at once is not asked without a pause.
            End::Over | End::Forgotten if version != before => {}
            End::Over | End::Forgotten => tokio::time::sleep(PAUSE).await,
            End::Failed(refused) => {
                if changes.send(Change::Troubled(refused)).await.is_err() {
                    return;
                }
                tokio::time::sleep(pause).await;
                pause = LONGEST_PAUSE.min(pause * 2);
            }
        }
        if changes.is_closed() {
            return;
        }
    }
}

async fn list(api: &Api, kind: Kind, version: &mut String, changes: &mpsc::Sender<Change>) -> End {
    match api.list(kind).await {
        Err(refused) => End::Failed(refused),
        Ok(Listing {
            objects,
            version: newest,
        }) => {
            *version = newest;
            sent(changes, Change::Listed(kind, objects)).await.unwrap_or(End::Over)
        }
    }
}

async fn watch(api: &Api, kind: Kind, version: &mut String, changes: &mpsc::Sender<Change>) -> End {
    let what = format!("watch {}", kind.resource());
    let stream = match api.watch(kind, version).await {
        Ok(stream) => stream,
        Err(kube::Error::Api(status)) if status.code == 410 => return End::Forgotten,
        Err(error) => return End::Failed(api.refused(&what, &error)),
    };
    let mut lines = Box::pin(stream).lines();
    loop {
        let line = tokio::select! {
            line = lines.next() => line,
            () = changes.closed() => return End::Unheard,
        };
        // A connection that breaks loses nothing: the next watch goes on from the version.
        let Some(Ok(line)) = line else { return End::Over };
        if let Some(end) = read(&line, version, changes).await {
            return end;
        }
    }
}

/// Takes one line; some end where it ends the watch.
async fn read(line: &str, version: &mut String, changes: &mpsc::Sender<Change>) -> Option<End> {
    let unreadable = |why: String| Some(End::Failed(Refused::unreadable(&why)));
    let Line { kind, object } = match serde_json::from_str(line) {
        Ok(line) => line,
        // Cut off with its connection.
        Err(error) if error.is_eof() => return Some(End::Over),
        Err(error) => return unreadable(error.to_string()),
    };
    if kind == "ERROR" {
        let status: Status = serde_json::from_str(object.get()).unwrap_or(Status {
            code: 0,
            message: String::new(),
        });
        return match status.code {
            410 => Some(End::Forgotten),
            code => unreadable(format!("{} ({code})", status.message)),
        };
    }
    let newest = match serde_json::from_str::<Versioned>(object.get()) {
        Ok(found) => found.metadata.resource_version,
        Err(error) => return unreadable(error.to_string()),
    };
    if kind == "BOOKMARK" {
        *version = newest;
        return None;
    }
    // Before it is read: one that cannot be is told, and not asked for again and again.
    *version = newest;
    let objects = match objects_of(object.get()) {
        Ok(objects) => objects,
        Err(why) => return unreadable(why),
    };
    for object in objects {
        let change = match kind {
            "ADDED" | "MODIFIED" => Change::Seen(object),
            "DELETED" => Change::Gone(object),
            // A type that is not known yet tells of no state that is.
            _ => continue,
        };
        if let Some(end) = sent(changes, change).await {
            return Some(end);
        }
    }
    None
}

async fn sent(changes: &mpsc::Sender<Change>, change: Change) -> Option<End> {
    changes.send(change).await.is_err().then_some(End::Unheard)
}

#[cfg(test)]
mod tests {
    use super::*;

    const POD: &str = r#"{"kind":"Pod","apiVersion":"v1","metadata":{"name":"a","namespace":"shop","uid":"u",
        "resourceVersion":"7"},"spec":{"serviceAccountName":"cart","containers":[{"env":[{"name":"X","value":"hunter2"}]}]}}"#;

    /// What one line sends, the version after it, and whether the watch ended and how.
    async fn told(line: &str) -> (Vec<Change>, String, Option<&'static str>) {
        let (sender, mut changes) = mpsc::channel(8);
        let mut version = "5".to_owned();
        let end = read(line, &mut version, &sender).await.map(|end| match end {
            End::Over => "over",
            End::Forgotten => "forgotten",
            End::Failed(_) => "failed",
            End::Unheard => "unheard",
        });
        drop(sender);
        let mut all = Vec::new();
        while let Some(change) = changes.recv().await {
            all.push(change);
        }
        (all, version, end)
    }

    fn line(kind: &str, object: &str) -> String {
        format!(r#"{{"type":"{kind}","object":{object}}}"#)
    }

    #[tokio::test]
    async fn each_line_is_a_change_or_an_end() {
        let bookmark =
            r#"{"kind":"Pod","apiVersion":"v1","metadata":{"resourceVersion":"9","creationTimestamp":null}}"#;
        let gone = r#"{"kind":"Status","code":410,"reason":"Expired","message":"too old resource version"}"#;
        let broken = r#"{"kind":"Status","code":500,"message":"etcd"}"#;
        let cases = [
            ("added", line("ADDED", POD), 1, "7", None),
            ("modified", line("MODIFIED", POD), 1, "7", None),
            ("deleted", line("DELETED", POD), 1, "7", None),
            ("a type of tomorrow", line("ANNOTATED", POD), 0, "7", None),
            ("bookmark", line("BOOKMARK", bookmark), 0, "9", None),
            ("410 Gone", line("ERROR", gone), 0, "5", Some("forgotten")),
            ("another error", line("ERROR", broken), 0, "5", Some("failed")),
            (
                "cut off",
                line("ADDED", POD).split_at(90).0.to_owned(),
                0,
                "5",
                Some("over"),
            ),
            ("no JSON", "upstream timeout".to_owned(), 0, "5", Some("failed")),
            (
                "an object that cannot be read is passed over",
                line(
                    "ADDED",
                    r#"{"kind":"Pod","apiVersion":"v1","metadata":{"resourceVersion":"8"}}"#,
                ),
                0,
                "8",
                Some("failed"),
            ),
        ];
        for (name, line, changes, version, end) in cases {
            let (told, newest, ended) = told(&line).await;
            assert_eq!((told.len(), newest.as_str(), ended), (changes, version, end), "{name}");
            assert!(!format!("{told:?}").contains("hunter2"), "{name}");
        }
    }

    #[tokio::test]
    async fn what_is_deleted_is_told_apart() {
        let (added, ..) = told(&line("ADDED", POD)).await;
        let (deleted, ..) = told(&line("DELETED", POD)).await;
        assert!(matches!(added.as_slice(), [Change::Seen(Object::Pod(pod))] if pod.uid == "u"));
        assert!(matches!(deleted.as_slice(), [Change::Gone(Object::Pod(pod))] if pod.uid == "u"));
    }
}
