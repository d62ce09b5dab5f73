//! Runs the oracles, each a program of its own, over a file of cases.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

/// Where the oracles are installed.
pub(crate) struct Installed {
    python: PathBuf,
    node: PathBuf,
}

impl Installed {
    /// None, with a message, where they are not installed.
    pub(crate) fn find() -> Option<Self> {
        let variable = |name: &str| {
            let path = std::env::var_os(name).map(PathBuf::from);
            if path.is_none() {
                println!(
                    "skipped: {name} is not set; `make test` installs the oracles, or run `eval \"$(bash tests/parts.sh \
                     oracles)\"` before `cargo test -p podtrail-iam`"
                );
            }
            path
        };
        let installed = Self {
            python: variable("PODTRAIL_TEST_ORACLES_PYTHON")?,
            node: variable("PODTRAIL_TEST_ORACLES_NODE")?,
        };
        for path in [&installed.python, &installed.node.join("node_modules")] {
            assert!(
                path.exists(),
                "`{}` is not there: a broken installation skips no tests",
                path.display()
            );
        }
        Some(installed)
    }

    /// The verdicts of `principalmapper`, by case; `none` for one that it cannot express.
    pub(crate) fn pmapper(&self, cases: &Path) -> Running {
        start(Command::new(&self.python).arg(driver("pmapper.py")).arg(cases))
    }

    /// The verdicts of `iam-simulate`, by case.
    pub(crate) fn iam_simulate(&self, cases: &Path) -> Running {
        start(
            Command::new("node")
                .arg(driver("iam_simulate.mjs"))
                .arg(&self.node)
                .arg(cases),
        )
    }
}

fn driver(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../tests/oracles")
        .join(name)
}

/// An oracle at work.
pub(crate) struct Running(Child, String);

fn start(command: &mut Command) -> Running {
    let name = format!("{command:?}");
    let child = command.stdout(Stdio::piped()).spawn();
    Running(
        child.unwrap_or_else(|error| panic!("{name} does not start: {error}")),
        name,
    )
}

impl Running {
    /// Waits for the verdicts.
    pub(crate) fn verdicts(self) -> Vec<String> {
        let Self(child, name) = self;
        let output = child.wait_with_output().expect("the oracle's output");
        assert!(output.status.success(), "{name} failed: {}", output.status);
        let text = String::from_utf8(output.stdout).expect("text");
        text.lines().map(str::to_owned).collect()
    }
}
