//! The `podtrail` binary.
fn main() {}
