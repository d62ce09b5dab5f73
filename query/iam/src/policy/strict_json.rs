//! JSON that refuses a key given twice: `serde_json` keeps the last one in silence, and a policy
//! whose first `Condition` is lost means something else.

use std::cell::RefCell;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};

/// Why a text does not read as JSON.
#[derive(Debug, thiserror::Error)]
#[error("{source}")]
pub(crate) struct JsonError {
    /// JSON pointer to the innermost value that had begun; empty for the document itself.
    pub(crate) pointer: String,
    /// Whether the text is JSON but for a key given twice.
    pub(crate) twice: bool,
    source: serde_json::Error,
}

/// Reads one JSON value; nesting is bounded by `serde_json` (128 levels).
pub(crate) fn parse(text: &str) -> Result<Value, JsonError> {
    let path = RefCell::new(Vec::new());
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let read = Strict(&path).deserialize(&mut deserializer);
    read.and_then(|value| deserializer.end().map(|()| value))
        .map_err(|source| JsonError {
            pointer: path.borrow().iter().map(|part| format!("/{part}")).collect(),
            twice: source.is_data(),
            source,
        })
}

/// Reads a value; on failure the parts of its place, escaped for a pointer, stay in the path.
#[derive(Clone, Copy)]
struct Strict<'p>(&'p RefCell<Vec<String>>);

impl Strict<'_> {
    /// Reads what stands at `part` of this value.
    fn within<T, E>(self, part: String, read: impl FnOnce(Self) -> Result<T, E>) -> Result<T, E> {
        self.0.borrow_mut().push(part);
        let value = read(self)?;
        self.0.borrow_mut().pop();
        Ok(value)
    }
}

impl<'de> DeserializeSeed<'de> for Strict<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Strict<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = self.within(list.len().to_string(), |strict| items.next_element_seed(strict))? {
            list.push(item);
        }
        Ok(Value::Array(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Value, A::Error> {
        let mut map = Map::new();
        while let Some(key) = entries.next_key::<String>()? {
            let value = self.within(escape(&key), |strict| {
                if map.contains_key(&key) {
                    return Err(A::Error::custom(format_args!("key `{key}` is given twice")));
                }
                entries.next_value_seed(strict)
            })?;
            map.insert(key, value);
        }
        Ok(Value::Object(map))
    }
}

/// A key as a part of a JSON pointer.
pub(crate) fn escape(key: &str) -> String {
    key.replace('~', "~0").replace('/', "~1")
}
