//! Programs that are not ours.

use std::io::Write as _;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

/// The Python that has the packages of `tests/requirements.txt`; none, with a message, where it is not installed.
///
/// # Panics
/// When `PODTRAIL_TEST_PYTHON` names a file that is not there: a broken installation must not skip tests.
pub(crate) fn python() -> Option<Command> {
    let Some(path) = std::env::var_os("PODTRAIL_TEST_PYTHON").map(PathBuf::from) else {
        println!("skipped: PODTRAIL_TEST_PYTHON is not set; run `eval \"$(bash tests/parts.sh)\"` before `cargo test`");
        return None;
    };
    assert!(
        path.exists(),
        "PODTRAIL_TEST_PYTHON is `{}`, which is not there",
        path.display()
    );
    Some(Command::new(path))
}

/// Runs a program with a text as its input; none, with a message, where it is not on the PATH.
pub(crate) fn run(command: &mut Command, input: &str) -> Option<Output> {
    let started = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn();
    let mut child = match started {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            println!("skipped: there is no `{}` on the PATH", command.get_program().display());
            return None;
        }
        started => started.unwrap(),
    };
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    Some(child.wait_with_output().unwrap())
}

/// Runs a program of Python on an input, and what it printed as JSON; none where Python is not installed.
pub(crate) fn python_json(program: &str, input: &str) -> Option<serde_json::Value> {
    let output = run(python()?.args(["-c", program]), input)?;
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Some(serde_json::from_slice(&output.stdout).unwrap())
}

/// A new folder with a file for each text, for one run of a program over all of them.
pub(crate) fn folder(name: &str, texts: &[String], extension: &str) -> PathBuf {
    let folder = std::env::temp_dir().join(format!("podtrail-{name}-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    for (at, text) in texts.iter().enumerate() {
        std::fs::write(folder.join(format!("{at}.{extension}")), text).unwrap();
    }
    folder
}
