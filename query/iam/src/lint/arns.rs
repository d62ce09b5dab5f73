//! The form of ARNs in `Resource` and `NotResource`.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use super::glob::{Tokens, arn_parts};
use super::view::{Item, Subject};
use super::{Code, Family, Lint};
use crate::catalog::catalog;

const INVALID_ARN: Code = Code::error("invalid_arn");
const MISSING_FIELD: Code = Code::error("missing_arn_field");
const INVALID_PARTITION: Code = Code::error("invalid_partition");
const INVALID_REGION: Code = Code::error("invalid_arn_region");
const INVALID_ACCOUNT: Code = Code::error("invalid_arn_account");
const REGION_NOT_ALLOWED: Code = Code::error("arn_region_not_allowed");
const REGION_MISSING: Code = Code::error("arn_region_missing");
const ACCOUNT_NOT_ALLOWED: Code = Code::error("arn_account_not_allowed");
const ACCOUNT_MISSING: Code = Code::error("arn_account_missing");

pub(super) const FAMILY: Family = Family {
    codes: &[
        INVALID_ARN,
        MISSING_FIELD,
        INVALID_PARTITION,
        INVALID_REGION,
        INVALID_ACCOUNT,
        REGION_NOT_ALLOWED,
        REGION_MISSING,
        ACCOUNT_NOT_ALLOWED,
        ACCOUNT_MISSING,
    ],
    check,
};

/// AWS's partitions (AWS General Reference, "Amazon Resource Names", and the isolated ones of the SDKs).
const PARTITIONS: [&str; 8] = [
    "aws",
    "aws-cn",
    "aws-us-gov",
    "aws-iso",
    "aws-iso-b",
    "aws-iso-e",
    "aws-iso-f",
    "aws-eusc",
];

fn check(subject: &Subject<'_>) -> Vec<Lint> {
    let items = subject
        .statements
        .iter()
        .flat_map(|view| view.items("Resource", "NotResource"));
    items.flat_map(|item| judge(&item)).collect()
}

fn judge(item: &Item<'_>) -> Vec<Lint> {
    let Item { text, pointer } = item;
    if text.is_empty() || *text == "*" {
        return Vec::new();
    }
    let parts = arn_parts(text);
    let [head, partition, service, region, account, tail] = match <[&str; 6]>::try_from(parts) {
        Ok(parts) => parts,
        Err(_) if text.starts_with("arn:") => {
            let message = format!(
                "`{text}` has fewer than the six parts of an ARN, and IAM takes `*` for the rest; accepted: \
                 `arn:partition:service:region:account:resource`"
            );
            return vec![MISSING_FIELD.at(pointer.clone(), message)];
        }
        Err(_) => return vec![INVALID_ARN.at(pointer.clone(), not_an_arn(text))],
    };
    if head != "arn" {
        return vec![INVALID_ARN.at(pointer.clone(), not_an_arn(text))];
    }
    let mut found = fields(text, pointer, partition, region, account);
    if service.is_empty() || tail.is_empty() {
        let message = format!("`{text}` names no service or no resource; accepted: both, `*` for any");
        found.push(MISSING_FIELD.at(pointer.clone(), message));
    }
    if found.is_empty() {
        found = places(item, service, region, account, tail);
    }
    found
}

fn not_an_arn(text: &str) -> String {
    format!("`{text}` is no ARN; accepted: `*` or `arn:partition:service:region:account:resource`")
}

/// Whether a part is beyond judging by its letters.
fn open(text: &str) -> bool {
    text.contains(['*', '?']) || text.contains("${")
}

fn fields(text: &str, pointer: &str, partition: &str, region: &str, account: &str) -> Vec<Lint> {
    let mut found = Vec::new();
    if !open(partition) && !PARTITIONS.contains(&partition) {
        let message = format!(
            "partition `{partition}` of `{text}` does not exist; accepted: {}",
            PARTITIONS.join(", ")
        );
        found.push(INVALID_PARTITION.at(pointer, message));
    }
    if !open(region) && !region.is_empty() && !is_region(region) {
        let message = format!("region `{region}` of `{text}` has no region's form; accepted: as `eu-west-1`, or `*`");
        found.push(INVALID_REGION.at(pointer, message));
    }
    if !open(account) && !is_account(account) {
        let message = format!("account `{account}` of `{text}` is none; accepted: twelve digits, or `*`");
        found.push(INVALID_ACCOUNT.at(pointer, message));
    }
    found
}

/// `eu-west-1`, `us-gov-east-1`: words, then a number.
fn is_region(text: &str) -> bool {
    let mut words = text.split('-').rev();
    let number = words
        .next()
        .is_some_and(|n| !n.is_empty() && n.bytes().all(|b| b.is_ascii_digit()));
    let rest: Vec<&str> = words.collect();
    number && rest.len() >= 2 && rest.iter().all(|word| word.bytes().all(|b| b.is_ascii_lowercase()))
}

/// Digits of an account, nothing, or one of the words that AWS's own resources carry in its place.
fn is_account(text: &str) -> bool {
    text.is_empty()
        || (text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit()))
        || text.bytes().all(|byte| byte.is_ascii_lowercase())
}

/// Whether region and account stand where the service's ARNs have them. Judged only by types of
/// resources whose last part fits; where none does, `unsupported_resource` has it.
fn places(item: &Item<'_>, service: &str, region: &str, account: &str, tail: &str) -> Vec<Lint> {
    let of_service = by_service().get(service).map(Vec::as_slice).unwrap_or_default();
    let tail = Tokens::of_policy(tail);
    // AWS's own documents and parameters have no account, which the tables leave out.
    let of_aws = service == "ssm" && account.is_empty();
    let kinds: Vec<&Shape> = of_service.iter().filter(|kind| kind.tail.overlaps(&tail)).collect();
    let fits = |pattern: &str, text: &str| Tokens::of_table(pattern, true).overlaps(&Tokens::of_policy(text));
    let whole = |kind: &&Shape| fits(kind.region, region) && fits(kind.account, account);
    if of_aws || kinds.is_empty() || kinds.iter().any(whole) {
        return Vec::new();
    }
    let mut found = Vec::new();
    let mut judge = |name: &str, text: &str, part: &dyn Fn(&Shape) -> &'static str, codes: [Code; 2]| {
        if kinds.iter().any(|kind| fits(part(kind), text)) {
            return;
        }
        let [missing, not_allowed] = codes;
        let ours = item.text;
        if text.is_empty() {
            let message =
                format!("`{ours}` has no {name}, and ARNs of `{service}` like this have one; write it, or `*`");
            found.push(missing.at(item.pointer.clone(), message));
        } else if kinds.iter().all(|kind| part(kind).is_empty()) {
            let message =
                format!("`{ours}` has {name} `{text}`, and ARNs of `{service}` like this have none; leave it empty");
            found.push(not_allowed.at(item.pointer.clone(), message));
        }
    };
    judge(
        "region",
        region,
        &|kind| kind.region,
        [REGION_MISSING, REGION_NOT_ALLOWED],
    );
    judge(
        "account",
        account,
        &|kind| kind.account,
        [ACCOUNT_MISSING, ACCOUNT_NOT_ALLOWED],
    );
    found
}

/// How the ARNs of a type of resource look.
struct Shape {
    region: &'static str,
    account: &'static str,
    tail: Tokens,
}

/// Types of resources by the service that their ARNs name, which is not always the prefix of the actions.
fn by_service() -> &'static BTreeMap<&'static str, Vec<Shape>> {
    static TABLE: OnceLock<BTreeMap<&'static str, Vec<Shape>>> = OnceLock::new();
    TABLE.get_or_init(|| {
        let mut table: BTreeMap<&'static str, Vec<Shape>> = BTreeMap::new();
        let types = catalog().services().iter().flat_map(|service| &service.types);
        for pattern in types.flat_map(|kind| kind.patterns.iter().copied()) {
            if let [_, _, service, region, account, tail] = arn_parts(pattern).as_slice() {
                table.entry(service).or_default().push(Shape {
                    region,
                    account,
                    tail: Tokens::of_table(tail, false),
                });
            }
        }
        table
    })
}
