//! What the reasons of a difference look at: the parts of a case, taken apart.

use serde_json::Value;

/// A case with what its policies say, and what we answered.
pub(crate) struct View<'a> {
    pub(crate) case: &'a Value,
    pub(crate) conditions: Vec<Condition<'a>>,
    /// Patterns of `Resource` and `NotResource`.
    pub(crate) resources: Vec<Resource<'a>>,
    /// Our verdict.
    pub(crate) ours: &'a str,
}

/// One operator on one key.
pub(crate) struct Condition<'a> {
    pub(crate) operator: &'a str,
    /// How many keys stand under the operator.
    pub(crate) keys: usize,
    /// Whether its document has policy variables.
    pub(crate) variables: bool,
    pub(crate) values: Vec<&'a str>,
    /// The request's values; none if it lacks the key.
    pub(crate) given: Vec<&'a str>,
}

/// One pattern.
pub(crate) struct Resource<'a> {
    pub(crate) pattern: &'a str,
    /// Whether it is of `NotResource`.
    pub(crate) except: bool,
    /// Whether its document has policy variables.
    pub(crate) variables: bool,
}

const LAYERS: [&str; 7] = [
    "identity_policies",
    "permissions_boundary",
    "session_policies",
    "scps",
    "rcps",
    "resource_policy",
    "vpc_endpoint_policy",
];

impl<'a> View<'a> {
    pub(crate) fn new(case: &'a Value, ours: &'a str) -> Self {
        let mut view = Self {
            case,
            conditions: Vec::new(),
            resources: Vec::new(),
            ours,
        };
        for layer in LAYERS {
            view.add(&case[layer]);
        }
        view
    }

    /// Whether the case has a layer.
    pub(crate) fn has(&self, layer: &str) -> bool {
        self.case.get(layer).is_some()
    }

    /// The values of a context key, in any case.
    pub(crate) fn context(&self, key: &str) -> Vec<&'a str> {
        let entries = self.case["context"].as_object().into_iter().flatten();
        let found = entries.filter(|(name, _)| name.eq_ignore_ascii_case(key));
        found.flat_map(|(_, value)| texts(value)).collect()
    }

    fn add(&mut self, value: &'a Value) {
        match value {
            Value::Array(list) => list.iter().for_each(|item| self.add(item)),
            Value::Object(document) => {
                let variables = document.get("Version").and_then(Value::as_str) == Some("2012-10-17");
                let statements = match &document["Statement"] {
                    Value::Array(list) => list.as_slice(),
                    one => std::slice::from_ref(one),
                };
                for statement in statements {
                    self.add_statement(statement, variables);
                }
            }
            _ => {}
        }
    }

    fn add_statement(&mut self, statement: &'a Value, variables: bool) {
        for (element, except) in [("Resource", false), ("NotResource", true)] {
            self.resources
                .extend(texts(&statement[element]).into_iter().map(|pattern| Resource {
                    pattern,
                    except,
                    variables,
                }));
        }
        for (operator, keys) in statement["Condition"].as_object().into_iter().flatten() {
            for (key, values) in keys.as_object().into_iter().flatten() {
                let given = self.context(key);
                self.conditions.push(Condition {
                    operator,
                    keys: keys.as_object().map_or(0, serde_json::Map::len),
                    variables,
                    values: texts(values),
                    given,
                });
            }
        }
    }
}

impl Condition<'_> {
    /// The operator without set operator and `IfExists`.
    pub(crate) fn base(&self) -> &str {
        let name = self.operator.rsplit(':').next().unwrap_or_default();
        name.strip_suffix("IfExists").unwrap_or(name)
    }

    pub(crate) fn has_affix(&self) -> bool {
        self.base() != self.operator
    }

    pub(crate) fn any_value(&self, test: impl Fn(&str) -> bool) -> bool {
        self.values.iter().any(|value| test(value))
    }
}

fn texts(value: &Value) -> Vec<&str> {
    match value {
        Value::Array(list) => list.iter().filter_map(Value::as_str).collect(),
        one => one.as_str().into_iter().collect(),
    }
}
