//! Condition keys: whether they exist for the actions, and whether the operator suits them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::OnceLock;

use super::view::{Subject, View};
use super::{Code, Family, Lint};
use crate::catalog::{Action, catalog, edit_distance, matches_ignoring_case};
use crate::policy::{ActionPattern, Condition, Effect, Quantifier, Selector, Test};

const UNKNOWN_KEY: Code = Code::error("unknown_condition_key");
const KEY_NOT_FOR_ACTION: Code = Code::warning("condition_key_not_for_action");
const OPERATOR_TYPE: Code = Code::error("operator_type_mismatch");
const SET_OPERATOR: Code = Code::warning("set_operator_on_single_value");
const FOR_ALL_VALUES_ALLOW: Code = Code::security("for_all_values_allow");

pub(super) const FAMILY: Family = Family {
    codes: &[
        UNKNOWN_KEY,
        KEY_NOT_FOR_ACTION,
        OPERATOR_TYPE,
        SET_OPERATOR,
        FOR_ALL_VALUES_ALLOW,
    ],
    check,
};

/// Global keys with a type other than `String` (IAM user guide, "AWS global condition context keys").
const TYPED_GLOBAL_KEYS: [(&str, &str); 22] = [
    ("aws:calledvia", "ArrayOfString"),
    ("aws:chatbotsourcearn", "ARN"),
    ("aws:currenttime", "Date"),
    ("aws:ec2instancesourceprivateipv4", "IPAddress"),
    ("aws:epochtime", "Date"),
    ("aws:multifactorauthage", "Numeric"),
    ("aws:multifactorauthpresent", "Bool"),
    ("aws:principalarn", "ARN"),
    ("aws:principalisawsservice", "Bool"),
    ("aws:principalorgpaths", "ArrayOfString"),
    ("aws:principalservicenameslist", "ArrayOfString"),
    ("aws:resourceorgpaths", "ArrayOfString"),
    ("aws:securetransport", "Bool"),
    ("aws:sourcearn", "ARN"),
    ("aws:sourceip", "IPAddress"),
    ("aws:sourceorgpaths", "ArrayOfString"),
    ("aws:sourcevpcarn", "ARN"),
    ("aws:tagkeys", "ArrayOfString"),
    ("aws:tokenissuetime", "Date"),
    ("aws:viaawsservice", "Bool"),
    ("aws:vpceorgpaths", "ArrayOfString"),
    ("aws:vpcsourceip", "IPAddress"),
];

/// The other global keys; those that end in `/` take a tag's name.
const TEXT_GLOBAL_KEYS: [&str; 26] = [
    "aws:assumedroot",
    "aws:calledviafirst",
    "aws:calledvialast",
    "aws:ec2instancesourcevpc",
    "aws:federatedprovider",
    "aws:principalaccount",
    "aws:principalorgid",
    "aws:principalservicename",
    "aws:principaltype",
    "aws:referer",
    "aws:requestedregion",
    "aws:resourceaccount",
    "aws:resourceorgid",
    "aws:sourceaccount",
    "aws:sourceidentity",
    "aws:sourceorgid",
    "aws:sourcevpc",
    "aws:sourcevpce",
    "aws:useragent",
    "aws:userid",
    "aws:username",
    "aws:vpceaccount",
    "aws:vpceorgid",
    "aws:principaltag/",
    "aws:requesttag/",
    "aws:resourcetag/",
];

/// Letters by which a key may differ from a known one to be taken for it misspelled.
const TYPO: usize = 2;

fn check(subject: &Subject<'_>) -> Vec<Lint> {
    let mut found = Vec::new();
    for view in &subject.statements {
        let entries = entries(view);
        for condition in view.statement.conditions() {
            let place = view.condition_place(condition);
            let mut add =
                |code: Code, message: Option<String>| found.extend(message.map(|m| code.at(place.clone(), m)));
            let (known, kind) = (known_names(&condition.lower), kind_of(&condition.lower));
            let unknown = unknown_key(condition, &known);
            if unknown.is_none() {
                add(KEY_NOT_FOR_ACTION, not_carried(condition, &known, &entries));
            }
            add(UNKNOWN_KEY, unknown);
            add(OPERATOR_TYPE, kind.and_then(|kind| wrong_operator(condition, kind)));
            add(SET_OPERATOR, kind.and_then(|kind| set_on_single(condition, kind)));
            add(FOR_ALL_VALUES_ALLOW, for_all_values(view, condition));
        }
    }
    found
}

/// The entries of `Action`; none for `NotAction`, nor where there are more of them and of conditions
/// than a statement within IAM's limits has.
fn entries<'v>(view: &'v View<'_>) -> Vec<&'v str> {
    const MOST: usize = 20_000;
    match view.statement.actions() {
        Selector::Only(list) if list.len().saturating_mul(view.statement.conditions().len()) <= MOST => {
            list.iter().map(ActionPattern::source).collect()
        }
        Selector::Only(_) | Selector::Except(_) => Vec::new(),
    }
}

/// A key of a service's table.
struct Known {
    name: &'static str,
    /// The name, with `*` for what the caller fills in.
    pattern: String,
    kind: &'static str,
}

/// Keys by what stands before their colon.
fn tables() -> &'static BTreeMap<String, Vec<Known>> {
    static TABLES: OnceLock<BTreeMap<String, Vec<Known>>> = OnceLock::new();
    TABLES.get_or_init(|| {
        let mut tables: BTreeMap<String, Vec<Known>> = BTreeMap::new();
        for key in catalog().services().iter().flat_map(|service| &service.keys) {
            let list = tables.entry(prefix_of(key.name).to_lowercase()).or_default();
            list.push(Known {
                name: key.name,
                pattern: pattern_of(key.name),
                kind: key.kind,
            });
        }
        tables
    })
}

fn prefix_of(key: &str) -> &str {
    key.split(':').next().unwrap_or(key)
}

/// The tables write what the caller fills in as `${TagKey}`, `<key>`, `tag-key` or not at all.
fn pattern_of(name: &str) -> String {
    let cut = ["${", "<"].iter().find_map(|open| name.split_once(open));
    match (cut, name.strip_suffix("tag-key")) {
        (Some((start, rest)), _) => {
            let tail = rest.split_once(['}', '>']).map_or("", |(_, tail)| tail);
            format!(
                "{start}*{}",
                if tail.is_empty() {
                    String::new()
                } else {
                    pattern_of(tail)
                }
            )
        }
        (None, Some(start)) => format!("{start}*"),
        (None, None) if name.ends_with('/') => format!("{name}*"),
        (None, None) => name.to_owned(),
    }
}

fn known(lower: &str) -> impl Iterator<Item = &'static Known> {
    let list = tables().get(prefix_of(lower)).map(Vec::as_slice).unwrap_or_default();
    list.iter()
        .filter(move |known| matches_ignoring_case(&known.pattern, lower))
}

/// The names under which the tables have a key.
fn known_names(lower: &str) -> BTreeSet<&'static str> {
    known(lower).map(|known| known.name).collect()
}

/// The type of a key; none if it is not known or not the same everywhere.
fn kind_of(lower: &str) -> Option<&'static str> {
    if let Some((_, kind)) = TYPED_GLOBAL_KEYS.iter().find(|(key, _)| *key == lower) {
        return Some(kind);
    }
    if TEXT_GLOBAL_KEYS
        .iter()
        .any(|key| *key == lower || (key.ends_with('/') && lower.starts_with(key)))
    {
        return Some("String");
    }
    let mut kinds = known(lower).map(|known| known.kind);
    let first = kinds.next()?;
    kinds.all(|kind| kind == first).then_some(first)
}

/// Keys of identity providers are the provider's URL and a claim, which nobody can list.
fn is_provider_key(lower: &str) -> bool {
    let prefix = prefix_of(lower);
    prefix.contains('.') || prefix == "saml"
}

fn unknown_key(condition: &Condition, known: &BTreeSet<&str>) -> Option<String> {
    let (key, lower) = (condition.key(), condition.lower.as_str());
    let near = |names: &mut dyn Iterator<Item = &'static str>| {
        let scored = names.map(|name| (edit_distance(name, lower), name));
        scored.filter(|(distance, _)| *distance <= TYPO).min()
    };
    if lower.starts_with("aws:") {
        // AWS adds global keys without notice, so only what looks misspelled is told.
        let mut names = TYPED_GLOBAL_KEYS.iter().map(|(name, _)| *name).chain(TEXT_GLOBAL_KEYS);
        let templated = TEXT_GLOBAL_KEYS
            .iter()
            .any(|k| k.ends_with('/') && lower.starts_with(k));
        let (distance, name) = near(&mut names).filter(|_| !templated)?;
        return (distance > 0).then(|| format!("condition key `{key}` does not exist; did you mean `{name}`?"));
    }
    if is_provider_key(lower) || !known.is_empty() {
        return None;
    }
    let list = tables().get(prefix_of(lower)).map(Vec::as_slice).unwrap_or_default();
    let hint = match near(&mut list.iter().map(|known| known.name)) {
        Some((_, name)) => format!("did you mean `{name}`?"),
        None => "accepted: a global key (`aws:…`) or one that the service of the actions defines".to_owned(),
    };
    Some(format!("condition key `{key}` does not exist; {hint}"))
}

/// An entry of `Action` whose actions never carry the key, so that the condition cannot hold for it.
fn not_carried(condition: &Condition, known: &BTreeSet<&str>, entries: &[&str]) -> Option<String> {
    let holds_without = condition.if_exists
        || condition.test.negated()
        || condition.quantifier == Some(Quantifier::All)
        || matches!(condition.test, Test::Null { .. });
    if holds_without
        || condition.lower.starts_with("aws:")
        || is_provider_key(&condition.lower)
        || of_credentials(known)
    {
        return None;
    }
    let carries = |name: &&'static str| {
        let action = catalog().action(name);
        action.is_some_and(|action| catalog().all_keys(action).any(|key| known.contains(key.name)))
    };
    let without = |entry: &&&str| {
        let mut actions = catalog().expand(entry).peekable();
        actions.peek().is_some() && !actions.any(|name| carries(&name))
    };
    let entry = entries.iter().find(without)?;
    let key = condition.key();
    Some(format!(
        "`{entry}` never carries condition key `{key}`, so it is not granted here; move it to a statement without \
         this condition"
    ))
}

/// A key that no action of its own service lists comes with the caller's credentials, as `ec2:SourceInstanceARN`.
fn of_credentials(known: &BTreeSet<&str>) -> bool {
    static LISTED: OnceLock<BTreeSet<&'static str>> = OnceLock::new();
    let listed = LISTED.get_or_init(|| {
        let own = |action: &'static Action| {
            let keys = catalog().all_keys(action).map(|key| key.name);
            keys.filter(|key| prefix_of(key).eq_ignore_ascii_case(prefix_of(action.name)))
        };
        catalog().actions().iter().flat_map(own).collect()
    });
    known.is_disjoint(listed)
}

fn wrong_operator(condition: &Condition, kind: &str) -> Option<String> {
    let operator = condition.operator();
    let name = operator.rsplit(':').next().unwrap_or(operator).to_ascii_lowercase();
    let is_arn = kind.ends_with("ARN") || condition.lower.ends_with("arn");
    let accepted: &[&str] = match kind {
        _ if is_arn => &["Arn", "String"],
        "Bool" | "ArrayOfBool" => &["Bool"],
        "Numeric" => &["Numeric"],
        "Date" => &["Date", "Numeric"],
        "IPAddress" => &["IpAddress", "NotIpAddress"],
        "String" | "ArrayOfString" => &["String"],
        _ => return None,
    };
    let fits = |family: &&str| name.starts_with(&family.to_ascii_lowercase()) || name.starts_with("null");
    (!accepted.iter().any(fits)).then(|| {
        let families: Vec<String> = accepted.iter().map(|family| format!("`{family}…`")).collect();
        let (key, families) = (condition.key(), families.join(" or "));
        format!("condition key `{key}` is of type {kind}, which `{operator}` does not compare; accepted: {families}")
    })
}

fn set_on_single(condition: &Condition, kind: &str) -> Option<String> {
    (condition.quantifier.is_some() && !kind.starts_with("ArrayOf")).then(|| {
        let (key, operator) = (condition.key(), condition.operator());
        let plain = operator.rsplit(':').next().unwrap_or(operator);
        format!("condition key `{key}` has one value, and `{operator}` is for sets; write `{plain}`")
    })
}

/// `ForAllValues` holds where the key is absent, so that an Allow needs `Null` beside it.
fn for_all_values(view: &View<'_>, condition: &Condition) -> Option<String> {
    let present = |other: &Condition| {
        other.lower == condition.lower
            && matches!(
                other.test,
                Test::Null {
                    absent: false,
                    present: true
                }
            )
    };
    let open = condition.quantifier == Some(Quantifier::All)
        && view.statement.effect() == Effect::Allow
        && !view.statement.conditions().iter().any(present);
    open.then(|| {
        let key = condition.key();
        format!(
            "`{}` holds for requests without `{key}` and so allows them; add `\"Null\": {{\"{key}\": \"false\"}}`",
            condition.operator()
        )
    })
}
