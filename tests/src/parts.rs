//! Where the real parts are that `make test` installs, and how a test says that one is missing.

use std::path::PathBuf;

/// The Python that has the packages of `tests/requirements.txt`; none, with a message, where it is not installed.
///
/// # Panics
/// When `PODTRAIL_TEST_PYTHON` names a file that is not there: a broken installation must not skip tests.
#[must_use]
pub fn python() -> Option<PathBuf> {
    let Some(path) = std::env::var_os("PODTRAIL_TEST_PYTHON").map(PathBuf::from) else {
        skipped("PODTRAIL_TEST_PYTHON is not set");
        return None;
    };
    assert!(
        path.exists(),
        "PODTRAIL_TEST_PYTHON is `{}`, which is not there",
        path.display()
    );
    Some(path)
}

/// The folder of PostgreSQL's server programs; none, with a message, where it is not installed.
///
/// # Panics
/// When `PODTRAIL_TEST_POSTGRES` names a folder without them.
#[must_use]
pub(crate) fn postgres_programs() -> Option<PathBuf> {
    let Some(path) = std::env::var_os("PODTRAIL_TEST_POSTGRES").map(PathBuf::from) else {
        skipped("PODTRAIL_TEST_POSTGRES is not set");
        return None;
    };
    assert!(
        path.join("initdb").exists(),
        "PODTRAIL_TEST_POSTGRES is `{}`, which has no `initdb`",
        path.display()
    );
    Some(path)
}

/// Says why a test did not run.
fn skipped(why: &str) {
    println!("skipped: {why}; `make test` installs it, or run `eval \"$(bash tests/parts.sh)\"` before `cargo test`");
}

/// Credentials that any of the stubs accepts.
pub(crate) const ACCESS_KEY: &str = "testing";

/// Variables for a child process that speaks to a stub: `AWS_ENDPOINT_URL` of all services, credentials and a region,
/// and nothing of the configuration of whoever runs the tests.
#[must_use]
pub fn aws_environment(endpoint: &str) -> Vec<(String, String)> {
    [
        ("AWS_ENDPOINT_URL", endpoint),
        ("AWS_ACCESS_KEY_ID", ACCESS_KEY),
        ("AWS_SECRET_ACCESS_KEY", ACCESS_KEY),
        ("AWS_REGION", REGION),
        ("AWS_CONFIG_FILE", "/dev/null"),
        ("AWS_SHARED_CREDENTIALS_FILE", "/dev/null"),
        ("AWS_EC2_METADATA_DISABLED", "true"),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()))
    .to_vec()
}

/// The region of all that the harness makes.
pub const REGION: &str = "eu-west-1";
