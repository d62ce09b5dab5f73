//! `podtrail update-iam-data`: AWS's service reference over the embedded tables.

use std::path::{Path, PathBuf};

use anyhow::Context;
use futures::{StreamExt, TryStreamExt, stream};
use podtrail_aws::Access;
use podtrail_iam::catalog::reference::{ServiceReference, parse, parse_index};
use podtrail_iam::catalog::{Changes, InstallError, catalog, install, merge};
use podtrail_live::public;
use serde::Serialize;

use super::exit::{Outcome, Usage, unreadable};
use super::{Place, clock};
use crate::output::{Format, print_rows};

/// Where AWS lists its documents; each is public and small.
const INDEX: &str = "https://servicereference.us-east-1.amazonaws.com/";

/// Documents asked for at a time.
const AT_A_TIME: usize = 8;

/// Arguments of `update-iam-data`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Where the documents are: a folder or a file of downloaded ones, or an address of the index or of one.
    #[arg(long, value_name = "DIR|FILE|URL", default_value = INDEX)]
    from: String,
    /// How the changes are printed.
    #[arg(long, value_enum)]
    format: Option<Format>,
}

/// One change of the tables.
#[derive(Debug, Serialize)]
struct Row {
    change: &'static str,
    name: String,
    detail: String,
}

/// Merges, writes the file beside the lake, and prints what changed. The next command uses it.
pub(super) async fn run(place: &Place, args: Args) -> anyhow::Result<Outcome> {
    let documents = read(&args.from).await?;
    if documents.is_empty() {
        return Err(Usage(format!(
            "`{}` holds no document of AWS's service reference: `{{\"Name\", \"Actions\", …}}` in `.json` files is accepted",
            args.from
        ))
        .into());
    }
    let date = jiff::Timestamp::from_millisecond(clock())?
        .strftime("%Y-%m-%d")
        .to_string();
    let merged = merge(catalog(), &documents, &date)?;
    let path = file(place);
    write(&path, &merged.file).with_context(|| format!("`{}` cannot be written", path.display()))?;
    print_rows(
        Format::or_default(args.format),
        &["change", "name", "detail"],
        &rows(&merged.changes),
    )?;
    tracing::info!(
        services = merged.changes.services,
        date,
        file = %path.display(),
        "the next command uses these tables"
    );
    Ok(Outcome::Done)
}

/// Installs the tables that an update wrote, where there are any. Where they cannot be used, the embedded ones serve,
/// and the log says what to do.
pub(super) fn use_updated(place: &Place) {
    let path = file(place);
    let told = |error: &dyn std::fmt::Display| {
        tracing::warn!(
            "`{}` is not used, the tables of the program are: {error}; run `podtrail update-iam-data` again, or \
             remove the file",
            path.display()
        );
    };
    match std::fs::read(&path) {
        Ok(bytes) => match install(&bytes) {
            Ok(()) | Err(InstallError::InUse) => {}
            Err(error) => told(&error),
        },
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
        Err(error) => told(&error),
    }
}

fn file(place: &Place) -> PathBuf {
    place.data.join("iam-data.tsv.zst")
}

/// Whole or not at all: a command that starts meanwhile finds the old file or the new one.
fn write(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)?;
    }
    let beside = path.with_extension("new");
    std::fs::write(&beside, bytes)?;
    std::fs::rename(&beside, path)
}

async fn read(from: &str) -> anyhow::Result<Vec<ServiceReference>> {
    if from.contains("://") {
        return fetched(from).await;
    }
    let path = Path::new(from);
    let mut files = vec![path.to_owned()];
    if path.is_dir() {
        let entries = std::fs::read_dir(path).map_err(|error| unreadable(from, &error))?;
        files = entries.map(|entry| Ok(entry?.path())).collect::<std::io::Result<_>>()?;
        files.retain(|file| file.extension().is_some_and(|end| end == "json"));
        files.sort();
    }
    let mut documents = Vec::new();
    for file in files {
        let name = file.display().to_string();
        let text = std::fs::read_to_string(&file).map_err(|error| unreadable(&name, &error))?;
        documents.extend(parse(&name, &text).map_err(|error| Usage(error.to_string()))?);
    }
    Ok(documents)
}

/// The documents that an index lists, in its order; or the one at the address.
async fn fetched(url: &str) -> anyhow::Result<Vec<ServiceReference>> {
    // The documents are public: no region and no credentials are looked for.
    let access = Access::default().in_region("us-east-1");
    let config = access.config().await;
    let text = public::get(&config, url).await?;
    let Ok(index) = parse_index(url, &text) else {
        return Ok(parse(url, &text)?);
    };
    let documents = stream::iter(index)
        .map(|(_, address)| {
            let config = &config;
            async move {
                let text = public::get(config, &address).await?;
                anyhow::Ok(parse(&address, &text)?)
            }
        })
        .buffered(AT_A_TIME)
        .try_concat()
        .await?;
    Ok(documents)
}

fn rows(changes: &Changes) -> Vec<Row> {
    let row = |change, name: &String, detail: &str| Row {
        change,
        name: name.clone(),
        detail: detail.to_owned(),
    };
    let kept = "kept: logs and policies may still name it";
    let services = changes.services_added.iter().map(|n| row("service added", n, ""));
    let added = changes.actions_added.iter().map(|n| row("action added", n, ""));
    let changed = changes.actions_changed.iter().map(|(n, what)| {
        let what: Vec<_> = what.iter().copied().collect();
        row("action changed", n, &what.join(", "))
    });
    let gone = changes.actions_gone.iter().map(|n| row("action gone", n, kept));
    let learned = changes.operations_learned.iter();
    let learned = learned.map(|(n, action)| row("operation learned", n, action));
    services
        .chain(added)
        .chain(changed)
        .chain(gone)
        .chain(learned)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_folder_gives_its_documents_in_order_and_nothing_else() {
        let folder = std::env::temp_dir().join(format!("podtrail-reference-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let document = |name: &str| format!(r#"{{"Name": "{name}", "Actions": [{{"Name": "DoIt"}}]}}"#);
        std::fs::write(folder.join("b.json"), document("zulu")).unwrap();
        std::fs::write(folder.join("a.json"), document("alpha")).unwrap();
        std::fs::write(folder.join("index.json"), r#"[{"service": "x", "url": "https://x/"}]"#).unwrap();
        std::fs::write(folder.join("notes.txt"), "no document").unwrap();
        let from = folder.display().to_string();
        let documents = read(&from).await.unwrap();
        let merged = merge(podtrail_iam::catalog::embedded(), &documents, "2027-01-31").unwrap();
        let shown: Vec<_> = rows(&merged.changes)
            .into_iter()
            .map(|row| (row.change, row.name))
            .collect();
        let expected = [
            ("service added", "alpha"),
            ("service added", "zulu"),
            ("action added", "alpha:DoIt"),
            ("action added", "zulu:DoIt"),
        ];
        assert_eq!(shown, expected.map(|(change, name)| (change, name.to_owned())));

        std::fs::write(folder.join("c.json"), r#"{"Name": 1}"#).unwrap();
        let error = read(&from).await.unwrap_err().to_string();
        assert!(error.contains("c.json") && error.contains("/Name"), "{error}");
        std::fs::remove_dir_all(&folder).unwrap();
        assert!(read(&from).await.is_err(), "what is not there is an error");
    }

    #[test]
    fn a_file_is_written_whole_over_the_old_one() {
        let folder = std::env::temp_dir().join(format!("podtrail-iam-data-{}", std::process::id()));
        let path = folder.join("data").join("iam-data.tsv.zst");
        write(&path, b"old").unwrap();
        write(&path, b"new").unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), b"new");
        let beside: Vec<_> = std::fs::read_dir(path.parent().unwrap()).unwrap().collect();
        assert_eq!(beside.len(), 1, "nothing is left beside it");
        std::fs::remove_dir_all(&folder).unwrap();
    }
}
