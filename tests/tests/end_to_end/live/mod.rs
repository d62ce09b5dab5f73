//! `podtrail inventory live`: moto for EKS clusters, IAM, EC2 and STS, a stub for associations, and one for Kubernetes.

mod aws;
mod kubernetes;

use podtrail_tests::Ran;
use serde_json::Value;

/// The row of a kind, as (new, unchanged, ended).
fn row(ran: &Ran, kind: &str) -> (u64, u64, u64) {
    let rows = ran
        .stdout
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap());
    let found = rows.into_iter().find(|row| row["kind"] == kind);
    let found = found.unwrap_or_else(|| panic!("no row for {kind}: {}{}", ran.stdout, ran.stderr));
    let number = |name: &str| found[name].as_u64().unwrap();
    (number("new"), number("unchanged"), number("ended"))
}

/// The same, which must have succeeded.
fn done(ran: Ran) -> Ran {
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    ran
}
