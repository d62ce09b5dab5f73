//! Where the product database is: read from what a person wrote, told again without a password.

use std::fmt;
use std::path::{Path, PathBuf};

use url::Url;

use crate::QueryError;

/// What may follow `?` in the address of a PostgreSQL database. Others are refused, because the driver would ignore
/// them and write their values to the log.
const OPTIONS: [&str; 12] = [
    "application_name",
    "dbname",
    "host",
    "hostaddr",
    "options",
    "password",
    "port",
    "sslcert",
    "sslkey",
    "sslmode",
    "sslrootcert",
    "user",
];

/// A place that a database can be opened at.
#[derive(Clone)]
pub(super) enum Location {
    /// A file, made when it is not there.
    Sqlite(PathBuf),
    /// A server and a database in it.
    Postgres(Url),
}

impl Location {
    /// Reads a path, a `sqlite://` address or a `postgres://` address.
    ///
    /// # Errors
    /// [`QueryError::DatabaseLocation`], which repeats nothing that could be part of a password.
    pub(super) fn parse(text: &str) -> Result<Self, QueryError> {
        let Some((scheme, rest)) = text.split_once("://") else {
            return file(text);
        };
        match scheme {
            "sqlite" if rest.contains('?') => Err(refuse(
                "options after `?` are not taken by a `sqlite://` address: give its path alone",
            )),
            "sqlite" => file(rest),
            "postgres" | "postgresql" => server(text),
            _ => Err(refuse(format!(
                "`{scheme}://` is no kind of database that podtrail keeps its state in: give a file, a `sqlite://` or a `postgres://` address"
            ))),
        }
    }

    /// The address as the driver takes it.
    ///
    /// # Errors
    /// An I/O error when the folder of a file cannot be made.
    pub(super) fn url(&self) -> std::io::Result<Url> {
        match self {
            Self::Postgres(url) => Ok(url.clone()),
            Self::Sqlite(path) => {
                let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
                let folder = folder.unwrap_or(Path::new("."));
                std::fs::create_dir_all(folder)?;
                let whole = folder.canonicalize()?.join(path.file_name().unwrap_or_default());
                // As a `file:` address, so that spaces, `?` and `#` of the path are escaped.
                let no_url = || std::io::Error::other("its path cannot be written as an address");
                let path = Url::from_file_path(whole).map_err(|()| no_url())?;
                Url::parse(&format!("sqlite://{}?mode=rwc", path.path())).map_err(|_| no_url())
            }
        }
    }

    /// Whether it is a file.
    pub(super) const fn is_sqlite(&self) -> bool {
        matches!(self, Self::Sqlite(_))
    }
}

/// The place without a password.
impl fmt::Display for Location {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sqlite(path) => path.display().fmt(out),
            Self::Postgres(url) => {
                let mut url = url.clone();
                // Neither can fail for an address that has a host; one that has none has no password.
                let _ = url.set_password(None);
                url.set_query(None);
                url.fmt(out)
            }
        }
    }
}

fn file(path: &str) -> Result<Location, QueryError> {
    if path.is_empty() || path.ends_with('/') {
        return Err(refuse(
            "the path names no file: give one such as `podtrail-data/podtrail.db`",
        ));
    }
    Ok(Location::Sqlite(PathBuf::from(path)))
}

fn server(text: &str) -> Result<Location, QueryError> {
    const FORM: &str = "give `postgres://USER:PASSWORD@HOST:PORT/DATABASE`";
    // A raw `/`, `?` or `#` of a password would end up in the parts of the address that are told.
    let user_info = text.rsplit_once('@').map_or("", |(before, _)| before);
    let secret = user_info.split_once("://").map_or("", |(_, secret)| secret);
    if secret.contains(['/', '?', '#']) || text.contains('#') {
        return Err(refuse(format!(
            "in the address of a PostgreSQL database `/`, `?`, `#` and `@` of a password are written `%2F`, `%3F`, `%23` and `%40`: {FORM}"
        )));
    }
    let url = Url::parse(text).map_err(|error| {
        refuse(format!(
            "the address of the PostgreSQL database cannot be read ({error}): {FORM}"
        ))
    })?;
    for (name, _) in url.query_pairs() {
        if !OPTIONS.contains(&name.as_ref()) {
            return Err(refuse(format!(
                "`{name}` is no option of a PostgreSQL address: after `?` it takes {}",
                OPTIONS.join(", ")
            )));
        }
    }
    Ok(Location::Postgres(url))
}

fn refuse(reason: impl Into<String>) -> QueryError {
    QueryError::DatabaseLocation(reason.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> String {
        match Location::parse(text) {
            Ok(location) => location.to_string(),
            Err(error) => format!("refused: {error}"),
        }
    }

    #[test]
    fn places_are_files_or_servers() {
        let cases = [
            ("podtrail.db", "podtrail.db"),
            ("/srv/my data/podtrail.db", "/srv/my data/podtrail.db"),
            ("sqlite:///srv/podtrail.db", "/srv/podtrail.db"),
            ("sqlite://here/podtrail.db", "here/podtrail.db"),
            ("postgres://db.example/podtrail", "postgres://db.example/podtrail"),
            (
                "postgresql://me@db.example:5433/podtrail",
                "postgresql://me@db.example:5433/podtrail",
            ),
            ("postgres:///podtrail?host=/run/postgresql", "postgres:///podtrail"),
        ];
        for (text, expected) in cases {
            assert_eq!(shown(text), expected, "{text}");
        }
    }

    #[test]
    fn what_cannot_be_a_database_is_told_with_what_can() {
        let cases = [
            ("mysql://db.example/podtrail", "`mysql://` is no kind of database"),
            ("", "names no file"),
            ("podtrail-data/", "names no file"),
            ("sqlite://a.db?mode=ro", "options after `?`"),
            ("postgres://db.example/podtrail?sslmod=require", "`sslmod` is no option"),
            (
                "postgres://db.example:many/podtrail",
                "cannot be read (invalid port number)",
            ),
        ];
        for (text, expected) in cases {
            assert!(shown(text).contains(expected), "{text}: {}", shown(text));
        }
    }

    #[test]
    fn a_password_is_never_told() {
        let addresses = [
            "postgres://me:hunter2@db.example/podtrail",
            "postgres://me@db.example/podtrail?password=hunter2",
            "postgres://me@db.example/podtrail?pasword=hunter2",
            "postgres://me:12/hunter2@db.example/podtrail",
            "postgres://me:12?hunter2@db.example/podtrail",
            "postgres://me:12#hunter2@db.example/podtrail",
            "postgres://me:12#hunter2",
            "postgres://me:hunter2@db.example:port/podtrail",
            "postgres://me:hunter2@[db/podtrail",
            "mysql://me:hunter2@db.example/podtrail",
        ];
        for address in addresses {
            assert!(!shown(address).contains("hunter2"), "{address}: {}", shown(address));
        }
    }

    #[test]
    fn a_path_reaches_the_driver_as_it_is() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("my data #1?/100%.db");
        let url = Location::parse(path.to_str().unwrap()).unwrap().url().unwrap();
        assert!(url.path().ends_with("/my%20data%20%231%3F/100%25.db"), "{url}");
        assert!(path.parent().unwrap().is_dir(), "the folder is made");
    }
}
