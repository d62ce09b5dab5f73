//! Values of members: as text, as JSON, or kept aside among the extra fields.

use crate::redact;
use crate::text::unescape;
use crate::walk::Member;
use std::borrow::Cow;

/// One member of an object, with its value as it stands.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Field<'a> {
    /// The key, escapes unread.
    pub(crate) key: &'a str,
    /// The value's JSON text.
    pub(crate) value: &'a str,
    suspect: bool,
    escaped: bool,
}

impl<'a> Field<'a> {
    pub(crate) fn new(json: &'a str, member: &Member) -> Self {
        let (key, value) = (member.key.of(json), member.value.of(json));
        Self {
            key,
            value,
            suspect: member.suspect,
            escaped: member.escaped,
        }
    }

    /// A scalar as its text, redacted: `Ok(None)` for null and the empty string; the field itself
    /// back when it is an object or an array.
    pub(crate) fn text(self) -> Result<Option<Cow<'a, str>>, Self> {
        let text = match self.value.as_bytes().first() {
            Some(b'{' | b'[') => return Err(self),
            Some(b'n') | None => return Ok(None),
            Some(b'"') => self.string(),
            Some(_) => Cow::Borrowed(self.value),
        };
        Ok(Some(text).filter(|text| !text.is_empty()))
    }

    fn string(self) -> Cow<'a, str> {
        let inside = self
            .value
            .get(1..self.value.len().saturating_sub(1))
            .unwrap_or_default();
        let text = if self.escaped {
            unescape(inside)
        } else {
            Cow::Borrowed(inside)
        };
        if !self.suspect {
            return text;
        }
        match redact::string(&text) {
            Cow::Owned(redacted) => Cow::Owned(redacted),
            Cow::Borrowed(_) => text,
        }
    }

    /// The value's JSON text, redacted; `None` for null. What was spread over lines comes on one, without the
    /// white space: no JSON string holds a line feed, so that finding one is cheap and certain.
    pub(crate) fn json(self) -> Option<Cow<'a, str>> {
        let text = match self.value {
            "null" => return None,
            value if !self.suspect => Cow::Borrowed(value),
            value => self.redacted(value),
        };
        Some(if memchr::memchr(b'\n', text.as_bytes()).is_some() {
            Cow::Owned(on_one_line(&text))
        } else {
            text
        })
    }

    /// Redacts with the key in sight, because the key may be what makes the value a secret.
    fn redacted(self, value: &'a str) -> Cow<'a, str> {
        let whole = format!("{{\"{}\":{value}}}", self.key);
        match redact::json(&whole) {
            Cow::Borrowed(_) => Cow::Borrowed(value),
            Cow::Owned(redacted) => {
                let inner = redacted.get(self.key.len() + 4..redacted.len().saturating_sub(1));
                Cow::Owned(inner.unwrap_or_default().to_owned())
            }
        }
    }
}

/// JSON text without the white space between its tokens.
fn on_one_line(text: &str) -> String {
    let mut in_string = false;
    let mut escaped = false;
    text.chars()
        .filter(|&c| {
            let keep = in_string || !matches!(c, ' ' | '\n' | '\r' | '\t');
            if c == '"' && !escaped {
                in_string = !in_string;
            }
            escaped = in_string && c == '\\' && !escaped;
            keep
        })
        .collect()
}

/// Fields that have no column: one JSON object's members, collected in any order.
#[derive(Debug, Default)]
pub(crate) struct Extra<'a> {
    members: Vec<(&'a str, Cow<'a, str>)>,
}

impl<'a> Extra<'a> {
    /// Keeps the field; null says nothing and is left out.
    pub(crate) fn keep(&mut self, field: Field<'a>) {
        if let Some(value) = field.json() {
            self.members.push((field.key, value));
        }
    }

    /// Keeps the field unless its value is an empty object, which older records put for "none".
    pub(crate) fn keep_unless_empty(&mut self, field: Field<'a>) {
        if field.value != "{}" {
            self.keep(field);
        }
    }

    /// Keeps the fields of an inner object under its name.
    pub(crate) fn nest(&mut self, key: &'a str, inner: Self) {
        if let Some(text) = inner.into_json() {
            self.members.push((key, Cow::Owned(text)));
        }
    }

    /// Puts a text into its column, or the field aside where the column cannot hold it: because
    /// it is an object or an array, or because the column is taken (a key that comes twice).
    pub(crate) fn put(&mut self, slot: &mut Option<Cow<'a, str>>, field: Field<'a>) {
        if slot.is_some() {
            return self.keep(field);
        }
        match field.text() {
            Ok(text) => *slot = text,
            Err(field) => self.keep_unless_empty(field),
        }
    }

    /// The object's text, members sorted by key; `None` when there are none.
    pub(crate) fn into_json(mut self) -> Option<String> {
        if self.members.is_empty() {
            return None;
        }
        self.members.sort();
        let length = self
            .members
            .iter()
            .map(|(key, value)| key.len() + value.len() + 4)
            .sum::<usize>();
        let mut out = String::with_capacity(length + 2);
        for (index, (key, value)) in self.members.iter().enumerate() {
            out.push(if index == 0 { '{' } else { ',' });
            out.push('"');
            out.push_str(key);
            out.push_str("\":");
            out.push_str(value);
        }
        out.push('}');
        Some(out)
    }
}
