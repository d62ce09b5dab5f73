//! The `podtrail` binary: see the library's `cli`.

use std::process::ExitCode;

fn main() -> ExitCode {
    podtrail::cli::main()
}
