//! What actions exist, what they act on, and what CloudTrail shows of them.
//!
//! The tables are generated (`tools/`), compressed and embedded; they are decoded once, on first use.

mod decode;
mod nearest;
mod observe;
mod operations;
pub mod reference;
mod update;

use std::collections::HashMap;
use std::ops::Range;
use std::sync::OnceLock;

pub(crate) use nearest::distance as edit_distance;
pub use observe::Observability;
pub use operations::{Operation, Operations, operations};
pub use update::{Changes, Merged, merge};

static ACTIONS: &[u8] = include_bytes!("../../data/actions.tsv.zst");

/// What an action does to what it acts on, as AWS's Service Authorization Reference classes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AccessLevel {
    /// Reads the content of a resource.
    Read,
    /// Lists what exists.
    List,
    /// Creates, changes or deletes.
    Write,
    /// Changes tags only.
    Tagging,
    /// Changes who may do what.
    PermissionsManagement,
}

/// A kind of resource that actions of a service name.
#[derive(Debug)]
pub struct ResourceType {
    /// AWS's name of the type, as `bucket`; unique within the service.
    pub name: &'static str,
    /// ARN patterns with `${Variable}`s; most types have one.
    pub patterns: Vec<&'static str>,
    /// Condition keys of every action on it: indexes into the service's keys.
    pub(crate) keys: Vec<usize>,
}

/// A condition key that a service defines.
#[derive(Debug)]
pub struct ConditionKey {
    /// The key, as `s3:prefix`; templated keys hold `${TagKey}`.
    pub name: &'static str,
    /// Its type, as `String`, `ArrayOfString`, `ARN`, `Bool`.
    pub kind: &'static str,
}

/// One IAM action.
#[derive(Debug)]
pub struct Action {
    /// Canonical spelling, as `s3:GetObject`.
    pub name: &'static str,
    /// Its access level.
    pub level: AccessLevel,
    /// Resource types it can be limited to: index into the service's types, and whether each call names one.
    pub(crate) types: Vec<(usize, bool)>,
    /// Condition keys it checks besides the global ones: indexes into the service's keys.
    pub(crate) keys: Vec<usize>,
    pub(crate) service: usize,
}

impl Action {
    /// Whether CloudTrail shows the action's use.
    pub fn observability(&self) -> Observability {
        observe::observability(self.name)
    }
}

/// One service prefix with what belongs to it.
#[derive(Debug)]
pub struct Service {
    /// The prefix, as `s3`.
    pub prefix: &'static str,
    /// Whether resource control policies apply to it.
    pub rcp: bool,
    /// Its resource types, sorted by name.
    pub types: Vec<ResourceType>,
    /// Its condition keys.
    pub keys: Vec<ConditionKey>,
    pub(crate) actions: Range<usize>,
}

/// All services and actions of the embedded table. Get it with [`catalog`].
#[derive(Debug)]
pub struct Catalog {
    services: Vec<Service>,
    actions: Vec<Action>,
    date: &'static str,
    versions: Vec<(&'static str, &'static str)>,
    /// Operations (`prefix:Operation`) with the action that AWS's service reference gave them.
    learned: HashMap<&'static str, &'static str>,
}

/// The tables that [`install`] put in the place of the embedded ones; `None` once the embedded ones are in use.
static INSTALLED: OnceLock<Option<Catalog>> = OnceLock::new();

/// The tables in use: those installed, else the embedded ones.
pub fn catalog() -> &'static Catalog {
    INSTALLED.get_or_init(|| None).as_ref().unwrap_or_else(|| embedded())
}

/// The embedded tables, decoded on first use (about 5 ms) and kept for the life of the process.
#[expect(
    clippy::expect_used,
    reason = "the bytes are part of the binary and a test decodes them"
)]
pub fn embedded() -> &'static Catalog {
    static EMBEDDED: OnceLock<Catalog> = OnceLock::new();
    EMBEDDED.get_or_init(|| decode::catalog(ACTIONS).expect("embedded action table"))
}

/// Why a file of tables was not installed.
#[derive(Debug, thiserror::Error)]
pub enum InstallError {
    /// The file is damaged or something else.
    #[error("the file is no table of IAM data: {0}")]
    Unreadable(String),
    /// Another version of this program wrote it.
    #[error("the file has format {found}, and format {} is accepted", update::FORMAT)]
    Format {
        /// The format it states, or `unstated`.
        found: String,
    },
    /// Somebody asked for the tables already, and answers must not change under way.
    #[error("the tables are in use already: install them before the first use")]
    InUse,
}

/// Puts a file made by [`merge`] in the place of the embedded tables, for the life of the process. Once, and before
/// anything asks for the tables; on an error they are as before.
pub fn install(file: &[u8]) -> Result<(), InstallError> {
    let catalog = read(file)?;
    INSTALLED.set(Some(catalog)).map_err(|_| InstallError::InUse)
}

/// Reads a file made by [`merge`].
fn read(file: &[u8]) -> Result<Catalog, InstallError> {
    let catalog = decode::catalog(file).map_err(|error| InstallError::Unreadable(error.to_string()))?;
    let format = catalog.versions.iter().find(|(name, _)| *name == "format");
    match format.map(|(_, version)| *version) {
        Some(update::FORMAT) => {}
        other => {
            return Err(InstallError::Format {
                found: other.unwrap_or("unstated").to_owned(),
            });
        }
    }
    catalog.check().map_err(InstallError::Unreadable)?;
    Ok(catalog)
}

impl Catalog {
    /// The canonical spelling of an action given in any case (`S3:getobject` → `s3:GetObject`), if it exists.
    pub fn is_action(&self, name: &str) -> Option<&'static str> {
        self.action(name).map(|a| a.name)
    }

    /// The action of that name, in any case.
    pub fn action(&self, name: &str) -> Option<&Action> {
        let (prefix, _) = name.split_once(':')?;
        let service = self.service(prefix)?;
        let actions = self.actions.get(service.actions.clone())?;
        let at = actions.binary_search_by(|a| compare_ignoring_case(a.name, name)).ok()?;
        actions.get(at)
    }

    /// The service of that prefix, in any case.
    pub fn service(&self, prefix: &str) -> Option<&Service> {
        let at = self
            .services
            .binary_search_by(|s| compare_ignoring_case(s.prefix, prefix))
            .ok()?;
        self.services.get(at)
    }

    /// All services, sorted by prefix.
    pub fn services(&self) -> &[Service] {
        &self.services
    }

    /// All actions, by service and then by name without regard to case.
    pub fn actions(&self) -> &[Action] {
        &self.actions
    }

    /// The canonical names a policy's action pattern covers, in table order: `s3:Get*`, `s3:Get?bject`, `*`, `*:*`.
    /// Case does not matter. A pattern that covers nothing gives nothing.
    pub fn expand<'p>(&'static self, pattern: &'p str) -> impl Iterator<Item = &'static str> + 'p {
        let (prefix, rest) = match pattern.split_once(':') {
            Some((prefix, rest)) => (prefix, rest),
            None if pattern.chars().all(|c| c == '*') && !pattern.is_empty() => ("*", "*"),
            None => ("", ""),
        };
        self.services
            .iter()
            .filter(move |s| matches_ignoring_case(prefix, s.prefix))
            .filter_map(|s| self.actions.get(s.actions.clone()))
            .flatten()
            .map(|a| a.name)
            .filter(move |name| {
                name.split_once(':')
                    .is_some_and(|(_, action)| matches_ignoring_case(rest, action))
            })
    }

    /// The existing action spelled most like a name that does not exist, for "did you mean"; none if nothing is near.
    pub fn nearest(&self, name: &str) -> Option<&'static str> {
        nearest::nearest(self, name)
    }

    /// Whether a policy can limit the action to resources; `false` means only `*` works. None: no such action.
    pub fn has_resource_level(&self, name: &str) -> Option<bool> {
        self.action(name).map(|a| !a.types.is_empty())
    }

    /// The action's access level, if it exists.
    pub fn access_level(&self, name: &str) -> Option<AccessLevel> {
        self.action(name).map(|a| a.level)
    }

    /// ARN patterns of the resources an action can be limited to: (type, pattern, whether every call names one).
    /// Empty for an action without resource-level permissions, or for no action.
    pub fn arn_patterns(&self, name: &str) -> Vec<(&'static str, &'static str, bool)> {
        let mut patterns = Vec::new();
        for (kind, required) in self.action(name).map(|a| self.types_of(a)).unwrap_or_default() {
            patterns.extend(kind.patterns.iter().map(|p| (kind.name, *p, required)));
        }
        patterns
    }

    /// Condition keys the action checks besides the global `aws:` ones that every action checks.
    pub fn condition_keys(&self, name: &str) -> Vec<&ConditionKey> {
        let Some(action) = self.action(name) else {
            return Vec::new();
        };
        let Some(service) = self.services.get(action.service) else {
            return Vec::new();
        };
        action.keys.iter().filter_map(|k| service.keys.get(*k)).collect()
    }

    /// Condition keys the action checks for itself and for the types of resources it acts on.
    pub(crate) fn all_keys<'c>(&'c self, action: &'c Action) -> impl Iterator<Item = &'c ConditionKey> {
        let service = self.services.get(action.service);
        let types = action.types.iter().filter_map(move |(at, _)| service?.types.get(*at));
        let indexes = action.keys.iter().chain(types.flat_map(|kind| &kind.keys));
        indexes.filter_map(move |index| service?.keys.get(*index))
    }

    /// Whether CloudTrail shows the action's use. None: no such action.
    pub fn observability(&self, name: &str) -> Option<Observability> {
        self.action(name).map(Action::observability)
    }

    /// The day of the action table, `YYYY-MM-DD`.
    pub fn data_date(&self) -> &'static str {
        self.date
    }

    /// The action that AWS's service reference gave an operation that has none of its name.
    pub(crate) fn learned(&self, operation: &str) -> Option<&'static str> {
        self.learned.get(operation).copied()
    }

    /// Whether lookups will find what is there: order and indexes hold, as in the table that the generator wrote.
    fn check(&self) -> Result<(), String> {
        let in_order = |names: &[&str]| {
            let pairs = names.iter().zip(names.iter().skip(1));
            let wrong = pairs.into_iter().find(|(a, b)| compare_ignoring_case(a, b).is_ge());
            wrong.map_or(Ok(()), |(a, b)| Err(format!("`{b}` stands after `{a}`")))
        };
        in_order(&self.services.iter().map(|s| s.prefix).collect::<Vec<_>>())?;
        for service in &self.services {
            let actions = self.actions.get(service.actions.clone()).unwrap_or_default();
            in_order(&actions.iter().map(|a| a.name).collect::<Vec<_>>())?;
            let holds = |a: &&Action| {
                a.types.iter().all(|(at, _)| *at < service.types.len())
                    && a.keys.iter().all(|at| *at < service.keys.len())
                    && a.name
                        .split_once(':')
                        .is_some_and(|(prefix, _)| prefix == service.prefix)
            };
            if let Some(action) = actions.iter().find(|a| !holds(a)) {
                return Err(format!("`{}` refers to what its service lacks", action.name));
            }
        }
        let dead = self
            .learned
            .values()
            .find(|action| self.is_action(action) != Some(**action));
        dead.map_or(Ok(()), |action| {
            Err(format!("an operation leads to `{action}`, which does not exist"))
        })
    }

    /// (package, version) of each source of the tables.
    pub fn versions(&self) -> &[(&'static str, &'static str)] {
        &self.versions
    }

    /// The resource types of an action with whether each call names one.
    pub(crate) fn types_of(&self, action: &Action) -> Vec<(&ResourceType, bool)> {
        let Some(service) = self.services.get(action.service) else {
            return Vec::new();
        };
        action
            .types
            .iter()
            .filter_map(|(at, required)| Some((service.types.get(*at)?, *required)))
            .collect()
    }
}

/// ASCII order without regard to case, as the generator sorts.
fn compare_ignoring_case(a: &str, b: &str) -> std::cmp::Ordering {
    a.bytes()
        .map(|x| x.to_ascii_lowercase())
        .cmp(b.bytes().map(|x| x.to_ascii_lowercase()))
}

/// `*` and `?` globs over ASCII without regard to case, in time linear in the product of the lengths at worst.
pub(crate) fn matches_ignoring_case(pattern: &str, text: &str) -> bool {
    let (pattern, text) = (pattern.as_bytes(), text.as_bytes());
    let (mut p, mut t) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while let Some(byte) = text.get(t) {
        match pattern.get(p) {
            Some(b'*') => {
                star = Some((p, t));
                p += 1;
            }
            Some(want) if *want == b'?' || want.eq_ignore_ascii_case(byte) => {
                p += 1;
                t += 1;
            }
            _ => match star {
                Some((at, from)) => {
                    star = Some((at, from + 1));
                    p = at + 1;
                    t = from + 1;
                }
                None => return false,
            },
        }
    }
    pattern.get(p..).is_some_and(|rest| rest.iter().all(|b| *b == b'*'))
}

#[cfg(test)]
mod tests;
